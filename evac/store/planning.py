"""Everybody on a list as a plan reads them, streamed in the order of the table: no names, no key, no copy in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from evac.codes import bytes_of_code
from evac.model import State
from evac.registry import EventStore
from evac.roster_rows import RosterRow
from evac.standing import UNHEARD_OF
from evac.store import rows
from evac.store.sqlite import SQLiteStore
from evac.store.sqlite_reading import prefix_range

if TYPE_CHECKING:
    from evac.store.postgres import PostgresStore
else:
    try:
        from evac.store.postgres import PostgresStore
    except ModuleNotFoundError:  # without the extra `postgres` no store is one

        class PostgresStore:
            """No store is one."""


_LISTED: Final = """
SELECT p.code, p.household, coalesce(nullif(s.county, ''), p.county), p.village, p.village_name,
  coalesce(nullif(s.category, ''), p.category), p.vulnerability, p.stay, s.state
FROM person p LEFT JOIN standing s ON s.code = p.code AND s.event_id <> {empty}
WHERE coalesce(nullif(s.county, ''), p.county) >= {mark} AND coalesce(nullif(s.county, ''), p.county) < {mark}
"""
_UNLISTED: Final = """
SELECT s.code, '', s.county, '', '', s.category, '', '', s.state FROM standing s
WHERE s.county >= {mark} AND s.county < {mark} AND s.event_id <> {empty}
AND NOT EXISTS (SELECT 1 FROM person p WHERE p.code = s.code)
"""


def roster_rows(store: EventStore, prefix: str = "") -> Iterator[RosterRow]:
    """Everybody whom the list or the log puts into a region, each once, in any order.

    Parameters
    ----------
    store : EventStore
        SQLite and PostgreSQL are read row by row without opening what is sealed; of any other everybody is read.
    prefix : str
        2, 4, 6, 9 or 12 digits: the region where people are at risk; empty for all.

    Raises
    ------
    SourceError
        The store cannot be read.
    """
    found = _ask(store, prefix) if isinstance(store, SQLiteStore | PostgresStore) else _read(store)
    if not prefix:
        return found
    return (row for row in found if row.region.startswith(prefix))


def _ask(store: SQLiteStore | PostgresStore, prefix: str) -> Iterator[RosterRow]:
    here = isinstance(store, SQLiteStore)
    words = {"mark": "?" if here else "%s", "empty": "x''" if here else "''::bytea"}
    given = prefix_range(prefix[:6])
    registered = State.REGISTERED
    for query in (_LISTED, _UNLISTED):
        for row in _stream(store, query.format(**words), given):
            state = row[8]
            yield RosterRow._make(
                (bytes(row[0]), *row[1:8], registered if state is None else rows.STATE_OF[state], None, None)
            )


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
            person.destination.stay.value, state.state,
        )  # fmt: skip
    for code, standing in standings.items():
        state = standing.state
        yield RosterRow(bytes_of_code(code), "", state.county, "", "", state.category, "", "", state.state)
