"""The surface of a grid, built once, and the wind of an hour over it.

What the ground does depends on where the wind comes from: a coast is open to the sea on one side, a ridge stands
across one wind and along another. Eight directions are kept (docs/adr/0009); where the direction of a peak is not
known, the most exposed counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.averaging import gust_factor
from riskmap.blocks import run_rows
from riskmap.errors import DataError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.surface.formulas import (
    AT_SEA,
    EXPOSURES,
    GENTLE_SLOPE,
    HEIGHT,
    LAND_ROUGHNESS,
    MOST_MULTIPLIER,
    SEA_ROUGHNESS,
    STEEP_SLOPE,
    Numbers,
    exposure_of,
    roughness_lengths,
    roughness_ratio,
)
from riskmap.terrain.relief import half_window, window_mean

FETCH: Final = 3e3
"""The wind at 10 m forgets the ground upwind over this distance [m], e-folding (status D): most of the change
happens within 1 to 3 km of a coast (M)."""

FETCH_REACH: Final = 12e3
"""[m]; ground further upwind no longer counts (status D): 2 % of the weight."""

SECTORS: Final = 8
"""Wind directions that are looked at, from north, clockwise."""

KNOWN_DIRECTION: Final = 0.9
"""The wind at the end of an hour shows the direction of the hour's peak where it is at least this share of it
(status D); where it is less, the core has passed and the wind has turned."""

LEAST_HEIGHT: Final = 10.0
"""Height [m] below which a rise is no hill; Geoscience Australia's public use of the standard has the same."""

HILL_REACH: Final = 10e3
"""A hill's foot and its effect are looked for within this distance [m] (status D)."""

LEAST_STEP: Final = 500.0
"""The ground along the wind is looked at no more often than every so many metres (status D)."""

RELIEF_CELL: Final = 2316.0
"""Cell of the bundled relief [m], 1/48 degree. On a finer grid it is a staircase, and every stair would pass for a
hill: taken as it came, the land's mean factor rose from 0.819 at 0.02 degrees to 0.863 at 0.005."""


@dataclass(frozen=True, eq=False)
class Surface:
    """Factors from the wind over open water to that over the ground, shape (y, x).

    Attributes
    ----------
    mean : float32
        Mean wind at 10 m over that over open water, in the most exposed wind direction.
    gust : float32
        3 s gust over that mean, for one averaging period; ``mean * gust`` is the largest gust of any direction.
    exposure : int8
        Index into ``EXPOSURES``: the class that sets the gust.
    mean_by_direction, gust_by_direction : float32, shape (8, y, x)
        Mean wind, and 3 s gust, over the mean wind over open water, for wind from north, north-east and so on:
        the largest of that direction and its two neighbours, since the wind turns within an hour and inland.
    source : str
        What the factors rest on.
    """

    mean: NDArray[np.float32]
    gust: NDArray[np.float32]
    exposure: NDArray[np.int8]
    mean_by_direction: NDArray[np.float32]
    gust_by_direction: NDArray[np.float32]
    source: str


