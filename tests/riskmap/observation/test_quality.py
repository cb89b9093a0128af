"""Quality control: every kind of fault found by name, sound gauges left alone, the order given of no effect."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.observation.gauges import Flag, Readings, as_dataset, hourly_rain, in_order, words
from riskmap.observation.quality import (
    QualityRules,
    check,
    correlation,
    duplicates,
    report,
    shift_of,
    spikes,
    stuck,
    wrong_unit,
)
from tests.riskmap.observation.scenes import START, gauge, series

NOW = datetime(2021, 7, 26, tzinfo=UTC)
STORM = [0, 0, 1, 4, 12, 30, 45, 28, 14, 6, 2, 0, 0, 3, 10, 22, 15, 7, 3, 1, 0, 0, 0, 0]


def flags(readings: Readings, now: datetime = NOW) -> list[int]:
    return check([readings], now=now)[0].flags.tolist()


def network(change: dict[int, list[float]] | None = None, count: int = 6) -> list[Readings]:
    """Gauges 10 km apart that saw the same storm, each with its own share of it."""
    found = []
    for k in range(count):
        values = [round(v * (0.8 + 0.08 * k), 1) for v in STORM]
        place = gauge(f"G{k}", longitude=120.5 + 0.1 * k)
        found.append(series((change or {}).get(k, values), place))
    return found


def test_sound_gauges_have_no_flag() -> None:
    checked = check(network(), now=NOW)
    assert report(checked) == ()
    assert all(series.trusted.all() for series in checked)


def test_each_fault_of_a_reading_is_named() -> None:
    level = gauge("R1", "river")
    assert flags(series([1.0, 300.0, 2.0]))[1] == Flag.OUT_OF_RANGE
    assert flags(series([1.0, -0.5, 2.0]))[1] == Flag.OUT_OF_RANGE | Flag.NEGATIVE
    assert flags(series([3.0, 3.1, 7.9, 3.2, 3.2], level))[2] == Flag.SPIKE
    assert flags(series([3.0] * 26, level), NOW + timedelta(hours=3))[-1] == Flag.STUCK
    assert flags(series([5.0, 2.0, 2.0, 2.0, 2.0, 2.0, 0.0]))[5] == Flag.STUCK
    assert flags(series([1.0, 1.0], first=30))[0] == Flag.TIME_SHIFT  # tomorrow's readings
    twice = Readings(gauge(), START + np.array([3600, 3600], "timedelta64[s]"), np.array([1.0, 2.0]))
    assert flags(twice) == [Flag.DUPLICATE] * 2


def test_a_dry_day_and_a_steep_rise_are_no_faults() -> None:
    assert set(flags(series([0.0] * 24))) == {0}
    assert set(flags(series([3.0, 3.5, 4.8, 6.5, 8.0, 9.1], gauge("R1", "river")))) == {0}
    assert set(flags(series([2.0, 20.0, 95.0, 30.0, 5.0]))) == {0}


def test_a_burst_out_of_nothing_is_doubted() -> None:
    assert flags(series([0.0, 90.0, 0.0]))[1] == Flag.SPIKE


def test_a_silent_gauge_has_no_present_and_keeps_its_past() -> None:
    (late,) = check([series([1.0, 2.0])], now=NOW)
    assert late.whole == Flag.SILENT
    assert late.latest() is None
    assert late.trusted.all()
    (fresh,) = check([series([1.0, 3.0, 2.0, 5.0])], now=datetime(2021, 7, 25, 4, 30, tzinfo=UTC))
    assert fresh.latest() == (START + np.timedelta64(14400, "s"), 5.0)
    (never,) = check([series([])], now=NOW)
    assert never.whole == Flag.SILENT


def test_centimetres_for_metres() -> None:
    (wrong,) = check([series([312.0, 315.0, 321.0, 330.0], gauge("R1", "river"))], now=NOW)
    assert Flag.UNIT_MIXUP in wrong.whole
    assert not wrong.trusted.any()
    assert not wrong_unit(np.array([3.0, 4.0]), -2.0, 12.0)


def test_a_blocked_gauge_among_wet_ones() -> None:
    checked = check(network({2: [0.0] * 24}), now=NOW)
    assert [series.whole for series in checked] == [Flag(0)] * 2 + [Flag.STUCK] + [Flag(0)] * 3
    assert not checked[2].trusted.any()


def test_eight_hours_off() -> None:
    late = [0.0] * 8 + STORM[:16]
    checked = check(network({1: [float(v) for v in late]}), now=NOW)
    assert checked[1].whole == Flag.TIME_SHIFT
    assert [k for k, series in enumerate(checked) if series.whole] == [1]


@pytest.mark.parametrize(
    ("lag", "whole"), [(0, Flag(0)), (8, Flag.TIME_SHIFT), (-8, Flag.TIME_SHIFT), (1, Flag(0))]
)
def test_a_tide_gauge_in_the_wrong_zone(lag: int, whole: Flag) -> None:
    hours = np.arange(-24.0, 72.0)
    tide = 2.0 * np.sin(2 * np.pi * hours / 12.42) + 0.4 * np.sin(2 * np.pi * hours / 23.93)
    surge = 1.5 * np.exp(-(((hours - 40) / 8) ** 2))
    place = gauge("T1", "tide")
    measured = np.roll(tide + surge, lag)[24:49]
    readings = series([float(v) for v in measured], place, first=0)
    predicted = (START + (hours * 3600).astype("timedelta64[s]"), tide)
    (checked,) = check([readings], now=NOW, tides={"T1": predicted})
    assert checked.whole == whole


def test_tenths_of_millimetres() -> None:
    checked = check(network({4: [round(v * 0.1, 1) for v in STORM]}), now=NOW)
    assert checked[4].whole == Flag.UNIT_MIXUP
    assert [k for k, series in enumerate(checked) if series.whole] == [4]


def test_few_neighbours_judge_nobody() -> None:
    checked = check(network({0: [0.0] * 24}, count=3), now=NOW)
    assert not any(series.whole & Flag.STUCK for series in checked)


@pytest.mark.slow
@given(order=st.permutations(range(6)))
def test_the_order_of_gauges_changes_nothing(order: list[int]) -> None:
    gauges = network({2: [0.0] * 24, 4: [round(v * 0.1, 1) for v in STORM]})
    plain = {series.gauge.gauge_id: series.whole for series in check(gauges, now=NOW)}
    mixed = {series.gauge.gauge_id: series.whole for series in check([gauges[k] for k in order], now=NOW)}
    assert mixed == plain


@given(values=st.lists(st.floats(-50, 400), max_size=30), seed=st.integers(0, 5))
def test_checking_twice_finds_the_same_and_never_touches_a_value(values: list[float], seed: int) -> None:
    times = START + np.sort(np.random.default_rng(seed).integers(0, 90000, len(values))).astype(
        "timedelta64[s]"
    )
    once = check([Readings(gauge(), times, np.array(values))], now=NOW)
    again = check(once, now=NOW)
    assert once[0].flags.tolist() == again[0].flags.tolist()
    assert once[0].values.tolist() == values


def test_the_report_names_gauge_and_fault() -> None:
    lines = report(check([series([1.0, -0.5, 2.0])], now=NOW))
    assert [(line.flag, line.count) for line in lines] == [
        (Flag.SILENT, 0),
        (Flag.OUT_OF_RANGE, 1),
        (Flag.NEGATIVE, 1),
    ]
    assert lines[2].chinese == "示例G1(G1):1个读数负值,不予采信"
    assert all(words(flag)[0] for flag in Flag)


def test_hours_need_all_their_readings() -> None:
    quarter = gauge(interval=900.0)
    readings = series([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], quarter, minutes=15)
    hours = np.array(["2021-07-25T01", "2021-07-25T02"], "datetime64[h]")
    found = hourly_rain([readings], hours)
    assert found[0, 0] == 10.0
    assert np.isnan(found[1, 0])
    flagged = replace(readings, flags=np.array([0, 8, 0, 0, 0, 0, 0], np.uint16))
    assert np.isnan(hourly_rain([flagged], hours)).all()
    long = series([30.0], gauge(interval=10800.0), minutes=60)
    assert np.isnan(hourly_rain([long], hours)).all()


def test_one_table_of_all() -> None:
    table = as_dataset(check(network(count=2), now=NOW))
    assert table.sizes == {"reading": 48, "gauge": 2}
    assert table["flags"].attrs["flag_meanings"].split()[0] == "silent"
    assert as_dataset([]).sizes["reading"] == 0


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(DataError, match="offset"):
        check([], now=datetime(2021, 7, 25))  # noqa: DTZ001
    with pytest.raises(DataError, match="out of order"):
        Readings(gauge(), START + np.array([10, 5], "timedelta64[s]"), np.zeros(2))
    with pytest.raises(DataError, match="different lengths"):
        Readings(gauge(), START + np.array([10], "timedelta64[s]"), np.zeros(2))
    with pytest.raises(DataError, match="datum"):
        gauge("R", "river", datum="")
    with pytest.raises(DataError, match="cannot be"):
        gauge(bounds=(3.0, 2.0, None, None))


def test_the_pieces_by_hand() -> None:
    pairs = [(START + np.timedelta64(60, "s"), 2.0), (START, 1.0)]
    assert (
        in_order(gauge(), pairs).values.tolist()
        == in_order(gauge(), pairs[::-1]).values.tolist()
        == [1.0, 2.0]
    )
    assert spikes(np.array([0.0]), 1.0).tolist() == [False]
    assert stuck(np.array([], "datetime64[s]"), np.array([]), 1.0, zero_is_fine=True).tolist() == []
    assert duplicates(np.array([], "datetime64[s]"), np.array([])).tolist() == []
    assert correlation(np.ones(8), np.arange(8.0)) == 0.0
    assert shift_of(np.array(STORM, float), np.array(STORM, float), QualityRules()) == 0
    slow = np.exp(-(((np.arange(24) - 10.0) / 6.0) ** 2))
    assert shift_of(np.roll(slow, 1), slow, QualityRules()) == 0  # an hour late is the storm's way
    assert shift_of(np.roll(np.array(STORM, float), 8), np.array(STORM, float), QualityRules()) == 8
    assert spikes(np.array([1.0, 5.0]), 1.0).tolist() == [
        False,
        True,
    ]  # a last reading far off, until confirmed
    assert spikes(np.array([1.0, 3.9]), 1.0).tolist() == [False, False]
