"""Counts of one region asked of the store itself, so that nobody has to load two million people to count a county."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from evac.codes import bytes_of_code, code_of_bytes
from evac.events import Envelope, instant_of
from evac.grain import COUNTY_DIGITS, Grain, grain_of
from evac.model import State, Stay
from evac.registry import EventStore
from evac.standing import seat
from evac.state import NOBODY
from evac.store import rows
from evac.store.asked import in_sql
from evac.store.followed import GRAVE, SEATED
from evac.store.sqlite import SQLiteStore
from evac.store.sqlite_reading import prefix_range

if TYPE_CHECKING:
    from evac.store.postgres import PostgresStore

_HOMES_AT_ONCE: Final = 500
"""In one question: SQLite's oldest builds allow 999."""
_REGISTERED: Final = rows.STATE_NUMBERS[State.REGISTERED]
_COUNTED: Final = f"""
SELECT s.county, coalesce(p.village, ''), s.category, coalesce(p.vulnerability, ''), s.state, s.stay, s.due, s.round, s.at_door,
  s.verified, CASE WHEN s.stay IS NOT NULL AND s.state IN ({SEATED}) THEN s.place ELSE '' END, count(*)
FROM standing s LEFT JOIN person p ON p.code = s.code
WHERE s.county >= {{mark}} AND s.county < {{mark}} AND s.event_id <> {{empty}} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
"""
_SILENT: Final = f"""
SELECT p.county, p.village, p.category, p.vulnerability, {_REGISTERED}, NULL, 0, 0, 0, 0, '', count(*)
FROM person p WHERE p.county >= {{mark}} AND p.county < {{mark}}
AND NOT EXISTS (SELECT 1 FROM standing s WHERE s.code = p.code AND s.event_id <> {{empty}}) GROUP BY 1, 2, 3, 4
"""
_PRESENT: Final = f"""
SELECT s.place, coalesce(p.vulnerability, ''), s.state, s.stay, count(*) FROM standing s LEFT JOIN person p ON p.code = s.code
WHERE s.stay = {rows.STATE_NUMBERS[State.SHELTERED]} AND s.state IN ({SEATED}) AND s.event_id <> {{empty}} GROUP BY 1, 2, 3, 4
"""
_PLANNED: Final = f"""
SELECT p.place, p.vulnerability, s.state, s.stay, count(*) FROM person p JOIN standing s ON s.code = p.code
WHERE p.stay = '{Stay.SHELTER.value}' AND p.place <> '' AND s.event_id <> {{empty}} GROUP BY 1, 2, 3, 4
"""


class Held(NamedTuple):
    """How many people of a county are in a state, and since when the first and the last of them."""

    people: int
    oldest: datetime
    newest: datetime


def held_since(
    store: EventStore, counties: Collection[str], states: Collection[State]
) -> dict[tuple[str, State], Held]:
    """(county, state) -> who is in it since when; by the index of counties, one question for all of them.

    Parameters
    ----------
    counties : collection of str
        6 digits; only these are read.
    """
    found: dict[tuple[str, State], Held] = {}
    if not counties or not states:
        return found
    if not in_sql(store):
        for _, standing in store.everybody():
            one = standing.state
            if one.county in counties and one.state in states and one.since is not None:
                before = found.get((one.county, one.state), Held(0, one.since, one.since))
                found[one.county, one.state] = Held(
                    before.people + 1, min(before.oldest, one.since), max(before.newest, one.since)
                )
        return found
    if isinstance(store, SQLiteStore) and (kept := _kept_since(store, counties, states)) is not None:
        return kept
    mark = store.mark
    numbers = ", ".join(str(rows.STATE_NUMBERS[state]) for state in sorted(states))
    asked = sorted(counties)
    query = (
        "SELECT county, state, count(*), min(since), max(since) FROM standing "
        f"WHERE county IN ({', '.join([mark] * len(asked))}) AND state IN ({numbers}) AND since IS NOT NULL GROUP BY 1, 2"
    )
    for county, state, n, oldest, newest in _asked(store, query, asked):
        found[county, rows.STATE_OF[state]] = Held(int(n), instant_of(oldest), instant_of(newest))
    return found


def _kept_since(
    store: SQLiteStore, counties: Collection[str], states: Collection[State]
) -> dict[tuple[str, State], Held] | None:
    with store._errors("be read"):
        watched = store._sums.people.since(store._raw, counties, states)
    if watched is None:
        return None
    times: dict[tuple[str, State], list[int]] = {}
    for county, state, since in watched:
        times.setdefault((county, state), []).append(since)
    return {key: Held(len(n), instant_of(min(n)), instant_of(max(n))) for key, n in times.items()}


