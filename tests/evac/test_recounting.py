"""Counts that were cooked without touching the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from evac.codes import mint
from evac.errors import ConflictError
from evac.recounting import recount
from evac.registry import EventStore, Registry
from evac.store.memory import MemoryStore
from evac.store.postgres import PostgresStore
from evac.store.sqlite import SQLiteStore
from evac.witness import audit
from tests.evac.scenes import START, make_event

LATER = START + timedelta(days=3)
CODES = [mint() for _ in range(40)]


def fill(store: EventStore) -> EventStore:
    """Forty people, of whom two were entered twice, and events of every sort."""
    registry = Registry(store)
    for minute, kind in enumerate(("registered", "ordered", "arrived_shelter", "left", "arrived_relatives")):
        registry.check_ins([make_event(kind, minute, code=code) for code in CODES], received_at=LATER)
    undone = make_event("departed", 9, code=CODES[3])
    late = make_event("notified", 1.5, code=CODES[4])
    merged = [make_event("merged", 11, code=CODES[n], into=CODES[n + 1]) for n in (7, 9)]
    registry.check_ins(
        [undone, make_event("undone", 10, code=CODES[3], target=undone.event_id), late, *merged,
         make_event("passed", 12, code=CODES[1])],
        received_at=LATER,
    ).require_all()  # fmt: skip
    return store


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventStore]:
    made: EventStore = MemoryStore()
    if request.param == "sqlite":
        made = SQLiteStore(tmp_path / "r.sqlite")
    elif request.param == "postgres":
        made = PostgresStore(request.getfixturevalue("database")(), set_up=True)
    yield fill(made)
    made.close()


@pytest.mark.parametrize("at_once", [10**6, 50, 7])
def test_what_is_kept_is_what_the_log_says(store: EventStore, at_once: int) -> None:
    assert recount(store, at_once=at_once) == len(CODES)


EDITS = [
    "UPDATE standing SET state = 5 WHERE code = (SELECT code FROM standing ORDER BY code LIMIT 1 OFFSET 3)",
    "UPDATE standing SET place = 'S9' WHERE code = (SELECT code FROM standing ORDER BY code LIMIT 1 OFFSET 4)",
    "DELETE FROM standing WHERE code = (SELECT code FROM standing ORDER BY code LIMIT 1 OFFSET 5)",
    "UPDATE change SET n = n + 1 WHERE rowid = (SELECT max(rowid) FROM change)",
    "DELETE FROM change WHERE rowid = 2",
    "INSERT INTO change SELECT county, category, state, stay, due, 'S77', 1 FROM change WHERE place <> '' LIMIT 1",
    "UPDATE event SET previous = NULL WHERE sequence = 130",
    "UPDATE event SET previous = previous - 1 WHERE sequence = 150",
    "UPDATE standing SET last = last - 1 WHERE code = (SELECT code FROM standing ORDER BY code LIMIT 1 OFFSET 6)",
]


@pytest.mark.parametrize("edit", EDITS)
def test_a_cooked_count_is_found_though_the_log_is_sound(tmp_path: Path, edit: str) -> None:
    with closing(SQLiteStore(tmp_path / "r.sqlite")) as store:
        head = fill(store).seal()
        assert store._raw.execute(edit).rowcount == 1
        assert audit(store, head) == head
        with pytest.raises(ConflictError, match="not what the log says"):
            recount(store)


def test_a_cooked_count_on_postgres(database: Callable[[], str]) -> None:
    dsn = database()
    with closing(PostgresStore(dsn, set_up=True)) as store:
        fill(store)
        with psycopg.connect(dsn, autocommit=True) as other:
            other.execute("UPDATE change SET n = n + 5 WHERE ctid = (SELECT max(ctid) FROM change)")
        with pytest.raises(ConflictError, match="not what the log says"):
            recount(store)
