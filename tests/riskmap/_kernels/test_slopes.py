"""Slope and curvature: compiled against their own source."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np

from riskmap._kernels import slopes as kernel


def run(module: ModuleType) -> np.ndarray:
    rng = np.random.default_rng(2)
    ground = rng.random((8, 9)) * 100.0
    ground[rng.random(ground.shape) < 0.2] = np.nan
    out = np.empty((5, 8, 9), np.float32)
    for first, last in ((0, 3), (3, 8)):
        module.slope_rows(ground, np.linspace(20.0, 21.0, 8), 30.0, first, last, out[0], out[1])
        module.curvature_rows(ground, np.linspace(20.0, 21.0, 8), 30.0, first, last, out[2], out[3])
        module.stand_out_rows(ground, first, last, out[4])
    return out


def test_the_compiled_kernels_do_what_their_source_says(
    interpreted: Callable[[ModuleType], ModuleType],
) -> None:
    compiled = run(kernel)
    assert np.allclose(compiled, run(interpreted(kernel)), rtol=1e-6, atol=1e-7, equal_nan=True)
    assert np.isfinite(compiled[0]).sum() > 40


def test_what_stands_out_does_so_over_all_its_neighbours() -> None:
    rng = np.random.default_rng(3)
    ground = rng.integers(0, 9, (30, 30)).astype(float)
    ground[rng.random(ground.shape) < 0.03] = np.nan
    out = np.empty((30, 30), np.float32)
    kernel.stand_out_rows(ground, 0, 30, out)
    for i in range(1, 29):
        for j in range(1, 29):
            around = np.delete(ground[i - 1 : i + 2, j - 1 : j + 2].ravel(), 4)
            over, under = ground[i, j] - around.max(), ground[i, j] - around.min()
            assert out[i, j] == (over if over > 0 else under if under < 0 else 0.0)
    assert (out > 0).sum() > 10
    assert (out < 0).sum() > 10
