"""Decay after landfall: values by hand from the papers' coefficients, and laws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.decay import (
    KAPLAN_DEMARIA_1995,
    KAPLAN_DEMARIA_2001,
    ZHEJIANG,
    ZHEJIANG_INTERVALS,
    exponential_decay,
    kaplan_demaria_1995,
    kaplan_demaria_2001,
    vickery_twisdale_1995,
    zhejiang_decay,
)
from riskmap.errors import DataError
from riskmap.regressions import KNOT

WINDS = st.floats(0, 90)
HOURS = st.floats(0, 72)
FORMS = [
    (kaplan_demaria_1995, KAPLAN_DEMARIA_1995),
    (kaplan_demaria_2001, KAPLAN_DEMARIA_2001),
    (zhejiang_decay, ZHEJIANG),
]


@pytest.mark.parametrize(
    ("decay", "hours", "knots"),
    [
        (kaplan_demaria_1995, 0, 90.0),
        (kaplan_demaria_1995, 6, 26.7 + 63.3 * 0.5655254),  # exp(-0.57)
        (kaplan_demaria_1995, 12, 26.7 + 63.3 * 0.3198190),  # exp(-1.14)
        (kaplan_demaria_2001, 0, 90.0),
        (kaplan_demaria_2001, 6, 29.6 + 60.4 * 0.3256279),  # exp(-1.122)
    ],
)
def test_a_landfall_at_100_knots_by_hand(decay: Any, hours: float, knots: float) -> None:
    assert float(decay(100 * KNOT, hours)) / KNOT == pytest.approx(knots, abs=1e-4)


def test_the_correction_for_distance_by_hand() -> None:
    """At 6 h m = 0.0109 * 6 * 44 and b = -0.0503 * 6 * 44; it vanishes where ln D = 0.0503 / 0.0109, near 101 km."""
    plain = float(kaplan_demaria_1995(100 * KNOT, 6)) / KNOT
    at_50_km = float(kaplan_demaria_1995(100 * KNOT, 6, inland_distance=50_000)) / KNOT
    assert plain - at_50_km == pytest.approx(2.8776 * 3.912023 - 13.2792, abs=1e-4)
    even = 1000 * math.exp(0.0503 / 0.0109)
    assert float(kaplan_demaria_1995(100 * KNOT, 6, inland_distance=even)) / KNOT == pytest.approx(plain)
    late = kaplan_demaria_1995(40.0, [50, 60], inland_distance=300_000)
    np.testing.assert_allclose(late, kaplan_demaria_1995(40.0, [50, 60]))


def test_a_deficit_of_60_hectopascals_by_hand() -> None:
    """a = 0.006 + 0.00046 * 60 = 0.0336 an hour; exp(-0.2016) = 0.817422."""
    assert float(vickery_twisdale_1995(6000, 6)) == pytest.approx(6000 * 0.817422, abs=0.01)


@pytest.mark.parametrize(("decay", "numbers"), FORMS)
@given(wind=WINDS, first=HOURS, second=HOURS)
def test_the_wind_never_rises_and_never_falls_below_the_background(
    decay: Any, numbers: dict[str, float], wind: float, first: float, second: float
) -> None:
    earlier, later = decay(wind, sorted((first, second)))
    assert later <= earlier * (1 + 1e-12)
    assert later >= min(numbers["background"], numbers["reduction"] * wind) * (1 - 1e-12)


@pytest.mark.parametrize(("decay", "numbers"), FORMS)
@given(wind=WINDS)
def test_at_the_coast_it_is_the_reduced_wind(decay: Any, numbers: dict[str, float], wind: float) -> None:
    assert float(decay(wind, 0.0)) == pytest.approx(numbers["reduction"] * wind)


@given(weaker=WINDS, stronger=WINDS, hours=HOURS)
def test_the_stronger_storm_stays_the_stronger(weaker: float, stronger: float, hours: float) -> None:
    weaker, stronger = sorted((weaker, stronger))
    assert zhejiang_decay(weaker, hours) <= zhejiang_decay(stronger, hours) * (1 + 1e-12)


@given(wind=WINDS, hours=HOURS, distance=st.floats(0, 1e6))
def test_a_corrected_wind_stays_between_nothing_and_the_coast(
    wind: float, hours: float, distance: float
) -> None:
    assert 0 <= float(kaplan_demaria_1995(wind, hours, inland_distance=distance)) <= 0.9 * wind + 1e-12


@given(deficit=st.floats(0, 12_000), first=HOURS, second=HOURS)
def test_a_deficit_fills_and_stays_positive(deficit: float, first: float, second: float) -> None:
    earlier, later = vickery_twisdale_1995(deficit, sorted((first, second)))
    assert 0 <= later <= earlier <= deficit


@pytest.mark.parametrize(
    ("decay", "quantity"), [(zhejiang_decay, "maximum_wind"), (vickery_twisdale_1995, "pressure_deficit")]
)
def test_a_negative_number_is_refused_by_name(decay: Any, quantity: str) -> None:
    with pytest.raises(DataError, match=quantity):
        decay(-1.0, 6.0)
    with pytest.raises(DataError, match="hours_inland"):
        decay(30.0, [6.0, -1.0])
    with pytest.raises(DataError, match="inland_distance"):
        kaplan_demaria_1995(30.0, 6.0, inland_distance=-5.0)


def test_what_is_missing_stays_missing() -> None:
    assert np.isnan(zhejiang_decay([math.nan, 30.0], 6.0)).tolist() == [True, False]


def test_arrays_broadcast() -> None:
    wind, hours = np.array([[20.0], [40.0]]), np.array([0.0, 6.0, 12.0])
    table = exponential_decay(wind, hours, reduction=0.9, background=10.0, rate=0.1)
    assert table.shape == (2, 3)
    assert float(table[1, 2]) == pytest.approx(10 + 26 * math.exp(-1.2))


def test_each_coefficient_lies_in_its_interval() -> None:
    assert set(ZHEJIANG) == set(ZHEJIANG_INTERVALS)
    assert all(low < ZHEJIANG[name] < high for name, (low, high) in ZHEJIANG_INTERVALS.items())
