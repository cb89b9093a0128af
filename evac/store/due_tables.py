"""Tables of what is due, on SQLite and PostgreSQL: the same statements, each of them whole by itself.

They are made again from the log of documents, so a file may be deleted while no worker runs.
"""

from __future__ import annotations

import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from evac.events import instant_of, microseconds
from evac.orders.due import Beat, Due, Kind, Lease
from evac.store.chain_file import WAIT
from evac.store.postgres_chain import CONNECT
from riskmap.errors import SourceError

SUFFIX: Final = ".due"
"""What the name of a log's table of due rows ends in."""
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS due (key TEXT PRIMARY KEY, kind TEXT NOT NULL, due_at BIGINT NOT NULL, "
    "seen BIGINT NOT NULL, body TEXT NOT NULL, owner TEXT NOT NULL DEFAULT '', lease_until BIGINT NOT NULL DEFAULT 0, "
    "fence BIGINT NOT NULL DEFAULT 0, attempts BIGINT NOT NULL DEFAULT 0)",
    "CREATE INDEX IF NOT EXISTS due_by_time ON due (kind, due_at)",
    "CREATE TABLE IF NOT EXISTS beat (owner TEXT PRIMARY KEY, at BIGINT NOT NULL, words TEXT NOT NULL)",
)
_PUT: Final = (
    "INSERT INTO due (key, kind, due_at, seen, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
    "due_at = excluded.due_at, seen = excluded.seen, body = excluded.body, fence = due.fence + 1, owner = '', "
    "lease_until = 0 WHERE excluded.seen >= due.seen AND due.kind = 'deadline' AND due.due_at <> excluded.due_at"
)
"""A delivery that is there stays: its time is that of the next attempt."""
_SEEN: Final = "UPDATE due SET seen = ? WHERE key = ? AND seen < ?"
_DROP: Final = "DELETE FROM due WHERE key = ? AND seen <= ?"
_CLAIM: Final = (
    "UPDATE due SET owner = ?, lease_until = ?, fence = fence + 1, attempts = attempts + 1 WHERE key IN "
    "(SELECT key FROM due WHERE kind = ? AND due_at <= ? AND lease_until <= ? ORDER BY due_at, key LIMIT ? {lock}) "
    "RETURNING key, kind, due_at, seen, body, fence, attempts"
)
_SETTLE: Final = "UPDATE due SET due_at = ?, seen = ?, owner = '', lease_until = 0 WHERE key = ? AND fence = ? AND seen <= ?"
_END: Final = "DELETE FROM due WHERE key = ? AND fence = ? AND seen <= ?"
_RENEW: Final = "UPDATE due SET lease_until = ? WHERE key = ? AND fence = ?"
_LISTED: Final = (
    "SELECT key, kind, due_at, seen, body FROM due WHERE due_at <= ? ORDER BY due_at, key LIMIT ?"
)
_BEAT: Final = "INSERT INTO beat VALUES (?, ?, ?) ON CONFLICT (owner) DO UPDATE SET at = excluded.at, words = excluded.words"
_BEATS: Final = "SELECT owner, at, words FROM beat ORDER BY at DESC, owner"


@contextmanager
def _errors(where: str, *kinds: type[Exception]) -> Iterator[None]:
    try:
        yield
    except kinds as error:
        raise SourceError(
            f"the table of what is due could not be read or written ({str(error).strip()})", where=where,
            expected="a place that this program may write to", remedy="check its rights and the room on its disk; "
            "the table holds nothing of its own and is made again from the log",
        ) from error  # fmt: skip


