"""Made members: as far apart as forecasts are wrong, the same for the same seed, weaker inland."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest
import xarray as xr

from riskmap.decay import zhejiang_decay
from riskmap.ensemble import FORECAST_ERRORS, make_members, simulate_forecast
from riskmap.errors import ConfigError, CoverageError
from riskmap.landfall import LandTest
from riskmap.members import Ensemble
from riskmap.sphere import distance
from riskmap.track import check_track
from tests.riskmap.test_ensemble import ISSUE, ISSUED_AT, NO_ERRORS, best_track


def made(count: int = 40, seed: int = 5, *, hours: float = 72, land: LandTest | None = None) -> Ensemble:
    return make_members(best_track(), issued_at=ISSUED_AT, hours=hours, count=count, seed=seed, land=land)


def of(ensemble: Ensemble, name: str) -> np.ndarray:
    return np.array([m[name].values for m in ensemble.members])


@cache
def many() -> tuple[Ensemble, xr.Dataset, np.ndarray]:
    ensemble = made(4000)
    base = best_track().sel(time=ensemble.members[0]["time"])
    return ensemble, base, (base["time"].values - ISSUE) / np.timedelta64(1, "h")


@pytest.mark.slow
@pytest.mark.parametrize("hours", [6, 12, 24, 48, 72])
def test_the_mean_distance_is_that_of_the_statistics_at_every_lead_time(hours: int) -> None:
    ensemble, base, lead = many()
    away = distance(
        latitude=base["latitude"].values, longitude=base["longitude"].values,
        to_latitude=of(ensemble, "latitude"), to_longitude=of(ensemble, "longitude"),
    )[:, np.flatnonzero(lead == hours)[0]]  # fmt: skip
    mean = float(FORECAST_ERRORS.mean_position_error(float(hours)))
    assert away.mean() == pytest.approx(mean, rel=0.03)
    assert np.median(away) == pytest.approx(mean * np.sqrt(np.log(4) * 2 / np.pi), rel=0.04)  # Rayleigh
    assert away.std() == pytest.approx(mean * np.sqrt(4 / np.pi - 1), rel=0.05)


@pytest.mark.parametrize("hours", [6, 24, 48, 72])
def test_the_mean_difference_in_wind_is_that_of_the_statistics(hours: int) -> None:
    ensemble, base, lead = many()
    away = (of(ensemble, "maximum_wind") - base["maximum_wind"].values)[:, np.flatnonzero(lead == hours)[0]]
    mean = float(FORECAST_ERRORS.mean_wind_error(float(hours)))
    assert np.abs(away).mean() == pytest.approx(mean, rel=0.04)
    assert abs(away.mean()) < 0.1 * mean


def test_up_to_the_issue_time_all_members_are_the_track() -> None:
    ensemble, base, lead = many()
    for name in ("latitude", "longitude", "maximum_wind", "central_pressure", "radius_of_maximum_wind"):
        np.testing.assert_array_equal(
            of(ensemble, name)[:, lead <= 0], base[name].values[None, lead <= 0].repeat(4000, 0)
        )
    np.testing.assert_array_equal(of(ensemble, "forecast"), np.tile(lead > 0, (4000, 1)))


def test_the_same_seed_the_same_members_and_few_are_the_first_of_many() -> None:
    few, same, more, other = made(3), made(3), made(8), made(3, seed=6)
    for a, b, c in zip(few.members, same.members, more.members):
        xr.testing.assert_identical(a, b)
        xr.testing.assert_identical(a, c)
    assert not np.allclose(of(few, "latitude"), of(other, "latitude"))
    assert not np.allclose(few.members[0]["latitude"], few.members[1]["latitude"])


def test_a_member_is_what_a_simulated_forecast_is() -> None:
    """The first member's numbers are the first that the seed gives, as are those of the simulated forecast."""
    forecast = simulate_forecast(best_track(), issued_at=ISSUED_AT, hours=72, rng=np.random.default_rng(9))
    member = made(1, seed=9).members[0]
    for name in forecast.data_vars:
        np.testing.assert_array_equal(member[name].values, forecast[name].values)


def test_members_say_that_they_are_made() -> None:
    ensemble = made(12)
    assert (ensemble.made, ensemble.size, ensemble.labels[11]) == (True, 12, "12")
    assert "seed 5" in ensemble.source
    assert ensemble.members[11].attrs["simulated"] == "published error statistics, seed 5, member 12"
    for member in ensemble.members:
        check_track(member)


def west_of(longitude: float) -> LandTest:
    return lambda _, at: at < longitude


