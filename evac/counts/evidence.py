"""What stands on somebody's word: 核减 with its evidence, withdrawn orders, and orders that a village gave by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evac.asides import Resolved
from evac.counts.life import Life
from evac.counts.roll import Roll
from evac.events import Envelope, Exempted, OrderedLocally, Withdrawn
from evac.model import State

CONFIRMED = "confirmed"
"""How a local order is confirmed: ``Resolved{target, how="confirmed 指令号"}``."""


@dataclass(frozen=True)
class TakenOff:
    """One person who was taken off the number to move, and why."""

    life: Life
    event: Envelope
    why: str


@dataclass(frozen=True)
class LocalOrder:
    """People whom a village moved first and reported after, by one actor for one reason."""

    life: Life
    event: OrderedLocally


def taken_off(lives: Iterable[Life]) -> tuple[TakenOff, ...]:
    """Everybody in 核减 or under a withdrawn order, with the evidence; in order of village and time."""
    found = []
    for life in lives:
        event = life.newest("exempted", "withdrawn")
        if life.state.state in (State.EXEMPT, State.WITHDRAWN) and isinstance(event, Exempted | Withdrawn):
            why = event.evidence if isinstance(event, Exempted) else f"指令撤回 {event.order}"
            found.append(TakenOff(life, event, why))
    return tuple(sorted(found, key=lambda t: (t.life.grain.region, t.event.key)))


def unconfirmed_orders(roll: Roll) -> tuple[LocalOrder, ...]:
    """Orders that villages gave by themselves (先转后报) and nobody has confirmed yet, oldest first."""
    decided = decisions(roll)
    found = []
    for life in roll.lives:
        event = life.local_order()
        if isinstance(event, OrderedLocally) and event.event_id not in decided and life.state.due:
            found.append(LocalOrder(life, event))
    return tuple(sorted(found, key=lambda order: order.event.key))


def decisions(roll: Roll) -> Mapping[str, Resolved]:
    """Id of an event -> the newest decision about it."""
    return {event.target: event for event in roll.aside("resolved") if isinstance(event, Resolved)}
