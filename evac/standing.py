"""What a store keeps of every person beside the log: the state so far, and the key of the newest event in it.

A standing is derived and can always be made again from the log. Most events are newer than all before them and move it by
one step. A late one, one about other events (an undo, a merge, a receipt), and everything after such a one fold the person's
events anew, together with those of the codes that were ever merged with theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Final, NamedTuple, TypeAlias

from evac.events import ABOUT_EVENTS, NO_ONE, ORDER, Envelope, Merged
from evac.model import State
from evac.state import NOBODY, PersonState, families, fold, step

Key: TypeAlias = tuple[datetime, str, int, str]


class Standing(NamedTuple):
    """State of one person, and how far it goes.

    Attributes
    ----------
    key : tuple or None
        Key of the newest event that is in it; None before the first, and always for ``NO_ONE``, who is nobody to count.
    plain : bool
        False once an event about other events came in: then no event may be added by one step.
    """

    state: PersonState = NOBODY
    key: Key | None = None
    plain: bool = True


UNHEARD_OF: Final = Standing()
"""Standing of somebody without any event."""

History: TypeAlias = Callable[[Collection[str]], Mapping[str, Sequence[Envelope]]]
"""Codes -> all events of each, and of every code ever merged with one of them, that a store held before the batch."""


def advance(before: Standing, event: Envelope) -> Standing | None:
    """The standing after one more event; None where only the whole fold can tell.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac.events import ArrivedShelter
    >>> at = datetime(2021, 7, 25, tzinfo=UTC)
    >>> e = ArrivedShelter(event_id="1", code="C", place="S1", actor="A", device="D", counter=1, device_at=at, trusted_at=at)
    >>> advance(UNHEARD_OF, e).state.place
    'S1'
    """
    key = ORDER(event)
    if not before.plain or event.kind in ABOUT_EVENTS or (before.key is not None and key <= before.key):
        return None
    return Standing(step(before.state, event), key)


def refold(events: Iterable[Envelope]) -> dict[str, Standing]:
    """Standings of all codes from all events of each, in any order; none may be merged with a code that is left out."""
    found: dict[str, Standing] = {}
    for family in families(events):
        mine = [event for part in family.values() for event in part]
        plain = len(family) == 1 and not any(event.kind in ABOUT_EVENTS for event in mine)
        newest = max(event.key for event in mine)
        found |= {
            code: Standing(state, None if code == NO_ONE else newest, plain)
            for code, state in fold(mine).items()
        }
    return found


def settle(
    before: Mapping[str, Standing], fresh: Iterable[Envelope], history: History
) -> dict[str, Standing]:
    """Standings after a batch of events that are new to the store.

    Parameters
    ----------
    before : mapping
        Code -> standing of everybody in the batch who has one.
    fresh : iterable of Envelope
        In any order, each once, none of them aside.
    history : callable
        Asked at most once, for those whose events must be folded anew.

    Returns
    -------
    dict
        Code -> standing of everybody in the batch, and of those they were ever merged with.
    """
    batch: dict[str, list[Envelope]] = {}
    for event in fresh:
        batch.setdefault(event.code, []).append(event)
    after: dict[str, Standing] = {}
    late: set[str] = set()
    for code, events in batch.items():
        if len(events) > 1:
            events.sort(key=ORDER)
        standing = before.get(code, UNHEARD_OF)
        for event in events:
            further = advance(standing, event)
            if further is None:
                late |= {code} | {e.into for e in events if isinstance(e, Merged)}
                break
            standing = further
        else:
            after[code] = standing
    if late:
        kept = history(late)
        mine = [kept.get(code, ()) for code in late | kept.keys()]
        after |= refold(chain(*mine, *(batch.get(code, ()) for code in late | kept.keys())))
    return after


class Cell(NamedTuple):
    """What people are counted by in a region: all that the head-count's terms are made from."""

    county: str
    category: str
    state: State
    stay: State | None
    due: bool


class Seat(NamedTuple):
    """Where people stay who were moved: a shelter's id, or a word for relatives or port."""

    place: str
    stay: State


def cell(state: PersonState) -> Cell:
    """The cell that a person counts in."""
    return Cell(state.county, state.category, state.state, state.stay, state.due)


_SEATED: Final = frozenset(
    {State.SHELTERED, State.DISPERSED, State.ASHORE, State.MEDICAL, State.RETURN_ALLOWED, State.RETURN_HELD}
)


def seat(state: PersonState) -> Seat | None:
    """Where a person stays now; None for who was not moved, or has gone."""
    return Seat(state.place, state.stay) if state.state in _SEATED and state.stay is not None else None


class Spot(NamedTuple):
    """Cell and place at once: the grain in which changes are written down; ``place`` is empty for who has no seat."""

    county: str
    category: str
    state: State
    stay: State | None
    due: bool
    place: str


def spot(state: PersonState) -> Spot:
    """The spot that a person counts in.

    Examples
    --------
    >>> spot(PersonState(State.LEFT, "330902", "other", stay=State.SHELTERED, place="S1")).place
    ''
    """
    where, stay = state.state, state.stay
    place = state.place if stay is not None and where in _SEATED else ""
    return Spot(state.county, state.category, where, stay, state.due, place)


def changes(before: Mapping[str, Standing], after: Mapping[str, Standing]) -> dict[Spot, int]:
    """By how many people each spot changed; those that did not are left out."""
    moved: dict[Spot, int] = {}  # a Counter costs more than all else here, where one person moved
    for code, new in after.items():
        if new.key is None:
            continue
        old = before.get(code)
        now = spot(new.state)
        if old is not None:
            then = spot(old.state)
            if then == now:
                continue
            moved[then] = moved.get(then, 0) - 1
        moved[now] = moved.get(now, 0) + 1
    return {key: n for key, n in moved.items() if n}
