"""What the field looks like now, as records for lists, pages and the cockpit: pure, of a book and a clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from evac.field import events as ev
from evac.field.book import FieldBook, FieldTask
from evac.field.danger import Spot
from evac.field.rules import FieldRules
from evac.field.sensors import record_of
from evac.field.terms import Decision, Kind, Why
from evac.field.three_cuts import CHANNELS
from evac.field.watch import last_heard
from riskmap.asset import AssetTier
from riskmap.scale import Tier


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One task.

    Attributes
    ----------
    number : str
        Id; its first characters name it.
    room : bool
        Of the command room; else of a worker.
    name, region, hazard, words : str
    spot : Spot
    tier : Tier or None
        None is grey: not known.
    claimed : bool
    flags : tuple of str
        What is wrong with the observation.
    made_at, due_at : datetime
    state : str
        In Chinese, for the list.
    workers : tuple of str
        Who is out for it.
    unsent : str
        Why nobody is there; empty where somebody is or is called.
    answered_after, arrived_after : timedelta or None
        From the first call; None until then.
    """

    number: str
    room: bool
    name: str
    region: str
    spot: Spot
    hazard: str
    tier: Tier | None
    claimed: bool
    flags: tuple[str, ...]
    words: str
    made_at: datetime
    due_at: datetime
    state: str
    workers: tuple[str, ...]
    unsent: str
    answered_after: timedelta | None
    arrived_after: timedelta | None

    @property
    def open(self) -> bool:
        """Whether it waits for anybody."""
        return not self.state.startswith(
            ("已办结", *(d.chinese for d in Decision if d is not Decision.TAKEN))
        )


@dataclass(frozen=True, slots=True)
class OutLine:
    """One worker who is out."""

    worker: str
    task: str
    name: str
    spot: Spot
    since: datetime
    arrived_at: datetime | None
    last_at: datetime
    back_by: datetime
    overdue: bool


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """One alarm that is not over.

    Attributes
    ----------
    seen_by : str
        Who of the command room took it on; empty where nobody did.
    """

    number: str
    kind: Kind
    subject: str
    task: str
    due_at: datetime
    at: datetime
    words: str
    seen_by: str


@dataclass(frozen=True, slots=True)
class VillageLine:
    """One village that is listened for.

    Attributes
    ----------
    silent : bool
        Nothing was heard for longer than the rule allows.
    last_at : datetime or None
        None where nothing was ever heard.
    channel, report : str
        By which way, and the three-cuts report in its form; empty where there is none.
    """

    code: str
    name: str
    watched_since: datetime | None
    last_at: datetime | None
    channel: str
    report: str
    silent: bool
    words: str


def field_tasks(book: FieldBook, *, prefix: str = "", every: bool = False) -> tuple[TaskLine, ...]:
    """Open tasks of a region, the gravest first, then the oldest; ended ones too where ``every``.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import FieldDesk, field_tasks
    >>> from evac.field.entering import entries_of
    >>> from evac.field.intake import reading
    >>> from evac.store.body_log import MemoryBodyLog
    >>> from riskmap.observation.gauges import Gauge
    >>> noon, desk = datetime(2021, 7, 25, 4, tzinfo=UTC), FieldDesk(MemoryBodyLog())
    >>> gauge = Gauge("G1", "马岙站", "river", "330902001201", 122.1, 30.05, 300.0, 0.0, 12.0, "1985", (4.5, 5.0, 6.0, 7.0))
    >>> _ = desk.enter(entries_of([(gauge, None)], by="张三", at=noon), now=noon)
    >>> _ = desk.observe([reading("G1", noon, 6.2, by="G1")], now=noon)  # [m]
    >>> [(line.name, line.tier.english, line.state) for line in field_tasks(desk.book())]
    [('马岙站', 'orange', '待受理'), ('马岙站', 'orange', '待派')]
    """
    lines = [
        _line(task)
        for task in book.tasks.values()
        if (every or task.open) and task.candidate.region.startswith(prefix)
    ]
    return tuple(sorted(lines, key=lambda line: (-_rank(line.tier), line.made_at, line.number)))


def _rank(tier: Tier | None) -> int:
    """Grey stands where yellow does: unknown is looked at before what is known to be small."""
    return Tier.YELLOW if tier is None else tier


