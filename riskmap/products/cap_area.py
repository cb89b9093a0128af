"""Outlines for CAP messages: simplified, and never smaller than the region."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry

from riskmap.errors import GeometryError
from riskmap.region import Region

TOLERANCE: Final = 0.004
"""Simplification of outlines [degrees], about 400 m."""


def covering_polygons(geometry: BaseGeometry, tolerance: float = TOLERANCE) -> tuple[shapely.Polygon, ...]:
    """Simple polygons without holes that together cover a region.

    Parameters
    ----------
    geometry : Polygon or MultiPolygon
        Longitude, latitude [degrees].
    tolerance : float
        Largest simplification [degrees]; the outline lies at most about three times as far outside.

    Returns
    -------
    tuple of Polygon
        Coordinates in steps of 0.0001 degree; their union covers ``geometry``.

    Raises
    ------
    GeometryError
        The outline cannot be simplified.
    """
    reach = 2.0 * tolerance
    for _ in range(8):
        grown = shapely.simplify(shapely.buffer(geometry, reach, quad_segs=2), tolerance)
        parts = [
            shapely.Polygon(shapely.get_coordinates(part.exterior).round(4))
            for part in shapely.get_parts(grown)
        ]
        union = shapely.union_all(parts) if all(part.is_valid for part in parts) else None
        if union is not None and shapely.covers(union, geometry):
            return tuple(parts)
        reach += tolerance  # rounding or simplification cut a corner: wider, and again
    raise GeometryError(
        "the outline cannot be simplified",
        where="CAP polygon",
        expected="a valid polygon in degrees",
        found=f"{shapely.get_num_coordinates(geometry)} vertices within {geometry.bounds}",
        remedy="check the region file",
    )


@lru_cache(maxsize=3000)
def polygons_of(region: Region) -> str:
    """CAP's elements of the polygons that cover a region, made once: ``lat,lon`` pairs, the last as the first.

    Raises
    ------
    GeometryError
        As ``covering_polygons``.
    """
    return "".join(
        "<polygon>"
        + " ".join(f"{y:.4f},{x:.4f}" for x, y in shapely.get_coordinates(part.exterior))
        + "</polygon>"
        for part in covering_polygons(region.geometry)
    )
