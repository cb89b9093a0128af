"""Typhoon rain of an hour: R-CLIPER or IPET plus an upslope term, or TCR; and rolling sums.

This rain is parametric, not observed: symmetric about the centre but for the terrain. Every product that
shows one of its figures says so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.errors import CoverageError
from riskmap.grid import Grid
from riskmap.hazard.rain_models import RAIN_MODELS, TcrNode, surface_drag, tcr_grid_rate, tcr_table
from riskmap.hazard.rain_models.upslope import DRIFT_LENGTH, SPECIFIC_HUMIDITY, slope_share
from riskmap.hazard.storm.model import SURFACE_FACTOR, WindModel
from riskmap.hazard.storm.swath import HOUR, StormHour
from riskmap.hazard.storm.vortex import RadialRain, Vortices, table_places, vortices
from riskmap.schema import describe, require
from riskmap.terrain.relief import Slope, half_window, window_mean

Numbers = NDArray[np.float64]

WINDOWS: Final = (1, 3, 6, 12, 24)
"""Rolling sums [h]."""


def radial_rain(model: Literal["rcliper", "ipet"] = "rcliper") -> RadialRain:
    """Rain by distance from the centre, for the tables of ``riskmap.hazard.storm.vortex``.

    Parameters
    ----------
    model : str
        See ``riskmap.hazard.rain_models``.
    """
    formula = RAIN_MODELS[model].function

    def rain(at: xr.Dataset, radius: NDArray[np.float64]) -> NDArray[np.float64]:
        period = int(at.attrs["averaging_period"])
        wind = convert(at["maximum_wind"].values, period=period, to=60)
        deficit = at["environmental_pressure"].values - at["central_pressure"].values
        core = at["radius_of_maximum_wind"].values
        storms = (
            [{"maximum_wind": v} for v in wind]
            if model == "rcliper"
            else [
                {"pressure_deficit": max(d, 0.0), "radius_of_maximum_wind": r}
                for d, r in zip(deficit, core, strict=True)
            ]
        )
        rates = [formula(r, **storm) for r, storm in zip(radius, storms, strict=True)]
        return np.stack([rates, slope_share(radius)], axis=1)

    return rain


def rain_sums(hourly: xr.DataArray, windows: Sequence[int] = WINDOWS) -> xr.Dataset:
    """Rolling sums of hourly rain of your own, as the rules ask for them.

    Parameters
    ----------
    hourly : DataArray (time, ...)
        Rain of the hour that ends at ``time`` [mm], NaN where unknown; may be Dask-backed.
    windows : sequence of int
        [h]; of 1, 3, 6, 12 and 24.

    Returns
    -------
    Dataset
        ``rain_1h`` ... ``rain_24h`` [mm]: NaN until a window is whole and where an hour of it is unknown, so that a gap
        is grey and never dry.

    Raises
    ------
    CoverageError
        The hours are not an hour apart: a missing one would pass for a dry one.
    UnitsError
        Not in mm, or no rain.

    Examples
    --------
    >>> hours = np.datetime64("2021-07-25T00", "h") + np.arange(4)
    >>> radar = xr.DataArray([5.0, 7.0, 11.0, 13.0], dims="time", coords={"time": hours.astype("M8[ns]")}, attrs={"units": "mm"})
    >>> rain_sums(radar, windows=(1, 3))["rain_3h"].values.tolist()
    [nan, nan, 23.0, 31.0]
    """
    require(xr.Dataset({"rain_1h": hourly}), "rain_1h", where="rain_sums")
    steps = np.diff(hourly["time"].values.astype("datetime64[s]"))
    uneven = np.flatnonzero(steps != HOUR)
    if uneven.size:
        raise CoverageError(
            "the hours of rain are not an hour apart", where="rain_sums, time", expected="one value an hour",
            found=f"{steps[uneven[0]]} after {hourly['time'].values[uneven[0]]}",
            remedy="sum shorter steps to hours; reindex to every hour, which leaves NaN where one is missing",
        )  # fmt: skip
    sums = {f"rain_{h}h": hourly.rolling(time=h).sum() for h in windows}
    return xr.Dataset({name: total.assign_attrs(describe(name).attributes) for name, total in sums.items()})


def fallen(hour: StormHour, grid: Grid) -> NDArray[np.float32]:
    """Rain of one hour [mm], shape (y, x): the radial rain, and what was lifted where it has drifted to."""
    drifted = window_mean(hour.lifted, half_window(grid, DRIFT_LENGTH))
    return np.asarray(hour.rain + drifted.astype(np.float32))


INSTANTS: Final = 3
"""Instants of an hour at which the vortex is looked at (status D): it changes little in 20 minutes."""

CHANGE_OVER: Final = 3 * 3600
"""The vortex's change is that from so many seconds before to so many after (status D), less at the track's ends."""


@dataclass(frozen=True, eq=False)
class TcrRain:
    """TCR of one storm over one ground.

    Attributes
    ----------
    track : Dataset (time)
        Complete.
    slope : pair of float arrays (y, x)
        See ``riskmap.terrain.relief.lifting_slope``.
    drag : float array (y, x)
        See ``riskmap.hazard.rain_models.surface_drag``.
    """

    track: xr.Dataset
    grid: Grid
    model: WindModel
    slope: Slope
    drag: Numbers

    def hour(self, end: np.datetime64, storm: StormHour) -> NDArray[np.float32]:
        """Rain [mm] of the hour that ends at ``end``, (y, x), with the wind of ``storm`` over the slopes."""
        u, v = storm.u / np.float32(SURFACE_FACTOR), storm.v / np.float32(SURFACE_FACTOR)
        rate = tcr_grid_rate(self._nodes(end), self.grid, u, v, slope=self.slope, drag=self.drag)
        return window_mean(rate, half_window(self.grid, DRIFT_LENGTH)).astype(np.float32)

    def _nodes(self, end: np.datetime64) -> list[TcrNode]:
        middles = end - HOUR + ((np.arange(INSTANTS) + 0.5) * (3600 / INSTANTS)).astype("timedelta64[s]")
        first, last = self.track["time"].values[[0, -1]].astype("datetime64[s]")
        span = np.timedelta64(CHANGE_OVER, "s")
        early, late = np.maximum(middles - span, first), np.minimum(middles + span, last)
        storm = vortices(self.track, np.concatenate([middles, early, late]), self.model)
        seconds = (late - early).astype(np.float64)
        return [self._node(storm, k, float(seconds[k])) for k in range(INSTANTS)]

    def _node(self, storm: Vortices, k: int, seconds: float) -> TcrNode:
        profile, before, after = (
            partial(np.interp, xp=radius, fp=speed)
            for radius, speed in (_mean_wind(storm, k + n * INSTANTS) for n in range(3))
        )

        def tendency(r: Numbers) -> Numbers:
            return np.asarray((after(r) - before(r)) / seconds)

        table = tcr_table(
            profile, latitude=float(storm.latitude[k]), tendency=tendency,
            radius_of_maximum_wind=float(storm.radius_of_maximum_wind[k]),
        )  # fmt: skip
        motion = float(storm.east[k]), float(storm.north[k])
        return TcrNode(
            float(storm.latitude[k]), float(storm.longitude[k]), table, SPECIFIC_HUMIDITY, motion=motion
        )


def tcr_rain(
    track: xr.Dataset, grid: Grid, *, model: WindModel, slope: Slope, land: NDArray[np.bool_]
) -> TcrRain:
    """TCR of a storm on a grid.

    Parameters
    ----------
    track : Dataset (time)
        Complete.
    model : WindModel
    slope : pair of float arrays (y, x)
        Of the ground [m m-1], see ``riskmap.terrain.relief.lifting_slope``.
    land : bool array (y, x)
        Where the ground drags as land does.
    """
    return TcrRain(track, grid, model, slope, surface_drag(land, grid))


def _mean_wind(storm: Vortices, node: int) -> tuple[Numbers, Numbers]:
    """Distances [m] and the vortex's wind there [m s-1], the mean over its quadrants, without the motion."""
    radius, sine = table_places(float(storm.radius_of_maximum_wind[node]))
    speed = np.hypot(storm.swirl[node, :, 0], storm.swirl[node, :, 1]).mean(axis=0) * sine
    return np.append(0.0, radius), np.append(0.0, speed)


