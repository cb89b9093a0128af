"""Parametric vortex: scalar physics, then the loop over cells and sub-steps. Imports nothing of ours."""

from __future__ import annotations

from math import asin, cos, exp, log, nan, radians, sin, sqrt

from numba import njit

# Columns of the node array, one row a sub-step. A kernel file is an island, so its caller reads these names.
LATITUDE, LONGITUDE, V_MAX, R_MAX, P_CENTRE, P_ENVIRONMENT, EAST_MOTION, NORTH_MOTION, SHAPE_B, X_OUTER = (
    range(10)
)
N_COLUMNS = 10

HOLLAND_1980, HOLLAND_2010 = 0, 1


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
def holland_2010(r, vmax, rmax, b, x_outer, r_outer):
    """Wind speed [m s-1] at ``r`` [m]; Holland, Belanger and Fritz (2010), eqs 6 and 10."""
    x = 0.5
    if r > rmax:
        x += (r - rmax) * (x_outer - 0.5) / max(r_outer - rmax, 1.0)
        x = max(x, 0.4)
    y = (rmax / r) ** b
    return vmax * (y * exp(1.0 - y)) ** x


@njit(nogil=True, cache=True, error_model="numpy")
def inflow_angle(r, rmax):
    """Angle [degrees] by which surface wind turns into the storm; Bretschneider (1972)."""
    s = r / rmax
    if s <= 1.0:
        return 10.0 * (1.0 + s)
    return min(25.0 * s - 5.0, 25.0)


@njit(nogil=True, cache=True, error_model="numpy")
def surface_wind(lat, lon, node, profile, r_outer, earth_radius, omega):
    """Wind over open water at a point [radians]: east, north [m s-1], sea-level pressure [Pa]."""
    phi, lam = radians(node[LATITUDE]), radians(node[LONGITUDE])
    rmax = node[R_MAX]
    r = max(distance(phi, lam, lat, lon, earth_radius), 1.0)
    x = (rmax / r) ** node[SHAPE_B]
    pressure = node[P_CENTRE] + (node[P_ENVIRONMENT] - node[P_CENTRE]) * exp(-x)

    # The reported maximum includes the storm's own motion: take it off the vortex, add it as a vector.
    # It is never more than half of the maximum, or a fast weak storm would lose its vortex.
    moving = sqrt(node[EAST_MOTION] ** 2 + node[NORTH_MOTION] ** 2)
    keep = min(1.0, 0.5 * node[V_MAX] / max(moving, 1e-9))
    vmax = node[V_MAX] - keep * moving
    if profile == HOLLAND_1980:
        speed = holland_1980(r, vmax, rmax, node[SHAPE_B], 2.0 * omega * abs(sin(phi)))
    else:
        speed = holland_2010(r, vmax, rmax, node[SHAPE_B], node[X_OUTER], r_outer)
    speed = max(speed, 0.0)

    # Unit vector from the centre to the point, on the local plane of the point.
    east = cos(lat) * (lon - lam)
    north = lat - phi
    length = max(sqrt(east * east + north * north), 1e-12)
    east, north = east / length, north / length
    spin = 1.0 if phi >= 0 else -1.0
    turn = radians(inflow_angle(r, rmax))
    c, s = cos(turn), sin(turn)
    fade = keep * min(1.0, rmax / r)
    u = speed * (-spin * north * c - east * s) + fade * node[EAST_MOTION]
    v = speed * (spin * east * c - north * s) + fade * node[NORTH_MOTION]
    return u, v, pressure


@njit(nogil=True, cache=True, error_model="numpy")
def wind_rows(nodes, latitude, longitude, profile, r_outer, earth_radius, omega, first, last, u, v, p, peak):
    """Fill rows ``first:last``: ``u, v, p`` at the last sub-step, ``peak`` the largest speed over all."""
    n = nodes.shape[0]
    for i in range(first, last):
        lat = radians(latitude[i])
        for j in range(longitude.shape[0]):  # C order: columns inside
            lon = radians(longitude[j])
            best = 0.0
            uu = vv = pp = 0.0
            for k in range(n):
                uu, vv, pp = surface_wind(lat, lon, nodes[k], profile, r_outer, earth_radius, omega)
                best = max(best, uu * uu + vv * vv)
            u[i, j], v[i, j], p[i, j] = uu, vv, pp
            peak[i, j] = sqrt(best)


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
