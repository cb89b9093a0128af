"""Which delivery of an input counts for an analysis time, and copies that are no longer what they were."""

from __future__ import annotations

import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from riskmap.errors import ConfigError
from riskmap.io.cycle_config import InputSection
from riskmap.io.gathered import gather
from riskmap.io.held import ABANDONED
from riskmap.io.watched import Delivery, Shelf

AT = datetime(2021, 7, 23, 8, tzinfo=UTC)
STAMPED = {"stamp": "%Y%m%d%H%M.csv", "utc_offset_hours": 0.0}


def wanted(watch: Path | str, **more: Any) -> InputSection:
    return InputSection("track.file", watch, 3.0, **more)


def take(
    shelf: Shelf, one: InputSection, at: datetime = AT, now: datetime | None = None, **more: Any
) -> tuple[list[Delivery], list[str]]:
    said: list[str] = []
    found = shelf.deliveries(one, at, now or at, failed=lambda problem: said.append(str(problem)), **more)
    return list(found), said


@pytest.mark.parametrize("more", [{}, {"stamp": "track_%Y%m%d%H%M.csv"}])
def test_a_replay_of_an_address_is_refused(tmp_path: Path, more: dict[str, Any]) -> None:
    one = wanted("https://host/track.json", **more)
    with pytest.raises(ConfigError, match="an address"):
        take(Shelf(tmp_path), one, now=AT + timedelta(hours=30))


def test_a_damaged_copy_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "202107230800.csv").write_text("whole", encoding="utf-8")
    shelf, one = Shelf(tmp_path / "root"), wanted(tmp_path, **STAMPED)
    (first,), _ = take(shelf, one)
    first.path.write_text("who", encoding="utf-8")
    (again,), _ = take(shelf, one)
    assert (again.path.read_text(encoding="utf-8"), again) == ("whole", first)


def test_a_copy_has_its_time_from_the_first_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that a kill left with the time of copying would make an answer that never changes fresh again."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "202107230800.csv").write_text("whole", encoding="utf-8")
    monkeypatch.setattr("riskmap.io.durable.sync_folder", killed)
    with pytest.raises(KeyboardInterrupt):
        take(Shelf(tmp_path / "root"), wanted(tmp_path, **STAMPED))
    (copy,) = (tmp_path / "root").rglob("*.csv")
    assert copy.stat().st_mtime == AT.timestamp()


def test_a_disk_that_takes_no_times_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    (tmp_path / "202107230800.csv").write_text("whole", encoding="utf-8")
    monkeypatch.setattr(os, "utime", refuse)
    found, said = take(Shelf(tmp_path / "root"), wanted(tmp_path, **STAMPED))
    assert found == []
    assert "cannot write" in said[0]


def test_a_damaged_last_good_one_stands_in_for_nothing(tmp_path: Path) -> None:
    source = tmp_path / "in" / "202107230800.csv"
    source.parent.mkdir()
    source.write_text("whole", encoding="utf-8")
    shelf, one = Shelf(tmp_path / "root"), wanted(source.parent, **STAMPED)
    (first,), _ = take(shelf, one)
    shelf.keep_good({"track.file": first})
    source.unlink()
    assert [d.last_good for d in take(shelf, one)[0]] == [True]
    first.path.write_text("who", encoding="utf-8")
    assert take(shelf, one)[0] == []


def test_without_a_stamp_what_was_written_while_the_cycle_was_due_stands_in_too(tmp_path: Path) -> None:
    """Written at 08:03 for the cycle of 08:00 that starts at 08:05: it counted, so it stands in for itself."""
    shelf, now = Shelf(tmp_path / "root"), AT + timedelta(minutes=5)
    source = tmp_path / "in" / "track.csv"
    source.parent.mkdir()
    source.write_text("whole", encoding="utf-8")
    written = (AT + timedelta(minutes=3)).timestamp()
    os.utime(source, (written, written))
    one = wanted(source.parent)
    (first,), _ = take(shelf, one, now=now)
    shelf.keep_good({"track.file": first})
    source.unlink()
    found, _ = take(shelf, one, now=now)
    assert [(d.digest, d.last_good) for d in found] == [(first.digest, True)]


def test_a_file_that_cannot_be_read_gives_way_to_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("202107230700.csv", "202107230800.csv"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    read = Path.read_bytes

    def broken(path: Path) -> bytes:
        if path.name == "202107230800.csv":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", broken)
    found, said = take(Shelf(tmp_path / "root"), wanted(tmp_path, **STAMPED))
    assert [d.path.name for d in found] == ["202107230700.csv"]
    assert "Permission denied" in said[0]


def test_an_answer_that_never_changes_is_as_old_as_its_first_copy(tmp_path: Path) -> None:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "track.json").write_text("the same", encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "web")))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        shelf, one = Shelf(tmp_path / "root"), wanted(f"http://127.0.0.1:{server.server_port}/track.json")
        later = AT + timedelta(hours=5)
        (first,), _ = take(shelf, one)
        (again,), _ = take(shelf, one, later)
        assert (again.time, again.age(later)) == (first.time, timedelta(hours=5))
        again.path.write_text("damaged", encoding="utf-8")
        os.utime(again.path, (AT.timestamp(), AT.timestamp()))
        (anew,), _ = take(shelf, one, later)
        assert (anew.time, anew.path.read_text(encoding="utf-8")) == (AT, "the same")
    finally:
        server.shutdown()
        server.server_close()


def test_what_another_process_builds_is_left_alone(tmp_path: Path) -> None:
    copy = tmp_path / "a.tif"
    copy.write_text("rain", encoding="utf-8")
    target, whole = gather(tmp_path / "inputs", "rain.file", [(copy, "1")])
    shutil.rmtree(target)
    for name in (".rain.file.set", ".rain.file.set.1"):
        (target.parent / name).mkdir()
    assert gather(tmp_path / "inputs", "rain.file", [(copy, "1")]) == (target, whole)
    assert {one.name for one in target.parent.iterdir()} == {
        ".rain.file.set",
        ".rain.file.set.1",
        "rain.file.set",
    }


def test_a_set_that_a_killed_cycle_left_half_built_goes(tmp_path: Path) -> None:
    """Its links alone kept every copy that it names from ever being swept."""
    shelf = Shelf(tmp_path)
    copy = shelf.folder / "0123456789abcdef" / "a.nc"
    copy.parent.mkdir(parents=True)
    copy.write_text("a")
    target, whole = gather(shelf.folder, "rain.file", [(copy, "1")])
    old, new = (target.with_name(f".{target.name}.{process}") for process in (1, 2))
    for left in (old, new):
        left.mkdir()
        os.link(copy, left / copy.name)
    os.utime(old, (0.0, time.time() - 2 * ABANDONED))
    shelf.sweep({whole})
    assert (old.exists(), new.exists(), target.is_dir()) == (False, True, True)
