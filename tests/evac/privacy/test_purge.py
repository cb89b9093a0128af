"""What is left of a registry's people in its files: nothing; of its chain: every link."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from evac.codes import bytes_of_code, mint, short_code
from evac.errors import ConflictError
from evac.log import Head
from evac.model import Category, Destination, Person, Stay
from evac.registry import EventStore
from evac.store.postgres import PostgresStore
from evac.store.purge import Rows, purge, rows_of
from evac.store.shredding import forget_key, kept_aside, overwrite, shred
from evac.store.sqlite import SQLiteStore
from evac.vault import Vault
from evac.witness import audit
from riskmap.errors import SourceError
from tests.evac.scenes import START, make_event

LATER = START + timedelta(days=3)
NAMES = ("欧阳修文", "司马相如丙", "上官婉儿丁")
PHONES = ("13800000147", "13900000258")
CODES = [mint() for _ in range(400)]
ACTOR = "王干部甲乙丙"


def fill(store: EventStore, people: int = 400) -> Head:
    """People with names and phones, and several events each."""
    store.put_people(
        [
            Person(
                code=code,
                name=NAMES[n % 3],
                household=f"H{n}",
                county="330902",
                village="330902001203",
                village_name="村",
                category=Category.OTHER,
                destination=Destination(Stay.SHELTER, "S1"),
                phone=PHONES[n % 2],
                helper=NAMES[0],
            )
            for n, code in enumerate(CODES[:people])
        ]
    )
    for kind in ("registered", "ordered", "arrived_shelter", "left", "arrived_shelter"):
        store.append(
            [make_event(kind, n / 10, code=code, actor=ACTOR) for n, code in enumerate(CODES[:people])],
            received_at=LATER,
        )
    return store.seal()


def found(folder: Path, words: list[bytes]) -> dict[str, int]:
    """File -> how many of the words are in its bytes."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    return {
        name: sum(word in data for word in words)
        for name, data in files.items()
        if any(w in data for w in words)
    }


OPEN = [word.encode() for word in (*NAMES, *PHONES)]
TRACES = [form for c in CODES for form in (bytes_of_code(c), c.encode(), short_code(c).encode())] + [
    ACTOR.encode()
]


def test_names_and_phones_are_never_in_the_files_and_codes_not_after_a_purge(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    store = SQLiteStore(path, vault=Vault.make())
    head = fill(store)
    assert found(tmp_path, OPEN) == {}
    assert sum(found(tmp_path, TRACES).values()) > len(CODES)
    assert rows_of(store) == Rows(400, 2000, 400)
    (tmp_path / ".r.sqlite.copy").write_bytes(CODES[0].encode())  # of a backup that was killed
    purge(store, head=head)
    assert found(tmp_path, OPEN + TRACES) == {}
    copied = tmp_path / "copy"
    copied.mkdir()
    (copied / "r.sqlite").write_bytes(path.read_bytes())
    for there in (path, copied / "r.sqlite"):
        with closing(SQLiteStore(there)) as left:
            assert rows_of(left) == Rows(0, 0, 0)
            assert audit(left, head, destroyed=True) == head == left.head()
            assert list(left.people()) == list(left.events()) == []
            with pytest.raises(ConflictError):
                audit(left, head)
    assert found(tmp_path, OPEN + TRACES) == {}


def test_a_purge_goes_on_where_it_was_broken_off(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    store = SQLiteStore(path, vault=Vault.make())
    head = fill(store)
    purge(store, head=head)
    purge(SQLiteStore(path), head=head)
    with closing(SQLiteStore(path)) as left:
        assert audit(left, head, destroyed=True) == head


def test_nothing_goes_while_events_come_in_or_others_hold_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evac.store.purge.WAIT", 0.1)
    path = tmp_path / "r.sqlite"
    store = SQLiteStore(path, vault=Vault.make())
    head = fill(store)
    with pytest.raises(ConflictError, match="came in since"):
        purge(store, head=Head(head.sequence - 1, head.link))
    with closing(SQLiteStore(path)) as other, closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM event").fetchone()
        with pytest.raises(SourceError, match="locked"):
            purge(SQLiteStore(path), head=head)
        assert other.head() == head
        assert rows_of(other) == Rows(400, 2000, 400)


def test_an_event_slipped_in_after_a_purge_is_found(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    store = SQLiteStore(path, vault=Vault.make())
    head = fill(store)
    purge(store, head=head)
    with closing(SQLiteStore(path)) as left:
        left.append([make_event("notified")], received_at=LATER)
        with pytest.raises(ConflictError, match="entry 2001"):
            audit(left, head, destroyed=True)


def test_postgres_keeps_the_links_alone(database: Callable[[], str]) -> None:
    dsn = database()
    vault = Vault.make()
    store = PostgresStore(dsn, set_up=True, vault=vault)
    fill(store)
    head = store.seal()
    with psycopg.connect(dsn) as other:
        other.execute("SELECT count(*) FROM event").fetchone()
        with pytest.raises(SourceError, match="lock"):
            purge(PostgresStore(dsn), head=head)
    store.append([make_event("notified")], received_at=LATER)
    with pytest.raises(ConflictError, match="came in since"):
        purge(PostgresStore(dsn), head=head)
    head = store.seal()
    purge(store, head=head)
    purge(PostgresStore(dsn), head=head)
    with closing(PostgresStore(dsn)) as left:
        assert rows_of(left) == Rows(0, 0, 0)
        assert audit(left, head, destroyed=True) == head


def test_postgres_keeps_no_code_in_its_tables(database: Callable[[], str]) -> None:
    dsn = database()
    store = PostgresStore(dsn, set_up=True, vault=Vault.make())
    fill(store, 60)
    head = store.seal()

    def in_tables() -> int:
        with psycopg.connect(dsn, autocommit=True) as admin:
            admin.execute("CHECKPOINT")
            (folder,) = admin.execute("SHOW data_directory").fetchone() or ("",)
            (number,) = admin.execute(
                "SELECT oid FROM pg_database WHERE datname = current_database()"
            ).fetchone() or (0,)
        tables = Path(folder) / "base" / str(number)
        try:
            return sum(found(tables, OPEN + TRACES[:180]).values())
        except OSError:
            pytest.skip("the server's files are elsewhere")

    assert in_tables() >= 60
    purge(store, head=head)
    assert in_tables() == 0


def test_a_key_goes_and_a_nodes_own_key_stays(tmp_path: Path) -> None:
    node, bare = tmp_path / "n.key", tmp_path / "vault.key"
    node.write_text(json.dumps({"node": "S1", "private": "ab" * 32, "event_key": "cd" * 32}))
    bare.write_bytes(bytes(range(32)))
    assert forget_key(node)
    assert forget_key(bare)
    assert "cd" not in node.read_text()
    assert "ab" * 32 in node.read_text()
    assert "0" * 64 not in node.read_text()  # which would be a key that everybody knows
    assert not bare.exists()
    assert not forget_key(node)
    assert not forget_key(bare)
    assert not shred(bare)


def test_a_file_that_is_removed_is_overwritten_where_it_was(tmp_path: Path) -> None:
    path, watch = tmp_path / "log", tmp_path / "watch"
    path.write_bytes(b"secret" * 100)
    watch.hardlink_to(path)
    with kept_aside(path):
        path.unlink()
    assert b"secret" not in watch.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["watch"]
    with kept_aside(watch):
        pass
    assert watch.exists()
    watch.chmod(0o400)
    with pytest.raises(SourceError, match="could not be overwritten"):
        overwrite(tmp_path / "none")
