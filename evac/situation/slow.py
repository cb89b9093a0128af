"""Questions that are too slow for a screen: asked behind it, shown with the instant they were asked at, asked again in time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from evac.registry import EventStore
from riskmap.errors import RiskmapError, SourceError

Asked = TypeVar("Asked")
Behind = Callable[[Callable[[EventStore], object]], Future[object]]
"""Runs work on a store of its own, later, in another thread; fails where no store could be opened."""
_SHARE: Final = 20.0
"""A question is asked again when so many times its own cost have passed: it never takes more than a twentieth of a processor (D)."""


@dataclass(frozen=True)
class Answer(Generic[Asked]):
    """What a question gave, and at which instant it was asked."""

    value: Asked
    at: datetime


class Slow(Generic[Asked]):
    """One slow question.

    Parameters
    ----------
    ask : callable
        Of a store and an instant.
    seconds : float
        How old the answer may be before it is asked again.
    """

    def __init__(self, ask: Callable[[EventStore, datetime], Asked], *, seconds: float) -> None:
        self._ask, self._seconds = ask, seconds
        self._lock = threading.Lock()
        self._answer: Answer[Asked] | None = None
        self._fault: RiskmapError | None = None
        self._asked_at: datetime | None = None
        self._asking = False
        self._cost = 0.0
        self.number = 0
        """Rises with each answer and each failure behind a screen: part of its revision."""

    def get(self, store: EventStore, at: datetime, behind: Behind | None) -> Answer[Asked] | None:
        """The answer at hand; None before the first one, where it is asked behind.

        Parameters
        ----------
        behind : callable or None
            None: it is asked at once, and waited for.

        Raises
        ------
        RiskmapError
            It failed when it was asked last.
        """
        with self._lock:
            due = not self._asking and self._due(at)
            if due:
                self._asking, self._asked_at = True, at
        if due:
            if behind is None:
                self._work(store, at)  # the screen that asked has it: its revision is the one of before
            else:
                self._ask_behind(behind, at)
        with self._lock:
            if self._fault is not None:
                raise self._fault
            return self._answer

    def _due(self, at: datetime) -> bool:
        if self._asked_at is None:
            return True
        span = timedelta(seconds=max(self._seconds, _SHARE * self._cost))
        return not timedelta(0) <= at - self._asked_at < span

    def _ask_behind(self, behind: Behind, at: datetime) -> None:
        asked = threading.Event()

        def work(own: EventStore) -> None:
            asked.set()
            self._work(own, at)

        def over(done: Future[object]) -> None:
            error = done.exception()
            with self._lock:
                if not asked.is_set():  # no store could be opened: it is asked again in time, not waited for
                    self._fault, self._asking = _fault_of(error), False
                self.number += 1

        behind(work).add_done_callback(over)

    def _work(self, store: EventStore, at: datetime) -> None:
        began = time.monotonic()
        found: Answer[Asked] | None = None
        fault: RiskmapError | None = None
        try:
            found = Answer(self._ask(store, at), at)
        except Exception as error:  # in a thread that nobody listens to: said on the screen that asks next
            fault = _fault_of(error)
        finally:
            with self._lock:
                self._answer, self._fault = found or self._answer, fault
                self._cost, self._asking = time.monotonic() - began, False
        if fault is not None:
            raise fault  # whoever holds the store makes a lost connection anew


def _fault_of(error: BaseException | None) -> RiskmapError:
    """What a screen says of a failure; one of our own is written down, too."""
    if isinstance(error, RiskmapError):
        return error
    logging.getLogger(__name__).error("a slow question of the screens failed", exc_info=error)
    return SourceError("this could not be read", where="situation", found=f"{type(error).__name__}: {error}")
