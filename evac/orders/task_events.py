"""What happens to one receiver's task, as frozen records: facts, commands, and what the clock did.

**Facts** are what receivers and channels say; they are always kept, whatever the state. **Commands** are the issuer's
decisions and the only ones that can be refused. ``Escalated`` is written by the loop itself, once for each key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, TypeAlias

from evac.orders.base import TaskEvent
from riskmap.errors import DataError


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(TaskEvent):
    """Fact: a named person took the task on (受理)."""

    kind: ClassVar[str] = "accepted"
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(TaskEvent):
    """Fact: work has begun (办理中)."""

    kind: ClassVar[str] = "started"
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported(TaskEvent):
    """Fact: what was done so far (反馈).

    Attributes
    ----------
    person : str
        Who reports for the receiver.
    action : str
        已采取措施.
    evidence : tuple of str
        Photo hashes, list numbers, files: what a reviewer can look at. A report without any is kept and cannot be verified.
    done : float
        完成率, 0 to 1; 1 claims that the task is finished.
    """

    kind: ClassVar[str] = "reported"
    person: str
    action: str
    evidence: tuple[str, ...]
    done: float

    def __post_init__(self) -> None:
        TaskEvent.__post_init__(self)
        if not 0 <= self.done <= 1:
            raise DataError(
                "not a share", where=f"document {self.draft[:16]}, report of {self.receiver}",
                expected="完成率 from 0 to 1", found=str(self.done), remedy="45 % is 0.45",
            )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined(TaskEvent):
    """Fact: the receiver says that the task is not theirs or cannot be done (退件); the issuer must decide."""

    kind: ClassVar[str] = "declined"
    person: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionAsked(TaskEvent):
    """Fact: more time was asked for (申请延期)."""

    kind: ClassVar[str] = "extension_asked"
    instants: ClassVar[tuple[str, ...]] = ("at", "until")
    person: str
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(TaskEvent):
    """Fact: what the registry counted for the region of a transfer order (应转, 已转)."""

    kind: ClassVar[str] = "counted"
    to_move: int
    moved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(TaskEvent):
    """Fact: what one attempt of a channel came to.

    Attributes
    ----------
    key : str
        Of the ``Outgoing``.
    purpose, outcome : str
        Words of ``outbox.Purpose`` and ``outbox.Outcome``.
    to : str
        The office that it was for.
    way, detail, reference : str
        As in ``outbox.Handover``.
    """

    kind: ClassVar[str] = "delivery"
    key: str
    purpose: str
    outcome: str
    to: str
    way: str
    detail: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified(TaskEvent):
    """Command: somebody else than the reporter looked at the evidence, and it holds (核查)."""

    kind: ClassVar[str] = "verified"
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBack(TaskEvent):
    """Command: the report or the refusal does not hold; do it (again) (退回重办)."""

    kind: ClassVar[str] = "sent_back"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(TaskEvent):
    """Command: the task is done, verified and struck off (销号)."""

    kind: ClassVar[str] = "closed"
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(TaskEvent):
    """Command: the receiver is let off (撤销), with the reason: an ending without the work."""

    kind: ClassVar[str] = "withdrawn"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended(TaskEvent):
    """Command: the time that was asked for is granted, or less of it (批准延期)."""

    kind: ClassVar[str] = "extended"
    instants: ClassVar[tuple[str, ...]] = ("at", "until")
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRefused(TaskEvent):
    """Command: no more time (不予延期)."""

    kind: ClassVar[str] = "extension_refused"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated(TaskEvent):
    """The loop's own step after a deadline passed: reminder, then rung after rung.

    Attributes
    ----------
    key : str
        Of (document, receiver, clock, which one, rung, repeat): the log takes each once.
    clock : str
        Which deadline: see ``deadlines.CLOCKS``.
    nth : int
        Which one of its kind: feedback is due again and again.
    rung, measure : str
        Id of the rung and its Chinese words; see ``rules.toml``.
    due_at : datetime
        When this step was due; ``at`` is when it was taken.
    late, told : str
        The office that is late, and the office that is told.
    problem : str
    evidence : tuple of str
    content : str
        The 工作督办单 drafted at that rung, as ``riskmap.products.draft_json.draft_json`` writes it; else empty.
    finish_by : datetime or None
        What the 工作督办单 demands.
    """

    kind: ClassVar[str] = "escalated"
    instants: ClassVar[tuple[str, ...]] = ("at", "due_at")
    open_instants: ClassVar[tuple[str, ...]] = ("finish_by",)
    key: str
    clock: str
    nth: int
    rung: str
    measure: str
    due_at: datetime
    late: str
    told: str
    problem: str
    evidence: tuple[str, ...]
    content: str
    finish_by: datetime | None


Fact: TypeAlias = Accepted | Started | Reported | Declined | ExtensionAsked | Counted | Delivery
Command: TypeAlias = Verified | SentBack | Closed | Withdrawn | Extended | ExtensionRefused
TaskRecord: TypeAlias = Fact | Command | Escalated
"""The closed union of what happens to a task after it was sent."""

COMMANDS: Final[tuple[type[TaskEvent], ...]] = (
    Verified,
    SentBack,
    Closed,
    Withdrawn,
    Extended,
    ExtensionRefused,
)
