"""Quasi-static surge: inverse barometer and wind set-up along the fetch. Imports nothing of ours."""

from __future__ import annotations

from math import cos, isnan, nan, radians, sqrt

from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def drag(speed, cap):
    """Drag coefficient of the sea; Garratt (1977), capped."""
    return min(1e-3 * (0.75 + 0.067 * speed), cap)


@njit(nogil=True, cache=True, error_model="numpy")
def bilinear(field, row, column):
    """Value of ``field`` between cell centres; NaN outside."""
    i, j = int(row), int(column)
    if row < 0.0 or column < 0.0 or i + 1 >= field.shape[0] or j + 1 >= field.shape[1]:
        return nan
    a, b = row - i, column - j
    top = field[i, j] * (1.0 - b) + field[i, j + 1] * b
    bottom = field[i + 1, j] * (1.0 - b) + field[i + 1, j + 1] * b
    return top * (1.0 - a) + bottom * a


@njit(nogil=True, cache=True, error_model="numpy")
def nearest(field, row, column):
    """Value of the cell that holds the point; NaN outside.

    Depth is never mixed between cells: one hill on an island would make a dry coast of the sea around it.
    """
    i, j = int(row + 0.5), int(column + 0.5)
    if row < -0.5 or column < -0.5 or i >= field.shape[0] or j >= field.shape[1]:
        return nan
    return field[i, j]


@njit(nogil=True, cache=True, error_model="numpy")
def set_up(
    latitude,
    longitude,
    depth,
    u,
    v,
    north,
    west,
    dlat,
    dlon,
    step,
    reach,
    reach_to_sea,
    depth_floor,
    air_density,
    water_density,
    gravity,
    drag_cap,
    metres_per_degree,
):
    """Water level [m] piled up at one coastal point by wind over its upwind fetch.

    Marches upwind from the point to the end of the water, then integrates d(eta) = tau dx / (rho g (h + eta))
    back to the coast with the stress of each place projected on the fetch.
    """
    row0, column0 = (north - latitude) / dlat, (longitude - west) / dlon
    uu, vv = bilinear(u, row0, column0), bilinear(v, row0, column0)
    speed = sqrt(uu * uu + vv * vv)
    if isnan(speed):
        return nan
    if speed < 0.1:
        return 0.0
    ex, ey = uu / speed, vv / speed  # unit vector of the wind; the fetch runs against it
    per_row = step / (metres_per_degree * dlat)
    per_column = step / (metres_per_degree * cos(radians(latitude)) * dlon)

    # Upwind to the end of the water. An island shorter than reach_to_sea does not end the fetch: water goes round.
    first, last = -1, 0
    for k in range(1, int(reach / step) + 1):
        h = nearest(depth, row0 + k * ey * per_row, column0 - k * ex * per_column)
        if isnan(h):
            break  # the chart ends
        if h > 0.0:
            if first < 0:
                first = k
            last = k
        elif (k - last) * step > reach_to_sea:
            break
    if first < 0:
        return 0.0  # the wind comes off the land

    eta = 0.0
    for k in range(last, first - 1, -1):
        row, column = row0 + k * ey * per_row, column0 - k * ex * per_column
        h = nearest(depth, row, column)
        if h <= 0.0:
            continue
        uk, vk = bilinear(u, row, column), bilinear(v, row, column)
        if isnan(uk):
            continue  # the outer half of the chart's last cell has a depth but no wind
        speed = sqrt(uk * uk + vk * vk)
        stress = air_density * drag(speed, drag_cap) * speed * (uk * ex + vk * ey)
        eta += stress * step / (water_density * gravity * max(h + eta, depth_floor))
    return eta


@njit(nogil=True, cache=True, error_model="numpy")
def set_up_points(
    latitudes,
    longitudes,
    depth,
    u,
    v,
    north,
    west,
    dlat,
    dlon,
    step,
    reach,
    reach_to_sea,
    depth_floor,
    air_density,
    water_density,
    gravity,
    drag_cap,
    metres_per_degree,
    out,
):
    """``set_up`` for every point."""
    for n in range(latitudes.shape[0]):
        out[n] = set_up(
            latitudes[n],
            longitudes[n],
            depth,
            u,
            v,
            north,
            west,
            dlat,
            dlon,
            step,
            reach,
            reach_to_sea,
            depth_floor,
            air_density,
            water_density,
            gravity,
            drag_cap,
            metres_per_degree,
        )
