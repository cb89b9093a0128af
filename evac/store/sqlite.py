"""The store on SQLite: one file, write-ahead log, synchronous=FULL, one transaction a batch.

SQLAlchemy Core keeps the schema and the reads; the hot path hands rows to the driver's ``executemany``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from evac.codes import short_code
from evac.errors import EvacError
from evac.events import Envelope, instant_of, microseconds, parse
from evac.log import Head, Sealed, same_fact, seal
from evac.model import Category, Destination, Person, Shelter, Stay, Vulnerability
from evac.registry import Appended
from riskmap.errors import SourceError

_CHUNK: Final = 500  # SQLite allows 999 variables in its oldest builds
SCHEMA_VERSION: Final = "1"

METADATA: Final = sa.MetaData()
_EVENT: Final = sa.Table(
    "event",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("event_id", sa.Text, nullable=False, unique=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("received_at", sa.Integer, nullable=False, comment="microseconds since 1970 UTC"),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("link", sa.LargeBinary, nullable=False),
)
_PERSON: Final = sa.Table(
    "person",
    METADATA,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("short_code", sa.Text, nullable=False, unique=True),
    *(
        sa.Column(name, sa.Text, nullable=False)
        for name in ("name", "household", "county", "village", "village_name", "category", "stay", "place")
    ),
    sa.Column("vulnerability", sa.Text, nullable=False),
    sa.Column("helper", sa.Text),
    sa.Column("printed", sa.Boolean, nullable=False),
    sa.Column("signed", sa.LargeBinary, nullable=False),
    sa.Column("label", sa.Text, nullable=False, comment="SYNTHETIC for invented people"),
)
_SHELTER: Final = sa.Table(
    "shelter",
    METADATA,
    sa.Column("shelter_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("county", sa.Text, nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
)
_LABEL: Final = sa.Table(
    "label",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
_SYNTHETIC: Final = "SYNTHETIC"


def _upsert(table: sa.Table) -> str:
    names = [column.name for column in table.columns]
    marks = ", ".join("?" * len(names))
    return f"INSERT OR REPLACE INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608  # our names


_INSERT_EVENT: Final = _upsert(_EVENT).replace(" OR REPLACE", "")


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
                self._engine = sa.create_engine(
                    "sqlite://", creator=lambda: self._raw, poolclass=StaticPool, isolation_level="AUTOCOMMIT"
                )
                if not read_only:
                    self._raw.execute("PRAGMA journal_mode=WAL")
                    self._raw.execute("PRAGMA synchronous=FULL")
                    self._raw.execute("PRAGMA wal_autocheckpoint=8000")  # pages of 4 kB
                    self._raw.execute("PRAGMA cache_size=-32000")  # kB
                    METADATA.create_all(self._engine)
                    self._raw.execute("INSERT OR IGNORE INTO label VALUES ('schema', ?)", (SCHEMA_VERSION,))
                found = self.labels().get("schema")
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
        with self._transaction("store events") as raw:
            kept = self._kept([event.event_id for event in events])
            fresh: dict[str, Envelope] = {}
            repeated: list[str] = []
            conflicting: list[str] = []
            for event in events:
                body = kept.get(event.event_id)
                earlier = fresh.get(event.event_id) if body is None else parse(body)
                if earlier is None:
                    fresh[event.event_id] = event
                    continue
                repeated.append(event.event_id)
                if not same_fact(earlier, event):
                    conflicting.append(event.event_id)
            head = self.head()
            receipt = microseconds(received_at)
            raw.executemany(
                _INSERT_EVENT,
                [
                    (s.sequence, e.event_id, e.code, e.kind, receipt, s.body, s.digest, s.link)
                    for e, s in zip(fresh.values(), seal(head, fresh.values(), received_at=received_at))
                ],
            )
        return Appended(tuple(fresh.values()), tuple(repeated), tuple(conflicting))

    def _kept(self, ids: Sequence[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for n in range(0, len(ids), _CHUNK):
            part = ids[n : n + _CHUNK]
            marks = ",".join("?" * len(part))
            query = f"SELECT event_id, body FROM event WHERE event_id IN ({marks})"  # noqa: S608  # only marks
            found.update(self._raw.execute(query, part))
        return found

    def _rows(self, query: sa.Select[Any]) -> Iterator[Any]:
        with self._errors("be read"), self._engine.connect() as connection:
            yield from connection.execution_options(yield_per=5000).execute(query)

    def log(self) -> Iterator[Sealed]:
        """See ``EventStore.log``."""
        query = "SELECT sequence, CAST(body AS BLOB), received_at, digest, link FROM event ORDER BY sequence"
        with self._errors("be read"):
            for sequence, body, received, digest, link in self._raw.execute(query):
                received_at = instant_of(received)
                yield Sealed(sequence, body, received_at, digest, link)

    def head(self) -> Head:
        """See ``EventStore.head``."""
        with self._errors("be read"):
            row = self._raw.execute(
                "SELECT sequence, link FROM event ORDER BY sequence DESC LIMIT 1"
            ).fetchone()
        return Head(*row) if row else Head()

    def put_people(self, people: Sequence[Person]) -> None:
        """See ``EventStore.put_people``."""
        with self._transaction("store the roster") as raw:
            raw.executemany(_upsert(_PERSON), [_person_row(person) for person in people])

    def people(self) -> Iterator[Person]:
        """See ``EventStore.people``."""
        return map(_person, self._rows(sa.select(_PERSON).order_by(_PERSON.c.code)))

    def person(self, code_or_short: str) -> Person | None:
        """See ``EventStore.person``."""
        column = _PERSON.c.code if len(code_or_short) == 26 else _PERSON.c.short_code
        return next(map(_person, self._rows(sa.select(_PERSON).where(column == code_or_short))), None)

    def put_shelters(self, shelters: Sequence[Shelter]) -> None:
        """See ``EventStore.put_shelters``."""
        rows = [
            (s.shelter_id, s.name, s.county, s.capacity, _SYNTHETIC if s.synthetic else "") for s in shelters
        ]
        with self._transaction("store the shelters") as raw:
            raw.executemany(_upsert(_SHELTER), rows)

    def shelters(self) -> Iterator[Shelter]:
        """See ``EventStore.shelters``."""
        for row in self._rows(sa.select(_SHELTER).order_by(_SHELTER.c.shelter_id)):
            yield Shelter(row.shelter_id, row.name, row.county, row.capacity, row.label == _SYNTHETIC)

    def put_labels(self, labels: Mapping[str, str]) -> None:
        """See ``EventStore.put_labels``."""
        with self._transaction("store its labels") as raw:
            raw.executemany(_upsert(_LABEL), list(labels.items()))

    def labels(self) -> dict[str, str]:
        """See ``EventStore.labels``."""
        return {row.key: row.value for row in self._rows(sa.select(_LABEL).order_by(_LABEL.c.key))}

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        if hasattr(self, "_engine"):
            self._engine.dispose()
        self._raw.close()


def _person_row(person: Person) -> tuple[Any, ...]:
    if not person.code:
        raise EvacError("a person without a code", where=f"roster, {person.name}", remedy="mint one first")
    return (
        person.code,
        short_code(person.code),
        person.name,
        person.household,
        person.county,
        person.village,
        person.village_name,
        person.category.value,
        person.destination.stay.value,
        person.destination.place,
        ",".join(person.vulnerability),
        person.helper,
        person.printed,
        person.signed,
        _SYNTHETIC if person.synthetic else "",
    )


def _person(row: Any) -> Person:
    return Person(
        code=row.code,
        name=row.name,
        household=row.household,
        county=row.county,
        village=row.village,
        village_name=row.village_name,
        category=Category(row.category),
        destination=Destination(Stay(row.stay), row.place),
        vulnerability=tuple(Vulnerability(v) for v in row.vulnerability.split(",") if v),
        helper=row.helper,
        printed=bool(row.printed),
        signed=row.signed,
        synthetic=row.label == _SYNTHETIC,
    )
