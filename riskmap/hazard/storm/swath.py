"""A storm on a grid, hour by hour: the peak wind of the hour, wind and pressure at its end, and its rain.

The peak is that of the moving storm, not of its positions at some instants. Far out a few sub-steps an hour are
enough; near the radius of maximum wind, where a cell may be passed between two of them, every minute is looked at, with
the tables of the nearest sub-step stretched to the storm's width and strength of that minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.storm.model import DEFAULT, WindModel
from riskmap.hazard.storm.vortex import RadialRain, Vortices, table_bins, table_places, vortices
from riskmap.terrain.relief import Slope
from riskmap.track import interpolate

Field = NDArray[np.float32]
HOUR: Final = np.timedelta64(3600, "s")

STEP_SHARE: Final = 0.25
"""A sub-step moves the storm by at most this share of its radius of maximum wind."""

FEWEST_STEPS, MOST_STEPS = 2, 60
"""Sub-steps of an hour."""

MINUTE: Final = np.timedelta64(60, "s")

CORE: Final = 2.0
"""Radii of maximum wind within which every minute is looked at; twice that for Emanuel and Rotunno (2011), whose wind
ends in a kink there."""

MEMBER_SHARE: Final = 0.5
"""As ``STEP_SHARE``, for members of an ensemble."""

MEMBER_BUFFER: Final = 24e6
"""Memory [bytes] for the hourly peaks of a member that are held at once: more hours at once are faster."""

MOST_HOURS, MOST_NODES = 24, 240
"""Hours, and sub-steps, whose tables are made at once: memory grows neither with the length of the run nor with the
speed of the storm."""


@dataclass(frozen=True, eq=False)
class StormHour:
    """One hour of a storm over open water, each (y, x); averaging period of the track.

    ``peak`` [m s-1] is the largest wind speed within the hour; ``u``, ``v`` [m s-1] and ``pressure`` [Pa] hold at
    its end; ``rain`` and ``lifted`` [mm] are the sums of the radial rain and of the upslope rain where it forms.
    """

    peak: Field
    u: Field
    v: Field
    pressure: Field
    rain: Field
    lifted: Field


def sub_steps(
    track: xr.Dataset, hours: NDArray[np.datetime64], *, share: float = STEP_SHARE, fewest: int = FEWEST_STEPS
) -> NDArray[np.int64]:
    """Number of sub-steps of the hour that ends at each of ``hours``."""
    first = track["time"].values[0]
    at = interpolate(track, np.maximum(hours - HOUR // 2, first))
    path = 3600.0 * np.hypot(at["eastward_motion"].values, at["northward_motion"].values)
    wanted = np.ceil(path / (share * at["radius_of_maximum_wind"].values))
    return np.asarray(np.clip(wanted, fewest, MOST_STEPS), np.int64)


def _instants(track: xr.Dataset, hour: np.datetime64, steps: int) -> NDArray[np.datetime64]:
    """The hour's sub-steps, both ends included, as far as the track reaches back."""
    seconds = np.round(np.arange(steps + 1) * (3600.0 / steps)).astype("timedelta64[s]")
    times, first = hour - HOUR + seconds, track["time"].values[0].astype("datetime64[s]")
    late = times[times > first]
    return np.asarray(times if len(late) == len(times) else np.append(first, late))


