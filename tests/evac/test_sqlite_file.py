"""What a registry in a SQLite file survives: reopening, other hands, junk, a lock, an interrupt."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from evac.errors import EvacError
from evac.log import verify_chain
from evac.store.sqlite import SQLiteStore
from riskmap.errors import SourceError
from tests.evac.scenes import LATER, START, make_event
from tests.evac.test_store_contract import ANN


def test_sqlite_survives_reopening(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    first = SQLiteStore(path)
    event = make_event("notified")
    first.append([event], received_at=START)
    first.put_people([ANN])
    head = first.head()
    first.close()
    again = SQLiteStore(path, read_only=True)
    assert verify_chain(again.log(), head) == head
    with pytest.raises(SourceError, match="nothing of this batch was acknowledged"):
        again.append([make_event("notified", 2)], received_at=START)
    again.close()
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT label FROM person").fetchone() == ("SYNTHETIC",)
    raw.close()


def test_sqlite_is_durable_by_its_settings(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "r.sqlite")
    assert store._raw.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert store._raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


def test_a_staged_registry_is_one_whole_file_once_it_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    store = SQLiteStore(path).staged()
    assert store._raw.execute("PRAGMA synchronous").fetchone() == (
        1,
    )  # NORMAL: the disk is waited for when the log is folded in
    store.append([make_event("notified")], received_at=START)
    head = store.head()
    store.close()
    assert [p.name for p in tmp_path.iterdir()] == ["r.sqlite"]
    with closing(SQLiteStore(path, read_only=True)) as again:
        assert verify_chain(again.log(), head) == head


def test_an_edit_by_other_hands_is_found(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    store = SQLiteStore(path)
    store.append([make_event("notified", m) for m in range(5)], received_at=START)
    store._raw.execute("UPDATE event SET place = 'S2' WHERE sequence = 3")
    with pytest.raises(EvacError, match="entry 3"):
        verify_chain(store.log())
    store.close()


def test_sqlite_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no such file|unable"):
        SQLiteStore(tmp_path / "none.sqlite", read_only=True)
    junk = tmp_path / "junk.sqlite"
    junk.write_bytes(b"not a database at all, but long enough to look at" * 40)
    with pytest.raises(SourceError, match="not a database"):
        SQLiteStore(junk)
    other = SQLiteStore(tmp_path / "other.sqlite")
    other.put_labels({"schema": "99"})
    other.close()
    with pytest.raises(SourceError, match="another version"):
        SQLiteStore(tmp_path / "other.sqlite")


def test_a_locked_database_is_an_error_and_not_a_loss(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    store = SQLiteStore(path)
    store._raw.execute("PRAGMA busy_timeout=10")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(SourceError, match="locked"):
        store.append([make_event("notified")], received_at=START)
    other.execute("ROLLBACK")
    other.close()
    assert store.append([make_event("notified")], received_at=START).stored
    store.close()


def test_an_interrupted_transaction_stops_no_later_one(tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "r.sqlite")) as store:
        store._raw.execute("BEGIN IMMEDIATE")  # what an interrupt between two byte codes leaves
        store._raw.execute("INSERT INTO label VALUES ('half', 'written')")
        assert store.append([make_event("registered", 1)], received_at=START).stored
        assert "half" not in store.labels()


def test_a_person_without_a_code_is_refused(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "r.sqlite")
    with pytest.raises(EvacError, match="without a code"):
        store.put_people([replace(ANN, code="")])
    store.close()


@pytest.mark.parametrize("written_to", [False, True], ids=["alone", "beside a writer"])
def test_the_log_of_a_large_registry_has_its_length_before_the_first_event_and_nothing_else_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written_to: bool
) -> None:
    path = tmp_path / "r.sqlite"
    with closing(SQLiteStore(path)) as store:
        store.append([make_event("ordered", n) for n in range(1, 4)], received_at=LATER)
        before, tables = store.head(), store._raw.execute("SELECT name FROM sqlite_master").fetchall()
    monkeypatch.setattr("evac.store.sqlite._LOG_PAGES", (8, 30))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        if written_to:
            other.execute("BEGIN IMMEDIATE")
        with closing(SQLiteStore(path)) as store:  # it waits for nobody
            log = Path(f"{path}-wal")
            assert (log.exists() and log.stat().st_size > 15 * 2048) is not written_to
            assert store.head() == before
            assert store._raw.execute("SELECT name FROM sqlite_master").fetchall() == tables
            if written_to:
                other.execute("ROLLBACK")
            store.append([make_event("departed", 9)], received_at=LATER)
            assert other.execute("SELECT count(*) FROM event").fetchone() == (4,)
            assert verify_chain(store.log()).sequence == 4
