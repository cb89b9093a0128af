"""Shallow-water solver on plain arrays: a basin, its water, and one call that advances it.

Linear in momentum (advection is left out: on an open shelf it is a few per cent of the pressure gradient, in straits
more), non-linear in depth and friction. Each cell keeps its water: a face passes at most a quarter of the cell that it empties, so depth
never falls below 0 and no water is made. See ``docs/concepts/surge.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import ceil
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from riskmap.blocks import threads
from riskmap.errors import DataError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.profiles._checks import AIR_DENSITY, EARTH_ROTATION
from riskmap.hazard.surge.quasi_static import DRAG_CAP, GRAVITY, WATER_DENSITY
from riskmap.within import require_within

Field = NDArray[np.float64]

COURANT: Final = 0.8
"""Share of the longest stable step, 1 / (sqrt(g h) sqrt(1/dx^2 + 1/dy^2)), that is taken."""
RISE: Final = 5.0
"""Level above the undisturbed one [m] for which the step still holds (status D)."""
MANNING: Final = 0.02
"""Roughness of a sandy or muddy sea bed [s m-1/3]; 0.012 to 0.025 in models of the East China Sea (status M)."""
DRY: Final = 0.01
"""Depth of water [m] at or under which a face passes none (status D)."""
ABSURD: Final = 30.0
"""Level [m] that no sea reaches: a run that passes it has become unstable (status D)."""
SHORTEST_STEP: Final = 0.05
"""[s]; a step shorter than this will not end in time (status D)."""
_WALL: Final = -1e6


class Drag(NamedTuple):
    """A law of the wind's drag on the sea, min(constant + linear U + square U^2, cap), U the 10-min mean wind [m s-1]."""

    constant: float
    linear: float
    square: float = 0.0
    cap: float = 1.0


