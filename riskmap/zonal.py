"""Cells to regions: exact coverage weights, built once per grid x regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import GeometryError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.region import Region


@dataclass(frozen=True, eq=False)
class ZonalWeights:
    """Which cells a region covers, and how much of each.

    Attributes
    ----------
    start : int64 (region + 1,)
        Slices ``cell`` and ``area``.
    cell : int64 (n,)
        Flat index of the cell, row-major.
    area : float64 (n,)
        Area of the cell inside the region [m2].
    total : float64 (region,)
        Whole area of the region, also outside the grid [m2].
    """

    start: NDArray[np.int64]
    cell: NDArray[np.int64]
    area: NDArray[np.float64]
    total: NDArray[np.float64]

    def share(self, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Share of each region's area where ``mask`` (flat cells) holds, shape (region,)."""
        inside = np.add.reduceat(np.append(self.area * mask[self.cell], 0.0), self.start[:-1])
        inside[self.start[1:] == self.start[:-1]] = 0.0
        return np.asarray(inside / self.total)


def zonal_weights(regions: Sequence[Region], grid: Grid) -> ZonalWeights:
    """Exact coverage of every region by the cells of a grid.

    Parameters
    ----------
    regions : sequence of Region
    grid : Grid

    Raises
    ------
    GeometryError
        A region without area.

    References
    ----------
    Coverage fractions by exactextract (Baston); areas on the sphere, cell by cell.
    """
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource
    from shapely.geometry import box, mapping

    whole = [_area(region) for region in regions]
    west, south, east, north = grid.bounds
    template = NumPyRasterSource(
        np.zeros(grid.shape), xmin=west, ymin=south, xmax=east, ymax=north, name="cell", srs_wkt=None
    )
    features = [
        {"type": "Feature", "properties": {}, "geometry": mapping(region.geometry)} for region in regions
    ]
    rows_area, frame = grid.cell_area, box(*grid.bounds)
    start, cells, areas = [0], [], []
    totals = np.empty(len(regions))
    for n, found in enumerate(exact_extract(template, features, ["cell_id", "coverage"])):
        index = np.asarray(found["properties"]["cell_id"], np.int64)
        fraction = np.asarray(found["properties"]["coverage"], np.float64)
        cells.append(index)
        areas.append(fraction * rows_area[index // grid.shape[1]])
        start.append(start[-1] + len(index))
        on_grid = float(areas[-1].sum())
        # a region wholly on the grid is the sum of its cells; one that sticks out needs its own area
        totals[n] = on_grid if frame.covers(regions[n].geometry) else max(whole[n], on_grid)
    return ZonalWeights(np.array(start), np.concatenate(cells), np.concatenate(areas), totals)


def _area(region: Region) -> float:
    """Area on the sphere [m2], by the polygon's parts on an equal-area cylinder."""
    from shapely import transform

    flat = transform(
        region.geometry,
        lambda xy: np.column_stack([np.radians(xy[:, 0]), np.sin(np.radians(xy[:, 1]))]),
    )
    area = float(flat.area) * EARTH_RADIUS**2
    if not area > 0:
        raise GeometryError(
            "the region has no area", where=f"region {region.code} {region.name}",
            expected="a polygon", found=region.geometry.geom_type, remedy="mend the region file",
        )  # fmt: skip
    return area
