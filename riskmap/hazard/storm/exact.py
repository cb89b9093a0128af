"""Holland's vortex cell by cell in float64, and the same by tables: what the engine's tables are measured against.

Here stands too what makes another program's field again: its own distances, its own share of the motion, no inflow.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.grid import EARTH_RADIUS
from riskmap.hazard.storm.vortex import FARTHEST, table_bins

Numbers = NDArray[np.float64]
Metric = Literal["great_circle", "plane"]


def holland_nodes(
    *,
    latitude: Any,
    longitude: Any,
    radius_of_maximum_wind: Any,
    shape: Any,
    square: Any,
    coriolis: Any = 0.0,
    spin: Any = 1.0,
    eastward_motion: Any = 0.0,
    northward_motion: Any = 0.0,
    taken: Any = 0.0,
) -> Numbers:
    """Node array of ``_kernels.wind``, one row an instant, from numbers or arrays (node,).

    Speed is ``sqrt(square y e^-y + (rf/2)^2) - rf/2 - taken min(1, R/r)`` with ``y = (R/r)^shape``.

    Parameters
    ----------
    latitude, longitude : [degrees]
    radius_of_maximum_wind : [m]
    shape : Holland's B.
    square : [m2 s-2]
        B dp / rho, or (V^2 + V R f) e for a given maximum V.
    coriolis : [s-1]
        Its size; 0 leaves the rotation out, as Holland (2008) does.
    spin : 1 on the northern, -1 on the southern hemisphere.
    eastward_motion, northward_motion : [m s-1]
        Added to the vortex with the share min(1, R/r).
    taken : [m s-1]
        Taken off the vortex with that share; 0 where ``square`` is that of the still vortex.
    """
    columns = (
        latitude, longitude, radius_of_maximum_wind, shape, square, coriolis, spin,
        eastward_motion, northward_motion, taken,
    )  # fmt: skip
    return np.column_stack([np.ravel(c) for c in np.broadcast_arrays(*map(np.atleast_1d, columns))]).astype(
        np.float64
    )


def exact_peak(
    nodes: Numbers,
    latitude: Numbers,
    longitude: Numbers,
    *,
    metric: Metric = "great_circle",
    earth_radius: float = EARTH_RADIUS,
    reach: float = np.inf,
    inflow: bool = True,
) -> Numbers:
    """Largest wind speed [m s-1] over the nodes, each cell computed by itself, float64 (y, x).

    Parameters
    ----------
    nodes : float64 (node, column)
        See ``holland_nodes``.
    latitude, longitude : float64 (y,), (x,)
        Of the cell centres [degrees].
    metric : 'great_circle' or 'plane'
        ``plane`` takes differences of degrees with the cosine of the node's latitude.
    earth_radius : float
        [m]
    reach : float
        Distance [m] beyond which a node does not count.
    inflow : bool
        Bretschneider's inflow angle, or none.
    """
    from riskmap._kernels import wind as kernel

    peak = np.empty((len(latitude), len(longitude)))
    code = kernel.PLANE if metric == "plane" else kernel.GREAT_CIRCLE

    def rows(first: int, last: int) -> None:
        kernel.peak_rows(
            nodes, latitude, longitude, code, earth_radius, min(reach, np.pi * earth_radius), inflow,
            first, last, peak,
        )  # fmt: skip

    run_rows(rows, len(latitude))
    return peak


def table_peak(
    nodes: Numbers,
    latitude: Numbers,
    longitude: Numbers,
    *,
    metric: Metric = "great_circle",
    earth_radius: float = EARTH_RADIUS,
    reach: float = np.inf,
    inflow: bool = True,
) -> NDArray[np.float32]:
    """As ``exact_peak``, by the radial tables that the engine uses.

    Parameters
    ----------
    nodes, metric, earth_radius, reach, inflow
        See ``exact_peak``.
    latitude, longitude : float64 (y,), (x,)
        Of the cell centres [degrees]; longitudes evenly spaced.
    """
    from riskmap._kernels import swath as kernel

    swirl, radial = _tables(nodes, metric, earth_radius, inflow=inflow)
    rows = np.zeros((len(nodes), kernel.N_COLUMNS))
    step = float(longitude[1] - longitude[0])
    rows[:, kernel.LATITUDE] = np.radians(nodes[:, 0])
    rows[:, kernel.COLUMN] = (nodes[:, 1] - longitude[0]) / step
    rows[:, kernel.EAST], rows[:, kernel.NORTH] = nodes[:, 7], nodes[:, 8]
    rows[:, kernel.TABLE], rows[:, kernel.STRENGTH] = np.arange(len(nodes)), 1.0
    away = np.radians(longitude[None, :] - nodes[:, 1:2])
    half = 0.5 * min(reach / earth_radius, np.pi)
    core = 0.5 * nodes[:, 2] / earth_radius
    if metric == "plane":
        rows[:, kernel.REACH], rows[:, kernel.WIDTH] = half * half, core**-2.0
        halves, sines = (0.5 * away) ** 2, away
    else:
        rows[:, kernel.REACH], rows[:, kernel.WIDTH] = np.sin(half) ** 2, np.sin(core) ** -2.0
        halves, sines = np.sin(0.5 * away) ** 2, np.sin(away)
    halves, sines = halves.astype(np.float32), sines.astype(np.float32)
    peak = np.zeros((len(latitude), len(longitude)), np.float32)
    base, phi = table_bins()[0], np.radians(latitude)

    def fill(first: int, last: int) -> None:
        kernel.swath_rows(
            rows, halves, sines, swirl, radial, base, metric == "plane", 1.0 / np.radians(step), phi,
            first, last, peak[None],
        )  # fmt: skip

    run_rows(fill, len(latitude))
    return peak


TOGETHER: Final = 8
"""Nodes whose tables are made at once: their numbers stay in the cache, and no page is asked of the system."""


def _tables(
    nodes: Numbers, metric: Metric, earth_radius: float, *, inflow: bool
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Tables of all nodes, (node, 1, 2, bin) and (node, 1, bin)."""
    bins = len(table_bins()[1])
    swirl, fade = np.empty((len(nodes), 1, 2, bins), np.float32), np.empty((len(nodes), 1, bins), np.float32)
    for k in range(0, len(nodes), TOGETHER):
        part = slice(k, k + TOGETHER)
        swirl[part], fade[part] = _some_tables(nodes[part], metric, earth_radius, inflow=inflow)
    return swirl, fade


