"""How the letters and orders went: answer times by level, what was escalated and why, what the loop did late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from statistics import median_low
from typing import Any, Final

from evac.orders.deadlines import CLOCKS, start_of
from evac.orders.events import Record, Sent, Signed
from evac.orders.offices import CASCADE, LEVELS, Ladder
from evac.orders.register import Register
from evac.orders.rules import LoopRules
from evac.orders.task_events import Escalated
from evac.orders.tasks import Stage, Task, TaskBook
from riskmap.outlook import beijing

LATE_STEP: Final = timedelta(minutes=5)
"""A step of the loop that was taken later than this after it was due tells of an outage (D)."""
SUPERVISED: Final = "supervision_order"
_LEVEL_WORDS: Final = {
    "province": "省",
    "city": "市",
    "county": "县",
    "town": "乡",
    "village": "村",
    "": "级别不明",
}


def answers(tasks: Iterable[Task], ladder: Ladder) -> list[dict[str, Any]]:
    """Answer times by level, province to village: how many, unanswered, median, 90 % and worst [min].

    Offices that are on no list go by the digits of their document's region; times of who has not answered are unknown and
    in no median.
    """
    groups: dict[str, list[Task]] = {}
    for task in tasks:
        if task.stage in (Stage.RETRACTED, Stage.SUPERSEDED, Stage.WITHDRAWN):
            continue
        level = ladder.level(task.receiver) or ("" if task.receiver in ladder.offices else _digits(task))
        groups.setdefault(level, []).append(task)
    return [_answers(level, groups[level]) for level in (*CASCADE, "") if level in groups]


def _digits(task: Task) -> str:
    """The level of the addressee, who is of the document's region; copies go elsewhere and have none."""
    return LEVELS.get(len(task.terms.signed.region), "") if task.receiver == task.terms.addressee else ""


def _answers(level: str, tasks: list[Task]) -> dict[str, Any]:
    times = sorted(
        max(task.received_at - start, timedelta(0))
        for task in tasks
        if task.received_at is not None and (start := start_of(task)) is not None
    )
    return {
        "level": level or "unknown", "level_name": _LEVEL_WORDS[level], "tasks": len(tasks),
        "unanswered": sum(task.received_at is None for task in tasks), "median_minutes": _minutes(median_low(times) if times else None),
        "p90_minutes": _minutes(quantile(times, 0.9)), "worst_minutes": _minutes(times[-1] if times else None),
    }  # fmt: skip


def quantile(times: list[timedelta], share: float) -> timedelta | None:
    """The time within which a share of them lies, of a sorted list; None of none.

    Examples
    --------
    >>> quantile([timedelta(minutes=n) for n in range(1, 11)], 0.9)
    datetime.timedelta(seconds=540)
    """
    return times[ceil(share * len(times)) - 1] if times else None


def _minutes(span: timedelta | None) -> float | None:
    return None if span is None else round(span / timedelta(minutes=1), 1)


def escalations(book: TaskBook) -> dict[str, Any]:
    """What the loop did about deadlines: counted by deadline and rung, and each 工作督办单 with its problem; offices, never people."""
    steps = sorted(
        (s for task in book.tasks.values() for chain in task.steps.values() for s in chain),
        key=lambda s: (s.at, s.key),
    )
    counted = Counter((s.clock, s.measure) for s in steps)
    drafted = [
        {"at": beijing(s.at), "office": s.late, "deadline": CLOCKS[s.clock][0], "problem": s.problem}
        for s in steps
        if s.content
    ]
    return {
        "steps": len(steps),
        "by_deadline": [
            {"deadline": CLOCKS[clock][0], "rung": measure, "number": n}
            for (clock, measure), n in sorted(counted.items())
        ],
        "drafted": drafted,
        "signed": sum(t.signed.type == SUPERVISED for t in book.terms.values()),
    }


def late_steps(records: Iterable[Record]) -> dict[str, Any]:
    """Steps that the loop took long after they were due: what an outage of its worker cost."""
    lags = sorted(r.at - r.due_at for r in records if isinstance(r, Escalated))
    late = [lag for lag in lags if lag > LATE_STEP]
    return {"steps": len(lags), "late": len(late), "worst_minutes": _minutes(late[-1] if late else None)}


def documents(register: Register, records: Iterable[Record]) -> list[tuple[datetime, str]]:
    """What the timeline says of documents: signed, first sent, first answered."""
    found: list[tuple[datetime, str]] = []
    sent: dict[str, datetime] = {}
    for record in records:
        if isinstance(record, Signed):
            held = register.documents[record.draft]
            found.append((record.at, f"签发 {held.number}《{record.title}》"))
        elif isinstance(record, Sent) and record.draft not in sent:
            sent[record.draft] = record.at
    for draft, held in register.documents.items():
        if draft in sent:
            found.append((sent[draft], f"发出 {held.number}"))
        if held.received:
            first = min(held.received, key=lambda r: (r.at, r.receiver))
            found.append((first.at, f"首个应答 {held.number}:{first.receiver}"))
    return found


def book_of(records: Iterable[tuple[Record, datetime]], rules: LoopRules) -> TaskBook:
    """The book of a log's records with their times of receipt."""
    book = TaskBook(rules=rules)
    for record, noted_at in records:
        book.add(record, noted_at)
    return book
