"""Typhoon rain: by distance in the tables, up the slopes, and its rolling sums."""

from __future__ import annotations

import itertools
from typing import Any, Literal

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.averaging import convert
from riskmap.errors import CoverageError, UnitsError
from riskmap.grid import Grid
from riskmap.hazard.rain import WINDOWS, RollingRain, fallen, radial_rain, rain_sums
from riskmap.hazard.rain_models import ipet, rcliper
from riskmap.hazard.rain_models.upslope import (
    DRIFT_LENGTH,
    SLOPE_ENDS,
    SLOPE_FADES,
    TAPER_FAR,
    TAPER_NEAR,
    UPSLOPE_FACTOR,
    slope_share,
)
from riskmap.hazard.storm.swath import HOUR, StormHour, storm_hours
from riskmap.track import interpolate
from tests.slow_storm import polar
from tests.storms import deepening_storm, fitted_storm, moving_storm, still_storm

GRID = Grid.from_bounds(west=121.0, south=28.0, east=123.0, north=30.0, step=0.05)
NOON = np.datetime64("2021-07-24T12:00", "s")
LAWS = settings(deadline=None, max_examples=60)
Model = Literal["rcliper", "ipet"]


def distances(storm: xr.Dataset, grid: Grid, time: np.datetime64 = NOON) -> Any:
    at = interpolate(storm, np.array([time]))
    place = np.meshgrid(grid.latitude, grid.longitude, indexing="ij")
    return polar(float(at["latitude"][0]), float(at["longitude"][0]), *place)[0]


def plain_rate(storm: xr.Dataset, model: Model, radius: Any, time: np.datetime64 = NOON) -> Any:
    """Rain rate [mm h-1] by the plain-number function."""
    at = interpolate(storm, np.array([time])).isel(time=0)
    if model == "rcliper":
        period = int(storm.attrs["averaging_period"])
        return rcliper(radius, maximum_wind=convert(float(at["maximum_wind"]), period=period, to=60))
    return ipet(
        radius, pressure_deficit=float(at["environmental_pressure"] - at["central_pressure"]),
        radius_of_maximum_wind=float(at["radius_of_maximum_wind"]),
    )  # fmt: skip


def one_hour(storm: xr.Dataset, model: Model = "rcliper", grid: Grid = GRID, **other: Any) -> StormHour:
    return next(storm_hours(storm, grid, np.array([NOON]), rain=radial_rain(model), **other))


@pytest.mark.parametrize("model", ["rcliper", "ipet"])
def test_a_still_storm_rains_what_the_plain_function_says(model: Model) -> None:
    found = one_hour(still_storm(), model).rain
    np.testing.assert_allclose(
        found, plain_rate(still_storm(), model, distances(still_storm(), GRID)), rtol=2e-3
    )
    assert found.max() > 3.0


@pytest.mark.parametrize("model", ["rcliper", "ipet"])
def test_a_moving_storm_rains_the_mean_of_its_places(model: Model) -> None:
    storm = moving_storm(latitude=26.0)
    minutes = NOON - HOUR + (np.arange(60) * 60 + 30).astype("timedelta64[s]")
    slow = np.mean([plain_rate(storm, model, distances(storm, GRID, t), t) for t in minutes], axis=0)
    np.testing.assert_allclose(one_hour(storm, model).rain, slow, rtol=0.02)


def test_the_wind_is_turned_into_one_minute_means() -> None:
    weaker = still_storm()
    weaker.attrs["averaging_period"] = 600
    period_matters = one_hour(weaker).rain.max() / one_hour(still_storm()).rain.max()
    assert period_matters > 1.02  # the same number in 10-min means is a stronger storm


@pytest.mark.parametrize("model", ["rcliper", "ipet"])
def test_each_instant_has_its_own_rain_and_the_share_of_the_slope(model: Model) -> None:
    storm, radius = deepening_storm(), np.array([[0.0, 40e3, 130e3, 400e3], [10e3, 60e3, 145e3, 900e3]])
    times = NOON + np.arange(2) * 12 * HOUR
    found = radial_rain(model)(interpolate(storm, times), radius)
    assert found.shape == (2, 2, 4)
    for k, time in enumerate(times):
        np.testing.assert_allclose(found[k, 0], plain_rate(storm, model, radius[k], time))
    np.testing.assert_array_equal(found[:, 1], slope_share(radius))


