"""What regions of one file must not do to each other, and what a point stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from riskmap.errors import ConfigError, GeometryError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.region import Region

MOST_OVERLAP: Final = 0.05
"""Units of one level may overlap by less of the smaller one (status D): borders of generalised outlines cross."""

INSET: Final = 1e-7
"""A cell's outline ends this part of a cell within it, lest rounding lends it a sliver of the next."""

LEAST_RADIUS: Final = 10.0
MOST_RADIUS: Final = 20_000.0
"""Of the disc that stands for a point [m] (status D)."""


def refuse_overlap(regions: Sequence[Region], where: str) -> None:
    """Refuse two units of one level of which one covers part of the other; those known as points may.

    Raises
    ------
    GeometryError
        Names both.
    """
    from shapely import STRtree, area, intersection

    mine = [region for region in regions if region.point is None and not region.unusable]
    shapes = np.array([region.geometry for region in mine], object)
    if len(shapes) < 2:
        return
    first, second = STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    smaller = np.minimum(area(shapes[first]), area(shapes[second]))
    shared = area(intersection(shapes[first], shapes[second])) / smaller
    if not (shared > MOST_OVERLAP).any():
        return
    worst = int(np.argmax(shared))
    one, other = mine[first[worst]], mine[second[worst]]
    raise GeometryError(
        "two units overlap", where=f"{where}, {one.code} {one.name}", expected="units side by side",
        found=f"{shared[worst]:.0%} of the smaller is shared with {other.code} {other.name}",
        remedy="correct the outline, or set valid_from and valid_to where one follows the other",
    )  # fmt: skip


def stand_for(region: Region, grid: Grid | None, radius: float | None, *, where: str) -> Region:
    """A unit known as a point gets the disc of a radius [m], or the grid's cell that it lies in; others stay.

    Raises
    ------
    ConfigError
        Neither radius nor grid, or a radius of no village.
    """
    from shapely.geometry import Polygon, box

    if region.point is None:
        return region
    x, y = region.point
    if radius is not None:
        if not LEAST_RADIUS <= radius <= MOST_RADIUS:
            raise ConfigError(
                "not the radius of a unit", where=f"{where}, point_radius",
                expected=f"{LEAST_RADIUS:g} to {MOST_RADIUS:g} m", found=f"{radius:g}", remedy="set it in metres",
            )  # fmt: skip
        angle = np.linspace(0.0, 2.0 * np.pi, 65)[:-1]
        high = float(np.degrees(radius / EARTH_RADIUS))
        wide = high / float(np.cos(np.radians(y)))
        return replace(
            region, geometry=Polygon(np.column_stack([x + wide * np.cos(angle), y + high * np.sin(angle)]))
        )
    if grid is None:
        raise ConfigError(
            "what does a point stand for", where=f"{where}, {region.code} {region.name}",
            expected="a radius in metres, or a grid", found="neither", remedy="give point_radius",
        )  # fmt: skip
    west, _, _, north = grid.bounds
    step_x, step_y = grid.transform.a, grid.transform.e
    column, row = np.floor((x - west) / step_x), np.floor((y - north) / step_y)
    corner = west + (column + INSET) * step_x, north + (row + INSET) * step_y
    step_x, step_y = step_x * (1.0 - 2.0 * INSET), step_y * (1.0 - 2.0 * INSET)
    return replace(region, geometry=box(corner[0], corner[1] + step_y, corner[0] + step_x, corner[1]))
