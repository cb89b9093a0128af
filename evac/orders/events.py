"""What happened to a document, as frozen records: signed, published, sent, received, retracted; then its tasks.

They stand in a log of their own, under the same hash chain as check-ins. A number is allotted in the record that signs, so
that there is no moment at which a number exists without its document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, TypeAlias, get_args

from evac.orders.base import DocumentEvent
from evac.orders.task_events import TaskRecord
from evac.record_form import RecordForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed(DocumentEvent):
    """Signed, and numbered in the same record.

    Attributes
    ----------
    issuer, series, year, number
        The number is the next of (issuer, series, year), from 1.
    type, region, event : str
        Id of the document type, code of the region, number of the storm: what a later one supersedes.
    title : str
    receivers : tuple of str
        主送 and 抄送: who will get it.
    exercise : bool
    supersedes : str
        Digest of the document that it replaces; empty if none.
    content : str
        The draft's JSON, whole: what was signed can be printed again after the run's folder is gone.
    message, identifier : str
        The CAP message as sent, and its identifier; empty if none goes with it.
    """

    kind: ClassVar[str] = "signed"
    issuer: str
    series: str
    year: int
    number: int
    type: str
    region: str
    event: str
    title: str
    receivers: tuple[str, ...]
    exercise: bool
    supersedes: str
    content: str
    message: str
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Published(DocumentEvent):
    """Its files are whole on disk: name and SHA-256 of each."""

    kind: ClassVar[str] = "published"
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(DocumentEvent):
    """Sent to one receiver, by which way."""

    kind: ClassVar[str] = "sent"
    receiver: str
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(DocumentEvent):
    """Answered by a named person (叫应)."""

    kind: ClassVar[str] = "received"
    receiver: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retracted(DocumentEvent):
    """Taken back, and by which document; a number that was never published is cancelled so, and stays in the log."""

    kind: ClassVar[str] = "retracted"
    reason: str
    notice: str


Record: TypeAlias = Signed | Published | Sent | Received | Retracted | TaskRecord
"""The closed union of what can happen to a document and to the tasks that it sets."""

KINDS: Final[dict[str, type[DocumentEvent]]] = {cls.kind: cls for cls in get_args(Record)}
_FORM: Final = RecordForm[Record]("documents", KINDS)


def canonical(record: Record) -> bytes:
    """The one byte form of a record: compact JSON, sorted names, instants as microseconds since 1970 UTC.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> sent = Sent(draft="0" * 64, at=datetime(2021, 7, 24, 4, 30, tzinfo=UTC), by="甲", receiver="乙县防指", way="传真")
    >>> parse(canonical(sent)) == sent
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
