"""What a file is, told from what stands in it: which key of the scenario it can fill, and in which format."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from riskmap.errors import DataError
from riskmap.io.csv_table import CsvTable, read_csv_table, read_text
from riskmap.io.landslide_table import read_landslide_rules
from riskmap.io.regions import CODE_KEYS, PEOPLE_KEYS

RASTERS: Final = {".tif": "geotiff", ".tiff": "geotiff", ".hgt": "hgt", ".vrt": "vrt", ".nc": "netcdf", ".nc4": "netcdf", ".grib": "grib", ".grib2": "grib", ".grb": "grib", ".grb2": "grib"}  # fmt: skip
VECTORS: Final = {".gpkg": "geopackage", ".shp": "shapefile"}
SEA_BED: Final = -450.0
"""Lower than all land [m]: a chart."""

WORLDCOVER_CLASSES: Final = frozenset({0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100})
"""ESA WorldCover v200, product user manual (status S)."""

PEOPLE_NAMES: Final = ("pop", "ppp", "ghs", "people", "人口")
"""What names of rasters of residents hold: their numbers alone could be heights."""

HEIGHT_NAMES: Final = re.compile(
    r"dem(?![a-z])|dsm(?![a-z])|dtm(?![a-z])|srtm|relief|height|elevation|topo(?![a-z])|bathy|gebco|高程|地形|水深"
)
"""What names of rasters of heights hold, or of their folders, where the file names no metres: numbers alone could be anything."""

INVENTED: Final = "示例"
"""How a table says that it is invented."""

TABLES: Final = (
    (("crest_m", "toe_m"), "assets.sea_walls"), (("flood_limit_m",), "assets.reservoirs"), (("warning_m",), "assets.river_stations"),
    (("blue_cm", "red_cm"), "tide.warning_levels"), (("code", "time", "level_cm"), "tide.astronomical"),
    (("interval_min", "kind"), "gauges.stations"), (("id", "time", "value"), "gauges.readings"),
    (("above_bank_m",), "assets.key_villages"), (("over_channel",), "assets.key_villages"), (("fragile",), "risk.dwellings"),
    (("discharge_m3s",), "inundation.hydrographs"), (("capacity_m3s",), "inundation.drains"),
    (("variable", "value", "loss_ratio"), "risk.curves"), (("member", "lon", "lat"), "ensemble.file"),
    (("TOKYO_LAT",), "track.file:jma_csv"), (("SID", "ISO_TIME", "LAT"), "track.file:ibtracs"),
    (("SID", "ISO_TIME", "USA_LAT"), "track.file:ibtracs"), (("CMA_WIND_MS",), "track.file:qweather"),
    (("time", "lat", "lng", "speed"), "track.file:zjwater"), (("threshold_mm",), "assets.hazard_zones"),
    (("id", "kind", "lon", "lat", "region"), "assets.hazard_zones"), (("move_1h_mm",), "flash_flood.thresholds"),
    (("bankfull_m3s",), "flash_flood.thresholds"), (("lon", "lat", "people"), "assets.people"),
)  # fmt: skip
"""Columns of a table -> the key that it fills, and behind a colon the format; the first that has all of its columns counts."""


@dataclass(frozen=True)
class Recognised:
    """What a file can be.

    Attributes
    ----------
    path : Path
    key : str
        Of the scenario.
    format : str
        Of its bytes, as ``riskmap.io.catalogue`` declares it.
    kind : str
        Format of a track, ``county`` or ``other`` of regions, or ``worldcover``; empty elsewhere.
    datum : bool
        Whether its coordinates still need a datum declared.
    example : bool
        Whether it says of itself that it is invented (示例).
    """

    path: Path
    key: str
    format: str
    kind: str = ""
    datum: bool = False
    example: bool = False


def recognise(path: Path) -> Recognised:
    """What a file is.

    Raises
    ------
    SourceError
        It cannot be read.
    DataError
        It is nothing that a scenario takes; DatumError: it lies nowhere.
    """
    suffix = path.suffix.lower()
    if suffix in RASTERS:
        return _raster(path)
    if suffix in VECTORS:
        return Recognised(path, "regions.file", VECTORS[suffix])
    if suffix in (".json", ".geojson"):
        return _json(path)
    if suffix == ".csv" or path.name.lower().endswith(".csv.gz"):
        return _table(path)
    return _text(path)


def format_of(path: Path) -> str:
    """The format of a file's bytes, in the words of ``riskmap.io.catalogue``.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    if path.is_dir():
        return "folder"
    suffix = path.suffix.lower()
    if suffix in RASTERS:
        from riskmap.io.rasters import _open

        if RASTERS[suffix] in ("netcdf", "grib"):
            return RASTERS[suffix]
        with _open(path) as source:
            driver = str(source.driver)
            return {"GTiff": _cog(source), "SRTMHGT": "hgt", "VRT": "vrt"}.get(driver, driver.lower())
    if suffix in VECTORS:
        return VECTORS[suffix]
    if suffix in (".json", ".geojson"):
        return "geojson" if '"FeatureCollection"' in read_text(path)[:4000] else "json"
    return {".csv": "csv", ".gz": "csv", ".toml": "toml"}.get(suffix, "text")