def _line(task: FieldTask) -> TaskLine:
    c = task.candidate
    first = min((sent.at for sent in task.sent), default=None)
    answered, arrived = min(task.answered.values(), default=None), min(task.arrived.values(), default=None)
    idle = not task.room and task.open and not task.out() and not task.unanswered()
    why = f"{Why(task.unsent.why).chinese}:{task.unsent.words}" if idle and task.unsent else ""
    return TaskLine(
        task.id, task.room, c.name, c.region, task.spot, c.hazard, task.tier, c.claimed, c.flags, c.words, task.record.at,
        task.record.due_at, state_of(task), task.out(), why,
        None if first is None or answered is None else answered - first,
        None if first is None or arrived is None else arrived - first,
    )  # fmt: skip


def state_of(task: FieldTask, *, who: bool = True) -> str:
    """How a task stands, in words; ``who`` leaves the workers' numbers out where it is false."""

    def named(workers: Iterable[str]) -> str:
        return "、".join(workers) if who else ""

    if task.decision:
        return Decision(task.decision).chinese
    if not task.open:
        return "已办结"
    if task.room:
        return "待受理" if task.taken_at is None else "已受理"
    here = [worker for worker in task.out() if worker in task.arrived]
    if here:
        return f"{named(here)}已到场"
    if task.out():
        return f"{named(task.out())}前往中"
    if task.unanswered():
        return f"已派{named(task.unanswered()[-1:])},待接单"
    return "待派"


def who_is_out(book: FieldBook, rules: FieldRules, *, now: datetime) -> tuple[OutLine, ...]:
    """Workers who are out, who must be back first at the top.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import FieldDesk, who_is_out
    >>> from evac.field.entering import entries_of
    >>> from evac.field.intake import reading
    >>> from evac.field.registers import Worker
    >>> from evac.field.terms import Says
    >>> from evac.store.body_log import MemoryBodyLog
    >>> from riskmap.observation.gauges import Gauge
    >>> village, noon, desk = "330902001201", datetime(2021, 7, 25, 4, tzinfo=UTC), FieldDesk(MemoryBodyLog())
    >>> gauge = Gauge("G1", "马岙站", "river", village, 122.1, 30.05, 300.0, 0.0, 12.0, "1985", (4.5, 5.0, 6.0, 7.0))
    >>> things = [(gauge, None), (Worker("W1", f"{village}001", (village,)), None)]
    >>> _ = desk.enter(entries_of(things, by="张三", at=noon), now=noon)
    >>> _ = desk.said("W1", Says.ON_DUTY, by="W1", at=noon, now=noon)
    >>> _ = desk.observe([reading("G1", noon, 6.2, by="G1")], now=noon)
    >>> (task,) = (line for line in field_tasks(desk.book()) if not line.room)
    >>> _ = desk.send(task.number, "W1", by="张三", reason="电话问过,水未到路", now=noon)
    >>> _ = desk.said("W1", Says.ACKNOWLEDGED, by="W1", at=noon, now=noon)
    >>> [(line.worker, line.name, line.back_by.isoformat()) for line in who_is_out(desk.book(), desk.rules, now=noon)]
    [('W1', '马岙站', '2021-07-25T05:00:00+00:00')]
    """
    lines = []
    for worker, task in book.out().items():
        sent = next((s for s in reversed(task.sent) if s.worker == worker), None)
        since = (
            sent.at if sent else min(t for t in (task.answered.get(worker), task.arrived.get(worker)) if t)
        )
        back_by = sent.back_by if sent else since + rules.back
        last = book.standing[worker].last_at or since
        lines.append(
            OutLine(
                worker, task.id, task.candidate.name, task.spot, since, task.arrived.get(worker), last, back_by,
                now > back_by or now > last + rules.word,
            )
        )  # fmt: skip
    return tuple(sorted(lines, key=lambda line: (line.back_by, line.worker)))


def open_alarms(book: FieldBook) -> tuple[AlarmLine, ...]:
    """Alarms that are not over, the oldest first: an alarm ends with what it is about, and not by being looked at.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import FieldDesk, open_alarms
    >>> from evac.field.entering import entries_of
    >>> from evac.field.registers import Village
    >>> from evac.store.body_log import MemoryBodyLog
    >>> noon, desk = datetime(2021, 7, 25, 4, tzinfo=UTC), FieldDesk(MemoryBodyLog())
    >>> _ = desk.enter(entries_of([(Village("330902001201", "马岙村"), None)], by="张三", at=noon), now=noon)
    >>> _ = desk.watch("330902", begins=True, by="张三", reason="防台风Ⅱ级响应", at=noon, now=noon)
    >>> _ = desk.tick(noon + timedelta(hours=2))  # the clock alone: nobody was heard of
    >>> [(alarm.kind.value, alarm.subject, alarm.seen_by) for alarm in open_alarms(desk.book())]
    [('village_silent', '330902001201', '')]
    """
    lines = [
        AlarmLine(
            alarm.id, Kind(alarm.about), alarm.subject, alarm.task, alarm.due_at, alarm.at, alarm.words,
            book.seen[alarm.id].by if alarm.id in book.seen else "",
        )
        for alarm in book.alarms.values()
        if not over(book, alarm)
    ]  # fmt: skip
    return tuple(sorted(lines, key=lambda line: (line.due_at, line.number)))


