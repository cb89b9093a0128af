"""A glance at an elevation model of any size: how far it reaches, how large its cells are, whether its numbers can be metres."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from riskmap.grid import Grid
from riskmap.io.dem_checks import is_mark, metres_per, require_heights, undeclared_marks
from riskmap.io.dem_place import sides_of
from riskmap.io.rasters import _open

SIDE: Final = 1024
"""Rows and columns that are looked at, at most; a province at 30 m is thinned to about 500 m."""


@dataclass(frozen=True, eq=False)
class DemGlance:
    """What a glance shows.

    Attributes
    ----------
    inside : bool array (y, x)
        Cells of the grid that the file reaches; where it has no heights there may be the sea.
    cell : float
        Larger side of the model's cells [m].
    units, crs : str
        Of its heights; of its coordinates.
    """

    inside: NDArray[np.bool_]
    cell: float
    units: str
    crs: str


def glance(
    path: Path, grid: Grid, *, vertical_units: str | None = None, nodata: float | None = None
) -> DemGlance:
    """Look at a thinned elevation model.

    Parameters
    ----------
    path : Path
        Any raster that GDAL reads.
    grid : Grid
        Of the hazards.
    vertical_units, nodata
        As in ``riskmap.io.dem.read_dem``.

    Raises
    ------
    SourceError, DatumError, GeometryError
        It cannot be read, or lies nowhere.
    UnitsError
        Heights that cannot be metres.
    """
    from rasterio.warp import Resampling, reproject

    with _open(path) as source:
        width, height = sides_of(source.crs, source.transform, source.shape, [], where=str(path))
        unit = vertical_units or (source.units[0] if source.units else None)
        heights = _thinned(source, metres_per(unit) if unit else 1.0, nodata, str(path))
        require_heights(heights, str(path))
        thin = source.transform @ Affine.scale(
            source.width / heights.shape[1], source.height / heights.shape[0]
        )
        inside = np.zeros(grid.shape, np.float32)
        reproject(
            np.ones(heights.shape, np.float32), inside, src_transform=thin, src_crs=source.crs,
            dst_transform=grid.transform, dst_crs=grid.crs, resampling=Resampling.average, dst_nodata=0.0,
        )  # fmt: skip
        words = unit or "m (assumed: the file declares none)"
        return DemGlance(
            inside > 0.0, float(max(width.max(), abs(height))), words, source.crs.to_string()[:30]
        )


def _thinned(source: Any, metres: float, nodata: float | None, where: str) -> NDArray[np.float32]:
    """Heights [m] of every so many cells, NaN where there are none."""
    shape = min(source.height, SIDE), min(source.width, SIDE)
    raw = source.read(1, out_shape=shape)
    mark = source.nodata if nodata is None else nodata
    out = raw.astype(np.float32)
    for value in [
        *undeclared_marks(raw, mark, where=where),
        *([] if mark is None or np.isnan(mark) else [mark]),
    ]:
        out[is_mark(raw, value)] = np.nan
    factor, offset = float(source.scales[0]) * metres, float(source.offsets[0]) * metres
    return np.asarray(out * np.float32(factor) + np.float32(offset), np.float32)
