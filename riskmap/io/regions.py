"""Regions from GeoJSON, with their population from CSV.

GeoJSON counts as declared WGS-84 (RFC 7946) and is still checked: web maps hand out GCJ-02 in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np

from riskmap.errors import ConfigError, DataError, DatumError, GeometryError
from riskmap.io.bundled import bundled
from riskmap.io.csv_table import read_csv_table, read_text
from riskmap.region import Region

Level = Literal["city", "county", "township", "village"]
Datum = Literal["wgs84", "gcj02"]

CODE_DIGITS: Final = MappingProxyType({"city": 4, "county": 6, "township": 9, "village": 12})
"""Digits of an administrative code; GB/T 2260 and GB/T 10114 (status M)."""

CODE_KEYS: Final = ("adcode", "code", "区划代码", "行政区划代码")
NAME_KEYS: Final = ("name", "名称", "NAME")
PEOPLE_KEYS: Final = ("pop2020", "population", "people", "人口", "常住人口")

_WGS84: Final = ("CRS84", "EPSG::4326", "EPSG:4326", "EPSG::4490", "EPSG:4490")


def read_regions(
    path: str | Path,
    *,
    population: str | Path | None = None,
    level: Level = "county",
    valid_on: date | None = None,
    reference: str | Path | None = None,
    code_key: str | None = None,
    name_key: str | None = None,
    datum: Datum = "wgs84",
) -> tuple[Region, ...]:
    """Administrative units of one level.

    Parameters
    ----------
    path : path
        GeoJSON FeatureCollection of Polygon and MultiPolygon; properties ``adcode`` and ``name``, optionally
        ``city_adcode``, ``city_name``, ``valid_from``, ``valid_to``.
    population : path, optional
        CSV, see ``read_population``. A unit that the table does not have gets None.
    level : str
        ``city`` (4-digit code; 330100 counts as 3301), ``county`` (6), ``township`` (9), ``village`` (12).
    valid_on : date, optional
        Keep only the units that exist on that day.
    reference : path, optional
        GeoJSON outlines known to be WGS-84 to check against; the bundled counties unless given.
    code_key, name_key : str, optional
        Properties that hold code and name, where not one of the usual.
    datum : str
        ``wgs84`` (CGCS2000 is the same here), or ``gcj02`` to have the outlines converted.

    Returns
    -------
    tuple of Region
        In the order of the file.

    Raises
    ------
    SourceError
        The file cannot be read.
    DataError
        Not GeoJSON, a code or name is missing or wrong, a code repeated.
    GeometryError
        A polygon is missing, empty or invalid.
    DatumError
        Another coordinate system is declared; coordinates are swapped or projected; the outlines lie like
        GCJ-02 (or, with ``datum="gcj02"``, like WGS-84), or are shifted otherwise.
    ConfigError
        Unknown level or datum.

    Examples
    --------
    >>> from riskmap.io.bundled import bundled
    >>> regions = read_regions(bundled("admin/zhejiang_district_simple.geojson"))
    >>> len(regions), regions[0].code, regions[0].name, regions[0].city_code
    (90, '330102', '上城区', '3301')
    """
    for name, value, known in (("level", level, tuple(CODE_DIGITS)), ("datum", datum, ("wgs84", "gcj02"))):
        if value not in known:
            raise ConfigError(
                f"unknown {name}", where=f"regions, {name}", expected=" | ".join(known), found=repr(value),
                remedy=f"set [regions] {name} in the scenario",
            )  # fmt: skip
    where = str(path)
    features = _features(path)
    regions = [
        _region(feature, f"{where}, feature {n}", level, code_key, name_key)
        for n, feature in enumerate(features, start=1)
    ]
    if valid_on is not None:
        regions = [r for r in regions if r.valid_on(valid_on)]
    _refuse_repeated(regions, where)
    shapes = _in_wgs84([r.geometry for r in regions], datum, reference, where)
    people = {} if population is None else read_population(population, level=level)
    return tuple(
        Region(r.code, r.name, r.city_code, r.city_name, shape, people.get(r.code), r.valid_from, r.valid_to)
        for r, shape in zip(regions, shapes, strict=True)
    )


def read_population(
    path: str | Path, *, level: Level = "county", code_key: str | None = None, people_key: str | None = None
) -> dict[str, int]:
    """Residents by administrative code; rows without a code or number are left out.

    Parameters
    ----------
    path : path
        CSV with a column ``adcode`` or ``code``, and ``pop2020`` or ``population``.

    Raises
    ------
    SourceError, DataError
        The file, a column or a cell is wrong.

    Examples
    --------
    >>> from riskmap.io.bundled import bundled
    >>> read_population(bundled("census/zhejiang_pop2020_on_2021_boundaries.csv"))["330105"]
    1120985
    """
    table = read_csv_table(path)
    code = table.column(code_key or next((k for k in CODE_KEYS if k in table.header), CODE_KEYS[0]))
    people = table.column(people_key or next((k for k in PEOPLE_KEYS if k in table.header), PEOPLE_KEYS[0]))
    found: dict[str, int] = {}
    for row in table.rows:
        key, count = _trimmed(table.text(row, code), level), table.number(row, people)
        if not key or np.isnan(count):
            continue
        if count < 0 or not key.isdigit():
            bad = people if count < 0 else code
            raise table.wrong(row, bad, "not a head count or code", "a number of residents, a code of digits")
        if key in found:
            raise table.wrong(row, code, "the code is there twice", "one row a unit", "keep one of the two")
        found[key] = round(count)
    return found


def _features(path: str | Path) -> list[Any]:
    where = str(path)
    try:
        document = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise DataError(
            "not JSON", where=f"{where}, line {error.lineno}", expected="a GeoJSON FeatureCollection",
            found=error.msg, remedy="export the outlines as GeoJSON again",
        ) from error  # fmt: skip
    kind = document.get("type") if isinstance(document, dict) else type(document).__name__
    if (
        kind != "FeatureCollection"
        or not isinstance(document.get("features"), list)
        or not document["features"]
    ):
        raise DataError(
            "not a collection of features", where=where, expected="a GeoJSON FeatureCollection with features",
            found=repr(kind), remedy="export the outlines as GeoJSON",
        )  # fmt: skip
    if "crs" in document:
        _check_crs(document["crs"], where)
    return list(document["features"])


def _check_crs(crs: Any, where: str) -> None:
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name")) if isinstance(properties, dict) else str(crs)
    if not name.upper().endswith(_WGS84):
        raise DatumError(
            "the outlines declare another coordinate system", where=f"{where}, member crs",
            expected="WGS-84 (CRS84, EPSG:4326) or CGCS2000 (EPSG:4490)", found=name,
            remedy="reproject the file to WGS-84, or drop the member where it is wrong",
        )  # fmt: skip


def _region(feature: Any, where: str, level: Level, code_key: str | None, name_key: str | None) -> Region:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise DataError(
            "not a feature", where=where, expected="an object with properties and geometry",
            found=repr(feature)[:60], remedy="export the outlines as GeoJSON again",
        )  # fmt: skip
    code = _trimmed(_property(properties, CODE_KEYS, code_key, where, "code"), level)
    digits = CODE_DIGITS[level]
    if not code.isdigit() or len(code) != digits:
        raise DataError(
            "not a code of this level", where=where, expected=f"{digits} digits for a {level}", found=repr(code),
            remedy="choose another level, or correct the code",
        )  # fmt: skip
    name = _property(properties, NAME_KEYS, name_key, where, "name")
    if level == "city":
        city_code, city_name = code, name
    else:
        city_code = str(properties.get("city_adcode") or code)[:4]
        city_name = str(properties.get("city_name") or "")
    return Region(
        code, name, city_code, city_name, _geometry(feature.get("geometry"), f"{where}, {code} {name}"),
        valid_from=_day(properties, "valid_from", where), valid_to=_day(properties, "valid_to", where),
    )  # fmt: skip


def _trimmed(code: str, level: Level) -> str:
    """A city is written 3301 or 330100; spreadsheets add ``.0``."""
    code = code.removesuffix(".0")
    return code[:4] if level == "city" and len(code) == 6 and code.endswith("00") else code


def _property(
    properties: Mapping[str, Any], usual: Sequence[str], key: str | None, where: str, what: str
) -> str:
    names = (key,) if key else usual
    for name in names:
        value = properties.get(name)
        if value not in (None, ""):
            return str(value).strip()
    raise DataError(
        f"no {what}", where=where, expected=f"property {' or '.join(names)}",
        found=", ".join(properties) or "no properties", remedy=f"name the property with {what}_key",
    )  # fmt: skip


def _day(properties: Mapping[str, Any], name: str, where: str) -> date | None:
    value = properties.get(name)
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise DataError(
            "not a date", where=f"{where}, {name}", expected="YYYY-MM-DD", found=repr(value),
            remedy="correct the property",
        ) from error  # fmt: skip


def _geometry(geometry: Any, where: str) -> Any:
    import shapely
    from shapely.geometry import shape

    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise GeometryError(
            "no polygon", where=where, expected="Polygon or MultiPolygon", found=repr(kind),
            remedy="give the unit its outline, or drop the feature",
        )  # fmt: skip
    try:
        with np.errstate(invalid="ignore"):  # NaN is refused below, with its name
            polygon = shapely.force_2d(shape(geometry))
    except (
        ValueError,
        TypeError,
        IndexError,
        KeyError,
        AttributeError,
        shapely.errors.ShapelyError,
    ) as error:
        raise GeometryError(
            "the outline cannot be read", where=where, expected="rings of [longitude, latitude]", found=str(error),
            remedy="export the outlines as GeoJSON again",
        ) from error  # fmt: skip
    _check_coordinates(shapely.get_coordinates(polygon), where)
    if polygon.is_empty or not polygon.is_valid:
        raise GeometryError(
            "the polygon is invalid", where=where, expected="rings that do not cross themselves or each other",
            found="no ring" if polygon.is_empty else str(shapely.is_valid_reason(polygon)),
            remedy="repair it in a GIS (make valid) and look at the result",
        )  # fmt: skip
    return polygon


def _check_coordinates(points: Any, where: str) -> None:
    if not np.isfinite(points).all():
        raise GeometryError(
            "a coordinate is no number", where=where, expected="degrees", found="NaN or infinity",
            remedy="export the outlines as GeoJSON again",
        )  # fmt: skip
    if len(points) == 0:
        return
    lon, lat = points[:, 0], points[:, 1]
    if (np.abs(lon) <= 180).all() and (np.abs(lat) <= 90).all():
        return
    swapped = bool((np.abs(lon) <= 90).all() and (np.abs(lat) <= 180).all())
    k = int(np.argmax((np.abs(lon) > 180) | (np.abs(lat) > 90)))
    raise DatumError(
        "longitude and latitude look swapped" if swapped else "the coordinates are not degrees", where=where,
        expected="[longitude, latitude] in degrees", found=f"[{lon[k]:g}, {lat[k]:g}]",
        remedy="exchange the two numbers" if swapped else "reproject the file to WGS-84 longitude and latitude",
    )  # fmt: skip


def _refuse_repeated(regions: Sequence[Region], where: str) -> None:
    seen: dict[str, Region] = {}
    for region in regions:
        if region.code in seen:
            dated = region.valid_from or region.valid_to
            raise DataError(
                "a code is there twice", where=f"{where}, {region.code} {region.name}", expected="one feature a unit",
                found=f"also {seen[region.code].name}",
                remedy="set valid_on to the day looked at" if dated else "merge the two features or drop one",
            )  # fmt: skip
        seen[region.code] = region


def _in_wgs84(shapes: list[Any], datum: Datum, reference: str | Path | None, where: str) -> list[Any]:
    """The outlines in WGS-84, once it is sure that they lie as declared."""
    import shapely

    from riskmap.io.gcj02 import from_gcj02, measure_offset

    if not shapes:
        return shapes
    known = Path(reference) if reference else bundled("admin/zhejiang_district_simple.geojson")
    outlines = [
        _geometry(f.get("geometry"), f"{known}, feature {n}") for n, f in enumerate(_features(known), 1)
    ]
    offset = measure_offset(shapes, outlines)
    declared = datum == "gcj02"
    if (
        offset is not None
        and (offset.looks_like_gcj02 or offset.real)
        and not (declared and offset.looks_like_gcj02)
    ):
        found = (
            f"an offset of {offset.east:+.4f} degrees east, {offset.north:+.4f} north against {known.name}"
        )
        if offset.looks_like_gcj02:
            raise DatumError(
                "the outlines look like GCJ-02, not WGS-84", where=where,
                expected="WGS-84 or CGCS2000", found=found, remedy='set datum = "gcj02" under [regions] to have them converted',
            )  # fmt: skip
        raise DatumError(
            "the outlines are shifted", where=where, expected="GCJ-02" if declared else "WGS-84 or CGCS2000",
            found=found, remedy="find out their datum and convert them to WGS-84 (BD-09: about +0.011, +0.003)",
        )  # fmt: skip
    if not declared:
        return shapes
    if offset is not None and not offset.looks_like_gcj02 and offset.gain > 0.95:
        raise DatumError(
            "the outlines are declared GCJ-02 but lie like WGS-84", where=where, expected="the offset of GCJ-02",
            found=f"{offset.east:+.4f} degrees east, {offset.north:+.4f} north against {known.name}",
            remedy='set datum = "wgs84"',
        )  # fmt: skip
    moved = shapely.transform(
        np.asarray(shapes, object), lambda points: np.column_stack(from_gcj02(points[:, 0], points[:, 1]))
    )
    return list(moved)
