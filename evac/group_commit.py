"""Callers that wait together share one transaction and one sync of the disk: a check-in's price is mostly the sync."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Final, NamedTuple

from evac.events import Envelope
from evac.registry import Receipt, Registry

AT_ONCE: Final = 2000
"""Events in one transaction at most; what waits longer goes into the next."""


class _Waiting(NamedTuple):
    events: Sequence[Envelope]
    answer: Future[Receipt] | asyncio.Future[Receipt]
    loop: asyncio.AbstractEventLoop | None = None  # whose thread alone may touch the answer


class GroupCommit:
    """One writer thread before a registry; everybody else hands in events and waits for a durable answer.

    Each caller's events are judged and answered as if they had come alone. What goes wrong with one caller's events is
    that caller's error: the others of the group are stored by themselves.

    Parameters
    ----------
    registry : Registry
        Nobody else writes through it meanwhile.
    clock : callable
        The time of receipt; the system's UTC clock unless given.

    Examples
    --------
    >>> from evac.store.memory import MemoryStore
    >>> with GroupCommit(Registry(MemoryStore())) as writer:
    ...     writer.submit([]).result().stored
    ()
    """

    def __init__(
        self, registry: Registry, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._registry = registry
        self._clock = clock
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._open = True
        self._door = threading.Lock()  # nothing is handed in after the end
        self._writer = threading.Thread(target=self._write, name="evac writer", daemon=True)
        self._writer.start()

    def submit(self, events: Sequence[Envelope]) -> Future[Receipt]:
        """Hand in events; the answer is there when they are durable.

        Raises
        ------
        RuntimeError
            It was closed.
        """
        answer: Future[Receipt] = Future()
        self._hand_in(_Waiting(events, answer))
        return answer

    async def check_ins(self, events: Sequence[Envelope]) -> Receipt:
        """``submit`` for asyncio; who stops waiting stops nothing."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Receipt] = loop.create_future()
        self._hand_in(_Waiting(events, answer, loop))
        return await answer

    def _hand_in(self, waiting: _Waiting) -> None:
        with self._door:
            if not self._open:
                raise RuntimeError("the registry's writer is closed; open it again and send the events again")
            self._queue.put(waiting)

    def close(self) -> None:
        """Store what is waiting, then end."""
        with self._door:
            if self._open:
                self._open = False
                self._queue.put(None)
        self._writer.join()

    def __enter__(self) -> GroupCommit:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self) -> None:
        ended = False
        while not ended:
            group, ended = self._group()
            if group:
                _tell(self._answers(group))

    def _group(self) -> tuple[list[_Waiting], bool]:
        """All that wait now, and whether the end was reached."""
        group: list[_Waiting] = []
        events = 0
        while events < AT_ONCE:
            try:
                one = self._queue.get(block=not group)
            except queue.Empty:
                break
            if one is None:
                return group, True
            group.append(one)
            events += len(one.events)
        return group, False

    def _answers(self, group: Sequence[_Waiting]) -> list[tuple[_Waiting, Receipt | BaseException]]:
        try:
            whole = self._registry.check_ins(
                [event for one in group for event in one.events], received_at=self._clock()
            )
        except BaseException as error:
            if len(group) == 1:
                return [(group[0], error)]
            # the fault is one caller's, or everybody's
            return [answer for one in group for answer in self._answers([one])]
        if len(group) == 1:
            return [(group[0], whole)]
        return list(zip(group, _parted(whole, [one.events for one in group]), strict=True))


def _tell(answers: Sequence[tuple[_Waiting, Receipt | BaseException]]) -> None:
    """Give each caller its answer; an event loop is woken once for all of its own."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Waiting, Receipt | BaseException]]] = {}
    for one, answer in answers:
        if one.loop is None:
            _settle(one, answer)
        else:
            by_loop.setdefault(one.loop, []).append((one, answer))
    for loop, mine in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits
            loop.call_soon_threadsafe(_settle_all, mine)


def _settle_all(answers: Sequence[tuple[_Waiting, Receipt | BaseException]]) -> None:
    for one, answer in answers:
        _settle(one, answer)


def _settle(one: _Waiting, answer: Receipt | BaseException) -> None:
    if one.answer.cancelled() or one.answer.done():
        return
    if isinstance(answer, BaseException):
        one.answer.set_exception(answer)
    else:
        one.answer.set_result(answer)


def _parted(whole: Receipt, batches: Sequence[Sequence[Envelope]]) -> list[Receipt]:
    """Each caller's part of a receipt; of those who sent the same event the first has stored it."""
    if not whole.repeated and not whole.refused:  # as nearly always: everything is new
        return [Receipt(tuple([e.event_id for e in batch]), (), (), (), whole.head) for batch in batches]
    stored, conflicting = set(whole.stored), set(whole.conflicting)
    refused = {refusal.event.event_id: refusal for refusal in whole.refused}
    parts = []
    for batch in batches:
        new, again, odd, no = [], [], [], []
        for event in batch:
            if event.event_id in refused:
                no.append(refused[event.event_id])
            elif event.event_id in stored:
                stored.discard(event.event_id)
                new.append(event.event_id)
            else:
                again.append(event.event_id)
                if event.event_id in conflicting:
                    odd.append(event.event_id)
        parts.append(Receipt(tuple(new), tuple(again), tuple(odd), tuple(no), whole.head))
    return parts
