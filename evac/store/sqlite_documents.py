"""The log of documents on SQLite: one file an office, write-ahead log, synchronous=FULL, one transaction a decision."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from evac.events import instant_of, microseconds
from evac.log import Head, Sealed, seal_bodies
from evac.orders.desk import Append
from evac.orders.events import Record, Signed, canonical
from evac.orders.task_events import Escalated
from riskmap.errors import SourceError

WAIT: Final = 30.0
"""How long a process waits for another to finish writing [s]."""

_APPLICATION: Final = 1380993092
"""Marks the file as a log of documents: no other database is written to."""

_SCHEMA: Final = (
    "CREATE TABLE record ("
    " sequence INTEGER PRIMARY KEY,"
    " draft TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " received_at INTEGER NOT NULL,"  # microseconds since 1970 UTC
    " body BLOB NOT NULL,"
    " digest BLOB NOT NULL,"
    " link BLOB NOT NULL)",
    "CREATE TABLE once (key TEXT PRIMARY KEY) WITHOUT ROWID",  # a number, a draft, a step: never twice
    f"PRAGMA application_id = {_APPLICATION}",
)


def keys_of(record: Record) -> tuple[str, ...]:
    """What a record may not share with any other: the database's own net under the desk's arithmetic."""
    if isinstance(record, Escalated):
        return (f"step|{record.key}",)
    if not isinstance(record, Signed):
        return ()
    number = f"number|{record.issuer}|{record.series}|{record.year}|{record.number}"
    return (number, f"draft|{record.draft}", *([f"cap|{record.identifier}"] if record.identifier else []))


class SQLiteDocumentLog:
    """A ``DocumentLog`` in one SQLite file, for threads and processes at once.

    Parameters
    ----------
    path : Path
        Made if it is not there.

    Raises
    ------
    SourceError
        The file cannot be opened, or is another database.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
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
                for statement in _SCHEMA:
                    self._raw.execute(statement)
            self._raw.execute("COMMIT")
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
        return bool(self._raw.execute("PRAGMA application_id").fetchone()[0] == _APPLICATION)

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise SourceError(
                f"the log of documents refused a number or draft that it has ({error})",
                where=str(self.path),
                expected="each number and each draft once",
                remedy="report it: nothing was written",
            ) from error
        except (sqlite3.Error, OSError) as error:
            raise SourceError(
                f"the log of documents could not {doing} ({error}); nothing was written",
                where=str(self.path),
                expected="a log of documents on a writable disk with room",
                remedy="free the disk, or name the office's own file with --store",
            ) from error

    def after(self, sequence: int) -> Iterator[Sealed]:
        """See ``DocumentLog.after``."""
        with self._errors("be read"), self._lock:
            rows = self._raw.execute(
                "SELECT sequence, CAST(body AS BLOB), received_at, digest, link FROM record WHERE sequence > ? "
                "ORDER BY sequence",
                (sequence,),
            ).fetchall()
        for number, body, received, digest, link in rows:
            yield Sealed(number, body, instant_of(received), digest, link)

    def head(self) -> Head:
        """See ``DocumentLog.head``."""
        with self._errors("be read"), self._lock:
            row = self._raw.execute(
                "SELECT sequence, link FROM record ORDER BY sequence DESC LIMIT 1"
            ).fetchone()
        return Head(*row) if row else Head()

    @contextmanager
    def writing(self) -> Iterator[Append]:
        """See ``DocumentLog.writing``."""
        with self._lock, self._errors("be written"):
            self._raw.execute("BEGIN IMMEDIATE")
            try:
                yield self._append
                self._raw.execute("COMMIT")
            except BaseException:
                if self._raw.in_transaction:
                    self._raw.execute("ROLLBACK")
                raise

    def _append(self, records: Sequence[Record], received_at: datetime) -> None:
        receipt = microseconds(received_at)
        bodies = [canonical(record) for record in records]
        self._raw.executemany(
            "INSERT INTO once VALUES (?)", [(key,) for record in records for key in keys_of(record)]
        )
        self._raw.executemany(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (s.sequence, r.draft, r.kind, receipt, s.body, s.digest, s.link)
                for r, s in zip(
                    records, seal_bodies(self.head(), bodies, received_at=received_at), strict=True
                )
            ],
        )

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        self._raw.close()
