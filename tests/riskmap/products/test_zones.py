"""Zones: every warned cell is in exactly one of them, with its own hour."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rasterio.features import rasterize, shapes
from shapely import transform
from shapely.geometry import Point, shape

from riskmap.errors import DataError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.onset import NEVER, Onsets
from riskmap.outlook import BEIJING, Flood
from riskmap.products import zones as zones_module
from riskmap.products.zones import zones_geojson
from riskmap.scale import Tier
from tests.riskmap.products.letter_outlook import small_assessment

GRID = Grid.from_bounds(west=121.9, south=29.9, east=122.2, north=30.1, step=0.05)
HOURS = len(small_assessment().valid_at)
FIELDS = arrays(np.int8, (HOURS, *GRID.shape), elements=st.integers(-2, 4))


def onsets_of(tiers: np.ndarray) -> Onsets:
    onsets = Onsets(GRID.shape)
    for hour, field in enumerate(tiers):
        onsets.update(field, hour)
    return onsets


def zones(tiers: np.ndarray, hazard: str = "flash_flood") -> list[dict]:
    return json.loads(zones_geojson(small_assessment(), {hazard: onsets_of(tiers)}, GRID))["features"]


@given(FIELDS)
def test_the_first_hour_is_that_of_a_plain_search(tiers: np.ndarray) -> None:
    onsets = onsets_of(tiers)
    for tier in list(Tier)[1:]:
        for at in np.ndindex(GRID.shape):
            hours = [h for h in range(HOURS) if tiers[(h, *at)] >= tier]
            assert onsets.first(tier)[at] == (hours[0] if hours else NEVER)
    np.testing.assert_array_equal(onsets.worst(), np.maximum(tiers.max(axis=0), 0))


@given(FIELDS)
def test_every_warned_cell_lies_in_one_zone_of_its_hour(tiers: np.ndarray) -> None:
    found, onsets = zones(tiers), onsets_of(tiers)
    for tier in (Tier.ORANGE, Tier.RED):
        mine = [(shape(f["geometry"]), f["properties"]) for f in found if f["properties"]["tier"] == tier]
        first = onsets.first(tier)
        for row, column in np.ndindex(GRID.shape):
            centre = Point(GRID.longitude[column], GRID.latitude[row])
            hit = [p for zone, p in mine if zone.contains(centre)]
            assert len(hit) == (first[row, column] != NEVER)
            if hit:
                onset = datetime.fromisoformat(hit[0]["onset"])
                assert onset == small_assessment().valid_at[first[row, column]]


def test_a_zone_names_its_counties_its_area_and_its_grid() -> None:
    tiers = np.zeros((HOURS, *GRID.shape), np.int8)
    tiers[2, 1, 2:4] = Tier.RED
    orange, red = zones(tiers)
    assert (orange["properties"]["step"], red["properties"]["step"]) == ("准备转移", "立即转移")
    assert red["properties"]["area_km2"] == pytest.approx(2 * GRID.cell_area[1] / 1e6, abs=0.01)
    assert red["properties"]["cell_m"] == 5560
    centre = shape(red["geometry"])
    expected = sorted(r.code for r in small_assessment().regions if r.geometry.intersects(centre))
    assert sorted(red["properties"]["regions"]) == expected


def test_wind_has_no_zone_to_leave() -> None:
    assert zones(np.full((HOURS, *GRID.shape), 4, np.int8), hazard="wind") == []


def patchy(seed: int, grid: Grid) -> Onsets:
    """First hours in patches of some cells."""
    generator = np.random.default_rng(seed)
    field = np.kron(generator.uniform(-1, 4.9, (4, 5)), np.ones((3, 3))) + generator.normal(0, 0.6, (12, 15))
    field[2:7, 2:7], field[4, 4] = 9.0, -9.0  # one with a hole
    onsets = Onsets(grid.shape)
    for hour in range(HOURS):
        onsets.update(np.clip(field + 0.3 * hour - 1, 0, 4).astype(np.int8), hour)
    return onsets


FINE = Grid.from_bounds(west=121.9, south=29.9, east=122.05, north=30.02, step=0.01)


def water(seed: int, grid: Grid = FINE) -> Flood:
    generator = np.random.default_rng(seed)
    hours = generator.uniform(0, 20, 70).astype(np.float32)
    hours[generator.random(70) < 0.5] = np.nan
    return Flood(
        grid, generator.integers(0, 70, grid.shape).astype(np.int32), {"arrival_time": hours}, ("", "")
    )


def one_by_one(onsets: Onsets, grid: Grid, flood: Flood) -> list[dict]:
    """Zones of inundation as a plain loop makes them: (outline, area, regions, arrival) of each."""
    assessment, found = small_assessment(), []
    for tier in (Tier.ORANGE, Tier.RED):
        first = onsets.first(tier)
        for outline, hour in shapes(first, mask=first != NEVER, connectivity=4, transform=grid.transform):
            zone = shape(outline)
            flat = transform(
                zone, lambda xy: np.column_stack([np.radians(xy[:, 0]), np.sin(np.radians(xy[:, 1]))])
            )
            inside = rasterize([outline], out_shape=grid.shape, transform=grid.transform) == 1
            hours = flood.field("arrival_time")[inside]
            arrival = None
            if np.isfinite(hours).any():
                at = assessment.issued_at + timedelta(minutes=round(60.0 * float(np.nanmin(hours))))
                arrival = at.astimezone(BEIJING).isoformat()
            found.append(
                {
                    "tier": int(tier), "onset": assessment.valid_at[int(hour)].astimezone(BEIJING).isoformat(),
                    "area_km2": round(flat.area * EARTH_RADIUS**2 / 1e6, 2),
                    "regions": [r.code for r in assessment.regions if r.geometry.intersects(zone)], "arrival": arrival,
                    "coordinates": [[[round(x, 6), round(y, 6)] for x, y in ring] for ring in outline["coordinates"]],
                }
            )  # fmt: skip
    return found


@pytest.mark.parametrize("at_once", [2, 3000])
@pytest.mark.parametrize("seed", range(4))
def test_zones_made_together_are_those_made_one_by_one(
    seed: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zones_module, "AT_ONCE", at_once)
    onsets, flood = patchy(seed, FINE), water(seed)
    text = zones_geojson(small_assessment(), {"inundation": onsets}, FINE, flood=flood)
    found = json.loads(text)
    assert text == json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n", (
        "as json would write it"
    )
    slow = one_by_one(onsets, FINE, flood)
    told = [{**f["properties"], "coordinates": f["geometry"]["coordinates"]} for f in found["features"]]
    assert [{key: one[key] for key in slow[0]} for one in told] == slow
    assert any(one["arrival"] for one in slow)
    assert max(len(one["coordinates"]) for one in slow) > 1, "a hole"


def test_water_on_other_cells_is_refused() -> None:
    with pytest.raises(DataError, match="different cells"):
        zones_geojson(small_assessment(), {"inundation": patchy(0, FINE)}, FINE, flood=water(0, GRID))


def test_zones_of_no_region_and_no_zone_at_all() -> None:
    bare = replace(small_assessment(), regions=())
    found = json.loads(zones_geojson(bare, {"inundation": patchy(0, FINE)}, FINE, flood=water(0)))
    assert found["features"]
    assert all(f["properties"]["regions"] == [] for f in found["features"])
    assert (
        json.loads(zones_geojson(bare, {"inundation": Onsets(FINE.shape)}, FINE, flood=water(0)))["features"]
        == []
    )
