"""A moving vortex on a grid, by radial tables: wind and its peak, pressure and rain. Imports nothing of ours.

A table is indexed by h = sin^2(angle / 2) between centre and cell, which is a sum of a row's and a column's
numbers, so that no cell needs a square root, a power or an exponential. h is counted from that of the radius of
maximum wind, which so lies on an edge between two bins: profiles have a kink there. The bins divide each doubling
of h evenly: the upper bits of a float32 are the bin, the lower bits the place within it. Everything else is a
short loop over the columns of a row, in buffers that stay in the first cache.
"""

from __future__ import annotations

from math import asin, cos, sin, sqrt

import numpy as np
from numba import njit

# Columns of the node array, one row a sub-step.
LATITUDE, COLUMN, EAST, NORTH, REACH, TABLE, WIDTH, STRENGTH, LAYER, WITHIN, HOURS, LATEST = range(12)
N_COLUMNS = 12
# Channels of the tables: of each quadrant's wind, and of what is the same all around.
ACROSS, ALONG = range(2)
FADE, PRESSURE, RAIN, TAPER = range(4)

SHIFT = 18  # 2^(23 - 18) = 32 bins for each doubling of h: 64 for each doubling of the distance
_SHIFT = np.uint32(SHIFT)
_REST = np.uint32((1 << SHIFT) - 1)
_SHARE = np.float32(1.0 / (1 << SHIFT))
_ONE = np.uint32(1)
_QUICK = {"contract", "nsz", "nnan", "ninf"}  # no NaN comes in; sums keep their order


@njit(nogil=True, cache=True, error_model="numpy", fastmath=_QUICK)
def columns_within(node, lat, plane, per_radian, columns):
    """First and last + 1 column of a row within the node's reach."""
    phi = node[LATITUDE]
    left = node[REACH] - ((0.5 * (lat - phi)) ** 2 if plane else sin(0.5 * (lat - phi)) ** 2)
    if left <= 0.0:
        return 0, 0
    share = left / (cos(phi) ** 2 if plane else cos(phi) * cos(lat))
    if share >= 1.0:
        return 0, columns
    half = 2.0 * (sqrt(share) if plane else asin(sqrt(share))) * per_radian
    return max(0, int(np.ceil(node[COLUMN] - half))), min(
        columns, max(0, int(np.floor(node[COLUMN] + half)) + 1)
    )


@njit(nogil=True, cache=True, error_model="numpy", fastmath=_QUICK)
def place_row(node, lat, plane, halves, base, bins, j0, j1, h, at, part):
    """Bin and place within the bin of each cell of a row; the node's ``WIDTH`` is 1 / h of the maximum wind.

    On a plane, degrees are taken as they are, with the cosine of the centre.
    """
    phi, width = node[LATITUDE], node[WIDTH]
    if plane:
        a, b = np.float32(width * (0.5 * (lat - phi)) ** 2), np.float32(width * cos(phi) ** 2)
    else:
        a, b = np.float32(width * sin(0.5 * (lat - phi)) ** 2), np.float32(width * cos(phi) * cos(lat))
    for j in range(j0, j1):
        h[j] = a + b * halves[j]
    bits = h.view(np.uint32)
    lowest, most = np.uint32(base), np.uint32(base) + (np.uint32(bins - 1) << _SHIFT) - _ONE
    for j in range(j0, j1):
        x = min(max(bits[j], lowest), most) - lowest
        at[j] = x >> _SHIFT
        part[j] = np.float32(x & _REST) * _SHARE


