"""Corrections of the list: what changed is sealed in an event, and the row is always the events read in their order."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from evac.codes import bytes_of_code
from evac.errors import ConflictError, EvacError
from evac.events import ORDER, Corrected, CorrectedAtDoor, Envelope, Registered
from evac.model import Category, Destination, Person, Stay, Vulnerability
from evac.people.cells import Setting
from evac.people.clerk import Clerk
from evac.people.entry import Entry, understand
from evac.people.report import Finding
from evac.people.sheet import Cell, Value
from evac.registry import Registry
from evac.state import effective
from evac.vault import Vault
from riskmap.errors import DataError

OPEN_FIELDS: Final = ("county", "category")
"""What a correction says in the clear, since counts go by it."""
SEALED_FIELDS: Final = (
    "name", "phone", "helper", "sex", "birth_year", "identity", "household", "village", "village_name", "vulnerability",
    "stay", "place", "transport", "vessel",
)  # fmt: skip
"""What a correction says under seal."""


def seal_details(
    now: Mapping[str, Any], code: str, vault: Vault, *, was: Mapping[str, Any] | None = None
) -> str:
    """Details of a person as ``Corrected.sealed`` carries them, with what they were before; empty for none.

    Examples
    --------
    >>> code, vault = "7" + "C" * 25, Vault(bytes(32))
    >>> open_details(seal_details({"name": "张三"}, code, vault, was={"name": "张二"}), code, vault)
    ({'name': '张三'}, {'name': '张二'})
    """
    if not now and not was:
        return ""
    plain = json.dumps({**now, "was": dict(was or {})}, ensure_ascii=False, sort_keys=True).encode()
    return base64.b64encode(vault.seal(plain, bytes_of_code(code))).decode()


def open_details(sealed: str, code: str, vault: Vault) -> tuple[dict[str, Any], dict[str, Any]]:
    """What ``seal_details`` sealed: details now, and before; names that this version does not know are left out.

    Raises
    ------
    EvacError
        Sealed by another vault or about another code, or changed since.
    """
    if not sealed:
        return {}, {}
    try:
        found = json.loads(vault.open(base64.b64decode(sealed, validate=True), bytes_of_code(code)))
        was = dict(found.pop("was", {}))
    except (ValueError, TypeError, AttributeError) as error:
        raise EvacError(
            "the details of a correction are damaged",
            where=f"code ending {code[-4:]}",
            remedy="correct the entry again",
        ) from error
    now = {name: value for name, value in found.items() if name in SEALED_FIELDS}
    return now, {name: value for name, value in was.items() if name in (*SEALED_FIELDS, *OPEN_FIELDS)}


def correct(
    registry: Registry, code: str, changes: Mapping[str, Any], *, clerk: Clerk, vault: Vault
) -> Person:
    """Correct a person's entry: one event, and the row brought up to it.

    Parameters
    ----------
    code : str
        26 characters.
    changes : mapping
        Of ``OPEN_FIELDS`` and ``SEALED_FIELDS``; an identity number only as its pseudonym.

    Returns
    -------
    Person
        As the list has them now.

    Raises
    ------
    DataError
        Nothing to change, or a field that is none.
    ConflictError
        Nobody on the list has the code.
    """
    strange = [name for name in changes if name not in (*OPEN_FIELDS, *SEALED_FIELDS)]
    if strange or not changes:
        raise DataError(
            "nothing to correct" if not changes else "no such field",
            where="correction",
            expected=f"some of {', '.join((*OPEN_FIELDS, *SEALED_FIELDS))}",
            found=", ".join(strange) or "nothing",
        )
    before = registry.store.people_of([code]).get(code)
    if before is None:
        raise ConflictError(
            "nobody on the list has this code",
            where=f"code ending {code[-4:]}",
            remedy="look the person up by name; people who are not on the list are added at the door",
        )
    apply_details(before, changes)  # refuses what no entry can say, before it is stored
    event = corrected_here(registry, before, changes, clerk=clerk, vault=vault)
    events = registry.store.events_of([code]).get(code, ())
    after = with_corrections(
        before, [*events, event], vault
    )  # refuses what no entry can say, before it is stored
    registry.check_in(event, received_at=clerk.now)
    registry.store.put_people([after])
    return after


def corrected_here(
    registry: Registry, before: Person, changes: Mapping[str, Any], *, clerk: Clerk, vault: Vault
) -> Corrected:
    """The event of a correction of an entry of this registry, a door's where doors alone have registered the person; not stored."""
    events = registry.store.events_of([before.code]).get(before.code, ())
    return corrected_event(
        before.code, changes, clerk=clerk, vault=vault, before=before, at_door=_by_doors(effective(events))
    )


