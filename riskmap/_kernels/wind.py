"""Parametric vortex: scalar physics, then the loop over cells and sub-steps. Imports nothing of ours."""

from __future__ import annotations

from math import asin, cos, exp, log, nan, radians, sin, sqrt

import numpy as np
from numba import njit

# Columns of the node array, one row a sub-step. A kernel file is an island, so its caller reads these names.
LATITUDE, LONGITUDE, V_MAX, R_MAX, P_CENTRE, P_ENVIRONMENT, EAST_MOTION, NORTH_MOTION, SHAPE_B, X_OUTER = (
    range(10)
)
N_COLUMNS = 10

HOLLAND_1980, HOLLAND_2010 = 0, 1
COS_25, SIN_25 = cos(radians(25.0)), sin(radians(25.0))  # the inflow beyond 1.2 rmax


@njit(nogil=True, cache=True, error_model="numpy")
def distance(lat1, lon1, lat2, lon2, earth_radius):
    """Great-circle distance [m] between two points [radians]; haversine."""
    a = sin(0.5 * (lat2 - lat1)) ** 2 + cos(lat1) * cos(lat2) * sin(0.5 * (lon2 - lon1)) ** 2
    return 2.0 * earth_radius * asin(min(1.0, sqrt(a)))


@njit(nogil=True, cache=True, error_model="numpy")
def holland_1980(r, vmax, rmax, b, f):
    """Wind speed [m s-1] at ``r`` [m], gradient balance with rotation, scaled so that V(rmax) = vmax.

    Holland (1980): V = sqrt(K x e^-x + (rf/2)^2) - rf/2, x = (rmax/r)^b; K is chosen here from vmax.
    """
    half = 0.5 * rmax * f
    k = ((vmax + half) ** 2 - half * half) * exp(1.0)
    x = (rmax / r) ** b
    turn = 0.5 * r * f
    return sqrt(k * x * exp(-x) + turn * turn) - turn


@njit(nogil=True, cache=True, error_model="numpy")
def holland_2010_power(r, rmax, x_outer, r_outer):
    """Exponent x at ``r`` [m]: 0.5 inside rmax, then a straight line through ``x_outer`` at ``r_outer``, >= 0.4."""
    if r <= rmax:
        return 0.5
    return max(0.5 + (r - rmax) * (x_outer - 0.5) / max(r_outer - rmax, 1.0), 0.4)


@njit(nogil=True, cache=True, error_model="numpy")
def holland_2010(r, vmax, rmax, b, x_outer, r_outer):
    """Wind speed [m s-1] at ``r`` [m]; Holland, Belanger and Fritz (2010), eqs 6 and 10."""
    y = (rmax / r) ** b
    return vmax * (y * exp(1.0 - y)) ** holland_2010_power(r, rmax, x_outer, r_outer)


@njit(nogil=True, cache=True, error_model="numpy")
def inflow_angle(r, rmax):
    """Angle [degrees] by which surface wind turns into the storm; Bretschneider (1972)."""
    s = r / rmax
    if s <= 1.0:
        return 10.0 * (1.0 + s)
    return min(25.0 * s - 5.0, 25.0)


@njit(nogil=True, cache=True, error_model="numpy")
def still_vortex(node, omega):
    """What one node gives for every cell: vortex maximum, share of motion kept, balance constant, f, spin.

    The reported maximum includes the storm's own motion: take it off the vortex, add it as a vector. It is
    never more than half of the maximum, or a fast weak storm would lose its vortex.
    """
    phi = radians(node[LATITUDE])
    moving = sqrt(node[EAST_MOTION] ** 2 + node[NORTH_MOTION] ** 2)
    keep = min(1.0, 0.5 * node[V_MAX] / max(moving, 1e-9))
    vmax = node[V_MAX] - keep * moving
    f = 2.0 * omega * abs(sin(phi))
    half = 0.5 * node[R_MAX] * f
    balance = ((vmax + half) ** 2 - half * half) * exp(1.0)
    return vmax, keep, balance, f, 1.0 if phi >= 0 else -1.0


@njit(nogil=True, cache=True, error_model="numpy")
def wind_around(r, east, north, node, vmax, keep, balance, f, spin, profile, r_outer):
    """Wind [m s-1] and pressure [Pa] at ``r`` [m] in the unit direction (east, north) from the centre."""
    rmax = node[R_MAX]
    x = (rmax / r) ** node[SHAPE_B]
    fading = exp(-x)
    pressure = node[P_CENTRE] + (node[P_ENVIRONMENT] - node[P_CENTRE]) * fading
    if profile == HOLLAND_1980:
        turn = 0.5 * r * f
        speed = max(sqrt(balance * x * fading + turn * turn) - turn, 0.0)
    else:
        power = holland_2010_power(r, rmax, node[X_OUTER], r_outer)
        speed = vmax * (x * fading * exp(1.0)) ** power
    if r < 1.2 * rmax:
        inflow = radians(inflow_angle(r, rmax))
        c, s = cos(inflow), sin(inflow)
    else:
        c, s = COS_25, SIN_25
    fade = keep * min(1.0, rmax / r)
    u = speed * (-spin * north * c - east * s) + fade * node[EAST_MOTION]
    v = speed * (spin * east * c - north * s) + fade * node[NORTH_MOTION]
    return u, v, pressure


