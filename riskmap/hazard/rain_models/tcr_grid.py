"""TCR on a grid: what depends on the radius alone goes into a table, the rest is one pass over the cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.errors import DataError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.rain_models.tcr import (
    HALF_STEP,
    LAND_DRAG,
    MOST_DRAG,
    SEA_DRAG,
    SHEAR_FACTOR,
    Profile,
    inflow_reach,
    shear_tilt,
    tcr_stretching,
)
from riskmap.hazard.rain_models.tcr_rate import FASTEST, SINKING, rain_factor
from riskmap.hazard.rain_models.upslope import EFFICIENCY, slope_share
from riskmap.terrain.relief import half_window, window_mean

TABLE_STEP: Final = 500.0
"""[m]; a quarter of the step of differences."""

FARTHEST: Final = 300e3
"""TCR ends here [m], as in the ports (S there): its friction along a coast grows with distance, without bound."""

DRAG_LENGTH: Final = 25e3
"""Air adjusts to a coast over some distance: drag is a mean over windows of this side [m], taken twice, as a drag on cells of
a quarter degree read linearly is in the ports (status D)."""

Fields = NDArray[np.float32]
Slopes = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class TcrNode:
    """A storm at one instant.

    Attributes
    ----------
    latitude, longitude : float
        Of the centre [degrees].
    table : float array (radius, 5)
        See ``tcr_table``.
    specific_humidity : float
        [kg kg-1]
    motion, shear : (float, float)
        Of the storm, and wind at 200 less wind at 850 hPa around it: eastward, northward [m s-1].
    """

    latitude: float
    longitude: float
    table: NDArray[np.float64]
    specific_humidity: float
    motion: tuple[float, float] = (0.0, 0.0)
    shear: tuple[float, float] = (0.0, 0.0)


def tcr_table(
    profile: Profile, *, latitude: float, radius_of_maximum_wind: float, tendency: Profile | None = None,
    shear_factor: float = SHEAR_FACTOR,
) -> NDArray[np.float64]:  # fmt: skip
    """What TCR needs of a vortex, every ``TABLE_STEP`` from the centre to ``FARTHEST``.

    Parameters
    ----------
    profile : callable
        Distances [m] -> tangential wind [m s-1].
    latitude : float
        [degrees]
    radius_of_maximum_wind : float
        [m]
    tendency : callable, optional
        Distances [m] -> change of that wind [m s-2]; a steady vortex without.
    shear_factor : float
        See ``riskmap.hazard.rain_models.tcr.SHEAR_FACTOR`` [s2 m-1].

    Returns
    -------
    float64 (radius, 5)
        Wind [m s-1], r^2 V / (dM/dr) [m2], stretching [m s-1], ascent per outward shear [1], share of the slope
        that counts [1].

    Raises
    ------
    DataError
        An absurd argument, by name.

    Examples
    --------
    >>> table = tcr_table(lambda r: 40.0 * 40e3 / (40e3 + r), latitude=29, radius_of_maximum_wind=40e3)
    >>> table.shape, float(table[80, 0])
    ((601, 5), 20.0)
    """
    r = np.arange(0.0, FARTHEST + 0.5 * TABLE_STEP, TABLE_STEP)
    wind = np.asarray(profile(r), float)
    stretching = np.zeros(r.shape)
    if tendency is not None:
        stretching = tcr_stretching(
            r, profile=profile, tendency=tendency, latitude=latitude,
            radius_of_maximum_wind=radius_of_maximum_wind,
        )  # fmt: skip
    tilt = shear_tilt(r, profile=profile, latitude=latitude, factor=shear_factor)
    reach = inflow_reach(r, profile=profile, latitude=latitude)
    return np.column_stack([wind, reach * wind, stretching, tilt, slope_share(r)])


def surface_drag(land: NDArray[np.bool_], grid: Grid) -> NDArray[np.float64]:
    """Drag coefficient of the ground around each cell, ``SEA_DRAG`` to ``LAND_DRAG``; shape (y, x).

    Parameters
    ----------
    land : bool array (y, x)

    Examples
    --------
    >>> grid = Grid.from_bounds(west=120, south=29, east=121, north=30, step=0.02)
    >>> drag = surface_drag(np.arange(50) < np.full((50, 1), 25), grid)
    >>> float(drag[0, 0]), round(float(drag[0, 24]), 6), round(float(drag[0, 49]), 6)
    (0.003, 0.002318, 0.0015)
    """
    half = half_window(grid, DRAG_LENGTH)
    share = window_mean(window_mean(np.asarray(land, np.float64), half), half)
    return SEA_DRAG + (LAND_DRAG - SEA_DRAG) * np.clip(share, 0.0, 1.0)


def tcr_grid_rate(
    nodes: Sequence[TcrNode],
    grid: Grid,
    u: Fields,
    v: Fields,
    *,
    slope: Slopes,
    drag: NDArray[np.float64],
    efficiency: float = EFFICIENCY,
) -> Fields:
    """Mean rain rate over some instants [mm h-1], which over one hour is its rain in mm; float32, shape (y, x).

    Parameters
    ----------
    nodes : sequence of TcrNode
        The storm at the middles of equal steps.
    grid : Grid
    u, v : float32 (y, x)
        Wind at the top of the boundary layer, motion included [m s-1]: what climbs the slopes.
    slope : pair of float arrays (y, x)
        See ``riskmap.terrain.relief.lifting_slope``.
    drag : float array (y, x)
        See ``surface_drag``.
    efficiency : float
        See ``tcr_rain_rate``.

    Raises
    ------
    DataError
        No nodes, tables of different lengths, or a field off the grid.

    References
    ----------
    Lu et al. (2018), JAS 75, 2337, eqs 6-14; see ``riskmap.hazard.rain_models.tcr``.
    """
    from riskmap._kernels import tcr as kernel

    _require_fields(nodes, grid, u, v, *slope, drag)
    rows = np.empty((len(nodes), kernel.N_NODE))
    for k, node in enumerate(nodes):
        rows[k] = (node.latitude, node.longitude, *node.motion, *node.shear)
    # the kernel takes differences of longitude as they are: bring the storm to the grid's side of 180 degrees
    rows[:, kernel.LONGITUDE] += 360.0 * np.round((grid.longitude.mean() - rows[:, kernel.LONGITUDE]) / 360.0)
    tables = np.stack([node.table for node in nodes])
    factors = np.array([rain_factor(node.specific_humidity, efficiency) for node in nodes])
    drag_east, drag_north = _gradient(drag, grid)
    out = np.empty(grid.shape, np.float32)
    latitude, longitude = grid.latitude, grid.longitude

    def block(first: int, last: int) -> None:
        kernel.tcr_rows(
            rows, tables, factors, TABLE_STEP, HALF_STEP, latitude, longitude, u, v, drag, drag_east, drag_north,
            MOST_DRAG, slope[0], slope[1], FASTEST,
            SINKING, EARTH_RADIUS, first, last, out,
        )  # fmt: skip

    run_rows(block, grid.shape[0])
    return out


def _gradient(field: NDArray[np.float64], grid: Grid) -> Slopes:
    """Change of a field eastwards and northwards, per metre."""
    per_row = np.radians(-grid.transform.e) * EARTH_RADIUS
    per_column = np.radians(grid.transform.a) * EARTH_RADIUS * np.cos(np.radians(grid.latitude))
    return np.gradient(field, axis=1) / per_column[:, None], -np.gradient(field, axis=0) / per_row


def _require_fields(nodes: Sequence[TcrNode], grid: Grid, *fields: NDArray[np.floating]) -> None:
    shapes = {field.shape for field in fields}
    if not nodes or len({node.table.shape for node in nodes}) != 1 or shapes != {grid.shape}:
        raise DataError(
            "TCR's inputs do not fit together", where="tcr_grid_rate",
            expected=f"one node or more with tables of one shape, fields of shape {grid.shape}",
            found=f"{len(nodes)} nodes, fields of {sorted(shapes)}", remedy="make all on one grid",
        )  # fmt: skip
