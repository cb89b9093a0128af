"""Cells to regions: exact coverage weights, built once per grid x regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import GeometryError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.region import Region

MOST_KEPT: Final = 4
"""Weights that a process keeps, the newest: a service for several grids needs few."""

_KEPT: dict[object, ZonalWeights] = {}
_LOCK = Lock()


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

    def first(self, count: int) -> ZonalWeights:
        """Those of the first ``count`` regions."""
        end = int(self.start[count])
        return ZonalWeights(self.start[: count + 1], self.cell[:end], self.area[:end], self.total[:count])

    def share(self, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Share of each region's area where ``mask`` (flat cells) holds, shape (region,)."""
        inside = np.add.reduceat(np.append(self.area * mask[self.cell], 0.0), self.start[:-1])
        inside[self.start[1:] == self.start[:-1]] = 0.0
        return np.asarray(inside / self.total)


def shared_weights(regions: Sequence[Region], grid: Grid) -> ZonalWeights:
    """``zonal_weights``, built once in a process for the same outlines and grid: hazards, hours and cycles share them.

    Parameters
    ----------
    regions : sequence of Region
    grid : Grid
    """
    from shapely import to_wkb

    digest = sha256()
    for wkb, region in zip(to_wkb([region.geometry for region in regions]), regions, strict=True):
        digest.update(len(wkb).to_bytes(8, "little") + wkb + bool(region.unusable).to_bytes(1, "little"))
    key = digest.hexdigest(), grid.shape, tuple(grid.transform), str(grid.crs)
    with _LOCK:
        if key not in _KEPT:
            while len(_KEPT) >= MOST_KEPT:
                del _KEPT[next(iter(_KEPT))]
            _KEPT[key] = zonal_weights(regions, grid)
        return _KEPT[key]


def zonal_weights(regions: Sequence[Region], grid: Grid) -> ZonalWeights:
    """Exact coverage of every region by the cells of a grid.

    Parameters
    ----------
    regions : sequence of Region
    grid : Grid

    A region whose outline is ``unusable`` has no cells: all of it is unknown.

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
        usable = not regions[n].unusable
        index = np.asarray(found["properties"]["cell_id"] if usable else (), np.int64)
        fraction = np.asarray(found["properties"]["coverage"] if usable else (), np.float64)
        cells.append(index)
        areas.append(fraction * rows_area[index // grid.shape[1]])
        start.append(start[-1] + len(index))
        on_grid = float(areas[-1].sum())
        # a region wholly on the grid is the sum of its cells; one that sticks out needs its own area
        totals[n] = on_grid if usable and frame.covers(regions[n].geometry) else max(whole[n], on_grid)
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
