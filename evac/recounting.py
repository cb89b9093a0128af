"""Standings and counts made again from the log and held against those that a store keeps: a cooked count shows.

The chain proves the log alone. What is counted from is kept beside it for speed, and could be edited without touching the log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, Protocol

from evac.errors import ConflictError
from evac.events import ASIDE, NO_ONE, Envelope, Merged
from evac.standing import Cell, Seat, Standing, cell, seat
from evac.state import PersonState, fold

_EVENTS_AT_ONCE: Final = 1_000_000
"""Events in memory at a time: about a gigabyte."""
_CODES_AT_ONCE: Final = 2000


class Derived(Protocol):
    """What keeps standings and counts beside its events: any ``EventStore``."""

    def events(self) -> Iterator[Envelope]:
        """Every event."""
        ...

    def events_of(self, codes: Collection[str]) -> Mapping[str, Sequence[Envelope]]:
        """Code -> its events."""
        ...

    def standings(self, codes: Collection[str]) -> dict[str, Standing]:
        """Code -> standing."""
        ...

    def everybody(self, county: str = "") -> Iterator[tuple[str, Standing]]:
        """Every code with its standing."""
        ...

    def cells(self) -> Counter[Cell]:
        """People in each cell."""
        ...

    def seats(self) -> Counter[Seat]:
        """People at each place."""
        ...


def recount(store: Derived, *, at_once: int = _EVENTS_AT_ONCE) -> int:
    """Fold the whole log anew, and hold every standing and every count against it; nobody writes meanwhile.

    Parameters
    ----------
    at_once : int
        Events in memory at a time; the log is read once for each part of so many.

    Returns
    -------
    int
        How many people the log knows.

    Raises
    ------
    ConflictError
        Something kept beside the log is not what the log says; names the first.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac import Clerk, MemoryStore, Registry
    >>> from evac.events import Notified, Registered
    >>> at, store = datetime(2021, 7, 24, 4, 30, tzinfo=UTC), MemoryStore()
    >>> clerk, code = Clerk("李四", "330902001001", "D1", at), "7" + "C" * 25
    >>> said = [clerk.write(Registered, code, county="330902"), clerk.write(Notified, code)]
    >>> receipt = Registry(store).check_ins(said, received_at=at)
    >>> recount(store)  # people; every standing and every count is what the log says
    1
    """
    families = _Families()
    count = 0
    for event in store.events():
        count += 1
        if isinstance(event, Merged):
            families.join(event.code, event.into)
    cells: Counter[Cell] = Counter()
    seats: Counter[Seat] = Counter()
    people = 0
    parts = count // at_once + 1
    for part in range(parts):
        mine = [
            e
            for e in store.events()
            if e.kind not in ASIDE and e.code != NO_ONE and families.part(e.code, parts) == part
        ]
        truth = fold(mine)
        people += len(truth)
        cells.update(cell(state) for state in truth.values())
        seats.update(place for state in truth.values() if (place := seat(state)) is not None)
        ids: dict[str, set[str]] = {}
        for event in mine:
            ids.setdefault(event.code, set()).add(event.event_id)
        _compare(store, truth, ids)
    for word, told, kept in (("cells", cells, store.cells()), ("seats", seats, store.seats())):
        if told != kept:
            first = min(key for key in {*told, *kept} if told[key] != kept[key])
            raise _cooked(f"{word}, {'/'.join(map(str, first))}", str(told[first]), str(kept[first]))
    known = sum(1 for _ in store.everybody())
    if known != people:
        raise _cooked("standings", f"{people} people", f"{known}")
    return people


def _compare(store: Derived, truth: Mapping[str, PersonState], ids: Mapping[str, set[str]]) -> None:
    for codes in _batches(truth, _CODES_AT_ONCE):
        standings, history = store.standings(codes), store.events_of(codes)
        for code in codes:
            kept = standings.get(code)
            if kept is None or kept.state != truth[code]:
                told = truth[code].state.chinese
                raise _cooked(f"standing of {code[-10:]}", told, "none" if kept is None else str(kept.state))
            found, known = {event.event_id for event in history.get(code, ())}, ids.get(code, set())
            if found != known:
                raise _cooked(f"events of {code[-10:]}", f"{len(known)} events", f"{len(found)}, or others")


def _batches(codes: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(codes)
    while batch := list(islice(rest, size)):
        yield batch


class _Families:
    """Codes that were ever merged belong into one part."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def _root(self, code: str) -> str:
        while (parent := self._parent.get(code, code)) != code:
            code = parent
        return code

    def join(self, one: str, other: str) -> None:
        """Two codes were merged."""
        self._parent[self._root(one)] = self._root(other)

    def part(self, code: str, parts: int) -> int:
        """Which part a code is in."""
        return 0 if parts == 1 else int.from_bytes(self._root(code).encode()[-4:], "big") % parts


def _cooked(where: str, expected: str, found: str) -> ConflictError:
    return ConflictError(
        "what is kept beside the log is not what the log says", where=where, expected=expected, found=found[:200],
        remedy="trust no count of this registry: send its log by `evac bundle` into an empty one, and ask who wrote to the file",
    )  # fmt: skip
