"""The score of the radii does not peek into what it leaves out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from benchmarks.radii import skill
from benchmarks.radii.storms import Storm
from riskmap.track import complete, make_track

HOURS = np.arange(0, 73, 6)


def storm(radii: np.ndarray | None = None) -> Storm:
    track = make_track(
        time=np.datetime64("2021-07-23T00", "s") + HOURS.astype("timedelta64[h]"),
        latitude=25.0 + HOURS / 18.0, longitude=np.full(len(HOURS), 123.0),
        maximum_wind=np.full(len(HOURS), 40.0), central_pressure=np.full(len(HOURS), 96e3), averaging_period=120,
    )  # fmt: skip
    steady = (
        np.array([250e3, 100e3, 50e3])[None, :, None] + 500.0 * HOURS[:, None, None] + np.zeros((1, 1, 4))
    )
    return Storm(complete(track), steady if radii is None else radii)


@pytest.mark.parametrize("live", [False, True])
def test_a_block_is_filled_without_its_own_radii(live: bool) -> None:
    whole = storm()
    inside = (HOURS >= 24) & (HOURS < 48)
    changed = whole.radii.copy()
    changed[inside] *= 1.5
    np.testing.assert_array_equal(
        skill.left_out(whole, live=live)[inside], skill.left_out(storm(changed), live=live)[inside]
    )


def test_duty_knows_the_past_alone() -> None:
    whole = storm()
    changed = whole.radii.copy()
    changed[HOURS >= 24] *= 1.5
    inside = (HOURS >= 24) & (HOURS < 48)
    live = skill.left_out(storm(changed), live=True)
    np.testing.assert_array_equal(live[inside], np.broadcast_to(whole.radii[3], live[inside].shape))
    assert np.isnan(live[HOURS < 24]).all()


def test_radii_that_grow_steadily_are_filled_and_fitted_exactly() -> None:
    whole = storm()
    inner = (HOURS >= 24) & (HOURS < 72)
    filled = skill.fitted(whole.track, skill.left_out(whole))
    np.testing.assert_allclose(filled[inner], whole.radii[inner], rtol=1e-9)


def test_what_is_not_reached_counts_as_nought() -> None:
    whole = storm()
    weak = whole.track.copy()
    weak["maximum_wind"] = xr.full_like(weak["maximum_wind"], 30.0)
    calm = Storm(weak, whole.radii)
    modelled = skill.fitted(calm.track, calm.radii)
    assert skill.errors(modelled, calm)[:2] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert skill.errors(modelled, calm)[2] == pytest.approx(whole.radii[:, 2].mean() / 1e3)


def test_a_middle_radius_on_the_line_is_told_exactly() -> None:
    whole = storm()
    weight = (skill.SPEEDS[1] - skill.SPEEDS[0]) / (skill.SPEEDS[2] - skill.SPEEDS[0])
    whole.radii[:, 1] = whole.radii[:, 0] ** (1 - weight) * whole.radii[:, 2] ** weight
    hidden = whole.radii.copy()
    hidden[:, 1] = np.nan
    np.testing.assert_allclose(skill.fitted(whole.track, hidden), whole.radii, rtol=1e-9)
    told = skill.middle_errors(whole)
    assert told["straight in ln r"] == pytest.approx(0.0, abs=1e-9)
    assert told["power law"] > 1.0


def test_without_the_data_the_claims_say_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(skill, "IN_FA", tmp_path / "absent.csv")
    records = skill.measure()
    assert [record.claim for record in records] == [*skill.BLOCK_CLAIMS, skill.WITHHELD_CLAIM]
    assert all(record.value is None and "beside the checkout" in record.note for record in records)
