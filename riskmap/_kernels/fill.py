"""Filling of depressions by basins instead of a queue of cells. Imports nothing of ours.

Every cell points to its lowest neighbour (of equal ones to an earlier cell), so that a tile falls into basins, each
around one pit. What a basin must be filled to is the lowest pass on the way out, and the lowest passes of all basins are
a minimum spanning forest (Boruvka's rounds). Basins that touch the tile's edge stay open: the tile is reduced to a
tree of passes between those, tiles to blocks, and blocks to the whole. All levels are heights that stand in the
input, so that neither tiles nor threads can change a bit.

Node 0 is outside: no data, kept lakes, and what lies beyond the array.
"""

from __future__ import annotations

import numpy as np
from numba import njit

NORTH, SOUTH, WEST, EAST = range(4)  # sides of a block that are the array's own edge


@njit(nogil=True, cache=True, error_model="numpy")
def grown(values, needed):
    """The array, or a copy with more room."""
    if needed <= values.size:
        return values
    out = np.empty(max(needed, 2 * values.size), values.dtype)
    out[: values.size] = values
    return out


@njit(nogil=True, cache=True, error_model="numpy")
def load_tile(z, keep, walls, r0, r1, c0, c1, ends, buffer):
    """Heights of a tile with a rim: outside is -inf, what belongs to another tile +inf. Returns infinite cells met."""
    rows, columns, bad = r1 - r0, c1 - c0, 0
    for i in range(rows):
        row, source = buffer[i + 1], z[r0 + i]
        for j in range(columns):
            v = source[c0 + j]
            bad += v - v != 0.0 and v == v
            row[j + 1] = v if v == v else -np.inf
        if keep.size:
            for j in range(columns):
                if keep[r0 + i, c0 + j]:
                    row[j + 1] = -np.inf
        if walls.size:
            for j in range(columns):
                if walls[r0 + i, c0 + j]:
                    row[j + 1] = np.inf
    north = -np.inf if ends[NORTH] and r0 == 0 else np.inf
    south = -np.inf if ends[SOUTH] and r1 == z.shape[0] else np.inf
    west = -np.inf if ends[WEST] and c0 == 0 else np.inf
    east = -np.inf if ends[EAST] and c1 == z.shape[1] else np.inf
    buffer[1 : rows + 1, 0], buffer[1 : rows + 1, columns + 1] = west, east
    buffer[0, : columns + 2], buffer[rows + 1, : columns + 2] = north, south
    buffer[0, 0], buffer[0, columns + 1] = min(north, west), min(north, east)
    buffer[rows + 1, 0], buffer[rows + 1, columns + 1] = min(south, west), min(south, east)
    return bad


@njit(nogil=True, cache=True, error_model="numpy")
def point_down(buffer, rows, columns, target):
    """Index of the lowest neighbour of each cell; its own in a pit, 0 where water leaves and in walls.

    Of equal heights the earlier cell counts as lower, so that no circle can form.
    """
    width = np.int32(buffer.shape[1])
    for i in range(1, rows + 1):
        up, row, low = buffer[i - 1], buffer[i], buffer[i + 1]
        out, first = target[i], np.int32(i * buffer.shape[1])
        for j in range(1, columns + 1):
            best, at = row[j], np.int32(0)
            v = up[j - 1]
            at, best = (-width - np.int32(1), v) if v <= best else (at, best)
            v = up[j]
            at, best = (-width, v) if v <= best else (at, best)
            v = up[j + 1]
            at, best = (-width + np.int32(1), v) if v <= best else (at, best)
            v = row[j - 1]
            at, best = (np.int32(-1), v) if v <= best else (at, best)
            v = row[j + 1]
            at, best = (np.int32(1), v) if v < best else (at, best)
            v = low[j - 1]
            at, best = (width - np.int32(1), v) if v < best else (at, best)
            v = low[j]
            at, best = (width, v) if v < best else (at, best)
            v = low[j + 1]
            at, best = (width + np.int32(1), v) if v < best else (at, best)
            out[j] = np.int32(0) if abs(best) == np.inf else first + np.int32(j) + at


