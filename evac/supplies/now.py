"""Goods of every shelter at this moment, from counts that the store makes itself: nobody's history is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from evac.columns import column_of
from evac.counts.head_count import region_of_place
from evac.counts.roll import in_order
from evac.model import Shelter, Vulnerability
from evac.registry import EventStore
from evac.state import PersonState
from evac.store.counting import Bound, bound_for_places
from evac.supplies.ledger import KINDS, Stock, stock
from evac.supplies.need import Crowd, Line, Place, shortages, supply_lines
from evac.supplies.places import TO_COME


@dataclass(frozen=True)
class Goods:
    """Goods of all shelters.

    Attributes
    ----------
    lacking : tuple of Line
        What is lacking at shelters that keep a book of stock: what runs out first at the head.
    kept, unkept : tuple of str
        Shelters that keep a book; those with people, there or to come, that keep none: what they have is not known.
    stock : Stock
    regions : mapping
        Shelter -> the finest region that it is known to lie in.
    """

    lacking: tuple[Line, ...]
    kept: tuple[str, ...]
    unkept: tuple[str, ...]
    stock: Stock
    regions: Mapping[str, str]


def goods_now(store: EventStore, *, at: datetime) -> Goods | None:
    """The goods of all shelters; None where nobody ever wrote anything of goods down.

    Raises
    ------
    SourceError
        The store cannot be read.
    """
    told = [event for _, event in store.aside(KINDS)]
    if not told:
        return None
    held = stock(in_order(store, told, at))
    shelters = {shelter.shelter_id: shelter for shelter in store.shelters()}
    places = crowded(bound_for_places(store), shelters)
    booked = {slot.place for slot in held.levels}
    kept = [place for place in places if place.id in booked]
    return Goods(
        shortages(supply_lines(held, kept)), tuple(place.id for place in kept),
        tuple(place.id for place in places if place.id not in booked and place.everybody.people), held,
        {key: region_of_place(key, shelters) for key in shelters},
    )  # fmt: skip


def crowded(counted: Mapping[Bound, int], shelters: Mapping[str, Shelter]) -> tuple[Place, ...]:
    """Every shelter with who is there and who is to come, of counts."""
    present = _crowds((bound, n) for bound, n in counted.items() if bound.seated)
    expected = _crowds((bound, n) for bound, n in counted.items() if not bound.seated and _to_come(bound))
    nobody = Crowd()
    return tuple(
        Place(key, shelter.name, present.get(key, nobody), expected.get(key, nobody))
        for key, shelter in sorted(shelters.items())
    )


def _to_come(bound: Bound) -> bool:
    return column_of(PersonState(bound.state, stay=bound.stay)) in TO_COME


def _crowds(counted: Iterable[tuple[Bound, int]]) -> dict[str, Crowd]:
    people: Counter[str] = Counter()
    weak: dict[str, Counter[Vulnerability]] = {}
    for bound, n in counted:
        people[bound.place] += n
        for kind in filter(None, bound.weak.split(",")):
            weak.setdefault(bound.place, Counter())[Vulnerability(kind)] += n
    return {place: Crowd(n, weak.get(place, Counter())) for place, n in people.items()}
