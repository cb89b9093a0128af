"""The store on PostgreSQL 15 or newer, through psycopg 3: one statement a check-in, COPY for batches, many writers.

Writers do not wait for a common row: counts are rows of changes, and the hash chain is drawn by whoever calls ``seal`` over
the events whose transactions have ended, in the order of transaction and number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from secrets import SystemRandom
from time import sleep
from typing import Any, Final, TypeVar

import psycopg
from psycopg.pq import TransactionStatus

from evac.codes import bytes_of_code
from evac.events import ASIDE, Envelope, Merged, instant_of, microseconds
from evac.log import Head, seal
from evac.model import Person, Shelter
from evac.registry import Appended
from evac.standing import refold
from evac.store import list_rows, rows
from evac.store import postgres_sql as sql
from evac.store.postgres_reading import AT_ONCE, PostgresReading
from evac.store.prepared import Prepared
from evac.store.sealed import KEY_MARK, require_key
from evac.store.tables import (
    ALIAS,
    EVENT_COLUMNS,
    LABEL,
    PERSON,
    REVISION,
    SCHEMA_VERSION,
    SEAL,
    SHELTER,
    STANDING_COLUMNS,
    insert,
    keep,
    upsert,
)
from evac.vault import Vault
from riskmap.errors import SourceError

_UNSEALED: Final = (
    f"SELECT e.sequence, e.received_at, {', '.join(EVENT_COLUMNS)} FROM event e "
    "LEFT JOIN seal USING (sequence) WHERE position IS NULL AND xid >= %s "
    "AND xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY xid, e.sequence LIMIT %s"
)
_HOLD: Final = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_LET_GO: Final = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"
_LAST_SEALED: Final = (
    "SELECT position, link, (SELECT xid FROM event e WHERE e.sequence = s.sequence) "
    "FROM seal s ORDER BY position DESC LIMIT 1"
)
_FOLDED: Final = (
    f"UPDATE standing SET ({', '.join(STANDING_COLUMNS)}, refold) = ({', '.join(['%s'] * len(STANDING_COLUMNS))}, false) "
    "WHERE code = %s"
)
_MARKED: Final = 2  # the answer of CHECK_IN for who must be folded anew
_PAUSES: Final = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds at most before each further try of a change that gave way in a deadlock."""

_Done = TypeVar("_Done")


