"""River stage: tiers at their bounds, rising, gaps, levels that contradict each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.hazard.river_stage import (
    RiverStation,
    rising,
    stage_tiers,
    station_assets,
    station_series,
    thresholds,
)
from riskmap.scale import NO_DATA, Tier

NAN = float("nan")
STATION = RiverStation(
    "R1", "示例站", "甬江", "330212", 121.5, 29.9, "1985", 3.0, 3.5, 4.2, 4.4, 1200, "李四"
)
BOUNDS = thresholds([STATION])


def tiers(*levels: float) -> list[int]:
    return stage_tiers(np.array(levels)[:, None], BOUNDS)[0][:, 0].tolist()


def test_bounds_are_those_of_the_rule() -> None:
    assert BOUNDS.tolist() == [[2.5, 3.0, 3.5, pytest.approx(4.1)]]
    assert tiers(2.4, 2.49, 2.5, 3.0, 3.5, 4.1) == [0, 0, 1, 2, 3, 4]


def test_blue_only_while_it_rises() -> None:
    assert tiers(2.6, 2.6, 2.7, 2.65) == [1, 0, 1, 0]
    assert tiers(3.2, 3.1, 3.0) == [2, 2, 2]
    assert tiers(2.6, NAN, 2.6, 2.7) == [1, NO_DATA, 0, 1]


@given(levels=st.lists(st.floats(0, 6), min_size=1, max_size=8), more=st.floats(0, 2))
def test_a_higher_river_is_never_a_lower_tier(levels: list[float], more: float) -> None:
    assert all(b >= a for a, b in zip(tiers(*levels), tiers(*(x + more for x in levels)), strict=True))


def test_a_station_without_levels_is_grey() -> None:
    bare = RiverStation("R2", "无", "河", "330212", 121.0, 29.0, "1985", None)
    assert stage_tiers(np.array([[9.0]]), thresholds([bare]))[0].tolist() == [[NO_DATA]]
    only = RiverStation("R3", "堤", "河", "330212", 121.0, 29.0, "1985", 3.0, crest=5.0)
    assert stage_tiers(np.array([[4.7]]), thresholds([only]))[0].tolist() == [[4]]


def test_a_record_says_what_was_met_and_when_first() -> None:
    times = np.arange("2021-07-25T00", "2021-07-25T05", dtype="datetime64[h]")
    series = station_series([STATION], times, np.array([[2.0], [3.6], [3.8], [NAN], [3.7]]))
    (record,) = station_assets([STATION], series, source="水文站", observed=True)
    assert (record.tier, record.value, record.threshold) == (Tier.ORANGE, 3.6, 3.5)
    assert record.onset is not None
    assert record.onset.isoformat() == "2021-07-25T01:00:00+00:00"
    assert record.reason_chinese == "甬江水位3.60米,达到保证水位(3.50米,1985国家高程基准)"
    assert record.people == 1200


def test_records_of_a_calm_and_of_a_silent_river() -> None:
    times = np.array(["2021-07-25T00"], "datetime64[h]")
    (calm,) = station_assets([STATION], station_series([STATION], times, np.array([[1.0]])), source="x")
    (silent,) = station_assets([STATION], station_series([STATION], times, np.array([[NAN]])), source="x")
    assert (calm.tier, calm.threshold) == (Tier.GREEN, None)
    assert (silent.tier, silent.onset, silent.value) == (None, None, None)


@pytest.mark.parametrize(
    ("warning", "guarantee", "crest", "named"),
    [(3.0, 2.9, None, "guarantee"), (3.0, 3.5, 3.5, "crest"), (3.0, None, 2.0, "crest")],
)
def test_levels_that_contradict_are_refused(
    warning: float, guarantee: float | None, crest: float | None, named: str
) -> None:
    with pytest.raises(DataError, match=named):
        RiverStation("R", "x", "y", "330212", 121.0, 29.0, "1985", warning, guarantee, None, crest)


def test_a_datum_is_needed() -> None:
    with pytest.raises(DataError, match="datum"):
        RiverStation("R", "x", "y", "330212", 121.0, 29.0, "", 3.0)


def test_rising_looks_back_over_gaps() -> None:
    level = np.array([[1.0, NAN], [NAN, 2.0], [1.2, 2.0]])
    assert rising(level).tolist() == [[True, False], [False, True], [True, False]]
