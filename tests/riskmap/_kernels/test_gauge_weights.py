"""Weighted means of gauges: against a slow twin, and at their own places."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap._kernels import gauge_weights as kernel


def slow_mean(x, y, stretch, gx, gy, values, smoothing, reach, gaussian, background, weight):
    pairs = [(weight, background)]
    for a, b, v in zip(gx, gy, values, strict=True):
        square = ((a - x) * stretch) ** 2 + (b - y) ** 2
        if square < reach**2:
            pairs.append((math.exp(-square / smoothing) if gaussian else reach**2 / square - 1.0, v))
    total = sum(w for w, _ in pairs)
    return sum(w * v for w, v in pairs) / total if total > 0 else math.nan


@settings(deadline=None, max_examples=100)
@given(seed=st.integers(0, 10_000), gaussian=st.booleans(), weight=st.sampled_from([0.0, 0.3, 1.0]))
def test_the_kernel_is_its_slow_twin(seed: int, gaussian: bool, weight: float) -> None:
    rng = np.random.default_rng(seed)
    gx, gy, values = rng.uniform(0, 2e5, 9), rng.uniform(0, 2e5, 9), rng.uniform(0.2, 5, 9)
    x, y = rng.uniform(0, 2e5, 4), rng.uniform(0, 2e5, 3)
    stretch, out = rng.uniform(0.8, 0.9, 3), np.empty((3, 4))
    kernel.mean_rows(x, y, stretch, gx, gy, values, 4e9, 6e4, gaussian, 1.5, weight, 0, 3, out)
    slow = [
        [slow_mean(a, b, s, gx, gy, values, 4e9, 6e4, gaussian, 1.5, weight) for a in x]
        for b, s in zip(y, stretch)
    ]
    np.testing.assert_allclose(out, slow, rtol=1e-12)


def test_alone_at_its_own_place_and_gone_at_its_reach() -> None:
    gx, gy, values = np.array([0.0, 5e4]), np.array([0.0, 0.0]), np.array([3.0, 1.0])
    args = (1.0, gx, gy, values, 1e9, 6e4, False, 2.0, 1.0)
    assert kernel.cell_mean(0.0, 0.0, *args) == 3.0
    assert kernel.cell_mean(2e5, 0.0, *args) == 2.0
    assert kernel.cell_mean(-6e4 + 1e-3, 0.0, *args) == pytest.approx(2.0, abs=1e-6)  # fades out, no step
