"""Check-ins as lists: the hot path, without a model an event.

Facts are stored whoever they are about: who comes from another county is let in. Commands, and corrections of the list, need the
right to command, and the person within the token's region; an undo of what the same device sent needs neither.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from evac.api.drawing import alone
from evac.api.parsing import parse_list
from evac.api.problems import Problem, not_allowed
from evac.api.service import Service
from evac.asides import ReliefDrawn
from evac.clear_words import cleared, worded
from evac.counts.uses import draw_refusal, draws_of
from evac.events import ASIDE, COMMANDS, NO_ONE, Corrected, Envelope, Merged, Mode, Registered, Undone
from evac.registry import EventStore, Receipt
from evac.tokens import Right, Token

_JSON = msgspec.json.Encoder()
_UNTOLD = ("received",)
"""Kinds that servers make; a device sends none."""
_OF_OFFICES = ("danger_judged", "danger_joined", "danger_parted")
"""Facts that end or divide a danger: of whoever may command, since others would look no further."""


class Sorted(NamedTuple):
    """Events that a token may send, and those that it may not: event id and reason."""

    passing: list[Envelope]
    refused: list[tuple[str, str]]


async def check_ins(service: Service, request: Request) -> Response:
    """``POST /v1/checkins``."""
    token = await service.token_of(request)
    if not token.may(Right.CHECK_IN):
        raise not_allowed(f"a {token.role.value} sends no events")
    body = await request.body()
    try:
        parsed = parse_list(body)
    except ValueError as error:
        raise Problem(422, str(error)) from None
    told = await take(service, token, parsed.events, parsed.invalid)
    return Response(_JSON.encode(told), media_type="application/json")


async def take(
    service: Service, token: Token, events: Sequence[Envelope], invalid: Sequence[tuple[int, str]] = ()
) -> dict[str, object]:
    """Store what the token may send, and say what became of each event."""
    draws = _asked(token, events)
    with service.drawing.held(draws) as busy:
        async with alone(service.office, draws, busy):
            passing, refused = await _sorted(service, token, events, busy)
            passing = await _without_names(service, passing)
            receipt = await service.committer.check_ins(passing)
    try:
        codes = {event.code for event in passing} - {NO_ONE}
        async with asyncio.timeout(service.limits.unknown_seconds):
            found = await service.lookups.unknown(codes) if codes else frozenset()
        unknown = sorted(codes & found)
    except TimeoutError:  # the events are durable, whatever a look-up says
        logging.getLogger("evac.api").warning("codes were not looked up: no time")
        unknown = None
    except Exception:
        logging.getLogger("evac.api").exception("codes could not be looked up")
        unknown = None
    return _told(receipt, passing, refused, invalid, unknown, service.now())


async def _without_names(service: Service, events: list[Envelope]) -> list[Envelope]:
    """The events, whose words name nobody that they are about: the log is in clear."""
    if not worded(events):
        return events
    return await service.readers.run(lambda store: cleared(store, events))


def _told(
    receipt: Receipt,
    passing: Sequence[Envelope],
    refused: Sequence[tuple[str, str]],
    invalid: Sequence[tuple[int, str]],
    unknown: list[str] | None,
    now: int,
) -> dict[str, object]:
    sent = {event.event_id for event in passing}
    return {
        "stored": [event_id for event_id in receipt.stored if event_id in sent],
        "repeated": list(receipt.repeated),
        "conflicting": list(receipt.conflicting),
        "refused": [
            *({"event_id": event_id, "reason": reason} for event_id, reason in refused),
            *({"event_id": no.event.event_id, "reason": no.reason} for no in receipt.refused),
        ],
        "invalid": [{"index": index, "reason": reason} for index, reason in invalid],
        "unknown": unknown,
        "head": {"sequence": receipt.head.sequence, "link": receipt.head.link.hex()},
        "now": now,
    }


def _asked(token: Token, events: Sequence[Envelope]) -> list[ReliefDrawn]:
    """Draws of a device that asks before it hands goods out."""
    draws = [event for event in events if isinstance(event, ReliefDrawn) and event.mode is not Mode.OFFLINE]
    return [draw for draw in draws if token.gateway or draw.device == token.device]


async def _sorted(
    service: Service, token: Token, events: Sequence[Envelope], busy: Mapping[str, str]
) -> Sorted:
    passing: list[Envelope] = []
    refused: list[tuple[str, str]] = []
    judged: list[Envelope] = []
    draws: list[ReliefDrawn] = []
    for event in events:
        if not token.gateway and event.device != token.device:
            refused.append((event.event_id, "device: not the one of this token"))
        elif not token.gateway and event.kind in _UNTOLD:
            refused.append((event.event_id, f"{event.kind}: made by servers only"))
        elif not token.gateway and isinstance(event, Registered) and not event.at_door:
            refused.append(
                (event.event_id, "registered: without at_door it comes with a list, from an office")
            )
        elif event.code == NO_ONE and event.kind not in ASIDE and not isinstance(event, Undone):
            refused.append((event.event_id, f"{event.kind}: about a person, and this code is nobody's"))
        elif event.kind in COMMANDS or (event.kind == Corrected.kind and not token.gateway):
            judged.append(event)
        elif event.kind in _OF_OFFICES and not token.may(Right.COMMAND):
            refused.append((event.event_id, f"{event.kind}: a {token.role.value} decides on no danger"))
        elif event.event_id in busy:
            refused.append((event.event_id, busy[event.event_id]))
        elif isinstance(event, ReliefDrawn) and event.mode is not Mode.OFFLINE:
            draws.append(event)
        else:
            passing.append(event)
    if draws:
        undrawn = await service.readers.run(lambda store: _not_drawn(store, draws))
        passing += [event for event in draws if event.event_id not in undrawn]
        refused += undrawn.items()
    if not judged:
        return Sorted(passing, refused)
    reasons = await service.readers.run(lambda store: [_why_not(store, token, one, events) for one in judged])
    passing += [event for event, reason in zip(judged, reasons) if reason is None]
    refused += [(event.event_id, reason) for event, reason in zip(judged, reasons) if reason is not None]
    return Sorted(passing, refused)


def _not_drawn(store: EventStore, asked: Sequence[ReliefDrawn]) -> dict[str, str]:
    """Ids of the draws that are refused, and why: goods are not handed out yet where a device asks first.

    What was drawn while offline is a fact and stored; twice drawn, it waits for a person (``evac tasks``).
    """
    drawn, one = draws_of(store, {event.code for event in asked})
    reasons: dict[str, str] = {}
    for event in asked:
        reason = draw_refusal(drawn, event, one)
        if reason is None:
            drawn.append(event)
        else:
            reasons[event.event_id] = reason
    return reasons


def _why_not(store: EventStore, token: Token, command: Envelope, sent: Sequence[Envelope]) -> str | None:
    """Why a token may not give a command; None where it may."""
    if isinstance(command, Undone) and _own(store, command, sent):
        return None
    if not token.may(Right.COMMAND):
        does = "corrects nobody on the list" if isinstance(command, Corrected) else "gives no commands"
        return f"{command.kind}: a {token.role.value} {does}"
    people = [command.code, command.into] if isinstance(command, Merged) else [command.code]
    if not token.scope or all(token.reaches(region_of(store, code)) for code in people):
        return None
    return f"{command.kind}: the person is not of the region of this token"


def _own(store: EventStore, undo: Undone, sent: Sequence[Envelope]) -> bool:
    """Whether the device undoes what it sent itself; what is stored under the id says so, never a list that claims it."""
    if store.known([undo.target]):
        found = [*store.events_of([undo.code]).get(undo.code, ())]
        found += [event for _, event in store.aside(ASIDE, codes=[undo.code])]
        targets = [event for event in found if event.event_id == undo.target]
    else:
        targets = [event for event in sent if event.event_id == undo.target]
    return len(targets) == 1 and targets[0].device == undo.device


def region_of(store: EventStore, code: str) -> str:
    """Village of the person where the roster says it, else the county of the events; empty for a stranger."""
    person = store.person(code)
    if person is not None:
        return person.village or person.county
    standing = store.standings([code]).get(code)
    return "" if standing is None else standing.state.county
