"""The log of documents on PostgreSQL: one transaction a decision, under a lock that shuts out every other writer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from evac.events import microseconds
from evac.log import seal_bodies
from evac.orders.desk import Append
from evac.orders.events import Record, canonical
from evac.store.postgres_chain import PostgresChain, append_only
from evac.store.sqlite_documents import keys_of
from riskmap.errors import SourceError

_TABLES: Final = f"""
CREATE TABLE IF NOT EXISTS document_record (sequence bigint PRIMARY KEY, draft text NOT NULL, kind text NOT NULL,
  received_at bigint NOT NULL, body bytea NOT NULL, digest bytea NOT NULL, link bytea NOT NULL);
CREATE TABLE IF NOT EXISTS document_once (key text PRIMARY KEY);
{append_only("document")}"""


class PostgresDocumentLog(PostgresChain[Append]):
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

    deciding = 0x65766167  # of who decides on documents, one number after the one that migration takes
    tables = _TABLES
    record = "document_record"

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn, "documents")

    def _twice(self, error: Exception) -> SourceError:
        return SourceError(
            f"the log of documents refused a number or draft that it has ({str(error).strip()})",
            where="log of documents on PostgreSQL", expected="each number and each draft once",
            remedy="report it: nothing was written",
        )  # fmt: skip

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
