"""What the ground makes of the wind over open water: roughness, hills, gusts.

The peak wind of an hour has no direction, so that each cell gets one factor, not eight: that of the most exposed
of eight wind directions (docs/adr/0009). Built once per grid; ``surface_wind`` applies it to every hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.averaging import Exposure, gust_factor
from riskmap.blocks import run_rows
from riskmap.errors import DataError, UnitsError
from riskmap.grid import EARTH_RADIUS, Grid

Numbers = NDArray[np.float64]

HEIGHT: Final = 10.0
"""[m]; where the wind is measured and where ours holds (WMO-No. 8: 10 m above open, level ground; status M)."""

SEA_ROUGHNESS: Final = 0.003
"""Roughness length of the sea [m]; EN 1991-1-4, Table 4.1, category 0, read in public code that cites it. A drag
coefficient of 0.0024, what is measured at typhoon wind (Powell et al. 2003, Nature 422, 279), says the same."""

LAND_ROUGHNESS: Final = 0.05
"""Roughness length of land where no raster says more [m]; EN 1991-1-4, Table 4.1, category II, low vegetation and
single obstacles: ground as a weather station stands on. Gives 0.80 of the wind over the sea (status of choice D)."""

MOST_ROUGHNESS: Final = 5.0
"""[m]; no surface is rougher than the centre of a large city, 2 to 3 m (status M); more is another quantity."""

GRADIENT_EXPONENT: Final = 0.0706
"""Wind aloft is the same over rough and smooth ground, friction velocity is not: u*_land / u*_sea =
(z0_land / z0_sea)^0.0706. Read in the source of a public surge model and in its issues; EN 1991-1-4, eq. 4.5, has
0.07 (status S for both readings, M for its origin, Simiu and Scanlan)."""

FETCH: Final = 3e3
"""The wind at 10 m forgets the ground upwind over this distance [m], e-folding (status D): most of the change
happens within 1 to 3 km of a coast (M)."""

FETCH_REACH: Final = 12e3
"""[m]; ground further upwind no longer counts (status D): 2 % of the weight."""

SECTORS: Final = 8
"""Wind directions that are looked at, from north, clockwise."""

AT_SEA: Final = 20e3
"""[m]; further from land than this a cell is at sea: Harper et al. (2010), Table 1.1, as remembered (status M)."""

EXPOSURES: Final[tuple[Exposure, ...]] = ("in_land", "off_land", "off_sea", "at_sea")
"""Codes 0 to 3 of ``Surface.exposure``, gustiest first."""

GENTLE_SLOPE: Final = 0.05
"""Below this upwind slope a hill does nothing; AS/NZS 1170.2, clause 4.4.2, read in public code that cites it."""

STEEP_SLOPE: Final = 0.45
"""Above it the flow separates behind the crest; as ``GENTLE_SLOPE``."""

MOST_MULTIPLIER: Final = 1.71
"""Largest hill-shape multiplier; as ``GENTLE_SLOPE``."""

LEAST_HEIGHT: Final = 10.0
"""Height [m] below which a rise is no hill; Geoscience Australia's public use of the standard has the same."""

HILL_REACH: Final = 10e3
"""A hill's foot and its effect are looked for within this distance [m] (status D)."""


@dataclass(frozen=True, eq=False)
class Surface:
    """Factors from the wind over open water to that over the ground, shape (y, x).

    Attributes
    ----------
    mean : float32
        Mean wind at 10 m over that over open water: the largest of the wind directions.
    gust : float32
        3 s gust over that mean, for one averaging period. ``mean * gust`` is the largest gust of any direction.
    exposure : int8
        Index into ``EXPOSURES``: the class that sets the gust.
    source : str
        What the factors rest on.
    """

    mean: NDArray[np.float32]
    gust: NDArray[np.float32]
    exposure: NDArray[np.int8]
    source: str


