"""Landfalls, and the decay after them: by hand, and as laws."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, box

from riskmap.averaging import convert
from riskmap.decay import kaplan_demaria_1995, vickery_twisdale_1995, zhejiang_decay
from riskmap.errors import DataError
from riskmap.grid import Grid
from riskmap.inland import (
    LAWS,
    LEAST_MAINLAND,
    PRESSURE_LAW,
    decayed,
    land_polygons,
    land_test,
    landfalls,
)
from riskmap.regressions import pressure_from_wind
from riskmap.track import complete, make_track

EVERY_LAW = [*LAWS, PRESSURE_LAW]
NAN = float("nan")
QUICK = settings(deadline=None, max_examples=30)


def west_of(limit: float) -> Any:
    return lambda _latitude, longitude: np.asarray(longitude) < limit


def between(*spans: tuple[float, float]) -> Any:
    """Land between meridians; the tracks below move west along 30 N at a tenth of a degree an hour per step."""
    return lambda _latitude, longitude: np.any(
        [(np.asarray(longitude) > a) & (np.asarray(longitude) < b) for a, b in spans], axis=0
    )


def westward(
    wind: Any,
    *,
    hours: float = 6.0,
    start: float = 124.0,
    speed: float = 0.25,
    period: int = 600,
    **given: Any,
) -> xr.Dataset:
    """A fix every ``hours``, ``speed`` degrees of longitude an hour to the west; wind NaN where not reported."""
    n = len(wind)
    time = np.datetime64("2021-07-25T00:00", "s") + (np.arange(n) * hours * 3600).astype("timedelta64[s]")
    return make_track(
        time=time, latitude=np.full(n, 30.0), longitude=start - speed * hours * np.arange(n),
        averaging_period=period, maximum_wind=wind, **given,
    )  # fmt: skip


def completed(wind: Any, **given: Any) -> xr.Dataset:
    return complete(westward(wind, **given))


def test_a_landfall_is_found_to_the_minute() -> None:
    """A degree and a half to the coast at a quarter of a degree an hour: six hours; the first minute beyond."""
    (found,) = landfalls(westward([40, 40, 34]), west_of(122.45))
    assert found.time == datetime(2021, 7, 25, 6, 13, tzinfo=UTC)  # 6.2 h = 6 h 12 min is the coast itself
    assert found.longitude == pytest.approx(124 - 0.25 * 6 - 0.25 * 13 / 60)
    assert found.maximum_wind == pytest.approx(40 - 6 * 13 / 360)
    assert np.isnan(found.central_pressure)


@pytest.mark.parametrize(
    ("spans", "hours"),
    [
        ([], []),
        ([(115, 130)], []),  # begins ashore
        ([(122.9, 123.0)], []),  # 24 minutes: an islet
        ([(122.8, 123.0)], [4]),  # 48 minutes
        ([(122.0, 122.3), (122.5, 123.0)], [4]),  # 48 minutes of water: an inlet
        ([(121.0, 121.5), (122.5, 123.0)], [4, 10]),  # 4 h of water
        ([(123.5, 130.0), (121.0, 121.5)], [10]),  # begins ashore, goes out, lands
        ([(122.92, 123.0), (122.7, 122.78)], [4]),  # two islets of 19 min, 34 min apart, are one stay of 38
        ([(115.0, 118.05)], [24 - 0.2]),  # the last 12 minutes of the track are ashore
    ],
)
def test_what_counts_as_a_landfall(spans: list[tuple[float, float]], hours: list[float]) -> None:
    found = landfalls(westward([30.0] * 5), between(*spans) if spans else west_of(0.0))
    start = datetime(2021, 7, 25, tzinfo=UTC)
    assert [(one.time - start).total_seconds() / 3600 for one in found] == pytest.approx(hours, abs=0.04)


def test_land_of_polygons_leaves_islets_out_and_takes_lakes_in() -> None:
    mainland = box(119, 27, 121, 31).difference(box(119.9, 28.9, 120.1, 29.1))
    is_land = land_test(
        [MultiPolygon([mainland, box(122, 29.9, 122.02, 29.92)]), box(122.5, 29.5, 122.7, 29.7)]
    )
    latitude = np.array([29.0, 29.91, 29.6, 29.0, 29.0])
    longitude = np.array([120.0, 122.01, 122.6, 123.0, 120.5 - 360.0])
    assert is_land(latitude, longitude).tolist() == [True, False, True, False, True]
    only_mainland = land_test([mainland, box(122.5, 29.5, 122.7, 29.7)], least_area=LEAST_MAINLAND)
    assert only_mainland(latitude, longitude).tolist() == [True, False, False, False, True]
    with pytest.raises(DataError, match="not a line"):
        land_test([LineString([(120, 27), (121, 28)])])


@QUICK
@given(seed=st.integers(0, 10_000))
def test_polygons_of_a_mask_are_the_mask(seed: int) -> None:
    grid = Grid.from_bounds(west=120.0, south=29.0, east=120.5, north=29.4, step=0.1)
    mask = np.random.default_rng(seed).random(grid.shape) < 0.5
    is_land = land_test(land_polygons(mask, grid), least_area=0.0)
    latitude, longitude = np.meshgrid(grid.latitude, grid.longitude, indexing="ij")
    found = is_land(latitude, longitude)
    # a hole is a lake, and lakes are land
    assert (found >= mask).all()
    alone = ~mask & ~found
    assert (found == mask)[alone].all()
    inner = np.zeros_like(mask)
    inner[1:-1, 1:-1] = True
    assert (found == mask)[~inner].all()


def test_a_mask_of_another_grid_is_refused() -> None:
    grid = Grid.from_bounds(west=120.0, south=29.0, east=120.5, north=29.4, step=0.1)
    with pytest.raises(DataError, match="another grid"):
        land_polygons(np.ones((2, 2), bool), grid)
    assert land_polygons(np.zeros(grid.shape, bool), grid) == []


def test_the_wind_inland_by_hand() -> None:
    """The coast is crossed after 8 h; fixes at 12 and 18 h are 4 and 10 h inland; V0 is the last wind at sea."""
    track = completed([40.0, 40.0, NAN, NAN])
    found = decayed(track, west_of(122.0))["maximum_wind"].values
    np.testing.assert_allclose(found[2:], zhejiang_decay(40.0, [4.0, 10.0]), rtol=3e-3)
    np.testing.assert_array_equal(found[:2], [40.0, 40.0])


def test_a_law_of_another_period_is_converted_there_and_back() -> None:
    track = completed([40.0, 40.0, NAN, NAN], period=120)
    found = decayed(track, west_of(122.0), law="kaplan_demaria_1995")["maximum_wind"].values
    one_minute = convert(40.0, period=120, to=60)
    expected = convert(kaplan_demaria_1995(one_minute, [4.0, 10.0]), period=60, to=120)
    np.testing.assert_allclose(found[2:], expected, rtol=3e-3)


def test_the_law_of_the_deficit_by_hand() -> None:
    track = completed([40.0, 40.0, NAN, NAN])
    found = decayed(track, west_of(122.0), law=PRESSURE_LAW)
    deficit = (found["environmental_pressure"] - found["central_pressure"]).values
    np.testing.assert_allclose(deficit[2:], vickery_twisdale_1995(deficit[1], [4.0, 10.0]), rtol=2e-3)
    share = found["maximum_wind"].values[2:] / 40.0
    np.testing.assert_allclose(share, (deficit[2:] / deficit[1]) ** 0.644, rtol=1e-6)


def test_pressure_follows_the_wind_by_the_regression() -> None:
    """A storm whose own pressure is that of the regression stays on it."""
    wind = np.array([40.0, 40.0, NAN, NAN])
    pressure = pressure_from_wind(convert(wind, period=600, to=60))
    track = complete(westward(wind, central_pressure=pressure))
    found = decayed(track, west_of(122.0))
    expected = pressure_from_wind(convert(found["maximum_wind"].values, period=600, to=60))
    np.testing.assert_allclose(found["central_pressure"].values, expected, atol=1.0)


@pytest.mark.parametrize("law", EVERY_LAW)
def test_a_report_inland_stays_and_the_decay_goes_on_from_it(law: str) -> None:
    track = completed([40.0, 40.0, NAN, 20.0, NAN])
    found = decayed(track, west_of(122.0), law=law)
    assert float(found["maximum_wind"][3]) == 20.0
    assert found["maximum_wind_modelled"].values.tolist() == [False, False, True, False, True]
    assert 20.0 > float(found["maximum_wind"][4]) >= 10.0
    assert float(found["maximum_wind"][2]) > 20.0


@pytest.mark.parametrize("law", EVERY_LAW)
def test_back_over_the_sea_the_storm_keeps_what_it_has_until_a_report(law: str) -> None:
    """Ashore from hour 8 to hour 12; the next fixes at sea hold the wind, and the report after them stands."""
    track = completed([40.0, 40.0, NAN, NAN, 33.0, NAN])
    found = decayed(track, between((121.0, 122.0)), law=law)["maximum_wind"].values
    assert found[2] < 40.0
    assert found[3] == pytest.approx(found[2], rel=1e-2)  # 12 h is the far coast, to a minute
    np.testing.assert_array_equal(found[4:], track["maximum_wind"].values[4:])


def test_a_second_coast_takes_its_share_anew() -> None:
    two = decayed(completed([40.0, 40.0, NAN, NAN, NAN]), between((121.5, 122.0), (119.0, 119.49)))
    first = zhejiang_decay(40.0, 2.0)
    np.testing.assert_allclose(two["maximum_wind"].values[2:4], first, rtol=5e-3)
    np.testing.assert_allclose(two["maximum_wind"].values[4], zhejiang_decay(first, 2.0), rtol=1e-2)


def test_a_pressure_that_was_reported_keeps_its_fix() -> None:
    pressure = [96_000, 96_000, NAN, 99_000]
    track = complete(westward([40.0, 40.0, NAN, NAN], central_pressure=pressure))
    found = decayed(track, west_of(122.0))
    changed = (found["maximum_wind"] != track["maximum_wind"]).values
    assert changed.tolist() == [False, False, True, False]
    everything = decayed(track, west_of(122.0), which=[False, False, True, True])
    assert float(everything["maximum_wind"][3]) < float(found["maximum_wind"][2])


def test_a_modelled_radius_follows_and_a_reported_one_stays() -> None:
    wind = [40.0, 40.0, NAN, NAN]
    free = decayed(completed(wind), west_of(122.0))["radius_of_maximum_wind"].values
    assert free[3] > free[2] > free[1]
    radius = np.array([30e3, 30e3, 32e3, NAN])
    held = decayed(complete(westward(wind, radius_of_maximum_wind=radius)), west_of(122.0))
    np.testing.assert_array_equal(held["radius_of_maximum_wind"].values[:3], radius[:3])


def test_a_storm_that_begins_ashore_decays_without_the_loss_at_the_coast() -> None:
    found = decayed(completed([30.0, NAN]), west_of(130.0))["maximum_wind"].values
    assert found[1] == pytest.approx(13.99 + (30.0 - 13.99) * np.exp(-0.0852 * 6), rel=1e-6)


def test_an_unknown_strength_before_the_coast_leaves_what_follows() -> None:
    track = westward([NAN, NAN, NAN, NAN])
    xr.testing.assert_identical(decayed(track, west_of(122.0)), track)


@pytest.mark.parametrize(
    ("wrong", "message"), [({"law": "holland"}, "unknown law"), ({"which": [True]}, "one answer a fix")]
)
def test_wrong_arguments_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        decayed(completed([40.0, NAN]), west_of(122.0), **wrong)


WINDS = st.lists(st.one_of(st.just(NAN), st.floats(8, 70)), min_size=3, max_size=8).filter(
    lambda wind: not np.isnan(wind[0])
)
COASTS = st.lists(st.floats(112, 124.5), min_size=2, max_size=6).map(
    lambda edges: list(zip(sorted(edges)[::2], sorted(edges)[1::2]))
)


@QUICK
@given(wind=WINDS, coasts=COASTS, law=st.sampled_from(EVERY_LAW), period=st.sampled_from([60, 120, 600]))
def test_a_changed_fix_is_never_stronger_than_the_one_before_it(
    wind: list[float], coasts: Any, law: str, period: int
) -> None:
    track = completed(wind, period=period)
    found = decayed(track, between(*coasts), law=law)
    speed, changed = found["maximum_wind"].values, (found["maximum_wind"] != track["maximum_wind"]).values
    for n in np.flatnonzero(changed):
        assert speed[n] <= speed[n - 1] * (1 + 1e-12)
        assert found["maximum_wind_modelled"].values[n]
    deficit = (found["environmental_pressure"] - found["central_pressure"]).values
    assert (deficit >= 100.0 - 1e-9).all()


@pytest.mark.slow
@QUICK
@given(wind=WINDS, coasts=COASTS, law=st.sampled_from(EVERY_LAW))
def test_reports_and_all_else_stay_bit_for_bit(wind: list[float], coasts: Any, law: str) -> None:
    track = completed(wind)
    found = decayed(track, between(*coasts), law=law)
    reported = np.isfinite(wind)
    for name in track.data_vars:
        kept = found[name].isel(time=reported)
        xr.testing.assert_identical(kept.drop_attrs(), track[name].isel(time=reported).drop_attrs())


@QUICK
@given(wind=WINDS, law=st.sampled_from(EVERY_LAW))
def test_a_storm_that_never_lands_is_unchanged(wind: list[float], law: str) -> None:
    track = completed(wind)
    xr.testing.assert_identical(decayed(track, west_of(0.0), law=law), track)


@QUICK
@given(wind=WINDS, coasts=COASTS, law=st.sampled_from(EVERY_LAW))
def test_twice_is_once(wind: list[float], coasts: Any, law: str) -> None:
    once = decayed(completed(wind), between(*coasts), law=law)
    xr.testing.assert_allclose(decayed(once, between(*coasts), law=law), once)


@QUICK
@example(coasts=[(112.0, 123.25390625)], law="zhejiang", split=2)  # ashore at the minute of a fix
@given(coasts=COASTS, law=st.sampled_from(EVERY_LAW), split=st.sampled_from([2, 3]))
def test_more_unknown_fixes_do_not_change_the_others(coasts: Any, law: str, split: int) -> None:
    wind = np.array([45.0, NAN, NAN, NAN])
    dense = np.full(3 * split + 1, NAN)
    dense[::split] = wind
    coarse = decayed(completed(wind), between(*coasts), law=law)["maximum_wind"].values
    fine = decayed(completed(dense, hours=6.0 / split), between(*coasts), law=law)["maximum_wind"].values
    np.testing.assert_allclose(fine[::split], coarse, rtol=1e-9)


@QUICK
@given(wind=st.floats(8, 70), law=st.sampled_from(list(LAWS)))
def test_the_averaging_period_of_a_track_does_not_matter(wind: float, law: str) -> None:
    ten = decayed(completed([wind, wind, NAN]), west_of(122.0), law=law)["maximum_wind"].values
    given_two = convert(wind, period=600, to=120)
    two = decayed(completed([given_two, given_two, NAN], period=120), west_of(122.0), law=law)
    np.testing.assert_allclose(convert(two["maximum_wind"].values, period=120, to=600), ten, rtol=1e-9)
