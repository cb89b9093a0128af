"""Averaging periods and gust factors."""

from __future__ import annotations

from itertools import product
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.averaging import GUST_FACTORS, Exposure, convert, gust_factor
from riskmap.errors import UnitsError

PERIODS = (60, 120, 180, 600)


@pytest.mark.parametrize(
    ("exposure", "period", "factor"),
    [
        ("in_land", 600, 1.66), ("off_land", 600, 1.52), ("off_sea", 600, 1.38), ("at_sea", 600, 1.23),
        ("in_land", 60, 1.49), ("off_land", 60, 1.36), ("off_sea", 60, 1.23), ("at_sea", 60, 1.11),
    ],
)  # fmt: skip
def test_gusts_of_three_seconds_are_those_of_the_table(
    exposure: Exposure, period: int, factor: float
) -> None:
    assert gust_factor(exposure, period=period) == factor


@pytest.mark.parametrize(
    ("exposure", "factor"), [("at_sea", 0.93), ("off_sea", 0.90), ("off_land", 0.87), ("in_land", 0.84)]
)
def test_one_to_ten_minutes_are_the_recommended_factors(exposure: Exposure, factor: float) -> None:
    assert convert(1.0, period=60, to=600, exposure=exposure) == pytest.approx(factor, abs=0.005)


@pytest.mark.parametrize("exposure", get_args(Exposure))
def test_a_shorter_mean_is_never_weaker(exposure: Exposure) -> None:
    strengths = [convert(30.0, period=600, to=to, exposure=exposure) for to in PERIODS]
    assert strengths == sorted(strengths, reverse=True)
    for reference, factors in GUST_FACTORS[exposure].items():
        ordered = [factors[g] for g in sorted(factors)]
        assert ordered == sorted(ordered, reverse=True)
        assert min(ordered) >= 1.0, reference


def test_rougher_ground_is_gustier() -> None:
    for period in (60, 120, 600, 3600):
        factors = [gust_factor(e, period=period) for e in ("at_sea", "off_sea", "off_land", "in_land")]  # type: ignore[arg-type]
        assert factors == sorted(factors)


@settings(deadline=None)
@given(speed=st.floats(0, 100), pair=st.sampled_from(list(product(PERIODS, PERIODS))))
def test_there_and_back_is_the_same_wind(speed: float, pair: tuple[int, int]) -> None:
    there = convert(speed, period=pair[0], to=pair[1])
    assert convert(there, period=pair[1], to=pair[0]) == pytest.approx(speed)


def test_arrays_are_converted_cell_by_cell_and_unknown_stays_unknown() -> None:
    found = convert(np.array([10.0, np.nan]), period=120, to=120)
    assert found[0] == 10.0
    assert np.isnan(found[1])


@pytest.mark.parametrize(("period", "to"), [(90, 600), (600, 5), (0, 60)])
def test_a_period_that_the_table_lacks_is_refused(period: int, to: int) -> None:
    with pytest.raises(UnitsError, match=f"averaging period.*found {period} s to {to} s"):
        convert(1.0, period=period, to=to)


def test_a_gust_that_the_table_lacks_is_refused() -> None:
    with pytest.raises(UnitsError, match="found 7 s within 600 s"):
        gust_factor("at_sea", gust=7, period=600)
