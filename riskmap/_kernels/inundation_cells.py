"""What happens in single cells of an inundation: inflows, drains, open edges, held levels, narrow channels.

Lists of cells, not grids: short loops in double precision, one thread. Depth is ``h - rest`` [m], as the grid's steps
leave it. Volumes [m3] that come and go are returned for the ledger.
"""

from __future__ import annotations

from math import isnan, sqrt

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def set_depth(h, rest, p, depth):
    """Store a depth of double precision in two numbers of single precision."""
    h[p] = np.float32(depth)
    rest[p] = np.float32(np.float64(h[p]) - depth)


@njit(nogil=True, cache=True, error_model="numpy")
def pour(places, areas, discharge, step, h, rest):
    """Add inflows [m3 s-1]; returns what came in [m3]."""
    total = 0.0
    for k in range(places.shape[0]):
        p = places[k]
        depth = np.float64(h[p]) - np.float64(rest[p])
        set_depth(h, rest, p, depth + discharge[k] * step / areas[k])
        total += discharge[k] * step
    return total


@njit(nogil=True, cache=True, error_model="numpy")
def drain(places, targets, areas, target_areas, most, step, h, rest):
    """Take up to ``most`` [m3 s-1] from cells, into their target where there is one (-1: away); returns what left [m3]."""
    total = 0.0
    for k in range(places.shape[0]):
        p = places[k]
        depth = np.float64(h[p]) - np.float64(rest[p])
        taken = min(most[k] * step / areas[k], max(depth, 0.0))
        set_depth(h, rest, p, depth - taken)
        if targets[k] >= 0:
            q = targets[k]
            there = np.float64(h[q]) - np.float64(rest[q])
            set_depth(h, rest, q, there + taken * areas[k] / target_areas[k])
        else:
            total += taken * areas[k]
    return total


@njit(nogil=True, cache=True, error_model="numpy")
def release(places, areas, widths, slopes, manning, step, h, rest):
    """Let water leave over open edges at normal depth [slope in m m-1]; returns what left [m3]."""
    total = 0.0
    for k in range(places.shape[0]):
        p = places[k]
        depth = np.float64(h[p]) - np.float64(rest[p])
        if depth <= 0.0:
            continue
        flow = depth ** (5.0 / 3.0) * sqrt(slopes[k]) / manning[k]
        taken = min(flow * widths[k] * step / areas[k], depth)
        set_depth(h, rest, p, depth - taken)
        total += taken * areas[k]
    return total


@njit(nogil=True, cache=True, error_model="numpy")
def hold(places, areas, beds, levels, h, rest):
    """Set cells to a water level [m]; returns what came in and what left [m3]."""
    came = left = 0.0
    for k in range(places.shape[0]):
        p = places[k]
        more = max(levels[k] - beds[k], 0.0) - (np.float64(h[p]) - np.float64(rest[p]))
        set_depth(h, rest, p, max(levels[k] - beds[k], 0.0))
        if more > 0.0:
            came += more * areas[k]
        else:
            left -= more * areas[k]
    return came, left


@njit(nogil=True, cache=True, error_model="numpy")
def share_out(places, areas, capacity, volume, h, rest):
    """Water of a cell fills its channel up to the banks; the rest stands on the whole cell."""
    for c in range(places.shape[0]):
        p = places[c]
        water = volume[c] + (np.float64(h[p]) - np.float64(rest[p])) * areas[c]
        volume[c] = min(water, capacity[c])
        set_depth(h, rest, p, max(water - capacity[c], 0.0) / areas[c])


