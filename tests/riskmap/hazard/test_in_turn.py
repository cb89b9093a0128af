"""Rain of several sources in turn: what was measured goes first, short gaps are mended, no missing rain is dry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.hazard.rain_models.in_turn import STEP, InTurn
from riskmap.hazard.rain_models.precedence import split_hour
from riskmap.hazard.storm.swath import HOUR
from riskmap.io.flash_inputs import known_at

START = np.datetime64("2021-07-23T00:00", "s")


class Steps:
    """Rain of known steps of ten minutes, the same on both of two cells."""

    steps_an_hour = 6
    everywhere = True

    def __init__(self, amounts: dict[int, float]) -> None:
        self.amounts = amounts

    @property
    def until(self) -> np.datetime64:
        return START + max(self.amounts) * STEP

    def _numbers(self, end: np.datetime64, length: np.timedelta64) -> list[int]:
        last, count = int((end - START) / STEP), int(length / STEP)
        return list(range(last - count + 1, last + 1))

    def has(self, end: np.datetime64, length: np.timedelta64) -> bool:
        return all(n in self.amounts for n in self._numbers(end, length))

    def span(self, end: np.datetime64, length: np.timedelta64) -> np.ndarray | None:
        if not self.has(end, length):
            return None
        return np.full((1, 2), sum(self.amounts[n] for n in self._numbers(end, length)), np.float32)


def at(step: int) -> np.datetime64:
    return START + step * STEP


def test_what_was_measured_goes_before_a_nowcast_that_has_the_whole_hour() -> None:
    radar, nowcast = Steps(dict.fromkeys(range(1, 6), 1.0)), Steps(dict.fromkeys(range(1, 13), 10.0))
    rain = InTurn([radar, nowcast])
    assert float(rain.hour(at(6))[0, 0]) == 5 * 1.0 + 10.0
    assert float(rain.hour(at(12))[0, 0]) == 60.0
    assert rain.until == at(12)


@pytest.mark.parametrize(
    ("lost", "told"), [((4,), 6.0), ((3, 4, 5), 6.0), ((2, 3, 4, 5), None), ((6,), None)]
)
def test_a_short_gap_is_mended_from_both_sides_and_a_long_one_is_unknown(
    lost: tuple[int, ...], told: float | None
) -> None:
    rain = InTurn([Steps({n: 1.0 for n in range(1, 7) if n not in lost})])
    found = rain.hour(at(6))
    assert (None if found is None else float(found[0, 0])) == told
    assert rain.known(at(6)) is (told is not None)
    assert rain.mended([at(6)]) == ([] if told is None else [at(n) for n in lost])
    assert rain.missing([at(6)]) == ([at(6)] if told is None else [])


def test_nothing_is_mended_where_a_model_stands_behind() -> None:
    assert InTurn([Steps({n: 1.0 for n in range(1, 7) if n != 4})], mend=0).hour(at(6)) is None


@settings(max_examples=30)
@given(
    st.dictionaries(st.integers(1, 12), st.floats(0.0, 20.0, width=32)).filter(bool),
    st.dictionaries(st.integers(1, 12), st.floats(0.0, 20.0, width=32)).filter(bool),
)
def test_an_hour_is_the_sum_of_its_parts_and_known_where_it_is_told(
    first: dict[int, float], second: dict[int, float]
) -> None:
    rain = InTurn([Steps(first), Steps(second)])
    for end in (at(6), at(9), at(12)):
        whole = rain.hour(end)
        assert rain.known(end) is (whole is not None)
        for count in (1, 2, 3, 6):
            parts = rain.parts(end, count)
            assert (parts is None) is (whole is None)
            if whole is not None:
                assert parts is not None
                assert len(parts) == count
                np.testing.assert_allclose(np.sum(parts, axis=0), whole, rtol=1e-5, atol=1e-5)


class Gauges(Steps):
    """They reach the first cell alone."""

    everywhere = False

    def span(self, end: np.datetime64, length: np.timedelta64) -> np.ndarray | None:
        found = super().span(end, length)
        if found is not None:
            found[0, 1] = np.nan
        return found


def test_gauges_that_fill_a_gap_of_the_radar_leave_its_other_cells_mended() -> None:
    radar, gauges = Steps({n: 1.0 for n in range(1, 7) if n != 4}), Gauges(dict.fromkeys(range(1, 8), 3.0))
    rain = InTurn([radar, gauges])
    assert rain.hour(at(6)).tolist() == [[8.0, 6.0]]


def test_newer_gauges_wait_a_little_for_the_radar() -> None:
    every = dict.fromkeys(range(1, 19), 1.0)
    due = datetime(2021, 7, 23, 3, tzinfo=UTC)
    for last, newest in ((17, 17), (15, 15), (14, 18)):
        rain = InTurn([Steps(dict.fromkeys(range(1, last + 1), 1.0)), Gauges(every)])
        at_time, _ = known_at(rain, due, step=timedelta(minutes=10), hours=2)
        assert at_time == due - (18 - newest) * timedelta(minutes=10)
    assert known_at(InTurn([Gauges(every)]), due, step=timedelta(minutes=10), hours=2)[0] == due


def test_known_steps_of_an_hour_that_is_not_wholly_known_stay() -> None:
    radar, gauges = Steps(dict.fromkeys(range(1, 6), 10.0)), Gauges(dict.fromkeys(range(1, 7), 1.0))
    rain = InTurn([radar, gauges])
    steps = split_hour(rain.hour(at(6)), rain.parts(at(6), 6), 6)
    assert [float(step[0, 1]) for step in steps[:5]] == [10.0] * 5
    assert np.isnan(steps[5][0, 1])


def test_cells_that_the_first_source_does_not_see_come_from_the_next() -> None:
    class HalfBlind(Steps):
        def span(self, end: np.datetime64, length: np.timedelta64) -> np.ndarray | None:
            found = super().span(end, length)
            if found is not None:
                found[0, 1] = np.nan
            return found

    every = range(1, 7)
    rain = InTurn([HalfBlind(dict.fromkeys(every, 1.0)), Steps(dict.fromkeys(every, 2.0))])
    assert rain.hour(at(6)).tolist() == [[6.0, 12.0]]
    alone = InTurn([HalfBlind(dict.fromkeys(every, 1.0))]).hour(at(6))
    assert np.isnan(alone[0, 1]), "unknown, not dry"
    assert HOUR == 6 * STEP
