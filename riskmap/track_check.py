"""What makes a Dataset a track, and what to do where it is none (see ``riskmap.track``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr

from riskmap.averaging import GUST_FACTORS
from riskmap.errors import DataError, UnitsError
from riskmap.schema import require

MOST_POLEWARD: Final = 70.0
"""[degrees]; best tracks end far before, so that a latitude beyond is a longitude (status D)."""


def check_track(track: xr.Dataset, *, where: str = "track", rows: Sequence[int] | None = None) -> None:
    """Check that a Dataset is a track.

    Parameters
    ----------
    track : Dataset (time)
    where, rows : str, sequence of int
        File and line numbers, for messages.

    Raises
    ------
    DataError
        A variable is missing, fewer than two fixes, a position unknown, latitude and longitude swapped, times
        unsorted or repeated, a centre that is no lower than its surroundings.
    UnitsError
        No averaging period; a quantity outside its valid range, e.g. pressure in hPa.
    """
    period = track.attrs.get("averaging_period")
    if period not in GUST_FACTORS["at_sea"][3600]:
        raise UnitsError(
            "the averaging period of the wind is not declared" if period is None else "unknown averaging period",
            where=f"{where}, attribute averaging_period", expected="60 (JTWC), 120 (CMA) or 600 s (JMA, WMO)",
            found=repr(period), remedy="set it to the period of the agency that issued the track",
        )  # fmt: skip
    if "time" not in track.dims or track.sizes["time"] < 2:
        raise DataError(
            "a track needs two fixes or more, or it has no motion", where=where, expected="2 or more fixes",
            found=str(track.sizes.get("time", 0)), remedy="read a longer part of the track; where an issue time has cut it, check its day, month and offset",
        )  # fmt: skip
    _check_positions(track, where, rows)
    for name in ("central_pressure", "environmental_pressure", "maximum_wind", "radius_of_maximum_wind"):
        require(track, name, where=where, rows=rows)
    _check_radii(track, where, rows)
    time = track["time"].values
    step = np.diff(time)
    for wrong, message, remedy in (
        (step == np.timedelta64(0, "s"), "two fixes at the same time", "keep one of the two"),
        (step < np.timedelta64(0, "s"), "times go backwards", "sort the rows by time"),
    ):
        if wrong.any():
            k = int(np.argmax(wrong)) + 1
            raise DataError(
                message, where=_fix(track, k, where, rows), expected="strictly increasing times",
                found=f"{time[k]} after {time[k - 1]}", remedy=remedy,
            )  # fmt: skip
    flat = track["central_pressure"].values >= track["environmental_pressure"].values
    if flat.any():
        k = int(np.argmax(flat))
        raise DataError(
            "the centre is no lower than its surroundings", where=_fix(track, k, where, rows),
            expected="central_pressure < environmental_pressure",
            found=f"{track['central_pressure'].values[k]:.0f} Pa in {track['environmental_pressure'].values[k]:.0f} Pa",
            remedy="raise the environmental pressure or leave it out",
        )  # fmt: skip


def _fix(track: xr.Dataset, k: int, where: str, rows: Sequence[int] | None) -> str:
    line = f"line {rows[k]}" if rows is not None else f"fix {k + 1}"
    return f"{where}, {line} ({track['time'].values[k]})"


def _check_positions(track: xr.Dataset, where: str, rows: Sequence[int] | None) -> None:
    for name in ("latitude", "longitude"):
        if name not in track:
            require(track, name, where=where)
    latitude, longitude = track["latitude"].values, track["longitude"].values
    unknown = ~(np.isfinite(latitude) & np.isfinite(longitude))
    if unknown.any():
        raise DataError(
            "a fix without a position", where=_fix(track, int(np.argmax(unknown)), where, rows),
            expected="latitude and longitude in degrees", found="no value", remedy="drop the fix",
        )  # fmt: skip
    far = np.abs(latitude) > MOST_POLEWARD
    if far.any():
        k = int(np.argmax(far))
        swapped = bool((np.abs(longitude) <= MOST_POLEWARD).all())
        raise DataError(
            "latitude and longitude look swapped" if swapped else "no typhoon is found so far poleward",
            where=_fix(track, k, where, rows), expected=f"latitude from -{MOST_POLEWARD:g} to {MOST_POLEWARD:g} degrees",
            found=f"latitude {latitude[k]:g}, longitude {longitude[k]:g}",
            remedy="exchange the two columns" if swapped else "check the position and its unit",
        )  # fmt: skip
    require(track, "latitude", "longitude", where=where, rows=rows)


def _check_radii(track: xr.Dataset, where: str, rows: Sequence[int] | None) -> None:
    require(track, "wind_radius", where=where, rows=rows)
    radius = track["wind_radius"].values
    small = (radius > 0) & (radius < 1000)
    if small.any():
        raise UnitsError(
            "a wind radius below 1 km", where=f"{where}, wind_radius", expected="metres",
            found=f"{radius[small][0]:g}", remedy="the values look like km or nautical miles: convert to metres",
        )  # fmt: skip
