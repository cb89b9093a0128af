"""Reading beside the writer: threads that each hold a store of their own, so that no reader sees half a batch."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Generic, TypeVar

from evac.registry import EventStore
from riskmap.errors import SourceError

T = TypeVar("T")
_THREADS: Final = 2


class Readers:
    """A few threads with a store each, opened on first use, and opened anew after an error.

    Parameters
    ----------
    make : callable
        Opens a store.
    owned : bool
        False where ``make`` gives a store that somebody else closes.
    """

    def __init__(
        self, make: Callable[[], EventStore], *, owned: bool = True, threads: int = _THREADS
    ) -> None:
        self._make, self._owned = make, owned
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="evac-read")
        self._mine = threading.local()
        self._all: list[EventStore] = []

    async def run(self, work: Callable[[EventStore], T]) -> T:
        """What ``work`` makes of a store, in one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._work, work)

    def begin(self, work: Callable[[EventStore], T]) -> Future[T]:
        """Do it in one of the threads, whenever that is; nobody waits."""
        return self._pool.submit(self._work, work)

    def _work(self, work: Callable[[EventStore], T]) -> T:
        store: EventStore | None = getattr(self._mine, "store", None)
        if store is None:
            store = self._mine.store = self._make()
            self._all.append(store)
        try:
            return work(store)
        except SourceError:
            self._mine.store = None  # a lost connection is made again by the next who asks
            self._all.remove(store)
            if self._owned:
                store.close()
            raise

    def close(self) -> None:
        """End the threads, then close what they held."""
        self._pool.shutdown()
        for store in self._all if self._owned else ():
            store.close()


class Kept(Generic[T]):
    """What a question gave, kept for a moment: however many ask, the store is asked once.

    Parameters
    ----------
    seconds : float
        How old an answer may be.
    """

    def __init__(self, readers: Readers, *, seconds: float) -> None:
        self._readers, self._seconds = readers, seconds
        self._asking = asyncio.Lock()
        self._answer: tuple[float, T] | None = None

    async def get(self, work: Callable[[EventStore], T]) -> T:
        """The answer, asked for anew where it is too old."""
        async with self._asking:
            if self._answer is None or time.monotonic() - self._answer[0] >= self._seconds:
                began = time.monotonic()
                self._answer = (began, await self._readers.run(work))
            return self._answer[1]


class Lookups:
    """Codes of all who wait at once are looked up together: one turn of a thread for a group, as its commit was one."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._codes: set[str] = set()
        self._answer: asyncio.Future[frozenset[str]] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def unknown(self, codes: Collection[str]) -> Awaitable[frozenset[str]]:
        """Codes on no list, of these and maybe of others who asked in the same moment."""
        loop = asyncio.get_running_loop()
        if self._answer is None:
            self._answer = loop.create_future()
            self._answer.add_done_callback(_heard)
            loop.call_soon(self._start)
        self._codes.update(codes)
        return asyncio.shield(self._answer)  # who goes away takes nobody's answer along

    def _start(self) -> None:
        codes, answer = self._codes, self._answer
        assert answer is not None
        self._codes, self._answer = set(), None
        task = asyncio.get_running_loop().create_task(self._fill(codes, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fill(self, codes: set[str], answer: asyncio.Future[frozenset[str]]) -> None:
        try:
            found = await self._readers.run(lambda store: frozenset(codes) - store.listed(codes))
        except Exception as error:
            if not answer.cancelled():
                answer.set_exception(error)
        else:
            if not answer.cancelled():
                answer.set_result(found)


def _heard(answer: asyncio.Future[frozenset[str]]) -> None:
    """An error is nobody's where all who asked had no time to wait for it."""
    if not answer.cancelled():
        answer.exception()
