"""Cells: values against thresholds. Imports nothing of ours."""

from __future__ import annotations

from math import isnan, nan

from numba import njit


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
    return tier + min(max(part, 0.0), 0.9999)


@njit(nogil=True, cache=True, error_model="numpy")
def grade_cells(values, thresholds, severity, metric):
    """Worst metric of every cell; ``values`` is (metric, cell), ``thresholds`` (metric, 4).

    A cell below every known bound with one metric unknown is unknown, not green.
    """
    for c in range(values.shape[1]):
        best, which, unknown = -1.0, 0, False
        for m in range(values.shape[0]):
            s = grade(values[m, c], thresholds[m])
            if isnan(s):
                unknown = True
            elif s > best:
                best, which = s, m
        severity[c] = nan if best < 0.0 or (unknown and best < 1.0) else best
        metric[c] = which
