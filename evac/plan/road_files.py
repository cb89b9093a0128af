"""Road networks out of files: GeoPackage and shapefile, GeoJSON, GraphML (as OSMnx writes it).

Columns are found by name, OpenStreetMap's or Chinese (see ``_HEADINGS``); speeds are km h-1 unless they say mph, lanes are those
of the whole road, capacities vehicles h-1 of one direction.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from evac.model import CHINA
from evac.plan.graphml import graphml_rows
from evac.plan.road_build import Way, build_network
from evac.plan.road_words import Columns, way_words
from evac.plan.roads import Finding, Numbers, RoadNetwork, Slip
from riskmap.errors import DataError, DatumError
from riskmap.io.csv_table import read_text
from riskmap.io.gcj02 import from_gcj02, measure_offset
from riskmap.io.region_files import check_degrees, in_degrees, member_crs, table_rows

Datum = Literal["wgs84", "cgcs2000", "gcj02"]
Row = tuple[dict[str, Any], Any, str]
"""Properties, shapely line in degrees or None, where."""

_HAIR: Final = 1e-6  # degrees: how wide a line is made to be a reference


def read_roads(
    path: str | Path, *, datum: Datum = "wgs84", against: RoadNetwork | None = None, synthetic: bool = False
) -> RoadNetwork:
    """The road network of a file, checked.

    Parameters
    ----------
    path : path
        ``.gpkg`` and ``.shp`` (extra ``gis``), ``.geojson``/``.json``, ``.graphml``.
    datum : {'wgs84', 'cgcs2000', 'gcj02'}
        Of degrees; GCJ-02 is converted. A projected file is brought to WGS-84 by the system that it declares.
    against : RoadNetwork, optional
        Roads known to lie right: the file is refused where it lies like GCJ-02 against them.
    synthetic : bool
        The roads are generated; a file that marks its roads ``synthetic`` or ``示例`` is so anyway.

    Returns
    -------
    RoadNetwork
        Whose ``findings`` name disconnected parts, ends that nearly meet, defaults taken and rows left out.

    Raises
    ------
    SourceError
        The file cannot be read.
    DataError
        It holds no roads, or a number that no road has.
    DatumError
        Its coordinates are not in the system that it declares, not in China, or shifted.
    MissingExtraError
        GeoPackage and shapefile need ``pip install riskmap[gis]``.

    Examples
    --------
    >>> import json
    >>> import tempfile
    >>> from evac import read_roads
    >>> line = {"type": "LineString", "coordinates": [[122.10, 30.0], [122.11, 30.0]]}
    >>> road = {"type": "Feature", "geometry": line, "properties": {"highway": "primary", "maxspeed": "60", "lanes": "2"}}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "roads.geojson")
    ...     _ = path.write_text(json.dumps({"type": "FeatureCollection", "features": [road]}))
    ...     network = read_roads(path)
    >>> network.nodes, network.links, network.length.round().tolist()  # both ways [m]
    (2, 2, [963.0, 963.0])
    """
    file = Path(path)
    rows = list(_rows(file))
    if not rows:
        raise DataError(
            "no roads",
            where=str(file),
            expected="one line a road",
            found="an empty file",
            remedy="export it again",
        )
    columns = Columns.of([set(properties) for properties, _, _ in rows[:50]])
    ways: list[Way] = []
    left: Counter[str] = Counter()
    findings: list[Finding] = []
    for properties, shape, where in rows:
        synthetic = synthetic or columns.invented(properties)
        words = way_words(columns, properties, where)
        if words.unread:
            findings.append(
                Finding(Slip.DEFAULT, f"{where}: {words.unread}; the default of its class is taken")
            )
        if words.road_class is None:
            left[words.why] += 1
            continue
        ways += [
            Way(_placed(points, datum, where), words.road_class, words.name, words.oneway, words.speed, words.lanes,
                words.capacity, words.raised)
            for points in _lines(shape, where)
        ]  # fmt: skip
    findings += [Finding(Slip.LEFT_OUT, f"{n} rows: {why}") for why, n in left.items()]
    if against is not None and ways:
        _lies_right(ways, against, str(file))
    return build_network(ways, source=file.name, synthetic=synthetic, findings=findings)


def _rows(path: Path) -> Iterator[Row]:
    kind = path.suffix.lower()
    if kind in (".gpkg", ".shp"):
        for n, (properties, shape, crs) in enumerate(table_rows(path), 1):
            where = f"{path}, feature {n}"
            yield properties, None if shape is None else in_degrees(shape, crs, where), where
    elif kind == ".graphml":
        yield from graphml_rows(read_text(path), str(path))
    elif kind in (".geojson", ".json"):
        yield from _geojson_rows(read_text(path), str(path))
    else:
        raise DataError(
            "a kind of file that is not read", where=str(path), expected=".gpkg, .shp, .geojson, .json or .graphml",
            found=kind or "no ending", remedy="export the roads as GeoPackage or GeoJSON",
        )  # fmt: skip


def _geojson_rows(text: str, where: str) -> Iterator[Row]:
    import shapely
    from shapely.geometry import shape

    def wrong(what: str, at: str, found: str) -> DataError:
        return DataError(
            what, where=at, expected="a GeoJSON FeatureCollection of LineStrings", found=found[:80],
            remedy="export the roads as GeoJSON again",
        )  # fmt: skip

    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise wrong("not JSON", f"{where}, line {error.lineno}", error.msg) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise wrong("not a collection of features", where, type(document).__name__)
    crs = member_crs(document["crs"], where) if "crs" in document else None
    for n, item in enumerate(features, 1):
        at = f"{where}, feature {n}"
        if not isinstance(item, Mapping) or not isinstance(item.get("properties") or {}, Mapping):
            raise wrong("not a feature", at, repr(item))
        geometry = item.get("geometry")
        try:
            with np.errstate(invalid="ignore"):  # NaN is refused later, with its name
                line = None if geometry is None else shapely.force_2d(shape(geometry))
        except (
            ValueError,
            TypeError,
            IndexError,
            KeyError,
            AttributeError,
            shapely.errors.ShapelyError,
        ) as error:
            raise wrong("a line that cannot be read", at, str(error)) from error
        yield dict(item.get("properties") or {}), line if line is None else in_degrees(line, crs, at), at


def _lines(shape: Any, where: str) -> Iterator[Numbers]:
    """Vertices of each line of a row."""
    import shapely

    if shape is None or shape.is_empty:
        return
    if shape.geom_type not in ("LineString", "MultiLineString"):
        raise DataError(
            "a road that is no line", where=where, expected="LineString or MultiLineString", found=shape.geom_type,
            remedy="export the centre lines (道路中心线), not areas or points",
        )  # fmt: skip
    for part in shapely.get_parts(shape):
        yield np.asarray(shapely.get_coordinates(part), np.float64)


def _placed(points: Numbers, datum: Datum, where: str) -> Numbers:
    """In WGS-84, and in China."""
    if not np.isfinite(points).all():
        raise DataError(
            "a coordinate is no number",
            where=where,
            expected="degrees",
            found="NaN or infinity",
            remedy="export the roads again",
        )
    check_degrees(points, where)
    west, east, south, north = CHINA
    low, high = points.min(axis=0), points.max(axis=0)
    if low[0] < west or low[1] < south or high[0] > east or high[1] > north:
        swapped = west <= low[1] and high[1] <= east and south <= low[0] and high[0] <= north
        raise DatumError(
            "longitude and latitude look swapped" if swapped else "a road outside China", where=where,
            expected=f"longitude {west:g} to {east:g}, latitude {south:g} to {north:g}",
            found=f"[{points[0, 0]:g}, {points[0, 1]:g}]",
            remedy="exchange the two numbers" if swapped else "declare the file's coordinate system, or reproject it",
        )  # fmt: skip
    if datum == "gcj02":
        return np.stack(from_gcj02(points[:, 0], points[:, 1]), axis=1)
    return points


def _lies_right(ways: list[Way], against: RoadNetwork, where: str) -> None:
    """Refuse roads that lie like GCJ-02, or shifted otherwise, against roads known to lie right."""
    import shapely

    lines = [shapely.LineString(way.points) for way in ways if len(way.points) > 1]
    known = [shapely.LineString(against.line_points(n)).buffer(_HAIR) for n in range(len(against.names))]
    offset = measure_offset(lines, known)
    if offset is None or not (offset.looks_like_gcj02 or offset.real):
        return
    raise DatumError(
        "the roads look like GCJ-02" if offset.looks_like_gcj02 else "the roads are shifted", where=where,
        expected=f"roads that lie on those of {against.source or 'the reference'}",
        found=f"an offset of {offset.east:+.4f} degrees east, {offset.north:+.4f} north",
        remedy="say --datum gcj02 to have them converted" if offset.looks_like_gcj02 else "check the file's coordinate system",
    )  # fmt: skip
