"""Fetches against a slow twin and on shores that can be read off."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap._kernels import fetch as kernel


def slow_fetch(depth: np.ndarray, row: float, column: float, toward: float) -> tuple[float, float]:
    """A walk of 1 km steps on 2 km cells, up to 60 km, first water within 5 km."""
    met: list[float] = []
    for k in range(1, 61):
        y = row - k * 0.5 * np.cos(np.radians(toward))
        x = column + k * 0.5 * np.sin(np.radians(toward))
        i, j = int(y + 0.5), int(x + 0.5)
        if not (0 <= i < depth.shape[0] and 0 <= j < depth.shape[1]):
            break
        if depth[i, j] > 0.0:
            met.append(float(depth[i, j]))
        elif met or k >= 5:
            break
    return 1e3 * len(met), float(np.mean(met)) if met else 0.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(2.0, 28.0), st.floats(2.0, 28.0))
def test_the_kernel_is_its_slow_twin(seed: int, row: float, column: float) -> None:
    depth = np.random.default_rng(seed).uniform(-3.0, 20.0, (31, 31))
    toward = np.arange(0.0, 360.0, 45.0)
    length, mean = np.zeros((1, 8)), np.zeros((1, 8))
    kernel.fetches(
        depth,
        np.array([row]),
        np.array([column]),
        5e-4,
        np.array([5e-4]),
        toward,
        1e3,
        60e3,
        5e3,
        length,
        mean,
    )
    expected = [slow_fetch(depth, row, column, angle) for angle in toward]
    np.testing.assert_allclose(length[0], [e[0] for e in expected])
    np.testing.assert_allclose(mean[0], [e[1] for e in expected], rtol=1e-12)


def test_land_beyond_the_reach_to_sea_ends_the_look() -> None:
    depth = np.full((31, 31), -1.0)
    depth[:, 25:] = 10.0
    near = kernel.fetch_one(depth, 15.0, 23.0, 5e-4, 5e-4, 90.0, 1e3, 60e3, 5e3)
    far = kernel.fetch_one(depth, 15.0, 5.0, 5e-4, 5e-4, 90.0, 1e3, 60e3, 5e3)
    assert near == (12e3, 10.0)
    assert far == (0.0, 0.0)
