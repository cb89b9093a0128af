"""What happened to a response, as frozen records: started, raised, lowered, ended (结束响应), transfers released (解除转移).

Two endings, and neither implies the other: a response may end while slope-side houses are still held, and people may go
home while the response stays in force at a lower level.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, TypeAlias, get_args

from evac.record_form import LogRecord, RecordForm
from evac.response.levels import Level, unit_of
from evac.response.situation import KINDS
from riskmap.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseEvent(LogRecord):
    """What every record carries.

    Attributes
    ----------
    id : str
        Random or derived by the sender; the same id counts once.
    event : str
        Number of the storm or flood, e.g. ``2106``.
    region : str
        Code of the office's region, 2 to 12 digits.
    of : str
        Kind of response: ``typhoon``, ``flood``, ``geology``, ``tide``.
    exercise : bool
        A drill's records never mix with real ones.
    at : datetime
        When it takes effect, with time zone.
    by, post : str
        The named person who decided, and their post (省防指指挥).
    reason : str
        In words; a row of the rule table may be quoted.
    """

    id: str
    event: str
    region: str
    of: str
    exercise: bool
    at: datetime
    by: str
    post: str
    reason: str

    def __post_init__(self) -> None:
        unit_of(self.region, where=f"response {self.kind}, region")
        empty = [name for name in ("id", "event", "by", "reason") if not getattr(self, name).strip()]
        if empty or self.at.tzinfo is None or self.of not in KINDS:
            raise DataError(
                "a record of a response that cannot be", where=f"response {self.kind}, region {self.region}",
                expected=f"an id, a storm, a named person, a reason, a time zone, and one of {', '.join(KINDS)}",
                found=f"empty: {', '.join(empty) or 'none'}; at {self.at}; of {self.of!r}",
                remedy="a response is a named person's decision: name who decided, and why",
            )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(ResponseEvent):
    """Started at a level (启动)."""

    kind: ClassVar[str] = "started"
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised(ResponseEvent):
    """Raised to a level (提升)."""

    kind: ClassVar[str] = "raised"
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered(ResponseEvent):
    """Lowered to a level (调整); to none is ``Ended``."""

    kind: ClassVar[str] = "lowered"
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(ResponseEvent):
    """The response ended (结束响应). Orders to move stay in force until they are released."""

    kind: ClassVar[str] = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Released(ResponseEvent):
    """Transfers released (解除转移) by an order's number. The response stays as it is.

    Attributes
    ----------
    order : str
        Number of the 解除转移 document.
    """

    kind: ClassVar[str] = "released"
    order: str


ResponseRecord: TypeAlias = Started | Raised | Lowered | Ended | Released
"""The closed union of what can happen to a response."""

KINDS_OF_RECORD: Final[dict[str, type[ResponseEvent]]] = {c.kind: c for c in get_args(ResponseRecord)}
_FORM: Final = RecordForm[ResponseRecord]("responses", KINDS_OF_RECORD, readers={"level": Level})


def canonical(record: ResponseRecord) -> bytes:
    """The one byte form of a record: compact JSON, sorted names, instants as microseconds since 1970 UTC.

    Examples
    --------
    >>> from datetime import UTC
    >>> ended = Ended(id="a1", event="2106", region="33", of="typhoon", exercise=True,
    ...               at=datetime(2021, 7, 28, tzinfo=UTC), by="甲", post="省防指", reason="影响结束")
    >>> parse(canonical(ended)) == ended
    True
    """
    return _FORM.canonical(record)


def parse(data: bytes) -> ResponseRecord:
    """The record of its canonical bytes.

    Raises
    ------
    DataError
        Not JSON, of no known kind, or a field missing, unknown or of the wrong type.
    """
    return _FORM.parse(data)