def _cog(source: Any) -> str:
    return "cog" if source.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") == "COG" else "geotiff"


def differs(paths: Sequence[Path], declared: str, key: str) -> None:
    """Refuse files of another format than the catalogue declares, of a folder each of them; a COG is a GeoTIFF too.

    Raises
    ------
    SourceError
        A file cannot be read.
    DataError
    """
    single = [
        file
        for path in paths
        for file in (sorted(path.iterdir()) if path.is_dir() and declared != "folder" else (path,))
    ]
    for name in single:
        found = format_of(name)
        if found != declared and {found, declared} != {"cog", "geotiff"}:
            raise DataError(
                "a file of another format than its layer is declared to be", where=f"{name}, layer {key}", expected=declared,
                found=found, remedy="deliver what was agreed, or mend format of its [[layer]]",
            )  # fmt: skip


def newest_writing(paths: Sequence[Path]) -> datetime | None:
    """When the newest of some files was last written; None where none is there."""
    found = [path.stat().st_mtime for path in paths if path.exists()]
    return datetime.fromtimestamp(max(found), UTC) if found else None


def _unknown(path: Path, found: str) -> DataError:
    return DataError(
        "not recognised as an input", where=str(path),
        expected="outlines with codes, a raster of heights, residents or rain, a track, or a table of docs/howto/inputs.md",
        found=found, remedy="leave it out and name it in the scenario by hand, or check its columns",
    )  # fmt: skip


def _raster(path: Path) -> Recognised:
    from riskmap.io.rain_declared import RainDeclared
    from riskmap.io.rain_fields import fields
    from riskmap.io.rasters import _open

    kind = RASTERS[path.suffix.lower()]
    if kind in ("netcdf", "grib"):
        fields(path, RainDeclared())  # says itself why it is no rain
        return Recognised(path, "rain.file", kind)
    with _open(path) as source:
        if (
            source.count > 1
            or "time" in source.tags()
            or "time" in source.tags(1)
            or source.units[0] in ("mm", "mm h-1")
        ):
            return Recognised(path, "rain.file", kind)
        pictured = source.colorinterp[0].name == "palette"
        metres = kind == "hgt" or (source.units[0] or "").lower() in (
            "m",
            "metre",
            "meter",
            "metres",
            "meters",
        )
        values = source.read(1, masked=True, out_shape=(min(source.height, 512), min(source.width, 512)))
        known = values.compressed()
        cell = _side(source)
    if known.size == 0:
        raise _unknown(path, "a raster without any number")
    if (
        values.dtype.kind == "u"
        and values.dtype.itemsize == 1
        and set(np.unique(known).tolist()) <= WORLDCOVER_CLASSES
    ):
        return Recognised(path, "terrain.roughness", kind, "worldcover")
    if any(word in path.name.lower() for word in PEOPLE_NAMES):
        return Recognised(path, "risk.population_raster", kind)
    if pictured or values.dtype.itemsize == 1:
        raise _unknown(path, f"{'a palette' if pictured else values.dtype}: a picture or classes, no heights")
    if not (metres or HEIGHT_NAMES.search(f"{path.absolute().parent.name}/{path.name}".lower())):
        raise _unknown(
            path, "a raster whose unit is not named; of heights if dem is in its name, of residents if pop is"
        )
    if known.min() < SEA_BED and known.max() <= 9000:
        return Recognised(path, "terrain.bathymetry", kind)
    return Recognised(
        path, "terrain.dem" if cell <= read_landslide_rules().max_cell else "terrain.relief", kind
    )


