"""The track of a typhoon: a Dataset over ``time`` with position, strength, size and a required averaging period.

Variables over ``time`` (datetime64[s], UTC): ``latitude``, ``longitude``, ``central_pressure``,
``environmental_pressure`` [Pa], ``maximum_wind`` [m s-1], ``radius_of_maximum_wind`` [m], ``wind_radius``
(time, force, quadrant) [m]; NaN where unknown. ``<name>_modelled`` flags what a regression filled,
``forecast`` what nobody had observed. Attributes: ``averaging_period`` [s], ``name``, ``number``, ``agency``,
``source``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.curves import pchip
from riskmap.errors import CoverageError, DataError
from riskmap.grid import EARTH_RADIUS
from riskmap.regressions import (
    ATKINSON_HOLLIDAY_PERIOD,
    ENVIRONMENTAL_PRESSURE,
    LEAST_PRESSURE_DEFICIT,
    pressure_from_wind,
    radius_of_maximum_wind,
    wind_from_pressure,
)
from riskmap.scale import WIND_FORCE_BOUNDS
from riskmap.schema import as_it_is, describe, require_range
from riskmap.track_check import check_track as check_track

FORCES: Final = (7, 10, 12)
"""Wind forces whose radii (风圈) agencies report."""

QUADRANTS: Final = ("NE", "SE", "SW", "NW")

MODELLED: Final = ("central_pressure", "maximum_wind", "radius_of_maximum_wind", "environmental_pressure")
"""Variables that ``complete`` may fill; each has a flag ``<name>_modelled``."""

MOTION_WINDOW: Final = 3 * 3600
"""Motion is the displacement from so many seconds before to so many after (status D): the usual 6-hourly step,
centred, so that the rounding of positions to 0.1 degree does not become wind."""


def instants(times: Sequence[datetime] | NDArray[np.datetime64], *, where: str = "time") -> NDArray[Any]:
    """Times as datetime64[s] UTC.

    Parameters
    ----------
    times : sequence of timezone-aware datetime, or array of datetime64 (UTC)

    Raises
    ------
    DataError
        A datetime without its offset, or not a time.

    Examples
    --------
    >>> from datetime import timedelta, timezone
    >>> instants([datetime(2021, 7, 24, 12, 30, tzinfo=timezone(timedelta(hours=8)))])[0].item().isoformat()
    '2021-07-24T04:30:00'
    """
    row = isinstance(times, np.ndarray) and times.dtype.kind == "M" and times.ndim == 1
    if row and not np.isnat(np.asarray(times)).any():
        return np.array(times, dtype="datetime64[s]")
    found = []
    for time in times:
        if isinstance(time, datetime):
            if time.tzinfo is None:
                raise DataError(
                    "a time without its offset", where=where, expected="a timezone-aware datetime",
                    found=time.isoformat(), remedy="add tzinfo, e.g. datetime.UTC or UTC+8",
                )  # fmt: skip
            found.append(np.datetime64(int(time.timestamp()), "s"))
        elif isinstance(time, np.datetime64) and not np.isnat(time):
            found.append(time.astype("datetime64[s]"))
        else:
            raise DataError(
                "not a time", where=where, expected="datetime or datetime64", found=repr(time),
                remedy="parse the time first",
            )  # fmt: skip
    return np.array(found, dtype="datetime64[s]")


def no_track() -> xr.Dataset:
    """A track without a fix, for an outlook that is made from no storm."""
    names = ("latitude", "longitude", "central_pressure", "maximum_wind")
    fixes: dict[str, Any] = {name: ("time", np.empty(0)) for name in names}
    return xr.Dataset(
        fixes | {"forecast": ("time", np.empty(0, np.bool_))}, coords={"time": np.empty(0, "M8[s]")},
        attrs={"averaging_period": 120},
    )  # fmt: skip


def make_track(
    *,
    time: Sequence[datetime] | NDArray[np.datetime64],
    latitude: Any,
    longitude: Any,
    averaging_period: int,
    central_pressure: Any = None,
    maximum_wind: Any = None,
    radius_of_maximum_wind: Any = None,
    environmental_pressure: Any = None,
    wind_radius: Any = None,
    wind_threshold: Sequence[float] | None = None,
    forecast: Any = None,
    attributes: dict[str, str] | None = None,
    where: str = "track",
    rows: Sequence[int] | None = None,
) -> xr.Dataset:
    """Build a track and check it.

    Parameters
    ----------
    time : sequence (n,)
        Fixes, UTC or with offsets.
    latitude, longitude : array (n,)
        [degrees], WGS-84.
    averaging_period : int
        Of ``maximum_wind`` [s]: 60 (JTWC), 120 (CMA), 600 (JMA, WMO). Required.
    central_pressure, environmental_pressure : array (n,), optional
        [Pa].
    maximum_wind : array (n,), optional
        [m s-1].
    radius_of_maximum_wind : array (n,), optional
        [m].
    wind_radius : array (n, 3, 4), optional
        [m], forces 7, 10, 12 by NE, SE, SW, NW.
    wind_threshold : sequence (3,), optional
        Wind speed at those radii [m s-1], e.g. 30 and 50 kt; lower bounds of the forces unless given.
    attributes : dict, optional
        ``name``, ``number``, ``agency``, ``source``.
    where, rows : str, sequence of int
        File and line numbers, for messages.

    Raises
    ------
    DataError, UnitsError
        See ``check_track``.

    Examples
    --------
    >>> track = make_track(time=np.array(["2021-07-24T00", "2021-07-24T06"], "M8[s]"), latitude=[26.5, 27.2],
    ...                    longitude=[124.7, 124.4], averaging_period=600, central_pressure=[96000, 96000])
    >>> bool(np.isnan(track["maximum_wind"]).all())
    True
    """
    stamps = instants(time, where=where)
    n = len(stamps)
    given: dict[str, Any] = {
        "latitude": latitude,
        "longitude": longitude,
        "central_pressure": central_pressure,
        "environmental_pressure": environmental_pressure,
        "maximum_wind": maximum_wind,
        "radius_of_maximum_wind": radius_of_maximum_wind,
    }
    data: dict[str, Any] = {}
    for name, values in given.items():
        numbers = np.full(n, np.nan) if values is None else np.asarray(values, np.float64)
        data[name] = ("time", numbers, describe(name).attributes)
    radii = (
        np.full((n, len(FORCES), len(QUADRANTS)), np.nan)
        if wind_radius is None
        else np.asarray(wind_radius, np.float64)
    )
    attrs = describe("wind_radius").attributes | {"averaging_period": averaging_period}
    data["wind_radius"] = (("time", "force", "quadrant"), radii, attrs)
    data["forecast"] = ("time", np.zeros(n, bool) if forecast is None else np.asarray(forecast, bool))
    data |= {f"{name}_modelled": ("time", np.zeros(n, bool)) for name in MODELLED}
    speeds = [WIND_FORCE_BOUNDS[force - 1] for force in FORCES] if wind_threshold is None else wind_threshold
    track = xr.Dataset(
        data,
        coords={
            "time": stamps,
            "force": list(FORCES),
            "quadrant": list(QUADRANTS),
            "wind_threshold": ("force", np.asarray(speeds, np.float64), {"units": "m s-1"}),
        },
        attrs={"averaging_period": averaging_period, "name": "", "number": "", "agency": "", "source": ""}
        | (attributes or {}),
    )
    check_track(track, where=where, rows=rows)
    return track


def until(track: xr.Dataset, instant: datetime | np.datetime64) -> xr.Dataset:
    """The fixes up to and including an instant; nothing later.

    Raises
    ------
    CoverageError
        Fewer than two fixes are left.
    """
    last = instants([instant])[0]  # type: ignore[list-item]
    kept = track.isel(time=np.flatnonzero(track["time"].values <= last))
    if kept.sizes["time"] < 2:
        raise CoverageError(
            "the track has fewer than two fixes by then", where=f"track {track.attrs.get('name', '')}",
            expected=f"fixes up to {last}", found=f"the first at {track['time'].values[0]}",
            remedy="choose a later issue time or a longer track",
        )  # fmt: skip
    return kept


def hold_radii(track: xr.Dataset, instant: datetime | np.datetime64) -> xr.Dataset:
    """The same track whose outermost wind radii after an instant are those of the last fix before it that has any.

    A replay must not know the size of the storm to come: persistence is what is known of it (status D). Inner
    radii are left open, since they shrink with the maximum wind.
    """
    later = track["time"].values > instants([instant])[0]  # type: ignore[list-item]
    radii = track["wind_radius"].values.copy()
    known = np.flatnonzero(~later & np.isfinite(radii).any(axis=(1, 2)))
    radii[later] = np.nan
    if known.size:
        last = radii[known[-1]]
        outermost = int(np.flatnonzero(np.isfinite(last).any(axis=1))[0])
        radii[later, outermost] = last[outermost]
    return track.assign(wind_radius=(track["wind_radius"].dims, radii, track["wind_radius"].attrs))


def to_averaging_period(track: xr.Dataset, seconds: int) -> xr.Dataset:
    """The same track with its maximum wind in another averaging period [s]: 60, 120 or 600.

    Wind radii keep the period of their agency (``wind_radius.attrs['averaging_period']``).

    Raises
    ------
    UnitsError
        A period that the conversion table does not have.

    References
    ----------
    Harper, Kepert and Ginger (2010), WMO/TD-No. 1555; see ``riskmap.averaging.convert``.

    Examples
    --------
    >>> track = make_track(time=np.array(["2021-07-24T00", "2021-07-24T06"], "M8[s]"), latitude=[26.5, 27.2],
    ...                    longitude=[124.7, 124.4], averaging_period=600, maximum_wind=[40.0, 42.0])
    >>> to_averaging_period(track, 60)["maximum_wind"].values.round(1).tolist()  # m s-1, as JTWC would say it
    [43.1, 45.3]
    """
    changed = track.copy()
    wind = convert(track["maximum_wind"].values, period=int(track.attrs["averaging_period"]), to=seconds)
    changed["maximum_wind"] = ("time", wind, track["maximum_wind"].attrs)
    changed.attrs["averaging_period"] = seconds
    return changed


def complete(track: xr.Dataset, *, environmental_pressure: float = ENVIRONMENTAL_PRESSURE) -> xr.Dataset:
    """Fill missing wind, pressure and radius of maximum wind by published regressions, flagged as modelled.

    Wind and pressure fill each other; where both are missing they are interpolated in time, and held before
    the first and after the last report. What was reported is never changed.

    Parameters
    ----------
    track : Dataset (time)
    environmental_pressure : float
        [Pa], taken where the track has none: 1010 hPa, the value of the wind-pressure relation; raised to 1 hPa
        above the centre where that is higher.

    Raises
    ------
    DataError
        Neither wind nor pressure is known at any fix.

    References
    ----------
    Atkinson and Holliday (1977), MWR 105, 421; Vickery and Wadhera (2008), JAMC 47, 2497.

    Examples
    --------
    >>> track = make_track(time=np.array(["2021-07-24T00", "2021-07-24T06"], "M8[s]"), latitude=[30, 30],
    ...                    longitude=[124.7, 124.4], averaging_period=60, central_pressure=[97000, 97000])
    >>> full = complete(track)
    >>> full["radius_of_maximum_wind"].values.round(0).tolist(), bool(full["maximum_wind_modelled"].all())
    ([50671.0, 50671.0], True)
    """
    require_range([environmental_pressure], "environmental_pressure", where="complete")
    period = int(track.attrs["averaging_period"])
    wind, pressure = track["maximum_wind"].values.copy(), track["central_pressure"].values.copy()
    if np.isnan(wind).all() and np.isnan(pressure).all():
        raise DataError(
            "neither wind nor pressure is known", where=f"track {track.attrs.get('name', '')}",
            expected="maximum_wind or central_pressure at one fix or more",
            remedy="read another agency's columns",
        )  # fmt: skip
    surely_below = np.minimum(pressure, ENVIRONMENTAL_PRESSURE - LEAST_PRESSURE_DEFICIT)
    from_pressure = convert(wind_from_pressure(surely_below), period=ATKINSON_HOLLIDAY_PERIOD, to=period)
    from_wind = pressure_from_wind(convert(wind, period=period, to=ATKINSON_HOLLIDAY_PERIOD))
    wind, pressure = (
        np.where(np.isnan(wind), from_pressure, wind),
        np.where(np.isnan(pressure), from_wind, pressure),
    )
    seconds = track["time"].values.astype(np.int64).astype(np.float64)
    known = np.isfinite(wind)
    wind, pressure = (
        np.where(known, v, np.interp(seconds, seconds[known], v[known])) for v in (wind, pressure)
    )
    around = track["environmental_pressure"].values
    default = np.maximum(environmental_pressure, pressure + LEAST_PRESSURE_DEFICIT)
    around = np.where(np.isnan(around), default, around)
    modelled_radius = radius_of_maximum_wind(
        pressure_deficit=around - pressure, latitude=track["latitude"].values
    )
    radius = track["radius_of_maximum_wind"].values
    radius = np.where(np.isnan(radius), modelled_radius, radius)
    full = track.copy()
    for name, values in zip(MODELLED, (pressure, wind, radius, around), strict=True):
        flag = track[f"{name}_modelled"].values | np.isnan(track[name].values)
        full[name] = ("time", values, track[name].attrs)
        full[f"{name}_modelled"] = ("time", flag)
    return full


def interpolate(track: xr.Dataset, times: Sequence[datetime] | NDArray[np.datetime64]) -> xr.Dataset:
    """The track at other times, with the motion of its centre.

    Positions follow a smooth curve through the fixes (monotone cubic, no overshoot, safe across 180 degrees);
    strength and size are linear in time. A flag holds if it holds at a neighbouring fix.

    Parameters
    ----------
    track : Dataset (time)
    times : sequence of aware datetime, or array of datetime64 (UTC), shape (m,)
        Within the track: nothing is extrapolated.

    Returns
    -------
    Dataset (time)
        The variables of the track, and ``eastward_motion``, ``northward_motion`` [m s-1]: the displacement from
        3 h before to 3 h after (less at the ends of the track), divided by that time.

    Raises
    ------
    CoverageError
        A time outside the track.

    Examples
    --------
    >>> track = make_track(time=np.array(["2021-07-24T00", "2021-07-24T06"], "M8[s]"), latitude=[27.0, 28.0],
    ...                    longitude=[124.0, 124.0], averaging_period=600)
    >>> at = interpolate(track, np.array(["2021-07-24T03"], "M8[s]"))
    >>> float(at["latitude"][0]), round(float(at["northward_motion"][0]), 2)
    (27.5, 5.15)
    """
    wanted = instants(times)
    fixes = track["time"].values.astype("datetime64[s]").astype(np.int64).astype(np.float64)
    at = wanted.astype(np.int64).astype(np.float64)
    if at.size and (at.min() < fixes[0] or at.max() > fixes[-1]):
        raise CoverageError(
            "a time outside the track", where=f"track {track.attrs.get('name', '')}",
            expected=f"{track['time'].values[0]} to {track['time'].values[-1]} UTC",
            found=f"{wanted.min()} to {wanted.max()} UTC", remedy="shorten the run or read a longer track",
        )  # fmt: skip
    left = np.clip(np.searchsorted(fixes, at, side="right") - 1, 0, len(fixes) - 2)
    weight = (at - fixes[left]) / (fixes[left + 1] - fixes[left])
    data: dict[str, Any] = {}
    for name, variable in track.data_vars.items():
        values = variable.values
        w = weight.reshape(-1, *[1] * (values.ndim - 1))
        before, after = values[left], values[left + 1]
        if values.dtype == bool:
            mixed = np.where(w == 0, before, np.where(w == 1, after, before | after))
        else:  # a fix keeps its own value, even beside an unknown one
            mixed = np.where(w == 0, before, np.where(w == 1, after, before + w * (after - before)))
        data[str(name)] = as_it_is(tuple(map(str, variable.dims)), mixed, variable.attrs)
    latitude, longitude, *motion = _centre(track, fixes, at)
    data["latitude"] = as_it_is("time", latitude, track["latitude"].attrs)
    data["longitude"] = as_it_is("time", longitude, track["longitude"].attrs)
    for name, speed in zip(("eastward_motion", "northward_motion"), motion, strict=True):
        data[name] = as_it_is("time", speed, describe(name).attributes)
    others = {name: c for name, c in track.coords.items() if "time" not in c.dims}
    return xr.Dataset(data, coords={"time": as_it_is("time", wanted), **others}, attrs=track.attrs)


def _centre(
    track: xr.Dataset, fixes: NDArray[np.float64], at: NDArray[np.float64]
) -> tuple[NDArray[np.float64], ...]:
    """Latitude and longitude [degrees], and the motion to the east and north [m s-1].

    The motion by centred differences, because a backward one lags half a step behind and jumps at each fix.
    """
    early, late = np.maximum(at - MOTION_WINDOW, fixes[0]), np.minimum(at + MOTION_WINDOW, fixes[-1])
    asked = np.concatenate([at, early, late])
    lat, lat0, lat1 = np.split(pchip(fixes, track["latitude"].values, asked), 3)
    lon, lon0, lon1 = np.split(pchip(fixes, np.unwrap(track["longitude"].values, period=360.0), asked), 3)
    outside = (lon < -180) | (lon > (360 if track["longitude"].values.max() > 180 else 180))
    metres = EARTH_RADIUS * np.pi / 180 / (late - early)
    east, north = (lon1 - lon0) * metres * np.cos(np.radians((lat0 + lat1) / 2)), (lat1 - lat0) * metres
    return lat, np.where(outside, (lon + 180) % 360 - 180, lon), east, north
