"""Parametric rain: R-CLIPER and an upslope term, then the loop. Imports nothing of ours."""

from __future__ import annotations

from math import asin, cos, exp, radians, sin, sqrt

import numpy as np
from numba import njit

LATITUDE, LONGITUDE, V_MAX_KT = range(3)  # columns of the node array


@njit(nogil=True, cache=True, error_model="numpy")
def rcliper(r, vmax_kt):
    """Rain rate [mm h-1] at ``r`` [km] for a maximum 1-min wind [kt]; Tuleya et al. (2007), Table 2, NHC."""
    u = 1.0 + (vmax_kt - 35.0) / 33.0
    t0 = max(-1.10 + 3.96 * u, 0.0)
    tm = max(-1.60 + 4.80 * u, 0.0)
    rm = max(64.5 - 13.0 * u, 10.0)
    re = max(150.0 - 16.0 * u, 30.0)
    inches_per_day = t0 + (tm - t0) * r / rm if r < rm else tm * exp(-(r - rm) / re)
    return inches_per_day * 25.4 / 24.0


@njit(nogil=True, cache=True, error_model="numpy")
def upslope(u, v, slope_east, slope_north, r, factor, near, far):
    """Rain rate [mm h-1] from air lifted by terrain at ``r`` [km] from the centre.

    ``factor`` is efficiency x density ratio x specific humidity in mm h-1 per m s-1 of lifting. The slope is
    tapered with distance as in TCR: 0.6 near the centre falling to 0.2 outside.
    """
    lift = u * slope_east + v * slope_north
    if lift <= 0.0:
        return 0.0
    return factor * lift * min(max((far - r) / (far - near), 0.2), 0.6)


@njit(nogil=True, cache=True, error_model="numpy")
def rain_rows(
    nodes,
    latitude,
    longitude,
    u,
    v,
    slope_east,
    slope_north,
    factor,
    near,
    far,
    earth_radius,
    first,
    last,
    base,
    lifted,
):
    """Fill rows ``first:last`` with mean rates [mm h-1] over the nodes of one hour.

    ``base`` is R-CLIPER, ``lifted`` the upslope term where the drops form.
    """
    n, columns = nodes.shape[0], longitude.shape[0]
    across = np.empty((n, columns))  # sin^2 of half the longitude between centre and column
    for k in range(n):
        for j in range(columns):
            across[k, j] = sin(0.5 * radians(longitude[j] - nodes[k, LONGITUDE])) ** 2
    for i in range(first, last):
        lat = radians(latitude[i])
        for j in range(columns):
            base[i, j] = lifted[i, j] = 0.0
        for k in range(n):
            phi = radians(nodes[k, LATITUDE])
            along, both = sin(0.5 * (lat - phi)) ** 2, cos(phi) * cos(lat)
            for j in range(columns):  # C order: columns inside
                r = 2e-3 * earth_radius * asin(min(1.0, sqrt(along + both * across[k, j])))
                base[i, j] += rcliper(r, nodes[k, V_MAX_KT]) / n
                lifted[i, j] += (
                    upslope(u[i, j], v[i, j], slope_east[i, j], slope_north[i, j], r, factor, near, far) / n
                )
