"""State = fold(events): pure, the same for every order of arrival and for repeats.

Inside, events are ordered by (trusted time, device, counter, event id), so that a late "departed" never undoes
a newer "arrived". An undo is an event that makes another one count no more.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from evac.events import COMMANDS, ORDER, ArrivedRelatives, Envelope, Registered, Undone, canonical
from evac.model import MOVED, State

_S = State
_ARRIVABLE: Final = tuple(s for s in State if s not in (State.CLOSED, State.PURGED))
_MOVED: Final = (_S.SHELTERED, _S.DISPERSED, _S.ASHORE, _S.MEDICAL)
_WAITING: Final = (_S.ORDERED, _S.UNREACHED, _S.NOTIFIED, _S.REFUSED)


def _to(target: State, *sources: State) -> dict[State, State]:
    return dict.fromkeys(sources, target)


TRANSITIONS: Final[Mapping[str, Mapping[State, State]]] = MappingProxyType(
    {
        "registered": {},
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
        "left": _to(_S.LEFT, *_MOVED),
        "died": _to(_S.DECEASED, _S.MISSING, _S.LEFT, _S.MEDICAL),
        "exempted": _to(_S.EXEMPT, _S.NOTIFIED, _S.IN_TRANSIT),
        "withdrawn": _to(_S.WITHDRAWN, _S.ORDERED, _S.NOTIFIED),
        "return_allowed": _to(_S.RETURN_ALLOWED, *_MOVED, _S.RETURN_HELD),
        "return_held": _to(_S.RETURN_HELD, *_MOVED),
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
        Any event but ``Undone``, which only the whole fold can honour.
    """
    if isinstance(event, Registered):
        if before is NOBODY:
            return PersonState(county=event.county, category=event.category, at_door=event.at_door)
        return before._replace(county=event.county, category=event.category, at_door=event.at_door)
    kind = event.kind
    after = TRANSITIONS[kind].get(before.state)
    if after is None:
        return before._replace(idle=before.idle + 1)
    ordered = kind in ("ordered", "ordered_locally")
    arrived = after in MOVED
    return PersonState(
        state=after,
        county=before.county,
        category=before.category,
        at_door=before.at_door,
        due=(before.due or kind in RAISES_DUE) and kind not in LOWERS_DUE,
        stay=after if arrived else None if ordered else before.stay,
        place=event.place if arrived and kind != "called_back" else before.place,
        verified=_verified(before, event, after),
        round=before.round + ordered,
        notified=kind in TELLS or (before.notified and not ordered),
        since=event.trusted_at,
        idle=before.idle,
    )


def _verified(before: PersonState, event: Envelope, after: State) -> bool:
    if isinstance(event, ArrivedRelatives):
        return event.verified or (before.state is State.DISPERSED and before.verified)
    return after is State.DISPERSED and (event.kind == "called_back" or before.verified)


def effective(events: Iterable[Envelope]) -> list[Envelope]:
    """Events that count, once each, in their order; undone ones and the undos themselves are left out.

    An undo may itself be undone by a later undo. Of two events with one id the first in order is kept.
    """
    ordered: dict[str, Envelope] = {}
    for event in sorted(events, key=ORDER):
        kept = ordered.setdefault(event.event_id, event)
        # one id, two contents, no order: the bytes decide
        if kept is not event and kept.key == event.key and kept != event:
            ordered[event.event_id] = min(kept, event, key=canonical)
    void: set[str] = set()
    for event in reversed(ordered.values()):
        if isinstance(event, Undone) and event.event_id not in void:
            void.add(event.target)
    return [e for e in ordered.values() if e.event_id not in void and not isinstance(e, Undone)]


def fold_person(events: Iterable[Envelope]) -> PersonState:
    """State of one person from all of that person's events, in any order, with repeats."""
    state = NOBODY
    for event in effective(events):
        state = step(state, event)
    return state


def fold(events: Iterable[Envelope]) -> dict[str, PersonState]:
    """State of everybody from all events, in any order, with repeats.

    Returns
    -------
    dict
        Code -> state.
    """
    by_code: dict[str, list[Envelope]] = {}
    for event in events:
        by_code.setdefault(event.code, []).append(event)
    return {code: fold_person(mine) for code, mine in by_code.items()}


class LiveState:
    """The fold, kept up to date event by event; always equal to ``fold`` of everything added.

    Examples
    --------
    >>> LiveState().state("nobody").state
    <State.REGISTERED: 'registered'>
    """

    def __init__(self) -> None:
        self._events: dict[str, list[Envelope]] = {}
        self._ids: set[str] = set()
        self._corrected: set[str] = set()  # codes with an undo
        self._states: dict[str, PersonState] = {}

    @property
    def states(self) -> Mapping[str, PersonState]:
        """Code -> state, a read-only view."""
        return MappingProxyType(self._states)

    def state(self, code: str) -> PersonState:
        """State of one person; that of somebody never heard of is the empty one."""
        return self._states.get(code, NOBODY)

    def state_before(self, command: Envelope) -> PersonState:
        """State of the command's person at the command's place in the order of events."""
        mine = self._events.get(command.code, [])
        if not mine or command.key > mine[-1].key:
            return self.state(command.code)
        return fold_person(e for e in mine if e.key < command.key or isinstance(e, Undone))

    def events(self, code: str) -> tuple[Envelope, ...]:
        """Events of one person, in order."""
        return tuple(self._events.get(code, ()))

    def add(self, event: Envelope) -> None:
        """Take in one event; a repeat changes nothing."""
        mine = self._events.setdefault(event.code, [])
        if event.kind == "undone":
            self._corrected.add(event.code)
        if event.event_id in self._ids and any(e.event_id == event.event_id for e in mine):
            if event not in mine:  # one id, two contents: fold keeps the first in order, so must we
                insort(mine, event, key=ORDER)
                self._states[event.code] = fold_person(mine)
            return
        self._ids.add(event.event_id)
        newest = not mine or event.key > mine[-1].key
        if newest and event.code not in self._corrected:
            mine.append(event)
            self._states[event.code] = step(self.state(event.code), event)
            return
        insort(mine, event, key=ORDER)
        self._states[event.code] = fold_person(mine)


def refusal(state: PersonState, command: Envelope, known: Iterable[Envelope] = ()) -> str | None:
    """Why a command is refused in this state; None where it is legal.

    Parameters
    ----------
    known : iterable of Envelope
        The person's events so far, against which an undo is checked.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac.events import Closed
    >>> at = datetime(2021, 7, 25, tzinfo=UTC)
    >>> c = Closed(event_id="1", code="C", place="V", actor="A", device="D", counter=1, device_at=at, trusted_at=at)
    >>> refusal(PersonState(), c)
    'closed is legal from returned; this person is registered'
    """
    if command.kind not in COMMANDS:
        return None
    if isinstance(command, Undone):
        return _undo_refusal(command, tuple(known))
    legal = TRANSITIONS[command.kind]
    if state.state in legal:
        return None
    return f"{command.kind} is legal from {', '.join(legal)}; this person is {state.state}"


def _undo_refusal(command: Undone, known: tuple[Envelope, ...]) -> str | None:
    target = next((e for e in known if e.event_id == command.target), None)
    if target is None:
        return f"undone: this person has no event {command.target}"
    if isinstance(target, Registered):
        return "undone: a registration is not undone but withdrawn"
    undone_by = [e for e in known if isinstance(e, Undone) and e.target == command.target]
    void = {e.target for e in known if isinstance(e, Undone)}
    if any(e.event_id not in void for e in undone_by):
        return f"undone: event {command.target} is undone already"
    return None
