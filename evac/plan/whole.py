"""From a flow of people to households that stay whole: most keep the flow's shelter, the rest is a small integer program.

A place whose flow goes to one shelter sends all its households there. A place whose flow is split deals its households out
so that the parts are met to the person where their sizes allow; what is left over goes to ``evac.plan.rounding``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from evac.plan.flow import Flow
from evac.plan.homes import Demand, Integers
from evac.plan.reach import Arcs
from evac.plan.rounding import NOWHERE, Dealt, Rounding, Split, round_homes

__all__ = ["NOWHERE", "Dealt", "Rounding", "whole_homes"]
SPLIT: Final = -2
"""Stands for several shelters."""


def whole_homes(
    demand: Demand, room: Integers, arcs: Arcs, flow: Flow, unplaced_cost: Integers, rounding: Rounding
) -> Dealt:
    """Give every home one shelter, dividing none but blocks.

    Parameters
    ----------
    demand : Demand
    room : int64 (shelter,)
        Persons that each shelter takes.
    arcs : Arcs
        Place to shelter, by origin.
    flow : Flow
        The relaxation.
    unplaced_cost : int64 (place,)
        Price of one person without a shelter [m].
    rounding : Rounding

    Returns
    -------
    Dealt
        Every home that has a position; no shelter above its room.
    """
    single, splits = _sorted_out(demand, arcs, flow)
    kept = np.flatnonzero(demand.place >= 0)
    kept = kept[single[demand.place[kept]] > SPLIT]
    met = [split for split in splits if _met_exactly(split)]
    dealt = _joined(Dealt(kept, single[demand.place[kept]], demand.size[kept]), met, arcs)
    left = [split for split in splits if not split.counts]
    if left:
        dealt = round_homes(left, dealt, demand, room, arcs, flow, unplaced_cost, rounding)
        dealt = _joined(dealt, left, arcs)
    return _filled_up(demand, room, arcs, dealt)


def _joined(dealt: Dealt, splits: list[Split], arcs: Arcs) -> Dealt:
    rows = [row for split, metres in zip(splits, _lengths(splits, arcs)) for row in _deal(split, metres)]
    if not rows:
        return dealt
    home, shelter, people = np.array(rows, np.int64).T
    return Dealt(
        np.concatenate([dealt.home, home]), np.concatenate([dealt.shelter, shelter]), np.concatenate([dealt.people, people])
    )  # fmt: skip


def _filled_up(demand: Demand, room: Integers, arcs: Arcs, dealt: Dealt) -> Dealt:
    """Give the unplaced whatever room is left within their reach: the weak first, then by order, nearest first.

    Rounding may leave places over that the flow had filled; nobody is called without room while there is some.
    """
    placed = dealt.shelter >= 0
    free = room.copy()
    np.subtract.at(free, dealt.shelter[placed], dealt.people[placed])
    rows = list(zip(*(column[placed].tolist() for column in (dealt.home, dealt.shelter, dealt.people))))
    waiting = zip(dealt.home[~placed].tolist(), dealt.people[~placed].tolist())
    for home, people in sorted(waiting, key=lambda w: _before(demand, w[0])):
        place = int(demand.place[home])
        first, last = np.searchsorted(arcs.origin, [place, place + 1])
        near, left = np.lexsort((arcs.target[first:last], arcs.metres[first:last])) + first, people
        for shelter in arcs.target[near].tolist() if last > first else ():
            least = left if demand.whole[home] else 1
            if left and free[shelter] >= least:
                taken = min(left, int(free[shelter]))
                free[shelter] -= taken
                left -= taken
                rows.append((home, shelter, taken))
        if left:
            rows.append((home, NOWHERE, left))
    return _gathered(rows)


def _before(demand: Demand, home: int) -> tuple[bool, int, int]:
    return (not demand.weak[demand.place[home]], demand.homes[home].order, home)


def _gathered(rows: list[tuple[int, int, int]]) -> Dealt:
    """By home and shelter, one row a pair."""
    if not rows:
        nothing = np.zeros(0, np.int64)
        return Dealt(nothing, nothing, nothing)
    home, shelter, people = np.array(rows, np.int64).T
    order = np.lexsort((shelter, home))
    home, shelter, people = home[order], shelter[order], people[order]
    first = np.ones(home.size, np.bool_)
    first[1:] = (np.diff(home) != 0) | (np.diff(shelter) != 0)
    return Dealt(home[first], shelter[first], np.add.reduceat(people, np.flatnonzero(first)))


def _sorted_out(demand: Demand, arcs: Arcs, flow: Flow) -> tuple[Integers, list[Split]]:
    """The one shelter of each place, ``NOWHERE``, or ``SPLIT``; and the places that are split."""
    used = np.flatnonzero(flow.people)
    origin, target, people = arcs.origin[used], arcs.target[used], flow.people[used]
    places = demand.people.size
    ways = np.bincount(origin, minlength=places) + (flow.unplaced > 0)
    single = np.full(places, NOWHERE, np.int64)
    single[origin] = target
    single[flow.unplaced == demand.people] = NOWHERE
    several = np.flatnonzero(ways > 1)
    single[several] = SPLIT
    splits = {int(place): Split(int(place), {}, {}) for place in several}
    for n in np.flatnonzero(ways[origin] > 1):
        splits[int(origin[n])].parts[int(target[n])] = int(people[n])
    for place in several[flow.unplaced[several] > 0]:
        splits[int(place)].parts[NOWHERE] = int(flow.unplaced[place])
    known = np.flatnonzero(demand.place >= 0)
    known = known[single[demand.place[known]] == SPLIT]
    for home in sorted(known.tolist(), key=lambda n: (demand.homes[n].order, n)):
        size, split = int(demand.size[home]), splits[int(demand.place[home])]
        size, count = (size, 1) if demand.whole[home] else (1, size)
        split.classes.setdefault(size, []).append((home, count))
    return single, list(splits.values())


def _met_exactly(split: Split) -> bool:
    """Fill the parts with homes, largest first into the largest part left; True where every part is met to the person."""
    left = dict(sorted(split.parts.items()))
    counts: dict[tuple[int, int], int] = {}
    for size in sorted(split.classes, reverse=True):
        for _ in range(split.units(size)) if size > 1 else ():
            shelter = max(left, key=left.__getitem__)
            if left[shelter] < size:
                return False
            left[shelter] -= size
            counts[size, shelter] = counts.get((size, shelter), 0) + 1
    for shelter, people in left.items():
        if people:  # the parts sum to the people, so what is left are persons by themselves
            counts[1, shelter] = people
    split.counts = counts
    return True


def _lengths(splits: list[Split], arcs: Arcs) -> list[dict[int, int]]:
    """For each split place, how far the shelters are that it was given."""
    pairs = [(n, s) for n, split in enumerate(splits) for s in {s for _, s in split.counts if s >= 0}]
    found: list[dict[int, int]] = [{} for _ in splits]
    if pairs:
        number, shelter = np.array(pairs, np.int64).T
        place = np.array([split.place for split in splits], np.int64)[number]
        for (n, s), metres in zip(pairs, arcs.lengths(place, shelter).tolist()):
            found[n][s] = metres
    return found


def _deal(split: Split, metres: Mapping[int, int]) -> Iterator[tuple[int, int, int]]:
    """(home, shelter, people): of homes alike the first ones by order go nearest, the last ones nowhere."""
    for size, homes in split.classes.items():
        waiting = sorted(
            (shelter for s, shelter in split.counts if s == size),
            key=lambda shelter: (shelter < 0, metres.get(shelter, 0), shelter),
        )
        left = {shelter: split.counts[size, shelter] for shelter in waiting}
        for home, count in homes:
            while count:
                shelter = next(s for s in waiting if left[s])
                taken = min(count, left[shelter])
                left[shelter] -= taken
                count -= taken
                yield home, shelter, taken * size
