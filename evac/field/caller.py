"""Calls to workers go out beside the watch: a channel that hangs keeps no alarm, no observation and no other call waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from evac.orders.outbox import FINAL, Handover, Outgoing
from evac.orders.worker import HANDS


class Caller:
    """Hands calls to the channels, each once at a time, and says later what became of them.

    Parameters
    ----------
    deliver : callable
        Of ``Outgoing``: ``evac.channels.switchboard.Switchboard``, which is bounded in time and idempotent by key.
    """

    def __init__(self, deliver: Callable[[Outgoing], Handover]) -> None:
        self._deliver = deliver
        self._pool = ThreadPoolExecutor(HANDS, thread_name_prefix="evac-call")
        self._under_way: dict[str, tuple[Outgoing, Future[Handover]]] = {}
        self._over: set[str] = set()
        self._said: dict[str, Handover] = {}

    def hand_on(self, calls: Iterable[Outgoing]) -> None:
        """Begin every call that is neither under way nor settled; a call that failed is begun again at the next look."""
        for one in calls:
            if one.key not in self._under_way and one.key not in self._over:
                self._under_way[one.key] = one, self._pool.submit(self._deliver, one)

    def ended(self, *, wait: bool = False) -> list[tuple[Outgoing, Handover]]:
        """Calls that have come to an end since this was asked last.

        Parameters
        ----------
        wait : bool
            For those under way: for a single look, after which the program ends.
        """
        found = []
        for key, (one, future) in list(self._under_way.items()):
            if wait or future.done():
                handover = future.result()
                del self._under_way[key]
                if handover.outcome in FINAL:
                    self._over.add(key)
                if self._said.get(key) != handover:  # until it may be tried again the same receipt comes back
                    self._said[key] = handover
                    found.append((one, handover))
        return found

    def close(self) -> None:
        """Take no more; what hangs is given up with the program, and comes again under its key."""
        self._pool.shutdown(wait=False, cancel_futures=True)
