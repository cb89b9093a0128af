"""Surge by the shallow-water solver: the shelf on a coarse grid, and the coast on a fine one inside it.

The fine grid takes level and transport at its edges from the coarse one (one way), through Flather's condition, so that
what the coast throws back leaves again. Both are driven by the library's own wind and pressure.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.blocks import threads
from riskmap.errors import ConfigError, CoverageError, DataError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.storm.model import DEFAULT, WindModel
from riskmap.hazard.storm.swath import storm_at, storm_instants
from riskmap.hazard.storm.vortex import Vortices
from riskmap.hazard.surge.quasi_static import GRAVITY, REACH_TO_SEA, WATER_DENSITY
from riskmap.hazard.surge.solver import (
    GARRATT,
    MANNING,
    Basin,
    Drag,
    Field,
    Sea,
    advance,
    sea_basin,
    still_sea,
)
from riskmap.schema import describe
from riskmap.track import interpolate

SPIN_UP: Final = np.timedelta64(12 * 3600, "s")
"""Time before the first hour that the water starts from rest, where the track reaches back so far (status D)."""
FORCING: Final = 900
"""Wind and pressure are computed every so many seconds and taken linear between (status D)."""
CHUNK: Final = 300
"""Seconds that the solver runs with the air standing still; a divisor of ``FORCING`` (status D)."""
DEEPEST: Final = 11e3
"""No sea is deeper [m]."""
NEAR: Final = 0.5
"""Sea is looked for within so many degrees first: only where there is none, in the whole grid."""
WIND_PERIOD: Final = 600
"""Drag laws are written for the 10-min mean wind [s]; waves grow with it too."""


class Level(NamedTuple):
    """One grid of the solver: its ``Grid`` and the depth on it [m], float (y, x), NaN on land."""

    grid: Grid
    depth: Field


@dataclass(eq=False)
class _Run:
    """One grid while it runs: basin, water, and what is outside its edges."""

    grid: Grid
    basin: Basin
    sea: Sea
    now: Field
    later: Field
    outside: Field
    start: float

    def volume_error(self) -> float:
        """Share of the water above or below the undisturbed level that the ledger misses: |stored - in| over it."""
        stored = self.sea.volume(self.basin) - self.start
        moved = float((np.abs(self.sea.level) * ~np.isnan(self.basin.depth) * self.basin.area).sum())
        return abs(stored - self.sea.gained) / max(moved, 1.0)

    def edge_heads(self, share: float, around: float) -> Field:
        """Undisturbed outside: the inverse barometer at the edges, no flow."""
        pressure = self.now[2] + share * (self.later[2] - self.now[2])
        head = (around - pressure) / (WATER_DENSITY * GRAVITY)
        table = np.zeros_like(self.outside)
        rows, columns = head.shape
        table[0, :rows], table[2, :rows] = head[:, 0], head[:, -1]
        table[4, :columns], table[6, :columns] = head[0], head[-1]
        return table


def simulate_surge(
    track: xr.Dataset, shelf: Level, points: xr.Dataset, times: NDArray[np.datetime64], *,
    coast: Level | None = None, model: WindModel = DEFAULT, manning: float = MANNING, drag: Drag = GARRATT,
) -> xr.Dataset:  # fmt: skip
    """Surge of a storm at coastal points and its peak on the grid.

    Parameters
    ----------
    track : Dataset (time)
        Complete; ``maximum_wind`` [m s-1], attribute ``averaging_period`` [s].
    shelf : Level
        The outer grid; see ``sea_bed`` for its depth.
    points : Dataset (point)
        ``latitude``, ``longitude`` [degrees]. A point stands for the nearest sea cell within 20 km.
    times : datetime64 (time,), UTC, rising
    coast : Level, optional
        A finer grid inside the outer one.
    manning : float
        Roughness of the bed [s m-1/3].
    drag : Drag
        ``GARRATT``, ``ZIJLEMA`` or another law of the wind's drag.

    Returns
    -------
    Dataset
        ``storm_surge`` (time, point) [m] above the undisturbed sea, NaN far from it, ``inverse_barometer`` (time,
        point) [m], ``peak_surge`` (y, x) [m] on the finer grid, NaN on land, and the points' own variables. Attributes:
        ``volume_error`` (share of the water moved that the ledger misses), ``steps``, ``step_seconds``.

    Raises
    ------
    CoverageError
        The track does not reach the first hour, or the coast lies outside the shelf.
    ConfigError
        ``times`` do not rise.
    DataError
        A depth that cannot be one; the run became unstable: names the cell and the time.

    References
    ----------
    Flather (1976), Mem. Soc. R. Sci. Liege 10, 141 (status M); Garratt (1977), MWR 105, 915; Arakawa C grid with
    transports stepped before the level, as Sielecki (1968), MWR 96, 150 (status M).

    Examples
    --------
    In-Fa over a made sea, 20 m deep east of 122 E: the water rises in the north, where the wind blows onshore, and sinks
    in the south.

    >>> import riskmap as rm
    >>> infa = rm.read_track(rm.bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), format="jma", storm="2106")
    >>> grid = rm.Grid.from_bounds(west=118, south=25, east=127, north=33, step=0.2)
    >>> shelf = Level(grid, np.where(grid.longitude > 122, 20.0, np.nan) * np.ones(grid.shape))
    >>> coast = xr.Dataset({"latitude": ("point", [30.5, 28.5]), "longitude": ("point", [122.05, 122.05])})
    >>> surge = simulate_surge(rm.complete(infa), shelf, coast, np.array(["2021-07-25T00"], "M8[s]"))
    >>> surge["storm_surge"].values.round(1).tolist()  # m
    [[1.4, -0.3]]

    .. image:: /images/surge.svg
       :alt: Highest surge of In-Fa, and two places hour by hour
    """
    times = np.asarray(times, "datetime64[s]")
    if len(times) == 0 or (np.diff(times) <= np.timedelta64(0, "s")).any():
        raise ConfigError(
            "the hours of the surge do not rise", where="times", expected="one instant or more, each after the last",
            found=f"{len(times)} instants", remedy="sort them",
        )  # fmt: skip
    start = max(times[0] - SPIN_UP, track["time"].values[0].astype("datetime64[s]"))
    count = max(1, -(-int((times[-1] - start).astype(int)) // FORCING))
    instants = start + np.arange(count + 1) * np.timedelta64(FORCING, "s")
    last = track["time"].values[-1].astype("datetime64[s]")
    if instants[0] > times[0] or times[-1] > last:
        raise CoverageError(
            "the track does not cover the hours of the surge", where="track", expected=f"{times[0]} to {times[-1]} UTC",
            found=f"{start} to {last}", remedy="shorten the run or extend the track",
        )  # fmt: skip
    instants = np.minimum(instants, last)
    period = int(track.attrs["averaging_period"])
    scale = convert(1.0, period=period, to=WIND_PERIOD)
    levels = [shelf] if coast is None else [shelf, coast]
    for level, name in zip(levels, ("shelf", "coast"), strict=False):
        _require_bed(level, name)
    if coast is not None:
        _require_inside(coast.grid, shelf.grid)
    around = interpolate(track, instants)["environmental_pressure"].values.astype(np.float64)
    storm = storm_instants(track, instants, model)
    first = next(storm)
    runs = [_begin(level, _air(first, level.grid, scale), around[0]) for level in levels]
    record = _Record(runs[-1], points, times)
    steps = [0 for _ in runs]
    nest = None if coast is None else _Nest(runs[0].basin, shelf.grid, runs[1].basin, coast.grid)
    with ThreadPoolExecutor(threads()) as pool:
        record.look(start, around[0])
        for k, ahead in enumerate(storm):
            for run in runs:
                run.now, run.later = run.later, _air(ahead, run.grid, scale)
            airs = [np.concatenate([run.now, run.later]) for run in runs]
            for c in range(FORCING // CHUNK):
                share, end = (c + 0.5) * CHUNK / FORCING, (c + 1.0) * CHUNK / FORCING
                pressure = around[k] + end * (around[k + 1] - around[k])
                for n, run in enumerate(runs):
                    after = (
                        run.edge_heads(end, pressure) if n == 0 or nest is None else nest.sample(runs[0].sea)
                    )
                    steps[n] += advance(
                        run.basin, run.sea, CHUNK, air=airs[n], air_share=share,
                        before=run.outside, after=after, manning=manning, drag=drag, pool=pool,
                    )  # fmt: skip
                    run.outside = after
                record.look(start + np.timedelta64(round(runs[0].sea.seconds), "s"), pressure)
    return record.result(points, steps, [run.volume_error() for run in runs])


def _begin(level: Level, first: Field, around: float) -> _Run:
    """A grid at rest under the first instant's pressure."""
    grid, depth = level
    basin = sea_basin(depth, grid)
    sea = still_sea(basin, (around - first[2]) / (WATER_DENSITY * GRAVITY))
    run = _Run(grid, basin, sea, first, first, np.zeros((8, max(grid.shape))), sea.volume(basin))
    run.outside = run.edge_heads(0.0, around)
    return run


