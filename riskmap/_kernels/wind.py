"""Holland's vortex without tables: every cell's own exponentials, float64. What the tables are measured against.

Imports nothing of ours.
"""

from __future__ import annotations

from math import asin, cos, exp, log, radians, sin, sqrt

import numpy as np
from numba import njit

# Columns of the node array, one row an instant: degrees, m, 1, m2 s-2, s-1, +-1, m s-1.
LATITUDE, LONGITUDE, RADIUS, SHAPE, SQUARE, CORIOLIS, SPIN, EAST, NORTH, TAKEN = range(10)
N_COLUMNS = 10

GREAT_CIRCLE, PLANE = 0, 1
COS_25, SIN_25 = cos(radians(25.0)), sin(radians(25.0))  # the inflow beyond 1.2 R


@njit(nogil=True, cache=True, error_model="numpy")
def gradient_wind(r, radius, shape, square, coriolis):
    """Wind speed [m s-1] at ``r`` [m]; Holland (1980): sqrt(square y e^-y + (rf/2)^2) - rf/2, y = (R/r)^B."""
    y = exp(shape * log(radius / r))
    turn = 0.5 * r * coriolis
    return sqrt(square * y * exp(-y) + turn * turn) - turn


@njit(nogil=True, cache=True, error_model="numpy")
def inflow_angle(r, radius):
    """Angle [degrees] by which surface wind turns into the storm; Bretschneider (1972)."""
    s = r / radius
    if s <= 1.0:
        return 10.0 * (1.0 + s)
    return min(25.0 * s - 5.0, 25.0)


@njit(nogil=True, cache=True, error_model="numpy")
def offset(lat, lon, node, metric, metre):
    """Distance [m] from the node's centre to a point [radians], and the unit direction east and north.

    ``metre`` is the length of a radian. ``PLANE`` takes the degrees as they are, with the cosine of the centre.
    """
    phi, lam = radians(node[LATITUDE]), radians(node[LONGITUDE])
    if metric == PLANE:
        east, north = metre * (lon - lam) * cos(phi), metre * (lat - phi)
        r = sqrt(east * east + north * north)
        scale = 1.0 / max(r, 1e-9)
        return r, east * scale, north * scale
    half = sin(0.5 * (lon - lam)) ** 2
    h = sin(0.5 * (lat - phi)) ** 2 + cos(phi) * cos(lat) * half
    east = cos(phi) * sin(lon - lam)
    north = sin(lat - phi) - 2.0 * sin(lat) * cos(phi) * half
    scale = 1.0 / max(sqrt(east * east + north * north), 1e-15)
    return 2.0 * metre * asin(min(1.0, sqrt(h))), east * scale, north * scale


@njit(nogil=True, cache=True, error_model="numpy")
def square_speed(r, east, north, node, inflow):
    """Square of the wind speed [m2 s-2] at ``r`` [m] in a unit direction: the vortex and its share of the motion."""
    radius = node[RADIUS]
    fade = min(1.0, radius / r)
    speed = gradient_wind(r, radius, node[SHAPE], node[SQUARE], node[CORIOLIS]) - fade * node[TAKEN]
    along = node[SPIN] * (east * node[NORTH] - north * node[EAST])
    if inflow:
        c, s = COS_25, SIN_25
        if r < 1.2 * radius:
            angle = radians(inflow_angle(r, radius))
            c, s = cos(angle), sin(angle)
        along = c * along - s * (east * node[EAST] + north * node[NORTH])
    motion = node[EAST] * node[EAST] + node[NORTH] * node[NORTH]
    return speed * speed + fade * fade * motion + 2.0 * speed * fade * along


# Constants of the exponential and the logarithm below.
LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = (
    0.6931471803691238,
    1.9082149292705877e-10,
)  # their sum is ln 2; the first times 2^11 is exact
WHOLE = 6755399441055744.0  # 1.5 * 2^52: added, it leaves the nearest whole number in the lowest bits
ROOT_HALF = np.int64(0x3FE6A09E667F3BCD)  # bits of sqrt(1/2)
MANTISSA = np.int64(52)
LEAST = -700.0  # exp of less is 0 for our purposes, and its bits would not be a number


@njit(nogil=True, cache=True, error_model="numpy")
def exp_row(x, whole, out, m):
    """Exponential of the first ``m`` numbers in (-708, 709): Taylor's series within ln 2 / 2, to 2e-16.

    Without a call in the loop, the compiler computes several at once; the library's is called for one at a time.
    """
    for j in range(m):
        t = x[j] * LOG2_E + WHOLE
        whole[j] = t
        k = t - WHOLE
        r = x[j] - k * LN2_HIGH - k * LN2_LOW
        p = 1.0 / 6227020800.0
        p = p * r + 1.0 / 479001600.0
        p = p * r + 1.0 / 39916800.0
        p = p * r + 1.0 / 3628800.0
        p = p * r + 1.0 / 362880.0
        p = p * r + 1.0 / 40320.0
        p = p * r + 1.0 / 5040.0
        p = p * r + 1.0 / 720.0
        p = p * r + 1.0 / 120.0
        p = p * r + 1.0 / 24.0
        p = p * r + 1.0 / 6.0
        p = p * r + 0.5
        p = p * r + 1.0
        out[j] = p * r + 1.0
    powers, bits = whole.view(np.int64), out.view(np.int64)
    for j in range(m):
        bits[j] += powers[j] << MANTISSA


