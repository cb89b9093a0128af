"""Tables of a plan as text: the moves, totals by category and county, helper lists, what changed; and a table read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from evac.model import Category
from evac.plan.last_hours import LastHour
from evac.plan.modelled import Basis
from evac.plan.replan import Difference, Earlier
from evac.plan.roster import Move, TransferPlan
from evac.plan.zones import MoveStep
from riskmap.errors import DataError
from riskmap.outlook import BEIJING
from riskmap.products.table import cell

COLUMNS: Final = (
    "order", "step", "step_name", "basis", "basis_name", "key_household", "held", "county", "village", "village_name",
    "household", "people", "away", "weak", "needs", "category", "category_name", "tier", "zone", "hazard", "why",
    "why_english", "onset", "latest_departure", "stay_hours", "stay", "longitude", "latitude", "responsible", "key",
    "last_hour", "last_hour_why", "last_hour_why_english", "no_departure_after",
)  # fmt: skip
"""Header of ``moves.csv``; instants in Beijing time, empty where at once; numbers empty where unknown."""
_MARK: Final = "\ufeff"
_NEWER: Final = frozenset({"last_hour", "last_hour_why", "last_hour_why_english", "no_departure_after"})
"""Columns that a plan of an earlier version has not."""


def moves_csv(moves: Iterable[Move]) -> Iterator[str]:
    """The moves in their order, some thousand rows a piece, after a byte-order mark; nobody's name is in it."""
    yield from _csv(COLUMNS, (_row(move) for move in moves))


def _row(m: Move) -> list[Any]:
    return [
        m.order, m.step.value, m.step.chinese, m.basis.value, m.basis.chinese, int(m.key_household), int(m.held), cell(m.county),
        cell(m.village), cell(m.village_name), cell(m.household), _number(m.people), m.away, m.weak, " ".join(m.needs),
        m.category.value, m.category.chinese, "" if m.tier is None else int(m.tier), cell(m.zone.zone_id) if m.zone else "",
        m.zone.hazard if m.zone else "", cell(m.why), cell(m.why_english), _beijing(m.onset), _beijing(m.latest_departure),
        f"{m.stay_hours:g}", m.stay.value, _degrees(m.longitude), _degrees(m.latitude),
        cell(m.zone.responsible) if m.zone else "", cell(m.key), *_last_hour(m.last_hour), _beijing(m.no_departure_after),
    ]  # fmt: skip


def _last_hour(hour: LastHour | None) -> tuple[str, str, str]:
    if hour is None:
        return "", "", ""
    return _beijing(datetime.fromtimestamp(hour.until, UTC)), cell(hour.chinese), cell(hour.english)


@dataclass(frozen=True, slots=True)
class PlanTotal:
    """People of one county, category, step and basis.

    Attributes
    ----------
    rows : int
        Households, or blocks.
    people, away, weak : int
        Still to move, moved already, and weak among those to move.
    unknown : int
        Rows whose people nobody counted: ``people`` is a lower bound where there are any.
    """

    county: str
    category: Category
    step: MoveStep
    basis: Basis
    rows: int
    people: int
    away: int
    weak: int
    unknown: int


def plan_totals(moves: Iterable[Move]) -> tuple[PlanTotal, ...]:
    """Totals by county, category, step and basis, in that order; modelled people stand on rows of their own."""
    tally = Tally()
    for _ in tally.watch(moves):
        pass
    return tally.totals()


