"""Whom to call by telephone or loudspeaker: tasks that nobody has answered and no channel has brought. A pure function."""

from __future__ import annotations

from evac.orders.outbox import Outcome, Outgoing, Purpose
from evac.orders.tasks import Task, TaskBook
from riskmap.outlook import beijing
from riskmap.products.letter_facts import EXERCISE


def unanswered(book: TaskBook, *, everybody: bool = False) -> list[Outgoing]:
    """What to read out to each office that has not answered (未叫应), by the time at which it must.

    Parameters
    ----------
    book : TaskBook
        Up to the end of the log.
    everybody : bool
        Also those whom a channel has reached: there is no network at all, or a reached office stays silent.

    Returns
    -------
    list of Outgoing
        One for each open task whose document is out; the key is that of the document's own delivery.
    """
    found = [
        _call(task)
        for task in book.tasks.values()
        if task.open
        and task.received_at is None
        and task.terms.signed.draft in book.published
        and (everybody or not _reached(task))
    ]
    return sorted(found, key=lambda call: (call.answer_by or call.made_at, call.key))


def _reached(task: Task) -> bool:
    """Whether the document went out, by a channel or by hand (传真, 专人)."""
    brought = any(
        d.purpose == Purpose.DOCUMENT and d.outcome in (Outcome.DELIVERED, Outcome.HANDED)
        for d in task.deliveries
    )
    return brought or task.sent_at is not None


def _call(task: Task) -> Outgoing:
    terms, signed = task.terms, task.terms.signed
    mark = f"[{EXERCISE}]" if signed.exercise else ""
    until = signed.at + terms.answer
    words = (
        f"{mark}{terms.number}《{signed.title}》已于{beijing(signed.at)}签发,请立即查收,由责任人报姓名应答。"
    )
    return Outgoing(
        key=f"{task.id}|document", draft=signed.draft, number=terms.number, type=signed.type, region=signed.region,
        purpose=Purpose.DOCUMENT, about=task.receiver, receiver=task.receiver, subject=f"{mark}{signed.title}", text=words,
        urgency=terms.urgency, exercise=signed.exercise, made_at=signed.at, answer_by=until,
    )  # fmt: skip
