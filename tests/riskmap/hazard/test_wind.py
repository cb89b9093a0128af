"""Typhoon wind: over sea and land, hour by hour, and how far its circles reach."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import numpy as np
import pytest
import xarray as xr

from riskmap.errors import CoverageError
from riskmap.grid import Grid
from riskmap.hazard.storm.model import DEFAULT, Profile, WindModel
from riskmap.hazard.storm.vortex import vortices
from riskmap.hazard.surface import surface_of
from riskmap.hazard.wind import (
    CIRCLE_REACH,
    FORCE_SPEEDS,
    PROFILES,
    hourly_peaks,
    require_near,
    wind_circles,
    wind_field,
)
from riskmap.track import QUADRANTS, interpolate, to_averaging_period
from tests.slow_storm import profile_speed, slow_wind
from tests.storms import fitted_storm, moving_storm, short_track, still_storm

GRID = Grid.from_bounds(west=120.0, south=27.0, east=124.0, north=31.0, step=0.1)
NOON = np.datetime64("2021-07-24T12:00", "s")
AT_NOON = np.array([NOON])
HOUR = np.timedelta64(1, "h")
BY_PROFILE = pytest.mark.parametrize("profile", PROFILES)


def test_the_profiles_of_a_grid_are_those_of_the_model() -> None:
    assert get_args(Profile) == PROFILES
    assert DEFAULT.profile in PROFILES


@BY_PROFILE
def test_a_still_storm_peaks_at_its_reported_maximum(profile: Profile) -> None:
    fine = Grid.from_bounds(west=121.0, south=28.0, east=123.0, north=30.0, step=0.02)
    peak = next(hourly_peaks(still_storm(), fine, AT_NOON, model=WindModel(profile)))
    assert float(peak.max()) == pytest.approx(40.0, abs=0.1)


@BY_PROFILE
def test_a_moving_storm_peaks_at_its_reported_maximum(profile: Profile) -> None:
    fine = Grid.from_bounds(west=120.5, south=27.5, east=123.5, north=30.5, step=0.02)
    peaks = list(hourly_peaks(moving_storm(), fine, NOON + np.arange(2) * HOUR, model=WindModel(profile)))
    assert [float(p.max()) for p in peaks] == pytest.approx([40.0, 40.0], abs=0.2)


def test_the_eye_is_calm() -> None:
    fine = Grid.from_bounds(west=121.9, south=28.9, east=122.1, north=29.1, step=0.01)
    peak = next(hourly_peaks(still_storm(), fine, AT_NOON))
    assert float(peak.min()) < 0.5
    assert float(peak.max()) < 20.0


@pytest.mark.parametrize("sign", [1, -1])
def test_the_right_side_is_stronger_in_the_north_and_the_left_in_the_south(sign: int) -> None:
    storm = moving_storm(latitude=29.0 * sign, longitude=122.0, north_per_hour=0.15 * sign, west_per_hour=0.0)
    at = interpolate(storm, AT_NOON)
    lat = float(at["latitude"][0])
    grid = Grid.from_bounds(west=120.0, south=lat - 0.05, east=124.0, north=lat + 0.05, step=0.1)
    row = next(hourly_peaks(storm, grid, AT_NOON))[0]
    difference = row[::-1] - row  # towards the poles: east is right in the north, left in the south
    assert difference[:18].min() > 0.5
    assert row[20:].max() == pytest.approx(40.0, abs=0.3)


def test_a_fast_weak_storm_keeps_a_vortex() -> None:
    storm = short_track(north=0.8, east=0.0, wind=20.0, start="2021-07-24T10", end="2021-07-24T15")  # 25 m/s
    field = wind_field(storm, GRID, NOON + np.arange(3) * HOUR)
    assert float(field["peak_wind_speed"].max()) == pytest.approx(20.0, abs=0.4)
    assert np.isfinite(field["wind_speed"]).all()
    made = vortices(storm, AT_NOON)
    assert np.hypot(made.east[0], made.north[0]) == pytest.approx(10.0)
    assert made.still_wind[0] == pytest.approx(10.0)


def test_another_averaging_period_is_the_same_storm() -> None:
    """The mean is larger in 1-min means, the 3-s gust is about the same."""
    two, one = (wind_field(to_averaging_period(still_storm(), p), GRID, AT_NOON) for p in (120, 60))
    ratio = float(one["peak_wind_speed"].max() / two["peak_wind_speed"].max())
    by_track = to_averaging_period(still_storm(), 60)["maximum_wind"].values[0] / 40.0
    assert ratio == pytest.approx(by_track, rel=2e-3)
    assert one.attrs["averaging_period"] == 60
    gusts = [float(f["peak_wind_speed_of_gust"].max()) for f in (one, two)]
    assert gusts[0] == pytest.approx(gusts[1], rel=0.02)


def test_the_field_holds_every_hour_and_its_peak() -> None:
    start = datetime(2021, 7, 24, tzinfo=UTC)
    land = np.zeros(GRID.shape, bool)
    land[:, :10] = True
    ground = surface_of(GRID, land=land, period=120)
    field = wind_field(moving_storm(), GRID, [start + timedelta(hours=h) for h in range(4)], surface=ground)
    assert field["wind_speed"].dims == ("time", "y", "x")
    np.testing.assert_array_equal(field["peak_wind_speed"], field["wind_speed"].max("time"))
    assert field["wind_speed"].attrs["units"] == "m s-1"
    assert field.attrs == {"averaging_period": 120, **vars(DEFAULT)}
    assert "spatial_ref" in field.coords
    assert float(field["air_pressure_at_mean_sea_level"].min()) < 97_500
    open_sea = np.broadcast_to(
        np.arange(GRID.shape[1]) >= 20, GRID.shape
    )  # off the land, its roughness still counts
    at_sea = field["wind_speed"].values[:, open_sea]
    speed = np.hypot(field["eastward_wind"].values, field["northward_wind"].values)[:, open_sea]
    assert (at_sea >= speed - 1e-3).all()  # the largest of the hour is no less than that at its end
    np.testing.assert_allclose(at_sea[0], speed[0], rtol=1e-5)  # of the first hour its end alone


def test_the_field_is_the_wind_at_each_hour() -> None:
    times = NOON + np.arange(3) * HOUR
    field = wind_field(moving_storm(), GRID, times, model=WindModel("willoughby_2006"))
    lon, lat = np.meshgrid(GRID.longitude, GRID.latitude)
    for n, time in enumerate(times):
        wind, pressure = slow_wind(moving_storm(), time, lat, lon, WindModel("willoughby_2006"))
        assert np.abs(field["eastward_wind"][n] - wind.real).max() < 0.03
        assert np.abs(field["northward_wind"][n] - wind.imag).max() < 0.03
        assert np.abs(field["air_pressure_at_mean_sea_level"][n] - pressure).max() < 5.0


def test_weak_wind_is_not_cut() -> None:
    weak = moving_storm(maximum_wind=16.0, central_pressure=99_500)
    field = wind_field(weak, GRID, NOON + np.arange(2) * HOUR)
    assert 10.8 < float(field["peak_wind_speed"].max()) < 17.0
    assert float(field["wind_speed"].min()) > 0
    strong = wind_field(still_storm(), GRID, AT_NOON)["wind_speed"].values[0]
    between = np.sort(strong[(strong > 10.8) & (strong < 24.5)])
    assert (between < 17.5).sum() > 50
    assert np.diff(between).max() < 0.5  # no step at 17.5 m/s nor anywhere


def test_a_track_that_never_comes_near_says_how_far_it_stays() -> None:
    far = still_storm(longitude=150.0)
    with pytest.raises(CoverageError, match=r"nearest centre 2\d{3} km away.*swapped"):
        require_near(far, GRID)
    with pytest.raises(CoverageError, match="never comes near"):
        wind_field(far, GRID, AT_NOON)
    require_near(still_storm(longitude=128.0), GRID)


def test_hours_outside_the_track_are_refused() -> None:
    with pytest.raises(CoverageError, match="outside the track"):
        wind_field(still_storm(), GRID, AT_NOON + np.timedelta64(30, "D"))


# --- circles


def circles(storm: xr.Dataset, profile: Profile = "holland_1980", **other: Any) -> xr.DataArray:
    return wind_circles(storm, AT_NOON, model=WindModel(profile), **other)["wind_radius"].isel(time=0)


def last_radius(storm: xr.Dataset, profile: Profile, level: float) -> float:
    """Where the plain function of a still storm falls below a speed for the last time, by halving."""
    at = interpolate(storm, AT_NOON).isel(time=0)

    def blows(r: float) -> bool:
        wind = profile_speed(storm, at, r, float(at["maximum_wind"]), WindModel(profile))
        return float(wind) >= level

    low, high = float(at["radius_of_maximum_wind"]), 3e6
    assert blows(low)
    assert not blows(high)
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if blows(middle) else (low, middle)
    return low


@pytest.mark.slow
@BY_PROFILE
def test_circles_of_a_still_storm_are_the_roots_of_its_profile(profile: Profile) -> None:
    storm = still_storm()
    found = circles(storm, profile)
    for force, level in FORCE_SPEEDS.items():
        wanted = min(last_radius(storm, profile, level), CIRCLE_REACH)
        for quadrant in QUADRANTS:
            # straight lines between the places, and 0.01 m/s of the tables
            radius = float(found.sel(force=force, quadrant=quadrant))
            assert wanted - 500.0 <= radius <= wanted + 500.0


@pytest.mark.slow
@BY_PROFILE
def test_circles_of_other_speeds(profile: Profile) -> None:
    levels = (15.0, 20.5, 31.0, 39.0, 41.0)
    found = circles(still_storm(), profile, speeds=levels)
    assert found["force"].values.tolist() == list(levels)
    assert found.sel(force=41.0).isnull().all()
    for level in levels[:-1]:
        wanted = min(last_radius(still_storm(), profile, level), CIRCLE_REACH)
        assert float(found.sel(force=level).mean()) == pytest.approx(wanted, abs=1500.0)


@BY_PROFILE
def test_circles_shrink_with_force_and_are_unknown_where_never_reached(profile: Profile) -> None:
    radius = circles(moving_storm(maximum_wind=30.0, central_pressure=97_500), profile)
    assert radius.sel(force=12).isnull().all()
    assert bool((radius.sel(force=7) > radius.sel(force=10).fillna(0)).all())
    # it moves to the north-west: the north-east quadrant is the strong one
    assert float(radius.sel(force=7, quadrant="NE")) > float(radius.sel(force=7, quadrant="SW"))


def test_circles_are_the_largest_of_their_quadrant() -> None:
    """Against the slow wind on a dense polar net."""
    storm, model = moving_storm(north_per_hour=0.2), WindModel()
    found = circles(storm)
    at = interpolate(storm, AT_NOON)
    lat0, lon0 = float(at["latitude"][0]), float(at["longitude"][0])
    azimuth = np.radians(np.arange(0.5, 360.0, 1.0))
    radius = np.arange(20e3, 500e3, 2e3)[:, None]
    lat = lat0 + np.degrees(radius * np.cos(azimuth) / 6_371_008.8)
    lon = lon0 + np.degrees(radius * np.sin(azimuth) / 6_371_008.8 / np.cos(np.radians(lat0)))
    speed = np.abs(slow_wind(storm, NOON, lat, lon, model)[0])
    for force, level in FORCE_SPEEDS.items():
        reach = (radius * (speed >= level)).max(axis=0).reshape(4, 90).max(axis=1)
        np.testing.assert_allclose(found.sel(force=force).values, reach, rtol=0.02, atol=4e3)


def test_circles_bound_the_wind_of_the_field() -> None:
    storm = still_storm()
    radius = circles(storm)
    field = next(hourly_peaks(storm, GRID, AT_NOON))
    row, column = GRID.index_of(latitude=29.0, longitude=122.0) or (0, 0)
    east = field[row, column:]
    metres = (GRID.longitude[column:] - 122.0) * 111_195 * np.cos(np.radians(29.0))
    for force, speed in FORCE_SPEEDS.items():
        outside = metres > float(radius.sel(force=force, quadrant="NE")) + 1e3
        assert (east[outside] < speed + 0.05).all()


def test_circles_of_a_fit_are_the_reported_radii() -> None:
    radii = [[300e3, 200e3, 180e3, 250e3], [110e3, 90e3, 75e3, 100e3], [60e3, 50e3, 45e3, 55e3]]
    storm = fitted_storm(radii, north=0.0, west=0.0)
    found = circles(storm).values
    # towards a larger neighbour the circle of a quadrant is wider than in its middle
    assert (found >= np.array(radii) - 1e3).all()
    assert found[:, 0] == pytest.approx(np.array(radii)[:, 0], abs=2e3)
    ignored = wind_circles(storm, AT_NOON, model=WindModel(radii="ignore"))["wind_radius"].values[0]
    assert np.abs(ignored - found).max() > 20e3


def test_circles_beyond_the_search_stand_at_its_end() -> None:
    huge = fitted_storm([[1_600e3] * 4, [300e3] * 4, [100e3] * 4], north=0.0, west=0.0)
    assert (circles(huge, speeds=[5.0]) == CIRCLE_REACH).all()  # a lower bound, not a radius
