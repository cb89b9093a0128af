"""What CLIMADA 6.1.0 gives for ``model="H08"``, slowly and plainly: the twin of the compatibility mode.

Formulas: Holland (1980), MWR 108, 1212, eq. 4, with the b of Holland (2008), MWR 136, 3432, eq. 11; motion by
Mouton and Nordbeck (2005). The conventions are the peer's, found by comparing numbers, and kept where we would not
choose them: status S for "its output is reproduced to 1e-12 m/s" (``sample.csv``), which says nothing on their truth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.climada.case import DEGREE, REACH, Case

Numbers = NDArray[np.float64]

THRESHOLD = 17.5
"""Slower peaks are given as 0 [m s-1]."""
DENSITY = 1.15
ROTATION = 7.29e-5
FASTEST = 30.0 * 1852.0 / 3600.0
"""Motion is shortened to this [m s-1]."""
PRESSURES = (872.0, 940.0, 980.0, 1021.0)
RADII = (14.907318, 15.726927, 25.742142, 56.856522)
"""Radius of maximum wind [nm] at those central pressures [hPa]; straight between, constant outside."""
B_BOUNDS = (1.0 * 0.9**2, 2.5 * 0.9**2)


@dataclass(frozen=True, eq=False)
class Vortices:
    """One vortex a node, SI, shape (node,)."""

    rmax: Numbers
    deficit: Numbers
    b: Numbers
    f: Numbers
    east: Numbers
    north: Numbers
    spin: float


def vortices(case: Case) -> Vortices:
    """Parameters of each node; motion and tendency look back one node, the first node has neither."""
    lat, lon, n = case.latitude, case.longitude, len(case.time)
    pc = np.minimum(case.central_pressure, case.environmental_pressure)
    deficit = np.maximum(case.environmental_pressure - pc, np.spacing(1.0) / 100.0)
    hours = np.diff(case.time) / 3600.0
    east, north, tendency = np.zeros(n), np.zeros(n), np.zeros(n)
    north[1:] = DEGREE * np.diff(lat) / (3600.0 * hours)
    east[1:] = (
        DEGREE * np.diff(lon) * np.cos(np.radians(lat[:-1])) / (3600.0 * hours)
    )  # cosine of the node before
    tendency[1:] = np.where(pc[:-1] < 850.0, 0.0, np.diff(pc) / hours)
    speed = np.hypot(east, north)
    shorter = np.minimum(1.0, FASTEST / np.maximum(speed, 1e-12))
    speed = speed * shorter
    x = 0.6 * (1.0 - deficit / 215.0)
    b = -4.4e-5 * deficit**2 + 0.01 * deficit + 0.03 * tendency - 0.014 * np.abs(lat) + 0.15 * speed**x + 1.0
    return Vortices(
        rmax=1852.0 * np.interp(pc, PRESSURES, RADII),
        deficit=100.0 * deficit,
        b=np.clip(b, *B_BOUNDS),
        f=2.0 * ROTATION * np.sin(np.radians(np.abs(lat))),
        east=east * shorter,
        north=north * shorter,
        spin=-1.0 if (lat < 0).sum() > (lat > 0).sum() else 1.0,
    )


def peak(
    case: Case,
    *,
    threshold: float = THRESHOLD,
    latitude: Numbers | None = None,
    longitude: Numbers | None = None,
) -> Numbers:
    """Peak wind [m s-1] over all nodes but the first, shape (y, x), or that of the points given.

    Parameters
    ----------
    case : Case
    threshold : float
        Slower peaks become 0 [m s-1].
    latitude, longitude : array (point,), optional
        Points [degrees] instead of the grid's cells.
    """
    if latitude is None or longitude is None:
        latitude, longitude = np.meshgrid(case.grid.latitude, case.grid.longitude, indexing="ij")
    storm = vortices(case)
    found = np.zeros(latitude.shape)
    for k in range(1, len(case.time)):
        north = DEGREE * (latitude - case.latitude[k])
        east = DEGREE * np.cos(np.radians(case.latitude[k])) * (longitude - case.longitude[k])
        r = np.hypot(east, north)
        near = (r > 1.0) & (r <= REACH)
        r, east, north = r[near], east[near] / r[near], north[near] / r[near]
        y = (storm.rmax[k] / r) ** storm.b[k]
        turn = 0.5 * r * storm.f[k]
        fade = np.minimum(1.0, storm.rmax[k] / r)
        speed = np.sqrt(storm.b[k] / DENSITY * storm.deficit[k] * y * np.exp(-y) + turn**2) - turn
        speed -= fade * np.hypot(storm.east[k], storm.north[k])  # may turn negative, and stays so
        u = -storm.spin * north * speed + fade * storm.east[k]
        v = storm.spin * east * speed + fade * storm.north[k]
        found[near] = np.maximum(found[near], np.hypot(u, v))
    return np.where(found < threshold, 0.0, found)