def corrected_event(
    code: str, changes: Mapping[str, Any], *, clerk: Clerk, vault: Vault, before: Person | None = None,
    at_door: bool = False,
) -> Corrected:  # fmt: skip
    """The event of a correction; with what the entry said ``before``, so that it can be taken back.

    ``at_door`` is for somebody whom only doors have registered, as far as it is known here.
    """
    kind = CorrectedAtDoor if at_door else Corrected
    said = {name: str(changes.get(name, "")) for name in OPEN_FIELDS}
    hidden = {name: value for name, value in changes.items() if name in SEALED_FIELDS}
    was = (
        {}
        if before is None
        else {name: value for name, value in details_of(before).items() if name in changes}
    )
    return clerk.write(kind, code, sealed=seal_details(hidden, code, vault, was=was), **said)


def _by_doors(counting: Iterable[Envelope]) -> bool:
    """Whether doors alone have registered somebody; False where nobody has."""
    entries = [e.at_door for e in counting if isinstance(e, Registered)]
    return bool(entries) and all(entries)


def details_of(person: Person) -> dict[str, Any]:
    """Everything that a correction can change, as JSON can say it."""
    found = {
        name: getattr(person, name)
        for name in (*OPEN_FIELDS, *SEALED_FIELDS)
        if name not in ("stay", "place")
    }
    found |= {"stay": person.destination.stay.value, "place": person.destination.place}
    return found | {
        "category": person.category.value,
        "vulnerability": [v.value for v in person.vulnerability],
    }


def with_corrections(
    person: Person, events: Iterable[Envelope], vault: Vault, *, damaged: list[str] | None = None
) -> Person:
    """The entry after all corrections of its code, in the order of events: the same for every order of arrival.

    A correction that was undone counts no more: its fields are again what they were before. One that another key has sealed,
    or that says what no entry can, is left out, and stops no other. What doors say counts where the list has nobody.

    Parameters
    ----------
    damaged : list of str, optional
        Takes the ids of corrections that were left out.
    """
    given = list(events)
    counting = effective(given)
    # a door that did not know the list says nothing about who is on it
    doors = _by_doors(counting)
    entries = [e for e in counting if isinstance(e, Registered)] if doors else []
    spoken = (e for e in given if isinstance(e, Corrected) and (doors or not isinstance(e, CorrectedAtDoor)))
    every = sorted({e.event_id: e for e in spoken}.values(), key=ORDER)
    sound: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    for correction in every:
        try:
            sound[correction.event_id] = _read(person, correction, vault)
        except (DataError, EvacError):
            if damaged is not None:
                damaged.append(correction.event_id)
    now: dict[str, Any] = {}
    for correction in reversed(every):  # what the list said before any of them
        now |= sound.get(correction.event_id, ({}, {}))[1]
    for registered in entries[:1]:
        now |= {"county": registered.county, "category": category_of(registered.category)}
    for correction in (e for e in counting if isinstance(e, Corrected)):
        now |= sound.get(correction.event_id, ({}, {}))[0]
    return apply_details(person, now)


