"""Watersheds that a county has drawn itself: outlines in GeoJSON or a raster of numbers, in any coordinate system.

One that cannot be used is left out and named, so that a slip in one valley does not silence the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from affine import Affine
from numpy.typing import NDArray

from riskmap.analysis.own_basins import GivenWatersheds
from riskmap.errors import CoverageError, DataError, DatumError, GeometryError
from riskmap.grid import EARTH_RADIUS, GEOGRAPHIC, Grid
from riskmap.hazard.flash_flood.watersheds import LARGEST_AREA
from riskmap.io.json_file import as_list, as_object, read_json
from riskmap.io.rasters import _open
from riskmap.io.rows import Row
from riskmap.terrain.flow_direction import geographic_sides
from riskmap.terrain.slopes import slope_aspect

FINE_STEP: Final = 0.0025
"""Watersheds are laid on cells of this side at most [degrees], about 250 m (status D) ..."""

MOST_CELLS: Final = 12_000_000
"""... as long as there are no more of them than this."""

LEAST_INSIDE: Final = 0.9
"""A watershed of which less lies on the grid is judged on that part alone, and said so (status D)."""

LEAST_SLOPE: Final = 0.005
"""Where the relief shows less [m m-1]: a cell of kilometres hides the slopes of a gully (status D)."""

_IDS: Final = ("id", "code", "watershed", "编号", "代码")
_NAMES: Final = ("name", "名称")


@dataclass(frozen=True, eq=False)
class ShapesRead:
    """Watersheds that were read, and what is wrong with some: one line each."""

    given: GivenWatersheds
    problems: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Shape:
    code: str
    name: str
    geometry: Any
    row: Row


def read_given_watersheds(path: Path, grid: Grid, altitude: NDArray[np.floating]) -> ShapesRead:
    """Watersheds of a county, onto cells finer than the hazards' grid.

    Parameters
    ----------
    path : Path
        GeoJSON of polygons with ``id`` (or ``code``, 编号), and where known ``name``, ``main_length_m``, ``main_drop_m``,
        ``mean_slope``, ``downstream`` (an id), its member ``crs`` naming another system than WGS-84; or a raster of whole
        numbers, one a watershed, 0 or nodata where there is none.
    grid : Grid
        Of the hazards.
    altitude : float array (y, x)
        Relief on it [m]: stands in for the numbers that are not given.

    Raises
    ------
    SourceError, DataError, DatumError
        Unreadable, or in no known coordinate system.
    CoverageError
        No watershed lies on the grid.
    """
    factor = _factor(grid)
    whole = grid.transform
    fine = Affine(whole.a / factor, 0.0, whole.c, 0.0, whole.e / factor, whole.f)
    problems: list[str] = []
    if path.suffix.lower() in (".json", ".geojson"):
        shapes = _polygons(path, problems)
        labels = _burn(shapes, (grid.shape[0] * factor, grid.shape[1] * factor), fine, problems)
        areas = np.array([_area(shape.geometry) for shape in shapes])
        rows = [shape.row for shape in shapes]
        codes, names = [s.code for s in shapes], [s.name for s in shapes]
    else:
        labels, codes = _raster(path, grid, factor, fine)
        names, areas, rows = [""] * len(codes), np.zeros(len(codes)), [Row({}, str(path)) for _ in codes]
    return _kept(path, grid, altitude, labels, factor, codes, names, areas, rows, problems)


def _factor(grid: Grid) -> int:
    cells = grid.shape[0] * grid.shape[1]
    most = max(1, int((MOST_CELLS / cells) ** 0.5))
    return min(max(1, ceil(grid.transform.a / FINE_STEP - 1e-9)), most)


def _polygons(path: Path, problems: list[str]) -> list[_Shape]:
    """Outlines in WGS-84, parts of one id together."""
    import shapely

    where = str(path)
    document = as_object(read_json(path), where=where)
    crs = _declared(document.get("crs"), where)
    found: dict[str, _Shape] = {}
    for n, item in enumerate(as_list(document.get("features"), where=f"{where}, features"), 1):
        try:
            shape = _polygon(as_object(item, where=f"{where}, feature {n}"), crs, f"{where}, feature {n}")
        except DataError as problem:
            problems.append(str(problem))
            continue
        if shape.code in found:  # a watershed in several parts, as some programs write it
            first = found[shape.code]
            both = shapely.union_all([first.geometry, shape.geometry])
            shape = _Shape(first.code, first.name or shape.name, both, first.row)
        found[shape.code] = shape
    if not found:
        raise DataError(
            "no watershed could be read", where=where, expected="one polygon with an id or more",
            found=problems[0] if problems else "no feature", remedy="export the watersheds again",
        )  # fmt: skip
    return list(found.values())


def _declared(crs: Any, where: str) -> Any:
    """The file's coordinate system; GeoJSON without one is WGS-84."""
    from rasterio.crs import CRS
    from rasterio.errors import CRSError

    if crs is None:
        return CRS.from_epsg(GEOGRAPHIC[0])
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name") if isinstance(properties, dict) else crs)
    try:
        return CRS.from_user_input("EPSG:4326" if name.upper().endswith("CRS84") else name)
    except (CRSError, ValueError) as problem:
        raise DatumError(
            "an unknown coordinate system", where=f"{where}, member crs", expected="urn:ogc:def:crs:EPSG::4490, say",
            found=name[:60], remedy="export the file with an EPSG code",
        ) from problem  # fmt: skip


