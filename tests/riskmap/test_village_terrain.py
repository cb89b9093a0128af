"""Criteria of key villages by an elevation model: told where its cells are small enough, left unknown elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.warp

from riskmap.analysis.fine_ground import FineGround
from riskmap.analysis.own_basins import FloodInputs
from riskmap.analysis.village_terrain import by_terrain
from riskmap.grid import Grid
from riskmap.hazard.flash_flood import Village, key_villages
from riskmap.io.flood_inputs import NO_TERRAIN, name_villages
from riskmap.io.inputs import read_inputs
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from tests.valley import DEM, write_valley

STEP = 1 / 3600
GRID = Grid.from_bounds(west=120, south=29, east=120 + 80 * STEP, north=29 + 80 * STEP, step=STEP)


def ground(cell: float = 31.0) -> FineGround:
    """A V-shaped valley that falls south, its floor in column 40; a void in the north-west."""
    y, x = np.meshgrid(np.arange(80), np.arange(80), indexing="ij")
    heights = (400.0 - 2.0 * y + 8.0 * np.abs(x - 40.0)).astype(np.float32)
    heights[:8, :8] = np.nan
    return FineGround(heights, np.zeros(heights.shape, bool), GRID, cell)


def village(name: str, row: int, column: int, **surveyed: object) -> Village:
    return Village(name, f"村{name}", GRID.longitude[column], GRID.latitude[row], **surveyed)  # type: ignore[arg-type]


SURE = {"over_channel": False, "past_flood": False, "pond_upstream": False}


@pytest.fixture
def floods() -> FloodInputs:
    villages = (
        village("floor", 60, 40, **SURE), village("slope", 60, 62, **SURE), village("void", 3, 3, **SURE),
        replace(village("far", 60, 40, **SURE), longitude=121.0), village("told", 60, 62, past_flood=True),
    )  # fmt: skip
    return FloodInputs(villages=tuple(key_villages(villages, NO_TERRAIN)))


def test_points_alone_are_judged_by_cells_of_thirty_metres(floods: FloodInputs) -> None:
    assert [r.key for r in floods.villages] == [None, None, None, None, True]
    found = by_terrain(floods, ground())
    floor, slope, void, far, told = found.villages
    assert floor.met[0] == "near_channel"
    assert floor.distance <= 50
    assert floor.height < 2
    assert slope.key is False
    assert (void.key, far.key) == (None, None), "what the model does not hold was taken for safe"
    assert told.met == ("past_flood",)


@pytest.mark.parametrize("cell", [36.0, 90.0, 2300.0])
def test_larger_cells_tell_nothing(floods: FloodInputs, cell: float) -> None:
    assert by_terrain(floods, ground(cell)) is floods


def test_what_nobody_knows_is_named_and_what_is_none_is_noted(floods: FloodInputs) -> None:
    ledger = Ledger()
    name_villages(by_terrain(floods, ground()).villages, "v.csv", ledger)
    (problem,) = ledger.problems
    assert problem.where == "v.csv"
    assert "2 villages (村void、村far): criteria not surveyed" in problem.what
    assert [entry["key"] for entry in ledger.notes] == ["1 villages meet no criterion"]


def test_a_scenario_s_model_of_thirty_metres_tells_its_villages_and_one_of_ninety_does_not(
    tmp_path: Path,
) -> None:
    with rasterio.open(DEM) as source:
        values, given = source.read(1), source.profile
        west, north = rasterio.warp.transform("EPSG:4326", source.crs, [120.98], [29.51])
        row, column = source.index(west[0], north[0])
    t = given["transform"]
    block = np.repeat(np.repeat(values[row - 25 : row + 25, column - 25 : column + 25], 3, axis=0), 3, axis=1)
    corner = {"c": t.c + (column - 25) * t.a, "f": t.f + (row - 25) * t.e}
    profile = {k: v for k, v in given.items() if k not in ("blockxsize", "blockysize", "tiled")}
    profile |= {
        "height": 150,
        "width": 150,
        "transform": rasterio.Affine(t.a / 3, 0, corner["c"], 0, t.e / 3, corner["f"]),
    }
    with rasterio.open(tmp_path / "fine.tif", "w", **profile) as out:
        out.write(block, 1)
    (tmp_path / "v.csv").write_text(
        "id,name,lon,lat,region\nV1,示例一村,120.98,29.51,330291\nV2,示例二村,121.05,29.52,330292\n",
        encoding="utf-8",
    )
    extra = '\n[assets]\nkey_villages = "v.csv"\ndatum = "wgs84"\n'
    told = {}
    for name in ("fine.tif", DEM.as_posix()):
        ledger = Ledger()
        scenario = read_scenario(write_valley(tmp_path, terrain=f'dem = "{name}"', extra=extra))
        inputs = read_inputs(scenario, ledger)[0]
        told[name == "fine.tif"] = inputs.floods.villages
        (problem,) = [p for p in ledger.problems if p.where == "v.csv"]
        assert "criteria not surveyed" in problem.what
    assert all(len(reason.unknown) == 6 for reason in told[False])
    first, second = told[True]
    assert set(first.unknown) <= {"over_channel", "pond_upstream", "past_flood", "near_channel"}
    assert not np.isnan(first.distance)
    assert len(second.unknown) == 6, "a village outside the model was judged"
