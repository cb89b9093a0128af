"""Layers of one's own on the map: assets, shelters, roads, zones, in one line from a GeoDataFrame or GeoJSON."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from riskmap.errors import ConfigError, DataError, DatumError
from riskmap.grid import GEOGRAPHIC
from riskmap.io.gcj02 import from_gcj02
from riskmap.products.map_pack import COORDINATE_SCALE, encode_paths, page_block, rings_of
from riskmap.scale import Tier

Kind = Literal["point", "line", "area"]
Words = str | tuple[str, str]

INKS: Final = {"point": "#5B2A86", "line": "#4A3B2A", "area": "#7A0C5A"}
"""Colours unless another is given: none is a tier's."""

MOST_FEATURES: Final = 20_000
"""More make a page that an office computer moves badly (status D)."""

_KINDS: Final[Mapping[str, Kind]] = {
    "Point": "point", "MultiPoint": "point", "LineString": "line", "MultiLineString": "line",
    "Polygon": "area", "MultiPolygon": "area",
}  # fmt: skip
_DASHES: Final = {"solid": "", "dashed": "7 5"}


@dataclass(frozen=True, eq=False)
class MapLayer:
    """A layer ready to be drawn; see ``map_layer``."""

    name: tuple[str, str]
    kind: Kind
    colour: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]
    parts: tuple[Mapping[str, Any], ...]
    note: tuple[str, str] | None = None
    dash: str = ""
    shown: bool = True

    @property
    def block(self) -> str:
        """The script element that carries it."""
        data = {
            "name": self.name, "kind": self.kind, "colour": self.colour, "columns": self.columns, "rows": self.rows,
            "parts": self.parts, "note": self.note, "dash": self.dash, "shown": self.shown,
        }  # fmt: skip
        return page_block(data, identity="", kind="extra")


def map_layer(
    features: Any,
    *,
    name: Words,
    columns: Sequence[str] | Mapping[str, Words] | None = None,
    colour: str | None = None,
    line: Literal["solid", "dashed"] = "solid",
    note: Words | None = None,
    shown: bool = True,
    datum: Literal["wgs84", "cgcs2000", "gcj02"] | None = None,
) -> MapLayer:
    """Points, lines or polygons with a table, as a layer of the map.

    Parameters
    ----------
    features : GeoDataFrame, GeoSeries or mapping
        Of one kind of geometry; a mapping is a GeoJSON FeatureCollection (WGS-84 by RFC 7946). A GeoDataFrame in
        another system is reprojected.
    name : str or (Chinese, English)
        Of the layer.
    columns : sequence of str, or mapping column -> heading, optional
        What a click shows; every column unless given. Text only: nothing is read as HTML.
    colour : ``#RRGGBB``, optional
        Not a tier's.
    line : str
        ``solid`` or ``dashed``.
    note : str or (Chinese, English), optional
        Said under the layer's name: whose it is, how old.
    shown : bool
        Whether the page opens with it.
    datum : str, optional
        What the coordinates are where the table does not declare it; ``gcj02`` has them converted.

    Raises
    ------
    DatumError
        A table without a coordinate system and no ``datum``; coordinates that are no degrees, or swapped.
    DataError
        No features, mixed kinds, an empty geometry, a column that does not exist, more than ``MOST_FEATURES``.
    ConfigError
        A colour that is none, or that is a tier's.

    Examples
    --------
    >>> shelter = {"type": "Feature", "properties": {"name": "<b>中心小学</b>", "places": 300},
    ...            "geometry": {"type": "Point", "coordinates": [122.1, 30.0]}}
    >>> layer = map_layer({"type": "FeatureCollection", "features": [shelter]}, name=("避灾点", "Shelters"))
    >>> layer.kind, layer.rows
    ('point', (('<b>中心小学</b>', '300'),))
    """
    shapes, table = _table(features, datum)
    headings = _headings(columns, table, shapes)
    if not shapes:
        raise DataError("no features", where=f"layer {name!r}", expected="at least one", found="none")
    if len(shapes) > MOST_FEATURES:
        raise DataError(
            "too many features for a page", where=f"layer {name!r}", expected=f"{MOST_FEATURES} or fewer",
            found=str(len(shapes)), remedy="keep those of the county, or merge them",
        )  # fmt: skip
    kind = _kind(shapes, name)
    _check_degrees(shapes, name)
    if datum == "gcj02":
        shapes = [_converted(shape) for shape in shapes]
    return MapLayer(
        name=_both(name), kind=kind, colour=_colour(colour, kind), columns=tuple(headings.values()),
        rows=tuple(tuple(_text(row.get(column)) for column in headings) for row in table),
        parts=tuple(_encoded(shape, kind) for shape in shapes),
        note=None if note is None else _both(note), dash=_DASHES[line], shown=shown,
    )  # fmt: skip


