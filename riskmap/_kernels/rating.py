"""Sums over the reaches of a height above drainage: what a rating curve is made of. Imports nothing of ours."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def wet_sums(height, reach, bed_area, area, stages, surface, bed, volume):
    """Add the area, bed area [m2] and height times area [m3] of cells to the first stage that wets each, ``[reach, stage]``."""
    steps = stages.shape[0]
    for k in range(height.shape[0]):
        r, h = reach[k], height[k]
        if r < 0 or not h >= 0.0:
            continue
        s = np.searchsorted(stages, h, side="right")
        if s < steps:
            surface[r, s] += area[k]
            bed[r, s] += bed_area[k]
            volume[r, s] += h * area[k]


@njit(nogil=True, cache=True, error_model="numpy")
def run_up(stages, surface, bed, volume):
    """Flooded area, wetted bed area [m2] and volume [m3] at each stage from the sums of ``wet_sums``, in place.

    Volume = stage x area - sum of heights x area.
    """
    steps = stages.shape[0]
    for r in range(surface.shape[0]):
        for s in range(1, steps):
            surface[r, s] += surface[r, s - 1]
            bed[r, s] += bed[r, s - 1]
            volume[r, s] += volume[r, s - 1]
        for s in range(steps):
            volume[r, s] = stages[s] * surface[r, s] - volume[r, s]
