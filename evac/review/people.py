"""What became of everybody, counted in one reading of the registry: moved against planned, shelter peaks, orders. Nobody's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from evac.counts.life import Life, lives
from evac.events import Ordered
from evac.model import State
from evac.plan.zones import MoveStep
from evac.registry import EventStore
from evac.returning.standing_now import figure_of
from evac.store.counting import codes_in, histories

PEOPLE_READ: Final = 2000
"""People whose events are in memory at once."""
PARTS: Final = ("returned", "allowed", "held", "waiting", "not_moved", "left", "missing", "deceased")
"""What became of who had to move, each in one; the words are those of ``standing_now`` but for who never moved or is on the way."""
BESIDE: Final = ("exempt", "withdrawn", "at_door", "again", "resettled")
"""What is counted beside; ``at_door``: on no list; ``again``: ordered more than once."""


class Peak(NamedTuple):
    """The fullest moment of a shelter."""

    place: str
    people: int
    at: datetime


class PlannedHouse(NamedTuple):
    """One house of a transfer plan: village, household, and the step that it asks for."""

    village: str
    household: str
    step: str


@dataclass
class Tally:
    """What one reading of the registry comes to.

    Attributes
    ----------
    outcomes : Counter
        (county, category, part) -> persons, everybody who had to move once.
    beside : Counter
        Of ``BESIDE``.
    orders : dict
        Number of a transfer order -> when it first reached somebody.
    firsts : dict
        Kind of event -> its first time.
    houses : dict
        (village, household) -> persons due, and moved at any time.
    idle : int
        Facts that changed no state: late repeats and contradictions.
    """

    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    beside: Counter[str] = field(default_factory=Counter)
    orders: dict[str, datetime] = field(default_factory=dict)
    firsts: dict[str, datetime] = field(default_factory=dict)
    houses: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    stays: dict[str, list[tuple[datetime, int]]] = field(default_factory=dict)
    idle: int = 0

    def take(self, life: Life, *, resettled: bool) -> None:
        """Count one person."""
        g = life.grain
        part = _part(life)
        if part:
            self.outcomes[g.county, g.category, part] += 1
        self.beside.update(_beside(life, resettled=resettled))
        self.idle += life.state.idle
        for stay in life.stays:
            if stay.stay is State.SHELTERED:
                marks = self.stays.setdefault(stay.place, [])
                marks.append((stay.since, 1))
                if stay.until is not None:
                    marks.append((stay.until, -1))
        if life.person is not None and g.due:
            key = (life.person.village, life.person.household)
            due, moved = self.houses.get(key, (0, 0))
            self.houses[key] = (due + 1, moved + bool(life.stays))
        for event in life.events:
            if event.kind == "returned" and part != "returned":
                continue  # home without release is no return
            first = self.firsts.get(event.kind)
            if first is None or event.trusted_at < first:
                self.firsts[event.kind] = event.trusted_at
            if isinstance(event, Ordered):
                self.orders[event.order] = min(
                    event.trusted_at, self.orders.get(event.order, event.trusted_at)
                )

    def peaks(self, shelters: Iterable[str]) -> tuple[Peak, ...]:
        """The fullest moment of each shelter that was used, by id."""
        return tuple(_peak(key, sorted(self.stays[key])) for key in sorted(shelters) if key in self.stays)


def _part(life: Life) -> str:
    """The one part that a person counts in; empty for who need not move."""
    figure = figure_of(life.grain)
    if figure != "not_safe":
        return figure
    return "missing" if life.state.state is State.MISSING else "not_moved"


def _beside(life: Life, *, resettled: bool) -> Iterator[str]:
    state = life.state
    if state.state in (State.EXEMPT, State.WITHDRAWN):
        yield state.state.value
    if not state.due:
        return
    if resettled:
        yield "resettled"
    if state.at_door or life.person is None:
        yield "at_door"
    if state.round > 1:
        yield "again"


def _peak(place: str, marks: list[tuple[datetime, int]]) -> Peak:
    """Who leaves at an instant makes room for who comes at it: -1 sorts before +1."""
    now, most, when = 0, 0, marks[0][0]
    for at, one in marks:
        now += one
        if now > most:
            most, when = now, at
    return Peak(place, most, when)


def tally(store: EventStore, region: str, *, at: datetime, resettled: Iterable[str] = ()) -> Tally:
    """Count everybody of a region as of an instant, a part at a time.

    Raises
    ------
    SourceError
        The store cannot be read.
    """
    found, gone = Tally(), frozenset(resettled)
    codes = codes_in(store, region)
    for n in range(0, len(codes), PEOPLE_READ):
        part = codes[n : n + PEOPLE_READ]
        people, mine = store.people_of(part), set(part)
        everybody, into = lives(dict(histories(store, part)), people, at)
        for life in everybody:
            inside = life.code in mine and life.code not in into and life.grain.region.startswith(region)
            if inside:
                found.take(life, resettled=life.code in gone)
    return found


def planned_houses(rows: Iterable[Mapping[str, str]]) -> tuple[PlannedHouse, ...]:
    """The houses of a plan's ``moves.csv``; modelled rows (推算) have no household and are left out."""
    return tuple(PlannedHouse(r["village"], r["household"], r["step"]) for r in rows if r.get("household"))


def against_plan(found: Tally, plan: Iterable[PlannedHouse]) -> dict[str, int]:
    """What became of the plan's houses that were to move, how many moved that were to be ready, and which moved without it.

    Examples
    --------
    >>> made = Tally(houses={("V", "1"): (3, 3), ("V", "2"): (2, 1), ("V", "9"): (1, 1)})
    >>> against_plan(made, [PlannedHouse("V", "1", "move_now"), PlannedHouse("V", "2", "move_now"), PlannedHouse("V", "3", "move_now")])
    {'planned': 3, 'whole': 1, 'in_part': 1, 'nobody': 0, 'never_ordered': 1, 'ready_and_moved': 0, 'unplanned': 1}
    """
    houses = list(plan)
    wanted = {(h.village, h.household) for h in houses if h.step in (MoveStep.MOVE, MoveStep.AWAY)}
    ready = {(h.village, h.household) for h in houses if h.step == MoveStep.PREPARE} - wanted
    seen = {key: found.houses[key] for key in wanted if key in found.houses}
    whole = sum(moved == due for due, moved in seen.values())
    nobody = sum(not moved for _, moved in seen.values())
    went = {key for key, (_, moved) in found.houses.items() if moved} - wanted
    return {
        "planned": len(wanted), "whole": whole, "in_part": len(seen) - whole - nobody, "nobody": nobody,
        "never_ordered": len(wanted) - len(seen), "ready_and_moved": len(went & ready), "unplanned": len(went - ready),
    }  # fmt: skip
