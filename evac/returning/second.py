"""The next landfall while the first transfer is not closed: a new round for who returned, and nobody else is moved."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from evac.events import Ordered, ReturnHeld
from evac.model import MOVED, State
from evac.registry import Registry
from evac.returning.authority import Authority
from evac.returning.candidates import Candidate, candidates
from evac.returning.inspection import House, Result, houses, read_inspections
from evac.returning.release import Done, ReleasePlan, Step, note, rounds_of, want
from evac.returning.writing import Pen

LOOK_AGAIN: Final = "再次登陆后重新检查 · looked at before this landfall"


def next_round(
    registry: Registry,
    authority: Authority,
    region: str,
    *,
    by: str,
    now: datetime,
    categories: Collection[str] = (),
) -> Done:
    """A second landfall: who returned is ordered again, who was allowed to and has not left is held, who stays keeps standing.

    Parameters
    ----------
    authority : Authority
        Of the new transfer order.

    Returns
    -------
    Done
        ``allowed`` counts the orders, ``held`` the releases that were taken back, ``standing`` who stays where they are.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from evac import Clerk, MemoryStore, Registry, next_round
    >>> from evac.events import ArrivedShelter, Registered, ReturnAllowed, Returned
    >>> from evac.returning.authority import on_paper
    >>> code, noon = "7" + "C" * 25, datetime(2021, 7, 28, 4, tzinfo=UTC)
    >>> clerk, registry = Clerk("李四", "S1", "D1", noon), Registry(MemoryStore())
    >>> events = [clerk.write(Registered, code, county="330902"), clerk.write(Ordered, code, order="令1")]
    >>> events += [clerk.write(kind, code) for kind in (ArrivedShelter, ReturnAllowed, Returned)]
    >>> registry.check_ins(events, received_at=noon).require_all()
    >>> done = next_round(registry, on_paper("令3", "定海区防指", "330902", "330902"), "330902", by="李四", now=noon)
    >>> done.allowed, registry.state(code).state.chinese, registry.state(code).round
    (1, '未通知', 2)
    """
    people = [p for p in candidates(registry.store, region) if not categories or p.category in categories]
    again = [
        p for p in people if p.state in (State.RETURNED, State.REGISTERED, State.PREPARE, State.WITHDRAWN)
    ]
    back = [p for p in people if p.state is State.RETURN_ALLOWED]
    stays = [p for p in people if p.state in MOVED or p.state is State.RETURN_HELD]
    told = f"round\n{authority.order}\n{region}"
    order = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
    pen = Pen(by, region, f"order-{order[:12]}", now)
    events = [
        *(pen.about(ReturnHeld, one.code, one.key, order) for one in back),
        *(pen.about(Ordered, one.code, one.key, order, order=authority.order) for one in again),
    ]
    _look_again(registry, pen, people)
    stored, refused = pen.write(registry, events)
    kept = tuple(
        Step(p, f"{p.state.chinese} · {p.state.value}") for p in people if p not in {*again, *back, *stays}
    )
    plan = ReleasePlan(tuple(again), tuple(Step(p, "第二次登陆 · next landfall") for p in back), kept, {})
    return Done(plan, stored[Ordered.kind], stored[ReturnHeld.kind], len(stays), refused)


def _look_again(registry: Registry, pen: Pen, people: Sequence[Candidate]) -> None:
    """What was looked at before this landfall says nothing after it, also of people who stayed and have no second order."""
    items = read_inspections(registry.store, at=pen.now)
    opened = {House(i.wanted.place, i.wanted.subject) for i in items if i.wanted.device == pen.device}
    found = houses(items)
    rounds = rounds_of(people, found)
    looked = (
        h for h, what in found.items() if h in rounds and what.result is not Result.OPEN and h not in opened
    )
    note(registry, [want(pen, house, rounds[house] + 1, LOOK_AGAIN) for house in looked], pen.now)
