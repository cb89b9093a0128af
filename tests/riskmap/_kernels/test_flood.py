"""The heap of the flood, and its text."""

from __future__ import annotations

import numpy as np

from riskmap._kernels import flood


def test_the_heap_gives_keys_and_cells_in_order() -> None:
    rng = np.random.default_rng(1)
    keys = rng.integers(0, 5, 60).astype(np.float32)
    key, cell = np.empty(60, np.float32), np.empty(60, np.int64)
    for n, k in enumerate(keys):
        flood.push(key, cell, n, k, n)
    out = []
    for n in range(60, 0, -1):
        out.append((float(key[0]), int(cell[0])))
        flood.pop(key, cell, n)
    assert out == sorted((float(k), n) for n, k in enumerate(keys))


def test_the_flood_is_its_text() -> None:
    rng = np.random.default_rng(2)
    z = rng.integers(0, 4, (15, 14)).astype(np.float32)
    z[rng.random(z.shape) < 0.1] = np.nan
    keep, walls = rng.random(z.shape) < 0.05, np.zeros(z.shape, bool)
    ours, text = np.empty_like(z), np.empty_like(z)
    flood.flood(z, keep, walls, ours)
    flood.flood.py_func(z, keep, walls, text)
    np.testing.assert_array_equal(ours, text)
