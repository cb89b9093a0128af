"""Every claim that a benchmark emits is one that acceptance knows, and every benchmark promises some."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks import harness
from benchmarks.harness import Record, not_built, publish, run_parts
from benchmarks.page import claims_of, files, page
from tests.contracts.tree import ROOT

GOALS = ROOT.parent / "shared" / "goals.toml"
FILES = files()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_benchmark_promises_claims(path: Path) -> None:
    claims = claims_of(path)
    assert claims
    assert len(set(claims)) == len(claims)


@pytest.mark.skipif(not GOALS.is_file(), reason="the list of goals is not beside the checkout")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_claim_is_in_the_list_of_goals(path: Path) -> None:
    goals = tomllib.loads(GOALS.read_text(encoding="utf-8"))
    assert set(claims_of(path)) == set(goals[path.stem])


def test_a_missing_claim_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(harness, "RESULTS", tmp_path)
    with pytest.raises(ValueError, match="promised"):
        publish("x", [Record("a", 1.0, "s")], ("a", "b"))
    assert list(tmp_path.iterdir()) == []


def test_records_are_written_as_promised(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(harness, "RESULTS", tmp_path)
    path = publish("x", [Record("a", 1.5, "s", note="n"), not_built("b", "MB")], ("a", "b"))
    keys = {"claim", "value", "unit", "peer", "peer_value", "ratio", "note", "commit", "at"}
    records = json.loads(path.read_text(encoding="utf-8"))
    assert [set(record) for record in records] == [keys, keys]
    assert [record["value"] for record in records] == [1.5, None]
    assert records[1]["note"] == "not built yet"
    assert "1.5" in capsys.readouterr().out


def part(name: str, claim: str, values: list[float]) -> ModuleType:
    """A part that measures the next of some values each time, and fails where none is left."""
    module = ModuleType(f"benchmarks.parts.{name}")
    vars(module).update(CLAIMS=(claim,), measure=lambda *, quick: [Record(claim, values.pop(0), "s")])
    return module


def written(folder: Path) -> dict[str, float | None]:
    return {one["claim"]: one["value"] for one in json.loads((folder / "x.json").read_text(encoding="utf-8"))}


def test_what_is_old_says_so_and_what_a_part_did_not_promise_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(harness, "RESULTS", tmp_path)

    def read() -> dict[str, Record]:
        return {one.claim: one for one in harness._written("x")}

    first, second = part("first", "a", [1.0]), part("second", "b", [2.0, 3.0])
    monkeypatch.setattr(harness, "_commit", lambda: "then")
    assert run_parts("x", (first, second), ("a", "b", "c"), []) == 0
    monkeypatch.setattr(harness, "_commit", lambda: "now")
    assert run_parts("x", (first, second), ("a", "b", "c"), ["--only", "second"]) == 0
    assert {claim: one.commit for claim, one in read().items()} == {"a": "then", "b": "now", "c": ""}
    assert read()["a"].at <= read()["b"].at
    strange = part("second", "z", [4.0])
    strange.CLAIMS = ("b",)  # type: ignore[attr-defined]
    assert run_parts("x", (first, strange), ("a", "b", "c"), ["--only", "second"]) == 1
    assert read()["b"].value is None
    assert "promised" in read()["b"].note
    with pytest.raises(ValueError, match="does not promise"):
        run_parts("x", (first, second), ("a",), [])


def test_parts_are_written_down_one_by_one_and_can_be_measured_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(harness, "RESULTS", tmp_path)

    def stop(*, quick: bool) -> list[Record]:
        assert written(tmp_path) == {"a": 1.0, "b": None}
        raise KeyboardInterrupt

    first, second = part("first", "a", [1.0, 2.0]), part("second", "b", [3.0])
    stopped = ModuleType("benchmarks.parts.second")
    vars(stopped).update(CLAIMS=("b",), measure=stop)
    with pytest.raises(KeyboardInterrupt):
        run_parts("x", (first, stopped), ("a", "b"), [])
    assert written(tmp_path) == {"a": 1.0, "b": None}
    assert run_parts("x", (first, second), ("a", "b"), ["--only", "second"]) == 0
    assert written(tmp_path) == {"a": 1.0, "b": 3.0}
    assert run_parts("x", (first, second), ("a", "b"), []) == 1  # nothing is left for the second
    assert written(tmp_path) == {"a": 2.0, "b": None}
    assert run_parts("x", (part("first", "a", [9.0]),), ("a",), ["--quick"]) == 0
    assert written(tmp_path) == {"a": 2.0, "b": None}  # small cases stand apart
    with pytest.raises(SystemExit):
        run_parts("x", (first, second), ("a", "b"), ["--only", "third"])
    assert "choose from" in capsys.readouterr().err


def test_the_page_shows_what_was_measured_and_says_what_was_not(tmp_path: Path) -> None:
    claims = claims_of(FILES[0])
    records = [
        vars(Record(claims[0], 1.25, "s", "peer", 2.5, 2.0, "a | note")),
        vars(not_built(claims[1], "s")),
    ]
    (tmp_path / f"{FILES[0].stem}.json").write_text(json.dumps(records), encoding="utf-8")
    shown = page(tmp_path)
    assert f"| `{claims[0]}` | 1.25 | s | peer: 2.5 | 2 | a \\| note |" in shown
    assert f"| `{claims[1]}` | 未测 not measured |" in shown
    assert f"| `{claims[-1]}` | 未测 not measured |" in shown  # a claim without a record is not left out
    for path in FILES[1:]:
        assert f"`python -m benchmarks {path.stem}` writes it" in shown
