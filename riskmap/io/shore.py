"""Land and sea on a grid from shore lines, so that straits narrower than a relief's cells stay open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from affine import Affine
from numpy.typing import NDArray

from riskmap.errors import CoverageError
from riskmap.grid import Grid

PARTS: Final = 4
"""A cell's share of land is counted on so many by so many parts (status D)."""


def land_of_shore(
    lines: Sequence[Any], chart: xr.DataArray, grid: Grid, *, share: float = 0.5, where: str = "coastline"
) -> NDArray[np.bool_]:
    """Cells of which at least ``share`` is land, bool (y, x).

    Parameters
    ----------
    lines : sequence of shapely LineString
        Shore lines, longitude and latitude, that cross the whole grid; see ``riskmap.io.coast.read_lines``.
    chart : DataArray (y, x)
        Depth of the sea [m], <= 0 on land: a face of the map at the grid's rim is sea where more than half of the
        chart's cells in it are.
    grid : Grid
    share : float
        From 0 to 1.
    where : str
        File of the lines, for messages.

    Raises
    ------
    CoverageError
        The lines do not part land from sea on the grid.
    """
    from rasterio.features import rasterize
    from shapely import STRtree, points
    from shapely.geometry import box
    from shapely.ops import polygonize, unary_union

    west, south, east, north = grid.bounds
    frame = box(west, south, east, north)
    inside = [line.intersection(frame) for line in lines if line.intersects(frame)]
    faces = list(polygonize(unary_union([*inside, frame.boundary])))
    y, x = np.meshgrid(chart["y"].values, chart["x"].values, indexing="ij")
    # asked face by face: a face is made ready once for all of its points
    face, cell = STRtree(points(x.ravel(), y.ravel())).query(faces, predicate="contains")
    wet = np.bincount(face, weights=chart.values.ravel()[cell] > 0.0, minlength=len(faces))
    mostly = 2.0 * wet > np.bincount(face, minlength=len(faces))
    # a ring inside the grid is an island, whatever a coarse chart makes of it
    sea = {n for n, part in enumerate(faces) if mostly[n] and part.intersects(frame.boundary)}
    land = [face for n, face in enumerate(faces) if n not in sea]
    if not sea or not land:
        raise CoverageError(
            "the shore lines do not part land from sea", where=where, expected="lines across the whole grid",
            found=f"{len(faces)} faces, {len(sea)} of them sea",
            remedy="give shore lines that reach beyond the grid",
        )  # fmt: skip
    a, _, c, _, e, f = tuple(grid.transform)[:6]
    fine = rasterize(
        land, out_shape=(grid.shape[0] * PARTS, grid.shape[1] * PARTS),
        transform=Affine(a / PARTS, 0.0, c, 0.0, e / PARTS, f), dtype="uint8",
    )  # fmt: skip
    found = fine.reshape(grid.shape[0], PARTS, grid.shape[1], PARTS).mean(axis=(1, 3))
    return np.asarray(found >= share)
