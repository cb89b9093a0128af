"""The ensemble as a value: what it refuses, and how positions borrow a strength."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import CoverageError, DataError, UnitsError
from riskmap.members import Ensemble, centres, lend_strength, ready, require_strength
from riskmap.track import interpolate, make_track, to_averaging_period
from tests.storms import moving_storm

ISSUED_AT = datetime(2021, 7, 23, tzinfo=UTC)


def place(east: float = 0.0, fixes: int = 5) -> xr.Dataset:
    """Positions only."""
    k = np.arange(fixes)
    time = np.datetime64("2021-07-23T00", "s") + k * np.timedelta64(6 * 3600, "s")
    return make_track(time=time, latitude=26 + 0.5 * k, longitude=124 - 0.4 * k + east, averaging_period=120)


def ensemble(members: tuple[xr.Dataset, ...] | None = None, **more: Any) -> Ensemble:
    tracks = members or tuple(place(0.1 * n) for n in range(3))
    given = {
        "labels": tuple(str(n) for n in range(len(tracks))),
        "made": False,
        "source": "x",
        "issued_at": ISSUED_AT,
    }
    return Ensemble(tracks, **(given | more))


def test_a_sound_ensemble() -> None:
    assert ensemble().size == 3
    assert ensemble(stormless=("7", "8")).size == 5


REFUSED: list[tuple[str, Callable[[], Ensemble], type[Exception], str]] = [
    ("twice", lambda: ensemble(labels=("0", "1", "1")), DataError, "a member stands twice.*found labels 1 "),
    ("stormless twice", lambda: ensemble(stormless=("2",)), DataError, "a member stands twice"),
    ("labels", lambda: ensemble(labels=("0", "1")), DataError, "one label each"),
    ("none", lambda: replace(ensemble(), members=(), labels=()), DataError, "no members"),
    ("ends", lambda: ensemble(ends="whenever"), DataError, "together | dissipated"),
    ("issue", lambda: ensemble(issued_at=datetime(2021, 7, 23)), DataError, "without its offset"),  # noqa: DTZ001
    ("old", lambda: ensemble(issued_at=datetime(2021, 7, 25, tzinfo=UTC)), DataError, "older than the analysis"),
    ("short", lambda: ensemble((place(), place(fixes=4))), DataError, 'member 1: a member ends before.*ends = "diss'),
    ("periods", lambda: ensemble((place(), to_averaging_period(place(), 600))), UnitsError, "different averaging"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "error", "message"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_refused(build: Callable[[], Ensemble], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as raised:
        build()
    assert "To mend it" in str(raised.value)


def test_a_hole_in_one_member_is_named_with_its_time() -> None:
    holed = place().isel(time=[0, 1, 3, 4])
    with pytest.raises(
        DataError, match=r"member 1: the times of the members differ; expected 2021-07-23T12:00:00"
    ):
        ensemble((place(), holed), ends="dissipated")


def test_a_member_may_end_early_where_the_caller_says_so() -> None:
    assert ensemble((place(), place(fixes=3)), ends="dissipated").size == 2


def test_strength_is_lent_and_flagged() -> None:
    lender = moving_storm(hours=24, maximum_wind=42.0)
    lent = lend_strength(ensemble(), lender)
    for before, after in zip(ensemble().members, lent.members):
        np.testing.assert_array_equal(after["latitude"], before["latitude"])
        np.testing.assert_allclose(after["maximum_wind"], 42.0)
        assert after["maximum_wind_modelled"].all()
        assert after["central_pressure_modelled"].all()
        assert after.attrs["strength"] == "lent by TEST"
    require_strength(lent)
    assert ready(lent.members[0], averaging_period=120) is lent.members[0]


def test_what_cannot_be_lent() -> None:
    with pytest.raises(DataError, match="positions only"):
        require_strength(ensemble())
    with pytest.raises(DataError, match="a strength of its own"):
        lend_strength(ensemble((moving_storm(),)), moving_storm())
    with pytest.raises(CoverageError):
        lend_strength(ensemble(), moving_storm(hours=12))


def test_a_member_is_made_ready_in_another_averaging_period() -> None:
    storm = moving_storm(maximum_wind=40.0)
    member = ready(to_averaging_period(storm, 600), averaging_period=120)
    np.testing.assert_allclose(member["maximum_wind"], 40.0)
    pressure_only = make_track(
        time=storm["time"].values, latitude=storm["latitude"].values, longitude=storm["longitude"].values,
        central_pressure=storm["central_pressure"].values, averaging_period=120,
    )  # fmt: skip
    assert ready(pressure_only, averaging_period=120)["maximum_wind_modelled"].all()


@settings(deadline=None, max_examples=40)
@given(
    longitudes=st.lists(st.floats(-3, 3), min_size=4, max_size=8),
    hours=st.lists(st.floats(0, 18), min_size=1),
)
def test_centres_are_those_of_the_interpolated_track_also_across_180(
    longitudes: list[float], hours: list[float]
) -> None:
    east = (np.array(longitudes) + 180.0 + 180.0) % 360.0 - 180.0
    n = len(east)
    start = np.datetime64("2021-07-23T00", "s")
    track = make_track(
        time=start + np.arange(n) * np.timedelta64(6 * 3600, "s"), latitude=np.linspace(20, 25, n), longitude=east,
        averaging_period=120,
    )  # fmt: skip
    at = start + np.round(np.array(hours) * 3600).astype("timedelta64[s]")
    latitude, longitude = centres(track, at)
    full = interpolate(track, at)
    np.testing.assert_allclose(latitude, full["latitude"].values)
    np.testing.assert_allclose(np.cos(np.radians(longitude - full["longitude"].values)), 1.0)


def test_centres_outside_the_track() -> None:
    with pytest.raises(CoverageError, match="outside the track"):
        centres(place(), np.array(["2021-07-30T00"], "M8[s]"))
