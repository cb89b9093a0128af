"""What a displaced storm loses over land."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.decay import zhejiang_decay
from riskmap.landfall import hours_inland, land_factor

LAWS = settings(deadline=None, max_examples=100)
HOURS = np.arange(0.0, 49.0, 6.0)


def west_of_121(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    return longitude < 121.0


def test_hours_inland_by_hand() -> None:
    seconds = np.array([0.0, 3600.0, 14_400.0])
    longitude = np.array([[122.0, 120.0, 120.0], [122.0, 122.0, 122.0], [120.0, 122.0, 120.0]])
    spent = hours_inland(seconds, latitude=np.full((3, 3), 29.0), longitude=longitude, land=west_of_121)
    assert spent.tolist() == [[0.0, 0.5, 3.5], [0.0, 0.0, 0.0], [0.0, 0.5, 2.0]]


times = st.lists(st.floats(0, 6), min_size=8, max_size=8).map(lambda steps: np.cumsum([0.0, *steps]))
speeds = st.lists(st.floats(8, 60), min_size=9, max_size=9).map(np.array)


@LAWS
@given(wind=speeds, inland=times)
def test_the_same_hours_inland_change_nothing(wind: np.ndarray, inland: np.ndarray) -> None:
    np.testing.assert_allclose(land_factor(wind, inland, inland, period=120), 1.0, rtol=1e-12)


@LAWS
@given(wind=st.floats(15, 60), inland=times)
def test_over_land_the_decay_is_the_fitted_one(wind: float, inland: np.ndarray) -> None:
    steady = np.full(9, wind)
    factor = land_factor(steady, np.zeros(9), inland, period=600)
    expected = np.where(inland > 0, zhejiang_decay(wind, inland), wind)
    np.testing.assert_allclose(factor * steady, expected, rtol=1e-12)
    assert (np.diff(factor) <= 1e-12).all()


@LAWS
@given(wind=speeds, base=times, inland=times)
def test_at_sea_it_keeps_at_most_the_last_wind_at_sea(
    wind: np.ndarray, base: np.ndarray, inland: np.ndarray
) -> None:
    stronger = land_factor(wind, base, np.zeros(9), period=120) * wind
    ashore = int(np.argmax(base > 0)) if base.any() else 9
    ceiling = np.where(np.arange(9) < ashore, wind, np.maximum(wind[max(ashore - 1, 0)], wind))
    assert (stronger <= ceiling + 1e-9).all()
    assert (stronger >= wind - 1e-9).all()
    steady = np.full(9, wind[0])
    less, more = (land_factor(steady, base, own, period=120) for own in (base + inland, base))
    assert (less <= more + 1e-9).all()


def test_a_base_inland_and_a_member_at_sea() -> None:
    wind = np.array([40.0, 40.0, 20.0])
    factor = land_factor(wind, np.array([0.0, 0.0, 6.0]), np.zeros((1, 3)), period=600)
    ashore = zhejiang_decay(40.0, 6.0) / 40.0
    np.testing.assert_allclose(factor[0] * wind, [40.0, 40.0, min(20.0 / ashore, 40.0)])
