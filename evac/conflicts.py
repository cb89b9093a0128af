"""Contradictions in what was scanned: one code at two places sooner than anybody gets from one to the other.

A scan is a fact and counts; what contradicts another becomes a task for a person to decide, never a silent move.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from evac.asides import Resolved
from evac.events import ArrivedAshore, ArrivedShelter, Envelope
from evac.model import Shelter
from evac.registry import EventStore
from evac.state import counted
from riskmap.sphere import distance

SPEED_KM_H: Final = 40.0
"""Nobody is driven faster than this between two shelters in a typhoon (own proposal, status D)."""
LEAST: Final = timedelta(minutes=10)
"""Getting up, out, in and scanned again takes at least this long (own proposal, status D); all there is where a place has no
position."""

_READ_AT_ONCE: Final = 500  # people whose events are read at a time
_AT_A_PLACE: Final = (ArrivedShelter, ArrivedAshore)


class TravelTime(Protocol):
    """How long it takes at least to get from one place to another."""

    def __call__(self, origin: str, destination: str) -> timedelta:
        """Least time from place to place."""
        ...


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two scans of one person that cannot both be right.

    Attributes
    ----------
    code : str
        Safety code under which the person counts.
    first, second : Envelope
        In their order; ``second`` is where the person counts until somebody decides.
    apart, least : timedelta
        Time between the scans, and what the way takes at least.
    """

    code: str
    first: Envelope
    second: Envelope
    apart: timedelta
    least: timedelta

    @property
    def target(self) -> str:
        """What a ``Resolved`` names to settle this: the id of the later event."""
        return self.second.event_id

    @property
    def chinese(self) -> str:
        """One line for the list of tasks."""
        minutes, least = self.apart.total_seconds() / 60, self.least.total_seconds() / 60
        return f"{self.first.place} 与 {self.second.place} 相隔 {minutes:.0f} 分钟先后扫码,路程至少 {least:.0f} 分钟,请核实"


def contradictions(events: Iterable[Envelope], travel_time: TravelTime) -> list[Conflict]:
    """Pairs of arrivals of one person at different places, closer in time than the way allows; pure.

    Parameters
    ----------
    events : iterable of Envelope
        All events of some people, in any order, with repeats; undone ones do not count.
    travel_time : callable
        Least time between two places; see ``by_distance``.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> at = datetime(2021, 7, 25, tzinfo=UTC)
    >>> scans = [ArrivedShelter(event_id=p, code="C", place=p, actor="A", device="D", counter=n, device_at=at + n * LEAST / 2,
    ...          trusted_at=at + n * LEAST / 2) for n, p in enumerate(["S1", "S2"])]
    >>> [c.second.place for c in contradictions(scans, lambda a, b: LEAST)]
    ['S2']
    """
    before: dict[str, Envelope] = {}
    found = []
    for event in counted(events):
        if not isinstance(event, _AT_A_PLACE):
            continue
        earlier = before.get(event.code)
        before[event.code] = event
        if earlier is None or earlier.place == event.place:
            continue
        apart, least = event.trusted_at - earlier.trusted_at, travel_time(earlier.place, event.place)
        if apart < least:
            found.append(Conflict(event.code, earlier, event, apart, least))
    return found


def by_distance(shelters: Iterable[Shelter]) -> TravelTime:
    """Great-circle distance at ``SPEED_KM_H``, at least ``LEAST``."""
    at = {s.shelter_id: s for s in shelters if s.longitude is not None and s.latitude is not None}

    def least(origin: str, destination: str) -> timedelta:
        a, b = at.get(origin), at.get(destination)
        if a is None or b is None:
            return LEAST
        metres = distance(
            latitude=a.latitude, longitude=a.longitude, to_latitude=b.latitude, to_longitude=b.longitude
        )
        return max(LEAST, timedelta(hours=float(metres) / 1000 / SPEED_KM_H))

    return least


def open_conflicts(
    store: EventStore, *, county: str = "", travel_time: TravelTime | None = None
) -> Iterator[Conflict]:
    """Contradictions that nobody has decided yet, person by person, in order of code.

    Parameters
    ----------
    store : EventStore
    county : str
        First digits of the county; empty for all.
    travel_time : callable, optional
        By distance between the store's shelters unless given.
    """
    least = by_distance(store.shelters()) if travel_time is None else travel_time
    moved = store.movers(county)
    decided = (
        {e.target for _, e in store.aside([Resolved.kind]) if isinstance(e, Resolved)} if moved else set()
    )
    for n in range(0, len(moved), _READ_AT_ONCE):
        events = store.kin(moved[n : n + _READ_AT_ONCE])
        found = contradictions((event for mine in events.values() for event in mine), least)
        yield from sorted((c for c in found if c.target not in decided), key=lambda c: (c.code, c.second.key))
