"""What is read from a registry's SQLite file; the writer is built upon it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from evac.codes import bytes_of_code, code_of_bytes
from evac.events import Envelope, canonical, instant_of
from evac.log import GENESIS, Head, Sealed, digest_of
from evac.model import Person, Shelter
from evac.standing import Cell, Seat, Standing
from evac.store import list_rows, rows
from evac.store.asked import AskedInSQL
from evac.store.followed import Followed
from evac.store.sealed import SEALED_MARK, SOME_SEALED
from evac.store.summed import Summed
from evac.store.tables import EVENT_COLUMNS, EVENTS, PEOPLE, PERSON, SHELTERS, STANDING_COLUMNS, columns
from evac.vault import Vault
from riskmap.errors import SourceError

_CHUNK: Final = 500  # SQLite allows 999 variables in its oldest builds
_PATH: Final = (
    "WITH RECURSIVE path(at) AS (SELECT last FROM standing WHERE code = ? "
    "UNION ALL SELECT previous FROM path JOIN event ON sequence = at WHERE previous IS NOT NULL) "
    f"SELECT {', '.join(EVENT_COLUMNS)} FROM path JOIN event ON sequence = at"
)
_STANDINGS: Final = f"SELECT last, {', '.join(STANDING_COLUMNS)} FROM standing"
_LISTED: Final = "SELECT code FROM (SELECT code FROM standing WHERE county <> '')"
_KIN: Final = (
    "WITH RECURSIVE kin(code) AS (VALUES (?) UNION SELECT other FROM kin JOIN alias USING (code)) "
    "SELECT code FROM kin"
)
_LOG: Final = f"SELECT sequence, received_at, link, {', '.join(EVENT_COLUMNS)} FROM event WHERE sequence > ? ORDER BY sequence"
_DESTROYED: Final = (
    "SELECT position, received_at, digest, link FROM seal WHERE position > ? ORDER BY position"
)
_ASIDE: Final = (
    f"SELECT sequence, {', '.join(EVENT_COLUMNS)} FROM event WHERE kind >= {rows.FIRST_ASIDE} AND kind IN "
)


def _cells() -> Summed[Cell]:
    return Summed(rows.CELLS_AT, rows.cell_of, rows.cell_of_change, everywhere=True)


def _seats() -> Summed[Seat]:
    return Summed(rows.SEATS_AT, rows.seat_of, rows.seat_of_change, everywhere=False)


@dataclass(eq=False)
class Sums:
    """What is kept of one file from one question to the next, for all connections that are only read from."""

    cells: Summed[Cell] = field(default_factory=_cells)
    seats: Summed[Seat] = field(default_factory=_seats)
    people: Followed = field(default_factory=Followed)


class SQLiteReading(AskedInSQL):
    """The reading half of ``SQLiteStore``.

    Parameters
    ----------
    path : Path
        The file, for messages.
    raw : sqlite3.Connection
        Open, in autocommit mode.
    vault : Vault, optional
        Opens what is sealed about people.
    sums : Sums, optional
        Shared with others who read the same file; its own if not given.
    """

    mark = "?"
    empty = "x''"

    def __init__(
        self, path: Path, raw: sqlite3.Connection, vault: Vault | None, sums: Sums | None = None
    ) -> None:
        self.path = path
        self._raw = raw
        self._vault = vault
        self._sums = sums or Sums()

    @property
    def vault(self) -> Vault | None:
        """See ``EventStore.vault``."""
        return self._vault

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        with sqlite_errors(self.path, doing):
            yield

    def _some(self, query: str, column: str, keys: Sequence[Any]) -> Iterator[Any]:
        """Rows whose column is among the keys."""
        for n in range(0, len(keys), _CHUNK):
            part = keys[n : n + _CHUNK]
            marks = f"IN ({','.join('?' * len(part))})" if len(part) > 1 else "= ?"
            yield from self._raw.execute(f"{query} WHERE {column} {marks}", part)

    def _read(self, query: str, make: Any, *given: Any) -> Iterator[Any]:
        with self._errors("be read"):
            yield from map(make, self._raw.execute(query, given))

    def _known(self, ids: Sequence[bytes]) -> Iterator[bytes]:
        return (row[0] for row in self._some("SELECT event_id FROM event", "event_id", ids))

    def known(self, event_ids: Collection[str]) -> set[str]:
        """See ``EventStore.known``."""
        with self._errors("be read"):
            return {found.hex() for found in self._known([rows.id_bytes(i) for i in event_ids])}

    def positions(self, event_ids: Collection[str]) -> dict[str, int]:
        """See ``EventStore.positions``."""
        keys = [rows.id_bytes(event_id) for event_id in event_ids]
        with self._errors("be read"):
            found = self._some("SELECT event_id, sequence FROM event", "event_id", keys)
            return {event_id.hex(): position for event_id, position in found}

    def events_of(self, codes: Collection[str]) -> dict[str, list[Envelope]]:
        """See ``EventStore.events_of``."""
        with self._errors("be read"):
            found = {code: self._read_path(bytes_of_code(code)) for code in codes}
        return {code: events for code, events in found.items() if events}

    def _read_path(self, code: bytes) -> list[Envelope]:
        return [rows.event_of(row) for row in self._raw.execute(_PATH, (code,))]

    def kin(self, codes: Collection[str]) -> dict[str, list[Envelope]]:
        """See ``EventStore.kin``."""
        with self._errors("be read"):
            found = {row[0] for code in codes for row in self._raw.execute(_KIN, (bytes_of_code(code),))}
        return self.events_of([code_of_bytes(code) for code in found])

    def aside(
        self, kinds: Collection[str], *, codes: Collection[str] | None = None, after: int = 0
    ) -> Iterator[tuple[int, Envelope]]:
        """See ``EventStore.aside``."""
        numbers = ", ".join(str(rows.KIND_NUMBERS[kind]) for kind in sorted(kinds))
        keys: list[Any] = [] if codes is None else sorted(bytes_of_code(code) for code in codes)
        among = "" if codes is None else f" AND code IN ({','.join('?' * len(keys))})"
        query = f"{_ASIDE} ({numbers}) AND sequence > ?{among} ORDER BY sequence"
        return self._read(query, lambda row: (row[0], rows.event_of(row[1:])), after, *keys)

    def _held(self, codes: Mapping[bytes, str]) -> tuple[dict[str, Standing], dict[str, int]]:
        """Code -> standing, and code -> newest event by receipt, where the person's path begins; the codes by their bytes."""
        standings, last = {}, {}
        # in the order of the table: neighbours share their pages
        for row in self._some(_STANDINGS, "code", sorted(codes)):
            code = codes[row[1]]
            last[code] = row[0]
            standings[code] = rows.standing_of(row[2:])
        return standings, last

    def standings(self, codes: Collection[str]) -> dict[str, Standing]:
        """See ``EventStore.standings``."""
        with self._errors("be read"):
            return self._held({bytes_of_code(code): code for code in codes})[0]

    def listed(self, codes: Collection[str]) -> set[str]:
        """See ``EventStore.listed``."""
        text = {bytes_of_code(code): code for code in codes}
        with self._errors("be read"):
            found = {row[0] for row in self._some(_LISTED, "code", sorted(text))}
            found |= {
                row[0] for row in self._some("SELECT code FROM person", "code", sorted(text.keys() - found))
            }
        return {text[key] for key in found}

    def everybody(self, county: str = "") -> Iterator[tuple[str, Standing]]:
        """See ``EventStore.everybody``."""
        chosen, given = (" AND county >= ? AND county < ?", prefix_range(county)) if county else ("", ())
        return self._read(
            f"{_STANDINGS} WHERE event_id <> x''{chosen} ORDER BY code",
            lambda row: (code_of_bytes(row[1]), rows.standing_of(row[2:])),
            *given,
        )

    def movers(self, county: str = "") -> list[str]:
        """See ``EventStore.movers``."""
        query = "SELECT code FROM standing WHERE moves > 0 AND county >= ? AND county < ? ORDER BY code"
        return list(self._read(query, lambda row: code_of_bytes(row[0]), *prefix_range(county)))

    def cells(self) -> Counter[Cell]:
        """See ``EventStore.cells``."""
        return self._sums.cells.read(self._raw, self._read)

    def seats(self) -> Counter[Seat]:
        """See ``EventStore.seats``."""
        return self._sums.seats.read(self._raw, self._read)

    def counters(self, after: int = 0) -> tuple[int, dict[str, int]]:
        """See ``EventStore.counters``."""
        with self._errors("be read"):
            return rows.counters_of(self._raw.execute(rows.COUNTERS.format(mark="?"), (after,)), after)

    def events(self) -> Iterator[Envelope]:
        """See ``EventStore.events``."""
        return self._read(f"{EVENTS} ORDER BY sequence", rows.event_of)

    def log(self, after: int = 0) -> Iterator[Sealed]:
        """See ``EventStore.log``; what was destroyed comes first."""
        with self._errors("be read"):
            for position, received, digest, link in self._raw.execute(_DESTROYED, (after,)):
                yield Sealed(position, b"", instant_of(received), digest, link)
            for position, received, link, *row in self._raw.execute(_LOG, (after,)):
                event = rows.event_of(row)
                body = canonical(event)
                yield Sealed(position, body, instant_of(received), digest_of(body), link, event)

    def seal(self) -> Head:
        """See ``EventStore.seal``: here every batch is sealed as it is stored."""
        return self.head()

    def head(self) -> Head:
        """See ``EventStore.head``."""
        with self._errors("be read"):
            row = self._raw.execute(
                "SELECT sequence, link FROM event ORDER BY sequence DESC LIMIT 1"
            ).fetchone()
            if row is None:
                row = self._raw.execute(
                    "SELECT position, link FROM seal ORDER BY position DESC LIMIT 1"
                ).fetchone()
        return Head(*row) if row else Head(0, GENESIS)

    def _person(self, row: Sequence[Any]) -> Person:
        return list_rows.person_of(row, self._vault)

    def people(self, village: str = "") -> Iterator[Person]:
        """See ``EventStore.people``."""
        if not village:
            return self._read(f"{PEOPLE} ORDER BY code", self._person)
        return self._read(
            f"{PEOPLE} WHERE village >= ? AND village < ? ORDER BY code",
            self._person,
            *prefix_range(village),
        )

    def people_of(self, codes: Collection[str]) -> dict[str, Person]:
        """See ``EventStore.people_of``."""
        keys = sorted(bytes_of_code(code) for code in codes)
        with self._errors("be read"):
            found = map(self._person, self._some(PEOPLE, "code", keys))
            return {person.code: person for person in found}

    def person(self, code_or_short: str) -> Person | None:
        """See ``EventStore.person``."""
        whole = len(code_or_short) == 26
        key = bytes_of_code(code_or_short) if whole else code_or_short
        query = (
            f"SELECT {', '.join(columns(PERSON))} FROM person WHERE {'code' if whole else 'short_code'} = ?"
        )
        return next(self._read(query, self._person, key), None)

    def shelters(self) -> Iterator[Shelter]:
        """See ``EventStore.shelters``."""
        return self._read(SHELTERS, list_rows.shelter_of)

    def labels(self) -> dict[str, str]:
        """See ``EventStore.labels``."""
        return dict(self._read("SELECT key, value FROM label ORDER BY key", tuple))

    def key_mark(self) -> str:
        """See ``Sealing.key_mark``."""
        with self._errors("be read"):
            row = self._raw.execute(SEALED_MARK).fetchone()
        return row[0] if row else ""

    def some_sealed(self) -> list[tuple[bytes, bytes]]:
        """See ``Sealing.some_sealed``."""
        return list(self._read(SOME_SEALED.format(first="x'01'"), lambda row: (row[0], row[1][1:])))

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        self._raw.close()


