"""Replays: never taken for a live run."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cycles.case import AT, NOW, hours_later, write_cycles
from riskmap import replay as replaying
from riskmap.errors import ConfigError
from riskmap.replay import Replayed

def replayed(config: Path, hours: float = 0) -> list[Replayed]:
    return [*replaying.replay(config, first=AT, last=hours_later(hours), now=hours_later(hours, NOW))]


def test_what_would_be_published_as_a_live_run_is_refused(tmp_path: Path) -> None:
    config = write_cycles(tmp_path / "a")
    scenario = tmp_path / "a" / "scenario.toml"
    scenario.write_text(scenario.read_text(encoding="utf-8").replace("replay = true\n", ""), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"run\.replay: a replay would be published as a live run"):
        replayed(config)
    assert not (tmp_path / "a" / "root").exists()
