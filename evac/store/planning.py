"""Everybody on a list as a plan reads them, streamed in the order of the table: no names, no copy in memory, a key for points alone."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from evac.codes import bytes_of_code
from evac.grain import COUNTY_DIGITS
from evac.model import State
from evac.registry import EventStore
from evac.roster_row import RosterRow, has_points
from evac.standing import UNHEARD_OF
from evac.store import rows
from evac.store.asked import in_sql
from evac.store.list_rows import point_told
from evac.store.sqlite import SQLiteStore
from evac.store.sqlite_reading import prefix_range
from evac.vault import Vault

if TYPE_CHECKING:
    from evac.store.postgres import PostgresStore

_PERSON: Final = (
    "p.code, p.household, p.county, p.village, p.village_name, p.category, p.vulnerability, p.stay, {told}"
)
_COLUMNS: Final = 9  # of them
_ALL: Final = f"SELECT {_PERSON} FROM person p"
_STANDINGS: Final = "SELECT s.code, s.state, s.county, s.category FROM standing s WHERE s.event_id <> {empty}"
_JOINED: Final = (
    f"SELECT {_PERSON}, s.state, s.county, s.category FROM person p LEFT JOIN standing s ON s.code = p.code "
    "AND s.event_id <> {empty} WHERE p.village >= {mark} AND p.village < {mark}"
)
_MOVED_HERE: Final = (
    f"SELECT {_PERSON}, s.state, s.county, s.category FROM standing s JOIN person p ON p.code = s.code "
    "WHERE s.county >= {mark} AND s.county < {mark} AND s.event_id <> {empty} "
    "AND NOT (p.village >= {mark} AND p.village < {mark})"
)
_UNLISTED: Final = (
    "SELECT s.code, s.state, s.county, s.category FROM standing s WHERE s.county >= {mark} AND s.county < {mark} "
    "AND s.event_id <> {empty} AND NOT EXISTS (SELECT 1 FROM person p WHERE p.code = s.code)"
)
_MATCHED_AT_ONCE: Final = 20_000


def roster_rows(store: EventStore, prefix: str = "") -> Iterator[RosterRow]:
    """Everybody whom the list or the log puts into a region, each once, in any order.

    Parameters
    ----------
    store : EventStore
        SQLite and PostgreSQL are read row by row; what is sealed is opened for points alone, where the list has some and the store
        the key. Of any other everybody is read.
    prefix : str
        2, 4, 6, 9 or 12 digits: the region where people are at risk; empty for all.

    Raises
    ------
    SourceError
        The store cannot be read.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac import Clerk, MemoryStore, Registry
    >>> from evac.events import Ordered, Registered
    >>> at, store = datetime(2021, 7, 24, 4, 30, tzinfo=UTC), MemoryStore()
    >>> clerk, code = Clerk("李四", "330902001001", "D1", at), "7" + "C" * 25
    >>> said = [clerk.write(Registered, code, county="330902", category="dangerous_house")]
    >>> said += [clerk.write(Ordered, code, order="令1")]
    >>> receipt = Registry(store).check_ins(said, received_at=at)
    >>> [(row.region, row.category, row.state.chinese) for row in roster_rows(store, "3309")]
    [('330902', 'dangerous_house', '未通知')]
    """
    found = _ask(store, prefix) if in_sql(store) else _read(store)
    if not prefix:
        return found
    return (row for row in found if row.region.startswith(prefix))


def _ask(store: SQLiteStore | PostgresStore, prefix: str) -> Iterator[RosterRow]:
    empty = store.empty
    # what is sealed is opened for points alone, and only where somebody has one
    words = {"mark": store.mark, "empty": empty, "told": "p.told" if has_points(store) else empty}
    if not prefix:
        # two walks and a match beside them: a join of two million looks each of them up
        standings = _Standings(_stream(store, _STANDINGS.format(**words), ()))
        yield from standings.beside(_stream(store, _ALL.format(**words), ()), store.vault)
        return
    village, county = prefix_range(prefix), prefix_range(prefix[:COUNTY_DIGITS])
    for query, given in ((_JOINED, village), (_MOVED_HERE, (*county, *village))):
        for row in _stream(store, query.format(**words), given):
            yield _row(row[:_COLUMNS], row[_COLUMNS:], store.vault)
    for row in _stream(store, _UNLISTED.format(**words), county):
        yield _unlisted(row)


def _row(person: Sequence[Any], standing: Sequence[Any], vault: Vault | None) -> RosterRow:
    code, household, county, village, name, category, weak, stay, told = person
    state, at_risk, why = standing
    return RosterRow(
        bytes(code), household, at_risk or county, village, name, why or category, weak, stay,
        State.REGISTERED if state is None else rows.STATE_OF[state],
        *(point_told(bytes(told), bytes(code), vault) if told else ()),
    )  # fmt: skip


def _unlisted(row: Sequence[Any]) -> RosterRow:
    code, state, county, category = row
    return RosterRow(bytes(code), "", county, "", "", category, "", "", rows.STATE_OF[state])


class _Standings:
    """Where everybody stands, by code: 22 bytes a person."""

    def __init__(self, found: Iterable[Sequence[Any]]) -> None:
        codes, state, kind = bytearray(), array("B"), array("i")
        self._kinds: dict[tuple[str, str], int] = {}
        for code, number, county, category in found:
            codes += code
            state.append(number)
            kind.append(self._kinds.setdefault((county, category), len(self._kinds)))
        keys = np.frombuffer(bytes(codes), "S16")
        order = np.argsort(keys, kind="stable")
        self._keys, self._state = keys[order], np.array(state, np.uint8)[order]
        self._kind = np.array(kind, np.int32)[order]
        self._named = list(self._kinds)
        self._seen = np.zeros(keys.size, np.bool_)

    def beside(self, people: Iterator[Sequence[Any]], vault: Vault | None) -> Iterator[RosterRow]:
        """Everybody on the list with the standing of each, then those who stand on none."""
        while part := list(islice(people, _MATCHED_AT_ONCE)):
            at, known = self._find(part)
            for row, number, hit in zip(part, at.tolist(), known.tolist(), strict=True):
                yield _row(row, self._standing(number) if hit else (None, "", ""), vault)
        for number in np.flatnonzero(~self._seen).tolist():
            yield _unlisted((self._code(number), *self._standing(number)))

    def _find(self, part: Sequence[Sequence[Any]]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        wanted = np.frombuffer(b"".join(bytes(row[0]) for row in part), "S16")
        at = np.minimum(np.searchsorted(self._keys, wanted), max(self._keys.size - 1, 0))
        known = self._keys[at] == wanted if self._keys.size else np.zeros(wanted.size, np.bool_)
        self._seen[at[known]] = True
        return at, known

    def _standing(self, number: int) -> tuple[int, str, str]:
        return int(self._state[number]), *self._named[self._kind[number]]

    def _code(self, number: int) -> bytes:
        return bytes(self._keys[number]).ljust(16, b"\0")


def _stream(store: SQLiteStore | PostgresStore, query: str, given: Any) -> Iterator[Any]:
    if not isinstance(store, SQLiteStore):
        yield from store._stream(query, given)  # this module is the planning half of the two stores
        return
    with store._errors("be read"):
        yield from store._raw.execute(query, given)


def _read(store: EventStore) -> Iterator[RosterRow]:
    standings = dict(store.everybody())
    for person in store.people():
        state = standings.pop(person.code, UNHEARD_OF).state
        yield RosterRow(
            bytes_of_code(person.code), person.household, state.county or person.county, person.village,
            person.village_name, state.category or person.category.value, ",".join(person.vulnerability),
            person.destination.stay.value, state.state, person.longitude, person.latitude,
        )  # fmt: skip
    for code, standing in standings.items():
        state = standing.state
        yield RosterRow(bytes_of_code(code), "", state.county, "", "", state.category, "", "", state.state)
