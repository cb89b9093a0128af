"""Scores of radii: exact where they can be, and no method sees what it is judged by."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import ConfigError, CoverageError, DataError
from riskmap.hazard.storm.model import WindModel
from riskmap.hazard.wind import FORCE_SPEEDS, wind_circles
from riskmap.io.bundled import bundled
from riskmap.io.tracks import read_track
from riskmap.track import complete, make_track, to_averaging_period
from riskmap.verify import METHODS, radii, verify_radii
from riskmap.verify.radii import circles, left_out, nested

HOURS = np.arange(0, 73, 6)
PROFILE = METHODS[0]


def storm(radii: np.ndarray, *, wind: float = 40.0, forecast: np.ndarray | None = None) -> xr.Dataset:
    return make_track(
        time=np.datetime64("2021-07-23T00", "s") + HOURS.astype("timedelta64[h]"), latitude=25.0 + HOURS / 18.0,
        longitude=np.full(len(HOURS), 123.0), maximum_wind=np.full(len(HOURS), wind),
        central_pressure=np.full(len(HOURS), 96e3), wind_radius=radii, forecast=forecast, averaging_period=120,
    )  # fmt: skip


def growing() -> np.ndarray:
    return np.array([250e3, 100e3, 50e3])[None, :, None] + 500.0 * HOURS[:, None, None] + np.zeros((1, 1, 4))


def test_a_model_that_is_right_has_no_error() -> None:
    track = complete(storm(growing()))
    perfect = circles(track, np.array(list(FORCE_SPEEDS.values())), profile=PROFILE)  # type: ignore[arg-type]
    for score in verify_radii(storm(perfect), methods=[PROFILE]):
        assert (score.hits, score.misses, score.false_alarms) == (4 * len(HOURS), 0, 0)
        assert score.bias == score.mean_absolute_error == score.mean_absolute_error_all == 0.0
    for score in verify_radii(storm(perfect + 7e3), methods=[PROFILE]):
        assert (score.bias, score.mean_absolute_error) == pytest.approx((-7e3, 7e3))


def test_circles_are_those_of_the_hazard() -> None:
    track = complete(storm(growing()))
    model = WindModel(profile=PROFILE, radii="ignore")  # type: ignore[arg-type]
    theirs = wind_circles(track, track["time"].values, model=model)["wind_radius"].values
    np.testing.assert_array_equal(
        circles(track, np.array(list(FORCE_SPEEDS.values())), profile=PROFILE), theirs  # type: ignore[arg-type]
    )  # fmt: skip


def test_radii_that_grow_steadily_are_told_by_their_neighbours() -> None:
    inner = storm(growing()).isel(time=slice(0, 12))  # three whole days
    middle, _, _ = verify_radii(inner, methods=["blocks"])
    # the first and the last day hold the nearest day's radius: 12 h and less away from it on average
    assert middle.mean_absolute_error == pytest.approx(500.0 * (6 + 12 + 18 + 24) / 4 * 2 / 3)
    assert middle.bias == pytest.approx(0.0, abs=1e-6)


def test_what_the_wind_does_not_reach_is_a_miss_or_a_false_alarm() -> None:
    weak = verify_radii(storm(growing(), wind=30.0), methods=["withheld"])
    assert [(s.hits > 0, s.misses > 0) for s in weak] == [(True, False), (True, False), (False, True)]
    assert weak[2].mean_absolute_error_all == pytest.approx(weak[2].mean_reported)
    assert np.isnan(weak[2].bias)
    silent = growing()
    silent[:, 2] = np.nan
    silent[0] = np.nan  # a bulletin without any radius says nothing
    strong = verify_radii(storm(silent), methods=["withheld"])[2]
    assert (strong.hits, strong.misses, strong.false_alarms) == (0, 0, 4 * (len(HOURS) - 1))


@pytest.mark.parametrize("method", METHODS)
def test_no_method_sees_the_day_that_it_is_judged_by(method: str) -> None:
    inside = (HOURS >= 24) & (HOURS < 48)
    seen, changed = growing(), growing()
    changed[inside] *= 1.1
    first, second = (verify_radii(storm(r), methods=[method])[0] for r in (seen, changed))
    days = np.flatnonzero(inside)
    # the modelled mean of that day is the reported one plus the bias of the day: it must not follow the change
    told = [
        verify_radii(storm(np.where(inside[:, None, None], r, np.nan)), methods=[method])[0] for r in (seen, changed)
    ]  # fmt: skip
    assert told[0].mean_reported + told[0].bias == pytest.approx(told[1].mean_reported + told[1].bias)
    assert first.hits == second.hits == 4 * len(HOURS)
    assert len(days) == 4


@given(st.lists(st.one_of(st.none(), st.floats(1e3, 9e5)), min_size=13, max_size=13), st.booleans())
def test_a_block_is_filled_from_outside_alone(column: list[float | None], live: bool) -> None:
    times = np.datetime64("2021-07-23", "s") + HOURS.astype("timedelta64[h]")
    radii = np.array([np.nan if v is None else v for v in column]).reshape(-1, 1, 1)
    for day in range(4):
        inside = day == HOURS // 24
        hidden = np.where(inside[:, None, None], np.nan, radii)
        hidden[day < HOURS // 24] = np.nan if live else hidden[day < HOURS // 24]
        np.testing.assert_array_equal(
            left_out(times, radii, live=live)[inside], left_out(times, hidden, live=live)[inside]
        )


@given(st.lists(st.one_of(st.none(), st.floats(1e3, 9e5)), min_size=3, max_size=3))
def test_nested_radii_shrink_and_keep_their_values(column: list[float | None]) -> None:
    radii = np.array([np.nan if v is None else v for v in column]).reshape(1, 3, 1)
    kept = nested(radii)
    known = kept[np.isfinite(kept)]
    assert (np.diff(known) < 0).all()
    assert np.isin(known, radii).all()
    assert np.isfinite(radii).any() == bool(known.size)
    np.testing.assert_array_equal(nested(kept), kept)


def test_forecasts_are_not_judged() -> None:
    late = HOURS >= 48
    radii = growing()
    radii[late] = 1e3 * np.array([900.0, 800.0, 700.0])[:, None]
    score = verify_radii(storm(radii, forecast=late), methods=["withheld"])[0]
    assert score.hits == 4 * int((~late).sum())


def test_winds_come_to_the_period_of_the_radii() -> None:
    track = storm(growing())
    other = to_averaging_period(track, 600)
    assert other["wind_radius"].attrs["averaging_period"] == 120
    for ours, theirs in zip(verify_radii(track), verify_radii(other), strict=True):
        assert asdict(ours) == pytest.approx(asdict(theirs), nan_ok=True)


def test_thresholds_that_nobody_reports_are_left_out() -> None:
    track = read_track(bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), format="jma", storm="2106")
    assert [s.label for s in verify_radii(track, methods=["withheld"])] == ["30 kt", "50 kt"]


def test_the_centre_s_own_radii_of_in_fa(shared_data: Path) -> None:
    """The figures of docs/concepts/radii.md, by another way."""
    track = read_track(shared_data / "tracks" / "infa2021_cma_hourly.csv", format="qweather", storm="2106")
    track["wind_threshold"] = (
        "force",
        list(FORCE_SPEEDS.values()),
        {"units": "m s-1"},
    )  # as the page takes them
    scores = verify_radii(track, methods=["blocks", "past"])
    found = [round(score.mean_absolute_error_all / 1e3, 1) for score in scores]
    assert found == [3.7, 10.9, 8.0, 9.3, 13.5, 8.6]


def test_what_cannot_be_scored() -> None:
    with pytest.raises(CoverageError, match="no radius to compare with"):
        verify_radii(storm(np.full((len(HOURS), 3, 4), np.nan)))
    with pytest.raises(ConfigError, match="withheld"):
        verify_radii(storm(growing()), methods=["guess"])


def test_fixes_outside_a_profile_s_formulas_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {s.label: s for s in verify_radii(storm(growing()), methods=[PROFILE])}

    def partly(track: xr.Dataset, times: np.ndarray, **more: object) -> xr.Dataset:
        if (times == track["time"].values[0]).any():
            raise DataError("outside the regressions", where="radius_of_maximum_wind")
        return wind_circles(track, times, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(radii, "wind_circles", partly)
    for score in verify_radii(storm(growing()), methods=[PROFILE]):
        assert score.unmodelled == 1
        assert score.hits == whole[score.label].hits - 4
        assert score.misses == 4
