"""Zones on a page: where they are too many, coarser cells cover all of them, with the earliest hour; never fewer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry import box, mapping

from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.onset import Onsets
from riskmap.outlook import Flood
from riskmap.products import zone_layers as module
from riskmap.products.zone_layers import Features, fitted, zone_layers, zones_by_region, zones_of
from riskmap.products.zones import NOTE, zones_geojson
from riskmap.scale import Tier
from tests.riskmap.products.letter_outlook import small_assessment

GRID = Grid.from_bounds(west=121.9, south=29.9, east=122.2, north=30.1, step=0.01)
COARSE = Grid.from_bounds(west=121.9, south=29.9, east=122.2, north=30.1, step=0.1)
HOURS = len(small_assessment().valid_at)


def onsets(generator: np.random.Generator, grid: Grid) -> Onsets:
    found = Onsets(grid.shape)
    field = generator.uniform(-3, 4.9, grid.shape)
    for hour in range(HOURS):
        found.update(np.clip(field + generator.normal(0, 0.5), 0, 4).astype(np.int8), hour)
    return found


def zones(seed: int) -> Features:
    """Specks of inundation on fine cells with their water, and a few flash floods on coarse ones."""
    generator = np.random.default_rng(seed)
    fine = onsets(generator, GRID)
    fine.grid = GRID
    hours = generator.uniform(0, 20, 90).astype(np.float32)
    hours[generator.random(90) < 0.5] = np.nan
    flood = Flood(
        GRID, generator.integers(0, 90, GRID.shape).astype(np.int32), {"arrival_time": hours}, ("", "")
    )
    given = {"inundation": fine, "flash_flood": onsets(generator, COARSE)}
    return zones_of(zones_geojson(small_assessment(), given, COARSE, flood=flood))


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """A page that carries few zones."""
    monkeypatch.setattr(module, "MOST_ZONES", 9)
    return 9


def flat(geometry: Any) -> Any:
    """On the equal-area cylinder, in square kilometres."""
    return shapely.transform(
        geometry, lambda xy: np.column_stack([np.radians(xy[:, 0]), np.sin(np.radians(xy[:, 1]))]) * EARTH_RADIUS / 1e3
    )  # fmt: skip


def each(features: Features) -> Iterator[tuple[str, int, Features]]:
    for hazard in ("小流域山洪", "淹没"):
        for tier in (Tier.ORANGE, Tier.RED):
            yield hazard, int(tier), [
                f for f in features if (f["properties"]["hazard_name"], f["properties"]["tier"]) == (hazard, tier)
            ]  # fmt: skip


def geometries(features: Features) -> np.ndarray:
    return np.array([f["geometry"] for f in features], object)


@settings(max_examples=12)
@given(st.integers(0, 2**31), st.sampled_from([4, 9, 20, 40]))
def test_every_zone_is_covered_with_the_earliest_hour_and_none_is_lost(seed: int, most: int) -> None:
    own = zones(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_ZONES", most)
        drawn, cell = fitted(own)
    assume(cell is not None)
    for tier in (Tier.ORANGE, Tier.RED):
        assert 0 < sum(f["properties"]["tier"] == tier for f in drawn) <= most
    fine = {(hazard, tier): kept for hazard, tier, kept in each(own)}
    covers = {}
    for hazard, tier, patches in each(drawn):
        mine, outlines = fine[hazard, tier], geometries(patches)
        covers[hazard, tier] = shapely.union_all(outlines)
        shapely.prepare(outlines)
        left = shapely.difference(shapely.union_all(geometries(mine)), covers[hazard, tier])
        assert left.area < 1e-12, "every zone is covered"
        within = (
            fine[hazard, int(Tier.RED)] if tier == Tier.ORANGE else []
        )  # its first water may be in another orange zone
        all_of_it = flat(geometries(mine + within))
        for patch, outline in zip(patches, flat(outlines), strict=True):
            areas = shapely.area(shapely.intersection(all_of_it, outline))
            told = [f["properties"] for f, area in zip(mine + within, areas, strict=True) if area > 1e-4]
            assert patch["properties"]["onset"] == min(p["onset"] for p in told)
            came = [p["arrival"] for p in told if p["arrival"] is not None]
            assert patch["properties"]["arrival"] == (min(came) if came else None)
            assert patch["properties"]["area_km2"] == pytest.approx(areas[: len(mine)].sum(), abs=0.0051)
            assert {p["basis"] for p in told} == {patch["properties"]["basis"]}
    for hazard in ("小流域山洪", "淹没"):
        assert shapely.difference(covers[hazard, 4], covers[hazard, 3]).area < 1e-12, "red lies within orange"


def test_cells_are_no_coarser_than_they_must_be_and_a_coarse_hazard_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = zones(1)
    cells = []
    for most in (60, 40, 9, 4):
        monkeypatch.setattr(module, "MOST_ZONES", most)
        drawn, cell = fitted(own)
        cells.append(cell)
        if cell <= 11119:
            assert [f for f in drawn if f["properties"]["hazard_name"] == "小流域山洪"] == [
                f for f in own if f["properties"]["hazard_name"] == "小流域山洪"
            ]
    assert cells[0] == 4 * 1112
    assert cells == sorted(cells)
    assert all(later in (cell * 2**n for n in range(9)) for cell, later in pairwise(cells))
    monkeypatch.setattr(module, "MOST_ZONES", 10_000)
    monkeypatch.setattr(module, "MOST_CORNERS", 600)
    assert sum(shapely.get_num_coordinates(geometries(fitted(own)[0]))) <= 1_200


def test_a_page_that_can_carry_them_has_them_as_they_are() -> None:
    own = zones(2)
    drawn, cell = fitted(own)
    assert drawn is own
    assert cell is None
    assert {layer.note for layer in zone_layers(own)} == {NOTE}
    assert [len(layer.rows) for layer in zone_layers(own)] == [
        sum(f["properties"]["tier"] == tier for f in own) for tier in (3, 4)
    ]
    assert fitted([]) == ([], None)


def test_the_note_names_the_cells_and_where_the_exact_outlines_are(few: int) -> None:
    own = zones(3)
    cell = fitted(own)[1]
    for layer in zone_layers(own):
        assert layer.note is not None
        assert len(layer.rows) <= few
        assert f"按{cell}米格绘制" in layer.note[0]
        assert f"cells of {cell} m" in layer.note[1]
        for words in layer.note:
            assert f"{len(own)}" in words
            assert "zones.geojson" in words
            assert "县级图" not in words
            assert "counties' pages" not in words
    (layer, *_) = zone_layers(own, counties=True)
    assert layer.note is not None
    assert "县级图" in layer.note[0]
    assert "counties' pages" in layer.note[1]


def test_red_lies_within_orange_where_a_countys_orange_neighbour_is_absent(few: int) -> None:
    """A county's page has the zones that meet it: a red one may reach into an orange one that does not."""
    own = [f for f in zones(4) if f["properties"]["hazard_name"] == "淹没"]
    red = [f for f in own if f["properties"]["tier"] == Tier.RED]
    part = red + [f for f in own if f["properties"]["tier"] == Tier.ORANGE][::2]
    drawn, _ = fitted(part)
    cover = {tier: shapely.union_all(geometries(kept)) for name, tier, kept in each(drawn) if name == "淹没"}
    assert shapely.difference(cover[4], cover[3]).area < 1e-12


