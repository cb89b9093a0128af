"""Replays: never taken for a live run, nothing that came later, and no cycle that stops those after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cycles.case import AT, NOW, hours_later, write_cycles
from riskmap import replay as replaying
from riskmap.errors import ConfigError
from riskmap.replay import Replayed

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
