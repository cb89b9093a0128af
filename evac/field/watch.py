"""What the clock finds: nobody answered, arrived, said a word or came back; a sensor or a village is silent. Pure.

Each alarm has an id made of what it is about, so that it is raised once, by whatever process, after whatever crash.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from evac.events import microseconds
from evac.field.book import FieldBook
from evac.field.danger import Dangers, Safety
from evac.field.events import PROGRAM, Alarmed, id_of
from evac.field.rules import FieldRules
from evac.field.terms import Kind, Thing
from evac.field.three_cuts import CHANNELS
from riskmap.observation.quality import HOUR, QualityRules
from riskmap.outlook import beijing


def alarms_due(book: FieldBook, rules: FieldRules, dangers: Dangers, now: datetime) -> list[Alarmed]:
    """Every alarm that is due now and was not raised yet, by due time: the same book, clock and dangers give the same."""
    found = [*_of_tasks(book, now), *_of_workers(book, rules, dangers, now), *_of_sensors(book, now), *_of_villages(book, rules, now)]  # fmt: skip
    due = [alarm for alarm in found if alarm.due_at <= now and alarm.id not in book.ids]
    return sorted(due, key=lambda alarm: (alarm.due_at, alarm.id))


def _alarm(
    kind: Kind, subject: str, due_at: datetime, now: datetime, words: str, *, task: str = ""
) -> Alarmed:
    key = id_of("alarm", kind, subject, task, microseconds(due_at))
    return Alarmed(
        id=key, at=now, by=PROGRAM, about=kind, subject=subject, task=task, due_at=due_at, words=words
    )


def _of_tasks(book: FieldBook, now: datetime) -> Iterator[Alarmed]:
    for task in book.open_tasks():
        if task.room:
            if task.taken_at is None:
                words = f"{task.candidate.words} 应于{beijing(task.record.due_at)}前受理"
                yield _alarm(
                    Kind.ROOM_LATE, task.candidate.source, task.record.due_at, now, words, task=task.id
                )
            continue
        for sent in task.sent:
            said = {*task.answered, *task.arrived, *task.back, *task.refused}
            if sent.worker not in said:
                words = f"{sent.worker} 未接单,应于{beijing(sent.answer_by)}前;改派下一人"
                yield _alarm(Kind.NO_ANSWER, sent.worker, sent.answer_by, now, words, task=task.id)
            elif sent.worker in task.out() and sent.worker not in task.arrived:
                words = f"{sent.worker} 未到场,应于{beijing(sent.arrive_by)}前"
                yield _alarm(Kind.NOT_ARRIVED, sent.worker, sent.arrive_by, now, words, task=task.id)


def _of_workers(book: FieldBook, rules: FieldRules, dangers: Dangers, now: datetime) -> Iterator[Alarmed]:
    for worker, task in sorted(book.out().items()):
        sent = next((s for s in reversed(task.sent) if s.worker == worker), None)
        went_at = (
            sent.at if sent else min(t for t in (task.answered.get(worker), task.arrived.get(worker)) if t)
        )
        last = book.standing[worker].last_at or went_at
        back_by = sent.back_by if sent else went_at + rules.back
        yield _alarm(
            Kind.NO_WORD, worker, last + rules.word, now,
            f"{worker} 外出,{beijing(last)}后无消息;{task.candidate.name}", task=task.id,
        )  # fmt: skip
        yield _alarm(
            Kind.NOT_BACK, worker, back_by, now,
            f"{worker} 应于{beijing(back_by)}前返回,未见归队;{task.candidate.name}", task=task.id,
        )  # fmt: skip
        there = dangers.during(task.spot, now, max(now, back_by))
        if there.safety is Safety.DANGER:
            words = f"{worker} 在{task.candidate.name},须立即撤回:{there.words}"
            yield _recall(worker, task.id, went_at, now, words)
    for number, stands in sorted(book.standing.items()):
        if stands.duty_from is not None and number in book.workers:
            deputy = book.workers[number].deputy
            words = f"{number} {beijing(stands.duty_from)}上岗,须由{deputy or '替补'}接班"
            yield _alarm(Kind.DUTY_LONG, number, stands.duty_from + rules.duty, now, words)


def _recall(worker: str, task: str, went_at: datetime, now: datetime, words: str) -> Alarmed:
    """Once a journey: the instant at which it was noticed is no part of its id."""
    key = id_of("alarm", Kind.RECALL, worker, task, microseconds(went_at))
    return Alarmed(
        id=key, at=now, by=PROGRAM, about=Kind.RECALL, subject=worker, task=task, due_at=now, words=words
    )


def patience(interval: float, quality: QualityRules) -> timedelta:
    """How long a gauge may say nothing: as ``riskmap.observation.quality`` has it.

    Examples
    --------
    >>> patience(300.0, QualityRules()), patience(3600.0, QualityRules())
    (datetime.timedelta(seconds=900), datetime.timedelta(seconds=10800))
    """
    return timedelta(seconds=max(quality.missed * interval, HOUR / 4))


def _of_sensors(book: FieldBook, now: datetime) -> Iterator[Alarmed]:
    quality = QualityRules()
    for key, gauge in sorted(book.gauges.items()):
        last = book.last_reading(key)
        since = last or book.entered_at[Thing.GAUGE, key]
        words = f"{gauge.name}({key}){beijing(since)}后无报" if last else f"{gauge.name}({key})登记后从未上报"
        yield _alarm(Kind.SENSOR_SILENT, key, since + patience(gauge.interval, quality), now, words)


def silent_sensors(book: FieldBook, now: datetime) -> tuple[str, ...]:
    """Gauges that have said nothing for longer than they may, by key."""
    return tuple(alarm.subject for alarm in _of_sensors(book, now) if alarm.due_at <= now)


def _of_villages(book: FieldBook, rules: FieldRules, now: datetime) -> Iterator[Alarmed]:
    for code, village in sorted(book.villages.items()):
        begun = book.watched(code)
        if begun is None:
            continue
        heard = book.heard.get(code)
        since = begun if heard is None else max(begun, heard[0])
        yield _alarm(
            Kind.VILLAGE_SILENT, code, since + rules.silent, now,
            f"{village.name or code} {beijing(since)}后无消息;{last_heard(book, code)}",
        )  # fmt: skip


def last_heard(book: FieldBook, village: str) -> str:
    """What was last heard of a village, when, and by which way."""
    heard = book.heard.get(village)
    if heard is None:
        return "从未收到消息 never heard of"
    at, said = heard
    way = CHANNELS.get(said.channel, said.channel)
    return f"最后消息{beijing(at)}({way}):{said.report or '报平安'}"
