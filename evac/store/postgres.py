"""The store on PostgreSQL 15 or newer, through psycopg 3: one statement a check-in, COPY for batches, many writers.

Writers do not wait for a common row: counts are rows of changes, and the hash chain is drawn by whoever calls ``seal`` over
the events whose transactions have ended, in the order of transaction and number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import psycopg

from evac.codes import bytes_of_code, code_of_bytes
from evac.events import Envelope, canonical, instant_of, microseconds
from evac.log import Head, Sealed, same_fact, seal
from evac.model import Person, Shelter
from evac.registry import Appended
from evac.standing import Cell, Seat, Standing, refold
from evac.store import postgres_sql as sql
from evac.store import rows
from evac.store.tables import (
    EVENT_COLUMNS,
    EVENTS,
    LABEL,
    PEOPLE,
    PERSON,
    SCHEMA_VERSION,
    SEAL,
    SHELTER,
    SHELTERS,
    STANDING_COLUMNS,
    columns,
    upsert,
)
from riskmap.errors import SourceError

_STANDINGS: Final = f"SELECT {', '.join(STANDING_COLUMNS)} FROM standing"
_LOG: Final = (
    f"SELECT position, received_at, digest, link, {', '.join(EVENT_COLUMNS)} "
    "FROM seal JOIN event USING (sequence) WHERE position > %s ORDER BY position"
)
_UNSEALED: Final = (
    f"SELECT e.sequence, received_at, {', '.join(EVENT_COLUMNS)} FROM event e "
    "LEFT JOIN seal USING (sequence) WHERE position IS NULL AND xid >= %s "
    "AND xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY xid, e.sequence LIMIT %s"
)
_LAST_SEALED: Final = (
    "SELECT position, link, (SELECT xid FROM event e WHERE e.sequence = s.sequence) "
    "FROM seal s ORDER BY position DESC LIMIT 1"
)
_FOLDED: Final = (
    f"UPDATE standing SET ({', '.join(STANDING_COLUMNS)}, refold) = ({', '.join(['%s'] * len(STANDING_COLUMNS))}, false) "
    "WHERE code = %s"
)
_SEALERS: Final = 0x65766163  # "evac": the lock that one sealer at a time holds
_AT_ONCE: Final = 5000
_MARKED: Final = 2  # the answer of CHECK_IN for who must be folded anew


class PostgresStore:
    """An ``EventStore`` in a PostgreSQL database; one connection, so one store for each thread that writes.

    Parameters
    ----------
    dsn : str
        Connection string of libpq.
    set_up : bool
        Make the tables where there are none; wants the rights to do so.

    Raises
    ------
    SourceError
        The server cannot be reached, or its tables are of another version.
    """

    def __init__(self, dsn: str, *, set_up: bool = False) -> None:
        self._dsn, self._where = dsn, "a PostgreSQL server"
        with self._errors("be reached"):
            told = psycopg.conninfo.conninfo_to_dict(dsn)
            self._where = f"PostgreSQL, {told.get('host', 'local')}, {told.get('dbname', 'default database')}"
            self._raw = psycopg.connect(dsn, autocommit=True, prepare_threshold=0)
        self._staged = False
        try:
            with self._errors("be set up"):
                if set_up:
                    self._set_up()
                row = self._raw.execute("SELECT value FROM label WHERE key = 'schema'").fetchone()
        except BaseException:
            self._raw.close()
            raise
        if row is None or row[0] != SCHEMA_VERSION:
            self._raw.close()
            raise SourceError(
                "written by another version", where=self._where, expected=f"schema {SCHEMA_VERSION}",
                found=f"schema {row[0] if row else None}", remedy="run `evac migrate`, or use the version that wrote it",
            )  # fmt: skip

    def _set_up(self) -> None:
        with self._raw.transaction():
            self._raw.execute("SELECT pg_advisory_xact_lock(%s)", (_SEALERS,))
            if self._raw.execute("SELECT to_regclass('event')").fetchone() != (None,):
                return
            for statement in sql.tables():
                self._raw.execute(statement)
            self._raw.execute(sql.TABLES, prepare=False)
            self._raw.execute(sql.FUNCTION, prepare=False)
            self._raw.execute("INSERT INTO label VALUES ('schema', %s)", (SCHEMA_VERSION,))

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise SourceError(
                f"the registry could not {doing} ({str(error).strip()}); nothing of this batch was acknowledged",
                where=self._where,
                expected="a PostgreSQL server of 15 or newer with room, and the rights of the role",
                remedy="see the server's log, then send the batch again",
            ) from error

    def append(self, events: Sequence[Envelope], *, received_at: datetime) -> Appended:
        """See ``EventStore.append``."""
        receipt = microseconds(received_at)
        made = [rows.event_row(event) for event in events]
        with self._errors("store events"):
            if len(events) == 1:
                return self._append_one(events[0], made[0], receipt)
            return self._append_batch(events, made, receipt)

    def _append_one(self, event: Envelope, row: rows.Row, receipt: int) -> Appended:
        (done,) = self._raw.execute(sql.CHECK_IN, (*row, receipt)).fetchone() or (0,)
        if done == _MARKED:
            self.repair([row[1]])
        return Appended((event,)) if done else self._sorted([event], set())

    def _append_batch(self, events: Sequence[Envelope], made: Sequence[rows.Row], receipt: int) -> Appended:
        if not self._staged:
            self._raw.execute(sql.STAGE, prepare=False)
            self._staged = True
        with self._raw.cursor().copy(sql.COPY) as copy:
            copy.set_types([*sql.EVENT_TYPES, "int4"])
            for n, row in enumerate(made):
                copy.write_row((*row, n))
        try:
            self._raw.execute(sql.STRANGERS)
            found = self._raw.execute(sql.STORE, (receipt,)).fetchall()
        finally:
            self._raw.execute("TRUNCATE stage")
        if marked := [code for _, code in found if code is not None]:
            self.repair(marked)
        return self._sorted(events, {event_id.hex() for event_id, _ in found if event_id is not None})

    @contextmanager
    def _recounted(self, codes: Sequence[bytes]) -> Iterator[None]:
        """Take people from the counts while their standings change by other means than ``STORE``."""
        if codes:
            self._raw.execute(sql.COUNT, {"sign": -1, "codes": codes})
        yield
        if codes:
            self._raw.execute(sql.COUNT, {"sign": 1, "codes": codes})

    def _sorted(self, events: Sequence[Envelope], fresh: set[str]) -> Appended:
        """What became of a batch of which these ids were new."""
        stored: dict[str, Envelope] = {}
        repeated: list[Envelope] = []
        for event in events:
            if event.event_id in fresh and event.event_id not in stored:
                stored[event.event_id] = event
            else:
                repeated.append(event)
        kept = {e.event_id: e for e in self._kept({e.event_id for e in repeated})} if repeated else {}
        odd = tuple(e.event_id for e in repeated if not same_fact(kept[e.event_id], e))
        return Appended(tuple(stored.values()), tuple(e.event_id for e in repeated), odd)

    def _refold(self, codes: Sequence[bytes]) -> None:
        """Fold people anew whom one step could not tell; their rows are locked by the caller."""
        if not codes:
            return
        history = self._events(codes)
        changed = [
            (*rows.standing_row(code, refold(events)), bytes_of_code(code))
            for code, events in history.items()
        ]
        with self._raw.cursor() as cursor:
            cursor.executemany(_FOLDED, changed)

    def repair(self, codes: Sequence[bytes] | None = None) -> int:
        """Fold people anew that are marked, all of them unless some are named; returns how many.

        Whoever stores a late event does so at once; a crash in between leaves the mark.
        """
        chosen = "standing s WHERE s.refold" + ("" if codes is None else " AND s.code = ANY(%(codes)s)")
        given = {"codes": None if codes is None else list(codes)}
        with self._errors("be repaired"), self._raw.transaction():
            lock = f"SELECT s.code FROM {chosen} ORDER BY s.code FOR UPDATE"
            marked = [row[0] for row in self._raw.execute(lock, given)]
            with self._recounted(marked):
                self._refold(marked)
        return len(marked)

    def _events(self, codes: Sequence[bytes]) -> dict[str, list[Envelope]]:
        found: dict[str, list[Envelope]] = {}
        for row in self._raw.execute(sql.PATH, (list(codes),)):
            event = rows.event_of(row)
            found.setdefault(event.code, []).append(event)
        return found

    def _kept(self, ids: Collection[str]) -> Iterator[Envelope]:
        keys = [rows.id_bytes(event_id) for event_id in ids]
        return map(rows.event_of, self._raw.execute(f"{EVENTS} WHERE event_id = ANY(%s)", (keys,)))

    def known(self, event_ids: Collection[str]) -> set[str]:
        """See ``EventStore.known``."""
        keys = [rows.id_bytes(event_id) for event_id in event_ids]
        with self._errors("be read"):
            found = self._raw.execute("SELECT event_id FROM event WHERE event_id = ANY(%s)", (keys,))
            return {row[0].hex() for row in found}

    def events_of(self, codes: Collection[str]) -> dict[str, list[Envelope]]:
        """See ``EventStore.events_of``."""
        with self._errors("be read"):
            return self._events([bytes_of_code(code) for code in codes])

    def standings(self, codes: Collection[str]) -> dict[str, Standing]:
        """See ``EventStore.standings``."""
        keys = [bytes_of_code(code) for code in codes]
        query = f"{_STANDINGS} WHERE code = ANY(%s) AND event_id <> ''"
        with self._errors("be read"):
            return {
                code_of_bytes(code): rows.standing_of(row) for code, *row in self._raw.execute(query, (keys,))
            }

    def everybody(self) -> Iterator[tuple[str, Standing]]:
        """See ``EventStore.everybody``."""
        for code, *row in self._stream(f"{_STANDINGS} WHERE event_id <> '' ORDER BY code"):
            yield code_of_bytes(code), rows.standing_of(row)

    def _stream(self, query: str, given: Sequence[Any] = ()) -> Iterator[Any]:
        """Rows by and by, so that a province does not have to fit into memory; by a connection of its own, so that what is
        stored meanwhile is durable at once."""
        with self._errors("be read"), psycopg.connect(self._dsn) as other, other.cursor("stream") as cursor:
            cursor.itersize = _AT_ONCE
            yield from cursor.execute(query, given)

    def cells(self) -> Counter[Cell]:
        """See ``EventStore.cells``."""
        with self._errors("be read"):
            return Counter(dict(map(rows.cell_of, self._raw.execute(rows.CELLS))))

    def seats(self) -> Counter[Seat]:
        """See ``EventStore.seats``."""
        with self._errors("be read"):
            return Counter(dict(map(rows.seat_of, self._raw.execute(rows.SEATS))))

    def sum_up(self) -> None:
        """Sum the changes up, one row a spot; writers go on meanwhile."""
        with self._errors("be summed up"):
            self._raw.execute(sql.SUM_UP)

    def events(self) -> Iterator[Envelope]:
        """See ``EventStore.events``."""
        return map(rows.event_of, self._stream(f"{EVENTS} ORDER BY sequence"))

    def log(self, after: int = 0) -> Iterator[Sealed]:
        """See ``EventStore.log``."""
        for position, received, digest, link, *row in self._stream(_LOG, (after,)):
            event = rows.event_of(row)
            yield Sealed(position, canonical(event), instant_of(received), digest, link, event)

    def seal(self) -> Head:
        """See ``EventStore.seal``; events of transactions that are still open wait for the next time."""
        with self._errors("be sealed"):
            while True:
                with self._raw.transaction():
                    self._raw.execute("SELECT pg_advisory_xact_lock(%s)", (_SEALERS,))
                    count, head = self._seal_some()
                if count < _AT_ONCE:
                    return head

    def _seal_some(self) -> tuple[int, Head]:
        position, link, xid = self._raw.execute(_LAST_SEALED).fetchone() or (0, None, 0)
        head = Head() if link is None else Head(position, link)
        found = self._raw.execute(_UNSEALED, (xid, _AT_ONCE)).fetchall()
        with self._raw.cursor().copy(f"COPY seal ({', '.join(columns(SEAL))}) FROM STDIN") as copy:
            for sequence, received, *row in found:
                (entry,) = seal(head, [rows.event_of(row)], received_at=instant_of(received))
                copy.write_row((entry.sequence, sequence, entry.digest, entry.link))
                head = Head(entry.sequence, entry.link)
        return len(found), head

    def head(self) -> Head:
        """See ``EventStore.head``."""
        with self._errors("be read"):
            row = self._raw.execute(
                "SELECT position, link FROM seal ORDER BY position DESC LIMIT 1"
            ).fetchone()
        return Head(*row) if row else Head()

    def _put(self, query: str, given: Sequence[Sequence[Any]], doing: str) -> None:
        with self._errors(doing), self._raw.transaction(), self._raw.cursor() as cursor:
            cursor.executemany(query, given)

    def put_people(self, people: Sequence[Person]) -> None:
        """See ``EventStore.put_people``."""
        self._put(upsert(PERSON, "%s"), [rows.person_row(person) for person in people], "store the roster")

    def people(self) -> Iterator[Person]:
        """See ``EventStore.people``."""
        return map(rows.person_of, self._stream(f"{PEOPLE} ORDER BY code"))

    def person(self, code_or_short: str) -> Person | None:
        """See ``EventStore.person``."""
        whole = len(code_or_short) == 26
        key = bytes_of_code(code_or_short) if whole else code_or_short
        query = (
            f"SELECT {', '.join(columns(PERSON))} FROM person WHERE {'code' if whole else 'short_code'} = %s"
        )
        with self._errors("be read"):
            row = self._raw.execute(query, (key,)).fetchone()
        return rows.person_of(row) if row else None

    def put_shelters(self, shelters: Sequence[Shelter]) -> None:
        """See ``EventStore.put_shelters``."""
        self._put(upsert(SHELTER, "%s"), [rows.shelter_row(s) for s in shelters], "store the shelters")

    def shelters(self) -> Iterator[Shelter]:
        """See ``EventStore.shelters``."""
        return map(rows.shelter_of, self._stream(SHELTERS))

    def put_labels(self, labels: Mapping[str, str]) -> None:
        """See ``EventStore.put_labels``."""
        self._put(upsert(LABEL, "%s"), list(labels.items()), "store its labels")

    def labels(self) -> dict[str, str]:
        """See ``EventStore.labels``."""
        with self._errors("be read"):
            return dict(self._raw.execute("SELECT key, value FROM label ORDER BY key").fetchall())

    def close(self) -> None:
        """Let go of the connection."""
        self._raw.close()