class PostgresStore(PostgresReading):
    """An ``EventStore`` in a PostgreSQL database; one connection, so one store for each thread that writes.

    Parameters
    ----------
    dsn : str
        Connection string of libpq.
    set_up : bool
        Make the tables where there are none; wants the rights to do so.
    vault : Vault, optional
        Seals and opens what tells who people are; invented people need none.

    Raises
    ------
    SourceError
        The server cannot be reached, or its tables are of another version.
    ConflictError
        The vault is not the one that its people are sealed under.
    """

    def __init__(self, dsn: str, *, set_up: bool = False, vault: Vault | None = None) -> None:
        super().__init__(dsn, vault)
        self._staged = False
        self._one_pass = False
        self._one: Prepared | None = None  # made by the first check-in that comes alone
        try:
            with self._errors("be set up"):
                if set_up:
                    self._set_up()
                self._raw.execute("SELECT pg_advisory_lock_shared(%s)", (sql.IN_USE,))
                moved = self._raw.execute(sql.FROM_ELSEWHERE).fetchone() == (True,)
                if self._raw.info.server_version >= 18_00_00:
                    self._one_pass = self._raw.execute(sql.MANY_PEOPLE).fetchone() == (True,)
                found: dict[str, str] = dict(
                    self._raw.execute(
                        "SELECT key, value FROM label WHERE key IN ('schema', 'machine')"
                    ).fetchall()
                )
        except BaseException:
            self._raw.close()
            raise
        wanted = {"schema": SCHEMA_VERSION, "machine": sql.MACHINE}
        if found != wanted:
            self._raw.close()
            raise SourceError(
                "written by another version", where=self._where,
                expected=f"schema {SCHEMA_VERSION}, state machine {sql.MACHINE}",
                found=f"schema {found.get('schema')}, state machine {found.get('machine')}",
                remedy="run `evac migrate`, or use the version that wrote it",
            )  # fmt: skip

        if moved:
            self._raw.close()
            raise SourceError(
                "restored from another server, and not settled here yet", where=self._where,
                expected="events of this server's transactions", found="later ones",
                remedy="run `evac migrate` as the tables' owner, once after each restore",
            )  # fmt: skip
        try:
            require_key(self, vault, where=self._where)
        except BaseException:
            self._raw.close()
            raise
        if set_up:
            self.repair()  # what a crash left marked

    def _set_up(self) -> None:
        with self._raw.transaction():
            self._raw.execute("SELECT pg_advisory_xact_lock(%s)", (sql.SETTING_UP,))
            if self._raw.execute("SELECT to_regclass('event')").fetchone() != (None,):
                return
            for statement in sql.tables():
                self._raw.execute(statement)
            self._raw.execute(sql.TABLES, prepare=False)
            self._raw.execute(sql.FUNCTION, prepare=False)
            self._raw.execute("INSERT INTO label VALUES ('schema', %s)", (SCHEMA_VERSION,))
            self._raw.execute(insert(REVISION, "%s"), (SCHEMA_VERSION,))
            self._raw.execute(sql.SAY_MACHINE, (sql.MACHINE,))

    def append(self, events: Sequence[Envelope], *, received_at: datetime) -> Appended:
        """See ``EventStore.append``."""
        receipt = microseconds(received_at)
        made = [rows.event_row(event) for event in events]
        with self._errors("store events"):
            if len(events) == 1 and events[0].kind not in ASIDE and not isinstance(events[0], Merged):
                return self._append_one(events[0], made[0], receipt)
            return self._append_batch(events, made, receipt)

    def _yielding(self, change: Callable[..., _Done], *given: Any) -> _Done:
        """Make a change, and make it again where it gave way in a deadlock: it was rolled back so that the other could end.

        Once more is not enough: a change that comes back at once takes its locks before the other has woken up, and both wait for
        each other as before. The pause grows and is random, so that two that meet do not meet in step.
        """
        for pause in _PAUSES:
            try:
                return change(*given)
            except psycopg.errors.DeadlockDetected:
                if self._raw.info.transaction_status != TransactionStatus.IDLE:
                    raise  # the caller's transaction has failed as a whole
                sleep(SystemRandom().uniform(0, pause))
        return change(*given)

    def _append_one(self, event: Envelope, row: rows.Row, receipt: int) -> Appended:
        if self._one is None:
            self._one = Prepared(self._raw, "check_in", sql.CHECK_IN, (*sql.EVENT_TYPES, "int8"))
        done = self._yielding(self._one.number, (*row, receipt))
        if done == _MARKED:
            self.repair([row[1]])
        return Appended((event,)) if done else self._sorted([event], set())

    def _append_batch(self, events: Sequence[Envelope], made: Sequence[rows.Row], receipt: int) -> Appended:
        if not self._staged:
            self._raw.execute(sql.STAGE, prepare=False)
            self._staged = True
        fresh, marked = self._yielding(self._store_batch, events, made, receipt)
        if marked:
            self.repair(marked)
        return self._sorted(events, fresh)

    def _store_batch(
        self, events: Sequence[Envelope], made: Sequence[rows.Row], receipt: int
    ) -> tuple[set[str], list[bytes]]:
        folded = [row for event, row in zip(events, made, strict=True) if event.kind not in ASIDE]
        if len(folded) == len(events) and not any(isinstance(event, Merged) for event in events):
            return self._store(folded, receipt)
        with self._raw.transaction():
            fresh, marked = self._store(folded, receipt)
            self._store_others(events, made, receipt, fresh)
        return fresh, marked

    def _store(self, folded: Sequence[rows.Row], receipt: int) -> tuple[set[str], list[bytes]]:
        """Ids of those that are new, and the codes to fold anew."""
        if not folded:
            return set(), []
        whole = self._raw.info.transaction_status.name == "IDLE"
        statement = sql.STORE_18 if whole and self._one_pass else sql.STORE
        try:
            if whole:
                self._raw.execute(sql.BEGIN, prepare=False)
            met: set[bytes] = set()
            fresh: set[str] = set()
            with self._raw.cursor().copy(sql.COPY) as copy:
                copy.set_types(sql.COPY_TYPES)
                for n, row in enumerate(folded):
                    again = row[1] in met
                    copy.write_row((*row, n, again))
                    if not again:
                        met.add(row[1])
                        fresh.add(row[0].hex())
            # the end goes out with the rest: no lock waits for us to hear the answer
            with self._raw.pipeline():
                self._raw.execute(sql.KNOWN)
                first = self._raw.execute(statement, (receipt,))
                further = self._raw.execute(sql.STORE_AGAIN, (receipt,)) if len(met) < len(folded) else None
                if whole:
                    self._raw.execute("COMMIT")
        except BaseException:
            if whole and not self._raw.closed:
                self._raw.rollback()
            raise
        marked: set[bytes] = set()
        for known, code in first.fetchall():
            if known is None:
                marked.add(code)
            else:
                fresh.discard(known.hex())
        for event_id, code, done in further.fetchall() if further else ():
            if done:
                fresh.add(event_id.hex())
            if done == _MARKED:
                marked.add(code)
        return fresh, sorted(marked)

    def _store_others(
        self, events: Sequence[Envelope], made: Sequence[rows.Row], receipt: int, fresh: set[str]
    ) -> None:
        """What the statement for check-ins does not do: facts aside, whose ids are added, and who was merged with whom."""
        for event, row in zip(events, made, strict=True):
            if event.kind in ASIDE and self._raw.execute(sql.STORE_ASIDE, (*row, receipt)).rowcount:
                fresh.add(event.event_id)
            if isinstance(event, Merged) and event.event_id in fresh:
                pair = bytes_of_code(event.code), bytes_of_code(event.into)
                self._raw.execute(sql.STRANGER, (pair[1],))
                self._raw.execute(sql.MARK, (pair[1],))
                for both in (pair, pair[::-1]):
                    self._raw.execute(insert(ALIAS, "%s"), both)

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
        odd = tuple(e.event_id for e in repeated if kept[e.event_id] != e)
        return Appended(tuple(stored.values()), tuple(e.event_id for e in repeated), odd)

    @contextmanager
    def _recounted(self, codes: Sequence[bytes]) -> Iterator[None]:
        """Take people from the counts while their standings change by other means than ``STORE``."""
        self._raw.execute(sql.COUNT, {"sign": -1, "codes": codes})
        yield
        self._raw.execute(sql.COUNT, {"sign": 1, "codes": codes})

    def repair(self, codes: Sequence[bytes] | None = None) -> int:
        """Fold people anew that are marked, all of them unless some are named; returns how many.

        Whoever stores a late event does so at once; a crash in between leaves the mark.
        """
        with self._errors("be repaired"):
            marked = (
                [row[0] for row in self._raw.execute("SELECT code FROM standing WHERE refold")]
                if codes is None
                else list(codes)
            )
            for first in range(0, len(marked), AT_ONCE):
                some = marked[first : first + AT_ONCE]
                while not self._yielding(self._folded, some):
                    pass
        return len(marked)

    def _folded(self, codes: Sequence[bytes]) -> bool:
        """Fold people and their kin anew, in two trips to the server; False if a merge slipped in and nothing was done."""
        with self._raw.pipeline(), self._raw.transaction():
            locked, kin, path = (
                self._raw.execute(query, (codes,)) for query in (sql.LOCK, sql.KIN, sql.PATH_OF_KIN)
            )
            family = [row[0] for row in locked]
            # a merge that was stored while we waited for the locks ties them to somebody who is not locked
            if not {row[0] for row in kin} <= set(family):
                return False
            self._refold(family, map(rows.event_of, path))
        return True

    def _refold(self, family: Sequence[bytes], events: Iterable[Envelope]) -> None:
        """Fold people anew; their rows are locked by the caller, and nobody is left out who was merged with one of them."""
        changed = [
            (*rows.standing_row(code, standing), bytes_of_code(code))
            for code, standing in refold(events).items()
        ]
        with self._recounted(family), self._raw.cursor() as cursor:
            cursor.executemany(_FOLDED, changed)

    def sum_up(self) -> None:
        """Sum the changes up, one row a spot; writers go on meanwhile."""
        with self._errors("be summed up"):
            self._yielding(self._raw.execute, sql.SUM_UP)

    def seal(self) -> Head:
        """See ``EventStore.seal``; events of transactions that are still open wait for the next time."""
        self.repair()
        with self._errors("be sealed"):
            if self._raw.execute(sql.MANY_CHANGES).fetchone() == (True,):
                self.sum_up()
            while True:
                with self._raw.transaction():
                    self._raw.execute("SELECT pg_advisory_xact_lock(%s)", (sql.SETTING_UP,))
                    count, head = self._seal_some()
                if count < AT_ONCE:
                    return head

    def _seal_some(self) -> tuple[int, Head]:
        position, link, xid = self._raw.execute(_LAST_SEALED).fetchone() or (0, None, 0)
        head = Head() if link is None else Head(position, link)
        found = self._raw.execute(_UNSEALED, (xid or 0, AT_ONCE)).fetchall()
        added = []
        for sequence, received, *row in found:
            (entry,) = seal(head, [rows.event_of(row)], received_at=instant_of(received))
            added.append((entry.sequence, sequence, received, entry.digest, entry.link))
            head = Head(entry.sequence, entry.link)
        with self._raw.cursor() as cursor:  # no COPY: row-level security forbids it
            cursor.executemany(insert(SEAL, "%s"), added)
        return len(found), head

    def hold(self, names: Collection[str]) -> set[str]:
        """Hold names until they are let go or the connection ends; gives those that another connection holds."""
        with self._errors("be asked"):
            found = [(name, self._raw.execute(_HOLD, (name,)).fetchone()) for name in sorted(names)]
        return {name for name, held in found if held != (True,)}

    def let_go(self, names: Collection[str]) -> None:
        """Let go of names that this connection holds."""
        with self._errors("be asked"):
            for name in sorted(names):
                self._raw.execute(_LET_GO, (name,))

    def _put(self, query: str, given: Sequence[Sequence[Any]], doing: str) -> None:
        with self._errors(doing):
            self._yielding(self._put_rows, query, given)

    def _put_rows(self, query: str, given: Sequence[Sequence[Any]]) -> None:
        with self._raw.transaction(), self._raw.cursor() as cursor:
            cursor.executemany(query, given)

    def put_people(self, people: Sequence[Person]) -> None:
        """See ``EventStore.put_people``."""
        made = [list_rows.person_row(person, self._vault) for person in people]
        with self._errors("store the roster"):
            self._yielding(self._put_sealed, made)

    def _put_sealed(self, made: Sequence[rows.Row]) -> None:
        with self._raw.transaction():
            if self._vault is not None and made:
                require_key(self, self._vault, where=self._where)
                # whoever else puts the first one there is waited for, and then believed
                self._raw.execute(keep(LABEL, "%s"), (KEY_MARK, self._vault.mark))
                require_key(self, self._vault, where=self._where)
            self._put_rows(upsert(PERSON, "%s"), made)

    def put_shelters(self, shelters: Sequence[Shelter]) -> None:
        """See ``EventStore.put_shelters``."""
        self._put(upsert(SHELTER, "%s"), [list_rows.shelter_row(s) for s in shelters], "store the shelters")

    def put_labels(self, labels: Mapping[str, str]) -> None:
        """See ``EventStore.put_labels``."""
        self._put(upsert(LABEL, "%s"), list(labels.items()), "store its labels")
