"""A run with an elevation model, end to end: tiers, map, letters, zones, fields."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

from riskmap.cycle import EXIT_PARTIAL, run
from riskmap.io.published import read_assessment
from riskmap.outlook import FLOOD_FIELDS
from riskmap.scale import NO_DATA, Tier
from tests.map_pages import block
from tests.valley import BEYOND, LOWER, UPPER, write_valley


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fine")
    result = run(write_valley(folder), folder / "out")
    assert result.exit_code == EXIT_PARTIAL
    assert all("none by the relief" in p.what for p in result.problems), result.problems
    return folder / "out"


def worst(published: Path, hazard: str, code: str) -> int:
    found = read_assessment(published / "assessment.json")
    place = [r.code for r in found.regions].index(code)
    return int(found.table["tier"].values[found.hazards.index(hazard), :, place].max())


@pytest.mark.slow
def test_counties_on_the_model_get_tiers_and_the_others_are_grey(published: Path) -> None:
    assert max(worst(published, "inundation", code) for code in (UPPER, LOWER)) >= Tier.YELLOW
    for hazard in ("landslide", "inundation"):
        assert worst(published, hazard, UPPER) >= Tier.GREEN
        assert worst(published, hazard, BEYOND) == NO_DATA


def test_zones_are_drawn_on_the_models_cells_and_say_what_they_rest_on(published: Path) -> None:
    zones = json.loads((published / "zones.geojson").read_text(encoding="utf-8"))["features"]
    wet = [z["properties"] for z in zones if z["properties"]["hazard"] == "inundation"]
    assert wet
    assert {z["cell_m"] for z in wet} == {90}
    assert all("非水动力模型" in z["basis"] and "cells of 90 m" in z["basis"] for z in wet)
    assert all(z["onset"].endswith("+08:00") for z in wet)


def test_letters_and_assets_name_low_spots(published: Path) -> None:
    with (published / "assets.csv").open(encoding="utf-8-sig", newline="") as file:
        spots = [row for row in csv.DictReader(file) if row["kind"] == "low_spot"]
    assert spots
    assert all("每平方公里" in row["source"] and "水深" in row["reason"] and row["onset"] for row in spots)
    letter = json.loads((published / "assessment.json").read_text(encoding="utf-8"))
    assert any(asset["kind"] == "low_spot" for asset in letter["assets"])


def test_the_map_and_the_report_show_the_hazards_with_their_cells(published: Path) -> None:
    page = str(block((published / "map.html").read_text(encoding="utf-8")))
    for words in ("90米高程", "cells of 90 m"):
        assert words in page
        assert words in (published / "report.html").read_text(encoding="utf-8")
    assert "2 of 3 regions" in (published / "report.html").read_text(encoding="utf-8")


def test_the_report_and_a_table_tell_the_water_by_county(published: Path) -> None:
    with (published / "inundation.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["region"]: row for row in csv.DictReader(file)}
    assert set(rows) == {UPPER, LOWER}, "of the third county nothing is known"
    for row in rows.values():
        assert 0.9 < float(row["known_share"]) <= 1.0
        assert 0.0 < float(row["unsafe_km2"]) <= float(row["flooded_km2"]) < 40.0
        assert float(row["maximum_depth_m"]) >= 0.15
        assert row["arrival"].endswith("+08:00")
        assert "90米高程" in row["note"]
    assert "最早来水" in (published / "report.html").read_text(encoding="utf-8")


def test_fields_of_the_water_lie_beside_the_map(published: Path) -> None:
    found = {}
    for name, (units, _) in FLOOD_FIELDS.items():
        if name == "beyond_scheme":  # the solver's
            continue
        with rasterio.open(published / f"fields/inundation_{name}.tif") as source:
            found[name] = source.read(1)
            assert source.units == (units,)
            assert "quick map" in source.descriptions[0]
    arrived = np.isfinite(found["arrival_time"])
    assert arrived.any()
    assert (found["maximum_depth"][arrived] >= 0.15).all()
    assert (found["duration"][arrived] >= 1.0).all()
    dry = np.isfinite(found["maximum_depth"]) & ~arrived
    assert (found["hazard_class"][dry] == 0.0).all()