@njit(nogil=True, cache=True, error_model="numpy")
def log_row(x, scratch, out, m):
    """Natural logarithm of the first ``m`` positive numbers: the series of artanh around 1, to 4e-16 of its size."""
    bits, parts = x.view(np.int64), scratch.view(np.int64)
    for j in range(m):
        e = (bits[j] - ROOT_HALF) >> MANTISSA
        parts[j] = bits[j] - (e << MANTISSA)
        out[j] = float(e)
    for j in range(m):
        s = (scratch[j] - 1.0) / (scratch[j] + 1.0)
        q = s * s
        p = 1.0 / 21.0
        p = p * q + 1.0 / 19.0
        p = p * q + 1.0 / 17.0
        p = p * q + 1.0 / 15.0
        p = p * q + 1.0 / 13.0
        p = p * q + 1.0 / 11.0
        p = p * q + 1.0 / 9.0
        p = p * q + 1.0 / 7.0
        p = p * q + 1.0 / 5.0
        p = p * q + 1.0 / 3.0
        p = p * q + 1.0
        out[j] = out[j] * LN2_HIGH + (2.0 * s * p + out[j] * LN2_LOW)


@njit(nogil=True, cache=True, error_model="numpy")
def cells_within(node, lat, metric, metre, reach, widest, sines, halves, at, r, east, north):
    """Columns of a row within the node's reach, side by side: distance [m] and direction of each; their number."""
    phi = radians(node[LATITUDE])
    m = 0
    if metric == PLANE:
        up = metre * (lat - phi)
        if abs(up) > reach:
            return 0
        for j in range(sines.shape[0]):
            aside = metre * sines[j]
            square = aside * aside + up * up
            if 1.0 < square <= reach * reach:
                at[m], r[m], east[m], north[m] = j, square, aside, up
                m += 1
        for j in range(m):
            r[j] = sqrt(r[j])
        return m
    along, both, cosine = sin(0.5 * (lat - phi)) ** 2, cos(phi) * cos(lat), cos(phi)
    north_0, north_1 = sin(lat - phi), 2.0 * sin(lat) * cosine
    if along > widest:
        return 0
    for j in range(sines.shape[0]):
        h = along + both * halves[j]
        if h <= widest:
            at[m], r[m] = j, max(2.0 * metre * asin(sqrt(h)), 1.0)
            east[m], north[m] = cosine * sines[j], north_0 - north_1 * halves[j]
            m += 1
    return m


@njit(nogil=True, cache=True, error_model="numpy")
def square_speeds(m, r, east, north, node, inflow, x, y, z, out):
    """As ``square_speed`` for the first ``m`` cells of a row, in loops without calls; ``x, y, z`` are scratch."""
    for j in range(m):
        x[j] = r[j] * r[j]
    log_row(x, z, y, m)
    radius, shape, square, coriolis = node[RADIUS], node[SHAPE], node[SQUARE], node[CORIOLIS]
    top = 2.0 * log(radius)
    for j in range(m):
        x[j] = 0.5 * shape * (top - y[j])
    exp_row(x, out, y, m)
    for j in range(m):
        x[j] = max(x[j] - y[j], LEAST)
    exp_row(x, out, z, m)
    me, mn, spin, taken = node[EAST], node[NORTH], node[SPIN], node[TAKEN]
    for j in range(m):
        turn = 0.5 * r[j] * coriolis
        x[j] = min(1.0, radius / r[j])
        out[j] = sqrt(square * z[j] + turn * turn) - turn - x[j] * taken
        scale = 1.0 / max(sqrt(east[j] * east[j] + north[j] * north[j]), 1e-15)
        y[j] = spin * scale * (east[j] * mn - north[j] * me)
        z[j] = scale * (east[j] * me + north[j] * mn)
    if inflow:
        for j in range(m):
            c, s = COS_25, SIN_25
            if r[j] < 1.2 * radius:
                angle = radians(inflow_angle(r[j], radius))
                c, s = cos(angle), sin(angle)
            y[j] = c * y[j] - s * z[j]
    motion = me * me + mn * mn
    for j in range(m):
        out[j] = out[j] * out[j] + x[j] * (x[j] * motion + 2.0 * out[j] * y[j])


@njit(nogil=True, cache=True, error_model="numpy")
def peak_rows(nodes, latitude, longitude, metric, metre, reach, inflow, first, last, peak):
    """Fill rows ``first:last`` of ``peak``: largest wind speed [m s-1] over the nodes, within 1 m to ``reach`` [m]."""
    n, columns = nodes.shape[0], longitude.shape[0]
    sines, halves = np.empty((n, columns)), np.empty((n, columns))
    for k in range(n):
        for j in range(columns):
            away = radians(longitude[j] - nodes[k, LONGITUDE])
            sines[k, j] = away * cos(radians(nodes[k, LATITUDE])) if metric == PLANE else sin(away)
            halves[k, j] = sin(0.5 * away) ** 2
    # sin^2 of half the reach, as an angle: what lies beyond needs no root
    widest = sin(min(0.5 * reach / metre, 1.5)) ** 2
    at = np.empty(columns, np.int64)
    r, east, north, out = np.ones(columns), np.ones(columns), np.ones(columns), np.ones(columns)
    x, y, z = np.ones(columns), np.ones(columns), np.ones(columns)
    for i in range(first, last):
        lat, most = radians(latitude[i]), peak[i]
        most[:] = 0.0
        for k in range(n):
            m = cells_within(
                nodes[k], lat, metric, metre, reach, widest, sines[k], halves[k], at, r, east, north
            )
            square_speeds(m, r, east, north, nodes[k], inflow, x, y, z, out)
            for j in range(m):
                most[at[j]] = max(most[at[j]], out[j])
        for j in range(columns):
            most[j] = sqrt(most[j])
