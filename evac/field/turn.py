"""One decision about the field: what is observed or due becomes records, written together or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from evac.errors import ConflictError
from evac.events import microseconds
from evac.field import events as ev
from evac.field.book import FieldBook, FieldTask
from evac.field.danger import Dangers
from evac.field.dispatch import Chosen, choose, free
from evac.field.rules import FieldRules
from evac.field.sensors import candidates_of, claimed_candidate, grade
from evac.field.terms import Desk
from evac.field.watch import alarms_due
from riskmap.scale import Tier


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one observation came to.

    Attributes
    ----------
    observed : Observed
    known : bool
        It was in the log already; nothing was written.
    candidates : tuple of Candidate
        New ones; empty where it is below every bound, or an open one covers it.
    sent : tuple of Sent or Unsent
        Who was called, or why nobody.
    """

    observed: ev.Observed
    known: bool = False
    candidates: tuple[ev.Candidate, ...] = ()
    sent: tuple[ev.Sent | ev.Unsent, ...] = ()


class Turn:
    """Records that are written together, already folded into the book.

    Parameters
    ----------
    book : FieldBook
        Up to the end of the log; nobody else writes meanwhile.
    rules, dangers, now
        What is decided by.
    """

    def __init__(self, book: FieldBook, rules: FieldRules, dangers: Dangers, now: datetime) -> None:
        self.book, self.rules, self.dangers, self.now = book, rules, dangers, now
        self.records: list[ev.Record] = []

    def write(self, record: ev.Record) -> bool:
        """Take a record into this decision; False where the book has it."""
        if record.id in self.book.ids:
            return False
        self.records.append(record)
        self.book.add(record, self.now)
        return True

    def observe(self, observed: ev.Observed) -> Outcome:
        """An observation, its candidates and their tasks."""
        known = observed.source in self.book.gauges or observed.source in self.book.cameras
        if not known:
            raise unknown("a sensor that is on no register", "sensor", observed.source, "evac field sensors")
        if observed.id in self.book.ids:
            return Outcome(observed, known=True)
        found = self._candidates(observed)
        self.write(observed)
        fresh = tuple(candidate for candidate in found if not covered(self.book, candidate))
        calls: list[ev.Sent | ev.Unsent] = []
        for candidate in fresh:
            calls += self._open(candidate)
        return Outcome(observed, candidates=fresh, sent=tuple(calls))

    def _candidates(self, observed: ev.Observed) -> tuple[ev.Candidate, ...]:
        camera = self.book.cameras.get(observed.source)
        if camera is not None and observed.value is None:
            return (claimed_candidate(camera, observed, received_at=self.now, rules=self.rules),)
        gauge = self.book.gauges.get(observed.source)
        if gauge is None or observed.value is None:
            raise ConflictError(
                "an observation of another kind than its sensor's", where=f"sensor {observed.source!r}",
                expected="a value of a gauge, an event of a camera", found=f"value {observed.value}, event {observed.event!r}",
                remedy="send `value` for a gauge, `event` and `tier` for a camera",
            )  # fmt: skip
        before = self.book.readings(observed.source, before=min(observed.at, self.now))
        graded = grade(gauge, (observed.at, observed.value), before, received_at=self.now, rules=self.rules)
        return candidates_of(gauge, observed, graded, received_at=self.now)

    def _open(self, candidate: ev.Candidate) -> list[ev.Sent | ev.Unsent]:
        """A candidate with its task for the room, and one for a worker unless somebody is called there already."""
        self.write(candidate)
        tier = None if candidate.tier is None else Tier(candidate.tier)
        self.write(_tasked(candidate, Desk.ROOM, self.now, self.now + self.rules.room(tier)))
        if any(not task.room for task in self.book.of_source(candidate.source)):
            return []
        record = _tasked(candidate, Desk.WORKER, self.now, self.now + self.rules.arrive)
        self.write(record)
        return self.call(self.book.tasks[record.id])

    def call(self, task: FieldTask) -> list[ev.Sent | ev.Unsent]:
        """Call the next worker to a task, or say why nobody; nothing where that was said before."""
        chosen = choose(task, free(self.book, self.rules, self.now), self.dangers, self.rules, self.now)
        if chosen.worker is not None:
            sent = self.sent(task, chosen, ev.PROGRAM)
            return [sent] if self.write(sent) else []
        assert chosen.why is not None
        if task.unsent is not None and (task.unsent.why, task.unsent.words) == (chosen.why, chosen.words):
            return []
        unsent = ev.Unsent(
            id=ev.id_of("unsent", task.id, chosen.why, chosen.words, microseconds(self.now)), at=self.now,
            by=ev.PROGRAM, task=task.id, why=chosen.why, words=chosen.words,
        )  # fmt: skip
        return [unsent] if self.write(unsent) else []

    def sent(self, task: FieldTask, chosen: Chosen, by: str) -> ev.Sent:
        """The call of a worker."""
        assert chosen.worker is not None
        now, rules = self.now, self.rules
        return ev.Sent(
            id=ev.id_of("sent", task.id, chosen.worker.number, len(task.sent)), at=now, by=by, task=task.id,
            worker=chosen.worker.number, nearness=chosen.nearness, distance=chosen.distance, checked=chosen.words,
            answer_by=now + rules.acknowledge, arrive_by=now + rules.arrive, back_by=now + rules.back,
        )  # fmt: skip

    def due(self) -> None:
        """Alarms that are due, and the next worker for every task that waits for one."""
        for alarm in alarms_due(self.book, self.rules, self.dangers, self.now):
            self.write(alarm)
        for task in [task for task in self.book.open_tasks() if waits(task, self.now)]:
            self.call(task)


def waits(task: FieldTask, now: datetime) -> bool:
    """Whether a worker must be found: an open task for a worker, nobody out for it, and no call that may still be answered."""
    if task.room or not task.open or task.out():
        return False
    last = task.last
    return last is None or last.worker not in task.unanswered() or last.answer_by <= now


def covered(book: FieldBook, candidate: ev.Candidate) -> bool:
    """Whether an open candidate of the sensor says as much: the same hazard, a tier as high, the same flags."""
    rank = -1 if candidate.tier is None else candidate.tier
    for task in book.of_source(candidate.source):
        held = task.candidate
        as_high = (-1 if held.tier is None else held.tier) >= rank
        same = held.hazard == candidate.hazard and (not candidate.claimed or candidate.words == held.words)
        if task.room and same and as_high and set(candidate.flags) <= set(held.flags):
            return True
    return False


def _tasked(candidate: ev.Candidate, desk: Desk, at: datetime, due_at: datetime) -> ev.Tasked:
    return ev.Tasked(
        id=ev.id_of("task", candidate.id, desk),
        at=at,
        by=ev.PROGRAM,
        candidate=candidate.id,
        desk=desk,
        due_at=due_at,
    )


def unknown(message: str, what: str, found: str, register: str) -> ConflictError:
    """The error of something that is on no register."""
    return ConflictError(
        message, where=f"{what} {found!r}", expected=f"a {what} of the register", found=repr(found),
        remedy=f"put it on the register first: {register}",
    )  # fmt: skip
