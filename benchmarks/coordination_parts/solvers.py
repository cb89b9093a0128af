"""The same problem given to OR-tools and to HiGHS with nothing around them."""

from __future__ import annotations

import numpy as np

from evac.plan.homes import Integers
from evac.plan.reach import Arcs


def bare_ortools(people: Integers, room: Integers, arcs: Arcs, unplaced: int) -> int:
    """Cost of the cheapest flow by SimpleMinCostFlow: arrays in, cost and flows out."""
    from ortools.graph.python import min_cost_flow

    places, shelters = people.size, room.size
    graph, sink = min_cost_flow.SimpleMinCostFlow(), places + shelters
    tails = np.concatenate([arcs.origin, places + np.arange(shelters), np.arange(places)])
    heads = np.concatenate([places + arcs.target, np.full(shelters, sink), np.full(places, sink)])
    most = np.concatenate([np.minimum(people[arcs.origin], room[arcs.target]), room, people])
    cost = np.concatenate([arcs.metres, np.zeros(shelters, np.int64), np.full(places, unplaced)])
    graph.add_arcs_with_capacity_and_unit_cost(tails, heads, most, cost)
    graph.set_nodes_supplies(
        np.arange(sink + 1), np.concatenate([people, np.zeros(shelters, np.int64), [-people.sum()]])
    )
    if graph.solve() != graph.OPTIMAL:
        raise RuntimeError("OR-tools found no optimum")
    graph.flows(np.arange(tails.size))
    return int(graph.optimal_cost())


def bare_highs(
    people: Integers, room: Integers, arcs: Arcs, unplaced: int, *, seconds: float
) -> float | None:
    """Cost of the cheapest flow by HiGHS' dual simplex; None where it has no answer within ``seconds`` [s]."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    count, places = arcs.origin.size, people.size
    everybody = csr_array(
        (
            np.ones(count + places),
            (np.concatenate([arcs.origin, np.arange(places)]), np.arange(count + places)),
        )
    )
    within = csr_array((np.ones(count), (arcs.target, np.arange(count))), shape=(room.size, count + places))
    cost = np.concatenate([arcs.metres, np.full(places, unplaced)]).astype(float)
    found = linprog(
        cost, A_ub=within, b_ub=room, A_eq=everybody, b_eq=people, bounds=(0, None), method="highs-ds",
        options={"time_limit": seconds},
    )  # fmt: skip
    return float(found.fun) if found.status == 0 else None