def _polygon(feature: dict[str, Any], crs: Any, where: str) -> _Shape:
    import shapely

    properties = feature.get("properties")
    row = Row(dict(properties) if isinstance(properties, dict) else {}, where)
    code = (row.text(*_IDS) or str(feature.get("id") or "").strip()).removesuffix(".0")
    if not code:
        raise DataError(
            "a watershed without an id",
            where=where,
            expected=" or ".join(_IDS),
            found="none",
            remedy="give it one",
        )
    try:
        geometry = shapely.force_2d(shapely.geometry.shape(feature["geometry"]))
        if crs.to_epsg() not in GEOGRAPHIC:
            geometry = shapely.transform(geometry, lambda xy: _degrees(xy, crs, where))
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        shapely.errors.ShapelyError,
    ) as problem:
        raise GeometryError(
            "the geometry cannot be read", where=f"{where}, id {code}", expected="Polygon or MultiPolygon",
            found=str(problem)[:80], remedy="export the watersheds again",
        ) from problem  # fmt: skip
    sound = geometry.geom_type in ("Polygon", "MultiPolygon") and not geometry.is_empty and geometry.is_valid
    if not sound:
        raise GeometryError(
            "the geometry is none of a watershed", where=f"{where}, id {code}", expected="a valid Polygon or MultiPolygon",
            found=f"{geometry.geom_type}: {shapely.is_valid_reason(geometry)}", remedy="repair it in a GIS",
        )  # fmt: skip
    west, south, east, north = geometry.bounds
    if west < -180.0 or east > 180.0 or south < -90.0 or north > 90.0:
        raise DatumError(
            "the coordinates are not longitude and latitude", where=f"{where}, id {code}", expected="[longitude, latitude]",
            found=f"[{west:g}, {south:g}]", remedy="declare the member crs, or exchange the two numbers",
        )  # fmt: skip
    return _Shape(code, row.text(*_NAMES), geometry, row)


def _degrees(points: NDArray[np.float64], crs: Any, where: str) -> NDArray[np.float64]:
    """Points of a coordinate system in WGS-84 [degrees], shape (point, 2)."""
    from rasterio.warp import transform

    try:
        x, y = transform(crs, f"EPSG:{GEOGRAPHIC[0]}", points[:, 0], points[:, 1])
    except Exception as problem:  # GDAL's own errors have no public name
        raise GeometryError(
            "points that the coordinate system does not have", where=where, expected=str(crs)[:40],
            found=f"{points[0].tolist()} ...", remedy="check the member crs",
        ) from problem  # fmt: skip
    return np.column_stack([x, y])


