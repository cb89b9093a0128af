"""Which commands are refused, and why; a check-in is a fact and never is."""

from __future__ import annotations

from collections.abc import Iterable

from evac.events import (
    COMMANDS,
    Envelope,
    Exempted,
    Merged,
    Ordered,
    Prepared,
    Registered,
    Undone,
    Withdrawn,
)
from evac.model import State
from evac.state import TRANSITIONS, PersonState, undone_ids


def refusal(
    state: PersonState, command: Envelope, known: Iterable[Envelope] = (), *, other: PersonState | None = None
) -> str | None:
    """Why a command is refused in this state; None where it is legal.

    Parameters
    ----------
    known : iterable of Envelope
        The person's events so far, against which an undo is checked.
    other : PersonState, optional
        State of the code that a merge goes into; None where nobody was ever heard of by it.

    Examples
    --------
    >>> from datetime import UTC, datetime
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
    if isinstance(command, Merged):
        return _merge_refusal(state, command, other)
    if isinstance(command, Exempted) and not command.evidence.strip():
        return "exempted: 核减 needs its evidence in words"
    if isinstance(command, Prepared | Ordered | Withdrawn) and not command.order.strip():
        return f"{command.kind}: the order's number is missing"
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
    if command.target in undone_ids(known):
        return f"undone: event {command.target} is undone already"
    return None


def _merge_refusal(state: PersonState, command: Merged, other: PersonState | None) -> str | None:
    if command.into == command.code:
        return "merged: a code is not a duplicate of itself"
    if other is None:
        return f"merged: nobody is known by the code {command.into}"
    if State.MERGED in (state.state, other.state):
        which = "this code" if state.state is State.MERGED else command.into
        return (
            f"merged: {which} was merged into another already; undo that first, or take the code that counts"
        )
    return None