def follows_people(store: EventStore) -> bool:
    """Whether the store itself keeps, from one question to the next, who of a county is in which state since when."""
    return isinstance(store, SQLiteStore)


def read_ahead(store: EventStore) -> None:
    """Read what every first screen asks of a registry that keeps it: sums of the whole, and who is missing or dead."""
    counties = {cell.county for cell in store.cells()}
    store.seats()
    if follows_people(store):
        held_since(store, counties, GRAVE)


def newest_event(store: EventStore) -> tuple[int, datetime | None]:
    """Number of the newest event of the log, and when it was received; 0 and None of an empty one."""
    if in_sql(store):
        row = _asked(store, "SELECT sequence, received_at FROM event ORDER BY sequence DESC LIMIT 1", ())
        return (int(row[0][0]), instant_of(row[0][1])) if row else (0, None)
    last = deque(store.log(), maxlen=1)
    return (last[0].sequence, last[0].received_at) if last else (0, None)


def log_mark(store: EventStore) -> str:
    """What changes with whatever becomes readable in the log, in whatever order it does.

    On PostgreSQL an event that is committed late has a lower number than the newest: who is still writing belongs to the mark there.
    A transaction has its own number before it takes one for an event, and is among the open ones until both are to be seen.
    """
    if not in_sql(store) or isinstance(store, SQLiteStore):
        return str(newest_event(store)[0])
    writing = "md5(array(SELECT pg_snapshot_xip(pg_current_snapshot()))::text)"
    ((newest, open_ones),) = _asked(store, f"SELECT coalesce(max(sequence), 0), {writing} FROM event", ())
    return f"{newest}.{open_ones[:12]}"


def count_grains(store: EventStore, prefix: str = "", *, silent: bool = False) -> Counter[Grain]:
    """How many people of a region are in each grain now.

    Parameters
    ----------
    store : EventStore
        SQLite and PostgreSQL count themselves; of any other the standings are read. A county of a SQLite file is kept and led
        on by what the log and the list took in since.
    prefix : str
        2, 4, 6, 9 or 12 digits: the region where people are at risk; empty for all.
    silent : bool
        Count those on the list, too, of whom the log has no event; this reads the whole list.
    """
    if isinstance(store, SQLiteStore) and len(prefix) >= COUNTY_DIGITS and not silent:
        with store._errors("be read"):
            found = store._sums.people.grains(store._raw, prefix[:COUNTY_DIGITS])
    elif in_sql(store):
        found = _ask(store, prefix[:COUNTY_DIGITS], silent=silent)
    else:
        found = _read(store)
    if len(prefix) <= COUNTY_DIGITS and in_sql(store):
        return found
    return Counter({grain: n for grain, n in found.items() if grain.region.startswith(prefix)})


def _ask(store: SQLiteStore | PostgresStore, prefix: str, *, silent: bool) -> Counter[Grain]:
    words = {"mark": store.mark, "empty": store.empty}
    given = prefix_range(prefix)
    found = Counter[Grain]()
    for query in (_COUNTED, _SILENT) if silent else (_COUNTED,):
        for row in _asked(store, query.format(**words), given):
            found[_grain(row)] += int(row[-1])
    return found


def _asked(store: SQLiteStore | PostgresStore, query: str, given: Sequence[str | bytes]) -> list[Any]:
    with store._errors("be read"):  # this module is the counting half of the two stores
        return store._raw.execute(query, given).fetchall()


def _grain(row: Sequence[Any]) -> Grain:
    county, village, category, weak, state, stay, due, number, at_door, verified, place, _ = row
    return Grain(
        county, village, category, weak, rows.STATE_OF[state], None if stay is None else rows.STATE_OF[stay], due == 1, number,
        at_door == 1, verified == 1, place,
    )  # fmt: skip


def _read(store: EventStore) -> Counter[Grain]:
    people = {person.code: person for person in store.people()}
    found = Counter(grain_of(people.pop(code, None), standing.state) for code, standing in store.everybody())
    found.update(grain_of(person, NOBODY) for person in people.values())
    return found


def visitors(store: EventStore, places: Collection[str], kinds: Iterable[str]) -> set[str]:
    """Codes of everybody of whom an event of some kinds was entered at one of the places."""
    wanted, named = frozenset(kinds), frozenset(places)
    if not in_sql(store):
        return {event.code for event in store.events() if event.kind in wanted and event.place in named}
    numbers = ", ".join(str(rows.KIND_NUMBERS[kind]) for kind in sorted(wanted))
    query = f"SELECT DISTINCT place, code FROM event WHERE kind IN ({numbers})"
    return {code_of_bytes(bytes(code)) for place, code in _asked(store, query, ()) if place in named}


