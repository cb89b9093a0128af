"""Along the streams and down the slopes, in the order in which each cell stands before the one below it. Imports nothing of ours.

``order`` (cell,) has the flat indices of all cells of the ground, ``below`` (cell,) the flat index of the cell that each
drains into, its own where the water leaves.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def strahler(order, below, streams, out):
    """Strahler's order of each stream cell into ``out`` (cell,) uint8, which begins with 0."""
    again = np.zeros(out.shape[0], np.bool_)  # the highest order so far has come in twice
    for k in range(order.shape[0]):
        c = order[k]
        if not streams[c]:
            continue
        own = max(out[c], np.uint8(1))
        if again[c]:
            own += np.uint8(1)
        out[c] = own
        d = below[c]
        if d != c and streams[d]:
            if own > out[d]:
                out[d], again[d] = own, False
            elif own == out[d]:
                again[d] = True


@njit(nogil=True, cache=True, error_model="numpy")
def count_above(order, below, streams, count):
    """Stream cells that drain straight into each stream cell, into ``count`` (cell,) uint8."""
    for k in range(order.shape[0]):
        c = order[k]
        d = below[c]
        if streams[c] and d != c and streams[d]:
            count[d] += np.uint8(1)


@njit(nogil=True, cache=True, error_model="numpy")
def number_links(order, below, streams, count, link):
    """Number the links from 1 on, in ``order``: a link begins at a source or a junction. The number of links."""
    made = 0
    for k in range(order.shape[0]):
        c = order[k]
        if not streams[c]:
            continue
        if count[c] != 1:
            made += 1
            link[c] = made
        d = below[c]
        if d != c and streams[d] and count[d] == 1:
            link[d] = link[c]
    return made


@njit(nogil=True, cache=True, error_model="numpy")
def trace_links(order, below, link, columns, across, along, diagonal, first, last, after, length):
    """First and last cell, the following link (0: none) and the length [m] of each link, to the first cell of the next.

    ``across``, ``along``, ``diagonal`` are the lengths of a step [m], the first and the last by row.
    """
    for k in range(order.shape[0]):
        c = order[k]
        n = link[c]
        if n == 0:
            continue
        if first[n - 1] < 0:
            first[n - 1] = c
        d = below[c]
        if d == c or link[d] == 0:
            last[n - 1] = c
            continue
        if d // columns == c // columns:
            length[n - 1] += across[c // columns]
        elif d % columns == c % columns:
            length[n - 1] += along
        else:
            length[n - 1] += diagonal[c // columns]
        if link[d] != n:
            last[n - 1], after[n - 1] = c, link[d]


@njit(nogil=True, cache=True, error_model="numpy")
def longest_way(order, below, columns, across, along, diagonal, stop, way, head):
    """Longest way [m] of water to each cell from above into ``way`` (cell,), and the cell where it begins.

    Ways do not go on below cells where ``stop`` is set.
    """
    for k in range(order.shape[0]):
        c = order[k]
        d = below[c]
        if d == c or stop[c]:
            continue
        if d // columns == c // columns:
            step = across[c // columns]
        elif d % columns == c % columns:
            step = along
        else:
            step = diagonal[c // columns]
        if way[c] + step > way[d]:
            way[d], head[d] = way[c] + step, head[c]


@njit(nogil=True, cache=True, error_model="numpy")
def carry_up(order, below, labels):
    """Give each cell without a label (0) that of the cell below it."""
    for k in range(order.shape[0] - 1, -1, -1):
        c = order[k]
        if labels[c] == 0:
            labels[c] = labels[below[c]]


@njit(nogil=True, cache=True, error_model="numpy")
def carry_down(below, starts, amounts, out):
    """Add each amount to its cell and to all cells on the way down from it, into ``out`` (cell,)."""
    for k in range(starts.shape[0]):
        c = starts[k]
        out[c] += amounts[k]
        while below[c] >= 0 and below[c] != c:
            c = below[c]
            out[c] += amounts[k]


@njit(nogil=True, cache=True, error_model="numpy")
def sum_way(order, below, cost, out):
    """Sum of ``cost`` (cell,) along the way down from each cell, itself included, the last included."""
    for k in range(order.shape[0] - 1, -1, -1):
        c = order[k]
        d = below[c]
        out[c] = cost[c] if d == c else cost[c] + out[d]


@njit(nogil=True, cache=True, error_model="numpy")
def split(order, below, rows, columns, area, most, held, cut):
    """Set ``cut`` (cell,) where a part of the tree ends so that each has less than ``most`` [m2]; ``area`` by row.

    ``held`` (cell,) is what is still uncut above and at each cell. Where too much comes together, the heaviest branches
    are cut off first.
    """
    for k in range(order.shape[0]):
        c = order[k]
        i, j = c // columns, c % columns
        total = area[i]
        for a in range(max(i - 1, 0), min(i + 2, rows)):
            for b in range(max(j - 1, 0), min(j + 2, columns)):
                u = a * columns + b
                if u != c and below[u] == c:
                    total += held[u]
        while total >= most:
            heaviest, at = 0.0, -1
            for a in range(max(i - 1, 0), min(i + 2, rows)):
                for b in range(max(j - 1, 0), min(j + 2, columns)):
                    u = a * columns + b
                    if u != c and below[u] == c and held[u] > heaviest:
                        heaviest, at = held[u], u
            if at < 0:
                break
            cut[at] = True
            total -= held[at]
            held[at] = 0.0
        held[c] = total
        if below[c] == c:
            cut[c] = True
