"""Three tanks in series, cell by cell: loops of the soil-water index. Imports nothing of ours.

Water in the tanks is in mm, rates in 1/h. ``tanks`` is (a1, a2, a3, a4, b1, b2, b3, l1, l2, l3, l4): side outlets,
bottom outlets, heights of the side outlets [mm].
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True, error_model="numpy")
def tank_rates(s1, s2, s3, rain, a1, a2, a3, a4, b1, b2, b3, l1, l2, l3, l4):
    """Change of the three tanks [mm h-1] under a rain rate [mm h-1]."""
    nil = 0.0
    down1, down2 = b1 * s1, b2 * s2
    d1 = rain - down1 - a1 * max(s1 - l1, nil) - a2 * max(s1 - l2, nil)
    d2 = down1 - down2 - a3 * max(s2 - l3, nil)
    d3 = down2 - b3 * s3 - a4 * max(s3 - l4, nil)
    return d1, d2, d3


@njit(nogil=True, cache=True, error_model="numpy")
def impossible_rows(rain, first, last):
    """How many cells of rows ``first:last`` hold negative or infinite rain; NaN is none."""
    found = 0
    for i in range(first, last):
        row = rain[i]
        for j in range(row.shape[0]):
            found += (row[j] < 0) | (row[j] == np.inf)
    return found


@njit(nogil=True, cache=True, error_model="numpy")
def explicit_rows(rain, s1, s2, s3, tanks, first, last):
    """One explicit step of rows ``first:last``, in place: every flow is that of the step's start.

    ``tanks`` is of the type of the water; its rates are shares of a step, and 1 - b1, 1 - b2, 1 - b3 stand behind.
    """
    a1, a2, a3, a4 = tanks[0], tanks[1], tanks[2], tanks[3]
    b1, b2 = tanks[4], tanks[5]
    l1, l2, l3, l4 = tanks[7], tanks[8], tanks[9], tanks[10]
    keep1, keep2, keep3 = tanks[11], tanks[12], tanks[13]
    nil = np.float32(0)
    for i in range(first, last):
        r, x, y, z = rain[i], s1[i], s2[i], s3[i]
        for j in range(r.shape[0]):
            p, q, w = x[j], y[j], z[j]
            x[j] = keep1 * p - a1 * max(p - l1, nil) - a2 * max(p - l2, nil) + r[j]
            y[j] = keep2 * q - a3 * max(q - l3, nil) + b1 * p
            z[j] = keep3 * w - a4 * max(w - l4, nil) + b2 * q


@njit(nogil=True, cache=True, error_model="numpy")
def fine_step(rate, x, y, z, h, a1, a2, a3, a4, b1, b2, b3, l1, l2, l3, l4):
    """One step of ``h`` hours of Runge and Kutta (fourth order), in place, a row at a time."""
    for j in range(x.shape[0]):
        r, s1, s2, s3 = rate[j], x[j], y[j], z[j]
        p1, q1, w1 = tank_rates(s1, s2, s3, r, a1, a2, a3, a4, b1, b2, b3, l1, l2, l3, l4)
        p2, q2, w2 = tank_rates(
            s1 + 0.5 * h * p1, s2 + 0.5 * h * q1, s3 + 0.5 * h * w1,
            r, a1, a2, a3, a4, b1, b2, b3, l1, l2, l3, l4,
        )  # fmt: skip
        p3, q3, w3 = tank_rates(
            s1 + 0.5 * h * p2, s2 + 0.5 * h * q2, s3 + 0.5 * h * w2,
            r, a1, a2, a3, a4, b1, b2, b3, l1, l2, l3, l4,
        )  # fmt: skip
        p4, q4, w4 = tank_rates(
            s1 + h * p3, s2 + h * q3, s3 + h * w3, r, a1, a2, a3, a4, b1, b2, b3, l1, l2, l3, l4
        )
        x[j] = s1 + h / 6.0 * (p1 + 2.0 * p2 + 2.0 * p3 + p4)
        y[j] = s2 + h / 6.0 * (q1 + 2.0 * q2 + 2.0 * q3 + q4)
        z[j] = s3 + h / 6.0 * (w1 + 2.0 * w2 + 2.0 * w3 + w4)


@njit(nogil=True, cache=True, error_model="numpy")
def fine_rows(rain, s1, s2, s3, tanks, hours, steps, first, last):
    """One step of ``hours`` of rows ``first:last``, in place: ``steps`` of Runge and Kutta, the rain spread evenly."""
    h = hours / steps
    a1, a2, a3, a4 = tanks[0], tanks[1], tanks[2], tanks[3]
    b1, b2, b3 = tanks[4], tanks[5], tanks[6]
    l1, l2, l3, l4 = tanks[7], tanks[8], tanks[9], tanks[10]
    columns = rain.shape[1]
    rate, x, y, z = np.empty(columns), np.empty(columns), np.empty(columns), np.empty(columns)
    for i in range(first, last):
        for j in range(columns):
            rate[j] = np.float64(rain[i, j]) / hours
            x[j], y[j], z[j] = s1[i, j], s2[i, j], s3[i, j]
        for _ in range(steps):
            fine_step(rate, x, y, z, h, a1, a2, a3, a4, b1, b2, b3, l1, l2, l3, l4)
        for j in range(columns):
            s1[i, j], s2[i, j], s3[i, j] = x[j], y[j], z[j]


@njit(nogil=True, cache=True, error_model="numpy")
def index_rows(s1, s2, s3, out, first, last):
    """Water in the three tanks together [mm], rows ``first:last``."""
    for i in range(first, last):
        x, y, z, o = s1[i], s2[i], s3[i], out[i]
        for j in range(x.shape[0]):
            o[j] = x[j] + y[j] + z[j]
