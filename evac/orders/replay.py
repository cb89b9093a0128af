"""The loop under a fake clock: what people said, and what a clock that never fails would have done about it."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from evac.orders.deadlines import escalation, next_at
from evac.orders.escalation import escalated
from evac.orders.events import Record
from evac.orders.offices import Ladder
from evac.orders.rules import LoopRules
from evac.orders.task_events import Escalated
from evac.orders.tasks import Task, TaskBook


class Replayed(NamedTuple):
    """The book at the end, and the steps that the clock took, in order."""

    book: TaskBook
    steps: tuple[Escalated, ...]


def replay(
    records: Iterable[tuple[Record, datetime]], *, rules: LoopRules, ladder: Ladder, until: datetime
) -> Replayed:
    """Run a log again with every step taken at the instant at which it is due.

    Parameters
    ----------
    records : iterable of (Record, datetime)
        What people and channels said, with the time of receipt, in the order of the log. Steps that were taken then are
        left out and made anew: the difference to those of the log is what an outage cost.
    rules, ladder
        As in ``TaskDesk``; others answer "what if".
    until : datetime
        Where the clock stops; records that were received later are left out.

    Returns
    -------
    Replayed
        The same input gives the same steps, byte for byte.

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
    >>> done = replay([(signed, at), (sent, at)], rules=bundled_rules(), ladder=Ladder(), until=at + timedelta(hours=1))
    >>> [(step.rung, f"{(step.at - at).seconds // 60} min") for step in done.steps]
    [('reminder', '15 min'), ('call', '30 min'), ('order', '45 min'), ('video', '60 min')]
    """
    book = TaskBook(rules=rules)
    taken: list[Escalated] = []
    waiting: list[tuple[datetime, str]] = []
    tasks: dict[str, Task] = {}

    def look_at(found: Iterable[Task]) -> None:
        for task in found:
            tasks[task.id] = task
            due = next_at(task, rules)
            if due is not None:
                heapq.heappush(waiting, (due, task.id))

    def advance(now: datetime) -> None:
        while waiting and waiting[0][0] <= now:
            due, name = heapq.heappop(waiting)
            for step in escalation([tasks[name]], rules, due):
                record = escalated(step, ladder, at=due)
                taken.append(record)
                book.add(record, due)
            if tasks[name].open:
                look_at([tasks[name]])

    for record, noted_at in records:
        if isinstance(record, Escalated) or noted_at > until:
            continue
        advance(noted_at)
        look_at(book.add(record, noted_at))
    advance(until)
    return Replayed(book, tuple(taken))
