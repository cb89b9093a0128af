"""What happened, as frozen records: a closed union over one envelope.

A check-in is a fact and is always stored. Only commands (``COMMANDS``) can be refused, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any, ClassVar, Final, TypeAlias, get_args

from riskmap.errors import DataError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
ORDER: Final = attrgetter("trusted_at", "device", "counter", "event_id")
"""Key of an event in the order of events."""


class Mode(StrEnum):
    """How an event was entered."""

    SELF = "self"
    PROXY = "proxy"
    BATCH = "batch"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What every event carries.

    Attributes
    ----------
    event_id : str
        Made by the device, unique: 32 hexadecimal digits of a random 128-bit number.
    code : str
        Safety code of the person.
    place, actor : str
        Where it was entered (shelter, village, county office) and by whom.
    device, counter
        The device and its own running number, which never goes back.
    device_at : datetime
        What the device's clock said.
    trusted_at : datetime
        ``device_at`` plus the offset measured at the last sync, clamped; see ``evac.log.trusted_time``.
    """

    kind: ClassVar[str] = ""

    event_id: str
    code: str
    place: str
    actor: str
    device: str
    counter: int
    device_at: datetime
    trusted_at: datetime
    mode: Mode = Mode.PROXY

    def __post_init__(self) -> None:
        if self.device_at.tzinfo is None or self.trusted_at.tzinfo is None:
            raise DataError(
                "an event's time has no time zone",
                where=f"event {self.event_id}",
                expected="timezone-aware instants",
                found=f"device {self.device_at}, trusted {self.trusted_at}",
                remedy="attach the zone where the time is read",
            )

    @property
    def key(self) -> tuple[datetime, str, int, str]:
        """What events are ordered by: (trusted time, device, the device's counter, event id)."""
        return ORDER(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered(Envelope):
    """Put on the list; ``at_door`` for people who were not on it when they came."""

    kind: ClassVar[str] = "registered"
    county: str
    category: str = "other"
    at_door: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared(Envelope):
    """Command: get ready (准备转移)."""

    kind: ClassVar[str] = "prepared"
    order: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered(Envelope):
    """Command: move (转移指令), with the order's id."""

    kind: ClassVar[str] = "ordered"
    order: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedLocally(Envelope):
    """A village cadre moved people first and reports after; to be confirmed by an order."""

    kind: ClassVar[str] = "ordered_locally"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified(Envelope):
    """Told in person (叫醒到户)."""

    kind: ClassVar[str] = "notified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached(Envelope):
    """Not reached (未联系上); rings an alarm until a door visit."""

    kind: ClassVar[str] = "unreached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Envelope):
    """Will not go (劝导无效)."""

    kind: ClassVar[str] = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Persuaded(Envelope):
    """Will go after all."""

    kind: ClassVar[str] = "persuaded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Departed(Envelope):
    """On the way; ``forced_by`` is the order number where moved against the will."""

    kind: ClassVar[str] = "departed"
    forced_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedShelter(Envelope):
    """Checked in at the shelter ``place`` (集中安置)."""

    kind: ClassVar[str] = "arrived_shelter"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedRelatives(Envelope):
    """With relatives or friends (投亲靠友), by own report until called back."""

    kind: ClassVar[str] = "arrived_relatives"
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledBack(Envelope):
    """The stay with relatives was verified by a call."""

    kind: ClassVar[str] = "called_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedAshore(Envelope):
    """Crew or fish farmer ashore (上岸)."""

    kind: ClassVar[str] = "arrived_ashore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing(Envelope):
    """Overdue or lost from sight: a suspected missing person (失联), which starts reporting clocks."""

    kind: ClassVar[str] = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Medical(Envelope):
    """Taken to medical care (就医)."""

    kind: ClassVar[str] = "medical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(Envelope):
    """Left the place of stay without release (擅自离开)."""

    kind: ClassVar[str] = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Died(Envelope):
    """Found dead (遇难)."""

    kind: ClassVar[str] = "died"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempted(Envelope):
    """Command: taken off the number to move (核减), with evidence."""

    kind: ClassVar[str] = "exempted"
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(Envelope):
    """Command: the order is withdrawn for this person."""

    kind: ClassVar[str] = "withdrawn"
    order: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnAllowed(Envelope):
    """Command: may go home (解除转移)."""

    kind: ClassVar[str] = "return_allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnHeld(Envelope):
    """Command: must wait, as slope-side houses do after rain."""

    kind: ClassVar[str] = "return_held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned(Envelope):
    """Home again; without a release it counts as having left."""

    kind: ClassVar[str] = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Envelope):
    """Command: the case is closed (销号)."""

    kind: ClassVar[str] = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone(Envelope):
    """Command: event ``target`` was a mistake; it stays in the log and counts no more."""

    kind: ClassVar[str] = "undone"
    target: str


