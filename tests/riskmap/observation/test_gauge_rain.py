"""Rain by gauges alone: theirs at their place, between them near by, unknown beyond their reach."""

from __future__ import annotations

import numpy as np

from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.observation.gauge_rain import REACH, GaugeRain
from riskmap.observation.gauges import Gauge, Readings

GRID = Grid.from_bounds(west=120.0, south=28.0, east=121.0, north=28.8, step=0.05)
END = np.datetime64("2021-07-23T01:00", "s")
HOUR, STEP = np.timedelta64(3600, "s"), np.timedelta64(600, "s")


def gauge(
    name: str, east: float, north: float, mm: float, *, interval: int = 600, missing: int = 0
) -> Readings:
    place = Gauge(
        gauge_id=name, name=name, kind="rain", region="331000", longitude=east, latitude=north, interval=interval,
        low=0.0, high=100.0, datum="", bounds=None,
    )  # fmt: skip
    count = 3600 // interval
    times = END - np.arange(count - 1, -1, -1) * np.timedelta64(interval, "s")
    return Readings(place, times[: count - missing], np.full(count - missing, mm / count))


def three(**more: int) -> list[Readings]:
    return [gauge("a", 120.125, 28.425, 6.0, **more), gauge("b", 120.225, 28.425, 12.0, **more), gauge("c", 120.175, 28.525, 9.0, **more)]  # fmt: skip


def test_a_gauge_s_cell_has_its_rain_and_what_lies_between_lies_between() -> None:
    rain = GaugeRain(three(), GRID).span(END, HOUR)
    assert rain is not None
    assert rain[GRID.index_of(latitude=28.425, longitude=120.125)] == 6.0
    assert 6.0 < rain[GRID.index_of(latitude=28.425, longitude=120.175)] < 12.0
    known = rain[~np.isnan(rain)]
    assert (known.min(), known.max()) == (6.0, 12.0)


def test_beyond_the_reach_of_every_gauge_the_rain_is_unknown() -> None:
    rain = GaugeRain(three(), GRID).span(END, HOUR)
    assert rain is not None
    x, y = np.radians(GRID.longitude) * EARTH_RADIUS, np.radians(GRID.latitude) * EARTH_RADIUS
    near = np.zeros(GRID.shape, bool)
    for east, north in ((120.125, 28.425), (120.225, 28.425), (120.175, 28.525)):
        dx = (x[None, :] - np.radians(east) * EARTH_RADIUS) * np.cos(np.radians(GRID.latitude))[:, None]
        near |= np.hypot(dx, (y - np.radians(north) * EARTH_RADIUS)[:, None]) < REACH
    np.testing.assert_array_equal(~np.isnan(rain), near)


def test_two_gauges_are_too_few_and_half_an_hour_is_no_hour() -> None:
    assert not GaugeRain(three()[:2], GRID).has(END, HOUR)
    assert GaugeRain(three()[:2], GRID).span(END, HOUR) is None
    assert not GaugeRain(three(missing=3), GRID).has(END, HOUR)
    assert GaugeRain(three(missing=3), GRID).until == END - 3 * STEP
    assert GaugeRain(three()[:2], GRID).until == np.datetime64(0, "s")


def test_gauges_that_are_read_by_the_hour_tell_no_ten_minutes() -> None:
    rain = GaugeRain(three(interval=3600), GRID)
    assert rain.has(END, HOUR)
    assert not rain.has(END, STEP)
    assert not rain.has(END + STEP, HOUR)
    assert (rain.steps_an_hour, GaugeRain(three(), GRID).steps_an_hour) == (1, 6)
