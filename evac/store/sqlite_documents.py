"""The log of documents on SQLite: one file an office."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from evac.events import microseconds
from evac.log import seal_bodies
from evac.orders.desk import Append
from evac.orders.events import Record, Signed, canonical
from evac.orders.task_events import Escalated
from evac.store.chain_file import ChainFile
from riskmap.errors import SourceError


def keys_of(record: Record) -> tuple[str, ...]:
    """What a record may not share with any other: the database's own net under the desk's arithmetic."""
    if isinstance(record, Escalated):
        return (f"step|{record.key}",)
    if not isinstance(record, Signed):
        return ()
    number = f"number|{record.issuer}|{record.series}|{record.year}|{record.number}"
    return (number, f"draft|{record.draft}", *([f"cap|{record.identifier}"] if record.identifier else []))


class SQLiteDocumentLog(ChainFile[Append]):
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

    mark = 1380993092
    schema = (
        "CREATE TABLE record ("
        " sequence INTEGER PRIMARY KEY,"
        " draft TEXT NOT NULL,"
        " kind TEXT NOT NULL,"
        " received_at INTEGER NOT NULL,"  # microseconds since 1970 UTC
        " body BLOB NOT NULL,"
        " digest BLOB NOT NULL,"
        " link BLOB NOT NULL)",
        "CREATE TABLE once (key TEXT PRIMARY KEY) WITHOUT ROWID",  # a number, a draft, a step: never twice
    )

    def __init__(self, path: Path) -> None:
        super().__init__(path, "documents")

    def _twice(self, error: sqlite3.IntegrityError) -> SourceError:
        return SourceError(
            f"the log of documents refused a number or draft that it has ({error})", where=str(self.path),
            expected="each number and each draft once", remedy="report it: nothing was written",
        )  # fmt: skip

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
