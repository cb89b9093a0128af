"""Hydrographs of watersheds and their way down a tree of channels. Imports nothing of ours."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def mass_at(place, times, masses):
    """Share of a unit hydrograph's volume that has passed at ``place`` (time over time to peak); linear ordinates."""
    if place <= 0.0:
        return 0.0
    last = times.shape[0] - 1
    if place >= times[last]:
        return masses[last, 0]
    k = np.searchsorted(times, place, side="right") - 1
    u = place - times[k]
    return masses[k, 0] + u * (masses[k, 1] + u * masses[k, 2])


@njit(nogil=True, cache=True, error_model="numpy")
def convolve_rows(excess, factor, step, peak_time, times, masses, out, first, last):
    """Discharge [m3 s-1] of watersheds ``first:last``, mean of each step, from their rain excess [mm].

    ``factor`` is area / 1000 / step [m3 s-1 mm-1]; ``peak_time`` [s]. A watershed with a NaN step is NaN from there on.
    """
    steps = excess.shape[1]
    share = np.empty(steps, np.float64)
    for n in range(first, last):
        scale = step / peak_time[n]
        before, length = 0.0, 0
        for k in range(steps):
            now = mass_at((k + 1) * scale, times, masses)
            share[k] = now - before
            before = now
            length = k + 1
            if (k + 1) * scale >= times[times.shape[0] - 1]:
                break
        out[n, :] = 0.0
        for k in range(steps):
            depth = excess[n, k]
            if np.isnan(depth):
                out[n, k:] = np.nan
                break
            if depth == 0.0:
                continue
            for m in range(min(length, steps - k)):
                out[n, k + m] += factor[n] * depth * share[m]


@njit(nogil=True, cache=True, error_model="numpy")
def route_reach(flow, c0, c1, c2, parts):
    """Hydrograph at the end of ``parts`` equal reaches, in place: Muskingum, from rest."""
    for _ in range(parts):
        inflow, outflow = 0.0, 0.0
        for k in range(flow.shape[0]):
            now = flow[k]
            outflow = c0 * now + c1 * inflow + c2 * outflow
            inflow = now
            flow[k] = outflow


@njit(nogil=True, cache=True, error_model="numpy")
def route_tree(order, downstream, own, coefficients, parts, out):
    """Discharge at every outlet: the watershed's own, and what its upstream neighbours send through its channel.

    ``order`` lists watersheds from the springs to the mouths; ``downstream`` is the next one's place, -1 at a mouth.
    ``out`` must come in as zeros: it gathers the inflow from upstream until its turn comes.
    """
    for n in order:
        route_reach(out[n], coefficients[n, 0], coefficients[n, 1], coefficients[n, 2], parts[n])
        for k in range(out.shape[1]):
            out[n, k] += own[n, k]
        if downstream[n] >= 0:
            below = out[downstream[n]]
            for k in range(out.shape[1]):
                below[k] += out[n, k]
