"""Sums of a rating curve against sums over cells."""

from __future__ import annotations

import numpy as np

from riskmap._kernels import rating as kernel


def test_sums_are_those_over_wet_cells() -> None:
    rng = np.random.default_rng(2)
    height, reach = rng.uniform(0, 6, 300), rng.integers(-1, 4, 300)
    height[::30] = np.nan
    area, bed = rng.uniform(50, 150, 300), rng.uniform(150, 250, 300)
    stages = np.array([0.0, 0.5, 1.0, 2.5, 5.0])
    sums = [np.zeros((4, 5)) for _ in range(3)]
    for part in (slice(0, 110), slice(110, 300)):
        kernel.wet_sums(height[part], reach[part], bed[part], area[part], stages, *sums)
    kernel.run_up(stages, *sums)
    for r in range(4):
        for s, stage in enumerate(stages):
            wet = (reach == r) & (height <= stage)
            assert np.isclose(sums[0][r, s], area[wet].sum())
            assert np.isclose(sums[1][r, s], bed[wet].sum())
            assert np.isclose(sums[2][r, s], ((stage - height[wet]) * area[wet]).sum(), atol=1e-9)
