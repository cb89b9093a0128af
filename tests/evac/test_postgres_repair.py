"""What a crash, a race with a merge, or a restore into another server leaves behind is put right."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing

import psycopg
import pytest

from evac.codes import bytes_of_code
from evac.standing import cell
from evac.state import fold
from evac.store.migrating import migrate
from evac.store.postgres import PostgresStore
from riskmap.errors import SourceError
from tests.evac.scenes import LATER, make_event

X, Y = "7" + "A" * 25, "7" + "B" * 25


def _sound(store: PostgresStore) -> bool:
    truth = fold(store.events())
    states = {code: standing.state for code, standing in store.everybody()}
    return states == truth and store.cells() == Counter(cell(state) for state in truth.values())


def test_what_a_crash_left_marked_is_folded_when_a_writer_opens(
    database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = database()
    with closing(PostgresStore(dsn, set_up=True)) as store:
        monkeypatch.setattr(store, "repair", lambda codes=None: 0)
        store.append(
            [make_event("ordered", 1), make_event("departed", 2), make_event("arrived_shelter", 3)],
            received_at=LATER,
        )
        assert not _sound(store)
    with closing(PostgresStore(dsn, set_up=True)) as store:
        assert _sound(store)


def test_a_merge_that_comes_while_somebody_is_folded_anew_counts_once(database: Callable[[], str]) -> None:
    dsn = database()
    with closing(PostgresStore(dsn, set_up=True)) as one, closing(PostgresStore(dsn)) as other:
        one.append([make_event("arrived_shelter", 5, code=Y, place="S7")], received_at=LATER)
        one.append([make_event("departed", 5, code=X)], received_at=LATER)
        with psycopg.connect(dsn, autocommit=True) as raw:
            raw.execute("UPDATE standing SET refold = true")
        waiting = threading.Thread(target=one.repair)
        with other._raw.transaction():
            other.append([make_event("merged", 9, code=X, into=Y)], received_at=LATER)
            waiting.start()
            waiting.join(0.3)
        waiting.join(10)
        assert not waiting.is_alive()
        assert _sound(one)


def test_a_batch_that_gave_way_in_a_deadlock_is_stored_at_the_second_try(database: Callable[[], str]) -> None:
    dsn = database()
    batch = [make_event("departed", 6, code=X), make_event("departed", 6, code=Y)]
    with closing(PostgresStore(dsn, set_up=True)) as store, psycopg.connect(dsn) as other:
        store.append([make_event("ordered", 5, code=X), make_event("ordered", 5, code=Y)], received_at=LATER)
        # each looks once, so long after it began to wait: the store looks first, and is the one that gives way
        store._raw.execute("SET deadlock_timeout = '2s'")
        other.execute("SET deadlock_timeout = '60s'")
        other.execute("SELECT 1 FROM standing WHERE code = %s FOR UPDATE", (bytes_of_code(Y),))
        writer = threading.Thread(target=store.append, args=(batch,), kwargs={"received_at": LATER})
        writer.start()
        with psycopg.connect(dsn, autocommit=True) as watch:
            while watch.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone() is None:
                pass
        other.execute("SELECT 1 FROM standing WHERE code = %s FOR UPDATE", (bytes_of_code(X),))
        other.commit()
        writer.join()
        assert store.known([event.event_id for event in batch]) == {event.event_id for event in batch}
        assert _sound(store)


@pytest.mark.parametrize("between", ["notified", "exempted", "arrived_shelter"])
def test_a_batch_that_waited_for_somebody_steps_from_what_came_in_between(
    database: Callable[[], str], between: str
) -> None:
    dsn = database()
    batch = [make_event("departed", 7, code=code) for code in (X, Y)]
    with closing(PostgresStore(dsn, set_up=True)) as store, closing(PostgresStore(dsn)) as other:
        store.append([make_event("ordered", 5, code=code) for code in (X, Y)], received_at=LATER)
        writer = threading.Thread(target=store.append, args=(batch,), kwargs={"received_at": LATER})
        with psycopg.connect(dsn, autocommit=True) as watch, other._raw.transaction():
            other.append([make_event(between, 6, code=X)], received_at=LATER)
            writer.start()  # it knows the order to X, and not yet what came after
            while watch.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone() is None:
                pass
        writer.join()
        found = {code: [e.kind for e in events] for code, events in store.events_of([X, Y]).items()}
        assert {code: sorted(kinds) for code, kinds in found.items()} == {
            X: sorted(["departed", between, "ordered"]),
            Y: ["departed", "ordered"],
        }
        assert _sound(store)


def test_many_changes_are_summed_up_when_the_log_is_sealed(
    database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = database()
    monkeypatch.setattr("evac.store.postgres_sql.MANY_CHANGES", "SELECT count(*) > 5 FROM change")
    with closing(PostgresStore(dsn, set_up=True)) as store:
        for minute in range(6):
            store.append(
                [make_event(("left", "arrived_shelter")[minute % 2], minute, code=X)], received_at=LATER
            )
        store.seal()
        assert _sound(store)
    with psycopg.connect(dsn) as raw:
        assert raw.execute("SELECT count(*) FROM change").fetchone() == (1,)


def test_a_restored_registry_goes_on_being_sealed(database: Callable[[], str]) -> None:
    dsn = database()
    with closing(PostgresStore(dsn, set_up=True)) as store:
        store.append([make_event("ordered", 1), make_event("departed", 2, code=Y)], received_at=LATER)
        store.seal()
        store.append([make_event("notified", 3)], received_at=LATER)
    with psycopg.connect(dsn) as raw:  # as pg_restore writes it on a server that has had few transactions
        raw.execute("UPDATE event SET xid = xid + 1000000000")
    with pytest.raises(SourceError, match="evac migrate"):
        PostgresStore(dsn)
    migrate(dsn)
    with closing(PostgresStore(dsn)) as store:
        store.append([make_event("left", 9)], received_at=LATER)
        assert store.seal().sequence == 4
