"""The map of one screen: outlines of its regions as paths of an SVG, simplified together; they change once a run, so they travel apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from riskmap.assessment import Assessment
from riskmap.region import Region

WIDTH: Final = 1000.0
"""Longer side of the drawing [units of the SVG]; one unit is half a pixel of a wall screen's map."""
_FINENESS: Final = 900.0
"""Corners smaller than this part of the longer side are cut."""
_MARGIN: Final = 8.0


@dataclass(frozen=True, slots=True)
class _Frame:
    """Plate carrée with the widths of the middle latitude."""

    west: float
    north: float
    squeeze: float
    scale: float

    def x(self, longitude: float) -> float:
        return (longitude - self.west) * self.squeeze * self.scale + _MARGIN

    def y(self, latitude: float) -> float:
        return (self.north - latitude) * self.scale + _MARGIN


def outlines(assessment: Assessment, code: str) -> dict[str, Any]:
    """The drawing of a screen: the run's regions that lie in it, else the one in which it lies.

    Parameters
    ----------
    code : str
        Of a region; a town's map is its county's where the run has no towns.
    """
    regions = [one for one in assessment.regions if one.code.startswith(code)]
    return drawing(regions or [one for one in assessment.regions if code.startswith(one.code)])


def drawing(regions: Sequence[Region]) -> dict[str, Any]:
    """What a map of these regions draws.

    Parameters
    ----------
    regions : sequence of Region
        Neighbours of one level; those without an outline that can be used are left to the lists.

    Returns
    -------
    dict
        ``width`` and ``height`` of the drawing; ``frame``, which places points (west, north [degrees], then units per degree
        eastward and southward); ``regions``: ``code``, ``name``, ``path``, ``at`` (where its name stands) and ``room`` (how
        wide a name may be there), in the order given.

    Examples
    --------
    >>> from shapely import box
    >>> drawn = drawing([Region("330902", "定海区", "3309", "舟山市", box(122.0, 30.0, 122.4, 30.2))])
    >>> drawn["regions"][0]["path"]
    'M992 577V8H8V577Z'
    """
    import shapely

    usable = [r for r in regions if r.geometry is not None and not r.geometry.is_empty and not r.unusable]
    if not usable:
        return {"width": WIDTH, "height": WIDTH, "frame": None, "regions": []}
    west, south, east, north = (float(v) for v in shapely.total_bounds([r.geometry for r in usable]))
    squeeze = math.cos(math.radians((south + north) / 2))
    longer = max((east - west) * squeeze, north - south)
    scale = (WIDTH - 2 * _MARGIN) / longer
    frame = _Frame(west, north, squeeze, scale)
    simple = shapely.coverage_simplify([r.geometry for r in usable], longer / _FINENESS)
    drawn = []
    for region, shape in zip(usable, simple, strict=True):
        shape = region.geometry if shape.is_empty else shape
        x, y, room = _room(shape, frame)
        drawn.append(
            {
                "code": region.code,
                "name": region.name,
                "path": _path(shape, frame) or _path(region.geometry, frame),
                "at": [x, y],
                "room": room,
            }
        )
    return {
        "width": math.ceil((east - west) * squeeze * scale + 2 * _MARGIN),
        "height": math.ceil((north - south) * scale + 2 * _MARGIN),
        "frame": [west, north, round(squeeze * scale, 4), round(scale, 4), _MARGIN],
        "regions": drawn,
    }


def _room(shape: Any, frame: _Frame) -> tuple[int, int, int]:
    """Where the largest part is widest, and the width of the circle that fits there."""
    import shapely

    largest = max(shapely.get_parts(shape), key=lambda part: part.area)
    circle = shapely.maximum_inscribed_circle(largest, tolerance=0.01)
    centre = shapely.get_coordinates(circle)[0]
    return (
        round(frame.x(centre[0])),
        round(frame.y(centre[1])),
        round(2 * float(shapely.length(circle)) * frame.scale),
    )


def _path(shape: Any, frame: _Frame) -> str:
    """Rings as a path of whole units; what is smaller than one is left out."""
    import shapely

    said = []
    for part in shapely.get_parts(shape):
        for ring in (part.exterior, *part.interiors):
            points = [
                (round(frame.x(x)), round(frame.y(y))) for x, y in shapely.get_coordinates(ring).tolist()
            ]
            said.append(_ring(points))
    return "".join(said)


def _ring(points: list[tuple[int, int]]) -> str:
    """One ring, with the shortest word for each step.

    Examples
    --------
    >>> _ring([(0, 0), (4, 0), (4, 0), (5, 3), (0, 3), (0, 0)])
    'M0 0H4L5 3H0Z'
    """
    kept = [point for n, point in enumerate(points) if not n or point != points[n - 1]]
    if len(kept) > 1 and kept[0] == kept[-1]:
        kept.pop()
    if len(kept) < 3:
        return ""
    said = [f"M{kept[0][0]} {kept[0][1]}"]
    for (x0, y0), (x, y) in pairwise(kept):
        said.append(f"H{x}" if y == y0 else f"V{y}" if x == x0 else f"L{x} {y}")
    return "".join(said) + "Z"
