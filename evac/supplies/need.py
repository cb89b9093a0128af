"""What the people of a shelter need, now and when those come who are to come; how long stock lasts; what is lacking."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from evac.model import Vulnerability
from evac.supplies.ledger import Stock
from evac.supplies.rules import Item, Use, items, rules

_DAY: Final = 24.0


@dataclass(frozen=True)
class Crowd:
    """People of a place, and how many of them are weak, by kind."""

    people: int = 0
    weak: Counter[Vulnerability] = field(default_factory=Counter)

    def __add__(self, other: Crowd) -> Crowd:
        return Crowd(self.people + other.people, self.weak + other.weak)


@dataclass(frozen=True)
class Place:
    """A place that keeps goods: a shelter with its people, or a depot with none.

    Attributes
    ----------
    present, expected : Crowd
        Who is there; who is on the way or still to come.
    depot : bool
    longitude, latitude : float or None
        WGS-84 [degree].
    closed : str
        Why no lorry goes there; empty where one does.
    """

    id: str
    name: str
    present: Crowd = field(default_factory=Crowd)
    expected: Crowd = field(default_factory=Crowd)
    depot: bool = False
    longitude: float | None = None
    latitude: float | None = None
    closed: str = ""

    @property
    def everybody(self) -> Crowd:
        """Who is there and who is to come."""
        return self.present + self.expected


def persons_for(item: Item, crowd: Crowd) -> float:
    """Persons that an item is reckoned for: the weak count as their factor says, or alone where it is theirs alone.

    Examples
    --------
    >>> crowd = Crowd(10, Counter({Vulnerability.INFANT: 2}))
    >>> persons_for(items()["water"], crowd), persons_for(items()["baby_food"], crowd), persons_for(items()["quilt"], crowd)
    (10.0, 2.0, 12.0)
    """
    if item.only:
        return float(sum(crowd.weak[kind] for kind in item.only))
    return float(crowd.people) + sum(
        (factor - 1.0) * crowd.weak[kind] for kind, factor in item.groups.items()
    )


def need_of(item: Item, crowd: Crowd, hours: float, *, given: int = 0) -> int:
    """Units that people need for so long; of what is kept, less what was given them.

    Examples
    --------
    >>> need_of(items()["water"], Crowd(100), 24), need_of(items()["quilt"], Crowd(100), 24, given=40), need_of(items()["toilet"], Crowd(51), 24)
    (600, 60, 2)
    """
    wanted = persons_for(item, crowd) * item.need / item.content
    if item.use is Use.DAILY:
        return math.ceil(wanted * hours / _DAY - 1e-9)
    return max(0, math.ceil(wanted - 1e-9) - (given if item.use is Use.ONCE else 0))


def hours_left(item: Item, quantity: int, crowd: Crowd) -> float | None:
    """How long stock lasts [h]; None of what is not used up, or where nobody uses it.

    Examples
    --------
    >>> hours_left(items()["water"], 300, Crowd(100)), hours_left(items()["water"], 300, Crowd())
    (12.0, None)
    """
    daily = persons_for(item, crowd) * item.need / item.content
    if item.use is not Use.DAILY or daily <= 0:
        return None
    return max(quantity, 0) * _DAY / daily


@dataclass(frozen=True)
class Line:
    """One item of one place.

    Attributes
    ----------
    quantity : int
        On the book; below 0 where the book is wrong.
    coming : int
        On its way here.
    need_now, need : int
        For the hours of the plan: by those present, and by those expected too.
    lasts_now, lasts : float or None
        Hours until it is used up, likewise.
    short : int
        Lacking for everybody over the hours, what is on its way counted in.
    spare : int
        What is over when its own people are supplied as long as the rule says; 0 where anything is lacking.
    """

    place: Place
    item: Item
    quantity: int
    coming: int
    need_now: int
    need: int
    lasts_now: float | None
    lasts: float | None
    short: int
    spare: int

    @property
    def grave(self) -> bool:
        """It runs out, or is not there, before anything can come."""
        if self.item.use is Use.DAILY:
            return self.lasts is not None and self.lasts < self.item.grave_hours
        return False


def supply_lines(
    stock: Stock, places: Iterable[Place], *, hours: float | None = None, keep_hours: float | None = None
) -> tuple[Line, ...]:
    """Every item of every place: what is there, needed, lacking and over.

    Parameters
    ----------
    stock : Stock
    places : iterable of Place
    hours, keep_hours : float, optional
        For how long a place should have enough, and must keep enough for its own before it sends [h]; those of ``items.toml``.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac import NO_ONE, Clerk, Place, stock, supply_lines
    >>> from evac.asides import StockDelivered
    >>> clerk = Clerk("李四", "S1", "D1", datetime(2021, 7, 25, 4, tzinfo=UTC))
    >>> held = stock([clerk.write(StockDelivered, NO_ONE, item="water", quantity=300)])
    >>> lines = supply_lines(held, [Place("S1", "学校", Crowd(50), Crowd(50))], hours=24)
    >>> [(line.lasts_now, line.lasts, line.need, line.short) for line in lines if line.item.id == "water"]  # hours, then units
    [(24.0, 12.0, 600, 300)]
    """
    plan = rules()["plan"]
    wanted, kept = hours or plan["hours"], keep_hours or plan["keep_hours"]
    return tuple(
        _line(stock, place, item, wanted, max(kept, wanted)) for place in places for item in items().values()
    )


def _line(stock: Stock, place: Place, item: Item, hours: float, keep: float) -> Line:
    level = stock.level(place.id, item.id)
    coming = stock.coming(place.id, item.id)
    need = need_of(item, place.everybody, hours, given=level.given)
    own = need_of(item, place.everybody, keep, given=level.given)
    there = max(level.quantity, 0)
    short = max(0, need - there - coming)
    return Line(
        place, item, level.quantity, coming,
        need_of(item, place.present, hours, given=level.given), need,
        hours_left(item, level.quantity, place.present), hours_left(item, level.quantity, place.everybody),
        short, 0 if short else max(0, there - own),
    )  # fmt: skip


def shortages(found: Iterable[Line]) -> tuple[Line, ...]:
    """What is lacking: what runs out first at the head, then what is not used up, the most at the head.

    Examples
    --------
    >>> from evac import Place, shortages, stock, supply_lines
    >>> lines = supply_lines(stock([]), [Place("S1", "学校", Crowd(100))], hours=24)
    >>> [(line.item.chinese, line.short, line.item.unit) for line in shortages(lines)][:3]
    [('饮用水', 600, '瓶'), ('方便食品', 300, '份'), ('席子/折叠床', 100, '张')]
    """
    return tuple(
        sorted(
            (line for line in found if line.short),
            key=lambda x: (math.inf if x.lasts is None else x.lasts, -x.short, x.place.id, x.item.id),
        )
    )


def in_units(item: str) -> str:
    """The unit of an item, known or not."""
    known: Mapping[str, Item] = items()
    return known[item].unit if item in known else "件"
