"""One contract, every store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from evac.codes import short_code
from evac.errors import EvacError
from evac.log import Head, verify_chain
from evac.model import Category, Destination, Person, Shelter, Stay, Vulnerability
from evac.registry import EventStore
from evac.store.memory import MemoryStore
from evac.store.sqlite import SQLiteStore
from riskmap.errors import SourceError
from tests.evac.scenes import START, make_event

ANN = Person(
    code="7" * 26, name="演练00001'; DROP TABLE person;--", household="H1", county="330902", village="330902999001",
    village_name="<b>村</b>", category=Category.FISH_FARM, destination=Destination(Stay.SHELTER, "S1"),
    vulnerability=(Vulnerability.ILL, Vulnerability.NO_PHONE), helper="乙", printed=False, signed=b"\0\xff", synthetic=True,
)  # fmt: skip


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventStore]:
    made: EventStore = MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "r.sqlite")
    yield made
    made.close()


def test_events_are_kept_in_order_and_chained(store: EventStore) -> None:
    assert store.head() == Head()
    events = [make_event("notified", m) for m in range(1200)]
    done = store.append(events[:700], received_at=START)
    assert done.stored == tuple(events[:700])
    store.append(events[700:], received_at=START + timedelta(hours=1))
    assert [entry.event for entry in store.log()] == events
    assert verify_chain(store.log()) == store.head()
    assert store.head().sequence == 1200


def test_repeats_are_ignored_within_and_between_batches(store: EventStore) -> None:
    event = make_event("arrived_shelter")
    done = store.append([event, event], received_at=START)
    assert (done.stored, done.repeated, done.conflicting) == ((event,), (event.event_id,), ())
    held = replace(event, trusted_at=event.trusted_at - timedelta(minutes=1))
    done = store.append([event, held], received_at=START)
    assert (done.stored, done.repeated, done.conflicting) == ((), (event.event_id,) * 2, ())
    assert store.head().sequence == 1


def test_one_id_with_another_content_is_kept_out_and_named(store: EventStore) -> None:
    event = make_event("arrived_shelter")
    store.append([event], received_at=START)
    done = store.append([replace(event, place="S2")], received_at=START)
    assert done.conflicting == (event.event_id,)
    assert [entry.event for entry in store.log()] == [event]


def test_people_shelters_and_labels_return(store: EventStore) -> None:
    store.put_people([ANN])
    store.put_people([replace(ANN, helper=None)])
    store.put_shelters([Shelter("S1", "点", "330902", 60, True)])
    store.put_labels({"label": "SYNTHETIC"})
    assert list(store.people()) == [replace(ANN, helper=None)]
    assert store.person(ANN.code) == store.person(short_code(ANN.code)) == replace(ANN, helper=None)
    assert store.person("0" * 26) is None
    assert store.person("0" * 11) is None
    assert list(store.shelters()) == [Shelter("S1", "点", "330902", 60, True)]
    assert store.labels()["label"] == "SYNTHETIC"


def test_nothing_of_a_failed_batch_is_kept(store: EventStore) -> None:
    good, bad = make_event("notified"), make_event("notified", actor="\ud800")
    with pytest.raises(UnicodeEncodeError):
        store.append([good, bad], received_at=START)
    assert store.head() == Head()
    assert store.append([good], received_at=START).stored == (good,)


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


def test_an_edit_by_other_hands_is_found(tmp_path: Path) -> None:
    path = tmp_path / "r.sqlite"
    store = SQLiteStore(path)
    store.append([make_event("notified", m) for m in range(5)], received_at=START)
    store._raw.execute("UPDATE event SET body = replace(body, 'S1', 'S2') WHERE sequence = 3")
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


def test_a_person_without_a_code_is_refused(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "r.sqlite")
    with pytest.raises(EvacError, match="without a code"):
        store.put_people([replace(ANN, code="")])
    store.close()
