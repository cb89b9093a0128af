"""Goods that are being handed out this moment: two counters that ask a server at once, and one of them is told to wait."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Final, Protocol, runtime_checkable

from evac.api.readers import Readers
from evac.asides import ReliefDrawn
from evac.registry import EventStore

_WAIT: Final = "{} 正在另一处领取,请稍后再试"


@runtime_checkable
class Shared(Protocol):
    """A store that several servers may have open."""

    def hold(self, names: Collection[str]) -> set[str]:
        """Hold names for this connection; gives those that another one holds."""
        ...

    def let_go(self, names: Collection[str]) -> None:
        """Let go of names that this connection holds."""
        ...


class Drawing:
    """Draws between the question whether somebody drew before and the disk; used in one thread alone, the loop's.

    It knows the requests of one server; ``alone`` asks a database that several servers share.

    Examples
    --------
    >>> drawing = Drawing()
    >>> with drawing.held([]) as busy:
    ...     busy
    {}
    """

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], str] = {}

    @contextmanager
    def held(self, draws: Sequence[ReliefDrawn]) -> Iterator[dict[str, str]]:
        """Hold what is drawn until it is stored; gives the ids of draws that another request holds, and why not those."""
        mine: set[tuple[str, str]] = set()
        busy: dict[str, str] = {}
        for event in draws:
            key = (event.code, event.item)
            holder = self._held.get(key)
            if holder is None:
                self._held[key] = event.event_id
                mine.add(key)
            elif key not in mine and holder != event.event_id:
                busy[event.event_id] = _WAIT.format(event.item)
        try:
            yield busy
        finally:
            for key in mine:
                del self._held[key]


@asynccontextmanager
async def alone(office: Readers, draws: Sequence[ReliefDrawn], busy: dict[str, str]) -> AsyncIterator[None]:
    """Hold what is drawn also against other servers before the same database; who draws nothing asks nobody.

    Parameters
    ----------
    office : Readers
        One thread with a connection of its own, which holds.
    busy : dict
        Of ``Drawing.held``; takes the ids of draws that another server holds, and why not those.
    """
    names = {f"{event.code} {event.item}" for event in draws if event.event_id not in busy}
    if not names:
        yield
        return

    def hold(store: EventStore) -> set[str]:
        return store.hold(names) if isinstance(store, Shared) else set()

    elsewhere: set[str] = set()

    def let_go(store: EventStore) -> None:
        if isinstance(store, Shared):
            store.let_go(names - elsewhere)

    try:
        elsewhere |= await office.run(hold)  # inside: who is interrupted here may hold already
        for event in draws:
            if f"{event.code} {event.item}" in elsewhere:
                busy.setdefault(event.event_id, _WAIT.format(event.item))
        yield
    finally:
        await office.run(let_go)
