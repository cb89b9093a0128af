"""What is read from a registry in PostgreSQL; the writer is built upon it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg

from evac.codes import bytes_of_code, code_of_bytes
from evac.events import Envelope, canonical, instant_of
from evac.log import Head, Sealed
from evac.model import Person, Shelter
from evac.standing import Cell, Seat, Standing
from evac.store import list_rows, rows
from evac.store import postgres_sql as sql
from evac.store.asked import AskedInSQL
from evac.store.sealed import SEALED_MARK, SOME_SEALED
from evac.store.sqlite_reading import prefix_range
from evac.store.tables import EVENT_COLUMNS, EVENTS, PEOPLE, PERSON, SHELTERS, STANDING_COLUMNS, columns
from evac.vault import Vault
from riskmap.errors import SourceError

_LISTED: Final = (
    "SELECT code FROM standing WHERE code = ANY(%(codes)s) AND county <> '' "
    "UNION SELECT code FROM person WHERE code = ANY(%(codes)s)"
)
_STANDINGS: Final = f"SELECT {', '.join(STANDING_COLUMNS)} FROM standing"
_HEARD_OF: Final = "event_id <> ''"
_LOG: Final = (
    f"SELECT position, s.received_at, digest, s.link, {', '.join(EVENT_COLUMNS)} "
    "FROM seal s LEFT JOIN event USING (sequence) WHERE position > %s ORDER BY position"
)
_POSITIONS: Final = "SELECT event_id, position FROM event JOIN seal USING (sequence) WHERE event_id = ANY(%s)"
AT_ONCE: Final = 5000
"""Rows in memory at a time."""


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a line of the driver says what the caller does not hear anyway.

    What it calls ignored are the errors of cleaning up after a lost connection; the loss itself is raised as ``SourceError``.
    """
    return not str(record.msg).startswith("error ignored")


logging.getLogger("psycopg").addFilter(_is_news)


