"""One task for each document and receiver, as a fold of the log: how far it is, and what was demanded of whom by when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final

from evac.envelope import microseconds
from evac.log import Sealed
from evac.orders import task_events as te
from evac.orders.events import Published, Received, Record, Retracted, Sent, Signed, parse
from evac.orders.outbox import Outcome, Purpose
from evac.orders.refusals import refusal
from evac.orders.rules import LoopRules, bundled_rules
from evac.orders.terms import Terms, terms_of, unknown_terms
from riskmap.errors import DataError


class Stage(Enum):
    """How far a task is: English, Chinese."""

    SIGNED = ("signed", "已签发")
    SENT = ("sent", "已发送")
    RECEIVED = ("received", "已叫应")
    ACCEPTED = ("accepted", "已受理")
    IN_PROGRESS = ("in progress", "办理中")
    DECLINED = ("declined", "退件待定")
    REPORTED = ("reported", "已反馈")
    SENT_BACK = ("sent back", "退回重办")
    VERIFIED = ("verified", "已核查")
    CLOSED = ("closed", "已销号")
    WITHDRAWN = ("withdrawn", "已撤销")
    SUPERSEDED = ("superseded", "已被替代")
    RETRACTED = ("retracted", "已撤回")

    @property
    def english(self) -> str:
        """The English word."""
        return str(self.value[0])

    @property
    def chinese(self) -> str:
        """The Chinese word."""
        return str(self.value[1])


ENDED: Final = frozenset({Stage.CLOSED, Stage.WITHDRAWN, Stage.SUPERSEDED, Stage.RETRACTED})
_BEFORE: Final = {
    Stage.SENT: frozenset({Stage.SIGNED}),
    Stage.RECEIVED: frozenset({Stage.SIGNED, Stage.SENT}),
    Stage.ACCEPTED: frozenset({Stage.SIGNED, Stage.SENT, Stage.RECEIVED, Stage.DECLINED}),
    Stage.IN_PROGRESS: frozenset(
        {Stage.SIGNED, Stage.SENT, Stage.RECEIVED, Stage.ACCEPTED, Stage.DECLINED, Stage.SENT_BACK}
    ),
}
"""From where a receiver's word moves a task on; from anywhere else it is kept and moves nothing."""
_COUNTED: Final = 10**9
"""Below this the number of a step is a count of words, as earlier versions wrote it, and no instant in microseconds."""


