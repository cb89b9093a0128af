"""Ditches against their own text."""

from __future__ import annotations

import numpy as np

from riskmap._kernels import breach
from riskmap.terrain.depressions import fill_depressions


def test_ditches_are_their_text() -> None:
    rng = np.random.default_rng(1)
    z = rng.integers(0, 9, (25, 30)).astype(np.float32)
    z[rng.random(z.shape) < 0.03] = np.nan
    filled = fill_depressions(z)
    pits = breach.find_pits(z, filled)
    np.testing.assert_array_equal(pits, breach.find_pits.py_func(z, filled))
    pits = pits[np.argsort(z.reshape(-1)[pits], kind="stable")]
    ours, text = z.copy(), z.copy()
    spill = filled.reshape(-1)[pits]
    done = breach.breach_pits(ours, pits, spill, 2, 3.0)
    assert done == breach.breach_pits.py_func(text, pits, spill, 2, 3.0)
    assert 0 < done < pits.size
    np.testing.assert_array_equal(ours, text)


def test_cells_beside_the_edge_or_a_gap_leave() -> None:
    z = np.ones((5, 5))
    assert breach.leaves(z, 0, 2)
    assert not breach.leaves(z, 2, 2)
    z[1, 1] = np.nan
    assert breach.leaves(z, 2, 2)
