"""Evacuation zones on a page: as they are, or, where they are more than a page can carry, on coarser cells; never fewer."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from math import ceil
from typing import Any, Final

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from shapely.geometry import shape

from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.products.map_layer import MOST_FEATURES, MapLayer, map_layer
from riskmap.products.zones import AT_ONCE, NOTE, STEPS
from riskmap.scale import Tier

Features = list[dict[str, Any]]
"""GeoJSON features of zones; the geometry may be one of shapely."""

ZONE_COLUMNS: Final = {
    "hazard_name": ("灾种", "hazard"), "tier_name": ("等级", "tier"), "onset": ("起始", "from"), "arrival": ("水到", "water at"),
    "area_km2": ("面积 km²", "km²"), "basis": ("依据", "basis"),
}  # fmt: skip

MOST_ZONES: Final = MOST_FEATURES // 2
"""Outlines of one of the two layers, so that both together are no more than a page carries, and"""
MOST_CORNERS: Final = 200_000
"""their corners, some 0.4 MB of a page, up to which the zones are drawn as they are (both status D)."""

FIRST_STEP: Final = 4
"""The first coarser cells have so many sides of the zones' own (status D); each further step doubles them."""

_STEPS: Final = 20
"""From 4 cells of 10 m these are half the earth's round: everything is one cell long before."""

_NONE: Final = int(np.iinfo(np.int16).max)
_KEPT: Final = ("hazard", "tier", "regions", "cell_m", *ZONE_COLUMNS)


def zone_layers(features: Features, *, counties: bool = False) -> tuple[MapLayer, ...]:
    """Evacuation zones as two layers: where to make ready, and where to leave at once.

    Parameters
    ----------
    features : list of mapping
        From ``zones_of``; the outlines run along the lines of a grid.
    counties : bool
        Whether counties have pages of their own, where the outlines may be exact.

    Returns
    -------
    tuple of MapLayer
        Not shown at first. Where one of them would hold more than ``MOST_ZONES`` or ``MOST_CORNERS``, both are drawn on coarser cells, and
        their note says so: see ``fitted``.
    """
    drawn, cell = fitted(features)
    note = NOTE if cell is None else _coarse_note(cell, len(features), counties)
    layers = []
    for tier, line in ((Tier.ORANGE, "dashed"), (Tier.RED, "solid")):
        kept = [f for f in drawn if f["properties"]["tier"] == tier]
        if not kept:
            continue
        chinese, english = STEPS[tier]
        layers.append(
            map_layer(
                {"type": "FeatureCollection", "features": kept}, name=(f"转移范围:{chinese}", f"Zones: {english}"),
                columns=ZONE_COLUMNS, line=line, note=note, shown=False,  # type: ignore[arg-type]
            )
        )  # fmt: skip
    return tuple(layers)


def _coarse_note(cell: int, count: int, counties: bool) -> tuple[str, str]:
    also = ("和容得下的县级图", ", and on counties' pages that can carry them") if counties else ("", "")
    return (
        f"模型估算范围,以本地划定的危险区为准。共{count}处,本页容不下,按{cell}米格绘制:只大不小,时刻取最早,面积为范围本身;"
        f"准确边界见 zones.geojson{also[0]}",
        f"Modelled outline; the county's own danger zones go before it. {count} of them are too many for this page: drawn on cells of {cell} m,"
        " larger and never smaller, with the earliest hours and the area of the zones themselves; the exact outlines are in"
        f" zones.geojson{also[1]}",
    )


def zones_of(text: str) -> Features:
    """The zones of a ``zones.geojson``: what pages need of each, outlines as shapely has them, in a tenth of the memory."""
    known: dict[tuple[str, Any], Any] = {}  # by name too: 3 of a tier is not 3.0 of an area

    def slim(found: dict[str, Any]) -> Any:
        if "coordinates" in found:
            return shape(found)
        if "hazard_name" in found:
            found["regions"] = tuple(found["regions"])
            return {key: known.setdefault((key, found[key]), found[key]) for key in _KEPT if key in found}
        return found

    features: Features = json.loads(text, object_hook=slim)["features"]
    return features


def zones_by_region(features: Features, codes: Collection[str]) -> dict[str, Features]:
    """Region code -> the zones that meet it, in their order."""
    found: dict[str, Features] = {code: [] for code in codes}
    for feature in features:
        for code in feature["properties"]["regions"]:
            if code in found:
                found[code].append(feature)
    return found


