"""TCR's rain of an hour, from the same vortex that gives the wind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.grid import Grid
from riskmap.hazard.rain_models import TcrNode, surface_drag, tcr_grid_rate, tcr_table
from riskmap.hazard.rain_models.upslope import DRIFT_LENGTH, SPECIFIC_HUMIDITY
from riskmap.hazard.swath import HOUR, StormHour
from riskmap.hazard.vortex import Vortices, table_places, vortices
from riskmap.hazard.wind_model import SURFACE_FACTOR, WindModel
from riskmap.terrain import Slope, half_window, window_mean

Numbers = NDArray[np.float64]

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
        See ``riskmap.terrain.lifting_slope``.
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
    slope : pair of float arrays (y, x)
    land : bool array (y, x)
        Where the ground drags as land does.
    """
    return TcrRain(track, grid, model, slope, surface_drag(land, grid))


def _mean_wind(storm: Vortices, node: int) -> tuple[Numbers, Numbers]:
    """Distances [m] and the vortex's wind there [m s-1], the mean over its quadrants, without the motion."""
    radius, sine = table_places(float(storm.radius_of_maximum_wind[node]))
    speed = np.hypot(storm.swirl[node, :, 0], storm.swirl[node, :, 1]).mean(axis=0) * sine
    return np.append(0.0, radius), np.append(0.0, speed)
