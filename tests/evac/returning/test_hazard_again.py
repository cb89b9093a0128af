"""Nobody goes home on an old map, a red hour, or a grey one; slopes wait longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from evac.returning.hazard import UNKNOWN, look_again
from riskmap.assessment import Assessment
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from riskmap.standing import COMBINED, Held, Standing
from tests.factories import ISSUED_AT, make_assessment

COUNTY = "330902"
NOW = ISSUED_AT + timedelta(hours=3)
LAST = ISSUED_AT + timedelta(hours=6)


def quiet(*, wind: int = 0, slope: int = 0, hour: int | None = None) -> Assessment:
    """A run of seven hours whose second hazard is the geo-hazard; one hour, or all, at a tier."""
    made = make_assessment()
    table = made.table.copy(deep=True).assign_coords(hazard=["wind", "landslide"])
    table["tier"][:] = 0
    hours = slice(None) if hour is None else hour
    table["tier"].values[0, hours, :] = wind
    table["tier"].values[1, hours, :] = slope
    return replace(made, table=table)


def published(tier: int, computed: int, hazard: str = COMBINED, **more: object) -> Standing:
    held = Held(tier, computed, ISSUED_AT)
    return Standing("2106", ISSUED_AT, {(hazard, COUNTY): held}, **more)  # type: ignore[arg-type]


def test_all_known_and_below_orange_is_over() -> None:
    found = look_again(quiet(wind=int(Tier.YELLOW)), COUNTY, at=NOW)
    assert (found.danger, found.slopes, found.slopes_known) == ("", "", True)


@pytest.mark.parametrize(("tier", "word"), [(Tier.ORANGE, "橙"), (Tier.RED, "红")])
@pytest.mark.parametrize("region", ["330902", "330902001", "330902001001", "3309"])
def test_an_hour_to_come_at_orange_or_red_is_not(tier: Tier, word: str, region: str) -> None:
    assert f"仍为{word}色" in look_again(quiet(wind=int(tier), hour=5), region, at=NOW).danger


def test_an_hour_that_has_passed_is_over_and_the_one_that_runs_is_not() -> None:
    red = quiet(wind=int(Tier.RED), hour=2)
    assert look_again(red, COUNTY, at=NOW).danger == ""
    assert look_again(red, COUNTY, at=NOW - timedelta(minutes=1)).danger


def test_grey_is_not_green() -> None:
    assert "无数据" in look_again(quiet(wind=NO_DATA, hour=6), COUNTY, at=NOW).danger


def test_a_run_that_ended_a_region_off_the_map_and_no_run_say_nothing() -> None:
    assert "只到" in look_again(quiet(), COUNTY, at=LAST + timedelta(hours=1)).danger
    assert "没有 999999" in look_again(quiet(), "999999", at=NOW).danger
    assert look_again(None, COUNTY, at=NOW) == UNKNOWN
    assert not UNKNOWN.slopes_known


def test_a_tier_that_nobody_confirmed_down_still_stands() -> None:
    held = replace(quiet(), standing=published(int(Tier.ORANGE), int(Tier.BLUE)))
    assert "未经人工确认" in look_again(held, COUNTY, at=NOW).danger
    let = replace(quiet(), standing=published(int(Tier.ORANGE), int(Tier.ORANGE)))
    assert look_again(let, COUNTY, at=NOW).danger == ""  # its bad hours have passed


def test_slopes_wait_while_yellow_and_a_day_after_rain() -> None:
    assert "黄色以上" in look_again(quiet(slope=int(Tier.YELLOW), hour=6), COUNTY, at=NOW).slopes
    assert look_again(quiet(slope=int(Tier.BLUE)), COUNTY, at=NOW).slopes == ""
    rain = ISSUED_AT - timedelta(hours=20)
    standing = published(int(Tier.YELLOW), 0, "landslide", wet_until={COUNTY: rain})
    wet = replace(quiet(), standing=standing)
    assert "雨后未满 24 小时" in look_again(wet, COUNTY, at=NOW).slopes
    assert look_again(wet, COUNTY, at=ISSUED_AT + timedelta(hours=4)).slopes == ""


def test_slopes_that_nobody_assessed_are_not_known_and_a_plain_has_none() -> None:
    assert not look_again(make_assessment(), COUNTY, at=NOW).slopes_known
    assert look_again(quiet(slope=NOT_APPLICABLE), COUNTY, at=NOW).slopes == ""
    grey = look_again(quiet(slope=NO_DATA), COUNTY, at=NOW)
    assert (grey.slopes_known, bool(grey.slopes)) == (False, True)
