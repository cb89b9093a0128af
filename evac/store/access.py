"""Where reads are written down: a SQLite file of its own beside the registry, or a table on PostgreSQL.

Not in the registry's file: the record of who read what outlives the destruction of what was read, and writing it down never
waits for a check-in. Triggers refuse updates and deletions; who gets around them is found by the chain.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

from evac.access import Access, chained
from evac.events import instant_of, microseconds
from evac.log import Head, Sealed
from evac.store.postgres_chain import PostgresChain
from riskmap.errors import SourceError

Append: TypeAlias = Callable[[Sequence[Access]], None]
SUFFIX: Final = ".access"
"""What the name of a registry's access log ends in."""
_WAIT: Final = 5.0  # s, for another process to finish writing
_LOCK: Final = 0x65766164  # the lock of whoever appends, one number after the sealer's
_SQLITE: Final = """
CREATE TABLE IF NOT EXISTS access (sequence INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, body BLOB NOT NULL,
  digest BLOB NOT NULL, link BLOB NOT NULL);
CREATE TRIGGER IF NOT EXISTS access_update BEFORE UPDATE ON access BEGIN SELECT RAISE(ABORT, 'append only'); END;
CREATE TRIGGER IF NOT EXISTS access_delete BEFORE DELETE ON access BEGIN SELECT RAISE(ABORT, 'append only'); END;
"""
_POSTGRES: Final = """
CREATE TABLE IF NOT EXISTS access (sequence bigint PRIMARY KEY, received_at bigint NOT NULL, body bytea NOT NULL,
  digest bytea NOT NULL, link bytea NOT NULL);
CREATE OR REPLACE FUNCTION access_append_only() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN RAISE EXCEPTION 'append only'; END$$;
CREATE OR REPLACE TRIGGER access_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access
  EXECUTE FUNCTION access_append_only();
"""
_ENTRIES: Final = (
    "SELECT sequence, CAST(body AS BLOB), CAST(received_at AS bigint), CAST(digest AS BLOB), CAST(link AS BLOB) "
    "FROM access WHERE sequence > ? ORDER BY sequence"
)
_HEAD: Final = "SELECT sequence, link FROM access ORDER BY sequence DESC LIMIT 1"


def beside(registry: Path) -> Path:
    """The access log of a registry's file.

    Examples
    --------
    >>> beside(Path("r.sqlite")).name
    'r.sqlite.access'
    """
    return registry.with_name(registry.name + SUFFIX)


def _rows(head: Head, records: Sequence[Access]) -> list[tuple[Any, ...]]:
    return [
        (entry.sequence, microseconds(entry.received_at), entry.body, entry.digest, entry.link)
        for entry in chained(head, records)
    ]


def _sealed(row: Sequence[Any]) -> Sealed:
    sequence, body, received, digest, link = row
    return Sealed(sequence, bytes(body), instant_of(received), bytes(digest), bytes(link))


def _head(row: Sequence[Any] | None) -> Head:
    return Head() if row is None else Head(row[0], bytes(row[1]))


@contextmanager
def _errors(where: str, *kinds: type[Exception]) -> Iterator[None]:
    try:
        yield
    except kinds as error:
        raise SourceError(
            f"the access log could not be read or written ({str(error).strip()})", where=where,
            expected="a place that this program may write to, since nothing is shown that is not written down first",
            remedy="check its rights and the room on its disk; the registry itself is not touched",
        ) from error  # fmt: skip


class SQLiteAccessLog:
    """An ``AccessLog`` in a SQLite file that its owner alone may read.

    Parameters
    ----------
    path : Path
        Made if it is not there; ``beside(registry)`` for a registry's own.

    Raises
    ------
    SourceError
        The file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._where = str(path)
        self._lock = threading.Lock()
        with _errors(self._where, OSError, sqlite3.Error):
            path.touch(mode=0o600)
            self._raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_WAIT)
            try:
                self._raw.execute("PRAGMA synchronous=FULL")
                self._raw.executescript(_SQLITE)
            except BaseException:
                self._raw.close()
                raise

    def append(self, records: Sequence[Access]) -> Head:
        """See ``AccessLog.append``."""
        with self._lock, _errors(self._where, sqlite3.Error):
            self._raw.execute("BEGIN IMMEDIATE")
            try:
                rows = _rows(_head(self._raw.execute(_HEAD).fetchone()), records)
                self._raw.executemany("INSERT INTO access VALUES (?, ?, ?, ?, ?)", rows)
                self._raw.execute("COMMIT")
            except BaseException:
                if self._raw.in_transaction:
                    self._raw.execute("ROLLBACK")
                raise
        return self.head()

    def entries(self, after: int = 0) -> Iterator[Sealed]:
        """See ``AccessLog.entries``."""
        with self._lock, _errors(self._where, sqlite3.Error):
            rows = self._raw.execute(_ENTRIES, (after,)).fetchall()
        return map(_sealed, rows)

    def head(self) -> Head:
        """See ``AccessLog.head``."""
        with self._lock, _errors(self._where, sqlite3.Error):
            return _head(self._raw.execute(_HEAD).fetchone())

    def close(self) -> None:
        """See ``AccessLog.close``."""
        self._raw.close()


class PostgresAccessLog(PostgresChain[Append]):
    """An ``AccessLog`` as a table of the registry's database; kept when the registry's tables are destroyed.

    Parameters
    ----------
    dsn : str
        Connection string of libpq; a lost connection is made again.

    Raises
    ------
    SourceError
        The server cannot be reached, or the role may not make the table.
    """

    deciding = _LOCK
    tables = _POSTGRES
    record = "access"

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn, "reads")

    def _twice(self, error: Exception) -> SourceError:
        return SourceError(
            f"the log of reads has this entry already ({str(error).strip()})", where="log of reads on PostgreSQL",
            expected="each number once", remedy="ask again: nothing was written, and nothing shown",
        )  # fmt: skip

    def _append(self, records: Sequence[Access]) -> None:
        with self._raw.cursor() as cursor:
            cursor.executemany("INSERT INTO access VALUES (%s, %s, %s, %s, %s)", _rows(self.head(), records))

    def append(self, records: Sequence[Access]) -> Head:
        """See ``AccessLog.append``."""
        with self.writing() as add:
            add(records)
        return self.head()

    def entries(self, after: int = 0) -> Iterator[Sealed]:
        """See ``AccessLog.entries``."""
        return self.after(after)
