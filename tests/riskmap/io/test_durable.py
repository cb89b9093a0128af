"""Files that writers leave under their other names when they are killed."""

from __future__ import annotations

import os
import time
from pathlib import Path

from riskmap.io.durable import ABANDONED, replace_file, sweep_partials


def test_what_a_killed_writer_left_goes_and_what_is_being_written_stays(tmp_path: Path) -> None:
    replace_file(tmp_path / "status.json", "{}")
    now = time.time()
    for name, age in ((".status.json.partial-1", 2.0), (".status.json.partial-2", 0.5), (".lock", 9.0), ("notes.partial-3", 9.0)):  # fmt: skip
        (tmp_path / name).write_text("half", encoding="utf-8")
        os.utime(tmp_path / name, (now, now - age * ABANDONED))
    sweep_partials(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"status.json", ".status.json.partial-2", ".lock", "notes.partial-3"}  # fmt: skip


def test_a_folder_that_is_not_there_has_nothing_to_sweep(tmp_path: Path) -> None:
    sweep_partials(tmp_path / "none")
