"""What the log says must be delivered and was not yet: documents, reminders, escalations, answers. A pure function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from evac.orders.deadlines import clocks
from evac.orders.outbox import FINAL, Outgoing, Purpose
from evac.orders.task_events import Escalated
from evac.orders.tasks import Stage, Task, TaskBook
from riskmap.outlook import beijing
from riskmap.products.letter_facts import EXERCISE


def pending(book: TaskBook, tasks: Iterable[Task] | None = None) -> list[Outgoing]:
    """Everything of the log that no channel has delivered, handed over or given up.

    Parameters
    ----------
    book : TaskBook
        Up to the end of the log.
    tasks : iterable of Task, optional
        Of those alone; of all where None.

    Returns
    -------
    list of Outgoing
        By time, then by key. The same log gives the same list with the same keys.
    """
    found = [o for task in (book.tasks.values() if tasks is None else tasks) for o in outgoing_of(book, task)]
    return sorted(found, key=lambda outgoing: (outgoing.made_at, outgoing.key))


def outgoing_of(book: TaskBook, task: Task) -> Iterator[Outgoing]:
    """What is to be delivered about one task, whatever became of it in other ways."""
    done = {d.key for d in task.deliveries if d.outcome in FINAL}
    for outgoing in _wanted(book, task):
        if outgoing.key not in done:
            yield outgoing


def _wanted(book: TaskBook, task: Task) -> Iterator[Outgoing]:
    terms = task.terms
    title = f"{terms.number}《{terms.signed.title}》"
    if task.stage is Stage.SIGNED and terms.signed.draft in book.published:
        words = f"{title}已签发,请于收到后{int(terms.answer.total_seconds() // 60)}分钟内由责任人应答。"
        yield _outgoing(
            task, Purpose.DOCUMENT, f"{task.id}|document", task.receiver, title, words, terms.signed.at
        )
    running = {(clock.id, clock.nth) for clock in clocks(task, book.rules)}
    for chain, steps in task.steps.items():
        if chain in running:  # who has answered meanwhile is not reminded to answer
            for taken in steps:
                yield from _of_step(task, taken)
    for number, fact in enumerate(task.late_facts):
        ended = f"{task.stage.chinese}({beijing(task.ended_at)})" if task.ended_at else task.stage.chinese
        words = f"{title}{ended},{fact.person}于{beijing(fact.at)}的反馈已收到并留存;如情况有变,请立即电话报告值班室。"
        yield _outgoing(
            task,
            Purpose.ANSWER,
            f"{task.id}|answer|{number}",
            task.receiver,
            f"{title}反馈答复",
            words,
            fact.at,
        )


def _of_step(task: Task, taken: Escalated) -> Iterator[Outgoing]:
    words = f"{taken.measure}:{taken.problem}。"
    subject = f"{taken.measure} {task.terms.number}"
    if taken.told != taken.late:
        more = "已起草工作督办单,待签发。" if taken.content else ""
        told = f"{words}请{taken.told}督促{taken.late}。{more}"
        yield _outgoing(
            task, Purpose.ESCALATION, f"{taken.key}|{taken.told}", taken.told, subject, told, taken.at
        )
    yield _outgoing(
        task,
        Purpose.REMINDER,
        f"{taken.key}|{taken.late}",
        taken.late,
        subject,
        f"{words}请立即办理并反馈。",
        taken.at,
    )


def _outgoing(
    task: Task, purpose: Purpose, key: str, receiver: str, subject: str, text: str, made_at: datetime
) -> Outgoing:
    signed = task.terms.signed
    mark = f"[{EXERCISE}]" if signed.exercise else ""
    until = made_at + task.terms.answer if purpose is not Purpose.ANSWER else None
    return Outgoing(
        key=key, draft=signed.draft, number=task.terms.number, type=signed.type, region=signed.region, purpose=purpose,
        about=task.receiver, receiver=receiver, subject=mark + subject, text=mark + text, urgency=task.terms.urgency,
        exercise=signed.exercise, made_at=made_at, answer_by=until,
    )  # fmt: skip
