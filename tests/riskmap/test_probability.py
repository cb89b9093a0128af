"""From an ensemble to chances: what counts, what is missing, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from riskmap.errors import CoverageError, DataError
from riskmap.grid import Grid
from riskmap.hazard.wind import hourly_peaks
from riskmap.members import Ensemble, centres
from riskmap.probability import strike_probability, wind_probability
from riskmap.sphere import distance
from riskmap.tally import STRIKE_RADIUS
from riskmap.track import make_track, to_averaging_period
from riskmap.zonal import ZonalWeights
from tests.factories import make_rules
from tests.storms import moving_storm

ISSUED_AT = datetime(2021, 7, 23, tzinfo=UTC)
GRID = Grid.from_bounds(west=119, south=26, east=124, north=31, step=0.25)
START = np.datetime64("2021-07-23T00", "s")
HOURS = START + np.arange(13) * np.timedelta64(3600, "s")
RULE = make_rules()["wind"]
CELLS = GRID.shape[0] * GRID.shape[1]
EAST_HALF = np.flatnonzero(np.tile(GRID.longitude > 121.5, GRID.shape[0]))


def weights() -> ZonalWeights:
    """The eastern half, and a region of which the grid sees a tenth."""
    cells = np.concatenate([EAST_HALF, EAST_HALF[:10]])
    start = np.array([0, len(EAST_HALF), len(EAST_HALF) + 10])
    return ZonalWeights(start, cells, np.ones(len(cells)), np.array([float(len(EAST_HALF)), 100.0]))


def storm(east: float = 0.0, *, wind: float = 40.0, hours: int = 24, period: int = 120) -> xr.Dataset:
    track = moving_storm(longitude=123.0 + east, latitude=27.0, maximum_wind=wind, hours=hours)
    return track if period == 120 else to_averaging_period(track, period)


def ensemble(*tracks: xr.Dataset, **more: Any) -> Ensemble:
    given = {
        "labels": tuple(f"m{n}" for n in range(len(tracks))),
        "made": False,
        "source": "test",
        "issued_at": ISSUED_AT,
    }
    return Ensemble(tracks, **(given | more))


def rings(track: xr.Dataset, grid: Grid, hours: np.ndarray) -> Iterator[np.ndarray]:
    """A wind that falls with the distance from the centre at the end of the hour."""
    latitude, longitude = centres(track, hours)
    for n, wind in enumerate(
        np.interp(
            hours.astype(float),
            track["time"].values.astype("M8[s]").astype(float),
            track["maximum_wind"].values,
        )
    ):
        away = distance(
            latitude=grid.latitude[:, None], longitude=grid.longitude[None], to_latitude=latitude[n],
            to_longitude=longitude[n],
        )  # fmt: skip
        yield (wind * np.exp(-away / 200e3)).astype(np.float32)


def chances(members: Ensemble, **more: Any) -> xr.Dataset:
    given = {
        "rule": RULE, "mean_factor": np.ones(GRID.shape), "gust_factor": np.full(GRID.shape, 1.3), "peaks": rings,
        "weights": weights(), "codes": ["330900", "330100"], "least_members": 1,
    }  # fmt: skip
    return wind_probability(members, GRID, HOURS, **(given | more))


def test_the_chance_is_the_share_of_members() -> None:
    found = chances(ensemble(storm(), storm(), storm(), storm(east=-2.5)))
    levels = np.unique(found["probability"].values)
    assert set(levels.tolist()) <= {0.0, 0.25, 0.5, 0.75, 1.0}
    assert {0.25, 0.75, 1.0} <= set(levels.tolist())
    one = chances(ensemble(storm()))
    assert set(np.unique(one["probability"].values).tolist()) == {0.0, 1.0}
    reached = one["probability"].values == 1
    np.testing.assert_array_equal(np.isfinite(one["earliest_onset"].values), reached)
    np.testing.assert_array_equal(one["earliest_onset"].values[reached], one["mean_onset"].values[reached])


def test_the_order_of_the_members_does_not_matter() -> None:
    tracks = [storm(), storm(east=-1.0, wind=30.0), storm(east=0.7, wind=50.0)]
    xr.testing.assert_equal(chances(ensemble(*tracks)), chances(ensemble(*tracks[::-1])))


def test_the_number_of_threads_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    members = ensemble(*(storm(east=-0.2 * n, wind=20.0 + 3 * n) for n in range(10)))
    found = []
    for workers in ("1", "2", "5"):
        monkeypatch.setenv("RISKMAP_THREADS", workers)
        found.append(chances(members))
    xr.testing.assert_identical(found[0], found[1])
    xr.testing.assert_identical(found[0], found[2])


def test_regions_know_what_the_grid_knows() -> None:
    found = chances(ensemble(storm(), storm(east=-1.0)))
    assert found["region"].values.tolist() == ["330900", "330100"]
    assert found["region_probability"].sel(region="330900").values[0] == 1.0
    hidden = found["region_probability_hourly"].sel(region="330100")
    assert np.isnan(hidden.values).any()  # nine tenths of it lie outside: calm cells prove nothing
    assert found["region_probability_hourly"].dims == ("tier", "time", "region")
    first = found["region_onset"].sel(region="330900", quantile=0.1).values
    last = found["region_onset"].sel(region="330900", quantile=0.9).values
    assert (first[np.isfinite(first)] <= last[np.isfinite(last)]).all()


def test_a_cell_without_a_factor_is_unknown() -> None:
    mean, gust = np.ones(GRID.shape), np.full(GRID.shape, 1.3)
    mean[3, 4], gust[5, 6] = np.nan, np.nan
    found = chances(ensemble(storm()), mean_factor=mean, gust_factor=gust)["probability"].values
    assert np.isnan(found[:, [3, 5], [4, 6]]).all()
    assert np.isnan(found).sum() == 8


def test_members_are_taken_in_the_averaging_period_of_the_rule() -> None:
    xr.testing.assert_allclose(
        chances(ensemble(storm(period=600)))["probability"], chances(ensemble(storm()))["probability"]
    )


def test_a_bad_member_is_named_and_the_others_count() -> None:
    bad = storm(east=0.3)

    def fragile(track: xr.Dataset, grid: Grid, hours: np.ndarray) -> Iterator[np.ndarray]:
        for n, peak in enumerate(rings(track, grid, hours)):
            if n == 5 and float(track["longitude"][0]) == pytest.approx(123.3):
                raise DataError("no wind", where="hour 5", expected="a wind", found="none", remedy="none")
            yield peak + (60.0 if float(track["longitude"][0]) == pytest.approx(123.3) else 0.0)

    good = [storm(), storm(east=-1.0), storm(east=-2.0), storm(east=-0.5)]
    found = chances(ensemble(*good, bad), peaks=fragile)
    assert (found.attrs["members"], found.attrs["members_counted"]) == (5, 4)
    assert found.attrs["members_missing"].startswith("m4: hour 5: no wind")
    xr.testing.assert_equal(found, chances(ensemble(*good)))


def test_too_few_members_are_refused() -> None:
    with pytest.raises(DataError, match=r"too few members.*10 or more.*2 that ran"):
        chances(ensemble(storm(), storm(east=0.1)), least_members=10)

    def broken(track: xr.Dataset, grid: Grid, hours: np.ndarray) -> Iterator[np.ndarray]:
        raise FloatingPointError("overflow")

    with pytest.raises(DataError, match="0 that ran; member m0: overflow"):
        chances(ensemble(storm(), storm(east=0.1)), peaks=broken)


def test_members_far_away_are_calm_and_an_ensemble_far_away_is_refused() -> None:
    found = chances(ensemble(storm(), storm(east=40.0)))
    assert float(found["probability"].max()) == 0.5
    with pytest.raises(CoverageError, match="never comes near"):
        chances(ensemble(storm(east=40.0), storm(east=41.0)))


def test_a_storm_that_dies_and_one_that_is_gone_bring_no_wind() -> None:
    short = storm(east=-1.0, hours=6)
    whole = chances(ensemble(storm(), storm(east=-1.0)))
    died = chances(ensemble(storm(), short, ends="dissipated"))
    gone = chances(ensemble(storm(), stormless=("m1",)))
    assert (died["probability"] <= whole["probability"]).all()
    assert (gone["probability"] <= died["probability"]).all()
    assert float(gone["probability"].max()) == 0.5
    assert gone.attrs["members"] == 2
    late = died["region_probability_hourly"].sel(region="330900").isel(time=slice(7, None), tier=0)
    assert (late <= 0.5).all()


def test_the_window_must_lie_within_the_members() -> None:
    with pytest.raises(DataError, match=r"too few members.*outside the track"):
        chances(ensemble(storm(hours=6)))
    with pytest.raises(DataError, match="do not follow each other"):
        wind_probability(
            ensemble(storm()), GRID, HOURS[::2], rule=RULE, mean_factor=np.ones(GRID.shape),
            gust_factor=np.ones(GRID.shape), peaks=rings,
        )  # fmt: skip
    for wrong in ({"codes": ["330900"]}, {"weights": None}):
        with pytest.raises(DataError, match="not as many codes"):
            chances(ensemble(storm()), **wrong)


def test_positions_alone_give_strikes_but_no_wind() -> None:
    full = storm()
    bare = make_track(
        time=full["time"].values, latitude=full["latitude"].values, longitude=full["longitude"].values,
        averaging_period=120,
    )  # fmt: skip
    with pytest.raises(DataError, match="positions only"):
        chances(ensemble(bare))
    both = ensemble(bare, bare.assign(longitude=bare["longitude"] - 2.0))
    strikes = strike_probability(both, GRID, HOURS)
    assert set(np.unique(strikes.values).tolist()) == {0.0, 0.5, 1.0}
    withwind = chances(ensemble(storm(), storm(east=-2.0)))
    np.testing.assert_array_equal(strikes, withwind["strike_probability"])


def test_strikes_agree_with_the_nearest_centre() -> None:
    track = storm()
    minutes = START + np.arange(12 * 60 + 1) * np.timedelta64(60, "s")
    latitude, longitude = centres(track, minutes)
    away = distance(
        latitude=GRID.latitude[:, None, None], longitude=GRID.longitude[None, :, None], to_latitude=latitude,
        to_longitude=longitude,
    ).min(axis=-1)  # fmt: skip
    struck = strike_probability(ensemble(track), GRID, HOURS).values == 1
    sure = np.abs(away - STRIKE_RADIUS) > 200.0
    np.testing.assert_array_equal(struck[sure], (away < STRIKE_RADIUS)[sure])


def test_a_grid_across_180_degrees() -> None:
    grid = Grid.from_bounds(west=177, south=26, east=183, north=31, step=0.25)
    there = storm(east=57.0).assign(longitude=lambda t: (t["longitude"] + 180.0) % 360.0 - 180.0)
    assert there["longitude"].values.min() < 0 < there["longitude"].values.max()
    here = strike_probability(
        ensemble(storm()), Grid.from_bounds(west=120, south=26, east=126, north=31, step=0.25), HOURS
    )
    np.testing.assert_array_equal(strike_probability(ensemble(there), grid, HOURS).values, here.values)


def test_the_attributes_tell_where_the_chance_comes_from() -> None:
    found = chances(replace(ensemble(storm(), storm(east=-1.0)), made=True))
    assert found.attrs["made"] == 1
    assert "made by error statistics" in found.attrs["comment"]
    assert found.attrs["Conventions"] == "CF-1.8"
    assert found["tier"].attrs["flag_meanings"] == "blue yellow orange red"
    for name, variable in found.data_vars.items():
        assert variable.dtype == np.float32, name
        assert {"units", "long_name"} <= set(variable.attrs), name
        assert variable.attrs["units"] in ("1", "h"), name


def test_the_engine_s_own_wind_is_the_default(tmp_path: Path) -> None:
    found = wind_probability(
        ensemble(storm(), storm(east=-1.0)), GRID, HOURS, rule=RULE, mean_factor=np.ones(GRID.shape),
        gust_factor=np.full(GRID.shape, 1.3), least_members=1,
    )  # fmt: skip
    peak = np.max(list(hourly_peaks(storm(), GRID, HOURS)), axis=0)
    sure = found["probability"].sel(tier=4).values == 1
    assert sure.any()
    assert (peak[sure] >= 32.7 / 1.3 - 1e-3).all()
    assert "region_probability" not in found
    found.to_netcdf(tmp_path / "chances.nc", engine="netcdf4")
    with xr.open_dataset(tmp_path / "chances.nc", engine="netcdf4") as back:
        xr.testing.assert_equal(back.load(), found)
        assert found["probability"].attrs["grid_mapping"] == "spatial_ref"
