"""Typhoon rain: R-CLIPER plus an upslope term, and rolling sums.

This rain is parametric, not observed: symmetric about the centre but for the terrain. Every product that
shows one of its figures says so.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.errors import CoverageError
from riskmap.grid import Grid
from riskmap.hazard.rain_models import RAIN_MODELS
from riskmap.hazard.rain_models.upslope import DRIFT_LENGTH, slope_share
from riskmap.hazard.swath import StormHour
from riskmap.hazard.vortex import RadialRain
from riskmap.terrain import half_window, window_mean

WINDOWS: Final = (1, 3, 6, 12, 24)
"""Rolling sums [h]."""


def radial_rain(model: Literal["rcliper", "ipet"] = "rcliper") -> RadialRain:
    """Rain by distance from the centre, for the tables of ``riskmap.hazard.vortex``.

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


def fallen(hour: StormHour, grid: Grid) -> NDArray[np.float32]:
    """Rain of one hour [mm], shape (y, x): the radial rain, and what was lifted where it has drifted to."""
    drifted = window_mean(hour.lifted, half_window(grid, DRIFT_LENGTH))
    return np.asarray(hour.rain + drifted.astype(np.float32))


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
