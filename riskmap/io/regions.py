"""Regions from files, with their population from CSV.

GeoJSON counts as declared WGS-84 (RFC 7946) and is still checked: web maps hand out GCJ-02 in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from riskmap.errors import ConfigError, DataError, Faults, GeometryError
from riskmap.grid import Grid
from riskmap.io.csv_table import parse_each, read_csv_table
from riskmap.io.gcj02 import from_gcj02
from riskmap.io.region_checks import refuse_overlap, stand_for
from riskmap.io.region_datum import in_wgs84, reference_outlines
from riskmap.io.region_files import Feature, read_features
from riskmap.io.rows import check_places
from riskmap.region import CODE_DIGITS as CODE_DIGITS
from riskmap.region import Level, Region

Datum = Literal["wgs84", "cgcs2000", "gcj02"]

CODE_KEYS: Final = ("adcode", "code", "区划代码", "行政区划代码")
NAME_KEYS: Final = ("name", "名称", "NAME")
PEOPLE_KEYS: Final = ("pop2020", "population", "people", "人口", "常住人口")


@dataclass(frozen=True, eq=False)
class RegionFile:
    """What a file of units held.

    Attributes
    ----------
    regions : tuple of Region
        In the order of the file; those whose outline alone is wrong are ``unusable``, so that they turn grey.
    problems : tuple of DataError
        One for each such unit, and for each that had to be left out.
    told : bool
        False where no border of the file is known: that it lies where it says could not be checked.
    """

    regions: tuple[Region, ...]
    problems: tuple[DataError, ...]
    told: bool = True


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
    """Administrative units of one level, every one of them sound.

    Parameters
    ----------
    path : path
        GeoJSON FeatureCollection, GeoPackage or shapefile of Polygon and MultiPolygon, in any coordinate system that it
        declares; properties ``adcode`` and ``name``, optionally ``city_adcode``, ``city_name``, ``valid_from``, ``valid_to``.
    population : path, optional
        CSV, see ``read_population``. A unit that the table does not have gets None.
    level : str
        ``city`` (4-digit code; 330100 counts as 3301), ``county`` (6), ``township`` (9), ``village`` (12), or ``unit``
        (a unit with a command of its own, any code).
    valid_on : date, optional
        Keep only the units that exist on that day.
    reference : path, optional
        GeoJSON outlines known to be WGS-84 to check against; the bundled counties unless given.
    code_key, name_key : str, optional
        Properties that hold code and name, where not one of the usual.
    datum : str
        ``wgs84`` (``cgcs2000`` is the same here), or ``gcj02`` to have the outlines converted.

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
        A polygon is missing, empty or invalid; two overlap.
    DatumError
        An unknown coordinate system is declared; coordinates are swapped or projected; the outlines lie like
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
    found = read_region_file(
        path, population=population, level=level, valid_on=valid_on, reference=reference,
        code_key=code_key, name_key=name_key, datum=datum,
    )  # fmt: skip
    faults = Faults()
    faults.add(*found.problems)
    faults.tell(file=str(path))
    return found.regions


def read_region_file(
    path: str | Path,
    *,
    level: Level | None = None,
    grid: Grid | None = None,
    point_radius: float | None = None,
    population: str | Path | None = None,
    valid_on: date | None = None,
    reference: str | Path | None = None,
    code_key: str | None = None,
    name_key: str | None = None,
    datum: Datum = "wgs84",
) -> RegionFile:
    """Units of one level, one with a bad outline kept as unusable: it never stops the others.

    Parameters
    ----------
    path : path
        See ``read_regions``; villages, townships and units may be points, also in CSV with ``lon`` and ``lat``.
    level : str, optional
        By the length of most codes unless given.
    grid : Grid, optional
        Of the hazards: a point without a radius stands for its cell.
    point_radius : float, optional
        A point stands for a disc of this radius [m].
    population, valid_on, reference, code_key, name_key, datum
        See ``read_regions``.

    Raises
    ------
    RiskmapError
        See ``read_regions``; an outline that is wrong by itself is no error here.
    """
    known: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "level": (level, (*CODE_DIGITS, "unit", None)), "datum": (datum, ("wgs84", "cgcs2000", "gcj02")),
    }  # fmt: skip
    for name, (value, values) in known.items():
        if value not in values:
            raise ConfigError(
                f"unknown {name}", where=f"regions, {name}", expected=" | ".join(filter(None, values)),
                found=repr(value), remedy=f"set [regions] {name} in the scenario",
            )  # fmt: skip
    where = str(path)
    features = read_features(path)
    of = level or _level(features, code_key, where)
    named = parse_each(features, lambda feature: _region(feature, of, code_key, name_key), file=where)
    pairs = list(zip(features, named, strict=True))
    pairs = [(f, r) for f, r in pairs if valid_on is None or r.valid_on(valid_on)]
    _refuse_repeated([region for _, region in pairs], where)
    problems = [feature.broken for feature, _ in pairs if feature.broken is not None]
    pairs = parse_each(pairs, lambda pair: _stood_in(*pair, reference), file=where)
    kept = [(f, r) for f, r in pairs if r.geometry is not None]
    if not kept:
        faults = Faults()
        faults.add(*problems)
        faults.tell(file=where)
    regions, doubtful, told = _placed(kept, datum, reference, where)
    regions = [stand_for(r, grid, point_radius, where=where) for r in regions]
    refuse_overlap(regions, where)
    people = {} if population is None else read_population(population, level=of)
    return RegionFile(
        tuple(replace(region, population=people.get(region.code)) for region in regions),
        (*problems, *doubtful),
        told,
    )


