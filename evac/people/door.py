"""At the door: somebody who is not on the list, added in seconds, with a blank pendant that was printed in advance.

Name, number and telephone may all be missing; the person is let in, counted, and asked later. A blank that is used for two
persons would hide one of them from every count, so it is a conflict with names.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from evac.codes import BLANKS, bytes_of_code, mint, short_code
from evac.errors import ConflictError
from evac.events import ArrivedShelter, Corrected, CorrectedAtDoor, Envelope, Registered, Undone
from evac.model import Category, Person
from evac.people.cells import Setting
from evac.people.clerk import Clerk
from evac.people.corrections import (
    SEALED_FIELDS,
    apply_details,
    blank_person,
    category_of,
    details_of,
    open_details,
    seal_details,
    with_corrections,
)
from evac.people.entry import Understood, understand
from evac.people.load import person_of
from evac.people.report import Finding
from evac.people.sheet import Cell, Value
from evac.privacy import mask_name
from evac.registry import EventStore, Receipt, Registry
from evac.state import effective
from evac.vault import Vault

_CODES_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Added:
    """Somebody who was let in.

    Attributes
    ----------
    person : Person
        As the list has them now; to be printed later, if at all.
    findings : tuple of Finding
        What to ask when there is time: a number that does not check, a name that is missing.
    receipt : Receipt or None
        None where the same person had been added with this pendant before, and nothing was missing.
    """

    person: Person
    findings: tuple[Finding, ...] = ()
    receipt: Receipt | None = None


def stock(
    store: EventStore, county: str, number: int, *, batch: str, rng: random.Random | None = None
) -> list[str]:
    """Mint codes for blank pendants of a county and keep them with the registry; the same batch gives the same codes.

    Parameters
    ----------
    county : str
        6 digits.
    number : int
        Pendants: a quarter of the people on the list is what came unlisted in the drill's assumptions.
    batch : str
        Name of the batch, such as a date or a town's code.

    Returns
    -------
    list of str
        Codes, for ``evac.codes.sign`` and the printer; nobody's until one is scanned at a door.
    """
    label = f"{BLANKS}{county}.{batch}"
    kept = store.labels().get(label, "")
    codes = [kept[n : n + 26] for n in range(0, len(kept), 26)]
    taken = {short_code(code) for code in codes}
    while len(codes) < number:
        code = mint(rng, taken=taken)
        taken.add(short_code(code))
        codes.append(code)
    store.put_labels({label: "".join(codes)})
    return codes[:number]


def blanks(store: EventStore, county: str = "") -> dict[str, str]:
    """Short code -> code of every blank pendant of a county in stock, used or not; what a typed short code is looked up in."""
    found: dict[str, str] = {}
    for label, codes in store.labels().items():
        if label.startswith(f"{BLANKS}{county}"):
            parts = (codes[n : n + 26] for n in range(0, len(codes), 26))
            found |= {short_code(code): code for code in parts}
    return found


def in_stock(store: EventStore, code: str) -> bool:
    """Whether a code is that of a blank pendant in stock, used or not."""
    kept = (codes for label, codes in store.labels().items() if label.startswith(BLANKS))
    return any(codes.find(code) % 26 == 0 for codes in kept)


def blank_people(codes: Collection[str], county: str) -> list[Person]:
    """Rows without names for printing blank pendants; they are not put on the list."""
    return [blank_person(code, county, Category.OTHER) for code in codes]


def newcomer(told: Mapping[str, Value], setting: Setting) -> Understood:
    """What somebody at the door said, read as a row of a list is; only a name and a number both missing is no reason.

    Parameters
    ----------
    told : mapping
        Field of ``words.toml`` (name, identity, phone, village, category, ...) -> what was typed.
    setting : Setting
        Its ``region`` is the door's own, for people who do not know their village's code.
    """
    cells = {name: Cell(value, name) for name, value in told.items() if value not in (None, "")}
    found = understand("door", 0, cells, replace(setting, door=True))
    return found


def add(
    registry: Registry, code: str, told: Mapping[str, Value], *, setting: Setting, vault: Vault, clerk: Clerk,
    arrived: bool = True, synthetic: bool = False,
) -> Added:  # fmt: skip
    """Let in somebody who is not on the list: registered, with what is known of them, and arrived, in one batch.

    Adding the same person with the same pendant again changes nothing; where the disk failed in between, or they were put on the
    list elsewhere, what is missing is stored.

    Parameters
    ----------
    code : str
        Of the blank pendant: 26 characters, scanned, or looked up by its short code in ``blanks``.
    told : mapping
        As ``newcomer`` takes it; may be empty.
    clerk : Clerk
        ``place`` is the shelter.
    arrived : bool
        False where the person is put on the list elsewhere than at a shelter.

    Raises
    ------
    ConflictError
        The pendant is somebody else's, who is named by the first character.
    CodeError
        Not a code.
    """
    bytes_of_code(code)
    found = newcomer(told, setting)
    if found.entry is None:
        person = blank_person(code, setting.region[:6], setting.category or Category.OTHER)
    else:
        person = person_of(found.entry, code, synthetic=synthetic)
    person = replace(person, synthetic=synthetic)
    earlier = _holder(registry.store, code)
    if earlier is not None and not _same(earlier, person):
        raise _taken(earlier, code)
    if earlier is None:
        registry.store.put_people([person])
    missing = _missing(
        registry.store, earlier or person, clerk=clerk, vault=vault, arrived=clerk.place if arrived else ""
    )
    receipt = registry.check_ins(missing, received_at=clerk.now) if missing else None
    return Added(earlier or person, tuple(found.findings), receipt)


def _missing(
    store: EventStore, person: Person, *, clerk: Clerk, vault: Vault, arrived: str
) -> list[Envelope]:
    """What the log does not say yet of somebody who is added; all of it where the row alone was stored."""
    known = effective(store.events_of([person.code]).get(person.code, ()))
    came = any(isinstance(e, ArrivedShelter) and e.place == arrived for e in known)
    arrived = "" if came else arrived
    if not any(isinstance(e, Registered) for e in known):
        return arrival(person, clerk=clerk, vault=vault, arrived=arrived)
    return [clerk.write(ArrivedShelter, person.code, place=arrived)] if arrived else []


def arrival(person: Person, *, clerk: Clerk, vault: Vault, arrived: str) -> list[Envelope]:
    """The events of somebody added at the door; their details travel sealed, so that another server has them too.

    Parameters
    ----------
    arrived : str
        The shelter; empty for somebody who has not come to one.
    """
    category = person.category.value
    events: list[Envelope] = [
        clerk.write(Registered, person.code, county=person.county, category=category, at_door=True)
    ]
    details = {name: value for name, value in details_of(person).items() if value and name in SEALED_FIELDS}
    events.append(clerk.write(CorrectedAtDoor, person.code, sealed=seal_details(details, person.code, vault)))
    if arrived:
        events.append(clerk.write(ArrivedShelter, person.code, place=arrived))
    return events


def _holder(store: EventStore, code: str) -> Person | None:
    """Whoever has the pendant: by the list, or by events whose row is still on the way."""
    person = store.people_of([code]).get(code)
    if person is not None:
        return person
    standing = store.standings([code]).get(code)
    return None if standing is None else blank_person(code, standing.state.county or "0" * 6, Category.OTHER)


def _same(earlier: Person, person: Person) -> bool:
    told = {
        name: value for name, value in details_of(person).items() if value and name not in ("village_name",)
    }
    had = details_of(earlier)
    return bool(person.name or person.identity or person.phone) and all(
        had.get(name) == value for name, value in told.items()
    )


def _taken(earlier: Person, code: str) -> ConflictError:
    return ConflictError(
        "this pendant is somebody else's",
        where=f"pendant {short_code(code)}",
        expected="a blank pendant that nobody has yet",
        found=f"{mask_name(earlier.name)}, county {earlier.county}",
        remedy="take another blank pendant for this person, and look whose this one is",
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """One of several persons who were given the same blank pendant at doors that did not know of each other."""

    code: str
    event_id: str
    device: str
    place: str
    details: Mapping[str, Any]


def double_claims(store: EventStore, vault: Vault, county: str = "") -> dict[str, tuple[Claim, ...]]:
    """Blank pendants that were given to two persons: code -> who was registered with it, in the order of events.

    A registration sent twice, or the same person added by two devices, is none.
    """
    doors = (code for code, standing in store.everybody(county) if standing.state.at_door)
    found: dict[str, tuple[Claim, ...]] = {}
    while part := list(islice(doors, _CODES_AT_ONCE)):
        for code, events in store.events_of(part).items():
            claims = _claims(code, list(events), vault)
            if len(claims) > 1:
                found[code] = claims
    return found


def _claims(code: str, events: list[Envelope], vault: Vault) -> tuple[Claim, ...]:
    counting = effective(events)
    registered = [e for e in counting if isinstance(e, Registered) and e.at_door]
    if len(registered) < 2:
        return ()
    claims: list[Claim] = []
    for event in registered:
        wrote = [
            e for e in events if isinstance(e, Corrected) and e.device == event.device and e.key > event.key
        ]
        first = next((e for e in wrote if e in counting), None)
        if wrote and first is None:
            continue  # parted: what was said of this person was undone here
        details = open_details(first.sealed, code, vault)[0] if first else {}
        if not any(_one_person(claim.details, details) for claim in claims):
            claims.append(Claim(code, event.event_id, event.device, event.place, details))
    return tuple(claims)


def _one_person(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if one.get("identity") and other.get("identity"):
        return bool(one["identity"] == other["identity"])
    return bool(one.get("name")) and one.get("name") == other.get("name")


def part_claims(registry: Registry, claim: Claim, new_code: str, *, vault: Vault, clerk: Clerk) -> Person:
    """Give the person of a second claim a pendant of their own, and leave the first person the old one.

    What the claim's device wrote about the old code is undone there, and said again about the new one. Where the disk fails, it is
    to be done again: rows come first, all events in one batch after them.

    Raises
    ------
    ConflictError
        The new pendant is somebody's already, or the claim is the only one.
    CodeError
        The new pendant has no code.
    """
    bytes_of_code(new_code)
    store = registry.store
    holder = _holder(store, new_code)
    if holder is not None and new_code in store.standings([new_code]):
        raise _taken(holder, new_code)
    events = list(store.events_of([claim.code]).get(claim.code, ()))
    claims = _claims(claim.code, events, vault)
    if claim not in claims[1:]:
        raise ConflictError(
            "nobody else was given this pendant before",
            where=f"pendant {short_code(claim.code)}",
            remedy="list the double pendants again; somebody may have parted them",
        )
    registered = next(e for e in events if isinstance(e, Registered) and e.event_id == claim.event_id)
    theirs = [e for e in effective(events) if e.device == claim.device and e.key >= registered.key]
    person = blank_person(new_code, registered.county, category_of(registered.category))
    person = apply_details(person, claim.details)
    if holder not in (None, person):  # their own row without events: the disk failed in between
        raise _taken(holder or person, new_code)
    said: list[Envelope] = [
        clerk.write(Undone, claim.code, target=event.event_id) for event in theirs if event is not registered
    ]
    keeper = next(e for e in events if isinstance(e, Registered) and e.event_id == claims[0].event_id)
    said.append(clerk.write(CorrectedAtDoor, claim.code, county=keeper.county, category=keeper.category))
    stays = [e.place for e in theirs if isinstance(e, ArrivedShelter)]
    said += arrival(person, clerk=clerk, vault=vault, arrived=stays[-1] if stays else "")
    left = [*events, *(event for event in said if event.code == claim.code)]
    old = blank_person(claim.code, keeper.county, category_of(keeper.category))
    store.put_people([person, with_corrections(apply_details(old, claims[0].details), left, vault)])
    registry.check_ins(said, received_at=clerk.now).require_all()
    return person
