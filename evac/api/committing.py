"""Events to disk, and who does it: many requests wait, one writer stores for all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Protocol

from evac.events import Envelope
from evac.registry import EventStore, Receipt, Registry


class Committer(Protocol):
    """What the server needs of whoever writes: ``evac.group_commit.GroupCommit``."""

    async def check_ins(self, events: Sequence[Envelope]) -> Receipt:
        """Store events; the receipt comes when they are durable. Who stops waiting stops nothing."""
        ...

    def close(self) -> None:
        """Store what waits, then end."""
        ...


class OneByOne:
    """A ``Committer`` that stores each list by itself, for tests and for stores in memory."""

    def __init__(self, store: EventStore, clock: Callable[[], datetime]) -> None:
        self._registry, self._clock = Registry(store), clock
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="evac-write")

    async def check_ins(self, events: Sequence[Envelope]) -> Receipt:
        """See ``Committer.check_ins``."""
        return await asyncio.shield(asyncio.wrap_future(self._pool.submit(self._store, events)))

    def _store(self, events: Sequence[Envelope]) -> Receipt:
        return self._registry.check_ins(events, received_at=self._clock())

    def close(self) -> None:
        """See ``Committer.close``."""
        self._pool.shutdown()
