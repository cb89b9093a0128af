"""From the fixes of a bulletin feed to a checked track: shared by the readers of live feeds.

Nothing is mended here. Repeated times are merged where they say the same (a landfall row repeats the hour without
its values); whatever else does not fit is refused with the file and the row, or both rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.errors import DataError, UnitsError
from riskmap.regressions import ATKINSON_HOLLIDAY_PERIOD, wind_from_pressure
from riskmap.schema import describe
from riskmap.track import FORCES, QUADRANTS, make_track
from riskmap.track_check import MOST_POLEWARD

BLANK: Final = frozenset({"", "null", "none", "-"})
"""How feeds write that a value is unknown, in lower case."""

BULLETIN_PERIOD: Final = 120
"""Averaging period of the Chinese centre's bulletins [s]; see ``riskmap.averaging``."""

DEEP: Final = 99_000.0
"""[Pa]; only below it does the wind follow the pressure closely enough to judge its unit (status D)."""

USUAL_RATIO: Final = (0.65, 1.5)
"""Median reported wind over that of Atkinson and Holliday, fixes below ``DEEP``: 0.71 to 1.40 in all 910 storms of
the bundled IBTrACS file (1980-2024), so that knots taken for m s-1 (1.94) stand out (measured)."""

GREATEST_RATIO: Final = 1.9
"""The same for one fix; 1.69 at most in those storms (measured)."""


def no_radii() -> NDArray[np.float64]:
    """Unknown radii, shape (force, quadrant) [m].

    Examples
    --------
    >>> no_radii().shape
    (3, 4)
    """
    return np.full((len(FORCES), len(QUADRANTS)), np.nan)


@dataclass(frozen=True)
class Fix:
    """One row of a feed, in SI units.

    Attributes
    ----------
    row : str
        How messages name it: ``line 13`` or ``points[12]``.
    time : datetime
        With its offset.
    latitude, longitude : float
        [degrees].
    pressure, wind, radius_of_maximum_wind : float
        [Pa], [m s-1], [m]; NaN where unknown.
    radii : array (force, quadrant)
        [m]; NaN where unknown.
    forecast : bool
        Nobody had observed it.
    """

    row: str
    time: datetime
    latitude: float
    longitude: float
    pressure: float = math.nan
    wind: float = math.nan
    radius_of_maximum_wind: float = math.nan
    radii: NDArray[np.float64] = field(default_factory=no_radii)
    forecast: bool = False


def parse_number(value: Any, *, where: str) -> float:
    """A cell of a feed as a number; NaN where the feed says that it is unknown.

    Raises
    ------
    DataError
        Something else, or the text ``NaN``, which says that a calculation failed.

    Examples
    --------
    >>> parse_number("18.5", where="f"), parse_number("null", where="f")
    (18.5, nan)
    """
    if value is None or (isinstance(value, str) and value.strip().lower() in BLANK):
        return math.nan
    try:
        number = math.inf if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.inf
    if not math.isfinite(number):
        raise DataError(
            "not a number", where=where, expected="a number, or nothing where unknown", found=repr(value)[:60],
            remedy="correct the value or leave it empty",
        )  # fmt: skip
    return number


def parse_pressure(value: Any, *, where: str) -> float:
    """A pressure in hPa as Pa; NaN where unknown.

    Raises
    ------
    UnitsError
        No pressure of a storm in hPa.

    Examples
    --------
    >>> parse_pressure("955", where="f")
    95500.0
    """
    number = parse_number(value, where=where)
    low, high = describe("central_pressure").valid_range
    if math.isnan(number) or low <= number * 100.0 <= high:
        return number * 100.0
    raise UnitsError(
        "value out of range", where=f"{where}, pressure", expected=f"{low / 100:g} to {high / 100:g} hPa",
        found=f"{number:g}",
        remedy="the value looks like Pa: divide by 100" if low <= number <= high else "correct the value",
    )  # fmt: skip


def parse_wind(value: Any, *, where: str, unit: float = 1.0) -> float:
    """A wind speed as m s-1; NaN where unknown.

    Parameters
    ----------
    unit : float
        One unit of the feed [m s-1].

    Raises
    ------
    UnitsError
        Negative, or more than any storm has had.

    Examples
    --------
    >>> parse_wind("38", where="f")
    38.0
    """
    speed = parse_number(value, where=where) * unit
    low, high = describe("maximum_wind").valid_range
    if speed < low or speed > high:
        raise UnitsError(
            "value out of range", where=f"{where}, wind", expected=f"{low:g} to {high:g} m s-1",
            found=f"{speed:g} m s-1",
            remedy="a wind speed is not negative: leave it empty where unknown" if speed < low
            else "the value looks like km h-1 or another unit: convert it",
        )  # fmt: skip
    return speed


