"""Runoff cell by cell: curve numbers, Green and Ampt, the surface store; rows of label rasters. Imports nothing of ours."""

from __future__ import annotations

from math import exp, log

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def scs_depth(rain, retention, ratio):
    """Direct runoff [mm] of an event's ``rain`` [mm]; SCS curve number, Ia = ``ratio`` S."""
    over = rain - ratio * retention
    if over <= 0.0:
        return 0.0
    return over * over / (over + retention)


@njit(nogil=True, cache=True, error_model="numpy")
def scs_rows(rain, total, retention, ratio, out, first, last):
    """Runoff of a step [mm] of rows ``first:last``: that of the event so far, less what had run off before.

    ``total`` [mm] is the event's rain before the step, float64 or float32, and grows in place.
    """
    for i in range(first, last):
        for j in range(rain.shape[1]):
            before, s = np.float64(total[i, j]), np.float64(retention[i, j])
            after = before + rain[i, j]
            if np.isnan(after) or np.isnan(s):
                total[i, j] = after
                out[i, j] = np.nan
                continue
            total[i, j] = after
            # of the stored total: what is rounded away is in no increment twice
            more = scs_depth(np.float64(total[i, j]), s, ratio) - scs_depth(before, s, ratio)
            out[i, j] = max(more, 0.0)  # a drop more may be less by a last bit


@njit(nogil=True, cache=True, error_model="numpy")
def green_ampt_after(start, hours, conductivity, suction):
    """Infiltrated depth [mm] after ``hours`` of ponding that began with ``start`` [mm]; Newton, monotone from above.

    Solves F - start - M ln((F + M) / (start + M)) = K t with M = suction head times moisture deficit [mm].
    """
    due = conductivity * hours
    if due <= 0.0:
        return start
    if suction <= 0.0:
        return start + due
    f = start + due + np.sqrt(2.0 * suction * due)  # above the root, where Newton's steps only go down
    for _ in range(60):
        wrong = f - start - suction * log((f + suction) / (start + suction)) - due
        change = wrong * (f + suction) / f
        f -= change
        if abs(change) <= 1e-12 * (1.0 + f):
            break
    return f


@njit(nogil=True, cache=True, error_model="numpy")
def green_ampt_step(start, rain, hours, conductivity, suction):
    """Infiltrated depth [mm] at the end of a step of even ``rain`` [mm] over ``hours``; ponds when the rain is faster."""
    rate = rain / hours
    if rain <= 0.0:
        return start
    if conductivity <= 0.0:
        return start
    if rate <= conductivity:
        return start + rain
    ponds_at = suction * conductivity / (rate - conductivity)  # infiltrated depth at ponding
    if start + rain <= ponds_at:
        return start + rain
    dry = max(ponds_at - start, 0.0)
    end = green_ampt_after(start + dry, hours - dry / rate, conductivity, suction)
    return min(end, start + rain)


@njit(nogil=True, cache=True, error_model="numpy")
def green_ampt_rows(rain, infiltrated, conductivity, suction, hours, out, first, last):
    """Rain excess of a step [mm] of rows ``first:last``; ``infiltrated`` [mm] grows in place. No water is kept ponded."""
    for i in range(first, last):
        for j in range(rain.shape[1]):
            before, r = np.float64(infiltrated[i, j]), np.float64(rain[i, j])
            if np.isnan(before + r + conductivity[i, j] + suction[i, j]):
                infiltrated[i, j] = np.nan
                out[i, j] = np.nan
                continue
            after = green_ampt_step(before, r, hours, conductivity[i, j], suction[i, j])
            infiltrated[i, j] = after
            # as it is stored it may be more than what fell
            out[i, j] = max(r - (np.float64(infiltrated[i, j]) - before), 0.0)


@njit(nogil=True, cache=True, error_model="numpy")
def drain_rows(inflow, store, hours, constant, first, last):
    """Surface store [mm] of rows ``first:last`` after a step, in place: even ``inflow`` [mm], emptied with its time constant [h]."""
    for i in range(first, last):
        for j in range(inflow.shape[1]):
            share = hours / np.float64(constant[i, j])
            left = exp(-share)
            store[i, j] = np.float64(store[i, j]) * left + np.float64(inflow[i, j]) * (1.0 - left) / share


@njit(nogil=True, cache=True, error_model="numpy")
def count_runs(labels, cell_of_row, cell_of_column, first, last):
    """Number of runs of rows ``first:last``: cells side by side with one label over one cell of another grid."""
    found = 0
    for i in range(first, last):
        if cell_of_row[i] < 0:
            continue
        before, cell = 0, -1
        for j in range(labels.shape[1]):
            label, c = labels[i, j], cell_of_column[j]
            if label > 0 and c >= 0 and (label != before or c != cell):
                found += 1
            before, cell = (label, c) if c >= 0 else (0, -1)
    return found


@njit(nogil=True, cache=True, error_model="numpy")
def list_runs(labels, cell_of_row, cell_of_column, columns, cells, keys, lengths, rows, at, first, last):
    """The runs of rows ``first:last`` from place ``at`` on: label times ``cells`` plus the other grid's cell, length, row."""
    for i in range(first, last):
        if cell_of_row[i] < 0:
            continue
        before, cell = 0, -1
        base = np.int64(cell_of_row[i]) * columns
        for j in range(labels.shape[1]):
            label, c = labels[i, j], cell_of_column[j]
            if label > 0 and c >= 0:
                if label != before or c != cell:
                    keys[at] = np.int64(label) * cells + base + c
                    lengths[at] = 0
                    rows[at] = i
                    at += 1
                lengths[at - 1] += 1
            before, cell = (label, c) if c >= 0 else (0, -1)
    return at


@njit(nogil=True, cache=True, error_model="numpy")
def paint_rows(labels, values, outside, out, first, last):
    """Value of each cell's label of rows ``first:last``; ``outside`` where there is none."""
    for i in range(first, last):
        for j in range(labels.shape[1]):
            label = labels[i, j]
            out[i, j] = values[label - 1] if label > 0 else outside
