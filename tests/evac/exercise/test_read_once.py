"""An exercise and a plan read the large files of a run once, and what they make of them is what the files say."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evac.exercise.publish import publish_exercise
from evac.plan.outlines import Outlines
from evac.plan.run_dangers import known_dangers
from evac.planning import Asked, write_plan
from evac.published import publish_drill
from riskmap.io.published import read_assessment
from tests.evac.exercise.published import publish_run
from tests.evac.plan.outline_files import run_zones, slow_file, told

LARGE = ("assessment.json", "zones.geojson")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = publish_run(tmp_path_factory.mktemp("once") / "run")
    (folder / "zones.geojson").write_text(run_zones(), encoding="utf-8")
    return folder


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    found: Counter[str] = Counter()
    plain = io.open

    def counting(file: Any, *arguments: Any, **named: Any) -> Any:
        found[Path(file).name if isinstance(file, str | Path) else ""] += 1
        return plain(file, *arguments, **named)

    monkeypatch.setattr(io, "open", counting)
    return found


@pytest.mark.slow
def test_an_exercise(run: Path, opened: Counter[str]) -> None:
    publish_exercise(
        run, persons=60, seed=2, story=lambda _at, _zh, _en: None, tell=lambda _step, _share: None
    )
    assert {name: opened[name] for name in LARGE} == dict.fromkeys(LARGE, 1)


def test_a_drill_of_the_head_count(run: Path, opened: Counter[str]) -> None:
    publish_drill(run, persons=20, seed=2)
    assert opened["assessment.json"] == 1


def test_a_plan(run: Path, tmp_path: Path, opened: Counter[str]) -> None:
    write_plan(None, Asked(run), tmp_path / "plan", now=datetime.now(UTC))
    assert opened["assessment.json"] == 1


def test_what_is_known_of_a_run_and_of_drawn_zones(run: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "own.geojson"
    drawn.write_text(run_zones(cells=15, seed=4), encoding="utf-8")
    zones = [*slow_file(drawn), *slow_file(run / "zones.geojson")]
    known = known_dangers(run, [drawn], assessment=read_assessment(run))
    assert [*map(told, known.outlines)] == [*map(told, zones)]
    assert isinstance(known.outlines, Outlines)
    assert known.dangers == known_dangers(run, [drawn]).dangers
    assert not known_dangers(zones=[drawn]).not_assessed & {zone.hazard for zone in zones}
