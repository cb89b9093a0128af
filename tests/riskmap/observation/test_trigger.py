"""What gauges raise at once: only upwards, only if trusted and fresh, with gauge, value and time in the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.io.rule_files import read_rules
from riskmap.observation.gauges import Flag, Readings
from riskmap.observation.quality import check
from riskmap.observation.trigger import level_raises, rain_raises, raise_tiers, window_sums
from riskmap.scale import Tier
from tests.riskmap.observation.scenes import gauge, series

RULES = {name: rule for name, rule in read_rules().items() if name in ("rain", "flash_flood")}
NOW = datetime(2021, 7, 25, 6, 20, tzinfo=UTC)
LEVELS = (2.5, 3.0, 3.5, 4.0)


def raised(values: list[float], now: datetime = NOW) -> dict[str, tuple[Tier, float, float]]:
    found = rain_raises(check([series(values)], now=now), RULES, now=now)
    return {r.hazard: (r.tier, r.value, r.threshold) for r in found}  # type: ignore[misc]


def test_rain_over_a_bound_raises_at_once() -> None:
    assert raised([0, 0, 0, 10, 30, 35]) == {
        "rain": (Tier.ORANGE, 75.0, 50.0),
        "flash_flood": (Tier.YELLOW, 75.0, 75.0),
    }
    assert raised([0, 0, 0, 0, 5, 5]) == {}
    (record, *_) = rain_raises(check([series([0, 0, 0, 40, 35, 45])], now=NOW), RULES, now=NOW)
    assert record.reason_chinese == "小流域山洪:示例G1雨量站07月25日14:00实测3小时雨量120.0毫米,达到120毫米"
    assert (record.observed, record.kind, record.region) == (True, "gauge", "330782")
    assert record.onset == datetime(2021, 7, 25, 6, tzinfo=UTC)


def test_old_flagged_and_later_readings_raise_nothing() -> None:
    storm = [0.0, 0, 0, 40, 45, 45]
    assert raised(storm, datetime(2021, 7, 25, 8, tzinfo=UTC)) == {}
    doubtful = replace(series(storm), whole=Flag.UNIT_MIXUP)
    assert rain_raises([doubtful], RULES, now=NOW) == ()
    assert rain_raises([series(storm, first=10)], RULES, now=NOW) == ()
    assert rain_raises([series([])], RULES, now=NOW) == ()


def test_a_gap_makes_a_sum_a_lower_bound() -> None:
    times = np.array(["2021-07-25T04", "2021-07-25T06"], "datetime64[s]")
    gap = Readings(gauge(), times, np.array([60.0, 45.0]))
    found = {r.hazard: r.value for r in rain_raises(check([gap], now=NOW), RULES, now=NOW)}
    assert found == {"rain": 105.0, "flash_flood": 105.0}


@given(rain=st.lists(st.floats(0, 60), min_size=6, max_size=6), more=st.floats(0, 40))
def test_more_rain_never_raises_less(rain: list[float], more: float) -> None:
    here = rain_raises([series(rain)], RULES, now=NOW)
    there = rain_raises([series([*rain[:-1], rain[-1] + more])], RULES, now=NOW)
    for hazard in RULES:
        low, high = (
            max((int(r.tier or 0) for r in found if r.hazard == hazard), default=0) for found in (here, there)
        )
        assert high >= low


def test_levels_raise_by_their_own_bounds() -> None:
    river = gauge("R1", "river", bounds=LEVELS, region="330782103")
    (record,) = level_raises(check([series([2.0, 2.4, 2.8, 3.2, 3.4, 3.6], river)], now=NOW), now=NOW)
    assert (record.hazard, record.tier, record.threshold) == ("river_stage", Tier.ORANGE, 3.5)
    assert "示例R1站07月25日14:00实测水位3.60米" in record.reason_chinese
    tide = gauge("T1", "tide", bounds=(None, 3.0, None, 4.0))
    (high,) = level_raises([series([2.0, 2.1, 2.2, 2.8, 3.5, 4.1], tide)], now=NOW)
    assert (high.hazard, high.tier) == ("storm_tide", Tier.RED)


def test_blue_of_a_river_asks_for_a_rise() -> None:
    river = gauge("R1", "river", bounds=LEVELS)
    assert level_raises([series([2.0, 2.1, 2.2, 2.3, 2.9, 2.8], river)], now=NOW) == ()
    (rising,) = level_raises([series([2.0, 2.1, 2.2, 2.3, 2.6, 2.7], river)], now=NOW)
    assert rising.tier is Tier.BLUE
    dam = gauge("S1", "reservoir", bounds=LEVELS)
    (falling,) = level_raises([series([2.9, 2.9, 2.9, 2.9, 2.9, 2.8], dam)], now=NOW)
    assert (falling.hazard, falling.tier) == ("reservoir", Tier.BLUE)
    assert level_raises([series([9.0] * 6, gauge("R2", "river"))], now=NOW) == ()  # no levels of its own


def test_regions_only_rise() -> None:
    records = rain_raises([series([0, 0, 0, 10, 30, 35])], RULES, now=NOW)
    before: dict[str, Tier | None] = {"330782": Tier.BLUE, "330783": None, "330784": Tier.RED}
    tiers, by = raise_tiers(before, records)
    assert tiers == {"330782": Tier.ORANGE, "330783": None, "330784": Tier.RED}
    assert by["330782"].hazard == "rain"
    assert raise_tiers(before, records, hazard="flash_flood")[0]["330782"] is Tier.YELLOW
    assert raise_tiers({"330782": None}, records)[0]["330782"] is Tier.ORANGE
    assert raise_tiers({"330782": Tier.RED}, records) == ({"330782": Tier.RED}, {})
    assert before["330782"] is Tier.BLUE


def test_now_needs_its_offset() -> None:
    with pytest.raises(DataError, match="offset"):
        rain_raises([], RULES, now=datetime(2021, 7, 25))  # noqa: DTZ001


def test_a_reading_of_six_hours_says_nothing_of_three() -> None:
    coarse = gauge(interval=6 * 3600.0, high=600.0)
    found = rain_raises([series([120.0], coarse, minutes=360)], RULES, now=NOW)
    assert {r.hazard: (r.tier, r.threshold) for r in found} == {
        "rain": (Tier.YELLOW, 50.0), "flash_flood": (Tier.ORANGE, 120.0),
    }  # fmt: skip


def test_sums_against_a_slow_twin() -> None:
    rng = np.random.default_rng(3)
    minutes = np.sort(rng.choice(3000, 60, replace=False))
    times = np.datetime64("2021-07-25", "s") + (minutes * 60).astype("timedelta64[s]")
    rain = rng.exponential(2.0, 60)
    slow = [sum(r for m, r in zip(minutes, rain) if k - 360 < m <= k) for k in minutes]
    np.testing.assert_allclose(window_sums(times, rain, 6.0), slow, atol=1e-6)
