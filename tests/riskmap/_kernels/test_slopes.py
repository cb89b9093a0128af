"""Slope and curvature: compiled against their own source."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from riskmap._kernels import slopes as kernel


def run(module: ModuleType) -> np.ndarray:
    rng = np.random.default_rng(2)
    ground = rng.random((8, 9)) * 100.0
    ground[rng.random(ground.shape) < 0.2] = np.nan
    out = np.empty((6, 8, 9), np.float32)
    for first, last in ((0, 3), (3, 8)):
        module.slope_rows(ground, np.linspace(20.0, 21.0, 8), 30.0, first, last, out[0], out[1])
        module.curvature_rows(ground, np.linspace(20.0, 21.0, 8), 30.0, first, last, out[2], out[3])
        module.stand_out_rows(ground, 1, first, last, out[4])
        module.stand_out_rows(ground, 2, first, last, out[5])
    return out


def test_the_compiled_kernels_do_what_their_source_says(
    interpreted: Callable[[ModuleType], ModuleType],
) -> None:
    compiled = run(kernel)
    assert np.allclose(compiled, run(interpreted(kernel)), rtol=1e-6, atol=1e-7, equal_nan=True)
    assert np.isfinite(compiled[0]).sum() > 40


@pytest.mark.parametrize("reach", [1, 2])
def test_what_stands_out_does_so_over_the_whole_ring(reach: int) -> None:
    rng = np.random.default_rng(3)
    ground = rng.integers(0, 9, (30, 30)) + rng.integers(0, 2, (30, 30)) * 5.0
    ground[rng.random(ground.shape) < 0.03] = np.nan
    out = np.empty((30, 30), np.float32)
    kernel.stand_out_rows(ground, reach, 0, 30, out)
    wide = np.pad(ground, reach, constant_values=np.nan)
    inner = (slice(1, -1), slice(1, -1))
    for i in range(30):
        for j in range(30):
            ring = wide[i : i + 2 * reach + 1, j : j + 2 * reach + 1].copy()
            ring[inner] = np.nan
            known = ring[np.isfinite(ring)]
            over, under = ground[i, j] - known.max(), ground[i, j] - known.min()
            judged = known.size >= (5, 9)[reach - 1]
            assert out[i, j] == (over if judged and over > 0 else under if judged and under < 0 else 0.0)
    assert (out > 0).sum() > 5
    assert (out < 0).sum() > 5
