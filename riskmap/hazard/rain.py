"""Typhoon rain: R-CLIPER plus an upslope term, and rolling sums.

This rain is parametric, not observed: symmetric about the centre but for the terrain. Every product that
shows one of its figures says so.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.blocks import run_rows
from riskmap.errors import CoverageError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.wind import SUB_STEP_MINUTES, SURFACE_FACTOR
from riskmap.regressions import KNOT
from riskmap.terrain import half_window, window_mean
from riskmap.track import interpolate

EFFICIENCY: Final = 0.9
"""Precipitation efficiency; Lu et al. (2018), JAS 75, 2337, as in pyTCR (other ports take 0.5)."""

AIR_TO_WATER_DENSITY: Final = 0.00117
"""Density of air near 900 hPa over that of water; pyTCR."""

SPECIFIC_HUMIDITY: Final = 0.0195
"""Of the lifted air [kg kg-1]: saturated at 900 hPa and 23 degC, a typhoon's moist core (es = 28.1 hPa, q = 0.622 es /
(p - 0.378 es)). The public TCR ports default to 0.010, which leaves the Siming mountains far below what In-Fa
brought: 951 mm in 94 h at Dingjiafan (status D; docs/adr/0004)."""

UPSLOPE_FACTOR: Final = EFFICIENCY * AIR_TO_WATER_DENSITY * SPECIFIC_HUMIDITY * 3.6e6 / SURFACE_FACTOR
"""Rain rate per lifting speed of the 10 m wind [mm h-1 per m s-1]; the flow that climbs is the gradient wind."""

DRIFT_LENGTH: Final = 15.5e3
"""Drops form and fall while they drift: upslope rain is spread over a window of this side [m], about 15 m/s, the wind of
force 7, times the 1,000 s usual for conversion and fallout in Smith and Barstad (2004), JAS 61, 1377 (status D)."""

TAPER_NEAR: Final = 120.0
TAPER_FAR: Final = 150.0
"""The terrain slope counts 0.6 of itself near the centre, falling to 0.2 outside: clip((150 - r) / 30, 0.2,
0.6), r in km, as in the public TCR ports."""

WINDOWS: Final = (1, 3, 6, 12, 24)
"""Rolling sums [h]."""


def rcliper_rate(radius_km: float, maximum_wind_knots: float) -> float:
    """Rain rate [mm h-1] of R-CLIPER at a distance [km] for a maximum 1-min wind [kt].

    References
    ----------
    Tuleya, DeMaria and Kuligowski (2007), WAF 22, 56, eqs 3-5, Table 2 (NHC, bias-adjusted).

    Examples
    --------
    >>> [round(rcliper_rate(r, 35.0), 4) for r in (0.0, 51.5, 100.0, 200.0, 300.0)]
    [3.0268, 3.3867, 2.3582, 1.1181, 0.5301]
    >>> round(rcliper_rate(0.0, 64.0), 4), round(rcliper_rate(300.0, 64.0), 4)
    (6.7098, 0.899)
    """
    from riskmap._kernels import rain as kernel

    return float(kernel.rcliper(radius_km, maximum_wind_knots))


def rain_nodes(track: xr.Dataset, hour: np.datetime64) -> NDArray[np.float64]:
    """Centre and maximum 1-min wind [kt] at the middles of the sub-steps of the hour that ends at ``hour``.

    Middles, so that the sum over hours does not depend on the sub-step.
    """
    seconds = 60 * SUB_STEP_MINUTES
    middles = (
        hour - np.timedelta64(3600, "s") + np.arange(seconds // 2, 3600, seconds).astype("timedelta64[s]")
    )
    at = interpolate(track, middles)
    wind = convert(at["maximum_wind"].values, period=int(track.attrs["averaging_period"]), to=60) / KNOT
    return np.column_stack([at["latitude"].values, at["longitude"].values, wind])


def rain_hour(
    nodes: NDArray[np.float64],
    grid: Grid,
    u: NDArray[np.float32],
    v: NDArray[np.float32],
    slope: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float32]:
    """Rain of one hour [mm], shape (y, x).

    Parameters
    ----------
    nodes : float array (sub-step, 3)
        See ``rain_nodes``.
    u, v : float32, shape (y, x)
        Wind over open water in that hour [m s-1], which stands for the flow that meets the hills.
    slope : pair of float arrays (y, x)
        See ``riskmap.terrain.lifting_slope``.
    """
    from riskmap._kernels import rain as kernel

    base, lifted = (np.empty(grid.shape, np.float32) for _ in range(2))
    latitude, longitude = grid.latitude, grid.longitude

    def rows(first: int, last: int) -> None:
        kernel.rain_rows(
            nodes, latitude, longitude, u, v, slope[0], slope[1],
            UPSLOPE_FACTOR, TAPER_NEAR, TAPER_FAR, EARTH_RADIUS, first, last, base, lifted,
        )  # fmt: skip

    run_rows(rows, grid.shape[0])
    return base + window_mean(lifted, half_window(grid, DRIFT_LENGTH)).astype(np.float32)


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
