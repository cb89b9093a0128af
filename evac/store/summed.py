"""Sums of the table of changes in a SQLite file, kept from one question to the next: only what came since is read."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from evac.store.rows import CHANGES_SINCE

Key = TypeVar("Key", bound=Hashable)
Read = Callable[..., Iterator[Any]]


class Summed(Generic[Key]):
    """People by a key, as of this moment whenever it is asked, whoever wrote meanwhile.

    Changes are numbered without gaps from 1 and only appended, until the writer sums them up: it then counts up the file's
    ``user_version`` in the same transaction, and everything is read anew. Numbers that begin again tell the same of a file from
    which everything was taken.

    Parameters
    ----------
    whole : str
        Mark and sums of all changes.
    sum_of, change_of : callable
        Key and people of a row of ``whole``; of a row of the table.
    everywhere : bool
        False: changes of no place are left out.
    """

    def __init__(
        self,
        whole: str,
        sum_of: Callable[[Sequence[Any]], tuple[Key, int]],
        change_of: Callable[[Sequence[Any]], tuple[Key, int]],
        *,
        everywhere: bool,
    ) -> None:
        self._whole, self._sum_of, self._change_of = whole, sum_of, change_of
        self._everywhere = everywhere
        self._lock = threading.Lock()
        self._mark: tuple[int, int] | None = None
        self._kept: Counter[Key] = Counter()

    def read(self, raw: sqlite3.Connection, read: Read) -> Counter[Key]:
        """The sums.

        Parameters
        ----------
        raw : sqlite3.Connection
            What is read inside an open transaction of this connection may be rolled back: it is answered and not kept.
        read : callable
            Asks the file: a query, what to make of a row, what is given.
        """
        with self._lock:
            before, open_before = raw.total_changes, raw.in_transaction
            if open_before or not (self._mark and self._led_on(read, *self._mark)):
                self._anew(read)
            found = Counter({key: n for key, n in self._kept.items() if n})
            if open_before or raw.in_transaction or raw.total_changes != before:
                self._mark = None
            return found

    def _led_on(self, read: Read, summed: int, newest: int) -> bool:
        """Take in what came since; False where that is not all."""
        found = list(read(CHANGES_SINCE, tuple, newest, self._everywhere))
        mark = (found[0][0], found[0][1] or 0)
        if mark[0] != summed or mark[1] < newest:
            return False
        self._mark = None  # read anew where this fails in the middle
        for _, _, *row in found:
            if row[0] is not None:
                key, n = self._change_of(row)
                self._kept[key] += n
        self._mark = mark
        return True

    def _anew(self, read: Read) -> None:
        self._mark = None
        found = list(read(self._whole, tuple))
        self._kept = Counter(dict(self._sum_of(row[2:]) for row in found))
        if found:
            self._mark = (found[0][0], found[0][1])
