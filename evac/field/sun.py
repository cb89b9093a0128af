"""When the sun sets: the low-accuracy solar position of the almanac, good to a minute where people live."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import acos, asin, atan2, cos, degrees, floor, radians, sin, tan
from typing import Final

from riskmap.errors import DataError
from riskmap.outlook import BEIJING

_ALTITUDE: Final = -0.8333
"""Of the sun's centre when its upper edge sets, with mean refraction [degree] (Meeus, ch. 15: 34' + 16')."""
_EPOCH: Final = datetime(2000, 1, 1, 12, tzinfo=UTC)


def solar_position(at: datetime) -> tuple[float, float]:
    """Apparent declination of the sun [degree] and equation of time [min], to 0.01 degree and a few seconds.

    References
    ----------
    Meeus, Astronomical Algorithms (2nd ed. 1998), ch. 25 (lower accuracy) and 28.

    Examples
    --------
    >>> declination, equation = solar_position(datetime(1992, 10, 13, tzinfo=UTC))
    >>> round(declination, 3), round(equation, 1)
    (-7.785, 13.7)
    """
    t = (at - _EPOCH) / timedelta(days=36525)
    mean_longitude = (280.46646 + 36000.76983 * t + 0.0003032 * t * t) % 360
    anomaly = radians((357.52911 + 35999.05029 * t - 0.0001537 * t * t) % 360)
    centre = (
        (1.914602 - 0.004817 * t) * sin(anomaly)
        + (0.019993 - 0.000101 * t) * sin(2 * anomaly)
        + 0.000289 * sin(3 * anomaly)
    )
    node = radians(125.04 - 1934.136 * t)
    longitude = radians(mean_longitude + centre - 0.00569 - 0.00478 * sin(node))
    obliquity = radians(23.439291 - 0.0130042 * t + 0.00256 * cos(node))
    ascension = degrees(atan2(cos(obliquity) * sin(longitude), cos(longitude)))
    declination = degrees(asin(sin(obliquity) * sin(longitude)))
    equation = mean_longitude - 0.0057183 - ascension - 0.00478 * sin(node) * cos(obliquity)
    return declination, 4 * (equation - 360 * floor((equation + 180) / 360))


def sunset(day: date, *, latitude: float, longitude: float) -> datetime:
    """Instant at which the upper edge of the sun sets on a day of Beijing time, UTC.

    Parameters
    ----------
    day : date
    latitude, longitude : float
        WGS-84 [degree]; flat horizon at sea level.

    Raises
    ------
    DataError
        The sun does not set there on that day.

    Examples
    --------
    >>> sunset(date(2021, 7, 25), latitude=30.25, longitude=120.17).astimezone(BEIJING).strftime("%H:%M")
    '18:57'
    """
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=BEIJING)
    found = noon + timedelta(hours=7)
    for _ in range(3):  # the sun moves on while it sinks: a second's change after two rounds
        declination, equation = solar_position(found)
        latitude_, declination_ = radians(latitude), radians(declination)
        cosine = sin(radians(_ALTITUDE)) / (cos(latitude_) * cos(declination_)) - tan(latitude_) * tan(
            declination_
        )
        if not -1 <= cosine <= 1:
            raise DataError(
                "the sun does not set there that day", where=f"{latitude:g}, {longitude:g}, {day}",
                expected="a latitude between the polar circles", found=f"latitude {latitude:g}",
                remedy="check that latitude and longitude are not swapped",
            )  # fmt: skip
        from_noon = 4 * degrees(acos(cosine)) - equation + 4 * (120.0 - longitude)
        found = noon + timedelta(minutes=from_noon)
    return found.astimezone(UTC)


def dark_after(at: datetime, *, latitude: float, longitude: float) -> datetime:
    """The sunset of that day; where the sun is down already (evening or night), the one that was: it is dark now.

    Parameters
    ----------
    at : datetime
    latitude, longitude : float
        WGS-84 [degree].

    Examples
    --------
    >>> noon = datetime(2021, 7, 25, 4, tzinfo=UTC)
    >>> dark_after(noon, latitude=30.25, longitude=120.17) > noon
    True
    >>> dark_after(noon + timedelta(hours=12), latitude=30.25, longitude=120.17) > noon + timedelta(hours=12)
    False
    """
    day = at.astimezone(BEIJING).date()
    set_at = sunset(day, latitude=latitude, longitude=longitude)
    # by symmetry about noon the sun rose as long before it as it sets after
    middle = datetime(day.year, day.month, day.day, 12, tzinfo=BEIJING) + timedelta(
        minutes=4 * (120.0 - longitude)
    )
    rise_at = middle - (set_at - middle) - timedelta(minutes=2 * solar_position(middle)[1])
    if at < rise_at:
        return sunset(day - timedelta(days=1), latitude=latitude, longitude=longitude)
    return set_at
