"""Cells: values against thresholds. Imports nothing of ours."""

from __future__ import annotations

from math import isnan, nan

import numpy as np
from numba import njit

BLOCK = 4_000
"""Cells that are graded by one metric after the other while they are in the cache."""
MOST_PART = 0.9999
"""How far a value can be on the way to the next tier: what is stored must not round up to it."""


@njit(nogil=True, cache=True, error_model="numpy")
def grade(value, thresholds):
    """Severity of one value: the tier plus how far it is past that tier's bound, 0 <= part < 1.

    ``thresholds`` holds the bounds of tiers 1..4, NaN where a tier has none. NaN stays NaN.
    """
    if isnan(value):
        return nan
    tier, bound, lowest = 0, nan, nan
    for t in range(thresholds.shape[0]):
        if isnan(thresholds[t]):
            continue
        if isnan(lowest):
            lowest = thresholds[t]
        if value >= thresholds[t]:
            tier, bound = t + 1, thresholds[t]
    # the part orders values of one tier: relative excess over the bound, or nearness to the lowest one
    part = 1.0 - bound / value if tier > 0 and value > 0.0 else 0.0
    if tier == 0 and lowest > 0.0:
        part = max(value, 0.0) / lowest
    return tier + min(max(part, 0.0), MOST_PART)


@njit(nogil=True, cache=True, error_model="numpy")
def add_metric(values, blue, yellow, orange, red, near, index, best, which, unknown):
    """Let one metric grade a block of cells where it is worse than those before it: ``grade`` without its branches.

    Bounds are NaN where a tier has none; ``near`` is 1 / the lowest bound, 0 where that is not positive.
    """
    zero, one, most = best.dtype.type(0.0), best.dtype.type(1.0), best.dtype.type(MOST_PART)
    for c in range(values.shape[0]):
        value = values[c]
        tier, bound = zero, zero
        if value >= blue:
            tier, bound = one, blue
        if value >= yellow:
            tier, bound = best.dtype.type(2.0), yellow
        if value >= orange:
            tier, bound = best.dtype.type(3.0), orange
        if value >= red:
            tier, bound = best.dtype.type(4.0), red
        above = value if value > zero else zero
        part = one - bound / above if tier > zero else above * near
        part = part if part > zero else zero  # also where 0 / 0
        severity = tier + (part if part < most else most)
        if value != value:
            unknown[c] = 1
        elif severity > best[c]:
            best[c] = severity
            which[c] = index


@njit(nogil=True, cache=True, error_model="numpy")
def grade_cells(values, bounds, near, first, last, severity, metric):
    """Worst metric of the cells ``first:last``; ``values`` is (metric, cell), ``bounds`` (metric, 4), both of one dtype.

    ``near`` (metric,): see ``add_metric``. A cell below every known bound with one metric unknown is unknown, not green.
    """
    unknown = np.empty(BLOCK, np.int8)
    best = np.empty(BLOCK, values.dtype)
    for low in range(first, last, BLOCK):
        high = min(low + BLOCK, last)
        best[:] = -1.0
        unknown[:] = 0
        which = metric[low:high]
        which[:] = 0
        for m in range(values.shape[0]):
            b = bounds[m]
            add_metric(values[m, low:high], b[0], b[1], b[2], b[3], near[m], m, best, which, unknown)
        for c in range(high - low):
            grey = best[c] < 0.0 or (unknown[c] == 1 and best[c] < 1.0)
            severity[low + c] = nan if grey else best[c]
