"""Zones: every warned cell is in exactly one of them, with its own hour."""

from __future__ import annotations

import json
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shapely.geometry import Point, shape

from riskmap.grid import Grid
from riskmap.onset import NEVER, Onsets
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
