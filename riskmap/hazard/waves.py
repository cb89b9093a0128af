"""Waves near the shore (近岸浪) from wind, fetch and depth: fetch-limited growth in water of finite depth.

No swell from elsewhere, no refraction, no duration limit: waves are taken to be in balance with the wind of the hour.
See ``docs/concepts/waves.md``.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.storm.model import DEFAULT, WindModel
from riskmap.hazard.storm.swath import storm_hours
from riskmap.hazard.surge.dynamic import WIND_PERIOD
from riskmap.hazard.surge.quasi_static import GRAVITY, REACH_TO_SEA
from riskmap.within import require_within

Floats = NDArray[np.float64]

DIRECTIONS: Final = np.arange(0.0, 360.0, 10.0)
"""Directions of fetches, clockwise from north [degrees]."""
FETCH_REACH: Final = 150e3
"""A storm's wind blows no further than this in one direction [m] (status D)."""
STEP: Final = 1e3
"""Between two looks along a fetch [m]."""
SECTOR: Final = 45.0
"""Fetches within this angle of the wind count, by the square of the cosine [degrees]; after Saville (1954) (status M)."""
BREAKING: Final = 0.6
"""Largest significant wave height over depth at the toe of a wall (status D; about 0.5 in Dutch practice on gentle
foreshores)."""
WAVE_VARIABLES: Final = {
    "significant_wave_height": "m",
    "peak_period": "s",
    "wave_from": "degrees",
    "wind_speed": "m s-1",
}
"""What is told of waves, with its units."""
SPECTRAL_PERIOD: Final = 1.1
"""Tp / Tm-1,0 of a single-peaked spectrum; EurOtop (2018) (status S: read in public implementations)."""


def young_verhagen(*, wind: Any, fetch: Any, depth: Any) -> tuple[Floats, Floats]:
    """Significant wave height [m] and peak period [s] of waves that grow over a fetch in water of finite depth.

    Parameters
    ----------
    wind : float or array
        At 10 m [m s-1].
    fetch, depth : float or array
        [m]; where any of the three is 0 there are no waves.

    References
    ----------
    Young and Verhagen (1996), Coastal Eng. 29, 47, eqs. 25-27 and their like for the frequency (status S: the same
    coefficients in two public implementations).

    Examples
    --------
    >>> height, period = young_verhagen(wind=21.9444, fetch=53_890.0, depth=7.0)
    >>> round(float(height), 3), round(float(period), 2)
    (1.637, 5.3)

    .. image:: /images/waves.svg
       :alt: Wave height over fetch, for two winds and four depths
    """
    require_within(wind, "wind [m s-1]", where="young_verhagen")
    require_within(fetch, "fetch [m]", where="young_verhagen")
    u, x, d = (np.maximum(np.asarray(v, np.float64), 0.0) for v in (wind, fetch, depth))
    known = (u > 0.0) & (x > 0.0) & (d > 0.0)
    u, x, d = (np.where(known, v, 1.0) for v in np.broadcast_arrays(u, x, d))
    chi, delta = GRAVITY * x / u**2, GRAVITY * d / u**2
    deep = np.tanh(0.493 * delta**0.75)
    energy = 3.64e-3 * (deep * np.tanh(3.13e-3 * chi**0.57 / deep)) ** 1.74
    slow = np.tanh(0.331 * delta**1.01)
    frequency = 0.133 * (slow * np.tanh(5.215e-4 * chi**0.73 / slow)) ** -0.37
    height = np.where(known, 4.0 * np.sqrt(energy) * u**2 / GRAVITY, 0.0)
    period = np.where(known, u / (GRAVITY * frequency), 0.0)
    missing = np.isnan(
        np.asarray(wind, np.float64) + np.asarray(fetch, np.float64) + np.asarray(depth, np.float64)
    )
    return np.where(missing, np.nan, height), np.where(missing, np.nan, period)


def depth_limited(height: Any, depth: Any) -> Floats:
    """Significant wave height [m] that a depth [m] lets stand: at most ``BREAKING`` of it.

    Examples
    --------
    >>> depth_limited([1.0, 3.0], 4.0).tolist()
    [1.0, 2.4]
    """
    return np.minimum(
        np.asarray(height, np.float64), BREAKING * np.maximum(np.asarray(depth, np.float64), 0.0)
    )