def test_what_is_read_is_what_was_written() -> None:
    """Equal numbers of two kinds stay apart: a tier 3 and an area of 3.0 km²."""
    properties = [
        {
            "hazard": "x",
            "hazard_name": "淹没",
            "tier": tier,
            "regions": ["330902"],
            "cell_m": 3,
            "area_km2": area,
            "step": "x",
        }
        for tier, area in ((4, 3.0), (3, 4.0))
    ]
    text = json.dumps(
        {"features": [{"properties": p, "geometry": mapping(box(0, 0, 1, 1))} for p in properties]}
    )
    for told, feature in zip(properties, zones_of(text), strict=True):
        found = feature["properties"]
        assert "step" not in found, "pages do not show it"
        for key, value in found.items():
            assert value == (tuple(told[key]) if key == "regions" else told[key])
            assert type(value) is (tuple if key == "regions" else type(told[key]))
        assert feature["geometry"].equals_exact(box(0, 0, 1, 1), 0.0)


def test_zones_of_a_county_are_those_that_name_it() -> None:
    own = zones(5)
    code = small_assessment().regions[3].code
    found = zones_by_region(own, [code, "999999"])
    assert list(found) == [code, "999999"]
    assert found[code] == [f for f in own if code in f["properties"]["regions"]]
    assert 0 < len(found[code]) < len(own)
    assert found["999999"] == []
