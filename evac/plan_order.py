"""A transfer order (转移指令) from a plan that was written: whom it is about, by when, and why then; a person adds place and manner."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from evac.model import Category
from evac.plan.modelled import Basis
from evac.plan.replan import STANDING_STEPS
from evac.plan.zones import MoveStep
from evac.plan_cards import plan_record, plan_rows
from riskmap.errors import DataError
from riskmap.outlook import beijing

_UNTIL: Final = "no_departure_after"
"""Column of a plan: who sets out then or later is on the way in gusts, water or the dark; empty where no such hour is known."""


@dataclass(frozen=True)
class OrderOf:
    """What a plan says of one order.

    Attributes
    ----------
    range : str
        Whom it is about, in words: households, people, categories, steps. Empty where the headquarters decides on all of them.
    finish_by : datetime or None
        The earliest latest departure that is still ahead: an order has one time, and it is that of those who have least. None where
        none is ahead.
    why : str
        Why then: danger, way and reserve, or the last safe hour.
    at_once : int
        Rows whose hour is past or not known: they go at once, whatever the order's time.
    too_late : int
        Rows whose last safe hour is over, or nearer than their way is long: whoever set out now would be on the way in gusts, water or the
        dark by the plan's column ``no_departure_after``. They are not in the range: the headquarters decides on them.
    """

    range: str
    finish_by: datetime | None
    why: str
    at_once: int
    too_late: int = 0

    @property
    def entries(self) -> dict[str, str]:
        """Entries of the document type ``transfer_order``; a time that nobody knows stays a blank for a person to fill in."""
        now = f";其中{self.at_once}户(处)须立即出发" if self.at_once else ""
        now += f";另有{self.too_late}户(处)最后安全时已过或赶不及,由指挥部决定" if self.too_late else ""
        return {
            "range": self.range,
            "finish_at": beijing(self.finish_by) if self.finish_by else "",
            "finish_why": f"{self.why}{now}".removeprefix(";"),
        }


def order_of(plan: Path, region: str, *, now: datetime, categories: Collection[str] = ()) -> OrderOf:
    """What the plan asks of a region, as an order states it.

    Parameters
    ----------
    plan : Path
        Folder that ``evac plan`` wrote.
    region : str
        6, 9 or 12 digits.
    now : datetime
        The clock, timezone-aware.
    categories : collection of str
        For these alone; for everybody where empty.

    Raises
    ------
    DataError
        Nobody of the region is to move, a row is none, or an earlier version wrote the plan and its clock is past: it does not say until
        when people may set out.
    SourceError
        There is no plan.
    """
    try:
        return _order_of(_said(plan, now), region, now, categories)
    # a line that was cut off has no words to read
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"a row that is no move ({error})",
            where=str(plan),
            expected="as `evac plan` wrote it",
            remedy="make the plan again",
        ) from error


def _said(plan: Path, now: datetime) -> Iterator[dict[str, str]]:
    """The rows of the plan; refused where now is later than its clock and it does not say until when people may set out."""
    for n, row in enumerate(plan_rows(plan)):
        if n == 0 and "latest_departure" in row and _UNTIL not in row:
            at = datetime.fromisoformat(plan_record(plan)["at"])
            if now > at:
                raise DataError(
                    "a plan of an earlier version, whose clock is past: it does not say until when people may still set out",
                    where=str(plan), expected=f"the column {_UNTIL}, or a time up to {beijing(at)}", found=beijing(now),
                    remedy="make the plan again: evac plan",
                )  # fmt: skip
        yield row


def _order_of(
    rows: Iterable[Mapping[str, str]], region: str, now: datetime, categories: Collection[str]
) -> OrderOf:
    mine = [
        row
        for row in rows
        if row["village"].removeprefix("'").startswith(region)
        and MoveStep(row["step"]) in STANDING_STEPS
        and (not categories or row["category"] in categories)
    ]
    if not mine:
        raise DataError(
            "the plan asks nobody of this region to move", where=region, expected="rows at 立即转移 or 准备转移",
            found="none" + (f" of {', '.join(sorted(categories))}" if categories else ""), remedy="look into its totals.csv",
        )  # fmt: skip
    ahead = dict[datetime, Mapping[str, str]]()
    at_once, too_late, ordered = [], [], []
    for row in mine:
        at = _instant(row["latest_departure"], "latest_departure")
        until = _instant(row.get(_UNTIL, ""), _UNTIL)
        if until is not None and until <= now:
            too_late.append(row)
            continue
        if at is not None and at > now:
            ahead.setdefault(at, row)
        elif row.get("last_hour") and _UNTIL not in row:
            too_late.append(row)
            continue
        else:
            at_once.append(row)
        ordered.append(row)
    first = min(ahead, default=None)
    why = _why(ahead[first]) if first is not None else _why((at_once or too_late)[0], gone=not at_once)
    return OrderOf(_range(ordered), first, why, len(at_once), len(too_late))


def _instant(text: str, column: str) -> datetime | None:
    if text == "":
        return None
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{column} without its offset")
    return at


def _range(rows: Collection[Mapping[str, str]]) -> str:
    told = []
    for step in MoveStep:
        here = [row for row in rows if row["step"] == step.value]
        if not here:
            continue
        people = sum(int(row["people"] or 0) for row in here)
        least = "至少" if any(not row["people"] for row in here) else ""
        modelled = sum(row["basis"] == Basis.MODELLED for row in here)
        kinds = "、".join(c.chinese for c in Category if any(row["category"] == c.value for row in here))
        told.append(
            f"{step.chinese}{len(here)}户(处){least}{people}人({kinds}{f';其中{modelled}处为推算' if modelled else ''})"
        )
    return ";".join(told) + ",名单见转移方案" if told else ""


def _why(row: Mapping[str, str], *, gone: bool = False) -> str:
    told = (row.get("last_hour_why") or "").removeprefix("'")
    if told:
        return f"最后安全时之前须走完路程:{told}"
    until = _instant(row.get(_UNTIL, ""), _UNTIL) if gone else None
    if until is not None:
        return f"{beijing(until)}以后出发,途中将遇大风、进水或天黑"
    onset = datetime.fromisoformat(row["onset"]) if row["onset"] else None
    begins = f"{beijing(onset)}起" if onset else ""
    return f"{row['why'].removeprefix(chr(39))}{begins},扣除路程和预留时间"
