"""Which deadlines run for a task, and what is due next: pure functions of the task, the rules and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from evac.orders.rules import LoopRules, Rung
from evac.orders.tasks import Stage, Task

CLOCKS: Final = {
    "send": ("发送", "signed and not sent"),
    "answer": ("应答(叫应)", "sent and not answered"),
    "feedback": ("反馈", "answered and nothing reported"),
    "repeat": ("续报", "reported, and silent since"),
    "decide": ("退件答复", "refused by the receiver, and not decided"),
    "extension": ("延期答复", "an extension was asked for, and not decided"),
    "verify": ("核查", "reported as finished, and not verified"),
    "close": ("办结(销号)", "not closed in time"),
    "shortfall": ("转移到位", "people of a transfer order who have not moved"),
}
"""Deadline -> Chinese word, English words."""

MOVES: Final = "transfer_order"
"""Document type whose region is counted: 应转, 已转."""


class Clock(NamedTuple):
    """One deadline that runs.

    Attributes
    ----------
    id : str
        See ``CLOCKS``.
    nth : int
        Which one of its kind: the word that it runs from, by when that was said; what is typed in later and is older begins none anew. The
        number of extensions of ``close``; 0 where there is one alone.
    due_at : datetime
    step : timedelta
        From one rung to the next.
    issuer : bool
        Whether the issuer is the one who is late.
    """

    id: str
    nth: int
    due_at: datetime
    step: timedelta
    issuer: bool


class Step(NamedTuple):
    """What the loop is to do about a task, and since when.

    Attributes
    ----------
    number : int
        From 0 in its chain; the last rung may come several times.
    due_at : datetime
    """

    task: Task
    clock: Clock
    rung: Rung
    number: int
    due_at: datetime

    @property
    def key(self) -> str:
        """The same step has the same key, whoever takes it."""
        return f"{self.task.id}|{self.clock.id}|{self.clock.nth}|{self.number}"


def start_of(task: Task) -> datetime | None:
    """From when a receiver's time runs: sent, or answered where nobody noted that it was sent."""
    return task.received_at if task.sent_at is None else task.sent_at


def close_by(task: Task, rules: LoopRules) -> datetime | None:
    """Until when a task is to be closed; None while its time does not run."""
    if task.granted:
        return task.granted[-1].until
    start = start_of(task)
    if task.terms.finish_by is not None:
        return task.terms.finish_by
    if task.terms.move_by is not None:
        # who moved everybody at the last minute still has to report, and somebody to look
        return task.terms.move_by + task.terms.feedback
    return None if start is None else start + rules.close[task.terms.rank]


def clocks(task: Task, rules: LoopRules) -> list[Clock]:
    """Every deadline that runs for a task; none for one that is done.

    Who has not answered is not asked for feedback as well: one chain climbs, not three. The time to report runs from the
    answer, and at the latest from the end of the time to answer, so that nobody gains by answering late.
    """
    if not task.open:
        return []
    terms = task.terms
    start = start_of(task)
    if start is None:
        return [Clock("send", 0, terms.signed.at + rules.send[terms.rank], terms.answer, True)]
    if task.received_at is None:
        return [Clock("answer", 0, start + terms.answer, terms.answer, False)]
    base = min(task.received_at, start + terms.answer)
    found = [_work(task, base)] if task.stage is not Stage.VERIFIED else []
    if task.asked is not None and task.asked_at is not None:
        found.append(
            Clock("extension", task.nth("extension"), task.asked_at + terms.answer, terms.answer, True)
        )
    due = close_by(task, rules)
    if due is not None:
        issuer = task.claimed or task.stage is Stage.VERIFIED
        found.append(Clock("close", len(task.granted), due, terms.feedback, issuer))
    if (
        task.counted is not None
        and terms.signed.type == MOVES
        and rules.short(task.counted.to_move, task.counted.moved)
    ):
        # an order that states by when everybody is to have moved is held to that
        found.append(Clock("shortfall", 0, terms.move_by or base + terms.feedback, terms.feedback, False))
    return found