def fitted(features: Features) -> tuple[Features, int | None]:
    """The zones as one page can carry them, and the side [m] of the cells that they are drawn on; None: as they are.

    Returns
    -------
    features : list of mapping
        Where they are too many, patches of coarser cells of one hour each: every cell that a zone touches is in one. ``onset`` and
        ``arrival`` are the earliest of the zones that it touches (for orange the red ones too), ``area_km2`` is that of the zones within it. Red lies within orange. A
        hazard whose own cells are as coarse stays as it is.
    cell : int or None
        Doubled from ``FIRST_STEP`` of the finest zones' own cells until all fits.
    """
    if _fits(features):
        return features, None
    hazards: dict[tuple[str, str], Features] = {}
    for feature in features:
        properties = feature["properties"]
        hazards.setdefault((properties["hazard_name"], properties["basis"]), []).append(feature)
    finest = min(feature["properties"]["cell_m"] for feature in features)
    cells = [FIRST_STEP * finest * 2**n for n in range(_STEPS)]
    parts = zip(cells, *(_drawn(zones, cells) for zones in hazards.values()), strict=True)
    for page in ((list(chain.from_iterable(drawn)), cell) for cell, *drawn in parts):
        if _fits(page[0]):
            break
    return page


def _fits(features: Features) -> bool:
    for tier in STEPS:
        kept = [_outline(f) for f in features if f["properties"]["tier"] == tier]
        if len(kept) > MOST_ZONES or shapely.get_num_coordinates(kept).sum() > MOST_CORNERS:
            return False
    return True


def _outline(feature: Mapping[str, Any]) -> Any:
    geometry = feature["geometry"]
    return shape(geometry) if isinstance(geometry, Mapping) else geometry


