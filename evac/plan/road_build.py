"""From ways (道路中心线) to a network: cut where ways meet, lengths, defaults by class, parts, ends that nearly meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evac.plan.roads import CLASSES, Condition, Finding, Numbers, RoadNetwork, Slip, road_numbers
from riskmap.errors import DataError
from riskmap.grid import EARTH_RADIUS
from riskmap.sphere import distance

_GRAIN: Final = 1e-7  # degrees, about a centimetre: vertices that agree to this are one
_SHOWN: Final = 200  # findings of one kind that are listed one by one


@dataclass(frozen=True, eq=False)
class Way:
    """A road as its file has it.

    Attributes
    ----------
    points : array (point, 2) [degrees]
        Longitude, latitude; WGS-84.
    road_class : str
        One of ``CLASSES``.
    oneway : int
        1 along the points, -1 against them, 0 both.
    speed : float or None
        [km h-1].
    lanes : float or None
        In one direction.
    capacity : float or None
        Of one direction [vehicles h-1].
    raised : bool
        Bridge or tunnel.
    """

    points: Numbers
    road_class: str
    name: str = ""
    oneway: int = 0
    speed: float | None = None
    lanes: float | None = None
    capacity: float | None = None
    raised: bool = False


def build_network(
    ways: Sequence[Way], *, source: str, synthetic: bool = False, findings: Sequence[Finding] = ()
) -> RoadNetwork:
    """A network of ways, cut at every vertex that two of them share; a bridge over a road shares none and is not joined.

    Parameters
    ----------
    ways : sequence of Way
    source : str
        For messages and products.
    findings : sequence of Finding
        What the reader found already.

    Raises
    ------
    DataError
        No way has two distinct points.

    Examples
    --------
    >>> road = Way(np.array([[120.0, 30.0], [120.01, 30.0], [120.02, 30.0]]), "primary")
    >>> lane = Way(np.array([[120.01, 30.0], [120.01, 30.01]]), "residential", oneway=1)
    >>> network = build_network([road, lane], source="example")
    >>> network.nodes, network.links
    (4, 5)
    """
    kept = [(way, _distinct(way.points)) for way in ways]
    kept = [(way, points) for way, points in kept if len(points) > 1]
    if not kept:
        raise DataError(
            "no roads", where=source, expected="lines with two distinct points or more",
            found=f"{len(ways)} ways without", remedy="export the road layer again",
        )  # fmt: skip
    points = np.concatenate([p for _, p in kept])
    first = np.concatenate([[0], np.cumsum([len(p) for _, p in kept])])
    keys = np.round(points / _GRAIN).astype(np.int64)
    _, known, place, times = np.unique(
        keys, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    place = place.reshape(-1)
    knot = times > 1
    knot[place[first[:-1]]] = True
    knot[place[first[1:] - 1]] = True
    node_of = np.cumsum(knot) - 1
    here = points[known[knot]]
    pieces, owner = _cut(first, knot[place])
    way_of = [kept[n][0] for n in owner]
    ends = np.array([[node_of[place[a]], node_of[place[b - 1]]] for a, b in pieces], np.int32)
    metres = _lengths(points, pieces)
    network = _directed(way_of, pieces, ends, metres, points, here, source, synthetic)
    found = [*findings, *_defaults([way for way, _ in kept]), *_parts(network), *_nearly(network)]
    if len(kept) < len(ways):
        found.append(Finding(Slip.LEFT_OUT, f"{len(ways) - len(kept)} ways without a length"))
    return replace(network, findings=tuple(found))


def _distinct(points: Numbers) -> Numbers:
    """Without vertices that repeat the one before."""
    keys = np.round(points / _GRAIN)
    same = np.concatenate([[False], (keys[1:] == keys[:-1]).all(axis=1)])
    return np.asarray(points[~same], np.float64)


def _cut(first: NDArray[np.int64], knot: NDArray[np.bool_]) -> tuple[list[tuple[int, int]], list[int]]:
    """Ranges of points between knots, and the way of each."""
    pieces, owner = [], []
    for n, (a, b) in enumerate(pairwise(first)):
        at = a + np.flatnonzero(knot[a:b])
        pieces += [(int(i), int(j) + 1) for i, j in pairwise(at)]
        owner += [n] * (len(at) - 1)
    return pieces, owner


def _lengths(points: Numbers, pieces: list[tuple[int, int]]) -> Numbers:
    """Length of each piece along its vertices [m]."""
    lon, lat = points[:, 0], points[:, 1]
    steps = distance(latitude=lat[:-1], longitude=lon[:-1], to_latitude=lat[1:], to_longitude=lon[1:])
    sums = np.concatenate([[0.0], np.cumsum(steps)])
    a, b = np.array(pieces).T
    return np.asarray(sums[b - 1] - sums[a], np.float64)


def _directed(
    ways: list[Way], pieces: list[tuple[int, int]], ends: NDArray[np.int32], metres: Numbers, points: Numbers,
    here: Numbers, source: str, synthetic: bool,
) -> RoadNetwork:  # fmt: skip
    numbers = road_numbers()
    by_speed, by_lanes, by_capacity = (
        numbers.weights(f"class_{what}") for what in ("speed", "lanes", "capacity")
    )
    speed = np.array([way.speed or by_speed[way.road_class] for way in ways]) / 3.6
    lanes = [way.lanes or by_lanes[way.road_class] for way in ways]
    capacity = np.array(
        [way.capacity or n * by_capacity[way.road_class] for way, n in zip(ways, lanes, strict=True)]
    )
    oneway = np.array([way.oneway for way in ways])
    forth, back = np.flatnonzero(oneway >= 0), np.flatnonzero(oneway <= 0)
    line = np.concatenate([forth, back]).astype(np.int32)
    along = np.arange(len(line)) < len(forth)
    start = np.where(along, ends[line, 0], ends[line, 1]).astype(np.int32)
    end = np.where(along, ends[line, 1], ends[line, 0]).astype(np.int32)
    link = np.full((len(ways), 2), -1, np.int32)
    link[forth, 0], link[back, 1] = np.arange(len(forth)), len(forth) + np.arange(len(back))
    return RoadNetwork(
        longitude=here[:, 0], latitude=here[:, 1], start=start, end=end, length=metres[line], speed=speed[line],
        capacity=capacity[line], open_until=np.full(len(line), np.inf),
        condition=np.full(len(line), Condition.OPEN, np.uint8), opposite=np.where(along, link[line, 1], link[line, 0]),
        line=line, along=along, points=np.concatenate([points[a:b] for a, b in pieces]),
        first=np.concatenate([[0], np.cumsum([b - a for a, b in pieces])]).astype(np.int32),
        road_class=np.array([CLASSES.index(way.road_class) for way in ways], np.int8),
        names=tuple(way.name for way in ways), raised=np.array([way.raised for way in ways], bool),
        part=_numbered(len(here), start, end), source=source, synthetic=synthetic,
    )  # fmt: skip


def _numbered(nodes: int, start: NDArray[np.int32], end: NDArray[np.int32]) -> NDArray[np.int32]:
    """The part of each node, 0 the largest; one-way roads count in both directions."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(start), np.int8), (start, end)), shape=(nodes, nodes))
    _, label = connected_components(graph, directed=False)
    order = np.argsort(-np.bincount(label), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return np.asarray(rank[label], np.int32)


def _defaults(ways: list[Way]) -> list[Finding]:
    """How many ways of each class have no speed, lanes or capacity of their own."""
    found = []
    for what in ("speed", "lanes"):
        lacking = Counter(
            way.road_class
            for way in ways
            if getattr(way, what) is None and (what == "speed" or way.capacity is None)
        )
        if lacking:
            listed = ", ".join(f"{lacking[name]} {name}" for name in CLASSES if lacking[name])
            found.append(
                Finding(Slip.DEFAULT, f"no {what} of its own: {listed}; taken by class from roads.toml")
            )
    return found


def _parts(network: RoadNetwork) -> list[Finding]:
    """Every part but the largest, with the name of a road in it."""
    found = []
    size = np.bincount(network.part)
    lead = np.full(len(size), -1)
    lead[network.part[network.start[::-1]]] = np.arange(network.links)[::-1]
    for part in range(1, min(len(size), _SHOWN)):
        link = int(lead[part])
        node = int(network.start[link])
        text = f"part {part} of {size[part]} nodes, with {network.name_of(link)}, has no road to the rest"
        found.append(Finding(Slip.PART, text, float(network.longitude[node]), float(network.latitude[node])))
    if len(size) > _SHOWN:
        found.append(Finding(Slip.PART, f"and {len(size) - _SHOWN} more parts"))
    return found


def _nearly(network: RoadNetwork) -> list[Finding]:
    """Dead ends within a few metres of another road that they do not meet."""
    import shapely

    lines = len(network.first) - 1
    one = np.unique(network.line, return_index=True)[1]
    pairs = np.stack([network.start[one], network.end[one]])
    degree = np.bincount(pairs.ravel(), minlength=network.nodes)
    dead = np.flatnonzero(degree == 1)
    if not len(dead):
        return []
    reach = road_numbers().share("nearly_meet")
    middle = np.radians(float(network.latitude.mean()))
    scale = (
        np.array([np.cos(middle), 1.0]) * np.radians(1.0) * EARTH_RADIUS
    )  # a plane is good enough for metres
    shapes = shapely.linestrings(
        network.points * scale, indices=np.repeat(np.arange(lines), np.diff(network.first))
    )
    ends = shapely.points(np.stack([network.longitude, network.latitude], axis=1)[dead] * scale)
    which, near = shapely.STRtree(shapes).query(ends, predicate="dwithin", distance=reach)
    other = np.zeros(network.nodes, np.int64)  # of a dead end: the far end of its own road
    other[pairs[0]], other[pairs[1]] = pairs[1], pairs[0]
    own = dead[which], other[dead[which]]
    apart = np.ones(len(which), bool)
    for node in own:
        apart &= (pairs[0, near] != node) & (pairs[1, near] != node)
    found = []
    for node in np.unique(dead[which[apart]])[:_SHOWN]:
        at = float(network.longitude[node]), float(network.latitude[node])
        text = f"a dead end within {reach:g} m of a road that it does not meet; if they meet, join them in the file"
        found.append(Finding(Slip.NEARLY, text, *at))
    return found
