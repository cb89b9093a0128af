"""The scenario's elevation model: what it gives, and each fault of it as a named problem, never a stopped run or green."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio

from riskmap.analysis import Inputs
from riskmap.io.inputs import read_inputs
from riskmap.io.relief_inputs import with_fine
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from tests.valley import DEM, write_valley


def read(folder: Path, terrain: str) -> tuple[Inputs, Ledger]:
    ledger = Ledger()
    return read_inputs(read_scenario(write_valley(folder, terrain=terrain)), ledger)[0], ledger


def changed(
    folder: Path, *, factor: float = 1.0, east: float = 0.0, every: int = 1, **profile: object
) -> Path:
    """The valley in another unit, elsewhere, coarser, or with another profile."""
    with rasterio.open(DEM) as source:
        values, given = source.read(1)[::every, ::every], source.profile
    t = given["transform"]
    land = values != -9999.0
    moved = rasterio.Affine(t.a * every, 0, t.c + east, 0, t.e * every, t.f)
    given |= {"transform": moved, "height": values.shape[0], "width": values.shape[1], **profile}
    given = {key: value for key, value in given.items() if key not in ("blockxsize", "blockysize")}
    path = folder / "changed.tif"
    with rasterio.open(path, "w", **given) as out:
        out.write(np.where(land, values * factor, values).astype("float32"), 1)
    return path


def test_a_model_gives_both_hazards_and_says_cells_memory_and_cover(tmp_path: Path) -> None:
    inputs, ledger = read(tmp_path, f'dem = "{DEM}"')
    assert inputs.fine is not None
    for hazard in ("landslide", "inundation"):
        assert inputs.lacking[hazard].startswith("精细高程覆盖2/3个区域,其余无数据"), (
            "why the third county is grey"
        )
    told = {entry["key"]: entry["said"] for entry in ledger.notes}
    assert "200 x 260 cells" in told["dem, memory at the peak"]
    assert told["dem covers"].startswith("2 of 3 regions")
    for hazard in ("landslide", "inundation"):
        assert "90米高程" in inputs.rules[hazard].confidence_note
        assert "cells of 90 m" in inputs.rules[hazard].confidence_note
    assert "非水动力模型" in inputs.rules["inundation"].confidence_note


def test_tiles_are_read_as_one(tmp_path: Path) -> None:
    inputs, _ = read(tmp_path, f'dem = ["{DEM}"]')
    whole, _ = read(tmp_path, f'dem = "{DEM}"')
    assert inputs.fine is not None
    assert whole.fine is not None
    assert inputs.fine.grid == whole.fine.grid


@pytest.mark.parametrize(
    ("change", "keys", "words"),
    [
        ({"east": 600_000.0}, "", "does not lie on the grid"),
        ({"factor": 100.0}, "", "no height of any ground"),
        ({"crs": None}, "", "declares no coordinate system"),
        ({}, 'dem_units = "furlong"', "unknown vertical unit"),
    ],
)
def test_a_model_that_cannot_be_used_takes_its_hazards_away_by_name(
    tmp_path: Path, change: dict[str, object], keys: str, words: str
) -> None:
    path = changed(tmp_path, **change)  # type: ignore[arg-type]
    inputs, ledger = read(tmp_path, f'dem = "{path}"\n{keys}')
    assert inputs.fine is None
    for hazard in ("landslide", "inundation"):
        assert "高程文件不能用" in inputs.lacking[hazard]
    assert [p for p in ledger.problems if p.where == "terrain.dem" and words in p.what]


def test_marks_that_nobody_declared_are_named_and_feet_converted(tmp_path: Path) -> None:
    path = changed(tmp_path, nodata=None)
    inputs, ledger = read(tmp_path, f'dem = "{path}"')
    assert any("-9999" in p.what and "not declared" in p.what for p in ledger.problems)
    metres, _ = read(tmp_path, f'dem = "{DEM}"')
    feet, ledger = read(tmp_path, f'dem = "{changed(tmp_path, factor=1 / 0.3048)}"\ndem_units = "ft"')
    assert feet.fine is not None
    assert metres.fine is not None
    assert feet.fine.reaches is not None
    assert metres.fine.reaches is not None
    assert feet.fine.reaches.units.count == pytest.approx(metres.fine.reaches.units.count, rel=0.02)
    assert inputs.fine is not None


def test_a_coarse_model_is_named_with_its_cells(tmp_path: Path) -> None:
    inputs, _ = read(tmp_path, f'dem = "{changed(tmp_path, every=4)}"')
    assert inputs.fine is None
    assert "360 m" in inputs.lacking["inundation"]
    assert "360 m" in inputs.lacking["landslide"]


def test_a_model_without_room_is_not_read_and_takes_its_hazards_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("riskmap.io.fine_inputs.memory_available", lambda: 10**6)
    monkeypatch.setattr("riskmap.io.fine_inputs.read_dem", None)
    inputs, ledger = read(tmp_path, f'dem = "{DEM}"')
    assert inputs.fine is None
    assert "no memory" in inputs.lacking["inundation"]
    assert inputs.lacking["landslide"] == inputs.lacking["inundation"]
    (problem,) = (p for p in ledger.problems if p.where == "terrain.dem")
    assert "does not fit into memory; expected at most 0.00 GB" in problem.what


def test_an_invented_register_of_slopes_gives_way_to_real_slopes(tmp_path: Path) -> None:
    path = write_valley(tmp_path)
    scenario = read_scenario(path)
    inputs = read_inputs(scenario, Ledger())[0]
    ledger = Ledger()
    found = with_fine(scenario, replace(inputs, examples=frozenset({"landslide"})), ledger)
    assert not found.examples
    assert any(p.where == "assets.hazard_zones" for p in ledger.problems)
