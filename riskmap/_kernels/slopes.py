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
def slope_rows(z, dx, dy, first, last, slope, aspect):
    """Slope [m m-1] and aspect [degrees from north, clockwise] of rows ``first:last``; NaN aspect on flat ground."""
    w = np.empty(9)
    for i in range(first, last):
        for j in range(z.shape[1]):
            if np.isnan(z[i, j]):
                slope[i, j] = aspect[i, j] = np.nan
                continue
            nine(z, i, j, w)
            east = ((w[2] - w[0]) + (w[8] - w[6]) + 2.0 * (w[5] - w[3])) / (8.0 * dx[i])
            north = ((w[0] - w[6]) + (w[2] - w[8]) + 2.0 * (w[1] - w[7])) / (8.0 * dy)
            slope[i, j] = sqrt(east * east + north * north)
            if east == 0.0 and north == 0.0:
                aspect[i, j] = np.nan
            else:
                towards = degrees(atan2(-east, -north))
                aspect[i, j] = towards if towards >= 0.0 else towards + 360.0


@njit(nogil=True, cache=True, error_model="numpy")
def curvature_rows(z, dx, dy, first, last, profile, plan):
    """Profile and plan curvature [m-1] of rows ``first:last``; 0 where the ground is level."""
    w = np.empty(9)
    for i in range(first, last):
        for j in range(z.shape[1]):
            if np.isnan(z[i, j]):
                profile[i, j] = plan[i, j] = np.nan
                continue
            nine(z, i, j, w)
            d = (0.5 * (w[3] + w[5]) - w[4]) / (dx[i] * dx[i])
            e = (0.5 * (w[1] + w[7]) - w[4]) / (dy * dy)
            f = ((w[2] + w[6]) - (w[0] + w[8])) / (4.0 * dx[i] * dy)
            g = (w[5] - w[3]) / (2.0 * dx[i])
            h = (w[1] - w[7]) / (2.0 * dy)
            steep = g * g + h * h
            if steep == 0.0:
                profile[i, j] = plan[i, j] = 0.0
            else:
                profile[i, j] = -2.0 * (d * g * g + e * h * h + f * g * h) / steep
                plan[i, j] = 2.0 * (d * h * h + e * g * g - f * g * h) / steep
