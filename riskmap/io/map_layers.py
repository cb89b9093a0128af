"""Files of a user's own layers for the map, as GeoJSON in WGS-84."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from riskmap.errors import DataError, DatumError, MissingExtraError, SourceError
from riskmap.io.json_file import read_json
from riskmap.io.region_files import read_features


def read_layer(path: str | Path, *, datum: str | None = None) -> dict[str, Any]:
    """Points, lines or polygons of a GeoJSON, GeoPackage, shapefile, or CSV of points.

    Parameters
    ----------
    path : path
    datum : str, optional
        What the coordinates of a CSV are, which has no place to say it; not converted here.

    Returns
    -------
    dict
        GeoJSON FeatureCollection, longitude and latitude [degrees].

    Raises
    ------
    SourceError
        The file cannot be read.
    DataError
        It is no collection of features, or a row of a CSV has no place.
    DatumError
        A CSV without ``datum``; a table without a coordinate system; GeoJSON that declares another than WGS-84.
    MissingExtraError
        GeoPackage and shapefile need ``pip install riskmap[gis]``.
    """
    kind = Path(path).suffix.lower()
    if kind == ".csv":
        return _points(path, datum)
    if kind in (".gpkg", ".shp"):
        return _table(Path(path))
    document = read_json(path)
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise DataError(
            "not a collection of features", where=str(path), expected="a GeoJSON FeatureCollection",
            found=type(document).__name__, remedy="export the layer as GeoJSON",
        )  # fmt: skip
    declared = str(document.get("crs") or "")
    if declared and not any(name in declared for name in ("CRS84", "4326", "4490")):
        raise DatumError(
            "the layer declares another coordinate system", where=f"{path}, member crs", expected="WGS-84 or CGCS2000",
            found=declared[:80], remedy="reproject the file to WGS-84",
        )  # fmt: skip
    return document


def _points(path: str | Path, datum: str | None) -> dict[str, Any]:
    if datum is None:
        raise DatumError(
            "points without their datum", where=str(path), expected='datum = "wgs84", "cgcs2000" or "gcj02"',
            found="none", remedy="say it in [[map.layers]]",
        )  # fmt: skip
    features = []
    for feature in read_features(path):
        if feature.broken is not None:
            raise feature.broken
        place = {"type": "Point", "coordinates": [feature.shape.x, feature.shape.y]}
        features.append({"type": "Feature", "properties": feature.properties, "geometry": place})
    return {"type": "FeatureCollection", "features": features}


def _table(path: Path) -> dict[str, Any]:
    try:
        import geopandas  # type: ignore[import-untyped]
    except ImportError as absent:
        raise MissingExtraError(
            f"{path.suffix} files need geopandas", where=str(path), expected="the extra gis", found="no geopandas",
            remedy="pip install riskmap[gis], or export the file as GeoJSON",
        ) from absent  # fmt: skip
    try:
        table = geopandas.read_file(path)
    except Exception as problem:  # GDAL's own errors have no common name
        raise SourceError(
            "the file cannot be read", where=str(path), expected="a GeoPackage or shapefile", found=str(problem)[:120],
            remedy="check the path",
        ) from problem  # fmt: skip
    if table.crs is None:
        raise DatumError(
            "a table without its coordinate system", where=str(path), expected="a declared one", found="none",
            remedy="declare it in a GIS",
        )  # fmt: skip
    found: dict[str, Any] = table.to_crs("EPSG:4326").__geo_interface__
    return found
