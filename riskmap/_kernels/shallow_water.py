"""Depth-averaged shallow water on an Arakawa C grid: level in the cells, transports on their faces. Imports nothing of ours.

A call advances a band of rows by several steps in buffers of its own, with a halo of one row a step that it computes
twice and throws away: bands need no barrier between the steps, and the result does not depend on their number.

Row 0 is the northernmost. ``east`` (y, x + 1) and ``north`` (y + 1, x) are volume transports per unit width
[m2 s-1] through west and north faces, positive to the east and north.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from numba import njit

_FINITE = {"contract", "nsz", "nnan", "ninf"}  # no NaN comes in; sums keep their order
_ROWS: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy", "_nrt": False}
# Nothing is allocated in the loops, so that no slice of a row needs to be counted: a fifth of the time of narrow seas.

# Rows of the table of open edges: level [m] and transport [m2 s-1] outside, west, east, north, south.
WEST_LEVEL, WEST_FLOW, EAST_LEVEL, EAST_FLOW, NORTH_LEVEL, NORTH_FLOW, SOUTH_LEVEL, SOUTH_FLOW = range(8)


@njit(**_ROWS, fastmath=_FINITE)
def drag(speed, law):
    """Drag coefficient of the sea: ``law`` has the constant, the factors of the speed and its square, and a cap."""
    return max(min(law[0] + speed * (law[1] + speed * law[2]), law[3]), 0.0)


@njit(**_ROWS, fastmath=_FINITE)
def face_depth(level_a, depth_a, level_b, depth_b, least):
    """Depth of water that moves between two cells [m]; <= 0 where none does.

    Their mean where the lower level is over the higher bed, else what the higher level has above that bed.
    """
    sill = min(depth_a, depth_b)
    mean = 0.5 * (level_a + depth_a + level_b + depth_b)
    over = max(level_a, level_b) + sill
    return mean if min(level_a, level_b) + sill > least else over


@njit(**_ROWS, fastmath=_FINITE)
def cube_root(x):
    """Cube root of 0.01 to 12,000 to 1e-6: Halley from the fourth root, no call of the library."""
    y = sqrt(sqrt(x))
    for _ in range(3):
        cube = y * y * y
        y *= (cube + 2.0 * x) / (2.0 * cube + x)
    return y


@njit(**_ROWS)
def shared_span(span, row):
    """First and last + 1 column with water in a row and in the one north of it."""
    return max(span[row - 1, 0], span[row, 0]), min(span[row - 1, 1], span[row, 1])


@njit(**_ROWS, fastmath=_FINITE)
def air_row(air, share, density_ratio, weight, law, along_x, along_y, head):
    """Fill the wind stress over water density [m2 s-2] and the pressure as a head [m] of a row of cells."""
    for j in range(head.shape[0]):
        u = air[0, j] + share * (air[3, j] - air[0, j])
        v = air[1, j] + share * (air[4, j] - air[1, j])
        speed = sqrt(u * u + v * v)
        pull = density_ratio * drag(speed, law) * speed
        along_x[j], along_y[j] = pull * u, pull * v
        head[j] = (air[2, j] + share * (air[5, j] - air[2, j])) / weight


@njit(**_ROWS, fastmath=_FINITE)
def mean_of_two(a, b, out):
    """Fill the mean of two rows."""
    for j in range(out.shape[0]):
        out[j] = 0.5 * (a[j] + b[j])


@njit(**_ROWS, fastmath=_FINITE)
def air_rows(air, share, first, span, density_ratio, weight, law, along, east, north, head):
    """Fill the wind stress of the faces and the head of the cells within ``span``, for the rows from ``first``.

    ``air`` (6, y, x) holds u, v [m s-1] and pressure [Pa] at two instants, ``share`` lies between them.
    """
    for i in range(head.shape[0]):
        a, b = span[first + i, 0], span[first + i, 1]
        if b > a:
            x, y = along[0, i, a:b], along[1, i, a:b]
            air_row(air[:, first + i, a:b], share, density_ratio, weight, law, x, y, head[i, a:b])
            mean_of_two(x[: b - a - 1], x[1:], east[i, a + 1 : b])
    for i in range(1, head.shape[0]):
        a, b = shared_span(span, first + i)
        if b > a:
            mean_of_two(along[1, i - 1, a:b], along[1, i, a:b], north[i, a:b])


@njit(**_ROWS, fastmath=_FINITE)
def friction_row(level_a, depth_a, level_b, depth_b, roughness, gravity, least, along):
    """Fill g n^2 / h^(1/3) of a row of faces."""
    for j in range(along.shape[0]):
        h = face_depth(level_a[j], depth_a[j], level_b[j], depth_b[j], least)
        along[j] = gravity * roughness * roughness / cube_root(max(h, least))


@njit(**_ROWS, fastmath=_FINITE)
def friction_rows(level, depth, first, span, roughness, gravity, least, along_east, along_north):
    """Fill the part of the friction that hardly changes within some steps, of the faces within ``span``."""
    for i in range(level.shape[0]):
        a, b = span[first + i, 0], span[first + i, 1]
        if b > a:
            eta, bed = level[i, a:b], depth[i, a:b]
            n = b - a - 1
            friction_row(
                eta[:n], bed[:n], eta[1:], bed[1:], roughness, gravity, least, along_east[i, a + 1 : b]
            )
    for i in range(1, level.shape[0]):
        a, b = shared_span(span, first + i)
        if b > a:
            friction_row(level[i - 1, a:b], depth[i - 1, a:b], level[i, a:b], depth[i, a:b], roughness, gravity, least,
                         along_north[i, a:b])  # fmt: skip


@njit(**_ROWS, fastmath=_FINITE)
def faces_row(level_a, depth_a, head_a, level_b, depth_b, head_b, least, h, fall):
    """Fill ``face_depth`` of two rows of cells, and the level of a less that of b, neither below the higher bed [m],
    less the same of the pressure's head.

    Rows come as slices that begin at 0, and loops are short with few arrays: so the compiler vectorises them.
    """
    for j in range(h.shape[0]):
        sill = min(depth_a[j], depth_b[j])
        over = max(level_a[j], level_b[j]) + sill
        mean = 0.5 * (level_a[j] + depth_a[j] + level_b[j] + depth_b[j])
        h[j] = mean if min(level_a[j], level_b[j]) + sill > least else over
    for j in range(fall.shape[0]):
        sill = -min(depth_a[j], depth_b[j])
        fall[j] = max(level_a[j], sill) - max(level_b[j], sill) - (head_b[j] - head_a[j])


@njit(**_ROWS, fastmath=_FINITE)
def mean_of_four(a, b, c, d, out):
    """Fill the mean of four rows."""
    for j in range(out.shape[0]):
        out[j] = 0.25 * (a[j] + b[j] + c[j] + d[j])


@njit(**_ROWS, fastmath=_FINITE)
def transport_row(
    q, h, fall, other, rub, pull, level_a, depth_a, level_b, depth_b, most_a, most_b, length, dt, turn, gravity, least
):  # fmt: skip
    """One step of the transports of a row of faces; ``fall`` [m] includes the pressure, ``turn`` has its sign.

    A cell loses at most a quarter of its water through a face, ``most`` [m s-1] its depth: it cannot dry below its bed.
    """
    slope = gravity / length
    for j in range(q.shape[0]):
        ahead = q[j] + dt * (turn * other[j] + h[j] * (slope * fall[j]) + pull[j])
        square = h[j] * h[j]
        new = ahead * square / (square + dt * rub[j] * sqrt(q[j] * q[j] + other[j] * other[j]))
        new = new if h[j] > least else 0.0
        new = min(new, most_a * max(level_a[j] + depth_a[j], 0.0))
        q[j] = max(new, -most_b * max(level_b[j] + depth_b[j], 0.0))


@njit(**_ROWS, fastmath=_FINITE)
def east_row(
    level, depth, q, north_face, south_face, rub, pull, head, a, b, dx, dt, turn, gravity, least, buffer
):
    """One step of the transport through the inner west faces of columns ``a:b`` of a row; ``turn`` [s-1]."""
    if b - a < 2:
        return
    n = b - a - 1
    h, fall, other = buffer[0, :n], buffer[1, :n], buffer[2, :n]
    west, east, bed_w, bed_e = level[a : b - 1], level[a + 1 : b], depth[a : b - 1], depth[a + 1 : b]
    faces_row(west, bed_w, head[a : b - 1], east, bed_e, head[a + 1 : b], least, h, fall)
    mean_of_four(
        north_face[a : b - 1], north_face[a + 1 : b], south_face[a : b - 1], south_face[a + 1 : b], other
    )
    most = 0.25 * dx / dt
    transport_row(
        q[a + 1 : b], h, fall, other, rub[a + 1 : b], pull[a + 1 : b], west, bed_w, east, bed_e, most, most,
        dx, dt, turn, gravity, least,
    )  # fmt: skip


@njit(**_ROWS, fastmath=_FINITE)
def north_row(
    level_n, depth_n, level_s, depth_s, q, east_n, east_s, rub, pull, head_n, head_s,
    a, b, dy, dt, turn, gravity, least, most_n, most_s, buffer,
):  # fmt: skip
    """One step of the transport through a row of inner north faces; ``most`` are the shares a cell may lose [m s-1]."""
    if b <= a:
        return
    n = b - a
    h, fall, other = buffer[0, :n], buffer[1, :n], buffer[2, :n]
    north, south, bed_n, bed_s = level_n[a:b], level_s[a:b], depth_n[a:b], depth_s[a:b]
    faces_row(south, bed_s, head_s[a:b], north, bed_n, head_n[a:b], least, h, fall)
    mean_of_four(east_n[a:b], east_n[a + 1 : b + 1], east_s[a:b], east_s[a + 1 : b + 1], other)
    transport_row(
        q[a:b], h, fall, other, rub[a:b], pull[a:b], south, bed_s, north, bed_n, most_s, most_n,
        dy, dt, -turn, gravity, least,
    )  # fmt: skip


@njit(**_ROWS, fastmath=_FINITE)
def level_row(level, west, east, north_face, south_face, dx, dy, north_width, south_width, dt):
    """One step of the level of a row: what comes in through the four faces, over the area."""
    a, b, c = dt / dx, dt * south_width / (dx * dy), dt * north_width / (dx * dy)
    for j in range(level.shape[0]):
        level[j] += a * (west[j] - east[j]) + b * south_face[j] - c * north_face[j]


@njit(**_ROWS)
def leaving(outside_flow, level, outside_level, depth, gravity, least, most):
    """Transport out of the sea through an open edge [m2 s-1]; Flather (1976), limited by the water that is there."""
    h = level + depth
    if h <= least and outside_level + depth <= least:
        return 0.0
    found = outside_flow + sqrt(gravity * max(h, outside_level + depth)) * (level - outside_level)
    return min(found, most * max(h, 0.0))


@njit(**_ROWS)
def edge_columns(level, depth, east, sides, share, before, after, row, dx, dt, gravity, least):
    """Transports through the west and east edge of a row, where they are open."""
    columns, most = level.shape[0], 0.25 * dx / dt
    if sides[0]:
        outer = before[WEST_LEVEL, row] + share * (after[WEST_LEVEL, row] - before[WEST_LEVEL, row])
        flow = before[WEST_FLOW, row] + share * (after[WEST_FLOW, row] - before[WEST_FLOW, row])
        east[0] = -leaving(-flow, level[0], outer, depth[0], gravity, least, most)
    if sides[1]:
        outer = before[EAST_LEVEL, row] + share * (after[EAST_LEVEL, row] - before[EAST_LEVEL, row])
        flow = before[EAST_FLOW, row] + share * (after[EAST_FLOW, row] - before[EAST_FLOW, row])
        n = columns - 1
        east[columns] = leaving(flow, level[n], outer, depth[n], gravity, least, most)


@njit(**_ROWS)
def edge_faces(level, depth, north, sign, share, before, after, level_row, flow_row, most, gravity, least):
    """Transports through the north (sign 1) or south (sign -1) edge."""
    for j in range(level.shape[0]):
        outer = before[level_row, j] + share * (after[level_row, j] - before[level_row, j])
        flow = before[flow_row, j] + share * (after[flow_row, j] - before[flow_row, j])
        north[j] = sign * leaving(sign * flow, level[j], outer, depth[j], gravity, least, most)


@njit(**_ROWS)
def advance_rows(
    eta, q, p, bed, pull_e, pull_n, head, rub_e, rub_n, a, b, span, dx, width, turn, turn_face, before, after, sides,
    first, last, steps, dy, dt, gravity, least, buffer, gained,
):  # fmt: skip
    """Advance the water of rows ``a:b``; see ``advance_band``, which holds the arrays."""
    rows, columns, n = span.shape[0], eta.shape[1], b - a
    for s in range(steps):
        share = (s + 1.0) / steps
        for i in range(n):
            r = a + i
            east_row(eta[i], bed[i], q[i], p[i], p[i + 1], rub_e[i], pull_e[i], head[i], span[r, 0], span[r, 1],
                     dx[r], dt, turn[r], gravity, least, buffer)  # fmt: skip
            edge_columns(eta[i], bed[i], q[i], sides, share, before, after, r, dx[r], dt, gravity, least)
        for i in range(1, n):
            r = a + i
            lose = 0.25 * dy / (dt * width[r])
            begin, end = shared_span(span, r)
            north_row(
                eta[i - 1], bed[i - 1], eta[i], bed[i], p[i], q[i - 1], q[i], rub_n[i], pull_n[i], head[i - 1], head[i],
                begin, end, dy, dt,
                turn_face[r], gravity, least, lose * dx[r - 1], lose * dx[r], buffer,
            )  # fmt: skip
        if a == 0 and sides[2]:
            edge_faces(eta[0], bed[0], p[0], 1.0, share, before, after, NORTH_LEVEL, NORTH_FLOW,
                       0.25 * dx[0] * dy / (dt * width[0]), gravity, least)  # fmt: skip
        if b == rows and sides[3]:
            edge_faces(eta[n - 1], bed[n - 1], p[n], -1.0, share, before, after, SOUTH_LEVEL, SOUTH_FLOW,
                       0.25 * dx[rows - 1] * dy / (dt * width[rows]), gravity, least)  # fmt: skip
        for i in range(n):
            r = a + i
            c, d = span[r, 0], span[r, 1]
            level_row(eta[i, c:d], q[i, c:d], q[i, c + 1 : d + 1], p[i, c:d], p[i + 1, c:d], dx[r], dy, width[r],
                      width[r + 1], dt)  # fmt: skip
        for i in range(first - a, last - a):
            gained[0] += dt * dy * (q[i, 0] - q[i, columns])
        if first == 0:
            gained[0] -= dt * width[0] * p[0].sum()
        if last == rows:
            gained[0] += dt * width[rows] * p[n].sum()


@njit(nogil=True, cache=True, error_model="numpy")
def advance_band(
    level, east, north, depth, span, dx, width, turn, turn_face, air, air_share, before, after, sides,
    first, last, steps, numbers, law, level_out, east_out, north_out, gained,
):  # fmt: skip
    """Advance rows ``first:last`` by some steps.

    ``span`` (y, 2) are the first and last + 1 column with water, ``width`` (y + 1) [m] and ``turn_face`` the length
    and Coriolis parameter of north faces, ``air`` (6, y, x) u, v, p at two instants, ``before`` and ``after`` the
    tables of the edges, ``sides`` which of west, east, north, south are open, ``law`` see ``drag``. ``gained[0]`` += volume that came
    in through the open edges [m3].
    """
    dy, dt, roughness, gravity, least, density_ratio, water_density = numbers
    rows, columns = level.shape
    a, b = max(0, first - steps - 1), min(rows, last + steps + 1)
    n = b - a
    eta, q, p = level[a:b].copy(), east[a:b].copy(), north[a : b + 1].copy()
    bed = depth[a:b]
    pull_e, pull_n, head = np.zeros((n, columns)), np.zeros((n, columns)), np.empty((n, columns))
    along = np.empty((2, n, columns))
    air_rows(
        air, air_share, a, span, density_ratio, water_density * gravity, law, along, pull_e, pull_n, head
    )
    buffer = np.zeros((3, columns + 1))
    rub_e, rub_n = np.zeros((n, columns + 1)), np.zeros((n + 1, columns))
    friction_rows(eta, bed, a, span, roughness, gravity, least, rub_e, rub_n)
    advance_rows(
        eta, q, p, bed, pull_e, pull_n, head, rub_e, rub_n, a, b, span, dx, width, turn, turn_face, before, after, sides,
        first, last, steps, dy, dt, gravity, least, buffer, gained,
    )  # fmt: skip
    for i in range(first, last):
        k = i - a
        level_out[i], east_out[i], north_out[i] = eta[k], q[k], p[k]
    if last == rows:
        north_out[rows] = p[n]