def _burn(
    shapes: list[_Shape], size: tuple[int, int], fine: Affine, problems: list[str]
) -> NDArray[np.int32]:
    """Number of the watershed of each fine cell; where two overlap the smaller one stands, and both are named."""
    from rasterio.features import rasterize

    order = sorted(range(len(shapes)), key=lambda k: -shapes[k].geometry.area)
    labels = np.zeros(size, np.int32)
    pairs = [(shapes[k].geometry, k + 1) for k in order]
    rasterize(pairs, out=labels, transform=fine)
    times = np.zeros(size, np.uint8)
    for geometry, _ in pairs:  # cell by cell of its own window, so that overlaps are counted once
        window, place = _window(geometry, size, fine)
        if window is None:
            continue
        shape = (window[0].stop - window[0].start, window[1].stop - window[1].start)
        times[window] += rasterize([(geometry, 1)], out_shape=shape, transform=place, dtype="uint8")
    if (times > 1).any():
        share = float((times > 1).sum() / max(1, (times > 0).sum()))
        problems.append(f"watersheds overlap on {share:.1%} of their area: the smaller one stands there")
    held = np.bincount(labels.ravel(), minlength=len(shapes) + 1)[1:]
    for k in np.flatnonzero(held == 0):  # smaller than a cell: those that it touches
        window, place = _window(shapes[k].geometry, size, fine)
        if window is None:
            continue
        shape = (window[0].stop - window[0].start, window[1].stop - window[1].start)
        touched = rasterize(
            [(shapes[k].geometry, 1)], out_shape=shape, transform=place, all_touched=True, dtype="uint8"
        )
        labels[window][touched > 0] = k + 1
    return labels


def _window(geometry: Any, size: tuple[int, int], fine: Affine) -> tuple[tuple[slice, slice] | None, Affine]:
    """Fine cells around a polygon, None off the grid; and where they lie."""
    west, south, east, north = geometry.bounds
    x0, x1 = ((x - fine.c) / fine.a for x in (west, east))
    y0, y1 = ((y - fine.f) / fine.e for y in (north, south))
    rows = slice(max(0, int(y0)), min(size[0], int(np.ceil(y1)) + 1))
    columns = slice(max(0, int(x0)), min(size[1], int(np.ceil(x1)) + 1))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return None, fine
    place = Affine(fine.a, 0.0, fine.c + columns.start * fine.a, 0.0, fine.e, fine.f + rows.start * fine.e)
    return (rows, columns), place


def _raster(path: Path, grid: Grid, factor: int, fine: Affine) -> tuple[NDArray[np.int32], list[str]]:
    """Numbers of a raster on the fine cells, by the nearest of its own."""
    from rasterio.warp import Resampling, reproject

    with _open(path) as source:
        if source.crs is None:
            raise DatumError(
                "no coordinate system", where=str(path), expected="one that the file declares", found="none",
                remedy="set it with gdal_edit -a_srs",
            )  # fmt: skip
        if source.count != 1 or np.dtype(source.dtypes[0]).kind not in "iu":
            raise DataError(
                "not a raster of watersheds", where=str(path), expected="one band of whole numbers",
                found=f"{source.count} of {source.dtypes[0]}", remedy="export the numbers of the watersheds",
            )  # fmt: skip
        band = source.read(1, masked=True).filled(0).astype(np.int64)
        numbers = np.unique(band[band > 0])
        small = np.searchsorted(numbers, band) + 1 if numbers.size else band
        small = np.where(band > 0, small, 0).astype(np.int32)
        out = np.zeros((grid.shape[0] * factor, grid.shape[1] * factor), np.int32)
        reproject(
            small, out, src_transform=source.transform, src_crs=source.crs, dst_transform=fine, dst_crs=grid.crs,
            resampling=Resampling.nearest,
        )  # fmt: skip
    return out, [str(int(n)) for n in numbers]


def _kept(
    path: Path, grid: Grid, altitude: NDArray[np.floating], labels: NDArray[np.int32], factor: int, codes: list[str],
    names: list[str], areas: NDArray[np.float64], rows: list[Row], problems: list[str],
) -> ShapesRead:  # fmt: skip
    """Those that lie on the grid, with their table."""
    cell = np.repeat(grid.cell_area, factor) / factor**2
    inside = np.zeros(len(codes) + 1)
    for row, area in zip(labels, cell, strict=True):
        inside += np.bincount(row, minlength=len(codes) + 1) * area
    size = np.where(areas > 0.0, areas, inside[1:])
    problems += [
        f"{path.name}, watershed {codes[k]}: lies off the grid, or under smaller ones"
        for k in np.flatnonzero(inside[1:] == 0.0)
    ]
    keep = np.flatnonzero(inside[1:] > 0.0)
    if not keep.size:
        raise CoverageError(
            "no watershed lies on the grid", where=str(path), expected="west {:g}, south {:g}, east {:g}, north {:g}".format(
                *grid.bounds), found=f"{len(codes)} watersheds elsewhere", remedy="check the coordinate system",
        )  # fmt: skip
    for k in keep:
        if inside[k + 1] < LEAST_INSIDE * size[k] and areas[k] > 4.0 * cell.max():
            problems.append(
                f"{path.name}, watershed {codes[k]}: {inside[k + 1] / size[k]:.0%} of it lies on the grid or outside others;"
                " judged on that part"
            )
        if size[k] > LARGEST_AREA:
            problems.append(
                f"{path.name}, watershed {codes[k]}: {size[k] / 1e6:.0f} km2 is not small; low confidence"
            )
    new = np.zeros(len(codes) + 1, np.int32)
    new[keep + 1] = np.arange(1, len(keep) + 1)
    labels = new[labels]
    table = _table(
        grid,
        altitude,
        labels,
        factor,
        size[keep],
        [rows[k] for k in keep],
        [codes[k] for k in keep],
        problems,
    )
    given = GivenWatersheds(
        tuple(codes[k] for k in keep), tuple(names[k] for k in keep), labels, factor, table
    )
    return ShapesRead(given, tuple(problems))


