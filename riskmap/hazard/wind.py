"""Typhoon wind: a parametric vortex on a grid, over sea and land, mean and gust.

Nothing is cut at 17.5 m/s: 6-force wind (10.8 m/s) shows. The wind that the vortex gives is that over open
water; over land its mean is reduced and its gustiness raised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import gust_factor
from riskmap.blocks import run_rows
from riskmap.errors import CoverageError, DataError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.profiles import AIR_DENSITY as AIR_DENSITY
from riskmap.hazard.profiles import EARTH_ROTATION as EARTH_ROTATION
from riskmap.hazard.profiles import OUTER_RADIUS as OUTER_RADIUS
from riskmap.hazard.profiles import OUTER_WIND as OUTER_WIND
from riskmap.hazard.profiles import holland_b, holland_bs
from riskmap.track import interpolate

Profile = Literal["holland1980", "holland2008", "holland2010"]
PROFILES: Final = ("holland1980", "holland2008", "holland2010")

SURFACE_FACTOR: Final = 0.9
"""10 m wind over sea / gradient wind near the core; Franklin et al. (2003), WAF 18, 32."""

LAND_FACTOR: Final = 0.8
"""Mean wind over land / over sea; Knaff et al. (2011), Fig. 3 (0.72 / 0.9), read in a public code that cites it."""

FORCE_SPEEDS: Final = {7: 13.9, 10: 24.5, 12: 32.7}
"""Lower bounds of wind force 7, 10 and 12 [m s-1]; GB/T 28591. Taking them for 风圈 is usual, not read."""

SUB_STEP_MINUTES: Final = 10
"""Within an hour the storm moves by up to a cell width every few minutes; the peak is taken over these steps."""


def wind_nodes(track: xr.Dataset, times: NDArray[np.datetime64], profile: Profile) -> NDArray[np.float64]:
    """Vortex parameters at each time, shape (time, N_COLUMNS of ``_kernels.wind``).

    Parameters
    ----------
    track : Dataset (time)
        Complete (see ``riskmap.track.complete``), any averaging period; that of the result is the same.
    times : datetime64, shape (time,)
        UTC, within the track.

    Raises
    ------
    DataError
        Unknown profile.
    CoverageError
        A time outside the track.
    """
    from riskmap._kernels import wind as kernel

    if profile not in PROFILES:
        raise DataError(
            "unknown wind profile", where="profile", expected=" | ".join(PROFILES), found=repr(profile),
            remedy="set [wind] profile in the scenario",
        )  # fmt: skip
    at = interpolate(track, times)
    latitude, vmax = at["latitude"].values, at["maximum_wind"].values
    rmax, pc, pn = (
        at[name].values for name in ("radius_of_maximum_wind", "central_pressure", "environmental_pressure")
    )
    east, north = at["eastward_motion"].values, at["northward_motion"].values
    nodes = np.empty((len(times), kernel.N_COLUMNS))
    columns = (latitude, at["longitude"].values, vmax, rmax, pc, pn, east, north)
    for column, values in enumerate(columns):
        nodes[:, column] = values
    tendency = _pressure_tendency(track, times)
    for k in range(len(times)):
        deficit = max(pn[k] - pc[k], 100.0)
        if profile == "holland1980":
            b = holland_b(pressure_deficit=deficit, gradient_wind=vmax[k] / SURFACE_FACTOR)
        else:
            b = holland_bs(
                pressure_deficit=deficit, pressure_tendency=tendency[k],
                latitude=latitude[k], translation_speed=float(np.hypot(east[k], north[k])),
            )  # fmt: skip
        nodes[k, kernel.SHAPE_B] = b
        nodes[k, kernel.X_OUTER] = 0.5
        # what the kernel leaves to the vortex once the motion is taken off
        vortex = vmax[k] - min(float(np.hypot(east[k], north[k])), 0.5 * vmax[k])
        if profile == "holland2010" and vortex > OUTER_WIND:
            x = kernel.outer_exponent(vortex, OUTER_WIND, rmax[k], OUTER_RADIUS, b)
            nodes[k, kernel.X_OUTER] = max(x, 0.4)
    return nodes


def _pressure_tendency(track: xr.Dataset, times: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Change of the central pressure [Pa s-1] over the hour around each time, whatever other times are asked for."""
    first, last = track["time"].values[[0, -1]]
    half = np.timedelta64(1800, "s")
    early, late = np.maximum(times - half, first), np.minimum(times + half, last)
    change = (
        interpolate(track, late)["central_pressure"].values
        - interpolate(track, early)["central_pressure"].values
    )
    return np.asarray(change / (late - early).astype("timedelta64[s]").astype(np.float64))