class Tally:
    """Totals of moves that are read for something else: a province is walked once."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, Category, MoveStep, Basis], list[int]] = {}

    def watch(self, moves: Iterable[Move]) -> Iterator[Move]:
        """The moves, counted as they pass."""
        for m in moves:
            found = self._sums.setdefault((m.county, m.category, m.step, m.basis), [0] * 5)
            for n, value in enumerate((1, m.people or 0, m.away, m.weak, m.people is None)):
                found[n] += value
            yield m

    def totals(self) -> tuple[PlanTotal, ...]:
        """Of the moves that have passed; see ``plan_totals``."""
        categories, steps, bases = list(Category), list(MoveStep), list(Basis)
        return tuple(
            PlanTotal(*key, *self._sums[key])
            for key in sorted(
                self._sums,
                key=lambda k: (k[0], categories.index(k[1]), steps.index(k[2]), bases.index(k[3])),
            )
        )


TOTAL_COLUMNS: Final = (
    "county", "county_name", "category", "category_name", "step", "step_name", "basis", "basis_name", "rows", "people", "away",
    "weak", "unknown",
)  # fmt: skip


def totals_csv(totals: Iterable[PlanTotal], names: Mapping[str, str]) -> Iterator[str]:
    """Totals as an office opens them; ``basis_name`` says which people are modelled (推算)."""
    yield from _csv(
        TOTAL_COLUMNS,
        (
            [
                t.county, cell(names.get(t.county, "")), t.category.value, t.category.chinese, t.step.value, t.step.chinese,
                t.basis.value, t.basis.chinese, t.rows, t.people, t.away, t.weak, t.unknown,
            ]
            for t in totals
        ),
    )  # fmt: skip


CHANGE_COLUMNS: Final = (
    "change", "change_name", "village", "village_name", "step_before", "step_now", "people_before", "people_now",
    "away_before", "away_now", "latest_before", "latest_now", "basis_name", "key",
)  # fmt: skip


def changes_csv(found: Iterable[Difference]) -> Iterator[str]:
    """What changed between two plans, one row a household or block."""
    yield from _csv(CHANGE_COLUMNS, (_change_row(one) for one in found))


def _change_row(one: Difference) -> list[Any]:
    old, new = one.before, one.after
    here = new or old
    assert here is not None  # a difference has a row in one of the plans
    return [
        one.change.value, one.change.chinese, cell(here.village), cell(here.village_name), old.step.chinese if old else "",
        new.step.chinese if new else "", _number(old.people) if old else "", _number(new.people) if new else "",
        old.away if old else "", new.away if new else "", _beijing(old.latest_departure) if old else "",
        _beijing(new.latest_departure) if new else "", here.basis.chinese, cell(one.key),
    ]  # fmt: skip


def read_moves(rows: Iterable[str], where: str) -> dict[str, Earlier]:
    """The rows of an earlier plan, from the lines of its ``moves.csv``.

    Parameters
    ----------
    where : str
        Name of the file, for messages.

    Raises
    ------
    DataError
        Not a table of moves, a value that there is not, or one key twice; names the line.
    """
    reader = csv.DictReader(line.removeprefix(_MARK) for line in rows)
    lacking = set(COLUMNS) - _NEWER - set(reader.fieldnames or ())
    if lacking:
        raise DataError(
            "not the moves of a plan", where=where, expected=", ".join(COLUMNS), found=f"no {', '.join(sorted(lacking))}",
            remedy="name the folder that `evac plan` wrote",
        )  # fmt: skip
    found: dict[str, Earlier] = {}
    for row in reader:
        try:
            earlier = _earlier(row)
        except (ValueError, TypeError, AttributeError) as error:
            raise DataError(
                f"a row that is no move ({error})", where=f"{where}, line {reader.line_num}",
                expected="as `evac plan` wrote it", remedy="take the file as it was written",
            ) from error  # fmt: skip
        key = _plain(row["key"])
        if key in found:
            raise DataError(
                "one household twice", where=f"{where}, line {reader.line_num}", expected="each key once", found=key,
                remedy="take the file as it was written",
            )  # fmt: skip
        found[key] = earlier
    return found


def _earlier(row: Mapping[str, str]) -> Earlier:
    latest = datetime.fromisoformat(row["latest_departure"]) if row["latest_departure"] else None
    if latest is not None and latest.tzinfo is None:
        raise ValueError("latest_departure without its offset")
    return Earlier(
        MoveStep(row["step"]), Basis(row["basis"]), _plain(row["village"]), _plain(row["village_name"]),
        Category(row["category"]), int(row["people"]) if row["people"] else None, int(row["away"]), latest,
    )  # fmt: skip


def _plain(text: str) -> str:
    """A cell without what keeps spreadsheets from reading it as a formula."""
    return text.removeprefix("'")


def plan_names(plan: TransferPlan, regions: Mapping[str, str]) -> dict[str, str]:
    """Code -> name of counties and of the villages on the lists."""
    return {**regions, **plan.people.village_names}


def _csv(header: Iterable[str], rows: Iterable[list[Any]], *, at_once: int = 5000) -> Iterator[str]:
    out = io.StringIO()
    out.write(_MARK)
    writer = csv.writer(out)
    writer.writerow(header)
    for n, row in enumerate(rows, 1):
        writer.writerow(row)
        if n % at_once == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _beijing(instant: datetime | None) -> str:
    return instant.astimezone(BEIJING).isoformat(timespec="seconds") if instant else ""


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _degrees(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"