def prefix_range(prefix: str) -> tuple[str, str]:
    """Lower and upper bound of the texts that begin so, for an index; administrative codes are digits.

    Examples
    --------
    >>> prefix_range("3309")
    ('3309', '3309:')
    """
    return prefix, f"{prefix}:"  # the character after "9"


@contextmanager
def sqlite_errors(path: Path, doing: str) -> Iterator[None]:
    """Say what a registry's file could not do, and what then."""
    try:
        yield
    except (sqlite3.Error, DBAPIError, UnicodeDecodeError) as error:  # the last from a damaged file
        raise could_not(doing, path, error) from error


def require_file(path: Path) -> None:
    """Refuse a registry that is not there, where none may be made.

    Raises
    ------
    SourceError
    """
    if not path.is_file():
        raise SourceError(
            "no registry is here", where=str(path), expected="a file that `evac` made",
            found="a folder" if path.is_dir() else "no such file", remedy="check the name and the folder",
        )  # fmt: skip


def could_not(doing: str, path: Path, error: Exception) -> SourceError:
    """What a registry's file could not do, and what then."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
        return SourceError(
            f"the registry could not {doing}: it is none ({cause})", where=str(path), expected="a file that `evac` made",
            found="something else", remedy="check the name, or bring a backup back: evac restore",
        )  # fmt: skip
    return SourceError(
        f"the registry could not {doing} ({cause}); nothing of this batch was acknowledged",
        where=str(path),
        expected="a writable disk with room, and no other writer",
        remedy="free the disk or stop the other program, then send the batch again",
    )