@dataclass(frozen=True, eq=False)
class WindHour:
    """Wind over open water of one hour, shape (y, x), averaging period of the track.

    ``u, v`` [m s-1] and ``pressure`` [Pa] hold at the end of the hour; ``peak`` [m s-1] is the largest speed
    within it.
    """

    u: NDArray[np.float32]
    v: NDArray[np.float32]
    pressure: NDArray[np.float32]
    peak: NDArray[np.float32]


def sub_steps(hour: np.datetime64, *, first: bool = False) -> NDArray[np.datetime64]:
    """Instants within the hour that ends at ``hour``; for the first hour of a run only its end."""
    minutes = [0] if first else range(-60 + SUB_STEP_MINUTES, 1, SUB_STEP_MINUTES)
    return hour + np.array(list(minutes), dtype="timedelta64[m]").astype("timedelta64[s]")


def marine_wind(nodes: NDArray[np.float64], grid: Grid, profile: Profile) -> WindHour:
    """Wind over open water on a grid for the sub-steps of one hour (see ``wind_nodes``)."""
    from riskmap._kernels import wind as kernel

    u, v, p, peak = (np.empty(grid.shape, np.float32) for _ in range(4))
    code = kernel.HOLLAND_1980 if profile == "holland1980" else kernel.HOLLAND_2010
    latitude, longitude = grid.latitude, grid.longitude
    # the kernel takes differences of longitude as they are: bring the storm to the grid's side of 180 degrees
    turns = np.round((longitude.mean() - nodes[:, kernel.LONGITUDE]) / 360.0)
    near = nodes.copy()
    near[:, kernel.LONGITUDE] += 360.0 * turns

    def rows(first: int, last: int) -> None:
        kernel.wind_rows(
            near, latitude, longitude, code, OUTER_RADIUS, EARTH_RADIUS, EARTH_ROTATION,
            first, last, u, v, p, peak,
        )  # fmt: skip

    run_rows(rows, grid.shape[0])
    return WindHour(u, v, p, peak)


def over_surface(
    peak: NDArray[np.float32], land: NDArray[np.bool_], *, period: int
) -> dict[str, NDArray[np.float32]]:
    """Mean and gust as they blow over sea and land.

    Parameters
    ----------
    peak : float32, shape (y, x)
        Peak wind over open water [m s-1].
    land : bool, shape (y, x)
    period : int
        Averaging period of ``peak`` [s].

    Returns
    -------
    dict
        ``wind_speed`` (mean over ``period``) and ``wind_speed_of_gust`` (3 s), [m s-1].

    References
    ----------
    ``LAND_FACTOR``; gusts by Harper et al. (2010), at sea and in-land.
    """
    mean = np.where(land, np.float32(LAND_FACTOR), np.float32(1.0)) * peak
    at_sea = np.float32(gust_factor("at_sea", period=period))
    in_land = np.float32(gust_factor("in_land", period=period))
    return {"wind_speed": mean, "wind_speed_of_gust": mean * np.where(land, in_land, at_sea)}


