"""Criteria of key villages by an elevation model: told where its cells are small enough, left unknown elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from riskmap.analysis.fine_ground import FineGround
from riskmap.analysis.own_basins import FloodInputs
from riskmap.analysis.village_terrain import by_terrain
from riskmap.grid import Grid
from riskmap.hazard.flash_flood import Village, key_villages
from riskmap.io.flood_inputs import NO_TERRAIN, name_villages
from riskmap.ledger import Ledger

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
    assert [entry["key"] for entry in ledger.inputs] == ["1 villages meet no criterion"]
