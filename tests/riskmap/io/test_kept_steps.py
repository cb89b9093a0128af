"""Steps that are kept: given back as they were, computed anew where anything is wrong, and never the end of a run."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest

from riskmap.io import kept_steps
from riskmap.io.kept_steps import KeptSteps
from riskmap.ledger import Ledger

FIELD = np.arange(300_000, dtype=np.float64)


def _step(folder: Path, found: object = FIELD) -> tuple[object, KeptSteps, Ledger]:
    kept, ledger = KeptSteps(folder), Ledger()
    return kept.step("hazards", lambda: found, ledger), kept, ledger


def test_a_step_is_given_back_as_it_was(tmp_path: Path) -> None:
    _step(tmp_path)
    found, kept, _ = _step(tmp_path, None)
    np.testing.assert_array_equal(found, FIELD)
    assert kept.reused == ["hazards"]


@pytest.mark.parametrize("at", [0, 1_000, -40, -1])
@pytest.mark.parametrize("cut", [False, True])
def test_what_is_damaged_or_cut_short_is_computed_anew(tmp_path: Path, at: int, cut: bool) -> None:
    _step(tmp_path)
    (path,) = tmp_path.iterdir()
    whole = bytearray(path.read_bytes())
    whole[at] ^= 1
    path.write_bytes(path.read_bytes()[:at] if cut else whole)
    found, kept, _ = _step(tmp_path, "anew")
    assert found == "anew"
    assert not kept.reused


def test_what_cannot_be_kept_is_said_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _, ledger = _step(tmp_path, [FIELD, lambda: None])
    assert isinstance(found, list)
    assert [note["key"] for note in ledger.notes] == ["step hazards was not kept"]

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(kept_steps, "dump", full)
    found, _, ledger = _step(tmp_path)
    assert found is FIELD
    assert "the disk is full" in ledger.notes[0]["said"]
    assert not list(tmp_path.iterdir())


def test_what_a_killed_start_wrote_goes_before_its_step_is_computed_again(tmp_path: Path) -> None:
    """A page that the next start has to leave out would be published as the killed one left it: in half."""
    filled = tmp_path / "run"
    (filled / "maps").mkdir(parents=True)
    first = KeptSteps(tmp_path / "steps", filled)
    first.step("hazards", lambda: 1, Ledger())
    first.step("forecast", lambda: (filled / "map.html").write_text("whole"), Ledger())
    (filled / "maps" / "map_330211.html").write_text("ha")  # of the step in which it was killed
    again, ledger = KeptSteps(tmp_path / "steps", filled), Ledger()
    again.step("hazards", lambda: 2, ledger)
    again.step("forecast", lambda: 2, ledger)
    assert (filled / "maps" / "map_330211.html").exists(), "nothing was computed yet"
    again.step("hindcast", lambda: (filled / "hindcast.html").write_text("whole"), ledger)
    assert again.reused == ["hazards", "forecast"]
    assert sorted(path.name for path in filled.rglob("*.html")) == ["hindcast.html", "map.html"]


@pytest.mark.parametrize("lost", ["steps/hazards.step", "run/map.html"])
def test_behind_a_step_that_was_lost_every_one_is_computed(tmp_path: Path, lost: str) -> None:
    """Also one whose files are not all there any more."""
    filled = tmp_path / "run"
    filled.mkdir()
    for start in range(2):
        kept, ledger = KeptSteps(tmp_path / "steps", filled), Ledger()
        kept.step("hazards", lambda: 0, ledger)
        kept.step("forecast", lambda start=start: (filled / "map.html").write_text(f"{start}"), ledger)
        if start == 0:
            (tmp_path / lost).unlink()
    assert "forecast" not in kept.reused
    assert (filled / "map.html").read_text() == "1"
