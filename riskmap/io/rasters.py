"""Rasters in and out, through rasterio."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from affine import Affine

from riskmap.errors import CoverageError, DatumError, SourceError
from riskmap.grid import Grid

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
        ``surface_altitude`` [m], NaN over the sea.

    Raises
    ------
    SourceError
        The file cannot be read.
    DatumError
        It declares no coordinate system.
    CoverageError
        It does not touch the grid.
    """
    from rasterio.warp import Resampling, reproject

    with _open(path) as source:
        band = source.read(1, masked=True).astype(np.float32).filled(np.nan)
        out = np.full(grid.shape, np.nan, np.float32)
        reproject(
            band, out, src_transform=source.transform, src_crs=source.crs, src_nodata=np.nan,
            dst_transform=grid.transform, dst_crs=grid.crs, dst_nodata=np.nan, resampling=Resampling.average,
        )  # fmt: skip
        if np.isnan(out).all():
            raise CoverageError(
                "the relief does not touch the grid", where=str(path),
                expected="west {:g}, south {:g}, east {:g}, north {:g}".format(*grid.bounds),
                found="west {:g}, south {:g}, east {:g}, north {:g}".format(*source.bounds),
                remedy="give a relief of the grid's area",
            )  # fmt: skip
    return xr.DataArray(
        out, dims=("y", "x"), coords=grid.coordinates, name="surface_altitude",
        attrs={"standard_name": "surface_altitude", "units": "m", "cell_size_m": 2300.0},
    )  # fmt: skip


def read_depth(
    path: Path, *, west: float, south: float, east: float, north: float
) -> tuple[xr.DataArray, Grid]:
    """Depth of the sea on the raster's own grid, within bounds [degrees].

    Returns
    -------
    (DataArray (y, x), Grid)
        ``depth`` [m] below mean sea level, <= 0 on land.

    Raises
    ------
    SourceError, DatumError
        As ``read_relief``.
    CoverageError
        The raster does not cover the bounds.
    """
    from rasterio.windows import from_bounds

    with _open(path) as source:
        left, bottom, right, top = source.bounds
        if left > west or right < east or bottom > south or top < north:
            raise CoverageError(
                "the bathymetry does not cover the sea around the grid", where=str(path),
                expected=f"west {west:g}, south {south:g}, east {east:g}, north {north:g}",
                found=f"west {left:g}, south {bottom:g}, east {right:g}, north {top:g}",
                remedy="give a larger bathymetry",
            )  # fmt: skip
        window = from_bounds(west, south, east, north, source.transform).round_offsets().round_lengths()
        band = source.read(1, window=window, masked=True).astype(np.float64).filled(np.nan)
        transform = source.window_transform(window)
    grid = Grid(band.shape, Affine(*transform[:6]))
    depth = xr.DataArray(-band, dims=("y", "x"), coords=grid.coordinates, name="depth", attrs={"units": "m"})
    return depth, grid


def geotiff(values: NDArray[np.float32], grid: Grid, *, description: str, units: str) -> bytes:
    """A compressed GeoTIFF of one field, shape (y, x), NaN as nodata."""
    from rasterio.io import MemoryFile

    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", height=grid.shape[0], width=grid.shape[1], count=1, dtype="float32", crs=grid.crs,
            transform=grid.transform, nodata=np.nan, compress="deflate", predictor=3,
        ) as out:  # fmt: skip
            out.write(np.asarray(values, np.float32), 1)
            out.set_band_description(1, description)
            out.set_band_unit(1, units)
        return bytes(memory.read())


def _open(path: Path):  # type: ignore[no-untyped-def]  # rasterio has no types
    import rasterio
    from rasterio.errors import RasterioIOError

    if not path.is_file():
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
