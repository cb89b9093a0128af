"""Steepest way down of each cell among its eight neighbours. Imports nothing of ours.

Codes are powers of two, clockwise from east: 1 E, 2 SE, 4 S, 8 SW, 16 W, 32 NW, 64 N, 128 NE. 0: nowhere yet.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import njit

OUTSIDE, SINK = 255, 254
SEGMENT = 512  # columns that are looked over for no data at once


@njit(nogil=True, cache=True, error_model="numpy")
def steepest_row(up, row, low, j0, j1, across, along, diagonal, out):
    """Codes of the columns ``j0:j1``, all of which have eight neighbours; the distances come as their inverse."""
    flat, one = across * row.dtype.type(0), np.uint64(1)
    for j in range(np.uint64(j0), np.uint64(j1)):  # unsigned: the sign of other indices is looked at
        v = row[j]
        best, code = flat, np.int32(0)
        s = (v - row[j + one]) * across
        code, best = (np.int32(1), s) if s > best else (code, best)
        s = (v - low[j + one]) * diagonal
        code, best = (np.int32(2), s) if s > best else (code, best)
        s = (v - low[j]) * along
        code, best = (np.int32(4), s) if s > best else (code, best)
        s = (v - low[j - one]) * diagonal
        code, best = (np.int32(8), s) if s > best else (code, best)
        s = (v - row[j - one]) * across
        code, best = (np.int32(16), s) if s > best else (code, best)
        s = (v - up[j - one]) * diagonal
        code, best = (np.int32(32), s) if s > best else (code, best)
        s = (v - up[j]) * along
        code, best = (np.int32(64), s) if s > best else (code, best)
        s = (v - up[j + one]) * diagonal
        code, best = (np.int32(128), s) if s > best else (code, best)
        out[j] = np.uint8(code)


@njit(nogil=True, cache=True, error_model="numpy")
def steepest_cell(z, i, j, across, along, diagonal):
    """As ``steepest_row`` for one cell, where neighbours may lie off the array."""
    v = z[i, j]
    best, code = across * z.dtype.type(0), 0
    for k in range(8):
        di, dj = (0, 1, 1, 1, 0, -1, -1, -1)[k], (1, 1, 0, -1, -1, -1, 0, 1)[k]
        a, b = i + di, j + dj
        if a < 0 or b < 0 or a >= z.shape[0] or b >= z.shape[1]:
            continue
        s = (v - z[a, b]) * (across if di == 0 else along if dj == 0 else diagonal)
        if s > best:
            code, best = 1 << k, s
    return code


@njit(nogil=True, cache=True, error_model="numpy")
def way_out(z, sinks, walls, i, j):
    """Code of the first neighbour outside (off the array, no data, a sink), sides before corners; 0 without one."""
    for n in range(8):
        k = (0, 2, 4, 6, 1, 3, 5, 7)[n]
        a = i + (0, 1, 1, 1, 0, -1, -1, -1)[k]
        b = j + (1, 1, 0, -1, -1, -1, 0, 1)[k]
        if a < 0 or b < 0 or a >= z.shape[0] or b >= z.shape[1]:
            return 1 << k
        if walls.size and walls[a, b]:
            continue
        if z[a, b] != z[a, b] or (sinks.size and sinks[a, b]):
            return 1 << k
    return 0


@njit(nogil=True, cache=True, error_model="numpy")
def any_missing(row, j0, j1):
    """Whether a value of the columns is NaN."""
    found = np.int32(0)
    for j in range(np.uint64(j0), np.uint64(j1)):
        found = np.int32(1) if row[j] != row[j] else found
    return found != 0


@njit(nogil=True, cache=True, error_model="numpy")
def mend_row(z, sinks, walls, i, j0, j1, near, out):
    """No data and sinks get their codes, cells without a way down leave where they can.

    ``near`` is room for one row: 1 where a cell of the column, in this or the next rows, is special.
    """
    columns = z.shape[1]
    low, high = max(j0 - 1, 0), min(j1 + 1, columns)
    near[low:high] = i == 0 or i == z.shape[0] - 1
    for a in range(max(i - 1, 0), min(i + 2, z.shape[0])):
        row = z[a]
        for j in range(low, high):
            near[j] |= np.int32(row[j] != row[j])
        if sinks.size:
            for j in range(low, high):
                near[j] |= np.int32(sinks[a, j])
        if walls.size:
            for j in range(low, high):
                near[j] |= np.int32(walls[a, j])
    for j in range(j0, j1):
        if j > 0 and j < columns - 1 and near[j - 1] | near[j] | near[j + 1] == 0:
            continue
        if z[i, j] != z[i, j] or (walls.size and walls[i, j]):
            out[j] = OUTSIDE
        elif sinks.size and sinks[i, j]:
            out[j] = SINK
        elif out[j] == 0:
            out[j] = way_out(z, sinks, walls, i, j)


@njit(nogil=True, cache=True, error_model="numpy")
def direction_rows(z, sinks, walls, dx, dy, first, last, codes):
    """Fill rows ``first:last`` of ``codes`` uint8 (y, x); ``dx`` (y,) and ``dy`` are the cells' sides [m].

    ``sinks`` and ``walls``, bool (y, x) or of size 0: where water leaves, and what it does not cross.
    """
    rows, columns = z.shape
    near = np.zeros(columns, np.int32)
    missing = np.full(
        (max(columns - 2, 0) + SEGMENT - 1) // SEGMENT, -2
    )  # the last row without data, by segment
    special = sinks.size > 0 or walls.size > 0
    for i in range(first, last):
        across, along = z.dtype.type(1.0 / dx[i]), z.dtype.type(1.0 / dy)
        diagonal = z.dtype.type(1.0 / sqrt(dx[i] * dx[i] + dy * dy))
        out = codes[i]
        if i == 0 or i == rows - 1 or columns < 3:
            for j in range(columns):
                out[j] = steepest_cell(z, i, j, across, along, diagonal)
            mend_row(z, sinks, walls, i, 0, columns, near, out)
            continue
        up, row, low = z[i - 1], z[i], z[i + 1]
        out[0] = steepest_cell(z, i, 0, across, along, diagonal)
        out[columns - 1] = steepest_cell(z, i, columns - 1, across, along, diagonal)
        steepest_row(up, row, low, 1, columns - 1, across, along, diagonal, out)
        mend_row(z, sinks, walls, i, 0, 1, near, out)
        mend_row(z, sinks, walls, i, columns - 1, columns, near, out)
        for k in range(missing.size):
            j0, j1 = 1 + k * SEGMENT, min(1 + (k + 1) * SEGMENT, columns - 1)
            if i == max(first, 1) and (any_missing(up, j0 - 1, j1 + 1) or any_missing(row, j0 - 1, j1 + 1)):
                missing[k] = i
            if any_missing(low, j0 - 1, j1 + 1):
                missing[k] = i + 1
            if special or missing[k] >= i - 1:
                mend_row(z, sinks, walls, i, j0, j1, near, out)
