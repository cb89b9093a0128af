"""Priority flood with a least gradient: every cell a bit higher than the one it drains to. Imports nothing of ours."""

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
def flood(z, keep, walls, out):
    """Fill so that each cell is at least the next number above the neighbour that it drains to.

    The result is the lowest such surface, so that the order of equal cells does not matter. Returns infinite cells met.
    """
    rows, columns = z.shape
    key, cell, n, bad = np.empty(1024, z.dtype), np.empty(1024, np.int64), 0, 0
    done = np.zeros(z.shape, np.bool_)
    for i in range(rows):
        for j in range(columns):
            v = z[i, j]
            out[i, j] = v
            bad += v - v != 0.0 and v == v
            if v != v or (walls.size and walls[i, j]) or (keep.size and keep[i, j]):
                done[i, j] = True
    for i in range(rows):
        for j in range(columns):
            if done[i, j]:
                continue
            edge = i == 0 or j == 0 or i == rows - 1 or j == columns - 1
            for a in range(max(i - 1, 0), min(i + 2, rows)):
                for b in range(max(j - 1, 0), min(j + 2, columns)):
                    if not (walls.size and walls[a, b]):
                        edge |= z[a, b] != z[a, b] or (keep.size > 0 and keep[a, b])
            if edge:
                if n == key.size:
                    key, cell = np.append(key, key), np.append(cell, cell)
                push(key, cell, n, z[i, j], i * columns + j)
                n += 1
                out[i, j] = z[i, j]
    for k in range(n):
        done[cell[k] // columns, cell[k] % columns] = True
    while n > 0:
        i, j = cell[0] // columns, cell[0] % columns
        pop(key, cell, n)
        n -= 1
        least = np.nextafter(out[i, j], z.dtype.type(np.inf))
        for a in range(max(i - 1, 0), min(i + 2, rows)):
            for b in range(max(j - 1, 0), min(j + 2, columns)):
                if done[a, b]:
                    continue
                done[a, b] = True
                out[a, b] = max(z[a, b], least)
                if n == key.size:
                    key, cell = np.append(key, key), np.append(cell, cell)
                push(key, cell, n, out[a, b], a * columns + b)
                n += 1
    return bad