def over(book: FieldBook, alarm: ev.Alarmed) -> bool:
    """Whether what an alarm is about has come to an end."""
    kind = Kind(alarm.about)
    task = book.tasks.get(alarm.task)
    if kind is Kind.SENSOR_SILENT:
        last = book.last_reading(alarm.subject)
        return last is not None and last >= alarm.due_at
    if kind is Kind.VILLAGE_SILENT:
        heard = book.heard.get(alarm.subject)
        return book.watched(alarm.subject) is None or (heard is not None and heard[0] >= alarm.due_at)
    if kind is Kind.DUTY_LONG:
        since = book.standing[alarm.subject].duty_from
        return since is None or since >= alarm.due_at
    if task is None:
        return True
    if kind is Kind.ROOM_LATE:
        return task.taken_at is not None or not task.open
    if kind is Kind.NO_ANSWER:
        return alarm.subject not in task.unanswered() or not task.open
    if kind is Kind.NO_WORD:
        last_word = book.standing[alarm.subject].last_at
        return alarm.subject not in task.out() or (last_word is not None and last_word >= alarm.due_at)
    if kind is Kind.NOT_ARRIVED:
        return alarm.subject in task.arrived or alarm.subject not in task.out()
    return alarm.subject not in task.out()


def villages_heard(
    book: FieldBook, rules: FieldRules, *, now: datetime, prefix: str = ""
) -> tuple[VillageLine, ...]:
    """Every village of the register, the silent first, then the longest unheard."""
    lines = []
    for code, village in book.villages.items():
        if not code.startswith(prefix):
            continue
        begun, held = book.watched(code), book.heard.get(code)
        since = [t for t in (begun, held[0] if held else None) if t is not None]
        silent = begun is not None and now >= max(since) + rules.silent
        lines.append(
            VillageLine(
                code, village.name, begun, held[0] if held else None, CHANNELS.get(held[1].channel, "") if held else "",
                held[1].report if held else "", silent, last_heard(book, code),
            )
        )  # fmt: skip
    return tuple(sorted(lines, key=lambda v: (not v.silent, v.last_at is not None, v.last_at, v.code)))


def silent_villages(
    book: FieldBook, rules: FieldRules, *, now: datetime, prefix: str = ""
) -> tuple[VillageLine, ...]:
    """Villages that were not heard of for longer than the rule allows.

    Examples
    --------
    >>> from datetime import UTC
    >>> from evac import FieldDesk, silent_villages
    >>> from evac.field.entering import entries_of
    >>> from evac.field.registers import Village
    >>> from evac.store.body_log import MemoryBodyLog
    >>> noon, desk = datetime(2021, 7, 25, 4, tzinfo=UTC), FieldDesk(MemoryBodyLog())
    >>> villages = (Village("330902001201", "马岙村"), Village("330902001202", "岑港村"))
    >>> _ = desk.enter(entries_of([(village, None) for village in villages], by="张三", at=noon), now=noon)
    >>> _ = desk.watch("330902", begins=True, by="张三", reason="防台风Ⅱ级响应", at=noon, now=noon)
    >>> later = noon + timedelta(hours=2)
    >>> desk.heard("330902001202", "radio", by="张三", at=later, now=later)
    >>> [line.name for line in silent_villages(desk.book(), desk.rules, now=later)]
    ['马岙村']
    """
    return tuple(line for line in villages_heard(book, rules, now=now, prefix=prefix) if line.silent)


def raising(book: FieldBook) -> tuple[AssetTier, ...]:
    """What confirmed candidates and open measured ones without a flag speak for, as riskmap's ``raise_tiers`` takes it.

    What is claimed, flagged or grey raises nothing until a person has confirmed it; what was dismissed raises nothing at all.
    """
    found = []
    for task in book.tasks.values():
        c = task.candidate
        sound = not c.claimed and not c.flags and task.open
        if task.room and c.tier is not None and (sound or task.decision == Decision.CONFIRMED):
            found.append(record_of(c))
    return tuple(found)
