"""One step of the shallow-water kernel against the same written out cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap._kernels import shallow_water as kernel
from riskmap.hazard.profiles import AIR_DENSITY
from riskmap.hazard.surge.quasi_static import DRAG_CAP, GRAVITY, WATER_DENSITY
from riskmap.hazard.surge.solver import DRY, Basin, Field, Sea, advance, plane_basin, still_sea


def rough_basin(seed: int) -> Basin:
    """Sea, shoals that dry, land that can be flooded, and a wall."""
    depth = np.random.default_rng(seed).uniform(-2.0, 20.0, (12, 15))
    depth[3, 4:7] = np.nan
    return plane_basin(depth, dx=2_000.0, dy=2_300.0, coriolis=7e-5)


def slow_step(
    basin: Basin, sea: Sea, dt: float, wind: tuple[float, float], manning: float
) -> tuple[Field, Field, Field]:
    """One step written out cell by cell, without edges."""
    eta, q, p, bed = sea.level.copy(), sea.east.copy(), sea.north.copy(), basin.bed
    rows, columns = eta.shape
    dx, dy = float(basin.width[0]), basin.height
    speed = float(np.hypot(*wind))
    pull = AIR_DENSITY / WATER_DENSITY * min(1e-3 * (0.75 + 0.067 * speed), DRAG_CAP) * speed

    def face(
        old: float, other: float, a: tuple[int, int], b: tuple[int, int], length: float, force: float
    ) -> float:
        sill = min(bed[a], bed[b])
        both = min(eta[a], eta[b]) + sill > DRY
        h = 0.5 * (eta[a] + bed[a] + eta[b] + bed[b]) if both else max(eta[a], eta[b]) + sill
        if h <= DRY:
            return 0.0
        fall = max(eta[a], -sill) - max(eta[b], -sill)
        rub = GRAVITY * manning**2 / h ** (7.0 / 3.0) * np.hypot(old, other)
        new = (old + dt * (force + GRAVITY * h * fall / length)) / (1.0 + dt * rub)
        most = 0.25 * length / dt
        return float(np.clip(new, -most * max(eta[b] + bed[b], 0.0), most * max(eta[a] + bed[a], 0.0)))

    f = float(basin.coriolis[0])
    east = q.copy()
    for i in range(rows):
        for j in range(1, columns):
            other = 0.25 * (p[i, j - 1] + p[i, j] + p[i + 1, j - 1] + p[i + 1, j])
            east[i, j] = face(q[i, j], other, (i, j - 1), (i, j), dx, f * other + pull * wind[0])
    north = p.copy()
    for i in range(1, rows):
        for j in range(columns):
            other = 0.25 * (east[i - 1, j] + east[i - 1, j + 1] + east[i, j] + east[i, j + 1])
            north[i, j] = face(p[i, j], other, (i, j), (i - 1, j), dy, -f * other + pull * wind[1])
    for i in range(rows):
        for j in range(columns):
            eta[i, j] += dt * ((east[i, j] - east[i, j + 1]) / dx + (north[i + 1, j] - north[i, j]) / dy)
    return eta, east, north


def ragged_basin(seed: int) -> Basin:
    """The same between shores that leave each row its own columns, and a row none."""
    basin = rough_basin(seed)
    shore = np.random.default_rng(seed).integers(0, 7, (12, 2))
    depth = basin.depth.copy()
    for row, (west, east) in enumerate(shore):
        depth[row, :west] = depth[row, 15 - east :] = np.nan
    depth[7] = np.nan
    return plane_basin(depth, dx=2_000.0, dy=2_300.0, coriolis=7e-5)


@pytest.mark.parametrize("basin", [rough_basin(8), ragged_basin(8), ragged_basin(3)])
def test_the_kernel_is_its_slow_twin(basin: Basin) -> None:
    rng = np.random.default_rng(9)
    sea = still_sea(basin, rng.uniform(-1.0, 1.0, basin.depth.shape))
    for _ in range(10):
        advance(basin, sea, 60.0)  # so that transports are not nought
    level, east, north = slow_step(basin, sea, 60.0, (18.0, -7.0), 0.02)
    one = np.stack([np.full(basin.depth.shape, value) for value in (18.0, -7.0, 1e5)])
    air = np.concatenate([one, one])
    steps = advance(basin, sea, 60.0, air=air, manning=0.02)
    assert steps == 1
    known = ~np.isnan(basin.depth)
    np.testing.assert_allclose(sea.level[known], level[known], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(sea.east, east, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(sea.north, north, rtol=1e-7, atol=1e-8)


@given(st.floats(0.01, 12_000.0))
def test_the_cube_root_needs_no_library(x: float) -> None:
    assert kernel.cube_root(x) == pytest.approx(np.cbrt(x), rel=1e-6)
