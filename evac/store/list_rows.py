"""People and shelters as rows of a table. What tells who somebody is goes in sealed."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from evac.codes import bytes_of_code, code_of_bytes, short_code
from evac.errors import EvacError
from evac.model import Category, Destination, Person, Shelter, Stay, Vulnerability
from evac.store.rows import Row
from evac.vault import Vault

_SYNTHETIC: Final = "SYNTHETIC"
_SHELTER_ID: Final = re.compile(r"[A-Za-z0-9._\-]{0,32}")
_TELEPHONE: Final = re.compile(r"(?:86)?1[3-9]\d{9}|0\d{9,11}")
_POINT: Final = 7
"""Where the longitude stands in what is said about a person."""
_OPEN, _SEALED = b"\0", b"\1"  # first byte of what is said about a person


def person_row(person: Person, vault: Vault | None) -> Row:
    """The columns of a person, in the order of the table ``person``.

    Raises
    ------
    EvacError
        No code was minted, or a real person and no vault.
    """
    if not person.code:
        raise EvacError("a person without a code", where="roster", remedy="mint one first")
    code = bytes_of_code(person.code)
    return (
        code, short_code(person.code), person.household, person.county, person.village, person.village_name,
        person.category.value, person.destination.stay.value, "" if _private(person) else person.destination.place,
        ",".join(person.vulnerability),
        "", person.vessel, person.printed, person.signed, person.identity or None, _told(person, code, vault),
        _SYNTHETIC if person.synthetic else "",
    )  # fmt: skip


def _private(person: Person) -> bool:
    """Whether the destination may tell of others, with whom somebody will stay: all but the id of a shelter."""
    going = person.destination
    digits = "".join(filter(str.isdecimal, going.place))
    plain = _SHELTER_ID.fullmatch(going.place) and not _TELEPHONE.fullmatch(digits)
    return going.stay is not Stay.SHELTER or not plain


def _told(person: Person, code: bytes, vault: Vault | None) -> bytes:
    place = person.destination.place if _private(person) else ""
    said = json.dumps(
        [
            person.name, person.helper, person.phone, person.sex, person.birth_year, place, person.transport,
            *(() if person.longitude is None else (person.longitude, person.latitude)),
        ],
        ensure_ascii=False,
    ).encode()  # fmt: skip
    if vault is not None:
        return _SEALED + vault.seal(said, code)
    if not person.synthetic:
        raise EvacError(
            "people are stored sealed, and there is no key", where=f"roster, code ending {short_code(person.code)[-4:]}",
            expected="the emergency's vault, or invented people (synthetic)", found="neither",
            remedy="name this emergency's key file (--vault, or --key of a node); a new one, from `evac vault new`, is for a new registry alone",
        )  # fmt: skip
    return _OPEN + said


def person_of(row: Sequence[Any], vault: Vault | None) -> Person:
    """The person of the columns; without the vault, what is sealed stays empty.

    Raises
    ------
    EvacError
        Sealed by another vault.
    """
    (code, _, household, county, village, village_name, category, stay, place, vulnerability, transport, vessel, printed,
     signed, identity, told, label) = row  # fmt: skip
    code, told = bytes(code), bytes(told)
    name, helper, phone, sex, birth_year, private = "", None, "", "", None, ""
    later: list[Any] = []  # rows of earlier versions have the transport in its column
    if said := _said(told, code, vault):
        name, helper, phone, sex, birth_year, private, *later = said
    return Person(
        code=code_of_bytes(code), name=name, household=household, county=county, village=village, village_name=village_name,
        category=Category(category), destination=Destination(Stay(stay), place or private),
        vulnerability=tuple(Vulnerability(v) for v in vulnerability.split(",") if v), helper=helper,
        printed=bool(printed), signed=bytes(signed), synthetic=label == _SYNTHETIC, phone=phone, identity=identity or "",
        sex=sex, birth_year=birth_year, transport=later[0] if later else transport, vessel=vessel,
        **dict(zip(("longitude", "latitude"), later[_POINT - 6 :])),
    )  # fmt: skip


def point_told(told: bytes, code: bytes, vault: Vault | None) -> tuple[float | None, float | None]:
    """Longitude and latitude of what is said about a person; none where there are none, or they are sealed and there is no key."""
    said = _said(told, code, vault)
    return (said[_POINT], said[_POINT + 1]) if len(said) > _POINT else (None, None)


def _said(told: bytes, code: bytes, vault: Vault | None) -> list[Any]:
    """What is said about a person, in order; nothing where it is sealed and there is no key."""
    if told[:1] == _OPEN:
        found: list[Any] = json.loads(told[1:])
    elif vault is not None:
        found = json.loads(vault.open(told[1:], code))
    else:
        return []
    return found


def shelter_row(shelter: Shelter) -> Row:
    """The columns of a shelter, in the order of the table ``shelter``."""
    return (
        shelter.shelter_id, shelter.name, shelter.county, shelter.town, shelter.level, shelter.capacity, shelter.area_m2,
        shelter.longitude, shelter.latitude, _SYNTHETIC if shelter.synthetic else "",
    )  # fmt: skip


def shelter_of(row: Sequence[Any]) -> Shelter:
    """The shelter of its columns."""
    shelter_id, name, county, town, level, capacity, area, longitude, latitude, label = row
    return Shelter(
        shelter_id, name, county, capacity, label == _SYNTHETIC, level, town, area, longitude, latitude
    )