def surface_of(
    grid: Grid,
    *,
    land: NDArray[np.bool_],
    altitude: NDArray[np.floating] | None = None,
    roughness: NDArray[np.floating] | None = None,
    relief_cell: float = RELIEF_CELL,
    period: int,
) -> Surface:
    """The surface of a grid, once for all hours.

    Parameters
    ----------
    grid : Grid
    land : bool, shape (y, x)
    altitude : float, shape (y, x), optional
        ``surface_altitude`` [m], NaN over the sea: hills and ridges raise the mean wind. None: flat.
    roughness : float, shape (y, x), optional
        Roughness length [m], NaN where unknown; counts on land only. ``LAND_ROUGHNESS`` where not given.
    relief_cell : float
        Cell [m] of the relief that ``altitude`` was read from: ground is not looked at more often than that.
    period : int
        Averaging period of the mean wind [s], as of the track.

    Raises
    ------
    DataError
        Shapes that differ from the grid's.
    UnitsError
        A roughness that is no length in metres, or a period without gust factors.

    References
    ----------
    See ``roughness_ratio``, ``hill_multiplier``, ``exposure_of`` and ``riskmap.averaging.gust_factor``.

    Examples
    --------
    >>> grid = Grid.from_bounds(west=120, south=29, east=121, north=30, step=0.02)
    >>> inland = surface_of(grid, land=np.ones(grid.shape, bool), period=120)
    >>> round(float(inland.mean[9, 9]), 3), float(inland.gust[9, 9]), EXPOSURES[inland.exposure[9, 9]]
    (0.797, 1.5499999523162842, 'in_land')
    """
    for name, field in (("land", land), ("altitude", altitude), ("roughness", roughness)):
        if field is not None and np.shape(field) != grid.shape:
            raise DataError(
                "a field on another grid", where=f"surface_of, {name}", expected=f"shape {grid.shape}",
                found=str(np.shape(field)), remedy="read it onto the run's grid",
            )  # fmt: skip
    ashore = np.asarray(land, np.bool_)
    z0 = _roughness(ashore, roughness)
    ground = None if altitude is None else np.where(ashore, np.nan_to_num(altitude, nan=0.0), 0.0)
    if ground is not None:  # a coarse relief on a fine grid: the mean over its cell makes slopes of stairs
        ground = window_mean(ground, half_window(grid, relief_cell))
    distance = _land_distance(ashore, grid)
    factors = np.array([gust_factor(name, period=period) for name in EXPOSURES])
    mean, gust = np.zeros((2, SECTORS, *grid.shape), np.float32)
    exposures = np.zeros((SECTORS, *grid.shape), np.int8)

    def between(share: Numbers) -> Numbers:
        return np.asarray(np.log(SEA_ROUGHNESS) + share * np.log(LAND_ROUGHNESS / SEA_ROUGHNESS))

    for sector in range(SECTORS):
        steps = _upwind(grid, 2.0 * np.pi * sector / SECTORS)
        upwind = _fetch_mean(ashore.astype(np.float64), grid, steps)
        # two lengths alone: their mean is told by the share of land
        logs = between(upwind) if roughness is None else _fetch_mean(np.log(z0), grid, steps)
        here = roughness_ratio(np.exp(logs))
        if ground is not None:
            here = here * np.where(ashore, _hills(ground, grid, steps, relief_cell), 1.0)
        exposures[sector] = exposure_of(ashore, upwind_land=upwind, distance=distance)
        mean[sector], gust[sector] = here, here * factors[exposures[sector]]
    gustiest = gust.argmax(axis=0)[None]
    most = mean.max(axis=0)
    words = [
        f"roughness of land {'as read' if roughness is not None else f'{LAND_ROUGHNESS:g} m'}",
        f"of the sea {SEA_ROUGHNESS:g} m",
        "no hills" if ground is None else "hills of the relief",
        f"{SECTORS} wind directions",
    ]
    return Surface(
        most,
        gust.max(axis=0) / most,
        np.take_along_axis(exposures, gustiest, axis=0)[0],
        _widened(mean),
        _widened(gust),
        ", ".join(words),
    )


def surface_wind(
    peak: NDArray[np.float32],
    surface: Surface,
    *,
    eastward: NDArray[np.floating] | None = None,
    northward: NDArray[np.floating] | None = None,
) -> dict[str, NDArray[np.float32]]:
    """Mean and gust as they blow over sea and land.

    Parameters
    ----------
    peak : float32, shape (y, x)
        Peak wind of an hour over open water [m s-1], in the averaging period of ``surface``.
    eastward, northward : float, shape (y, x), optional
        Wind over open water at the end of the hour [m s-1], for its direction. Without it, and where it is less
        than 0.9 of the peak, the most exposed direction counts.

    Returns
    -------
    dict
        ``wind_speed`` and ``wind_speed_of_gust`` (3 s) [m s-1].
    """
    mean, gust = surface.mean, surface.mean * surface.gust
    if eastward is not None and northward is not None:
        eighths = np.arctan2(-eastward, -northward) / (2.0 * np.pi / SECTORS)
        sector = np.rint(np.nan_to_num(eighths)).astype(np.int8)[None] % np.int8(SECTORS)
        known = np.hypot(eastward, northward) >= KNOWN_DIRECTION * peak
        mean, gust = (
            np.where(known, np.take_along_axis(field, sector, axis=0)[0], most)
            for field, most in ((surface.mean_by_direction, mean), (surface.gust_by_direction, gust))
        )
    return {"wind_speed": peak * mean, "wind_speed_of_gust": peak * gust}


