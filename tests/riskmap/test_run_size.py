"""Another process beside a run: not for what is over at once, and not where two of it would fill the memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from riskmap import bundled, run_size
from riskmap.io.scenario_file import read_scenario
from riskmap.run_size import worth_a_process

DEM = bundled("dem/made_valley.tif")
CELLS = 200 * 260


def test_small_and_large_runs_are_made_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    assert worth_a_process(scenario)
    assert not worth_a_process(replace(scenario, run=replace(scenario.run, hours=1)))
    assert not worth_a_process(replace(scenario, grid=replace(scenario.grid, step=0.003)))
    with_model = replace(scenario, terrain=replace(scenario.terrain, dem=DEM))
    two_tiles = replace(scenario, terrain=replace(scenario.terrain, dem=(DEM, DEM)))
    assert worth_a_process(with_model)
    monkeypatch.setattr(run_size, "LARGE_DEM", CELLS)
    assert worth_a_process(with_model)
    assert not worth_a_process(two_tiles)
    monkeypatch.setattr(run_size, "LARGE_DEM", CELLS - 1)
    assert not worth_a_process(with_model)


def test_a_model_that_cannot_be_read_is_told_by_who_reads_it(tmp_path: Path) -> None:
    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    assert worth_a_process(replace(scenario, terrain=replace(scenario.terrain, dem=tmp_path / "none.tif")))
