"""Registers of a scenario: what is read, what is left out and named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from riskmap.errors import ConfigError
from riskmap.io.asset_inputs import read_assets
from riskmap.io.bundled import bundled
from riskmap.io.regions import read_regions
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from riskmap.scenario import AssetsSection

SCENARIO = bundled("scenarios/in-fa-2021.toml")
ROWS = """id,name,kind,lon,lat,region,people,threshold_mm,window_h
g1,北坡滑坡点,隐患点,121.10,29.72,330281,40,120,24
g2,防范区,风险防范区,121.05,29.80,330281,101,,
"""


def read(section: AssetsSection) -> tuple[dict, Ledger]:
    scenario = replace(read_scenario(SCENARIO), assets=section)
    ledger = Ledger()
    return read_assets(scenario, read_regions(scenario.regions.file), ledger), ledger


def test_without_a_register_nothing_is_asked() -> None:
    found, ledger = read(AssetsSection())
    assert set(found) == {"examples", "observed"}
    assert found["observed"].readings == ()
    assert ledger.problems == []


def test_a_doubtful_row_is_read_and_named(tmp_path: Path) -> None:
    file = tmp_path / "zones.csv"
    file.write_text(ROWS, encoding="utf-8")
    found, ledger = read(AssetsSection(hazard_zones=file, datum="wgs84", examples=("hazard_zones",)))
    assert [zone.zone_id for zone in found["zones"]] == ["g1", "g2"]
    assert found["examples"] == {"landslide"}
    assert found["slope_rules"] is not None
    assert any("outside the region" in problem.what for problem in ledger.problems)


def test_a_misspelt_example_is_refused(tmp_path: Path) -> None:
    text = SCENARIO.read_text(encoding="utf-8").replace('examples = ["sea_walls"', 'examples = ["walls"')
    file = tmp_path / "s.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"assets\.examples"):
        read_scenario(file)


def test_walls_whose_tide_does_not_cover_the_run_are_left_out_and_named() -> None:
    scenario = read_scenario(SCENARIO)
    late = replace(scenario, run=replace(scenario.run, issued_at=scenario.run.issued_at + timedelta(days=30)))
    ledger = Ledger()
    assert "walls" not in read_assets(late, (), ledger)
    assert [p.where for p in ledger.problems] == ["assets.sea_wall_tide"]
    assert "does not cover the hours" in ledger.problems[0].what
    on_time = read_assets(scenario, (), Ledger())
    assert on_time["walls"].sizes["section"] == 12
    assert on_time["wall_tide"].attrs["height_datum"] == "1985"


def test_walls_without_a_tide_or_its_datum_are_refused() -> None:
    scenario = read_scenario(SCENARIO)
    bare = replace(scenario, assets=replace(scenario.assets, sea_wall_datum=None))
    with pytest.raises(ConfigError, match=r"height datum.*give both"):
        read_assets(bare, (), Ledger())
