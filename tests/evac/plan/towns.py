"""Small road networks with answers that can be worked out by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from evac.plan.road_build import Way, build_network
from evac.plan.roads import Numbers, RoadNetwork
from riskmap.grid import EARTH_RADIUS

WEST, SOUTH = 121.0, 28.0
DEGREE = float(np.radians(1.0) * EARTH_RADIUS)


def spot(east: float, north: float) -> tuple[float, float]:
    """A place so many metres east and north of the corner [degrees]."""
    return WEST + east / DEGREE / float(np.cos(np.radians(SOUTH))), SOUTH + north / DEGREE


def way(
    *places: tuple[float, float],
    speed: float = 36.0,
    capacity: float = 1000.0,
    oneway: int = 0,
    name: str = "",
) -> Way:
    """A road through places [m]."""
    return Way(
        np.array([spot(*place) for place in places]),
        "primary",
        name=name,
        speed=speed,
        capacity=capacity,
        oneway=oneway,
    )


def town(*ways: Way) -> RoadNetwork:
    """The network of some roads."""
    return build_network(ways, source="town", synthetic=True)


def node_at(network: RoadNetwork, east: float, north: float) -> int:
    """The node at a place [m]."""
    lon, lat = spot(east, north)
    apart = np.hypot(network.longitude - lon, network.latitude - lat)
    assert apart.min() < 1e-6
    return int(np.argmin(apart))


def grid_town(columns: int, rows: int, step: float = 500.0, **what: float) -> RoadNetwork:
    """Streets in both directions between the corners of a chequerboard."""
    spots = [[(x * step, y * step) for x in range(columns)] for y in range(rows)]
    ways = [way(a, b, **what) for line in spots for a, b in pairwise(line)]  # type: ignore[arg-type]
    ways += [way(a, b, **what) for line in zip(*spots, strict=True) for a, b in pairwise(line)]  # type: ignore[arg-type]
    return town(*ways)


def degrees(*places: tuple[float, float]) -> Numbers:
    """Places [m] as longitudes and latitudes."""
    return np.array([spot(*place) for place in places])
