"""Filling: an independent flood cell by cell, other people's libraries, and what a filled model must obey."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.terrain.depressions import (
    burn_streams,
    fill_depressions,
    fill_memory,
    filled_surface,
    inland_holes,
)
from tests.riskmap.terrain.slow_terrain import models, slow_fill


@given(models(), st.integers(0, 2**32 - 1), st.sampled_from([np.float32, np.float64]))
def test_equals_the_slow_flood(z: Any, seed: Any, dtype: Any) -> None:
    z = z.astype(dtype)
    rng = np.random.default_rng(seed)
    keep = rng.random(z.shape) < 0.03
    walls = np.where(
        np.isnan(z), rng.random(z.shape) < 0.5, rng.random(z.shape) < 0.05
    )  # in holes and on ground
    np.testing.assert_array_equal(fill_depressions(z), slow_fill(z))
    np.testing.assert_array_equal(fill_depressions(z, keep=keep), slow_fill(z, keep=keep))
    np.testing.assert_array_equal(
        fill_depressions(z, keep=keep, walls=walls), slow_fill(z, keep=keep, walls=walls)
    )


@given(models())
def test_is_at_least_the_ground_and_fills_nothing_twice(z: Any) -> None:
    filled = fill_depressions(z)
    assert (filled >= z)[~np.isnan(z)].all()
    assert (np.isnan(filled) == np.isnan(z)).all()
    np.testing.assert_array_equal(fill_depressions(filled), filled)


@given(models(), st.sampled_from(["turn", "mirror", "transpose"]))
def test_follows_the_array_when_it_is_turned(z: Any, how: Any) -> None:
    move = {"turn": np.rot90, "mirror": np.fliplr, "transpose": np.transpose}[how]
    np.testing.assert_array_equal(fill_depressions(move(z)), move(fill_depressions(z)))


@given(models(), models())
def test_higher_ground_never_lowers_the_level(z: Any, other: Any) -> None:
    rows, columns = np.minimum(z.shape, other.shape)
    a, b = z[:rows, :columns], np.abs(other[:rows, :columns])
    high = np.where(np.isnan(b), a, a + b)
    land = ~np.isnan(a)
    assert (fill_depressions(high)[land] >= fill_depressions(a)[land]).all()


def _rough(seed: int = 3, side: int = 300) -> Any:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side
    z = 40.0 * np.sin(7 * x) * np.cos(5 * y) + 30.0 * x + rng.normal(0, 0.6, x.shape)
    z[z < -25] = np.nan
    return np.round(z, 1).astype(np.float32)


def test_topotoolbox_agrees_cell_by_cell() -> None:
    topotoolbox = pytest.importorskip("topotoolbox")
    z = _rough()
    grid = topotoolbox.GridObject()
    grid.z, grid.cellsize = z, 30.0
    np.testing.assert_array_equal(fill_depressions(z), np.asarray(grid.fillsinks().z))


@pytest.mark.slow
def test_pyflwdir_agrees_cell_by_cell() -> None:
    dem = pytest.importorskip("pyflwdir.dem")
    z = np.round(10 * _rough(4, 120))  # whole numbers: it adds a depth to the ground, which else rounds
    theirs, _ = dem.fill_depressions(
        np.where(np.isnan(z), np.float32(-9999), z), nodata=-9999.0, outlets="edge"
    )
    ours = fill_depressions(z)
    land = ~np.isnan(z)
    np.testing.assert_array_equal(ours[land], theirs[land])


def test_lakes_stay_and_holes_can_be_walls() -> None:
    z = np.full((7, 7), 9.0)
    z[2:5, 2:5], z[3, 3] = 4.0, 2.0
    lake = np.zeros(z.shape, bool)
    lake[3, 3] = True
    np.testing.assert_array_equal(fill_depressions(z, keep=lake), z)
    z[3, 3] = np.nan
    np.testing.assert_array_equal(fill_depressions(z), z)
    holes = inland_holes(z)
    assert holes.sum() == 1
    assert (fill_depressions(z, walls=holes)[~holes] == 9.0).all()


def test_land_enclosed_by_walls_keeps_its_height() -> None:
    z = np.full((7, 7), 5.0)
    z[1:6, 1:6], z[2:5, 2:5], z[3, 3] = np.nan, 3.0, 1.0
    filled = fill_depressions(z, walls=inland_holes(z))
    np.testing.assert_array_equal(filled, z)


@pytest.mark.slow
def test_least_gradient_is_the_lowest_surface_without_flats() -> None:
    z = fill_depressions(_rough(5, 60))
    raised = fill_depressions(_rough(5, 60), epsilon=True)
    land = np.argwhere(~np.isnan(z))
    rows, columns = z.shape
    for i, j in land:
        beside = raised[max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2]
        edge = i in (0, rows - 1) or j in (0, columns - 1) or np.isnan(beside).any()
        assert edge or np.nanmin(beside) < raised[i, j]
    assert (raised >= z)[~np.isnan(z)].all()
    assert np.nanmax(raised - z) < 0.01


@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.int32])
def test_whole_numbers_and_a_declared_value(dtype: Any) -> None:
    z = np.array([[5, 5, 5, 5], [5, 1, 4, 3], [5, 5, 5, 99]], dtype)
    filled = fill_depressions(z, nodata=99)
    assert filled.dtype == (np.float64 if dtype is np.int32 else np.float32)
    assert np.isnan(filled[2, 3])
    assert filled[1, 1] == 4.0


@pytest.mark.slow
def test_minus_zero_and_zero_are_one_height() -> None:
    z = np.array([[1, 1, 1, 1], [1, -3, -0.0, 0.0], [1, 1, 1, 1]], np.float32)
    for block in (1, 2, 4):
        filled = fill_depressions(z, block=block)
        assert filled[1, 1] == 0.0
        assert not np.signbit(filled[1, 1])


def test_one_cell_and_one_row() -> None:
    np.testing.assert_array_equal(fill_depressions(np.array([[3.0]])), [[3.0]])
    np.testing.assert_array_equal(fill_depressions(np.array([[3.0, 1.0, 2.0]])), [[3.0, 1.0, 2.0]])
    assert np.isnan(fill_depressions(np.full((3, 3), np.nan))).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (np.zeros(3), "plane"),
        (np.zeros((0, 3)), "plane"),
        (np.array([["a"]]), "plane"),
        (np.array([[1.0, np.inf]]), "infinite"),
        (np.array([[1.0, -np.inf]]), "infinite"),
    ],
)
def test_what_is_no_elevation_model_is_refused(bad: Any, words: Any) -> None:
    with pytest.raises(DataError, match=words):
        fill_depressions(bad)
    with pytest.raises(DataError, match=words):
        fill_depressions(bad, epsilon=True)


def test_masks_that_do_not_fit_and_depths_that_are_none_are_refused() -> None:
    z = np.zeros((3, 3))
    with pytest.raises(DataError, match="keep"):
        fill_depressions(z, keep=np.zeros((3, 2), bool))
    with pytest.raises(DataError, match="walls"):
        fill_depressions(z, walls=np.zeros((3, 3)))
    for depth in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(DataError, match="depth"):
            burn_streams(z, np.ones((3, 3), bool), depth)


def test_a_burnt_river_carries_the_water() -> None:
    z = np.tile(np.arange(9.0), (5, 1))
    z[2, 4] = 20.0  # a bridge in the model
    river = np.zeros(z.shape, bool)
    river[2] = True
    burnt = burn_streams(z, river, 30.0)
    assert (fill_depressions(burnt)[2, 4:] <= burnt[2, 4:].max()).all()
    assert (burnt[~river] == z[~river]).all()


def test_memory_is_stated_and_grows_with_cells_alone() -> None:
    assert fill_memory((2000, 1000)) == fill_memory((1000, 2000))
    assert fill_memory((2000, 2000)) == 4 * fill_memory((1000, 1000))
    assert fill_memory((100, 100), np.float64) > fill_memory((100, 100))


def test_labels_come_through() -> None:
    z = _rough(6, 30)
    surface = xr.DataArray(
        z, dims=("y", "x"), coords={"y": np.arange(30.0), "x": np.arange(30.0)}, attrs={"units": "m"}
    )
    filled = filled_surface(surface)
    assert filled.attrs == {"units": "m"}
    xr.testing.assert_identical(filled.y, surface.y)
    np.testing.assert_array_equal(filled.values, fill_depressions(z))
