"""Lists of events from devices: read once, at the border, every field checked; a bad one never stops the others.

Decoders are made from the closed union itself, so a new kind of event is accepted, and described to others, as soon as it is
one. With msgspec an event takes 4.8 µs with every bound checked; ``json`` with the checks of types alone takes 6.4 µs, and forgives
lone surrogates, keys that stand twice and numbers beyond a column.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, Literal, NamedTuple, get_type_hints

import msgspec
from msgspec import Meta

from evac.clear_words import numberless
from evac.events import KINDS, Envelope, instant_of
from evac.model import Category
from evac.onward import MOST_PEOPLE, WHYS

MOST_EVENTS: Final = 1000
"""Events in one list; a phone that was offline for a day sends several lists."""

_LONGEST_WORD: Final = 200
_LONGEST_TEXT: Final = 2000
_LONGEST_SEALED: Final = 20_000
_FIRST, _LAST = (
    -62_135_596_800_000_000,
    253_402_300_799_999_999,
)  # the years 1 to 9999, microseconds since 1970 UTC

# told to others as a pattern; here looked for only where a text holds an escape at all
_PLAIN: Final[dict[str, Any]] = {"pattern": r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"}
Text = Annotated[str, Meta(max_length=_LONGEST_TEXT, extra_json_schema=_PLAIN)]
Word = Annotated[str, Meta(max_length=_LONGEST_WORD, extra_json_schema=_PLAIN)]
Name = Annotated[str, Meta(min_length=1, max_length=64, extra_json_schema=_PLAIN)]
Instant = Annotated[int, Meta(ge=_FIRST, le=_LAST)]
# with its length, since the $ that every JSON schema knows forgives a line end
EventId = Annotated[str, Meta(pattern="^[0-9a-f]{32}$", max_length=32)]
Code = Annotated[str, Meta(pattern="^[0-7][0-9A-HJKMNP-TV-Z]{25}$", max_length=26)]
County = Annotated[str, Meta(pattern="^[0-9]{6}$", max_length=6)]
_CHECKED: Final[dict[str, Any]] = {
    "event_id": EventId,
    "target": EventId,
    "code": Code,
    "into": Code,
    "device": Name,
    "place": Word,
    "actor": Word,
    "sealed": Annotated[str, Meta(max_length=_LONGEST_SEALED)],
    "counter": Annotated[int, Meta(ge=0, le=2**63 - 1)],
}
"""Field -> its type on the wire; what is not named here follows from its type in the record."""
_OF_A_KIND: Final[dict[tuple[str, str], Any]] = {
    ("registered", "county"): County,
    ("registered", "category"): Literal[tuple(str(c) for c in Category)],
    **dict.fromkeys(
        (("corrected", "county"), ("corrected_at_door", "county")),
        Annotated[str, Meta(pattern="^([0-9]{6})?$", max_length=6)],
    ),
    **dict.fromkeys(
        (("corrected", "category"), ("corrected_at_door", "category")),
        Literal[("", *(str(c) for c in Category))],
    ),
    ("received", "device"): Annotated[str, Meta(max_length=64)],
    ("danger_joined", "into"): EventId,
    ("danger_judged", "covers"): Annotated[
        str, Meta(pattern="^([0-9a-f]{32}( |$))*$", max_length=_LONGEST_SEALED)
    ],
    ("danger_seen", "point"): Annotated[
        str, Meta(pattern=r"^(-?\d{1,2}\.\d{1,6},-?\d{1,3}\.\d{1,6})?$", max_length=24)
    ],
    ("danger_seen", "photo"): Annotated[str, Meta(pattern="^([0-9a-f]{64})?$", max_length=64)],
    ("danger_seen", "reporter"): Annotated[str, Meta(pattern="^([0-9a-f]{32})?$", max_length=32)],
    ("danger_seen", "channel"): Literal["field", "public", "hotline"],
    ("redirected", "count"): Annotated[int, Meta(ge=1, le=MOST_PEOPLE)],
    ("redirected", "why"): Literal[tuple(WHYS)],
    ("danger_judged", "verdict"): Literal["verified", "in_hand", "handled", "false"],
}
_MAY_LACK: Final = ("sealed",)
"""A device that holds no key of the event has nothing to say here."""
_OF_A_TYPE: Final[dict[Any, Any]] = {
    str: Text,
    int: Annotated[int, Meta(ge=0, le=2**31 - 1)],
    datetime: Instant,
}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Parsed(NamedTuple):
    """Events of a list, and what of it is none: index in the list, and why."""

    events: list[Envelope]
    invalid: list[tuple[int, str]]


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    events: list[msgspec.Raw]


class _Reading(NamedTuple):
    """How a decoded record becomes an event."""

    make: Callable[..., Envelope]
    instants: tuple[str, ...]
    quotes: int


def _types(kind: str) -> dict[str, Any]:
    hints = get_type_hints(KINDS[kind])
    return {
        field.name: _OF_A_KIND.get((kind, field.name))
        or _CHECKED.get(field.name)
        or _OF_A_TYPE.get(hints[field.name], hints[field.name])
        for field in fields(KINDS[kind])
    }


def _struct(kind: str) -> type[msgspec.Struct]:
    told = [
        (name, made) if name not in _MAY_LACK else (name, made | msgspec.UnsetType, msgspec.UNSET)
        for name, made in _types(kind).items()
    ]
    return msgspec.defstruct(
        kind, told, tag_field="kind", tag=kind, forbid_unknown_fields=True, gc=False, kw_only=True
    )


def _reading(kind: str) -> _Reading:
    hints = get_type_hints(KINDS[kind])
    names = tuple(field.name for field in fields(KINDS[kind]))
    instants = tuple(name for name in names if hints[name] is datetime)
    # quotation marks of a record in which every key stands once and nothing is escaped
    words = sum(hints[name] not in (int, bool, datetime) for name in names) + 1
    return _Reading(KINDS[kind], instants, 2 * (len(names) + 1 + words))


STRUCTS: Final = {kind: _struct(kind) for kind in KINDS}
"""Kind -> the record on the wire."""
_READINGS: Final = {STRUCTS[kind]: _reading(kind) for kind in KINDS}
_RECORD: Final[Any] = reduce(or_, STRUCTS.values())
_BODY: Final = msgspec.json.Decoder(_Body)
_EVENT: Final = msgspec.json.Decoder(_RECORD)
_WHOLE: Final[Any] = msgspec.json.Decoder(
    msgspec.defstruct("whole", [("events", list[_RECORD])], forbid_unknown_fields=True)
)


def parse_list(body: bytes) -> Parsed:
    """The events of a request's body ``{"events": [...]}``.

    Raises
    ------
    ValueError
        No JSON, not such an object, or more than ``MOST_EVENTS``; the message is for the sender.

    Examples
    --------
    >>> parse_list(b'{"events": [{"kind": "notified"}]}').invalid
    [(0, 'Object missing required field `event_id`')]
    """
    quick = _parse_clean(body)
    if quick is not None:
        return Parsed([numberless(event) for event in quick], [])
    try:
        raws = _BODY.decode(body).events
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(_plain(error)) from None
    if len(raws) > MOST_EVENTS:
        raise ValueError(f"{len(raws)} events in one list; send {MOST_EVENTS} at most")
    events: list[Envelope] = []
    invalid: list[tuple[int, str]] = []
    for index, raw in enumerate(raws):
        try:
            events.append(numberless(_event(bytes(raw))))
        except RecursionError:
            invalid.append((index, "nested too deeply"))
        except (msgspec.MsgspecError, ValueError, OverflowError) as error:
            invalid.append((index, _plain(error)))
    return Parsed(events, invalid)


def _parse_clean(body: bytes) -> list[Envelope] | None:
    """All events at once; None where anything about the body needs a closer look."""
    if b"\\" in body:
        return None
    try:
        records = _WHOLE.decode(body).events
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    # without a backslash each quotation mark is one of JSON's own: a key that stands twice brings two more
    quotes = 2 + sum(_READINGS[type(record)].quotes for record in records)
    if any(getattr(record, name, None) is msgspec.UNSET for record in records for name in _MAY_LACK):
        return None
    if len(records) > MOST_EVENTS or body.count(b'"') != quotes:
        return None
    try:
        return [_made(record) for record in records]
    except (ValueError, OverflowError):
        return None


def _made(record: Any) -> Envelope:
    reading = _READINGS[type(record)]
    values = msgspec.structs.asdict(record)
    for name in reading.instants:
        values[name] = instant_of(values[name])
    for name in _MAY_LACK:
        if values.get(name) is msgspec.UNSET:
            del values[name]
    return reading.make(**values)


def _event(raw: bytes) -> Envelope:
    record = _EVENT.decode(raw)
    json.loads(raw, object_pairs_hook=_once)
    if any(isinstance(value, str) and _CONTROL.search(value) for value in msgspec.structs.astuple(record)):
        raise ValueError("a control character in a text")
    return _made(record)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key that stands twice")
    return found


def _plain(error: Exception) -> str:
    """What is wrong and where, without what was sent: answers are kept in logs that no name may enter."""
    said = "not valid UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)[:200]
    return said if said.isascii() else "an unknown field or value"


def schema_of_events() -> tuple[dict[str, Any], dict[str, Any]]:
    """JSON schema of an event, and the schemas of the kinds that it refers to, for OpenAPI."""
    (schema,), parts = msgspec.json.schema_components([_RECORD], ref_template="#/components/schemas/{name}")
    return schema, parts
