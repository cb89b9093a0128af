"""The relaxation: people as a flow from places to shelters at least cost, to the unit; households may be divided here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evac.plan.homes import Integers
from evac.plan.reach import MOST, Arcs, needs_extra
from riskmap.errors import DataError


@dataclass(frozen=True, eq=False)
class Flow:
    """A cheapest flow.

    Attributes
    ----------
    people : int64 (arc,)
        Persons on each arc.
    unplaced : int64 (place,)
        Persons for whom there is no room.
    cost : int
        Person-metres, and what the unplaced cost [m].
    """

    people: Integers
    unplaced: Integers
    cost: int


def cheapest_flow(people: Integers, room: Integers, arcs: Arcs, unplaced_cost: Integers) -> Flow:
    """Send everybody somewhere, or nowhere at a price, so that the sum is least.

    Parameters
    ----------
    people : int64 (place,)
        Persons at each place.
    room : int64 (shelter,)
        Persons that each shelter takes.
    arcs : Arcs
        Place to shelter.
    unplaced_cost : int64 (place,)
        Price of one person without a shelter [m].

    Returns
    -------
    Flow
        Whole persons; no other flow costs less.

    Raises
    ------
    MissingExtraError
        Without the extra ``plan``.
    DataError
        Numbers too large to be exact.

    References
    ----------
    Goldberg (1997), J. Algorithms 22, 1: cost-scaling push-relabel, as OR-tools' SimpleMinCostFlow has it. Ahuja, Magnanti
    and Orlin (1993), Network Flows, theorem 9.10: with whole supplies and capacities some cheapest flow is whole.

    Examples
    --------
    >>> arcs = Arcs(np.array([0, 1]), np.array([0, 0]), np.array([100, 300]))
    >>> found = cheapest_flow(np.array([3, 4]), np.array([5]), arcs, np.array([9000, 9000]))
    >>> found.people.tolist(), found.unplaced.tolist(), found.cost
    ([3, 2], [0, 2], 18900)
    """
    try:
        from ortools.graph.python import min_cost_flow
    except ImportError as error:
        raise needs_extra("ortools") from error
    total = int(people.sum())
    if total == 0:
        return Flow(np.zeros(arcs.origin.size, np.int64), np.zeros_like(people), 0)
    highest = max(int(unplaced_cost.max()), int(arcs.metres.max(initial=0)))
    if total * highest > MOST:
        raise DataError(
            "the numbers are too large for an exact plan", where="shelter allocation",
            expected="people times metres below 2^62", found=f"{total} people, {highest} m",
            remedy="plan county by county",
        )  # fmt: skip
    places, shelters, count = people.size, room.size, arcs.origin.size
    sink = places + shelters
    graph = min_cost_flow.SimpleMinCostFlow()
    graph.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([arcs.origin, places + np.arange(shelters), np.arange(places)]),
        np.concatenate([places + arcs.target, np.full(shelters, sink), np.full(places, sink)]),
        np.concatenate([np.minimum(people[arcs.origin], room[arcs.target]), room, people]),
        np.concatenate([arcs.metres, np.zeros(shelters, np.int64), unplaced_cost]),
    )
    graph.set_nodes_supplies(
        np.arange(sink + 1), np.concatenate([people, np.zeros(shelters, np.int64), [-total]])
    )
    status = graph.solve()
    if status != graph.OPTIMAL:
        raise DataError(
            "no cheapest flow was found", where="shelter allocation", expected="OPTIMAL", found=str(status),
            remedy="plan county by county, and tell us",
        )  # fmt: skip
    flows = np.asarray(graph.flows(np.arange(count + shelters + places)), np.int64)
    return Flow(flows[:count], flows[count + shelters :], int(graph.optimal_cost()))
