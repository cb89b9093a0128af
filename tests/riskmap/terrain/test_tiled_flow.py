"""Tiles, their rims, and how the rims are joined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.terrain.tiled_flow import rim_of, tiles_for, tiles_of


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 25), st.integers(1, 25))
def test_tiles_cover_each_cell_once(rows: int, columns: int, high: int, wide: int) -> None:
    count = np.zeros((rows, columns), int)
    for tile in tiles_of((rows, columns), (high, wide)):
        count[tile.top : tile.bottom, tile.left : tile.right] += 1
        assert tile.shape <= (high, 10**9)
    assert np.all(count == 1)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_bands_span_all_columns(workers: int) -> None:
    tiles = tiles_for((50, 7), None, workers)
    assert (len(tiles) == 1) is (workers == 1)
    assert all(tile.left == 0 and tile.right == 7 for tile in tiles)
    whole = np.arange(350).reshape(50, 7)
    assert all(np.shares_memory(tile.of(whole), whole) for tile in tiles)


def test_a_copied_part_is_put_back() -> None:
    whole = np.zeros((4, 6))
    tile = tiles_of((4, 6), (2, 3))[3]
    part = tile.of(whole)
    part[:] = 7.0
    assert not whole.any()
    tile.put(whole, part)
    assert whole.sum() == 42.0
    assert whole[2:, 3:].min() == 7.0


@given(st.integers(1, 9), st.integers(1, 9))
def test_the_rim_is_what_has_a_neighbour_outside(rows: int, columns: int) -> None:
    inner = np.zeros((rows, columns), bool)
    inner[1:-1, 1:-1] = True
    assert np.array_equal(rim_of((rows, columns)), np.flatnonzero(~inner))