@njit(nogil=True, cache=True, error_model="numpy")
def label_basins(target, rows, columns, width):
    """Replace the targets by -1 - basin, basins from 1, 0 outside; returns their number."""
    basins = 0
    target[0] = -1
    for i in range(1, rows + 1):
        for c in range(i * width + 1, i * width + columns + 1):
            p = c
            step = target[p]
            while step >= 0 and step != p:
                p = step
                step = target[p]
            if step >= 0:
                basins += 1
                step = -1 - basins
                target[p] = step
            p = c
            while target[p] >= 0:
                following = target[p]
                target[p] = step
                p = following
    return basins


@njit(nogil=True, cache=True, error_model="numpy")
def find_passes(buffer, target, rows, columns, one, other, pass_height):
    """Every step between two basins of a tile, with the higher of both cells; returns their number."""
    m = 0
    for i in range(1, rows + 1):
        row, low, labels, labels_low = buffer[i], buffer[i + 1], target[i], target[i + 1]
        last = i == rows
        for j in range(1, columns + 1):
            a, v = labels[j], row[j]
            if j < columns and labels[j + 1] != a:
                one[m], other[m], pass_height[m] = -1 - a, -1 - labels[j + 1], max(v, row[j + 1])
                m += 1
            if last:
                continue
            if labels_low[j] != a:
                one[m], other[m], pass_height[m] = -1 - a, -1 - labels_low[j], max(v, low[j])
                m += 1
            if j > 1 and labels_low[j - 1] != a:
                one[m], other[m], pass_height[m] = -1 - a, -1 - labels_low[j - 1], max(v, low[j - 1])
                m += 1
            if j < columns and labels_low[j + 1] != a:
                one[m], other[m], pass_height[m] = -1 - a, -1 - labels_low[j + 1], max(v, low[j + 1])
                m += 1
    return m


@njit(nogil=True, cache=True, error_model="numpy")
def choose_lowest(one, other, height, m, group, fixed, choice, least):
    """The lowest pass out of each group that is not fixed; passes within a group are dropped. Returns those left.

    Of equal passes the first counts: both groups see the same order, so that only pairs can choose each other.
    """
    left = 0
    for e in range(m):
        a, b, h = one[e], other[e], height[e]
        x, y = group[a], group[b]
        if x == y:
            continue
        one[left], other[left], height[left] = a, b, h
        if not fixed[x] and (choice[x] < 0 or h < least[x]):
            choice[x], least[x] = left, h
        if not fixed[y] and (choice[y] < 0 or h < least[y]):
            choice[y], least[y] = left, h
        left += 1
    return left


@njit(nogil=True, cache=True, error_model="numpy")
def join_groups(one, other, height, m, nodes, group, fixed, start, up, level):
    """Boruvka's rounds: until each group that is not ``fixed`` hangs on another one by its lowest pass.

    ``up[x]`` is the node on the far side of the pass by which x (once the head of a group) left, ``start[x]`` the one
    on the near side, ``level[x]`` its height; -1 for groups that are left over. Returns the passes between them.
    """
    choice, least = np.full(nodes, -1, np.int32), np.empty(nodes, height.dtype)
    heads = np.arange(nodes).astype(np.int32)
    for x in range(nodes):
        group[x], up[x] = x, -1
    count = nodes
    while True:
        for k in range(count):
            choice[heads[k]] = -1
        m = choose_lowest(one, other, height, m, group, fixed, choice, least)
        joined = 0
        for k in range(count):
            x = heads[k]
            e = choice[x]
            if e < 0:
                continue
            near, far = one[e], other[e]
            if group[near] != x:
                near, far = far, near
            y = group[far]
            if choice[y] == e and y < x:
                continue  # they chose each other: the first of both goes on as head
            start[x], up[x], level[x] = near, far, height[e]
            joined += 1
        if joined == 0:
            return m
        flatten(group, up, nodes)
        left = 0
        for k in range(count):
            if up[heads[k]] < 0:
                heads[left] = heads[k]
                left += 1
        count = left


@njit(nogil=True, cache=True, error_model="numpy")
def flatten(group, up, nodes):
    """Give each node the head of its group: the end of the way up."""
    for x in range(nodes):
        head = group[x]
        while up[head] >= 0:
            head = group[up[head]]
        group[x] = head