def add_layer(page: str, features: Any, *, name: Words, **options: Any) -> str:
    """A map page with one more layer.

    Parameters
    ----------
    page : str
        From ``build_map``.
    features, name, options
        See ``map_layer``.

    Returns
    -------
    str
        The page; its own bytes are kept, the layer stands before the program.

    Raises
    ------
    DataError
        Not such a page; otherwise as ``map_layer``.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import riskmap as rm
    >>> hours = np.datetime64("2021-07-25T00", "ns") + np.arange(6) * np.timedelta64(1, "h")
    >>> grid = rm.Grid.from_bounds(west=122, south=29.8, east=122.6, north=30.2, step=0.1)
    >>> rain = xr.DataArray(40.0, {"time": hours, **grid.coordinates}, ("time", "y", "x"), attrs={"units": "mm"})
    >>> found = rm.assess(rm.rain_sums(rain))
    >>> track = rm.make_track(time=hours[[0, -1]], latitude=[29.6, 30], longitude=[122.4, 122], maximum_wind=[38, 36],
    ...                       averaging_period=600)
    >>> page = rm.to_map(found, track).html
    >>> shelters = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "沈家门小学"},
    ...             "geometry": {"type": "Point", "coordinates": [122.3, 29.95]}}]}
    >>> more = add_layer(page, shelters, name="避灾点")
    >>> 0 < len(more) - len(page) < 2_000  # bytes of its own; the page's are kept
    True
    """
    layer = features if isinstance(features, MapLayer) else map_layer(features, name=name, **options)
    before, slot, after = page.partition(SLOT)
    if not slot:
        raise DataError(
            "not a page of build_map", where="add_layer", expected="a page with a place for layers",
            found=page[:60], remedy="pass the text of map.html as the run wrote it",
        )  # fmt: skip
    return f"{before}{layer.block}\n{slot}{after}"


SLOT: Final = "<!--layers-->"
"""Before this comment stand the layers of a page."""


def _table(features: Any, datum: str | None) -> tuple[list[Any], list[Mapping[str, Any]]]:
    """Shapes and rows."""
    from shapely.geometry import shape

    if isinstance(features, Mapping):
        found = features.get("features")
        if features.get("type") != "FeatureCollection" or not isinstance(found, Sequence):
            raise DataError(
                "not a collection of features", where="layer", expected="a GeoJSON FeatureCollection",
                found=repr(features.get("type")), remedy="wrap the features, or pass a GeoDataFrame",
            )  # fmt: skip
        kept = [f for f in found if f.get("geometry")]
        return [shape(f["geometry"]) for f in kept], [f.get("properties") or {} for f in kept]
    if not hasattr(features, "geometry"):
        raise DataError(
            "not a table with geometry", where="layer", expected="a GeoDataFrame or a GeoJSON mapping",
            found=type(features).__name__, remedy="geopandas.GeoDataFrame(table, geometry=..., crs='EPSG:4326')",
        )  # fmt: skip
    crs = getattr(features, "crs", None)
    if crs is None and datum is None:
        raise DatumError(
            "a table without its coordinate system", where="layer", expected="crs, or datum=",
            found="none", remedy="table.set_crs('EPSG:4326'), or datum='gcj02' where it comes from a Chinese web map",
        )  # fmt: skip
    if crs is not None and crs.to_epsg() not in GEOGRAPHIC:
        features = features.to_crs(GEOGRAPHIC[0])
    geometry = list(features.geometry)
    own = getattr(features.geometry, "name", "geometry")
    plain = features.drop(columns=own) if hasattr(features, "columns") else None
    rows = plain.to_dict("records") if plain is not None else [{} for _ in geometry]
    kept = [n for n, g in enumerate(geometry) if g is not None and not g.is_empty]
    return [geometry[n] for n in kept], [rows[n] for n in kept]