def _air(storm: Vortices, grid: Grid, scale: float) -> Field:
    """Wind [m s-1] and pressure [Pa] at one instant, shape (3, y, x)."""
    found = storm_at(storm, grid)
    air = np.stack([found.u, found.v, found.pressure]).astype(np.float64)
    air[:2] *= scale
    return air


def _require_bed(level: Level, name: str) -> None:
    """Refuse a depth on another grid, without sea, or deeper than any sea: heights with the sign of heights, feet."""
    depth = np.asarray(level.depth)
    deepest = float(np.nanmax(depth, initial=-np.inf))
    if depth.shape != level.grid.shape or not 0.0 < deepest <= DEEPEST:
        raise DataError(
            "this is no depth of the sea", where=name,
            expected=f"shape {level.grid.shape}, metres below the sea up to {DEEPEST:g}, NaN or negative on land",
            found=f"shape {depth.shape}, at most {deepest:g}", remedy="make it with sea_bed; check the sign and the unit",
        )  # fmt: skip


def _require_inside(coast: Grid, shelf: Grid) -> None:
    (west, south, east, north), outer = coast.bounds, shelf.bounds
    if west < outer[0] or south < outer[1] or east > outer[2] or north > outer[3]:
        raise CoverageError(
            "the fine grid reaches outside the coarse one", where="coast",
            expected="west {:g}, south {:g}, east {:g}, north {:g} or less".format(*outer),
            found=f"{west:g}, {south:g}, {east:g}, {north:g}", remedy="shrink the fine grid or enlarge the shelf",
        )  # fmt: skip


