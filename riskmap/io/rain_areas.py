"""Rain from a raster onto a grid by shares of area: what falls on the raster falls on the grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from riskmap.errors import CoverageError
from riskmap.grid import Grid

LEAST_KNOWN: Final = 0.5
"""A cell of which less than this share is known is unknown (status D)."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Onto:
    """How one raster lies on the grid.

    Attributes
    ----------
    window : ((int, int), (int, int))
        Rows and columns of the raster that matter.
    rows, columns : float array (y, row), (x, column)
        Overlaps: differences of sine of latitude, degrees of longitude; empty for a projected raster.
    method : str
        What is said of the result.
    """

    window: tuple[tuple[int, int], tuple[int, int]]
    rows: Matrix
    columns: Matrix
    method: str
    warp: dict[str, Any]
    shape: tuple[int, int]

    def __call__(self, values: Matrix) -> NDArray[np.float32]:
        """Mean over each cell's area of what is known; NaN where less than half of the cell is known.

        Parameters
        ----------
        values : float array (row, column)
            The raster's ``window``, NaN where unknown.
        """
        if self.warp:
            return self._warped(values)
        known = np.isfinite(values)
        total = self.rows @ np.where(known, values, 0.0) @ self.columns.T
        area = self.rows @ known.astype(np.float64) @ self.columns.T
        whole = self.rows.sum(axis=1)[:, None] * self.columns.sum(axis=1)[None, :]
        enough = area >= LEAST_KNOWN * whole * (1.0 - 1e-9)
        return np.where(enough, total / np.where(area > 0.0, area, 1.0), np.nan).astype(np.float32)

    def _warped(self, values: Matrix) -> NDArray[np.float32]:
        from rasterio.warp import Resampling, reproject

        out = np.full(self.shape, np.nan, np.float32)
        reproject(
            values.astype(np.float32), out, src_nodata=np.nan, dst_nodata=np.nan, resampling=Resampling.average,
            **self.warp,
        )  # fmt: skip
        return out


def lay(
    *, transform: Affine, shape: tuple[int, int], crs: Any, geographic: bool, grid: Grid, where: str
) -> Onto:
    """Lay a raster onto the grid.

    Parameters
    ----------
    transform, shape, crs
        Of the raster, as rasterio has them.
    geographic : bool
        Whether it stands in degrees.
    grid : Grid
    where : str
        Name for errors.

    Raises
    ------
    CoverageError
        The raster leaves out more than a rim of half a cell.
    """
    if not geographic:
        from rasterio.warp import transform_bounds

        left, top = transform.c, transform.f
        right, bottom = left + transform.a * shape[1], top + transform.e * shape[0]
        box = transform_bounds(crs, grid.crs, left, min(bottom, top), right, max(bottom, top))
        _require_cover(box, grid, where)
        warp = {
            "src_transform": transform,
            "src_crs": crs,
            "dst_transform": grid.transform,
            "dst_crs": grid.crs,
        }
        none = np.empty((0, 0))
        return Onto(((0, shape[0]), (0, shape[1])), none, none, "mean of GDAL's warper", warp, grid.shape)
    west = transform.c + 360.0 * round((sum(grid.bounds[::2]) / 2.0 - _middle(transform, shape)) / 360.0)
    x = west + transform.a * np.arange(shape[1] + 1)
    y = np.clip(transform.f + transform.e * np.arange(shape[0] + 1), -90.0, 90.0)
    _require_cover((float(x.min()), float(y.min()), float(x.max()), float(y.max())), grid, where)
    grid_y = grid.transform.f + grid.transform.e * np.arange(grid.shape[0] + 1)
    grid_x = grid.transform.c + grid.transform.a * np.arange(grid.shape[1] + 1)
    rows, first_row, last_row = _overlaps(np.sin(np.radians(grid_y)), np.sin(np.radians(y)))
    columns, first, last = _overlaps(grid_x, x)
    window = (first_row, last_row), (first, last)
    return Onto(window, rows, columns, "mean weighted by area", {}, grid.shape)


def _middle(transform: Affine, shape: tuple[int, int]) -> float:
    return float(transform.c + 0.5 * transform.a * shape[1])


def _overlaps(edges: NDArray[np.floating], others: NDArray[np.floating]) -> tuple[Matrix, int, int]:
    """Length that each cell of ``edges`` shares with each of ``others``, and the range of those that matter."""
    low, high = np.minimum(edges[:-1], edges[1:])[:, None], np.maximum(edges[:-1], edges[1:])[:, None]
    other_low, other_high = np.minimum(others[:-1], others[1:]), np.maximum(others[:-1], others[1:])
    near = np.flatnonzero((other_high > low.min()) & (other_low < high.max()))
    first, last = int(near[0]), int(near[-1]) + 1
    shared = np.minimum(high, other_high[first:last]) - np.maximum(low, other_low[first:last])
    return np.maximum(shared, 0.0), first, last


def _require_cover(box: tuple[float, float, float, float], grid: Grid, where: str) -> None:
    half = grid.transform.a / 2  # a rim of half a cell still has a mean
    west, south, east, north = grid.bounds
    left, bottom, right, top = box
    if left > west + half or right < east - half or bottom > south + half or top < north - half:
        raise CoverageError(
            "the rain does not cover the grid", where=where,
            expected=f"west {west:g}, south {south:g}, east {east:g}, north {north:g}",
            found=f"west {left:g}, south {bottom:g}, east {right:g}, north {top:g}",
            remedy="give rain for the whole grid (a raster whose seam crosses it must be joined), or shrink [grid]",
        )  # fmt: skip
