"""The track: what is refused, what is filled, and how it moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.averaging import convert
from riskmap.errors import CoverageError, DataError, UnitsError
from riskmap.grid import EARTH_RADIUS
from riskmap.regressions import wind_from_pressure
from riskmap.track import (
    MODELLED,
    check_track,
    complete,
    hold_radii,
    instants,
    interpolate,
    make_track,
    to_averaging_period,
    until,
)

DEGREE = EARTH_RADIUS * np.pi / 180


def times(n: int, step: int = 6) -> Any:
    return np.datetime64("2021-07-24T00", "s") + np.arange(n) * np.timedelta64(step * 3600, "s")


def sample(**changes: Any) -> xr.Dataset:
    given_: dict[str, Any] = {
        "time": times(4), "latitude": [26.0, 27.0, 28.0, 29.0], "longitude": [125.0, 124.5, 124.0, 123.0],
        "central_pressure": [96_000.0, 96_000, 96_500, 97_000], "maximum_wind": [38.0, 38, 36, 33],
        "averaging_period": 600, "attributes": {"name": "TEST"},
    }  # fmt: skip
    return make_track(**(given_ | changes))


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"averaging_period": None}, UnitsError, "averaging period of the wind is not declared"),
        ({"averaging_period": 10}, UnitsError, "unknown averaging period"),
        ({"time": times(4)[::-1]}, DataError, "backwards"),
        ({"time": times(4)[[0, 1, 1, 2]]}, DataError, "same time"),
        ({"latitude": [26.0, np.nan, 28, 29]}, DataError, "without a position"),
        ({"latitude": [125.0, 124.5, 124, 123], "longitude": [26.0, 27, 28, 29]}, DataError, "swapped"),
        ({"latitude": [26.0, 27, 28, 89]}, DataError, "poleward"),
        ({"longitude": [125.0, 124, 123, 450]}, UnitsError, "longitude"),
        ({"central_pressure": [960.0, 960, 965, 970]}, UnitsError, "hPa"),
        ({"maximum_wind": [38.0, 38, 300, 33]}, UnitsError, "knots"),
        ({"radius_of_maximum_wind": [40.0, 40, 40, 40]}, UnitsError, "km"),
        ({"wind_radius": np.full((4, 3, 4), 200.0)}, UnitsError, "below 1 km"),
        ({"environmental_pressure": [95_500.0] * 4}, DataError, "no lower than its surroundings"),
        ({"time": [datetime(2021, 7, 24)] * 4}, DataError, "without its offset"),  # noqa: DTZ001
        ({"time": ["2021-07-24"] * 4}, DataError, "not a time"),
    ],
)
def test_what_is_no_track_is_refused(changes: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        sample(where="storm.csv", rows=[2, 3, 4, 5], **changes)
    assert "storm.csv" in str(caught.value)
    assert "To mend it" in str(caught.value)


def test_the_line_is_named() -> None:
    with pytest.raises(DataError, match="line 7"):
        sample(time=times(4)[[0, 1, 1, 2]], rows=[5, 6, 7, 8])
    with pytest.raises(DataError, match="fix 3"):
        sample(time=times(4)[[0, 1, 1, 2]])


def test_one_fix_is_no_track() -> None:
    with pytest.raises(DataError, match="two fixes"):
        make_track(time=times(1), latitude=[26.0], longitude=[125.0], averaging_period=600)


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(DataError, match="maximum_wind"):
        check_track(sample().drop_vars("maximum_wind"))
    with pytest.raises(DataError, match="latitude"):
        check_track(sample().drop_vars("latitude"))


def test_times_carry_their_offset() -> None:
    beijing = timezone(timedelta(hours=8))
    assert instants([datetime(2021, 7, 24, 8, tzinfo=beijing)])[0] == np.datetime64("2021-07-24T00", "s")


def test_an_array_of_times_is_taken_whole_and_never_with_one_that_is_none() -> None:
    times = np.array(["2021-07-24T00:00", "2021-07-24T00:30", "NaT"], "M8[m]")
    found = instants(times[:2])
    assert found.dtype == np.dtype("M8[s]")
    np.testing.assert_array_equal(found, instants(list(times[:2])))
    for wrong in (times, times[:2].reshape(2, 1)):
        with pytest.raises(DataError, match="not a time"):
            instants(wrong)


# --- complete


def test_reported_values_are_never_changed() -> None:
    track = sample(
        maximum_wind=[38.0, np.nan, 36, 33], radius_of_maximum_wind=[50_000.0, np.nan, np.nan, 60_000]
    )
    full = complete(track)
    check_track(full)
    for name in MODELLED:
        reported = np.isfinite(track[name].values)
        np.testing.assert_array_equal(full[name].values[reported], track[name].values[reported])
        np.testing.assert_array_equal(full[f"{name}_modelled"].values, ~reported)
        assert np.isfinite(full[name].values).all()


def test_missing_wind_comes_from_pressure_in_the_track_s_own_period() -> None:
    full = complete(sample(maximum_wind=None))
    expected = convert(wind_from_pressure(96_000.0), period=60, to=600)
    np.testing.assert_allclose(full["maximum_wind"].values[0], expected)
    back = complete(sample(central_pressure=None, maximum_wind=full["maximum_wind"].values))
    np.testing.assert_allclose(back["central_pressure"].values, [96_000, 96_000, 96_500, 97_000], atol=1e-6)


def test_where_both_are_missing_time_fills() -> None:
    nan = np.nan
    full = complete(
        sample(maximum_wind=[nan, 30.0, nan, 20.0], central_pressure=[nan, 98_000.0, nan, 99_000.0])
    )
    np.testing.assert_allclose(full["maximum_wind"].values, [30, 30, 25, 20])
    np.testing.assert_allclose(full["central_pressure"].values, [98_000, 98_000, 98_500, 99_000])
    assert full["maximum_wind_modelled"].values.tolist() == [True, False, True, False]


def test_surroundings_stay_above_the_centre() -> None:
    full = complete(sample(central_pressure=[101_000.0, 100_800, 101_200, 100_900]))
    assert (full["environmental_pressure"] - full["central_pressure"]).values.min() >= 100


def test_nothing_known_is_refused() -> None:
    with pytest.raises(DataError, match="neither wind nor pressure"):
        complete(sample(maximum_wind=None, central_pressure=None))
    with pytest.raises(UnitsError, match="hPa"):
        complete(sample(), environmental_pressure=1010.0)


def test_completing_twice_changes_nothing() -> None:
    once = complete(sample(maximum_wind=None))
    xr.testing.assert_identical(once, complete(once))


# --- averaging period


def test_averaging_period() -> None:
    track = sample()
    shorter = to_averaging_period(track, 60)
    assert shorter.attrs["averaging_period"] == 60
    assert shorter["wind_radius"].attrs["averaging_period"] == 600
    assert (shorter["maximum_wind"] > track["maximum_wind"]).all()
    np.testing.assert_allclose(to_averaging_period(shorter, 600)["maximum_wind"], track["maximum_wind"])
    assert track.attrs["averaging_period"] == 600
    with pytest.raises(UnitsError):
        to_averaging_period(track, 77)


# --- interpolation and motion


def test_a_fix_keeps_its_values() -> None:
    track = complete(sample())
    at = interpolate(track, track["time"].values)
    for name in track.data_vars:
        np.testing.assert_array_equal(at[name].values, track[name].values)


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.floats(5, 45), st.floats(100, 179)), min_size=2, max_size=8),
    st.floats(0, 1),
)
def test_positions_stay_between_neighbouring_fixes(fixes: list[tuple[float, float]], part: float) -> None:
    lat, lon = (np.array(v) for v in zip(*fixes, strict=True))
    track = make_track(time=times(len(lat)), latitude=lat, longitude=lon, averaging_period=600)
    for k in range(len(lat) - 1):
        when = track["time"].values[k] + np.timedelta64(int(part * 6 * 3600), "s")
        at = interpolate(track, np.array([when]))
        assert min(lat[k : k + 2]) - 1e-9 <= at["latitude"].values[0] <= max(lat[k : k + 2]) + 1e-9
        assert min(lon[k : k + 2]) - 1e-9 <= at["longitude"].values[0] <= max(lon[k : k + 2]) + 1e-9


def test_steady_motion_is_found_everywhere() -> None:
    track = make_track(
        time=times(5), latitude=20 + 0.5 * np.arange(5), longitude=np.full(5, 125.0), averaging_period=600
    )
    at = interpolate(track, times(25, 1))
    np.testing.assert_allclose(at["northward_motion"], 0.5 * DEGREE / 21_600, rtol=1e-9)
    np.testing.assert_allclose(at["eastward_motion"], 0.0, atol=1e-12)


def test_motion_is_centred() -> None:
    """A storm that speeds up steadily: at a fix the centred motion is the true one, a backward one would lag."""
    hours = np.arange(0, 31, 6.0)
    track = make_track(
        time=times(6), latitude=15 + 0.004 * hours**2, longitude=np.full(6, 125.0), averaging_period=600
    )
    at = interpolate(track, times(6)[2:4])
    true = 2 * 0.004 * hours[2:4] * DEGREE / 3600
    np.testing.assert_allclose(at["northward_motion"], true, rtol=0.03)


@pytest.mark.parametrize("longitude", [[179.0, 179.6, -179.8, -179.2], [179.0, 179.6, 180.2, 180.8]])
def test_the_date_line_is_no_edge(longitude: list[float]) -> None:
    track = make_track(time=times(4), latitude=[20.0] * 4, longitude=longitude, averaging_period=600)
    at = interpolate(track, times(19, 1))
    turned = at["longitude"].values % 360
    np.testing.assert_allclose(turned, 179 + 0.1 * np.arange(19), atol=1e-9)
    np.testing.assert_allclose(
        at["eastward_motion"], 0.6 * DEGREE * np.cos(np.radians(20)) / 21_600, rtol=1e-6
    )
    assert at["longitude"].values.max() <= max(180.0, max(longitude))


def test_an_unknown_neighbour_makes_unknown_between_but_not_at_the_fix() -> None:
    track = sample(maximum_wind=[38.0, np.nan, 36, 33])
    wind = interpolate(track, times(13, 1))["maximum_wind"].values
    assert wind[0] == 38
    assert np.isnan(wind[1:12]).all()
    assert wind[12] == 36


def test_flags_spread_to_the_neighbours() -> None:
    track = sample(forecast=[False, False, True, True])
    assert interpolate(track, times(4, 4))["forecast"].values.tolist() == [False, False, True, True]


def test_nothing_is_extrapolated() -> None:
    with pytest.raises(CoverageError, match="outside the track"):
        interpolate(sample(), times(5))


def test_until_hides_what_came_later() -> None:
    seen = until(sample(), datetime(2021, 7, 24, 13, tzinfo=UTC))
    assert seen["time"].values.max() == np.datetime64("2021-07-24T12", "s")
    assert seen.sizes["time"] == 3
    xr.testing.assert_identical(seen, until(sample(), np.datetime64("2021-07-24T12", "s")))
    with pytest.raises(CoverageError, match="fewer than two"):
        until(sample(), np.datetime64("2021-07-24T05", "s"))


# --- radii that nobody knew yet


def with_radii(radii: Any) -> xr.Dataset:
    return sample(wind_radius=np.asarray(radii, float))


KNOWN = [[300e3, 250e3, 200e3, 280e3], [100e3, 90e3, 80e3, 95e3], [50e3, 45e3, 40e3, 48e3]]
NONE = np.full((3, 4), np.nan)


def test_held_radii_know_nothing_of_what_comes() -> None:
    track = with_radii([KNOWN, np.multiply(KNOWN, 1.1), np.multiply(KNOWN, 2.0), np.multiply(KNOWN, 3.0)])
    held = hold_radii(track, datetime(2021, 7, 24, 7, tzinfo=UTC))
    for smaller in (0.5, 1.5):
        other = with_radii([KNOWN, np.multiply(KNOWN, 1.1), *(np.multiply(KNOWN, smaller) for _ in range(2))])
        xr.testing.assert_identical(hold_radii(other, np.datetime64("2021-07-24T07", "s")), held)
    radii = held["wind_radius"].values
    np.testing.assert_array_equal(radii[:2], track["wind_radius"].values[:2])
    np.testing.assert_allclose(radii[2:, 0], np.multiply([KNOWN[0]] * 2, 1.1))
    assert np.isnan(radii[2:, 1:]).all()  # inner radii shrink with the wind: they are left open
    assert held["wind_radius"].attrs == track["wind_radius"].attrs
    xr.testing.assert_identical(held.drop_vars("wind_radius"), track.drop_vars("wind_radius"))


def test_the_instant_itself_is_known() -> None:
    track = with_radii([KNOWN] * 4)
    held = hold_radii(track, times(4)[2])
    np.testing.assert_array_equal(held["wind_radius"].values[:3], track["wind_radius"].values[:3])
    assert np.isnan(held["wind_radius"].values[3, 1:]).all()
    xr.testing.assert_identical(hold_radii(track, times(4)[3]), track)


def test_the_outermost_radii_that_anybody_reported_are_held() -> None:
    inner = [NONE[0], KNOWN[1], KNOWN[2]]  # no radius of force 7
    held = hold_radii(with_radii([KNOWN, inner, NONE, KNOWN]), times(4)[2])
    assert np.isnan(held["wind_radius"].values[2]).all()  # a known fix keeps its own silence
    np.testing.assert_array_equal(held["wind_radius"].values[3, 1], KNOWN[1])
    assert np.isnan(held["wind_radius"].values[3, [0, 2]]).all()


def test_a_track_without_radii_stays_without() -> None:
    track = sample()
    xr.testing.assert_identical(hold_radii(track, times(4)[1]), track)
    later = with_radii([NONE, NONE, KNOWN, KNOWN])
    assert np.isnan(hold_radii(later, times(4)[1])["wind_radius"].values).all()


def test_holding_twice_changes_nothing_and_the_track_is_left_alone() -> None:
    track = with_radii([KNOWN, KNOWN, NONE, KNOWN])
    before = track.copy(deep=True)
    once = hold_radii(track, times(4)[1])
    xr.testing.assert_identical(hold_radii(once, times(4)[1]), once)
    xr.testing.assert_identical(track, before)