class RollingRain:
    """Rolling sums over the last hours; holds one day of hourly grids and nothing more.

    Examples
    --------
    >>> rolling = RollingRain((1, 1), windows=(1, 3))
    >>> for mm in (5.0, 7.0, 11.0, 13.0):
    ...     rolling.add(np.full((1, 1), mm, np.float32))
    >>> {name: float(total[0, 0]) for name, total in rolling.sums().items()}
    {'rain_1h': 13.0, 'rain_3h': 31.0}
    """

    def __init__(self, shape: tuple[int, int], windows: tuple[int, ...] = WINDOWS) -> None:
        self._windows = windows
        self._hours: deque[NDArray[np.float32]] = deque(maxlen=max(windows))
        self._shape = shape

    def add(self, rain: NDArray[np.float32]) -> None:
        """Append the rain of the next hour [mm], shape (y, x)."""
        self._hours.append(rain)

    def sums(self) -> dict[str, NDArray[np.float32]]:
        """``rain_1h`` ... ``rain_24h`` [mm], each (y, x).

        Raises
        ------
        CoverageError
            Fewer hours were added than the longest window: the sum would be too small, and look safe.
        """
        if len(self._hours) < max(self._windows):
            raise CoverageError(
                "the rain sums are not whole",
                where="rain",
                expected=f"{max(self._windows)} hours of rain before the first valid hour",
                found=f"{len(self._hours)} hours",
                remedy="use a track that begins a day before the issue time",
            )
        totals, running, newest_first = {}, np.zeros(self._shape, np.float32), list(self._hours)[::-1]
        for n in range(max(self._windows)):
            running = running + newest_first[n]
            if n + 1 in self._windows:
                totals[f"rain_{n + 1}h"] = running
        return totals
