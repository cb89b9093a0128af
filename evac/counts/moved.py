"""应转 and 已转 of the regions under a transfer order, from the registry into the log of documents: a shortfall then speaks for itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from evac.counts.now import head_count
from evac.grain import COUNTY_DIGITS
from evac.orders.deadlines import MOVES
from evac.orders.task_desk import TaskDesk
from evac.orders.task_events import Counted
from evac.registry import EventStore


def count_moved(desk: TaskDesk, registry: EventStore, now: datetime, *, by: str) -> int:
    """Note 应转 and 已转 of the region of each open transfer order where they changed, all in one transaction; how many were noted.

    Parameters
    ----------
    by : str
        In whose name: a program's, never a person's.
    """
    tasks = [
        task
        for task in desk.book().unfinished()
        if task.terms.signed.type == MOVES and task.receiver == task.terms.addressee
    ]
    figures = _figures(registry, {task.terms.signed.region for task in tasks})
    facts = []
    for task in tasks:
        signed = task.terms.signed
        total = figures.get(signed.region, Counter())
        to_move, moved = total["due"], total["moved"] + total["returned"]
        if task.counted is None or (task.counted.to_move, task.counted.moved) != (to_move, moved):
            facts.append(
                Counted(
                    draft=signed.draft, receiver=task.receiver, by=by, at=now, to_move=to_move, moved=moved
                )
            )
    return desk.note_together(facts, noted_at=now)


def _figures(registry: EventStore, regions: Collection[str]) -> dict[str, Counter[str]]:
    """The figures of each region: one question for all counties, one more for each region below."""
    counties = {code for code in regions if len(code) == COUNTY_DIGITS}
    found = {code: head_count(registry, code).total() for code in regions if code not in counties}
    return found | head_count(registry).by_risk(COUNTY_DIGITS) if counties else found
