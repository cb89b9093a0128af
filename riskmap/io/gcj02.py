"""GCJ-02, the offset coordinates of Chinese web maps: forward formula, inverse, and how to recognise it.

The formula was never published by its owner; it is the one that open map libraries have shared since 2013
(``eviltransform`` and its many ports, which agree to the last digit). Status S: read in several of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_AXIS: Final = 6_378_245.0  # Krasovsky 1940 [m]
_ECCENTRICITY: Final = 0.00669342162296594323  # squared
_CHINA: Final = (72.004, 0.8293, 137.8347, 55.8271)  # west, south, east, north of the offset

SEARCH_RADIUS: Final = 0.016
"""Largest offset looked for [degrees]: BD-09, the largest in use, is about 0.0115 (status D)."""

LEAST_OFFSET: Final = 0.002
"""Offsets below are generalisation, not a datum [degrees, about 200 m] (status D)."""

_SAMPLE: Final = 800
_FAR: Final = 0.01  # beyond this a vertex is of another line, and says nothing [degrees]


def to_gcj02(longitude: Any, latitude: Any) -> tuple[Numbers, Numbers]:
    """GCJ-02 longitude and latitude [degrees] of WGS-84 ones; unchanged outside China.

    Examples
    --------
    >>> east, north = to_gcj02(120.0, 30.0)
    >>> round(float(east) - 120, 4), round(float(north) - 30, 4)
    (0.0047, -0.0025)
    """
    lon, lat = np.asarray(longitude, np.float64), np.asarray(latitude, np.float64)
    x, y = lon - 105.0, lat - 35.0
    root, pi = np.sqrt(np.abs(x)), np.pi
    waves = 20.0 * np.sin(6 * pi * x) + 20.0 * np.sin(2 * pi * x)
    north = -100.0 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north = north + (2 / 3) * (
        waves
        + 20 * np.sin(pi * y)
        + 40 * np.sin(pi * y / 3)
        + 160 * np.sin(pi * y / 12)
        + 320 * np.sin(pi * y / 30)
    )
    east = 300.0 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east = east + (2 / 3) * (
        waves
        + 20 * np.sin(pi * x)
        + 40 * np.sin(pi * x / 3)
        + 150 * np.sin(pi * x / 12)
        + 300 * np.sin(pi * x / 30)
    )
    phi = np.radians(lat)
    w = 1 - _ECCENTRICITY * np.sin(phi) ** 2
    meridian, parallel = _AXIS * (1 - _ECCENTRICITY) / (w * np.sqrt(w)), _AXIS / np.sqrt(w) * np.cos(phi)
    west_edge, south_edge, east_edge, north_edge = _CHINA
    inside = (lon >= west_edge) & (lon <= east_edge) & (lat >= south_edge) & (lat <= north_edge)
    return (
        np.where(inside, lon + np.degrees(east / parallel), lon),
        np.where(inside, lat + np.degrees(north / meridian), lat),
    )


def from_gcj02(longitude: Any, latitude: Any) -> tuple[Numbers, Numbers]:
    """WGS-84 longitude and latitude [degrees] of GCJ-02 ones, by fixed-point iteration to below 1 mm.

    Examples
    --------
    >>> east, north = from_gcj02(*to_gcj02(120.0, 30.0))
    >>> round(float(east), 9), round(float(north), 9)
    (120.0, 30.0)
    """
    lon0, lat0 = np.asarray(longitude, np.float64), np.asarray(latitude, np.float64)
    lon, lat = lon0, lat0
    for _ in range(12):
        east, north = to_gcj02(lon, lat)
        lon, lat = lon + (lon0 - east), lat + (lat0 - north)
    return lon, lat


@dataclass(frozen=True)
class Offset:
    """How outlines lie against reference outlines.

    Attributes
    ----------
    east, north : float
        Offset of the outlines [degrees]; move them by its negative to fit best.
    gain : float
        Mean distance (capped, see ``measure_offset``) left after that move, over the one before; 1 = no gain.
    expected : (east, north)
        Offset that GCJ-02 has there [degrees].
    """

    east: float
    north: float
    gain: float
    expected: tuple[float, float]

    @property
    def looks_like_gcj02(self) -> bool:
        """Whether the offset is GCJ-02's, to within 40 %, and taking it away helps.

        Of the 90 counties of Zhejiang from another source, taken one at a time, none is mistaken as it is, and
        86 are recognised when shifted; whole files are clear cut.
        """
        miss = np.hypot(self.east - self.expected[0], self.north - self.expected[1])
        return bool(miss < 0.4 * np.hypot(*self.expected) and self.gain < 0.95)

    @property
    def real(self) -> bool:
        """Whether there is an offset of any kind: 200 m or more, and a third of the distance goes with it."""
        return bool(np.hypot(self.east, self.north) >= LEAST_OFFSET and self.gain < 0.67)


def measure_offset(outlines: Any, reference: Any) -> Offset | None:
    """Offset of outlines against reference outlines of the same borders, both lon/lat [degrees].

    Vertices of the outlines are compared with the nearest line of the reference; those farther than 0.01
    degrees belong to borders that the reference does not have and count as far, whatever the move.

    Parameters
    ----------
    outlines, reference : sequence of shapely Polygon or MultiPolygon

    Returns
    -------
    Offset or None
        None where fewer than 20 vertices lie near the reference: then nothing can be said.
    """
    import shapely

    points = shapely.get_coordinates(np.asarray(outlines, object))
    points = points[:: max(1, len(points) // _SAMPLE)]
    cosine = float(np.cos(np.radians(points[:, 1].mean())))
    box = shapely.box(*(points.min(axis=0) - 0.05), *(points.max(axis=0) + 0.05))
    tree = shapely.STRtree(_segments(reference, box, cosine))
    if len(tree.geometries) == 0:
        return None
    scale = np.array([cosine, 1.0])

    def cost(east: float, north: float) -> float:
        moved = shapely.points((points - (east, north)) * scale)
        near = tree.query_nearest(moved, max_distance=_FAR, return_distance=True, all_matches=False)[1]
        return float((near.sum() + _FAR * (len(points) - len(near))) / len(points))

    lon, lat = points.mean(axis=0)
    wgs = from_gcj02(lon, lat)
    expected = (float(lon - wgs[0]), float(lat - wgs[1]))
    start = cost(0.0, 0.0)
    if start > _FAR * (1 - 20 / len(points)) and cost(*expected) > _FAR * (1 - 20 / len(points)):
        return None
    candidates = {(0.0, 0.0): start, expected: cost(*expected)}
    step = SEARCH_RADIUS / 4
    if min(candidates.values()) < start or start > _FAR / 5:  # else it lies as it should: no search
        for east in np.arange(-4, 5) * step:
            for north in np.arange(-4, 5) * step:
                candidates[float(east), float(north)] = cost(east, north)
        _descend(candidates, cost, step / 2)
    (east, north), left = min(candidates.items(), key=lambda item: item[1])
    return Offset(east, north, left / start if start > 0 else 1.0, expected)


def _descend(candidates: dict[tuple[float, float], float], cost: Any, step: float) -> None:
    """Pattern search from the best candidate down to 5 m."""
    while step > 5e-5:
        east, north = min(candidates, key=lambda c: candidates[c])
        for move in ((step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)):
            there = (east + move[0], north + move[1])
            if there not in candidates:
                candidates[there] = cost(*there)
        if min(candidates, key=lambda c: candidates[c]) == (east, north):
            step /= 2


def _segments(reference: Any, box: Any, cosine: float) -> Any:
    """Edges of the reference within a box, in degrees of latitude."""
    import shapely

    near = [shape for shape in reference if shapely.intersects(shape, box)]
    coordinates, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(np.asarray(near, object))), return_index=True
    )
    if len(coordinates) < 2:
        return []
    low, high = np.array(box.bounds[:2]), np.array(box.bounds[2:])
    pairs = np.stack([coordinates[:-1], coordinates[1:]], axis=1)
    within = (pairs.max(axis=1) >= low).all(axis=1) & (pairs.min(axis=1) <= high).all(axis=1)
    return shapely.linestrings(pairs[(ring[:-1] == ring[1:]) & within] * [cosine, 1.0])
