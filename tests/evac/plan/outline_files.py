"""Zones as a run writes them, and the plain way to read them: the whole file, zone by zone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

from evac.plan.outlines import Outline
from riskmap.errors import DataError, GeometryError
from riskmap.grid import Grid
from riskmap.io.json_file import read_json
from riskmap.onset import Onsets
from riskmap.products.zones import zones_geojson
from riskmap.scale import Tier
from tests.riskmap.products.letter_outlook import small_assessment

WEST, SOUTH = 121.9, 29.8
SHAPELESS = (KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError)
HAZARDS = ("flash_flood", "inundation", "landslide")


def run_zones(cells: int = 40, seed: int = 3) -> str:
    """``zones.geojson`` of fields in which every cell is its own: zones of one cell, of many, and with holes."""
    assessment = small_assessment()
    grid = Grid.from_bounds(
        west=WEST, south=SOUTH, east=WEST + cells / 100, north=SOUTH + cells / 100, step=0.01
    )
    rng = np.random.default_rng(seed)
    onsets = {hazard: Onsets(grid.shape) for hazard in HAZARDS}
    for found in onsets.values():
        for hour in range(len(assessment.valid_at)):
            tiers = rng.choice([0, 2, 3, 4], grid.shape, p=[0.5, 0.3, 0.15, 0.05]).astype(np.int8)
            if hour == 0:
                tiers[5:14, 5:14], tiers[8:11, 8:11] = Tier.RED, Tier.GREEN  # a zone with a hole
            found.update(tiers, hour)
    named = {
        hazard: replace(next(iter(assessment.rules.values())), confidence_note="置信度低")
        for hazard in HAZARDS
    }
    return zones_geojson(replace(assessment, rules={**assessment.rules, **named}), onsets, grid)


def slow_outlines(collection: Any, where: str) -> tuple[Outline, ...]:
    """Each zone of a parsed collection by itself."""
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list):
        raise DataError(
            "no danger zones", where=where, expected="a GeoJSON FeatureCollection", found=type(collection).__name__,
            remedy="name the zones.geojson of a run, or a map of zones saved as GeoJSON",
        )  # fmt: skip
    return tuple(_slow_outline(feature, f"{where}, feature {n}") for n, feature in enumerate(features, 1))


def _slow_outline(feature: Any, where: str) -> Outline:
    told = feature.get("properties") if isinstance(feature, dict) else None
    hazard = told.get("hazard") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(hazard, str) or not hazard or "tier" not in told:
        raise DataError(
            "a zone without its hazard or tier", where=where, expected="properties hazard and tier",
            found=str(told)[:80], remedy="give both; tier is null where there is no data",
        )  # fmt: skip
    tier = told["tier"]
    if tier is not None and (isinstance(tier, bool) or tier not in list(map(int, Tier))):
        raise DataError(
            "not a tier", where=where, expected="0 green to 4 red, or null", found=repr(tier),
            remedy="correct the property tier",
        )  # fmt: skip
    try:
        geometry = shape(feature["geometry"])
    except (*SHAPELESS, shapely.errors.ShapelyError) as error:
        raise GeometryError("a zone without its outline", where=where, remedy="draw it again") from error
    if geometry.area == 0 or not geometry.is_valid:
        raise GeometryError(
            "an outline that encloses nothing or crosses itself", where=where, expected="a polygon",
            found=geometry.geom_type, remedy="draw it again",
        )  # fmt: skip
    return Outline(str(told.get("name") or ""), hazard, None if tier is None else Tier(tier), geometry)


def slow_file(path: Path) -> tuple[Outline, ...]:
    """The zones of a file, all of it read first."""
    return slow_outlines(read_json(path), str(path))


def told(outline: Outline) -> tuple[object, ...]:
    """All that a zone says, to the bit."""
    return outline.name, outline.hazard, outline.tier, outline.outline.wkb, outline.region, outline.reach