@dataclass(slots=True)
class Task:
    """What one receiver must do about one document; a state, changed by ``TaskBook`` alone.

    Attributes
    ----------
    acting : bool
        False for 抄送 and for documents that only tell: to be answered, and no more.
    sent_at, received_at, accepted_at, verified_at, ended_at : datetime or None
    person : str
        Who answered.
    reports : list
        In the order in which they were made, whenever they were noted; ``reported_at`` are their instants.
    returns, granted : list
        What was sent back or granted, in the order of the log.
    redo : bool
        Sent back, and not reported since.
    refusing : Declined or None
        A refusal that nobody has decided on.
    asked : ExtensionAsked or None
        A request that nobody has decided on.
    counted : Counted or None
        The newest count, by when it was made.
    taken_on : dict
        ``ACCEPTED`` and ``IN_PROGRESS`` -> when it was last said.
    steps : dict
        (clock, which one of its kind) -> what the loop did about it.
    late_facts : list
        What came after the end; kept, and answered.
    """

    terms: Terms
    receiver: str
    acting: bool
    stage: Stage = Stage.SIGNED
    sent_at: datetime | None = None
    received_at: datetime | None = None
    accepted_at: datetime | None = None
    verified_at: datetime | None = None
    ended_at: datetime | None = None
    person: str = ""
    reports: list[te.Reported] = field(default_factory=list)
    reported_at: list[datetime] = field(default_factory=list)
    returns: list[te.SentBack] = field(default_factory=list)
    returned_at: datetime | None = None
    redo: bool = False
    refusing: te.Declined | None = None
    refused_at: datetime | None = None
    asked: te.ExtensionAsked | None = None
    asked_at: datetime | None = None
    granted: list[te.Extended] = field(default_factory=list)
    counted: te.Counted | None = None
    counted_at: datetime | None = None
    steps: dict[tuple[str, int], list[te.Escalated]] = field(default_factory=dict)
    deliveries: list[te.Delivery] = field(default_factory=list)
    late_facts: list[te.Reported | te.Declined] = field(default_factory=list)
    taken_on: dict[Stage, datetime] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Document and receiver in one word, for keys."""
        return f"{self.terms.signed.draft}|{self.receiver}"

    @property
    def open(self) -> bool:
        """Whether anything is still to be done about it."""
        return self.stage not in ENDED and (self.acting or self.received_at is None)

    @property
    def claimed(self) -> bool:
        """Whether the last word is a report that says it is finished."""
        return self.stage is Stage.REPORTED and self.reports[-1].done >= 1

    def nth(self, clock: str) -> int:
        """Which one of its kind a clock is that runs from a word: the instant that the word names itself; 0 where it runs from none.

        A book that moves a word for a clock that was wrong so begins no chain anew.
        """
        word: te.TaskRecord | None = None
        if clock == "decide":
            word = self.refusing
        elif clock == "extension":
            word = self.asked
        elif clock == "feedback" and self.redo:
            word = self.returns[-1]
        elif clock in ("verify", "repeat") and self.reports:
            word = self.reports[-1]
        return 0 if word is None else microseconds(word.at)

    def _answered(self, at: datetime, person: str) -> None:
        """Any word of the receiver answers the call."""
        if self.received_at is None or at < self.received_at:
            self.received_at, self.person = at, person

    def _move(self, stage: Stage) -> None:
        if self.stage in _BEFORE[stage]:
            self.stage = stage

    def take(self, record: te.TaskRecord | Sent | Received, at: datetime) -> None:
        """Fold one record in; ``at`` is when it happened, and no later than when it was noted."""
        if isinstance(record, Sent):
            self._sent(at)
        elif isinstance(record, Received):
            self._answered(at, record.person)
            self._move(Stage.RECEIVED)
        elif isinstance(record, te.Delivery):
            self.deliveries.append(record)
            gone = record.outcome in (Outcome.DELIVERED, Outcome.HANDED)
            if gone and record.purpose == Purpose.DOCUMENT and record.to == self.receiver:
                self._sent(at)
        elif isinstance(record, te.Escalated):
            step = record if at == record.at else replace(record, at=at)  # a clock ran ahead then
            # a step of an earlier version has the number of the word that was the last when it was taken
            nth = (self.nth(record.clock) or record.nth) if 0 < record.nth < _COUNTED else record.nth
            self.steps.setdefault((record.clock, nth), []).append(step)
        elif isinstance(record, te.Counted):
            if self.counted_at is None or at >= self.counted_at:
                self.counted, self.counted_at = record, at
        elif isinstance(record, te.COMMANDS):
            self._command(record, at)
        else:
            self._fact(record, at)

    def _sent(self, at: datetime) -> None:
        self.sent_at = at if self.sent_at is None else min(self.sent_at, at)
        self._move(Stage.SENT)

    def _fact(self, record: Any, at: datetime) -> None:
        self._answered(at, record.person)
        if self.stage in ENDED:
            if isinstance(record, te.Reported | te.Declined):
                self.late_facts.append(record)
            return
        if isinstance(record, te.Accepted):
            self.accepted_at = at if self.accepted_at is None else min(self.accepted_at, at)
            self._take_on(Stage.ACCEPTED, at)
        elif isinstance(record, te.Started):
            self._take_on(Stage.IN_PROGRESS, at)
        elif isinstance(record, te.Reported):
            self._reported(record, at)
        elif isinstance(record, te.Declined):
            self._declined(record, at)
        elif isinstance(record, te.ExtensionAsked) and (self.asked_at is None or at >= self.asked_at):
            self.asked, self.asked_at = record, at  # when it was said outlives the decision on it

    # What was noted late moves nothing that was said after it: paper is typed in when there is time.

    def _newest(self, at: datetime) -> bool:
        """Whether a report or refusal is the last word: no other was said later, and it was not sent back since."""
        later = (*self.reported_at[-1:], self.refused_at, self.returned_at)
        return all(other is None or at >= other for other in later)

    def _take_on(self, stage: Stage, at: datetime) -> None:
        self.taken_on[stage] = max(at, self.taken_on.get(stage, at))
        if self.stage is not Stage.DECLINED or self.refused_at is None or at >= self.refused_at:
            self.refusing = None  # who takes it on after all refuses it no more
            self._move(stage)

    def _reported(self, record: te.Reported, at: datetime) -> None:
        last = self._newest(at)
        place = bisect_right(self.reported_at, at)
        self.reports.insert(place, record)
        self.reported_at.insert(place, at)
        if last:
            self.refusing, self.redo = None, False
            self.verified_at = None  # a later word has to be looked at again
            self.stage = Stage.REPORTED

    def _declined(self, record: te.Declined, at: datetime) -> None:
        if self._newest(at):
            self.refused_at, self.verified_at = at, None
            since = [
                s for s in (Stage.IN_PROGRESS, Stage.ACCEPTED) if s in self.taken_on and self.taken_on[s] > at
            ]
            self.refusing = None if since else record
            self.stage = since[0] if since else Stage.DECLINED

    def _command(self, record: Any, at: datetime) -> None:
        if isinstance(record, te.Verified):
            self.verified_at, self.stage = at, Stage.VERIFIED
        elif isinstance(record, te.SentBack):
            self.returns.append(record)
            self.returned_at, self.verified_at, self.refusing, self.redo = at, None, None, True
            self.stage = Stage.SENT_BACK
        elif isinstance(record, te.Closed):
            self.end(Stage.CLOSED, at)
        elif isinstance(record, te.Withdrawn):
            self.end(Stage.WITHDRAWN, at)
        elif isinstance(record, te.Extended):
            self.granted.append(record)
            self.asked = None
        elif isinstance(record, te.ExtensionRefused):
            self.asked = None

    def end(self, stage: Stage, at: datetime) -> None:
        """Nothing more is to be done; the first end stays."""
        if self.stage not in ENDED:
            self.stage, self.ended_at = stage, at


class TaskBook:
    """Every task of a log. ``add`` takes records in the order of the log; the same log gives the same book.

    Attributes
    ----------
    terms : dict
        Draft -> what the document demands.
    tasks : dict
        (draft, receiver) -> task.
    keys, digests : set
        Of steps and deliveries, and of every record: what is in the log is not written again.
    published : set of str
        Drafts whose files are whole on disk: what may be sent.
    refused : int
        Commands in the log that were illegal where they stand: another program wrote them; they change nothing.
    unreadable : list of str
        Documents whose draft is damaged; they go by the times of orange.
    last_at : datetime or None
        The latest time of receipt.
    """

    def __init__(self, entries: Iterable[Sealed] = (), *, rules: LoopRules | None = None) -> None:
        self.terms: dict[str, Terms] = {}
        self.tasks: dict[tuple[str, str], Task] = {}
        self.keys: set[str] = set()
        self.digests: set[bytes] = set()
        self.published: set[str] = set()
        self.refused = 0
        self.unreadable: list[str] = []
        self.last_at: datetime | None = None
        self.rules = rules or bundled_rules()
        self._of: dict[str, list[Task]] = {}
        for entry in entries:
            self.take(entry)

    def take(self, entry: Sealed, *, not_after: datetime | None = None) -> tuple[Task, ...]:
        """Fold one entry of the log in; which tasks it touched. What came in later than ``not_after`` came in then."""
        self.digests.add(entry.digest)
        noted_at = entry.received_at if not_after is None else min(entry.received_at, not_after)
        return self.add(parse(entry.body), noted_at)

    def add(self, record: Record, noted_at: datetime) -> tuple[Task, ...]:
        """Fold one record in.

        Parameters
        ----------
        record : Record
        noted_at : datetime
            When it came into the log: what is said to have happened later happened then, whatever that clock showed.

        Returns
        -------
        tuple of Task
            Those that it touched.
        """
        at = min(record.at, noted_at)
        self.last_at = noted_at if self.last_at is None else max(self.last_at, noted_at)
        if isinstance(record, Signed):
            return self._sign(record, at)
        if record.draft not in self.terms:
            return ()
        if isinstance(record, Retracted):
            return tuple(self._end(record.draft, Stage.RETRACTED, at))
        if isinstance(record, Published):
            self.published.add(record.draft)
            return self.of(record.draft)
        if isinstance(record, te.COMMANDS):
            held = self.tasks.get((record.draft, record.receiver))
            if held is None or refusal(held, record):
                self.refused += 1
                return ()
        if isinstance(record, te.Escalated):
            if record.key in self.keys:
                return ()
            self.keys.add(record.key)
        task = self._task(record.draft, record.receiver)
        task.take(record, at)
        return (task,)

    def _sign(self, record: Signed, at: datetime) -> tuple[Task, ...]:
        touched = list(self._end(record.supersedes, Stage.SUPERSEDED, at)) if record.supersedes else []
        try:
            terms = terms_of(record)
        except DataError:  # one damaged document stops no other, and its receivers are asked all the same
            self.unreadable.append(record.draft)
            terms = unknown_terms(record)
        self.terms[record.draft] = terms
        touched += [self._task(record.draft, receiver) for receiver in dict.fromkeys(record.receivers)]
        return tuple(touched)

    def _task(self, draft: str, receiver: str) -> Task:
        held = self.tasks.get((draft, receiver))
        if held is None:
            terms = self.terms[draft]
            copy = receiver != terms.addressee and receiver in terms.signed.receivers
            held = Task(terms, receiver, acting=not copy and terms.signed.type not in self.rules.answer_only)
            self.tasks[draft, receiver] = held
            self._of.setdefault(draft, []).append(held)
        return held

    def _end(self, draft: str, stage: Stage, at: datetime) -> Iterator[Task]:
        for task in self._of.get(draft, ()):
            if task.stage not in ENDED:
                task.end(stage, at)
                yield task

    def of(self, draft: str) -> tuple[Task, ...]:
        """Tasks of one document."""
        return tuple(self._of.get(draft, ()))

    def unfinished(self) -> Iterator[Task]:
        """Tasks that are not done."""
        return (task for task in self.tasks.values() if task.open)
