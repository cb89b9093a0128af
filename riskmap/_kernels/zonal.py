"""Cells to regions: the severity that holds on a given share of each region's area. Imports nothing of ours."""

from __future__ import annotations

from math import isnan

import numpy as np
from numba import njit

TIERS = 5
MOST_STEPS = 64
"""Steps of severity that the deciding tier is parted in: only the cells of the deciding step are sorted."""
CELLS_A_STEP = 8
FEW = 24
LANES = 4  # of ``reach``, written out there


@njit(nogil=True, cache=True, error_model="numpy")
def share_cells(
    start, cell, weight, total, severity, share, first, last, chosen, at_or_above, covered, struck
):
    """For regions ``first:last`` the cell at which the worst cells together first reach ``share`` of the area.

    ``start`` (region + 1) slices ``cell`` and ``weight`` [m2]; ``total`` [m2] is the region's whole area, also
    what lies outside the grid. Severity is 0 to below 5, NaN = unknown. ``chosen`` is -1 where the known cells never
    reach the share; ``at_or_above`` is the share of area in the chosen cell's tier or worse, ``covered`` that with data,
    ``struck`` that in tier 1 or worse.
    """
    most = 1
    for region in range(first, last):
        most = max(most, start[region + 1] - start[region])
    here = np.empty(most, severity.dtype)
    steps, cells = np.empty(most, np.uint8), np.empty(most, np.int64)
    room = np.empty((LANES, MOST_STEPS + 1), np.float64)
    held = np.empty(TIERS, np.float64)
    for region in range(first, last):
        low, count = start[region], start[region + 1] - start[region]
        for k in range(count):
            here[k] = severity[cell[low + k]]
        mine, areas = here[:count], weight[low : low + count]
        tiers_or_worse(mine, areas, held)
        need = share * total[region] * (1.0 - 1e-9)
        covered[region] = held[0] / total[region]
        struck[region] = held[1] / total[region]
        chosen[region] = -1
        at_or_above[region] = 0.0
        tier = TIERS - 1
        while tier >= 0 and (held[tier] < need or held[tier] == 0.0):
            tier -= 1
        if tier >= 0:
            at_or_above[region] = held[tier] / total[region]
            above = held[tier + 1] if tier < TIERS - 1 else 0.0
            chosen[region] = cell[low + reach(mine, areas, tier, above, need, steps, cells, room)]


@njit(nogil=True, cache=True, error_model="numpy")
def tiers_or_worse(severity, weight, held):
    """Area at each tier or worse, (tier,); that of tier 0 is all that is known."""
    known = blue = yellow = orange = red = 0.0
    for k in range(severity.shape[0]):
        s, w = severity[k], weight[k]
        known += w if s >= 0.0 else 0.0  # never for NaN
        blue += w if s >= 1.0 else 0.0
        yellow += w if s >= 2.0 else 0.0
        orange += w if s >= 3.0 else 0.0
        red += w if s >= 4.0 else 0.0
    held[0], held[1], held[2], held[3], held[4] = known, blue, yellow, orange, red


@njit(nogil=True, cache=True, error_model="numpy")
def reach(severity, weight, tier, above, need, step_of, cells, room):
    """Which cell of one tier makes the area ``above`` it what is needed, the tier's worst cells first.

    ``step_of``, ``cells`` and ``room`` are written over.
    """
    count = severity.shape[0]
    steps = min(MOST_STEPS, max(1, count // CELLS_A_STEP))
    room[:, : steps + 1] = 0.0
    base, scale = severity.dtype.type(tier), severity.dtype.type(steps)
    for k in range(count):
        past = (severity[k] - base) * scale
        # NaN and cells of other tiers go into a step of their own, the last
        lot = np.int32(past) if past >= 0.0 and past < scale else np.int32(steps)
        step_of[k] = lot
        room[k % LANES, lot] += weight[k]  # in turns, so that a sum need not wait for the one before
    found, before = 0, above
    for step in range(steps - 1, -1, -1):
        area = room[0, step] + room[1, step] + room[2, step] + room[3, step]
        if area > 0.0:
            found, before = step, above
            if above + area >= need:
                break
            above += area
    above = before
    n, equal = 0, True
    for k in range(count):
        if step_of[k] == found:
            cells[n] = k
            n += 1
            equal = equal and severity[k] == severity[cells[0]]
    if equal:  # an hour without rain: nothing to sort
        return cells[0]
    # the worst of those left, again and again: few are needed of few, and equal cells keep their order
    for m in range(min(n, FEW)):
        worst = m
        for other in range(m + 1, n):
            if severity[cells[other]] > severity[cells[worst]]:
                worst = other
        k = cells[worst]
        for back in range(worst, m, -1):
            cells[back] = cells[back - 1]
        cells[m] = k
        above += weight[k]
        if above >= need:
            return k
    if n <= FEW:
        return cells[n - 1]
    last = FEW
    for m in np.argsort(-severity[cells[FEW:n]], kind="mergesort"):
        above += weight[cells[FEW + m]]
        last = FEW + m
        if above >= need:
            break
    return cells[last]


@njit(nogil=True, cache=True, error_model="numpy")
def largest(start, cell, values, row, first, last, out):
    """Largest known value of ``values`` (metric, cell) in regions ``first:last``, of each one's metric ``row``; NaN where none is known."""
    for region in range(first, last):
        best = np.nan
        of = values[row[region]]
        for k in range(start[region], start[region + 1]):
            value = of[cell[k]]
            if isnan(best) or value > best:
                best = value
        out[region] = best
