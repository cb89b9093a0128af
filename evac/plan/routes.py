"""Several routes (转移路线) from one place to the nearest safe ones, so that a closure on the way has an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from evac.plan.graphs import arc_matrix
from evac.plan.roads import Condition, Numbers, RoadNetwork, road_numbers
from riskmap.errors import DataError


@dataclass(frozen=True, slots=True)
class Route:
    """One way from a place to another.

    Attributes
    ----------
    links : tuple of int
    seconds : float
        [s] without any queue.
    metres : float
        [m].
    narrowest : float
        Capacity of its narrowest link [vehicles h-1].
    unknown : int
        Links of which nobody knows how they are; 0 is not a promise.
    """

    links: tuple[int, ...]
    seconds: float
    metres: float
    narrowest: float
    unknown: int


def routes(
    network: RoadNetwork, origin: int, destinations: Sequence[int], count: int, *, apart: bool = True
) -> tuple[Route, ...]:
    """Several routes from a node to the nearest of some others, the fastest first, none with a loop.

    Parameters
    ----------
    origin : int
        Node.
    destinations : sequence of int
        Nodes; each route ends at one of them.
    count : int
        At most so many; fewer where there are no more.
    apart : bool
        True: each link of a route found costs ``detour`` times as much for the next, so that they differ where they can.
        False: the k shortest loopless routes (Yen 1971), which may differ by one street alone; of roads between the same two
        junctions the fastest.

    Raises
    ------
    DataError
        A node that is not in the network.

    References
    ----------
    Yen (1971), Management Science 17, 712. de la Barra, Perez and Anez (1993): link penalties.

    Examples
    --------
    >>> import numpy as np
    >>> from evac import routes
    >>> from evac.plan.road_build import Way, build_network
    >>> straight = Way(np.array([[120.0, 30.0], [120.02, 30.0]]), "primary", speed=40)
    >>> round_about = Way(np.array([[120.0, 30.0], [120.01, 30.01], [120.02, 30.0]]), "secondary", speed=40)
    >>> network = build_network([straight, round_about], source="example")
    >>> start, end = int(network.start[0]), int(network.end[0])
    >>> [(round(route.metres), round(route.seconds)) for route in routes(network, start, [end], 2)]  # [m], [s]
    [(1926, 173), (2942, 265)]
    """
    asked = np.unique(np.asarray([origin, *destinations]))
    if asked[0] < 0 or asked[-1] >= network.nodes:
        raise DataError(
            "a node that is not in the network", where="routes", expected=f"0 to {network.nodes - 1}",
            found=str(int(asked[0] if asked[0] < 0 else asked[-1])), remedy="attach the place to the network first",
        )  # fmt: skip
    if origin in destinations or not len(destinations):
        return ()
    found = (
        _penalised(network, origin, destinations, count)
        if apart
        else _yen(network, origin, destinations, count)
    )
    return tuple(sorted(found, key=lambda route: route.seconds))


def _search(network: RoadNetwork, seconds: Numbers, destinations: Sequence[int]) -> Any:
    """The graph with one goal more, node ``network.nodes``, behind all destinations."""
    last = network.nodes
    ends = np.unique(np.asarray(destinations))
    on = ~np.isin(network.start, ends)  # who has arrived does not drive on
    rows = np.concatenate([network.start[on], ends])
    columns = np.concatenate([network.end[on], np.full(len(ends), last)])
    return arc_matrix(rows, columns, np.concatenate([seconds[on], np.zeros(len(ends))]), last + 1)


def _walk(previous: Any, origin: int, last: int) -> list[int]:
    """Nodes from the origin to the goal before ``last``."""
    node, nodes = int(previous[last]), []
    while node != origin:
        if node < 0:
            return []
        nodes.append(node)
        node = int(previous[node])
    return [origin, *nodes[::-1]]


def _route(network: RoadNetwork, nodes: list[int], costs: Numbers) -> Route:
    """The cheapest link of each step: of roads between the same two junctions the one that the search took."""
    links = []
    for a, b in pairwise(nodes):
        between = np.flatnonzero((network.start == a) & (network.end == b))
        links.append(int(between[np.argmin(costs[between])]))
    return Route(
        tuple(links), float(network.seconds[links].sum()), float(network.length[links].sum()),
        float(network.capacity[links].min()), int((network.condition[links] == Condition.UNKNOWN).sum()),
    )  # fmt: skip


def _penalised(network: RoadNetwork, origin: int, destinations: Sequence[int], count: int) -> list[Route]:
    from scipy.sparse.csgraph import dijkstra

    dearer = road_numbers().share("detour")
    seconds = network.seconds.copy()
    found: dict[tuple[int, ...], Route] = {}
    for _ in range(4 * count):
        _, previous = dijkstra(
            _search(network, seconds, destinations), indices=[origin], return_predecessors=True
        )
        nodes = _walk(previous[0], origin, network.nodes)
        if len(nodes) < 2:
            break
        route = _route(network, nodes, seconds)
        found.setdefault(route.links, route)
        if len(found) == count:
            break
        seconds[list(route.links)] *= dearer
    return list(found.values())


def _yen(network: RoadNetwork, origin: int, destinations: Sequence[int], count: int) -> list[Route]:
    from scipy.sparse.csgraph import yen

    graph = _search(network, network.seconds, destinations)
    distances, previous = yen(graph, origin, network.nodes, count, return_predecessors=True)
    walks = (_walk(row, origin, network.nodes) for row in previous[: len(distances)])
    return [_route(network, nodes, network.seconds) for nodes in walks]
