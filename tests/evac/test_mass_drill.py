"""The drill of two million in small: exact on every store; a lost message is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from benchmarks.check_ins.drill import drill
from evac.events import Envelope
from evac.registry import Appended, EventStore
from evac.store.memory import MemoryStore
from evac.store.postgres import PostgresStore
from evac.store.sqlite import SQLiteStore


@pytest.mark.parametrize("kind", ["memory", "sqlite", "postgres"])
def test_the_drill_is_exact(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    made: dict[str, Callable[[], EventStore]] = {
        "memory": MemoryStore,
        "sqlite": lambda: SQLiteStore(tmp_path / "r.sqlite"),
        "postgres": lambda: PostgresStore(request.getfixturevalue("database")(), set_up=True),
    }
    with closing(made[kind]()) as store:
        found = drill(store, 1500)
    assert (found.wrong, found.messages > found.stored > 4000) == (0, True)


class Forgetful(MemoryStore):
    """Says that it stored what it did not."""

    def append(self, events: Sequence[Envelope], *, received_at: datetime) -> Appended:
        if len(events) < 1000:
            return super().append(events, received_at=received_at)
        done = super().append(events[:-1], received_at=received_at)
        return Appended((*done.stored, events[-1]), done.repeated, done.conflicting)


def test_a_store_that_forgets_one_is_found_out() -> None:
    assert drill(Forgetful(), 1500).wrong > 0
