"""One report of a danger, whichever way it came; and what people decided about reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from evac.asides import DangerJoined, DangerJudged, DangerParted, DangerReported, DangerSeen
from evac.dangers.rules import Kind, kind_of
from evac.envelope import ORDER, Envelope

REPORTS: Final = (DangerReported.kind, DangerSeen.kind)
DECISIONS: Final = (DangerJoined.kind, DangerParted.kind, DangerJudged.kind)
KINDS: Final = frozenset((*REPORTS, *DECISIONS))
"""Kinds of events that this package reads."""


class Point(NamedTuple):
    """A position [degree], WGS-84."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Report:
    """One report.

    Attributes
    ----------
    id : str
        Of its event.
    told : str
        The kind in the words that came.
    place : str
        Code of the region or id of the shelter; empty where not known.
    point : Point or None
    photo : str
        SHA-256 of the photo; empty where none.
    source : str
        Who tells, as a key that tells people apart and names none of the public; the same for all whom nobody can tell apart.
    named : bool
        Whether name or telephone are there, under seal.
    """

    id: str
    kind: Kind
    told: str
    where: str
    place: str
    point: Point | None
    photo: str
    channel: str
    source: str
    actor: str
    at: datetime
    named: bool = False

    @property
    def key(self) -> tuple[datetime, str]:
        """What reports are ordered by."""
        return self.at, self.id


def report_of(event: DangerReported | DangerSeen) -> Report:
    """The report of its event.

    Examples
    --------
    >>> from datetime import UTC
    >>> at = datetime(2021, 7, 25, 4, tzinfo=UTC)
    >>> told = DangerSeen(event_id="0" * 32, code="0" * 26, place="330902001001", actor="张三", device="D", counter=1,
    ...                   device_at=at, trusted_at=at, danger="slope", where="后山", point="30.012,122.1")
    >>> report_of(told).point, report_of(told).source
    (Point(latitude=30.012, longitude=122.1), 'staff 张三')
    """
    if isinstance(event, DangerReported):
        return Report(
            event.event_id, kind_of(event.danger), event.danger, event.where, event.place, None, "", "field",
            f"staff {event.actor}", event.actor, event.trusted_at, bool(event.sealed),
        )  # fmt: skip
    staff = event.channel == "field" and not event.reporter
    source = f"staff {event.actor}" if staff else f"public {event.reporter}"
    return Report(
        event.event_id, kind_of(event.danger), event.danger, event.where, event.place, point_of(event.point),
        event.photo, event.channel, source, event.actor, event.trusted_at, bool(event.sealed),
    )  # fmt: skip


def point_of(written: str) -> Point | None:
    """The point of ``latitude,longitude``; None where it is none: a report is never lost for its position.

    Examples
    --------
    >>> point_of("30.5,122.25"), point_of("somewhere"), point_of("95,122")
    (Point(latitude=30.5, longitude=122.25), None, None)
    """
    try:
        latitude, longitude = (float(part) for part in written.split(","))
    except ValueError:
        return None
    return Point(latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


class Told(NamedTuple):
    """Everything of dangers, sorted out of a log: reports, and decisions in order."""

    reports: tuple[Report, ...]
    joined: tuple[DangerJoined, ...]
    parted: tuple[DangerParted, ...]
    judged: tuple[DangerJudged, ...]


def told_of(events: Iterable[Envelope]) -> Told:
    """Reports and decisions among events, in any order; what is of other kinds is left out."""
    held = sorted({event.event_id: event for event in events}.values(), key=ORDER)
    return Told(
        tuple(report_of(e) for e in held if isinstance(e, DangerReported | DangerSeen)),
        tuple(e for e in held if isinstance(e, DangerJoined)),
        tuple(e for e in held if isinstance(e, DangerParted)),
        tuple(e for e in held if isinstance(e, DangerJudged)),
    )
