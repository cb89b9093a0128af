"""The steepest way down: vectors against the text and against single cells."""

from __future__ import annotations

import numpy as np

from riskmap._kernels import d8


def test_rows_in_vectors_are_their_text_and_the_single_cells() -> None:
    z = np.random.default_rng(1).integers(0, 6, (3, 200)).astype(np.float32)
    z[0, 7] = z[1, 50] = z[2, 99] = np.nan
    sides = (np.float32(1 / 3), np.float32(1 / 4), np.float32(1 / 5))
    compiled, text = np.zeros(200, np.uint8), np.zeros(200, np.uint8)
    d8.steepest_row(*z, 1, 199, *sides, compiled)
    d8.steepest_row.py_func(*z, 1, 199, *sides, text)
    np.testing.assert_array_equal(compiled, text)
    single = [d8.steepest_cell(z, 1, j, *sides) for j in range(1, 199)]
    np.testing.assert_array_equal(compiled[1:-1], single)


def test_the_first_way_out_is_a_side() -> None:
    z = np.ones((3, 3))
    z[0, 0] = z[2, 1] = np.nan
    none = np.empty((0, 0), np.bool_)
    assert d8.way_out(z, none, none, 1, 1) == 4  # south, before the corner
    walls = np.isnan(z)
    assert d8.way_out(z, none, walls, 1, 1) == 0
    assert d8.way_out(z, ~walls, walls, 1, 1) == 1
