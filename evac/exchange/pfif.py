"""PFIF 1.4: person and note records as XML, written, and read from others.

People Finder Interchange Format 1.4 (29 May 2012), namespace ``http://zesty.ca/pfif/1.4``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree

from evac.exchange.told import Policy, Status, Told
from riskmap.errors import DataError
from riskmap.products.letter_words import NOT_XML

PFIF: Final = "http://zesty.ca/pfif/1.4"
LARGEST: Final = 20_000_000
"""Bytes of a file that is read."""

_COUNTRY: Final = "CN"
_PROVINCE: Final = "CN-ZJ"  # ISO 3166-2


@dataclass(frozen=True)
class Sought:
    """Somebody whom another registry looks for.

    Attributes
    ----------
    ages : tuple of int or None
        Youngest and oldest age [years] at ``asked_at``, as the record gives them.
    place : str
        Where they live, in words.
    """

    record_id: str
    name: str
    sex: str = ""
    ages: tuple[int, int] | None = None
    place: str = ""
    asked_at: datetime | None = None


def pfif_xml(records: Iterable[Told], policy: Policy, *, now: datetime) -> bytes:
    """A PFIF 1.4 document: a person record for each, with one note on what is known.

    Parameters
    ----------
    now : datetime
        Entry date of the records.

    Returns
    -------
    bytes
        UTF-8; the same arguments give the same bytes.

    Examples
    --------
    >>> from evac import pfif_xml
    >>> at = datetime(2021, 7, 25, 4, 30, tzinfo=UTC)
    >>> ids = ("ema.example.gov.cn/p1", "ema.example.gov.cn/n1")
    >>> told = Told(*ids, "陈**", "male", "70-79", "定海区", Status.MISSING, "失联", at, at.replace(month=8))
    >>> written = pfif_xml([told], Policy("ema.example.gov.cn", "定海区防指", "定海区防指"), now=at).decode()
    >>> "<pfif:full_name>陈**</pfif:full_name>" in written, "<pfif:status>believed_missing</pfif:status>" in written
    (True, True)
    """
    written: bytes = ElementTree.tostring(
        pfif_tree(records, policy, now=now), encoding="UTF-8", xml_declaration=True
    )
    return written


def pfif_tree(records: Iterable[Told], policy: Policy, *, now: datetime) -> ElementTree.Element:
    """The same as a tree, to be put into another document."""
    ElementTree.register_namespace("pfif", PFIF)
    root = ElementTree.Element(f"{{{PFIF}}}pfif")
    for told in records:
        person = ElementTree.SubElement(root, f"{{{PFIF}}}person")
        _fields(
            person,
            person_record_id=told.record_id, entry_date=stamp(now), expiry_date=stamp(told.expires_at),
            author_name=policy.author, source_name=policy.source, source_date=stamp(told.source_at), full_name=told.name,
            sex=told.sex, age=told.age, home_city=told.county, home_state=_PROVINCE, home_country=_COUNTRY,
        )  # fmt: skip
        note = ElementTree.SubElement(person, f"{{{PFIF}}}note")
        _fields(
            note,
            note_record_id=told.note_id, person_record_id=told.record_id, entry_date=stamp(now), author_name=policy.author,
            source_date=stamp(told.source_at), author_made_contact="true" if told.status is Status.ALIVE else "",
            status=told.status.value, text=told.words,
        )  # fmt: skip
    return root


def _fields(parent: ElementTree.Element, **values: str) -> None:
    """Fields in the order given, without those that say nothing; characters that XML cannot hold are dropped."""
    for name, value in values.items():
        if value:
            ElementTree.SubElement(parent, f"{{{PFIF}}}{name}").text = NOT_XML.sub("", value)


def stamp(moment: datetime) -> str:
    """A moment as PFIF writes it.

    Examples
    --------
    >>> stamp(datetime(2021, 7, 25, 4, 30, tzinfo=UTC))
    '2021-07-25T04:30:00Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_pfif(content: bytes, *, now: datetime, where: str = "PFIF file") -> list[Sought]:
    """People whom another registry looks for; records that have expired, or are found, are passed over.

    Parameters
    ----------
    content : bytes
        PFIF 1.2 to 1.4.

    Raises
    ------
    DataError
        No PFIF, too large, or a document that declares entities.

    Examples
    --------
    >>> from evac import read_pfif
    >>> fields = "<person_record_id>example.org/p1</person_record_id><full_name>陈建国</full_name><age>70-79</age>"
    >>> document = f'<pfif xmlns="{PFIF}"><person>{fields}</person></pfif>'
    >>> (sought,) = read_pfif(document.encode(), now=datetime(2021, 7, 25, tzinfo=UTC))
    >>> sought.name, sought.ages  # years
    ('陈建国', (70, 79))
    """
    root = _parsed(content, where)
    space = root.tag.partition("}")[0] + "}"
    found = []
    for person in root.iter(f"{space}person"):
        record_id, name = _text(person, space, "person_record_id"), _name(person, space)
        expires = _moment(_text(person, space, "expiry_date"))
        notes = sorted(
            (_text(note, space, "source_date"), _text(note, space, "status"))
            for note in person.iter(f"{space}note")
        )
        last = next((status for _, status in reversed(notes) if status), "")
        if (
            not record_id
            or not name
            or (expires is not None and expires <= now)
            or last == Status.ALIVE.value
        ):
            continue
        found.append(
            Sought(
                record_id, name, _text(person, space, "sex"), _ages(person, space),
                " ".join(filter(None, (_text(person, space, part) for part in ("home_city", "home_neighborhood", "home_street")))),
                _moment(_text(person, space, "source_date")),
            )
        )  # fmt: skip
    return found


def _parsed(content: bytes, where: str) -> ElementTree.Element:
    wrong = ""
    if len(content) > LARGEST:
        wrong = f"{len(content):,} bytes"
    elif b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\0" in content:
        wrong = "declarations, or another encoding than UTF-8"
    else:
        try:
            root = ElementTree.fromstring(content)  # noqa: S314 - see above
        except (ElementTree.ParseError, ValueError, LookupError) as error:
            wrong = str(error)
        else:
            if re.fullmatch(r"\{http://zesty\.ca/pfif/1\.[234]/?\}pfif", root.tag):
                return root
            wrong = root.tag[:80]
    raise DataError(
        "not a PFIF document", where=where, expected=f"UTF-8 XML of {PFIF}, up to {LARGEST // 10**6} MB", found=wrong,
        remedy="ask the other registry for PFIF 1.4",
    )  # fmt: skip


def _text(parent: ElementTree.Element, space: str, name: str) -> str:
    return " ".join((parent.findtext(f"{space}{name}") or "").split())


def _name(person: ElementTree.Element, space: str) -> str:
    whole = _text(person, space, "full_name")
    parts = ("family_name", "given_name") if space.startswith(f"{{{PFIF}") else ("last_name", "first_name")
    return whole or " ".join(filter(None, (_text(person, space, part) for part in parts)))


def _ages(person: ElementTree.Element, space: str) -> tuple[int, int] | None:
    given = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", _text(person, space, "age"))
    if given:
        return int(given[1]), int(given[2] or given[1])
    born = re.match(r"(\d{4})", _text(person, space, "date_of_birth"))
    asked = _moment(_text(person, space, "source_date"))
    if born and asked is not None:
        years = asked.year - int(born[1])
        return max(years - 1, 0), max(years, 0)
    return None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text[:19] + "Z", "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
