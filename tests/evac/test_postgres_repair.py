"""What a crash, a race with a merge, or a restore into another server leaves behind is put right."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg
import pytest

from evac.codes import bytes_of_code
from evac.standing import cell
from evac.state import fold
from evac.store import postgres
from evac.store.migrating import migrate
from evac.store.postgres import PostgresStore
from riskmap.errors import SourceError
from tests.evac.scenes import LATER, make_event

X, Y = "7" + "A" * 25, "7" + "B" * 25


each_way = pytest.mark.parametrize("one_pass", [False, True])


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
            [make_event("arrived_shelter", 3), make_event("ordered", 1), make_event("departed", 2)],
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


def _waits(watch: psycopg.Connection[Any], store: PostgresStore) -> bool:
    backend = store._raw.info.backend_pid
    return watch.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pid = %s", (backend,)).rowcount == 1


def _lock(connection: psycopg.Connection[Any], code: str) -> None:
    connection.execute("SELECT 1 FROM standing WHERE code = %s FOR UPDATE", (bytes_of_code(code),))


@each_way
def test_a_batch_that_gave_way_in_deadlocks_is_stored_when_the_others_have_ended(
    database: Callable[[], str], monkeypatch: pytest.MonkeyPatch, one_pass: bool
) -> None:
    dsn, ended = database(), threading.Event()
    batch = [make_event("departed", 6, code=code) for code in (X, Y)]
    pauses: list[float] = []
    monkeypatch.setattr(
        postgres, "sleep", lambda pause: (pauses.append(pause), ended.wait(30), ended.clear())
    )
    with closing(PostgresStore(dsn, set_up=True)) as store, psycopg.connect(dsn) as other:
        store._one_pass = one_pass
        store.append([make_event("ordered", 5, code=X), make_event("ordered", 5, code=Y)], received_at=LATER)
        # each looks once, so long after it began to wait: the store looks first, and is the one that gives way
        store._raw.execute("SET deadlock_timeout = '2s'")
        other.execute("SET deadlock_timeout = '60s'")
        _lock(other, Y)
        with ThreadPoolExecutor() as pool, psycopg.connect(dsn, autocommit=True) as watch:
            stored = pool.submit(store.append, batch, received_at=LATER)
            for more in (True, False):
                while not _waits(watch, store):
                    pass
                _lock(other, X)
                other.commit()
                if more:
                    _lock(other, Y)  # before the store comes back
                ended.set()
            assert list(stored.result(60).stored) == batch
        assert len(pauses) == 2
        assert _sound(store)


@each_way
@pytest.mark.parametrize("between", ["notified", "exempted", "arrived_shelter"])
def test_a_batch_that_waited_for_somebody_steps_from_what_came_in_between(
    database: Callable[[], str], between: str, one_pass: bool
) -> None:
    dsn = database()
    batch = [make_event("departed", 7, code=code) for code in (X, Y)]
    with closing(PostgresStore(dsn, set_up=True)) as store, closing(PostgresStore(dsn)) as other:
        store._one_pass = one_pass
        store.append([make_event("ordered", 5, code=code) for code in (X, Y)], received_at=LATER)
        writer = threading.Thread(target=store.append, args=(batch,), kwargs={"received_at": LATER})
        with psycopg.connect(dsn, autocommit=True) as watch, other._raw.transaction():
            other.append([make_event(between, 6, code=X)], received_at=LATER)
            writer.start()  # it knows the order to X, and not yet what came after
            while not _waits(watch, store):
                pass
        writer.join()
        found = {code: [e.kind for e in events] for code, events in store.events_of([X, Y]).items()}
        assert {code: sorted(kinds) for code, kinds in found.items()} == {
            X: sorted(["departed", between, "ordered"]),
            Y: ["departed", "ordered"],
        }
        assert _sound(store)


@each_way
@pytest.mark.parametrize("times", [1, 2, 11])
def test_a_batch_with_several_events_of_somebody_is_one_path_of_plain_steps(
    database: Callable[[], str], one_pass: bool, times: int
) -> None:
    dsn = database()
    with closing(PostgresStore(dsn, set_up=True)) as store:
        store._one_pass = one_pass
        folded: list[bytes] = []
        repair = store.repair
        store.repair = lambda codes=None: folded.extend(codes or ()) or repair(codes)  # type: ignore[method-assign,func-returns-value]
        lives = [("ordered", "departed", "arrived_shelter", "left")[n % 4] for n in range(times)]
        batch = [make_event(kind, n, code=code) for n, kind in enumerate(lives) for code in (X, Y)]
        again = [*batch, batch[0], batch[-1]]
        answer = store.append(again, received_at=LATER)
        assert (list(answer.stored), sorted(answer.repeated)) == (
            batch,
            sorted(e.event_id for e in (batch[0], batch[-1])),
        )
        assert not folded
        assert {code: events[::-1] for code, events in store.events_of([X, Y]).items()} == {
            code: [event for event in batch if event.code == code] for code in (X, Y)
        }
        assert _sound(store)


@each_way
def test_gateways_that_carry_the_same_people_do_not_lock_each_other_out(
    database: Callable[[], str], one_pass: bool
) -> None:
    dsn, people, gateways = database(), [f"7{n:025d}" for n in range(40)], 4
    locked_out = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"

    def carry(gateway: int) -> None:
        rng = random.Random(gateway)
        with closing(PostgresStore(dsn)) as mine:
            mine._one_pass = one_pass
            mine._raw.execute("SET deadlock_timeout = '20ms'")
            for minute in range(12):
                batch = [make_event("arrived_shelter", minute, code=code) for code in rng.sample(people, 25)]
                mine.append(batch, received_at=LATER)

    with closing(PostgresStore(dsn, set_up=True)) as store:
        store.append([make_event("ordered", 0, code=code) for code in people], received_at=LATER)
        store._raw.execute("ANALYZE standing")
        before = store._raw.execute(locked_out).fetchone()
        with ThreadPoolExecutor(gateways) as pool:
            list(pool.map(carry, range(gateways)))
        assert _sound(store)
    with psycopg.connect(dsn, autocommit=True) as raw:
        assert raw.execute(locked_out).fetchone() == before


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
