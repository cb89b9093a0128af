"""TCR, a physical model of typhoon rain: vertical velocity at a point, then the loop. Imports nothing of ours.

Zhu et al. (2013), GRL 40, 6225; Lu et al. (2018), JAS 75, 2337. What depends on the radius alone comes in as a table.
"""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

import numpy as np
from numba import njit

# Columns of the node array, one row an instant. A kernel file is an island, so its caller reads these names.
LATITUDE, LONGITUDE, EAST_MOTION, NORTH_MOTION, EAST_SHEAR, NORTH_SHEAR = range(6)
N_NODE = 6

# Columns of a radial table: wind [m s-1]; r^2 V / (dM/dr) [m2]; stretching [m s-1]; rise per outward shear [1]; share
# of the slope that counts [1]
WIND, REACH, STRETCHING, TILT, SHARE = range(5)


@njit(nogil=True, cache=True, error_model="numpy")
def looked_up(table, step, r, column):
    """Value of one column at ``r`` [m], linear between rows; zero beyond the table."""
    x = max(r, 0.0) / step
    n = int(x)
    if n >= table.shape[0] - 1:
        return 0.0
    part = x - n
    return table[n, column] * (1.0 - part) + table[n + 1, column] * part


@njit(nogil=True, cache=True, error_model="numpy")
def frictional_flux(table, step, r, along, square, drag):
    """r^2 |stress| / (dM/dr) [m3 s-1] at ``r``, the stress with the storm's motion added to the wind.

    ``along`` is the motion [m s-1] in the direction of the vortex wind, ``square`` its square in full.
    """
    wind = looked_up(table, step, r, WIND)
    net = sqrt(max(wind * wind + 2.0 * wind * along + square, 0.0))
    return looked_up(table, step, r, REACH) * drag * net


@njit(nogil=True, cache=True, error_model="numpy")
def rising(
    r, east, north, spin, node, table, step, half, drag, drag_east, drag_north, most_drag, u, v, slope_east,
    slope_north,
):  # fmt: skip
    """Vertical velocity [m s-1] at ``r`` [m] in the unit direction (east, north) from the centre, cooling left out.

    Friction is a difference over ``r +- half``, where the drag is carried along its gradient [m-1].
    """
    if (
        r + half >= (table.shape[0] - 1) * step
    ):  # the end of the vortex is no edge that air rises or sinks along
        return 0.0
    x, y = node[EAST_MOTION], node[NORTH_MOTION]
    along, square = spin * (east * y - north * x), x * x + y * y
    change = half * (drag_east * east + drag_north * north)
    outer = frictional_flux(table, step, r + half, along, square, min(max(drag + change, 0.0), most_drag))
    inner = frictional_flux(table, step, r - half, along, square, min(max(drag - change, 0.0), most_drag))
    friction = (outer - inner) / (2.0 * half * max(r, half))
    shear = looked_up(table, step, r, TILT) * (east * node[EAST_SHEAR] + north * node[NORTH_SHEAR])
    lift = (u * slope_east + v * slope_north) * looked_up(table, step, r, SHARE)
    return friction + looked_up(table, step, r, STRETCHING) + shear + lift


@njit(nogil=True, cache=True, error_model="numpy")
def rate(w, factor, fastest, sinking):
    """Rain rate [mm h-1]: ``factor`` [mm h-1 per m s-1] times what rises, up to ``fastest``, less the sinking."""
    return factor * max(min(w, fastest) - sinking, 0.0)


@njit(nogil=True, cache=True, error_model="numpy")
def tcr_rows(
    nodes, tables, factors, step, half, latitude, longitude, u, v, drag, drag_east, drag_north, most_drag,
    slope_east, slope_north, fastest, sinking, earth_radius, first, last, out,
):  # fmt: skip
    """Fill rows ``first:last`` of ``out`` with the mean rate [mm h-1] over the nodes; a table and a factor a node."""
    n, columns = nodes.shape[0], longitude.shape[0]
    across = np.empty((n, columns))  # sin^2 of half the longitude between centre and column
    for k in range(n):
        for j in range(columns):
            across[k, j] = sin(0.5 * radians(longitude[j] - nodes[k, LONGITUDE])) ** 2
    for i in range(first, last):
        lat = radians(latitude[i])
        cosine = cos(lat)
        for j in range(columns):
            out[i, j] = 0.0
        for k in range(n):
            node, table = nodes[k], tables[k]
            phi = radians(node[LATITUDE])
            spin = 1.0 if phi >= 0.0 else -1.0
            dy = lat - phi
            up, both = sin(0.5 * dy) ** 2, cos(phi) * cosine
            for j in range(columns):  # C order: columns inside
                r = 2.0 * earth_radius * asin(min(1.0, sqrt(up + both * across[k, j])))
                dx = cosine * radians(longitude[j] - node[LONGITUDE])
                scale = 1.0 / max(sqrt(dx * dx + dy * dy), 1e-12)
                w = rising(
                    r, dx * scale, dy * scale, spin, node, table, step, half, drag[i, j], drag_east[i, j],
                    drag_north[i, j], most_drag, u[i, j], v[i, j], slope_east[i, j], slope_north[i, j],
                )  # fmt: skip
                out[i, j] += rate(w, factors[k], fastest, sinking) / n
