"""A private file of a folder under construction waits for the disk with the folder, not by itself."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evac.channels.plain import FolderChannel
from evac.orders.outbox import Outcome
from evac.private_files import write_private
from riskmap.errors import SourceError
from riskmap.io.publish import Staging
from tests.evac.channels.servers import outgoing

AT = datetime(2021, 7, 24, 4, tzinfo=UTC)


def test_a_message_of_a_staged_outbox_is_handed_over_before_the_disk_has_it_and_settled_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_disk_may, synced, real = threading.Event(), list[int](), os.fsync

    def slow(descriptor: int) -> None:
        the_disk_may.wait(60)
        real(descriptor)
        synced.append(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", slow)
    staging = Staging(tmp_path, later=True)
    try:
        channel = FolderChannel("folder", tmp_path / "outbox", under=staging)
        reply = channel.attempt(outgoing(key="k1"), "all", at=AT)
        assert (reply.outcome, synced) == (Outcome.HANDED, [])
        the_disk_may.set()
        staging.settle()
    finally:
        the_disk_may.set()
        staging.end()
    assert reply.reference is not None
    file = tmp_path / "outbox" / "all" / reply.reference
    assert file.stat().st_mode & 0o777 == 0o600
    assert synced == [file.stat().st_ino, file.parent.stat().st_ino]  # what is in it, then its name
    monkeypatch.undo()
    alone = FolderChannel("folder", tmp_path / "alone").attempt(outgoing(key="k1"), "all", at=AT)
    assert file.read_bytes() == (tmp_path / "alone" / "all" / str(alone.reference)).read_bytes()


def test_a_disk_that_fails_later_is_told_when_the_folder_is_settled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    staging = Staging(tmp_path, later=True)
    try:
        write_private(tmp_path / "a.json", b"{}", under=staging)
        with pytest.raises(SourceError, match=r"a\.json"):
            staging.settle()
    finally:
        staging.end()
    with pytest.raises(SourceError, match=r"b\.json"):
        write_private(tmp_path / "b.json", b"{}")
    assert not (tmp_path / "b.json").exists()
