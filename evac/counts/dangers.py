"""Dangers of a region as of an instant, from a roll or straight from the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from evac.counts.head_count import region_of_place
from evac.counts.roll import Roll, in_order
from evac.dangers.danger import Danger, dangers
from evac.dangers.reports import DECISIONS, KINDS
from evac.envelope import Envelope
from evac.model import Shelter, State
from evac.registry import EventStore
from evac.store.counting import on_list


def dangers_of(roll: Roll) -> tuple[Danger, ...]:
    """The dangers of a region, the first one first; those of which nobody can tell the region are shown in each."""
    return dangers(roll.aside(*KINDS))


def read_dangers(store: EventStore, prefix: str = "", *, at: datetime) -> tuple[Danger, ...]:
    """The dangers of a region as of an instant, without reading who lives there.

    Parameters
    ----------
    prefix : str
        2, 4, 6, 9 or 12 digits; empty for all.
    at : datetime
        What was told later is left out; what was undone never was.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import NO_ONE, Clerk, MemoryStore, Registry
    >>> from evac.asides import DangerSeen
    >>> at, store = datetime(2021, 7, 24, 4, 30, tzinfo=UTC), MemoryStore()
    >>> seen = Clerk("李四", "330902001001", "D1", at).write(DangerSeen, NO_ONE, danger="slope", where="后山竹林")
    >>> receipt = Registry(store).check_ins([seen], received_at=at)
    >>> [(danger.kind.english, danger.reports[0].where) for danger in read_dangers(store, "330902", at=at)]
    [('slope failing or cracked', '后山竹林')]
    """
    shelters = {shelter.shelter_id: shelter for shelter in store.shelters()}
    told = [event for _, event in store.aside(KINDS)]
    return dangers(e for e in in_order(store, told, at) if _is_here(e, prefix, shelters))


def _is_here(event: Envelope, prefix: str, shelters: Mapping[str, Shelter]) -> bool:
    region = region_of_place(event.place, shelters)
    return event.kind in DECISIONS or not region or region.startswith(prefix)


def people_at(store: EventStore, found: Iterable[Danger]) -> dict[str, int]:
    """Id of a danger -> persons of its place: those on the list of its village, those present at its shelter.

    Dangers of which only a town or county is known are left out: nobody can tell who is near.
    """
    present = {seat.place: n for seat, n in store.seats().items() if seat.stay is State.SHELTERED}
    shelters = {shelter.shelter_id for shelter in store.shelters()}
    listed: dict[str, int] = {}
    near = {}
    for danger in found:
        place = danger.place
        if place in shelters:
            near[danger.id] = present.get(place, 0)
        elif len(place) == 12 and place.isdecimal():
            if place not in listed:
                listed[place] = sum(on_list(store, place).values())
            near[danger.id] = listed[place]
    return near
