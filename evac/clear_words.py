"""What the log may say in clear: no number of a person, not with whom somebody stays, and not the name of whom an event is about.

Events stand in clear until the destruction. Every border that words come in by (HTTP, a phone's file, a desk) puts marks in place of
what tells who somebody is; by both routes of one phone an event becomes the same. Words by which a house must be found stay as they were
said, but for identity numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final, Protocol, TypeVar

from evac.events import ASIDE, KINDS, ArrivedRelatives, Envelope
from evac.model import Person, Stay

Told = TypeVar("Told", bound=Envelope)
RELATIVES: Final = "亲友家"
"""Place of a stay with relatives of which no region is known."""
NUMBER_MARK: Final = "[号码]"
NAME_MARK: Final = "[姓名]"
_NUMBER: Final = re.compile(
    r"(?<!\d)(?:\d[ \-‐–—.]?){14,18}[\dXx×](?!\d)|(?<![A-Za-z])[A-Za-z]{1,3}\d{7,12}(?!\d)"
)
_REGION: Final = re.compile(r"[0-9]{6}(?:[0-9]{3}){0,2}")
_GAP: Final = r"[ .·\-‐-―−]{0,3}"
_CONTACT: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?:(?:\+?86{_GAP})?(?:1[3-9](?:[ -]?[0-9]){{9}}|1[3-9][0-9]{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}})"
    rf"|0[0-9]{{2,3}}\)?{_GAP}[0-9]{{7,8}}|[0-9]{{14,17}}[0-9Xx])(?![0-9])"
)
"""A mobile or fixed telephone, or an identity number in one run: ids of shelters are long numbers with dashes."""
_DIGEST: Final = re.compile("[0-9a-f]{32}(?:[0-9a-f]{32})?")
"""An event's id, or the digest of a photo or sheet: no words, whatever runs of digits are in it."""
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_MARKS: Final = re.compile(f"{re.escape(NUMBER_MARK)}|{re.escape(NAME_MARK)}")
_SHORTEST_PHONE: Final = 7
_FORMED: Final = frozenset(
    (
        "event_id", "target", "code", "into", "device", "place", "actor", "sealed", "county", "category", "covers", "point",
        "photo", "reporter", "channel", "verdict",
    )
)  # fmt: skip
"""Fields that have a form of their own, or are the clerk's."""
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    kind: tuple(field.name for field in fields(cls) if field.type == "str" and field.name not in _FORMED)
    for kind, cls in KINDS.items()
}
"""Kind -> its fields of free words."""
_TOLD_WHOLE: Final = frozenset({"rescue_called", "danger_reported", "danger_seen"})
"""Whoever comes to the rescue or to look must find the house."""
_WITH_TELEPHONES: Final = _TOLD_WHOLE | {"duty_handed_over"}
"""The next shift must be able to ring whom the last one left for it."""
_OF_THINGS: Final = frozenset({"subject", "to"})
"""Fields that name a house, a shelter or a store by its own number, which may be as long as a person's; then they hold nothing else."""
_VESSEL: Final = re.compile(r"(?:[A-Za-z]{1,4}[ -]?)?[0-9]{4,9}|[0-9]{16}")
"""Number of a vessel: IMO, MMSI, letters with a number, or the 16 digits of a fishing vessel's register (渔船编码). No telephone is so long or short."""
_COUNTED_BY_PLACE: Final = frozenset(
    (
        "arrived_shelter", "arrived_relatives", "arrived_ashore", "head_counted", "vessel_checked", "relief_drawn", "stock_delivered",
        "stock_moved", "stock_received", "stock_issued", "stock_counted",
    )
)  # fmt: skip
"""Kinds whose place is a name by which people and goods are counted; of any other it may be words."""


def looks_like_number(text: str) -> bool:
    """Whether an identity, passport or bank number may stand anywhere in a text.

    Examples
    --------
    >>> looks_like_number("户主 330902 19500101 123X"), looks_like_number("13800001111")
    (True, False)
    """
    if sum(map(str.isdigit, text)) < _SHORTEST_PHONE:
        return False
    return _NUMBER.search(unicodedata.normalize("NFKC", text)) is not None