def histories(
    store: EventStore, codes: Sequence[str], *, at_once: int = 2000
) -> Iterator[tuple[str, Sequence[Envelope]]]:
    """Code and events of some people, a part at a time, so that a province does not have to fit into memory."""
    for first in range(0, len(codes), at_once):
        yield from store.kin(codes[first : first + at_once]).items()


def on_list(store: EventStore, prefix: str = "") -> Counter[str]:
    """How many people the list itself has by village: what a head-count must come to, asked without the log."""
    if in_sql(store):
        mark = store.mark
        query = f"SELECT village, count(*) FROM person WHERE village >= {mark} AND village < {mark} GROUP BY village"
        return Counter({village: int(n) for village, n in _asked(store, query, prefix_range(prefix))})
    return Counter(p.village for p in store.people() if p.village.startswith(prefix))


def codes_in(store: EventStore, prefix: str = "") -> list[str]:
    """Codes of everybody whom the log or the list puts into a region, in order."""
    if not in_sql(store):
        return sorted(
            {
                code
                for code, standing in store.everybody()
                if standing.state.county.startswith(prefix[:COUNTY_DIGITS])
            }
            | {person.code for person in store.people() if person.village.startswith(prefix)}
        )
    mark, empty = store.mark, store.empty
    found: set[bytes] = set()
    county = prefix[:COUNTY_DIGITS]
    for query, key in (
        (
            f"SELECT code FROM standing WHERE county >= {mark} AND county < {mark} AND event_id <> {empty}",
            county,
        ),
        (f"SELECT code FROM person WHERE village >= {mark} AND village < {mark}", prefix),
    ):
        found.update(bytes(row[0]) for row in _asked(store, query, prefix_range(key)))
    return [code_of_bytes(code) for code in sorted(found)]


class Home(NamedTuple):
    """Where somebody lives, as the list has it."""

    county: str
    village: str
    household: str
    category: str


def homes_of(store: EventStore, codes: Sequence[str]) -> dict[str, Home]:
    """Code -> home, for those of the codes that are on the list; nothing that is sealed is opened for it."""
    if not in_sql(store):
        return {
            p.code: Home(p.county, p.village, p.household, p.category.value)
            for p in store.people_of(codes).values()
        }
    found: dict[str, Home] = {}
    for first in range(0, len(codes), _HOMES_AT_ONCE):
        keys = [bytes_of_code(code) for code in codes[first : first + _HOMES_AT_ONCE]]
        query = f"SELECT code, county, village, household, category FROM person WHERE code IN ({', '.join([store.mark] * len(keys))})"
        found |= {code_of_bytes(bytes(code)): Home(*home) for code, *home in _asked(store, query, keys)}
    return found


class Bound(NamedTuple):
    """People alike in what they need of a place: ``seated`` are there, the others have it as their planned shelter."""

    place: str
    weak: str
    state: State
    stay: State | None
    seated: bool


def bound_for_places(store: EventStore) -> Counter[Bound]:
    """Who stays at each place, and who was to go to each shelter, by vulnerability: two questions for the whole registry.

    A planned place that is sealed is not known here, and its people are left out.
    """
    found = Counter[Bound]()
    if not in_sql(store):
        people = {person.code: person for person in store.people()}
        for code, standing in store.everybody():
            one, person = standing.state, people.get(code)
            weak = ",".join(person.vulnerability) if person else ""
            now = seat(one)
            if now is not None and now.stay is State.SHELTERED:
                found[Bound(now.place, weak, one.state, one.stay, True)] += 1
            if person is not None and person.destination.stay is Stay.SHELTER and person.destination.place:
                found[Bound(person.destination.place, weak, one.state, one.stay, False)] += 1
        return found
    for query, seated in ((_PRESENT, True), (_PLANNED, False)):
        for place, weak, state, stay, n in _asked(store, query.format(empty=store.empty), ()):
            kept = None if stay is None else rows.STATE_OF[stay]
            found[Bound(place, weak, rows.STATE_OF[state], kept, seated)] += int(n)
    return found


def newest_aside(store: EventStore, kinds: Collection[str]) -> tuple[int, int]:
    """How many facts of some kinds there are, and the number of the newest: another pair as soon as one comes in, in whatever order."""
    if not in_sql(store):
        told = [sequence for sequence, _ in store.aside(kinds)]
        return len(told), max(told, default=0)
    numbers = ", ".join(str(rows.KIND_NUMBERS[kind]) for kind in sorted(kinds))
    query = f"SELECT count(*), coalesce(max(sequence), 0) FROM event WHERE kind >= {rows.FIRST_ASIDE} AND kind IN ({numbers})"
    count, newest = _asked(store, query, ())[0]
    return int(count), int(newest)
