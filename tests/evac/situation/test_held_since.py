"""Since when people are in a state is the same answer of every store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from evac.model import State
from evac.registry import EventStore, Registry
from evac.situation.people import ALARMING
from evac.store.counting import held_since, newest_event
from evac.store.memory import MemoryStore
from evac.store.postgres import PostgresStore
from evac.store.sqlite import SQLiteStore
from tests.evac.world import COUNTIES, END, START, Clerk


def told(store: EventStore) -> EventStore:
    clerk = Clerk()
    steps = ("registered", "ordered", "notified", "departed", "missing")
    events = [
        clerk.event(
            kind,
            10 * n + step,
            code=f"7{n:025d}",
            **({"county": COUNTIES[n % 2]} if kind == "registered" else {}),
        )
        for n in range(5)
        for step, kind in enumerate(steps if n else steps[:2])
    ]
    Registry(store).check_ins(events, received_at=END)
    return store


def test_every_store_says_the_same(tmp_path: Path, database: Callable[[], str]) -> None:
    stores = [MemoryStore(), SQLiteStore(tmp_path / "r.sqlite"), PostgresStore(database(), set_up=True)]
    found = [held_since(told(store), COUNTIES, ALARMING) for store in stores]
    assert found[0] == found[1] == found[2]
    missing = found[0][COUNTIES[0], State.MISSING]
    assert (missing.people, missing.oldest, missing.newest) == (
        2,
        START + timedelta(minutes=24),
        START + timedelta(minutes=44),
    )
    assert held_since(stores[1], [COUNTIES[1]], ALARMING) == {
        k: v for k, v in found[0].items() if k[0] == COUNTIES[1]
    }
    assert {newest_event(store)[1] for store in stores} == {END}
    assert {newest_event(store)[0] for store in stores[:2]} == {22}, (
        "a database numbers on over what was emptied"
    )
    assert held_since(stores[1], [], ALARMING) == {}
    assert newest_event(MemoryStore()) == (0, None)
    for store in stores:
        store.close()
