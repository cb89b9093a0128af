"""Backups: taken while others write, tried, sealed, restored to the same head and counts; and keys kept apart."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from evac.errors import ConflictError, EvacError
from evac.log import Head
from evac.operations.backup import back_up, restore, unwrap_key, wrap_key
from evac.privacy.destroy import Destruction, destroy_event
from evac.store.copying import copy_registry, open_sealed, seal_file, sealed_header
from evac.store.purge import Rows
from evac.store.shredding import forget_key
from evac.store.sqlite import SQLiteStore
from evac.sync.node import Node, read_node, write_node
from evac.vault import Vault
from evac.witness import audit
from riskmap.errors import ConfigError, DataError, RiskmapError, SourceError
from tests.evac.privacy.test_destroy import KEY, NOW
from tests.evac.privacy.test_purge import OPEN, TRACES, fill, found
from tests.evac.scenes import make_event
from tests.evac.test_migrating import BACK_TO_3


@pytest.fixture
def vault() -> Vault:
    return Vault.make()


@pytest.fixture
def registry(tmp_path: Path, vault: Vault) -> Path:
    (tmp_path / "node").mkdir()
    (tmp_path / "away").mkdir()
    path = tmp_path / "node" / "r.sqlite"
    with closing(SQLiteStore(path, vault=vault)) as store:
        store.put_labels({"event": "2106", "node": "330902-S1"})
        fill(store, 60)
    return path


def test_what_is_restored_is_what_was_backed_up(tmp_path: Path, registry: Path, vault: Vault) -> None:
    with closing(SQLiteStore(registry, vault=vault)) as store:  # in use meanwhile
        head, people = store.head(), list(store.people())
        done = back_up(registry, tmp_path / "away", vault, at=NOW, witness=[head])
    assert (done.head, done.rows, done.event, done.node) == (head, Rows(60, 300, 60), "2106", "330902-S1")
    assert [p.name for p in (tmp_path / "away").iterdir()] == [done.path.name]
    assert found(tmp_path / "away", OPEN + TRACES) == {}
    again = restore(done.path, tmp_path / "new.sqlite", vault, witness=[head])
    assert (again.head, again.rows) == (head, done.rows)
    with closing(SQLiteStore(again.path, vault=vault)) as store:
        assert list(store.people()) == people
        assert audit(store, head) == head
        store.append([make_event("notified")], received_at=NOW)  # and goes on
    with pytest.raises(ConfigError, match="there already"):
        restore(done.path, again.path, vault)


def test_a_backup_of_an_earlier_version_is_brought_to_this_one(
    tmp_path: Path, registry: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = back_up(registry, tmp_path / "away", vault, at=NOW)

    def as_it_was(path: Path, target: Path, key: Vault) -> None:
        open_sealed(path, target, key)
        with closing(sqlite3.connect(target, isolation_level=None)) as raw:
            for statement in BACK_TO_3:
                raw.execute(statement)

    monkeypatch.setattr("evac.operations.backup.open_sealed", as_it_was)
    again = restore(done.path, tmp_path / "new.sqlite", vault)
    assert (again.head, again.rows) == (done.head, done.rows)
    with closing(SQLiteStore(again.path, vault=vault)) as store:
        store.append([make_event("notified")], received_at=NOW)


def test_a_copy_is_one_moment_of_a_registry_that_is_written_to(
    tmp_path: Path, registry: Path, vault: Vault
) -> None:
    stop = Event()

    def write() -> None:
        with closing(SQLiteStore(registry, vault=vault)) as own:
            while not stop.is_set():
                own.append([make_event("notified") for _ in range(20)], received_at=NOW)

    writer = Thread(target=write)
    writer.start()
    try:
        heads = [back_up(registry, tmp_path / "away", vault, at=NOW).head for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    with closing(SQLiteStore(registry)) as store:
        assert audit(store, heads).sequence >= heads[-1].sequence  # each was a beginning of the log


def test_a_copy_ends_while_others_never_stop_writing(
    tmp_path: Path, registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evac.store.copying._PAGES", 1)
    with closing(sqlite3.connect(registry, isolation_level=None)) as raw:
        raw.execute("CREATE TABLE filler AS SELECT randomblob(40000000)")  # longer to copy than a write lasts
    stop = Event()

    def write() -> None:
        with closing(sqlite3.connect(registry, isolation_level=None)) as raw:
            raw.execute("PRAGMA synchronous=OFF")
            while not stop.is_set():
                raw.execute("INSERT OR REPLACE INTO label VALUES ('tick', hex(randomblob(8)))")

    writer = Thread(target=write)
    copier = Thread(target=copy_registry, args=(registry, tmp_path / "copy.sqlite"), daemon=True)
    writer.start()
    copier.start()
    copier.join(15)
    ended = not copier.is_alive()
    stop.set()
    writer.join()
    copier.join()
    assert ended


def test_what_is_plain_is_its_owners_alone_and_never_on_the_medium(
    tmp_path: Path, registry: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = registry.with_name(".r.sqlite.copy")
    stale.write_bytes(TRACES[0])
    (watch := tmp_path / "watch").hardlink_to(stale)
    seen: list[int] = []

    def seal(plain: Path, target: Path, header: dict[str, Any], key: Vault) -> tuple[Path, str]:
        assert list((tmp_path / "away").iterdir()) == []
        assert plain.parent == registry.parent
        seen.append(plain.stat().st_mode & 0o777)
        return seal_file(plain, target, header, key)

    monkeypatch.setattr("evac.operations.backup.seal_file", seal)
    before = os.umask(0o022)
    try:
        done = back_up(registry, tmp_path / "away", vault, at=NOW)
        new = restore(done.path, tmp_path / "new.sqlite", vault).path
    finally:
        os.umask(before)
    assert seen == [0o600]
    assert new.stat().st_mode & 0o777 == 0o600
    assert TRACES[0] not in watch.read_bytes()
    assert not stale.exists()


def test_no_byte_of_a_backup_can_be_changed(tmp_path: Path, registry: Path, vault: Vault) -> None:
    path = back_up(registry, tmp_path / "away", vault, at=NOW).path
    data = path.read_bytes()
    rng = random.Random(1)
    cuts = [data[:n] for n in (0, 9, 40, 400, len(data) - 1)] + [data + b"x" * 40]
    flips = []
    for _ in range(12):
        at = rng.randrange(len(data))
        flips.append(data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :])
    for n, changed in enumerate(cuts + flips):
        broken = tmp_path / "away" / f"{n}.evbackup"
        broken.write_bytes(changed)
        with pytest.raises(RiskmapError):
            restore(broken, tmp_path / "new.sqlite", vault)
        assert not (tmp_path / "new.sqlite").exists()
    with pytest.raises(EvacError, match="another key"):
        restore(path, tmp_path / "new.sqlite", Vault.make())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["away", "node"]


def test_an_altered_registry_gives_no_backup(tmp_path: Path, registry: Path, vault: Vault) -> None:
    with closing(sqlite3.connect(registry)) as raw:
        raw.execute("UPDATE event SET actor = 'x' WHERE sequence = 9")
        raw.commit()
    with pytest.raises(ConflictError, match="entry 9"):
        back_up(registry, tmp_path / "away", vault, at=NOW)
    with pytest.raises(ConflictError, match="entry"):
        back_up(registry, tmp_path / "away", vault, at=NOW, witness=[Head(300, bytes(32))])
    assert list((tmp_path / "away").iterdir()) == []


def test_what_cannot_be_copied_is_said(tmp_path: Path, registry: Path, vault: Vault) -> None:
    with pytest.raises(SourceError, match="no registry"):
        copy_registry(tmp_path / "none.sqlite", tmp_path / "copy")
    with pytest.raises(SourceError):
        back_up(registry, tmp_path / "none", vault, at=NOW)
    with pytest.raises(DataError, match="not a backup"):
        sealed_header(registry)


def test_the_key_is_kept_apart_under_a_passphrase(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evac.operations.backup._SCRYPT", {"n": 16, "r": 8, "p": 1})
    text = wrap_key(vault, "正确 马 电池 订书钉 2106", event="2106")
    assert vault.key.hex() not in text
    assert unwrap_key(text, "正确 马 电池 订书钉 2106").key == vault.key
    with pytest.raises(EvacError, match="another passphrase"):
        unwrap_key(text, "错误 马 电池 订书钉 2106")
    with pytest.raises(DataError, match="too short"):
        wrap_key(vault, "short", event="2106")
    with pytest.raises(DataError, match="not a copy"):
        unwrap_key("{}", "x")


def test_backups_die_with_the_key_and_a_node_has_none_any_more(
    tmp_path: Path, registry: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evac.privacy.destroy.print_certificate", lambda *_: b"%PDF-")
    key_file = tmp_path / "node" / "r.key"
    write_node(key_file, Node("330902-S1", "2106", KEY, vault.key))
    taken = back_up(registry, tmp_path / "away", vault, at=NOW)
    order = Destruction("2106", "330902-S1", "张三", "响应结束", (key_file,), (taken.head,))
    destroy_event(lambda: SQLiteStore(registry), order, key=KEY, out=tmp_path / "out", now=lambda: NOW)
    assert vault.key.hex() not in key_file.read_text()
    with pytest.raises(ConfigError, match="key was destroyed"):
        read_node(key_file)
    assert not forget_key(key_file)
    later = Vault.make()  # the chain that is left is worth a backup, too
    left = back_up(registry, tmp_path / "away", later, at=NOW, witness=[taken.head])
    assert restore(left.path, tmp_path / "left.sqlite", later).rows == Rows(0, 0, 0)
