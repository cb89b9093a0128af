"""The log of documents in memory: the SQLite log's twin, for tests and drills."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from evac.errors import ConflictError
from evac.log import Head, Sealed, seal_bodies
from evac.orders.desk import Append
from evac.orders.events import Record, canonical
from evac.store.sqlite_documents import keys_of


class MemoryDocumentLog:
    """A ``DocumentLog`` that forgets everything when the process ends."""

    def __init__(self) -> None:
        self._log: list[Sealed] = []
        self._keys: set[str] = set()
        self._lock = threading.RLock()

    def after(self, sequence: int) -> Iterator[Sealed]:
        """See ``DocumentLog.after``."""
        return iter(tuple(self._log[sequence:]))

    def head(self) -> Head:
        """See ``DocumentLog.head``."""
        return Head(self._log[-1].sequence, self._log[-1].link) if self._log else Head()

    @contextmanager
    def writing(self) -> Iterator[Append]:
        """See ``DocumentLog.writing``."""

        def append(records: Sequence[Record], received_at: datetime) -> None:
            keys = [key for record in records for key in keys_of(record)]
            if len(set(keys)) != len(keys) or self._keys & set(keys):
                raise ConflictError("a number or draft is in the log already", where="log of documents")
            self._keys |= set(keys)
            self._log += list(seal_bodies(self.head(), map(canonical, records), received_at=received_at))

        with self._lock:
            before, keys = len(self._log), set(self._keys)
            try:
                yield append
            except BaseException:
                del self._log[before:]
                self._keys = keys
                raise

    def close(self) -> None:
        """See ``DocumentLog.close``."""
