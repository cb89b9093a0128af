"""What lies upwind of each cell: the mean over a fetch, and the hills along the wind. Imports nothing of ours.

A direction is a unit step on the grid, upwind: ``row_step`` rows (down is positive) and ``column_step`` columns
(per row of the grid, because a degree of longitude shrinks polewards). Beyond the edge the last cell goes on.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def hill(height, half_length, distance, downwind, escarpment, z, gentle, steep, most):
    """AS/NZS 1170.2 hill-shape multiplier at ``distance`` [m] from a crest; see ``riskmap.hazard.surface``."""
    slope = height / (2.0 * half_length)
    if slope < gentle:
        return 1.0
    first = max(0.36 * half_length, 0.4 * height)
    reach = (10.0 if downwind and escarpment else 4.0) * first
    if distance >= reach:
        return 1.0
    fade = 1.0 - distance / reach
    if slope > steep and downwind and distance <= height / 4.0 and z <= height / 10.0:
        return 1.0 + (most - 1.0) * fade  # the separation zone behind a steep crest
    return min(1.0 + height / (3.5 * (z + first)) * fade, most)


@njit(nogil=True, cache=True, error_model="numpy")
def fetch_rows(field, row_step, column_step, distances, weights, first, last, out):
    """Fill rows ``first:last`` with the weighted mean of ``field`` at ``distances`` [cells] upwind, nearest cell."""
    rows, columns = field.shape
    for i in range(first, last):
        for j in range(columns):
            total = 0.0
            for k in range(distances.shape[0]):
                # half a cell away from the edge of a cell, so that no rounding of 0.5 decides
                y = int(np.floor(i + 0.5 + distances[k] * row_step))
                x = int(np.floor(j + 0.5 + distances[k] * column_step[i]))
                y = min(max(y, 0), rows - 1)
                x = min(max(x, 0), columns - 1)
                total += weights[k] * field[y, x]
            out[i, j] = total


@njit(nogil=True, cache=True, error_model="numpy")
def height_at(ground, y, x):
    """Ground [m] between cell centres, bilinear; the edge goes on."""
    rows, columns = ground.shape
    y = min(max(y, 0.0), rows - 1.0)
    x = min(max(x, 0.0), columns - 1.0)
    top, left = min(int(y), max(rows - 2, 0)), min(int(x), max(columns - 2, 0))
    low, right = min(top + 1, rows - 1), min(left + 1, columns - 1)
    b, a = y - top, x - left
    upper = ground[top, left] * (1.0 - a) + ground[top, right] * a
    lower = ground[low, left] * (1.0 - a) + ground[low, right] * a
    return upper * (1.0 - b) + lower * b


@njit(nogil=True, cache=True, error_model="numpy")
def line_multiplier(line, here, step, search, least_height, z, gentle, steep, most):
    """Largest multiplier that any crest within ``search`` samples gives the sample ``here`` of a line [m].

    The wind blows from low to high index; samples are ``step`` [m] apart. A crest is no lower than its two
    neighbours and higher than one. Its height is counted from the lowest ground within ``search`` upwind.
    """
    largest = 1.0
    for crest in range(max(here - search, 1), min(here + search, line.shape[0] - 2) + 1):
        before, top, after = line[crest - 1], line[crest], line[crest + 1]
        if top < before or top < after or (top == before and top == after):
            continue
        base = top
        for k in range(max(crest - search, 0), crest):
            base = min(base, line[k])
        height = top - base
        if height < least_height:
            continue
        k, middle = crest, top - height / 2.0
        while line[k - 1] > middle:  # ends at the base at the latest
            k -= 1
        half_length = step * (crest - k + (line[k] - middle) / (line[k] - line[k - 1]))
        first = max(0.36 * half_length, 0.4 * height)
        behind = min(crest + max(round(4.0 * first / step), 1), line.shape[0] - 1)
        escarpment = (top - line[behind]) < gentle * step * (behind - crest)
        m = hill(
            height, half_length, step * abs(here - crest), crest <= here, escarpment, z, gentle, steep, most
        )
        largest = max(largest, m)
    return largest


@njit(nogil=True, cache=True, error_model="numpy")
def hill_rows(
    ground,
    row_step,
    column_step,
    step,
    search,
    least_height,
    z,
    gentle,
    steep,
    most,
    first,
    last,
    out,
):
    """Fill rows ``first:last`` with the hill-shape multiplier of one wind direction, sampled every ``step`` [m]."""
    columns = ground.shape[1]
    here = 2 * search
    line = np.empty(
        here + 2 * search + 2
    )  # a crest may lie up- or downwind, and what is behind it counts too
    for i in range(first, last):
        for j in range(columns):
            for k in range(line.shape[0]):
                upwind = here - k
                line[k] = height_at(ground, i + upwind * row_step, j + upwind * column_step[i])
            out[i, j] = line_multiplier(line, here, step, search, least_height, z, gentle, steep, most)
