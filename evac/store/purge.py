"""The end of a registry: people, events, standings and most labels go, the links of the chain stay.

On SQLite the rows are overwritten where they stood (secure_delete), the write-ahead log is emptied and overwritten, and the
file is written anew (VACUUM). On PostgreSQL the tables are truncated, which drops their files, and the rest is written anew
(VACUUM FULL); its write-ahead log, archives and backups are the server's own, see ``docs/privacy/destroying_an_event.md``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from evac.errors import ConflictError
from evac.events import canonical, microseconds
from evac.log import GENESIS, Head, Sealed, digest_of
from evac.store.rows import event_of
from evac.store.shredding import kept_aside
from evac.store.sqlite import SQLiteStore
from evac.store.sqlite_reading import SQLiteReading, sqlite_errors
from evac.store.tables import ALIAS, CHANGE, EVENT, EVENT_COLUMNS, LABEL, PERSON, SEAL, STANDING, insert
from evac.store.working_copies import forget_copies
from riskmap.errors import RiskmapError, SourceError

if TYPE_CHECKING:
    from evac.store.postgres import PostgresStore

WAIT: Final = 5.0
"""For others to let go of the file [s]."""
_GOING: Final = (EVENT.name, STANDING.name, CHANGE.name, ALIAS.name, PERSON.name)
_GOING_POSTGRES: Final = (*_GOING, "trail")
_KEPT: Final = (
    "schema", "machine", "event", "node", "label", "public_key", "key_ring", "key_use", "destroying", "destroyed",
    "destroyed_statistics",
)  # fmt: skip
_KEPT_OF_NODES: Final = ("node_key/", "node_lost/", "hold/")
"""Labels that stay: what the certificate and the witnesses are checked with. All others may hold codes or names of people."""
_UNSEALED: Final = (
    f"SELECT count(*) FROM {EVENT.name} LEFT JOIN {SEAL.name} USING (sequence) WHERE position IS NULL"
)
_NO_LINK: Final = bytes(len(GENESIS))
_EVENTS: Final = f"SELECT count(*) FROM {EVENT.name}"


class Rows(NamedTuple):
    """How much a registry holds of people."""

    people: int
    events: int
    standings: int


def _counted(row: Sequence[Any] | None) -> int:
    return int(row[0]) if row else 0


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
        return _counted(store._raw.execute(f"SELECT count(*) FROM {table}").fetchone())


def _no_objection(labels: Mapping[str, str]) -> None:
    del labels


def _nothing_first() -> None:
    pass


def purge(
    store: SQLiteStore | PostgresStore,
    *,
    head: Head,
    allow: Callable[[Mapping[str, str]], None] = _no_objection,
    first: Callable[[], None] = _nothing_first,
    altered: Rows | None = None,
) -> None:
    """Destroy what a registry holds of people, and close it; doing it again finishes what a crash has left.

    The head and the labels are checked, ``first`` is called and the rows go while nobody else can write to the registry.

    Parameters
    ----------
    store : SQLiteStore or PostgresStore
        The only one that is open on this registry.
    head : Head
        The end of the log as it was audited; only this log is destroyed.
    allow : callable
        Hears the labels and raises where the registry may not be destroyed.
    first : callable
        Does what cannot be taken back, such as destroying keys, once everything was checked and before the rows go.
    altered : Rows, optional
        Of a log that was altered: the rows that were counted, since its links cannot say that nothing came in since.

    Raises
    ------
    ConflictError
        Events came in since, or ``allow`` says so: nothing was destroyed, and ``first`` not called.
    SourceError
        The registry could not be written, or others hold it open.
    """
    if isinstance(store, SQLiteStore):
        _purge_sqlite(store, _Order(head, allow, first, altered))
    else:
        _purge_postgres(store, _Order(head, allow, first, altered))


class _Order(NamedTuple):
    head: Head
    allow: Callable[[Mapping[str, str]], None]
    first: Callable[[], None]
    altered: Rows | None


def _staying(labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Labels without people; why a node was given up is not kept, that it was is."""
    return [
        (name, "lost" if value and name.startswith("node_lost/") else value)
        for name, value in labels.items()
        if name in _KEPT or name.startswith(_KEPT_OF_NODES)
    ]


def _require(head: Head, found: Head) -> None:
    if found != head:
        raise ConflictError(
            "events came in since the log was audited", where="registry", expected=f"{head.sequence} events",
            found=f"{found.sequence}", remedy="stop the server and the kiosks, then run the command again",
        )  # fmt: skip


def _require_rows(wanted: Rows | None, found: int) -> None:
    if wanted is not None and found not in (0, wanted.events):
        _require(Head(wanted.events), Head(found))