def _widened(field: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest of each direction and its two neighbours."""
    out = field.copy()
    for sector in range(SECTORS):
        for beside in (sector - 1, (sector + 1) % SECTORS):
            np.maximum(out[sector], field[beside], out=out[sector])
    return out


def _roughness(land: NDArray[np.bool_], roughness: NDArray[np.floating] | None) -> Numbers:
    """Length [m] on every cell: the sea's at sea, never smoother than it on land, the default where unknown."""
    if roughness is None:
        return np.where(land, LAND_ROUGHNESS, SEA_ROUGHNESS)
    given = np.asarray(roughness, np.float64)
    known = land & np.isfinite(given)
    roughness_lengths(given[known], "roughness")
    on_land = np.where(known, np.maximum(given, SEA_ROUGHNESS), LAND_ROUGHNESS)
    return np.where(land, on_land, SEA_ROUGHNESS)


def _upwind(grid: Grid, wind_from: float) -> tuple[float, Numbers]:
    """Rows, and columns per row, of a step as long as a cell is high towards where the wind comes from [rad]."""
    square = abs(grid.transform.e / grid.transform.a)
    # a step due north stays in its column to the last digit, or level ground would get crests of rounding
    north, east = round(float(np.cos(wind_from)), 12), round(float(np.sin(wind_from)), 12)
    return -north, square * east / np.cos(np.radians(grid.latitude))


def _cell(grid: Grid) -> float:
    """Height of a cell [m]."""
    return float(np.radians(-grid.transform.e)) * EARTH_RADIUS


def _fetch_mean(field: Numbers, grid: Grid, steps: tuple[float, Numbers]) -> Numbers:
    """Mean over the ground upwind, falling off with ``FETCH``."""
    from riskmap._kernels import surface as kernel

    apart = min(FETCH / 6.0, max(_cell(grid) / 2.0, FETCH / 30.0))
    along = (np.arange(max(round(FETCH_REACH / apart), 1)) + 0.5) * apart
    weights = np.exp(-along / FETCH)
    out = np.empty(grid.shape)
    row_step, column_step = steps
    cells, shares = along / _cell(grid), weights / weights.sum()
    run_rows(
        lambda first, last: kernel.fetch_rows(field, row_step, column_step, cells, shares, first, last, out),
        grid.shape[0],
    )
    return out


def _hills(ground: Numbers, grid: Grid, steps: tuple[float, Numbers], relief_cell: float) -> Numbers:
    """Hill-shape multiplier for one wind direction."""
    from riskmap._kernels import surface as kernel

    out = np.empty(grid.shape)
    step = max(_cell(grid), relief_cell, LEAST_STEP)
    row_step, column_step = (along * (step / _cell(grid)) for along in steps)
    search = max(round(HILL_REACH / step), 1)
    run_rows(
        lambda first, last: kernel.hill_rows(
            ground, row_step, column_step, step, search, LEAST_HEIGHT, HEIGHT,
            GENTLE_SLOPE, STEEP_SLOPE, MOST_MULTIPLIER, first, last, out,
        ),
        grid.shape[0],
    )  # fmt: skip
    return out


def _land_distance(land: NDArray[np.bool_], grid: Grid) -> Numbers:
    """From the nearest land cell [m], exact up to a little over ``AT_SEA``, infinite beyond; 0 on land."""
    rows, columns = land.shape
    index = np.arange(columns)
    west = np.maximum.accumulate(np.where(land, index, -np.inf), axis=1)
    east = np.minimum.accumulate(np.where(land, index, np.inf)[:, ::-1], axis=1)[:, ::-1]
    width = np.radians(grid.transform.a) * EARTH_RADIUS * np.cos(np.radians(grid.latitude))
    along = np.minimum(index - west, east - index) * width[:, None]
    nearest = along.copy()
    cell = _cell(grid)
    for shift in range(1, min(int(AT_SEA / cell) + 1, rows - 1) + 1):
        other = np.hypot(along, shift * cell)
        np.minimum(nearest[shift:], other[:-shift], out=nearest[shift:])
        np.minimum(nearest[:-shift], other[shift:], out=nearest[:-shift])
    return np.asarray(nearest)