def test_without_any_deficit_ipet_has_its_base_only() -> None:
    storm = still_storm()
    flat = storm.assign(central_pressure=storm["environmental_pressure"] + 50.0)
    found = radial_rain("ipet")(interpolate(flat, np.array([NOON])), np.array([[0.0]]))
    assert found[0, 0, 0] == pytest.approx(1.14)


def test_an_unknown_model_is_no_model() -> None:
    with pytest.raises(KeyError, match="tcr2"):
        radial_rain("tcr2")  # type: ignore[arg-type]


@LAWS
@given(r=st.floats(0.0, 1e6), more=st.floats(0.0, 1e5))
def test_the_slope_counts_less_far_from_the_centre(r: float, more: float) -> None:
    near, far = slope_share(np.array([r, r + more]))
    assert 0.0 <= far <= near <= 0.6
    by_hand = min(max((TAPER_FAR - r / 1e3) / (TAPER_FAR - TAPER_NEAR), 0.2), 0.6)
    by_hand *= min(max((SLOPE_ENDS - r / 1e3) / (SLOPE_ENDS - SLOPE_FADES), 0.0), 1.0)
    assert near == pytest.approx(by_hand)


def test_rain_on_flat_ground_is_symmetric() -> None:
    hour = one_hour(still_storm())
    np.testing.assert_allclose(hour.rain, hour.rain[:, ::-1], rtol=1e-4)
    assert (hour.lifted == 0.0).all()


@pytest.mark.parametrize("fitted", [False, True])
def test_lifted_rain_is_the_wind_up_the_slope(fitted: bool) -> None:
    """Of a still storm: factor, share of the slope, and the wind where it climbs."""
    radii = [[300e3, 200e3, 180e3, 250e3], [110e3] * 4, [60e3] * 4]
    storm = (
        fitted_storm(radii, north=0.0, west=0.0) if fitted else still_storm(latitude=26.0, longitude=124.0)
    )
    grid = Grid.from_bounds(west=121.0, south=23.0, east=127.0, north=29.0, step=0.1)
    slope = np.linspace(-0.1, 0.1, grid.shape[1]) * np.ones(grid.shape), np.full(grid.shape, 0.03)
    hour = one_hour(storm, grid=grid, slope=slope, upslope=UPSLOPE_FACTOR)
    climb = UPSLOPE_FACTOR * np.maximum(hour.u * slope[0] + hour.v * slope[1], 0.0)
    slow = slope_share(distances(storm, grid)) * climb
    # the share has corners; a bin of 1.1 % of 150 km, where it falls by a thirtieth a kilometre, is off by 0.014
    assert (np.abs(hour.lifted - slow) <= 0.015 * climb + 1e-3).all()
    assert (hour.lifted[climb == 0.0] == 0.0).all()
    assert hour.lifted.max() > 10.0


def test_upslope_adds_on_the_windward_side_only() -> None:
    slope = (
        np.zeros(GRID.shape),
        np.full(GRID.shape, 0.05),
    )  # climbs to the north: the eastern side is windward
    hour = one_hour(still_storm(), slope=slope, upslope=UPSLOPE_FACTOR)
    added = fallen(hour, GRID) - hour.rain
    assert added[20, 30:].min() > 1.0  # east of the centre
    assert np.abs(added[20, :8]).max() < 1e-4
    assert (added > -1e-4).all()


def lifted_hour(lifted: Any) -> StormHour:
    nothing = np.zeros(lifted.shape, np.float32)
    return StormHour(nothing, nothing, nothing, nothing, nothing, lifted.astype(np.float32))


@LAWS
@given(
    st.lists(
        st.tuples(st.integers(10, 69), st.integers(10, 69), st.floats(0.1, 50.0)), min_size=1, max_size=8
    )
)
def test_drifting_drops_keep_the_lifted_rain(drops: list[tuple[int, int, float]]) -> None:
    fine = Grid.from_bounds(west=121.0, south=29.0, east=122.6, north=30.6, step=0.02)
    lifted = np.zeros(fine.shape)
    for row, column, mm in drops:  # ten cells from the edge: nothing is lost over it
        lifted[row, column] += mm
    found = fallen(lifted_hour(lifted), fine)
    assert float(found.sum()) == pytest.approx(lifted.sum(), rel=1e-4)
    assert (found >= -1e-5).all()
    assert found.max() < lifted.max()


