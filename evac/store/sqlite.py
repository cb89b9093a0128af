"""The store on SQLite: one file, write-ahead log, synchronous=FULL, one transaction a batch.

SQLAlchemy Core keeps the schema; the hot path hands rows to the driver's ``executemany``.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from evac.codes import bytes_of_code, code_of_bytes
from evac.events import Envelope, canonical, instant_of, microseconds
from evac.log import Head, Sealed, same_fact, seal
from evac.model import Person, Shelter
from evac.registry import Appended
from evac.standing import Cell, Seat, Standing, changes, settle
from evac.store import rows
from evac.store.tables import (
    CHANGE,
    EVENT,
    EVENT_COLUMNS,
    EVENTS,
    LABEL,
    METADATA,
    PEOPLE,
    PERSON,
    SCHEMA_VERSION,
    SEAL,
    SHELTER,
    SHELTERS,
    STANDING,
    STANDING_COLUMNS,
    TRAIL,
    columns,
    insert,
    upsert,
)
from riskmap.errors import SourceError

_CHUNK: Final = 500  # SQLite allows 999 variables in its oldest builds
_UNFOLDED: Final = 20_000
"""Rows of changes after which they are summed up: a count of a province then reads this many at most beside its cells."""

_INSERT_EVENT: Final = insert(EVENT, "?", ("sequence", "received_at", *EVENT_COLUMNS))
_INSERT_SEAL: Final = insert(SEAL, "?")
_INSERT_TRAIL: Final = insert(TRAIL, "?")
_UPSERT_STANDING: Final = upsert(STANDING, "?")
_PATH: Final = (
    "WITH RECURSIVE path(at) AS (SELECT last FROM standing WHERE code = ? "
    "UNION ALL SELECT previous FROM path JOIN trail ON sequence = at) "
    f"SELECT {', '.join(EVENT_COLUMNS)} FROM path JOIN event ON sequence = at"
)
_INSERT_CHANGE: Final = insert(CHANGE, "?")
_STANDINGS: Final = f"SELECT last, {', '.join(STANDING_COLUMNS)} FROM standing"
_LOG: Final = (
    f"SELECT position, received_at, digest, link, {', '.join(EVENT_COLUMNS)} "
    "FROM seal JOIN event USING (sequence) WHERE position > ? ORDER BY position"
)


class SQLiteStore:
    """An ``EventStore`` in one SQLite file.

    Parameters
    ----------
    path : Path
        Made if it is not there.
    read_only : bool
        Open an existing file for reading alone.

    Raises
    ------
    SourceError
        The file cannot be opened, is no registry, or was written by another version.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        with self._errors("open"):
            if read_only and not path.is_file():
                raise sqlite3.OperationalError("no such file")
            self._raw = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                found = self._found() if read_only else self._set_up()
            except BaseException:
                self.close()
                raise
        if found != SCHEMA_VERSION:
            self.close()
            raise SourceError(
                "written by another version",
                where=str(path),
                expected=f"schema {SCHEMA_VERSION}",
                found=f"schema {found}",
                remedy="use the version that wrote it",
            )

    def _set_up(self) -> str | None:
        self._raw.execute("PRAGMA journal_mode=WAL")
        self._raw.execute("PRAGMA synchronous=FULL")
        self._raw.execute("PRAGMA wal_autocheckpoint=8000")  # pages of 4 kB
        self._raw.execute("PRAGMA cache_size=-200000")  # kB at most: a small registry takes what it needs
        fresh = self._raw.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None
        if fresh:
            engine = sa.create_engine(
                "sqlite://", creator=lambda: self._raw, poolclass=StaticPool, isolation_level="AUTOCOMMIT"
            )
            METADATA.create_all(engine)
            self._raw.execute("INSERT INTO label VALUES ('schema', ?)", (SCHEMA_VERSION,))
        self._unfolded = self._raw.execute("SELECT count(*) FROM change").fetchone()[0]
        return self._found()

    def _found(self) -> str | None:
        row = self._raw.execute("SELECT value FROM label WHERE key = 'schema'").fetchone()
        return row[0] if row else None

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, DBAPIError) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise SourceError(
                f"the registry could not {doing} ({cause}); nothing of this batch was acknowledged",
                where=str(self.path),
                expected="a writable disk with room, and no other writer",
                remedy="free the disk or stop the other program, then send the batch again",
            ) from error

    @contextmanager
    def _transaction(self, doing: str) -> Iterator[sqlite3.Connection]:
        with self._errors(doing):
            self._raw.execute("BEGIN IMMEDIATE")
            try:
                yield self._raw
                self._raw.execute("COMMIT")
            except BaseException:
                if self._raw.in_transaction:
                    self._raw.execute("ROLLBACK")
                raise

    def append(self, events: Sequence[Envelope], *, received_at: datetime) -> Appended:
        """See ``EventStore.append``."""
        made = {event.event_id: rows.event_row(event) for event in events}
        with self._transaction("store events") as raw:
            fresh, repeated, conflicting = self._sift(events, made)
            if fresh:
                self._write(raw, fresh, made, received_at)
        return Appended(tuple(fresh), tuple(repeated), tuple(conflicting))

    def _sift(
        self, events: Sequence[Envelope], made: Mapping[str, rows.Row]
    ) -> tuple[list[Envelope], list[str], list[str]]:
        """The events that are new, the ids of those that are not, and of these the ids whose content differs."""
        kept = {event.event_id: event for event in self._kept([row[0] for row in made.values()])}
        fresh: dict[str, Envelope] = {}
        repeated: list[str] = []
        conflicting: list[str] = []
        for event in events:
            earlier = kept.get(event.event_id) or fresh.get(event.event_id)
            if earlier is None:
                fresh[event.event_id] = event
                continue
            repeated.append(event.event_id)
            if not same_fact(earlier, event):
                conflicting.append(event.event_id)
        return list(fresh.values()), repeated, conflicting

    def _write(
        self,
        raw: sqlite3.Connection,
        fresh: Sequence[Envelope],
        made: Mapping[str, rows.Row],
        received_at: datetime,
    ) -> None:
        held = dict(self._held({event.code for event in fresh}))
        before = {code: standing for code, (_, standing) in held.items()}
        after = settle(before, fresh, self.events_of)
        last = {code: at for code, (at, _) in held.items()}
        receipt = microseconds(received_at)
        added, sealed, trail = [], [], []
        for event, entry in zip(fresh, seal(self.head(), fresh, received_at=received_at), strict=True):
            # one writer and whole batches: here the number of an event is its position in the chain
            added.append((entry.sequence, receipt, *made[event.event_id]))
            sealed.append((entry.sequence, entry.sequence, entry.digest, entry.link))
            if event.code in last:
                trail.append((entry.sequence, last[event.code]))
            last[event.code] = entry.sequence
        raw.executemany(_INSERT_EVENT, added)
        raw.executemany(_INSERT_SEAL, sealed)
        raw.executemany(_INSERT_TRAIL, trail)
        raw.executemany(
            _UPSERT_STANDING, sorted((*rows.standing_row(c, s), last[c]) for c, s in after.items())
        )
        moved = changes(before, after)
        raw.executemany(_INSERT_CHANGE, [rows.change_row(spot, n) for spot, n in moved.items()])
        self._unfolded += len(moved)
        if self._unfolded > _UNFOLDED:
            self._sum_up(raw)

    def _sum_up(self, raw: sqlite3.Connection) -> None:
        """Sum the changes up, one row a spot."""
        names = ", ".join(columns(CHANGE, "n"))
        total = f"SELECT {names}, sum(n) FROM change GROUP BY {names} HAVING sum(n) <> 0"
        summed = raw.execute(total).fetchall()
        raw.execute("DELETE FROM change")
        raw.executemany(_INSERT_CHANGE, summed)
        self._unfolded = 0

    def _some(self, query: str, column: str, keys: Sequence[bytes]) -> Iterator[Any]:
        """Rows whose column is among the keys."""
        for n in range(0, len(keys), _CHUNK):
            part = keys[n : n + _CHUNK]
            marks = f"IN ({','.join('?' * len(part))})" if len(part) > 1 else "= ?"
            yield from self._raw.execute(f"{query} WHERE {column} {marks}", part)

    def _kept(self, ids: Sequence[bytes]) -> Iterator[Envelope]:
        return map(rows.event_of, self._some(EVENTS, "event_id", ids))

    def known(self, event_ids: Collection[str]) -> set[str]:
        """See ``EventStore.known``."""
        with self._errors("be read"):
            found = self._some(
                "SELECT event_id FROM event", "event_id", [rows.id_bytes(i) for i in event_ids]
            )
            return {row[0].hex() for row in found}

    def events_of(self, codes: Collection[str]) -> dict[str, list[Envelope]]:
        """See ``EventStore.events_of``."""
        with self._errors("be read"):
            found = {code: self._read_path(bytes_of_code(code)) for code in codes}
        return {code: events for code, events in found.items() if events}

    def _read_path(self, code: bytes) -> list[Envelope]:
        return [rows.event_of(row) for row in self._raw.execute(_PATH, (code,))]

    def _held(self, codes: Collection[str]) -> Iterator[tuple[str, tuple[int, Standing]]]:
        """Code -> end of the person's path, and the standing."""
        text = {bytes_of_code(code): code for code in codes}
        # in the order of the table: neighbours share their pages
        for last, code, *row in self._some(_STANDINGS, "code", sorted(text)):
            yield text[code], (last, rows.standing_of(row))

    def standings(self, codes: Collection[str]) -> dict[str, Standing]:
        """See ``EventStore.standings``."""
        with self._errors("be read"):
            return {code: standing for code, (_, standing) in self._held(codes)}

    def everybody(self) -> Iterator[tuple[str, Standing]]:
        """See ``EventStore.everybody``."""
        with self._errors("be read"):
            for _, code, *row in self._raw.execute(f"{_STANDINGS} ORDER BY code"):
                yield code_of_bytes(code), rows.standing_of(row)

    def cells(self) -> Counter[Cell]:
        """See ``EventStore.cells``."""
        with self._errors("be read"):
            return Counter(dict(map(rows.cell_of, self._raw.execute(rows.CELLS))))

    def seats(self) -> Counter[Seat]:
        """See ``EventStore.seats``."""
        with self._errors("be read"):
            return Counter(dict(map(rows.seat_of, self._raw.execute(rows.SEATS))))

    def events(self) -> Iterator[Envelope]:
        """See ``EventStore.events``."""
        return self._read(f"{EVENTS} ORDER BY sequence", rows.event_of)

    def log(self, after: int = 0) -> Iterator[Sealed]:
        """See ``EventStore.log``."""
        with self._errors("be read"):
            for position, received, digest, link, *row in self._raw.execute(_LOG, (after,)):
                event = rows.event_of(row)
                yield Sealed(position, canonical(event), instant_of(received), digest, link, event)

    def seal(self) -> Head:
        """See ``EventStore.seal``: here every batch is sealed as it is stored."""
        return self.head()

    def head(self) -> Head:
        """See ``EventStore.head``."""
        with self._errors("be read"):
            row = self._raw.execute(
                "SELECT position, link FROM seal ORDER BY position DESC LIMIT 1"
            ).fetchone()
        return Head(*row) if row else Head()

    def put_people(self, people: Sequence[Person]) -> None:
        """See ``EventStore.put_people``."""
        with self._transaction("store the roster") as raw:
            raw.executemany(upsert(PERSON, "?"), [rows.person_row(person) for person in people])

    def people(self) -> Iterator[Person]:
        """See ``EventStore.people``."""
        return self._read(f"{PEOPLE} ORDER BY code", rows.person_of)

    def _read(self, query: str, make: Any, *given: Any) -> Iterator[Any]:
        with self._errors("be read"):
            yield from map(make, self._raw.execute(query, given))

    def person(self, code_or_short: str) -> Person | None:
        """See ``EventStore.person``."""
        whole = len(code_or_short) == 26
        key = bytes_of_code(code_or_short) if whole else code_or_short
        query = (
            f"SELECT {', '.join(columns(PERSON))} FROM person WHERE {'code' if whole else 'short_code'} = ?"
        )
        return next(self._read(query, rows.person_of, key), None)

    def put_shelters(self, shelters: Sequence[Shelter]) -> None:
        """See ``EventStore.put_shelters``."""
        with self._transaction("store the shelters") as raw:
            raw.executemany(upsert(SHELTER, "?"), [rows.shelter_row(shelter) for shelter in shelters])

    def shelters(self) -> Iterator[Shelter]:
        """See ``EventStore.shelters``."""
        return self._read(SHELTERS, rows.shelter_of)

    def put_labels(self, labels: Mapping[str, str]) -> None:
        """See ``EventStore.put_labels``."""
        with self._transaction("store its labels") as raw:
            raw.executemany(upsert(LABEL, "?"), list(labels.items()))

    def labels(self) -> dict[str, str]:
        """See ``EventStore.labels``."""
        return dict(self._read("SELECT key, value FROM label ORDER BY key", tuple))

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        self._raw.close()