class _Nest:
    """Level and transport of the outer grid at the edges of the inner one."""

    def __init__(self, outer: Basin, shelf: Grid, inner: Basin, coast: Grid) -> None:
        y, x = coast.latitude, coast.longitude
        self._sides = [
            _weights(outer, shelf, lat, lon)
            for lat, lon in (
                (y, np.full(len(y), coast.bounds[0])), (y, np.full(len(y), coast.bounds[2])),
                (np.full(len(x), coast.bounds[3]), x), (np.full(len(x), coast.bounds[1]), x),
            )
        ]  # fmt: skip
        self._size = max(inner.depth.shape)

    def sample(self, sea: Sea) -> Field:
        """The table of edges that ``advance`` takes, shape (8, n)."""
        table = np.zeros((8, self._size))
        east, north = 0.5 * (sea.east[:, :-1] + sea.east[:, 1:]), 0.5 * (sea.north[:-1] + sea.north[1:])
        for side, (cells, weights) in enumerate(self._sides):
            flow = east if side < 2 else north
            table[2 * side, : len(cells)] = (sea.level.ravel()[cells] * weights).sum(axis=1)
            table[2 * side + 1, : len(cells)] = (flow.ravel()[cells] * weights).sum(axis=1)
        return table


def _weights(basin: Basin, grid: Grid, latitude: Field, longitude: Field) -> tuple[NDArray[np.int64], Field]:
    """Cells around points and their bilinear weights, land left out; the nearest sea where all four are land."""
    rows, columns = grid.shape
    row = np.clip((latitude - grid.latitude[0]) / grid.transform.e, 0, rows - 1 - 1e-6)
    column = np.clip((longitude - grid.longitude[0]) / grid.transform.a, 0, columns - 1 - 1e-6)
    i, j = row.astype(int), column.astype(int)
    a, b = row - i, column - j
    cells = np.stack(
        [i * columns + j, i * columns + j + 1, (i + 1) * columns + j, (i + 1) * columns + j + 1], axis=1
    )
    weights = np.stack([(1 - a) * (1 - b), (1 - a) * b, a * (1 - b), a * b], axis=1)
    wet = ~np.isnan(basin.depth.ravel())
    weights = weights * wet[cells]
    total = weights.sum(axis=1, keepdims=True)
    for n in np.flatnonzero(total[:, 0] < 1e-9):
        cell = _nearest_sea(basin, grid, latitude[n], longitude[n])[0]
        cells[n], weights[n], total[n] = cell, (1.0, 0.0, 0.0, 0.0), 1.0
    return cells, weights / total


