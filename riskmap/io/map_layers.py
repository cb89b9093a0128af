"""Files of a user's own layers for the map, as GeoJSON in WGS-84."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from riskmap.errors import DataError, DatumError
from riskmap.io.json_file import read_json
from riskmap.io.region_files import in_degrees, read_features, table_rows


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
    from shapely.geometry import mapping

    features = [
        {"type": "Feature", "properties": values, "geometry": mapping(in_degrees(shape, crs, str(path)))}
        for values, shape, crs in table_rows(path)
        if shape is not None and not shape.is_empty
    ]
    return {"type": "FeatureCollection", "features": features}
