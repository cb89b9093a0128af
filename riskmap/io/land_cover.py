"""Land cover on a grid: the class that covers most of each cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import CoverageError
from riskmap.grid import Grid
from riskmap.io.rasters import _open


def read_land_cover(path: Path, grid: Grid) -> NDArray[np.int32]:
    """Class of each cell, the most frequent of the file's cells in it; 0 where the file has none, (y, x).

    Parameters
    ----------
    path : Path
        A raster of whole numbers, in any coordinate system.
    grid : Grid

    Raises
    ------
    SourceError, DatumError
        Unreadable, or without a coordinate system.
    CoverageError
        No class on the grid.
    """
    import rasterio
    from rasterio.warp import Resampling, reproject

    out = np.zeros(grid.shape, np.int32)
    with _open(path) as source:
        reproject(
            rasterio.band(source, 1), out, dst_transform=grid.transform, dst_crs=grid.crs, dst_nodata=0,
            resampling=Resampling.mode,
        )  # fmt: skip
    if not out.any():
        raise CoverageError(
            "the land cover has no class on the grid", where=str(path),
            expected="west {:g}, south {:g}, east {:g}, north {:g}".format(*grid.bounds), found="nothing there",
            remedy="give the file of this area",
        )  # fmt: skip
    return out