def roughness_ratio(roughness: Any, *, sea: float = SEA_ROUGHNESS) -> Numbers:
    """Mean wind at 10 m over ground of a ``roughness`` length [m], over that over the sea.

    ``(z0 / z0_sea)^0.0706 ln(10 / z0) / ln(10 / z0_sea)``, at most 1: the logarithmic law on both sides of the
    coast, with friction velocities as far apart as they are under one and the same wind aloft. The ratio of
    friction velocities alone, above 1, is another quantity and a known mistake.

    Parameters
    ----------
    roughness, sea : number or array
        Roughness lengths [m].

    Raises
    ------
    UnitsError
        Not above 0, or more than ``MOST_ROUGHNESS``.

    References
    ----------
    Simiu and Scanlan, Wind Effects on Structures, as used by a public surge model (see ``GRADIENT_EXPONENT``).

    Examples
    --------
    >>> roughness_ratio([0.003, 0.03, 0.05, 0.1, 0.3, 1.0]).round(3)
    array([1.   , 0.843, 0.797, 0.727, 0.598, 0.428])
    """
    z0 = _lengths(roughness, "roughness")
    z0_sea = _lengths(sea, "sea")
    ratio = (z0 / z0_sea) ** GRADIENT_EXPONENT * np.log(HEIGHT / z0) / np.log(HEIGHT / z0_sea)
    return np.asarray(np.minimum(ratio, 1.0))


def hill_multiplier(
    distance: Any,
    *,
    height: float,
    half_length: float,
    downwind: bool = False,
    escarpment: bool = False,
    elevation: float = HEIGHT,
) -> Numbers:
    """Wind near a crest over that on flat ground: the hill-shape multiplier of AS/NZS 1170.2.

    ``1 + H / (3.5 (z + L1)) (1 - x / L2)`` with ``L1 = max(0.36 Lu, 0.4 H)``, ``L2 = 4 L1`` (``10 L1`` behind an
    escarpment). 1 where the slope ``H / (2 Lu)`` is below 0.05; at most 1.71; behind a crest steeper than 0.45,
    within H/4 and low above the ground (``z <= H/10``), ``1 + 0.71 (1 - x / L2)``.

    Parameters
    ----------
    distance : number or array
        x, from the crest along the wind [m].
    height : float
        H, of the crest above the ground upwind [m].
    half_length : float
        Lu, from the crest to where the ground upwind lies at half that height [m].
    downwind : bool
        The place lies behind the crest.
    escarpment : bool
        The ground behind the crest falls by less than 0.05.
    elevation : float
        z, above the ground [m].

    Raises
    ------
    DataError
        A negative distance or height, or a half length of 0.

    References
    ----------
    AS/NZS 1170.2, clause 4.4.2, read in public code that cites it (status S there, not in the standard). That its
    elevation factor for Tasmania is left out is on purpose.

    Examples
    --------
    >>> hill_multiplier([0, 1500, 6000], height=400, half_length=2000).round(3)
    array([1.157, 1.075, 1.   ])
    >>> float(hill_multiplier(0, height=400, half_length=400, downwind=True))
    1.71
    """
    x = np.asarray(distance, np.float64)
    if np.any(x < 0) or height < 0 or not half_length > 0:
        raise DataError(
            "not a hill", where="hill_multiplier", expected="distance and height of 0 m or more, half_length above 0",
            found=f"distance {np.min(x):g}, height {height:g}, half_length {half_length:g}",
            remedy="say with downwind which side of the crest is meant",
        )  # fmt: skip
    slope = height / (2.0 * half_length)
    if slope < GENTLE_SLOPE:
        return np.ones_like(x)
    l1 = max(0.36 * half_length, 0.4 * height)
    l2 = (10.0 if escarpment and downwind else 4.0) * l1
    fade = np.maximum(1.0 - x / l2, 0.0)
    multiplier = np.minimum(1.0 + height / (3.5 * (elevation + l1)) * fade, MOST_MULTIPLIER)
    if slope > STEEP_SLOPE and downwind and elevation <= height / 10.0:
        separated = 1.0 + (MOST_MULTIPLIER - 1.0) * fade
        multiplier = np.where((x <= height / 4.0) & (fade > 0), separated, multiplier)
    return np.asarray(multiplier)


def exposure_of(land: Any, *, upwind_land: Any, distance: Any) -> NDArray[np.int8]:
    """Gust exposure of a place for one wind direction, as an index into ``EXPOSURES``.

    On land: in-land, or off-sea where the wind comes from the sea. At sea: off-land where the wind comes from the
    land; else off-sea within 20 km of land; else at sea.

    Parameters
    ----------
    land : bool or array
        The place itself is land.
    upwind_land : number or array
        Share of land in the ground upwind, nearer ground counting more; from one half on the wind comes from land.
    distance : number or array
        From the nearest land [m]; counts at sea only.

    References
    ----------
    Harper, Kepert and Ginger (2010), WMO/TD-No. 1555, Table 1.1: the four classes (status M). That one half of
    the fetch decides between on- and offshore is ours (status D).

    Examples
    --------
    >>> [EXPOSURES[exposure_of(*place[:1], upwind_land=place[1], distance=place[2])] for place in
    ...  ((True, 0.9, 0), (True, 0.2, 0), (False, 0.8, 2e3), (False, 0.0, 15e3), (False, 0.0, 40e3))]
    ['in_land', 'off_sea', 'off_land', 'off_sea', 'at_sea']
    """
    ashore, from_land = np.asarray(land, np.bool_), np.asarray(upwind_land, np.float64) >= 0.5
    far = np.asarray(distance, np.float64) > AT_SEA
    at_sea = np.where(from_land, 1, np.where(far, 3, 2))
    return np.asarray(np.where(ashore, np.where(from_land, 0, 2), at_sea), np.int8)


