"""A hash chain of records on PostgreSQL: opened, read and written in one way, whatever the records are.

One transaction a decision, under a lock that shuts out every other writer; a lost connection is made again.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Generic, TypeVar

from evac.events import instant_of
from evac.log import Head, Sealed
from riskmap.errors import RiskmapError, SourceError

CONNECT: Final = 5
"""How long a server may take to answer at all [s]."""
Appending = TypeVar("Appending")


class PostgresChain(ABC, Generic[Appending]):
    """What every such log does.

    Attributes
    ----------
    deciding : int
        Number of the advisory lock of who decides.
    tables : str
        Statements that make its tables; ``record`` has sequence, received_at, body, digest and link, whatever else it has.
    record : str
        Name of the table of records.

    Parameters
    ----------
    dsn : str
        Connection string of libpq.
    what : str
        What is logged, for messages.

    Raises
    ------
    SourceError
        The server cannot be reached, or the role may not make the tables.
    """

    deciding: int
    tables: str
    record: str

    def __init__(self, dsn: str, what: str) -> None:
        import psycopg

        self._dsn = dsn
        self.what = what
        self._error = psycopg
        self._lock = threading.RLock()
        self._raw: Any = None
        self._after = f"SELECT sequence, body, received_at, digest, link FROM {self.record} WHERE sequence > %s ORDER BY sequence"  # a name of ours
        self._end = f"SELECT sequence, link FROM {self.record} ORDER BY sequence DESC LIMIT 1"
        with self._lock, self._errors("be opened"):
            raw = self._connected()
            with raw.transaction():
                raw.execute("SELECT pg_advisory_xact_lock(%s)", (self.deciding,))
                make_once(raw, self.record, self.tables)

    @property
    @abstractmethod
    def _append(self) -> Appending:
        """What appends records inside ``writing``."""

    @abstractmethod
    def _twice(self, error: Exception) -> RiskmapError:
        """What to say of a record that is there already."""

    def _connected(self) -> Any:
        if self._raw is None or self._raw.closed:
            self._raw = self._error.connect(self._dsn, autocommit=True, connect_timeout=CONNECT)
        return self._raw

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        try:
            yield
        except self._error.errors.UniqueViolation as error:
            raise self._twice(error) from error
        except self._error.Error as error:
            raise SourceError(
                f"the log of {self.what} could not {doing} ({str(error).strip()}); nothing was written",
                where=f"log of {self.what} on PostgreSQL", expected="a server that answers, and the rights to write",
                remedy="check the server, the role and the network",
            ) from error  # fmt: skip

    def after(self, sequence: int) -> Iterator[Sealed]:
        """The log beyond an entry, in order of sequence."""
        with self._lock, self._errors("be read"):
            rows = self._connected().execute(self._after, (sequence,)).fetchall()
        for number, body, received, digest, link in rows:
            yield Sealed(number, bytes(body), instant_of(received), bytes(digest), bytes(link))

    def head(self) -> Head:
        """End of the hash chain."""
        with self._lock, self._errors("be read"):
            row = self._connected().execute(self._end).fetchone()
        return Head(row[0], bytes(row[1])) if row else Head()

    @contextmanager
    def writing(self) -> Iterator[Appending]:
        """Shut out every other writer; all that is appended inside is kept, or nothing."""
        with self._lock, self._errors("be written"), self._connected().transaction():
            self._raw.execute("SELECT pg_advisory_xact_lock(%s)", (self.deciding,))
            yield self._append

    def close(self) -> None:
        """Let go of the connection."""
        if self._raw is not None:
            self._raw.close()


def make_once(raw: Any, table: str, statements: str) -> None:
    """Make tables where they are not; a role that may make none finds those that their owner made."""
    if raw.execute("SELECT to_regclass(%s)::text", (table,)).fetchone() == (None,):
        raw.execute(statements, prepare=False)


def append_only(name: str) -> str:
    """Statements that keep a log's table ``NAME_record`` from being changed or shortened."""
    return f"""
CREATE OR REPLACE FUNCTION {name}_append_only() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN RAISE EXCEPTION 'append only'; END$$;
CREATE OR REPLACE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {name}_record
  EXECUTE FUNCTION {name}_append_only();
"""
