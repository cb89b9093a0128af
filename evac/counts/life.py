"""One person as of one instant: the row of the list, the state, what happened, and where they stayed from when to when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple

from evac.events import Envelope, Registered
from evac.grain import Grain, grain_of
from evac.model import Person, State, Vulnerability
from evac.standing import seat
from evac.state import NOBODY, PersonState, families, lives_of, step

SIGHTINGS: Final = (
    "notified", "refused", "persuaded", "departed", "arrived_shelter", "arrived_relatives", "arrived_ashore", "called_back",
    "medical", "left", "returned",
)  # fmt: skip
"""Kinds of events by somebody who met the person, or heard of them."""
_ORDER_KINDS: Final = ("ordered", "ordered_locally")
_WEAK_FIRST: Final = tuple(Vulnerability)


class Stayed(NamedTuple):
    """One stay: ``until`` is None while it goes on."""

    place: str
    stay: State
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Life:
    """One person as of an instant.

    Attributes
    ----------
    person : Person or None
        None for a code that is on no list.
    state : PersonState
        The fold of ``events``.
    events : tuple of Envelope
        Those that count, in their order, up to the instant.
    stays : tuple of Stayed
        In order; the last one may go on.
    """

    code: str
    person: Person | None
    state: PersonState
    events: tuple[Envelope, ...]
    stays: tuple[Stayed, ...]

    @cached_property
    def grain(self) -> Grain:
        """The grain that this person counts in."""
        return grain_of(self.person, self.state)

    @property
    def household(self) -> str:
        """People of one household move together; who stands on no list is a household of one."""
        return self.person.household if self.person else f"?{self.code}"

    @property
    def seen(self) -> Envelope | None:
        """When and where somebody last met this person or heard of them; an order that an office gave is neither."""
        return self.newest(*SIGHTINGS)

    def newest(self, *kinds: str) -> Envelope | None:
        """The newest event of some kinds."""
        return next((event for event in reversed(self.events) if event.kind in kinds), None)

    @property
    def since(self) -> datetime | None:
        """When the state was reached."""
        return self.state.since

    @property
    def weakness(self) -> int:
        """Order in which people are helped: 0 first; who has no vulnerability comes last."""
        if self.person is None or not self.person.vulnerability:
            return len(_WEAK_FIRST)
        return min(_WEAK_FIRST.index(kind) for kind in self.person.vulnerability)

    def local_order(self) -> Envelope | None:
        """The order that a village gave by itself, if it is the newest one."""
        newest = self.newest(*_ORDER_KINDS)
        return newest if newest is not None and newest.kind == "ordered_locally" else None


def live(code: str, person: Person | None, counted: Iterable[Envelope], at: datetime | None = None) -> Life:
    """A person as of an instant, as it is known today: what was undone later never was.

    Parameters
    ----------
    counted : iterable of Envelope
        The person's events that count, in their order (``evac.state.lives_of``).
    at : datetime, optional
        Events of a later trusted time are left out.

    Examples
    --------
    >>> live("C", None, []).state.state
    <State.REGISTERED: 'registered'>
    """
    events = tuple(event for event in counted if at is None or event.trusted_at <= at)
    state, stays = NOBODY, list[Stayed]()
    for event in events:
        before, state = state, step(state, event)
        then, now = seat(before), seat(state)
        if then == now:
            continue
        if then is not None:
            stays[-1] = stays[-1]._replace(until=event.trusted_at)
        if now is not None:
            stays.append(Stayed(now.place, now.stay, event.trusted_at, None))
    return Life(code, person, state, events, tuple(stays))


class Lives(NamedTuple):
    """People as of an instant, and merged code -> the code it was merged into."""

    lives: tuple[Life, ...]
    into: Mapping[str, str]


def lives(
    events: Mapping[str, Sequence[Envelope]], people: Mapping[str, Person], at: datetime | None = None
) -> Lives:
    """Everybody as of an instant, merged codes read as one person.

    Parameters
    ----------
    events : mapping
        Code -> events, of some codes and of all that were ever merged with one of them (``EventStore.kin``).
    people : mapping
        Code -> row of the list; who has no event is on the list all the same.
    at : datetime, optional
        As in ``live``. Who is who is known as of today, not as of then.
    """
    found: dict[str, Life] = {}
    into: dict[str, str] = {}
    for family in families(event for mine in events.values() for event in mine):
        mine, merged = lives_of(family)
        into |= merged
        for code, counted in mine.items():
            found[code] = live(code, people.get(code), counted, at)
        for code in merged:
            entry = live(
                code, people.get(code), (e for e in family.get(code, ()) if isinstance(e, Registered)), at
            )
            found[code] = replace(entry, state=entry.state._replace(state=State.MERGED))
    for code, person in people.items():
        if code not in found:
            found[code] = live(code, person, ())
    return Lives(tuple(found[code] for code in sorted(found)), into)


def canonical_code(code: str, into: Mapping[str, str]) -> str:
    """The code under which somebody counts.

    Examples
    --------
    >>> canonical_code("A", {"A": "B", "B": "C"})
    'C'
    """
    while code in into:
        code = into[code]
    return code
