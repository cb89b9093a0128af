"""Who is sent: the nearest free worker of the grid cell, then of the village, then of the town; never into danger.

A pure function of the book, the clock and what is known of the dangers: the same give the same worker.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from evac.field.book import FieldBook, FieldTask
from evac.field.danger import Dangers, Safety, Spot
from evac.field.registers import Worker, away
from evac.field.rules import FieldRules
from evac.field.terms import Why

_TOWN, _VILLAGE = 9, 12
NEARNESS: Final = ("cell", "village", "town", "county")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whom to send, or why nobody.

    Attributes
    ----------
    worker : Worker or None
    nearness : str
        One of ``NEARNESS``; empty where nobody goes.
    distance : float or None
        From the worker's post [m].
    why : Why or None
        Why nobody goes.
    words : str
        What was checked, or why nobody goes.
    """

    worker: Worker | None
    nearness: str = ""
    distance: float | None = None
    why: Why | None = None
    words: str = ""


def nearness(worker: Worker, spot: Spot) -> int | None:
    """How near a worker's beat is to a place: index into ``NEARNESS``; None for one who has nothing to do with it.

    A place whose code is no finer than its county has no cell, village or town: there every worker of the county may go.

    Examples
    --------
    >>> worker = Worker("W1", "330902001201007", ("330902001201",))
    >>> [nearness(worker, Spot(code)) for code in ("330902001201007", "330902001201", "330902001", "330902", "330903")]
    [0, 1, 2, 3, None]
    """
    code = spot.code
    if len(code) > _VILLAGE and worker.cell == code:
        return 0
    if len(code) >= _VILLAGE and code[:_VILLAGE] in worker.villages:
        return 1
    if len(code) >= _TOWN and any(village.startswith(code[:_TOWN]) for village in worker.villages):
        return 2
    if len(code) < _TOWN and any(village.startswith(code) for village in worker.villages):
        return 3
    return None


def free(book: FieldBook, rules: FieldRules, now: datetime) -> list[Worker]:
    """Workers on duty, not out, not called, whose turn lasts until they would be back; in the order of their numbers."""
    busy = set(book.out()) | book.called()
    found = []
    for number, worker in sorted(book.workers.items()):
        since = book.standing[number].duty_from if number in book.standing else None
        if since is not None and number not in busy and now + rules.back <= since + rules.duty:
            found.append(worker)
    return found


def choose(
    task: FieldTask, workers: Iterable[Worker], dangers: Dangers, rules: FieldRules, now: datetime
) -> Chosen:
    """Whom to send to a task.

    Parameters
    ----------
    workers : iterable of Worker
        Those who are free.
    dangers : Dangers
        Asked of the place for as long as the worker will be out, and of the worker's own post.

    Notes
    -----
    Who was called to this task before, or refused it, is not called again.
    """
    until = now + rules.back
    there = dangers.during(task.spot, now, until)
    if not there.safe:
        why = Why.DANGER if there.safety is Safety.DANGER else Why.UNKNOWN
        return Chosen(None, why=why, words=there.words)
    had = {sent.worker for sent in task.sent} | set(task.refused)
    fits = []
    for worker in workers:
        near = nearness(worker, task.spot)
        if near is None or worker.number in had:
            continue
        metres = away(worker.spot, task.spot)
        fits.append((near, float("inf") if metres is None else metres, worker.number, worker, metres))
    kept_in = 0
    for near, _, _, worker, metres in sorted(fits, key=lambda row: row[:3]):
        if dangers.during(worker.spot, now, until).safety is Safety.DANGER:
            kept_in += 1
            continue
        return Chosen(worker, NEARNESS[near], metres, words=there.words)
    words = f"本网格、村、乡镇无空闲在岗人员 nobody on duty is free there, {len(had)} called before"
    return Chosen(
        None,
        why=Why.NOBODY,
        words=words + (f";{kept_in} 人所在地危险 where they are is dangerous" if kept_in else ""),
    )
