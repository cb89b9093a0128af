"""Typhoon wind on a grid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
import xarray as xr

from riskmap import blocks
from riskmap._kernels import wind as kernel
from riskmap.errors import CoverageError, DataError, UnitsError
from riskmap.grid import Grid
from riskmap.hazard.wind import (
    OUTER_RADIUS,
    OUTER_WIND,
    PROFILES,
    Profile,
    marine_wind,
    over_surface,
    require_near,
    sub_steps,
    wind_circles,
    wind_field,
    wind_nodes,
)
from riskmap.track import interpolate, make_track
from tests.storms import moving_storm, still_storm

GRID = Grid.from_bounds(west=120.0, south=27.0, east=124.0, north=31.0, step=0.1)
HOUR = np.datetime64("2021-07-24T12:00", "s")


def deepening_storm() -> xr.Dataset:
    storm = moving_storm()
    fall = np.linspace(97_000, 95_000, storm.sizes["time"])
    return storm.assign(central_pressure=("time", fall, storm["central_pressure"].attrs))


@pytest.mark.parametrize("profile", PROFILES)
def test_a_still_storm_peaks_at_its_reported_maximum(profile: Profile) -> None:
    fine = Grid.from_bounds(west=121.0, south=28.0, east=123.0, north=30.0, step=0.02)
    peak = marine_wind(wind_nodes(still_storm(), sub_steps(HOUR), profile), fine, profile).peak
    assert float(peak.max()) == pytest.approx(40.0, abs=0.1)


@pytest.mark.parametrize("profile", PROFILES)
def test_parameters_at_an_instant_do_not_depend_on_the_other_instants(profile: Profile) -> None:
    storm, times = deepening_storm(), sub_steps(HOUR)
    together = wind_nodes(storm, times, profile)
    for k, time in enumerate(times):
        np.testing.assert_allclose(wind_nodes(storm, np.array([time]), profile)[0], together[k], rtol=1e-12)


def test_a_deepening_storm_has_another_shape_than_a_steady_one() -> None:
    storm = deepening_storm()
    column = wind_nodes(storm, np.array([HOUR]), "holland2008")[0, kernel.SHAPE_B]
    at_noon = float(interpolate(storm, np.array([HOUR]))["central_pressure"][0])
    steady = moving_storm(central_pressure=at_noon)
    tendency = (95_000 - 97_000) / 100 / 72  # hPa h-1
    same = wind_nodes(steady, np.array([HOUR]), "holland2008")[0, kernel.SHAPE_B]
    assert column - same == pytest.approx(0.03 * tendency, abs=1e-6)


def test_nodes_at_both_ends_of_the_track() -> None:
    storm = deepening_storm()
    ends = storm["time"].values[[0, -1]].astype("datetime64[s]")
    assert np.isfinite(wind_nodes(storm, ends, "holland2010")).all()


@pytest.mark.parametrize("north_per_hour", [0.0, 0.2])
def test_the_vortex_of_holland_2010_passes_through_the_outer_wind(north_per_hour: float) -> None:
    node = wind_nodes(moving_storm(north_per_hour=north_per_hour), np.array([HOUR]), "holland2010")[0]
    moving = np.hypot(node[kernel.EAST_MOTION], node[kernel.NORTH_MOTION])
    speed = kernel.holland_2010(
        OUTER_RADIUS, node[kernel.V_MAX] - moving, node[kernel.R_MAX], node[kernel.SHAPE_B],
        node[kernel.X_OUTER], OUTER_RADIUS,
    )  # fmt: skip
    assert speed == pytest.approx(OUTER_WIND)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_result_does_not_depend_on_threads_or_blocks(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes, found = wind_nodes(moving_storm(), sub_steps(HOUR), profile), []
    for workers in ("1", "2", "5"):
        monkeypatch.setenv("RISKMAP_THREADS", workers)
        assert blocks.threads() == int(workers)
        found.append(marine_wind(nodes, GRID, profile))
    for other in found[1:]:
        for name in ("u", "v", "pressure", "peak"):
            np.testing.assert_array_equal(getattr(found[0], name), getattr(other, name))


def test_wind_is_the_same_on_both_sides_of_180_degrees() -> None:
    storm = moving_storm(longitude=181.0, west_per_hour=0.0)
    west = storm.assign(longitude=storm["longitude"] - 360.0)
    grid = Grid.from_bounds(west=178.0, south=27.0, east=184.0, north=31.0, step=0.1)
    one, other = (marine_wind(wind_nodes(s, sub_steps(HOUR), "holland1980"), grid, "holland1980")
                  for s in (storm, west))  # fmt: skip
    np.testing.assert_allclose(one.u, other.u, atol=1e-4)
    np.testing.assert_allclose(one.v, other.v, atol=1e-4)


def test_sub_steps_fill_the_hour_that_ends() -> None:
    steps = sub_steps(HOUR)
    assert steps[-1] == HOUR
    assert steps[0] > HOUR - np.timedelta64(1, "h")
    assert len(set(np.diff(steps))) == 1
    assert sub_steps(HOUR, first=True).tolist() == [HOUR.item()]


def test_land_calms_the_mean_and_roughens_the_gust() -> None:
    peak = np.array([[20.0, 20.0]], np.float32)
    found = over_surface(peak, np.array([[True, False]]), period=120)
    mean, gust = found["wind_speed"][0], found["wind_speed_of_gust"][0]
    assert mean.tolist() == pytest.approx([16.0, 20.0])
    assert (gust / mean).tolist() == pytest.approx([1.55, 1.15])


def test_a_period_that_the_gust_table_lacks_is_refused() -> None:
    with pytest.raises(UnitsError, match="averaging period"):
        over_surface(np.ones((1, 1), np.float32), np.zeros((1, 1), bool), period=90)


def test_the_field_holds_every_hour_and_its_peak() -> None:
    start = datetime(2021, 7, 24, tzinfo=UTC)
    land = np.zeros(GRID.shape, bool)
    land[:, :10] = True
    field = wind_field(moving_storm(), GRID, [start + timedelta(hours=h) for h in range(4)], land=land)
    assert field["wind_speed"].dims == ("time", "y", "x")
    np.testing.assert_array_equal(field["peak_wind_speed"], field["wind_speed"].max("time"))
    assert field["wind_speed"].attrs["units"] == "m s-1"
    assert field.attrs == {"averaging_period": 120, "profile": "holland1980"}
    assert "spatial_ref" in field.coords
    assert float(field["air_pressure_at_mean_sea_level"].min()) < 97_500
    at_sea = field["wind_speed"].values[:, ~land]
    speed = np.hypot(field["eastward_wind"].values, field["northward_wind"].values)[:, ~land]
    assert (at_sea >= speed - 1e-4).all()  # the largest of the hour is no less than that at its end


def test_weak_wind_is_not_cut() -> None:
    field = wind_field(
        moving_storm(maximum_wind=16.0, central_pressure=99_500), GRID, [HOUR, HOUR + np.timedelta64(1, "h")]
    )
    assert 10.8 < float(field["peak_wind_speed"].max()) < 17.0
    assert float(field["wind_speed"].min()) > 0


def test_an_unknown_profile_is_refused_by_name() -> None:
    with pytest.raises(DataError, match=r"holland1980.*found 'rankine'"):
        wind_nodes(still_storm(), np.array([HOUR]), "rankine")  # type: ignore[arg-type]


def test_an_hour_outside_the_track_is_refused() -> None:
    with pytest.raises(CoverageError, match="outside the track"):
        wind_nodes(still_storm(), np.array([HOUR + np.timedelta64(30, "D")]), "holland1980")


def test_a_track_that_never_comes_near_says_how_far_it_stays() -> None:
    far = still_storm(longitude=150.0)
    with pytest.raises(CoverageError, match=r"nearest fix 2\d{3} km away.*swapped"):
        require_near(far, GRID)
    require_near(still_storm(longitude=128.0), GRID)


@pytest.mark.parametrize("profile", PROFILES)
def test_circles_shrink_with_force_and_are_unknown_where_never_reached(profile: Profile) -> None:
    storm = moving_storm(maximum_wind=30.0, central_pressure=97_500)
    radius = wind_circles(storm, np.array([HOUR]), profile=profile)["wind_radius"].isel(time=0)
    assert radius.sel(force=12).isnull().all()
    assert bool((radius.sel(force=7) > radius.sel(force=10).fillna(0)).all())
    # it moves to the north-west: the north-east quadrant is the strong one
    assert float(radius.sel(force=7, quadrant="NE")) > float(radius.sel(force=7, quadrant="SW"))


def test_circles_bound_the_wind_of_the_field() -> None:
    storm = still_storm()
    radius = wind_circles(storm, np.array([HOUR]), profile="holland1980")["wind_radius"].isel(time=0)
    field = marine_wind(
        wind_nodes(storm, sub_steps(HOUR, first=True), "holland1980"), GRID, "holland1980"
    ).peak
    row, column = GRID.index_of(latitude=29.0, longitude=122.0) or (0, 0)
    east = field[row, column:]
    metres = (GRID.longitude[column:] - 122.0) * 111_195 * np.cos(np.radians(29.0))
    for force, speed in ((7, 13.9), (10, 24.5), (12, 32.7)):
        outside = metres > float(radius.sel(force=force, quadrant="NE")) + 1e3
        assert (east[outside] < speed + 0.05).all()


def test_an_interpolated_hour_lies_between_its_neighbours() -> None:
    weakening = make_track(
        time=np.arange("2021-07-24T00", "2021-07-25T00", 6, "M8[h]").astype("M8[s]"),
        latitude=[28, 28.5, 29, 29.5], longitude=[123, 122.8, 122.6, 122.4], averaging_period=120,
        maximum_wind=[40, 36, 32, 28], central_pressure=[96_000, 96_500, 97_000, 97_500],
        environmental_pressure=[101_000] * 4, radius_of_maximum_wind=[40e3] * 4,
    )  # fmt: skip
    times = np.arange("2021-07-24T00", "2021-07-24T19", 1, "M8[h]").astype("M8[s]")
    column = wind_nodes(weakening, times, "holland1980")[:, kernel.V_MAX]
    assert all(a > b for a, b in pairwise(column))
