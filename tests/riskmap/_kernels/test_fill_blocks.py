"""Blocks of the fill: cells and nodes, and the rim."""

from __future__ import annotations

import numpy as np

from riskmap._kernels import fill_blocks


def test_the_rim_goes_round_north_south_west_east() -> None:
    cells = [fill_blocks.edge_cell(k, 3, 4) for k in range(14)]
    north, south = [(0, j) for j in range(4)], [(2, j) for j in range(4)]
    west, east = [(i, 0) for i in range(3)], [(i, 3) for i in range(3)]
    assert cells == north + south + west + east
    assert cells == [fill_blocks.edge_cell.py_func(k, 3, 4) for k in range(14)]


def test_a_cell_has_the_node_of_its_tile_and_basin() -> None:
    labels = np.array([[1, 2, 1], [0, 1, 1], [1, 1, 2]], np.uint16)
    first = np.array([0, 2, 3, 4, 6], np.int32)
    nodes = [[fill_blocks.node_at(labels, first, 2, i, j) for j in range(3)] for i in range(3)]
    assert nodes == [[1, 2, 3], [0, 1, 3], [4, 4, 6]]


def test_levels_follow_the_way_up() -> None:
    up = np.array([-1, 0, 1, 2, -1, 4], np.int32)
    height = np.array([0, 3, 7, 5, 0, 1], np.float32)
    known = np.array([True, False, False, False, False, False])
    level = np.array([-np.inf, 0, 0, 0, 0, 0], np.float32)
    fill_blocks.settle(up, height, known, level)
    assert level.tolist() == [-np.inf, 3, 7, 7, np.inf, np.inf]  # the last two have no way out
    assert known.all()


def test_long_ways_up() -> None:
    n = 1000
    up = np.arange(-1, n - 1).astype(np.int32)
    known = np.zeros(n, bool)
    known[0] = True
    level = np.zeros(n)
    fill_blocks.settle(up, np.arange(n)[::-1].astype(float), known, level)
    assert (level[1:] == n - 2).all()


def test_raised_rows_are_the_text() -> None:
    z = np.array([[1.0, 5.0, np.nan], [2.0, 3.0, 0.0]])
    labels, first = np.array([[1, 1, 0], [1, 1, 1]], np.uint16), np.array([0, 1, 2], np.int32)
    level = np.array([-np.inf, 4.0, np.inf])
    found = []
    for run in (fill_blocks.raise_rows, fill_blocks.raise_rows.py_func):
        out = np.empty_like(z)
        run(z, labels, first, 2, level, 0, 2, out)
        found.append(out)
    np.testing.assert_array_equal(found[0], [[4.0, 5.0, np.nan], [4.0, 4.0, 0.0]])
    np.testing.assert_array_equal(*found)
