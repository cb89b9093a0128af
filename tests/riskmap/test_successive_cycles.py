"""Whole runs that go on from each other: tiers before, published tiers, confirmations, and starts that are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest

import riskmap.analysis
from riskmap import cycle
from riskmap.confirming import confirmations_for
from riskmap.cycle import EXIT_PARTIAL, run
from riskmap.doubt import Doubt
from riskmap.errors import ConfigError, CoverageError, DataError, RiskmapError
from riskmap.io.confirmations import append_confirmations, beside
from riskmap.io.publish import Staging
from riskmap.io.published import later_folder, later_runs, read_assessment
from riskmap.io.published_outlook import read_outlook
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger, Problem
from riskmap.products.table import assessment_json
from riskmap.scale import Tier
from tests.scenarios import write_scenario

EXTRA = "\n[products]\nletters = false\n"


def scenario(folder: Path, issued_at: str, *, replay: str = "replay = true", number: str = "2106") -> Path:
    folder.mkdir(exist_ok=True)
    path = write_scenario(folder, hours=3, step=0.2, terrain=False, extra=EXTRA)
    text = path.read_text(encoding="utf-8").replace("2021-07-25T06:30:00+08:00", issued_at)
    text = text.replace("hindcast = true", "hindcast = false").replace("replay = true", replay)
    text = (
        text.replace("north = 31.0", "north = 30.9")
        .replace("west = 120.0", "west = 119.8")
        .replace("south = 28.5", "south = 28.5")
    )
    path.write_text(text.replace('number = "2106"', f'number = "{number}"'), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cycles")
    run(scenario(folder / "a", "2021-07-25T06:30:00+08:00"), folder / "one")
    return folder / "one"


@pytest.mark.slow
def test_the_second_cycle_knows_the_tiers_of_the_first(first: Path) -> None:
    folder = first.parent
    run(scenario(folder / "b", "2021-07-25T08:30:00+08:00"), folder / "two", previous=first)
    before, now = read_assessment(first), read_assessment(folder / "two")
    assert now.earlier is not None
    assert now.earlier.issued_at == before.issued_at
    assert (now.earlier.combined[:2] == before.combined[2:]).all(), "two hours later, so two hours overlap"
    assert now.standing is not None
    assert now.standing.before is not None
    assert (now.published_worst >= np.minimum(before.published_worst, 4)).all(), (
        "nothing fell after one cycle"
    )


@pytest.mark.slow
def test_a_folder_that_is_replaced_is_the_cycle_before_and_again_the_same(
    first: Path, tmp_path: Path
) -> None:
    out = tmp_path / "live"
    copytree(first, out)
    run(scenario(tmp_path / "b", "2021-07-25T08:30:00+08:00"), out, replace=True)
    second = (out / "assessment.json").read_bytes()
    assert read_assessment(out).earlier is not None
    run(scenario(tmp_path / "b", "2021-07-25T08:30:00+08:00"), out, replace=True)
    assert (out / "assessment.json").read_bytes() == second
    with pytest.raises(DataError, match="later than this one"):
        run(scenario(tmp_path / "a", "2021-07-25T06:30:00+08:00"), out, replace=True)
    run(scenario(tmp_path / "a", "2021-07-25T06:30:00+08:00"), out, replace=True, fresh=True)
    assert read_assessment(out).earlier is None


def reddened(first: Path, folder: Path) -> Path:
    """The first run, published once more with its first county at red: what a storm may have been a cycle ago."""
    assessment = read_assessment(first)
    assert assessment.standing is not None
    code = assessment.regions[0].code
    entries = {
        key: replace(entry, published=4, computed=4) if key[1] == code else entry
        for key, entry in assessment.standing.entries.items()
    }
    made = replace(assessment, standing=replace(assessment.standing, entries=entries))
    folder.mkdir()
    (folder / "assessment.json").write_text(assessment_json(made), encoding="utf-8")
    (folder / "run.json").write_text("{}", encoding="utf-8")
    return folder


@pytest.mark.slow
def test_red_comes_down_only_when_a_person_has_confirmed_it(first: Path, tmp_path: Path) -> None:
    last = reddened(first, tmp_path / "zero")
    code = read_assessment(first).regions[0].code
    for n, issued in enumerate(("2021-07-25T07:30", "2021-07-25T08:30", "2021-07-25T09:30")):
        path = scenario(tmp_path / f"s{n}", f"{issued}:00+08:00")
        run(path, tmp_path / f"run{n}", previous=last)
        last = tmp_path / f"run{n}"
        assert read_assessment(last).published_worst[0] == Tier.RED
        assert "维持发布" in (last / "report.html").read_text(encoding="utf-8")
    said = confirmations_for(
        read_assessment(last), code, by="张三", reason="远离", at=datetime.now(UTC) + timedelta(0)
    )
    append_confirmations(beside(tmp_path / "run3"), said)
    run(scenario(tmp_path / "s3", "2021-07-25T10:30:00+08:00"), tmp_path / "run3", previous=last)
    assert read_assessment(tmp_path / "run3").published_worst[0] == Tier.ORANGE
    # a damaged file of confirmations stops no warning, and lowers nothing
    beside(tmp_path / "run4").write_text("{}\n", encoding="utf-8")
    done = run(
        scenario(tmp_path / "s4", "2021-07-25T11:30:00+08:00"), tmp_path / "run4", previous=tmp_path / "run3"
    )
    assert done.exit_code == EXIT_PARTIAL
    assert any("confirmations" in problem.where for problem in done.problems)
    assert read_assessment(tmp_path / "run4").published_worst[0] == Tier.ORANGE


def test_a_run_before_that_is_lost_or_of_another_event_stops_the_cycle(first: Path, tmp_path: Path) -> None:
    path = scenario(tmp_path / "b", "2021-07-25T08:30:00+08:00")
    with pytest.raises(RiskmapError, match="--fresh"):
        run(path, tmp_path / "out", previous=tmp_path / "nowhere")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "assessment.json").write_text(
        '{"format": "riskmap-assessment", "ver', encoding="utf-8"
    )
    with pytest.raises(RiskmapError, match="--fresh"):
        run(path, tmp_path / "out", previous=tmp_path / "bad")
    other = scenario(tmp_path / "c", "2021-07-25T08:30:00+08:00", number="2107")
    with pytest.raises(RiskmapError, match="another event"):
        run(other, tmp_path / "out", previous=first)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_only_a_replay_may_confirm_by_itself_and_every_product_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="auto_confirm"):
        read_scenario(
            scenario(
                tmp_path / "a", "2021-07-25T08:30:00+08:00", replay="replay = false\nauto_confirm = true"
            )
        )
    path = scenario(tmp_path / "b", "2021-07-25T08:30:00+08:00", replay="replay = true\nauto_confirm = true")
    run(path, tmp_path / "out")
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert any("自动确认" in mark for mark in record["marks"]["forecast"])
    for name in ("map.html", "report.html", "index.html"):
        assert "自动确认" in (tmp_path / "out" / name).read_text(encoding="utf-8")


def test_a_bad_file_of_curves_is_said_before_anything_is_computed(tmp_path: Path) -> None:
    path = scenario(tmp_path / "a", "2021-07-25T08:30:00+08:00")
    (tmp_path / "a" / "curves.csv").write_text(
        "variable,value,loss_ratio,source\nhail,1,0,x\n", encoding="utf-8"
    )
    path.write_text(path.read_text(encoding="utf-8") + '\n[risk]\ncurves = "curves.csv"\n', encoding="utf-8")
    told: list[str] = []
    with pytest.raises(RiskmapError, match="no such variable"):
        run(path, tmp_path / "out", tell=lambda step, _part: told.append(step))
    assert set(told) == {"scenario", "inputs"}


def test_a_replay_publishes_its_later_issue_times_as_runs_of_their_own(tmp_path: Path) -> None:
    at = "2021-07-25T09:30:00+08:00"
    path = scenario(tmp_path / "a", "2021-07-25T06:30:00+08:00", replay=f"replay = true\nlater = [{at}]")
    run(path, tmp_path / "out")
    (folder,) = later_runs(tmp_path / "out")
    assert folder == tmp_path / "out" / later_folder(datetime.fromisoformat(at))
    run(scenario(tmp_path / "b", at), tmp_path / "alone")
    alone, later = read_assessment(tmp_path / "alone"), read_assessment(folder)
    assert later.issued_at == alone.issued_at
    assert (later.combined == alone.combined).all()
    assert read_outlook(folder).outlook.event.number == "2106"
    assert later.earlier is None
    assert later_runs(tmp_path / "alone") == ()


FIRST = "2021-07-25T06:30:00+08:00"


def test_each_later_issue_time_says_what_it_left_out_and_none_costs_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, bad = riskmap.analysis.analyse, datetime.fromisoformat("2021-07-25T10:30:00+08:00")

    def analyse(inputs: Any, **more: Any) -> Any:
        if inputs.issued_at == bad:
            raise CoverageError("nothing near")
        outlook, peaks = real(inputs, **more)
        lost = () if inputs.issued_at < bad - timedelta(hours=2) else (Problem("members", "lost"),)
        return replace(outlook, problems=lost), peaks

    monkeypatch.setattr(riskmap.analysis, "analyse", analyse)
    later = ", ".join(f"2021-07-25T{hour}:30:00+08:00" for hour in ("09", "10", "11"))
    result = run(
        scenario(tmp_path / "a", FIRST, replay=f"replay = true\nlater = [{later}]"), tmp_path / "out"
    )
    assert [(p.where, p.what) for p in result.problems if p.where.startswith("later")] == [
        ("later 2021-07-25 09:30, members", "lost"), ("later 2021-07-25 10:30", "nothing near."), ("later 2021-07-25 11:30, members", "lost"),
    ]  # fmt: skip
    assert [folder.name for folder in later_runs(tmp_path / "out")] == ["20210725T0130Z", "20210725T0330Z"]


def test_a_later_issue_time_counts_doubtful_inputs_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def analyse(inputs: Any, **_: Any) -> Any:
        seen.append(inputs)
        raise CoverageError("seen enough")

    monkeypatch.setattr(riskmap.analysis, "analyse", analyse)
    at, old = "2021-07-25T09:30:00+08:00", Doubt("track", "file", "路径资料已过期", "the track is old")
    one = read_scenario(scenario(tmp_path / "a", FIRST, replay=f"replay = true\nlater = [{at}]"))
    assert cycle._later(one, one.run.later[0], [old]).failed is not None
    assert seen[0].doubts == (old,)
    assert old.words in seen[0].marks
    assert seen[0].rules["wind"].confidence == "low"


def test_later_issue_times_of_two_zones_are_two_steps(tmp_path: Path) -> None:
    names: list[str] = []

    class Named:
        def step(self, name: str, _compute: Any, _ledger: Ledger) -> Any:
            names.append(name)
            return {}

    later = "2021-07-25T10:30:00+09:00, 2021-07-25T10:30:00+08:00"
    one = read_scenario(scenario(tmp_path / "a", FIRST, replay=f"replay = true\nlater = [{later}]"))
    with pytest.raises(KeyError, match="forecast"):  # nothing was computed that could be reported
        cycle.fill(Staging(tmp_path / "out"), one, Ledger(), confirmations=tmp_path, checkpoints=Named())
    assert names == ["hazards", "later-20210725T0130Z", "later-20210725T0230Z"]


def test_a_track_that_ends_before_a_later_issue_time_is_said_before_anything_is_computed(
    tmp_path: Path,
) -> None:
    told: list[str] = []
    path = scenario(tmp_path / "a", FIRST, replay="replay = true\nlater = [2021-08-25T09:30:00+08:00]")
    with pytest.raises(CoverageError, match=r"run\.later"):
        run(path, tmp_path / "out", tell=lambda step, _part: told.append(step))
    assert set(told) == {"scenario", "inputs"}


@pytest.mark.parametrize(
    "wrong",
    [
        "replay = false\nlater = [2021-07-25T09:30:00+08:00]",
        "replay = true\nlater = [2021-07-25T05:30:00+08:00]",
        "replay = true\nlater = [2021-07-25T09:30:00]",
        "replay = true\nlater = [2021-07-25T11:30:00+08:00, 2021-07-25T09:30:00+08:00]",
        "replay = true\nlater = [2021-07-25T09:30:20+08:00, 2021-07-25T09:30:40+08:00]",
        "replay = true\nlater = [1627180200]",
        'replay = true\nlater = ["2021-07-25T09:30:00+08:00"]',
    ],
)
def test_later_issue_times_are_a_replays_and_in_order(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ConfigError, match=r"key run\.later"):
        read_scenario(scenario(tmp_path / "a", "2021-07-25T06:30:00+08:00", replay=wrong))