def surface_of(
    grid: Grid,
    *,
    land: NDArray[np.bool_],
    altitude: NDArray[np.floating] | None = None,
    roughness: NDArray[np.floating] | None = None,
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
    distance = _land_distance(ashore, grid)
    factors = np.array([gust_factor(name, period=period) for name in EXPOSURES])
    mean, gust = np.zeros(grid.shape), np.zeros(grid.shape)
    exposure = np.zeros(grid.shape, np.int8)
    for sector in range(SECTORS):
        steps = _upwind(grid, 2.0 * np.pi * sector / SECTORS)
        here = roughness_ratio(np.exp(_fetch_mean(np.log(z0), grid, steps)))
        if ground is not None:
            here = here * np.where(ashore, _hills(ground, grid, steps), 1.0)
        upwind = _fetch_mean(ashore.astype(np.float64), grid, steps)
        codes = exposure_of(ashore, upwind_land=upwind, distance=distance)
        gusty = here * factors[codes]
        exposure = np.where(gusty > gust, codes, exposure)
        mean, gust = np.maximum(mean, here), np.maximum(gust, gusty)
    words = [
        f"roughness of land {'as read' if roughness is not None else f'{LAND_ROUGHNESS:g} m'}",
        f"of the sea {SEA_ROUGHNESS:g} m",
        "no hills" if ground is None else "hills of the relief",
        f"the most exposed of {SECTORS} wind directions",
    ]
    return Surface(mean.astype(np.float32), (gust / mean).astype(np.float32), exposure, ", ".join(words))


def surface_wind(peak: NDArray[np.float32], surface: Surface) -> dict[str, NDArray[np.float32]]:
    """Mean and gust as they blow over sea and land.

    Parameters
    ----------
    peak : float32, shape (y, x)
        Peak wind over open water [m s-1], in the averaging period of ``surface``.

    Returns
    -------
    dict
        ``wind_speed`` and ``wind_speed_of_gust`` (3 s) [m s-1].
    """
    mean = peak * surface.mean
    return {"wind_speed": mean, "wind_speed_of_gust": mean * surface.gust}


def _lengths(values: Any, name: str) -> Numbers:
    lengths = np.asarray(values, np.float64)
    if not np.all((lengths > 0) & (lengths <= MOST_ROUGHNESS)):
        wrong = lengths[~((lengths > 0) & (lengths <= MOST_ROUGHNESS))]
        raise UnitsError(
            "not a roughness length", where=name, expected=f"above 0 and up to {MOST_ROUGHNESS:g} m",
            found=f"{wrong.flat[0]:g}", remedy="give metres; classes of land cover need a table of lengths",
        )  # fmt: skip
    return lengths


def _roughness(land: NDArray[np.bool_], roughness: NDArray[np.floating] | None) -> Numbers:
    """Length [m] on every cell: the sea's at sea, never smoother than it on land, the default where unknown."""
    if roughness is None:
        return np.where(land, LAND_ROUGHNESS, SEA_ROUGHNESS)
    given = np.asarray(roughness, np.float64)
    known = land & np.isfinite(given)
    _lengths(given[known], "roughness")
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

    apart = min(FETCH / 6.0, _cell(grid) / 2.0)
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


def _hills(ground: Numbers, grid: Grid, steps: tuple[float, Numbers]) -> Numbers:
    """Hill-shape multiplier for one wind direction."""
    from riskmap._kernels import surface as kernel

    out = np.empty(grid.shape)
    row_step, column_step = steps
    cell = _cell(grid)
    search = max(round(HILL_REACH / cell), 1)
    run_rows(
        lambda first, last: kernel.hill_rows(
            ground, row_step, column_step, cell, search, LEAST_HEIGHT, HEIGHT,
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
