"""State = fold(events): pure, the same for every order of arrival and for repeats.

Inside, events are ordered by (trusted time, device, counter, event id), so that a late "departed" never undoes
a newer "arrived". An undo is an event that makes another one count no more; a receipt holds back an event from the
future; a merge puts two codes' events onto one person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from evac.events import (
    ABOUT_EVENTS,
    ASIDE,
    ORDER,
    ArrivedRelatives,
    Corrected,
    CorrectedAtDoor,
    Envelope,
    Merged,
    Received,
    Registered,
    Undone,
    canonical,
)
from evac.model import MOVED, State

_S = State
_ARRIVABLE: Final = tuple(s for s in State if s not in (State.CLOSED, State.PURGED, State.MERGED))
_MOVED: Final = (_S.SHELTERED, _S.DISPERSED, _S.ASHORE, _S.MEDICAL)
_WAITING: Final = (_S.ORDERED, _S.UNREACHED, _S.NOTIFIED, _S.REFUSED)


def _to(target: State, *sources: State) -> dict[State, State]:
    return dict.fromkeys(sources, target)


TRANSITIONS: Final[Mapping[str, Mapping[State, State]]] = MappingProxyType(
    {
        "registered": {},
        "corrected": {},
        "corrected_at_door": {},
        "prepared": _to(_S.PREPARE, _S.REGISTERED),
        "ordered": _to(_S.ORDERED, _S.REGISTERED, _S.PREPARE, _S.RETURNED, _S.WITHDRAWN),
        "ordered_locally": _to(_S.ORDERED, _S.REGISTERED, _S.PREPARE, _S.RETURNED, _S.WITHDRAWN),
        "notified": _to(_S.NOTIFIED, _S.ORDERED, _S.UNREACHED),
        "unreached": _to(_S.UNREACHED, _S.ORDERED),
        # who refuses or sets out has been told, whether or not anybody recorded it
        "refused": _to(_S.REFUSED, _S.NOTIFIED, _S.ORDERED, _S.UNREACHED),
        "persuaded": _to(_S.NOTIFIED, _S.REFUSED),
        "departed": _to(_S.IN_TRANSIT, _S.REGISTERED, _S.PREPARE, *_WAITING),
        "arrived_shelter": _to(_S.SHELTERED, *_ARRIVABLE),
        "arrived_relatives": _to(_S.DISPERSED, *_ARRIVABLE),
        "called_back": _to(_S.DISPERSED, _S.DISPERSED),
        "arrived_ashore": _to(_S.ASHORE, *_ARRIVABLE),
        "missing": _to(_S.MISSING, _S.IN_TRANSIT, _S.LEFT),
        "medical": _to(_S.MEDICAL, _S.SHELTERED, _S.DISPERSED, _S.ASHORE, _S.IN_TRANSIT),
        "left": _to(_S.LEFT, *_MOVED, _S.RETURN_HELD),
        "died": _to(_S.DECEASED, _S.MISSING, _S.LEFT, _S.MEDICAL),
        "exempted": _to(_S.EXEMPT, _S.NOTIFIED, _S.IN_TRANSIT),
        "withdrawn": _to(_S.WITHDRAWN, _S.ORDERED, _S.NOTIFIED),
        "return_allowed": _to(_S.RETURN_ALLOWED, *_MOVED, _S.RETURN_HELD),
        # a release is taken back where the next landfall comes before people have left
        "return_held": _to(_S.RETURN_HELD, *_MOVED, _S.RETURN_ALLOWED),
        "returned": _to(_S.RETURNED, _S.RETURN_ALLOWED) | _to(_S.LEFT, *_MOVED, _S.RETURN_HELD),
        "closed": _to(_S.CLOSED, _S.RETURNED),
    }
)
"""Kind of event -> {state before: state after}; a fact in any other state is stored and changes nothing."""

RAISES_DUE: Final = frozenset(
    {"ordered", "ordered_locally", "departed", "arrived_shelter", "arrived_relatives", "arrived_ashore"}
)
LOWERS_DUE: Final = frozenset({"exempted", "withdrawn"})
"""Kinds that put a person among those who must move, and kinds that take a person off."""


class PersonState(NamedTuple):
    """What the log says about one person.

    Attributes
    ----------
    due : bool
        Counted in 应转移: raised by an order, a departure or an arrival; lowered by 核减 or a withdrawn order.
        Kept from the events, not from the state, so that the sum of the head-count is a real check.
    stay : State or None
        Where the person was moved to (one of ``MOVED``), kept while waiting for release.
    place : str
        Shelter or other place of the last arrival.
    verified : bool
        A stay with relatives was verified by call-back.
    round : int
        Orders so far; RETURNED -> ORDERED starts the next.
    notified : bool
        Told, or implied by setting out, refusing or arriving.
    since : datetime or None
        Trusted time of the last change of state.
    idle : int
        Facts that changed nothing: late repeats and contradictions, for the conflict list.
    moves : int
        Arrivals at another place while there was one: where ``evac.conflicts`` looks for contradictions.
    """

    state: State = State.REGISTERED
    county: str = ""
    category: str = ""
    at_door: bool = False
    due: bool = False
    stay: State | None = None
    place: str = ""
    verified: bool = False
    round: int = 0
    notified: bool = False
    since: datetime | None = None
    idle: int = 0
    moves: int = 0


NOBODY: Final = PersonState()
"""State of somebody never heard of."""

TELLS: Final = frozenset(
    {"notified", "refused", "departed", "arrived_shelter", "arrived_relatives", "arrived_ashore"}
)


def step(before: PersonState, event: Envelope) -> PersonState:
    """State after one event that comes later than all before it.

    Parameters
    ----------
    before : PersonState
        State so far.
    event : Envelope
        Any event but those ``ABOUT_EVENTS``, which only the whole fold can honour, and those ``ASIDE``.
    """
    if isinstance(event, Registered):
        if event.at_door and before.county and not before.at_door:
            return before  # who is on the list stays there, whatever a door that did not know wrote down
        return before._replace(county=event.county, category=event.category, at_door=event.at_door)
    if isinstance(event, Corrected):
        if isinstance(event, CorrectedAtDoor) and not before.at_door:
            return before
        return before._replace(
            county=event.county or before.county, category=event.category or before.category
        )
    kind = event.kind
    after = TRANSITIONS[kind].get(before.state)
    if after is None:
        return before._replace(idle=before.idle + 1)
    ordered = kind in ("ordered", "ordered_locally")
    arrived = after in MOVED
    came = arrived and kind != "called_back"
    # by place, not by name: this runs for every event
    return PersonState(
        after,
        before.county,
        before.category,
        before.at_door,
        (before.due or kind in RAISES_DUE) and kind not in LOWERS_DUE,
        after if arrived else None if ordered else before.stay,
        event.place if came else before.place,
        _verified(before, event, after),
        before.round + ordered,
        kind in TELLS or (before.notified and not ordered),
        event.trusted_at,
        before.idle,
        before.moves + (came and before.stay is not None and before.place != event.place),
    )


def _verified(before: PersonState, event: Envelope, after: State) -> bool:
    if isinstance(event, ArrivedRelatives):
        return event.verified or (before.state is State.DISPERSED and before.verified)
    return after is State.DISPERSED and (event.kind == "called_back" or before.verified)


def effective(events: Iterable[Envelope]) -> list[Envelope]:
    """Events that count, once each, in their order; undone ones, and those about events or aside, are left out.

    An undo may itself be undone. Of two events with one id the first in order is kept. An event that was
    received before its own trusted time counts as of its earliest receipt.
    """
    return [e for e in _standing_ones(events) if e.kind not in ABOUT_EVENTS and e.kind not in ASIDE]


def _standing_ones(events: Iterable[Envelope]) -> list[Envelope]:
    """Events that are not undone, once each, in their order."""
    ordered: dict[str, Envelope] = {}
    for event in sorted(as_received(events), key=ORDER):
        kept = ordered.setdefault(event.event_id, event)
        # one id, two contents, no order: the bytes decide
        if kept is not event and kept.key == event.key and kept != event:
            ordered[event.event_id] = min(kept, event, key=canonical)
    void = undone_ids(ordered.values())
    return [e for e in ordered.values() if e.event_id not in void]


def undone_ids(events: Iterable[Envelope]) -> set[str]:
    """Ids of the events that are undone: an undo stands unless a standing undo targets it, whatever their clocks said."""
    undos = {event.event_id: event for event in events if isinstance(event, Undone)}
    if not undos:
        return set()
    by: dict[str, int] = dict.fromkeys(undos, 0)  # undos of each undo that are not judged yet
    for undo in undos.values():
        if undo.target in by:
            by[undo.target] += 1
    void: set[str] = set()
    judged: set[str] = set()
    # a ring can only be forged: its last undo in order stands
    latest_first = sorted(undos.values(), key=ORDER, reverse=True)
    free = [undo for undo in latest_first if not by[undo.event_id]]
    while len(judged) < len(undos):
        undo = free.pop() if free else next(u for u in latest_first if u.event_id not in judged)
        judged.add(undo.event_id)
        if undo.event_id not in void:
            void.add(undo.target)
        if undo.target in by:
            by[undo.target] -= 1
            if not by[undo.target] and undo.target not in judged:
                free.append(undos[undo.target])
    return void


def as_received(events: Iterable[Envelope]) -> list[Envelope]:
    """Events as of their earliest receipts, where those were earlier than what the device believed."""
    given = list(events)
    earliest: dict[str, datetime] = {}
    for event in given:
        if isinstance(event, Received):
            earliest[event.target] = min(event.trusted_at, earliest.get(event.target, event.trusted_at))
    return [held_back(event, earliest.get(event.event_id)) for event in given] if earliest else given


def held_back(event: Envelope, receipt: datetime | None) -> Envelope:
    """The event as of its receipt, where that was earlier."""
    if receipt is None or event.trusted_at <= receipt:
        return event
    return replace(event, trusted_at=receipt)


def fold_person(events: Iterable[Envelope]) -> PersonState:
    """State of one person from all of that person's events, in any order, with repeats; merges aside."""
    return _live(effective(events))


