"""People of a SQLite file in the grains that they count in, kept from one question to the next: only whom the log or the list
touched since is read."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter, OrderedDict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from evac.grain import Grain
from evac.model import State
from evac.standing import seat
from evac.state import PersonState
from evac.store.rows import STATE_NUMBERS, STATE_OF

MOST_PEOPLE: Final = 600_000
"""People of counties who are kept at once (D), about 60 MB; the county that was asked longest ago goes first."""
ANEW_AFTER: Final = 20_000
"""Events or rows of the list after which a county is read anew: about as dear as looking at all of them (D)."""
GRAVE: Final = frozenset({State.MISSING, State.DECEASED})
"""States of few people, kept of the whole registry."""
WATCHED: Final = GRAVE | {State.LEFT, State.UNREACHED, State.REFUSED}
"""States of which it is kept since when somebody is in them."""
SEATED: Final = ", ".join(
    str(number)
    for state, number in STATE_NUMBERS.items()
    if seat(PersonState(state, stay=State.SHELTERED, place="S"))
)

_MARK: Final = (
    "SELECT coalesce((SELECT max(sequence) FROM event), 0) events, coalesce((SELECT max(rowid) FROM person), 0) list, "
    "(SELECT schema_version FROM pragma_schema_version) file"
)
_ROW: Final = f"""s.county, coalesce(p.village, ''), s.category, coalesce(p.vulnerability, ''), s.state, s.stay, s.due, s.round,
  s.at_door, s.verified, CASE WHEN s.stay IS NOT NULL AND s.state IN ({SEATED}) THEN s.place ELSE '' END"""
_WHOLE: Final = f"""
SELECT m.*, s.code, s.since, {_ROW} FROM ({_MARK}) m LEFT JOIN standing s ON s.event_id <> x'' AND {{chosen}}
LEFT JOIN person p ON p.code = s.code
"""
_SINCE: Final = f"""
WITH RECURSIVE touched(code) AS (
  SELECT code FROM event WHERE sequence > ? UNION SELECT code FROM person WHERE rowid > ?
  UNION SELECT other FROM touched JOIN alias USING (code))
