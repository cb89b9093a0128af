"""An invented road network (示例路网) inside an outline, for drills: no road of it exists.

Places are drawn at random, two are joined where no third lies in the circle between them (Gabriel and Sokal 1969: road-like, connected and
without crossings), the shortest tree among them becomes the main roads, and every road bends a little.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evac.plan.road_build import Way
from evac.plan.roads import Numbers, road_numbers
from riskmap.errors import DataError
from riskmap.sphere import distance


def invented_ways(outline: Any, *, places: int, seed: int) -> tuple[Way, ...]:
    """Roads between invented places.

    Parameters
    ----------
    outline : shapely Polygon or MultiPolygon
        Longitude, latitude [degrees]; of several parts (islands) the largest is filled.
    places : int
        How many, 4 or more.
    seed : int
        The same seed gives the same roads.

    Raises
    ------
    DataError
        Fewer than four places, or an outline without an area.
    """
    import shapely

    if places < 4 or outline.is_empty or outline.area == 0:
        raise DataError(
            "no room for roads",
            where="invented roads",
            expected="an area and four places or more",
            found=f"{places} places",
            remedy="ask for more places, or another county",
        )
    part = max(shapely.get_parts(outline), key=lambda polygon: polygon.area)
    rng = np.random.default_rng(seed)
    west, south, east, north = part.bounds
    points = np.empty((0, 2))
    while len(points) < places:
        some = rng.uniform((west, south), (east, north), (4 * places, 2))
        points = np.concatenate([points, some[shapely.contains_xy(part, some[:, 0], some[:, 1])]])[:places]
    pairs = _gabriel(points)
    main = _tree(points, pairs)
    numbers = road_numbers().weights("class_capacity")
    classes = [name for name in numbers if name in ("primary", "secondary", "tertiary", "unclassified")]
    rank = np.where(main, rng.choice([0, 1], len(pairs)), rng.choice([2, 3], len(pairs)))
    return tuple(
        Way(_bent(points[a], points[b], rng), classes[rank[n]], name=f"示例路{n + 1}")
        for n, (a, b) in enumerate(pairs)
    )


def _gabriel(points: Numbers) -> NDArray[np.int64]:
    """Pairs with no third point in the circle over them, out of a Delaunay triangulation."""
    from scipy.spatial import Delaunay, cKDTree

    flat = points * [np.cos(np.radians(points[:, 1].mean())), 1.0]
    corners = np.sort(Delaunay(flat).simplices, axis=1)
    pairs = np.unique(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=0)
    middle = flat[pairs].mean(axis=1)
    radius = np.hypot(*(flat[pairs[:, 0]] - flat[pairs[:, 1]]).T) / 2
    nearest = cKDTree(flat).query(middle)[0]
    return np.asarray(pairs[nearest >= radius * (1 - 1e-9)], np.int64)


def _tree(points: Numbers, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pairs are of the shortest tree."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    a, b = points[pairs[:, 0]], points[pairs[:, 1]]
    metres = distance(latitude=a[:, 1], longitude=a[:, 0], to_latitude=b[:, 1], to_longitude=b[:, 0])
    tree = minimum_spanning_tree(
        coo_array((metres, (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
    ).tocoo()
    kept = set(zip(tree.row.tolist(), tree.col.tolist(), strict=True))
    return np.array([(int(p), int(q)) in kept for p, q in pairs])


def _bent(start: Numbers, end: Numbers, rng: np.random.Generator) -> Numbers:
    """A line of three to six vertices that leaves its chord by a few per cent."""
    inner = int(rng.integers(1, 5))
    share = np.linspace(0, 1, inner + 2)[:, None]
    line = start + share * (end - start)
    across = np.array([-(end - start)[1], (end - start)[0]])
    line[1:-1] += across * rng.normal(0, 0.04, (inner, 1))
    return np.asarray(line.round(6), np.float64)


def ways_geojson(ways: tuple[Way, ...], source: str) -> str:
    """The roads as GeoJSON that ``read_roads`` reads back, each marked ``synthetic``.

    Parameters
    ----------
    source : str
        What they were made from, for the file's ``name``.
    """
    features = [
        {
            "type": "Feature",
            "properties": {"highway": way.road_class, "name": way.name, "synthetic": "示例 invented"},
            "geometry": {"type": "LineString", "coordinates": way.points.tolist()},
        }
        for way in ways
    ]
    return (
        json.dumps({"type": "FeatureCollection", "name": source, "features": features}, ensure_ascii=False)
        + "\n"
    )