def test_drops_drift_no_farther_than_their_window() -> None:
    fine = Grid.from_bounds(west=121.0, south=29.0, east=122.6, north=30.6, step=0.02)
    lifted = np.zeros(fine.shape)
    lifted[40, 40] = 100.0
    rows, columns = np.nonzero(fallen(lifted_hour(lifted), fine) > 1e-6)
    north = np.abs(fine.latitude[rows] - fine.latitude[40]) * 111_195.0
    east = np.abs(fine.longitude[columns] - fine.longitude[40]) * 111_195.0 * np.cos(np.radians(29.8))
    assert len(rows) > 9
    assert max(north.max(), east.max()) <= 0.5 * DRIFT_LENGTH + 2300.0  # and a cell


def test_the_radial_rain_stays_where_it_falls() -> None:
    hour = one_hour(still_storm())
    np.testing.assert_array_equal(fallen(hour, GRID), hour.rain)


# --- rolling sums


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 50), min_size=24, max_size=40), st.data())
def test_rolling_sums_equal_brute_force(hours: list[int], data: st.DataObject) -> None:
    until = data.draw(st.integers(24, len(hours)))
    rolling = RollingRain((1, 1))
    for mm in hours[:until]:
        rolling.add(np.full((1, 1), mm, np.float32))
    found = {name: float(total[0, 0]) for name, total in rolling.sums().items()}
    assert found == {f"rain_{w}h": float(sum(hours[until - w : until])) for w in WINDOWS}


def test_longer_windows_never_hold_less_rain() -> None:
    rng, rolling = np.random.default_rng(4), RollingRain((3, 4))
    for _ in range(30):
        rolling.add(rng.uniform(0, 20, (3, 4)).astype(np.float32))
    sums = list(rolling.sums().values())
    assert all((longer >= shorter).all() for shorter, longer in itertools.pairwise(sums))


def test_the_sums_are_not_the_stored_hours() -> None:
    rolling = RollingRain((1, 1), windows=(1, 2))
    for mm in (1.0, 2.0):
        rolling.add(np.full((1, 1), mm, np.float32))
    rolling.sums()["rain_1h"][:] = 99.0
    assert rolling.sums()["rain_2h"][0, 0] == 3.0


def test_sums_that_are_not_whole_are_refused() -> None:
    rolling = RollingRain((1, 1))
    for _ in range(23):
        rolling.add(np.zeros((1, 1), np.float32))
    with pytest.raises(CoverageError, match=r"expected 24 hours.*found 23 hours.*a day before"):
        rolling.sums()


def test_unknown_rain_stays_unknown_for_as_long_as_it_counts() -> None:
    rolling = RollingRain((1, 1), windows=(1, 3))
    for mm in (1.0, np.nan, 2.0):
        rolling.add(np.full((1, 1), mm, np.float32))
    assert rolling.sums()["rain_1h"][0, 0] == 2.0
    assert np.isnan(rolling.sums()["rain_3h"][0, 0])


def hourly(rain: Any, hours: Any = None) -> xr.DataArray:
    """Rain of one place [mm] by hour."""
    n = len(rain)
    time = np.datetime64("2021-07-25T00", "ns") + (
        np.arange(n) if hours is None else np.array(hours)
    ) * np.timedelta64(1, "h")
    return xr.DataArray(np.array(rain, float), dims="time", coords={"time": time}, attrs={"units": "mm"})


@LAWS
@given(st.lists(st.floats(0.0, 150.0), min_size=24, max_size=40))
def test_sums_of_given_rain_are_those_of_the_stream(rain: list[float]) -> None:
    rolling = RollingRain((1, 1))
    for mm in rain:
        rolling.add(np.full((1, 1), mm, np.float32))
    sums = rain_sums(hourly(rain))
    for name, total in rolling.sums().items():
        assert float(sums[name][-1]) == pytest.approx(float(total[0, 0]), rel=1e-5, abs=1e-3)


def test_a_sum_is_unknown_until_it_is_whole_and_where_an_hour_is() -> None:
    three = rain_sums(hourly([1.0, 2.0, 4.0, np.nan, 8.0, 16.0, 32.0]), windows=(3,))["rain_3h"]
    assert np.isnan(three.values).tolist() == [True, True, False, True, True, True, False]
    assert three.attrs["units"] == "mm"


def test_a_missing_hour_does_not_pass_for_a_dry_one() -> None:
    with pytest.raises(CoverageError, match=r"an hour apart.*7200 seconds"):
        rain_sums(hourly([1.0, 2.0, 3.0], hours=[0, 1, 3]))


def test_rain_in_metres_is_refused() -> None:
    with pytest.raises(UnitsError, match="'mm'"):
        rain_sums(hourly([1.0, 2.0]).assign_attrs(units="m"))
