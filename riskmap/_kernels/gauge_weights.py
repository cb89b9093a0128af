"""What gauges say of every cell: weighted means of a value at the gauges, by distance. Imports nothing of ours."""

from __future__ import annotations

from math import exp

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def cell_mean(
    x, y, stretch, gauge_x, gauge_y, values, smoothing, reach, gaussian, background, background_weight
):
    """Mean of the gauges' values at one place, and of a background with its own weight.

    ``gaussian``: weight exp(-d2 / ``smoothing`` [m2]); else reach2 / d2 - 1, so that a gauge fades out at ``reach`` [m]
    and counts alone at its own place. ``x`` and ``y`` [m], x before its ``stretch``, the cosine of the latitude. The
    background alone where no gauge is within reach; NaN if it has no weight either.
    """
    total = background_weight * background
    weights = background_weight
    for k in range(values.shape[0]):
        dx = (gauge_x[k] - x) * stretch
        dy = gauge_y[k] - y
        square = dx * dx + dy * dy
        if square >= reach * reach:
            continue
        if gaussian:
            weight = exp(-square / smoothing)
        elif square < 1.0:  # within a metre of a gauge
            return values[k]
        else:
            weight = reach * reach / square - 1.0
        total += weight * values[k]
        weights += weight
    return total / weights if weights > 0.0 else np.nan


@njit(nogil=True, cache=True, error_model="numpy")
def mean_rows(
    x, y, stretch, gauge_x, gauge_y, values, smoothing, reach, gaussian, background, background_weight, first, last, out
):  # fmt: skip
    """Fill rows ``first:last`` of ``out``; ``x`` (column), ``y`` and ``stretch`` (row) of the cell centres."""
    for i in range(first, last):
        for j in range(x.shape[0]):
            out[i, j] = cell_mean(
                x[j], y[i], stretch[i], gauge_x, gauge_y, values, smoothing, reach, gaussian, background,
                background_weight,
            )  # fmt: skip