def _some_tables(
    nodes: Numbers, metric: Metric, earth_radius: float, *, inflow: bool
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Tables of some nodes, (node, 1, 2, bin) and (node, 1, bin)."""
    root = np.sqrt(table_bins()[1])  # r / R on the plane
    if metric == "plane":
        radius = nodes[:, 2:3] * root
        sine = radius / earth_radius
    else:
        half = np.arcsin(
            np.minimum(np.sin(0.5 * nodes[:, 2:3] / earth_radius) * root, np.sin(0.5 * FARTHEST))
        )
        radius, sine = 2.0 * earth_radius * half, np.sin(2.0 * half)
    _, _, core, shape, square, coriolis, spin, _, _, taken = (column[:, None] for column in nodes.T)
    ratio = core / radius
    y = np.minimum(ratio**shape, 400.0)  # of more the exponential is 0 here, and numbers near 1e-308 are slow
    turn = 0.5 * coriolis * radius
    fade = np.minimum(1.0, ratio)
    speed = (np.sqrt(square * y * np.exp(-y) + turn * turn) - turn - fade * taken) / sine
    swirl = np.zeros((len(nodes), 1, 2, radius.shape[1]), np.float32)
    if inflow:
        s = 1.0 / ratio
        angle = np.radians(np.where(s <= 1.0, 10.0 * (1.0 + s), np.minimum(25.0 * s - 5.0, 25.0)))
        swirl[:, 0, 0], swirl[:, 0, 1] = speed * spin * np.cos(angle), speed * np.sin(angle)
    else:
        swirl[:, 0, 0] = speed * spin
    return swirl, fade[:, None].astype(np.float32)
