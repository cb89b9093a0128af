"""Rows of people brought up to the log; a code whose row finds no room is kept in mind, and tried again each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from evac.codes import short_code
from evac.errors import EvacError
from evac.events import Corrected, CorrectedAtDoor, Envelope, Registered, Undone
from evac.model import Person, State
from evac.people.cells import tidy
from evac.people.corrections import blank_person, category_of, open_details, with_corrections
from evac.registry import EventStore, Registry
from evac.state import effective
from evac.vault import Vault
from riskmap.errors import SourceError

LEFT_OUT: Final = "people.left_out"
"""Label of a registry: codes of people who are in its log and not on its list, since another code here has their short form."""
OTHER_NAME: Final = "people.other_name"
"""Label of a registry: CODE/EVENT of each door's entry that calls somebody of the list by another name; no name is in it."""
_PART: Final = 500


def catch_up(
    registry: Registry, vault: Vault, *, after: int = 0, damaged: list[str] | None = None,
    left_out: list[str] | None = None,
) -> int:  # fmt: skip
    """Bring the rows of people up to the log: corrections, and people added at a door that came by a bundle.

    Doors' entries that call somebody of the list by another name are kept in mind for ``evac.counts.tasks``. Codes that were left out before are tried again each time, until they are merged into another's.

    Parameters
    ----------
    after : int
        Position in the log up to which it was done before.
    damaged : list of str, optional
        Takes the ids of corrections that could not be read and were left out.
    left_out : list of str, optional
        Takes the codes whose row was not put, since another code here has the same short form.

    Returns
    -------
    int
        Position up to which it is done now.

    Raises
    ------
    SourceError
        A row could not be stored; the log is not done, and is to be read again from ``after``.
    """
    store = registry.store
    end = store.seal().sequence
    labels = store.labels()
    before, named = labels.get(LEFT_OUT, ""), labels.get(OTHER_NAME, "")
    touched: dict[str, None] = dict.fromkeys(before.split())
    for entry in store.log(after):
        event = entry.event
        if isinstance(event, Corrected | Undone) or (isinstance(event, Registered) and event.at_door):
            touched[event.code] = None
    codes = iter(touched)
    clashing: list[str] = []
    strangers = [entry for entry in named.split() if entry.partition("/")[0] not in touched]
    while part := list(islice(codes, _PART)):
        clashing += _still_counted(store, _put(store, _caught_up(store, part, vault, damaged)))
        strangers += _strangers(store, part, vault)
    now = {LEFT_OUT: " ".join(sorted(clashing)), OTHER_NAME: " ".join(sorted(strangers))}
    if (now[LEFT_OUT], now[OTHER_NAME]) != (before, named):
        store.put_labels(now)
    if left_out is not None:
        left_out += clashing
    return end


def _put(store: EventStore, people: list[Person]) -> list[str]:
    """Put rows; where two codes of two servers have one short form, the second is left out, named, and the others are put."""
    clashing = []
    try:
        store.put_people(people)
    except SourceError:
        for person in people:
            try:
                store.put_people([person])
            except SourceError:
                holder = store.person(short_code(person.code))
                if holder is None or holder.code == person.code:
                    raise  # the disk, not a code
                clashing.append(person.code)
    return clashing


def _still_counted(store: EventStore, codes: list[str]) -> list[str]:
    """Codes that were not merged into another's: who was counts there, and needs no row of their own."""
    standings = store.standings(codes) if codes else {}
    return [
        code for code in codes if code not in standings or standings[code].state.state is not State.MERGED
    ]


def _caught_up(store: EventStore, codes: list[str], vault: Vault, damaged: list[str] | None) -> list[Person]:
    known, histories = store.people_of(codes), store.events_of(codes)
    found = []
    for code in codes:
        events = list(histories.get(code, ()))
        before = known.get(code) or _blank(code, events)
        if before is None:
            continue  # its registration is still on the way, in another bundle
        after = with_corrections(before, events, vault, damaged=damaged)
        if after != known.get(code):
            found.append(after)
    return found


def _strangers(store: EventStore, codes: list[str], vault: Vault) -> Iterator[str]:
    """Doors' entries under the code of somebody of the list whom they call by another name: two persons on one pendant."""
    people, histories = store.people_of(codes), store.events_of(codes)
    for code, person in people.items():
        counting = effective(histories.get(code, ()))
        if not person.name or not any(isinstance(e, Registered) and not e.at_door for e in counting):
            continue
        for event in counting:
            if isinstance(event, CorrectedAtDoor):
                said = _name_in(event, vault)
                if said and tidy(said) != tidy(person.name):
                    yield f"{code}/{event.event_id}"


def _name_in(event: Corrected, vault: Vault) -> str:
    try:
        return str(open_details(event.sealed, event.code, vault)[0].get("name", ""))
    except EvacError:
        return ""  # of another key; it is among the damaged


def _blank(code: str, events: Iterable[Envelope]) -> Person | None:
    """The row of somebody who was added at a door elsewhere, before any of its details."""
    door = next((e for e in effective(events) if isinstance(e, Registered) and e.at_door), None)
    if door is None:
        return None
    return blank_person(code, door.county, category_of(door.category))
