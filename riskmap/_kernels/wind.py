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
    for i in range(first, last):
        lat = radians(latitude[i])
        for j in range(columns):
            peak[i, j] = 0.0
        for k in range(n):
            node = nodes[k]
            phi = radians(node[LATITUDE])
            north_0, north_1 = sin(lat - phi), 2.0 * sin(lat) * cos(phi)
            along, both = sin(0.5 * (lat - phi)) ** 2, cos(phi) * cos(lat)
            if metric == PLANE:
                if metre * abs(lat - phi) > reach:
                    continue
            elif along > widest:
                continue
            for j in range(columns):
                if metric == PLANE:
                    east, north = metre * sines[k, j], metre * (lat - phi)
                    square = east * east + north * north
                    if square > reach * reach or square <= 1.0:
                        continue
                    r = sqrt(square)
                    scale = 1.0 / r
                else:
                    h = along + both * halves[k, j]
                    if h > widest:
                        continue
                    r = max(2.0 * metre * asin(sqrt(h)), 1.0)
                    east, north = both / cos(lat) * sines[k, j], north_0 - north_1 * halves[k, j]
                    scale = 1.0 / max(sqrt(east * east + north * north), 1e-15)
                speed = square_speed(r, east * scale, north * scale, node, inflow)
                peak[i, j] = max(peak[i, j], speed)
        for j in range(columns):
            peak[i, j] = sqrt(max(peak[i, j], 0.0))
