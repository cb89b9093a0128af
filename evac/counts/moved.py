"""应转 and 已转 of the regions under a transfer order, from the registry into the log of documents: a shortfall then speaks for itself."""

from __future__ import annotations

from datetime import datetime

from evac.counts.now import head_count
from evac.orders.deadlines import MOVES
from evac.orders.task_desk import TaskDesk
from evac.orders.task_events import Counted
from evac.registry import EventStore


def count_moved(desk: TaskDesk, registry: EventStore, now: datetime, *, by: str) -> int:
    """Note 应转 and 已转 of the region of each open transfer order where they changed; how many were noted.

    Parameters
    ----------
    by : str
        In whose name: a program's, never a person's.
    """
    noted = 0
    for task in list(desk.book().unfinished()):
        signed = task.terms.signed
        if signed.type != MOVES or task.receiver != task.terms.addressee:
            continue
        total = head_count(registry, signed.region).total()
        to_move, moved = total["due"], total["moved"] + total["returned"]
        if task.counted is None or (task.counted.to_move, task.counted.moved) != (to_move, moved):
            desk.note(
                signed.draft, Counted, receiver=task.receiver, by=by, at=now, to_move=to_move, moved=moved
            )
            noted += 1
    return noted