class PostgresReading(AskedInSQL):
    """The reading half of ``PostgresStore``.

    Parameters
    ----------
    dsn : str
        Connection string of libpq.
    vault : Vault, optional
        Opens what is sealed about people.
    """

    mark = "%s"
    empty = "''::bytea"

    def __init__(self, dsn: str, vault: Vault | None) -> None:
        self._dsn, self._where, self._vault = dsn, "a PostgreSQL server", vault
        with self._errors("be reached"):
            told = psycopg.conninfo.conninfo_to_dict(dsn)
            self._where = f"PostgreSQL, {told.get('host', 'local')}, {told.get('dbname', 'default database')}"
            self._raw = psycopg.connect(dsn, autocommit=True, prepare_threshold=0)

    @property
    def vault(self) -> Vault | None:
        """See ``EventStore.vault``."""
        return self._vault

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

    def _stream(self, query: str, given: Sequence[Any] = ()) -> Iterator[Any]:
        """Rows by and by, so that a province does not have to fit into memory; by a connection of its own, so that what is
        stored meanwhile is durable at once."""
        with self._errors("be read"), psycopg.connect(self._dsn) as other, other.cursor("stream") as cursor:
            cursor.itersize = AT_ONCE
            yield from cursor.execute(query, given)

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

    def positions(self, event_ids: Collection[str]) -> dict[str, int]:
        """See ``EventStore.positions``."""
        keys = [rows.id_bytes(event_id) for event_id in event_ids]
        with self._errors("be read"):
            found = self._raw.execute(_POSITIONS, (keys,)) if keys else ()
            return {event_id.hex(): position for event_id, position in found}

    def events_of(self, codes: Collection[str]) -> dict[str, list[Envelope]]:
        """See ``EventStore.events_of``."""
        with self._errors("be read"):
            return self._events([bytes_of_code(code) for code in codes])

    def _kin(self, codes: Sequence[bytes]) -> list[bytes]:
        return [row[0] for row in self._raw.execute(sql.KIN, (list(codes),))]

    def kin(self, codes: Collection[str]) -> dict[str, list[Envelope]]:
        """See ``EventStore.kin``."""
        with self._errors("be read"):
            return self._events(self._kin([bytes_of_code(code) for code in codes]))

    def aside(
        self, kinds: Collection[str], *, codes: Collection[str] | None = None, after: int = 0
    ) -> Iterator[tuple[int, Envelope]]:
        """See ``EventStore.aside``."""
        numbers = [rows.KIND_NUMBERS[kind] for kind in kinds]
        keys = None if codes is None else [bytes_of_code(code) for code in codes]
        for sequence, *row in self._stream(
            sql.ASIDE_OF if keys is not None else sql.ASIDE,
            (numbers, after, *([] if keys is None else [keys])),
        ):
            yield sequence, rows.event_of(row)

    def standings(self, codes: Collection[str]) -> dict[str, Standing]:
        """See ``EventStore.standings``."""
        keys = [bytes_of_code(code) for code in codes]
        query = f"{_STANDINGS} WHERE code = ANY(%s) AND {_HEARD_OF}"
        with self._errors("be read"):
            return {
                code_of_bytes(code): rows.standing_of(row) for code, *row in self._raw.execute(query, (keys,))
            }

    def everybody(self, county: str = "") -> Iterator[tuple[str, Standing]]:
        """See ``EventStore.everybody``."""
        chosen, given = (" AND county >= %s AND county < %s", prefix_range(county)) if county else ("", ())
        for code, *row in self._stream(f"{_STANDINGS} WHERE {_HEARD_OF}{chosen} ORDER BY code", given):
            yield code_of_bytes(code), rows.standing_of(row)

    def movers(self, county: str = "") -> list[str]:
        """See ``EventStore.movers``."""
        query = "SELECT code FROM standing WHERE moves > 0 AND county >= %s AND county < %s ORDER BY code"
        with self._errors("be read"):
            return [code_of_bytes(row[0]) for row in self._raw.execute(query, prefix_range(county))]

    def cells(self) -> Counter[Cell]:
        """See ``EventStore.cells``."""
        with self._errors("be read"):
            return Counter(dict(map(rows.cell_of, self._raw.execute(rows.CELLS))))

    def seats(self) -> Counter[Seat]:
        """See ``EventStore.seats``."""
        with self._errors("be read"):
            return Counter(dict(map(rows.seat_of, self._raw.execute(rows.SEATS))))

    def counters(self, after: int = 0) -> tuple[int, dict[str, int]]:
        """See ``EventStore.counters``."""
        with self._errors("be read"):
            return rows.counters_of(self._raw.execute(rows.COUNTERS.format(mark="%s"), (after,)), after)

    def events(self) -> Iterator[Envelope]:
        """See ``EventStore.events``."""
        return map(rows.event_of, self._stream(f"{EVENTS} ORDER BY sequence"))

    def log(self, after: int = 0) -> Iterator[Sealed]:
        """See ``EventStore.log``."""
        for position, received, digest, link, *row in self._stream(_LOG, (after,)):
            if row[0] is None:
                yield Sealed(position, b"", instant_of(received), digest, link)
                continue
            event = rows.event_of(row)
            yield Sealed(position, canonical(event), instant_of(received), digest, link, event)

    def head(self) -> Head:
        """See ``EventStore.head``."""
        with self._errors("be read"):
            row = self._raw.execute(
                "SELECT position, link FROM seal ORDER BY position DESC LIMIT 1"
            ).fetchone()
        return Head(*row) if row else Head()

    def _person(self, row: Sequence[Any]) -> Person:
        return list_rows.person_of(row, self._vault)

    def people(self, village: str = "") -> Iterator[Person]:
        """See ``EventStore.people``."""
        chosen, given = (
            (" WHERE village >= %s AND village < %s", prefix_range(village)) if village else ("", ())
        )
        return map(self._person, self._stream(f"{PEOPLE}{chosen} ORDER BY code", given))

    def listed(self, codes: Collection[str]) -> set[str]:
        """See ``EventStore.listed``."""
        keys = [bytes_of_code(code) for code in codes]
        with self._errors("be read"):
            return {code_of_bytes(row[0]) for row in self._raw.execute(_LISTED, {"codes": keys})}

    def people_of(self, codes: Collection[str]) -> dict[str, Person]:
        """See ``EventStore.people_of``."""
        keys = [bytes_of_code(code) for code in codes]
        with self._errors("be read"):
            found = map(self._person, self._raw.execute(f"{PEOPLE} WHERE code = ANY(%s)", (keys,)))
            return {person.code: person for person in found}

    def person(self, code_or_short: str) -> Person | None:
        """See ``EventStore.person``."""
        whole = len(code_or_short) == 26
        key = bytes_of_code(code_or_short) if whole else code_or_short
        query = (
            f"SELECT {', '.join(columns(PERSON))} FROM person WHERE {'code' if whole else 'short_code'} = %s"
        )
        with self._errors("be read"):
            row = self._raw.execute(query, (key,)).fetchone()
        return self._person(row) if row else None

    def shelters(self) -> Iterator[Shelter]:
        """See ``EventStore.shelters``."""
        return map(list_rows.shelter_of, self._stream(SHELTERS))

    def labels(self) -> dict[str, str]:
        """See ``EventStore.labels``."""
        with self._errors("be read"):
            return dict(self._raw.execute("SELECT key, value FROM label ORDER BY key").fetchall())

    def key_mark(self) -> str:
        """See ``Sealing.key_mark``."""
        with self._errors("be read"):
            row = self._raw.execute(SEALED_MARK).fetchone()
        return row[0] if row else ""

    def some_sealed(self) -> list[tuple[bytes, bytes]]:
        """See ``Sealing.some_sealed``."""
        with self._errors("be read"):
            found = self._raw.execute(SOME_SEALED.format(first="'\\x01'::bytea")).fetchall()
        return [(bytes(code), bytes(told)[1:]) for code, told in found]

    def close(self) -> None:
        """Let go of the connection."""
        self._raw.close()
