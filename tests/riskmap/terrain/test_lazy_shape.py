"""Slope, curvature and wetness of arrays of Dask: the same bits as in memory, up to every edge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.terrain.lazy_shape import curvature_lazily, slope_aspect_lazily, wetness_lazily
from riskmap.terrain.slopes import curvature, slope_aspect
from riskmap.terrain.wetness import spread_area, wetness_index
from tests.riskmap.terrain.flow_oracle import flooded, random_ground

da: Any = pytest.importorskip("dask.array")


@pytest.mark.slow
@settings(max_examples=12)
@given(st.integers(0, 2**31), st.integers(1, 9), st.integers(1, 9))
def test_chunks_change_nothing(seed: int, high: int, wide: int) -> None:
    filled, codes = flooded(random_ground(np.random.default_rng(seed), 17, 14))
    filled = filled.astype(np.float32)
    sides: dict[str, Any] = {"dx": np.linspace(25.0, 26.0, 17), "dy": 30.0}
    dem, directions = (da.from_array(a, chunks=(high, wide)) for a in (filled, codes))
    slope, aspect = slope_aspect_lazily(dem, **sides)
    wetness = wetness_lazily(dem, directions, slope, **sides)
    lazy = (slope, aspect, *curvature_lazily(dem, **sides), wetness)
    steep = slope_aspect(filled, **sides)
    whole = (
        *steep, *curvature(filled, **sides), wetness_index(spread_area(filled, codes, **sides), steep[0], **sides),
    )  # fmt: skip
    for one, other, found in zip(lazy, whole, da.compute(*lazy, scheduler="synchronous"), strict=True):
        assert one.chunks == dem.chunks
        assert one.dtype == found.dtype == other.dtype
        assert np.array_equal(found, other, equal_nan=True)
