"""What a plan reads of a store: the same from every store, and from the log what the list does not know."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from evac.model import State
from evac.registry import EventStore, Registry
from evac.roster_row import keep_points
from evac.store.memory import MemoryStore
from evac.store.planning import roster_rows
from evac.store.postgres import PostgresStore
from evac.store.sqlite import SQLiteStore
from tests.evac.world import END, Clerk, make_person, random_events


def filled(store: EventStore) -> EventStore:
    rng = random.Random(5)
    people = [make_person(n, rng) for n in range(60)]
    people = [
        replace(p, longitude=122.0 + n / 100, latitude=30.0) if n % 3 == 0 else p
        for n, p in enumerate(people)
    ]
    keep_points(store, people)
    store.put_people(people[:50])  # ten are known to the log alone
    Registry(store).check_ins(random_events(people, rng, Clerk()), received_at=END)
    return store


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> EventStore:
    if request.param == "sqlite":
        return filled(SQLiteStore(tmp_path / "r.sqlite"))
    database: Callable[[], str] = request.getfixturevalue("database")
    return filled(PostgresStore(database(), set_up=True))


@pytest.mark.parametrize("prefix", ["", "33", "330902", "330903001", "330902002001"])
def test_every_store_gives_the_same_people(store: EventStore, prefix: str) -> None:
    twin = filled(MemoryStore())
    assert prefix or sum(row.longitude is not None for row in roster_rows(store)) == 17
    assert sorted(roster_rows(store, prefix)) == sorted(roster_rows(twin, prefix))
    store.close()


def test_the_log_says_where_people_stand_and_who_is_on_no_list(store: EventStore) -> None:
    rows = {row.code: row for row in roster_rows(store)}
    assert len(rows) == 60
    assert sum(row.household == "" for row in rows.values()) == 10
    states = Registry(store).states
    from evac.crockford import bytes_of_code

    assert all(rows[bytes_of_code(code)].state is state.state for code, state in states.items())
    assert len({row.state for row in rows.values()} - {State.REGISTERED}) > 3
    store.close()
