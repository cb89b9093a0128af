"""Cells of track files as numbers in SI units and instants: what is not one is refused with its place."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError, UnitsError
from riskmap.schema import describe

BLANK: Final = frozenset({"", "null", "none", "-"})
"""How feeds write that a value is unknown, in lower case."""

_TO_THE_MINUTE: Final = re.compile(r"[ T]\d{1,2}:?\d{2}", re.ASCII)


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
        Not a time to the minute, or one without its offset.

    Examples
    --------
    >>> parse_time("2021/7/24 2:30:00", where="f", zone=UTC).isoformat()
    '2021-07-24T02:30:00+00:00'
    """
    words = str(text).strip().replace("/", "-")
    try:
        if not _TO_THE_MINUTE.search(words):  # a date alone would pass for midnight
            raise ValueError(words)
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
