"""What one more place in each shelter would be worth, read off a cheapest flow."""

from __future__ import annotations

import numpy as np

from evac.plan.flow import Flow
from evac.plan.homes import Integers
from evac.plan.reach import Arcs


def shelter_prices(arcs: Arcs, flow: Flow, room: Integers, unplaced_cost: Integers) -> Integers:
    """Metres that one more place in each shelter would save, int64 (shelter,); 0 where there is room.

    The cheapest chain that makes a place free: somebody moves on to the next shelter, somebody there to the one after, until one
    has room or somebody stays outside.

    Parameters
    ----------
    arcs : Arcs
        Place to shelter, by origin.
    flow : Flow
        A cheapest flow; of any other the chains have no end.
    room : int64 (shelter,)
        Persons.
    unplaced_cost : int64 (place,)
        Price of a person without a shelter [m].

    References
    ----------
    Ahuja, Magnanti and Orlin (1993), Network Flows, section 9.4: node potentials of an optimal flow are shortest distances in
    its residual network; found by Bellman and Ford's rule.

    Examples
    --------
    >>> arcs = Arcs(np.array([0, 1]), np.array([0, 0]), np.array([100, 300]))
    >>> flow = Flow(np.array([3, 2]), np.array([0, 2]), 18900)
    >>> shelter_prices(arcs, flow, np.array([5]), np.array([9000, 9000])).tolist()
    [8700]
    """
    load = np.bincount(arcs.target, flow.people, room.size).astype(np.int64)
    worth = np.full(room.size, 2 * int(unplaced_cost.max(initial=1)), np.int64)
    used = np.flatnonzero(flow.people)
    stay = unplaced_cost[arcs.origin[used]] - arcs.metres[used]
    np.minimum.at(worth, arcs.target[used], stay)
    worth[load < room] = 0
    worth[room == 0] = 0  # nobody is there to move on, and nobody may come
    leave, come, metres = _exchanges(arcs, used, room)
    if not leave.size:
        return worth
    new = np.ones(leave.size, np.bool_)
    new[1:] = np.diff(leave) != 0
    starts = np.flatnonzero(new)
    full = load[leave[starts]] >= room[leave[starts]]
    for _ in range(room.size + 1):
        through = np.minimum.reduceat(metres + worth[come], starts)
        better = np.minimum(worth[leave[starts]], np.maximum(through, 0))
        better = np.where(full, better, 0)
        if (better == worth[leave[starts]]).all():
            break
        worth[leave[starts]] = better
    return worth


def _exchanges(arcs: Arcs, used: Integers, room: Integers) -> tuple[Integers, Integers, Integers]:
    """For each pair of shelters what it costs at least that one person moves from the first to the second; by the first."""
    first = np.searchsorted(arcs.origin, arcs.origin[used])
    count = np.searchsorted(arcs.origin, arcs.origin[used], side="right") - first
    which = np.repeat(used, count)
    other = np.arange(which.size) - np.repeat(np.cumsum(count) - count - first, count)
    open_ = (arcs.target[which] != arcs.target[other]) & (room[arcs.target[other]] > 0)
    which, other = which[open_], other[open_]
    metres = arcs.metres[other] - arcs.metres[which]
    pair = arcs.target[which] * room.size + arcs.target[other]
    order = np.lexsort((metres, pair))
    pair, metres = pair[order], metres[order]
    new = np.ones(pair.size, np.bool_)
    new[1:] = np.diff(pair) != 0
    leave, come = np.divmod(pair[new], max(room.size, 1))
    return leave, come, metres[new]
