"""应转 and 已转 of the regions under a transfer order, from the registry into the log of documents: a shortfall then speaks for itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from evac.counts.head_count import HeadCount
from evac.counts.now import head_count
from evac.grain import COUNTY_DIGITS, Grain
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
    counts = _counts(registry, {task.terms.signed.region for task in tasks})
    facts = []
    for task in tasks:
        signed = task.terms.signed
        total = counts[signed.region].total()
        to_move, moved = total["due"], total["moved"] + total["returned"]
        if task.counted is None or (task.counted.to_move, task.counted.moved) != (to_move, moved):
            facts.append(
                Counted(
                    draft=signed.draft, receiver=task.receiver, by=by, at=now, to_move=to_move, moved=moved
                )
            )
    return desk.note_together(facts, noted_at=now)


def _counts(registry: EventStore, regions: Collection[str]) -> Mapping[str, HeadCount]:
    """The head-count of each region: one question for all counties, one more for each region below."""
    counties = {code for code in regions if len(code) == COUNTY_DIGITS}
    found = {code: head_count(registry, code) for code in regions if code not in counties}
    if not counties:
        return found
    parts: dict[str, dict[Grain, int]] = {code: {} for code in counties}
    for grain, people in head_count(registry).grains.items():
        if grain.region in parts:
            parts[grain.region][grain] = people
    return found | {code: HeadCount(grains, fine=False) for code, grains in parts.items()}
