"""Height above the nearest drainage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.terrain.accumulation import accumulate
from riskmap.terrain.drainage import height_above, height_above_drainage
from riskmap.terrain.tiled_flow import NO_DATA
from tests.riskmap.terrain.flow_oracle import flooded, random_ground, slow_height_above


@given(st.integers(0, 2**31), st.integers(1, 14), st.integers(1, 14), st.booleans())
def test_it_is_that_of_every_chain(seed: int, rows: int, columns: int, outlets: bool) -> None:
    rng = np.random.default_rng(seed)
    filled, codes = flooded(random_ground(rng, rows, columns))
    drainage = rng.random(codes.shape) < 0.1
    found = height_above(filled, codes, drainage, outlets=outlets, workers=1)
    slow = slow_height_above(filled, codes, drainage, outlets=outlets)
    assert np.array_equal(found, slow, equal_nan=True)


@pytest.mark.slow
@given(st.integers(0, 2**31), st.integers(1, 7), st.integers(1, 7), st.integers(1, 3), st.booleans())
def test_tiles_and_threads_change_nothing(
    seed: int, high: int, wide: int, workers: int, outlets: bool
) -> None:
    rng = np.random.default_rng(seed)
    filled, codes = flooded(random_ground(rng, 17, 13))
    drainage = rng.random(codes.shape) < 0.08
    whole = height_above(filled, codes, drainage, outlets=outlets, workers=1)
    tiled = height_above(filled, codes, drainage, outlets=outlets, tile=(high, wide), workers=workers)
    assert np.array_equal(tiled, whole, equal_nan=True)
    bands = height_above(filled, codes, drainage, outlets=outlets, workers=workers)
    assert np.array_equal(bands, whole, equal_nan=True)


@given(st.integers(0, 2**31), st.integers(2, 20))
def test_it_is_never_negative_and_zero_in_streams(seed: int, threshold: int) -> None:
    filled, codes = flooded(random_ground(np.random.default_rng(seed), 15, 15))
    upstream = accumulate(codes)
    found = height_above_drainage(filled, codes, upstream, threshold)
    assert np.all(found[upstream >= threshold] == 0.0)
    assert np.all(found[codes != NO_DATA] >= 0.0)
    assert np.isnan(found[codes == NO_DATA]).all()


def test_a_chain_longer_than_the_kernels_memory() -> None:
    """A snake of 9,000 cells: down one row, up the next."""
    rows, columns = 3, 3000
    codes = np.array([[1] * columns, [16] * columns, [1] * columns], np.uint8)
    codes[0, -1] = codes[1, 0] = 4
    ground = np.arange(rows * columns, 0, -1, dtype=np.float64).reshape(rows, columns)
    ground[1] = ground[1, ::-1]
    drainage = np.zeros(codes.shape, bool)
    found = height_above(ground, codes, drainage, workers=1)
    assert np.array_equal(found, ground - 1.0)
    assert np.array_equal(height_above(ground, codes, drainage, tile=(2, 999)), found)


def test_the_library_of_others_has_the_same_heights() -> None:
    pyflwdir = pytest.importorskip("pyflwdir")
    filled, codes = flooded(random_ground(np.random.default_rng(8), 60, 70))
    theirs = pyflwdir.from_array(np.where(codes == NO_DATA, 247, codes).astype(np.uint8), ftype="d8")
    upstream = accumulate(codes)
    heights = theirs.hand(drain=upstream >= 25, elevtn=np.nan_to_num(filled, nan=-9999.0))
    ground = codes != NO_DATA
    assert height_above_drainage(filled, codes, upstream, 25)[ground] == pytest.approx(heights[ground])


@pytest.mark.parametrize("tile", [None, (1, 3), (2, 1)])
def test_a_circle_is_named(tile: tuple[int, int] | None) -> None:
    codes = np.array([[1, 4, 0], [64, 16, 16]], np.uint8)
    with pytest.raises(DataError, match="circle"):
        height_above(np.ones((2, 3)), codes, np.zeros((2, 3), bool), tile=tile, workers=1)


def test_arrays_that_do_not_fit_are_refused() -> None:
    codes, dry = np.zeros((2, 3), np.uint8), np.zeros((2, 3), bool)
    with pytest.raises(DataError, match="do not fit"):
        height_above(np.ones((3, 2)), codes, dry)
    with pytest.raises(DataError, match="do not fit"):
        height_above(np.ones((2, 3), int), codes, dry)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="another shape"):
        height_above(np.ones((2, 3)), codes, dry[:1])
