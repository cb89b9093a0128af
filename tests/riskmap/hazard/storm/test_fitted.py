"""The vortex through quadrant radii: what a bulletin says is what the wind does, with the storm's motion in it."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.averaging import convert
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.radii import fit_radii, speed
from riskmap.hazard.storm.model import DEFAULT, Asymmetry, Inflow, WindModel
from riskmap.hazard.storm.swath import storm_hours
from riskmap.hazard.storm.vortex import Vortices, speed_around, vortices
from riskmap.hazard.wind import FORCE_SPEEDS, wind_circles
from riskmap.track import interpolate
from tests.slow_storm import MIDDLES, motion_and_rest, polar, slow_fitted_wind
from tests.storms import NAN, fitted_storm

NOON = np.datetime64("2021-07-24T12:00", "s")
AT_NOON = np.array([NOON])
BULLETIN = [[300e3, 200e3, 180e3, 250e3], [110e3, 90e3, 75e3, 100e3], [60e3, 50e3, 45e3, 55e3]]
FORCES = tuple(FORCE_SPEEDS.values())
IGNORE = WindModel(radii="ignore")


def kept(made: Vortices, track: xr.Dataset, model: WindModel = DEFAULT) -> float:
    """Part of the motion that is left in the wind."""
    at = interpolate(track, made.time[:1]).isel(time=0)
    at = at.assign(radius_of_maximum_wind=made.radius_of_maximum_wind[0])
    return float(np.hypot(made.east[0], made.north[0]) / abs(motion_and_rest(at, model)[0]))


def at_the_radii(track: xr.Dataset, model: WindModel = DEFAULT) -> Any:
    """Wind [m s-1] in the middle of each quadrant at each radius of the track, (force, 4)."""
    made = vortices(track, AT_NOON, model)
    radii = interpolate(track, AT_NOON)["wind_radius"].values[0]
    return speed_around(made, 0, np.where(np.isnan(radii), 1e5, radii), MIDDLES[None, :]), made


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("inflow", get_args(Inflow))
@pytest.mark.parametrize("asymmetry", get_args(Asymmetry))
def test_the_wind_meets_the_radii_with_the_motion_in_it(
    asymmetry: Asymmetry, inflow: Inflow, sign: int
) -> None:
    track, model = fitted_storm(BULLETIN, sign=sign), WindModel(asymmetry=asymmetry, inflow=inflow)
    found, made = at_the_radii(track, model)
    assert made.source == ("quadrant radii",)
    if asymmetry != "none":
        assert kept(made, track, model) == pytest.approx(1.0)
    assert np.abs(found - np.array(FORCES)[:, None]).max() < 0.05


@pytest.mark.slow
@settings(deadline=None, max_examples=80)
@given(
    shares=st.lists(st.floats(0.85, 1.15), min_size=12, max_size=12), north=st.floats(-0.15, 0.15),
    west=st.floats(-0.15, 0.15), wind=st.floats(36.0, 60.0), south=st.booleans(),
)  # fmt: skip
def test_any_bulletin_is_met_where_the_whole_motion_fits(
    shares: list[float], north: float, west: float, wind: float, south: bool
) -> None:
    radii = np.array([260e3, 100e3, 50e3])[:, None] * np.reshape(shares, (3, 4))
    track = fitted_storm(radii, sign=-1 if south else 1, north=north, west=west, wind=wind)
    found, made = at_the_radii(track)
    assert made.source == ("quadrant radii",)
    part = kept(made, track) if np.hypot(north, west) > 1e-3 else 1.0
    assert -1e-9 <= part <= 1.0 + 1e-9
    # a bin is 1.1 % of the radius: where a fall of 1/r ends at the radius, a straight line over it is off by
    # a quarter of that, 0.09 m/s at 32.7 m/s
    assert np.abs(found - np.array(FORCES)[:, None]).max() < 0.1
    assert np.isfinite(made.swirl).all()
    assert made.still_wind[0] == pytest.approx(wind - np.hypot(made.east[0], made.north[0]))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_fitted_field_is_that_of_root_searches(sign: int) -> None:
    track = fitted_storm(BULLETIN, sign=sign)
    at = interpolate(track, AT_NOON).isel(time=0)
    fit = fit_radii(
        maximum_wind=float(at["maximum_wind"]), latitude=float(at["latitude"]), pressure_deficit=5000.0,
        speeds=FORCES, radii=BULLETIN if sign > 0 else np.array(BULLETIN)[:, [1, 0, 3, 2]],
    )  # fmt: skip
    lat0, lon0 = float(at["latitude"]), float(at["longitude"])
    grid = Grid.from_bounds(west=lon0 - 5, east=lon0 + 5, south=lat0 - 4, north=lat0 + 4, step=0.05)
    lon, lat = np.meshgrid(grid.longitude, grid.latitude)
    found = next(storm_hours(track, grid, AT_NOON))
    slow = slow_fitted_wind(at, fit, lat, lon, DEFAULT)
    off = np.abs(found.u + 1j * found.v - slow)
    r = polar(lat0, lon0, lat, lon)[0]
    assert np.abs(np.hypot(found.u, found.v) - np.abs(slow))[r > 500.0].max() < 0.05
    assert off[r > 500.0].max() < 0.05


def test_a_storm_seen_in_a_mirror_is_the_same_storm() -> None:
    north, south = (vortices(fitted_storm(BULLETIN, sign=s), AT_NOON) for s in (1, -1))
    azimuths = np.radians(np.arange(0.0, 360.0, 7.0))
    one = speed_around(north, 0, np.array([[60e3], [150e3]]), azimuths)
    other = speed_around(south, 0, np.array([[60e3], [150e3]]), np.pi - azimuths)
    np.testing.assert_allclose(one, other, atol=1e-3)


def test_two_thresholds_in_knots_and_none_for_the_third() -> None:
    """As the Japanese centre reports: 10-min mean, 50 and 30 kt, nothing else."""
    radii = [[280e3, 240e3, 200e3, 260e3], [90e3, 80e3, 70e3, 85e3], [NAN] * 4]
    speeds = (15.433, 25.722, NAN)
    track = fitted_storm(radii, period=600, thresholds=speeds)
    found, made = at_the_radii(track)
    assert made.source == ("quadrant radii",)
    assert np.abs(found[:2] - np.array(speeds[:2])[:, None]).max() < 0.05


def test_radii_of_another_averaging_period_are_converted() -> None:
    radii = [[280e3, 240e3, 200e3, 260e3], [90e3, 80e3, 70e3, 85e3], [NAN] * 4]
    track = fitted_storm(radii, period=120, radii_period=600, thresholds=(15.433, 25.722, NAN))
    found, _ = at_the_radii(track)
    in_two_minutes = convert(np.array([15.433, 25.722]), period=600, to=120)
    assert in_two_minutes[0] > 15.6
    assert np.abs(found[:2] - in_two_minutes[:, None]).max() < 0.05
    circles = wind_circles(track, AT_NOON, speeds=in_two_minutes)["wind_radius"].values[0]
    # the largest of a quadrant is no less than its middle's
    assert (circles >= np.array(radii[:2]) - 1e3).all()


def test_radii_that_do_not_nest_are_refused_and_it_is_said() -> None:
    crossed = [BULLETIN[1], BULLETIN[0], BULLETIN[2]]
    track = fitted_storm(crossed)
    made = vortices(track, AT_NOON)
    assert made.source[0].startswith("holland_1980; quadrant radii refused: ")
    assert "smaller radii for stronger wind" in made.source[0]
    plain = vortices(track, AT_NOON, IGNORE)
    assert plain.source == ("holland_1980",)
    np.testing.assert_array_equal(made.swirl, plain.swirl)


@pytest.mark.parametrize("profile", ["holland_2010", "willoughby_2006"])
def test_radii_can_be_ignored(profile: Any) -> None:
    model = WindModel(profile, radii="ignore")
    with_radii, without = fitted_storm(BULLETIN), fitted_storm(np.full((3, 4), NAN))
    one, other = (vortices(track, AT_NOON, model) for track in (with_radii, without))
    assert one.source == other.source == (profile,)
    np.testing.assert_array_equal(one.swirl, other.swirl)
    fitted = vortices(with_radii, AT_NOON, WindModel(profile))
    assert fitted.source == ("quadrant radii",)
    assert fitted.swirl.shape[1] == 4
    assert vortices(without, AT_NOON, WindModel(profile)).source == (profile,)


def test_a_storm_weaker_than_every_threshold_has_its_profile() -> None:
    weak = fitted_storm(BULLETIN, wind=13.0)
    made = vortices(weak, AT_NOON)
    assert made.source == ("holland_1980",)
    np.testing.assert_array_equal(made.swirl, vortices(weak, AT_NOON, IGNORE).swirl)


def test_radii_of_wind_that_is_not_reached_do_not_count() -> None:
    """The Chinese centre kept 40 km for force 12 while the wind was far below it."""
    made = vortices(fitted_storm(BULLETIN, wind=28.0), AT_NOON)
    assert made.source == ("quadrant radii",)
    azimuths = np.radians(np.arange(0.0, 360.0, 5.0))
    around = speed_around(made, 0, np.geomspace(5e3, 5e5, 300)[:, None], azimuths)
    assert around.max() == pytest.approx(28.0, abs=0.1)


def test_a_circle_of_force_12_on_the_weak_side_takes_less_of_the_motion() -> None:
    """33 m/s, force 12 all around: with 10 m/s of motion the left side could not blow so."""
    track = fitted_storm([[300e3] * 4, [110e3] * 4, [60e3] * 4], wind=34.0, north=0.33, west=0.0)
    found, made = at_the_radii(track)
    assert kept(made, track) < 0.9
    assert np.abs(found - np.array(FORCES)[:, None]).max() < 0.05
    assert np.isfinite(made.swirl).all()


@pytest.mark.parametrize("inner", [NAN, 40e3])
def test_a_wind_that_just_exceeds_a_threshold_is_no_other_storm(inner: float) -> None:
    """24.4 and 24.6 m/s with force 10 in between: the weak side must not rise by twice the motion."""
    radii = [[220e3] * 4, [inner] * 4, [NAN] * 4]
    azimuths = np.radians(np.arange(0.0, 360.0, 5.0))
    below, above = (
        vortices(fitted_storm(radii, wind=wind, north=0.2, west=0.0), AT_NOON) for wind in (24.4, 24.6)
    )
    assert kept(below, fitted_storm(radii, wind=24.4, north=0.2, west=0.0)) == pytest.approx(1.0)
    core = below.radius_of_maximum_wind[0]
    around = [speed_around(made, 0, np.array(core), azimuths) for made in (below, above)]
    assert np.abs(around[1] - around[0]).max() < 3.0


def test_a_node_with_radii_stands_beside_one_without() -> None:
    radii = np.full((13, 3, 4), NAN)
    radii[:3] = BULLETIN
    track = fitted_storm(radii)
    times = track["time"].values[[1, 2, 3, 4]].astype("datetime64[s]")
    made = vortices(track, times)
    assert made.source == ("quadrant radii", "quadrant radii", "holland_1980", "holland_1980")
    assert made.swirl.shape[1] == 4
    alone = vortices(track, times[2:])
    assert alone.swirl.shape[1] == 1
    azimuths = np.radians(np.arange(0.0, 360.0, 10.0))
    for k in (0, 1):
        mixed = speed_around(made, k + 2, np.array([[50e3], [200e3]]), azimuths)
        np.testing.assert_allclose(
            mixed, speed_around(alone, k, np.array([[50e3], [200e3]]), azimuths), atol=1e-4
        )


SYMMETRIC = WindModel(asymmetry="none")
HALF_PAST = np.array(["2021-07-24T15:00"], "M8[s]")
"""In the middle of two fixes: 12 and 18 UTC are the 7th and the 8th."""


def test_between_two_fixes_radii_go_straight_from_one_to_the_other() -> None:
    radii = np.array([BULLETIN] * 13)
    radii[7:] *= 0.8
    track = fitted_storm(radii)
    made = vortices(track, HALF_PAST, SYMMETRIC)
    assert made.source == ("quadrant radii",)
    found = speed_around(made, 0, 0.9 * np.array(BULLETIN), MIDDLES[None, :])
    assert np.abs(found - np.array(FORCES)[:, None]).max() < 0.05


def test_a_circle_that_the_storm_leaves_behind_shrinks_to_the_core() -> None:
    """From 36 to 30 m/s: force 12 ends between the fixes, in proportion to the wind and without a jump."""
    wind, radii = np.full(13, 36.0), np.array([BULLETIN] * 13)
    wind[7:], radii[7:, 2] = 30.0, NAN
    track = fitted_storm(radii, wind=wind)
    times = AT_NOON[0] + (np.arange(0, 361, 5) * 60).astype("timedelta64[s]")
    made = vortices(track, times, SYMMETRIC)
    assert set(made.source) == {"quadrant radii"}
    ring = np.geomspace(1e3, 100e3, 2000)
    reach = np.array(
        [[(ring * (speed_around(made, k, ring, np.array(a)) >= FORCES[2])).max() for a in MIDDLES]
         for k in range(len(made))]
    )  # fmt: skip
    core, now = made.radius_of_maximum_wind, np.interp(np.arange(73), [0, 72], [36.0, 30.0])
    left = np.clip((now - FORCES[2]) / (36.0 - FORCES[2]), 0.0, 1.0)[:, None]
    expected = core[:, None] + (np.array(BULLETIN[2]) - core[0]) * left
    reached = now > FORCES[2] + 0.1
    np.testing.assert_allclose(reach[reached], expected[reached], rtol=0.02)
    assert (reach[now < FORCES[2] - 0.1] == 0.0).all()


def test_radii_of_one_fix_go_on_up_to_the_next_and_not_beyond() -> None:
    radii = np.full((13, 3, 4), NAN)
    radii[6] = BULLETIN
    track = fitted_storm(radii)
    hours = AT_NOON[0] + np.array([-6, -3, 0, 3, 6]).astype("timedelta64[h]")
    profile, fit = "holland_1980", "quadrant radii"
    assert vortices(track, hours).source == (profile, fit, fit, fit, profile)


def test_no_seam_in_azimuth_on_the_grid() -> None:
    uneven = [[400e3, 150e3, 320e3, 180e3], [150e3, 70e3, 120e3, 80e3], [70e3, 45e3, 60e3, 50e3]]
    track = fitted_storm(uneven, west=0.0, north=0.0)
    at = interpolate(track, AT_NOON)
    lat0, lon0 = float(at["latitude"][0]), float(at["longitude"][0])
    grid = Grid.from_bounds(west=lon0 - 3, east=lon0 + 3, south=lat0 - 3, north=lat0 + 3, step=0.02)
    peak = next(storm_hours(track, grid, AT_NOON)).peak
    r = polar(lat0, lon0, *np.meshgrid(grid.latitude, grid.longitude, indexing="ij"))[0]
    steps = np.maximum(np.abs(np.diff(peak, axis=1))[1:], np.abs(np.diff(peak, axis=0))[:, 1:])
    assert steps[(r > 150e3)[1:, 1:]].max() < 0.5  # a step between quadrants would be many m/s
    # around a circle it is smooth: halving the step halves the difference, also across 45, 90, 135 degrees
    made = vortices(track, AT_NOON)
    for n in (720, 1440):
        around = speed_around(made, 0, np.array(120e3), np.linspace(0.0, 2.0 * np.pi, n + 1))
        assert np.abs(np.diff(around)).max() < 0.18 * 720 / n
    assert around.max() - around.min() > 5.0


def test_between_two_quadrants_the_wind_is_between_theirs() -> None:
    made = vortices(fitted_storm(BULLETIN), AT_NOON, WindModel(asymmetry="none"))
    for q in range(4):
        middles = speed_around(made, 0, np.array(150e3), MIDDLES[[q, (q + 1) % 4]])
        turn = MIDDLES[q] + np.linspace(0.0, 0.5 * np.pi, 40)
        around = speed_around(made, 0, np.array(150e3), turn)
        assert around.min() >= middles.min() - 1e-3
        assert around.max() <= middles.max() + 1e-3
        assert (np.diff(around) * np.sign(middles[1] - middles[0]) >= -1e-3).all()
        share = np.sin(np.linspace(0.0, 0.5 * np.pi, 40)) ** 2
        np.testing.assert_allclose(around, (1 - share) * middles[0] + share * middles[1], atol=0.01)


@pytest.mark.parametrize("sign", [1, -1])
def test_without_motion_the_tables_are_the_fit_on_plain_numbers(sign: int) -> None:
    track = fitted_storm(BULLETIN, sign=sign)
    made = vortices(track, AT_NOON, WindModel(asymmetry="none"))
    fit = fit_radii(
        maximum_wind=42.0, latitude=float(made.latitude[0]), pressure_deficit=5000.0, speeds=FORCES,
        radii=track["wind_radius"].values[0],
    )  # fmt: skip
    assert made.radius_of_maximum_wind[0] == pytest.approx(fit.radius_of_maximum_wind)
    radius, azimuth = np.geomspace(2e3, 8e5, 150)[:, None], np.arange(0.0, 360.0, 9.0)
    plain = speed(fit, radius, azimuth)
    np.testing.assert_allclose(speed_around(made, 0, radius, np.radians(azimuth)), plain, atol=0.06)


def test_far_out_and_in_the_eye_it_is_calm() -> None:
    made = vortices(fitted_storm(BULLETIN), AT_NOON, WindModel(asymmetry="none"))
    azimuths = np.radians(np.arange(0.0, 360.0, 15.0))
    assert np.abs(speed_around(made, 0, np.array(0.0), azimuths)).max() < 1e-6
    far = speed_around(made, 0, np.array(0.5 * np.pi * EARTH_RADIUS), azimuths)
    assert far.max() < 6.0
