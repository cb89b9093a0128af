"""The exercise's clock: what is to happen goes onto it, and time jumps from one to the next. Nobody looks at a real clock."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

Act = Callable[[], None]


class Watch(Protocol):
    """Who works between two acts: the worker that never forgets a deadline."""

    def tick(self, now: datetime) -> None:
        """Do what is due."""
        ...

    def next_at(self, until: datetime) -> datetime | None:
        """When something falls due before an instant, None if nothing does."""
        ...


class Timeline:
    """Acts in the order of their instants; those of one instant in the order in which they were put there.

    Parameters
    ----------
    start : datetime

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> start, said = datetime(2021, 7, 24, 4, 30, tzinfo=UTC), []
    >>> line = Timeline(start)
    >>> line.at(start + timedelta(hours=2), lambda: said.append("second"))
    >>> line.at(start, lambda: line.at(start, lambda: said.append("first")))
    >>> line.run(start + timedelta(hours=3)), said, line.now == start + timedelta(hours=3)
    (None, ['first', 'second'], True)
    """

    def __init__(self, start: datetime) -> None:
        self.now = start
        self._acts: list[tuple[datetime, int, Act]] = []
        self._count = 0

    def at(self, instant: datetime, act: Act) -> None:
        """Put an act onto the clock; what lies in the past happens now."""
        self._count += 1
        heapq.heappush(self._acts, (max(instant, self.now), self._count, act))

    def run(self, until: datetime, watch: Watch | None = None) -> None:
        """Let everything happen that lies before an instant or at it, and stand there.

        Parameters
        ----------
        watch : Watch, optional
            Looks after each instant at which something happened, and whenever something falls due in between.
        """
        looked: datetime | None = None
        while True:
            following = self._acts[0][0] if self._acts and self._acts[0][0] <= until else until
            due = watch.next_at(following) if watch is not None else None
            # what a look left due waits for something to happen
            if watch is not None and due is not None and due < following and (looked is None or due > looked):
                self.now = looked = max(due, self.now)
                watch.tick(self.now)
                continue
            self.now = following
            if not self._acts or self._acts[0][0] > until:
                break
            while self._acts and self._acts[0][0] == following:
                heapq.heappop(self._acts)[2]()
            if watch is not None:
                looked = following
                watch.tick(following)
