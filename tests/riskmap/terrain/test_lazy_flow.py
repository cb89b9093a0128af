"""Arrays of Dask: the same bits as in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.terrain.accumulation import accumulate
from riskmap.terrain.drainage import height_above_drainage
from riskmap.terrain.lazy_flow import accumulate_lazily, height_above_lazily
from riskmap.terrain.streams import upstream_area
from tests.riskmap.terrain.flow_oracle import flooded, random_ground

da: Any = pytest.importorskip("dask.array")


@settings(max_examples=8)
@given(st.integers(0, 2**31), st.integers(4, 9), st.integers(4, 9))
def test_chunks_change_nothing(seed: int, high: int, wide: int) -> None:
    filled, codes = flooded(random_ground(np.random.default_rng(seed), 17, 14))
    dem, directions = (da.from_array(a, chunks=(high, wide)) for a in (filled, codes))
    upstream = accumulate_lazily(directions)
    assert upstream.chunks == directions.chunks
    assert upstream.dtype == np.int32
    height = height_above_lazily(dem, directions, upstream >= 6)
    area = accumulate_lazily(directions, dx=np.linspace(25.0, 26.0, 17), dy=30.0)
    found = da.compute(upstream, height, area, scheduler="synchronous")
    assert np.array_equal(found[0], accumulate(codes))
    assert np.array_equal(
        found[1], height_above_drainage(filled, codes, accumulate(codes), 6), equal_nan=True
    )
    assert np.array_equal(
        found[2], upstream_area(codes, dx=np.linspace(25.0, 26.0, 17), dy=30.0), equal_nan=True
    )


def test_threads_of_dask_change_nothing() -> None:
    filled, codes = flooded(random_ground(np.random.default_rng(5), 60, 50))
    directions = da.from_array(codes, chunks=(23, 17))
    upstream = accumulate_lazily(directions)
    height = height_above_lazily(da.from_array(filled, chunks=(23, 17)), directions, upstream >= 20)
    found = height.compute(scheduler="threads", num_workers=2)
    expected = height_above_drainage(filled, codes, accumulate(codes), 20)
    assert np.array_equal(found, expected, equal_nan=True)


def test_arrays_that_do_not_fit_are_refused() -> None:
    codes = da.zeros((4, 4), chunks=2, dtype=np.uint8)
    with pytest.raises(DataError, match="different shapes"):
        height_above_lazily(da.zeros((4, 5), chunks=2), codes, codes > 0)
    with pytest.raises(DataError, match="sides of cells"):
        accumulate_lazily(codes, dx=-1.0, dy=1.0)