def _links(log: Iterable[Sealed]) -> Iterator[tuple[Any, ...]]:
    """Rows of the table ``seal`` for the events that are still there."""
    for entry in log:
        if entry.body:
            yield entry.sequence, entry.sequence, microseconds(entry.received_at), entry.digest, entry.link


def head_as_it_is(store: SQLiteReading | PostgresStore) -> Head:
    """The end of a log that may have been altered; zeros stand for what is no link any more."""
    head = store.head()
    return Head(head.sequence, _link_as_it_is(head.link))


def _link_as_it_is(link: Any) -> bytes:
    return link if isinstance(link, bytes) and len(link) == len(_NO_LINK) else _NO_LINK


def _links_as_they_are(raw: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
    """The same of an altered log, of which some entries may be no events or links any more: zeros stand for those."""
    columns = ", ".join(("sequence", "received_at", "link", *EVENT_COLUMNS))
    for sequence, received, link, *row in raw.execute(f"SELECT {columns} FROM {EVENT.name}"):
        try:
            digest = digest_of(canonical(event_of(row)))
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RiskmapError):
            digest = _NO_LINK
        yield sequence, sequence, received, digest, _link_as_it_is(link)


def _purge_sqlite(store: SQLiteStore, order: _Order) -> None:
    path = store.path
    wal = path.with_name(f"{path.name}-wal")
    _require_no_backup(path)
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
        _empty(raw, path, order)
        _require_no_backup(path)
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        raw.execute("VACUUM")
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        (free,) = raw.execute("PRAGMA freelist_count").fetchone()
    if free or (wal.exists() and wal.stat().st_size):
        raise SourceError(
            "the registry was emptied and its file not written anew", where=str(path), expected="no free page, no log",
            found=f"{free} free pages", remedy="free the disk and run the command again",
        )  # fmt: skip


def _require_no_backup(path: Path) -> None:
    """Copies of backups that were killed go; one that is being taken is waited for by a person."""
    if locks := forget_copies(path):
        raise SourceError(
            "a backup of this registry is being taken", where=str(path), expected="nobody else at the registry",
            found=", ".join(f"{lock.stem} and {lock.name}" for lock in locks),
            remedy="wait for its end, or end it, and run the command again; if none runs any more (a disk without locks cannot tell), "
            "remove the .lock by hand: then the command overwrites and removes the .copy",
        )  # fmt: skip


def _empty(raw: sqlite3.Connection, path: Path, order: _Order) -> None:
    """One transaction: what goes goes whole, and only if it is what was audited."""
    raw.execute("BEGIN EXCLUSIVE")
    try:
        there = SQLiteReading(path, raw, None)
        _require(order.head, there.head() if order.altered is None else head_as_it_is(there))
        order.allow(labels := there.labels())
        _require_rows(order.altered, _counted(raw.execute(_EVENTS).fetchone()))
        links = _links(there.log()) if order.altered is None else _links_as_they_are(raw)
        raw.executemany(insert(SEAL, "?"), links)
        for table in (*_GOING, LABEL.name):
            raw.execute(f"DELETE FROM {table}")
        raw.executemany(insert(LABEL, "?"), _staying(labels))
        order.first()  # last: what cannot be done was tried before
        raw.execute("COMMIT")
    except BaseException:
        if raw.in_transaction:
            raw.execute("ROLLBACK")
        raise


def _purge_postgres(store: PostgresStore, order: _Order) -> None:
    head = order.head
    with closing(store), store._errors("be destroyed"):
        raw = store._raw
        store.seal()
        with raw.transaction():
            locked = ", ".join((*_GOING_POSTGRES, SEAL.name, LABEL.name))
            raw.execute(f"LOCK TABLE {locked} IN ACCESS EXCLUSIVE MODE NOWAIT")
            _require(head, store.head() if order.altered is None else head_as_it_is(store))
            if order.altered is None:
                unsealed = _counted(raw.execute(_UNSEALED).fetchone())
                _require(head, Head(head.sequence + unsealed, head.link))
            _require_rows(order.altered, _counted(raw.execute(_EVENTS).fetchone()))
            order.allow(labels := store.labels())
            raw.execute(f"TRUNCATE {', '.join((*_GOING_POSTGRES, LABEL.name))}")
            with raw.cursor() as cursor:
                cursor.executemany(insert(LABEL, "%s"), _staying(labels))
            order.first()
        for table in (*_GOING_POSTGRES, SEAL.name, LABEL.name):
            raw.execute(f"VACUUM (FULL, ANALYZE) {table}")