def _work(task: Task, base: datetime) -> Clock:
    """The one deadline of whoever has to act next."""
    terms = task.terms
    if task.refusing is not None and task.refused_at is not None:
        return Clock("decide", task.nth("decide"), task.refused_at + terms.answer, terms.answer, True)
    if task.redo and task.returned_at is not None:
        return Clock(
            "feedback", task.nth("feedback"), task.returned_at + terms.feedback, terms.feedback, False
        )
    if not task.reports:
        return Clock("feedback", 0, base + terms.feedback, terms.feedback, False)
    last = task.reported_at[-1]
    if task.claimed:
        return Clock("verify", task.nth("verify"), last + terms.feedback, terms.feedback, True)
    return Clock("repeat", task.nth("repeat"), last + terms.repeat, terms.feedback, False)


def next_step(task: Task, clock: Clock, rules: LoopRules) -> Step | None:
    """The next step of a deadline's chain; None where the last rung was repeated often enough.

    Each rung comes a step after the one before was *taken*: after an outage an office is given its time on every rung.
    """
    taken = task.steps.get((clock.id, clock.nth))
    if not taken:
        return Step(task, clock, rules.rungs[0], 0, clock.due_at)
    number = len(taken)
    last = len(rules.rungs) - 1
    if number > last + rules.repeats:
        return None
    wait = clock.step if number <= last else max(clock.step, task.terms.repeat)
    return Step(task, clock, rules.rungs[min(number, last)], number, max(taken[-1].at + wait, clock.due_at))


def steps_of(task: Task, rules: LoopRules) -> list[Step]:
    """The next step of every deadline that runs, whether due or not."""
    return [step for clock in clocks(task, rules) if (step := next_step(task, clock, rules)) is not None]


def next_at(task: Task, rules: LoopRules) -> datetime | None:
    """When this task must be looked at again if nothing happens; None if never."""
    return min((step.due_at for step in steps_of(task, rules)), default=None)


def escalation(tasks: Iterable[Task], rules: LoopRules, now: datetime) -> list[Step]:
    """What is due now: the pure function of events and clock.

    The same tasks give the same steps in the same order, and for a later ``now`` never fewer of them.

    Parameters
    ----------
    tasks : iterable of Task
        Folded from the log.
    now : datetime
        The clock.

    Returns
    -------
    list of Step
        By due time, then by key: at most one for each deadline of each task.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> from evac import TaskBook
    >>> from evac.orders.events import Received, Sent, Signed
    >>> from evac.orders.rules import bundled_rules
    >>> at = datetime(2021, 7, 24, 4, 30, tzinfo=UTC)
    >>> signed = Signed(draft="0" * 64, at=at, by="张三", issuer="330902", series="防指办函", year=2021, number=3,
    ...                 type="risk_notice", region="330902", event="2106", title="风险提示函", receivers=("岑港街道",), exercise=True,
    ...                 supersedes="", content="", message="", identifier="")  # without its text: as urgent as orange
    >>> sent = Sent(draft="0" * 64, at=at, by="张三", receiver="岑港街道", way="传真")
    >>> book = TaskBook()
    >>> touched = [book.add(record, at) for record in (signed, sent)]
    >>> steps = escalation(book.tasks.values(), bundled_rules(), at + timedelta(hours=1))
    >>> [(step.clock.id, step.rung.chinese, f"{(step.due_at - at).seconds // 60} min") for step in steps]
    [('answer', '催办', '15 min')]
    """
    found = [step for task in tasks for step in steps_of(task, rules) if step.due_at <= now]
    return sorted(found, key=lambda step: (step.due_at, step.key))


def extension_refusal(task: Task, rules: LoopRules) -> str:
    """Why no extension may be granted by the rules, or empty."""
    due = close_by(task, rules)
    if len(task.granted) >= rules.most_extensions:
        return f"it was extended {len(task.granted)} times already, {rules.most_extensions} at most"
    if due is not None and task.asked_at is not None and task.asked_at > due:
        return "it was asked for after the time was up"
    return ""
