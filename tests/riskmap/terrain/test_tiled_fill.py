"""Tiles, blocks, threads and chunks change nothing: neither levels nor directions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.terrain.depressions import fill_depressions, filled_surface
from riskmap.terrain.flow_direction import drainage_direction, flow_direction
from riskmap.terrain.tiled_fill import fill_blocks, fill_pieces, survey
from tests.riskmap.terrain.slow_terrain import models, slow_fill


@given(models(most=30), st.integers(1, 12), st.integers(1, 9), st.sampled_from([1, 3]))
def test_any_blocks_and_tiles_give_the_same_levels(z: Any, block: Any, side: Any, workers: Any) -> None:
    found = fill_blocks(z, block=block, side=side, workers=workers)
    np.testing.assert_array_equal(found, slow_fill(z))


@given(models(most=30), st.integers(1, 12), st.sampled_from([1, 3]))
def test_any_windows_give_the_same_directions(z: Any, window: Any, workers: Any) -> None:
    filled = fill_depressions(z)
    whole = flow_direction(filled, dx=2.0, dy=3.0)
    parts = flow_direction(filled, dx=2.0, dy=3.0, window=window, workers=workers)
    np.testing.assert_array_equal(parts, whole)


@pytest.mark.slow
def test_lakes_and_walls_across_tiles() -> None:
    rng = np.random.default_rng(1)
    z = rng.integers(0, 4, (40, 50)).astype(np.float32)
    z[rng.random(z.shape) < 0.1] = np.nan
    keep, walls = rng.random(z.shape) < 0.02, np.isnan(z) & (rng.random(z.shape) < 0.7)
    whole = slow_fill(z, keep, walls)
    for block, side in ((7, 3), (13, 5), (50, 50)):
        found = fill_blocks(z, keep=keep, walls=walls, block=block, side=side)
        np.testing.assert_array_equal(found, whole)


def test_a_survey_is_small_but_for_its_labels() -> None:
    z = np.random.default_rng(2).random((128, 128)).astype(np.float32)
    found = survey(z, (False,) * 4)
    assert found.anchors.size <= 4 * 128 + 1
    assert found.one.size < found.anchors.size  # a tree


def _model() -> Any:
    rng = np.random.default_rng(8)
    y, x = np.mgrid[0:90, 0:70] / 70
    z = np.round(6 * np.sin(4 * x) * np.cos(3 * y) + rng.normal(0, 0.7, x.shape)).astype(np.float32)
    z[z < -7] = np.nan
    return z


@pytest.mark.parametrize("chunks", [(17, 23), (90, 70), (9, 70), ((40, 3, 47), (1, 69))])
def test_dask_in_dask_out_bit_by_bit(chunks: Any) -> None:
    arrays = pytest.importorskip("dask.array")
    z = _model()
    keep = np.zeros(z.shape, bool)
    keep[40:44, 20:30] = True
    lazy = xr.DataArray(arrays.from_array(z, chunks=chunks), dims=("y", "x"))
    filled = filled_surface(lazy, keep=keep)
    codes = drainage_direction(filled, dx=30.0, dy=25.0, keep=keep)
    assert filled.chunks == lazy.chunks == codes.chunks  # nothing was computed yet
    whole = fill_depressions(z, keep=keep)
    np.testing.assert_array_equal(filled.compute().values, whole)
    ours = codes.compute(scheduler="threads", num_workers=3).values
    np.testing.assert_array_equal(ours, flow_direction(whole, dx=30.0, dy=25.0, keep=keep))


def test_dask_takes_walls_and_whole_numbers() -> None:
    arrays = pytest.importorskip("dask.array")
    from riskmap.terrain.lazy import direct_lazily, fill_lazily

    z = np.random.default_rng(3).integers(0, 3, (30, 31)).astype(np.int16)
    walls = np.zeros(z.shape, bool)
    walls[10:20, 15] = True
    lazy = arrays.from_array(z, chunks=11)
    filled = fill_lazily(lazy, walls=arrays.from_array(walls, chunks=11))
    assert filled.dtype == np.float32
    whole = fill_depressions(z, walls=walls)
    np.testing.assert_array_equal(filled.compute(), whole)
    codes = direct_lazily(filled, walls=arrays.from_array(walls, chunks=11))
    np.testing.assert_array_equal(codes.compute(), flow_direction(whole, walls=walls))


@pytest.mark.slow
@given(models(most=30), st.integers(1, 12), st.sampled_from([1, 3]))
def test_pieces_from_elsewhere_give_the_same_levels(z: Any, block: int, workers: int) -> None:
    out, reads = np.zeros_like(z), []

    def read(rows: slice, columns: slice) -> Any:
        reads.append((rows.start, columns.start))
        return z[rows, columns]

    def write(rows: slice, columns: slice, part: Any) -> None:
        out[rows, columns] = part

    fill_pieces(read, write, z.shape, block=block, workers=workers)
    np.testing.assert_array_equal(out, slow_fill(z))
    assert sorted(reads) == sorted(2 * list(set(reads)))  # each piece twice


def test_a_piece_of_another_size_and_infinite_heights_are_refused() -> None:
    with pytest.raises(DataError, match="another size"):
        fill_pieces(lambda rows, columns: np.zeros((1, 1)), lambda *_: None, (4, 4), block=2, workers=1)
    with pytest.raises(DataError, match="infinite"):
        fill_pieces(lambda rows, columns: np.full((2, 2), np.inf), lambda *_: None, (4, 4), block=2)


def test_sides_that_are_none_are_refused() -> None:
    z = np.zeros((4, 4))
    for side in (0, 511):
        with pytest.raises(DataError, match="side"):
            fill_blocks(z, side=side)
    with pytest.raises(DataError, match="blocks"):
        fill_depressions(z, block=0)
    with pytest.raises(DataError, match="blocks"):
        flow_direction(z, window=0)


def test_the_largest_tile_holds_as_many_pits_as_there_can_be() -> None:
    z = np.ones((510, 510), np.float32)
    z[1::2, 1::2] = 0.0
    np.testing.assert_array_equal(fill_blocks(z, side=510), fill_blocks(z, side=64))


def test_a_real_model(shared_data: Path) -> None:
    """Order of columns and voids of a file of the shuttle mission; another library beside it."""
    topotoolbox = pytest.importorskip("topotoolbox")
    raw = np.fromfile(shared_data / "dem" / "N37W123.hgt", ">i2")
    z = raw.reshape((round(raw.size**0.5),) * 2)[:1200, :1200].astype(np.float32)
    z[z <= 0] = np.nan
    grid = topotoolbox.GridObject()
    grid.z, grid.cellsize = z, 90.0
    filled = fill_depressions(z)
    np.testing.assert_array_equal(filled, np.asarray(grid.fillsinks().z))
    codes = flow_direction(filled, dx=73.0, dy=92.0)
    assert ((codes == 0) | (codes == 255) == np.isnan(z)).all()  # every cell of land has a way
    np.testing.assert_array_equal(flow_direction(filled, dx=73.0, dy=92.0, window=100), codes)