def storm_hours(
    track: xr.Dataset,
    grid: Grid,
    hours: NDArray[np.datetime64],
    model: WindModel = DEFAULT,
    *,
    at_once: int = 0,
    rain: RadialRain | None = None,
    slope: Slope | None = None,
    upslope: float = 0.0,
) -> Iterator[StormHour]:
    """The storm on a grid, one hour after the other.

    Parameters
    ----------
    track : Dataset (time)
        Complete; ``maximum_wind`` [m s-1] with attr ``averaging_period`` [s].
    hours : datetime64 (time,)
        Ends of the hours, UTC.
    at_once : int
        Up to this index, the peak is the wind at the end of the hour alone: nothing before it counts.
    rain : callable, optional
        Rain by distance, see ``riskmap.hazard.rain.radial_rain``; without it no rain is computed.
    slope : pair of float arrays (y, x)
        Of the ground that lifts air, see ``riskmap.terrain.relief.lifting_slope``.
    upslope : float
        Rain of lifted air [mm h-1 per m s-1].

    Raises
    ------
    CoverageError
        An hour outside the track.
    """
    reach = 2.0 * CORE if model.profile == "emanuel_rotunno_2011" else CORE
    steps = sub_steps(track, hours)
    chunk = int(np.clip(MOST_NODES // (steps.max(initial=1) + 1), 1, MOST_HOURS))
    for begin in range(0, len(hours), chunk):
        part = slice(begin, begin + chunk)
        plans = [
            np.array([hour]) if rain is None and begin + n <= at_once else _instants(track, hour, int(count))
            for n, (hour, count) in enumerate(zip(hours[part], steps[part], strict=True))
        ]
        storm = vortices(track, np.concatenate(plans), model, rain=rain)
        minutes = np.arange(plans[0][0], plans[-1][-1] + np.timedelta64(1, "s"), MINUTE)
        # where every hour is an instant, no minute is asked for
        centres = interpolate(track, minutes) if begin + len(plans) - 1 > at_once else None
        done = 0
        for n, times in enumerate(plans):
            nodes = storm.take(slice(done, done + len(times)))
            done += len(times)
            found = _hour(nodes, grid, instant=begin + n <= at_once, slope=slope, upslope=upslope)
            if centres is not None and begin + n > at_once:
                _pass_by(centres, nodes, grid, found.peak, reach)
            yield found


def storm_instants(
    track: xr.Dataset, times: NDArray[np.datetime64], model: WindModel = DEFAULT
) -> Iterator[Vortices]:
    """The storm at each of ``times``, one after the other: for ``storm_at``, on as many grids as there are.

    Raises
    ------
    CoverageError
        A time outside the track.
    """
    for begin in range(0, len(times), MOST_NODES):
        storm = vortices(track, times[begin : begin + MOST_NODES], model)
        for n in range(len(storm)):
            yield storm.take(slice(n, n + 1))


def storm_at(storm: Vortices, grid: Grid) -> StormHour:
    """The storm of one instant on a grid; its peak is the wind of that instant, and there is no rain."""
    return _hour(storm, grid, instant=True, slope=None, upslope=0.0)


def _hour(nodes: Vortices, grid: Grid, *, instant: bool, slope: Slope | None, upslope: float) -> StormHour:
    """The kernel over all rows for the sub-steps of one hour."""
    from riskmap._kernels import swath as kernel

    rows, halves, sines = kernel_nodes(nodes, grid)
    rows[-1, kernel.LATEST] = 1.0
    rows[:, kernel.WITHIN] = rows[:, kernel.LATEST] if instant else 1.0
    if nodes.radial.shape[1] > kernel.RAIN:
        rows[:, kernel.HOURS] = trapezoid_hours(nodes.time)
    east, north = (np.zeros(grid.shape),) * 2 if slope is None else slope
    out = StormHour(*(np.empty(grid.shape, np.float32) for _ in range(6)))
    base, latitude = table_bins()[0], np.radians(grid.latitude)

    def fill(first: int, last: int) -> None:
        kernel.fused_rows(
            rows, halves, sines, nodes.swirl, nodes.radial, base, latitude, east, north, upslope, first, last,
            out.peak, out.u, out.v, out.pressure, out.rain, out.lifted,
        )  # fmt: skip

    run_rows(fill, grid.shape[0])
    return out


def _pass_by(centres: xr.Dataset, nodes: Vortices, grid: Grid, peak: Field, reach: float) -> None:
    """Raise the hour's peak to that of every minute of the storm's core; ``centres`` has them."""
    from riskmap._kernels import swath as kernel

    inside = (centres["time"].values > nodes.time[0]) & (centres["time"].values < nodes.time[-1])
    times = centres["time"].values[inside]
    seconds, known = times.astype(np.float64), nodes.time.astype(np.float64)
    nearest = np.abs(seconds[:, None] - known[None, :]).argmin(axis=1)

    def between(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.interp(seconds, known, values))

    core = between(nodes.radius_of_maximum_wind)
    wider = nodes.radius_of_maximum_wind[nearest] / core
    fine = replace(
        nodes, time=times, latitude=centres["latitude"].values[inside], longitude=centres["longitude"].values[inside],
        east=between(nodes.east), north=between(nodes.north), radius_of_maximum_wind=core,
    )  # fmt: skip
    rows, halves, sines = kernel_nodes(fine, grid, reach=reach * core)
    rows[:, kernel.TABLE] = nearest
    rows[:, kernel.STRENGTH] = wider * between(nodes.still_wind) / nodes.still_wind[nearest]
    _raise_peaks(peak[None], nodes, grid, rows, halves, sines)


def _raise_peaks(
    peaks: Field, nodes: Vortices, grid: Grid, rows: NDArray[np.float64], halves: Field, sines: Field
) -> None:
    from riskmap._kernels import swath as kernel

    base, latitude = table_bins()[0], np.radians(grid.latitude)
    per_radian = 1.0 / float(np.radians(grid.transform.a))

    def fill(first: int, last: int) -> None:
        kernel.swath_rows(
            rows,
            halves,
            sines,
            nodes.swirl,
            nodes.radial,
            base,
            False,
            per_radian,
            latitude,
            first,
            last,
            peaks,
        )

    run_rows(fill, grid.shape[0])


def coarse_peaks(
    track: xr.Dataset,
    grid: Grid,
    hours: NDArray[np.datetime64],
    model: WindModel = DEFAULT,
    *,
    least: float = 0.0,
) -> Iterator[Field]:
    """Peak wind over open water [m s-1] of each hour, float32 (y, x), for ensembles: fewer sub-steps, peaks alone.

    The storm moves by up to ``MEMBER_SHARE`` of its radius of maximum wind between two sub-steps. The peak of the whole
    window is up to 2 m/s too low for it (1.6 for In-Fa), which is little beside the spread of members; that of a single
    hour may miss the eyewall where the eye stands at the hour's end (17 m/s for In-Fa).

    Parameters
    ----------
    track : Dataset (time)
        Complete.
    hours : datetime64 (time,)
        Ends of consecutive hours, UTC. Of the first its end alone is looked at.
    least : float
        Wind below it may be given as 0 [m s-1]: what no threshold needs, need not be computed.

    Yields
    ------
    float32 (y, x); it is overwritten some hours later.
    """
    from riskmap._kernels import swath as kernel

    steps = sub_steps(track, hours, share=MEMBER_SHARE, fewest=1)
    steps[0] = 1
    at_once = min(len(hours), max(4, int(MEMBER_BUFFER / (4.0 * grid.shape[0] * grid.shape[1]))))
    buffer = np.empty((at_once, *grid.shape), np.float32)
    for begin in range(0, len(hours), at_once):
        part, counts = hours[begin : begin + at_once], steps[begin : begin + at_once]
        layer = np.repeat(np.arange(len(part)), counts)
        back = np.concatenate([np.arange(n)[::-1] * (3600.0 / n) for n in counts])
        storm = vortices(track, part[layer] - np.round(back).astype("timedelta64[s]"), model, wind_only=True)
        rows, halves, sines = kernel_nodes(storm, grid, reach=reach_of(storm, least))
        rows[:, kernel.LAYER] = layer
        peaks = buffer[: len(part)]
        peaks[...] = 0.0
        _raise_peaks(peaks, storm, grid, rows, halves, sines)
        yield from peaks


def reach_of(storm: Vortices, wind: float) -> NDArray[np.float64]:
    """Distance [m] beyond which a storm's wind stays below ``wind`` [m s-1], at each instant, shape (node,)."""
    radius, sine = table_places(storm.radius_of_maximum_wind)
    most = np.hypot(storm.swirl[:, :, 0], storm.swirl[:, :, 1]).max(axis=1) * sine
    most += storm.radial[:, 0] * np.hypot(storm.east, storm.north)[:, None]
    last = most.shape[1] - 1 - np.argmax(most[:, ::-1] >= wind, axis=1)
    reach = radius[np.arange(len(storm)), np.minimum(last + 1, most.shape[1] - 1)]
    return np.where((most >= wind).any(axis=1), reach, 0.0)


def trapezoid_hours(times: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Hours that each instant stands for, so that a sum over them does not depend on their number.

    Examples
    --------
    >>> trapezoid_hours(np.array(["2021-07-24T00", "2021-07-24T01", "2021-07-24T03"], "M8[s]")).tolist()
    [0.5, 1.5, 1.0]
    """
    gaps = np.diff(times).astype("timedelta64[s]").astype(np.float64) / 3600.0
    return np.asarray(0.5 * (np.append(gaps, 0.0) + np.append(0.0, gaps)))


def kernel_nodes(
    nodes: Vortices, grid: Grid, *, reach: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.float64], Field, Field]:
    """Node rows of ``_kernels.swath``, and sin^2(half) and sine of the longitude from each centre to each column.

    Parameters
    ----------
    nodes : Vortices
    grid : Grid
    reach : float64 (node,), optional
        Distance [m] beyond which nothing is computed; all cells without it.

    Returns
    -------
    rows (node, column of the kernel), halves and sines (node, x)
    """
    from riskmap._kernels import swath as kernel

    # the storm on the grid's side of 180 degrees
    middle = float(grid.longitude.mean())
    centre = nodes.longitude + 360.0 * np.round((middle - nodes.longitude) / 360.0)
    rows = np.zeros((len(nodes), kernel.N_COLUMNS))
    rows[:, kernel.LATITUDE] = np.radians(nodes.latitude)
    rows[:, kernel.COLUMN] = (centre - grid.longitude[0]) / grid.transform.a
    rows[:, kernel.EAST], rows[:, kernel.NORTH] = nodes.east, nodes.north
    rows[:, kernel.TABLE], rows[:, kernel.STRENGTH] = np.arange(len(nodes)), 1.0
    rows[:, kernel.WIDTH] = np.sin(nodes.radius_of_maximum_wind / (2.0 * EARTH_RADIUS)) ** -2.0
    rows[:, kernel.REACH] = 1.0 if reach is None else np.sin(reach / (2.0 * EARTH_RADIUS)) ** 2
    away = np.radians(grid.longitude[None, :] - centre[:, None])
    halves, sines = np.sin(0.5 * away) ** 2, np.sin(away)
    return rows, halves.astype(np.float32), sines.astype(np.float32)
