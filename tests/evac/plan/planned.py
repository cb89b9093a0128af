"""People, tiers and zones for tests of plans."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from evac.crockford import bytes_of_code, mint
from evac.model import Category, State
from evac.plan.registered import Registered, registered
from evac.roster_row import RosterRow
from riskmap.assessment import Assessment
from riskmap.asset import AssetTier
from riskmap.scale import Tier
from tests.factories import ISSUED_AT, make_assessment

VILLAGES = tuple(
    f"{county}00{town}20{village}"
    for county in ("330902", "330903", "330802", "330803")
    for town in (1, 2)
    for village in (1, 2)
)


def row(number: int, **said: object) -> RosterRow:
    """One person of a village of Dinghai, a fisherman's household of his own unless it is said otherwise."""
    given: dict[str, object] = {
        "code": bytes_of_code(mint(random.Random(number))), "household": str(number), "county": "330902",
        "village": "330902001201", "village_name": "大蛟村", "category": Category.DANGEROUS_HOUSE.value, "weak": "",
        "stay": "shelter", "state": State.REGISTERED,
    }  # fmt: skip
    return RosterRow(**(given | said))  # type: ignore[arg-type]


def people(*rows: RosterRow) -> Registered:
    return registered(rows)


def slope(
    name: str, tier: Tier | None, *, region: str = "330902001201", hours: int | None = 6, people: int | None = 10,
    at: tuple[float, float] | None = None, hazard: str = "landslide", kind: str = "hazard_point",
) -> AssetTier:  # fmt: skip
    east, north = at or (None, None)
    return AssetTier(
        name, name, kind, region, hazard, tier, 120.0, 100.0, "mm",
        None if hours is None else ISSUED_AT + timedelta(hours=hours), "24小时雨量120", "rain of 24 h 120", people, "张三",
        longitude=east, latitude=north,
    )  # fmt: skip


def assessed(*assets: AssetTier, hours: int = 7) -> Assessment:
    """Zhoushan up to red by wind, Quzhou green, landslides by assets alone."""
    return replace(make_assessment(hours), assets=tuple(assets))


def calm() -> Assessment:
    """The same region after the storm: everything green and known."""
    assessment = make_assessment()
    table = assessment.table.copy(deep=True)
    table["tier"].values[:] = 0
    return replace(assessment, table=table, lacking={}, assets=())


def at(hours: float = 0) -> datetime:
    return ISSUED_AT + timedelta(hours=hours)


def shuffled(rows: Iterable[RosterRow], seed: int) -> list[RosterRow]:
    found = list(rows)
    random.Random(seed).shuffle(found)
    return found