def wind_field(
    track: xr.Dataset,
    grid: Grid,
    times: Sequence[datetime] | NDArray[np.datetime64],
    *,
    profile: Profile = "holland1980",
    land: NDArray[np.bool_] | None = None,
) -> xr.Dataset:
    """Hourly wind of one storm on a grid, and its peak.

    Parameters
    ----------
    track : Dataset (time)
        Complete; ``maximum_wind`` [m s-1] with attr ``averaging_period`` [s].
    grid : Grid
    times : sequence of datetime or datetime64
        Valid hours, UTC, an hour apart.
    profile : str
        ``holland1980``, ``holland2008`` or ``holland2010``.
    land : bool array (y, x), optional
        Where wind blows over land; all sea by default.

    Returns
    -------
    Dataset
        ``wind_speed``, ``wind_speed_of_gust`` (time, y, x) [m s-1]: largest of the hour that ends at
        ``time``; ``eastward_wind``, ``northward_wind`` [m s-1] over open water and
        ``air_pressure_at_mean_sea_level`` [Pa] at ``time``; ``peak_wind_speed``, ``peak_wind_speed_of_gust``
        (y, x).

    Raises
    ------
    CoverageError
        The track does not cover the times, or never comes near the grid.

    References
    ----------
    Holland (1980), MWR 108, 1212; Holland (2008), MWR 136, 3432; Holland, Belanger and Fritz (2010), MWR 138,
    4393. Motion: Mouton and Nordbeck (1999), factor min(1, R/r). Inflow: Bretschneider (1972).
    """
    hours = np.array(
        [np.datetime64(int(t.timestamp()), "s") if isinstance(t, datetime) else t for t in times]
    ).astype("datetime64[s]")
    period = int(track.attrs["averaging_period"])
    ground = np.zeros(grid.shape, np.bool_) if land is None else land
    names = (
        "wind_speed",
        "wind_speed_of_gust",
        "eastward_wind",
        "northward_wind",
        "air_pressure_at_mean_sea_level",
    )
    fields = {name: np.empty((len(hours), *grid.shape), np.float32) for name in names}
    require_near(track, grid)
    for n, hour in enumerate(hours):
        nodes = wind_nodes(track, sub_steps(hour, first=n == 0), profile)
        marine = marine_wind(nodes, grid, profile)
        for name, values in over_surface(marine.peak, ground, period=period).items():
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
        attrs={"averaging_period": period, "profile": profile},
    )


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
    latitude, longitude = track["latitude"].values, track["longitude"].values
    dy = np.radians(latitude - np.clip(latitude, south, north))
    dx = np.radians(longitude - np.clip(longitude, west, east)) * np.cos(np.radians(latitude))
    nearest = float(EARTH_RADIUS * np.hypot(dx, dy).min())
    if nearest > NEAR:
        raise CoverageError(
            "the track never comes near the grid",
            where=f"track {track.attrs.get('name', '')}",
            expected=f"a fix within {NEAR / 1e3:.0f} km of {south:g}-{north:g}N, {west:g}-{east:g}E",
            found=f"nearest fix {nearest / 1e3:.0f} km away",
            remedy="check the storm, the time window, and that latitude and longitude are not swapped",
        )


def wind_circles(track: xr.Dataset, times: NDArray[np.datetime64], *, profile: Profile) -> xr.Dataset:
    """Modelled 7/10/12-force radii over open water.

    Returns
    -------
    Dataset
        ``wind_radius`` (time, force, quadrant) [m]: largest radius in the quadrant; NaN if never reached.
    """
    from riskmap._kernels import wind as kernel

    nodes = wind_nodes(track, times, profile)
    speeds = np.array(list(FORCE_SPEEDS.values()))
    azimuths = np.radians(np.arange(5.0, 360.0, 10.0))
    out = np.empty((len(times), len(speeds), len(azimuths)))
    code = kernel.HOLLAND_1980 if profile == "holland1980" else kernel.HOLLAND_2010
    kernel.circle_radii(
        nodes, speeds, azimuths, 1e3, 700e3, code, OUTER_RADIUS, EARTH_RADIUS, EARTH_ROTATION, out
    )
    quarters = np.where(np.isnan(out), -np.inf, out).reshape(len(times), len(speeds), 4, 9).max(axis=3)
    quarters[np.isinf(quarters)] = np.nan
    return xr.Dataset(
        {"wind_radius": (("time", "force", "quadrant"), quarters, {"units": "m"})},
        coords={"time": times, "force": list(FORCE_SPEEDS), "quadrant": ["NE", "SE", "SW", "NW"]},
    )
