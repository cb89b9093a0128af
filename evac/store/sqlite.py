"""The store on SQLite: one file, write-ahead log, synchronous=FULL, one transaction a batch.

SQLAlchemy Core keeps the schema; the hot path hands rows to the driver.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Final, Self

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from evac.codes import bytes_of_code
from evac.events import ASIDE, Envelope, Merged, canonical, microseconds
from evac.log import digest_of, next_link
from evac.model import Person, Shelter
from evac.registry import Appended
from evac.standing import UNHEARD_OF, Standing, advance, changes, settle, spot
from evac.store import list_rows, rows
from evac.store.sealed import KEY_MARK, require_key
from evac.store.sqlite_reading import SQLiteReading, Sums, could_not, require_file, sqlite_errors
from evac.store.tables import (
    ALIAS,
    CHANGE,
    EVENT,
    EVENT_COLUMNS,
    EVENTS,
    LABEL,
    METADATA,
    PERSON,
    REVISION,
    SCHEMA_VERSION,
    SHELTER,
    STANDING,
    STANDING_COLUMNS,
    columns,
    insert,
    keep,
    update,
    upsert,
)
from evac.vault import Vault
from riskmap.errors import SourceError

_LOG_PAGES: Final = (5_000, 20_000)
"""Lengths of the write-ahead log at which it is folded in, of small and large registries; a page changed twice by then is folded once."""
_SUM_UP_AFTER: Final = 20_000
"""Rows of changes after which they are summed up, or as many as there were spots: a count reads twice its cells at most."""

_INSERT_EVENT: Final = insert(EVENT, "?", ("sequence", "received_at", "previous", "link", *EVENT_COLUMNS))
_KEEP_EVENT: Final = f"{_INSERT_EVENT} ON CONFLICT (event_id) DO NOTHING"
_UPSERT_STANDING: Final = upsert(STANDING, "?")
_MOVE_STANDING: Final = update(
    STANDING, "?", "county"
)  # its index is left alone: half the pages of a check-in
_LOOK_UP: Final = (
    f"SELECT head.sequence, link, last, {', '.join(f'standing.{name}' for name in STANDING_COLUMNS[1:])} "
    "FROM event head LEFT JOIN standing ON standing.code = ? WHERE head.sequence = (SELECT max(sequence) FROM event)"
)
_INSERT_CHANGE: Final = insert(CHANGE, "?")
_INSERT_TWO: Final = f"{_INSERT_CHANGE}, {_INSERT_CHANGE.partition('VALUES ')[2]}"
_PUT_PERSON: Final = f"{upsert(PERSON, '?')}, rowid = (SELECT max(rowid) + 1 FROM person)"
"""Who is put again gets a new number, too: readers know by it what they have not seen (``followed``)."""
_INSERT_ALIAS: Final = insert(ALIAS, "?")


class _Transaction:
    """Everything inside, durably, or nothing. A class: each single check-in pays for it, and generators cost more."""

    __slots__ = ("_doing", "_path", "_raw")

    def __init__(self, raw: sqlite3.Connection, path: Path, doing: str) -> None:
        self._raw, self._path, self._doing = raw, path, doing

    def __enter__(self) -> sqlite3.Connection:
        try:
            if self._raw.in_transaction:  # an interrupted one, of which nothing was acknowledged
                self._raw.execute("ROLLBACK")
            self._raw.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise could_not(self._doing, self._path, error) from error
        return self._raw

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            try:
                self._raw.execute("COMMIT")
                return
            except BaseException as failed:
                error = failed
        with sqlite_errors(self._path, self._doing):
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")
            raise error


class SQLiteStore(SQLiteReading):
    """An ``EventStore`` in one SQLite file.

    Parameters
    ----------
    path : Path
        Made if it is not there.
    read_only : bool
        Open an existing file for reading alone.
    vault : Vault, optional
        Seals and opens what tells who people are; invented people need none.
    sums : Sums, optional
        What is kept of the file, shared with others who read it.

    Raises
    ------
    SourceError
        The file cannot be opened, is no registry, or was written by another version.
    ConflictError
        The vault is not the one that its people are sealed under.
    """

    def __init__(
        self, path: Path, *, read_only: bool = False, vault: Vault | None = None, sums: Sums | None = None
    ) -> None:
        if read_only:
            require_file(path)
        with sqlite_errors(path, "open"):
            if not read_only and not path.exists():
                path.touch(mode=0o600)  # people are in it: for its owner alone
            raw = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
            super().__init__(path, raw, vault, sums)
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
                remedy="run `evac migrate`, or use the version that wrote it",
            )
        try:
            require_key(self, vault, where=str(path))
        except BaseException:
            self.close()
            raise

    def _set_up(self) -> str | None:
        self._raw.execute("PRAGMA page_size=2048")  # of a new file; a check-in changes little of each
        self._raw.execute("PRAGMA journal_mode=WAL")
        self._raw.execute("PRAGMA synchronous=FULL")
        self._raw.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten
        if self._is_empty():
            self._make_tables()
        self._lengthen_log()
        self._raw.execute("PRAGMA cache_size=-200000")  # kB at most: a small registry takes what it needs
        self._spots, self._unsummed = 0, self._raw.execute("SELECT count(*) FROM change").fetchone()[0]
        return self._found()

    def _is_empty(self) -> bool:
        return self._raw.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None

    def _make_tables(self) -> None:
        """All tables and the version, or nothing: a beginning that is killed is begun anew."""
        dialect = sqlite.dialect()
        with self._transaction("be made") as raw:
            if not self._is_empty():  # another program was faster
                return
            for table in METADATA.sorted_tables:
                raw.execute(str(CreateTable(table, if_not_exists=True).compile(dialect=dialect)))
                for index in sorted(table.indexes, key=lambda index: str(index.name)):
                    raw.execute(str(CreateIndex(index, if_not_exists=True).compile(dialect=dialect)))
            raw.execute("INSERT INTO label VALUES ('schema', ?)", (SCHEMA_VERSION,))
            raw.execute(insert(REVISION, "?"), (SCHEMA_VERSION,))

    def _lengthen_log(self) -> None:
        """Give the log of a large registry its full length at once, by a transaction that is taken back.

        A commit that makes the log longer waits for the disk twice as long as one that writes it over.
        """
        (pages,), (size,) = (self._raw.execute(f"PRAGMA page_{n}").fetchone() for n in ("count", "size"))
        least, most = _LOG_PAGES
        length = max(least, min(pages, most))
        self._raw.execute(f"PRAGMA wal_autocheckpoint={length}")
        log = Path(f"{self.path}-wal")
        if pages < least or (log.exists() and log.stat().st_size >= length * size):
            return
        with suppress(sqlite3.Error):  # no room, or somebody writes: then it grows as it is needed
            self._raw.execute("PRAGMA busy_timeout=0")
            self._raw.execute("PRAGMA cache_size=10")  # pages: all the others go to the log
            self._raw.execute("BEGIN IMMEDIATE")
            self._raw.execute("CREATE TABLE filling (bytes)")
            self._raw.execute("INSERT INTO filling VALUES (zeroblob(?))", (length * size,))
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")
        self._raw.execute("PRAGMA busy_timeout=5000")

    def staged(self) -> Self:
        """The same, of a folder that is published whole: no batch waits for the disk by itself, closing does for all of them."""
        self._raw.execute("PRAGMA synchronous=NORMAL")
        return self

    def _found(self) -> str | None:
        row = self._raw.execute("SELECT value FROM label WHERE key = 'schema'").fetchone()
        return row[0] if row else None

    def _transaction(self, doing: str) -> _Transaction:
        return _Transaction(self._raw, self.path, doing)

    def append(self, events: Sequence[Envelope], *, received_at: datetime) -> Appended:
        """See ``EventStore.append``."""
        made = [rows.event_row(event) for event in events]
        with self._transaction("store events"):
            if len(events) == 1 and self._append_step(events[0], made[0], received_at):
                return Appended((events[0],))
            fresh, repeated = self._sift(events, made)
            if fresh:
                self._write(fresh, received_at)
            conflicting = self._conflicting(repeated, fresh)
        return Appended(
            tuple(event for event, _ in fresh.values()), tuple(e.event_id for e in repeated), conflicting
        )

    def _append_step(self, event: Envelope, row: rows.Row, received_at: datetime) -> bool:
        """Store one new event that moves its person by one step, in as few statements as it can be; False if it does not."""
        found = None if event.kind in ASIDE else self._raw.execute(_LOOK_UP, row[1:2]).fetchone()
        if found is None:  # the first event of all
            return False
        number, link, last, *held = found
        before = None if last is None else rows.standing_of(held)
        after = advance(before or UNHEARD_OF, event)
        if after is None:
            return False
        number, receipt = number + 1, microseconds(received_at)
        link = next_link(link, number, receipt, digest_of(canonical(event)))
        if not self._raw.execute(_KEEP_EVENT, (number, receipt, last or None, link, *row)).rowcount:
            return False  # a repeat
        self._move(event.code, before, after, number)
        return True

    def _move(self, code: str, before: Standing | None, after: Standing, number: int) -> None:
        """``_write_standings`` of one person, in two statements."""
        key, state, county, *rest = rows.standing_row(code, after)
        now = spot(after.state)
        then = None if before is None else spot(before.state)
        if then is not None and then.county == county:
            self._raw.execute(_MOVE_STANDING, (state, *rest, number, key))
        else:
            self._raw.execute(_UPSERT_STANDING, (key, state, county, *rest, number))
        if then is None:
            self._raw.execute(_INSERT_CHANGE, rows.change_row(now, 1))
            self._unsummed += 1
        elif then != now:
            self._raw.execute(_INSERT_TWO, (*rows.change_row(then, -1), *rows.change_row(now, 1)))
            self._unsummed += 2
        self._sum_up_if_many()

    def _sift(
        self, events: Sequence[Envelope], made: Sequence[rows.Row]
    ) -> tuple[dict[bytes, tuple[Envelope, rows.Row]], list[Envelope]]:
        """Id -> event and row of what is new, and the rest."""
        known = set(self._known([row[0] for row in made]))
        fresh: dict[bytes, tuple[Envelope, rows.Row]] = {}
        repeated: list[Envelope] = []
        for event, row in zip(events, made, strict=True):
            if row[0] in known or row[0] in fresh:
                repeated.append(event)
            else:
                fresh[row[0]] = event, row
        return fresh, repeated

    def _conflicting(
        self, repeated: Sequence[Envelope], fresh: Mapping[bytes, tuple[Envelope, rows.Row]]
    ) -> tuple[str, ...]:
        """Ids of repeats whose content differs from what is kept."""
        if not repeated:
            return ()
        kept = {event.event_id: event for event, _ in fresh.values()}
        ids = [rows.id_bytes(event.event_id) for event in repeated]
        kept |= {e.event_id: e for e in map(rows.event_of, self._some(EVENTS, "event_id", ids))}
        return tuple(event.event_id for event in repeated if kept[event.event_id] != event)

    def _write(self, fresh: Mapping[bytes, tuple[Envelope, rows.Row]], received_at: datetime) -> None:
        folded = [event for event, _ in fresh.values() if event.kind not in ASIDE]
        keys = {row[1]: event.code for event, row in fresh.values() if event.kind not in ASIDE}
        before, last = self._held(keys)
        after = settle(before, folded, self.kin)
        if more := after.keys() - before.keys():  # codes that were merged with one of the batch
            further, newest = self._held({bytes_of_code(code): code for code in more})
            before |= further
            last |= newest
        self._write_events(fresh.values(), last, microseconds(received_at))
        self._write_standings(before, after, last)
        for event in folded:
            if isinstance(event, Merged):
                pair = bytes_of_code(event.code), bytes_of_code(event.into)
                self._raw.executemany(_INSERT_ALIAS, [pair, pair[::-1]])

    def _write_events(
        self, fresh: Collection[tuple[Envelope, rows.Row]], last: dict[str, int], receipt: int
    ) -> None:
        """Chain the events and insert them; ``last`` is led on to each person's newest."""
        head = self.head()
        number, link = head.sequence, head.link
        added = []
        for event, row in fresh:
            # one writer and whole batches: here the number of an event is its position in the chain
            number += 1
            link = next_link(link, number, receipt, digest_of(canonical(event)))
            if event.kind in ASIDE:
                added.append((number, receipt, None, link, *row))
            else:
                added.append((number, receipt, last.get(event.code), link, *row))
                last[event.code] = number
        self._raw.executemany(_INSERT_EVENT, added)

    def _write_standings(
        self, before: Mapping[str, Standing], after: Mapping[str, Standing], last: Mapping[str, int]
    ) -> None:
        # who is only known as the one that others were merged into has no event to begin at
        new, moved_on = [], []
        for code, standing in after.items():
            key, state, county, *rest = rows.standing_row(code, standing)
            earlier = before.get(code)
            if earlier is not None and earlier.state.county == county:
                moved_on.append((state, *rest, last[code], key))
            else:
                new.append((key, state, county, *rest, last.get(code, 0)))
        # in the order of the table: neighbours share their pages
        moved_on.sort(key=itemgetter(-1))
        new.sort()
        if moved_on:
            self._raw.executemany(_MOVE_STANDING, moved_on)
        if new:
            self._raw.executemany(_UPSERT_STANDING, new)
        moved = changes(before, after)
        self._raw.executemany(_INSERT_CHANGE, [rows.change_row(where, n) for where, n in moved.items()])
        self._unsummed += len(moved)
        self._sum_up_if_many()

    def _sum_up_if_many(self) -> None:
        if self._unsummed > max(_SUM_UP_AFTER, self._spots):
            self._sum_up()

    def _sum_up(self) -> None:
        """Sum the changes up, one row a spot."""
        names = ", ".join(columns(CHANGE, "n"))
        total = f"SELECT {names}, sum(n) FROM change GROUP BY {names} HAVING sum(n) <> 0"
        summed = self._raw.execute(total).fetchall()
        (times,) = self._raw.execute("PRAGMA user_version").fetchone()
        self._raw.execute(f"PRAGMA user_version={(times + 1) % 2**31}")  # tells readers; see ``summed``
        self._raw.execute("DELETE FROM change")
        self._raw.executemany(_INSERT_CHANGE, summed)
        self._spots, self._unsummed = len(summed), 0

    def put_people(self, people: Sequence[Person]) -> None:
        """See ``EventStore.put_people``."""
        made = [list_rows.person_row(person, self._vault) for person in people]
        with self._transaction("store the roster") as raw:
            if self._vault is not None and made:
                require_key(self, self._vault, where=str(self.path))
                raw.execute(keep(LABEL, "?"), (KEY_MARK, self._vault.mark))
            raw.executemany(_PUT_PERSON, made)

    def put_shelters(self, shelters: Sequence[Shelter]) -> None:
        """See ``EventStore.put_shelters``."""
        with self._transaction("store the shelters") as raw:
            raw.executemany(upsert(SHELTER, "?"), [list_rows.shelter_row(shelter) for shelter in shelters])

    def put_labels(self, labels: Mapping[str, str]) -> None:
        """See ``EventStore.put_labels``."""
        with self._transaction("store its labels") as raw:
            raw.executemany(upsert(LABEL, "?"), list(labels.items()))
