"""Slope, aspect and curvature from the nine heights round each cell. Imports nothing of ours."""

from __future__ import annotations

from math import atan2, degrees, sqrt

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def nine(z, i, j, out):
    """The heights round a cell, row by row; those that are missing continue the ground through its middle."""
    rows, columns = z.shape
    for a in range(-1, 2):
        for b in range(-1, 2):
            known = 0 <= i + a < rows and 0 <= j + b < columns
            out[3 * a + b + 4] = z[i + a, j + b] if known else np.nan
    for k in (1, 3):
        if np.isnan(out[k]) and np.isnan(out[8 - k]):
            out[k] = out[8 - k] = out[4]
        elif np.isnan(out[k]):
            out[k] = 2.0 * out[4] - out[8 - k]
        elif np.isnan(out[8 - k]):
            out[8 - k] = 2.0 * out[4] - out[k]
    for k in (0, 2):
        one, other = np.isnan(out[k]), np.isnan(out[8 - k])
        if one:
            out[k] = out[1] + out[3 + k] - out[4] if other else 2.0 * out[4] - out[8 - k]
        if other:
            out[8 - k] = out[7] + out[5 - k] - out[4] if one else 2.0 * out[4] - out[k]


@njit(nogil=True, cache=True, error_model="numpy")
def gradient(w, dx, dy):
    """Rise to the east and to the north [m m-1] of nine heights."""
    east = ((w[2] - w[0]) + (w[8] - w[6]) + 2.0 * (w[5] - w[3])) / (8.0 * dx)
    north = ((w[0] - w[6]) + (w[2] - w[8]) + 2.0 * (w[1] - w[7])) / (8.0 * dy)
    return east, north


@njit(nogil=True, cache=True, error_model="numpy")
def inner_rows(z, i, j):
    """The nine heights round a cell that has all its neighbours."""
    a, b, c = z[i - 1], z[i], z[i + 1]
    return (
        float(a[j - 1]), float(a[j]), float(a[j + 1]), float(b[j - 1]), float(b[j]), float(b[j + 1]),
        float(c[j - 1]), float(c[j]), float(c[j + 1]),
    )  # fmt: skip


@njit(nogil=True, cache=True, error_model="numpy")
def slope_rows(z, dx, dy, first, last, slope, aspect):
    """Slope [m m-1] and aspect [degrees from north, clockwise] of rows ``first:last``; NaN aspect on flat ground."""
    rows, columns = z.shape
    w = np.empty(9)
    for i in range(first, last):
        for j in range(columns):
            east = north = np.nan
            if 0 < i < rows - 1 and 0 < j < columns - 1:
                east, north = gradient(inner_rows(z, i, j), dx[i], dy)
            if np.isnan(z[i, j]):
                slope[i, j] = aspect[i, j] = np.nan
                continue
            if np.isnan(east + north):
                nine(z, i, j, w)
                east, north = gradient(w, dx[i], dy)
            slope[i, j] = sqrt(east * east + north * north)
            if east == 0.0 and north == 0.0:
                aspect[i, j] = np.nan
            else:
                towards = degrees(atan2(-east, -north))
                aspect[i, j] = towards if towards >= 0.0 else towards + 360.0


@njit(nogil=True, cache=True, error_model="numpy")
def bend(w, dx, dy):
    """Profile and plan curvature [m-1] of nine heights."""
    d = (0.5 * (w[3] + w[5]) - w[4]) / (dx * dx)
    e = (0.5 * (w[1] + w[7]) - w[4]) / (dy * dy)
    f = ((w[2] + w[6]) - (w[0] + w[8])) / (4.0 * dx * dy)
    g = (w[5] - w[3]) / (2.0 * dx)
    h = (w[1] - w[7]) / (2.0 * dy)
    steep = g * g + h * h
    if steep == 0.0:
        return 0.0 * f, 0.0 * f
    return (
        -2.0 * (d * g * g + e * h * h + f * g * h) / steep,
        2.0 * (d * h * h + e * g * g - f * g * h) / steep,
    )


@njit(nogil=True, cache=True, error_model="numpy")
def curvature_rows(z, dx, dy, first, last, profile, plan):
    """Profile and plan curvature [m-1] of rows ``first:last``; 0 where the ground is level."""
    rows, columns = z.shape
    w = np.empty(9)
    for i in range(first, last):
        for j in range(columns):
            one = other = np.nan
            if 0 < i < rows - 1 and 0 < j < columns - 1:
                one, other = bend(inner_rows(z, i, j), dx[i], dy)
            if np.isnan(z[i, j]):
                one = other = np.nan
            elif np.isnan(one + other):
                nine(z, i, j, w)
                one, other = bend(w, dx[i], dy)
            profile[i, j], plan[i, j] = one, other


@njit(nogil=True, cache=True, error_model="numpy")
def stand_out_rows(z, reach, first, last, out):
    """How far each cell of rows ``first:last`` stands over the ring of cells ``reach`` away, or (negative) lies under it.

    0 where it does neither, and where fewer of the ring have a height than round a cell at the border of the array.
    """
    rows, columns = z.shape
    least = 4 * reach + 1
    for i in range(first, last):
        for j in range(columns):
            here = z[i, j]
            over, under, known = -np.inf, np.inf, 0
            for a in range(max(i - reach, 0), min(i + reach + 1, rows)):
                step = 1 if abs(a - i) == reach else 2 * reach
                for b in range(j - reach, j + reach + 1, step):
                    if 0 <= b < columns and not np.isnan(z[a, b]):
                        known += 1
                        over, under = max(over, z[a, b]), min(under, z[a, b])
            out[i, j] = 0.0
            if known >= least and here > over:
                out[i, j] = here - over
            elif known >= least and here < under:
                out[i, j] = here - under
