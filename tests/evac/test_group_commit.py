"""Waiting callers share a transaction, and each gets the answer of its own events."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from evac.events import Envelope
from evac.group_commit import GroupCommit
from evac.registry import Appended, Registry
from evac.store.memory import MemoryStore
from evac.store.sqlite import SQLiteStore
from riskmap.errors import SourceError
from tests.evac.scenes import LATER, make_event


class Slow(MemoryStore):
    """Counts its transactions, and lets the first wait until the others have come."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[int] = []
        self.gate = threading.Event()

    def append(self, events: Sequence[Envelope], *, received_at: datetime) -> Appended:
        self.gate.wait(10)
        self.batches.append(len(events))
        if any(event.place == "坏" for event in events):
            raise SourceError("no", where="here")
        return super().append(events, received_at=received_at)


def _writer(store: MemoryStore) -> GroupCommit:
    return GroupCommit(Registry(store), clock=lambda: LATER)


def test_who_waits_together_is_stored_together_and_answered_alone() -> None:
    store = Slow()
    twice = make_event("notified")
    with _writer(store) as writer:
        answers = [writer.submit([make_event("notified", n)]) for n in range(20)]
        answers += [
            writer.submit([twice]),
            writer.submit([twice]),
            writer.submit([replace(twice, place="S9")]),
        ]
        refused = writer.submit([make_event("closed", 9, code="7" + "D" * 25)])
        store.gate.set()
        assert all(len(answer.result(10).stored) == 1 for answer in answers[:21])
        again, odd = answers[21].result(10), answers[22].result(10)
        assert (again.stored, again.repeated) == ((), (twice.event_id,))
        assert (odd.repeated, odd.conflicting) == ((twice.event_id,), (twice.event_id,))
        assert "closed is legal from" in refused.result(10).refused[0].reason
    assert len(store.batches) <= 3


def test_one_callers_fault_is_not_the_others() -> None:
    store = Slow()
    with _writer(store) as writer:
        first = writer.submit([make_event("notified")])
        good, bad = (
            writer.submit([make_event("notified")]),
            writer.submit([make_event("notified", place="坏")]),
        )
        store.gate.set()
        assert first.result(10).stored
        assert good.result(10).stored
        with pytest.raises(SourceError):
            bad.result(10)


def test_closing_stores_what_waits_and_takes_no_more() -> None:
    store = Slow()
    writer = _writer(store)
    waiting = [writer.submit([make_event("notified", n)]) for n in range(5)]
    threading.Timer(0.05, store.gate.set).start()
    writer.close()
    assert all(answer.done() for answer in waiting)
    with pytest.raises(RuntimeError, match="closed"):
        writer.submit([])
    writer.close()


def test_sixty_four_waiting_callers_on_sqlite(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "r.sqlite")
    events = [make_event("notified", n) for n in range(640)]

    async def caller(writer: GroupCommit, mine: Sequence[Envelope]) -> None:
        for event in mine:
            assert (await writer.check_ins([event])).stored == (event.event_id,)

    async def all_at_once(writer: GroupCommit) -> None:
        await asyncio.gather(*(caller(writer, events[n::64]) for n in range(64)))

    with GroupCommit(Registry(store), clock=lambda: LATER) as writer:
        asyncio.run(all_at_once(writer))
    assert store.head().sequence == 640
    store.close()
