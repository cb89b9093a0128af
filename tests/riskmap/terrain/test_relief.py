"""Slopes and rough ground."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.terrain.relief import (
    FLASH_FLOOD_RELIEF,
    flash_flood_terrain,
    lifting_slope,
    local_relief,
    window_mean,
)

GRID = Grid.from_bounds(west=120.0, south=29.0, east=120.4, north=29.4, step=0.02)
fields = arrays(np.float64, (7, 9), elements=st.floats(-100, 1000))
COARSE = Grid.from_bounds(west=120.0, south=29.0, east=120.9, north=29.7, step=0.1)
HILLS = Grid.from_bounds(west=120.0, south=29.0, east=120.3, north=29.3, step=0.02)
LAWS = settings(deadline=None, max_examples=40)


@LAWS
@given(field=fields, half=st.integers(0, 3))
def test_window_mean_agrees_with_a_slow_twin(field: np.ndarray, half: int) -> None:
    padded = np.pad(field, half, mode="edge")
    slow = [
        [padded[i : i + 2 * half + 1, j : j + 2 * half + 1].mean() for j in range(field.shape[1])]
        for i in range(field.shape[0])
    ]
    np.testing.assert_allclose(window_mean(field, half), slow, atol=1e-7)


def test_a_plane_has_its_own_slope_everywhere_inside() -> None:
    north = 50.0 * np.arange(20)[::-1, None] + np.zeros((20, 20))
    east_slope, north_slope = lifting_slope(north, GRID)
    per_row = np.radians(0.02) * EARTH_RADIUS
    np.testing.assert_allclose(north_slope[2:-2], 50.0 / per_row, rtol=1e-9)
    np.testing.assert_allclose(east_slope, 0.0, atol=1e-12)


def test_there_is_no_slope_over_the_sea_and_the_shore_climbs_from_zero() -> None:
    altitude = np.full((20, 20), np.nan)
    altitude[:, 10:] = 300.0
    east, north = lifting_slope(altitude, GRID)
    assert (east[:, :10] == 0).all()
    assert (east[:, 10] > 0).all()
    assert (north[:, :10] == 0).all()


@LAWS
@given(field=fields)
def test_relief_agrees_with_a_slow_twin(field: np.ndarray) -> None:
    relief = local_relief(field, COARSE)  # coarser than the window: the next cells stand in for it
    for i in range(field.shape[0]):
        for j in range(field.shape[1]):
            window = field[max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2]
            assert relief[i, j] == pytest.approx(window.max() - window.min())


def test_hills_can_flood_and_plains_and_the_sea_cannot() -> None:
    altitude = np.full((15, 15), 5.0)
    altitude[2:5, 2:5] = 5.0 + FLASH_FLOOD_RELIEF
    altitude[:, 12:] = np.nan
    possible = flash_flood_terrain(altitude, HILLS)
    assert possible[3, 3]
    assert possible[6, 6]  # the foot of the hill, within the window
    assert not possible[9, 9]
    assert not possible[:, 12:].any()
