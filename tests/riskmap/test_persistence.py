"""Persistence: a storm is carried on from what was observed of late, and from nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from riskmap.errors import CoverageError
from riskmap.persistence import MOTION_HOURS, persist
from riskmap.track import make_track

LAST = datetime(2021, 7, 24, 12, tzinfo=UTC)


def track(forecast: list[bool] | None = None) -> object:
    return make_track(
        time=np.arange("2021-07-24T00", "2021-07-24T18", 6, "M8[h]").astype("M8[s]"), latitude=[26, 27, 29],
        longitude=[125, 125, 125], maximum_wind=[38, 38, 33], averaging_period=600, forecast=forecast,
    )  # fmt: skip


def test_a_storm_that_was_not_seen_for_long_is_not_carried_on() -> None:
    held = LAST.replace(day=25, hour=MOTION_HOURS - 12)
    assert persist(track(), issued_at=held, hours=3)["forecast"].values.sum() == 5  # type: ignore[arg-type]
    with pytest.raises(CoverageError, match="not observed of late"):
        persist(track(), issued_at=held.replace(hour=held.hour + 1), hours=3)  # type: ignore[arg-type]


def test_a_fix_that_was_itself_forecast_is_no_observation() -> None:
    ahead = persist(track([False, False, True]), issued_at=LAST, hours=3)  # type: ignore[arg-type]
    observed = ahead.isel(time=np.flatnonzero(~ahead["forecast"].values))
    assert observed["latitude"].values.tolist() == [26, 27]
    assert ahead["latitude"].values[-1] == 28.5, "the motion of what was observed, not that of the forecast"
    with pytest.raises(CoverageError, match="not observed of late"):
        persist(track([True, True, True]), issued_at=LAST, hours=3)  # type: ignore[arg-type]
