"""Screens of an invented evacuation, from a province to a shelter, and their outlines: what the cockpit's page is tried with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from evac.situation.document import HeadCountHere, Panel, Place, Situation, Tiers, to_json
from evac.situation.outlines import drawing
from tests.evac.situation.sample import AT, CITY, COUNTY, PROVINCE, sample_situation
from tests.factories import make_regions

EVIL = '<img src=x onerror="window.hit=1">镇</script><b>'
"""A name that must never be markup."""
SHELTER = Place("S1", "甲镇中学", "shelter")


def screens(*, evil: bool = False) -> dict[str, Situation]:
    """Code -> screen; the county's towns are called what must be escaped where ``evil``."""
    county = sample_situation()
    if evil:
        county = _evil(county)
    regions = [r for r in make_regions() if r.city_code == "3309"]
    rows = tuple(
        replace(county.rows[n % 2], code=r.code, name=r.name, level="county", city=r.city_name)
        for n, r in enumerate(make_regions())
    )
    assert county.tiers is not None
    tiers = _tiers(county.tiers, PROVINCE, [r.code for r in make_regions()])
    tasks = Panel(
        "网格任务", (("未派", 1, "件"),), ("任务", "用时"), (("塌方核查", 6.5), ("人员失联", None)), 2, AT
    )
    province = replace(
        county, place=PROVINCE, path=(), rows=rows, tiers=tiers, revision="province-1", field_tasks=tasks
    )
    city = replace(
        province, place=CITY, path=(PROVINCE,), rows=tuple(r for r in rows if r.city == "舟山市"),
        tiers=_tiers(county.tiers, CITY, [r.code for r in regions]), revision="city-1",
    )  # fmt: skip
    here = {"sheltered": 2100}
    shelter = replace(
        county, place=SHELTER, path=(PROVINCE, CITY, COUNTY), rows=(), letters=None, report_clocks=None, readiness=None,
        head_count=HeadCountHere(here, {"sheltered": "集中安置"}, (), True, None), lists=None, handover=None, revision="s-1",
    )  # fmt: skip
    return {one.place.code: one for one in (province, city, county, shelter)}


def _tiers(tiers: Tiers, place: Place, codes: list[str]) -> Tiers:
    """The first counties rise, the last but one has no data, and the last is green."""
    rising, lower = tiers.rows["330902101"], tiers.rows["330902102"]
    told = {code: rising if n < 2 else lower for n, code in enumerate(codes)}
    told |= {code: (-1,) * len(rising) for code in codes[-2:-1]} | {
        code: (0,) * len(rising) for code in codes[-1:]
    }
    return replace(tiers, of=place, rows=told)


def _evil(one: Situation) -> Situation:
    assert one.letters is not None
    assert one.lists is not None
    assert one.handover is not None
    assert one.shelters is not None
    alarms = tuple(replace(alarm, words=EVIL, name=EVIL) for alarm in one.alarms.rows)
    return replace(
        one,
        place=replace(one.place, name=EVIL),
        rows=tuple(replace(row, name=EVIL, reason=EVIL) for row in one.rows),
        alarms=replace(one.alarms, rows=alarms),
        deadlines=tuple(replace(line, who=EVIL, words=EVIL) for line in one.deadlines),
        letters=replace(
            one.letters, rows=tuple(replace(r, receiver=EVIL, title=EVIL) for r in one.letters.rows)
        ),
        lists=tuple(replace(stage, what=EVIL, words=EVIL) for stage in one.lists),
        handover=replace(one.handover, silent=(EVIL,)),
        shelters=replace(one.shelters, rows=tuple(replace(r, name=EVIL) for r in one.shelters.rows)),
        mark=EVIL,
    )


def texts(found: dict[str, Situation]) -> dict[str, str]:
    """Screens as the page reads them."""
    return {code: to_json(one) for code, one in found.items()}


def drawings() -> dict[str, dict[str, Any]]:
    """Outlines of the province, of the city and of the county, which has none for its towns."""
    regions = make_regions()
    return {
        "33": drawing(regions),
        "3309": drawing([r for r in regions if r.city_code == "3309"]),
    }


def later(one: Situation, minutes: int, **changes: Any) -> Situation:
    """The same screen some minutes on."""
    return replace(
        one, at=one.at + timedelta(minutes=minutes), revision=f"{one.revision}+{minutes}", **changes
    )
