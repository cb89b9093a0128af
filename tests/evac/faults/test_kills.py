"""Killed with -9, and the power cut: what was acknowledged is there. The thousands are in ``benchmarks``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from benchmarks.check_ins.kills import sqlite_kills
from benchmarks.check_ins.server_kills import postgres_kills


@pytest.mark.slow
@pytest.mark.parametrize("power", [False, True])
def test_a_killed_writer_loses_nothing_acknowledged_on_sqlite(
    tmp_path: Path, shim: Path, power: bool
) -> None:
    found = sqlite_kills(tmp_path, 12, power=power)
    assert (found.rounds, found.lost) == (12, 0)
    assert found.acknowledged >= found.rounds
    assert (found.forgotten > 0) == power


def test_a_registry_that_does_not_sync_fails_the_drill(tmp_path: Path, shim: Path) -> None:
    """The drill can fail: without the shim nobody would see that syncs are missing."""
    found = sqlite_kills(tmp_path, 6, power=True, synchronous="OFF")
    assert found.lost > 0


@pytest.fixture
def folder(server: str) -> Iterator[Path]:
    """Where another user may start a server of its own; skipped where there is none."""
    with TemporaryDirectory(prefix="evac-pg-") as made:
        yield Path(made)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::Warning")  # the wheel warns of a runtime folder that a container has not
@pytest.mark.parametrize("settings", ["", "fsync = off"])
def test_a_killed_server_loses_nothing_acknowledged(folder: Path, shim: Path, settings: str) -> None:
    found = postgres_kills(folder, 2, power=True, settings=settings)
    assert (found.rounds, found.lost > 0) == (2, settings != "")
    assert found.acknowledged >= found.rounds
