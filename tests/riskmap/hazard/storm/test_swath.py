"""A storm hour by hour: its peak against small steps, its rain whatever the steps, and what holds at an hour's end."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap import blocks
from riskmap.errors import CoverageError
from riskmap.grid import Grid
from riskmap.hazard.rain import radial_rain
from riskmap.hazard.storm import swath
from riskmap.hazard.storm.model import DEFAULT, WindModel
from riskmap.hazard.storm.swath import (
    HOUR,
    MINUTE,
    coarse_peaks,
    kernel_nodes,
    reach_of,
    storm_hours,
    sub_steps,
    trapezoid_hours,
)
from riskmap.hazard.storm.vortex import speed_around, vortices
from riskmap.io.bundled import bundled
from riskmap.io.tracks import read_track
from riskmap.track import complete, interpolate, to_averaging_period
from tests.slow_storm import polar, slow_wind
from tests.storms import fitted_storm, moving_storm, short_track, still_storm

NOON = np.datetime64("2021-07-24T12:00", "s")
HOURS = NOON + np.arange(7) * HOUR
SMALL = Grid.from_bounds(west=120.0, south=27.0, east=124.0, north=31.0, step=0.1)


def same(one: Any, other: Any) -> None:
    """Two lists of hours, bit for bit."""
    for left, right in zip(one, other, strict=True):
        for name in ("peak", "u", "v", "pressure", "rain", "lifted"):
            np.testing.assert_array_equal(getattr(left, name), getattr(right, name))


# --- the peak of an hour


@pytest.fixture(scope="module")
def fastest() -> xr.Dataset:
    """35 m/s in the hour that ends on 29 September 1983, 04 UTC."""
    path = bundled("tracks/ibtracs_zhejiang_wmo.csv")
    return complete(read_track(path, format="ibtracs", storm="1983259N08161", agency="WMO"))


@pytest.fixture(scope="module")
def in_fa() -> xr.Dataset:
    """With the Japanese centre's radii of 30 and 50 kt, in 2-min means."""
    path = bundled("tracks/jma_bst_zhejiang_2015_2021.txt")
    return to_averaging_period(complete(read_track(path, format="jma", storm="2106")), 120)


