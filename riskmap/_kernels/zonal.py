"""Cells to regions: the severity that holds on a given share of each region's area. Imports nothing of ours."""

from __future__ import annotations

from math import isnan

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def share_cells(start, cell, weight, total, severity, share, chosen, at_or_above, covered):
    """For each region the cell at which the worst cells together first reach ``share`` of its area.

    ``start`` (region + 1) slices ``cell`` and ``weight`` [m2]; ``total`` [m2] is the region's whole area, also
    what lies outside the grid. ``chosen`` is -1 where the known cells never reach the share;
    ``at_or_above`` is the share of area in the chosen cell's tier or worse, ``covered`` that with data.
    """
    for region in range(start.shape[0] - 1):
        low, high = start[region], start[region + 1]
        known = np.empty(high - low, np.float64)
        n = 0
        area = 0.0
        for k in range(low, high):
            s = severity[cell[k]]
            if not isnan(s):
                known[n] = -s
                n += 1
                area += weight[k]
        chosen[region] = -1
        at_or_above[region] = 0.0
        covered[region] = area / total[region]
        if n == 0:
            continue
        positions = np.empty(n, np.int64)
        n = 0
        for k in range(low, high):
            if not isnan(severity[cell[k]]):
                positions[n] = k
                n += 1
        order = np.argsort(known[:n], kind="mergesort")  # stable: equal cells keep their order
        reached = 0.0
        need = share * total[region]
        for m in order:
            k = positions[m]
            reached += weight[k]
            if reached >= need * (1.0 - 1e-9):
                chosen[region] = cell[k]
                break
        if chosen[region] < 0:
            continue
        tier = int(severity[chosen[region]])
        above = 0.0
        for m in range(n):
            if int(-known[m]) >= tier:
                above += weight[positions[m]]
        at_or_above[region] = above / total[region]


@njit(nogil=True, cache=True, error_model="numpy")
def largest(start, cell, values, out):
    """Largest known value of each region; NaN where none is known."""
    for region in range(start.shape[0] - 1):
        best = np.nan
        for k in range(start[region], start[region + 1]):
            value = values[cell[k]]
            if not isnan(value) and (isnan(best) or value > best):
                best = value
        out[region] = best
