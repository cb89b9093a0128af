"""One track against another: laws of the distances, and a real pair."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from riskmap.averaging import convert
from riskmap.errors import CoverageError
from riskmap.sphere import displaced
from riskmap.track import complete, make_track
from riskmap.verify import verify_track

HOURS = np.arange(0, 25, 6)


def course(**changes: Any) -> xr.Dataset:
    given_ = {
        "time": np.datetime64("2021-07-23T00", "s") + HOURS.astype("timedelta64[h]"),
        "latitude": 25.0 + HOURS / 12.0, "longitude": np.full(len(HOURS), 123.0),
        "maximum_wind": np.full(len(HOURS), 40.0), "central_pressure": np.full(len(HOURS), 96e3),
        "averaging_period": 120,
    }  # fmt: skip
    return make_track(**(given_ | changes))


def test_a_track_is_not_far_from_itself() -> None:
    score = verify_track(course(), course())
    assert score.position.largest == 0.0
    assert score.maximum_wind.largest == score.central_pressure.largest == 0.0
    assert score.position.count == score.maximum_wind.count == len(HOURS)


@given(st.floats(-200e3, 200e3), st.floats(-200e3, 200e3), st.floats(-179, 179))
def test_along_and_across_make_up_the_distance(east: float, north: float, longitude: float) -> None:
    """A northward storm: north is ahead and east is to the right, on either side of 180 degrees."""
    truth = course(longitude=np.full(len(HOURS), longitude))
    latitude, moved = displaced(
        latitude=truth["latitude"].values, longitude=truth["longitude"].values, eastward=east, northward=north
    )
    score = verify_track(course(latitude=latitude, longitude=(moved + 180.0) % 360.0 - 180.0), truth)
    assert score.position.bias == pytest.approx(float(np.hypot(east, north)), abs=1.0)
    assert score.along.bias == pytest.approx(north, abs=1.0)
    assert score.across.bias == pytest.approx(east, abs=1.0)


def test_winds_are_compared_in_one_averaging_period() -> None:
    ten_minute = course(averaging_period=600, maximum_wind=np.full(len(HOURS), 38.0))
    score = verify_track(ten_minute, course())
    assert score.averaging_period == 120
    assert score.maximum_wind.bias == pytest.approx(convert(38.0, period=600, to=120) - 40.0)


def test_only_what_was_reported_counts() -> None:
    without = course(maximum_wind=None)
    assert verify_track(complete(without), course()).maximum_wind.count == 0
    gap = np.where(HOURS == 12, np.nan, 40.0)
    assert verify_track(course(), complete(course(maximum_wind=gap))).maximum_wind.count == len(HOURS) - 1
    assert np.isnan(verify_track(without, course()).maximum_wind.bias)


def test_only_what_was_analysed_counts() -> None:
    score = verify_track(course(forecast=HOURS > 12), course())
    assert score.position.count == 3
    assert str(score.last) == "2021-07-23T12:00:00"


def test_storms_of_other_times_and_places_are_refused() -> None:
    later = course(time=np.datetime64("2022-07-23T00", "s") + HOURS.astype("timedelta64[h]"))
    with pytest.raises(CoverageError, match="share no time"):
        verify_track(later, course())
    with pytest.raises(CoverageError, match="two storms"):
        verify_track(course(longitude=np.full(len(HOURS), 143.0)), course())
