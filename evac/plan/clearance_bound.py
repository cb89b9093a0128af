"""What a clearance works on, and a time that no schedule beats.

For an instant T each link is given all the persons that could ever pass it and still arrive by T: the slots from the first second at
which anybody can be there to the last from which an exit is reached. A schedule that is done by T, summed over time, is a flow within these
capacities; so where the maximum flow is less than the people, T is too early, and the minimum cut names the links that
make it so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from evac.plan.departures import Counts, Departures
from evac.plan.graphs import arc_matrix
from evac.plan.roads import Condition, Numbers, RoadNetwork, road_numbers
from riskmap.errors import DataError

_FAR: Final = 2**40
_MOST: Final = 2**31 - 1


@dataclass(frozen=True, eq=False)
class Demand:
    """Network and groups as whole numbers, for the kernel and the bound.

    Attributes
    ----------
    first, links, heads : array of int
        Usable links that leave each node, and where they end.
    seconds : array of int (link,) [s]
        Rounded up, so that no plan is late by rounding.
    rate : array (link,)
        Persons a slot.
    until : array of int (link,) [s]
        Last second of entry.
    to_goal : array of int (kind, node) [s]
    kind : array of int (group,)
    room : array of int (node,)
        Persons that a goal takes.
    people : array of int (group,)
        None of groups without a road.
    """

    first: Counts
    links: Counts
    heads: Counts
    seconds: Counts
    rate: Numbers
    until: Counts
    to_goal: Counts
    kind: Counts
    room: Counts
    people: Counts
    step: int
    FAR: ClassVar[int] = _FAR


@dataclass(frozen=True, slots=True)
class Bound:
    """A time before which it cannot be done.

    Attributes
    ----------
    seconds : int
        [s].
    links : tuple of int
        A minimum cut one second earlier: the narrow places, where more lanes or an hour more would help. Empty where groups, exits or
        sheer distance bind instead.
    """

    seconds: int
    links: tuple[int, ...]


def demand_of(
    network: RoadNetwork, departures: Departures, exits: Sequence[int], rooms: Sequence[int] | None, step: int, horizon: int
) -> Demand:  # fmt: skip
    """Check what was asked for, and turn it into whole numbers.

    Parameters
    ----------
    step, horizon : int
        [s].

    Raises
    ------
    DataError
        See ``evac.plan.clearance.clear``.
    """
    _check(network, departures, exits, rooms, step, horizon)
    seconds = np.maximum(np.ceil(np.where(np.isfinite(network.seconds), network.seconds, 1.0)), 1.0).astype(
        np.int64
    )
    last = np.where(np.isfinite(network.open_until), network.open_until, float(_FAR)).astype(np.int64)
    until = last - seconds
    rate = network.capacity * road_numbers().share("persons_per_vehicle") * step / 3600.0
    usable = (
        (network.condition != Condition.CLOSED) & np.isfinite(network.seconds) & (until >= 0) & (rate > 0)
    )
    order = np.flatnonzero(usable)
    order = order[np.argsort(network.start[order], kind="stable")]
    first = np.searchsorted(network.start[order], np.arange(network.nodes + 1))
    room = np.zeros(network.nodes, np.int64)
    room[list(exits)] = _MOST if rooms is None else np.asarray(rooms, np.int64)
    own = np.unique(departures.goal[departures.goal >= 0])
    room[own[~np.isin(own, exits)]] = _MOST
    goals = [np.asarray(exits, np.int64), *(np.array([node]) for node in own)]
    kind = np.where(departures.goal < 0, 0, np.searchsorted(own, departures.goal) + 1)
    to_goal = np.stack(
        [_nearest(network, usable, seconds, goal, np.zeros(len(goal)), back=True) for goal in goals]
    )
    return Demand(
        first.astype(np.int64), order.astype(np.int64), network.end[order].astype(np.int64), seconds, rate, until, to_goal,
        kind.astype(np.int64), room, np.where(departures.node >= 0, departures.people, 0), step,
    )  # fmt: skip


def _check(
    network: RoadNetwork, departures: Departures, exits: Sequence[int], rooms: Sequence[int] | None, step: int, horizon: int
) -> None:  # fmt: skip
    if not 1 <= step <= horizon:
        raise DataError(
            "a slot that does not fit",
            where="step",
            expected=f"1 to {horizon} s",
            found=f"{step} s",
            remedy="give whole seconds",
        )
    if not len(exits):
        raise DataError(
            "no exit",
            where="exits",
            expected="a node that is safe",
            found="none",
            remedy="name the shelters, or where the roads leave the area",
        )
    asked = np.concatenate([np.asarray(exits), departures.node, departures.goal])
    if asked.max() >= network.nodes or min(np.asarray(exits).min(), 0) < 0:
        raise DataError(
            "a node that is not in the network", where="exits and departures", expected=f"0 to {network.nodes - 1}",
            found=str(int(asked.max())), remedy="attach the places to this network",
        )  # fmt: skip
    if rooms is not None and (len(rooms) != len(exits) or min(rooms) < 0 or len(set(exits)) != len(exits)):
        raise DataError(
            "rooms that do not fit the exits", where="rooms", expected="one number, 0 or more, for each of different exits",
            found=f"{len(rooms)} rooms for {len(exits)} exits", remedy="add up shelters at the same node",
        )  # fmt: skip


def _nearest(
    network: RoadNetwork,
    usable: NDArray[np.bool_],
    seconds: Counts,
    nodes: Counts,
    after: Numbers,
    *,
    back: bool,
) -> Counts:
    """Time on empty roads from some nodes to each (or from each to them), whole seconds; ``after`` is added at them."""
    from scipy.sparse.csgraph import dijkstra

    n = network.nodes
    a, b = (network.end, network.start) if back else (network.start, network.end)
    rows = np.concatenate([a[usable], np.full(len(nodes), n)])
    columns = np.concatenate([b[usable], nodes])
    costs = np.concatenate([seconds[usable].astype(np.float64), after])
    found = dijkstra(arc_matrix(rows, columns, costs, n + 1), indices=[n])[0, :n]
    return np.where(np.isfinite(found), np.floor(np.nan_to_num(found, posinf=0.0) + 1e-3), _FAR).astype(
        np.int64
    )


def lower_bound(
    network: RoadNetwork, departures: Departures, demand: Demand, people: int, finish: int
) -> Bound:
    """The earliest instant by which so many people could be out, whatever the schedule.

    Parameters
    ----------
    people : int
        Those whom the schedule brings out.
    finish : int
        When it does so [s]: the search goes no further.
    """
    if not people:
        return Bound(0, ())
    usable = np.zeros(network.links, bool)
    usable[demand.links] = True
    group = np.flatnonzero(demand.people > 0)
    here = _nearest(
        network,
        usable,
        demand.seconds,
        departures.node[group],
        departures.ready[group].astype(np.float64),
        back=False,
    )
    from_here = demand.to_goal.min(axis=0)
    low, high = -1, finish
    links: tuple[int, ...] = ()
    while high - low > 1:  # low is too early, high is not
        middle = (low + high) // 2
        flow, cut = _flow(network, departures, demand, here, from_here, middle, people)
        if flow < people:
            low, links = middle, cut
        else:
            high = middle
    return Bound(low + 1, links)


def _flow(
    network: RoadNetwork,
    departures: Departures,
    demand: Demand,
    here: Counts,
    from_here: Counts,
    by: int,
    people: int,
) -> tuple[int, tuple[int, ...]]:
    """Persons who could be out by an instant, and a minimum cut of links."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    links, n = demand.links, network.nodes
    earliest = here[network.start[links]]
    latest = np.minimum(by - demand.seconds[links] - from_here[network.end[links]], demand.until[links])
    most = _passing(demand.rate[links], earliest // demand.step, latest // demand.step)
    most = np.where((latest >= earliest) & (earliest < _FAR), np.minimum(most, people), 0)
    in_time = departures.ready + from_here[np.maximum(departures.node, 0)] <= by
    supply = np.bincount(
        np.maximum(departures.node, 0), weights=np.where(in_time, demand.people, 0), minlength=n
    )
    source, sink = n, n + 1
    sources, goals = np.flatnonzero(supply), np.flatnonzero(demand.room)
    rows = np.concatenate([network.start[links], np.full(len(sources), source), goals])
    columns = np.concatenate([network.end[links], sources, np.full(len(goals), sink)])
    room = np.concatenate([most, supply[sources], np.minimum(demand.room[goals], people)]).astype(np.int64)
    keep = room > 0
    graph: Any = csr_array((room[keep], (rows[keep], columns[keep])), shape=(n + 2, n + 2))
    graph.sum_duplicates()
    graph.data = np.minimum(graph.data, _MOST)
    graph = graph.astype(np.int32)
    done = maximum_flow(graph, source, sink)
    residual = (graph - done.flow).tocsr()
    residual.data = np.maximum(residual.data, 0)
    residual.eliminate_zeros()
    inside = np.zeros(n + 2, bool)
    inside[breadth_first_order(residual, source, return_predecessors=False)] = True
    crossing = inside[network.start[links]] & ~inside[network.end[links]] & (most > 0)
    return int(done.flow_value), tuple(links[crossing].tolist())


def _passing(rate: Numbers, first: Counts, last: Counts) -> Counts:
    """Whole persons of the slots from the first to the last, both taken in; as the kernel books them."""
    return np.asarray(np.floor((last + 1) * rate + 1e-9) - np.floor(first * rate + 1e-9), np.float64).astype(
        np.int64
    )
