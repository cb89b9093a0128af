"""The register of 地质灾害隐患点 and 风险防范区: CSV points, or GeoJSON points and polygons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from riskmap.errors import DataError, DatumError, GeometryError
from riskmap.hazard.landslide.zones import HazardZone
from riskmap.hazard.rain import WINDOWS
from riskmap.io.csv_table import read_csv_table
from riskmap.io.json_file import as_list, as_object, read_json
from riskmap.io.rows import Row, check_places, collect, refuse_repeated, require_some
from riskmap.region import Region

_KINDS: Final = {
    "hazard_point": "hazard_point", "隐患点": "hazard_point", "地质灾害隐患点": "hazard_point",
    "prevention_zone": "prevention_zone", "风险防范区": "prevention_zone", "地质灾害风险防范区": "prevention_zone",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class ZoneTable:
    """What a register held.

    Attributes
    ----------
    zones : tuple of HazardZone
    problems : tuple of DataError
        Rows left out, or read but doubtful; to be reported, since people live there.
    """

    zones: tuple[HazardZone, ...]
    problems: tuple[DataError, ...]


def read_hazard_zones(
    path: str | Path, *, datum: str | None = None, regions: Sequence[Region] = ()
) -> ZoneTable:
    """Hazard points and prevention zones, row by row.

    Parameters
    ----------
    path : path
        CSV with ``id``, ``name``, ``kind`` (隐患点 | 风险防范区), ``lon``, ``lat``, ``region`` (code), and where known
        ``households``, ``people``, ``responsible``, ``monitor``, ``plan``, ``threshold_mm``, ``window_h``, ``datum``;
        or GeoJSON with the same properties.
    datum : str, optional
        ``wgs84``, ``cgcs2000``, or ``gcj02`` to have the coordinates converted. CSV must declare it here or in a
        column; GeoJSON counts as WGS-84.
    regions : sequence of Region, optional
        Outlines to check the points against; GCJ-02 is recognised by them.

    Raises
    ------
    SourceError
        The file cannot be read.
    DataError
        Not a table, an id twice, or no row that could be read.
    DatumError
        No row has a declared datum, another coordinate system is declared, or the points lie like GCJ-02.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "zones.csv")
    ...     _ = file.write_text("id,name,kind,lon,lat,region,people,threshold_mm,window_h\\n"
    ...                         "D1,屋后山,隐患点,120.3,28.4,331102001,13,120,6\\n"
    ...                         "D2,石门,滑坡,120.3,28.4,331102001,8,,\\n", encoding="utf-8")
    ...     table = read_hazard_zones(file, datum="cgcs2000")
    >>> [(zone.name, zone.people, zone.threshold, zone.window) for zone in table.zones]  # persons, mm, h
    [('屋后山', 13, 120.0, 6)]
    >>> [problem.message for problem in table.problems]  # rows left out
    ['an unknown kind']
    """
    where = str(path)
    is_json = Path(path).suffix.lower() in (".json", ".geojson")
    rows = list(_features(path)) if is_json else list(_lines(path))
    default = datum or ("wgs84" if is_json else None)
    zones, problems = collect(rows, lambda row: _zone(row, default))
    require_some(zones, problems, where)
    refuse_repeated([zone.zone_id for zone in zones], where)
    if regions:
        centres = [zone.geometry.representative_point() for zone in zones]
        problems += check_places(
            [(p.x, p.y) for p in centres], [zone.region for zone in zones], regions, where=where
        )
    return ZoneTable(tuple(zones), tuple(problems))


def _lines(path: str | Path) -> Iterator[Row]:
    table = read_csv_table(path)
    for line, cells in table.rows:
        yield Row(dict(zip(table.header, cells, strict=False)), f"{path}, line {line}")


def _features(path: str | Path) -> Iterator[Row]:
    where = str(path)
    document = as_object(read_json(path), where=where)
    if document.get("type") != "FeatureCollection":
        raise DataError(
            "not a collection of features", where=where, expected="a GeoJSON FeatureCollection",
            found=repr(document.get("type")), remedy="export the zones as GeoJSON",
        )  # fmt: skip
    crs = document.get("crs")
    if crs is not None:
        name = str(crs.get("properties", {}).get("name") if isinstance(crs, dict) else crs)
        if not re.search(r"(?:CRS84|EPSG:{1,2}(?:4326|4490))$", name.upper()):
            raise DatumError(
                "the zones declare another coordinate system", where=f"{where}, member crs",
                expected="WGS-84 or CGCS2000", found=name, remedy="reproject the file to WGS-84",
            )  # fmt: skip
    for n, item in enumerate(as_list(document.get("features"), where=f"{where}, features"), 1):
        at = f"{where}, feature {n}"
        feature = as_object(item, where=at)
        properties = feature.get("properties")
        values = dict(properties) if isinstance(properties, dict) else {}
        yield Row({**values, "geometry": feature.get("geometry")}, at)


def _zone(row: Row, datum: str | None) -> HazardZone:
    words = row.text("kind", "类型", needed=True)
    if words not in _KINDS:
        raise DataError(
            "an unknown kind", where=f"{row.where}, column kind", expected="隐患点 | 风险防范区", found=repr(words),
            remedy="correct the cell",
        )  # fmt: skip
    region = row.text("region", "区划代码", "adcode", needed=True).removesuffix(".0")
    if not region.isdigit() or len(region) not in (6, 9, 12):
        raise DataError(
            "not an administrative code", where=f"{row.where}, column region", expected="6, 9 or 12 digits",
            found=repr(region), remedy="correct the cell",
        )  # fmt: skip
    window = row.number("window_h", "阈值时段", low=1, high=24, units="h")
    if window is not None and window not in WINDOWS:
        raise DataError(
            "a window that is not summed", where=f"{row.where}, column window_h",
            expected=" | ".join(map(str, WINDOWS)), found=f"{window:g}", remedy="take the next longer window",
        )  # fmt: skip
    return HazardZone(
        zone_id=row.text("id", "编号", needed=True),
        name=row.text("name", "名称", needed=True),
        kind=_KINDS[words],
        geometry=_geometry(row, datum),
        region=region,
        households=row.count("households", "户数"),
        people=row.count("people", "人数"),
        responsible=row.text("responsible", "防灾责任人"),
        monitor=row.text("monitor", "监测责任人"),
        plan=row.text("plan", "预案"),
        threshold=row.number("threshold_mm", "阈值", low=5, high=1500, units="mm"),
        window=24 if window is None else int(window),
    )


def _geometry(row: Row, datum: str | None) -> Any:
    import numpy as np
    import shapely
    from shapely.geometry import Point, shape

    given = row.values.get("geometry")
    if not isinstance(given, dict):
        return Point(*row.place(datum))
    try:
        found = shapely.force_2d(shape(given))
        points = shapely.get_coordinates(found)
    except (
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        AttributeError,
        shapely.errors.ShapelyError,
    ) as error:
        raise GeometryError(
            "the geometry cannot be read", where=row.where, expected="Point, Polygon or MultiPolygon",
            found=str(error)[:80], remedy="export the zones as GeoJSON again",
        ) from error  # fmt: skip
    if found.geom_type not in ("Point", "Polygon", "MultiPolygon") or found.is_empty or not found.is_valid:
        raise GeometryError(
            "the geometry is none of a zone", where=row.where, expected="a valid Point, Polygon or MultiPolygon",
            found=f"{found.geom_type}: {shapely.is_valid_reason(found)}", remedy="repair it in a GIS",
        )  # fmt: skip
    x, y = points[:, 0], points[:, 1]
    if not (np.abs(x) <= 180).all() or not (np.abs(y) <= 90).all():
        raise DatumError(
            "the coordinates are not longitude and latitude", where=row.where, expected="[longitude, latitude]",
            found=f"[{x[0]:g}, {y[0]:g}]", remedy="exchange the two numbers, or reproject to WGS-84",
        )  # fmt: skip
    if row.datum(datum) == "gcj02":
        from riskmap.io.gcj02 import from_gcj02

        return shapely.transform(found, lambda p: np.column_stack(from_gcj02(p[:, 0], p[:, 1])))
    return found