SELECT m.*, t.code, s.since, {_ROW} FROM ({_MARK}) m LEFT JOIN touched t
LEFT JOIN standing s ON s.code = t.code AND s.event_id <> x'' LEFT JOIN person p ON p.code = t.code
"""


class _Mark(NamedTuple):
    """Up to where a group was read.

    Attributes
    ----------
    events : int
        Number of the newest event: no standing changes without one.
    list : int
        Number of the row of the list that was put last: one that is put again gets a new number.
    file : int
        What changes when the file is written anew (VACUUM), which may number the rows of the list anew.
    """

    events: int
    list: int
    file: int


class Since(NamedTuple):
    """Somebody in a watched state; ``since`` in microseconds."""

    county: str
    state: State
    since: int


@dataclass(eq=False)
class _Group:
    """The people of one county, or in the grave states everywhere."""

    chosen: str
    given: tuple[Any, ...]
    county: str | None = None
    mark: _Mark | None = None
    people: dict[bytes, Grain] = field(default_factory=dict)
    grains: Counter[Grain] = field(default_factory=Counter)
    watched: dict[bytes, Since] = field(default_factory=dict)
    _known: dict[tuple[Any, ...], Grain] = field(default_factory=dict)

    def clear(self) -> None:
        for kept in (self.people, self.grains, self.watched, self._known):
            kept.clear()

    def put(self, code: bytes, since: int | None, row: tuple[Any, ...]) -> None:
        """Take one person in as the standing is now, whatever it was before; all None of who has none."""
        grain = self._grain(row) if row[0] is not None else None
        if grain is not None and (
            grain.state not in GRAVE if self.county is None else grain.county != self.county
        ):
            grain = None  # of another county by now, or found
        before = self.people.get(code)
        if grain != before:
            if before is not None:
                self.grains[before] -= 1
                if not self.grains[before]:
                    del self.grains[before]
            if grain is None:
                self.people.pop(code, None)
            else:
                self.people[code] = grain
                self.grains[grain] += 1
        if grain is None or since is None or grain.state not in WATCHED:
            self.watched.pop(code, None)
        else:
            self.watched[code] = Since(grain.county, grain.state, since)

    def _grain(self, row: tuple[Any, ...]) -> Grain:
        known = self._known.get(row)
        if known is None:
            county, village, category, weak, state, stay, due, number, at_door, verified, place = row
            known = self._known[row] = Grain(
                county, village, category, weak, STATE_OF[state], None if stay is None else STATE_OF[stay], due == 1, number,
                at_door == 1, verified == 1, place,
            )  # fmt: skip
        return known


@dataclass(eq=False)
class Followed:
    """People of the counties that are asked for, as of this moment whenever it is asked, whoever wrote meanwhile.

    Each question finds whom an event or a row of the list has touched since, with all codes that were ever merged with theirs, and
    reads these alone, in one statement and so of one moment. Several connections to one file may share it.
    """

    _counties: OrderedDict[str, _Group] = field(default_factory=OrderedDict, repr=False)
    _grave: _Group = field(
        default_factory=lambda: _Group(
            f"s.state IN ({', '.join(str(STATE_NUMBERS[state]) for state in sorted(GRAVE))})", ()
        ),
        repr=False,
    )
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def grains(self, raw: sqlite3.Connection, county: str) -> Counter[Grain]:
        """How many people of a county are in each grain.

        Parameters
        ----------
        raw : sqlite3.Connection
            What is read inside an open transaction of this connection may be rolled back: it is answered and not kept.
        """
        with self._read(raw, county) as group:
            return group.grains.copy()

    def since(
        self, raw: sqlite3.Connection, counties: Collection[str], states: Collection[State]
    ) -> list[Since] | None:
        """Who is in some states since when; None where that is not kept: many counties and other than the grave states."""
        grave = GRAVE.issuperset(states)
        if not grave and (len(counties) != 1 or not WATCHED.issuperset(states)):
            return None
        with self._read(raw, None if grave else next(iter(counties))) as group:
            return [one for one in group.watched.values() if one.county in counties and one.state in states]

    @contextmanager
    def _read(self, raw: sqlite3.Connection, county: str | None) -> Iterator[_Group]:
        with self._lock:
            group = self._grave if county is None else self._group(county)
            before, open_before = raw.total_changes, raw.in_transaction
            if open_before or not _led_on(raw, group):
                _anew(raw, group)
            yield group
            if open_before or raw.in_transaction or raw.total_changes != before:
                group.mark = None
            self._forget()

    def _group(self, county: str) -> _Group:
        group = self._counties.setdefault(county, _Group("s.county = ?", (county,), county))
        self._counties.move_to_end(county)
        return group

    def _forget(self) -> None:
        """Let the counties go that were asked longest ago, of too many people; the one asked last stays."""
        kept = sum(len(group.people) for group in self._counties.values())
        while kept > MOST_PEOPLE and len(self._counties) > 1:
            kept -= len(self._counties.popitem(last=False)[1].people)


def _led_on(raw: sqlite3.Connection, group: _Group) -> bool:
    """Take in who was touched since; False where that is not all, or too many."""
    before = group.mark
    if before is None:
        return False
    now = _Mark(*raw.execute(_MARK).fetchone())
    if now == before:
        return True
    if now.events - before.events > ANEW_AFTER or now.list - before.list > ANEW_AFTER:
        return False
    found = raw.execute(_SINCE, before[:2]).fetchall()
    now = _mark(found)
    if now.file != before.file or now.events < before.events or now.list < before.list:
        return False
    _take(group, found, now)
    return True


def _anew(raw: sqlite3.Connection, group: _Group) -> None:
    group.mark = None
    found = raw.execute(_WHOLE.format(chosen=group.chosen), group.given).fetchall()
    group.clear()
    _take(group, found, _mark(found))


def _mark(found: Sequence[Sequence[Any]]) -> _Mark:
    """The same in every row, and there is always one."""
    return _Mark(*found[0][:3])


def _take(group: _Group, found: Sequence[tuple[Any, ...]], now: _Mark) -> None:
    group.mark = None  # read anew where this fails in the middle
    for row in found:
        if row[3] is not None:
            group.put(row[3], row[4], row[5:])
    group.mark = now
