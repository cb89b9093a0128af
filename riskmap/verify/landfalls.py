"""Landfalls of a track in counties, against those that were reported."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import numpy as np
import xarray as xr

from riskmap.averaging import convert
from riskmap.errors import DataError
from riskmap.grid import EARTH_RADIUS
from riskmap.inland import IsLand, land_test, landfalls
from riskmap.outlook import BEIJING
from riskmap.region import Region
from riskmap.sphere import distance
from riskmap.track import interpolate

REPORTED_PERIOD: Final = 120
"""Averaging period of the winds of Chinese landfall reports [s]; see ``riskmap.averaging``."""

NEAREST_COUNTY: Final = 30e3
"""Landfalls further than this from all counties [m] are none of theirs (status D)."""

SAME_LANDFALL: Final = timedelta(hours=12)
"""A landfall further than this from the reported time is another one (status D)."""


@dataclass(frozen=True)
class Landfall:
    """The centre of a track comes from sea to a county.

    Attributes
    ----------
    at : datetime
        UTC, to the minute.
    latitude, longitude : float
        [degrees]
    code, place : str
        The county, by its code and Chinese name.
    maximum_wind : float
        [m s-1], 2-min mean; NaN where the track does not say.
    central_pressure : float
        [Pa]; NaN where the track does not say.
    """

    at: datetime
    latitude: float
    longitude: float
    code: str
    place: str
    maximum_wind: float
    central_pressure: float


@dataclass(frozen=True)
class ReportedLandfall:
    """What was published.

    Attributes
    ----------
    at : datetime
        With its offset.
    code : str
        County; empty where the report is a point.
    place : str
        In the words of the report.
    latitude, longitude : float
        [degrees]; NaN where the report names a county only.
    maximum_wind, central_pressure : float
        [m s-1, 2 min], [Pa]; NaN where not reported.
    source, status : str
        Where it was read; S read, M second hand.
    """

    at: datetime
    code: str = ""
    place: str = ""
    latitude: float = float("nan")
    longitude: float = float("nan")
    maximum_wind: float = float("nan")
    central_pressure: float = float("nan")
    source: str = ""
    status: Literal["S", "M", ""] = ""


@dataclass(frozen=True)
class LandfallScore:
    """A landfall of the track against the reported one.

    Attributes
    ----------
    reported : ReportedLandfall
    found : Landfall or None
        The track's landfall nearest in time; None if there is none within ``SAME_LANDFALL``.
    time_error : float
        Found minus reported [s]; NaN without one.
    distance : float
        From the found place to the reported point, or to the outline of the reported county (0 within it) [m].
    distance_then : float
        The same of the track's centre at the reported time [m], which needs no coast; NaN outside the track.
    wind_error, pressure_error : float
        Found minus reported [m s-1], [Pa]; NaN where either does not say.
    """

    reported: ReportedLandfall
    found: Landfall | None
    time_error: float
    distance: float
    distance_then: float
    wind_error: float
    pressure_error: float


def _beijing(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


_CENTRE: Final = "National Meteorological Centre, as quoted by"

PUBLISHED_LANDFALLS: Final[dict[str, tuple[ReportedLandfall, ...]]] = {
    "1509": (
        ReportedLandfall(
            _beijing("2015-07-11T16:40"), "330903", "舟山朱家尖", maximum_wind=45.0, central_pressure=95_500.0,
            source=f"{_CENTRE} wenweipo.com, 2015-07-11; its later analysis has the centre pass at sea", status="S",
        ),
    ),
    "1814": (
        ReportedLandfall(
            _beijing("2018-08-12T23:35"), "331081", "温岭", maximum_wind=28.0, central_pressure=98_000.0,
            source="Zhejiang Meteorological Observatory, as quoted by fjsen.com, 2018-08-13", status="S",
        ),
    ),
    "1909": (
        ReportedLandfall(
            _beijing("2019-08-10T01:45"), "331081", "温岭城南", maximum_wind=52.0, central_pressure=93_000.0,
            source=f"{_CENTRE} zjnews.zjol.com.cn, 2019-08-10", status="S",
        ),
    ),
    "1918": (
        ReportedLandfall(
            _beijing("2019-10-01T20:30"), "330903", "舟山普陀", maximum_wind=30.0, central_pressure=98_000.0,
            source="China Weather, as quoted by guancha.cn, 2019-10-01", status="S",
        ),
    ),
    "2004": (
        ReportedLandfall(
            _beijing("2020-08-04T03:30"), "330382", "乐清", maximum_wind=38.0, central_pressure=97_000.0,
            source=f"{_CENTRE} People's Daily Online, 2020-08-04", status="S",
        ),
    ),
    "2106": (
        ReportedLandfall(
            _beijing("2021-07-25T12:30"), "330903", "舟山普陀", maximum_wind=38.0, central_pressure=96_500.0,
            source="Xinhua, as printed in Hainan Daily, 2021-07-26", status="S",
        ),
        ReportedLandfall(
            _beijing("2021-07-26T09:50"), "330482", "平湖", maximum_wind=28.0,
            source="time, place and force 10 as in a press picture of 2021-07-27; 28 m/s second hand", status="M",
        ),
    ),
}  # fmt: skip
"""International number -> landfalls in Zhejiang as they were announced. The other bundled storms have none here:
they landed elsewhere or nowhere, or no report of theirs was read."""


def published_landfalls(track: xr.Dataset) -> tuple[ReportedLandfall, ...]:
    """Published landfalls of a track's storm, by its number, or by its name and year; empty where none is known.

    Examples
    --------
    >>> from riskmap.io.bundled import bundled
    >>> from riskmap.io.tracks import read_track
    >>> track = read_track(bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), format="jma", storm="1909")
    >>> [landfall.place for landfall in published_landfalls(track)]
    ['温岭城南']
    """
    number = re.sub(r"^20(?=\d{4}$)", "", str(track.attrs.get("number", "")))
    found = PUBLISHED_LANDFALLS.get(number, ())
    first, last = track["time"].values[[0, -1]]
    return tuple(one for one in found if first <= _stamp(one.at) <= last)


def landfall_of_track(one: Landfall, *, whose: str) -> ReportedLandfall:
    """A landfall of another track as a report to compare with.

    Parameters
    ----------
    whose : str
        The other track's agency.
    """
    return ReportedLandfall(
        one.at, one.code, f"{one.place} ({whose})", one.latitude, one.longitude, one.maximum_wind,
        one.central_pressure, "its track",
    )  # fmt: skip


def parse_landfall(text: str) -> ReportedLandfall:
    """A reported landfall as the command line takes it: ``TIME,LATITUDE,LONGITUDE[,WIND[,PRESSURE]]``.

    Parameters
    ----------
    text : str
        Time with its offset; degrees; m s-1 (2 min); hPa.

    Raises
    ------
    DataError
        Anything else.

    Examples
    --------
    >>> parse_landfall("2021-07-25T12:30+08:00,29.9,122.3,38,965").central_pressure
    96500.0
    """
    cells = [cell.strip() for cell in text.split(",")]
    try:
        at = datetime.fromisoformat(cells[0])
        numbers = [float(cell) for cell in cells[1:]]
    except ValueError:
        at, numbers = datetime.min, []  # noqa: DTZ901 - refused below
    wind, hectopascal = [*numbers[2:], *[float("nan")] * 2][:2]
    good = at.tzinfo is not None and 2 <= len(numbers) <= 4 and all(np.isfinite(numbers))
    good = good and abs(numbers[0]) <= 90 and abs(numbers[1]) <= 360
    if (
        not good
        or not (np.isnan(wind) or wind >= 0)
        or not (np.isnan(hectopascal) or 850 <= hectopascal <= 1050)
    ):
        raise DataError(
            "not a reported landfall", where="--landfall",
            expected="TIME,LATITUDE,LONGITUDE[,WIND m/s[,PRESSURE hPa]], e.g. 2021-07-25T12:30+08:00,29.9,122.3,38,965",
            found=repr(text), remedy="write the time with its offset, and the numbers in that order",
        )  # fmt: skip
    return ReportedLandfall(
        at, latitude=numbers[0], longitude=numbers[1], maximum_wind=wind, central_pressure=100.0 * hectopascal,
        source="given",
    )  # fmt: skip


def find_landfalls(
    track: xr.Dataset, regions: Sequence[Region], *, is_land: IsLand | None = None
) -> tuple[Landfall, ...]:
    """Every landfall of the analysed track at or near one of the regions.

    Parameters
    ----------
    track : Dataset (time)
    regions : sequence of Region
        Counties. A landfall further than ``NEAREST_COUNTY`` from all of them is left out.
    is_land : callable, optional
        See ``riskmap.inland.land_test``. Without it the regions are all the land there is, so that a storm that
        comes to them over other land seems to land.

    Returns
    -------
    tuple of Landfall
        In the order of time; what counts as one is said in ``riskmap.inland.landfalls``.
    """
    analysed = track.isel(time=np.flatnonzero(~track["forecast"].values))
    if analysed.sizes["time"] < 2 or not regions:
        return ()
    outlines = [region.geometry for region in regions]
    period, found = int(track.attrs["averaging_period"]), list[Landfall]()
    for one in landfalls(analysed, land_test(outlines) if is_land is None else is_land):
        apart = [_to_outline(one.latitude, one.longitude, outline) for outline in outlines]
        k = int(np.argmin(apart))
        if apart[k] > NEAREST_COUNTY:
            continue
        wind = float(convert(one.maximum_wind, period=period, to=REPORTED_PERIOD))
        found.append(
            Landfall(
                one.time, one.latitude, one.longitude, regions[k].code, regions[k].name, wind, one.central_pressure
            )
        )  # fmt: skip
    return tuple(found)


def verify_landfall(
    track: xr.Dataset,
    reported: ReportedLandfall,
    regions: Sequence[Region],
    *,
    is_land: IsLand | None = None,
) -> LandfallScore:
    """Compare the landfall of an analysed track with the reported one; see ``find_landfalls``.

    Raises
    ------
    DataError
        The report names neither a point nor one of the regions.
    """
    outline = next((r.geometry for r in regions if r.code == reported.code), None)
    if outline is None and not np.isfinite(reported.latitude + reported.longitude):
        raise DataError(
            "a reported landfall without a place", where=f"landfall of {reported.at}",
            expected="a point, or the code of one of the regions", found=repr(reported.code),
            remedy="give latitude and longitude",
        )  # fmt: skip
    known = [
        one
        for one in find_landfalls(track, regions, is_land=is_land)
        if abs(one.at - reported.at) <= SAME_LANDFALL
    ]
    found = min(known, key=lambda one: abs(one.at - reported.at), default=None)
    then, stamp, times = float("nan"), _stamp(reported.at), track["time"].values
    if times[0] <= stamp <= times[-1]:
        at = interpolate(track, np.array([stamp]))
        then = _apart(float(at["latitude"][0]), float(at["longitude"][0]), reported, outline)
    if found is None:
        unknown = float("nan")
        return LandfallScore(reported, None, unknown, unknown, then, unknown, unknown)
    return LandfallScore(
        reported, found, (found.at - reported.at).total_seconds(),
        _apart(found.latitude, found.longitude, reported, outline), then,
        found.maximum_wind - reported.maximum_wind, found.central_pressure - reported.central_pressure,
    )  # fmt: skip


def _apart(latitude: float, longitude: float, reported: ReportedLandfall, outline: Any) -> float:
    """Distance [m] to the reported point, else to the county's outline."""
    if np.isfinite(reported.latitude):
        point = {"to_latitude": reported.latitude, "to_longitude": reported.longitude}
        return float(distance(latitude=latitude, longitude=longitude, **point))
    return _to_outline(latitude, longitude, outline)


def _to_outline(latitude: float, longitude: float, outline: Any) -> float:
    """Distance [m] to a polygon; 0 within it."""
    from shapely import affinity, points

    # on a plane that is true to scale around the place: a county is small
    shrink = float(np.cos(np.radians(latitude)))
    place = points(longitude * shrink, latitude)
    plane = affinity.scale(outline, xfact=shrink, yfact=1.0, origin=(0.0, 0.0))
    return float(np.radians(place.distance(plane)) * EARTH_RADIUS)


def _stamp(at: datetime) -> np.datetime64:
    return np.datetime64(int(at.timestamp()), "s")
