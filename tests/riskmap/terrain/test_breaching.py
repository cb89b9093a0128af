"""Ditches: every pit drains where none is too deep or far, and what is dug is no more than allowed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.terrain.breaching import breach_depressions, breached_surface
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.flow_direction import flow_direction
from tests.riskmap.terrain.slow_terrain import drains, models


@given(models(most=18), st.integers(1, 20), st.sampled_from([0.5, 2.0, 100.0, np.inf]))
def test_all_drains_and_nothing_is_dug_deeper_than_allowed(z: Any, length: int, depth: float) -> None:
    dug = breach_depressions(z, max_length=length, max_depth=depth, fill=False)
    land = ~np.isnan(z)
    assert (dug.surface[land] <= z[land]).all()
    assert (z[land] - dug.surface[land] <= depth).all()
    assert (fill_depressions(dug.surface)[land] <= fill_depressions(z)[land]).all()
    done = breach_depressions(z, max_length=length, max_depth=depth)
    np.testing.assert_array_equal(done.surface, fill_depressions(dug.surface))
    assert drains(z, flow_direction(done.surface))


@given(models(most=18))
def test_without_limits_every_pit_gets_out_and_nothing_is_filled(z: Any) -> None:
    dug = breach_depressions(z, max_length=20, max_depth=np.inf, fill=False)
    assert dug.breached == dug.pits
    np.testing.assert_array_equal(fill_depressions(dug.surface), dug.surface)
    assert set(dug.surface[~np.isnan(z)]) <= set(z[~np.isnan(z)])  # no height is invented


@given(st.integers(0, 2**32 - 1))
def test_the_ditch_of_a_single_pit_is_the_cheapest(seed: int) -> None:
    z = np.random.default_rng(seed).integers(5, 30, (9, 9)).astype(np.float32)
    z[4, 4] = 0.0
    dug = breach_depressions(z, max_length=9, max_depth=np.inf, fill=False)
    first = np.where(dug.surface == 0.0, z, 0.0).sum()  # the other pits end above 0
    best = np.full(z.shape, np.inf)
    best[4, 4] = 0.0
    for _ in range(z.size):
        around = np.pad(best, 1, constant_values=np.inf)
        least = np.min([around[a : a + 9, b : b + 9] for a in range(3) for b in range(3)], axis=0)
        best = np.minimum(best, least + z)
    rim = np.ones(z.shape, bool)
    rim[1:-1, 1:-1] = False
    assert first == best[rim].min()


def test_a_road_across_a_valley() -> None:
    y, x = np.mgrid[0:21, 0:60].astype(float)
    z = 3.0 * np.abs(y - 10) + 0.1 * (60 - x)
    z[:, 30] += np.where(np.abs(y[:, 30] - 10) < 4, 8.0, 0.0)
    dug = breach_depressions(z, max_length=5, max_depth=10.0)
    assert np.count_nonzero(dug.surface != z) == 1
    assert dug.surface[10, 30] == z[10, 29]
    flooded = np.count_nonzero(fill_depressions(z) != z)
    assert flooded > 20
    shallow = breach_depressions(z, max_length=5, max_depth=1.0)
    np.testing.assert_array_equal(shallow.surface, fill_depressions(z))


def test_lakes_end_ditches_and_walls_stop_them() -> None:
    z = np.full((7, 12), 9.0)
    z[3, 2], z[3, 8] = 1.0, 4.0
    keep, walls = np.zeros(z.shape, bool), np.zeros(z.shape, bool)
    keep[3, 3:5] = True
    dug = breach_depressions(z, keep=keep)
    assert dug.surface[3, 2] == 1.0  # beside the lake: no pit
    assert (dug.surface[keep] == 9.0).all()
    walls[2:5, 7:10] = True
    walls[3, 8] = False
    dug = breach_depressions(z, walls=walls)
    assert dug.surface[3, 8] == 4.0


@pytest.mark.parametrize("limits", [{"max_length": 0}, {"max_depth": 0.0}, {"max_depth": np.nan}])
def test_limits_that_are_none_are_refused(limits: Any) -> None:
    with pytest.raises(DataError, match="limits"):
        breach_depressions(np.zeros((3, 3)), **limits)


@given(models(most=18), st.integers(1, 9), st.integers(1, 9))
@settings(max_examples=12)
def test_labels_and_chunks_change_nothing(z: Any, high: int, wide: int) -> None:
    pytest.importorskip("dask.array")
    keep = np.zeros(z.shape, bool)
    keep[z.shape[0] // 2] = True
    expected = breach_depressions(z, max_length=3, keep=keep).surface
    labelled = xr.DataArray(z, dims=("y", "x"), attrs={"units": "m"})
    whole = breached_surface(labelled, max_length=3, keep=keep)
    assert whole.attrs == labelled.attrs
    np.testing.assert_array_equal(whole.values, expected)
    lazy = breached_surface(labelled.chunk({"y": high, "x": wide}), max_length=3, keep=keep)
    assert lazy.chunks == labelled.chunk({"y": high, "x": wide}).chunks
    assert lazy.dtype == lazy.compute().dtype == expected.dtype
    np.testing.assert_array_equal(lazy.values, expected)
