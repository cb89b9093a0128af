"""The stock of every place as a fold of what was delivered, moved, received, issued, drawn and counted; nothing is clipped."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final, NamedTuple

from evac.asides import ReliefDrawn, StockCounted, StockDelivered, StockIssued, StockMoved, StockReceived
from evac.envelope import ORDER, Envelope
from evac.supplies.rules import item_of

KINDS: Final = frozenset(
    cls.kind for cls in (StockDelivered, StockMoved, StockReceived, StockIssued, StockCounted, ReliefDrawn)
)
"""Kinds of events that this package reads."""


class Slot(NamedTuple):
    """One item at one place."""

    place: str
    item: str


@dataclass(frozen=True)
class Level:
    """The stock of an item at a place.

    Attributes
    ----------
    quantity : int
        Units; below 0 where more went out than anybody wrote down as coming in.
    given : int
        Units that were issued and drawn here: who keeps a quilt needs none.
    counted_at : datetime or None
        Of the newest count.
    last : str
        Id of the newest event about it.
    """

    quantity: int = 0
    given: int = 0
    counted_at: datetime | None = None
    last: str = ""


@dataclass(frozen=True)
class Transit:
    """Goods on their way: sent, and not received by anybody."""

    event_id: str
    order: str
    item: str
    quantity: int
    sender: str
    receiver: str
    since: datetime


class Differs(StrEnum):
    """What kind of difference somebody must look into."""

    COUNT = "count"
    SHORT = "short"
    MORE = "more"
    NO_MOVE = "no_move"
    NEGATIVE = "negative"

    @property
    def chinese(self) -> str:
        """Word of the list."""
        words = {
            "count": "盘点与账面不符", "short": "签收短少", "more": "签收多出", "no_move": "签收无调出记录", "negative": "账面为负",
        }  # fmt: skip
        return words[self.value]


@dataclass(frozen=True)
class Discrepancy:
    """A difference: what the book says, what was found, who found it."""

    kind: Differs
    place: str
    item: str
    expected: int
    found: int
    at: datetime
    by: str
    event_id: str


@dataclass(frozen=True)
class Stock:
    """Everything of goods at an instant.

    Attributes
    ----------
    levels : mapping
        Slot -> level, of each that anything was ever told of.
    transit : tuple of Transit
        The oldest first.
    discrepancies : tuple of Discrepancy
        In order.
    """

    levels: Mapping[Slot, Level]
    transit: tuple[Transit, ...]
    discrepancies: tuple[Discrepancy, ...]

    def level(self, place: str, item: str) -> Level:
        """The level of a slot; nothing where nothing was told."""
        return self.levels.get(Slot(place, item), Level())

    def coming(self, place: str, item: str) -> int:
        """Units on their way to a place."""
        return self._coming[Slot(place, item)]

    @cached_property
    def _coming(self) -> Counter[Slot]:
        found: Counter[Slot] = Counter()
        for t in self.transit:
            found[Slot(t.receiver, t.item)] += t.quantity
        return found


def stock(events: Iterable[Envelope]) -> Stock:
    """The stock that a log tells of.

    Goods leave with a ``StockMoved`` and are on their way until a ``StockReceived`` names it; what arrives less is a difference, not stock. A count
    sets the level from there on, and what it changes is listed. Nothing depends on the order in which events came.

    Parameters
    ----------
    events : iterable of Envelope
        In any order; of other kinds, they are left out. What was undone must not be among them.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2021, 7, 25, 4, tzinfo=UTC)
    >>> common = dict(code="0" * 26, actor="甲", device="D", device_at=at, trusted_at=at, item="water")
    >>> came = StockDelivered(event_id="0" * 32, counter=1, place="S1", quantity=48, **common)
    >>> sent = StockMoved(event_id="1" * 32, counter=2, place="S1", quantity=60, to="S2", **common)
    >>> found = stock([sent, came])
    >>> found.level("S1", "water").quantity, found.coming("S2", "water"), found.discrepancies[0].kind.chinese
    (-12, 60, '账面为负')
    """
    held = sorted({event.event_id: event for event in events if event.kind in KINDS}.values(), key=ORDER)
    quantity: dict[Slot, int] = defaultdict(int)
    given: dict[Slot, int] = defaultdict(int)
    counted: dict[Slot, datetime] = {}
    last: dict[Slot, Envelope] = {}
    found: list[Discrepancy] = []
    moves = {event.event_id: event for event in held if isinstance(event, StockMoved)}
    received: dict[str, list[StockReceived]] = defaultdict(list)
    for event in held:
        slot = Slot(event.place, item_of(getattr(event, "item", "")))
        amount = max(getattr(event, "quantity", 0), 0)
        last[slot] = event
        if isinstance(event, StockDelivered | StockReceived):
            quantity[slot] += amount
            if isinstance(event, StockReceived):
                received[event.target].append(event)
        elif isinstance(event, StockCounted):
            if quantity[slot] != amount and (slot in counted or quantity[slot]):
                found.append(_differs(Differs.COUNT, slot, quantity[slot], amount, event))
            quantity[slot], counted[slot] = amount, event.trusted_at
        else:
            quantity[slot] -= amount
            if not isinstance(event, StockMoved):
                given[slot] += amount
    found += _of_moves(moves, received)
    found += [_differs(Differs.NEGATIVE, s, 0, n, last[s]) for s, n in quantity.items() if n < 0]
    levels = {
        slot: Level(quantity[slot], given[slot], counted.get(slot), last[slot].event_id)
        for slot in sorted(last)
    }
    transit = tuple(
        Transit(m.event_id, m.order, item_of(m.item), max(m.quantity, 0), m.place, m.to, m.trusted_at)
        for m in moves.values()
        if m.event_id not in received
    )
    return Stock(
        MappingProxyType(levels), transit, tuple(sorted(found, key=lambda d: (d.at, d.event_id, d.kind)))
    )


def _of_moves(
    moves: Mapping[str, StockMoved], received: Mapping[str, list[StockReceived]]
) -> Iterable[Discrepancy]:
    for target, arrived in received.items():
        newest, came = arrived[-1], sum(max(event.quantity, 0) for event in arrived)
        slot = Slot(newest.place, item_of(newest.item))
        move = moves.get(target)
        if move is None:
            yield _differs(Differs.NO_MOVE, slot, 0, came, newest)
        elif came != move.quantity:
            kind = Differs.SHORT if came < move.quantity else Differs.MORE
            yield _differs(kind, slot, move.quantity, came, newest)


def _differs(kind: Differs, slot: Slot, expected: int, found: int, event: Envelope) -> Discrepancy:
    return Discrepancy(
        kind, slot.place, slot.item, expected, found, event.trusted_at, event.actor, event.event_id
    )