def _live(events: Iterable[Envelope]) -> PersonState:
    state = NOBODY
    for event in events:
        state = step(state, event)
    return state


def fold(events: Iterable[Envelope]) -> dict[str, PersonState]:
    """State of everybody from all events, in any order, with repeats.

    Returns
    -------
    dict
        Code -> state; a code that was merged into another counts nowhere (``State.MERGED``).

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import Clerk
    >>> from evac.events import ArrivedShelter, Notified
    >>> clerk, code = Clerk("李四", "S1", "D1", datetime(2021, 7, 24, 4, 30, tzinfo=UTC)), "7" + "C" * 25
    >>> told, came = clerk.write(Notified, code), clerk.write(ArrivedShelter, code)
    >>> fold([came, told, came])[code].state.chinese
    '集中安置'
    """
    states: dict[str, PersonState] = {}
    for family in families(events):
        lives, merged = lives_of(family)
        states |= {code: _live(mine) for code, mine in lives.items()}
        states |= {code: _fold_merged(family[code]) for code in merged if code in family}
    return states


def counted(events: Iterable[Envelope]) -> list[Envelope]:
    """Events that count, once each, in their order, each under the code that its person counts under."""
    found: list[Envelope] = []
    for family in families(events):
        for code, mine in lives_of(family)[0].items():
            found += [event if event.code == code else replace(event, code=code) for event in mine]
    return sorted(found, key=ORDER)


