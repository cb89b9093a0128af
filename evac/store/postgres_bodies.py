"""A hash chain of record bodies on PostgreSQL: the SQLite body log's twin, for an office of several servers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from evac.errors import ConflictError
from evac.events import microseconds
from evac.log import AppendBodies, seal_bodies
from evac.store.postgres_chain import PostgresChain, append_only

LOGS: Final = {"field": 0x65766168}
"""Logs that may lie in a database, with the lock of who decides in each: numbers after those of migrations and documents."""


def _tables(name: str) -> str:
    return f"""
CREATE TABLE IF NOT EXISTS {name}_record (sequence bigint PRIMARY KEY, received_at bigint NOT NULL, body bytea NOT NULL,
  digest bytea NOT NULL, link bytea NOT NULL);
CREATE TABLE IF NOT EXISTS {name}_once (key text PRIMARY KEY);
{append_only(name)}"""


class PostgresBodyLog(PostgresChain[AppendBodies]):
    """A log of bodies in a PostgreSQL database; ``what`` is one of ``LOGS``, and names its tables."""

    def __init__(self, dsn: str, what: str) -> None:
        self.deciding = LOGS[what]
        self.record = f"{what}_record"
        self.tables = _tables(what)
        super().__init__(dsn, what)

    def _twice(self, error: Exception) -> ConflictError:
        return ConflictError(
            f"the log of {self.what} has this record already", where=f"log of {self.what} on PostgreSQL",
            expected="each record once", found=str(error).strip(), remedy="read the log again: nothing was written",
        )  # fmt: skip

    def _append(self, bodies: Sequence[bytes], received_at: datetime, keys: Sequence[str] = ()) -> None:
        receipt = microseconds(received_at)
        sealed = seal_bodies(self.head(), list(bodies), received_at=received_at)
        with self._raw.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {self.what}_once VALUES (%s)", [(key,) for key in keys])
            cursor.executemany(
                f"INSERT INTO {self.record} VALUES (%s, %s, %s, %s, %s)",
                [(s.sequence, receipt, s.body, s.digest, s.link) for s in sealed],
            )
