"""Events to disk, and who does it: many requests wait, one writer stores for all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Protocol

from evac.events import Envelope
from evac.registry import EventStore, Receipt, Registry


class Committer(Protocol):
    """What the server needs of whoever writes: ``evac.group_commit.GroupCommit``."""

    def submit(self, events: Sequence[Envelope]) -> Future[Receipt]:
        """Events to be stored; the receipt comes when they are durable."""
        ...

    def close(self) -> None:
        """Store what waits, then end."""
        ...


class OneByOne:
    """A ``Committer`` that stores each list by itself, for tests and for stores in memory."""

    def __init__(self, store: EventStore, clock: Callable[[], datetime]) -> None:
        self._registry, self._clock = Registry(store), clock
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="evac-write")

    def submit(self, events: Sequence[Envelope]) -> Future[Receipt]:
        """See ``Committer.submit``."""
        return self._pool.submit(self._store, events)

    def _store(self, events: Sequence[Envelope]) -> Receipt:
        return self._registry.check_ins(events, received_at=self._clock())

    def close(self) -> None:
        """See ``Committer.close``."""
        self._pool.shutdown()


async def stored(committer: Committer, events: Sequence[Envelope]) -> Receipt:
    """The receipt of events, once they are durable. Who hangs up meanwhile stops nothing."""
    return await asyncio.shield(asyncio.wrap_future(committer.submit(events)))
