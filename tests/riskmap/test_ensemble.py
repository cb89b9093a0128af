"""Simulated forecasts: as wrong as real ones, and never about the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import numpy as np
import pytest
import xarray as xr

from riskmap.ensemble import FORECAST_ERRORS, LEAST_WIND, simulate_forecast
from riskmap.errors import ConfigError, CoverageError
from riskmap.regressions import radius_of_maximum_wind
from riskmap.sphere import distance
from riskmap.track import MODELLED, check_track, complete, make_track, to_averaging_period

ISSUED_AT = datetime(2021, 7, 24, 0, tzinfo=UTC)
ISSUE = np.datetime64("2021-07-24T00", "s")
NO_ERRORS = replace(FORECAST_ERRORS, position=(0,) * 6, wind=(0,) * 6)


def best_track(fixes: int = 17, step: int = 6) -> xr.Dataset:
    k = np.arange(fixes)
    radius = np.full((fixes, 3, 4), np.nan)
    radius[:, 0], radius[:, 1] = 400e3, 120e3
    return complete(
        make_track(
            time=ISSUE + (k - 2) * np.timedelta64(step * 3600, "s"),
            latitude=24 + 0.4 * k, longitude=127 - 0.3 * k, maximum_wind=np.full(fixes, 40.0),
            central_pressure=np.full(fixes, 95_500.0), wind_radius=radius, averaging_period=120,
        )
    )  # fmt: skip


@cache
def many(seeds: int = 2000) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Lead [h], distance [m], error of the wind, eastward error [degrees], shape (seed, fix)."""
    best = best_track()
    runs = [
        simulate_forecast(best, issued_at=ISSUED_AT, hours=72, rng=np.random.default_rng(seed))
        for seed in range(seeds)
    ]
    truth = best.sel(time=runs[0]["time"])
    lat, lon, wind = (
        np.array([r[n].values for r in runs]) for n in ("latitude", "longitude", "maximum_wind")
    )
    away = distance(
        latitude=truth["latitude"].values,
        longitude=truth["longitude"].values,
        to_latitude=lat,
        to_longitude=lon,
    )
    lead = (truth["time"].values - ISSUE) / np.timedelta64(1, "h")
    return lead, away, wind - truth["maximum_wind"].values, lon - truth["longitude"].values


@pytest.mark.slow
@pytest.mark.parametrize(("hours", "kilometres"), [(24, 75), (48, 121), (72, 197)])
def test_the_mean_error_is_the_published_one(hours: int, kilometres: float) -> None:
    lead, away, _, _ = many()
    at = away[:, np.flatnonzero(lead == hours)[0]]
    assert at.mean() / 1000 == pytest.approx(kilometres, rel=0.05)
    assert (at > 2 * kilometres * 1000).mean() == pytest.approx(np.exp(-np.pi), abs=0.02)  # Rayleigh


@pytest.mark.parametrize(("hours", "speed"), [(24, 4.5), (48, 6.0)])
def test_the_mean_wind_error_is_the_published_one(hours: int, speed: float) -> None:
    lead, _, wind, _ = many()
    at = wind[:, np.flatnonzero(lead == hours)[0]]
    assert np.abs(at).mean() == pytest.approx(speed, rel=0.05)
    assert abs(at.mean()) < 0.3


def test_the_error_has_no_preferred_side_and_does_not_zigzag() -> None:
    lead, away, _, east = many()
    k = int(np.flatnonzero(lead == 24)[0])
    assert abs((east[:, k] > 0).mean() - 0.5) < 0.04
    step = np.diff(east, axis=1)
    assert np.corrcoef(step[:, k], step[:, k + 1])[0, 1] > 0.8
    assert (np.diff(away.mean(axis=0)[lead >= 0]) > 0).all()


def test_lead_zero_has_no_error_and_the_past_is_untouched() -> None:
    best = best_track()
    forecast = simulate_forecast(best, issued_at=ISSUED_AT, hours=48, rng=np.random.default_rng(3))
    seen = forecast["time"].values <= ISSUE
    assert seen.sum() == 3
    for name in best.data_vars:
        np.testing.assert_array_equal(forecast[name].values[seen], best[name].values[:3])
    np.testing.assert_array_equal(forecast["forecast"].values, ~seen)


def test_same_seed_same_bytes_and_another_seed_another_track() -> None:
    def run(seed: int, hours: float = 48) -> xr.Dataset:
        return simulate_forecast(
            best_track(), issued_at=ISSUED_AT, hours=hours, rng=np.random.default_rng(seed)
        )

    xr.testing.assert_identical(run(5), run(5))
    assert run(5).attrs["simulated"] == "best track + published error statistics, seed 5"
    assert not np.allclose(run(5)["latitude"], run(6)["latitude"])
    short = run(5, 24)
    np.testing.assert_array_equal(short["latitude"], run(5)["latitude"].values[: short.sizes["time"]])