def _table(
    grid: Grid, altitude: NDArray[np.floating], labels: NDArray[np.int32], factor: int, area: NDArray[np.float64],
    rows: list[Row], codes: list[str], problems: list[str],
) -> xr.Dataset:  # fmt: skip
    """Given numbers, else estimates: length after Hack, drop and slope of the relief under it."""
    dx, dy = geographic_sides(grid.latitude, (grid.transform.a, -grid.transform.e))
    ground = np.ascontiguousarray(altitude, np.float32)
    steep = slope_aspect(ground, dx=dx, dy=dy)[0]
    count = len(codes)
    number = labels.ravel()
    cell = (
        np.arange(labels.shape[0])[:, None] // factor * grid.shape[1]
        + np.arange(labels.shape[1])[None] // factor
    ).ravel()
    held = np.flatnonzero(number)
    number, cell = number[held] - 1, cell[held]
    high, low, total, known = (
        np.full(count, -np.inf),
        np.full(count, np.inf),
        np.zeros(count),
        np.zeros(count),
    )
    height, slope = ground.ravel()[cell], steep.ravel()[cell]
    np.fmax.at(high, number, height)
    np.fmin.at(low, number, height)
    np.add.at(total, number, np.nan_to_num(slope))
    np.add.at(known, number, ~np.isnan(slope))
    # Hack (1957): L = 1.4 A^0.6 in miles, 1.27 A^0.6 in km (M)
    numbers = {
        "main_length": 1270.0 * (area / 1e6) ** 0.6,
        "main_drop": np.where(high > low, high - low, 0.0),
        "mean_slope": np.maximum(total / np.maximum(known, 1.0), LEAST_SLOPE),
    }
    bounds = {
        "main_length": (1.0, 1e6, "m"),
        "main_drop": (0.0, 6000.0, "m"),
        "mean_slope": (1e-4, 5.0, "m m-1"),
    }
    columns = {"main_length": "main_length_m", "main_drop": "main_drop_m", "mean_slope": "mean_slope"}
    downstream = np.zeros(count, np.int32)
    for k, row in enumerate(rows):
        try:
            for name, (least, most, unit) in bounds.items():
                value = row.number(columns[name], low=least, high=most, units=unit)
                numbers[name][k] = numbers[name][k] if value is None else value
            below = row.text("downstream", "下游").removesuffix(".0")
            if below and (below not in codes or below == codes[k]):
                raise DataError(
                    "drains into no watershed of the file", where=f"{row.where}, downstream", expected="another id, or nothing",
                    found=below, remedy="correct it",
                )  # fmt: skip
            downstream[k] = codes.index(below) + 1 if below else 0
        except DataError as problem:
            problems.append(str(problem))
    units = {"area": "m2", "main_length": "m", "main_drop": "m", "mean_slope": "m m-1"}
    table = {n: ("watershed", v, {"units": units[n]}) for n, v in ({"area": area} | numbers).items()}
    return xr.Dataset(
        table | {"downstream": ("watershed", downstream)}, coords={"watershed": np.arange(1, count + 1)}
    )


def _area(geometry: Any) -> float:
    """Area [m2] of an outline on the sphere."""
    from shapely import transform

    flat = transform(
        geometry, lambda xy: np.column_stack([np.radians(xy[:, 0]), np.sin(np.radians(xy[:, 1]))])
    )
    return float(flat.area) * EARTH_RADIUS**2
