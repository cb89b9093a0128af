"""A track that ends within the window, or begins less than a day before it: the hours that it holds are computed, and it is said."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from benchmarks.cycles.case import AT, NOW, best_track, deliver, write_cycles
from riskmap.errors import MissingInputError
from riskmap.io.published import read_assessment
from riskmap.io.track_geojson import track_geojson
from riskmap.issued import as_issued
from riskmap.persistence import as_told, reach_back
from riskmap.scheduled import CycleResult, run_cycle


def forecast(hours: int = 12, *, since: int = 999) -> str:
    """In-Fa at the analysis time, with a forecast of so many hours and what was observed so many hours before."""
    track = as_issued(best_track(), issued_at=AT, hours=hours, rng=np.random.default_rng(3))
    end, begin = (np.datetime64(int((AT + timedelta(hours=h)).timestamp()), "s") for h in (hours, -since))
    times = track["time"].values
    return track_geojson(track.isel(time=np.flatnonzero((times >= begin) & (times <= end))))


def cycle(folder: Path, text: str, *, hours: int) -> CycleResult:
    config = write_cycles(folder, hours=hours)
    deliver(folder, AT, text)
    return run_cycle(config, at=AT, now=NOW)


def test_a_forecast_that_ends_within_the_window_shortens_it(tmp_path: Path) -> None:
    """Of a storm that nears its end no agency forecasts two days."""
    run = cycle(tmp_path, forecast(hours=9), hours=30)
    record = json.loads((run.folder / "run.json").read_text(encoding="utf-8"))
    assert record["hours"] == 9
    assert any("the track ends 9 h after the issue time" in one.what for one in run.problems)
    assert "路径资料仅9小时" in record["marks"]["forecast"]
    assert read_assessment(run.folder).table.sizes["time"] == 10


def test_a_forecast_of_an_hour_or_two_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="does not cover the window"):
        cycle(tmp_path, forecast(hours=3), hours=30)


def test_a_track_that_begins_late_is_carried_back_and_its_hours_are_what_they_were(tmp_path: Path) -> None:
    late, whole = (
        cycle(tmp_path / name, forecast(since=since), hours=6)
        for name, since in (("late", 7), ("whole", 999))
    )
    assert any("carried back along its first motion" in one.what for one in late.problems)
    assert not any("carried back" in one.what for one in whole.problems)
    found, wanted = (read_assessment(one.folder).table for one in (late, whole))
    xr.testing.assert_equal(found["tier"].sel(hazard="wind"), wanted["tier"].sel(hazard="wind"))
    assert not np.array_equal(found["value"].sel(hazard="rain"), wanted["value"].sel(hazard="rain")), (
        "the day before"
    )


def test_a_storm_of_one_fix_is_held_in_its_place_and_what_nobody_told_is_not_shown() -> None:
    track = best_track().isel(time=[4])
    longer = reach_back(track, track["time"].values[0] - np.timedelta64(24, "h"))
    assert longer["latitude"].values.tolist() == [float(track["latitude"].values[0])] * 2
    xr.testing.assert_equal(as_told(longer), track)
    xr.testing.assert_equal(as_told(track), track)
