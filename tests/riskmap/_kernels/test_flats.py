"""Flats: what the neighbours are, and both solvers against each other and their text."""

from __future__ import annotations

from typing import Any

import numpy as np

from riskmap._kernels import flats
from riskmap.terrain.flow_direction import resolve_left, steepest
from tests.riskmap.terrain.slow_terrain import around


def _case(seed: int = 1) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    z = rng.integers(0, 2, (16, 21)).astype(np.float32)
    z[rng.random(z.shape) < 0.05] = np.nan
    return z, steepest(z, np.ones(16), 1.0)


def test_what_the_neighbours_are() -> None:
    z, codes = _case()
    within, seeds, high = (np.zeros((9, 13), np.uint8) for _ in range(3))
    flats.look_over(z, codes, 4, 11, 6, 17, within, seeds, high)
    for i in range(4, 11):
        for j in range(6, 17):
            if codes[i, j] != 0:
                continue
            found = around(z, i, j)
            same = [(k, codes[a, b]) for k, a, b in found if z[a, b] == z[i, j]]
            at = (i - 3, j - 5)
            assert within[at] == sum(1 << k for k, code in same if code == 0)
            assert seeds[at] == sum(1 << k for k, code in same if 0 < code < 254)
            assert high[at] == any(z[a, b] > z[i, j] for _, a, b in found)


def test_the_first_way_is_a_side() -> None:
    assert [flats.first_way(bits) for bits in (0, 2, 6, 0b10100000, 0b11000010)] == [0, 2, 4, 32, 64]


def test_windows_and_cells_give_the_same_codes() -> None:
    for seed in range(5):
        z, codes = _case(seed)
        whole, parts = codes.copy(), codes.copy()
        assert flats.resolve_window(z, whole, 0, 16, 0, 21)[0].size == 0
        left = [flats.resolve_window(z, parts, *w) for w in ((0, 16, 0, 9), (0, 16, 9, 21))]
        for workers in (1, 2):
            cells, found = resolve_left(left, 21, workers=workers)
            resolved = parts.copy()
            resolved.reshape(-1)[cells] = found
            np.testing.assert_array_equal(resolved, whole)


def test_a_window_is_its_text() -> None:
    z, codes = _case(3)
    ours, text = codes.copy(), codes.copy()
    flats.resolve_window(z, ours, 0, 16, 0, 21)
    flats.resolve_window.py_func(z, text, 0, 16, 0, 21)
    np.testing.assert_array_equal(ours, text)
