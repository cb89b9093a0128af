"""What happened to people, as frozen records: a closed union over one envelope.

A check-in is a fact and is always stored. Only commands (``COMMANDS``) can be refused, with the reason. Events are the same on
every route: nothing in them is changed when they are received or merged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from json.encoder import encode_basestring
from operator import attrgetter, call
from typing import Any, ClassVar, Final, TypeAlias, get_args

from evac import asides
from evac.envelope import NO_ONE, ORDER, Envelope, Mode, instant_of, microseconds
from riskmap.errors import DataError

__all__ = ["NO_ONE", "ORDER", "Envelope", "Mode", "instant_of", "microseconds"]


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
class Corrected(Envelope):
    """The entry on the list was wrong: what stays empty stays as it was.

    ``sealed`` holds what else changed, as JSON that the emergency's vault has sealed, in base64.
    """

    kind: ClassVar[str] = "corrected"
    county: str = ""
    category: str = ""
    sealed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedAtDoor(Corrected):
    """What a door says of somebody whom only doors have registered: it changes nothing of who is on the list."""

    kind: ClassVar[str] = "corrected_at_door"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged(Envelope):
    """Command: this code and ``into`` are one person, who counts once, under ``into``; undone, they are two again."""

    kind: ClassVar[str] = "merged"
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Envelope):
    """Event ``target`` was here at ``trusted_at`` and so is no later than that, whatever its device's clock said.

    Made by whoever receives an event from the future; see ``receipt_of``.
    """

    kind: ClassVar[str] = "received"
    target: str


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
    | Corrected
    | CorrectedAtDoor
    | Merged
    | Received
    | Undone
    | asides.Aside
)
"""The closed union of everything that can happen."""

KINDS: Final[dict[str, type[Envelope]]] = {cls.kind: cls for cls in get_args(Event)}
"""Kind -> class."""

COMMANDS: Final = frozenset(
    cls.kind
    for cls in (Prepared, Ordered, Exempted, Withdrawn, ReturnAllowed, ReturnHeld, Closed, Merged, Undone)
)
"""Kinds that can be refused; everything else is a fact."""

ASIDE: Final = frozenset(kind for kind, cls in KINDS.items() if cls.__module__ == asides.__name__)
"""Facts that change no state."""

ABOUT_EVENTS: Final = frozenset({Merged.kind, Received.kind, Undone.kind})
"""Kinds that say how other events are to be read; only the whole fold can honour them."""

_FIELDS: Final = {kind: tuple(f.name for f in fields(cls)) for kind, cls in KINDS.items()}
_INSTANTS: Final = ("device_at", "trusted_at")
_COUNTS: Final = ("counter", "quantity", "count", "crew", "ashore", "round", "score")
_NAMES: Final = {kind: tuple(sorted(names)) for kind, names in _FIELDS.items()}
_TYPES: Final[dict[str, dict[str, type]]] = {
    kind: {
        name: int
        if name in (*_COUNTS, *_INSTANTS)
        else bool
        if name in ("verified", "at_door", "ok")
        else str
        for name in names
    }
    for kind, names in _FIELDS.items()
}


def canonical(event: Envelope) -> bytes:
    """The one byte form of an event: compact JSON, sorted names and then the kind, instants as microseconds since 1970 UTC.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2021, 7, 25, 4, 30, tzinfo=UTC)
    >>> e = Notified(event_id="0" * 32, code="C", place="V", actor="A", device="D", counter=1, device_at=at, trusted_at=at)
    >>> parse(canonical(e)) == e
    True
    """
    template, fields_of, writers = _WRITING[event.kind]
    return (template % tuple(map(call, writers, fields_of(event)))).encode()


def _writing(kind: str) -> tuple[str, attrgetter[tuple[Any, ...]], tuple[Callable[[Any], str | int], ...]]:
    """How a kind is written: a template, its fields, and how each is put into it."""
    names = _NAMES[kind]
    slots = ",".join(f'"{name}":%s' for name in names)
    by_type: dict[type, Callable[[Any], str | int]] = {str: encode_basestring, bool: json.dumps, int: int}
    writers = [microseconds if name in _INSTANTS else by_type[_TYPES[kind][name]] for name in names]
    return f'{{{slots},"kind":"{kind}"}}', attrgetter(*names), tuple(writers)


_WRITING: Final = {kind: _writing(kind) for kind in KINDS}


def receipt_of(event: Envelope, received_at: datetime) -> Received:
    """What holds an event back at its receipt; the same receipt makes the same record, wherever it is made.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2021, 7, 25, 4, 30, tzinfo=UTC)
    >>> e = Notified(event_id="0" * 32, code="C", place="V", actor="A", device="D", counter=1, device_at=at, trusted_at=at)
    >>> receipt_of(e, at) == receipt_of(e, at)
    True
    """
    told = f"received {event.event_id} {microseconds(received_at)}"
    return Received(
        event_id=hashlib.blake2b(told.encode(), digest_size=16).hexdigest(), code=event.code, place="", actor="", device="",
        counter=0, device_at=received_at, trusted_at=received_at, mode=Mode.OFFLINE, target=event.event_id,
    )  # fmt: skip


def parse(data: bytes) -> Event:
    """The event of its canonical bytes; every field checked.

    Raises
    ------
    DataError
        Not JSON, of no known kind, a field missing, unknown or of the wrong type.
    """
    try:
        record = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _no_event(data, error) from error
    return event_of_record(record)


def event_of_record(record: Any) -> Event:
    """The event of its JSON object, which is left as it is; every field checked.

    Raises
    ------
    DataError
        Of no known kind, a field missing, unknown or of the wrong type.
    """
    given = record
    try:
        record = dict(record)
        kind = record.pop("kind")
        if {name: type(value) for name, value in record.items()} != _TYPES[kind]:
            raise TypeError(f"expected the fields {', '.join(sorted(_FIELDS[kind]))}, each of its type")
        record["device_at"] = instant_of(record["device_at"])
        record["trusted_at"] = instant_of(record["trusted_at"])
        record["mode"] = Mode(record["mode"])
        return KINDS[kind](**record)  # type: ignore[return-value]  # KINDS holds the members of the union only
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise _no_event(given, error) from error


def _no_event(given: Any, error: Exception) -> DataError:
    return DataError(
        "this is not an event",
        where=f"record {str(given)[:60]!r}",
        expected="the JSON that evac.events.canonical writes",
        found=f"{type(error).__name__}: {error}",
        remedy="check the device's version",
    )