class _Rows(ABC):
    """The statements; who runs them is up to the database."""

    lock = ""

    @abstractmethod
    def _run(self, query: str, given: Sequence[Any] = ()) -> tuple[list[Any], int]:
        """One statement: its rows, and how many it touched."""

    @abstractmethod
    def _many(self, queries: Sequence[tuple[str, Sequence[Sequence[Any]]]]) -> None:
        """Statements with many rows each, all or none."""

    def put(self, rows: Sequence[Due]) -> None:
        """See ``DueTable.put``."""
        made = [(r.key, r.kind, microseconds(r.due_at), r.seen, r.body) for r in rows]
        self._many([(_PUT, made), (_SEEN, [(r.seen, r.key, r.seen) for r in rows if r.kind == "deadline"])])

    def drop(self, keys: Sequence[str], seen: int) -> None:
        """See ``DueTable.drop``."""
        self._many([(_DROP, [(key, seen) for key in keys])])

    def claim(self, owner: str, *, now: datetime, span: timedelta, limit: int, kind: Kind) -> list[Lease]:
        """See ``DueTable.claim``."""
        at = microseconds(now)
        query = _CLAIM.format(lock=self.lock)
        rows, _ = self._run(query, (owner, microseconds(now + span), kind, at, at, limit))
        found = [
            Lease(Due(key, what, instant_of(due), seen, body), fence, tries)
            for key, what, due, seen, body, fence, tries in rows
        ]
        return sorted(found, key=lambda lease: (lease.due.due_at, lease.due.key))

    def settle(self, lease: Lease, next_at: datetime | None, *, seen: int) -> bool:
        """See ``DueTable.settle``."""
        if next_at is None:
            return self._run(_END, (lease.due.key, lease.fence, seen))[1] == 1
        given = (microseconds(next_at), seen, lease.due.key, lease.fence, seen)
        return self._run(_SETTLE, given)[1] == 1

    def renew(self, lease: Lease, until: datetime) -> bool:
        """See ``DueTable.renew``."""
        return self._run(_RENEW, (microseconds(until), lease.due.key, lease.fence))[1] == 1

    def listed(self, until: datetime, limit: int) -> list[Due]:
        """See ``DueTable.listed``."""
        rows, _ = self._run(_LISTED, (microseconds(until), limit))
        return [Due(key, kind, instant_of(due), seen, body) for key, kind, due, seen, body in rows]

    def beat(self, owner: str, at: datetime, words: str) -> None:
        """See ``DueTable.beat``."""
        self._run(_BEAT, (owner, microseconds(at), words))

    def beats(self) -> list[Beat]:
        """See ``DueTable.beats``."""
        return [Beat(owner, instant_of(at), words) for owner, at, words in self._run(_BEATS)[0]]


class SQLiteDueTable(_Rows):
    """A ``DueTable`` in a SQLite file.

    Parameters
    ----------
    path : Path or None
        Made if it is not there; None keeps it in memory, for tests and drills.

    Raises
    ------
    SourceError
        The file cannot be opened.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._where = str(path or "memory")
        self._lock = threading.RLock()
        with _errors(self._where, OSError, sqlite3.Error):
            self._raw = sqlite3.connect(
                path or ":memory:", isolation_level=None, check_same_thread=False, timeout=WAIT
            )
            try:
                with self._whole():
                    for statement in _TABLES:
                        self._raw.execute(statement)
            except BaseException:
                self._raw.close()
                raise

    @contextmanager
    def _whole(self) -> Iterator[None]:
        self._raw.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._raw.execute("COMMIT")
        except BaseException:
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")
            raise

    def _run(self, query: str, given: Sequence[Any] = ()) -> tuple[list[Any], int]:
        with self._lock, _errors(self._where, sqlite3.Error), self._whole():
            cursor = self._raw.execute(query, given)
            rows = cursor.fetchall()
            return rows, cursor.rowcount

    def _many(self, queries: Sequence[tuple[str, Sequence[Sequence[Any]]]]) -> None:
        with self._lock, _errors(self._where, sqlite3.Error), self._whole():
            for query, given in queries:
                self._raw.executemany(query, given)

    def close(self) -> None:
        """See ``DueTable.close``."""
        self._raw.close()


class PostgresDueTable(_Rows):
    """A ``DueTable`` in a PostgreSQL database, for workers on several machines; a lost connection is made again.

    Parameters
    ----------
    dsn : str
        Connection string of libpq.

    Raises
    ------
    SourceError
        The server cannot be reached, or the role may not make the tables.
    """

    lock = "FOR UPDATE SKIP LOCKED"

    def __init__(self, dsn: str) -> None:
        import psycopg

        self._dsn = dsn
        self._error = psycopg.Error
        self._where = "due rows on PostgreSQL"
        self._lock = threading.RLock()
        self._raw: Any = None
        with self._lock, _errors(self._where, self._error):
            raw = self._connected()
            with raw.transaction():
                raw.execute("SELECT pg_advisory_xact_lock(hashtext('evac due'))")
                raw.execute("SET LOCAL client_min_messages = warning")
                for statement in _TABLES:
                    raw.execute(statement)

    def _connected(self) -> Any:
        import psycopg

        if self._raw is None or self._raw.closed:
            self._raw = psycopg.connect(self._dsn, autocommit=True, connect_timeout=CONNECT)
        return self._raw

    def _run(self, query: str, given: Sequence[Any] = ()) -> tuple[list[Any], int]:
        with self._lock, _errors(self._where, self._error):
            cursor = self._connected().execute(query.replace("?", "%s"), given)
            return (cursor.fetchall() if cursor.description else []), cursor.rowcount

    def _many(self, queries: Sequence[tuple[str, Sequence[Sequence[Any]]]]) -> None:
        with self._lock, _errors(self._where, self._error):
            raw = self._connected()
            with raw.transaction(), raw.cursor() as cursor:
                for query, given in queries:
                    # in one order, so that two workers that put the same rows do not lock each other out
                    cursor.executemany(query.replace("?", "%s"), sorted(given, key=str))

    def close(self) -> None:
        """See ``DueTable.close``."""
        if self._raw is not None:
            self._raw.close()
