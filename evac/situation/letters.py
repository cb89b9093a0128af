"""Letters and orders of a region's offices: who was called and answered, what is due next, what is late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from evac.orders.deadlines import CLOCKS, clocks
from evac.orders.indicators import WEIGHTS, WORDS, Indicators, changes_at, indicators, together
from evac.orders.offices import Ladder
from evac.orders.rules import LoopRules
from evac.orders.tasks import Stage, Task
from evac.situation.document import Deadline, Letter, Letters
from evac.situation.places import Names
from evac.situation.rules import most
from riskmap.products.letter_facts import HEADQUARTERS

SUPERVISION: Final = "supervision_order"
_GONE: Final = frozenset({Stage.RETRACTED, Stage.SUPERSEDED, Stage.WITHDRAWN})


@dataclass(frozen=True)
class Addressed:
    """A task with the region of its receiver, and how it stands.

    Attributes
    ----------
    code : str
        Region of the receiver.
    next : Deadline or None
        The next of its deadlines.
    open, overdue, unanswered : bool
        To be done; past its next deadline; to be answered and nobody has.
    """

    task: Task
    code: str
    next: Deadline | None
    open: bool
    overdue: bool
    unanswered: bool


class Postroom:
    """The tasks of an emergency with the region of each, kept from one screen to the next.

    Only what the log touched is looked at again, and what the clock made late. It gives the same as one made anew of the same
    tasks at the same instant, whichever way it came there.

    Parameters
    ----------
    ladder, rules
        Of the office.
    names : mapping
        Region's code -> name.
    exercise : bool
        A drill's letters never stand on a real screen, and the reverse; ``Post.left_out`` counts them.
    event : str
        Number of the storm; letters of another storm are left out where it is known.
    """

    def __init__(self, ladder: Ladder, rules: LoopRules, names: Names, *, exercise: bool, event: str) -> None:
        self.rules = rules
        self._ladder, self._exercise, self._event = ladder, exercise, event
        called = Counter(names.values())
        self._by_name = {name: code for code, name in names.items() if called[name] == 1}
        self._left_out: set[str] = set()
        self._held: dict[str, Addressed] = {}
        self._sorted: list[Addressed] = []
        self._of_code: dict[str, dict[str, Task]] = {}
        self._figures: dict[str, tuple[Indicators, datetime]] = {}
        self._at: datetime | None = None

    def bring(self, touched: Iterable[Task], at: datetime) -> None:
        """Take in the tasks that changed, and let the clock go on to an instant; a clock that went back looks at all again.

        Parameters
        ----------
        touched : iterable of Task
            All of them, the first time.
        """
        changed = {task.id: task for task in touched}
        back = self._at is not None and at < self._at
        for id_, one in self._held.items():
            # what is late stays late as the clock goes on
            if back or (one.next is not None and not one.overdue and one.next.due_at < at):
                changed.setdefault(id_, one.task)
        self._at = at
        for id_, task in changed.items():
            self._place(id_, task, at)
        for code in self._of_code:
            if code not in self._figures or back or self._figures[code][1] <= at:
                mine = self._of_code[code].values()
                self._figures[code] = (indicators(mine, self.rules, at), changes_at(mine, self.rules, at))
        if changed:
            self._sorted = sorted(
                self._held.values(), key=by_urgency
            )  # once: every list below keeps this order

    def _place(self, id_: str, task: Task, at: datetime) -> None:
        signed = task.terms.signed
        if signed.exercise != self._exercise or (
            self._event and signed.event and signed.event != self._event
        ):
            self._left_out.add(id_)
            return
        office = self._ladder.offices.get(task.receiver)
        # without a list of offices a headquarters is known by its region's name
        code = (
            office.code
            if office
            else self._by_name.get(task.receiver.removesuffix(HEADQUARTERS), signed.region)
        )
        self._held[id_] = self._addressed(task, code, at)
        self._of_code.setdefault(code, {})[id_] = task
        self._figures.pop(code, None)

    def _addressed(self, task: Task, code: str, at: datetime) -> Addressed:
        ahead, open_ = self._next(task, code, at), task.open
        return Addressed(
            task, code, ahead, open_, ahead is not None and ahead.overdue, open_ and task.received_at is None
        )

    def _next(self, task: Task, code: str, at: datetime) -> Deadline | None:
        clock = min(clocks(task, self.rules), key=lambda clock: (clock.due_at, clock.id), default=None)
        if clock is None:
            return None
        who = task.terms.signed.issuer if clock.issuer else task.receiver
        words = f"{task.terms.number} {CLOCKS[clock.id][0]}"
        return Deadline(clock.due_at, clock.id, words, who, code, clock.due_at < at)

    def post(self, prefix: str) -> Post:
        """The tasks of a region's offices and of those below."""
        tasks = self._sorted if not prefix else [one for one in self._sorted if one.code.startswith(prefix)]
        figures = {code: one for code, (one, _) in self._figures.items() if code.startswith(prefix)}
        return Post(tasks, figures, len(self._left_out))


