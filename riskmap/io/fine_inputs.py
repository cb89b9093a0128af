"""The elevation model of a scenario: read once over the hazards' grid, on geographic cells about as large as its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from riskmap.analysis.fine_ground import FineGround, fine_memory, require_fine_memory
from riskmap.errors import CoverageError, SourceError
from riskmap.grid import EARTH_RADIUS, GEOGRAPHIC, Grid
from riskmap.io.dem import read_dem
from riskmap.io.dem_checks import Sea
from riskmap.io.dem_view import Window
from riskmap.io.rasters import _open
from riskmap.memory import memory_available


def fine_cells(dem: Path | tuple[Path, ...]) -> int:
    """Cells of an elevation model, whether they lie on the grid or not; 0 where it cannot be read, which reading it will say."""
    count = 0
    for path in (dem,) if isinstance(dem, Path) else dem:
        with suppress(SourceError), _open(path) as source:
            count += int(source.height) * int(source.width)
    return count


def wanted_memory(path: Path, over: Grid) -> int:
    """Memory [bytes] that what lies under the hazards' grid takes at its peak; see ``fine_memory``.

    Raises
    ------
    SourceError, CoverageError
        As ``read_fine``.
    """
    with _open(path) as source:
        return fine_memory(_shape(_window(source, path, over)))


def read_fine(
    path: Path,
    over: Grid,
    *,
    vertical_units: str | None = None,
    nodata: float | None = None,
    sea: Sea = "nodata",
    memory: int | None = None,
    say: Callable[[str], None] | None = None,
) -> FineGround:
    """Heights of an elevation model under the hazards' grid.

    A model in WGS-84 or CGCS2000 degrees keeps its cells. Another one (UTM, Gauss and Krueger) is warped once, bilinear,
    to cells of the same sides in metres, which is said among the findings.

    Parameters
    ----------
    path : Path
        Any raster that GDAL reads.
    over : Grid
        What lies outside is not read.
    vertical_units, nodata, sea
        As in ``riskmap.io.dem.read_dem``.
    memory : int, optional
        Memory [bytes] that may be used; what is free by default.
    say : callable, optional
        Told the cells and the memory that they take, before any is read.

    Raises
    ------
    SourceError, DatumError, GeometryError, DataError, UnitsError
        As ``read_dem``.
    CoverageError
        No cell of the model lies on the grid.
    TooLargeError
        It does not fit into memory; the message names what would.
    """
    with _open(path) as source:
        window = _window(source, path, over)
        crs = source.crs
    shape = _shape(window)
    free = memory_available() if memory is None else memory
    if say is not None:
        say(f"{path.name}: {shape[0]} x {shape[1]} cells, {fine_memory(shape) / 1e9:.2f} GB")
    require_fine_memory(shape, free, where=str(path))
    dem = read_dem(path, vertical_units=vertical_units, nodata=nodata, sea=sea, window=window, memory=free)
    findings = tuple(f"{path.name}: {line}" for line in str(dem.attrs["findings"]).splitlines() if line)
    height, widths = float(dem.attrs["cell_height"]), dem["cell_width"].values
    cell = max(height, float(widths.max()))
    heights, water = dem["surface_altitude"].values, dem["sea"].values
    west, dx, _, north, _, dy = map(float, str(dem["spatial_ref"].attrs["GeoTransform"]).split())
    transform = Affine(dx, 0.0, west, 0.0, dy, north)
    if crs.is_geographic and crs.to_epsg() in GEOGRAPHIC:
        grid = Grid(heights.shape, transform, f"EPSG:{crs.to_epsg()}")
    else:
        sides = float(widths.mean()), height
        heights, water, grid = _warp(heights, water, transform, crs, sides)
        findings += (
            f"{path.name}: warped from {crs.to_string()[:40]} to cells of {grid.transform.a:.6f} x "
            f"{-grid.transform.e:.6f} degrees, bilinear",
        )
    return FineGround(heights, water, grid, cell, findings)


def _shape(window: Window) -> tuple[int, int]:
    (top, bottom), (left, right) = window
    return bottom - top, right - left


def _window(source: Any, path: Path, over: Grid) -> Window:
    """Rows (from the north) and columns whose centres can lie on the grid, one cell more on each side for warping."""
    from rasterio.warp import transform_bounds

    if source.transform.b or source.transform.d:
        return (0, source.height), (0, source.width)  # rotated: refused by name where it is read
    west, south, east, north = transform_bounds(over.crs, source.crs, *over.bounds, densify_pts=21)
    left, right = sorted((source.bounds.left, source.bounds.right))
    bottom, top = sorted((source.bounds.bottom, source.bounds.top))
    dx, dy = abs(float(source.transform.a)), abs(float(source.transform.e))
    rim = 0 if source.crs.is_geographic else 2
    rows = int(np.floor((top - north) / dy + 0.5)) - rim, int(np.floor((top - south) / dy + 0.5)) + rim
    columns = int(np.floor((west - left) / dx + 0.5)) - rim, int(np.floor((east - left) / dx + 0.5)) + rim
    held = (
        (max(rows[0], 0), min(rows[1], source.height)),
        (max(columns[0], 0), min(columns[1], source.width)),
    )
    if held[0][0] >= held[0][1] or held[1][0] >= held[1][1]:
        raise CoverageError(
            "the elevation model does not lie on the grid", where=str(path),
            expected=f"in its own coordinates west {west:g}, south {south:g}, east {east:g}, north {north:g}",
            found=f"west {left:g}, south {bottom:g}, east {right:g}, north {top:g}",
            remedy="give the model of this place, or mend [grid]",
        )  # fmt: skip
    return held


def _warp(
    heights: NDArray[np.float32], sea: NDArray[np.bool_], transform: Affine, crs: Any, sides: tuple[float, float]
) -> tuple[NDArray[np.float32], NDArray[np.bool_], Grid]:  # fmt: skip
    """The model on geographic cells with the same sides [m] at its middle."""
    from rasterio.transform import array_bounds
    from rasterio.warp import Resampling, reproject, transform_bounds

    bounds = array_bounds(*heights.shape, transform)
    west, south, east, north = transform_bounds(crs, "EPSG:4326", *bounds, densify_pts=21)
    along = float(np.degrees(sides[1] / EARTH_RADIUS))
    across = float(np.degrees(sides[0] / EARTH_RADIUS) / np.cos(np.radians((south + north) / 2)))
    shape = max(1, int(np.ceil((north - south) / along))), max(1, int(np.ceil((east - west) / across)))
    grid = Grid(shape, Affine(across, 0.0, west, 0.0, -along, north))
    warped = np.full(shape, np.nan, np.float32)
    water = np.zeros(shape, np.uint8)
    places = {
        "src_transform": transform, "src_crs": crs, "dst_transform": grid.transform, "dst_crs": grid.crs
    }  # fmt: skip
    reproject(heights, warped, src_nodata=np.nan, dst_nodata=np.nan, resampling=Resampling.bilinear, **places)
    reproject(sea.astype(np.uint8), water, resampling=Resampling.nearest, **places)
    return warped, water.astype(bool), grid