GARRATT: Final = Drag(0.75e-3, 0.067e-3, cap=DRAG_CAP)
"""Garratt (1977), MWR 105, 915, capped as in ADCIRC and GeoClaw (status S)."""
ZIJLEMA: Final = Drag(0.55e-3, 2.97e-3 / 31.5, -1.49e-3 / 31.5**2)
"""Zijlema, Van Vledder and Holthuijsen (2012), Coastal Eng. 65, 19: falls again beyond 31 m/s, as measured in hurricanes
(status S: read in a public implementation)."""
NO_DRAG: Final = Drag(0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Basin:
    """Where water can be, row 0 in the north.

    Attributes
    ----------
    depth : float array (y, x)
        Bed below the undisturbed level [m], negative for land that may be flooded, NaN for a wall.
    width : float array (y,)
        East-west length of the cells of a row [m].
    face_width : float array (y + 1,)
        That of the north faces, the last one the south face of the last row [m].
    height : float
        North-south length of a cell [m].
    coriolis, face_coriolis : float array (y,), (y + 1,)
        Coriolis parameter [s-1].
    open_edges : tuple of bool
        West, east, north, south: whether waves leave there (Flather) or the edge is a wall.
    """

    depth: Field
    width: Field
    face_width: Field
    height: float
    coriolis: Field
    face_coriolis: Field
    open_edges: tuple[bool, bool, bool, bool]

    @cached_property
    def bed(self) -> Field:
        """Depth with walls as land far above all water [m], shape (y, x)."""
        return np.where(np.isnan(self.depth), _WALL, self.depth)

    @cached_property
    def span(self) -> NDArray[np.int64]:
        """First and last + 1 column of each row that is no wall, shape (y, 2)."""
        water = ~np.isnan(self.depth)
        first, last = water.argmax(axis=1), water.shape[1] - water[:, ::-1].argmax(axis=1)
        none = ~water.any(axis=1)
        return np.stack([np.where(none, 0, first), np.where(none, 0, last)], axis=1).astype(np.int64)

    @cached_property
    def area(self) -> Field:
        """Area of a cell of each row [m2], shape (y, 1)."""
        return self.width[:, None] * self.height

    @cached_property
    def longest_step(self) -> float:
        """Step that ``advance`` does not exceed [s].

        Raises
        ------
        DataError
            Cells so small or water so deep that a run would take for ever.
        """
        h = np.where(np.isnan(self.depth), 0.0, np.maximum(self.depth + RISE, 0.0))
        per_second = np.sqrt(GRAVITY * h) * np.hypot(1.0 / self.width[:, None], 1.0 / self.height)
        step = COURANT / max(float(per_second.max(initial=0.0)), 1e-12)
        if step < SHORTEST_STEP:
            i, j = np.unravel_index(per_second.argmax(), h.shape)
            raise DataError(
                "the time step collapses", where=f"sea bed, row {i}, column {j}", expected=f">= {SHORTEST_STEP} s",
                found=f"{step:.3g} s for {h[i, j]:.0f} m of water in cells of {self.width[i]:.0f} m",
                remedy="check the depth for a spike, or take larger cells",
            )  # fmt: skip
        return step

    @cached_property
    def bands(self) -> tuple[tuple[int, int], ...]:
        """Rows for each thread, about as much water in each."""
        cells = np.cumsum(np.diff(self.span, axis=1)[:, 0] + 1)
        shares = cells[-1] * np.arange(1, threads()) / threads()
        cuts = [0, *np.searchsorted(cells, shares).tolist(), len(cells)]
        return tuple((a, b) for a, b in pairwise(cuts) if b > a)


def plane_basin(
    depth: Field, *, dx: float, dy: float, coriolis: float = 0.0,
    open_edges: tuple[bool, bool, bool, bool] = (False, False, False, False),
) -> Basin:  # fmt: skip
    """A basin on a plane.

    Parameters
    ----------
    depth : float array (y, x)
        [m], see ``Basin``.
    dx, dy : float
        Cell [m].
    coriolis : float
        [s-1], the same everywhere.

    Raises
    ------
    DataError
        Not a plane with water, or cells without a size.
    """
    for name, side in (("dx [m]", dx), ("dy [m]", dy)):
        require_within(side, name, where="plane_basin", above=True, remedy="give the sides of the cells")
    if np.ndim(depth) != 2 or not np.isfinite(depth).any() or np.isinf(depth).any():
        raise DataError(
            "not a plane with water", where="plane_basin", expected="depths (y, x) [m], NaN on land",
            found=f"shape {np.shape(depth)}, {int(np.isfinite(depth).sum())} of {np.size(depth)} known",
            remedy="give the depth of the sea, positive downwards",
        )  # fmt: skip
    rows = depth.shape[0]
    return Basin(
        np.asarray(depth, np.float64), np.full(rows, dx), np.full(rows + 1, dx), dy, np.full(rows, coriolis),
        np.full(rows + 1, coriolis), open_edges,
    )  # fmt: skip


def sea_basin(
    depth: Field, grid: Grid, *, open_edges: tuple[bool, bool, bool, bool] = (True, True, True, True)
) -> Basin:
    """A basin on the sphere, on a geographic grid.

    Parameters
    ----------
    depth : float array (y, x)
        [m], see ``Basin``.
    grid : Grid

    Examples
    --------
    >>> grid = Grid.from_bounds(west=120, south=29, east=121, north=30, step=0.1)
    >>> basin = sea_basin(np.full(grid.shape, 20.0), grid)
    >>> round(basin.height), round(basin.width[0]), round(basin.longest_step)
    (11120, 9635, 372)
    """
    edges = np.radians(grid.transform.f + np.arange(grid.shape[0] + 1) * grid.transform.e)
    middles = np.radians(grid.latitude)
    across = EARTH_RADIUS * np.radians(grid.transform.a)
    return Basin(
        np.asarray(depth, np.float64), across * np.cos(middles), across * np.cos(edges),
        EARTH_RADIUS * float(np.radians(-grid.transform.e)), 2.0 * EARTH_ROTATION * np.sin(middles),
        2.0 * EARTH_ROTATION * np.sin(edges), open_edges,
    )  # fmt: skip


@dataclass(eq=False)
class Sea:
    """Water in a basin, changed in place by ``advance``.

    Attributes
    ----------
    level : float array (y, x)
        Above the undisturbed level [m]; that of the bed where a cell is dry.
    east, north : float array (y, x + 1), (y + 1, x)
        Transport through west and north faces [m2 s-1], positive to the east and north.
    peak : float array (y, x)
        Highest level so far, looked at after each call of ``advance`` [m].
    seconds : float
        Time since the start [s].
    gained : float
        Volume that came in through the open edges [m3].
    """

    level: Field
    east: Field
    north: Field
    peak: Field
    seconds: float = 0.0
    gained: float = 0.0
    _spare: list[Field] = field(default_factory=list, repr=False)

    def volume(self, basin: Basin) -> float:
        """Water above the undisturbed level, or above land [m3]."""
        above = np.where(np.isnan(basin.depth), 0.0, self.level + np.minimum(basin.bed, 0.0))
        return float((above * basin.area).sum())


def still_sea(basin: Basin, level: Field | float = 0.0) -> Sea:
    """Water at rest at a level [m]; land above it is dry."""
    start = np.maximum(np.broadcast_to(np.asarray(level, np.float64), basin.depth.shape), -basin.bed)
    start = np.where(np.isnan(basin.depth), 0.0, start)
    rows, columns = basin.depth.shape
    return Sea(start, np.zeros((rows, columns + 1)), np.zeros((rows + 1, columns)), start.copy())


def closed_edges(basin: Basin) -> Field:
    """A table of edges, shape (8, longest side): undisturbed level and no flow outside; see ``_kernels.shallow_water``."""
    return np.zeros((8, max(basin.depth.shape)))


def advance(
    basin: Basin, sea: Sea, seconds: float, *, air: Field | None = None, air_share: float = 0.5,
    before: Field | None = None, after: Field | None = None, manning: float = MANNING, drag: Drag = GARRATT,
    air_density: float = AIR_DENSITY, pool: ThreadPoolExecutor | None = None,
) -> int:  # fmt: skip
    """Advance the water, in equal steps that keep to ``basin.longest_step``.

    Parameters
    ----------
    seconds : float
        How far [s]; a few minutes at most, since wind and pressure stand still within a call.
    air : float array (6, y, x), optional
        Wind to the east and north [m s-1] and pressure [Pa] at one instant, and the same three at a later one.
    air_share : float
        Where between the two instants the air is taken.
    before, after : float array (8, n), optional
        Level [m] and transport [m2 s-1] outside the open edges at start and end; see ``closed_edges``.
    manning : float
        Roughness [s m-1/3].
    drag : Drag
        ``GARRATT``, ``ZIJLEMA`` or another law.
    pool : ThreadPoolExecutor, optional
        Threads for the bands; the result is the same without.

    Returns
    -------
    int
        Steps taken.

    Raises
    ------
    DataError
        The run became unstable: names the cell and the time. ``sea`` then still holds the last good water.

    Examples
    --------
    A basin of 10 m, 100 km long, tilts and swings back after half its Merian period, L / sqrt(g h) = 10,098 s.

    >>> basin = plane_basin(np.full((3, 100), 10.0), dx=1e3, dy=1e3)
    >>> sea = still_sea(basin, 0.01 * np.cos(np.pi * (np.arange(100) + 0.5) / 100)[None, :])
    >>> steps = [advance(basin, sea, 100.98, manning=0.0) for _ in range(100)]
    >>> round(float(sea.level[1, 0]), 4), abs(sea.volume(basin)) < 1e-3
    (-0.01, True)
    """
    from riskmap._kernels import shallow_water as kernel

    require_within(seconds, "seconds", where="advance", above=True, remedy="give how far to go")
    require_within(manning, "roughness [s m-1/3]", where="advance", most=1.0)
    steps = max(1, ceil(seconds / basin.longest_step - 1e-9))
    before, after = (closed_edges(basin) if edges is None else edges for edges in (before, after))
    if air is None:
        air, drag = np.zeros((6, *basin.depth.shape)), NO_DRAG
    ratio = air_density / WATER_DENSITY
    numbers = (basin.height, seconds / steps, manning, GRAVITY, DRY, ratio, WATER_DENSITY)
    out = sea._spare or [np.zeros_like(x) for x in (sea.level, sea.east, sea.north)]
    bands = basin.bands if pool else ((0, len(sea.level)),)
    gained = np.zeros((len(bands), 1))

    def band(k: int) -> None:
        kernel.advance_band(
            sea.level, sea.east, sea.north, basin.bed, basin.span, basin.width, basin.face_width, basin.coriolis,
            basin.face_coriolis, air, air_share, before, after, basin.open_edges, bands[k][0], bands[k][1], steps,
            numbers, drag, out[0], out[1], out[2], gained[k],
        )  # fmt: skip

    _each(band, len(bands), pool)
    _require_sound(out[0], sea.seconds + seconds)
    np.maximum(sea.peak, out[0], out=sea.peak)
    sea._spare = [sea.level, sea.east, sea.north]
    sea.level, sea.east, sea.north = out
    sea.seconds += seconds
    sea.gained += float(gained.sum())
    return steps


def _each(band: Callable[[int], None], count: int, pool: ThreadPoolExecutor | None) -> None:
    """Call ``band`` with every number below ``count``: the first in this thread, and those that no other has begun by then."""
    if pool is None or count < 2:
        for k in range(count):
            band(k)
        return
    others = [pool.submit(band, k) for k in range(1, count)]
    try:
        band(0)
    finally:
        for k, other in enumerate(others, 1):
            if other.cancel():
                band(k)
            else:
                other.result()


def _require_sound(level: Field, seconds: float) -> None:
    low, high = float(level.min()), float(level.max())
    if high <= ABSURD and low >= -1e5:  # NaN fails both
        return
    i, j = np.unravel_index(int(np.argmax(np.nan_to_num(np.abs(level), nan=np.inf))), level.shape)
    raise DataError(
        "the surge became unstable", where=f"row {i}, column {j}, {seconds / 3600.0:.2f} h after the start",
        expected=f"a level up to {ABSURD:g} m", found=f"{level[i, j]:g} m",
        remedy="check wind, pressure and depth there",
    )  # fmt: skip


def air_of(*hours: Any) -> Field:
    """Wind and pressure of two instants as ``advance`` takes them, shape (6, y, x): each with ``u``, ``v``, ``pressure``."""
    return np.stack([np.asarray(x, np.float64) for hour in hours for x in (hour.u, hour.v, hour.pressure)])
