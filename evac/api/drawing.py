"""Goods that are being handed out this moment: two counters that ask a server at once, and one of them is told to wait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from evac.asides import ReliefDrawn


class Drawing:
    """Draws between the question whether somebody drew before and the disk; used in one thread alone, the loop's.

    It knows the requests of one server. Two servers before one database can store a double draw, which waits for a person then
    (``evac tasks``), like one of two counters without a link.

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
                busy[event.event_id] = f"{event.item} 正在另一处领取,请稍后再试"
        try:
            yield busy
        finally:
            for key in mine:
                del self._held[key]
