"""What every record of the log of documents carries, and of those that belong to one receiver's task."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from evac.record_form import LogRecord
from riskmap.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentEvent(LogRecord):
    """What every record carries.

    Attributes
    ----------
    draft : str
        Digest of the draft, 64 hexadecimal digits: the document's identity.
    at : datetime
        When, with time zone.
    by : str
        The named person who did it; of what the machine did by itself, the program's name.
    """

    draft: str
    at: datetime
    by: str

    def __post_init__(self) -> None:
        times = [getattr(self, name) for name in self.instants]
        times += [t for name in self.open_instants if (t := getattr(self, name)) is not None]
        if any(t is None or t.tzinfo is None for t in times) or not self.by.strip():
            raise DataError(
                "a document's record without a time zone or a name",
                where=f"document {self.draft[:16]}, {self.kind}",
                expected="a timezone-aware instant, and the person who did it",
                found=f"{self.at}, {self.by!r}",
                remedy="name the person; attach the zone where the time is read",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEvent(DocumentEvent):
    """What belongs to one receiver's task.

    Attributes
    ----------
    receiver : str
        The office whose task it is, by the name under which it was addressed.
    """

    receiver: str

    def __post_init__(self) -> None:
        DocumentEvent.__post_init__(self)  # super() does not work in a class with slots
        if not self.receiver.strip():
            raise DataError(
                "a task's record without a receiver", where=f"document {self.draft[:16]}, {self.kind}",
                expected="the office whose task it is", found=repr(self.receiver), remedy="name the office",
            )  # fmt: skip
