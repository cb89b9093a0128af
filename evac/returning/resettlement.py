"""People whose house is gone (过渡安置): they stay moved, leave the shelter's list for one of their own, until it is ended.

The decision is a fact aside; the stay is an arrival like any other, so that the sum of the head-count needs no new term.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from evac.asides import Resettled, ResettlementEnded
from evac.clear_words import cleared
from evac.counts.roll import in_order
from evac.errors import ConflictError
from evac.events import ArrivedRelatives, ArrivedShelter, Envelope
from evac.model import State
from evac.people.clerk import Clerk
from evac.registry import EventStore, Registry
from riskmap.errors import ConfigError

OUTCOMES: Final = {"home": "已回家", "handed_over": "已移交民政"}
"""How a resettlement ends; who is handed over is looked after elsewhere, and counted as moved to the end."""
RELATIVES: Final = "relatives"


@dataclass(frozen=True)
class Resettlement:
    """One person's resettlement."""

    decided: Resettled
    ended: ResettlementEnded | None = None

    @property
    def lasts(self) -> bool:
        """Whether it goes on."""
        return self.ended is None


def resettlements(asides: Iterable[Envelope]) -> tuple[Resettlement, ...]:
    """Everybody's newest resettlement, by code.

    Parameters
    ----------
    asides : iterable of Envelope
        In order, undone ones left out.
    """
    decided: dict[str, Resettled] = {}
    ended: dict[str, ResettlementEnded] = {}
    for event in asides:
        if isinstance(event, Resettled):
            decided[event.code] = event
        elif isinstance(event, ResettlementEnded):
            ended.setdefault(event.target, event)
    return tuple(Resettlement(one, ended.get(one.event_id)) for _, one in sorted(decided.items()))


def read_resettlements(store: EventStore, *, at: datetime) -> tuple[Resettlement, ...]:
    """The resettlement list as of an instant."""
    facts = [event for _, event in store.aside({Resettled.kind, ResettlementEnded.kind})]
    return resettlements(in_order(store, facts, at))


def resettled_codes(store: EventStore, *, at: datetime) -> frozenset[str]:
    """Codes of people whose resettlement lasts, or who were handed over: no release sends them home."""
    return frozenset(
        one.decided.code
        for one in read_resettlements(store, at=at)
        if one.ended is None or one.ended.outcome != "home"
    )


def resettle(
    registry: Registry,
    code: str,
    *,
    to: str,
    decision: str,
    why: str,
    clerk: Clerk,
    with_relatives: bool = False,
) -> Resettled:
    """Decide that somebody cannot go home, and where they stay from now on.

    Parameters
    ----------
    to : str
        The place: never a shelter's id, or they would stay on its list.
    decision : str
        Number of the decision.
    with_relatives : bool
        With relatives, or in a rented flat; else in a house of the resettlement.

    Raises
    ------
    ConfigError
        No place, decision or reason, or the place is a shelter.
    ConflictError
        They are not among those who were moved, or are resettled already.
    """
    shelters = {word for s in registry.store.shelters() for word in (s.shelter_id, s.name)}
    if not (to.strip() and decision.strip() and why.strip()) or to.strip() in shelters:
        raise ConfigError(
            "not a resettlement", where=f"person {code[-10:]}", expected="a place that is no shelter, the decision's number, and why",
            found=f"place {to!r}, decision {decision!r}, why {why!r}", remedy="name where they stay: --to 白泉镇过渡安置点",
        )  # fmt: skip
    state = registry.state(code)
    lasting = {one.decided.code for one in read_resettlements(registry.store, at=clerk.now) if one.lasts}
    if state.stay is None or state.state in (State.RETURNED, State.CLOSED) or code in lasting:
        raise ConflictError(
            "this person cannot be resettled now", where=f"person {code[-10:]}", expected="somebody who was moved and is not home, once",
            found="resettled already" if code in lasting else state.state.chinese, remedy="look at the person's events; check the code",
        )  # fmt: skip
    decided = clerk.write(Resettled, code, place=to.strip(), decision=decision.strip(), why=why.strip())
    stay: Envelope = (
        clerk.write(ArrivedRelatives, code, place=to.strip(), verified=True)
        if with_relatives
        else clerk.write(ArrivedShelter, code, place=to.strip())
    )
    registry.check_ins(cleared(registry.store, [decided, stay]), received_at=clerk.now)
    return decided


def end_resettlement(
    registry: Registry, code: str, *, outcome: str, note: str, clerk: Clerk
) -> ResettlementEnded:
    """End somebody's resettlement: ``home`` lets the next release reach them, ``handed_over`` lets the event be closed.

    Raises
    ------
    ConfigError
        No such outcome.
    ConflictError
        They are not resettled.
    """
    if outcome not in OUTCOMES or not note.strip():
        raise ConfigError(
            "not an ending", where=f"person {code[-10:]}", expected=f"one of {', '.join(OUTCOMES)}, and what came of it in words",
            found=f"{outcome!r}, {note!r}", remedy="evac return resettle-end CODE --outcome handed_over --note 民政接收单3号",
        )  # fmt: skip
    lasting = {one.decided.code: one for one in read_resettlements(registry.store, at=clerk.now) if one.lasts}
    if code not in lasting:
        raise ConflictError(
            "nobody of this code is resettled",
            where=f"person {code[-10:]}",
            remedy="see: evac return resettled",
        )
    ended = clerk.write(
        ResettlementEnded, code, target=lasting[code].decided.event_id, outcome=outcome, note=note.strip()
    )
    registry.check_ins(cleared(registry.store, [ended]), received_at=clerk.now)
    return ended