def families(events: Iterable[Envelope]) -> list[dict[str, list[Envelope]]]:
    """Events by code, parted into those codes that any merge, undone or not, ties together.

    An undo, a receipt and a merge count among the events of their own family.
    """
    by_code: dict[str, list[Envelope]] = {}
    tied: dict[str, str] = {}
    for event in events:
        if event.kind in ASIDE:
            continue
        by_code.setdefault(event.code, []).append(event)
        if isinstance(event, Merged):
            ends = _end(event.code, tied), _end(event.into, tied)
            if ends[0] != ends[1]:
                tied[ends[0]] = ends[1]
    parts: dict[str, dict[str, list[Envelope]]] = {}
    for code, mine in by_code.items():
        parts.setdefault(_end(code, tied), {})[code] = mine
    return list(parts.values())


def _end(code: str, steps: Mapping[str, str]) -> str:
    while code in steps:
        code = steps[code]
    return code


def lives_of(family: Mapping[str, Sequence[Envelope]]) -> tuple[dict[str, list[Envelope]], Mapping[str, str]]:
    """What counts of a family by the code that it counts under, and merged code -> the code it was merged into."""
    if len(family) == 1:
        ((code, mine),) = family.items()
        if not any(isinstance(event, Merged) for event in mine):
            return {code: effective(mine)}, {}
    standing = _standing_ones(event for mine in family.values() for event in mine)
    into = _merges(standing)
    listed = {event.code for event in standing if isinstance(event, Registered)}
    lives: dict[str, list[Envelope]] = {code: [] for code in family if code not in into}
    for event in standing:
        if event.kind in ABOUT_EVENTS:
            continue
        code = _end(event.code, into)
        # the own entry on the list holds, where there is one
        if code == event.code or code not in listed or not isinstance(event, (Registered, Corrected)):
            lives.setdefault(code, []).append(event)
    return lives, into


def _merges(standing: Iterable[Envelope]) -> dict[str, str]:
    """Merged code -> the code it was merged into.

    Of several merges of one code the last in order holds. One that would close a ring is passed over: the ring's first
    merges hold.
    """
    last = {event.code: event for event in standing if isinstance(event, Merged)}
    into: dict[str, str] = {}
    for merged in sorted(last.values(), key=ORDER):
        if _end(merged.into, into) != merged.code:
            into[merged.code] = merged.into
    return into


def _fold_merged(events: Iterable[Envelope]) -> PersonState:
    """State of a code that was merged into another: its entry on the list, and nothing else."""
    entry = fold_person(event for event in events if not TRANSITIONS.get(event.kind))
    return PersonState(State.MERGED, entry.county, entry.category, entry.at_door)
