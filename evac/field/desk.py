"""The desk of the field: what was observed becomes candidates, tasks and calls in one transaction; what was said is kept.

Every decision is taken while nobody else can write, on a book that was brought up to the end of the log, so that two processes send
nobody twice. A crash between two decisions loses nothing: what is due is computed again from the log.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from evac.errors import ConflictError
from evac.events import microseconds
from evac.field import events as ev
from evac.field.book import FieldBook, FieldTask
from evac.field.danger import Dangers, NothingKnown, Safety
from evac.field.dispatch import NEARNESS, Chosen, nearness
from evac.field.registers import away
from evac.field.rules import FieldRules, field_rules
from evac.field.terms import Decision, Says, Why
from evac.field.turn import Outcome, Turn, unknown
from evac.log import AppendBodies, BodyLog, Head, verify_chain
from riskmap.outlook import beijing


class FieldDesk:
    """Decides about the field; one desk may serve many threads, several desks one log.

    Parameters
    ----------
    log : BodyLog
        Of the office.
    rules : FieldRules, optional
        The bundled ones where None.
    dangers : Dangers, optional
        Of the newest run; without one nobody is sent by the machine. May be replaced while the desk works.
    """

    def __init__(
        self, log: BodyLog, *, rules: FieldRules | None = None, dangers: Dangers | None = None
    ) -> None:
        self.log = log
        self.rules = rules or field_rules()
        self.dangers: Dangers = dangers or NothingKnown()
        self._book = FieldBook()
        self._seen = 0
        self._lock = threading.RLock()

    def book(self) -> FieldBook:
        """Everything that is known, up to the end of the log."""
        with self._lock:
            return self._caught_up()

    def _caught_up(self) -> FieldBook:
        for entry in self.log.after(self._seen):
            self._book.add(ev.parse(entry.body), entry.received_at)
            self._seen = entry.sequence
        return self._book

    @contextmanager
    def _deciding(self, now: datetime) -> Iterator[Turn]:
        with self._lock:
            turn: Turn | None = None
            try:
                with self.log.writing() as append:
                    turn = Turn(self._caught_up(), self.rules, self.dangers, now)
                    yield turn
                    _append(append, turn)
            except BaseException:  # the book holds what was not written: it is folded anew
                if turn is None or turn.records:
                    self._book, self._seen = FieldBook(), 0
                raise

    def enter(self, entries: Sequence[ev.Entered], *, now: datetime) -> int:
        """Put things on the registers; how many are new or changed."""
        with self._deciding(now) as turn:
            return sum(turn.write(entry) for entry in entries)

    def watch(self, region: str, *, begins: bool, by: str, reason: str, at: datetime, now: datetime) -> bool:
        """Begin or end the watch over the silent villages of a region; whether that was new."""
        record = ev.Watched(
            id=ev.id_of("watch", region, begins, microseconds(at)), at=at, by=by, region=region, begins=begins,
            reason=reason,
        )  # fmt: skip
        with self._deciding(now) as turn:
            return turn.write(record)

    def observe(self, observations: Sequence[ev.Observed], *, now: datetime) -> list[Outcome]:
        """Take in what sensors said: candidates, the room's tasks and the workers' calls in one transaction.

        Parameters
        ----------
        observations : sequence of Observed
            From ``evac.field.intake``.
        now : datetime
            Time of receipt.

        Raises
        ------
        ConflictError
            A sensor that is on no register; nothing is written.
        """
        with self._deciding(now) as turn:
            return [turn.observe(observed) for observed in observations]

    def send(self, asked: str, worker: str, *, by: str, reason: str, now: datetime) -> ev.Sent:
        """A named person of the command room sends a worker whom the machine did not send.

        Raises
        ------
        ConflictError
            The place is known to be dangerous: nobody is sent there, by nobody. Or no such task or worker, or the worker is off duty or
            out.
        """
        with self._deciding(now) as turn:
            task = find_task(turn.book, asked, room=False)
            chosen = turn.book.workers.get(worker)
            if chosen is None:
                raise unknown("no such worker", "worker", worker, "evac field workers")
            there = self.dangers.during(task.spot, now, now + self.rules.back)
            said = task.unsent
            known = not there.safe and said is not None and said.why == Why.DANGER
            if there.safety is Safety.DANGER or known:
                raise ConflictError(
                    "nobody is sent into danger", where=f"task {task.id[:8]}, {task.candidate.name}",
                    expected="a run that says: gusts below force 10 and no red flash flood",
                    found=said.words if known and said is not None else there.words,
                    remedy="wait, look by camera or telephone, or move people from afar",
                )  # fmt: skip
            if worker in turn.book.out() or turn.book.standing[worker].duty_from is None:
                raise ConflictError(
                    "this worker is not free", where=f"worker {worker}", expected="on duty and not out",
                    found="out" if worker in turn.book.out() else "off duty",
                    remedy="count the worker in first (evac field said WORKER back), or choose another: evac field out",
                )  # fmt: skip
            near = nearness(chosen, task.spot)
            made = Chosen(
                chosen, NEARNESS[near] if near is not None else "", away(chosen.spot, task.spot), None,
                f"{there.words};{by}决定:{reason}",
            )  # fmt: skip
            sent = turn.sent(task, made, by)
            turn.write(sent)
            return sent

    def said(
        self,
        worker: str,
        says: Says,
        *,
        by: str,
        at: datetime,
        now: datetime,
        task: str = "",
        words: str = "",
        told_at: datetime | None = None,
    ) -> str:
        """Keep what a worker said; always kept. Back, arrived and acknowledged are of the task that the worker has.

        Parameters
        ----------
        told_at : datetime, optional
            When it happened by the clock of the device, where ``at`` is another: the same word again is known by it.

        Returns
        -------
        str
            What to answer where it changes less than it says; empty otherwise.

        Raises
        ------
        ConflictError
            No such worker or task, or a turn of duty is ended while the worker is out.
        """
        with self._deciding(now) as turn:
            book = turn.book
            if worker not in book.workers:
                raise unknown("no such worker", "worker", worker, "evac field workers")
            held = find_task(book, task, room=False) if task else _task_of(book, worker)
            if says is Says.OFF_DUTY and worker in book.out():
                raise ConflictError(
                    "who is out cannot go off duty", where=f"worker {worker}", expected="counted back in",
                    found=f"out for {book.out()[worker].candidate.name}",
                    remedy=f"count the worker in first: evac field said {worker} back",
                )  # fmt: skip
            of = held.id if held is not None and says not in (Says.ON_DUTY, Says.OFF_DUTY) else ""
            record = ev.WorkerSaid(
                id=ev.id_of("said", worker, says, of, microseconds(told_at or at), words), at=at, by=by, worker=worker, says=says,
                task=of, words=words,
            )  # fmt: skip
            turn.write(record)
            return _answer(held, worker, says)

    def hand_over(self, worker: str, to: str, *, by: str, at: datetime, now: datetime) -> None:
        """One worker goes off duty and another comes on, in one step.

        Raises
        ------
        ConflictError
            No such worker, the same one, or the one who goes is out.
        """
        if worker == to:
            raise ConflictError(
                "a turn is not handed to oneself", where=f"worker {worker}", remedy="name the deputy"
            )
        with self._deciding(now) as turn:
            for name in (worker, to):
                if name not in turn.book.workers:
                    raise unknown("no such worker", "worker", name, "evac field workers")
            if worker in turn.book.out():
                raise ConflictError(
                    "who is out cannot hand over", where=f"worker {worker}", expected="counted back in",
                    found=f"out for {turn.book.out()[worker].candidate.name}",
                    remedy=f"count the worker in first: evac field said {worker} back",
                )  # fmt: skip
            for name, says, words in (
                (to, Says.ON_DUTY, f"接{worker}班"),
                (worker, Says.OFF_DUTY, f"交班给{to}"),
            ):
                key = ev.id_of("said", name, says, "", microseconds(at), words)
                turn.write(ev.WorkerSaid(id=key, at=at, by=by, worker=name, says=says, words=words))

    def room(
        self, asked: str, decision: Decision, *, by: str, words: str, at: datetime, now: datetime
    ) -> None:
        """Keep what the command room decided of a task or an alarm.

        Raises
        ------
        ConflictError
            No such task or alarm, or one that was decided already.
        """
        with self._deciding(now) as turn:
            alarm = [key for key in turn.book.alarms if len(asked) >= 6 and key.startswith(asked)]
            about = alarm[0] if len(alarm) == 1 else find_task(turn.book, asked).id
            task = turn.book.tasks.get(about)
            if task is not None and task.decision:
                raise ConflictError(
                    "this task was decided already", where=f"task {about[:8]}", expected="an open task",
                    found=Decision(task.decision).chinese, remedy="see: evac field tasks --all",
                )  # fmt: skip
            key = ev.id_of("room", about, decision, by, microseconds(at))
            turn.write(ev.RoomSaid(id=key, at=at, by=by, about=about, decision=decision, words=words))

    def heard(
        self, village: str, channel: str, *, by: str, at: datetime, now: datetime, report: str = ""
    ) -> None:
        """Keep that a village was heard of, when it spoke and by which way; written down whenever.

        Raises
        ------
        ConflictError
            The village is not on the register.
        """
        with self._deciding(now) as turn:
            if village not in turn.book.villages:
                raise unknown("no such village", "village", village, "evac field villages")
            key = ev.id_of("village", village, channel, microseconds(at), report)
            turn.write(ev.VillageSaid(id=key, at=at, by=by, village=village, channel=channel, report=report))

    def tick(self, now: datetime) -> list[ev.Record]:
        """Do what is due: raise alarms, call the next worker; what was written. Nothing is written where nothing is due."""
        with self._deciding(now) as turn:
            turn.due()
            return list(turn.records)

    def verify(self, witness: Head | Sequence[Head] = ()) -> Head:
        """Walk the hash chain; see ``evac.log.verify_chain``.

        Raises
        ------
        AlteredLogError
            The log was altered.
        """
        return verify_chain(self.log.after(0), witness)


def _append(append: AppendBodies, turn: Turn) -> None:
    if turn.records:
        append([ev.canonical(r) for r in turn.records], turn.now, [r.id for r in turn.records])


def _task_of(book: FieldBook, worker: str) -> FieldTask | None:
    """The task that a worker is out for, or was called to last and has not answered."""
    out = book.out().get(worker)
    if out is not None:
        return out
    called = [task for task in book.open_tasks() if any(sent.worker == worker for sent in task.sent)]
    return called[-1] if called else None


def _answer(task: FieldTask | None, worker: str, says: Says) -> str:
    if says in (Says.ON_DUTY, Says.OFF_DUTY, Says.WORD):
        return ""
    if task is None:
        return "此人无任务,已留存 this worker has no task; what was said is kept"
    last = task.last
    if last is not None and last.worker != worker and says is Says.ACKNOWLEDGED:
        return f"已于{beijing(last.at)}改派{last.worker},仍计为外出 the task went on to {last.worker}; counted out all the same"
    return ""


def find_task(book: FieldBook, asked: str, *, room: bool | None = None) -> FieldTask:
    """The task of an id or of its first six characters or more.

    Raises
    ------
    ConflictError
        None, or several.
    """
    found = [
        task
        for key, task in book.tasks.items()
        if len(asked) >= 6 and key.startswith(asked) and room in (None, task.room)
    ]
    if len(found) != 1:
        raise ConflictError(
            "not one task", where="task", expected="the first six characters or more of one task's number",
            found=f"{asked!r}: {len(found)}", remedy="see: evac field tasks",
        )  # fmt: skip
    return found[0]
