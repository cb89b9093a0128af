"""Breaching of pits along the path that digs least. Imports nothing of ours.

From each pit, lowest first, cheapest paths are followed over the current ground until one comes to a lower cell or to
the way out of the model; its cells are lowered to the pit's height, so that no height is invented.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def push(key, cell, n, k, c):
    """Put a cell on the heap of ``n``; equal keys leave in the order of their cells."""
    i = n
    while i > 0:
        parent = (i - 1) >> 1
        if key[parent] < k or (key[parent] == k and cell[parent] < c):
            break
        key[i], cell[i] = key[parent], cell[parent]
        i = parent
    key[i], cell[i] = k, c


@njit(nogil=True, cache=True, error_model="numpy")
def pop(key, cell, n):
    """Take the first off the heap of ``n``."""
    k, c = key[n - 1], cell[n - 1]
    i, half = 0, n - 1
    while 2 * i + 1 < half:
        child = 2 * i + 1
        if child + 1 < half and (
            key[child + 1] < key[child] or (key[child + 1] == key[child] and cell[child + 1] < cell[child])
        ):
            child += 1
        if k < key[child] or (k == key[child] and c < cell[child]):
            break
        key[i], cell[i] = key[child], cell[child]
        i = child
    key[i], cell[i] = k, c


@njit(nogil=True, cache=True, error_model="numpy")
def leaves(z, i, j):
    """Whether a neighbour is off the array or without data."""
    if i == 0 or j == 0 or i == z.shape[0] - 1 or j == z.shape[1] - 1:
        return True
    for a in range(i - 1, i + 2):
        for b in range(j - 1, j + 2):
            if z[a, b] != z[a, b]:
                return True
    return False


@njit(nogil=True, cache=True, error_model="numpy")
def find_pits(z, filled):
    """Index of the pits of depressions: below their filled height, of equal neighbours the first."""
    rows, columns = z.shape
    out, n = np.empty(1024, np.int64), 0
    for i in range(1, rows - 1):
        for j in range(1, columns - 1):
            v = z[i, j]
            if not filled[i, j] > v:
                continue
            if (
                z[i - 1, j - 1] <= v or z[i - 1, j] <= v or z[i - 1, j + 1] <= v or z[i, j - 1] <= v
                or z[i, j + 1] < v or z[i + 1, j - 1] < v or z[i + 1, j] < v or z[i + 1, j + 1] < v
            ):  # fmt: skip
                continue
            if n == out.size:
                out = np.append(out, out)
            out[n] = i * columns + j
            n += 1
    return out[:n]


@njit(nogil=True, cache=True, error_model="numpy")
def seek(z, i0, j0, reach, deepest, seen, turn, cost, came, key, cell):
    """Cheapest way from a pit to a lower cell or out; index in the window of ``reach`` cells around it, or -1.

    Cost is the sum of depths dug [m]. ``seen`` is ``turn`` where the window's ``cost`` and ``came`` (the neighbour
    that the way came from) are of this search, ``-turn`` where they are final. Walls are +inf.
    """
    wide, level = 2 * reach + 1, z[i0, j0]
    start = reach * wide + reach
    seen[start], cost[start], came[start] = turn, 0.0, -1
    key[0], cell[0], n = 0.0, start, 1
    while n > 0:
        p = cell[0]
        pop(key, cell, n)
        n -= 1
        if seen[p] == -turn:
            continue
        seen[p] = -turn
        i, j = i0 + p // wide - reach, j0 + p % wide - reach
        if z[i, j] < level or leaves(z, i, j):
            return p
        for k in range(8):
            di, dj = (0, 1, 1, 1, 0, -1, -1, -1)[k], (1, 1, 0, -1, -1, -1, 0, 1)[k]
            a, b = i + di, j + dj
            if abs(a - i0) > reach or abs(b - j0) > reach:
                continue
            depth = max(z[a, b] - level, z.dtype.type(0))
            if depth > deepest:
                continue
            q = p + di * wide + dj
            through = cost[p] + depth
            if seen[q] == -turn or (seen[q] == turn and cost[q] <= through):
                continue
            seen[q], cost[q], came[q] = turn, through, k
            push(key, cell, n, through, q)
            n += 1
    return -1


@njit(nogil=True, cache=True, error_model="numpy")
def breach_pits(z, pits, spill, reach, deepest):
    """Lower ``z`` along the ways out of the ``pits`` (index, lowest first); returns how many got one.

    ``spill`` are their filled heights: a pit that lies deeper below than ``deepest`` [m] has no way.
    """
    columns, wide = z.shape[1], 2 * reach + 1
    seen, cost = np.zeros(wide * wide, np.int64), np.empty(wide * wide, np.float64)
    came = np.empty(wide * wide, np.int8)
    key, cell = np.empty(8 * wide * wide + 1, np.float64), np.empty(8 * wide * wide + 1, np.int64)
    done = 0
    for n in range(pits.size):
        i0, j0 = pits[n] // columns, pits[n] % columns
        level = z[i0, j0]
        if spill[n] - level > deepest:
            continue
        p = seek(z, i0, j0, reach, deepest, seen, n + 1, cost, came, key, cell)
        if p < 0:
            continue
        done += 1
        while came[p] >= 0:
            i, j = i0 + p // wide - reach, j0 + p % wide - reach
            z[i, j] = min(z[i, j], level)
            k = came[p]
            p -= (0, 1, 1, 1, 0, -1, -1, -1)[k] * wide + (1, 1, 0, -1, -1, -1, 0, 1)[k]
    return done