def test_without_errors_the_best_track_comes_back() -> None:
    best = best_track()
    same = simulate_forecast(
        best, issued_at=ISSUED_AT, hours=48, rng=np.random.default_rng(1), errors=NO_ERRORS
    )
    for name in set(best.data_vars) - {"forecast"}:
        np.testing.assert_array_equal(same[name].values, best[name].values[: same.sizes["time"]])


def test_the_whole_forecast_time_is_covered() -> None:
    for hours in (1, 6, 20, 48):
        forecast = simulate_forecast(
            best_track(), issued_at=ISSUED_AT, hours=hours, rng=np.random.default_rng(1)
        )
        last = (forecast["time"].values[-1] - ISSUE) / np.timedelta64(1, "h")
        assert hours <= last < hours + 6


def test_pressure_follows_the_wind_and_a_modelled_radius_both() -> None:
    best = best_track()
    for seed in range(20):
        forecast = simulate_forecast(best, issued_at=ISSUED_AT, hours=72, rng=np.random.default_rng(seed))
        check_track(forecast)
        later = forecast["forecast"].values
        wind = (forecast["maximum_wind"].values - 40.0)[later]
        pressure = (forecast["central_pressure"].values - 95_500.0)[later]
        assert (wind * pressure <= 0).all()
        expected = radius_of_maximum_wind(
            pressure_deficit=(forecast["environmental_pressure"] - forecast["central_pressure"]).values,
            latitude=forecast["latitude"].values,
        )
        np.testing.assert_allclose(forecast["radius_of_maximum_wind"].values, expected)
        reached = forecast["maximum_wind"].values >= 24.5
        np.testing.assert_array_equal(np.isfinite(forecast["wind_radius"].values[:, 1, 0]), reached)


def test_a_weak_storm_keeps_a_wind_and_stays_below_its_surroundings() -> None:
    weak = best_track()
    weak["maximum_wind"] = ("time", np.full(17, 9.0), weak["maximum_wind"].attrs)
    weak["central_pressure"] = ("time", np.full(17, 100_400.0), weak["central_pressure"].attrs)
    for seed in range(30):
        forecast = simulate_forecast(weak, issued_at=ISSUED_AT, hours=72, rng=np.random.default_rng(seed))
        assert forecast["maximum_wind"].values.min() >= LEAST_WIND
        assert (forecast["environmental_pressure"] - forecast["central_pressure"]).values.min() >= 100


def test_the_wind_error_is_in_the_track_s_own_averaging_period() -> None:
    def run(track: xr.Dataset) -> xr.Dataset:
        return simulate_forecast(track, issued_at=ISSUED_AT, hours=48, rng=np.random.default_rng(4))

    best = best_track()
    before, after = run(to_averaging_period(best, 600)), to_averaging_period(run(best), 600)
    np.testing.assert_allclose(before["maximum_wind"], after["maximum_wind"], rtol=1e-12)
    np.testing.assert_allclose(before["central_pressure"], after["central_pressure"], rtol=1e-12)


def test_an_unknown_wind_stays_unknown_and_its_pressure_moves() -> None:
    best = best_track()
    best["maximum_wind"] = ("time", np.full(17, np.nan), best["maximum_wind"].attrs)
    forecast = simulate_forecast(best, issued_at=ISSUED_AT, hours=48, rng=np.random.default_rng(2))
    assert np.isnan(forecast["maximum_wind"]).all()
    assert (forecast["central_pressure"].values[forecast["forecast"].values] != 95_500).all()
    assert set(MODELLED) <= {n.removesuffix("_modelled") for n in map(str, forecast.data_vars)}


@pytest.mark.parametrize(
    ("issued_at", "hours"),
    [
        (datetime(2021, 7, 20, tzinfo=UTC), 48),
        (datetime(2021, 8, 20, tzinfo=UTC), 48),
        (ISSUED_AT, 0),
        (ISSUED_AT, 121),
    ],
)
def test_outside_the_track_or_the_statistics(issued_at: datetime, hours: float) -> None:
    with pytest.raises(CoverageError, match="To mend it"):
        simulate_forecast(best_track(), issued_at=issued_at, hours=hours, rng=np.random.default_rng(1))


@pytest.mark.parametrize(
    "changes",
    [{"position": (0.0, 1.0)}, {"position": (5.0, 1, 2, 3, 4, 5)}, {"lead_hours": (0, 24, 24, 72, 96, 120)},
     {"wind": (0.0, -1, 2, 3, 4, 5)}],
)  # fmt: skip
def test_a_table_that_does_not_fit_is_refused(changes: dict[str, tuple[float, ...]]) -> None:
    with pytest.raises(ConfigError):
        replace(FORECAST_ERRORS, **changes)
