"""Directions: slow versions cell by cell, and that water gets out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.flow_direction import (
    direction_memory,
    drainage_direction,
    flow_direction,
    geographic_sides,
)
from tests.riskmap.terrain.slow_terrain import drains, models, slow_direction, slow_flats


@given(models(), st.sampled_from([(1.0, 1.0), (30.0, 25.0), (90.0, 10.0)]), st.integers(0, 2**32 - 1))
def test_equals_the_slow_version(z: Any, sides: Any, seed: Any) -> None:
    dx, dy = sides
    rng = np.random.default_rng(seed)
    keep, walls = rng.random(z.shape) < 0.05, np.isnan(z) & (rng.random(z.shape) < 0.5)
    for masks in ({}, {"keep": keep}, {"walls": walls}, {"keep": keep, "walls": walls}):
        raw = slow_direction(z, dx, dy, **masks)
        plain = flow_direction(z, dx=dx, dy=dy, flats=False, **masks)
        np.testing.assert_array_equal(plain, np.where(raw == 254, 0, raw))
        slow = slow_flats(z, raw)
        found = flow_direction(z, dx=dx, dy=dy, **masks)
        np.testing.assert_array_equal(found, np.where(slow == 254, 0, slow))


@given(models(most=25), st.integers(0, 2**32 - 1))
def test_every_cell_of_a_filled_model_drains(z: Any, seed: Any) -> None:
    keep = np.random.default_rng(seed).random(z.shape) < 0.03
    assert drains(z, flow_direction(fill_depressions(z)))
    codes = flow_direction(fill_depressions(z, keep=keep), keep=keep)
    assert (codes[keep & ~np.isnan(z)] == 0).all()
    assert drains(z, codes, keep=keep)


def test_wide_models_with_gaps_in_some_segments() -> None:
    rng = np.random.default_rng(5)
    z = rng.integers(0, 40, (12, 1300)).astype(np.float32)
    for row, column in ((0, 3), (4, 512), (5, 513), (6, 514), (9, 1025), (11, 1299), (3, 1298)):
        z[row, column] = np.nan
    raw = slow_direction(z, 30.0, 30.0)
    np.testing.assert_array_equal(flow_direction(z, dx=30.0, dy=30.0, flats=False), raw)
    for workers in (1, 2, 5):
        np.testing.assert_array_equal(flow_direction(z, dx=30.0, dy=30.0, flats=False, workers=workers), raw)


def test_a_large_flat_drains_away_from_higher_ground() -> None:
    z = np.full((41, 60), 5.0, np.float32)
    z[0], z[-1], z[:, -1] = 9.0, 9.0, 9.0  # walls on three sides, open to the west
    z[20, 0] = 4.0
    z[:20, 0], z[21:, 0] = 9.0, 9.0
    codes = flow_direction(z)
    assert drains(z, codes)
    np.testing.assert_array_equal(codes, slow_flats(z, slow_direction(z)))
    assert (codes[20, 1:40] == 16).all()  # down the middle
    assert codes[1, 30] in (4, 8)  # away from the walls
    assert codes[39, 30] in (64, 32)


def test_pits_that_are_not_filled_stay_unresolved() -> None:
    z = np.full((6, 6), 5.0)
    z[2:4, 2:4] = 1.0
    codes = flow_direction(z)
    assert (codes[2:4, 2:4] == 0).all()
    assert (codes[1:5, 1:5] == 0).sum() == 4


@pytest.mark.slow
def test_pyflwdir_reads_the_codes_and_finds_no_loop() -> None:
    pyflwdir = pytest.importorskip("pyflwdir")
    rng = np.random.default_rng(9)
    z = fill_depressions(np.round(rng.normal(0, 2, (60, 80))).astype(np.float32))
    flow = pyflwdir.from_array(
        np.where((c := flow_direction(z)) == 255, 247, c), ftype="d8", check_ftype=False
    )
    area = flow.upstream_area("cell")
    assert area.flat[flow.idxs_pit].sum() == z.size


def test_cells_may_be_narrow_and_rows_may_differ() -> None:
    z = np.array([[9.0, 9, 9, 9], [9, 5, 4.4, 9], [9, 4, 9, 9], [9, 9, 9, 9]])
    assert flow_direction(z, dx=10.0, dy=10.0, flats=False)[1, 1] == 4
    assert flow_direction(z, dx=5.0, dy=10.0, flats=False)[1, 1] == 1
    sides = np.array([10.0, 5.0, 10.0, 10.0])
    assert flow_direction(z, dx=sides, dy=10.0, flats=False)[1, 1] == 1
    dx, dy = geographic_sides([60.0, 0.0], (0.01, 0.01))
    assert dx[0] == pytest.approx(dy / 2)
    assert dx[1] == pytest.approx(dy)


@pytest.mark.parametrize(
    "sides", [{"dx": 0.0}, {"dy": -1.0}, {"dx": np.ones(4)}, {"dx": np.nan}, {"dy": np.inf}]
)
def test_sides_that_are_none_are_refused(sides: Any) -> None:
    with pytest.raises(DataError, match="sides"):
        flow_direction(np.zeros((3, 3)), **sides)


def test_one_cell_and_thin_arrays() -> None:
    np.testing.assert_array_equal(flow_direction(np.array([[1.0]])), [[1]])
    np.testing.assert_array_equal(flow_direction(np.array([[3.0, 2.0, 4.0]])), [[1, 4, 16]])
    np.testing.assert_array_equal(flow_direction(np.array([[3.0], [2.0], [4.0]])), [[4], [1], [64]])
    assert (flow_direction(np.full((3, 3), np.nan)) == 255).all()


def test_labels_and_flags() -> None:
    surface = xr.DataArray(np.arange(12.0).reshape(3, 4), dims=("y", "x"), coords={"x": np.arange(4)})
    codes = drainage_direction(surface, dx=30.0, dy=30.0)
    assert codes.dtype == np.uint8
    assert "x" in codes.coords
    assert len(codes.attrs["flag_meanings"].split()) == codes.attrs["flag_values"].size
    np.testing.assert_array_equal(codes.values, flow_direction(surface.values))


def test_memory_grows_with_cells() -> None:
    assert direction_memory((18_000, 16_200)) - direction_memory((9_000, 16_200)) == 9_000 * 16_200
