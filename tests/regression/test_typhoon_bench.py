"""The typhoon benchmark: our loops give the peer's numbers, and what is not measured is said."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import typhoon
from benchmarks.climada import compare, oracle, ours, sample
from benchmarks.climada.case import Case, in_fa
from benchmarks.engine import case as engine_case
from benchmarks.engine import first_map, members, passes, peak, swath
from benchmarks.radii import skill


@pytest.fixture(scope="module")
def case() -> Case:
    return in_fa()


@pytest.fixture
def known_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peak, "core", lambda: peak.Core(50.0, 100.0, 20.0, 1.0))


def test_the_exact_mode_gives_the_peers_field(case: Case) -> None:
    for known, rows, columns, theirs in sample.read():
        np.testing.assert_allclose(ours.exact(known)[rows, columns], theirs, rtol=0, atol=1e-5)
        np.testing.assert_allclose(ours.default(known)[rows, columns], theirs, rtol=0, atol=0.02)
    np.testing.assert_allclose(ours.exact(case), oracle.peak(case, threshold=0.0), rtol=0, atol=1e-5)


def test_the_default_mode_is_within_a_hundredth(case: Case) -> None:
    apart = np.abs(ours.default(case) - ours.exact(case))
    assert 0.0 < apart.max() <= 0.01


def test_the_southern_hemisphere_turns_the_other_way() -> None:
    north = in_fa(0.25)
    grid = replace(north.grid, transform=north.grid.transform.__class__(0.25, 0, 117.5, 0, -0.25, -27.0))
    south = replace(north, latitude=-north.latitude, grid=grid)
    np.testing.assert_allclose(ours.exact(south), oracle.peak(south, threshold=0.0), rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.exact(south), ours.exact(north)[::-1], rtol=0, atol=1e-9)


def fields(case: Case) -> compare.Fields:
    return compare.Fields(ours.exact(case), ours.default(case))


@pytest.mark.usefixtures("known_core")
def test_beside_the_peer_a_ratio_is_of_best_times() -> None:
    coarse = in_fa(0.25)
    times = compare.Times(theirs=[9.0, 6.0, 7.0], exact=[0.3, 0.2], default=[0.06, 0.05])
    theirs = oracle.peak(coarse, threshold=0.0)
    theirs[0, 0] += 0.5
    exact, default, error = compare.beside(coarse, times, fields(coarse), "CLIMADA 9.9", theirs, 1.5)
    assert (exact.value, exact.peer, exact.peer_value) == (0.2, "CLIMADA 9.9", 6.0)
    assert exact.ratio == pytest.approx(30.0)
    assert default.ratio == pytest.approx(120.0)
    assert "best of 3" in exact.note
    assert "% of the 50 Gflop/s" in exact.note
    assert "% of the 100 Gflop/s" in default.note
    assert error.value == pytest.approx(0.5, abs=1e-6)
    assert "our slow twin is 5.0e-01" in error.note


@pytest.mark.usefixtures("known_core")
def test_a_cell_on_the_wrong_side_of_the_threshold_is_an_error() -> None:
    coarse = in_fa(0.25)
    found, theirs = fields(coarse), oracle.peak(coarse, threshold=0.0)
    theirs.flat[0], found.exact.flat[0] = 17.5, 17.5 - 1e-9
    times = compare.Times(theirs=[1.0], exact=[1.0], default=[1.0])
    assert compare.beside(coarse, times, found, "CLIMADA", theirs, 1.0)[2].value == 17.5


@pytest.mark.usefixtures("known_core")
def test_without_the_peer_there_is_no_ratio_and_the_remedy_stands_there() -> None:
    coarse = in_fa(0.25)
    times = compare.Times(exact=[0.2], default=[0.1])
    records = compare.alone(coarse, times, fields(coarse), "set THIS")
    assert [r.claim for r in records] == list(compare.CLAIMS)
    assert all(r.peer is None and r.ratio is None and "set THIS" in r.note for r in records)
    assert "not from the program" in records[2].note
    assert records[2].value is not None
    assert records[2].value < 1e-5


def test_threads_are_set_and_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKMAP_THREADS", "7")
    with ours.threads(1):
        assert os.environ["RISKMAP_THREADS"] == "1"
    assert os.environ["RISKMAP_THREADS"] == "7"
    monkeypatch.delenv("RISKMAP_THREADS")
    with pytest.raises(RuntimeError), ours.threads(2):
        raise RuntimeError
    assert "RISKMAP_THREADS" not in os.environ


@pytest.mark.slow
def test_the_fastest_storm_keeps_its_peak_between_the_sub_steps() -> None:
    assert swath.error(swath.storms()[0]) <= 0.1


def test_all_fields_hold_the_wind_that_is_measured_alone() -> None:
    storm = engine_case.in_fa(0.25)
    storm = replace(storm, hours=storm.hours[:3])
    alone = passes.wind_alone(storm)
    gust = passes.all_fields(storm)()
    assert 20.0 < alone < 60.0
    assert 1.05 * alone < gust < 2.0 * alone


def test_a_few_members_are_counted_in_all_cells_and_counties() -> None:
    found = members.run(10, 0.25)
    assert (found["members"], found["cells"], found["regions"], found["hours"]) == (10, 432, 90, 49)
    assert found["seconds"] > found["made"] > 0.0
    assert found["peak"] >= found["imported"] > 20.0
    assert 0.0 < found["mean"] < found["worst"] <= found["hour"]


def test_a_quick_run_says_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {
        "members": 50, "step": 0.02, "seconds": 1.5, "made": 0.1, "hours": 49, "cells": 1, "regions": 90,
        "threads": 2, "worst": 1.0, "mean": 0.1, "hour": 9.0, "peak": 300.0, "imported": 120.0,
    }  # fmt: skip
    monkeypatch.setattr(members, "python", lambda *_: json.dumps(answer))
    quick = members.measure(quick=True)
    assert [r.value for r in quick] == [1.5, None, None]
    assert [r.note for r in quick[1:]] == ["left out by --quick"] * 2
    whole = members.measure()
    assert [r.claim for r in whole] == list(members.CLAIMS)
    assert whole[2].value == 180.0


def test_the_first_map_is_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_case, "HOURS", 2)
    path = tmp_path / "map.png"
    first_map.draw_png(path)
    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_topics_share_out_the_claims() -> None:
    topics = (
        *compare.CLAIMS, *passes.CLAIMS, *members.CLAIMS, first_map.CLAIM, swath.CLAIM,
        *skill.BLOCK_CLAIMS, skill.WITHHELD_CLAIM,
    )  # fmt: skip
    assert sorted(topics) == sorted(typhoon.CLAIMS)