def around(track: xr.Dataset, hour: np.datetime64, *, half: float = 2.5, step: float = 0.1) -> Grid:
    at = interpolate(track, np.array([hour - HOUR // 2]))
    lat, lon = (round(float(at[name][0]), 2) for name in ("latitude", "longitude"))
    return Grid.from_bounds(west=lon - half, east=lon + half, south=lat - half, north=lat + half, step=step)


def by_steps(track: xr.Dataset, grid: Grid, hour: np.datetime64, model: WindModel, seconds: int) -> Any:
    """Largest wind over instants of the hour, both ends included, at every cell by itself."""
    times = np.arange(hour - HOUR, hour + MINUTE, np.timedelta64(seconds, "s"))
    storm = vortices(track, times[times <= hour], model)
    lon, lat = np.meshgrid(grid.longitude, grid.latitude)
    found = np.zeros(grid.shape)
    for k in range(len(storm)):
        r, out = polar(storm.latitude[k], storm.longitude[k], lat, lon)
        found = np.maximum(found, speed_around(storm, k, r, 0.5 * np.pi - np.angle(out)))
    return found


def peak_of(track: xr.Dataset, grid: Grid, hour: np.datetime64, model: WindModel) -> Any:
    hours = storm_hours(track, grid, np.array([hour - HOUR, hour]), model)
    next(hours)
    return next(hours).peak


def held(track: xr.Dataset, hour: np.datetime64, model: WindModel) -> None:
    """No lower than in 1-min steps, no higher than in steps of 10 s, each by 0.1 m/s at most."""
    grid = around(track, hour)
    peak = peak_of(track, grid, hour, model)
    assert (peak - by_steps(track, grid, hour, model, 60)).min() >= -0.1
    assert (peak - by_steps(track, grid, hour, model, 10)).max() <= 0.1


FASTEST_HOUR = np.datetime64("1983-09-29T04", "s")


@pytest.mark.parametrize("hours_after", [-2, 0, 1])
def test_the_peak_of_the_fastest_storm_is_that_of_minutes(fastest: xr.Dataset, hours_after: int) -> None:
    hour = FASTEST_HOUR + hours_after * HOUR
    at = interpolate(fastest, np.array([hour - HOUR // 2]))
    assert np.hypot(at["eastward_motion"][0], at["northward_motion"][0]) > 30.0
    held(fastest, hour, DEFAULT)


@pytest.mark.parametrize("profile", ["holland_2008", "willoughby_2006", "modified_rankine", "jelesnianski"])
def test_so_it_is_with_another_profile(fastest: xr.Dataset, profile: Any) -> None:
    held(fastest, FASTEST_HOUR, WindModel(profile))


def test_the_minutes_themselves_are_those_of_the_slow_twin(fastest: xr.Dataset) -> None:
    grid = around(fastest, FASTEST_HOUR)
    lon, lat = np.meshgrid(grid.longitude, grid.latitude)
    minutes = np.arange(FASTEST_HOUR - HOUR, FASTEST_HOUR + MINUTE, MINUTE)
    slow = np.max([np.abs(slow_wind(fastest, t, lat, lon, DEFAULT)[0]) for t in minutes], axis=0)
    found = peak_of(fastest, grid, FASTEST_HOUR, DEFAULT)
    assert np.abs(found - slow).max() < 0.1
    ends = [np.abs(slow_wind(fastest, t, lat, lon, DEFAULT)[0]) for t in minutes[[0, -1]]]
    assert (found - np.maximum(*ends)).max() > 3.0  # what two positions an hour would miss


@pytest.mark.slow
@pytest.mark.parametrize("radii", ["fit", "ignore"])
@pytest.mark.parametrize("hour", ["2021-07-22T20", "2021-07-24T12", "2021-07-25T05"])
def test_the_peak_of_in_fa_is_that_of_minutes(in_fa: xr.Dataset, hour: str, radii: Any) -> None:
    model, instant = WindModel(radii=radii), np.datetime64(hour, "s")
    source = vortices(in_fa, np.array([instant]), model).source[0]
    assert source == ("quadrant radii" if radii == "fit" else "holland_1980")
    held(in_fa, instant, model)


def test_a_fast_storm_through_radii_is_held_too() -> None:
    radii = [[300e3, 200e3, 180e3, 250e3], [110e3, 90e3, 75e3, 100e3], [60e3, 50e3, 45e3, 55e3]]
    held(fitted_storm(radii, north=0.5, west=-0.3, wind=45.0), NOON, DEFAULT)


def test_the_peak_is_no_less_than_either_end() -> None:
    hours = list(storm_hours(moving_storm(), SMALL, HOURS))
    for before, hour in itertools.pairwise(hours):
        for end in (before, hour):
            assert (hour.peak >= np.hypot(end.u, end.v) - 1e-3).all()


@settings(deadline=None, max_examples=10)
@given(speed=st.floats(0.05, 1.0), core=st.floats(15e3, 80e3), course=st.floats(0.0, 6.28))
def test_a_swath_has_no_beads(speed: float, core: float, course: float) -> None:
    """However fast a storm and however small its core, no cell is passed unseen.

    Within R the wind falls by V / R a metre, and a storm moves by 60 v metres between two minutes: half of that on
    either side of a cell is what a minute can hide.
    """
    storm = short_track(north=speed * np.cos(course), east=speed * np.sin(course), core=core, wind=45.0)
    grid = around(storm, NOON)
    peak = peak_of(storm, grid, NOON, DEFAULT)
    hidden = 45.0 / core * 0.5 * 60.0 * speed * 111_195.0 / 3600.0
    assert (by_steps(storm, grid, NOON, DEFAULT, 20) - peak).max() < 0.1 + hidden
    assert peak.max() <= 45.0 * 1.01


# --- steps


def test_sub_steps_grow_with_the_speed_and_with_a_smaller_core() -> None:
    def steps(north: float, core: float) -> int:
        storm = short_track(north=north, east=0.0, core=core)
        return int(sub_steps(storm, np.array([NOON]))[0])

    assert [steps(v, 40e3) for v in (0.0, 0.1, 0.3, 0.6)] == [2, 2, 4, 7]
    assert [steps(0.3, core) for core in (160e3, 40e3, 20e3, 10e3, 2e3)] == [2, 4, 7, 14, 60]
    for north, core in ((0.3, 40e3), (0.6, 20e3)):  # a step is no longer than a quarter of the core
        assert north * 111_195.0 / steps(north, core) <= swath.STEP_SHARE * core
    assert (
        sub_steps(short_track(north=0.6, east=0.0, core=40e3), HOURS[:3], share=0.5, fewest=1).tolist()
        == [4] * 3
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 7200), min_size=1, max_size=20))
def test_hours_by_trapezoids_add_up_to_the_time(gaps: list[int]) -> None:
    times = NOON + np.cumsum([0, *gaps]).astype("timedelta64[s]")
    hours = trapezoid_hours(times)
    assert hours.sum() == pytest.approx(sum(gaps) / 3600.0)
    assert (hours > 0.0).all()
    seconds = (times - NOON) / np.timedelta64(1, "s")
    assert (hours * seconds).sum() * 3600.0 == pytest.approx(
        0.5 * seconds[-1] ** 2
    )  # a line is summed exactly


def test_one_instant_stands_for_no_time() -> None:
    assert trapezoid_hours(np.array([NOON])).tolist() == [0.0]


# --- rain


@pytest.mark.parametrize("model", ["rcliper", "ipet"])
def test_the_sum_of_the_rain_does_not_depend_on_the_steps(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    storm = moving_storm(latitude=20.0, north_per_hour=0.25)
    slope = (np.full(SMALL.shape, 0.02), np.full(SMALL.shape, -0.01))
    totals = []
    for share, fewest in ((0.25, 2), (0.1, 2), (0.25, 12), (0.02, 60)):
        monkeypatch.setattr(swath, "STEP_SHARE", share)
        monkeypatch.setattr(sub_steps, "__kwdefaults__", {"share": share, "fewest": fewest})
        hours = list(storm_hours(storm, SMALL, HOURS, rain=radial_rain(model), slope=slope, upslope=2.0))
        totals.append([sum(float(getattr(h, name).sum()) for h in hours) for name in ("rain", "lifted")])
    assert sub_steps(storm, HOURS).tolist() == [60] * 7
    for total in totals:
        assert total == pytest.approx(totals[-1], rel=0.005)
        assert min(total) > 500.0


def test_chunks_of_hours_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for chunk in (1, 3, 24):
        monkeypatch.setattr(swath, "MOST_HOURS", chunk)
        found.append(list(storm_hours(moving_storm(), SMALL, HOURS, at_once=2, rain=radial_rain())))
    same(found[0], found[2])
    same(found[1], found[2])


def test_a_longer_run_begins_as_a_shorter_one() -> None:
    long = list(storm_hours(moving_storm(), SMALL, HOURS, rain=radial_rain()))
    same(list(storm_hours(moving_storm(), SMALL, HOURS[:3], rain=radial_rain())), long[:3])


@pytest.mark.parametrize("rain", [None, radial_rain()])
def test_at_once_the_peak_is_the_wind_of_the_instant(rain: Any) -> None:
    hours = list(storm_hours(moving_storm(north_per_hour=0.3), SMALL, HOURS[:5], at_once=2, rain=rain))
    plain = list(storm_hours(moving_storm(north_per_hour=0.3), SMALL, HOURS[:5], rain=rain))
    for n, (hour, usual) in enumerate(zip(hours, plain, strict=True)):
        np.testing.assert_allclose(hour.u, usual.u, atol=1e-4)
        np.testing.assert_array_equal(hour.pressure, usual.pressure)
        np.testing.assert_array_equal(hour.rain, usual.rain)
        now = np.abs(hour.peak - np.hypot(hour.u, hour.v)).max()
        assert (now < 1e-4) == (n <= 2)
        if n > 2:
            np.testing.assert_array_equal(hour.peak, usual.peak)


def test_a_steady_still_storm_is_the_same_every_hour() -> None:
    hours = list(storm_hours(still_storm(), SMALL, HOURS[:3], rain=radial_rain()))
    for hour in hours[1:]:
        np.testing.assert_allclose(hour.peak, hours[0].peak, rtol=1e-6)
        np.testing.assert_allclose(hour.rain, hours[0].rain, rtol=1e-6)


# --- the ends of the track


def test_the_first_and_the_last_instant_of_the_track_are_hours_too() -> None:
    storm = moving_storm()
    ends = storm["time"].values[[0, -1]].astype("datetime64[s]")
    hours = [next(storm_hours(storm, SMALL, np.array([end]), rain=radial_rain())) for end in ends]
    assert (hours[0].rain == 0.0).all()  # nothing is known before
    assert hours[1].rain.max() > 1.0
    first = storm_hours(storm, SMALL, ends[0] + np.arange(2) * HOUR)
    assert [h.peak.shape for h in first] == [SMALL.shape] * 2
    for beyond in (ends[0] - HOUR, ends[1] + HOUR):
        with pytest.raises(CoverageError, match="outside the track"):
            next(storm_hours(storm, SMALL, np.array([beyond])))


def test_a_track_that_begins_inside_the_first_hour_counts_from_there() -> None:
    late = short_track(north=0.1, east=0.0, start="2021-07-24T00:20")
    hours = np.datetime64("2021-07-24T01", "s") + np.arange(3) * HOUR
    found = list(storm_hours(late, SMALL, hours, rain=radial_rain()))
    first, second = float(found[0].rain.sum()), float(found[1].rain.sum())
    assert 0.45 * second < first < 0.7 * second
    assert found[0].peak.max() > 20.0


def test_such_a_track_may_end_with_the_last_hour() -> None:
    late = short_track(north=0.37, east=0.0, core=25e3, start="2021-07-24T00:20", end="2021-07-24T06:00")
    hours = np.datetime64("2021-07-24T01", "s") + np.arange(6) * HOUR
    assert 3600 % (60 * int(sub_steps(late, hours)[0])) != 0
    assert len(list(storm_hours(late, SMALL, hours, rain=radial_rain()))) == 6


# --- places


def test_both_sides_of_180_degrees_are_one_place() -> None:
    east = moving_storm(longitude=181.0, west_per_hour=0.0)
    west = east.assign(longitude=east["longitude"] - 360.0)
    across = moving_storm(longitude=181.5, west_per_hour=0.05)
    grid = Grid.from_bounds(west=178.0, south=27.0, east=184.0, north=31.0, step=0.1)
    for storm, other in (
        (east, west),
        (across, across.assign(longitude=(across["longitude"] + 180) % 360 - 180)),
    ):
        one, two = (list(storm_hours(s, grid, HOURS[:3])) for s in (storm, other))
        for left, right in zip(one, two, strict=True):
            np.testing.assert_allclose(left.u, right.u, atol=1e-3)
            np.testing.assert_allclose(left.peak, right.peak, atol=1e-3)
        assert one[-1].peak.max() > 35.0


def test_a_grid_that_sees_a_part_sees_the_same() -> None:
    part = Grid.from_bounds(west=121.0, south=28.0, east=122.0, north=29.5, step=0.1)
    whole, some = (next(storm_hours(moving_storm(), grid, HOURS)) for grid in (SMALL, part))
    rows, columns = slice(15, 30), slice(10, 20)
    np.testing.assert_allclose(SMALL.latitude[rows], part.latitude)
    np.testing.assert_allclose(some.peak, whole.peak[rows, columns], atol=1e-3)


def test_kernel_nodes_hold_what_the_kernel_needs() -> None:
    storm = vortices(moving_storm(), HOURS[:2])
    rows, halves, sines = kernel_nodes(storm, SMALL)
    assert rows[:, 0].tolist() == np.radians(storm.latitude).tolist()
    away = np.radians(SMALL.longitude[None, :] - storm.longitude[:, None])
    np.testing.assert_allclose(halves, np.sin(away / 2) ** 2, rtol=1e-5)
    np.testing.assert_allclose(sines, np.sin(away), rtol=1e-5)
    columns = np.interp(storm.longitude, SMALL.longitude, np.arange(SMALL.shape[1]))
    np.testing.assert_allclose(rows[:, 1], columns)


@pytest.mark.parametrize("fitted", [False, True])
def test_threads_do_not_change_a_bit(fitted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    storm = fitted_storm([[300e3] * 4, [110e3] * 4, [60e3] * 4]) if fitted else moving_storm()
    found = []
    for workers in ("1", "2", "5"):
        monkeypatch.setenv("RISKMAP_THREADS", workers)
        assert blocks.threads() == int(workers)
        found.append(list(storm_hours(storm, SMALL, HOURS[:3], rain=radial_rain())))
    same(found[0], found[1])
    same(found[0], found[2])


# --- fewer steps for the members of an ensemble


def test_coarse_peaks_are_a_little_lower_and_nothing_else() -> None:
    storm = moving_storm(north_per_hour=0.3)
    fine = [h.peak for h in storm_hours(storm, SMALL, HOURS)]
    coarse = [p.copy() for p in coarse_peaks(storm, SMALL, HOURS)]
    assert len(coarse) == len(fine)
    np.testing.assert_allclose(coarse[0], fine[0], atol=1e-3)
    for some, all_steps in zip(coarse[1:], fine[1:], strict=True):
        assert (some - all_steps).max() < 0.05
        assert (all_steps - some).max() < 2.0


@pytest.mark.parametrize("least", [10.8, 17.2, 32.7])
def test_wind_that_no_threshold_needs_may_be_left_out(least: float) -> None:
    storm = moving_storm()
    whole = [p.copy() for p in coarse_peaks(storm, SMALL, HOURS)]
    part = [p.copy() for p in coarse_peaks(storm, SMALL, HOURS, least=least)]
    for all_wind, needed in zip(whole, part, strict=True):
        strong = all_wind >= least
        np.testing.assert_allclose(needed[strong], all_wind[strong], atol=1e-3)
        assert (needed[~strong] < least).all()
    assert (np.array(part) == 0.0).any()


@settings(deadline=None, max_examples=30)
@given(least=st.floats(1.0, 60.0), azimuth=st.floats(0.0, 6.28))
def test_beyond_the_reach_of_a_wind_it_is_weaker(least: float, azimuth: float) -> None:
    storm = vortices(fitted_storm([[300e3, 200e3, 180e3, 250e3], [110e3] * 4, [60e3] * 4]), HOURS[:1])
    reach = reach_of(storm, least)[0]
    radius = np.linspace(reach, reach + 500e3, 200)[1:]
    assert speed_around(storm, 0, radius, np.array(azimuth)).max() < least + 1e-3
    if least > 42.1:  # the storm's maximum
        assert reach == 0.0
    if least < 41.0:
        assert reach > storm.radius_of_maximum_wind[0]


def test_a_fast_narrow_storm_is_taken_a_few_hours_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory must not grow with the number of sub-steps: the tables of at most so many are made at once."""
    made: list[int] = []
    whole = swath.vortices

    def counted(track, times, *rest, **more):  # type: ignore[no-untyped-def]
        made.append(len(times))
        return whole(track, times, *rest, **more)

    monkeypatch.setattr(swath, "vortices", counted)
    fast = short_track(north=0.5, east=0.0, core=12e3, start="2021-07-24T00:00", end="2021-07-25T00:00")
    hours = np.datetime64("2021-07-24T01", "s") + np.arange(20) * HOUR
    found = list(storm_hours(fast, SMALL, hours))
    assert len(found) == 20
    assert max(made) <= swath.MOST_NODES
    assert len(made) > 1
    assert list(storm_hours(fast, SMALL, hours[:0])) == []
