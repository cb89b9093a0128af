"""What workers are told and by which key: the call to a task, and the call back; delivered by the office's channels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from evac.field.book import FieldBook
from evac.field.events import Sent
from evac.field.seen import open_alarms
from evac.field.terms import Kind
from evac.orders.outbox import Outgoing, Purpose
from riskmap.outlook import BEIJING


def calls_due(book: FieldBook, *, now: datetime, exercise: bool) -> tuple[Outgoing, ...]:
    """Calls that nobody has answered and that may still be, and orders to come back; each under a key of its own.

    A receiver is the number of a worker: which telephone that is, the channels' own private file says.
    """
    found = [*_calls(book, now, exercise), *_recalls(book, exercise)]
    return tuple(sorted(found, key=lambda one: (one.made_at, one.key)))


def _calls(book: FieldBook, now: datetime, exercise: bool) -> Iterator[Outgoing]:
    for task in book.open_tasks():
        sent = task.last
        if sent is None or sent.worker not in task.unanswered() or sent.answer_by <= now:
            continue
        c = task.candidate
        text = (
            f"{_mark(exercise)}网格任务{task.id[:6]}:{c.words}。{_clock(sent.answer_by)}前接单,{_clock(sent.arrive_by)}前到场,"
            f"{_clock(sent.back_by)}前返回并报平安。现场转险立即撤回。"
        )
        yield _outgoing(
            f"field|{sent.id}", sent.task, sent.worker, c.region, f"网格任务 {c.name}", text, sent, exercise
        )


def _recalls(book: FieldBook, exercise: bool) -> Iterator[Outgoing]:
    for alarm in open_alarms(book):
        if alarm.kind is Kind.RECALL and alarm.task in book.tasks:
            task = book.tasks[alarm.task]
            text = f"{_mark(exercise)}立即撤回:{task.candidate.name}现场转险。到安全处后报平安。"
            yield Outgoing(
                key=f"field|{alarm.number}", draft=task.id, number=task.id[:6], type="field_task",
                region=task.candidate.region, purpose=Purpose.REMINDER, about=alarm.subject, receiver=alarm.subject,
                subject="立即撤回", text=text, urgency="特急", exercise=exercise, made_at=alarm.at,
            )  # fmt: skip


def _outgoing(
    key: str, task: str, worker: str, region: str, subject: str, text: str, sent: Sent, exercise: bool
) -> Outgoing:
    return Outgoing(
        key=key, draft=task, number=task[:6], type="field_task", region=region, purpose=Purpose.REMINDER, about=worker,
        receiver=worker, subject=subject, text=text, urgency="特急", exercise=exercise, made_at=sent.at,
        answer_by=sent.answer_by,
    )  # fmt: skip


def _mark(exercise: bool) -> str:
    return "【演练】" if exercise else ""


def _clock(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%H:%M:%S")