def _side(source: Any) -> float:
    """Height of a cell [m]."""
    from riskmap.io.rasters import _cell_metres

    return _cell_metres(source)


def _json(path: Path) -> Recognised:
    try:
        content = json.loads(read_text(path))
    except json.JSONDecodeError as problem:
        raise _unknown(path, f"no JSON: {problem}") from None
    if isinstance(content, dict) and content.get("type") == "FeatureCollection":
        return _features(path, content)
    text = json.dumps(content, ensure_ascii=False)[:20_000]
    if (isinstance(content, dict) and ("readings" in content)) or _is_reading(content):
        return Recognised(path, "gauges.readings", "json")
    if '"windRadius' in text or (isinstance(content, dict) and "track" in content):
        return Recognised(path, "track.file", "json", "qweather")
    if '"points"' in text and '"radius7"' in text:
        return Recognised(path, "track.file", "json", "zjwater")
    raise _unknown(path, "JSON of an unknown shape")


def _is_reading(content: Any) -> bool:
    return (
        isinstance(content, list) and bool(content) and isinstance(content[0], dict) and "value" in content[0]
    )


def _features(path: Path, content: dict[str, Any]) -> Recognised:
    if "track" in content:
        return Recognised(path, "track.file", "geojson", "geojson")
    first = next((f for f in content.get("features") or () if isinstance(f, dict)), {})
    kind = str((first.get("geometry") or {}).get("type"))
    properties = first.get("properties") or {}
    if "LineString" in kind:
        return Recognised(path, "terrain.coastline", "geojson")
    if "threshold_mm" in properties or "households" in properties:
        return Recognised(path, "assets.hazard_zones", "geojson")
    code = next((str(properties[k]) for k in CODE_KEYS if properties.get(k) not in (None, "")), "")
    if code and ("Polygon" in kind or kind == "Point"):
        return Recognised(path, "regions.file", "geojson", "county" if _county(code) else "other")
    if "Polygon" in kind:
        raise DataError(
            "outlines without codes", where=f"{path}, feature 1", expected=f"a property {' or '.join(CODE_KEYS)}",
            found=", ".join(map(str, properties)) or "no properties",
            remedy="join the administrative codes to the outlines, or rename the property that holds them",
        )  # fmt: skip
    raise _unknown(path, f"GeoJSON of {kind}")


def _county(code: str) -> bool:
    return len(code.removesuffix(".0")) == 6 and not code.endswith("00")


def _table(path: Path) -> Recognised:
    table = _commented(path)
    header = set(table.header)
    for columns, told in TABLES:
        if set(columns) <= header:
            key, _, kind = told.partition(":")
            places = (
                {"lon", "lat"} <= header
                and key.partition(".")[0] in ("assets", "gauges")
                and key != "assets.sea_walls"
            )
            invented = INVENTED in read_text(path)[:4000]
            return Recognised(path, key, "csv", kind, places and "datum" not in header, invented)
    if header & set(CODE_KEYS) and header & set(PEOPLE_KEYS):
        return Recognised(path, "regions.population", "csv")
    raise _unknown(path, f"columns {', '.join(table.header[:12])}")


def _commented(path: Path) -> CsvTable:
    """A table whose first line may be a mark, ``# 示例 ...``."""
    from riskmap.io.sea_walls import _table as marked

    return marked(path)[0] if read_text(path).startswith("#") else read_csv_table(path)


def _text(path: Path) -> Recognised:
    lines = read_text(path).splitlines()
    if len(lines) > 1 and lines[0].startswith("66666"):
        kind = "jma" if len(lines[1].split()[0]) == 8 else "cma"
        return Recognised(path, "track.file", "text", kind)
    if lines and lines[0][:2].isalpha() and lines[0].count(",") > 6:
        return Recognised(path, "track.file", "text", "atcf")
    raise _unknown(path, repr(lines[0][:60]) if lines else "an empty file")


def covers(path: Path, bounds: tuple[float, float, float, float]) -> bool:
    """Whether a raster holds a box: west, south, east, north [degrees].

    Raises
    ------
    SourceError, DatumError
        It cannot be read, or lies nowhere.
    """
    from rasterio.warp import transform_bounds

    from riskmap.io.rasters import _open

    with _open(path) as source:
        west, south, east, north = transform_bounds(source.crs, "EPSG:4326", *source.bounds)
    return bool(west <= bounds[0] and south <= bounds[1] and east >= bounds[2] and north >= bounds[3])
