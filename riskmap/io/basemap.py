"""The quiet map under the tiers: land, coast, rivers, lakes, cities, from the bundled files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import ConfigError, CoverageError, DataError, SourceError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.io.bundled import bundled
from riskmap.io.coast import read_lines
from riskmap.io.toml_file import read_text

Bounds = tuple[float, float, float, float]

COAST_BOX: Final[Bounds] = (117.5, 26.5, 124.0, 32.0)
"""West, south, east, north of the bundled shore lines [degrees]; data/README.md."""

TOLERANCE: Final = 0.0015
"""Shore and rivers are drawn within this distance of the source [degrees], 150 m: half a pixel at zoom 9."""

SMALLEST_ISLAND: Final = 3e-5
"""Islands below this area are left out [square degrees], about 0.3 km2: they would be a dot."""

RIVER_LEVELS: Final = 4
"""Rivers of WDB II up to this level; 5 to 9 are intermittent streams and canals."""

MARGIN: Final = 1.0
"""Shore and rivers run on so far beyond what was asked for [degrees], since a map on a screen can be moved."""

CREDITS: Final = (
    "海岸线、河流、湖泊: GSHHG / WDB II (Wessel & Smith)",
    "行政区划: 天地图",
    "地名: GeoNames (CC BY 4.0)",
    "周边陆地: ETOPO1 (NOAA)",
)
"""Whom the base map owes its lines to."""


@dataclass(frozen=True)
class Place:
    """A city's seat.

    Attributes
    ----------
    name, english : str
        Chinese name of the city, and the name in Latin letters.
    latitude, longitude : float
        WGS-84 [degrees].
    code : str
        4-digit code of the city.
    """

    name: str
    english: str
    latitude: float
    longitude: float
    code: str


@dataclass(frozen=True, eq=False)
class Relief:
    """Shaded ground.

    Attributes
    ----------
    shade : float array (y, x)
        0 turned away from the light, 1 towards it; NaN at sea.
    grid : Grid
    """

    shade: NDArray[np.float32]
    grid: Grid


@dataclass(frozen=True, eq=False)
class Basemap:
    """Lines and areas to draw under and over the tiers; WGS-84 longitude, latitude [degrees].

    Attributes
    ----------
    bounds : (west, south, east, north)
        What was asked for; the lines reach ``MARGIN`` further.
    land, surroundings, lakes, province : shapely MultiPolygon
        Land within the bounds; coarse land (10 km) around them; standing water; the province's outline.
    coast : shapely MultiLineString
        Shore line without the straight edges that clipping leaves.
    rivers : tuple of (level, MultiLineString)
        Largest rivers first (level 0).
    places : tuple of Place
        One a city.
    credits : tuple of str
        To be printed on the map.
    relief : Relief or None
        Lies under everything, seen where no tier is drawn.
    """

    bounds: Bounds
    land: Any
    surroundings: Any
    coast: Any
    lakes: Any
    province: Any
    rivers: tuple[tuple[int, Any], ...]
    places: tuple[Place, ...]
    credits: tuple[str, ...] = CREDITS
    relief: Relief | None = None


def read_basemap(bounds: Bounds = COAST_BOX) -> Basemap:
    """Base map of Zhejiang and the sea before it, from the bundled data.

    Parameters
    ----------
    bounds : (west, south, east, north)
        Degrees; may reach beyond the bundled shore lines, where only the coarse land is drawn.

    Raises
    ------
    ConfigError
        The bounds are no box.
    CoverageError
        The bounds do not meet the bundled shore lines.
    SourceError, DataError
        A bundled file is missing or spoiled.

    Examples
    --------
    >>> import shapely
    >>> basemap = read_basemap((121.5, 29.5, 123.0, 30.6))
    >>> basemap.land.contains(shapely.Point(122.1, 30.05)), basemap.land.contains(shapely.Point(122.9, 30.5))
    (True, False)
    """
    west, south, east, north = _checked(bounds)
    return _basemap((float(west), float(south), float(east), float(north)))


@lru_cache(maxsize=4)
def _basemap(bounds: Bounds) -> Basemap:
    """Read once: a run draws several maps of one grid."""
    import shapely
    from shapely.geometry import box

    window = shapely.intersection(box(*bounds).buffer(MARGIN, join_style="mitre"), box(*COAST_BOX))
    west, south, east, north = window.bounds
    shore = read_lines(bundled("coast/gshhg_full_coastline.geojson"))
    land = _areas(shapely.clip_by_rect(_land(shore), *window.bounds))
    coast = shapely.multilinestrings(
        [line for line in shore if not line.is_ring or _filled(line).area >= SMALLEST_ISLAND]
    )
    lakes = _lakes(read_lines(bundled("coast/gshhg_full_lake_shores.geojson")))
    province = _polygons(bundled("admin/zhejiang_province_simple.geojson"))
    # a margin, so that the coarse land runs on under the fine one
    around = shapely.difference(_coarse_land(), box(west + 0.05, south + 0.02, east, north - 0.02))
    return Basemap(
        bounds=bounds,
        land=land,
        surroundings=_areas(around),
        coast=_lines(shapely.clip_by_rect(shapely.simplify(coast, TOLERANCE), *window.bounds)),
        lakes=_areas(shapely.intersection(lakes, window)),
        province=_areas(shapely.simplify(province, TOLERANCE)),
        rivers=_rivers(window),
        places=_places(),
        relief=_relief(),
    )


def _checked(bounds: Bounds) -> Bounds:
    west, south, east, north = bounds
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ConfigError(
            "the base map's bounds are not a box on the globe", where="read_basemap",
            expected="west < east, south < north (degrees)", found=str(bounds),
            remedy="check that longitude and latitude are not swapped",
        )  # fmt: skip
    if west >= COAST_BOX[2] or east <= COAST_BOX[0] or south >= COAST_BOX[3] or north <= COAST_BOX[1]:
        raise CoverageError(
            "no bundled shore line within the bounds", where="read_basemap",
            expected=f"a box that meets {COAST_BOX}", found=str(bounds),
            remedy="bring a base map of your own: Basemap(...)",
        )  # fmt: skip
    return bounds


def _filled(ring: Any) -> Any:
    import shapely

    return shapely.polygons(shapely.get_coordinates(ring))


def _land(shore: Sequence[Any]) -> Any:
    """Land as polygons: islands are rings, the mainland is what lies to the left of the open lines."""
    import shapely
    from shapely.geometry import box

    rings = [_filled(line) for line in shore if line.is_ring]
    islands = [ring for ring in rings if ring.area >= SMALLEST_ISLAND]
    opened = [line for line in shore if not line.is_ring]
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all([*opened, box(*COAST_BOX).boundary])]))
    left = np.concatenate([_left_of(line) for line in opened])
    right = np.concatenate([_left_of(line.reverse()) for line in opened])
    shapely.prepare(faces)
    mainland = [
        face for face in faces
        if shapely.contains_xy(face, left).sum() > shapely.contains_xy(face, right).sum()
    ]  # fmt: skip
    land = [*islands, *mainland]
    simple = shapely.make_valid(shapely.simplify(np.array(land), TOLERANCE))
    return shapely.geometrycollections(simple)


def _left_of(line: Any) -> Any:
    """Points 1e-5 degrees to the left of some segments; GSHHG walks with the land on its left."""
    import shapely

    xy = shapely.get_coordinates(line)
    along = np.diff(xy, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    length = np.hypot(*along.T)[:, None]
    keep = length[:, 0] > 0
    points = (xy[:-1] + along / 2)[keep] + 1e-5 * across[keep] / length[keep]
    return points[:: max(1, len(points) // 100)]


def _lakes(shores: Sequence[Any]) -> Any:
    """Lakes come cut along whole degrees: joined again, and those that close are areas."""
    import shapely

    merged = shapely.get_parts(shapely.line_merge(shapely.union_all(shores)))
    rings = [_filled(line) for line in merged if line.is_ring]
    return shapely.simplify(shapely.union_all(rings), TOLERANCE)


def _rivers(window: Any) -> tuple[tuple[int, Any], ...]:
    import shapely
    from shapely.geometry import shape

    by_level: dict[int, list[Any]] = {}
    for feature in _features(bundled("coast/gshhg_wdbii_rivers.geojson")):
        by_level.setdefault(int(feature["properties"]["level"]), []).append(shape(feature["geometry"]))
    rivers = []
    for level in sorted(by_level):
        lines = _lines(
            shapely.intersection(shapely.simplify(shapely.union_all(by_level[level]), TOLERANCE), window)
        )
        if level <= RIVER_LEVELS and not lines.is_empty:
            rivers.append((level, lines))
    return tuple(rivers)


def _coarse_land() -> Any:
    """Land of the bundled 0.1 degree relief, so that a track far out at sea still has shores around it."""
    import rasterio
    import shapely
    from rasterio.enums import Resampling
    from rasterio.features import shapes
    from shapely.geometry import shape

    path = bundled("relief/etopo1_east_china_sea_0.1deg.tif")
    fine = 3  # bilinear between the cells, so that the shore is not a staircase
    try:
        with rasterio.open(path) as file:
            size = (file.height * fine, file.width * fine)
            height = file.read(1, out_shape=size, resampling=Resampling.bilinear, out_dtype="float32")
            transform = file.transform @ file.transform.scale(1 / fine)
    except rasterio.errors.RasterioError as problem:
        raise SourceError("the relief cannot be read", where=str(path), found=str(problem)) from problem
    above = (height > 0).astype(np.uint8)
    found = [shape(s) for s, value in shapes(above, mask=above == 1, transform=transform) if value == 1]
    large = shapely.multipolygons([polygon for polygon in found if polygon.area > 0.01])
    rounded = (
        large.buffer(0.08, quad_segs=2).buffer(-0.16, quad_segs=2).buffer(0.08, quad_segs=2)
    )  # the corners of cells are no capes
    return shapely.make_valid(shapely.simplify(rounded, 0.02))


@lru_cache(maxsize=1)
def _relief() -> Relief:
    """Hills lit from the north-west at 45 degrees, ten times as high as they are: cells of 2 km flatten them.

    Horn (1981), Proc. IEEE 69, 14: shade from the slope's two components (status M).
    """
    import rasterio

    path = bundled("relief/zhejiang_srtm30_land_1-48deg.tif")
    try:
        with rasterio.open(path) as file:
            height = file.read(1, masked=True).astype(np.float32).filled(np.nan)
            grid = Grid(height.shape, file.transform)
    except rasterio.errors.RasterioError as problem:
        raise SourceError("the relief cannot be read", where=str(path), found=str(problem)) from problem
    ground = np.nan_to_num(height)
    north_step = float(np.radians(-grid.transform.e)) * EARTH_RADIUS
    down, right = np.gradient(ground, north_step)
    right = right / np.cos(np.radians(grid.latitude))[:, None]
    steep = 10.0
    x, y = -steep * right, steep * down  # what the ground turns to: east, north
    shade = (np.sqrt(0.5) + (y - x) * 0.5) / np.sqrt(1.0 + x * x + y * y)
    return Relief(np.where(np.isfinite(height), np.clip(shade, 0.0, 1.0), np.nan).astype(np.float32), grid)


def _places() -> tuple[Place, ...]:
    """The seat of each city: the place that bears its name, else its largest."""
    cities = {
        str(f["properties"]["adcode"])[:4]: str(f["properties"]["name"])
        for f in _features(bundled("admin/zhejiang_city_simple.geojson"))
    }
    path = bundled("places/zhejiang_geonames.csv")
    best: dict[str, tuple[bool, float, Place]] = {}
    try:
        for row in csv.DictReader(io.StringIO(read_text(path))):
            code = row["adcode"][:4]
            if code not in cities:
                continue
            population = float(row["population"] or 0)
            place = Place(cities[code], row["name"], float(row["lat"]), float(row["lon"]), code)
            rank = (row["name_zh"][:2] == cities[code][:2] and population > 0, population)
            if code not in best or rank > best[code][:2]:
                best[code] = (*rank, place)
    except (KeyError, ValueError) as problem:
        raise DataError(
            "the table of places is spoiled", where=str(path), expected="name, name_zh, lat, lon, population, adcode",
            found=str(problem), remedy="install riskmap again",
        ) from problem  # fmt: skip
    return tuple(best[code][2] for code in sorted(best))


def _polygons(path: Path) -> Any:
    import shapely
    from shapely.geometry import shape

    return shapely.union_all([shape(feature["geometry"]) for feature in _features(path)])


def _features(path: Path) -> list[dict[str, Any]]:
    try:
        features: list[dict[str, Any]] = json.loads(read_text(path))["features"]
    except (ValueError, KeyError, TypeError) as problem:
        raise DataError(
            "the file is not GeoJSON", where=str(path), expected="a FeatureCollection",
            found=str(problem), remedy="install riskmap again",
        ) from problem  # fmt: skip
    return features


def _areas(geometry: Any) -> Any:
    """Only the polygons of whatever a cut left over."""
    return _only(geometry, 2)


def _lines(geometry: Any) -> Any:
    """Only the lines of whatever a cut left over."""
    return _only(geometry, 1)


def _only(geometry: Any, dimension: int) -> Any:
    import shapely

    parts = shapely.get_parts(geometry)
    while len(parts) and (shapely.get_type_id(parts) >= 4).any():  # collections within collections
        parts = shapely.get_parts(parts)
    kept = parts[(shapely.get_dimensions(parts) == dimension) & ~shapely.is_empty(parts)]
    return shapely.multipolygons(kept) if dimension == 2 else shapely.multilinestrings(kept)