def _headings(
    columns: Sequence[str] | Mapping[str, Words] | None,
    table: Sequence[Mapping[str, Any]],
    shapes: Sequence[Any],
) -> dict[str, tuple[str, str]]:
    known = list(dict.fromkeys(str(key) for row in table for key in row))
    if columns is None:
        return {key: (key, key) for key in known}
    wanted = dict(columns) if isinstance(columns, Mapping) else {key: key for key in columns}
    absent = [key for key in wanted if key not in known]
    if absent and shapes:
        raise DataError(
            "no such column", where="layer, columns", expected=", ".join(known) or "a table with columns",
            found=", ".join(absent), remedy="name columns of the table",
        )  # fmt: skip
    return {key: _both(words) for key, words in wanted.items()}


def _kind(shapes: Sequence[Any], name: Words) -> Kind:
    kinds = {_KINDS.get(shape.geom_type) for shape in shapes}
    if len(kinds) != 1 or None in kinds:
        raise DataError(
            "geometries of different kinds", where=f"layer {name!r}", expected="points, lines or polygons alone",
            found=", ".join(sorted({shape.geom_type for shape in shapes})), remedy="make a layer of each kind",
        )  # fmt: skip
    return next(kind for kind in kinds if kind is not None)


def _check_degrees(shapes: Sequence[Any], name: Words) -> None:
    import shapely

    points = shapely.get_coordinates(np.array(shapes, object))
    lon, lat = points[:, 0], points[:, 1]
    if np.isfinite(points).all() and (np.abs(lon) <= 180).all() and (np.abs(lat) <= 90).all():
        return
    swapped = bool((np.abs(lon) <= 90).all() and (np.abs(lat) <= 180).all())
    raise DatumError(
        "longitude and latitude look swapped" if swapped else "the coordinates are not degrees",
        where=f"layer {name!r}", expected="longitude, latitude [degrees]", found=f"[{lon[0]:g}, {lat[0]:g}]",
        remedy="exchange the two" if swapped else "declare the coordinate system of the table",
    )  # fmt: skip


def _converted(shape: Any) -> Any:
    import shapely

    return shapely.transform(shape, lambda xy: np.stack(from_gcj02(xy[:, 0], xy[:, 1]), axis=1))


def _encoded(shape: Any, kind: Kind) -> dict[str, Any]:
    import shapely

    if kind != "point":
        return encode_paths(rings_of(shape))
    points = np.rint(shapely.get_coordinates(shape) * COORDINATE_SCALE).astype(np.int64)
    return encode_paths([point[None] for point in points])


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:g}" if isinstance(value, float | np.floating) else str(value)


def _colour(colour: str | None, kind: Kind) -> str:
    chosen = colour or INKS[kind]
    taken = [tier for tier in Tier if tier.colour.upper() == chosen.upper()]
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", chosen) or taken:
        raise ConfigError(
            "a layer in the colour of a tier" if taken else "not a colour", where="layer, colour",
            expected="#RRGGBB, none of the tiers'", found=chosen, remedy=f"for example {INKS[kind]}",
        )  # fmt: skip
    return chosen


def _both(words: Words) -> tuple[str, str]:
    return (words, words) if isinstance(words, str) else (words[0], words[1])
