"""What a position of the feed shows to a region: decided from the log up to that position, so that it never changes later.

An event is shown where its place or the device that sent it is of the region, or where its person has entered the region by then:
was registered or corrected into it, or merged with somebody who had. Where a person enters, all earlier events of that person are
given again. Who has once entered stays in view, also when corrected into another region.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from evac.events import ASIDE, NO_ONE, Corrected, Envelope, Merged, Received, Registered, Undone
from evac.log import Sealed
from evac.registry import EventStore
from evac.tokens import SCOPE_LENGTHS, Right, Token

Placed: TypeAlias = tuple[int, Envelope]
"""An event with its position in the log."""


class Shown(NamedTuple):
    """A position as a region sees it; ``earlier`` is what came before, of those who enter the region here."""

    entry: Sealed
    visible: bool
    earlier: Sequence[Placed] = ()


def cut_to(
    scope: str, store: EventStore, entries: Sequence[Sealed], tokens: Iterable[Token]
) -> Iterator[Shown]:
    """The positions as a region sees them; everything where the scope is empty, and nothing of a destroyed event."""
    if not scope:
        yield from (Shown(entry, bool(entry.body)) for entry in entries)
        return
    there = [entry.event for entry in entries if entry.body]
    history = store.kin({event.code for event in there} - {NO_ONE})
    entered = entrances(scope, _placed(store, (e for own in history.values() for e in own if _enters(e))))
    here = _Here(scope, store, tokens)
    targets = _targets(store, history, there)
    at = {entry.sequence for entry in entries}
    coming = {code for code, position in entered.items() if position in at}
    asides = [event for _, event in store.aside(ASIDE, codes=coming)] if coming else []
    past = _placed(store, (*(e for code in coming for e in history.get(code, ())), *asides))
    for entry in entries:
        if not entry.body:
            yield Shown(entry, visible=False)
            continue
        event, position = entry.event, entry.sequence
        about = targets.get(event.target) if isinstance(event, (Received, Undone)) else None
        visible = (
            entered.get(event.code, position + 1) <= position
            or here.holds(event, entry.received_at)
            or (about is not None and here.holds(about, entry.received_at))
        )
        earlier = [(n, e) for n, e in past if n < position and entered[e.code] == position] if coming else []
        yield Shown(entry, visible, earlier)


def entrances(scope: str, placed: Iterable[Placed]) -> dict[str, int]:
    """Code -> position from which on the person is of the region; of all that registers, corrects and merges these people."""
    found: dict[str, int] = {}
    one: dict[str, set[str]] = {}  # code -> all codes of the same person so far
    for position, event in sorted(placed, key=lambda pair: pair[0]):
        codes = one.setdefault(event.code, {event.code})
        if isinstance(event, Merged):
            codes = codes | one.get(event.into, {event.into})
            one |= dict.fromkeys(codes, codes)
        listed = isinstance(event, (Registered, Corrected)) and event.county.startswith(scope)
        if listed or not codes.isdisjoint(found):
            for code in codes:
                found.setdefault(code, position)
    return found


def _enters(event: Envelope) -> bool:
    return isinstance(event, (Registered, Corrected, Merged))


def _placed(store: EventStore, events: Iterable[Envelope]) -> list[Placed]:
    """The events that are sealed, in order of position."""
    given = list(events)
    positions = store.positions([event.event_id for event in given])
    found = [(positions[event.event_id], event) for event in given if event.event_id in positions]
    return sorted(found, key=lambda pair: pair[0])


def _targets(
    store: EventStore, history: Mapping[str, Sequence[Envelope]], there: Collection[Envelope]
) -> dict[str, Envelope]:
    """Id -> event that a receipt or an undo is about; it is stored before them, or in one transaction with them."""
    about = [event for event in there if isinstance(event, (Received, Undone))]
    if not about:
        return {}
    wanted = {event.target for event in about}
    known = [*there, *(event for own in history.values() for event in own)]
    found = {event.event_id: event for event in known if event.event_id in wanted}
    if missing := {event.code for event in about if event.target not in found}:
        beside = (event for _, event in store.aside(ASIDE, codes=missing))
        found |= {event.event_id: event for event in beside if event.event_id in wanted}
    return found


class _Here:
    """The places and the sending devices of a region."""

    def __init__(self, scope: str, store: EventStore, tokens: Iterable[Token]) -> None:
        self._scope = scope
        self._counties = {shelter.shelter_id: shelter.county for shelter in store.shelters()}
        self._since: dict[str, datetime] = {}
        for token in tokens:
            if token.scope.startswith(scope) and token.may(Right.CHECK_IN):
                self._since[token.device] = min(token.made_at, self._since.get(token.device, token.made_at))

    def holds(self, event: Envelope, received_at: datetime) -> bool:
        """Whether an event happened at a place of the region, or came from a device that had a token of it."""
        since = self._since.get(event.device)
        if since is not None and since <= received_at:
            return True
        return self._region_of(event.place).startswith(self._scope)

    def _region_of(self, place: str) -> str:
        """A shelter's county; the code itself where the place is a county, town or village."""
        code = place.isascii() and place.isdigit() and len(place) in SCOPE_LENGTHS[3:]
        return self._counties.get(place) or (place if code else "")
