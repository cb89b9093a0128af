"""Files that writers leave under their other names when they are killed."""

from __future__ import annotations

import errno
import os
import time
from itertools import count
from pathlib import Path

import pytest

from benchmarks.cycles.killing import killed_before
from riskmap.io.durable import append_line, replace_file, sweep_partials, whole_file
from riskmap.io.held import ABANDONED


def _left(folder: Path, name: str, hours: float) -> Path:
    path = folder / name
    path.write_text("half", encoding="utf-8")
    os.utime(path, (0.0, time.time() - hours * ABANDONED))
    return path


def test_what_a_killed_writer_left_goes_and_what_is_being_written_stays(tmp_path: Path) -> None:
    for name, age in ((".status.json.partial-1", 2.0), (".status.json.partial-2", 0.0), (".lock", 9.0), ("notes.partial-3", 9.0)):  # fmt: skip
        _left(tmp_path, name, age)
    (tmp_path / ".run.partial-4").mkdir()
    with whole_file(tmp_path / "other.json") as file:
        file.write(b"{}")
        sweep_partials(tmp_path)
        left = {".run.partial-4", ".lock", "notes.partial-3"}
        assert {path.name for path in tmp_path.iterdir()} == {f".other.json.partial-{os.getpid()}", *left}
    assert {path.name for path in tmp_path.iterdir()} == {"other.json", *left}


def test_on_a_disk_without_locks_its_age_says_whose_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    replace_file(tmp_path / "status.json", "{}")
    old, new = (_left(tmp_path, f".status.json.partial-{n}", age) for n, age in ((1, 2.0), (2, 0.5)))
    sweep_partials(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)


def test_a_folder_that_is_not_there_has_nothing_to_sweep(tmp_path: Path) -> None:
    sweep_partials(tmp_path / "none")


def test_a_file_is_whole_or_not_there_and_the_next_writer_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """Whatever the next one writes: what a killed one left may be a key, or names."""
    for last in count(1):
        folder = tmp_path / f"{last}"
        folder.mkdir()
        killed = killed_before(last, lambda folder=folder: replace_file(folder / "2106.key", "key"))
        assert [path.read_text() for path in folder.glob("*.key")] in ([], ["key"])
        replace_file(folder / "330902.csv", "a,b")
        assert sorted(path.name for path in folder.iterdir()) in (["2106.key", "330902.csv"], ["330902.csv"])
        if not killed:
            assert last > 2, "each change was one to be killed before"
            break


def test_a_line_begins_behind_half_a_line_of_a_killed_writer(tmp_path: Path) -> None:
    path = tmp_path / "cycles.jsonl"
    path.write_text('{"at": 1}\n{"at"')
    for line in ('{"at": 2}', '{"at": 3}'):
        append_line(path, line)
    assert path.read_text().splitlines() == ['{"at": 1}', '{"at"', '{"at": 2}', '{"at": 3}']
