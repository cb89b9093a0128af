"""Sparse matrices of arcs, for SciPy's graph algorithms."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

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


def largest_part(nodes: int, start: Numbers | Any, end: Numbers | Any, usable: Any) -> NDArray[np.int64]:
    """Nodes of the largest part of a network in which everybody can reach everybody over usable links; the first where several are alike.

    Parameters
    ----------
    nodes : int
        How many there are.
    start, end : array of int (link,)
    usable : array of bool (link,)

    Examples
    --------
    >>> largest_part(4, np.array([0, 1, 2, 3]), np.array([1, 0, 3, 2]), np.array([True, True, True, False])).tolist()
    [0, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    held = coo_array((np.ones(int(usable.sum())), (start[usable], end[usable])), shape=(nodes, nodes))
    _, part = connected_components(held, directed=True, connection="strong")
    return np.flatnonzero(part == np.bincount(part).argmax())
