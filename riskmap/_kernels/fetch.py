"""Fetch of the wind over water, by direction, and the mean depth along it. Imports nothing of ours."""

from __future__ import annotations

from math import cos, radians, sin

from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def fetch_one(depth, row, column, per_row, per_column, toward, step, reach, to_sea):
    """Length of water [m] from a point towards a direction [degrees clockwise from north], and its mean depth [m].

    The first water must lie within ``to_sea`` [m]; from there on the first land ends the fetch, the chart's end and
    ``reach`` [m] too. ``per_row`` and ``per_column`` are rows and columns a metre, south and east.
    """
    north, east = cos(radians(toward)), sin(radians(toward))
    length, total, count = 0.0, 0.0, 0
    for k in range(1, int(reach / step) + 1):
        i = int(row - k * step * north * per_row + 0.5)
        j = int(column + k * step * east * per_column + 0.5)
        if i < 0 or j < 0 or i >= depth.shape[0] or j >= depth.shape[1]:
            break
        h = depth[i, j]
        if h > 0.0:
            length, total, count = length + step, total + h, count + 1
        elif count > 0 or k * step >= to_sea:
            break
    return length, total / max(count, 1)


@njit(nogil=True, cache=True, error_model="numpy")
def fetches(depth, rows, columns, per_row, per_column, toward, step, reach, to_sea, length, mean_depth):
    """Fill ``length`` and ``mean_depth`` (point, direction); NaN depth is land."""
    for n in range(rows.shape[0]):
        for d in range(toward.shape[0]):
            found = fetch_one(
                depth, rows[n], columns[n], per_row, per_column[n], toward[d], step, reach, to_sea
            )
            length[n, d], mean_depth[n, d] = found[0], found[1]
