"""`evac plan` in a folder: whole or not at all, private, and again from what it wrote."""

from __future__ import annotations

import csv
import json
import os
import random
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evac import cli
from evac.model import Category
from evac.planning import clock
from evac.registry import Registry
from evac.store.sqlite import SQLiteStore
from riskmap.io.published import ASSESSMENT_FILE
from riskmap.products.table import assessment_json
from tests.evac.plan.planned import calm
from tests.evac.world import END, Clerk, make_person
from tests.factories import ISSUED_AT, make_assessment


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / ASSESSMENT_FILE).write_text(assessment_json(make_assessment()), encoding="utf-8")
    return folder


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    path, rng = tmp_path / "county.sqlite", random.Random(1)
    people = [replace(make_person(n, rng), category=Category.DANGEROUS_HOUSE) for n in range(32)]
    store = SQLiteStore(path)
    store.put_people(people)
    clerk = Clerk()
    events = [
        clerk.event("registered", 0, code=p.code, county=p.county, category=p.category.value) for p in people
    ]
    events += [clerk.event("ordered", 1, code=p.code) for p in people[:4]]
    events += [clerk.event("arrived_shelter", 2, code=p.code, place="S330902-1") for p in people[:2]]
    Registry(store).check_ins(events, received_at=END)
    store.close()
    return path


def rows(folder: Path, name: str = "moves.csv") -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_plan_is_written_with_its_sums_and_sources(run: Path, registry: Path, tmp_path: Path) -> None:
    out = tmp_path / "plan"
    _main(["plan", str(run), "--registry", str(registry), "--out", str(out)])
    moves = rows(out)
    record = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    listed = sum(int(r["people"]) + int(r["away"]) for r in moves if r["basis"] == "register")
    assert listed == 32
    assert record["sums"]["move_now/register"]["people"] == sum(
        int(r["people"]) for r in moves if (r["step"], r["basis"]) == ("move_now", "register")
    )
    assert record["at"] == ISSUED_AT.isoformat()  # a replay: the run does not speak of today
    assert record["counties_modelled"] == ["330803", "330921", "330922"]
    assert all(entry["source"].endswith(("(S)", "(M)", "(D)")) for entry in record["numbers"].values())
    assert stat.S_IMODE((out / "moves.csv").stat().st_mode) == 0o600


def test_all_of_a_plan_is_on_the_disk_before_it_has_its_name(
    run: Path, registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tables were brought there empty, and filled afterwards."""
    brought: dict[int, int] = {}

    def noted(descriptor: int) -> None:
        found = os.fstat(descriptor)
        brought[found.st_ino] = found.st_size

    monkeypatch.setattr("os.fsync", noted)
    _main(["plan", str(run), "--registry", str(registry), "--out", str(tmp_path / "plan")])
    files = {path.name: path.stat() for path in (tmp_path / "plan").iterdir()}
    assert "moves.csv" in files
    assert {name: brought.get(found.st_ino) for name, found in files.items()} == {
        name: found.st_size for name, found in files.items()
    }


def _main(arguments: list[str]) -> None:
    """The command line, whose own exit at the end is none."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 0


def test_a_green_turn_keeps_everybody_and_tells_what_changed(
    run: Path, registry: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    _main(["plan", str(run), "--registry", str(registry), "--out", str(first)])
    (run / ASSESSMENT_FILE).write_text(assessment_json(calm()), encoding="utf-8")
    _main(["plan", str(run), "--registry", str(registry), "--out", str(second), "--previous", str(first)])
    before, after = ({r["key"]: r["step"] for r in rows(folder)} for folder in (first, second))
    assert {k: s for k, s in before.items() if s != "check"}.items() <= after.items()
    assert {r["change"] for r in rows(second, "changes.csv")} <= {"later", "earlier", "replaced", "released"}
    fresh = tmp_path / "fresh"
    _main(["plan", str(run), "--registry", str(registry), "--out", str(fresh)])
    kept = {r["step"] for r in rows(fresh)}
    assert kept <= {"move_now", "away"}  # two had moved, two had their order
    assert sum(int(r["away"]) for r in rows(fresh)) == 2


def test_without_a_registry_everything_is_modelled(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _main(["plan", str(run), "--out", str(tmp_path / "plan")])
    assert {r["basis"] for r in rows(tmp_path / "plan")} == {"modelled"}
    assert "推算" in capsys.readouterr().out


@pytest.mark.parametrize(
    "more",
    [["--prefix", "33x"], ["--previous", "nowhere"], ["--places", "nowhere.csv"], ["--at", "tomorrow"]],
)
def test_what_is_wrong_ends_with_words_and_leaves_nothing(
    run: Path, tmp_path: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["plan", str(run), "--out", str(tmp_path / "plan"), *more])
    assert ended.value.code not in (0, None)
    assert "evac:" in capsys.readouterr().err
    assert not (tmp_path / "plan").exists()


def test_the_clock_is_now_while_the_run_speaks_of_it() -> None:
    assessment = make_assessment()
    during = ISSUED_AT + timedelta(hours=2)
    assert clock(assessment, during) == during
    assert clock(assessment, datetime(2030, 1, 1, tzinfo=UTC)) == ISSUED_AT