@njit(nogil=True, cache=True, error_model="numpy")
def surface_wind(lat, lon, node, profile, r_outer, earth_radius, omega):
    """Wind over open water at a point [radians]: east, north [m s-1], sea-level pressure [Pa]."""
    phi, lam = radians(node[LATITUDE]), radians(node[LONGITUDE])
    r = max(distance(phi, lam, lat, lon, earth_radius), 1.0)
    # unit vector from the centre to the point, on the local plane of the point
    east, north = cos(lat) * (lon - lam), lat - phi
    length = max(sqrt(east * east + north * north), 1e-12)
    vmax, keep, balance, f, spin = still_vortex(node, omega)
    return wind_around(r, east / length, north / length, node, vmax, keep, balance, f, spin, profile, r_outer)


@njit(nogil=True, cache=True, error_model="numpy")
def wind_rows(nodes, latitude, longitude, profile, r_outer, earth_radius, omega, first, last, u, v, p, peak):
    """Fill rows ``first:last``: ``u, v, p`` at the last sub-step, ``peak`` the largest speed over all.

    The same as ``surface_wind`` of every cell, with what depends on the column or the row alone taken out of
    the inner loop: sines and cosines were half of its time.
    """
    n, columns = nodes.shape[0], longitude.shape[0]
    across = np.empty((n, columns))  # sin^2 of half the longitude between centre and column
    for k in range(n):
        lam = radians(nodes[k, LONGITUDE])
        for j in range(columns):
            across[k, j] = sin(0.5 * (radians(longitude[j]) - lam)) ** 2
    for i in range(first, last):
        lat = radians(latitude[i])
        cosine = cos(lat)
        for j in range(columns):
            peak[i, j] = 0.0
        for k in range(n):
            node = nodes[k]
            phi, lam = radians(node[LATITUDE]), radians(node[LONGITUDE])
            vmax, keep, balance, f, spin = still_vortex(node, omega)
            north = lat - phi
            along, both = sin(0.5 * north) ** 2, cos(phi) * cosine
            for j in range(columns):  # C order: columns inside
                half = sqrt(min(1.0, along + both * across[k, j]))
                r = max(2.0 * earth_radius * asin(half), 1.0)
                east = cosine * (radians(longitude[j]) - lam)
                scale = 1.0 / max(sqrt(east * east + north * north), 1e-12)
                uu, vv, pp = wind_around(
                    r, east * scale, north * scale, node, vmax, keep, balance, f, spin, profile, r_outer
                )
                peak[i, j] = max(peak[i, j], sqrt(uu * uu + vv * vv))
                if k == n - 1:
                    u[i, j], v[i, j], p[i, j] = uu, vv, pp


@njit(nogil=True, cache=True, error_model="numpy")
def outer_exponent(vmax, v_outer, rmax, r_outer, b):
    """Exponent x_n at ``r_outer`` from an observed outer wind; Holland et al. (2010), eq. 10."""
    y = (rmax / r_outer) ** b
    return log(v_outer / vmax) / log(y * exp(1.0 - y))


@njit(nogil=True, cache=True, error_model="numpy")
def circle_radii(nodes, speeds, azimuths, step, reach, profile, r_outer, earth_radius, omega, out):
    """Largest radius [m] at which wind reaches each of ``speeds``, per node and azimuth; NaN where never.

    ``out`` is (node, speed, azimuth); ``azimuths`` [radians] clockwise from north.
    """
    for k in range(nodes.shape[0]):
        phi, lam = radians(nodes[k, LATITUDE]), radians(nodes[k, LONGITUDE])
        for a in range(azimuths.shape[0]):
            for s in range(speeds.shape[0]):
                out[k, s, a] = nan
            for n in range(1, int(reach / step) + 1):
                r = n * step
                lat = phi + r * cos(azimuths[a]) / earth_radius
                lon = lam + r * sin(azimuths[a]) / (earth_radius * cos(lat))
                u, v, _ = surface_wind(lat, lon, nodes[k], profile, r_outer, earth_radius, omega)
                speed = sqrt(u * u + v * v)
                for s in range(speeds.shape[0]):
                    if speed >= speeds[s]:
                        out[k, s, a] = r
