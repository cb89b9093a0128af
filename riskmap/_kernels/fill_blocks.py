"""Tiles of a filled block to the block's own edge, and the levels back to the cells. Imports nothing of ours.

See ``fill`` for what nodes, passes and levels are. A block's nodes that touch its edge are its anchors; node 0 is
outside in every block.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def node_at(labels, first, side, i, j):
    """Node of a cell: its tile's first plus its basin; 0 outside."""
    basin = labels[i, j]
    if basin == 0:
        return 0
    across = (labels.shape[1] + side - 1) // side
    return first[(i // side) * across + j // side] + basin


@njit(nogil=True, cache=True, error_model="numpy")
def height_at(z, keep, walls, i, j):
    """Height of a cell as the passes see it: -inf outside, +inf in a wall."""
    if walls.size and walls[i, j]:
        return np.inf
    v = z[i, j]
    return -np.inf if v != v or (keep.size and keep[i, j]) else v


@njit(nogil=True, cache=True, error_model="numpy")
def pass_between(z, keep, walls, labels, first, side, i, j, k, l, one, other, height, m):  # noqa: E741
    """Note the pass between two neighbours of different tiles; of the same pair in a row the lowest is kept."""
    a, b = node_at(labels, first, side, i, j), node_at(labels, first, side, k, l)
    if a == b:
        return m
    h = max(height_at(z, keep, walls, i, j), height_at(z, keep, walls, k, l))
    if m > 0 and one[m - 1] == a and other[m - 1] == b:
        height[m - 1] = min(height[m - 1], h)
        return m
    one[m], other[m], height[m] = a, b, h
    return m + 1


@njit(nogil=True, cache=True, error_model="numpy")
def seam_passes(z, keep, walls, labels, first, side, one, other, height):
    """Passes between neighbours of different tiles of one block; returns their number."""
    m, (rows, columns) = 0, z.shape
    for i in range(side, rows, side):
        for j in range(columns):
            for l in range(max(j - 1, 0), min(j + 2, columns)):  # noqa: E741
                m = pass_between(z, keep, walls, labels, first, side, i - 1, j, i, l, one, other, height, m)
    for j in range(side, columns, side):
        for i in range(rows):
            for k in range(max(i - 1, 0), min(i + 2, rows)):
                if k // side == i // side:  # other pairs cross a row's seam as well: they are in already
                    m = pass_between(
                        z, keep, walls, labels, first, side, i, j - 1, k, j, one, other, height, m
                    )
    return m


@njit(nogil=True, cache=True, error_model="numpy")
def edge_cell(k, rows, columns):
    """Row and column of the k-th cell of a block's rim: north and south row, then west and east column."""
    if k < 2 * columns:
        return (0 if k < columns else rows - 1), k % columns
    k -= 2 * columns
    return k % rows, (0 if k < rows else columns - 1)


@njit(nogil=True, cache=True, error_model="numpy")
def read_rim(z, keep, walls, labels, first, side, nodes, node, height):
    """Node and height of each cell of the rim; returns which of all ``nodes`` are there (anchors), 0 included."""
    rows, columns = z.shape
    fixed = np.zeros(nodes, np.bool_)
    fixed[0] = True
    for k in range(node.size):
        i, j = edge_cell(k, rows, columns)
        node[k], height[k] = (
            node_at(labels, first, side, i, j),
            height_at(z, keep, walls, i, j),
        )
        fixed[node[k]] = True
    return fixed


@njit(nogil=True, cache=True, error_model="numpy")
def adopt(up, level, hang, hang_level):
    """Take over the ways out that were found for nodes that had none."""
    for x in range(up.size):
        if up[x] < 0 and hang[x] >= 0:
            up[x], level[x] = hang[x], hang_level[x]


@njit(nogil=True, cache=True, error_model="numpy")
def renumber(anchors, rim, one, other, rank):
    """Replace nodes by their place among the ``anchors`` (node 0 stays 0)."""
    for k in range(anchors.size):
        rank[anchors[k]] = k
    for k in range(rim.size):
        rim[k] = rank[rim[k]]
    for e in range(one.size):
        one[e], other[e] = rank[one[e]], rank[other[e]]


@njit(nogil=True, cache=True, error_model="numpy")
def settle(up, height, known, level):
    """Final level of each node: the highest pass on its way ``up`` to a node that is ``known``."""
    path = np.empty(64, np.int32)
    for x in range(up.size):
        n, y = 0, x
        while not known[y] and up[y] >= 0:
            if n == path.size:
                longer = np.empty(2 * n, np.int32)
                longer[:n] = path
                path = longer
            path[n] = y
            n += 1
            y = up[y]
        if not known[y]:  # no way out at all: within walls
            level[y] = np.inf
            known[y] = True
        reached = level[y]
        for k in range(n - 1, -1, -1):
            reached = max(reached, height[path[k]])
            level[path[k]] = reached
            known[path[k]] = True


@njit(nogil=True, cache=True, error_model="numpy")
def raise_rows(z, labels, first, side, level, r0, r1, out):
    """Cells of rows ``r0:r1`` to the level of their basin where that is higher; without a way out they stay."""
    columns = z.shape[1]
    across = (columns + side - 1) // side
    for i in range(r0, r1):
        source, marks, filled = z[i], labels[i], out[i]
        t = (i // side) * across
        for c0 in range(0, columns, side):
            low = level[first[t] : first[t + 1] + 1]
            for j in range(c0, min(c0 + side, columns)):
                v, b = source[j], marks[j]
                w = low[b] if b > 0 else v
                filled[j] = w if v < w < np.inf else v
            t += 1