def _nearest_sea(basin: Basin, grid: Grid, latitude: float, longitude: float) -> tuple[int, float]:
    """Flat index of the sea cell nearest to a point, and its distance [m]."""
    dy = grid.latitude - latitude
    dx = (grid.longitude - longitude) * np.cos(np.radians(latitude))
    # first within a window, which is all where what it holds is nearer than its rim
    for reach in (NEAR, np.inf):
        rows, columns = np.flatnonzero(np.abs(dy) <= reach), np.flatnonzero(np.abs(dx) <= reach)
        if not (rows.size and columns.size):
            continue
        part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        dry = np.isnan(basin.depth[part])
        away = np.where(dry, np.inf, np.hypot(dy[part[0], None], dx[None, part[1]]))
        i, j = np.unravel_index(int(away.argmin()), away.shape)
        if away[i, j] <= reach:
            break
    cell = int(rows[0] + i) * grid.shape[1] + int(columns[0] + j)
    return cell, float(np.radians(away[i, j])) * EARTH_RADIUS


class _Record:
    """Levels at the points, linear in time between two looks: memory grows with points and hours, not with the grid."""

    def __init__(self, run: _Run, points: xr.Dataset, times: NDArray[np.datetime64]) -> None:
        self._run, self._times = run, times
        places = zip(points["latitude"].values, points["longitude"].values, strict=True)
        found = [_nearest_sea(run.basin, run.grid, float(lat), float(lon)) for lat, lon in places]
        self._cells = np.array([cell for cell, _ in found], np.int64)
        self._known = np.array([away <= REACH_TO_SEA for _, away in found], np.bool_)
        self._surge = np.full((2, len(times), len(found)), np.nan)
        self._before: tuple[np.datetime64, Field] | None = None

    def look(self, now: np.datetime64, around: float) -> None:
        """Take the levels and the inverse barometer of an instant."""
        pressure = (
            self._run.later[2].ravel()[self._cells] if self._before else self._run.now[2].ravel()[self._cells]
        )
        head = (around - pressure) / (WATER_DENSITY * GRAVITY)
        values = np.stack([self._run.sea.level.ravel()[self._cells], head])
        then, old = self._before or (now, values)
        length = max(float((now - then).astype(float)), 1.0)
        for n in np.flatnonzero((self._times >= then) & (self._times <= now)):
            share = float((self._times[n] - then).astype(float)) / length
            self._surge[:, n] = old + share * (values - old)
        self._before = now, values

    def result(self, points: xr.Dataset, steps: list[int], errors: list[float]) -> xr.Dataset:
        """The labelled outcome."""
        run = self._run
        self._surge[:, :, ~self._known] = np.nan
        peak = np.where(np.isnan(run.basin.depth), np.nan, run.sea.peak).astype(np.float32)
        units = {"units": "m"}
        return points.assign(
            storm_surge=(("time", "point"), self._surge[0], describe("storm_surge").attributes),
            inverse_barometer=(("time", "point"), self._surge[1], units),
            peak_surge=(("y", "x"), peak, {**units, "long_name": "highest surge, looked at every 5 min"}),
        ).assign_coords({"time": self._times, **run.grid.coordinates}).assign_attrs(
            steps=steps, step_seconds=[run.sea.seconds / n for n in steps], volume_error=errors
        )  # fmt: skip
