"""A hash chain of record bodies in one SQLite file, or in memory: what desks beside the documents' write to."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from evac.errors import ConflictError
from evac.events import microseconds
from evac.log import AppendBodies, Head, Sealed, seal_bodies
from evac.store.chain_file import ChainFile


class SQLiteBodyLog(ChainFile[AppendBodies]):
    """A log of bodies in one SQLite file; ``what`` is in it, e.g. ``responses``, and a log of something else is refused."""

    mark = 1163280450
    schema = (
        "CREATE TABLE record ("
        " sequence INTEGER PRIMARY KEY,"
        " received_at INTEGER NOT NULL,"  # microseconds since 1970 UTC
        " body BLOB NOT NULL,"
        " digest BLOB NOT NULL,"
        " link BLOB NOT NULL)",
        "CREATE TABLE once (key TEXT PRIMARY KEY) WITHOUT ROWID",
        "CREATE TABLE label (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    )

    def _made(self) -> None:
        self._raw.execute("INSERT INTO label VALUES ('what', ?)", (self.what,))

    def _checked(self) -> None:
        held = self._raw.execute("SELECT value FROM label WHERE name = 'what'").fetchone()
        if held != (self.what,):
            raise sqlite3.DatabaseError(f"it is a log of {held and held[0]}")

    def _twice(self, error: sqlite3.IntegrityError) -> ConflictError:
        return ConflictError(
            f"the log of {self.what} has this record already", where=str(self.path),
            expected="each record once", found=str(error), remedy="read the log again: nothing was written",
        )  # fmt: skip

    def _append(self, bodies: Sequence[bytes], received_at: datetime, keys: Sequence[str] = ()) -> None:
        receipt = microseconds(received_at)
        self._raw.executemany("INSERT INTO once VALUES (?)", [(key,) for key in keys])
        self._raw.executemany(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
            [
                (s.sequence, receipt, s.body, s.digest, s.link)
                for s in seal_bodies(self.head(), list(bodies), received_at=received_at)
            ],
        )


class MemoryBodyLog:
    """The SQLite log's twin that forgets everything when the process ends, for tests and drills."""

    def __init__(self) -> None:
        self._log: list[Sealed] = []
        self._keys: set[str] = set()
        self._lock = threading.RLock()

    def after(self, sequence: int) -> Iterator[Sealed]:
        """The log beyond an entry, in order of sequence."""
        return iter(tuple(self._log[sequence:]))

    def head(self) -> Head:
        """End of the hash chain."""
        return Head(self._log[-1].sequence, self._log[-1].link) if self._log else Head()

    @contextmanager
    def writing(self) -> Iterator[AppendBodies]:
        """Shut out every other writer; all that is appended inside is kept, or nothing."""

        def append(bodies: Sequence[bytes], received_at: datetime, keys: Sequence[str] = ()) -> None:
            if len(set(keys)) != len(keys) or self._keys & set(keys):
                raise ConflictError("the log has this record already", where="log in memory")
            self._keys |= set(keys)
            self._log += list(seal_bodies(self.head(), list(bodies), received_at=received_at))

        with self._lock:
            before, held = len(self._log), set(self._keys)
            try:
                yield append
            except BaseException:
                del self._log[before:]
                self._keys = held
                raise

    def close(self) -> None:
        """Nothing to let go of."""