@njit(nogil=True, cache=True, error_model="numpy")
def link_flows(ends, distance, manning, width, bed, depth, step, gravity, froude, flow):
    """New flows [m3 s-1] along channels: local inertial with the hydraulic radius; Neal et al. (2012)."""
    for k in range(ends.shape[0]):
        a, b = ends[k, 0], ends[k, 1]
        one, two = bed[a] + depth[a], bed[b] + depth[b]
        deep = max(one, two) - max(bed[a], bed[b])
        if deep <= 1e-5:
            flow[k] = 0.0
            continue
        wide = min(width[a], width[b])
        section = wide * deep
        radius = section / (wide + 2.0 * deep)
        drag = gravity * step * manning[k] ** 2 * abs(flow[k]) / (section * radius ** (4.0 / 3.0))
        new = (flow[k] - gravity * section * step * (two - one) / distance[k]) / (1.0 + drag)
        most = froude * section * sqrt(deep)
        flow[k] = max(-most, min(most, new))


@njit(nogil=True, cache=True, error_model="numpy")
def channel_step(
    places, areas, floor, capacity, bed, width, ends, distance, manning, roughness, outlet, held, step, gravity, froude,
    h, rest, volume, flow, out,
):  # fmt: skip
    """One step of narrow channels below the cells' ground; returns what came in and what left [m3].

    ``floor`` is a channel's own area, ``capacity`` its volume up to the banks, ``outlet`` the slope of an end where water
    leaves at normal depth (NaN: none), ``held`` a level [m] that the cell is kept at (NaN: none).
    """
    n = places.shape[0]
    depth = np.empty(n)
    came = left = 0.0
    share_out(places, areas, capacity, volume, h, rest)
    for c in range(n):
        p = places[c]
        depth[c] = volume[c] / floor[c] + (np.float64(h[p]) - np.float64(rest[p]))
        out[c] = 0.0
    link_flows(ends, distance, manning, width, bed, depth, step, gravity, froude, flow)
    for k in range(ends.shape[0]):
        out[ends[k, 0] if flow[k] > 0.0 else ends[k, 1]] += abs(flow[k]) * step
    for c in range(n):
        water = volume[c] + (np.float64(h[places[c]]) - np.float64(rest[places[c]])) * areas[c]
        out[c] = min(1.0, water / out[c]) if out[c] > 0.0 else 1.0
    for k in range(ends.shape[0]):
        flow[k] *= out[ends[k, 0]] if flow[k] > 0.0 else out[ends[k, 1]]
        volume[ends[k, 0]] -= flow[k] * step
        volume[ends[k, 1]] += flow[k] * step
    for c in range(n):
        if not isnan(outlet[c]):
            deep = depth[c]
            radius = width[c] * deep / (width[c] + 2.0 * deep)
            rate = width[c] * deep * radius ** (2.0 / 3.0) * sqrt(outlet[c]) / roughness[c]
            taken = min(rate * step, max(volume[c], 0.0))
            volume[c] -= taken
            left += taken
    share_out(places, areas, capacity, volume, h, rest)
    for c in range(n):
        if not isnan(held[c]):
            more = min(max(held[c] - bed[c], 0.0) * floor[c], capacity[c]) - volume[c]
            volume[c] += more
            came += max(more, 0.0)
            left += max(-more, 0.0)
    return came, left


@njit(nogil=True, cache=True, error_model="numpy")
def wake(places, tile_of, borders, h, dry, news):
    """Mark the tiles of cells as wet, and the sides that a cell lies on."""
    for k in range(places.shape[0]):
        if h[places[k]] > dry:
            told = news[tile_of[k]]
            told[1] = 1
            for s in range(4):
                if borders[k, s]:
                    told[2 + s] = 1
            told[0] = max(told[0], np.int64(h[places[k]]))


@njit(nogil=True, cache=True, error_model="numpy")
def stored(first, last, columns, width, areas, h, rest):
    """Volume [m3] on the grid's rows, row by row in double precision; ``areas`` [m2] of a row's cells."""
    total = 0.0
    for i in range(first, last):
        row = 0.0
        for j in range(columns[0], columns[1]):
            row += np.float64(h[i * width + j]) - np.float64(rest[i * width + j])
        total += row * areas[i]
    return total
