"""The simulated recipients (模拟收文单位): they answer, some late, a few not at all until somebody stands at the door; then they work and report.

All of it enters as facts of a person at the desk, like any office's. Nothing here knows what the worker will do.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from datetime import timedelta
from functools import partial
from typing import Any, Final

from evac.exercise.chancery import Chancery
from evac.exercise.timeline import Timeline
from evac.orders.deadlines import MOVES
from evac.orders.events import Received
from evac.orders.register import Document
from evac.orders.task_events import Accepted, Closed, Reported, Started, Verified
from evac.orders.tasks import ENDED, Stage, Task
from evac.plan.assumptions import Assumptions
from evac.situation.letters import SUPERVISION
from riskmap.products.letter_facts import EXERCISE

DESK: Final = f"{EXERCISE}值班员"
REVIEWER: Final = f"{EXERCISE}核查员"
_CLOSE_AFTER: Final = timedelta(minutes=5)


class Recipients:
    """Everybody whom documents go to.

    Parameters
    ----------
    chancery : Chancery
    line : Timeline
    numbers : Assumptions
        Of ``exercise.toml``.
    rng : random.Random
    silent : collection of str
        Offices that answer nothing by themselves.
    """

    def __init__(
        self,
        chancery: Chancery,
        line: Timeline,
        numbers: Assumptions,
        rng: random.Random,
        silent: Collection[str],
    ) -> None:
        self.chancery, self.line, self.numbers, self.rng = chancery, line, numbers, rng
        self.silent = set(silent)
        self._unanswered: list[tuple[Document, str]] = []

    def receive(self, document: Document) -> None:
        """A document went out: let each of its receivers answer in their own time."""
        for task in self.chancery.tasks_of(document):
            if task.receiver in self.silent:
                self._unanswered.append((document, task.receiver))
                continue
            late = self.rng.random() < self.numbers.share("late_share")
            factor = self.rng.uniform(*self.numbers.span("late_factor" if late else "answer_factor"))
            at = self.line.now + _minutes(task.terms.answer * factor)
            self.line.at(at, partial(self._answer, document, task.receiver))

    def reach(self, receiver: str, order: Document) -> None:
        """Somebody stands at a silent office's door with a 工作督办单: it answers that, and everything before it."""
        self.silent.discard(receiver)
        at = self.line.now + timedelta(minutes=self.numbers.whole("reached_minutes"))
        waiting = [document for document, who in self._unanswered if who == receiver]
        self._unanswered = [(document, who) for document, who in self._unanswered if who != receiver]
        for task in self.chancery.tasks_of(order):
            mine = [order, *waiting] if task.receiver == receiver else [order]
            for document in mine:
                self.line.at(at, partial(self._answer, document, task.receiver))

    def _answer(self, document: Document, receiver: str) -> None:
        (task,) = self.chancery.tasks.find(document.signed.draft, receiver)
        works = task.acting and task.stage not in ENDED
        said: dict[str, Any] = {
            "draft": document.signed.draft,
            "receiver": receiver,
            "by": DESK,
            "at": self.line.now,
        }
        kinds = (Received, Accepted, Started) if works else (Received,)
        self.chancery.tasks.note_together([kind(**said, person=self._person(receiver)) for kind in kinds])
        if not works:
            return
        if task.terms.signed.type == SUPERVISION:
            wait = timedelta(minutes=self.numbers.whole("supervised_minutes"))
            self.line.at(self.line.now + wait, lambda: self.finish(document, receiver, "已当面叫应,立行立改"))
            return
        at = self.line.now + _minutes(
            task.terms.feedback * self.rng.uniform(*self.numbers.span("report_factor"))
        )
        if task.terms.signed.type == MOVES:  # who has moved, the registry counts from then on
            self.line.at(at, partial(self.report, document, receiver, "已组织叫醒到户,转移展开", 0.0))
        else:
            self.line.at(at, partial(self.finish, document, receiver))

    def finish(self, document: Document, receiver: str, action: str = "措施已部署到位,逐条落实") -> None:
        """Report 100 % with evidence; somebody else verifies it, and it is closed (销号)."""
        (task,) = self.chancery.tasks.find(document.signed.draft, receiver)
        if is_done(task):
            return
        self.report(document, receiver, action, 1.0)
        low, high = self.numbers.span("verify_minutes")
        if task.terms.signed.type == SUPERVISION:
            low = high = self.numbers.whole("supervised_minutes")
        at = self.line.now + _minutes(timedelta(minutes=self.rng.uniform(low, high)))
        self.line.at(at, lambda: self._close(document, receiver))

    def report(self, document: Document, receiver: str, action: str, done: float) -> None:
        """A report of a share, with evidence that names no file that is not there."""
        evidence = (f"{EXERCISE}:现场记录表 {document.number}",)
        self.chancery.tasks.note(
            document.signed.draft, Reported, receiver=receiver, by=DESK, at=self.line.now, person=self._person(receiver),
            action=action, evidence=evidence, done=done,
        )  # fmt: skip

    def _close(self, document: Document, receiver: str) -> None:
        draft, now = document.signed.draft, self.line.now
        (task,) = self.chancery.tasks.find(draft, receiver)
        if task.stage is not Stage.REPORTED:
            return
        self.chancery.tasks.decide(
            draft, Verified, receiver=receiver, by=REVIEWER, at=now, result="抽查属实(演练)"
        )
        self.line.at(now + _CLOSE_AFTER, lambda: self._strike(draft, receiver))

    def _strike(self, draft: str, receiver: str) -> None:
        """销号, where nothing was said since the verification."""
        (task,) = self.chancery.tasks.find(draft, receiver)
        if task.stage is Stage.VERIFIED:
            self.chancery.tasks.decide(
                draft, Closed, receiver=receiver, by=REVIEWER, at=self.line.now, words="销号"
            )

    def _person(self, receiver: str) -> str:
        office = self.chancery.tasks.ladder.offices.get(receiver)
        return office.person if office is not None else DESK


def is_done(task: Task) -> bool:
    """Whether the receiver has nothing more to say: reported as finished, or further."""
    return task.claimed or task.stage is Stage.VERIFIED or task.stage in ENDED


def _minutes(span: timedelta) -> timedelta:
    """To the whole minute, one at least: a log of offices knows no seconds."""
    return timedelta(minutes=max(1, round(span / timedelta(minutes=1))))
