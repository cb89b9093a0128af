"""Replays: never taken for a live run, nothing that came later, and no cycle that stops those after it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.cycles.case import AT, NOW, hours_later, write_cycles
from riskmap import replay as replaying
from riskmap.cli_scheduled import _line, replay
from riskmap.cycle_inputs import Choice
from riskmap.errors import EXIT_INTERNAL, ConfigError, CoverageError, MissingExtraError
from riskmap.io.cycle_config import read_cycle_config
from riskmap.ledger import Problem
from riskmap.replay import Replayed
from riskmap.scheduled import CycleResult, _scenario

GAUGES = '[gauges]\nstations = "stations.csv"\nreadings = "https://me:secret@host/readings?key=secret"\n'
BARE = '[[input]]\nkey = "rain.file"\nwatch = "rain"\nmax_age_hours = 3\nrequired = false\n'
ADDRESS = '[[input]]\nkey = "gauges.readings"\nwatch = "https://host/readings"\nmax_age_hours = 3\n'


def replayed(config: Path, hours: float = 0) -> list[Replayed]:
    return [*replaying.replay(config, first=AT, last=hours_later(hours), now=hours_later(hours, NOW))]


def test_what_would_be_published_as_a_live_run_is_refused(tmp_path: Path) -> None:
    config = write_cycles(tmp_path / "a")
    scenario = tmp_path / "a" / "scenario.toml"
    scenario.write_text(scenario.read_text(encoding="utf-8").replace("replay = true\n", ""), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"run\.replay: a replay would be published as a live run"):
        replayed(config)
    assert not (tmp_path / "a" / "root").exists()


@pytest.mark.parametrize(
    ("scenario", "config", "words"),
    [(GAUGES, "", r"found the address https://host/readings\."), ("", BARE, "an input without stamp"), ("", ADDRESS, "an address")],
)  # fmt: skip
def test_what_answers_with_what_it_has_today_is_refused_for_recent_hours_too(
    tmp_path: Path, scenario: str, config: str, words: str
) -> None:
    path = write_cycles(tmp_path / "a", scenario=scenario, config=config)
    with pytest.raises(ConfigError, match=f"a replay would read what came later.*{words}"):
        replayed(path)


def test_a_fault_of_our_own_stops_no_cycle_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ends = [ZeroDivisionError("by nought"), CoverageError("off the grid"), CycleResult(tmp_path, AT, 0)]

    def cycle(*_: object, **__: object) -> CycleResult:
        end = ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end

    monkeypatch.setattr(replaying, "run_cycle", cycle)
    found = replayed(write_cycles(tmp_path / "a"), hours=2)
    assert [one.exit_code for one in found] == [EXIT_INTERNAL, 2, 0]
    assert found[0].why == "ZeroDivisionError: by nought"
    assert "ZeroDivisionError" in caplog.text


def test_what_was_not_published_is_no_partial_run() -> None:
    assert MissingExtraError("no cfgrib").exit_code not in (0, 4, 5), "5 is published with something left out"


def test_a_line_says_why_its_code_is_not_nought(tmp_path: Path) -> None:
    def line(**told: object) -> str:
        return _line(Replayed(AT, 5, **told))  # type: ignore[arg-type]

    assert line(why="no track") == "2021-07-23 08:00   5  nothing published: no track"
    lost = (Problem("terrain.relief", "not given"), Problem("x", "y"))
    for problems, words in ((lost[:1], ""), (lost, " (1 more left out)")):
        result = CycleResult(tmp_path, AT, 5, problems=problems)
        assert line(result=result).endswith(f" 5  left out: terrain.relief: not given{words}")


@pytest.mark.parametrize("option", ["--from", "--to"])
def test_a_wrong_time_is_told_by_its_option(tmp_path: Path, option: str) -> None:
    times = {"--from": AT.isoformat(), "--to": AT.isoformat()}
    times[option] = (AT + timedelta(minutes=1)).isoformat()
    with pytest.raises(ConfigError, match=f"{option}: not an analysis time"):
        replay(write_cycles(tmp_path / "a"), times["--from"], times["--to"])


def test_a_cycle_takes_no_later_issue_times(tmp_path: Path) -> None:
    config = write_cycles(tmp_path / "a")
    scenario = tmp_path / "a" / "scenario.toml"
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(
        text.replace("hours = 2\n", f"hours = 2\nlater = [{hours_later(3).isoformat()}]\n"), encoding="utf-8"
    )
    with pytest.raises(ConfigError, match=r"key run\.later: a key that the cycle fills in itself"):
        _scenario(read_cycle_config(config), AT, Choice())
