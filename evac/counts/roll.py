"""Everybody of one region as of one instant, read from the store once: what every list and every form is made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Final

from evac.counts.head_count import HeadCount, region_of_place
from evac.counts.life import Life, canonical_code, lives
from evac.events import ASIDE, NO_ONE, ORDER, Envelope, Received, Undone
from evac.model import Person, Shelter
from evac.registry import EventStore
from evac.state import as_received, undone_ids
from evac.store.counting import codes_in, histories, on_list, visitors

_ANSWERS: Final = frozenset(
    {
        "resolved",
        "rescue_ended",
        "danger_judged",
        "danger_joined",
        "danger_parted",
        "stock_received",
        "inspected",
        "resettlement_ended",
    }
)
_BY_PLACE: Final = frozenset({"passed", "relief_drawn", "rescue_called", "danger_reported", "danger_seen"})
"""What is the region's by where it was, whoever it is about: a call for rescue is on a list though the caller is on none."""
ARRIVALS: Final = frozenset({"arrived_shelter"})


@dataclass(frozen=True, eq=False)
class Roll:
    """A region as of an instant.

    Attributes
    ----------
    prefix : str
        Code of the region; empty for all.
    at : datetime
        The instant.
    lives : tuple of Life
        Everybody at risk in the region.
    guests : tuple of Life
        People of other regions who stay, or stayed, at its shelters.
    shelters : mapping
        Id -> shelter, of every region: people are moved across borders.
    asides : tuple of Envelope
        Head-counts, boats, goods, calls, dangers and decisions that are the region's, in order.
    listed : mapping
        Village -> people on the list, asked of the list itself.
    labels : mapping
        What the store says of itself.
    into : mapping
        Merged code -> the code it was merged into.
    whole : bool
        False where only the present states are known, not what led to them.
    """

    prefix: str
    at: datetime
    lives: tuple[Life, ...]
    guests: tuple[Life, ...]
    shelters: Mapping[str, Shelter]
    asides: tuple[Envelope, ...]
    listed: Mapping[str, int]
    labels: Mapping[str, str]
    into: Mapping[str, str]
    whole: bool = True

    @cached_property
    def count(self) -> HeadCount:
        """The head-count, its sums checked and held against the list.

        Raises
        ------
        ConflictError
            It does not add up.
        """
        count = HeadCount(Counter(life.grain for life in self.lives), self.at)
        count.require_sums(self.listed)
        return count

    @property
    def everybody(self) -> tuple[Life, ...]:
        """Those at risk here and the guests."""
        return (*self.lives, *self.guests)

    @cached_property
    def by_code(self) -> Mapping[str, Life]:
        """Code -> life."""
        return {life.code: life for life in self.everybody}

    @property
    def own_shelters(self) -> tuple[Shelter, ...]:
        """Shelters that lie in the region, by id."""
        return tuple(
            shelter
            for key, shelter in sorted(self.shelters.items())
            if region_of_place(key, self.shelters).startswith(self.prefix)
            or self.prefix.startswith(region_of_place(key, self.shelters))
        )

    def aside(self, *kinds: str) -> tuple[Envelope, ...]:
        """Asides of some kinds, in order."""
        return tuple(event for event in self.asides if event.kind in kinds)

    def one(self, code: str) -> str:
        """The code under which somebody counts, who may have been given several."""
        return canonical_code(code, self.into)

    @property
    def synthetic(self) -> bool:
        """Whether anybody here is invented: then every sheet says so."""
        return bool(self.labels.get("label")) or any(
            life.person is not None and life.person.synthetic for life in self.everybody
        )


def read_roll(store: EventStore, prefix: str = "", *, at: datetime) -> Roll:
    """Read a region as of an instant.

    Parameters
    ----------
    prefix : str
        2, 4, 6, 9 or 12 digits; empty for all.
    at : datetime
        Events of a later trusted time are left out; what was undone later never was.

    Raises
    ------
    SourceError
        The store cannot be read.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from evac import Clerk, MemoryStore, Registry
    >>> from evac.events import ArrivedShelter, Registered
    >>> at, store, code = datetime(2021, 7, 24, 4, 30, tzinfo=UTC), MemoryStore(), "7" + "C" * 25
    >>> said = [Clerk("李四", "V1", "D1", at).write(Registered, code, county="330902")]
    >>> said += [Clerk("王五", "S1", "D2", at + timedelta(hours=2)).write(ArrivedShelter, code)]
    >>> receipt = Registry(store).check_ins(said, received_at=at + timedelta(hours=2))
    >>> [read_roll(store, "330902", at=at + timedelta(hours=h)).lives[0].state.state.chinese for h in (1, 2)]
    ['在册', '集中安置']
    """
    shelters = {shelter.shelter_id: shelter for shelter in store.shelters()}
    here = {key for key in shelters if region_of_place(key, shelters).startswith(prefix)}
    codes = codes_in(store, prefix)
    abroad = visitors(store, here, ARRIVALS) - set(codes) if here else set()
    wanted = sorted({*codes, *abroad})
    people = store.people_of(wanted)
    events = dict(histories(store, wanted))
    everybody, into = lives(events, people, at)
    # who was heard of only later was not on the list at that time
    known = [
        life for life in everybody if life.events or (life.person is not None and life.code not in events)
    ]
    later = Counter(people[code].village for code in people.keys() - {life.code for life in known})
    at_risk = tuple(life for life in known if life.grain.region.startswith(prefix))
    inside = {life.code for life in at_risk}
    guests = tuple(
        life for life in known if life.code not in inside and any(stay.place in here for stay in life.stays)
    )
    boats = {person.vessel for person in people.values() if person.vessel}
    asides = [
        event
        for _, event in store.aside(ASIDE)
        if event.code in inside or _is_here(event, prefix, shelters, boats)
    ]
    asides = in_order(store, asides, at, known=events)
    return Roll(
        prefix, at, at_risk, guests, shelters, tuple(asides), on_list(store, prefix) - later, store.labels(), into,
    )  # fmt: skip


def in_order(
    store: EventStore,
    asides: Sequence[Envelope],
    at: datetime,
    *,
    known: Mapping[str, Sequence[Envelope]] = MappingProxyType({}),
) -> list[Envelope]:
    """Facts aside up to an instant, in order, each as of its earliest receipt; what was undone later never was.

    Parameters
    ----------
    known : mapping
        Code -> events that were read already; receipts of other codes are read.
    """
    told = dict(known) | dict(histories(store, sorted({event.code for event in asides} - set(known))))
    about = [event for mine in told.values() for event in mine if isinstance(event, Received | Undone)]
    void = undone_ids(about)
    found = (
        event
        for event in as_received([*asides, *about])
        if event.kind in ASIDE and event.event_id not in void
    )
    return sorted((event for event in found if event.trusted_at <= at), key=ORDER)


def _is_here(event: Envelope, prefix: str, shelters: Mapping[str, Shelter], boats: set[str]) -> bool:
    """Whether a fact that is about nobody of the region's list is the region's; where nobody can tell, it is shown rather than lost."""
    if event.kind in _ANSWERS:
        return True  # by whoever decided, wherever that was
    if event.code != NO_ONE and event.kind not in _BY_PLACE:
        return False
    if getattr(event, "vessel", "") in boats and event.kind == "vessel_checked":
        return True
    # goods on their way are both places'
    regions = [region_of_place(place, shelters) for place in (event.place, getattr(event, "to", event.place))]
    return any(not region or region.startswith(prefix) for region in regions)


def names_of(people: Iterable[Person]) -> dict[str, str]:
    """Village code -> name, as the list has them."""
    return {person.village: person.village_name for person in people}
