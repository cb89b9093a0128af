"""The transfer list by asset (转移清单): whose people prepare, move now, or must be looked after on the spot.

It comes from the assets of an assessment (slopes, villages, reservoirs, wall sections, low spots), each by name, with the
person who answers for it. Counties without such registers have no rows here: their people stand in the tiers alone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from evac.model import Category
from riskmap.assessment import Assessment
from riskmap.asset import AssetTier, worst_first
from riskmap.outlook import BEIJING
from riskmap.products.table import cell
from riskmap.scale import ASSET_WORDS, Tier, hazard_words

INSTRUMENTS: Final = frozenset({"gauge", "river_station"})
"""Kinds of assets that nobody lives by: they raise a region, and their people are the region's."""

CATEGORIES: Final = MappingProxyType(
    {
        "flash_flood": Category.FLASH_FLOOD,
        "landslide": Category.LANDSLIDE,
        "inundation": Category.LOW_LYING,
        "river_stage": Category.LOW_LYING,
        "sea_wall": Category.OUTSIDE_SEA_WALL,
        "storm_tide": Category.OUTSIDE_SEA_WALL,
        "reservoir": Category.BELOW_RESERVOIR,
    }
)
"""Hazard -> the word of the transfer list."""


class Step(StrEnum):
    """What a row asks for; ``chinese`` is the order's word."""

    MOVE = "move_now"
    PREPARE = "prepare"
    CHECK = "check"

    @property
    def chinese(self) -> str:
        """立即转移 at red, 准备转移 at orange (domain rule of flash floods, for other hazards our own proposal, status D)."""
        return {Step.MOVE: "立即转移", Step.PREPARE: "准备转移", Step.CHECK: "现场核实"}[self]


@dataclass(frozen=True, slots=True)
class Transfer:
    """One row of the list.

    Attributes
    ----------
    step : Step
        ``CHECK`` where the asset has no data: grey is never safe.
    category : Category
    before : datetime or None
        When people must be away: the instant of 立即转移 where the asset says it, else its first hour at its worst tier.
        None where unknown.
    example : bool
        The asset is invented (示例): nobody moves for it.
    """

    asset: AssetTier
    step: Step
    category: Category
    before: datetime | None
    example: bool


@dataclass(frozen=True, slots=True)
class Total:
    """People of one step.

    Attributes
    ----------
    assets, people : int
        Rows, and the registered people of those that have a number.
    unknown : int
        Rows without a number of people: ``people`` is a lower bound where there are any.
    """

    assets: int
    people: int
    unknown: int


def transfer_list(assessment: Assessment) -> tuple[Transfer, ...]:
    """Every asset at orange or red, and every one without data, in the order in which to act.

    Move before prepare before check; within a step the earlier hour, then more people, then the id.

    Parameters
    ----------
    assessment : Assessment
        Of a published run (``riskmap.io.published.read_assessment``) or fresh.

    Examples
    --------
    >>> from datetime import UTC
    >>> from riskmap.asset import AssetTier
    >>> hill = AssetTier("D1", "后山", "hazard_point", "330902", "landslide", Tier.RED, 120.0, 100.0, "mm",
    ...                  datetime(2021, 7, 25, 4, tzinfo=UTC), "24小时雨量", "rain of 24 h", people=12)
    >>> row = transfer_of(hill)
    >>> row.step.chinese, row.category.chinese, row.before.hour
    ('立即转移', '地质灾害风险防范区', 4)
    """
    rows = (
        transfer_of(asset, example=assessment.invented(asset))
        for asset in worst_first(assessment.assets)
        if asset.kind not in INSTRUMENTS and (asset.tier is None or asset.tier >= Tier.ORANGE)
    )
    return tuple(sorted(rows, key=_urgency))


def transfer_of(asset: AssetTier, *, example: bool = False) -> Transfer:
    """The row of one asset; below orange it is a row to check, for whoever asks for it by name."""
    step = Step.CHECK
    if asset.tier is not None and asset.tier >= Tier.ORANGE:
        step = Step.MOVE if asset.tier == Tier.RED else Step.PREPARE
    return Transfer(
        asset,
        step,
        CATEGORIES.get(asset.hazard, Category.OTHER),
        asset.move_at or asset.onset,
        example or asset.example,
    )


def _urgency(row: Transfer) -> tuple[int, bool, float, int, str, str]:
    before = row.before.timestamp() if row.before else float("-inf")  # an unknown hour may be now
    return (
        list(Step).index(row.step), row.example, before, -(row.asset.people or 0), row.asset.hazard,
        row.asset.asset_id,
    )  # fmt: skip


def totals(rows: Iterable[Transfer]) -> dict[Step, Total]:
    """Assets and people of each step; invented ones count for nothing.

    One household may stand in two registers: the sum over hazards may count it twice, as the registers do.
    """
    found = {step: Total(0, 0, 0) for step in Step}
    for row in rows:
        if not row.example:
            old, people = found[row.step], row.asset.people
            found[row.step] = Total(
                old.assets + 1, old.people + (people or 0), old.unknown + (people is None)
            )
    return found


COLUMNS: Final = (
    "step", "step_name", "prepare_at", "before", "region", "region_name", "category", "kind", "asset_id", "name",
    "households", "people", "responsible", "hazard", "tier", "reason", "reason_english", "observed", "example",
)  # fmt: skip
"""Header of ``transfer_list.csv``."""


def transfer_csv(rows: Iterable[Transfer], names: dict[str, str]) -> str:
    """The list as an office opens it.

    Parameters
    ----------
    rows : iterable of Transfer
    names : mapping
        Region code -> name.

    Returns
    -------
    str
        Columns ``COLUMNS`` after a byte-order mark; instants in Beijing time; numbers empty where unknown;
        ``example`` is 1 for invented assets (示例).
    """
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        a = row.asset
        writer.writerow([
            row.step, row.step.chinese, _beijing(a.prepare_at), _beijing(row.before),
            cell(a.region), cell(names.get(a.region[:6], "")), row.category.chinese, ASSET_WORDS.get(a.kind, (a.kind,))[0],
            cell(a.asset_id), cell(a.name), _number(a.households), _number(a.people), cell(a.responsible),
            hazard_words(a.hazard, example=row.example)[0], "" if a.tier is None else int(a.tier),
            cell(a.reason_chinese), cell(a.reason_english), int(a.observed), int(row.example),
        ])  # fmt: skip
    return out.getvalue()


def _beijing(instant: datetime | None) -> str:
    return instant.astimezone(BEIJING).isoformat() if instant else ""


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