Event: TypeAlias = (
    Registered
    | Prepared
    | Ordered
    | OrderedLocally
    | Notified
    | Unreached
    | Refused
    | Persuaded
    | Departed
    | ArrivedShelter
    | ArrivedRelatives
    | CalledBack
    | ArrivedAshore
    | Missing
    | Medical
    | Left
    | Died
    | Exempted
    | Withdrawn
    | ReturnAllowed
    | ReturnHeld
    | Returned
    | Closed
    | Undone
)
"""The closed union of everything that can happen."""

KINDS: Final[dict[str, type[Envelope]]] = {cls.kind: cls for cls in get_args(Event)}
"""Kind -> class."""

COMMANDS: Final = frozenset(
    cls.kind for cls in (Prepared, Ordered, Exempted, Withdrawn, ReturnAllowed, ReturnHeld, Closed, Undone)
)
"""Kinds that can be refused; everything else is a fact."""

_FIELDS: Final = {kind: tuple(f.name for f in fields(cls)) for kind, cls in KINDS.items()}
_INSTANTS: Final = ("device_at", "trusted_at")
_NAMES: Final = {kind: tuple(sorted(names)) for kind, names in _FIELDS.items()}
_TYPES: Final[dict[str, dict[str, type]]] = {
    kind: {
        name: int if name in ("counter", *_INSTANTS) else bool if name in ("verified", "at_door") else str
        for name in names
    }
    for kind, names in _FIELDS.items()
}


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970 UTC: how instants are written.

    Examples
    --------
    >>> instant_of(microseconds(datetime(2021, 7, 25, 4, 30, tzinfo=UTC))).isoformat()
    '2021-07-25T04:30:00+00:00'
    """
    return (instant - _EPOCH) // _MICROSECOND


def instant_of(written: int) -> datetime:
    """The instant of so many microseconds since 1970 UTC.

    Raises
    ------
    OverflowError
        Outside the years 1 to 9999.
    """
    return _EPOCH + timedelta(microseconds=written)


def canonical(event: Envelope) -> bytes:
    """The one byte form of an event: compact JSON, sorted names and then the kind,
    instants as microseconds since 1970 UTC.

    Examples
    --------
    >>> at = datetime(2021, 7, 25, 4, 30, tzinfo=UTC)
    >>> e = Notified(event_id="0" * 32, code="C", place="V", actor="A", device="D", counter=1,
    ...              device_at=at, trusted_at=at)
    >>> parse(canonical(e)) == e
    True
    """
    template, fields_of, writers = _WRITING[event.kind]
    return (template % tuple([write(value) for write, value in zip(writers, fields_of(event))])).encode()


def _writing(kind: str) -> tuple[str, attrgetter[tuple[Any, ...]], tuple[Callable[[Any], str | int], ...]]:
    """How a kind is written: a template, its fields, and how each is put into it."""
    names = _NAMES[kind]
    slots = ",".join(f'"{name}":%s' for name in names)
    by_type: dict[type, Callable[[Any], str | int]] = {str: encode_basestring, bool: json.dumps, int: int}
    writers = [microseconds if name in _INSTANTS else by_type[_TYPES[kind][name]] for name in names]
    return f'{{{slots},"kind":"{kind}"}}', attrgetter(*names), tuple(writers)


_WRITING: Final = {kind: _writing(kind) for kind in KINDS}


def parse(data: bytes) -> Event:
    """The event of its canonical bytes; every field checked.

    Raises
    ------
    DataError
        Not JSON, of no known kind, a field missing, unknown or of the wrong type.
    """
    try:
        record = json.loads(data)
        kind = record.pop("kind")
        if {name: type(value) for name, value in record.items()} != _TYPES[kind]:
            raise TypeError(f"expected the fields {', '.join(sorted(_FIELDS[kind]))}, each of its type")
        record["device_at"] = instant_of(record["device_at"])
        record["trusted_at"] = instant_of(record["trusted_at"])
        record["mode"] = Mode(record["mode"])
        return KINDS[kind](**record)  # type: ignore[return-value]  # KINDS holds the members of the union only
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise DataError(
            "this is not an event",
            where=f"record {data[:60]!r}",
            expected="the JSON that evac.events.canonical writes",
            found=f"{type(error).__name__}: {error}",
            remedy="check the device's version",
        ) from error
