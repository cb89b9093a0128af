"""Waves by wind, fetch and depth."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from riskmap.grid import Grid
from riskmap.hazard.surge.quasi_static import GRAVITY
from riskmap.hazard.waves import (
    DIRECTIONS,
    FETCH_REACH,
    depth_limited,
    effective_fetch,
    fetches,
    waves,
    young_verhagen,
)
from tests.storms import still_storm

GRID = Grid.from_bounds(west=119.0, south=27.0, east=125.0, north=31.0, step=0.05)
HOURS = np.array(["2021-07-24T12", "2021-07-24T13"], "M8[s]")


def sea() -> np.ndarray:
    """Land west of 122E, 20 m of water east of it."""
    return np.where(GRID.longitude > 122.0, 20.0, np.nan) * np.ones(GRID.shape)


def places(*spots: tuple[float, float]) -> xr.Dataset:
    return xr.Dataset(
        {"latitude": ("point", [s[0] for s in spots]), "longitude": ("point", [s[1] for s in spots])}
    )


def test_a_public_example_of_young_and_verhagen() -> None:
    """Check_hs_finite_water_depth(21.9444, 53890, 7) = 1.6371 with g = 9.81."""
    height, _ = young_verhagen(wind=21.9444, fetch=53_890.0, depth=7.0)
    assert float(height) == pytest.approx(1.6371, abs=2e-3)


def test_in_deep_water_over_a_long_fetch_the_sea_is_fully_grown() -> None:
    """Energy 3.64e-3 and frequency 0.133 without dimension."""
    height, period = young_verhagen(wind=10.0, fetch=1e8, depth=1e5)
    assert float(height) == pytest.approx(4.0 * np.sqrt(3.64e-3) * 100.0 / GRAVITY, rel=1e-6)
    assert float(period) == pytest.approx(10.0 / (GRAVITY * 0.133), rel=1e-6)


@given(st.floats(5.0, 50.0), st.floats(1e3, 2e5), st.floats(1.0, 100.0), st.floats(1.01, 2.0))
def test_more_wind_fetch_or_depth_never_lowers_the_waves(u: float, x: float, d: float, more: float) -> None:
    height, period = young_verhagen(wind=u, fetch=x, depth=d)
    for change in ({"wind": u * more}, {"fetch": x * more}, {"depth": d * more}):
        higher, longer = young_verhagen(**({"wind": u, "fetch": x, "depth": d} | change))
        assert float(higher) >= float(height) * (1.0 - 1e-9)
        assert float(longer) >= float(period) * (1.0 - 1e-9)


def test_without_wind_fetch_or_water_there_are_no_waves_and_unknown_stays_unknown() -> None:
    height, period = young_verhagen(
        wind=[0.0, 10.0, 10.0, np.nan], fetch=[1e4, 0.0, 1e4, 1e4], depth=[9.0, 9.0, 0.0, 9.0]
    )
    np.testing.assert_array_equal(height, [0.0, 0.0, 0.0, np.nan])
    np.testing.assert_array_equal(period, [0.0, 0.0, 0.0, np.nan])
    assert depth_limited(2.0, -1.0) == 0.0


def test_fetches_end_at_land_and_at_their_reach() -> None:
    length, mean = fetches(sea(), GRID, places((29.0, 122.1)))
    east, west = length[0, DIRECTIONS == 90.0], length[0, DIRECTIONS == 270.0]
    assert east == FETCH_REACH
    assert west < 15e3
    assert mean[0, DIRECTIONS == 90.0] == pytest.approx(20.0)
    assert effective_fetch(length, mean, np.array([90.0]))[1] == pytest.approx(20.0)


def test_waves_are_high_where_the_wind_blows_from_the_sea() -> None:
    # counter-clockwise about 29N 122E: from the east in the north, from the land in the south
    found = waves(still_storm(), sea(), GRID, places((29.6, 122.03), (28.4, 122.03), (40.0, 122.0)), HOURS)
    height = found["significant_wave_height"].values
    assert height[0, 0] > 2.0
    assert height[0, 0] > 2.0 * height[0, 1]
    assert np.isnan(height[:, 2]).all()
    assert 45.0 < float(found["wave_from"][0, 0]) < 135.0
    assert found["peak_period"].attrs["units"] == "s"
