"""Who can send what to whom (调拨建议): the most of what is lacking, the gravest first, by the shortest ways; nobody sends what its own people need.

Drafts alone: a person approves, and only what still holds.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evac.plan.flow import cheapest_flow
from evac.plan.homes import Numbers
from evac.plan.reach import Arcs, Travel, by_origin, great_circle
from evac.supplies.ledger import Stock
from evac.supplies.need import Line, Place
from evac.supplies.rules import Item, rules

UNMET_METRES: Final = 10_000_000
"""Price of a unit that nobody sends [m]: above any way, so that what can be sent is sent."""
_GRAVE_FACTOR: Final = 4
"""How much more a unit counts where the lack is grave."""
_LETTERS: Final = str.maketrans("0123456789abcdef", "bcdfghjkmnpqrstv")
"""Hexadecimal digits as letters, without vowels: they spell no words."""


@dataclass(frozen=True)
class Transfer:
    """A draft.

    Attributes
    ----------
    number : str
        Of what it was worked out from: once goods move there, it is another.
    quantity : int
        Units.
    metres : int
        Length of the way [m].
    """

    number: str
    item: Item
    quantity: int
    sender: Place
    receiver: Place
    metres: int


@dataclass(frozen=True)
class Unmet:
    """What is lacking and nobody sends, and why."""

    line: Line
    quantity: int
    why: str


@dataclass(frozen=True)
class Proposal:
    """Drafts, those that end the gravest lack first, and what is left."""

    transfers: tuple[Transfer, ...]
    unmet: tuple[Unmet, ...]


def propose(
    found: Sequence[Line], stock: Stock, *, travel: Travel = great_circle, metres: float | None = None
) -> Proposal:
    """Transfers from what is over to what is lacking, item by item.

    Senders keep what their own people, present and expected, need for the rule's hours, so that no transfer makes a lack. Closed places
    neither send nor receive. Of what is not enough for all, the grave lacks get theirs first.

    Parameters
    ----------
    found : sequence of Line
        From ``supply_lines``, of every place that may send or receive.
    stock : Stock
        What they were made from.
    travel : Travel
        How far it is, origin to target; by road where a network is given, whose closed links are not driven.
    metres : float, optional
        Longest way [m]; that of ``items.toml`` where None.

    Returns
    -------
    Proposal
        The same for lines in any order.

    Raises
    ------
    MissingExtraError
        Without the extra ``plan``.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac import NO_ONE, Clerk, propose, stock, supply_lines
    >>> from evac.asides import StockDelivered
    >>> from evac.supplies.need import Crowd
    >>> depot = Place("D1", "县库", depot=True, longitude=122.10, latitude=30.0)
    >>> school = Place("S1", "学校", Crowd(100), longitude=122.11, latitude=30.0)
    >>> clerk = Clerk("李四", "D1", "D1", datetime(2021, 7, 25, 4, tzinfo=UTC))
    >>> held = stock([clerk.write(StockDelivered, NO_ONE, item="water", quantity=500)])
    >>> lines = [line for line in supply_lines(held, [depot, school], hours=24) if line.item.id == "water"]
    >>> drafts = propose(lines, held)
    >>> [(one.sender.name, one.receiver.name, one.quantity, one.metres) for one in drafts.transfers], drafts.unmet[0].quantity
    ([('县库', '学校', 500, 963)], 100)
    """
    by_item: dict[str, list[Line]] = defaultdict(list)
    for line in found:
        by_item[line.item.id].append(line)
    within = rules()["plan"]["metres"] if metres is None else metres
    transfers: list[tuple[Line, Transfer]] = []
    unmet: list[Unmet] = []
    for name in sorted(by_item):
        mine = sorted(by_item[name], key=lambda line: line.place.id)
        some, rest = _of_item(mine, stock, travel, within)
        transfers += some
        unmet += rest
    ordered = sorted(transfers, key=lambda pair: (not pair[0].grave, _lasts(pair[0]), pair[1].number))
    return Proposal(
        tuple(transfer for _, transfer in ordered),
        tuple(
            sorted(unmet, key=lambda u: (not u.line.grave, _lasts(u.line), u.line.place.id, u.line.item.id))
        ),
    )


def _lasts(line: Line) -> float:
    return float("inf") if line.lasts is None else line.lasts


def _of_item(
    mine: Sequence[Line], stock: Stock, travel: Travel, within: float
) -> tuple[list[tuple[Line, Transfer]], list[Unmet]]:
    lacking = [line for line in mine if line.short]
    usable = [line for line in lacking if _reachable(line.place)]
    senders = [line for line in mine if line.spare and _reachable(line.place)]
    left = {line.place.id: line.short for line in lacking}
    found: list[tuple[Line, Transfer]] = []
    if usable and senders:
        arcs = _ways(usable, senders, travel, within)
        price = [UNMET_METRES * (_GRAVE_FACTOR if line.grave else 1) for line in usable]
        flow = cheapest_flow(
            np.array([line.short for line in usable], np.int64),
            np.array([line.spare for line in senders], np.int64), arcs, np.array(price, np.int64),
        )  # fmt: skip
        for arc in np.flatnonzero(flow.people).tolist():
            to, by, units = usable[arcs.origin[arc]], senders[arcs.target[arc]], int(flow.people[arc])
            number = _number(by, to, units, stock)
            found.append((to, Transfer(number, to.item, units, by.place, to.place, int(arcs.metres[arc]))))
            left[to.place.id] -= units
    return found, [Unmet(x, left[x.place.id], _why(x, bool(senders))) for x in lacking if left[x.place.id]]


def _reachable(place: Place) -> bool:
    return not place.closed and place.longitude is not None and place.latitude is not None


def _why(line: Line, any_sender: bool) -> str:
    if line.place.closed:
        return f"不可达 closed: {line.place.closed}"
    if line.place.longitude is None:
        return "位置不明 its position is not known"
    return (
        "有余处太远、路断或不够 too far, cut off, or not enough"
        if any_sender
        else "各处均无余 nobody has any over"
    )


def _ways(lacking: Sequence[Line], senders: Sequence[Line], travel: Travel, within: float) -> Arcs:
    """From who lacks to who sends, with the way that the lorry drives: from the sender."""
    driven = travel(_points(senders), _points(lacking), within)
    return by_origin(Arcs(driven.target, driven.origin, driven.metres))


def _points(found: Iterable[Line]) -> Numbers:
    rows = [(line.place.latitude, line.place.longitude) for line in found]
    return np.array(rows, np.float64).reshape(-1, 2)


def _number(sender: Line, receiver: Line, units: int, stock: Stock) -> str:
    """Twelve letters of who sends how much to whom on which stock; digits the log could take for somebody's telephone."""
    item = sender.item.id
    told = [item, sender.place.id, receiver.place.id, str(units)]
    told += [stock.level(place, item).last for place in (sender.place.id, receiver.place.id)]
    return hashlib.blake2b("|".join(told).encode(), digest_size=6).hexdigest().translate(_LETTERS)
