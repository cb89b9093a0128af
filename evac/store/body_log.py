"""A hash chain of record bodies in one SQLite file, or in memory: what desks beside the documents' write to.

Write-ahead log, synchronous=FULL, one transaction a decision, one writer at a time over threads and processes.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from evac.errors import ConflictError
from evac.events import instant_of, microseconds
from evac.log import AppendBodies, Head, Sealed, seal_bodies
from evac.store.sqlite_documents import WAIT
from riskmap.errors import SourceError

_MARK: Final = 1163280450
"""Marks the file as a log of bodies: no other database is written to."""

_TABLES: Final = (
    "CREATE TABLE record ("
    " sequence INTEGER PRIMARY KEY,"
    " received_at INTEGER NOT NULL,"  # microseconds since 1970 UTC
    " body BLOB NOT NULL,"
    " digest BLOB NOT NULL,"
    " link BLOB NOT NULL)",
    "CREATE TABLE once (key TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE label (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    f"PRAGMA application_id = {_MARK}",
)


class SQLiteBodyLog:
    """A log of bodies in one SQLite file.

    Parameters
    ----------
    path : Path
        Made if it is not there.
    what : str
        What is logged, e.g. ``responses``: a log of something else is refused.

    Raises
    ------
    SourceError
        The file cannot be opened, or is another database.
    """

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        self.what = what
        self._lock = threading.RLock()
        with self._errors("open"):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=WAIT)
            try:
                self._prepare()
            except BaseException:
                self._raw.close()
                raise

    def _prepare(self) -> None:
        """Make the tables, or refuse another database; two processes may come at once."""
        if not self._is_ours():
            self._raw.execute("BEGIN IMMEDIATE")
            if not self._is_ours():  # nobody made it while this one waited
                if self._raw.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    self._raw.execute("ROLLBACK")
                    raise sqlite3.DatabaseError("it is another database")
                for statement in _TABLES:
                    self._raw.execute(statement)
                self._raw.execute("INSERT INTO label VALUES ('what', ?)", (self.what,))
            self._raw.execute("COMMIT")
        held = self._raw.execute("SELECT value FROM label WHERE name = 'what'").fetchone()
        if held != (self.what,):
            raise sqlite3.DatabaseError(f"it is a log of {held and held[0]}")
        give_up = time.monotonic() + WAIT
        while True:
            try:
                self._raw.execute("PRAGMA journal_mode=WAL")
                break
            except sqlite3.OperationalError:  # this one statement does not wait for others by itself
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.02)
        self._raw.execute("PRAGMA synchronous=FULL")

    def _is_ours(self) -> bool:
        return bool(self._raw.execute("PRAGMA application_id").fetchone()[0] == _MARK)

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise ConflictError(
                f"the log of {self.what} has this record already", where=str(self.path),
                expected="each record once", found=str(error), remedy="read the log again: nothing was written",
            ) from error  # fmt: skip
        except (sqlite3.Error, OSError) as error:
            raise SourceError(
                f"the log of {self.what} could not {doing} ({error}); nothing was written", where=str(self.path),
                expected=f"a log of {self.what} on a writable disk with room",
                remedy="free the disk, or name the office's own file with --store",
            ) from error  # fmt: skip

    def after(self, sequence: int) -> Iterator[Sealed]:
        """The log beyond an entry, in order of sequence."""
        with self._errors("be read"), self._lock:
            rows = self._raw.execute(
                "SELECT sequence, CAST(body AS BLOB), received_at, digest, link FROM record "
                "WHERE sequence > ? ORDER BY sequence",
                (sequence,),
            ).fetchall()
        for number, body, received, digest, link in rows:
            yield Sealed(number, body, instant_of(received), digest, link)

    def head(self) -> Head:
        """End of the hash chain."""
        with self._errors("be read"), self._lock:
            row = self._raw.execute(
                "SELECT sequence, link FROM record ORDER BY sequence DESC LIMIT 1"
            ).fetchone()
        return Head(*row) if row else Head()

    @contextmanager
    def writing(self) -> Iterator[AppendBodies]:
        """Shut out every other writer; all that is appended inside is kept, or nothing."""
        with self._lock, self._errors("be written"):
            self._raw.execute("BEGIN IMMEDIATE")
            try:
                yield self._append
                self._raw.execute("COMMIT")
            except BaseException:
                if self._raw.in_transaction:
                    self._raw.execute("ROLLBACK")
                raise

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

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        self._raw.close()


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
