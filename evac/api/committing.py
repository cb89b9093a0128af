"""Events to disk, and who does it: many requests wait, one writer stores for all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Protocol

from evac.events import Envelope
from evac.registry import EventStore, Receipt, Registry
from riskmap.errors import SourceError


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


class Mending:
    """A ``Committer`` that begins again after its store failed: a database that was started anew is written to anew.

    Parameters
    ----------
    open_store : callable
        Opens the store; it is this object's to close.
    make : callable
        Makes the writer before a store.
    """

    def __init__(self, open_store: Callable[[], EventStore], make: Callable[[EventStore], Committer]) -> None:
        self._open_store, self._make = open_store, make
        self._store = open_store()
        self._writer = make(self._store)
        self._broken = False
        self._mending = asyncio.Lock()

    async def check_ins(self, events: Sequence[Envelope]) -> Receipt:
        """See ``Committer.check_ins``. While the store is being mended, who comes waits for that."""
        if self._broken:
            async with self._mending:
                if self._broken:
                    await asyncio.get_running_loop().run_in_executor(None, self._begin_again)
        writer = self._writer
        try:
            return await writer.check_ins(events)
        except SourceError:
            self._broken = self._broken or writer is self._writer
            raise

    def _begin_again(self) -> None:
        self.close()
        self._store = self._open_store()
        self._writer = self._make(self._store)
        self._broken = False

    def close(self) -> None:
        """See ``Committer.close``."""
        self._writer.close()
        self._store.close()