@njit(nogil=True, cache=True, error_model="numpy", fastmath=_QUICK)
def wind_row(node, lat, plane, halves, sines, swirl, fade, j0, j1, at, part, u, v):
    """East and north wind [m s-1] of each cell of a row: the vortex turned by the inflow, and its motion.

    ``swirl`` (quadrant, channel, bin) is speed across and along the way out, divided by the sine of the angle.
    With one quadrant it is the same all around; with four it is blended by the squares of the direction's parts
    along NE-SW and SE-NW, which has no seam.
    """
    strength = node[STRENGTH]
    ce = np.float32(strength * cos(node[LATITUDE]))
    n0 = np.float32(strength * (lat - node[LATITUDE] if plane else sin(lat - node[LATITUDE])))
    n1 = np.float32(0.0 if plane else strength * 2.0 * sin(lat) * cos(node[LATITUDE]))
    me, mn = np.float32(node[EAST]), np.float32(node[NORTH])
    if swirl.shape[0] == 1:
        across, along = swirl[0, ACROSS], swirl[0, ALONG]
        for j in range(j0, j1):
            q, w = at[j], part[j]
            a, b, f = across[q], along[q], fade[q]
            a += w * (across[q + _ONE] - a)
            b += w * (along[q + _ONE] - b)
            f += w * (fade[q + _ONE] - f)
            east, north = ce * sines[j], n0 - n1 * halves[j]
            u[j] = f * me - north * a - east * b
            v[j] = f * mn + east * a - north * b
        return
    for j in range(j0, j1):
        q, w = at[j], part[j]
        east, north = ce * sines[j], n0 - n1 * halves[j]
        towards_ne, towards_se = north + east, east - north
        ne, se = towards_ne * towards_ne, towards_se * towards_se
        share = ne / max(ne + se, np.float32(1e-20))
        one = swirl[0] if towards_ne >= 0 else swirl[2]
        other = swirl[1] if towards_se >= 0 else swirl[3]
        a, b = one[ACROSS, q], one[ALONG, q]
        a += w * (one[ACROSS, q + _ONE] - a)
        b += w * (one[ALONG, q + _ONE] - b)
        c, d = other[ACROSS, q], other[ALONG, q]
        c += w * (other[ACROSS, q + _ONE] - c)
        d += w * (other[ALONG, q + _ONE] - d)
        a, b = c + share * (a - c), d + share * (b - d)
        f = fade[q]
        f += w * (fade[q + _ONE] - f)
        u[j] = f * me - north * a - east * b
        v[j] = f * mn + east * a - north * b


@njit(nogil=True, cache=True, error_model="numpy", fastmath=_QUICK)
def look_up_row(table, j0, j1, at, part, out):
    """Table values of each cell of a row."""
    for j in range(j0, j1):
        q = at[j]
        out[j] = table[q] + part[j] * (table[q + _ONE] - table[q])


@njit(nogil=True, cache=True, error_model="numpy", fastmath=_QUICK)
def raise_row(h, lowest, highest, halves, sines, swirl, fade, ce, n0, n1, me, mn, j0, j1, most):
    """Raise squares of speed to those of one vortex that is alike all around: one loop, nothing goes through memory."""
    bits = h.view(np.uint32)
    along = np.uint32(fade.shape[0])
    for j in range(j0, j1):
        x = min(max(bits[j], lowest), highest) - lowest
        q, w = x >> _SHIFT, np.float32(x & _REST) * _SHARE
        a, b, f = swirl[q], swirl[q + along], fade[q]
        a += w * (swirl[q + _ONE] - a)
        b += w * (swirl[q + along + _ONE] - b)
        f += w * (fade[q + _ONE] - f)
        east, north = ce * sines[j], n0 - n1 * halves[j]
        u, v = f * me - north * a - east * b, f * mn + east * a - north * b
        most[j] = max(most[j], u * u + v * v)


@njit(nogil=True, cache=True, error_model="numpy", fastmath=_QUICK)
def raise_row_quadrants(h, lowest, highest, halves, sines, swirl, fade, ce, n0, n1, me, mn, j0, j1, most):
    """As ``raise_row``, each quadrant its own: blended by the squares of the direction's parts, no seam."""
    bits = h.view(np.uint32)
    along = np.uint32(fade.shape[0])
    two, four = np.uint32(2) * along, np.uint32(4) * along
    for j in range(j0, j1):
        x = min(max(bits[j], lowest), highest) - lowest
        q, w = x >> _SHIFT, np.float32(x & _REST) * _SHARE
        east, north = ce * sines[j], n0 - n1 * halves[j]
        towards_ne, towards_se = north + east, east - north
        ne, se = towards_ne * towards_ne, towards_se * towards_se
        share = ne / max(ne + se, np.float32(1e-20))
        one = q + (np.uint32(0) if towards_ne >= 0 else four)
        other = q + two + (np.uint32(0) if towards_se >= 0 else four)
        a, b, c, d, f = swirl[one], swirl[one + along], swirl[other], swirl[other + along], fade[q]
        a += w * (swirl[one + _ONE] - a)
        b += w * (swirl[one + along + _ONE] - b)
        c += w * (swirl[other + _ONE] - c)
        d += w * (swirl[other + along + _ONE] - d)
        f += w * (fade[q + _ONE] - f)
        a, b = c + share * (a - c), d + share * (b - d)
        u, v = f * me - north * a - east * b, f * mn + east * a - north * b
        most[j] = max(most[j], u * u + v * v)


