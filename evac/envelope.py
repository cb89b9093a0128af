"""What every event carries, and how its instants are written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import ClassVar, Final

from riskmap.errors import DataError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
ORDER: Final = attrgetter("trusted_at", "device", "counter", "event_id")
"""Key of an event in the order of events."""
NO_ONE: Final = "0" * 26
"""The code of what is about no one person."""


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
        Made by the device, unique: 32 hexadecimal digits; see ``event_id_at``.
    code : str
        Safety code of the person.
    place, actor : str
        Where it was entered (shelter, village, county office) and by whom.
    device, counter
        The device and its own running number, which never goes back.
    device_at : datetime
        What the device's clock said.
    trusted_at : datetime
        ``device_at`` plus the offset measured at the last sync, as the device worked it out when it made the event
        (``evac.log.trusted_time``). It never changes: a ``Received`` holds back what lies in the future.
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
    return _EPOCH + written * _MICROSECOND


def event_id_at(instant: datetime, bits: int) -> str:
    """An event id: milliseconds since 1970 UTC in 48 bits, then 80 random bits.

    Ids of one hour lie side by side in an index, as in RFC 9562's version 7, whose two fixed fields are random here: the
    ids salt the commitments of the chain.

    Parameters
    ----------
    instant : datetime
        What the device's clock says; a wrong one costs nothing but order in the index.
    bits : int
        80 random bits, from ``secrets.randbits(80)``.

    Examples
    --------
    >>> event_id_at(datetime(2021, 7, 25, tzinfo=UTC), 1)
    '017adaf61c0000000000000000000001'
    """
    return f"{microseconds(instant) // 1000 & (1 << 48) - 1:012x}{bits:020x}"
