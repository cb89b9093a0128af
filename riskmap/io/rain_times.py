"""Times of rain fields: CF offsets, names of files and bands, and the intervals that fields stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from riskmap.errors import DataError

SECOND: Final = np.timedelta64(1, "s")
_UNITS: Final = {"second": 1, "sec": 1, "s": 1, "minute": 60, "min": 60, "hour": 3600, "hr": 3600, "h": 3600, "day": 86400, "d": 86400}  # fmt: skip
_SINCE: Final = re.compile(
    r"^\s*([a-z]+?)s?\s+since\s+(\d{1,4})-(\d{1,2})-(\d{1,2})(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d*)?)?)?"
    r"\s*(Z|UTC|[+-]\d{1,2}(?::?\d{2})?)?\s*$",
    re.IGNORECASE,
)
_STAMP: Final = re.compile(
    r"(?<!\d)(\d{4})[-_.]?(\d{2})[-_.]?(\d{2})[T _.-]?(\d{2})(?:[:_]?(\d{2}))?(?:[:_]?(\d{2}))?(?!\d)\s*"
    r"(Z|UTC|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
CALENDARS: Final = {"", "standard", "gregorian", "proleptic_gregorian"}


def cf_time(value: float, units: str, calendar: str = "", *, where: str) -> np.datetime64:
    """Instant [UTC, s] of a CF time; a unit without a zone is UTC.

    Raises
    ------
    DataError
        A unit or a calendar that is not understood.

    Examples
    --------
    >>> cf_time(1.5, "hours since 2021-07-24 08:00:00 +08:00", where="f")
    np.datetime64('2021-07-24T01:30:00')
    """
    match = _SINCE.match(units)
    word = match[1].lower() if match else ""
    if match is None or word not in _UNITS or calendar.lower() not in CALENDARS:
        raise DataError(
            "a time that is not understood", where=where, expected="'hours since 2021-07-24 00:00:00', standard calendar",
            found=f"{units!r}, {calendar!r}", remedy="rewrite the time axis",
        )  # fmt: skip
    base = _instant([match[n] for n in range(2, 8)], match[8], where=where)
    return base + SECOND * round(value * _UNITS[word])


def named_time(name: str, utc_offset_hours: float | None, *, where: str) -> np.datetime64 | None:
    """Instant [UTC, s] that a name holds, None if it holds none.

    Parameters
    ----------
    name : str
        Of a file or a band.
    utc_offset_hours : float or None
        Of a time without a zone [h].

    Raises
    ------
    DataError
        A time without a zone, and none declared: eight hours are a storm's way across a county.

    Examples
    --------
    >>> named_time("rain_202107240830.tif", 8, where="f"), named_time("2021-07-24T00:30Z", None, where="f")
    (np.datetime64('2021-07-24T00:30:00'), np.datetime64('2021-07-24T00:30:00'))
    """
    match = _STAMP.search(name)
    if match is None:
        return None
    if match[7] is None and utc_offset_hours is None:
        raise DataError(
            "a time without a zone", where=where, expected="a time that ends in Z or +08:00", found=repr(match[0]),
            remedy="declare utc_offset_hours under [rain]: 0 for UTC, 8 for Beijing time",
        )  # fmt: skip
    found = _instant([match[n] for n in range(1, 7)], match[7], where=where)
    return found if match[7] else found - SECOND * round(3600 * (utc_offset_hours or 0.0))


def _instant(fields: Sequence[str | None], zone: str | None, *, where: str) -> np.datetime64:
    year, month, day, hour, minute, second = (int(field or 0) for field in fields)
    try:
        at = np.datetime64(f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}", "s")
    except ValueError as problem:
        raise DataError(
            "no such time", where=where, expected="year, month, day, hour", found=str(problem), remedy="correct it",
        ) from problem  # fmt: skip
    if zone and zone[0] in "+-":
        hours, minutes = re.fullmatch(r"[+-](\d{1,2}):?(\d{2})?", zone).groups()  # type: ignore[union-attr]
        shift = int(hours) * 3600 + int(minutes or 0) * 60
        at = at - SECOND * (shift if zone[0] == "+" else -shift)
    return at


def usual_step(times: Sequence[np.datetime64], interval_hours: float | None, *, where: str) -> np.timedelta64:
    """Length that one field stands for: declared, or the smallest step of which all others are multiples.

    Parameters
    ----------
    times : datetime64 [s], sorted, each once.
    interval_hours : float or None
        Declared [h].

    Raises
    ------
    DataError
        One time alone, or steps of no common measure.
    """
    if interval_hours is not None:
        if not 0.0 < interval_hours <= 240.0:
            raise DataError(
                "out of range", where=f"{where}, interval_hours", expected="0 to 240 h", found=f"{interval_hours}",
                remedy="give hours",
            )  # fmt: skip
        return SECOND * round(3600 * interval_hours)
    steps = np.diff(np.array(times, "M8[s]"))
    smallest = steps.min() if len(steps) else SECOND
    if not len(steps) or (steps % smallest != np.timedelta64(0, "s")).any():
        raise DataError(
            "how long one field of rain lasts is unknown", where=where, expected="equal steps, or bounds of the times",
            found=f"{len(times)} times, steps of {sorted({int(s / SECOND) for s in steps})} s",
            remedy="set interval_hours under [rain]",
        )  # fmt: skip
    return np.timedelta64(smallest)