def _read(person: Person, event: Corrected, vault: Vault) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a correction says, sealed and in the clear, and what was before; each of it such as an entry can say."""
    now, was = open_details(event.sealed, event.code, vault)
    now |= {name: said for name in OPEN_FIELDS if (said := getattr(event, name))}
    for details in (now, was):
        apply_details(person, details)
    return now, was


def address_of(one: Person | Entry) -> tuple[str, str, str, str]:
    """County, village and household: with another of them a point of the old house could take somebody out of a zone of the new one."""
    name = one.village_name if one.village.endswith("000") else ""  # a village that has no code of its own
    return one.county, one.village, name, one.household


def category_of(word: str) -> Category:
    """The category of an event; ``OTHER`` for a word that this version does not know."""
    try:
        return Category(word)
    except ValueError:
        return Category.OTHER


def apply_details(person: Person, now: Mapping[str, Any]) -> Person:
    """The entry with other details, by the names of ``OPEN_FIELDS`` and ``SEALED_FIELDS``; in another place it has no point any more.

    Raises
    ------
    DataError
        A detail says what no entry can.
    """
    said = dict(now)
    try:
        for name, value in said.items():
            if not isinstance(value, _TYPES.get(name, str)):
                raise TypeError(name)
        stay = Stay(said.pop("stay", person.destination.stay))
        place = said.pop("place", person.destination.place)
        if "vulnerability" in said:
            said["vulnerability"] = tuple(Vulnerability(v) for v in said["vulnerability"])
        if "category" in said:
            said["category"] = Category(said["category"])
    except (ValueError, TypeError) as error:
        raise DataError(
            "a correction says what no entry can",
            where=f"correction of the code ending {person.code[-4:]}",
            expected="words of evac.model",
            found=type(error).__name__,
            remedy="correct the entry again",
        ) from None
    after = replace(person, destination=Destination(stay, place), **said)
    return replace(after, longitude=None, latitude=None) if address_of(person) != address_of(after) else after


_TYPES: Final[Mapping[str, tuple[type, ...]]] = MappingProxyType(
    {"birth_year": (int, type(None)), "helper": (str, type(None)), "vulnerability": (list, tuple)}
)
"""Details that are no text."""


def changes_of(told: Mapping[str, Value], setting: Setting) -> tuple[dict[str, Any], list[Finding]]:
    """What somebody typed as ``correct`` takes it, and what is odd about it; an identity number becomes its pseudonym.

    Parameters
    ----------
    told : mapping
        Field of ``words.toml`` -> what was typed; empty ones are left out.
    """
    given = {name: value for name, value in told.items() if value not in (None, "")}
    if not given:
        return {}, []
    cells = {name: Cell(value, name) for name, value in given.items()}
    found = understand("correction", 0, cells, replace(setting, door=True))
    if found.entry is None:
        return {}, found.findings
    entry = found.entry._asdict() | {
        "category": found.entry.category.value,
        "vulnerability": [v.value for v in found.entry.vulnerability],
        "stay": found.entry.stay.value,
    }
    names = {name: _CHANGED_BY[name] for name in given if name in _CHANGED_BY}
    changed = {to: entry[to] for tos in names.values() for to in tos}
    if "identity" in given:
        changed = {
            name: value
            for name, value in changed.items()
            if value or name not in ("sex", "birth_year", "identity")
        }
    about = {f.column for f in found.findings}
    return changed, [f for f in found.findings if f.column in given.keys() & about]


_CHANGED_BY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "name": ("name",), "phone": ("phone",), "category": ("category",), "vulnerability": ("vulnerability",),
        "identity": ("identity", "sex", "birth_year"), "sex": ("sex",), "birth_date": ("birth_year",), "age": ("birth_year",),
        "helper": ("helper",), "helper_phone": ("helper",), "village_code": ("county", "village"), "village": ("village_name",),
        "household": ("household",), "stay": ("stay",), "place": ("place",), "transport": ("transport",), "vessel": ("vessel",),
    }
)  # fmt: skip
"""Field of a list -> details of an entry that it corrects."""


def blank_person(code: str, county: str, category: Category) -> Person:
    """A row with a code, a county and a category, and nobody's name yet."""
    village = county.ljust(12, "0")
    return Person(
        code=code, name="", household=f"{village}-{code[-10:]}", county=county, village=village, village_name="",
        category=category, destination=Destination(Stay.SHELTER, ""),
    )  # fmt: skip
