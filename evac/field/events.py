"""What happens in the field, as frozen records of one log: what was entered, observed, judged, sent, said and alarmed.

No record holds a name or a telephone number in clear: workers stand under their number, the rest is sealed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, TypeAlias, get_args

from evac.record_form import LogRecord, RecordForm
from riskmap.errors import DataError

PROGRAM: Final = "evac field(自动,非人工)"
"""In whose name the machine writes: no person's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRecord(LogRecord):
    """What every record carries.

    Attributes
    ----------
    id : str
        The same id counts once.
    at : datetime
        When it happened by the clock of whoever says so, with time zone; the book holds it to no later than its receipt.
    by : str
        The device, person (by number or post) or program that says so.
    """

    id: str
    at: datetime
    by: str

    def __post_init__(self) -> None:
        naive = [name for name in self.instants if getattr(self, name).tzinfo is None]
        if naive or not self.id.strip() or not self.by.strip():
            raise DataError(
                "a record of the field that cannot be", where=f"{self.kind} {self.id[:16]}",
                expected="an id, who says so, and a time zone", found=f"{self.id!r}, {self.by!r}, without zone: {naive}",
                remedy="name the device or person; attach the zone where the time is read",
            )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered(FieldRecord):
    """A worker, gauge, camera or village was put on the register, or changed there.

    Attributes
    ----------
    what : str
        A ``Thing``.
    key : str
        Its number or code.
    told : str
        What everybody may know of it, as JSON.
    sealed : str
        Name and telephone under the event's key, hexadecimal; empty where there are none.
    """

    kind: ClassVar[str] = "entered"
    what: str
    key: str
    told: str
    sealed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched(FieldRecord):
    """The watch over silent villages of a region begins or ends: with the response, or by a named person."""

    kind: ClassVar[str] = "watched"
    region: str
    begins: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed(FieldRecord):
    """What a sensor said, as it said it; ``at`` is its own clock's time.

    Attributes
    ----------
    source : str
        Id of the gauge or camera.
    value : float or None
        In the unit of the gauge's kind [mm or m]; None for a camera.
    event : str
        Of a camera: what was seen.
    tier : int or None
        Of a camera: the tier that is claimed.
    """

    kind: ClassVar[str] = "observed"
    source: str
    value: float | None = None
    event: str = ""
    tier: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(FieldRecord):
    """A tier that an observation speaks for; a person confirms it or does not, and it lowers nothing.

    Attributes
    ----------
    cause : str
        Id of the observation.
    source, name, region : str
    longitude, latitude : float
    hazard : str
    tier : int or None
        None is grey: nothing says what the value means here.
    claimed : bool
        Said by an operator or an algorithm (``by``), not measured.
    flags : tuple of str
        What is wrong with the observation, in Chinese and English; empty where nothing was found.
    value, threshold : float or None
    units : str
    words : str
        Why, in Chinese.
    """

    kind: ClassVar[str] = "candidate"
    cause: str
    source: str
    name: str
    region: str
    longitude: float
    latitude: float
    hazard: str
    tier: int | None
    claimed: bool
    flags: tuple[str, ...]
    value: float | None
    threshold: float | None
    units: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasked(FieldRecord):
    """A task for the command room or for a worker; one of the room for each candidate.

    Attributes
    ----------
    candidate : str
        Id of the candidate.
    desk : str
        A ``Desk``.
    due_at : datetime
        Until when it must be taken on (room) or arrived at (worker).
    """

    kind: ClassVar[str] = "tasked"
    instants: ClassVar[tuple[str, ...]] = ("at", "due_at")
    candidate: str
    desk: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(FieldRecord):
    """A worker was called to a task.

    Attributes
    ----------
    task, worker : str
    nearness : str
        ``cell``, ``village``, ``town`` or ``county``.
    distance : float or None
        From the worker's post [m]; None where it is not known.
    checked : str
        What was known of the danger there, in words.
    answer_by, arrive_by, back_by : datetime
    """

    kind: ClassVar[str] = "sent"
    instants: ClassVar[tuple[str, ...]] = ("at", "answer_by", "arrive_by", "back_by")
    task: str
    worker: str
    nearness: str
    distance: float | None
    checked: str
    answer_by: datetime
    arrive_by: datetime
    back_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent(FieldRecord):
    """Nobody was sent, and why: the command room decides."""

    kind: ClassVar[str] = "unsent"
    task: str
    why: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSaid(FieldRecord):
    """What a worker said, of a task or of himself; ``says`` is one of ``Says``."""

    kind: ClassVar[str] = "worker_said"
    worker: str
    says: str
    task: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSaid(FieldRecord):
    """What the command room said of a task or an alarm; ``decision`` is one of ``Decision``."""

    kind: ClassVar[str] = "room_said"
    about: str
    decision: str
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageSaid(FieldRecord):
    """A village was heard of; ``at`` is when it spoke, whenever that was written down.

    Attributes
    ----------
    village : str
        12 digits.
    channel : str
        By which way: see ``three_cuts.CHANNELS``.
    report : str
        The three-cuts report in its fixed form; empty where only a word came through.
    """

    kind: ClassVar[str] = "village_said"
    village: str
    channel: str
    report: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarmed(FieldRecord):
    """The clock's own step: something that should have happened did not.

    Attributes
    ----------
    about : str
        Of which kind it is: a ``Kind``.
    subject : str
        Worker, village or sensor.
    task : str
        Empty where it is about none.
    due_at : datetime
        When it was due; ``at`` is when it was noticed.
    words : str
    """

    kind: ClassVar[str] = "alarmed"
    instants: ClassVar[tuple[str, ...]] = ("at", "due_at")
    about: str
    subject: str
    task: str
    due_at: datetime
    words: str


Record: TypeAlias = (
    Entered
    | Watched
    | Observed
    | Candidate
    | Tasked
    | Sent
    | Unsent
    | WorkerSaid
    | RoomSaid
    | VillageSaid
    | Alarmed
)
"""The closed union of what can happen in the field."""
KINDS: Final[dict[str, type[FieldRecord]]] = {record.kind: record for record in get_args(Record)}
_FORM: Final = RecordForm[Record]("the field", KINDS)


def id_of(*parts: object) -> str:
    """An id made of what it is of, 32 hexadecimal digits: the same on every machine, so that it counts once."""
    return hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def canonical(record: Record) -> bytes:
    """The one byte form of a record: compact JSON, sorted names, instants as microseconds since 1970 UTC.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac.field.terms import Says
    >>> said = WorkerSaid(id="1", at=datetime(2021, 7, 24, tzinfo=UTC), by="W1", worker="W1", says=Says.BACK)
    >>> parse(canonical(said)) == said
    True
    """
    return _FORM.canonical(record)


def parse(data: bytes) -> Record:
    """The record of its canonical bytes.

    Raises
    ------
    DataError
        Not JSON, of no known kind, or a field missing, unknown or of the wrong type.
    """
    return _FORM.parse(data)