def test_a_member_that_goes_ashore_where_the_track_does_not_loses_its_wind() -> None:
    far_west = best_track()["longitude"].values.min() - 1.0
    free, bound = made(300), made(300, land=west_of(far_west))
    places = of(bound, "longitude")
    ever = places.min(axis=1) < far_west
    assert 0 < ever.sum() < 300
    weaker = of(free, "maximum_wind") - of(bound, "maximum_wind")
    assert (weaker[~ever] == 0).all()
    well_inland = places.min(axis=1) < far_west - 0.2
    assert (weaker[well_inland].max(axis=1) > 0).all()
    assert (weaker >= 0).all()


def test_a_member_that_stays_at_sea_keeps_the_wind_that_the_track_loses() -> None:
    track = best_track()
    coast = float(track["longitude"].values[8])
    inland = np.clip(6.0 * (np.arange(17) - 8), 0, None)
    decayed = np.where(inland > 0, zhejiang_decay(40.0, inland), 40.0)
    track["maximum_wind"] = ("time", decayed, track["maximum_wind"].attrs)
    ensemble = make_members(track, issued_at=ISSUED_AT, hours=72, count=400, seed=2, land=west_of(coast))
    farthest = of(ensemble, "longitude").min(axis=1)
    last = of(ensemble, "maximum_wind")[:, -1]
    assert (farthest > coast).sum() > 10
    assert last[farthest > coast].mean() == pytest.approx(40.0, abs=3.0)
    assert last[farthest < coast - 2.5].mean() == pytest.approx(float(decayed[-1]), abs=3.0)


def test_without_errors_the_land_changes_nothing() -> None:
    track = best_track()
    coast = float(track["longitude"].values[9])
    ensemble = make_members(
        track, issued_at=ISSUED_AT, hours=72, count=2, seed=1, errors=NO_ERRORS, land=west_of(coast)
    )
    kept = ensemble.members[0].sizes["time"]
    np.testing.assert_allclose(
        of(ensemble, "maximum_wind")[0], track["maximum_wind"].values[:kept], rtol=1e-12
    )


def test_a_stay_over_land_before_the_issue_time_does_not_count_again() -> None:
    coast = float(best_track()["longitude"].values[9])
    start = float(best_track()["longitude"].values[0]) - 0.1  # an island at the first fix, then the sea
    plain, island = made(60, land=west_of(coast)), made(60, land=lambda _, at: (at < coast) | (at > start))
    assert (of(plain, "maximum_wind") < of(made(60), "maximum_wind")).any()
    in_the_way = of(plain, "longitude")[:, 3:].max(axis=1) < start
    assert in_the_way.sum() > 20
    np.testing.assert_allclose(
        of(island, "maximum_wind")[in_the_way], of(plain, "maximum_wind")[in_the_way], rtol=1e-12
    )


def test_a_stay_over_land_at_the_issue_time_goes_on() -> None:
    """The storm has been over land for 12 h at the issue time; members that stay there keep the track's wind."""
    track = best_track()
    still = make_members(
        track, issued_at=ISSUED_AT, hours=48, count=3, seed=1, errors=NO_ERRORS, land=lambda _, at: at < 999.0
    )
    np.testing.assert_allclose(of(still, "maximum_wind"), 40.0)


def test_no_members_and_no_statistics() -> None:
    with pytest.raises(ConfigError, match="without members"):
        made(0)
    with pytest.raises(CoverageError, match="no forecast errors"):
        made(3, hours=200)
    with pytest.raises(CoverageError, match="outside the track"):
        make_members(best_track(), issued_at=datetime(2020, 1, 1, tzinfo=UTC), hours=24, count=3, seed=1)


def test_members_on_either_side_of_180() -> None:
    """The same storm at the date line is the same but for its longitude."""
    there = best_track()
    east = (there["longitude"].values - there["longitude"].values[2] + 360.0) % 360.0 - 180.0
    there["longitude"] = ("time", east, there["longitude"].attrs)
    ensemble = make_members(there, issued_at=ISSUED_AT, hours=72, count=50, seed=5)
    here = made(50)
    np.testing.assert_allclose(of(ensemble, "latitude"), of(here, "latitude"))
    turned = of(ensemble, "longitude") - of(here, "longitude")
    apart = turned - turned[0, 0]
    np.testing.assert_allclose(np.cos(np.radians(apart)), 1.0)
    assert of(ensemble, "longitude").min() >= -180.0


def test_positions_alone_make_positions_alone() -> None:
    bare = best_track()
    for name in ("maximum_wind", "central_pressure", "radius_of_maximum_wind"):
        bare[name] = ("time", np.full(17, np.nan), bare[name].attrs)
    ensemble = make_members(bare, issued_at=ISSUED_AT, hours=48, count=4, seed=5, land=west_of(125.0))
    assert np.isnan(of(ensemble, "maximum_wind")).all()
    np.testing.assert_array_equal(of(ensemble, "latitude"), of(made(4, hours=48), "latitude"))