def parse_radii(values: Sequence[Any], *, unit: float, where: str) -> NDArray[np.float64]:
    """Four radii as metres, NE SE SW NW; all unknown where all are zero (the feed's mark for no such wind).

    Parameters
    ----------
    unit : float
        One unit of the feed [m].

    Raises
    ------
    UnitsError
        Negative, or more than 2,000 km.

    Examples
    --------
    >>> parse_radii(["300", "200", "200", "0"], unit=1000.0, where="f").tolist()
    [300000.0, 200000.0, 200000.0, 0.0]
    """
    radii = np.array([parse_number(v, where=where) for v in values]) * unit
    low, high = describe("wind_radius").valid_range
    if ((radii < low) | (radii > high)).any():
        raise UnitsError(
            "value out of range", where=f"{where}, wind radius", expected=f"{low:g} to {high / 1000:g} km",
            found=repr(list(values)), remedy="correct the value, or leave it empty where unknown",
        )  # fmt: skip
    return radii if (radii > 0).any() else np.full(len(radii), np.nan)


def parse_time(text: Any, *, where: str, zone: tzinfo | None) -> datetime:
    """An instant of a feed.

    Parameters
    ----------
    text : str
        ``2021-07-24T12:30+08:00``, ``2021-07-24 12:30:00`` or ``2021/7/24 12:30:00``.
    zone : tzinfo or None
        What the feed means where it writes no offset; None where it must write one.

    Raises
    ------
    DataError
        Not a time, or one without its offset.

    Examples
    --------
    >>> parse_time("2021/7/24 2:30:00", where="f", zone=UTC).isoformat()
    '2021-07-24T02:30:00+00:00'
    """
    words = str(text).strip().replace("/", "-")
    try:
        try:
            time = datetime.fromisoformat(words)
        except ValueError:
            time = datetime.strptime(words, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007  the zone follows below
    except ValueError as error:
        raise DataError(
            "not a time", where=where, expected="e.g. 2021-07-24 12:30:00", found=repr(text),
            remedy="correct the time",
        ) from error  # fmt: skip
    if time.tzinfo is None:
        if zone is None:
            raise DataError(
                "a time without its offset", where=where, expected="e.g. 2021-07-24T12:30+08:00",
                found=repr(text), remedy="add the offset",
            )  # fmt: skip
        time = time.replace(tzinfo=zone)
    return time.astimezone(UTC)


def build_track(
    fixes: Sequence[Fix], *, averaging_period: int, wind_threshold: Sequence[float] | None = None,
    attributes: dict[str, str], where: str,
) -> xr.Dataset:  # fmt: skip
    """A checked track of fixes in the order of their time, repeated ones merged where they agree.

    Parameters
    ----------
    fixes : sequence of Fix
        Analysed first, forecast after.
    averaging_period : int
        Of the winds [s].
    wind_threshold : sequence (3,), optional
        Wind speed at the radii [m s-1].

    Raises
    ------
    DataError
        A position is unknown, times go backwards, two rows of one time differ, a forecast is older than the
        analysis, fewer than two fixes.
    UnitsError
        The winds do not fit the pressures.
    """
    for fix in fixes:
        _check_position(fix, where)
    merged = merge_fixes(fixes, where=where)
    track = make_track(
        time=[f.time for f in merged],
        latitude=[f.latitude for f in merged],
        longitude=[f.longitude for f in merged],
        central_pressure=[f.pressure for f in merged],
        maximum_wind=[f.wind for f in merged],
        radius_of_maximum_wind=[f.radius_of_maximum_wind for f in merged],
        wind_radius=np.array([f.radii for f in merged]).reshape(len(merged), len(FORCES), len(QUADRANTS)),
        wind_threshold=wind_threshold,
        forecast=[f.forecast for f in merged],
        averaging_period=averaging_period,
        attributes=attributes,
        where=where,
    )
    check_wind_unit(track, where=where, rows=[f.row for f in merged])
    return track


def _check_position(fix: Fix, where: str) -> None:
    at = f"{where}, {fix.row}"
    if math.isnan(fix.latitude) or math.isnan(fix.longitude):
        raise DataError(
            "a fix without a position", where=at, expected="latitude and longitude in degrees", found="no value",
            remedy="drop the row",
        )  # fmt: skip
    low, high = describe("longitude").valid_range
    if abs(fix.latitude) > MOST_POLEWARD or not low <= fix.longitude <= high:
        swapped = abs(fix.longitude) <= MOST_POLEWARD
        raise DataError(
            "latitude and longitude look swapped" if swapped else "no typhoon is found there", where=at,
            expected=f"latitude within {MOST_POLEWARD:g}, longitude {low:g} to {high:g} degrees",
            found=f"latitude {fix.latitude:g}, longitude {fix.longitude:g}",
            remedy="exchange the two" if swapped else "check the position and its unit",
        )  # fmt: skip


def merge_fixes(fixes: Sequence[Fix], *, where: str) -> list[Fix]:
    """The fixes with strictly increasing times; those of one time become one where they agree.

    Raises
    ------
    DataError
        Times go backwards, or a forecast is not later than the analysis, or two rows of one time differ: both
        rows are named.

    Examples
    --------
    >>> hour = datetime(2021, 7, 25, 4, tzinfo=UTC)
    >>> rows = [Fix("line 116", hour, 30, 122.5, wind=38.0), Fix("line 117", hour, 30, 122.5)]
    >>> [fix.wind for fix in merge_fixes(rows, where="f")]
    [38.0]
    """
    merged: list[Fix] = []
    for fix in fixes:
        before = merged[-1] if merged else None
        if before is None or (fix.time > before.time and fix.forecast >= before.forecast):
            merged.append(fix)
            continue
        rows = f"{where}, {before.row} and {fix.row}"
        if fix.forecast != before.forecast:
            raise DataError(
                "a forecast older than the analysis", where=rows, expected="forecast times after the last analysis",
                found=f"{fix.time:%Y-%m-%d %H:%M} UTC after {before.time:%Y-%m-%d %H:%M} UTC",
                remedy="take the forecast of that analysis or a later one",
            )  # fmt: skip
        if fix.time < before.time:
            raise DataError(
                "times go backwards", where=rows, expected="rows in the order of their time",
                found=f"{fix.time:%Y-%m-%d %H:%M} UTC after {before.time:%Y-%m-%d %H:%M} UTC",
                remedy="sort the rows by time",
            )  # fmt: skip
        merged[-1] = _merged(before, fix, rows)
    return merged


def _merged(one: Fix, two: Fix, rows: str) -> Fix:
    """Both rows in one: equal, or known in one of the two only."""
    found: dict[str, Any] = {}
    for name in ("latitude", "longitude", "pressure", "wind", "radius_of_maximum_wind", "radii"):
        a, b = np.asarray(getattr(one, name), np.float64), np.asarray(getattr(two, name), np.float64)
        apart = np.abs((a - b + 180.0) % 360.0 - 180.0) if name == "longitude" else np.abs(a - b)
        if (apart > 1e-6).any():
            raise DataError(
                f"two rows of the same time differ in {name}", where=rows,
                expected="equal values, or a value in one of them only",
                found=f"{a.tolist()} and {b.tolist()} at {one.time:%Y-%m-%d %H:%M} UTC",
                remedy="delete the row that is wrong",
            )  # fmt: skip
        both = np.where(np.isnan(a), b, a)
        found[name] = both if name == "radii" else float(both)
    return replace(one, **found)


def check_wind_unit(track: xr.Dataset, *, where: str, rows: Sequence[str] | None = None) -> None:
    """Check that the winds can be m s-1 beside the pressures.

    Raises
    ------
    UnitsError
        They are too strong or too weak by so wide a margin that they must be in another unit.

    References
    ----------
    Atkinson and Holliday (1977), MWR 105, 421; limits in ``USUAL_RATIO`` and ``GREATEST_RATIO``.
    """
    pressure, wind = track["central_pressure"].values, track["maximum_wind"].values
    at = np.flatnonzero((pressure <= DEEP) & np.isfinite(wind))
    if not at.size:
        return
    usual = convert(
        wind_from_pressure(pressure[at]), period=ATKINSON_HOLLIDAY_PERIOD, to=int(track.attrs["averaging_period"])
    )  # fmt: skip
    ratio = wind[at] / usual
    middle, (low, high) = float(np.median(ratio)), USUAL_RATIO
    if low <= middle <= high and ratio.max() <= GREATEST_RATIO:
        return
    k = int(np.argmin(ratio)) if middle < low else int(np.argmax(ratio))
    row = rows[at[k]] if rows is not None else f"fix {at[k] + 1}"
    factor = max(middle, float(ratio[k]))
    unit = "knots" if factor < 2.7 else "km h-1"  # 1.94 and 3.6 stand on either side
    raise UnitsError(
        "the wind does not fit the pressure", where=f"{where}, {row} ({track['time'].values[at[k]]})",
        expected=f"about {usual[k]:.0f} m s-1 at {pressure[at[k]] / 100:.0f} hPa", found=f"{wind[at[k]]:.1f} m s-1",
        remedy="the values look like m s-1 in a column of knots: check the unit" if middle < low
        else f"the values look like {unit}: convert them to m s-1",
    )  # fmt: skip
