"""Features of a region file, in degrees: GeoJSON and CSV by ourselves, GeoPackage and shapefile through pyogrio.

A file in another coordinate system is brought to WGS-84; GeoJSON without the member ``crs`` is WGS-84 (RFC 7946).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError, DatumError, GeometryError, MissingExtraError, SourceError
from riskmap.grid import GEOGRAPHIC
from riskmap.io.csv_table import parse_each, read_csv_table, read_text

LONGITUDE_KEYS: Final = ("lon", "longitude", "经度")
LATITUDE_KEYS: Final = ("lat", "latitude", "纬度")


@dataclass(frozen=True, eq=False)
class Feature:
    """One unit of a file, before anything is known of it.

    Attributes
    ----------
    properties : dict
    shape : shapely Polygon, MultiPolygon or Point, or None
        Valid, in degrees; None where ``broken``.
    where : str
        File and feature, for messages.
    broken : GeometryError or None
        What is wrong with the outline; a self-crossing one still has a ``shape``, mended for drawing only.
    """

    properties: dict[str, Any]
    shape: Any
    where: str
    broken: GeometryError | None = None


def read_features(path: str | Path) -> list[Feature]:
    """Every feature of a GeoJSON, GeoPackage, shapefile, or CSV of points.

    Raises
    ------
    SourceError
        The file cannot be read.
    DataError
        It holds no features.
    DatumError
        Its coordinate system is not known, or its coordinates are not in it.
    MissingExtraError
        GeoPackage and shapefile need ``pip install riskmap[gis]``.
    """
    kind = Path(path).suffix.lower()
    if kind == ".csv":
        return _points(path)
    if kind in (".gpkg", ".shp"):
        return _by_pyogrio(Path(path))
    return _geojson(path)


def _points(path: str | Path) -> list[Feature]:
    import shapely

    table = read_csv_table(path)
    names = [
        next((k for k in keys if k in table.header), keys[0]) for keys in (LONGITUDE_KEYS, LATITUDE_KEYS)
    ]
    east, north = (table.column(name) for name in names)

    def unit(row: tuple[int, list[str]]) -> Feature:
        where, cells = f"{path}, line {row[0]}", row[1]
        lon, lat = table.number(row, east), table.number(row, north)
        if np.isnan(lon) or np.isnan(lat):
            broken = GeometryError(
                "a unit without its place", where=where, expected=f"{names[0]} and {names[1]} in degrees", found="nothing",
                remedy="fill in the cells, or drop the row",
            )  # fmt: skip
            return Feature(dict(zip(table.header, cells, strict=False)), None, where, broken)
        check_degrees(np.array([[lon, lat]]), where)
        return Feature(dict(zip(table.header, cells, strict=False)), shapely.Point(lon, lat), where)

    return parse_each(table.rows, unit, file=str(path))


def _by_pyogrio(path: Path) -> list[Feature]:
    rows = enumerate(table_rows(path), 1)
    return parse_each(rows, lambda row: _feature(*row[1], f"{path}, feature {row[0]}"), file=str(path))


def table_rows(path: Path) -> Iterator[tuple[dict[str, Any], Any, Any]]:
    """Properties, shape and coordinate system of each row of a GeoPackage or shapefile; system None = WGS-84 or CGCS2000.

    Raises
    ------
    SourceError, DataError, DatumError, MissingExtraError
        See ``read_features``.
    """
    import shapely

    try:
        import pyogrio
    except ImportError as absent:
        raise MissingExtraError(
            f"{path.suffix} files need pyogrio", where=str(path), expected="the extra gis",
            found="no pyogrio", remedy="pip install riskmap[gis], or export the file as GeoJSON",
        ) from absent  # fmt: skip
    if not path.exists():
        raise SourceError(
            "the file cannot be read", where=str(path), expected="a readable file", found="no such file",
            remedy="check the path",
        )  # fmt: skip
    try:
        meta, _, shapes, columns = pyogrio.raw.read(path, force_2d=True)
    except Exception as problem:  # GDAL's own errors have no common name
        raise SourceError(
            "the file cannot be read", where=str(path), expected="a GeoPackage or shapefile",
            found=str(problem).strip()[:120], remedy="export it again",
        ) from problem  # fmt: skip
    if shapes is None or not len(shapes):
        raise DataError(
            "no features", where=str(path), expected="one feature a unit", found="an empty file",
            remedy="export the outlines again",
        )  # fmt: skip
    if not meta.get("crs"):
        raise DatumError(
            "the file declares no coordinate system", where=str(path), expected="a .prj beside the .shp, or a system in the file",
            found="none", remedy="export it with its coordinate system",
        )  # fmt: skip
    crs = _crs(str(meta["crs"]), str(path))
    for n, wkb in enumerate(shapes):
        values = {name: _plain(column[n]) for name, column in zip(meta["fields"], columns, strict=True)}
        yield values, None if wkb is None else shapely.from_wkb(wkb), crs


def in_degrees(shape: Any, crs: Any, where: str) -> Any:
    """A shape of ``table_rows`` in WGS-84 longitude and latitude."""
    import shapely

    return shape if crs is None else shapely.transform(shape, lambda points: _degrees(points, crs, where))


def _plain(value: Any) -> Any:
    """A cell as text or number; whole numbers without their ``.0``."""
    if isinstance(value, float | np.floating):
        return None if np.isnan(value) else (int(value) if float(value).is_integer() else float(value))
    return value.item() if isinstance(value, np.generic) else value


def _geojson(path: str | Path) -> list[Feature]:
    where = str(path)
    try:
        document = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise DataError(
            "not JSON", where=f"{where}, line {error.lineno}", expected="a GeoJSON FeatureCollection",
            found=error.msg, remedy="export the outlines as GeoJSON again",
        ) from error  # fmt: skip
    kind = document.get("type") if isinstance(document, dict) else type(document).__name__
    features = document.get("features") if isinstance(document, dict) else None
    if kind != "FeatureCollection" or not isinstance(features, list) or not features:
        raise DataError(
            "not a collection of features", where=where, expected="a GeoJSON FeatureCollection with features",
            found="no feature in it" if features == [] else repr(kind), remedy="export the outlines as GeoJSON",
        )  # fmt: skip
    crs = member_crs(document["crs"], where) if "crs" in document else None
    return parse_each(
        enumerate(features, 1),
        lambda one: _geojson_feature(one[1], crs, f"{where}, feature {one[0]}"),
        file=where,
    )


def _geojson_feature(item: Any, crs: Any, where: str) -> Feature:
    import shapely
    from shapely.geometry import shape

    properties = item.get("properties") if isinstance(item, dict) else None
    if not isinstance(properties, dict):
        raise DataError(
            "not a feature", where=where, expected="an object with properties and geometry",
            found=repr(item)[:60], remedy="export the outlines as GeoJSON again",
        )  # fmt: skip
    geometry = item.get("geometry")
    if not isinstance(geometry, dict):
        return _feature(properties, None, crs, where)
    try:
        with np.errstate(invalid="ignore"):  # NaN is refused later, with its name
            raw = shapely.force_2d(shape(geometry))
    except (
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        AttributeError,
        shapely.errors.ShapelyError,
    ) as error:
        broken = GeometryError(
            "the outline cannot be read", where=_named(properties, where), expected="rings of [longitude, latitude]",
            found=str(error), remedy="export the outlines as GeoJSON again",
        )  # fmt: skip
        return Feature(properties, None, where, broken)
    return _feature(properties, raw, crs, where)


def _feature(properties: dict[str, Any], raw: Any, crs: Any, where: str) -> Feature:
    """A feature in degrees, checked; what is wrong with its outline alone is kept beside it."""
    import shapely

    at = _named(properties, where)
    if raw is None or raw.geom_type not in ("Polygon", "MultiPolygon", "Point"):
        broken = GeometryError(
            "no polygon", where=at, expected="Polygon or MultiPolygon (Point for villages)",
            found=repr(None if raw is None else raw.geom_type), remedy="give the unit its outline, or drop the feature",
        )  # fmt: skip
        return Feature(properties, None, where, broken)
    if not np.isfinite(shapely.get_coordinates(raw)).all():
        broken = GeometryError(
            "a coordinate is no number", where=at, expected="degrees", found="NaN or infinity",
            remedy="export the outlines again",
        )  # fmt: skip
        return Feature(properties, None, where, broken)
    shape = in_degrees(raw, crs, at)
    check_degrees(shapely.get_coordinates(shape), at)
    if not shape.is_empty and shape.is_valid:
        return Feature(properties, shape, where)
    broken = GeometryError(
        "the polygon is invalid", where=at, expected="rings that do not cross themselves or each other",
        found="no ring" if shape.is_empty else str(shapely.is_valid_reason(shape)),
        remedy="repair it in a GIS (make valid) and look at the result",
    )  # fmt: skip
    return Feature(properties, _mended(shape), where, broken)


def _mended(shape: Any) -> Any:
    """The polygons of a self-crossing outline, for drawing; None where nothing is left."""
    import shapely

    if shape.is_empty:
        return None
    parts = [p for p in shapely.get_parts(shapely.make_valid(shape)) if "Polygon" in p.geom_type]
    flat = [p for part in parts for p in shapely.get_parts(part)]
    return shapely.MultiPolygon(flat) if flat else None


def _named(properties: dict[str, Any], where: str) -> str:
    """File and feature with code and name, as far as they stand under the usual keys."""
    words = [
        str(properties[k]) for k in ("adcode", "code", "name", "名称") if properties.get(k) not in (None, "")
    ]
    return f"{where}, {' '.join(words)}" if words else where


def member_crs(member: Any, where: str) -> Any:
    """Coordinate system of a GeoJSON's member ``crs``; None where its degrees are WGS-84 or CGCS2000.

    Raises
    ------
    DatumError
        The system is not known.
    """
    properties = member.get("properties") if isinstance(member, dict) else None
    return _crs(
        str(properties.get("name")) if isinstance(properties, dict) else str(member), f"{where}, member crs"
    )


def _crs(name: str, where: str) -> Any:
    """A coordinate system; None where its degrees are ours."""
    from rasterio.crs import CRS
    from rasterio.errors import CRSError

    try:
        crs = CRS.from_user_input("EPSG:4326" if name.upper().endswith("CRS84") else name)
    except (CRSError, ValueError) as problem:
        raise DatumError(
            "the outlines declare another coordinate system, which is not known", where=where,
            expected="WGS-84 (CRS84, EPSG:4326), CGCS2000 (EPSG:4490), or another EPSG code", found=name[:60],
            remedy="export the file with an EPSG code, or drop the member where it is wrong",
        ) from problem  # fmt: skip
    return None if crs.to_epsg() in GEOGRAPHIC else crs


def _degrees(points: NDArray[np.float64], crs: Any, where: str) -> NDArray[np.float64]:
    """Points of a coordinate system in WGS-84 [degrees], shape (point, 2)."""
    from rasterio.warp import transform

    looks_like_degrees = bool((np.abs(points[:, 0]) <= 180).all() and (np.abs(points[:, 1]) <= 90).all())
    if len(points) == 0:
        return points
    if crs.is_projected and looks_like_degrees:
        raise DatumError(
            "the outlines declare another coordinate system than they are in", where=where,
            expected=f"metres of {crs.to_string()[:40]}", found=f"[{points[0, 0]:g}, {points[0, 1]:g}]",
            remedy="drop the member crs where the outlines are degrees of WGS-84",
        )  # fmt: skip
    try:
        x, y = transform(crs, f"EPSG:{GEOGRAPHIC[0]}", points[:, 0], points[:, 1])
    except Exception as problem:  # GDAL's own errors have no public name
        raise DatumError(
            "points that the coordinate system does not have", where=where, expected=crs.to_string()[:40],
            found=f"{points[0].tolist()} ...", remedy="check the coordinate system",
        ) from problem  # fmt: skip
    return np.column_stack([x, y])


def check_degrees(points: NDArray[np.float64], where: str) -> None:
    """Refuse coordinates that are no longitudes and latitudes.

    Raises
    ------
    DatumError
        Swapped, projected, or beyond the globe.
    """
    lon, lat = points[:, 0], points[:, 1]
    if (np.abs(lon) <= 180).all() and (np.abs(lat) <= 90).all():
        return
    swapped = bool((np.abs(lon) <= 90).all() and (np.abs(lat) <= 180).all())
    k = int(np.argmax((np.abs(lon) > 180) | (np.abs(lat) > 90)))
    raise DatumError(
        "longitude and latitude look swapped" if swapped else "the coordinates are not degrees", where=where,
        expected="[longitude, latitude] in degrees", found=f"[{lon[k]:g}, {lat[k]:g}]",
        remedy="exchange the two numbers" if swapped else "declare the file's coordinate system, or reproject it to WGS-84",
    )  # fmt: skip