def _level(features: Sequence[Feature], code_key: str | None, where: str) -> Level:
    """The level that most codes have."""
    lengths: Counter[int] = Counter()
    for feature in features:
        code = _property(feature.properties, CODE_KEYS, code_key, feature.where, "code").removesuffix(".0")
        if code.isdigit():
            lengths[4 if len(code) == 6 and code.endswith("00") else len(code)] += 1
    for digits, _ in lengths.most_common(1):
        for level, count in CODE_DIGITS.items():
            if count == digits:
                return level  # type: ignore[return-value]
    raise DataError(
        "the level of these codes is not known", where=where, expected="codes of 4, 6, 9 or 12 digits",
        found=f"most have {lengths.most_common(1)[0][0]}" if lengths else "no code of digits",
        remedy='correct the codes, or set level = "unit" for units with codes of their own',
    )  # fmt: skip


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

    def add(row: tuple[int, list[str]]) -> None:
        key, count = _trimmed(table.text(row, code), level), table.number(row, people)
        if not key or np.isnan(count):
            return
        if count < 0 or not key.isdigit():
            bad = people if count < 0 else code
            raise table.wrong(row, bad, "not a head count or code", "a number of residents, a code of digits")
        if key in found:
            raise table.wrong(row, code, "the code is there twice", "one row a unit", "keep one of the two")
        found[key] = round(count)

    parse_each(table.rows, add, file=table.where)
    return found


def _region(feature: Feature, level: Level, code_key: str | None, name_key: str | None) -> Region:
    """A unit whose code is right; its place is not looked at yet."""
    properties, where = feature.properties, feature.where
    code = _trimmed(_property(properties, CODE_KEYS, code_key, where, "code"), level)
    name = _property(properties, NAME_KEYS, name_key, where, "name")
    digits = CODE_DIGITS.get(level)
    # assets stand in the regions that their codes begin with: a unit called 3309 would be given those of a whole city
    own = code.isascii() and len(code) <= 12 and not (code.isdigit() and len(code) < 6)
    sound = code.isdigit() and len(code) == digits if digits else own
    if not sound:
        raise DataError(
            "not a code of this level", where=f"{where}, {name}",
            expected=f"{digits} digits for a {level}" if digits else "at most 12 letters or digits, 6 or more where all are digits", found=repr(code),
            remedy="choose another level, or correct the code",
        )  # fmt: skip
    if level == "city":
        city_code, city_name = code, name
    else:
        city_code = str(properties.get("city_adcode") or code)[:4]
        city_name = str(properties.get("city_name") or "")
    return Region(
        code, name, city_code, city_name, feature.shape, level=level,
        valid_from=_day(properties, "valid_from", where), valid_to=_day(properties, "valid_to", where),
        unusable="" if feature.broken is None else feature.broken.message,
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


def _stood_in(feature: Feature, region: Region, reference: str | Path | None) -> tuple[Feature, Region]:
    """A county without any outline is drawn by the reference's and stays unusable; others have none."""
    if region.geometry is None and region.level == "county":
        return feature, replace(region, geometry=reference_outlines(reference).get(region.code))
    if (
        region.geometry is not None
        and "Point" in region.geometry.geom_type
        and region.level in ("city", "county")
    ):
        raise GeometryError(
            "no polygon", where=f"{feature.where}, {region.code} {region.name}", expected="Polygon or MultiPolygon",
            found=repr(region.geometry.geom_type), remedy="give the unit its outline, or drop the feature",
        )  # fmt: skip
    return feature, region


def _placed(
    pairs: Sequence[tuple[Feature, Region]], datum: Datum, reference: str | Path | None, where: str
) -> tuple[list[Region], list[DataError], bool]:
    """The units where they are in WGS-84, the points that lie outside the county that they name, and whether a border told the datum."""
    drawn = [n for n, (f, r) in enumerate(pairs) if f.shape is not None and "Polygon" in r.geometry.geom_type]
    shapes, told = in_wgs84([pairs[n][1].geometry for n in drawn], datum, reference, where)
    moved = dict(zip(drawn, shapes, strict=True))
    regions, spots = [], []
    for n, (_, region) in enumerate(pairs):
        shape = moved.get(n, region.geometry)
        if shape.geom_type == "Point":
            x, y = (float(v) for v in (shape.x, shape.y))
            if datum == "gcj02":
                x, y = (float(v) for v in from_gcj02(x, y))
            region = replace(region, point=(x, y))
            spots.append(region)
        regions.append(replace(region, geometry=shape))
    if not spots or all(region.level == "unit" for region in spots):
        return regions, [], told and not spots
    outlines = [
        Region(code, "", code[:4], "", shape) for code, shape in reference_outlines(reference).items()
    ]
    places = [region.point for region in spots if region.point is not None]
    return regions, check_places(places, [region.code for region in spots], outlines, where=where), told


def _refuse_repeated(regions: Sequence[Region], where: str) -> None:
    seen: dict[str, Region] = {}
    faults = Faults()
    for region in regions:
        if region.code in seen:
            dated = region.valid_from or region.valid_to
            faults.add(
                DataError(
                    "a code is there twice", where=f"{where}, {region.code} {region.name}", expected="one feature a unit",
                    found=f"also {seen[region.code].name}",
                    remedy="set valid_on to the day looked at" if dated else "merge the two features or drop one",
                )
            )  # fmt: skip
        seen[region.code] = region
    faults.tell(file=where)
