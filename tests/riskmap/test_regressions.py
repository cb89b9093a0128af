"""Published numbers and laws of the regressions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.regressions import pressure_from_wind, radius_of_maximum_wind, wind_from_pressure


@pytest.mark.parametrize(
    ("deficit", "latitude", "km"), [(40, 30, 50.671), (45, 30, 49.334), (60, 25, 37.751)]
)
def test_radius_known_answers(deficit: float, latitude: float, km: float) -> None:
    radius = radius_of_maximum_wind(pressure_deficit=deficit * 100, latitude=latitude)
    np.testing.assert_allclose(radius / 1000, km, atol=5e-4)
    np.testing.assert_array_equal(
        radius, radius_of_maximum_wind(pressure_deficit=deficit * 100, latitude=-latitude)
    )


@given(st.floats(5, 90))
def test_wind_and_pressure_are_inverse(wind: float) -> None:
    np.testing.assert_allclose(wind_from_pressure(pressure_from_wind(wind)), wind, rtol=1e-9)


@given(st.floats(87_000, 100_900), st.floats(10, 5000))
def test_deeper_means_windier_and_tighter(pressure: float, more: float) -> None:
    assert wind_from_pressure(pressure - more) > wind_from_pressure(pressure)
    deeper = radius_of_maximum_wind(pressure_deficit=101_000 - pressure + more, latitude=25)
    assert deeper < radius_of_maximum_wind(pressure_deficit=101_000 - pressure, latitude=25)


def test_no_deficit_no_wind() -> None:
    assert wind_from_pressure(101_500) == 0