def without_numbers(text: str) -> str:
    """The text, with a mark in place of every run that may be an identity number.

    Examples
    --------
    >>> without_numbers("户主330902195001011234")
    '户主[号码]'
    """
    if not looks_like_number(text):
        return text
    return _NUMBER.sub(NUMBER_MARK, unicodedata.normalize("NFKC", text))


def with_relatives(where: str) -> str:
    """The place that an event says; words are not said, they may be a name and a telephone number.

    Examples
    --------
    >>> with_relatives("330903001"), with_relatives("外婆家 张三 13800001111")
    ('330903001', '亲友家')
    """
    return where if _REGION.fullmatch(where) else RELATIVES


def without_contacts(place: str) -> str:
    """A place, with a mark in place of identity and telephone numbers.

    Examples
    --------
    >>> without_contacts("村口小店 138-0000-1111"), without_contacts("330902001001-001")
    ('村口小店 [号码]', '330902001001-001')
    """
    if sum(map(str.isdigit, place)) < _SHORTEST_PHONE:
        return place
    return _without_telephones(place if place.isascii() else without_numbers(place))


def _without_telephones(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    return _CONTACT.sub(NUMBER_MARK, plain) if _CONTACT.search(plain) else text


def numberless(event: Envelope) -> Envelope:
    """The event as it may be stored: no numbers of people in its words, and never with whom somebody stays."""
    place = (
        with_relatives(event.place) if isinstance(event, ArrivedRelatives) else without_contacts(event.place)
    )
    told = words_without_numbers(event)
    return told if place == event.place else replace(told, place=place)


def words_without_numbers(event: Told) -> Told:
    """The event without numbers of people in its words; telephones stay where somebody must find the house or ring."""
    said: dict[str, Any] = {}
    for name in WORDS[event.kind]:
        text = getattr(event, name)
        of_a_thing = (
            _DIGEST.fullmatch(text)
            or (name in _OF_THINGS and text.isascii())
            or (name == "vessel" and _VESSEL.fullmatch(text))
        )
        if sum(map(str.isdigit, text)) < _SHORTEST_PHONE or of_a_thing:
            continue
        told = without_numbers(text)
        said[name] = told if event.kind in _WITH_TELEPHONES else _without_telephones(told)
    return replace(event, **said) if said else event


def nameless(event: Told, person: Person) -> Told:
    """The event without the name, telephone and helper of the person that it is about, and without with whom they stay.

    However they are written: in full width, with blanks, dots or dashes between. A place that people are counted by stays as it is.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac.events import Exempted
    >>> from evac.model import Category, Destination
    >>> at = datetime(2021, 7, 25, tzinfo=UTC)
    >>> one = Person(code="C", name="张三", household="H", county="330902", village="", village_name="", phone="13800001111",
    ...     category=Category.OTHER, destination=Destination(Stay.SHELTER, "S1"))
    >>> told = Exempted(event_id="0" * 32, code="C", place="", actor="李四", device="D", counter=1, device_at=at, trusted_at=at,
    ...     evidence="张三在外打工,电话 138 0000 1111")
    >>> nameless(told, one).evidence
    '[姓名]在外打工,电话 [号码]'
    """
    names = [person.name, *_WORD.findall(person.helper or "")]
    if person.destination.stay is Stay.RELATIVES:
        names += _WORD.findall(person.destination.place)
    numbers = [_digits(person.phone), *map(_digits, re.findall(r"[\d ()+-]{7,}", person.helper or ""))]
    told_by = [(_spelt(n, r"[\W_]{0,3}"), NUMBER_MARK) for n in numbers if len(n) >= _SHORTEST_PHONE]
    known = {unicodedata.normalize("NFKC", name) for name in names if len(name) > 1}
    told_by += [
        (_spelt(name, "" if name.isascii() else r"\s{0,3}"), NAME_MARK)
        for name in sorted(known, key=lambda name: (-len(name), name))
    ]
    said: dict[str, Any] = {}
    for name in _spoken(event):
        told = plain = unicodedata.normalize("NFKC", getattr(event, name))
        for pattern, mark in told_by:
            told = re.sub(pattern, mark, told)
        if told != plain:
            said[name] = told
    return replace(event, **said) if said else event


def _spelt(text: str, between: str) -> str:
    """How a name or number is written, close or wide."""
    return between.join(map(re.escape, text))


def _spoken(event: Envelope) -> tuple[str, ...]:
    """Fields of an event that are words of somebody."""
    of_place = event.kind not in _COUNTED_BY_PLACE and not event.place.isascii()
    return (*WORDS[event.kind], "place") if of_place else WORDS[event.kind]


def _digits(text: str) -> str:
    return "".join(filter(str.isdecimal, unicodedata.normalize("NFKC", text)))


class Listed(Protocol):
    """A store whose list tells who people are: an ``EventStore`` with the emergency's vault."""

    def people_of(self, codes: Collection[str], /) -> dict[str, Person]: ...

    def known(self, event_ids: Collection[str], /) -> set[str]: ...

    def events_of(self, codes: Collection[str], /) -> Mapping[str, Sequence[Envelope]]: ...

    def aside(
        self, kinds: Collection[str], /, *, codes: Collection[str] | None = None
    ) -> Iterator[tuple[int, Envelope]]: ...


def worded(events: Iterable[Envelope]) -> list[Envelope]:
    """Those that say something in words of their own, which hardly any check-in does."""
    return [
        event
        for event in events
        if event.kind not in _TOLD_WHOLE and any(getattr(event, name) for name in _spoken(event))
    ]


def cleared(store: Listed, events: Sequence[Envelope]) -> list[Envelope]:
    """The events, whose words name nobody that they are about."""
    said = worded(events)
    kept = as_kept(store, said) if said else {}
    return [kept.get(event.event_id, event) for event in events]


def as_kept(store: Listed, events: Sequence[Envelope]) -> dict[str, Envelope]:
    """Ids of events that name whom they are about -> the event as the log keeps it.

    One that is in the log already stays as it is there, whatever the list has learnt since: a repeat is a repeat.
    """
    people = store.people_of({event.code for event in events})
    told = {event.event_id: nameless(event, people[event.code]) for event in events if event.code in people}
    again = store.known(told)
    codes = {told[event_id].code for event_id in again}
    stored = [event for found in store.events_of(codes).values() for event in found] if codes else []
    stored += [event for _, event in store.aside(ASIDE, codes=codes)] if codes else []
    for kept in stored:
        if kept.event_id in again and _alike(kept, told[kept.event_id]):
            told[kept.event_id] = kept
    return told


def _alike(kept: Envelope, sent: Envelope) -> bool:
    """Whether two events are one but for marks: a mark stands for anything."""
    names = {*_spoken(kept), *_spoken(sent)} if kept.kind == sent.kind else set()
    if kept.kind != sent.kind or replace(kept, **{name: getattr(sent, name) for name in names}) != sent:
        return False
    return all(
        _covers(one, other) or _covers(other, one)
        for one, other in ((getattr(kept, name), getattr(sent, name)) for name in names)
    )


def _covers(marked: str, text: str) -> bool:
    """Whether a text reads as the marked one does, with something in the place of each mark.

    Parts are looked for from the left, each at its first place: that leaves most to those after it, so no other need be tried, and a
    device's text costs no more than its length.
    """
    first, *parts = _MARKS.split(unicodedata.normalize("NFKC", marked))
    text = unicodedata.normalize("NFKC", text)
    if not parts:
        return first == text
    last, at = parts.pop(), len(first)
    end = len(text) - len(last)
    for part in parts:
        found = text.find(part, at + 1, end)
        if found < 0:
            return False
        at = found + len(part)
    return at < end and text.startswith(first) and text.endswith(last)