@njit(nogil=True, cache=True, error_model="numpy", fastmath=_QUICK)
def swath_rows(
    nodes, halves, sines, swirl, radial, base, plane, per_radian, latitude, first, last, peaks
):  # fmt: skip
    """Raise rows ``first:last`` of ``peaks`` (layer, y, x) to the largest wind speed [m s-1] over each layer's nodes.

    A node counts within its reach. Nodes outside, rows inside: a node's tables stay in the first cache.
    """
    columns, bins, quadrants = halves.shape[1], radial.shape[2], swirl.shape[1]
    h = np.zeros(columns, np.float32)
    lowest, highest = np.uint32(base), np.uint32(base) + (np.uint32(bins - 1) << _SHIFT) - _ONE
    for n in range(peaks.shape[0]):
        for i in range(first, last):
            most = peaks[n, i]
            for j in range(columns):
                most[j] *= most[j]
    for k in range(nodes.shape[0]):
        node, table, layer = nodes[k], int(nodes[k, TABLE]), int(nodes[k, LAYER])
        phi, width, strength = node[LATITUDE], node[WIDTH], node[STRENGTH]
        cosine = cos(phi)
        half, sine = halves[k], sines[k]
        tables, fade = swirl[table].reshape(quadrants * 2 * bins), radial[table, FADE]
        me, mn, ce = np.float32(node[EAST]), np.float32(node[NORTH]), np.float32(strength * cosine)
        for i in range(first, last):
            lat = latitude[i]
            j0, j1 = columns_within(node, lat, plane, per_radian, columns)
            if j0 >= j1:
                continue
            if plane:
                a, b = np.float32(width * (0.5 * (lat - phi)) ** 2), np.float32(width * cosine**2)
                n0, n1 = np.float32(strength * (lat - phi)), np.float32(0.0)
            else:
                a, b = np.float32(width * sin(0.5 * (lat - phi)) ** 2), np.float32(width * cosine * cos(lat))
                n0, n1 = np.float32(strength * sin(lat - phi)), np.float32(strength * 2.0 * sin(lat) * cosine)
            for j in range(j0, j1):
                h[j] = a + b * half[j]
            if quadrants == 1:
                raise_row(
                    h, lowest, highest, half, sine, tables, fade, ce, n0, n1, me, mn, j0, j1, peaks[layer, i]
                )
            else:
                raise_row_quadrants(
                    h, lowest, highest, half, sine, tables, fade, ce, n0, n1, me, mn, j0, j1, peaks[layer, i]
                )
    for n in range(peaks.shape[0]):
        for i in range(first, last):
            most = peaks[n, i]
            for j in range(columns):
                most[j] = sqrt(most[j])


@njit(nogil=True, cache=True, error_model="numpy", fastmath=_QUICK)
def fused_rows(
    nodes, halves, sines, swirl, radial, base, latitude, slope_east, slope_north, factor, first, last,
    peak, eastward, northward, pressure, rain, lifted,
):  # fmt: skip
    """Fill rows ``first:last``: peak wind, and in the same pass wind and pressure [Pa] at the latest node, and rain [mm].

    ``rain`` and ``lifted`` are sums over the nodes' hours: of the table, and of ``factor`` [mm h-1 per m s-1]
    times the lifting where the wind blows up the slope, tapered with distance. All nodes reach everywhere.
    """
    n, columns, bins = nodes.shape[0], halves.shape[1], radial.shape[2]
    h, part, u, v, value, taper = (
        np.zeros(columns, np.float32),
        np.empty(columns, np.float32),
        np.empty(columns, np.float32),
        np.empty(columns, np.float32),
        np.empty(columns, np.float32),
        np.empty(columns, np.float32),
    )
    at = np.empty(columns, np.uint32)
    for i in range(first, last):
        lat, dry, most = latitude[i], np.float32(0.0), peak[i]
        most[:], rain[i, :], lifted[i, :] = 0.0, 0.0, 0.0
        for k in range(n):
            node = nodes[k]
            place_row(node, lat, False, halves[k], base, bins, 0, columns, h, at, part)
            wind_row(
                node, lat, False, halves[k], sines[k], swirl[k], radial[k, FADE], 0, columns, at, part, u, v
            )
            if node[WITHIN] > 0.0:
                for j in range(columns):
                    most[j] = max(most[j], u[j] * u[j] + v[j] * v[j])
            if node[LATEST] > 0.0:
                look_up_row(radial[k, PRESSURE], 0, columns, at, part, value)
                for j in range(columns):
                    eastward[i, j], northward[i, j], pressure[i, j] = u[j], v[j], value[j]
            if node[HOURS] > 0.0:
                hours, lift = np.float32(node[HOURS]), np.float32(node[HOURS] * factor)
                look_up_row(radial[k, RAIN], 0, columns, at, part, value)
                look_up_row(radial[k, TAPER], 0, columns, at, part, taper)
                for j in range(columns):
                    rain[i, j] += hours * value[j]
                    climb = u[j] * slope_east[i, j] + v[j] * slope_north[i, j]
                    lifted[i, j] += lift * taper[j] * max(climb, dry)
        for j in range(columns):
            most[j] = sqrt(most[j])
