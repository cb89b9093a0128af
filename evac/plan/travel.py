"""Ways by road between homes and shelters, as sparse arcs; distances by Dijkstra's algorithm (SciPy)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from evac.plan.graphs import arc_matrix
from evac.plan.roads import CLASSES, Condition, Numbers, RoadNetwork, Whole, road_numbers
from riskmap.errors import DataError
from riskmap.grid import EARTH_RADIUS

_CELLS: Final = 4_000_000
"""So many distances are held at once, 32 MB, and a few copies of them."""

_AT: Final = 0.5
"""Who stands this near a junction stands at it, and needs no direction of the link [m]."""

Weight = Literal["metres", "seconds"]


@dataclass(frozen=True, eq=False)
class Attached:
    """Points on the road next to them.

    Attributes
    ----------
    link : array of int (point,)
        A link of the line next to the point; -1 where every road is farther than the reach.
    share : array (point,)
        How far along that link, 0 to 1.
    off_road : array (point,) [m]
        From the point to the road; NaN where there is none.
    """

    link: Whole
    share: Numbers
    off_road: Numbers


@dataclass(frozen=True, eq=False)
class Arcs:
    """Pairs of places that are near by road; what allocation works on.

    Attributes
    ----------
    origin, destination : array of int (arc,)
        Indices into the points given, sorted by origin, then destination.
    cost : array (arc,)
        [m] or [s], by ``weight``; from the place to its road included at either end (at walking speed in seconds).
    weight : 'metres' or 'seconds'
    no_road_from, no_road_to : array of int
        Points that no open road comes near.
    """

    origin: Whole
    destination: Whole
    cost: Numbers
    weight: Weight
    no_road_from: Whole
    no_road_to: Whole


def attach(network: RoadNetwork, points: Any, *, reach: float | None = None) -> Attached:
    """The open road next to each point; a place whose own road is closed is cut off unless another is beside it.

    Parameters
    ----------
    points : array-like (point, 2) [degrees]
        Longitude, latitude.
    reach : float, optional
        Farthest road [m]; ``reach_of_road`` of roads.toml where None.

    Raises
    ------
    DataError
        A point without a place.
    """
    import shapely

    where = np.asarray(points, np.float64).reshape(-1, 2)
    if not np.isfinite(where).all():
        row = int(np.flatnonzero(~np.isfinite(where).all(axis=1))[0])
        raise DataError(
            "a point without its place", where=f"point {row}", expected="longitude and latitude in degrees",
            found=str(where[row].tolist()), remedy="list people without coordinates apart",
        )  # fmt: skip
    link, share = np.full(len(where), -1, np.int32), np.zeros(len(where))
    off_road = np.full(len(where), np.nan)
    usable = np.flatnonzero(network.condition != Condition.CLOSED)
    lines, one = np.unique(network.line[usable], return_index=True)
    if not len(lines) or not len(where):
        return Attached(link, share, off_road)
    middle = np.radians(float(network.latitude.mean()))
    scale = np.array([np.cos(middle), 1.0]) * np.radians(1.0) * EARTH_RADIUS
    of_point = np.repeat(np.arange(len(network.names)), np.diff(network.first))
    shapes = shapely.linestrings(network.points * scale, indices=of_point)
    spots = shapely.points(where * scale)
    numbers = road_numbers()
    far = numbers.share("reach_of_road") if reach is None else reach
    which, near, apart = _nearest(shapes[lines], spots, far)
    nearest = np.full(len(where), np.inf)
    own, _, own_apart = _nearest(shapes, spots, far)
    nearest[own] = own_apart
    dry = apart <= nearest[which] + numbers.share("beside")
    which, near, apart = which[dry], near[dry], apart[dry]
    along = shapely.line_locate_point(shapes[lines[near]], spots[which], normalized=True)
    chosen = usable[one[near]]
    metres = along * network.length[chosen]
    along = np.where(metres < _AT, 0.0, np.where(metres > network.length[chosen] - _AT, 1.0, along))
    link[which], off_road[which] = chosen, apart
    share[which] = np.where(network.along[chosen], along, 1.0 - along)
    return Attached(link, share, off_road)


def _nearest(shapes: Any, spots: Any, far: float) -> tuple[Any, Any, Any]:
    """Which spots have a line near, the nearest line of each, and how far [m]."""
    import shapely

    (which, near), apart = shapely.STRtree(shapes).query_nearest(
        spots, max_distance=far, return_distance=True, all_matches=False
    )
    return which, near, apart


def travel(
    network: RoadNetwork,
    from_points: Any,
    to_points: Any,
    within: float,
    *,
    weight: Weight = "metres",
    on_foot: bool = False,
) -> Arcs:
    """Which places reach which by road, and at what cost, as sparse arcs.

    Closed links are not used. In a car one-way roads hold; on foot they do not, and motorways are not walked.

    Parameters
    ----------
    from_points, to_points : array-like (point, 2) [degrees]
        Longitude, latitude of homes and of shelters.
    within : float
        Greatest cost that is of interest, in the unit of ``weight``.
    weight : 'metres' or 'seconds'
        [m] along the shortest way, or [s] along the fastest.

    Returns
    -------
    Arcs

    Raises
    ------
    DataError
        A point without a place, or ``within`` that is not positive.

    Examples
    --------
    >>> from evac.plan.road_build import Way, build_network
    >>> road = Way(np.array([[120.0, 30.0], [120.01, 30.0]]), "primary", oneway=1)
    >>> network = build_network([road], source="example")
    >>> found = travel(network, [[120.001, 30.0]], [[120.009, 30.0]], 5000)
    >>> float(found.cost[0].round())
    770.0
    >>> len(travel(network, [[120.009, 30.0]], [[120.001, 30.0]], 5000).cost)  # against the one-way road
    0
    """
    if not within > 0:
        raise DataError(
            "nothing is within it",
            where="within",
            expected="a positive number",
            found=repr(within),
            remedy="give metres or seconds",
        )
    here, there = attach(network, from_points), attach(network, to_points)
    start, end, cost, of_link = _graph(network, weight, on_foot)
    homes = np.flatnonzero(here.link >= 0)
    goals = np.flatnonzero(there.link >= 0)
    pace = 1.0 if weight == "metres" else 1.0 / road_numbers().share("walking_speed")
    out: list[tuple[Whole, Whole, Numbers]] = []
    at_once = max(1, _CELLS // max(network.nodes, len(homes), 1))
    for n in range(0, len(goals), at_once):
        some = goals[n : n + at_once]
        reach = _to_goals(network, (start, end, cost), of_link, there, some, within)
        full = _from_homes(network, of_link, here, homes, there, some, reach)
        full += (here.off_road[homes, None] + there.off_road[some]) * pace
        a, b = np.nonzero(full <= within)
        out.append((homes[a].astype(np.int32), some[b].astype(np.int32), full[a, b]))
    origin, destination, found = (
        np.concatenate([part[k] for part in out]) if out else np.empty(0) for k in range(3)
    )
    order = np.lexsort((destination, origin))
    return Arcs(
        origin[order].astype(np.int32), destination[order].astype(np.int32), found[order], weight,
        np.flatnonzero(here.link < 0).astype(np.int32), np.flatnonzero(there.link < 0).astype(np.int32),
    )  # fmt: skip


def _graph(network: RoadNetwork, weight: Weight, on_foot: bool) -> tuple[Whole, Whole, Numbers, Numbers]:
    """Start, end and cost of every arc that can be used, and the cost of each link in its own direction and against it.

    The last is (link, 2): infinite where that direction cannot be used.
    """
    usable = network.condition != Condition.CLOSED
    if on_foot:
        usable &= network.road_class[network.line] != CLASSES.index("motorway")
        seconds = network.length / road_numbers().share("walking_speed")
    else:
        seconds = network.seconds
    plain = np.where(usable, network.length if weight == "metres" else seconds, np.inf)
    back = plain.copy() if on_foot else np.full(network.links, np.inf)
    paired = network.opposite >= 0
    back[paired] = np.minimum(back[paired], plain[network.opposite[paired]])
    keep = np.isfinite(plain)
    start, end, cost = network.start[keep], network.end[keep], plain[keep]
    if on_foot:
        start, end, cost = np.concatenate([start, end]), np.concatenate([end, start]), np.tile(cost, 2)
    return start, end, cost, np.stack([plain, back], axis=1)


def _to_goals(
    network: RoadNetwork, arcs: tuple[Whole, Whole, Numbers], of_link: Numbers, there: Attached,
    goals: NDArray[np.int64], within: float,
) -> Numbers:  # fmt: skip
    """Cost from every node to each goal, (goal, node); infinite beyond."""
    from scipy.sparse.csgraph import dijkstra

    start, end, cost = arcs
    n = network.nodes
    link, share = there.link[goals], there.share[goals]
    own = n + np.arange(len(goals), dtype=np.int32)
    forth, back = _some(of_link[link, 0], share), _some(of_link[link, 1], 1.0 - share)
    rows = np.concatenate([start, network.start[link], network.end[link]])
    columns = np.concatenate([end, own, own])
    costs = np.concatenate([cost, forth, back])
    graph = arc_matrix(rows, columns, costs, n + len(goals))
    found = dijkstra(graph.T.tocsr(), indices=own, limit=within)
    return np.asarray(found[:, :n], np.float64)


def _some(cost: Numbers, share: Numbers) -> Numbers:
    """A share of a cost; none of an infinite one is nothing."""
    with np.errstate(invalid="ignore"):
        return np.where(share > 0, cost * share, 0.0)


def _from_homes(
    network: RoadNetwork, of_link: Numbers, here: Attached, homes: NDArray[np.int64], there: Attached,
    goals: NDArray[np.int64], reach: Numbers,
) -> Numbers:  # fmt: skip
    """Cost from each home to each goal, (home, goal): by either end of its link, or along it where both lie on it."""
    link, share = here.link[homes], here.share[homes]
    forth, back = of_link[link, 0], of_link[link, 1]
    by_end = _some(forth, 1.0 - share)[:, None] + reach[:, network.end[link]].T
    by_start = _some(back, share)[:, None] + reach[:, network.start[link]].T
    best = np.minimum(by_end, by_start)
    same = network.line[link][:, None] == network.line[there.link[goals]][None, :]
    a, b = np.nonzero(same)
    if len(a):
        goal = there.share[goals][b]
        turned = there.link[goals][b] != link[a]
        step = np.where(turned, 1.0 - goal, goal) - share[a]
        best[a, b] = np.minimum(best[a, b], _some(np.where(step >= 0, forth[a], back[a]), np.abs(step)))
    return best
