"""Typhoon wind: a storm on a grid, over sea and land, mean and gust, and how far its wind circles reach.

Nothing is cut at 17.5 m/s: 6-force wind (10.8 m/s) shows. The wind that the vortex gives is that over open
water; over land its mean is reduced and its gustiness raised.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import CoverageError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.profiles import AIR_DENSITY as AIR_DENSITY
from riskmap.hazard.storm.model import DEFAULT, Profile, WindModel
from riskmap.hazard.storm.model import SURFACE_FACTOR as SURFACE_FACTOR
from riskmap.hazard.storm.swath import storm_hours
from riskmap.hazard.storm.vortex import Vortices, speed_around, vortices
from riskmap.hazard.surface import Surface, surface_of, surface_wind
from riskmap.track import QUADRANTS, instants, interpolate

PROFILES: Final[tuple[Profile, ...]] = get_args(Profile)
"""Names of the profiles that a grid can take."""

FORCE_SPEEDS: Final = {7: 13.9, 10: 24.5, 12: 32.7}
"""Lower bounds of wind force 7, 10 and 12 [m s-1]; GB/T 28591. Taking them for 风圈 is usual, not read."""


def wind_field(
    track: xr.Dataset,
    grid: Grid,
    times: Sequence[datetime] | NDArray[np.datetime64],
    *,
    model: WindModel = DEFAULT,
    surface: Surface | None = None,
) -> xr.Dataset:
    """Hourly wind of one storm on a grid, and its peak.

    Parameters
    ----------
    track : Dataset (time)
        Complete; ``maximum_wind`` [m s-1] with attr ``averaging_period`` [s].
    grid : Grid
    times : sequence of datetime or datetime64
        Valid hours, UTC, an hour apart.
    model : WindModel
        Profile, radii, asymmetry and inflow.
    surface : Surface, optional
        What the ground makes of it, see ``riskmap.hazard.surface.surface_of``; all sea by default.

    Returns
    -------
    Dataset
        ``wind_speed``, ``wind_speed_of_gust`` (time, y, x) [m s-1]: largest of the hour that ends at
        ``time``, of the first its end alone; ``eastward_wind``, ``northward_wind`` [m s-1] over open water and
        ``air_pressure_at_mean_sea_level`` [Pa] at ``time``; ``peak_wind_speed``, ``peak_wind_speed_of_gust``
        (y, x).

    Raises
    ------
    CoverageError
        The track does not cover the times, or never comes near the grid.

    References
    ----------
    See ``riskmap.hazard.profiles``, ``riskmap.hazard.radii`` and ``riskmap.hazard.storm.model``.

    .. image:: /images/storm.svg
       :alt: The profile alone and through the radii; hourly positions and the engine; shares of the motion and inflow angles

    Examples
    --------
    >>> from riskmap.track import complete, make_track
    >>> hours = np.array(["2021-07-25T00", "2021-07-25T01"], "M8[s]")
    >>> track = make_track(time=hours, latitude=[29.9, 30.0], longitude=[122.3, 122.2], averaging_period=120,
    ...                    maximum_wind=[38.0, 38.0], central_pressure=[96500.0, 96500.0])
    >>> wind = wind_field(complete(track), Grid.from_bounds(west=120, south=29, east=123, north=31, step=0.5), hours)
    >>> wind["wind_speed"].dims, bool(wind["peak_wind_speed"].max() > 32.7)
    (('time', 'y', 'x'), True)
    """
    hours = instants(times)
    period = int(track.attrs["averaging_period"])
    ground = surface or surface_of(grid, land=np.zeros(grid.shape, np.bool_), period=period)
    names = (
        "wind_speed",
        "wind_speed_of_gust",
        "eastward_wind",
        "northward_wind",
        "air_pressure_at_mean_sea_level",
    )
    fields = {name: np.empty((len(hours), *grid.shape), np.float32) for name in names}
    require_near(track, grid)
    for n, marine in enumerate(storm_hours(track, grid, hours, model)):
        blowing = surface_wind(marine.peak, ground, eastward=marine.u, northward=marine.v)
        for name, values in blowing.items():
            fields[name][n] = values
        fields["eastward_wind"][n], fields["northward_wind"][n] = marine.u, marine.v
        fields["air_pressure_at_mean_sea_level"][n] = marine.pressure
    units = dict.fromkeys(names, "m s-1") | {"air_pressure_at_mean_sea_level": "Pa"}
    data = {
        name: (("time", "y", "x"), values, {"standard_name": name, "units": units[name]})
        for name, values in fields.items()
    }
    for name in names[:2]:
        data[f"peak_{name}"] = (
            ("y", "x"),
            fields[name].max(axis=0),
            {"units": "m s-1", "cell_methods": "time: maximum"},
        )  # type: ignore[assignment]
    return xr.Dataset(
        data,
        coords={"time": hours, **grid.coordinates},
        attrs={"averaging_period": period, **vars(model)},
    )


def hourly_peaks(
    track: xr.Dataset, grid: Grid, hours: NDArray[np.datetime64], *, model: WindModel = DEFAULT
) -> Iterator[NDArray[np.float32]]:
    """Peak wind over open water [m s-1] within each hour, (y, x), one after the other; of the first its end alone."""
    for hour in storm_hours(track, grid, hours, model):
        yield hour.peak


NEAR: Final = 800e3
"""A track that never comes within this distance [m] of the grid cannot matter to it."""


def require_near(track: xr.Dataset, grid: Grid) -> None:
    """Refuse a track that never comes within ``NEAR`` of the grid.

    Raises
    ------
    CoverageError
        Says how far away the storm stays and where the grid lies.
    """
    west, south, east, north = grid.bounds
    first, last = track["time"].values[[0, -1]].astype("datetime64[s]")
    way = interpolate(
        track[["latitude", "longitude"]], np.append(np.arange(first, last, np.timedelta64(3600, "s")), last)
    )
    latitude, longitude = way["latitude"].values, way["longitude"].values
    dy = np.radians(latitude - np.clip(latitude, south, north))
    dx = np.radians(longitude - np.clip(longitude, west, east)) * np.cos(np.radians(latitude))
    nearest = float(EARTH_RADIUS * np.hypot(dx, dy).min())
    if nearest > NEAR:
        raise CoverageError(
            "the track never comes near the grid",
            where=f"track {track.attrs.get('name', '')}",
            expected=f"a centre within {NEAR / 1e3:.0f} km of {south:g}-{north:g}N, {west:g}-{east:g}E",
            found=f"nearest centre {nearest / 1e3:.0f} km away",
            remedy="check the storm, the time window, and that latitude and longitude are not swapped",
        )


CIRCLE_REACH: Final = 1_500e3
"""How far a wind circle is looked for [m]: Tokyo's circles of 30 kt reach 600 km, those of force 7 then further."""