@dataclass(frozen=True)
class Post:
    """The tasks of one screen's region.

    Attributes
    ----------
    tasks : sequence of Addressed
        The most urgent first.
    of_code : mapping
        Region of receivers -> their figures.
    left_out : int
        Tasks of a drill on a real screen, of a real emergency on a drill's, or of another storm; of the whole office.
    """

    tasks: Sequence[Addressed]
    of_code: Mapping[str, Indicators]
    left_out: int

    def within(self, prefix: str) -> list[Addressed]:
        """Tasks of a region's offices and of those below, the most urgent first."""
        return [one for one in self.tasks if one.code.startswith(prefix)]

    def figures(self, prefix: str) -> Indicators:
        """Answer times, shares and the closed-loop index of a region's offices and of those below."""
        return together(one for code, one in self.of_code.items() if code.startswith(prefix))

    def letters(self, prefix: str, digits: int) -> Letters:
        """The part of the document; rows of offices further down than ``digits`` stand on screens further down."""
        here = self.within(prefix)
        told = self.figures(prefix)
        shown = [one for one in here if len(one.code) <= digits and one.open][: most("letters")]
        opened = [one for one in here if one.open]
        shares = {name: told.shares[name].value for name in WEIGHTS}
        return Letters(
            all=sum(one.task.stage not in _GONE for one in here), open=len(opened),
            unanswered=sum(one.unanswered for one in here), overdue=sum(one.overdue for one in here),
            supervised=sum(_supervised(one.task) for one in opened), index=rounded(told.index),
            parts={name: None if share is None else rounded(100 * share) for name, share in shares.items()},
            parts_words=dict(WORDS), median_answer=told.median_answer, rows=tuple(_letter(one) for one in shown),
            left_out=len(opened) - len(shown),
        )  # fmt: skip


def rounded(share: float | None) -> float | None:
    """To one decimal."""
    return None if share is None else round(share, 1)


def by_urgency(one: Addressed) -> tuple[bool, bool, float, str]:
    """Overdue first, then unanswered, then the next due."""
    due = one.next.due_at.timestamp() if one.next else float("inf")
    return (not one.overdue, not one.unanswered, due, one.task.id)


def _supervised(task: Task) -> bool:
    return task.terms.signed.type == SUPERVISION or any(
        step.rung == "order" for taken in task.steps.values() for step in taken
    )


def _letter(one: Addressed) -> Letter:
    task, signed = one.task, one.task.terms.signed
    taken = sorted((step for chain in task.steps.values() for step in chain), key=lambda step: step.at)
    counted = task.counted
    return Letter(
        number=task.terms.number, title=signed.title, type=signed.type, issuer=signed.issuer, receiver=task.receiver,
        code=one.code, tier=None if task.terms.tier is None else int(task.terms.tier), stage=task.stage.name,
        words=task.stage.chinese, answered=task.received_at is not None, sent_at=task.sent_at,
        answered_at=task.received_at, moved=counted.moved if counted else None,
        to_move=counted.to_move if counted else None, next=one.next, overdue=one.overdue,
        escalated=taken[-1].measure if taken else "", supervision=_supervised(task),
    )  # fmt: skip


def soonest(found: Sequence[Deadline]) -> tuple[Deadline, ...]:
    """Deadlines, the overdue first, then the next; cut by rule."""
    return tuple(sorted(found, key=lambda one: (one.due_at, one.words, one.who))[: most("deadlines")])
