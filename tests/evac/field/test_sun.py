"""Sunset against published values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from evac.field.sun import dark_after, solar_position, sunset
from riskmap.errors import DataError
from riskmap.outlook import BEIJING

HANGZHOU = {"latitude": 30.25, "longitude": 120.17}
NINGBO = {"latitude": 29.87, "longitude": 121.55}


def test_the_worked_example_of_the_almanac_comes_out() -> None:
    # Meeus, Astronomical Algorithms, examples 25.a and 28.b: 1992 October 13.0 TD
    declination, equation = solar_position(datetime(1992, 10, 13, tzinfo=UTC))
    assert declination == pytest.approx(-7.78507, abs=0.001)
    assert equation == pytest.approx(13 + 42.6 / 60, abs=0.02)


def test_sunrise_at_30_degrees_north_is_as_the_published_table_has_it() -> None:
    # aa.quae.nl, "The Position of the Sun: Tables", table 1 (2002): 1 January at +30: 6:56, +32: 7:01, +28: 6:51, local mean time
    for latitude, hour, minute in ((28, 6, 51), (30, 6, 56), (32, 7, 1)):
        set_at = sunset(date(2002, 1, 1), latitude=latitude, longitude=120.0)
        noon = datetime(2002, 1, 1, 4, tzinfo=UTC)
        rise = noon - (set_at - noon) - 2 * timedelta(minutes=solar_position(noon)[1])
        assert abs(rise - datetime(2002, 1, 1, hour, minute, tzinfo=BEIJING)) <= timedelta(seconds=90)


@pytest.mark.parametrize(
    ("place", "day", "clock"),
    # almanac values as remembered (M), to the minute
    [
        (HANGZHOU, date(2021, 6, 21), "19:04"),
        (HANGZHOU, date(2021, 12, 21), "17:03"),
        (NINGBO, date(2021, 6, 21), "18:58"),
    ],
)
def test_the_sun_sets_over_hangzhou_and_ningbo_to_a_minute_or_two(
    place: dict[str, float], day: date, clock: str
) -> None:
    hour, minute = map(int, clock.split(":"))
    wanted = datetime(day.year, day.month, day.day, hour, minute, tzinfo=BEIJING)
    assert abs(sunset(day, **place) - wanted) <= timedelta(minutes=2)


def test_it_is_dark_from_sunset_to_sunrise() -> None:
    day = date(2021, 7, 25)
    set_at = sunset(day, **HANGZHOU)
    assert dark_after(set_at - timedelta(minutes=1), **HANGZHOU) == set_at
    assert dark_after(set_at + timedelta(minutes=1), **HANGZHOU) == set_at
    before_dawn = datetime(2021, 7, 26, 4, 0, tzinfo=BEIJING)
    assert dark_after(before_dawn, **HANGZHOU) < before_dawn
    morning = datetime(2021, 7, 26, 6, 0, tzinfo=BEIJING)
    assert dark_after(morning, **HANGZHOU) > morning


def test_where_the_sun_does_not_set_the_error_says_so() -> None:
    with pytest.raises(DataError, match="swapped"):
        sunset(date(2021, 6, 21), latitude=80.0, longitude=120.0)