def fetches(depth: NDArray[np.floating], grid: Grid, points: xr.Dataset) -> tuple[Floats, Floats]:
    """Length of water in each direction from points and its mean depth [m], each (point, direction).

    Parameters
    ----------
    depth : float array (y, x)
        Of the sea [m], NaN or <= 0 on land.
    grid : Grid
    points : Dataset (point)
        ``latitude``, ``longitude`` [degrees].
    """
    from riskmap._kernels import fetch as kernel

    latitude, longitude = (points[name].values.astype(np.float64) for name in ("latitude", "longitude"))
    per_degree = float(np.radians(1.0)) * EARTH_RADIUS
    rows = (latitude - grid.latitude[0]) / grid.transform.e
    columns = (longitude - grid.longitude[0]) / grid.transform.a
    across = 1.0 / (per_degree * np.cos(np.radians(latitude)) * grid.transform.a)
    length, mean = (np.zeros((len(rows), len(DIRECTIONS))) for _ in range(2))
    kernel.fetches(
        np.nan_to_num(np.asarray(depth, np.float64), nan=-1.0), rows, columns, -1.0 / (per_degree * grid.transform.e),
        across, DIRECTIONS, STEP, FETCH_REACH, REACH_TO_SEA, length, mean,
    )  # fmt: skip
    return length, mean


def effective_fetch(length: Floats, depth: Floats, wind_from: Floats) -> tuple[Floats, Floats]:
    """Fetch and depth [m] for a wind, over the sector that it comes from.

    Parameters
    ----------
    length, depth : float array (point, direction)
        See ``fetches``.
    wind_from : float array (..., point)
        Where the wind comes from, clockwise from north [degrees].

    Examples
    --------
    >>> sea = np.where(abs(DIRECTIONS - 90.0) <= 90.0, 50e3, 0.0)[None, :]  # open to the east
    >>> [float(effective_fetch(sea, sea * 0 + 9.0, np.array([d]))[0][0].round(-3)) for d in (90.0, 180.0, 270.0)]
    [50000.0, 28000.0, 0.0]
    """
    away = np.radians(np.asarray(wind_from)[..., None] - DIRECTIONS)
    weight = np.where(np.cos(away) >= np.cos(np.radians(SECTOR)) - 1e-9, np.cos(away) ** 2, 0.0)
    found = (weight * length).sum(axis=-1) / weight.sum(axis=-1)
    wet = (weight * length).sum(axis=-1)
    mean = (weight * length * depth).sum(axis=-1) / np.maximum(wet, 1e-9)
    return found, np.where(wet > 0.0, mean, 0.0)


def waves(
    track: xr.Dataset, depth: NDArray[np.floating], grid: Grid, points: xr.Dataset, times: NDArray[np.datetime64], *,
    model: WindModel = DEFAULT,
) -> xr.Dataset:  # fmt: skip
    """Waves of a storm at coastal points, before they meet the shallow water in front of a wall.

    Parameters
    ----------
    track : Dataset (time)
    depth : float array (y, x)
        Of the sea [m] on ``grid``, NaN or <= 0 on land.
    points : Dataset (point)
        ``latitude``, ``longitude`` [degrees] within the grid.
    times : datetime64 (time,)

    Returns
    -------
    Dataset
        ``significant_wave_height`` [m], ``peak_period`` [s], ``wave_from`` [degrees], ``wind_speed`` [m s-1, 10-min
        mean], each (time, point), NaN off the grid and where the chart has no sea within reach; the points' own variables.

    References
    ----------
    Young and Verhagen (1996); see ``young_verhagen``.
    """
    length, mean = fetches(depth, grid, points)
    cells = [
        grid.index_of(latitude=float(lat), longitude=float(lon))
        for lat, lon in zip(points["latitude"].values, points["longitude"].values, strict=True)
    ]
    # a point without water in any direction is not in the lee: the chart does not know its sea
    known = np.array([cell is not None for cell in cells], np.bool_) & (length > 0.0).any(axis=1)
    i, j = (np.array([0 if cell is None else cell[n] for cell in cells], np.int64) for n in range(2))
    shape = (len(times), len(cells))
    speed, bearing = np.full(shape, np.nan), np.full(shape, np.nan)
    scale = convert(1.0, period=int(track.attrs["averaging_period"]), to=WIND_PERIOD)
    for n, hour in enumerate(storm_hours(track, grid, times, model, at_once=len(times))):
        u, v = hour.u[i, j].astype(np.float64), hour.v[i, j].astype(np.float64)
        speed[n] = np.where(known, scale * np.hypot(u, v), np.nan)
        bearing[n] = np.where(known, np.degrees(np.arctan2(-u, -v)) % 360.0, np.nan)
    far, deep = effective_fetch(length, mean, np.nan_to_num(bearing))
    height, period = young_verhagen(wind=speed, fetch=far, depth=deep)
    parts = zip(WAVE_VARIABLES.items(), (height, period, bearing, speed), strict=True)
    return points.assign(
        {name: (("time", "point"), values, {"units": units}) for (name, units), values in parts}
    ).assign_coords(time=np.asarray(times))