@dataclass(frozen=True, eq=False)
class _Raster:
    """Zones of one tier on coarser cells.

    Attributes
    ----------
    grid : Grid
    onset, arrival : int16 (y, x)
        Places in the lists of hours, the earliest of the zones that touch the cell; ``_NONE`` where none does.
    area : array (y, x)
        Of the zones in the cell [m2].
    """

    grid: Grid
    onset: NDArray[np.int16]
    arrival: NDArray[np.int16]
    area: NDArray[np.float64]

    def coarser(self) -> _Raster:
        """On cells of twice the side."""
        rows, columns = (-(-n // 2) for n in self.grid.shape)
        one = self.grid.transform
        fill = [(0, n % 2) for n in self.grid.shape]

        def fours(field: NDArray[Any], empty: float) -> NDArray[Any]:
            return np.pad(field, fill, constant_values=empty).reshape(rows, 2, columns, 2)

        return _Raster(
            Grid((rows, columns), Affine(2 * one.a, 0.0, one.c, 0.0, 2 * one.e, one.f), self.grid.crs),
            fours(self.onset, _NONE).min(axis=(1, 3)), fours(self.arrival, _NONE).min(axis=(1, 3)),
            fours(self.area, 0.0).sum(axis=(1, 3)),
        )  # fmt: skip

    def over(self, other: _Raster) -> _Raster:
        """With the cells of another tier on the same grid."""
        return _Raster(
            self.grid, np.minimum(self.onset, other.onset), np.minimum(self.arrival, other.arrival),
            np.maximum(self.area, other.area),
        )  # fmt: skip


def _drawn(zones: Features, cells: Sequence[int]) -> Iterator[Features]:
    """The zones of one hazard on each of some cells, every one twice as long as the one before."""
    own = max(zone["properties"]["cell_m"] for zone in zones)
    onsets = sorted({zone["properties"]["onset"] for zone in zones})
    arrivals = sorted({zone["properties"]["arrival"] for zone in zones} - {None})
    rasters: dict[int, _Raster] = {}
    for cell in cells:
        if cell <= own:
            yield zones
            continue
        if rasters:
            rasters = {tier: raster.coarser() for tier, raster in rasters.items()}
        else:
            rasters = _burnt(zones, _around(zones, own, cell), onsets, arrivals)
        yield [
            {
                "type": "Feature", "geometry": outline,
                "properties": {
                    **{key: like[key] for key in ("hazard_name", "tier", "tier_name", "basis")}, "cell_m": cell, "onset": onsets[onset],
                    "arrival": None if arrival == _NONE else arrivals[arrival], "area_km2": round(area / 1e6, 2),
                },
            }
            for tier, raster in rasters.items()
            for like in [next(z["properties"] for z in zones if z["properties"]["tier"] == tier)]
            for outline, onset, arrival, area in _patches(raster)
        ]  # fmt: skip


def _around(zones: Features, own: int, cell: int) -> Grid:
    """Cells [m] that hold all zones; half a cell of theirs off their lines, which would touch the cells on both sides."""
    west, south, east, north = shapely.total_bounds([_outline(zone) for zone in zones])
    step, half = float(np.degrees(cell / EARTH_RADIUS)), float(np.degrees(own / EARTH_RADIUS)) / 2
    size = ceil((north - south + 2 * half) / step), ceil((east - west + 2 * half) / step)
    return Grid(size, Affine(step, 0.0, west - half, 0.0, -step, north + half))


def _burnt(zones: Features, grid: Grid, onsets: Sequence[str], arrivals: Sequence[str]) -> dict[int, _Raster]:
    """Each tier on coarser cells."""
    found: dict[int, _Raster] = {}
    for tier in STEPS:
        mine = [(_outline(zone), zone["properties"]) for zone in zones if zone["properties"]["tier"] == tier]
        if not mine:
            continue
        onset = [(outline, bisect_left(onsets, p["onset"])) for outline, p in mine]
        arrival = [
            (outline, bisect_left(arrivals, p["arrival"])) for outline, p in mine if p["arrival"] is not None
        ]
        area = _areas_within([outline for outline, _ in mine], grid)
        found[int(tier)] = _Raster(grid, _touched(onset, grid), _touched(arrival, grid), area)
    if Tier.RED in found and Tier.ORANGE in found:
        # on a county's page an orange zone that the county does not meet is absent, a red one across it is not
        found[Tier.ORANGE] = found[Tier.ORANGE].over(found[Tier.RED])
    return found


def _touched(burns: list[tuple[Any, int]], grid: Grid) -> NDArray[np.int16]:
    """The least number of the outlines that touch each cell."""
    from rasterio.features import rasterize

    found = np.full(grid.shape, _NONE, np.int16)
    falling = sorted(burns, key=lambda burn: -burn[1])  # the least is burnt last
    for first in range(0, len(falling), AT_ONCE):
        outlines, numbers = zip(*falling[first : first + AT_ONCE], strict=True)
        pairs = zip(_polygons(outlines), numbers, strict=True)
        rasterize(pairs, out=found, transform=grid.transform, all_touched=True)
    return found


def _polygons(outlines: Sequence[Any]) -> list[dict[str, Any]]:
    """Outlines as GeoJSON, made together: one by one shapely takes several times as long."""
    rings, whose = shapely.get_rings(np.asarray(outlines, object), return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    pairs, found = points.tolist(), [{"type": "Polygon", "coordinates": []} for _ in outlines]
    ends = np.searchsorted(ring, np.arange(len(rings) + 1)).tolist()
    for zone, (first, end) in zip(whose.tolist(), pairwise(ends), strict=True):
        found[zone]["coordinates"].append(pairs[first:end])
    return found


def _patches(raster: _Raster) -> Iterator[tuple[Any, int, int, float]]:
    """Patches of cells of one hour: outline, its place, that of the earliest arrival, area of the zones within."""
    from rasterio.features import rasterize, shapes

    grid, onset = raster.grid, raster.onset
    found = list(shapes(onset, mask=onset != _NONE, connectivity=4, transform=grid.transform))
    number = rasterize(
        [(outline, n) for n, (outline, _) in enumerate(found)],
        out_shape=grid.shape, transform=grid.transform, fill=len(found), dtype="int32",
    )  # fmt: skip
    arrival = np.full(len(found) + 1, _NONE)
    np.minimum.at(arrival, number, raster.arrival)
    area = np.bincount(number.ravel(), raster.area.ravel(), len(found) + 1)
    told = zip(found, arrival[:-1].tolist(), area[:-1].tolist(), strict=True)
    return ((shape(outline), int(place), first, size) for (outline, place), first, size in told)


def _areas_within(outlines: Sequence[Any], grid: Grid) -> NDArray[np.float64]:
    """Area [m2] of outlines of grid cells in each cell of another grid, on the sphere.

    Green's theorem: an edge from west to east has all that lies south of it below itself, in its own columns; the edge on the other side
    takes off what is not in the zone.
    """
    rings = shapely.get_rings(shapely.orient_polygons(np.asarray(outlines, object)))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    ahead = (ring[1:] == ring[:-1]) & (points[1:, 0] != points[:-1, 0])
    start, end, latitude = points[:-1, 0][ahead], points[1:, 0][ahead], points[:-1, 1][ahead]
    step, west, north = grid.transform.a, grid.transform.c, grid.transform.f
    first = ((np.minimum(start, end) - west) / step).astype(np.int64)
    last = ((np.maximum(start, end) - west) / step).astype(np.int64)
    pieces = last - first + 1
    edge = np.repeat(np.arange(len(start)), pieces)
    column = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    left = west + column * step
    width = np.clip(end[edge], left, left + step) - np.clip(start[edge], left, left + step)
    row = ((north - latitude[edge]) / step).astype(np.int64)
    lines = np.sin(np.radians(north - step * np.arange(grid.shape[0] + 1)))
    height = np.sin(np.radians(latitude[edge])) - lines[row + 1]
    at = row * grid.shape[1] + column
    own, above = (
        np.asarray(np.bincount(at, part, grid.shape[0] * grid.shape[1]), np.float64).reshape(grid.shape)
        for part in (width * height, width)
    )
    np.cumsum(above, axis=0, out=above)
    own[1:] += above[:-1] * -np.diff(lines)[1:, None]
    own *= -np.radians(1.0) * EARTH_RADIUS**2
    return own
