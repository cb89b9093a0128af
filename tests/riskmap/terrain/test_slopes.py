"""Slope, aspect and curvature."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.terrain.slopes import curvature, slope_aspect

EAST, NORTH = np.meshgrid(np.arange(-4.0, 5.0) * 20.0, np.arange(3.0, -4.0, -1.0) * 30.0)


@given(st.floats(-2, 2), st.floats(-2, 2), st.integers(1, 3))
def test_a_plane_has_its_slope_up_to_its_edge(east: float, north: float, workers: int) -> None:
    slope, aspect = slope_aspect(100.0 + east * EAST + north * NORTH, dx=20.0, dy=30.0, workers=workers)
    assert slope == pytest.approx(np.hypot(east, north), rel=1e-5, abs=1e-9)
    if np.hypot(east, north) > 1e-3:
        towards = np.degrees(np.arctan2(-east, -north)) % 360.0
        assert np.abs((aspect - towards + 180.0) % 360.0 - 180.0).max() < 1e-2


@given(st.integers(0, 2**31))
def test_turning_and_mirroring_the_ground_turns_the_slope(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ground = rng.random((7, 9)) * 50.0
    ground[rng.random(ground.shape) < 0.1] = np.nan
    slope, _ = slope_aspect(ground, dx=30.0, dy=30.0)
    profile, plan = curvature(ground, dx=30.0, dy=30.0)
    for turn in (np.rot90, np.flipud, np.fliplr, np.transpose):
        turned = turn(ground)
        assert np.array_equal(slope_aspect(turned, dx=30.0, dy=30.0)[0], turn(slope), equal_nan=True)
        one, other = curvature(turned, dx=30.0, dy=30.0)
        assert np.allclose(one, turn(profile), rtol=1e-4, atol=1e-6, equal_nan=True)
        assert np.allclose(other, turn(plan), rtol=1e-4, atol=1e-6, equal_nan=True)


def test_no_data_stays_so_and_level_ground_faces_nowhere() -> None:
    ground = np.full((5, 5), 8.0)
    ground[2, 2] = np.nan
    slope, aspect = slope_aspect(ground, dx=30.0, dy=30.0)
    profile, plan = curvature(ground, dx=30.0, dy=30.0)
    for field in (slope, profile, plan):
        assert np.isnan(field[2, 2])
        assert np.nansum(np.abs(field)) == 0.0
        assert np.isnan(field).sum() == 1
    assert np.isnan(aspect).all()


def test_rows_may_have_widths_of_their_own() -> None:
    widths = np.linspace(15.0, 25.0, 7)
    ground = np.arange(9.0)[None, :] * widths[:, None] * 0.3
    slope, _ = slope_aspect(ground, dx=widths, dy=1e9)
    assert slope[1:-1] == pytest.approx(0.3, rel=1e-5)
    with pytest.raises(DataError, match="sides of cells"):
        slope_aspect(ground, dx=widths[:3], dy=30.0)


def test_curvature_is_that_of_a_paraboloid() -> None:
    """On z = a x^2 + b y^2 + c x y + p x + q y the nine heights give the derivatives exactly."""
    a, b, c, p, q = 0.002, -0.001, 0.0007, 0.05, 0.11
    ground = a * EAST**2 + b * NORTH**2 + c * EAST * NORTH + p * EAST + q * NORTH
    profile, plan = curvature(ground, dx=20.0, dy=30.0)
    i, j = 2, 5
    g, h = 2 * a * EAST[i, j] + c * NORTH[i, j] + p, 2 * b * NORTH[i, j] + c * EAST[i, j] + q
    along = (a * g * g + b * h * h + c * g * h) / (g * g + h * h)
    across = (a * h * h + b * g * g - c * g * h) / (g * g + h * h)
    assert profile[i, j] == pytest.approx(-2 * along, rel=1e-5)
    assert plan[i, j] == pytest.approx(2 * across, rel=1e-5)


def test_a_hilltop_is_convex_and_a_hollow_gathers() -> None:
    dome = -0.001 * (EAST**2 + NORTH**2)
    profile, plan = curvature(dome, dx=20.0, dy=30.0)
    off = (np.hypot(EAST, NORTH) > 30)[1:-1, 1:-1]
    assert np.all(profile[1:-1, 1:-1][off] > 0)
    assert np.all(plan[1:-1, 1:-1][off] < 0)
