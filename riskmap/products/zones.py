"""Evacuation zones (转移范围): polygons of the cells that come to orange or red, with the hour at which they do.

Modelled outlines as fine as the grid that they stand on, which each of them names; a county's own danger zones go
before them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.assessment import Assessment
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
    marks : tuple of (Chinese, English)
        What every product must say.
    flood : Flood, optional
        When the water comes: the zones of inundation say it.

    Returns
    -------
    str
        GeoJSON FeatureCollection, WGS-84. Properties: ``hazard``, ``tier``, ``step``, ``onset`` (Beijing time),
        ``area_km2``, ``regions`` (codes that the zone meets), ``cell_m`` (side of the cells that it is drawn from), ``basis`` (what computed it, and its limits),
        ``arrival`` (inundation: Beijing time at which the first water of 0.15 m comes to the zone, else null).
        The red zones lie inside the orange ones of the same hazard.
    """
    from shapely import STRtree

    tree = STRtree([region.geometry for region in assessment.regions])
    features = [
        feature
        for hazard, found in sorted(onsets.items())
        if hazard in ZONE_HAZARDS
        for tier in STEPS
        for feature in _arriving(
            _zones(assessment, hazard, tier, found.first(tier), found.grid or grid, tree),
            assessment,
            flood if hazard == "inundation" else None,
        )
    ]
    head = {
        "type": "FeatureCollection",
        "issued_at": assessment.issued_at.astimezone(BEIJING).isoformat(),
        "note": list(NOTE),
        "disclaimer": list(DISCLAIMER),
        "marks": [list(mark) for mark in marks],
        "features": features,
    }
    return json.dumps(head, ensure_ascii=False, separators=(",", ":")) + "\n"


def _zones(
    assessment: Assessment, hazard: str, tier: Tier, first: NDArray[np.int16], grid: Grid, tree: Any
) -> Iterator[dict[str, Any]]:
    from rasterio.features import shapes
    from shapely.geometry import shape

    rule = assessment.rules.get(hazard)
    cell = round(float(np.radians(-grid.transform.e)) * EARTH_RADIUS)
    for outline, hour in shapes(first, mask=first != NEVER, connectivity=4, transform=grid.transform):
        zone = shape(outline)
        touched = sorted(int(n) for n in tree.query(zone, predicate="intersects"))
        yield {
            "type": "Feature",
            "properties": {
                "hazard": hazard,
                "hazard_name": HAZARD_WORDS[hazard][0],
                "tier": int(tier),
                "tier_name": tier.chinese,
                "step": STEPS[tier][0],
                "step_english": STEPS[tier][1],
                "onset": assessment.valid_at[int(hour)].astimezone(BEIJING).isoformat(),
                "area_km2": round(_area(zone) / 1e6, 2),
                "regions": [assessment.regions[n].code for n in touched],
                "cell_m": cell,
                "arrival": None,
                "basis": rule.confidence_note if rule is not None else "",
            },
            "geometry": {
                "type": outline["type"],
                "coordinates": [
                    [[round(x, 6), round(y, 6)] for x, y in ring] for ring in outline["coordinates"]
                ],
            },
        }


def _arriving(
    zones: Iterator[dict[str, Any]], assessment: Assessment, flood: Flood | None
) -> Iterator[dict[str, Any]]:
    """The zones with the instant at which the first water comes to each."""
    if flood is None:
        yield from zones
        return
    from rasterio.features import rasterize

    held = list(zones)
    numbered = [(zone["geometry"], n) for n, zone in enumerate(held, 1)]
    first = np.full(len(held) + 1, np.inf)
    if numbered:
        number = rasterize(
            numbered, out_shape=flood.grid.shape, transform=flood.grid.transform, dtype="int32"
        )
        arrival = flood.field("arrival_time")
        come = np.isfinite(arrival)
        np.minimum.at(first, number[come], arrival[come])
    for zone, hours in zip(held, first[1:], strict=True):
        if np.isfinite(hours):
            at = assessment.issued_at + timedelta(minutes=round(60.0 * float(hours)))
            zone["properties"]["arrival"] = at.astimezone(BEIJING).isoformat()
        yield zone


def _area(zone: Any) -> float:
    """Area [m2] of an outline of grid cells, on the sphere."""
    from shapely import transform

    flat = transform(zone, lambda xy: np.column_stack([np.radians(xy[:, 0]), np.sin(np.radians(xy[:, 1]))]))
    return float(flat.area) * EARTH_RADIUS**2
