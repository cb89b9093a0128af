"""Roughness lengths of the ground on a grid: from a raster of lengths, or of land cover with a table of classes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr
from affine import Affine

from riskmap.errors import CoverageError, DataError, UnitsError
from riskmap.grid import Grid
from riskmap.hazard.surface import MOST_ROUGHNESS
from riskmap.io.csv_table import parse_each, read_csv_table
from riskmap.io.rasters import _open, _read

if TYPE_CHECKING:
    from numpy.typing import NDArray

WATER_ROUGHNESS: Final = 0.0002
"""Length of inland water [m], also of cells whose file says 0; the European Wind Atlas's class 0, read in a public
page that quotes it (status S there). At sea ``riskmap.hazard.surface`` takes its own, that of high waves."""

WORLDCOVER: Final = MappingProxyType(
    {
        10: 0.5,  # tree cover; windPRO's table for GlobCover, closed broadleaved evergreen forest (S)
        20: 0.07,  # shrubland; the same table, shrubland below 5 m (S)
        30: 0.05,  # grassland; the same table, herbaceous vegetation (S)
        40: 0.1,  # cropland; the same table, rainfed and irrigated cropland (S)
        50: 0.4,  # built-up; windPRO's table for the USGS legend, urban and built-up land (S)
        60: 0.01,  # bare; EN 1991-1-4, Table 4.1, category I, read in public code that cites it (S)
        70: 0.001,  # snow and ice (M)
        80: WATER_ROUGHNESS,
        90: 0.05,  # herbaceous wetland, as grassland (D)
        95: 0.5,  # mangroves, as tree cover (D)
        100: 0.01,  # moss and lichen, as bare ground (D)
    }
)
"""Class of ESA WorldCover (v100, v200) -> roughness length [m]."""

_BLOCK: Final = 16_000_000  # source cells held at a time: a 10 m map of a province does not fit into memory


def read_classes(path: Path) -> dict[int, float]:
    """A table of land-cover classes: CSV with the columns ``class`` and ``roughness_length`` [m].

    Raises
    ------
    SourceError
        The file cannot be read.
    DataError
        A column is missing, a class stands twice or is no whole number.
    UnitsError
        A length is not above 0, or more than 5 m.
    """
    table = read_csv_table(path, required=("class", "roughness_length"))
    code, length = table.column("class"), table.column("roughness_length")
    found: dict[int, float] = {}

    def add(row: tuple[int, list[str]]) -> None:
        number, metres = table.number(row, code), table.number(row, length)
        if not float(number).is_integer() or int(number) in found:
            raise table.wrong(row, code, "not a class of its own", "a whole number that stands once")
        if not 0 < metres <= MOST_ROUGHNESS:
            raise UnitsError(
                "not a roughness length", where=f"{table.where}, line {row[0]}, column roughness_length",
                expected=f"above 0 and up to {MOST_ROUGHNESS:g} m", found=repr(table.text(row, length)),
                remedy="give metres",
            )  # fmt: skip
        found[int(number)] = metres

    parse_each(table.rows, add, file=table.where)
    return found


def read_roughness(path: Path, grid: Grid, *, classes: Mapping[int, float] | None = None) -> xr.DataArray:
    """Roughness length on a grid: the geometric mean of the cells it covers.

    Parameters
    ----------
    path : Path
        A raster with one band, in any coordinate system: roughness lengths [m], 0 for water; or, with ``classes``,
        land-cover classes. Read a few rows at a time.
    grid : Grid
    classes : mapping, optional
        Class -> roughness length [m]: ``WORLDCOVER`` or ``read_classes``.

    Returns
    -------
    DataArray (y, x)
        ``roughness_length`` [m], NaN where the file has no data or does not reach.

    Raises
    ------
    SourceError
        The file cannot be read.
    DatumError
        It declares no coordinate system.
    CoverageError
        It has no data on the grid.
    UnitsError
        The numbers are no lengths in metres, or look like classes of land cover.
    DataError
        A class that the table does not have.

    References
    ----------
    The mean of ln z0 is what the wind over mixed ground follows to first order; scattered obstacles count for
    more than that (Taylor 1987, Boundary-Layer Meteorology 39, 279; status M).
    """
    from rasterio.warp import Resampling, reproject

    total = np.full(grid.shape, np.nan, np.float64)
    with _open(path) as source:
        for first, last in _row_blocks(source, grid):
            part = _rows(grid, first, last)
            found = _block(source, path, part)
            if found is None:
                continue
            values, transform = found
            logs = np.log(_by_class(values, classes, path) if classes is not None else _lengths(values, path))
            reproject(
                logs, total[first:last], src_transform=transform, src_crs=source.crs, src_nodata=np.nan,
                dst_transform=part.transform, dst_crs=grid.crs, dst_nodata=np.nan, resampling=Resampling.average,
            )  # fmt: skip
    if np.isnan(total).all():
        raise CoverageError(
            "the roughness has no data on the grid", where=str(path),
            expected="west {:g}, south {:g}, east {:g}, north {:g}".format(*grid.bounds),
            found="nothing there", remedy="give the file of this area",
        )  # fmt: skip
    out = np.exp(total)
    if classes is None:
        _not_classes(out, path)
    return xr.DataArray(
        out.astype(np.float32), dims=("y", "x"), coords=grid.coordinates, name="roughness_length",
        attrs={"standard_name": "surface_roughness_length", "units": "m"},
    )  # fmt: skip


def _rows(grid: Grid, first: int, last: int) -> Grid:
    t = grid.transform
    return Grid((last - first, grid.shape[1]), Affine(t.a, 0.0, t.c, 0.0, t.e, t.f + first * t.e), grid.crs)


def _row_blocks(source: Any, grid: Grid) -> list[tuple[int, int]]:
    """Rows of the grid whose source cells fit into memory together."""
    per_row = source.width * max(source.height / grid.shape[0], 1.0)
    step = max(1, min(grid.shape[0], int(_BLOCK / per_row)))
    return [(first, min(first + step, grid.shape[0])) for first in range(0, grid.shape[0], step)]


def _block(source: Any, path: Path, part: Grid) -> tuple[NDArray[np.float64], Any] | None:
    """The cells over a part of the grid with a margin, NaN where there is no data; None where the file ends."""
    from rasterio.warp import transform_bounds

    west, south, east, north = transform_bounds(part.crs, source.crs, *part.bounds)
    t = source.transform
    back = ~t
    corners = [(x, y) for x in (west, east) for y in (south, north)]
    columns = [back.a * x + back.b * y + back.c for x, y in corners]
    rows = [back.d * x + back.e * y + back.f for x, y in corners]
    left, right = max(math.floor(min(columns)) - 2, 0), min(math.ceil(max(columns)) + 2, source.width)
    top, bottom = max(math.floor(min(rows)) - 2, 0), min(math.ceil(max(rows)) + 2, source.height)
    if left >= right or top >= bottom:
        return None
    values = _read(source, path, window=((top, bottom), (left, right))).astype(np.float64).filled(np.nan)
    moved = Affine(t.a, t.b, t.c + t.a * left + t.b * top, t.d, t.e, t.f + t.d * left + t.e * top)
    return values, moved


def _by_class(values: NDArray[np.float64], classes: Mapping[int, float], path: Path) -> NDArray[np.float64]:
    known = np.unique(values[np.isfinite(values)])
    lacking = [f"{value:g}" for value in known if value not in classes]
    if lacking:
        raise DataError(
            "classes of land cover without a roughness", where=str(path),
            expected="classes of the table: " + ", ".join(str(c) for c in sorted(classes)),
            found=", ".join(lacking[:10]), remedy="add them to the table, or declare them as nodata",
        )  # fmt: skip
    lengths = np.array([classes[int(value)] for value in known])
    at = np.searchsorted(known, values)
    return np.where(np.isfinite(values), np.append(lengths, np.nan)[at], np.nan)


def _lengths(values: NDArray[np.float64], path: Path) -> NDArray[np.float64]:
    finite = values[np.isfinite(values)]
    if finite.size and (finite.min() < 0 or finite.max() > MOST_ROUGHNESS):
        whole = bool(np.all(finite == np.round(finite)))
        worst = finite.min() if finite.min() < 0 else finite.max()
        raise UnitsError(
            "these are classes of land cover, not lengths" if whole and worst > 0 else "not a roughness length",
            where=str(path), expected=f"0 to {MOST_ROUGHNESS:g} m", found=f"{worst:g}",
            remedy="give a table of classes with it" if whole and worst > 0
            else "convert it to metres, and declare its mark for no data as nodata",
        )  # fmt: skip
    return np.where(values == 0, WATER_ROUGHNESS, values)


def _not_classes(lengths: NDArray[np.float64], path: Path) -> None:
    """Refuse classes 1 to 5, which pass for lengths: no land has whole metres of roughness everywhere."""
    found = lengths[np.isfinite(lengths)]
    if found.min() >= 1.0:
        raise UnitsError(
            "rougher than a forest everywhere", where=str(path), expected="roughness lengths [m]",
            found=f"{found.min():g} or more", remedy="if these are classes of land cover, give a table with them",
        )  # fmt: skip
