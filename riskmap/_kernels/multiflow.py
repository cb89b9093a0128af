"""Water that goes several ways at once: shares of the neighbours, and sums down them. Imports nothing of ours.

Neighbours are numbered clockwise from east; a share is that of the water which goes to one of them. Where no
neighbour is lower, the water follows the D8 code, so that flats drain.
"""

from __future__ import annotations

from math import atan2, sqrt

import numpy as np
from numba import njit

DOWN = (0, 1, 1, 1, 0, -1, -1, -1)
ACROSS = (1, 1, 0, -1, -1, -1, 0, 1)
DINF = 0
DONE = np.uint8(99)
CONTOUR = (
    0.5,
    sqrt(2.0) / 4.0,
)  # shares of a side of the cell that face a neighbour: across sides, across corners


@njit(nogil=True, cache=True, error_model="numpy")
def height_at(z, i, j):
    """The height there, NaN beyond the array."""
    if 0 <= i < z.shape[0] and 0 <= j < z.shape[1]:
        return z[i, j]
    return np.nan


@njit(nogil=True, cache=True, error_model="numpy")
def facet_shares(z, i, j, dx, dy, share):
    """Shares by the steepest of eight facets; False where none goes down."""
    best, at_side, at_corner, best1, best2 = 0.0, -1, -1, 0.0, 0.0
    here, diagonal = float(z[i, j]), sqrt(dx * dx + dy * dy)
    for side in range(0, 8, 2):
        d1, d2 = (dx, dy) if side % 4 == 0 else (dy, dx)
        e1 = float(height_at(z, i + DOWN[side], j + ACROSS[side]))
        for turn in (-1, 1):
            corner = (side + turn) % 8
            e2 = float(height_at(z, i + DOWN[corner], j + ACROSS[corner]))
            if np.isnan(e1) or np.isnan(e2):
                continue
            s1, s2 = (here - e1) / d1, (e1 - e2) / d2
            if s2 <= 0.0:  # down along the side
                s, s2 = s1, 0.0
            elif s2 * d1 >= s1 * d2:  # down along the corner, or beyond it
                s, s1, s2 = (here - e2) / diagonal, d1, d2
            else:
                s = sqrt(s1 * s1 + s2 * s2)
            if s > best:
                best, at_side, at_corner, best1, best2 = s, side, corner, s1, s2
    if at_side < 0:
        return False
    part = atan2(best2, best1) / (atan2(dy, dx) if at_side % 4 == 0 else atan2(dx, dy))
    share[at_side], share[at_corner] = 1.0 - part, part
    return True


@njit(nogil=True, cache=True, error_model="numpy")
def slope_shares(z, i, j, dx, dy, exponent, contour, share):
    """Shares by a power of the slope, times the length of contour if asked for; False where no neighbour is lower."""
    total = 0.0
    diagonal = sqrt(dx * dx + dy * dy)
    for k in range(8):
        other = height_at(z, i + DOWN[k], j + ACROSS[k])
        if other < z[i, j]:
            away = diagonal if k % 2 == 1 else (dx if k % 4 == 0 else dy)
            share[k] = ((float(z[i, j]) - float(other)) / away) ** exponent
            if contour:
                share[k] *= CONTOUR[k % 2]
            total += share[k]
    if total <= 0.0:
        share[:] = 0.0
        return False
    for k in range(8):
        share[k] /= total
    return True


@njit(nogil=True, cache=True, error_model="numpy")
def shares_of(z, codes, i, j, dx, dy, exponent, contour, share):
    """Shares of the eight neighbours; ``exponent`` 0 for facets."""
    share[:] = 0.0
    if exponent == DINF:
        found = facet_shares(z, i, j, dx, dy, share)
    else:
        found = slope_shares(z, i, j, dx, dy, exponent, contour, share)
    if not found:
        for k in range(8):
            if codes[i, j] == 1 << k and not np.isnan(height_at(z, i + DOWN[k], j + ACROSS[k])):
                share[k] = 1.0


@njit(nogil=True, cache=True, error_model="numpy")
def mark_receivers(z, codes, dx, dy, exponent, contour, first, last, receivers):
    """A bit for each neighbour that gets a share, rows ``first:last`` of ``receivers`` (y, x) uint8."""
    share = np.empty(8)
    for i in range(first, last):
        for j in range(z.shape[1]):
            bits = 0
            if not np.isnan(z[i, j]) and codes[i, j] != 0:  # what has reached a lake or sink stays there
                if exponent != DINF:
                    for k in range(8):
                        if height_at(z, i + DOWN[k], j + ACROSS[k]) < z[i, j]:
                            bits |= 1 << k
                if bits == 0:
                    shares_of(z, codes, i, j, dx[i], dy, exponent, contour, share)
                    for k in range(8):
                        if share[k] > 0.0:
                            bits |= 1 << k
            receivers[i, j] = np.uint8(bits)


@njit(nogil=True, cache=True, error_model="numpy")
def sum_down(z, codes, dx, dy, exponent, contour, receivers, total):
    """Add up ``total`` (y, x) down all shares, in place; the number of cells done."""
    rows, columns = z.shape
    waiting = np.zeros((rows, columns), np.uint8)
    for i in range(rows):
        for j in range(columns):
            for k in range(8):
                if receivers[i, j] & (1 << k):
                    waiting[i + DOWN[k], j + ACROSS[k]] += np.uint8(1)
    ready = np.empty(rows * columns, np.int32)  # the last one first: it lies near the one before
    share = np.empty(8)
    done = 0
    for start in range(rows * columns):
        known = 0
        if waiting[start // columns, start % columns] == 0 and not np.isnan(
            z[start // columns, start % columns]
        ):
            ready[0] = start
            known = 1
        while known > 0:
            known -= 1
            i, j = ready[known] // columns, ready[known] % columns
            waiting[i, j] = DONE
            done += 1
            if receivers[i, j] == 0:
                continue
            shares_of(z, codes, i, j, dx[i], dy, exponent, contour, share)
            for k in range(8):
                if receivers[i, j] & (1 << k):
                    a, b = i + DOWN[k], j + ACROSS[k]
                    total[a, b] += share[k] * total[i, j]
                    waiting[a, b] -= np.uint8(1)
                    if waiting[a, b] == 0:
                        ready[known] = a * columns + b
                        known += 1
    return done
