"""What the invented people of a drill do, hour by hour: the truth that the head-count must find again.

Nothing here knows of events, codes or the registry; the truth is written down independently of the fold.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evac.codes import mint, short_code
from evac.model import MOVED, Category, Destination, Person, State, Stay
from evac.plan.assumptions import Assumptions
from evac.plan.invented import Roster
from evac.progress import COLUMNS, Column
from riskmap.assessment import Assessment
from riskmap.scale import Tier

_HOUR = 3600
_MINUTE = 60
_TRUE_COLUMN = {
    State.ORDERED: Column.NOT_NOTIFIED,
    State.UNREACHED: Column.NOT_NOTIFIED,
    State.NOTIFIED: Column.NOTIFIED,
    State.REFUSED: Column.REFUSED,
    State.IN_TRANSIT: Column.IN_TRANSIT,
    State.SHELTERED: Column.SHELTERED,
    State.DISPERSED: Column.DISPERSED,
    State.ASHORE: Column.ASHORE,
    State.MEDICAL: Column.MEDICAL,
    State.MISSING: Column.MISSING,
    State.LEFT: Column.LEFT,
    State.RETURNED: Column.RETURNED,
}
_ARRIVAL = {
    Stay.SHELTER: ("arrived_shelter", State.SHELTERED),
    Stay.RELATIVES: ("arrived_relatives", State.DISPERSED),
    Stay.ASHORE: ("arrived_ashore", State.ASHORE),
}


class Act(NamedTuple):
    """Something that one person did, or that was entered about them.

    Attributes
    ----------
    at : int
        Seconds after the drill's start.
    person : int
        Index into ``Script.people``.
    kind : str
        Kind of the event that reports it.
    after : State or None
        The person's true state from then on; None where the entry is a mistake or its undoing.
    """

    at: int
    person: int
    kind: str
    after: State | None
    place: str = ""


@dataclass(frozen=True)
class Course:
    """When one county's people are told to move, and when they may go home.

    Attributes
    ----------
    ordered_at, lifted_at : datetime
        Of the transfer order and of its release.
    slopes_at : datetime
        When the houses beside slopes are looked at, which wait longer.
    """

    ordered_at: datetime
    lifted_at: datetime
    slopes_at: datetime


@dataclass(frozen=True)
class Script:
    """A whole drill as it truly happened.

    Attributes
    ----------
    start, end : datetime
        The window.
    people : tuple of Person
        Those on the list first, then ``walk_ins`` people who are added at a shelter's door.
    acts : tuple of Act
        In order of time; an ``undone`` follows the mistaken act of the same person.
    """

    start: datetime
    end: datetime
    people: tuple[Person, ...]
    walk_ins: int
    acts: tuple[Act, ...]

    def truth(self, hours: Sequence[datetime], counties: Sequence[str]) -> NDArray[np.int64]:
        """True persons by (hour, county, column of the sum)."""
        row = {code: n for n, code in enumerate(counties)}
        marks = [int((hour - self.start).total_seconds()) for hour in hours]
        counts = np.zeros((len(hours), len(counties), len(COLUMNS)), dtype=np.int64)
        index = {state: COLUMNS.index(column) for state, column in _TRUE_COLUMN.items()}
        begun: dict[int, tuple[int, int | None]] = {}
        final = (marks[-1] if marks else 0) + 1
        closing = [Act(final, person, "", State.EXEMPT) for person in range(len(self.people))]
        for act in (*self.acts, *closing):
            if act.after is None or act.after in (State.RETURN_ALLOWED, State.RETURN_HELD):
                continue
            low, column = begun.get(act.person, (0, None))
            high = bisect_left(marks, act.at)
            if column is not None and low < high:
                counts[low:high, row[self.people[act.person].county], column] += 1
            begun[act.person] = (high, index.get(act.after))
        return counts


def rehearse(
    assessment: Assessment,
    roster: Roster,
    numbers: Assumptions,
    rng: random.Random,
    *,
    courses: Mapping[str, Course] | None = None,
    asked: Collection[str] | None = None,
    until: datetime | None = None,
) -> Script:
    """Let the people of a roster live through the window of an assessment.

    Parameters
    ----------
    assessment : Assessment
        Issue time and hours of orange and red.
    roster : Roster
        From ``synthetic_roster``.
    numbers : Assumptions
        Shares and delays.
    rng : random.Random
        Source of everything random.
    courses : mapping, optional
        County -> when it orders and releases. Whoever was moved then stays until told, which is not written here; who was
        lost is found, who was never notified is let off. Drawn where None, and then whoever is not home when the window ends stays.
    asked : collection of str, optional
        Households that are ordered to move; all of the roster where None.
    until : datetime, optional
        End, the window's last hour where None.
    """
    hours = assessment.valid_at
    start = assessment.issued_at if assessment.issued_at < hours[-1] else hours[0]
    end = until or hours[-1]
    homes: dict[str, list[int]] = {}
    for n, person in enumerate(roster.people):
        if asked is None or person.household in asked:
            homes.setdefault(person.household, []).append(n)
    people = list(roster.people)
    acts = [Act(0, n, "registered", State.REGISTERED) for n in range(len(people))]
    orders = {
        region.code: _drawn(assessment, region.code, start, end, numbers, rng)
        if courses is None
        else _given(courses[region.code], start, end)
        for region in roster.counties
    }
    for members in homes.values():
        order = orders[people[members[0]].county]
        acts += _Household(people, members, order, roster, numbers, rng).acts()
    span = int((end - start).total_seconds())
    walk_ins = _walk_ins(roster, numbers, rng)
    for person in walk_ins:
        order = orders[person.county]
        at = order.at + rng.randrange(_HOUR, 8 * _HOUR)
        if at > span:
            continue
        mine = [
            Act(at, len(people), "registered", State.REGISTERED, person.destination.place),
            Act(at + 30, len(people), "arrived_shelter", State.SHELTERED, person.destination.place),
        ]
        acts += mine if courses is None else _until_released(person, mine, order, rng)
        people.append(person)
    acts = sorted((act for act in acts if act.at <= span), key=attrgetter("at"))
    return Script(start, end, tuple(people), len(people) - len(roster.people), tuple(acts))


def _walk_ins(roster: Roster, numbers: Assumptions, rng: random.Random) -> list[Person]:
    taken = {short_code(person.code) for person in roster.people}
    count = round(len(roster.people) * numbers.share("walk_in_share"))
    bound = [p for p in roster.people if p.destination.stay is Stay.SHELTER]
    found = []
    for n, model in enumerate(rng.choices(bound, k=count) if bound else []):
        code = mint(rng, taken=taken)
        taken.add(short_code(code))
        found.append(
            Person(
                code=code,
                name=f"演练名单外{n + 1:04d}",
                household=f"{model.county}-D{n + 1:04d}",
                county=model.county,
                village=model.village,
                village_name=model.village_name,
                category=model.category,
                destination=Destination(Stay.SHELTER, model.destination.place),
                printed=True,
                synthetic=True,
            )
        )
    return found


class _Order(NamedTuple):
    """When one county orders, and when it lifts the order [s after the start].

    ``tells``: whoever may go home is told, and goes then.
    """

    at: int
    lifted: int
    end: int
    tells: bool = False


def _drawn(
    assessment: Assessment,
    code: str,
    start: datetime,
    end: datetime,
    numbers: Assumptions,
    rng: random.Random,
) -> _Order:
    delay = rng.uniform(*numbers.span("order_delay"))
    lead = rng.uniform(*numbers.span("order_lead"))
    period = assessment.period(code, Tier.ORANGE) or (start, assessment.valid_at[-1])
    onset = (period[0] - start) / timedelta(hours=1)
    lifted = (period[1] - start) / timedelta(hours=1) + numbers.share("lift_delay")
    return _Order(
        int(max(delay, onset - lead) * _HOUR), int(lifted * _HOUR), int((end - start).total_seconds())
    )


def _given(course: Course, start: datetime, end: datetime) -> _Order:
    at, lifted, until = (int((t - start).total_seconds()) for t in (course.ordered_at, course.lifted_at, end))
    return _Order(at, lifted, until, tells=True)


def _until_released(person: Person, mine: list[Act], order: _Order, rng: random.Random) -> Iterator[Act]:
    """Until somebody is told to go home: who is moved at the release stays there; later, who was lost is found.

    Who was never told is let off. Who could not be persuaded stays as that: a name on a list, and no return.
    """
    before = [act for act in mine if act.at <= order.lifted]
    if before and before[-1].after in MOVED:
        yield from before
        return
    for act in mine:
        yield act
        if act.at > order.lifted and act.after in MOVED:
            return
    last = mine[-1]
    n, village = last.person, person.village
    at = max(order.lifted, last.at) + 1
    if last.after is State.ORDERED:
        yield Act(at, n, "withdrawn", State.WITHDRAWN, village)
    elif last.after in (State.UNREACHED, State.NOTIFIED):
        told = [] if last.after is State.NOTIFIED else [Act(at, n, "notified", State.NOTIFIED, village)]
        yield from (*told, Act(at + _MINUTE, n, "withdrawn", State.WITHDRAWN, village))
    elif last.after in (State.MISSING, State.LEFT, State.IN_TRANSIT):
        at += rng.randrange(10 * _MINUTE, _HOUR)
        yield Act(at, n, "arrived_relatives", State.DISPERSED, f"寻获登记{person.county}(演练)")


class _Household:
    """What the members of one household do; they are told, and move, together."""

    def __init__(
        self,
        people: Sequence[Person],
        members: Sequence[int],
        order: _Order,
        roster: Roster,
        numbers: Assumptions,
        rng: random.Random,
    ) -> None:
        self.people, self.members, self.order = people, members, order
        self.roster, self.numbers, self.rng = roster, numbers, rng

    def acts(self) -> Iterator[Act]:
        together = list(self._together())
        for n in self.members:
            mine = [Act(at, n, kind, after, place) for at, kind, after, place in together]
            mine += self._alone(n, mine[-1])
            if self.order.tells:
                yield from _until_released(self.people[n], mine, self.order, self.rng)
            else:
                yield from self._return(n, mine)
            yield from self._mistake(n)

    def _happens(self, name: str) -> bool:
        return self.rng.random() < self.numbers.share(name)

    def _minutes(self, low: float, high: float) -> int:
        return int(self.rng.uniform(low, high) * _MINUTE)

    def _together(self) -> Iterator[tuple[int, str, State, str]]:
        rng, numbers = self.rng, self.numbers
        head = self.people[self.members[0]]
        at = self.order.at
        yield at, "ordered", State.ORDERED, head.village
        low, high = numbers.span("notify_minutes")
        at += int(rng.triangular(low, high, low + (high - low) / 5) * _MINUTE)
        if self._happens("never_notified_share"):
            return
        if self._happens("unreached_share"):
            yield at, "unreached", State.UNREACHED, head.village
            at += self._minutes(60, 180)
        yield at, "notified", State.NOTIFIED, head.village
        if self._happens("refused_share"):
            at += self._minutes(2, 15)
            yield at, "refused", State.REFUSED, head.village
            if not self._happens("persuaded_share"):
                return
            at += self._minutes(60, 480)
            yield at, "persuaded", State.NOTIFIED, head.village
        elif self._happens("exempt_share"):
            yield at + self._minutes(10, 90), "exempted", State.EXEMPT, head.village
            return
        weak = any(self.people[n].vulnerability for n in self.members)
        at += self._minutes(*numbers.span("depart_minutes")) // (2 if weak else 1)
        yield at, "departed", State.IN_TRANSIT, head.village
        if self._happens("missing_share"):
            at += self._minutes(180, 300)
            yield at, "missing", State.MISSING, head.village
            if not self._happens("found_share"):
                return
        at += self._minutes(*numbers.span("travel_minutes"))
        kind, after = _ARRIVAL[head.destination.stay]
        yield at, kind, after, head.destination.place
        if head.destination.stay is Stay.RELATIVES and self._happens("called_back_share"):
            yield at + self._minutes(60, 240), "called_back", State.DISPERSED, head.destination.place

    def _alone(self, n: int, last: Act) -> Iterator[Act]:
        if last.after is not State.SHELTERED:
            return
        if self._happens("medical_share"):
            at = last.at + self._minutes(30, 600)
            yield Act(at, n, "medical", State.MEDICAL, f"演练医院{self.people[n].county}")
        elif self._happens("left_share"):
            at = last.at + self._minutes(60, 600)
            yield Act(at, n, "left", State.LEFT, last.place)
            if self._happens("found_share"):
                yield Act(at + self._minutes(60, 300), n, "arrived_shelter", State.SHELTERED, last.place)

    def _return(self, n: int, mine: list[Act]) -> Iterator[Act]:
        before = [act for act in mine if act.at <= self.order.lifted]
        if not before or before[-1].after not in MOVED:
            yield from mine
            return
        yield from before
        village = self.people[n].village
        at = self.order.lifted + 1
        if self.people[n].category is Category.LANDSLIDE:
            yield Act(at, n, "return_held", State.RETURN_HELD, village)
            return
        yield Act(at, n, "return_allowed", State.RETURN_ALLOWED, village)
        yield Act(at + self._minutes(30, 300), n, "returned", State.RETURNED, village)

    def _mistake(self, n: int) -> Iterator[Act]:
        if not self._happens("mistaken_share") or not self.roster.shelters:
            return
        place = self.rng.choice(self.roster.shelters).shelter_id
        at = self.order.at + self._minutes(1, 600)
        if at + 30 * _MINUTE > self.order.end:
            return  # its undoing would fall outside the window
        yield Act(at, n, "arrived_shelter", None, place)
        yield Act(at + self._minutes(2, 30), n, "undone", None, place)
