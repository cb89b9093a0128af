"""Sparse matrices of arcs, for SciPy's graph algorithms."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from evac.plan.roads import Numbers

_LEAST: Final = 1e-9
"""Cost of an arc that has none, since a sparse matrix takes 0 for no arc."""


def arc_matrix(rows: Any, columns: Any, costs: Numbers, size: int) -> Any:
    """A sparse matrix of the cheapest arc of each pair; by itself it would add parallel ones up.

    Parameters
    ----------
    rows, columns : array of int (arc,)
    costs : array (arc,)
        Infinite ones are left out; zero becomes very small, since there zero means no arc.
    """
    from scipy.sparse import csr_array

    keep = np.isfinite(costs)
    rows, columns, costs = (
        rows[keep].astype(np.int64),
        columns[keep].astype(np.int64),
        np.maximum(costs[keep], _LEAST),
    )
    order = np.lexsort((costs, columns, rows))
    rows, columns, costs = rows[order], columns[order], costs[order]
    lead = np.ones(len(rows), bool)
    lead[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    places = rows[lead].astype(np.int32), columns[lead].astype(np.int32)  # Yen's algorithm takes no other
    return csr_array((costs[lead], places), shape=(size, size))
