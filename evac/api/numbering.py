"""The highest running number that the registry has of a device, so that an emptied phone goes on after it."""

from __future__ import annotations

import threading
from typing import Final

from evac.registry import EventStore

_AGAIN: Final = 10_000
"""Events that are read once more each time: on PostgreSQL one may come in view after those with higher numbers."""


class Numbering:
    """The highest counter of every device: the log is read whole once, then only what is new in it.

    No table has it and no index finds it, since either would cost every check-in; of 200,000 events the first reading
    takes a tenth of a second, each later one some milliseconds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._upto = 0
        self._highest: dict[str, int] = {}

    def last(self, store: EventStore, device: str) -> int:
        """The highest counter of a device in the log now; 0 where there is no event of it."""
        with (
            self._lock
        ):  # who comes while the log is read the first time waits for that reading, and makes none of its own
            upto, found = store.counters(max(0, self._upto - _AGAIN))
            for name, counter in found.items():
                self._highest[name] = max(counter, self._highest.get(name, 0))
            self._upto = max(self._upto, upto)
            return self._highest.get(device, 0)