@njit(nogil=True, cache=True, error_model="numpy")
def reduce_passes(one, other, height, m, nodes, fixed, group, start, up, level):
    """Hang free nodes on fixed ones (``up``, ``level``), then thin the passes between those to a tree.

    The tree is left in front of ``one``, ``other``, ``height``; returns its size.
    """
    m = join_groups(one, other, height, m, nodes, group, fixed, start, up, level)
    for e in range(m):
        one[e], other[e] = group[one[e]], group[other[e]]
    free = np.zeros(nodes, np.bool_)
    near, far, h = np.empty(nodes, np.int32), np.empty(nodes, np.int32), np.empty(nodes, height.dtype)
    join_groups(one, other, height, m, nodes, group, free, near, far, h)
    m = 0
    for x in range(nodes):
        if far[x] >= 0:
            one[m], other[m], height[m] = near[x], far[x], h[x]
            m += 1
    return m


@njit(nogil=True, cache=True, error_model="numpy")
def touching(target, rows, columns, basins):
    """Which basins of a tile touch its edge; node 0 counts."""
    fixed = np.zeros(basins + 1, np.bool_)
    fixed[0] = True
    for j in range(1, columns + 1):
        fixed[-1 - target[1, j]] = True
        fixed[-1 - target[rows, j]] = True
    for i in range(1, rows + 1):
        fixed[-1 - target[i, 1]] = True
        fixed[-1 - target[i, columns]] = True
    return fixed


@njit(nogil=True, cache=True, error_model="numpy")
def survey_tiles(z, keep, walls, ends, side, labels, first, height):
    """Basins of every tile of a block and the passes between those that touch a tile's edge.

    Parameters
    ----------
    z : float (y, x); NaN is outside.
    keep, walls : bool (y, x) or size 0
        Cells that are outside as well, and cells that no water crosses.
    ends : bool (4,)
        Which sides of the block are the array's.
    side : int
        Of a tile, at most 510: a basin's number fits 16 bits.
    labels : uint16 (y, x), out
    first : int32 (tile + 1), out
        Nodes ``first[t] + 1 ... first[t + 1]`` are the basins 1, 2, ... of tile t, row by row of tiles.
    height : empty array of the type of z

    Returns
    -------
    up (node) int32, level (node), one, other, height (pass), infinite cells met
    """
    nodes, total, bad, t = 0, 0, 0, 0
    up, level = np.full(1024, -1, np.int32), np.empty(1024, height.dtype)
    one, other, passes = np.empty(1024, np.int32), np.empty(1024, np.int32), np.empty(1024, height.dtype)
    width = min(side, z.shape[1]) + 2
    buffer = np.empty((min(side, z.shape[0]) + 2, width), height.dtype)
    target = np.empty((min(side, z.shape[0]) + 2, width), np.int32)
    most = 4 * buffer.size
    a, b, h = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, height.dtype)
    first[0], level[0] = 0, -np.inf
    for r0 in range(0, z.shape[0], side):
        r1 = min(r0 + side, z.shape[0])
        for c0 in range(0, z.shape[1], side):
            c1 = min(c0 + side, z.shape[1])
            rows, columns = r1 - r0, c1 - c0
            bad += load_tile(z, keep, walls, r0, r1, c0, c1, ends, buffer)
            point_down(buffer, rows, columns, target)
            basins = label_basins(target.reshape(target.size), rows, columns, width)
            for i in range(rows):
                for j in range(columns):
                    labels[r0 + i, c0 + j] = -1 - target[i + 1, j + 1]
            m = find_passes(buffer, target, rows, columns, a, b, h)
            fixed = touching(target, rows, columns, basins)
            group, start = np.empty(basins + 1, np.int32), np.empty(basins + 1, np.int32)
            hang, hang_level = np.empty(basins + 1, np.int32), np.empty(basins + 1, height.dtype)
            m = reduce_passes(a, b, h, m, basins + 1, fixed, group, start, hang, hang_level)
            up, level = grown(up, nodes + basins + 1), grown(level, nodes + basins + 1)
            one, other, passes = grown(one, total + m), grown(other, total + m), grown(passes, total + m)
            for x in range(1, basins + 1):
                up[nodes + x] = hang[x] + nodes if hang[x] > 0 else hang[x]
                level[nodes + x] = hang_level[x] if hang[x] >= 0 else -np.inf
            for e in range(m):
                one[total + e] = a[e] + nodes if a[e] > 0 else 0
                other[total + e] = b[e] + nodes if b[e] > 0 else 0
                passes[total + e] = h[e]
            nodes, total, t = nodes + basins, total + m, t + 1
            first[t] = nodes
    return up[: nodes + 1], level[: nodes + 1], one[:total], other[:total], passes[:total], bad
