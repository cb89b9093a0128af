"""What is kept of an inundation while it runs: maxima, classes, times. Imports nothing of ours."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import njit

# Numbers that come in.
TIME, SINCE, ARRIVED, SHALLOW, CRITICAL = range(5)


@njit(nogil=True, cache=True, error_model="numpy")
def hazard_class(depth, speed, product, limits):
    """Class 1 to 6 of a cell, 0 where it is dry: the first row of ``limits`` (product, depth, speed) that it keeps to."""
    if depth <= 0.0:
        return np.uint8(0)
    for k in range(limits.shape[0]):
        if product <= limits[k, 0] and depth <= limits[k, 1] and speed <= limits[k, 2]:
            return np.uint8(k + 1)
    return np.uint8(limits.shape[0] + 1)


@njit(nogil=True, cache=True, error_model="numpy")
def watch_tiles(
    tiles, chosen, first, last, width, state, numbers, limits, fields
):  # fmt: skip
    """Raise the maxima of the tiles ``chosen[first:last]`` to the state at this moment, and count time.

    ``fields`` is (depth, peak time, speed, depth x speed, arrival, duration, class, beyond): flat like the state.
    The flow of a cell is the mean over its opposite faces. Speed counts where the water is ``SHALLOW`` or deeper;
    a cell with ``ARRIVED`` or more is beyond where its square is more than ``CRITICAL`` [m s-2] times the depth.
    """
    h, qx, qy = state
    depth, peak, speed, product, arrival, duration, classes, beyond = fields
    time, since, arrived, shallow = (
        np.float32(numbers[TIME]), np.float32(numbers[SINCE]), np.float32(numbers[ARRIVED]), np.float32(numbers[SHALLOW]),
    )  # fmt: skip
    critical, half, zero = np.float32(numbers[CRITICAL]), np.float32(0.5), np.float32(0.0)
    for t in range(first, last):
        tile = tiles[chosen[t]]
        for i in range(tile[0], tile[1]):
            for p in range(i * width + tile[2], i * width + tile[3]):
                d = h[p]
                if d > depth[p]:
                    depth[p], peak[p] = d, time
                if d >= arrived:
                    duration[p] += since
                    if not arrival[p] <= time:
                        arrival[p] = time
                if d < shallow:
                    if d > zero and classes[p] == 0:
                        classes[p] = 1
                    continue
                u, v = half * (qx[p - 1] + qx[p]), half * (qy[p - width] + qy[p])
                m = sqrt(u * u + v * v)
                s = m / d
                speed[p], product[p] = max(speed[p], s), max(product[p], m)
                classes[p] = max(classes[p], hazard_class(d, s, m, limits))
                if d >= arrived and s * s > critical * d:
                    beyond[p] = 1
