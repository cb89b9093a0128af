"""The log of documents on PostgreSQL: one transaction a decision, under a lock that shuts out every other writer."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from evac.events import instant_of, microseconds
from evac.log import Head, Sealed, seal_bodies
from evac.orders.desk import Append
from evac.orders.events import Record, canonical
from evac.store.sqlite_documents import keys_of
from riskmap.errors import SourceError

_DECIDING: Final = (
    0x65766167  # the lock of who decides on documents, one number after the one that migration takes
)
CONNECT: Final = 5
"""How long a server may take to answer at all [s]."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS document_record (sequence bigint PRIMARY KEY, draft text NOT NULL, kind text NOT NULL,
  received_at bigint NOT NULL, body bytea NOT NULL, digest bytea NOT NULL, link bytea NOT NULL);
CREATE TABLE IF NOT EXISTS document_once (key text PRIMARY KEY);
CREATE OR REPLACE FUNCTION document_append_only() RETURNS trigger LANGUAGE plpgsql AS
  $$BEGIN RAISE EXCEPTION 'append only'; END$$;
CREATE OR REPLACE TRIGGER document_append_only BEFORE UPDATE OR DELETE ON document_record
  EXECUTE FUNCTION document_append_only();
"""
_AFTER: Final = "SELECT sequence, body, received_at, digest, link FROM document_record WHERE sequence > %s ORDER BY sequence"
_HEAD: Final = "SELECT sequence, link FROM document_record ORDER BY sequence DESC LIMIT 1"


class PostgresDocumentLog:
    """A ``DocumentLog`` in a PostgreSQL database, for an office of several servers; a lost connection is made again.

    Parameters
    ----------
    dsn : str
        Connection string of libpq.

    Raises
    ------
    SourceError
        The server cannot be reached, or the role may not make the tables.
    """

    def __init__(self, dsn: str) -> None:
        import psycopg

        self._dsn = dsn
        self._error = psycopg
        self._lock = threading.RLock()
        self._raw: Any = None
        with self._lock, self._errors("be opened"):
            raw = self._connected()
            with raw.transaction():
                raw.execute("SELECT pg_advisory_xact_lock(%s)", (_DECIDING,))
                raw.execute("SET LOCAL client_min_messages = warning")
                raw.execute(_TABLES, prepare=False)

    def _connected(self) -> Any:
        if self._raw is None or self._raw.closed:
            self._raw = self._error.connect(self._dsn, autocommit=True, connect_timeout=CONNECT)
        return self._raw

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        try:
            yield
        except self._error.errors.UniqueViolation as error:
            raise SourceError(
                f"the log of documents refused a number or draft that it has ({str(error).strip()})",
                where="log of documents on PostgreSQL", expected="each number and each draft once",
                remedy="report it: nothing was written",
            ) from error  # fmt: skip
        except self._error.Error as error:
            raise SourceError(
                f"the log of documents could not {doing} ({str(error).strip()}); nothing was written",
                where="log of documents on PostgreSQL", expected="a server that answers, and the rights to write",
                remedy="check the server, the role and the network",
            ) from error  # fmt: skip

    def after(self, sequence: int) -> Iterator[Sealed]:
        """See ``DocumentLog.after``."""
        with self._lock, self._errors("be read"):
            rows = self._connected().execute(_AFTER, (sequence,)).fetchall()
        for number, body, received, digest, link in rows:
            yield Sealed(number, bytes(body), instant_of(received), bytes(digest), bytes(link))

    def head(self) -> Head:
        """See ``DocumentLog.head``."""
        with self._lock, self._errors("be read"):
            row = self._connected().execute(_HEAD).fetchone()
        return Head(row[0], bytes(row[1])) if row else Head()

    @contextmanager
    def writing(self) -> Iterator[Append]:
        """See ``DocumentLog.writing``."""
        with self._lock, self._errors("be written"), self._connected().transaction():
            self._raw.execute("SELECT pg_advisory_xact_lock(%s)", (_DECIDING,))
            yield self._append

    def _append(self, records: Sequence[Record], received_at: datetime) -> None:
        receipt = microseconds(received_at)
        bodies = [canonical(record) for record in records]
        with self._raw.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO document_once VALUES (%s)", [(key,) for r in records for key in keys_of(r)]
            )
            sealed = seal_bodies(self.head(), bodies, received_at=received_at)
            cursor.executemany(
                "INSERT INTO document_record VALUES (%s, %s, %s, %s, %s, %s, %s)",
                [
                    (s.sequence, r.draft, r.kind, receipt, s.body, s.digest, s.link)
                    for r, s in zip(records, sealed, strict=True)
                ],
            )

    def close(self) -> None:
        """See ``DocumentLog.close``."""
        if self._raw is not None:
            self._raw.close()
