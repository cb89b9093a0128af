"""Three registries, one over each store, live through the same: they answer alike and always say what the fold says."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from evac.events import ABOUT_EVENTS, ASIDE, COMMANDS, KINDS, Envelope
from evac.log import Head, verify_chain
from evac.registry import EventStore, Receipt, Registry
from evac.state import fold
from evac.store.memory import MemoryStore
from evac.store.postgres import PostgresStore
from evac.store.sqlite import SQLiteStore
from tests.evac.scenes import START, make_event

CODES = [f"7{letter * 25}" for letter in "ABC"]
FACTS = sorted(KINDS.keys() - COMMANDS - ABOUT_EVENTS - ASIDE)
ORDERS = sorted(COMMANDS - ABOUT_EVENTS)


class Registries(RuleBasedStateMachine):
    """What may happen to a registry."""

    open_stores: Callable[[], dict[str, EventStore]]
    reopen: Callable[[str, EventStore], EventStore]

    def __init__(self) -> None:
        super().__init__()
        self.stores = self.open_stores()
        self.sent: list[Envelope] = []
        self.heads: dict[str, list[Head]] = {name: [] for name in self.stores}

    def teardown(self) -> None:
        for store in self.stores.values():
            store.close()

    def send(self, *events: Envelope, minute: int = 600) -> None:
        """The same events to every registry: the same answer, whatever the store."""
        self.sent += events
        answers: dict[str, Receipt] = {
            name: Registry(store).check_ins(events, received_at=START + timedelta(minutes=minute))
            for name, store in self.stores.items()
        }
        told = {_plain(answer) for answer in answers.values()}
        assert len(told) == 1, answers

    @rule(
        kind=st.sampled_from(FACTS),
        code=st.sampled_from(CODES),
        minute=st.integers(0, 60),
        place=st.sampled_from("ST"),
    )
    def fact(self, kind: str, code: str, minute: int, place: str) -> None:
        self.send(make_event(kind, minute, code=code, place=place, counter=len(self.sent)))

    @rule(
        kinds=st.lists(st.sampled_from(FACTS + ORDERS), min_size=2, max_size=5), code=st.sampled_from(CODES)
    )
    def life(self, kinds: list[str], code: str) -> None:
        self.send(*(make_event(k, 3 * n, code=code, counter=len(self.sent) + n) for n, k in enumerate(kinds)))

    @rule(kind=st.sampled_from(ORDERS), code=st.sampled_from(CODES), minute=st.integers(0, 60))
    def command(self, kind: str, code: str, minute: int) -> None:
        self.send(make_event(kind, minute, code=code, counter=len(self.sent)))

    @rule(data=st.data(), minute=st.integers(0, 60))
    def undo(self, data: st.DataObject, minute: int) -> None:
        if self.sent:
            target = data.draw(st.sampled_from(self.sent))
            self.send(
                make_event("undone", minute, code=target.code, target=target.event_id, counter=len(self.sent))
            )

    @rule(code=st.sampled_from(CODES), into=st.sampled_from(CODES), minute=st.integers(0, 60))
    def merge(self, code: str, into: str, minute: int) -> None:
        self.send(make_event("merged", minute, code=code, into=into, counter=len(self.sent)))

    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        if self.sent:
            self.send(*data.draw(st.lists(st.sampled_from(self.sent), max_size=4)))

    @rule(kind=st.sampled_from(FACTS), code=st.sampled_from(CODES), minute=st.integers(31, 90))
    def from_the_future(self, kind: str, code: str, minute: int) -> None:
        self.send(make_event(kind, minute, code=code, counter=len(self.sent)), minute=30)

    @rule(kind=st.sampled_from(sorted(ASIDE)), code=st.sampled_from(CODES))
    def aside(self, kind: str, code: str) -> None:
        self.send(make_event(kind, code=code, counter=len(self.sent)))

    @rule()
    def restart(self) -> None:
        self.stores = {name: self.reopen(name, store) for name, store in self.stores.items()}

    @rule()
    def witness(self) -> None:
        for name, store in self.stores.items():
            self.heads[name].append(store.seal())

    @invariant()
    def what_is_said_is_the_fold(self) -> None:
        said = []
        for name, store in self.stores.items():
            events = list(store.events())
            assert Registry(store).states == fold(events)
            assert len({event.event_id for event in events}) == len(events)
            said.append({event.event_id: event for event in events})
            store.seal()
            verify_chain(store.log(), self.heads[name])
        assert all(one == said[0] for one in said)


def _plain(answer: Receipt) -> tuple[Any, ...]:
    refused = sorted((refusal.event.event_id, refusal.reason) for refusal in answer.refused)
    return (
        tuple(sorted(answer.stored)), tuple(sorted(answer.repeated)), tuple(sorted(answer.conflicting)), tuple(refused),
    )  # fmt: skip


@pytest.mark.slow
def test_every_store_lives_the_same_life(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database: Callable[[], str] = request.getfixturevalue("database")
    dsn = database()
    files: list[Path] = []
    one_pass = itertools.cycle((True, False))

    def open_stores(_: Registries) -> dict[str, EventStore]:
        database()
        files.append(tmp_path / f"r{len(files)}.sqlite")
        return {
            "memory": MemoryStore(), "sqlite": SQLiteStore(files[-1]), "postgres": PostgresStore(dsn, set_up=True),
        }  # fmt: skip

    def reopen(_: Registries, name: str, store: EventStore) -> EventStore:
        if name == "memory":
            return store
        store.close()
        if name == "sqlite":
            return SQLiteStore(files[-1])
        again = PostgresStore(dsn)
        again._one_pass = next(one_pass)
        return again

    machine = type("Here", (Registries,), {"open_stores": open_stores, "reopen": reopen})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
