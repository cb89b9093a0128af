"""Evacuation zones (转移范围): polygons of the cells that come to orange or red, with the hour at which they do.

Modelled outlines as fine as the grid that they stand on, which each of them names; a county's own danger zones go
before them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice, pairwise
from operator import add
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.assessment import Assessment
from riskmap.errors import DataError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.onset import NEVER, Onsets
from riskmap.outlook import BEIJING, Flood
from riskmap.scale import DISCLAIMER, HAZARD_WORDS, Tier

ZONE_HAZARDS: Final = ("flash_flood", "inundation", "landslide")
"""Hazards that people leave a mapped zone for."""

STEPS: Final = {Tier.ORANGE: ("准备转移", "prepare to move"), Tier.RED: ("立即转移", "move now")}

NOTE: Final = (
    "模型估算范围,边界与格点同精度;以本地划定的危险区为准",
    "Modelled outline, as fine as its grid; the county's own danger zones go before it",
)

AT_ONCE: Final = 3_000
"""Zones that are written or burnt together (D): many enough that arrays are worth it, few enough that a province's never all lie in
memory as numbers of Python."""

Arrivals = Callable[[NDArray[np.int64]], list[str | None]]
"""When water first comes to the patches that begin at these cells, counted row by row."""


def zones_geojson(
    assessment: Assessment,
    onsets: Mapping[str, Onsets],
    grid: Grid,
    *,
    marks: tuple[tuple[str, str], ...] = (),
    flood: Flood | None = None,
) -> str:
    """Zones at orange and at red, one feature a hazard, tier, hour of onset and connected patch.

    Parameters
    ----------
    assessment : Assessment
        For the hours and the regions.
    onsets : mapping
        Hazard -> first hours on ``grid``, or on their own.
    grid : Grid
        Of the hazards.
    marks
        What every product must say: Chinese, English.
    flood : Flood, optional
        When the water comes: the zones of inundation say it. On their cells.

    Returns
    -------
    str
        GeoJSON FeatureCollection, WGS-84. Properties: ``hazard``, ``tier``, ``step``, ``onset`` (Beijing time),
        ``area_km2``, ``regions`` (codes that the zone meets), ``cell_m`` (side of the cells that it is drawn from), ``basis`` (what computed it, and its limits),
        ``arrival`` (inundation: Beijing time at which the first water of 0.15 m comes to the zone, else null).
        The red zones lie inside the orange ones of the same hazard.

    Raises
    ------
    DataError
        The zones of inundation are on other cells than the water.
    """
    import shapely

    regions = np.array([region.geometry for region in assessment.regions], object)
    shapely.prepare(regions)
    head = {
        "type": "FeatureCollection", "issued_at": assessment.issued_at.astimezone(BEIJING).isoformat(), "note": list(NOTE),
        "disclaimer": list(DISCLAIMER), "marks": [list(mark) for mark in marks], "features": [],
    }  # fmt: skip
    parts = [_json(head).removesuffix("]}")]
    for hazard, found in sorted(onsets.items()):
        if hazard not in ZONE_HAZARDS:
            continue
        own, water = found.grid or grid, flood if hazard == "inundation" else None
        for tier in STEPS:
            for properties, outline in _zones(
                assessment, hazard, tier, found.first(tier), own, regions, water
            ):
                parts += [properties, outline, ","]
    if len(parts) > 1:
        parts.pop()  # the comma behind the last
    return "".join([*parts, "]}\n"])


def _zones(
    assessment: Assessment, hazard: str, tier: Tier, first: NDArray[np.int16], grid: Grid, regions: NDArray[Any], flood: Flood | None,
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """Each zone in JSON: its properties, and its outline, which is plain ASCII and so a byte a character until all is joined."""
    from rasterio.features import shapes

    rule = assessment.rules.get(hazard)
    named = {
        "hazard": hazard, "hazard_name": HAZARD_WORDS[hazard][0], "tier": int(tier), "tier_name": tier.chinese,
        "step": STEPS[tier][0], "step_english": STEPS[tier][1],
    }  # fmt: skip
    cell = round(float(np.radians(-grid.transform.e)) * EARTH_RADIUS)
    basis = rule.confidence_note if rule is not None else ""
    onsets = [instant.astimezone(BEIJING).isoformat() for instant in assessment.valid_at]
    codes = [region.code for region in assessment.regions]
    arrivals = None if flood is None else _arrivals(first, grid, flood, assessment)
    found = shapes(first, mask=first != NEVER, connectivity=4, transform=grid.transform)
    while held := list(islice(found, AT_ONCE)):
        rings = _Rings.of([outline["coordinates"] for outline, _ in held])
        zones = rings.polygons()
        comes = [None] * len(held) if arrivals is None else arrivals(rings.first_cells(grid))
        told = zip(held, _areas(zones), _meeting(zones, regions), comes, rings.texts(), strict=True)
        for (_, hour), area, met, arrival, text in told:
            properties = {
                **named, "onset": onsets[int(hour)], "area_km2": round(area / 1e6, 2), "regions": [codes[n] for n in met],
                "cell_m": cell, "arrival": arrival, "basis": basis,
            }  # fmt: skip
            yield (
                _json({"type": "Feature", "properties": properties}).removesuffix("}"),
                f',"geometry":{{"type":"Polygon","coordinates":[{text}]}}}}',
            )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, eq=False)
class _Rings:
    """Rings of some zones, one behind the other.

    Attributes
    ----------
    points : array (point, 2)
        Longitude, latitude [degrees].
    ends : array (ring + 1,)
        Where each begins, and the last one ends.
    zone : array (ring,)
        Whose it is: the first of each zone is its outer one.
    """

    points: NDArray[np.float64]
    ends: NDArray[np.int64]
    zone: NDArray[np.int64]

    @classmethod
    def of(cls, polygons: Sequence[Sequence[Sequence[tuple[float, float]]]]) -> _Rings:
        """Those of the coordinates of GeoJSON polygons."""
        rings = list(chain.from_iterable(polygons))
        ends = np.cumsum([0, *map(len, rings)])
        numbers = chain.from_iterable(chain.from_iterable(rings))
        points = np.fromiter(numbers, np.float64, 2 * int(ends[-1])).reshape(-1, 2)
        return cls(points, ends, np.repeat(np.arange(len(polygons)), [*map(len, polygons)]))

    def polygons(self) -> NDArray[Any]:
        """The zones as polygons of shapely."""
        import shapely

        rings = shapely.linearrings(
            self.points, indices=np.repeat(np.arange(len(self.zone)), np.diff(self.ends))
        )
        return np.asarray(shapely.polygons(rings, indices=self.zone))

    def texts(self) -> Iterator[str]:
        """The rings of each zone as GeoJSON has them, with six decimals: every line of the grid is put into words once."""
        east, north = (
            np.array([repr(round(number, 6)) for number in numbers.tolist()], object)[which]
            for numbers, which in (np.unique(column, return_inverse=True) for column in self.points.T)
        )
        points = list(map(add, ("[" + east + ",").tolist(), (north + "]").tolist()))
        rings = [f"[{','.join(points[first:end])}]" for first, end in pairwise(self.ends.tolist())]
        of_zone = np.searchsorted(self.zone, np.arange(self.zone[-1] + 2))
        return (",".join(rings[first:end]) for first, end in pairwise(of_zone.tolist()))

    def first_cells(self, grid: Grid) -> NDArray[np.int64]:
        """The first cell of each zone row by row: the one below the westernmost of its northernmost corners."""
        west, step_east, north, step_south = (
            grid.transform.c,
            grid.transform.a,
            grid.transform.f,
            grid.transform.e,
        )
        columns = np.rint((self.points[:, 0] - west) / step_east).astype(np.int64)
        rows = np.rint((self.points[:, 1] - north) / step_south).astype(np.int64)
        outer = np.searchsorted(self.zone, np.arange(self.zone[-1] + 1))
        return np.minimum.reduceat(rows * grid.shape[1] + columns, self.ends[outer])


def _areas(zones: NDArray[Any]) -> list[float]:
    """Areas [m2] of outlines of grid cells, on the sphere."""
    import shapely

    flat = shapely.transform(
        zones, lambda xy: np.column_stack([np.radians(xy[:, 0]), np.sin(np.radians(xy[:, 1]))])
    )
    return [area * EARTH_RADIUS**2 for area in shapely.area(flat).tolist()]


def _meeting(zones: NDArray[Any], regions: NDArray[Any]) -> list[list[int]]:
    """The regions, prepared outlines, that each zone meets."""
    from shapely import STRtree

    region, zone = STRtree(zones).query(regions, predicate="intersects")
    order = np.lexsort((region, zone))
    starts = np.searchsorted(zone[order], np.arange(len(zones) + 1))
    found = region[order].tolist()
    return [found[first:end] for first, end in pairwise(starts.tolist())]


def _arrivals(first: NDArray[np.int16], grid: Grid, flood: Flood, assessment: Assessment) -> Arrivals:
    """When water first comes to the patches of one hour."""
    from riskmap._kernels.patches import count_runs, first_of_patches

    if flood.grid != grid:
        raise DataError(
            "zones and water on different cells", where="zones_geojson, flood", expected=f"{grid.shape} cells of the zones",
            found=f"{flood.grid.shape} cells", remedy="pass the flood that the onsets were graded from",
        )  # fmt: skip
    runs = count_runs(first, NEVER)
    place, hours = np.empty(runs, np.int64), np.empty(runs, np.float32)
    count = first_of_patches(first, NEVER, flood.label, flood.values["arrival_time"], place, hours)
    place, hours = place[:count].copy(), hours[:count].copy()

    def arriving(cells: NDArray[np.int64]) -> list[str | None]:
        found = hours[np.searchsorted(place, cells)].tolist()
        return [_instant(assessment, hour) if np.isfinite(hour) else None for hour in found]

    return arriving


def _instant(assessment: Assessment, hour: float) -> str:
    at = assessment.issued_at + timedelta(minutes=round(60.0 * hour))
    return at.astimezone(BEIJING).isoformat()
