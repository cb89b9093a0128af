"""The desk of the tasks: what receivers say is kept, what the issuer decides is checked, what the clock does is written once.

Like ``desk.Desk`` it decides while nobody else can write, on a book that was brought up to the end of the log.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evac.errors import ConflictError
from evac.log import digest_of
from evac.orders import task_events as te
from evac.orders.base import TaskEvent
from evac.orders.deadlines import escalation, extension_refusal
from evac.orders.desk import Append, DocumentLog
from evac.orders.escalation import PROGRAM, escalated
from evac.orders.events import Received, Record, canonical, parse
from evac.orders.offices import Ladder
from evac.orders.outbox import FINAL, Handover, Outgoing
from evac.orders.refusals import refusal
from evac.orders.register import Register
from evac.orders.rules import LoopRules, bundled_rules
from evac.orders.tasks import ENDED, Stage, Task, TaskBook
from riskmap.outlook import beijing


@dataclass(frozen=True)
class Noted:
    """What became of a fact: it is always kept.

    Attributes
    ----------
    task : Task
    answer : str
        What to tell the receiver where the fact changes nothing any more; empty otherwise.
    """

    task: Task
    answer: str = ""


class TaskDesk:
    """Tasks of an office's documents; one may serve many threads.

    Parameters
    ----------
    log : DocumentLog
        The log that ``Desk`` signs into.
    rules : LoopRules, optional
        The bundled ones where None.
    ladder : Ladder, optional
        Who stands above whom; without one only the issuer is known.
    """

    def __init__(
        self, log: DocumentLog, *, rules: LoopRules | None = None, ladder: Ladder | None = None
    ) -> None:
        self.log = log
        self.rules = rules or bundled_rules()
        self.ladder = ladder or Ladder()
        self._book = TaskBook(rules=self.rules)
        self._register = Register()
        self._seen = 0
        self._newest: datetime | None = None
        self._ahead: datetime | None = None
        self._touched: dict[str, Task] = {}
        self._lock = threading.RLock()

    def book(self) -> TaskBook:
        """Every task, up to the end of the log."""
        with self._lock:
            return self._caught_up()

    @property
    def seen(self) -> int:
        """Up to which entry of the log the book goes."""
        return self._seen

    def message(self, draft: str) -> bytes:
        """The signed CAP message of a document; empty if none goes with it, or nobody signed it."""
        terms = self.book().terms.get(draft)
        return terms.signed.message.encode() if terms else b""

    def touched(self) -> tuple[Task, ...]:
        """Tasks that changed since this was asked last, up to the end of the log."""
        with self._lock:
            self._caught_up()
            found = tuple(self._touched.values())
            self._touched.clear()
            return found

    def _caught_up(self) -> TaskBook:
        for entry in self.log.after(self._seen):
            self._register.add(parse(entry.body))
            for task in self._book.take(entry):
                self._touched[task.id] = task
            self._newest = max(self._newest or entry.received_at, entry.received_at)
            self._seen = entry.sequence
        return self._book

    def hold_to(self, now: datetime) -> bool:
        """Believe no receipt from the future; whether the book was made anew.

        A clock that ran ahead and was set right leaves records of tomorrow, and every wait that begins with them would last until
        then. The whole log is read again, with what came in later than ``now`` as of ``now``. Once the clock has come to a receipt that
        was moved, that is done again: a clock that showed the year 2000 moved the whole log, and every wait would be over.

        Parameters
        ----------
        now : datetime
            A clock that is believed; see ``SteadyClock``.
        """
        with self._lock:
            last_at, latest = self._caught_up().last_at, now + self.rules.clock_tolerance
            come = self._ahead is not None and self._ahead <= latest
            if last_at is None or (last_at <= latest and not come):
                return False
            self._fold(now)
        return True

    def _fold(self, now: datetime) -> None:
        """The book made anew, with what is later than the clock as of ``now``."""
        latest = now + self.rules.clock_tolerance
        held = self._newest is not None and self._newest > latest
        self._book, self._ahead = TaskBook(rules=self.rules), None
        for entry in self.log.after(0):
            if entry.sequence > self._seen:
                break
            self._book.take(entry, not_after=now if held else None)
            if entry.received_at > latest:
                self._ahead = min(self._ahead or entry.received_at, entry.received_at)
        self._touched = {task.id: task for task in self._book.tasks.values()}

    @contextmanager
    def _deciding(self) -> Iterator[tuple[TaskBook, Append]]:
        with self._lock, self.log.writing() as append:
            yield self._caught_up(), append

    def find(self, asked: str, receiver: str = "") -> list[Task]:
        """Tasks of a document by its number or digest; of one receiver where it is named.

        Raises
        ------
        ConflictError
            No such document, or nobody of that name has to do with it.
        """
        with self._lock:
            book = self._caught_up()
            found = self._register.find(asked)
            tasks = [t for t in book.of(found.signed.draft) if receiver in ("", t.receiver)]
        if not tasks:
            raise self._nobody(found.number, receiver, book.of(found.signed.draft))
        return tasks

    @staticmethod
    def _nobody(number: str, receiver: str, tasks: Sequence[Task]) -> ConflictError:
        return ConflictError(
            "this office has no task of this document", where=number,
            expected="、".join(task.receiver for task in tasks) or "a receiver", found=repr(receiver),
            remedy="name the office as it is addressed; evac orders show NUMBER lists them",
        )  # fmt: skip

    def note(
        self, asked: str, kind: type[TaskEvent] | type[Received], *, receiver: str, by: str, at: datetime,
        noted_at: datetime | None = None, **words: Any,
    ) -> Noted:  # fmt: skip
        """Keep a fact: received, accepted, started, reported, declined, an extension asked for, a count.

        Whatever the state, it goes into the log: after the end, too, and from an office that nobody wrote to. The same fact
        told twice is kept once.

        Parameters
        ----------
        asked : str
            Number or digest of the document.
        kind : type
            ``Received`` or a fact of ``task_events``.
        receiver : str
            The office that says so.
        by : str
            The person who enters it.
        at : datetime
            When it happened.
        noted_at : datetime, optional
            The clock now; ``at`` where None. What is said to have happened later than that happened then.
        **words
            The other fields of the fact.

        Returns
        -------
        Noted

        Raises
        ------
        ConflictError
            No such document.
        DataError
            No name, no time zone, a share that is none.
        """
        if issubclass(kind, te.COMMANDS):
            raise TypeError(f"{kind.kind} is a command: decide it")
        with self._deciding() as (book, append):
            draft = self._register.find(asked).signed.draft
            record: Any = kind(draft=draft, receiver=receiver, by=by, at=at, **words)
            stranger = (draft, receiver) not in book.tasks
            if digest_of(canonical(record)) not in book.digests:
                append([record], noted_at or at)
        task = self.find(asked, receiver)[0]
        return Noted(task, _answer(task, stranger))

    def note_together(self, facts: Sequence[Record], *, noted_at: datetime | None = None) -> int:
        """Keep several facts in one transaction, in their order; what was told before is kept once. How many are new.

        Parameters
        ----------
        facts : sequence of Record
            Received or facts of ``task_events``, each with the digest of its document, and none of them a command.
        noted_at : datetime, optional
            The clock now; the newest instant among the facts where None.

        Raises
        ------
        ConflictError
            No such document.
        """
        if not facts:
            return 0
        for fact in facts:
            if isinstance(fact, te.COMMANDS):
                raise TypeError(f"{fact.kind} is a command: decide it")
        with self._deciding() as (book, append):
            for fact in facts:
                self._register.find(fact.draft)
            new = {digest_of(canonical(fact)): fact for fact in facts}
            fresh: list[Record] = [fact for digest, fact in new.items() if digest not in book.digests]
            if fresh:
                append(fresh, noted_at or max(fact.at for fact in facts))
        return len(fresh)

    def decide(
        self, asked: str, kind: type[TaskEvent], *, receiver: str, by: str, at: datetime, **words: Any
    ) -> Task:
        """Take a decision on one task: verified, sent back, closed, withdrawn, extended, extension refused.

        Returns
        -------
        Task
            As it is then. A task that is closed already stays so: closing it again changes nothing.

        Raises
        ------
        ConflictError
            The decision contradicts what the task is; says why. Nothing is written.
        """
        if not issubclass(kind, te.COMMANDS):
            raise TypeError(f"{kind.kind} is a fact: note it")
        with self._deciding() as (book, append):
            found = self._register.find(asked)
            task = book.tasks.get((found.signed.draft, receiver))
            if task is None:
                raise self._nobody(found.number, receiver, book.of(found.signed.draft))
            record: Any = kind(draft=found.signed.draft, receiver=receiver, by=by, at=at, **words)
            closed_before = kind is te.Closed and task.stage is Stage.CLOSED
            if closed_before or digest_of(canonical(record)) in book.digests:
                return task
            why = refusal(task, record)
            if not why and isinstance(record, te.Extended):
                why = extension_refusal(task, self.rules)
            if why:
                raise ConflictError(
                    f"{kind.kind}: refused, {why}", where=f"{found.number}, {receiver}", found=task.stage.chinese,
                    remedy="see: evac orders show NUMBER",
                )  # fmt: skip
            append([record], at)
        return self.find(asked, receiver)[0]

    def escalate(self, now: datetime, tasks: Sequence[Task] | None = None) -> list[te.Escalated]:
        """Write every step that is due, once, however many do so at the same time.

        What is due is computed anew while nobody else can write, so that two workers write it once.

        Parameters
        ----------
        now : datetime
            The clock.
        tasks : sequence of Task, optional
            Of those alone; of all where None.

        Returns
        -------
        list of Escalated
            What this call wrote.
        """
        wanted = None if tasks is None else {task.id for task in tasks}
        with self._deciding() as (book, append):
            chosen = [t for t in book.unfinished() if wanted is None or t.id in wanted]
            records = [escalated(step, self.ladder, at=now) for step in escalation(chosen, self.rules, now)]
            if records:
                append(list[Record](records), now)
        return records

    def delivered(self, outgoing: Outgoing, handover: Handover) -> bool:
        """Keep what an attempt of a channel came to; whether it was new."""
        record = te.Delivery(
            draft=outgoing.draft, at=handover.at, by=PROGRAM, receiver=outgoing.about, key=outgoing.key,
            purpose=outgoing.purpose.value, outcome=handover.outcome.value, to=outgoing.receiver, way=handover.way,
            detail=handover.detail, reference=handover.reference,
        )  # fmt: skip
        with self._deciding() as (book, append):
            task = book.tasks.get((outgoing.draft, outgoing.about))
            had = {d.key for d in task.deliveries if d.outcome in FINAL} if task else set()
            new = outgoing.key not in had and digest_of(canonical(record)) not in book.digests
            if new:
                append([record], handover.at)
        return new


def _answer(task: Task, stranger: bool) -> str:
    if task.stage in ENDED:
        ended = f" {beijing(task.ended_at)}" if task.ended_at else ""
        return f"{task.stage.chinese} {task.stage.english}{ended}: 已留存,不改变结果 kept, and it changes nothing"
    if stranger:
        return "该单位不在主送、抄送之列,已留存 this office was not written to; what it says is kept"
    return ""