CIRCLE_PLACES: Final = 500
"""Distances at which the wind is looked at, from 1 km on, evenly in their logarithm; a straight line between two."""


def wind_circles(
    track: xr.Dataset,
    times: NDArray[np.datetime64],
    *,
    model: WindModel = DEFAULT,
    speeds: Sequence[float] | NDArray[np.float64] | None = None,
) -> xr.Dataset:
    """Modelled radii of wind over open water, by default of force 7, 10 and 12.

    Parameters
    ----------
    times : datetime64 (time,)
    speeds : sequence (force,), optional
        Other wind speeds [m s-1].

    Returns
    -------
    Dataset
        ``wind_radius`` (time, force, quadrant) [m]: largest radius in the quadrant; NaN if never reached. ``force``
        holds the speeds where they are given; ``vortex`` (time) says what each vortex was made from.
    """
    levels = np.array(list(FORCE_SPEEDS.values()) if speeds is None else speeds, np.float64)
    storm = vortices(track, times, model)
    azimuths = np.radians(np.arange(5.0, 360.0, 10.0))
    out = np.array([_circles(storm, k, levels, azimuths) for k in range(len(storm))])
    quarters = out.reshape(len(storm), len(levels), 4, 9).max(axis=3)
    return xr.Dataset(
        {"wind_radius": (("time", "force", "quadrant"), np.where(quarters > 0.0, quarters, np.nan), {"units": "m"})},
        coords={
            "time": times, "force": list(FORCE_SPEEDS) if speeds is None else levels, "quadrant": list(QUADRANTS),
            "vortex": ("time", list(storm.source)),
        },
    )  # fmt: skip


def _circles(
    storm: Vortices, k: int, levels: NDArray[np.float64], azimuths: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Largest radius [m] by speed and azimuth, 0 where never."""
    radius = np.geomspace(1e3, CIRCLE_REACH, CIRCLE_PLACES)
    wind = speed_around(storm, k, radius[None, :], azimuths[:, None])
    beyond = np.concatenate([wind[:, 1:], wind[:, -1:]], axis=1)
    step = np.append(np.diff(radius), 0.0)
    out = []
    for level in levels:
        part = np.clip((wind - level) / np.maximum(wind - beyond, 1e-9), 0.0, 1.0)
        out.append(np.where(wind >= level, radius + part * step, 0.0).max(axis=1))
    return np.array(out)
