"""The end of a registry: people, events and standings go, the links of the chain stay.

On SQLite the rows are overwritten where they stood (secure_delete), the write-ahead log is emptied and overwritten, and the
file is written anew (VACUUM). On PostgreSQL the tables are truncated, which drops their files, and the rest is written anew
(VACUUM FULL); its write-ahead log, archives and backups are the server's own, see ``docs/privacy/destroying_an_event.md``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from evac.errors import ConflictError
from evac.events import microseconds
from evac.log import Head, Sealed
from evac.store.shredding import kept_aside
from evac.store.sqlite import SQLiteStore
from evac.store.sqlite_reading import SQLiteReading, sqlite_errors
from evac.store.tables import ALIAS, CHANGE, EVENT, LABEL, PERSON, SEAL, STANDING, insert
from riskmap.errors import SourceError

if TYPE_CHECKING:
    from evac.store.postgres import PostgresStore

WAIT: Final = 5.0
"""For others to let go of the file [s]."""
_GOING: Final = (EVENT.name, STANDING.name, CHANGE.name, ALIAS.name, PERSON.name)
_UNSEALED: Final = (
    f"SELECT count(*) FROM {EVENT.name} LEFT JOIN {SEAL.name} USING (sequence) WHERE position IS NULL"
)


class Rows(NamedTuple):
    """How much a registry holds of people."""

    people: int
    events: int
    standings: int


def rows_of(store: SQLiteStore | PostgresStore) -> Rows:
    """What there is to destroy.

    Raises
    ------
    SourceError
        The registry cannot be read.
    """
    counted = [_count(store, name) for name in (PERSON.name, EVENT.name, STANDING.name)]
    return Rows(*counted)


def _count(store: SQLiteStore | PostgresStore, table: str) -> int:
    with store._errors("be read"):
        (count,) = store._raw.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
    return int(count)


def purge(store: SQLiteStore | PostgresStore, *, head: Head) -> None:
    """Destroy what a registry holds of people, and close it; doing it again finishes what a crash has left.

    Parameters
    ----------
    store : SQLiteStore or PostgresStore
        The only one that is open on this registry.
    head : Head
        The end of the log as it was audited; only this log is destroyed.

    Raises
    ------
    ConflictError
        Events came in since: nothing was destroyed.
    SourceError
        The registry could not be written, or others hold it open.
    """
    if isinstance(store, SQLiteStore):
        _purge_sqlite(store, head)
    else:
        _purge_postgres(store, head)


def _require(head: Head, found: Head) -> None:
    if found != head:
        raise ConflictError(
            "events came in since the log was audited", where="registry", expected=f"{head.sequence} events",
            found=f"{found.sequence}", remedy="stop the server and the kiosks, then run the command again",
        )  # fmt: skip


def _links(log: Iterable[Sealed]) -> Iterator[tuple[Any, ...]]:
    """Rows of the table ``seal`` for the events that are still there."""
    for entry in log:
        if entry.body:
            yield entry.sequence, entry.sequence, microseconds(entry.received_at), entry.digest, entry.link


def _purge_sqlite(store: SQLiteStore, head: Head) -> None:
    path = store.path
    wal = path.with_name(f"{path.name}-wal")
    with kept_aside(wal):  # pages of earlier times
        store.close()
    opened = closing(sqlite3.connect(path, isolation_level=None, timeout=WAIT))
    with kept_aside(wal), sqlite_errors(path, "be destroyed"), opened as raw:
        for setting in (
            "locking_mode=EXCLUSIVE",
            "journal_mode=WAL",
            "synchronous=FULL",
            "secure_delete=ON",
        ):
            raw.execute(f"PRAGMA {setting}").fetchall()
        _empty(raw, path, head)
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        raw.execute("VACUUM")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        (free,) = raw.execute("PRAGMA freelist_count").fetchone()
    if free or (wal.exists() and wal.stat().st_size):
        raise SourceError(
            "the registry was emptied and its file not written anew", where=str(path), expected="no free page, no log",
            found=f"{free} free pages", remedy="free the disk and run the command again",
        )  # fmt: skip


def _empty(raw: sqlite3.Connection, path: Path, head: Head) -> None:
    """One transaction: what goes goes whole, and only if it is what was audited."""
    raw.execute("BEGIN EXCLUSIVE")
    try:
        there = SQLiteReading(path, raw, None)
        _require(head, there.head())
        raw.executemany(insert(SEAL, "?"), _links(there.log()))
        for table in _GOING:
            raw.execute(f"DELETE FROM {table}")
        raw.execute("COMMIT")
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raise


def _purge_postgres(store: PostgresStore, head: Head) -> None:
    with closing(store), store._errors("be destroyed"):
        raw = store._raw
        store.seal()
        with raw.transaction():
            raw.execute(f"LOCK TABLE {', '.join((*_GOING, SEAL.name))} IN ACCESS EXCLUSIVE MODE NOWAIT")
            _require(head, store.head())
            (unsealed,) = raw.execute(_UNSEALED).fetchone() or (0,)
            _require(head, Head(head.sequence + unsealed, head.link))
            raw.execute(f"TRUNCATE {', '.join(_GOING)}")
        for table in (*_GOING, SEAL.name, LABEL.name):
            raw.execute(f"VACUUM (FULL, ANALYZE) {table}")
