"""Rasters in and out, through rasterio."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr
from affine import Affine
from numpy.typing import NDArray

from riskmap.errors import CoverageError, DataError, DatumError, SourceError
from riskmap.grid import EARTH_RADIUS, GEOGRAPHIC, Grid

if TYPE_CHECKING:
    pass

LOWEST_LAND: Final = -450.0
"""[m]; the shore of the Dead Sea, the lowest land there is, lies at -430 m."""


def read_relief(path: Path, grid: Grid) -> xr.DataArray:
    """Height of the ground on a grid, the mean of the cells it covers.

    Parameters
    ----------
    path : Path
        Any raster with one band of metres and its sea as nodata.
    grid : Grid

    Returns
    -------
    DataArray (y, x)
        ``surface_altitude`` [m], NaN over the sea; ``attrs["cell"]`` is the size of the file's cells [m].

    Raises
    ------
    SourceError
        The file cannot be read.
    DatumError
        It declares no coordinate system.
    CoverageError
        It does not cover the grid: what it leaves out would pass for sea, where no flash flood can be.
    DataError
        It holds the sea bed, or a mark for the sea that is not declared as nodata.

    Examples
    --------
    >>> from riskmap.io.bundled import bundled
    >>> grid = Grid.from_bounds(west=121, south=29, east=122, north=30, step=0.25)
    >>> relief = read_relief(bundled("relief/zhejiang_srtm30_land_1-48deg.tif"), grid)
    >>> relief.shape, round(float(relief.max())), round(relief.attrs["cell"])
    ((4, 4), 497, 2317)
    """
    from rasterio.warp import Resampling, reproject

    with _open(path) as source:
        _require_cover(source, path, grid)
        band = _read(source, path).astype(np.float32).filled(np.nan)
        out = np.full(grid.shape, np.nan, np.float32)
        reproject(
            band, out, src_transform=source.transform, src_crs=source.crs, src_nodata=np.nan,
            dst_transform=grid.transform, dst_crs=grid.crs, dst_nodata=np.nan, resampling=Resampling.average,
        )  # fmt: skip
        cell = _cell_metres(source)
    if np.nanmin(out, initial=0.0) < LOWEST_LAND:
        raise DataError(
            "the relief goes below all land", where=str(path), expected="heights of the land [m], the sea as nodata",
            found=f"{np.nanmin(out):g} m", remedy="declare the file's mark for the sea as nodata, or mask the sea bed",
        )  # fmt: skip
    return xr.DataArray(
        out, dims=("y", "x"), coords=grid.coordinates, name="surface_altitude",
        attrs={"standard_name": "surface_altitude", "units": "m", "cell": cell},
    )  # fmt: skip


def _cell_metres(source: Any) -> float:
    """Height of a cell of the file [m]; degrees are taken along the meridian."""
    height = abs(float(source.transform.e))
    metres = np.radians(1.0) * EARTH_RADIUS if source.crs.is_geographic else source.crs.linear_units_factor[1]
    return float(height * metres)


def read_depth(path: Path, around: Grid, *, margin: float) -> tuple[xr.DataArray, Grid]:
    """Depth of the sea on the raster's own grid, over another grid and a margin [degrees] around it.

    Where the raster ends inside the margin, so does the chart.

    Returns
    -------
    (DataArray (y, x), Grid)
        ``depth`` [m] below mean sea level, <= 0 on land.

    Raises
    ------
    SourceError, DatumError
        As ``read_relief``.
    CoverageError
        The raster does not cover the grid itself.
    """
    west, south, east, north = around.bounds
    with _open(path) as source:
        left, bottom, right, top = source.bounds
        if left > west or right < east or bottom > south or top < north:
            raise CoverageError(
                "the bathymetry does not cover the grid", where=str(path),
                expected=f"west {west:g}, south {south:g}, east {east:g}, north {north:g}",
                found=f"west {left:g}, south {bottom:g}, east {right:g}, north {top:g}",
                remedy="give a larger bathymetry",
            )  # fmt: skip
        west, south = max(west - margin, left), max(south - margin, bottom)
        east, north = min(east + margin, right), min(north + margin, top)
        (dx, _, x0, _, dy, y0), size = tuple(source.transform)[:6], source.shape
        # whole cells that hold the bounds; the small slack keeps 117.0000001 from taking one cell more
        row, column = math.floor((north - y0) / dy + 1e-6), math.floor((west - x0) / dx + 1e-6)
        last_row = min(math.ceil((south - y0) / dy - 1e-6), size[0])
        last_column = min(math.ceil((east - x0) / dx - 1e-6), size[1])
        band = _read(source, path, window=((row, last_row), (column, last_column))).astype(np.float64)
        transform = Affine(dx, 0.0, x0 + column * dx, 0.0, dy, y0 + row * dy)
    band = band.filled(np.nan)
    grid = Grid(band.shape, transform)
    depth = xr.DataArray(-band, dims=("y", "x"), coords=grid.coordinates, name="depth", attrs={"units": "m"})
    return depth, grid


def read_field(path: Path, *, nodata: float = math.nan) -> tuple[NDArray[np.float64], Grid]:
    """A field of a published run, or any raster in degrees of WGS-84 or CGCS2000, on its own grid.

    Parameters
    ----------
    nodata : float
        What stands for the file's nodata: 255 for a tier of a run, whose files mean by it that there is no such hazard.

    Returns
    -------
    (array (y, x), Grid)

    Raises
    ------
    SourceError
        The file cannot be read.
    DatumError
        It is not in such degrees, or not north-up.
    """

    with _open(path) as source:
        (dx, turn, x0, skew, dy, y0) = tuple(source.transform)[:6]
        if source.crs.to_epsg() not in GEOGRAPHIC or turn or skew or dx <= 0 or dy >= 0:
            raise DatumError(
                "a raster on another kind of grid", where=str(path), expected="north-up, degrees of WGS-84 or CGCS2000",
                found=str(source.crs)[:40], remedy="warp it to EPSG:4326",
            )  # fmt: skip
        band = _read(source, path).astype(np.float64).filled(nodata)
    return band, Grid((band.shape[0], band.shape[1]), Affine(dx, 0.0, x0, 0.0, dy, y0))


def _require_cover(source: Any, path: Path, grid: Grid) -> None:
    from rasterio.warp import transform_bounds

    half = grid.transform.a / 2  # a rim of half a cell still has a mean
    west, south, east, north = grid.bounds
    left, bottom, right, top = transform_bounds(source.crs, grid.crs, *source.bounds)
    if left > west + half or right < east - half or bottom > south + half or top < north - half:
        raise CoverageError(
            "the relief does not cover the grid", where=str(path),
            expected=f"west {west:g}, south {south:g}, east {east:g}, north {north:g}",
            found=f"west {left:g}, south {bottom:g}, east {right:g}, north {top:g}",
            remedy="give a larger relief, or shrink [grid]",
        )  # fmt: skip


def _read(source: Any, path: Path, **window: Any) -> Any:
    """The first band; a file that breaks off in the middle opens well and fails here."""
    from rasterio.errors import RasterioIOError

    try:
        return source.read(1, masked=True, **window)
    except RasterioIOError as problem:
        raise SourceError(
            "the raster cannot be read", where=str(path), expected="a raster that GDAL reads",
            found=str(problem), remedy="check that the file is whole",
        ) from problem  # fmt: skip


def _open(path: Path):  # type: ignore[no-untyped-def]  # rasterio has no types
    import rasterio
    from rasterio.errors import RasterioIOError

    if not Path(path).is_file():
        raise SourceError(
            "no such file", where=str(path), expected="a raster that GDAL reads", found="nothing",
            remedy="check the path",
        )  # fmt: skip
    try:
        source = rasterio.open(path)
    except RasterioIOError as problem:
        raise SourceError(
            "the raster cannot be read", where=str(path), expected="a raster that GDAL reads",
            found=str(problem), remedy="check that the file is whole",
        ) from problem  # fmt: skip
    if source.crs is None:
        source.close()
        raise DatumError(
            "the raster declares no coordinate system", where=str(path), expected="e.g. EPSG:4326",
            found="nothing", remedy="assign one, for example with gdal_edit -a_srs",
        )  # fmt: skip
    return source
