"""The solver inside an analysis: its rain, its sea, resumed runs bit by bit, and what it does when it cannot go on."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import xarray as xr
from affine import Affine

from riskmap.analysis.coast import Coast
from riskmap.analysis.fine import FineRelief, fine_relief
from riskmap.analysis.fine_ground import FineGround
from riskmap.analysis.flood_bed import BedPlan, SolverBed
from riskmap.analysis.flood_plan import FloodPlan
from riskmap.analysis.flood_rain import FloodRain
from riskmap.analysis.flood_sea import SEA_REACH, below_the_sea, sea_levels
from riskmap.analysis.flood_solver import FloodRun, Solved, unpack
from riskmap.analysis.flood_words import flood_of, solver_note, stopped
from riskmap.errors import DataError
from riskmap.grid import Grid
from riskmap.hazard.inundation import Flow, Hydrograph, Inflow, InstabilityError, memory_need
from riskmap.hazard.runoff.curve_number import scs_increments
from riskmap.hazard.storm_tide import StormTide
from riskmap.io.inundation_inputs import BESIDE
from riskmap.io.landslide_table import read_landslide_rules
from tests.riskmap.fine_valleys import OVER, RELIEF, STEP

ROWS, COLUMNS = 24, 40
ISSUED = np.datetime64("2021-07-25T00:00:00")
HOURS, RUN_IN = 4, 2
START = datetime(2021, 7, 25, tzinfo=UTC)


def bed_of(*, sea: bool = False, plan: BedPlan | None = None) -> FineRelief:
    """A valley that falls to the east, with a plain and perhaps the sea at its end."""
    across = np.abs(np.arange(ROWS)[:, None] - ROWS // 2)
    heights = (0.6 * np.arange(COLUMNS)[::-1][None] + 4.0 * across).astype(np.float32)
    if sea:
        heights[:, -6:] = np.nan
    grid = Grid(heights.shape, Affine(STEP, 0.0, 121.2, 0.0, -STEP, 29.4))  # type: ignore[arg-type]
    ground = FineGround(heights, np.isnan(heights), grid, 93.0)
    relief = RELIEF.copy()
    if sea:
        relief[:, 11:] = np.nan  # from 121.22 E on
    return fine_relief(ground, OVER, rules=read_landslide_rules(), altitude=relief, bed=plan or BedPlan())


def rain_of(bed: SolverBed, amount: float = 60.0) -> FloodRain:
    rain = FloodRain(bed.grid, OVER)
    for n in range(24 + HOURS):
        rain.hour(np.full(OVER.shape, amount if n >= 23 else 0.0, np.float32))
    return rain


def run_of(bed: SolverBed, plan: FloodPlan, coast: Coast | None = None, amount: float = 60.0) -> FloodRun:
    return FloodRun(bed, plan, rain_of(bed, amount), coast or Coast(), ISSUED, HOURS)


def plan_of(**changes: Any) -> FloodPlan:
    return FloodPlan(run_in=RUN_IN, **changes)


@pytest.fixture(scope="module")
def bed() -> SolverBed:
    found = bed_of().bed
    assert found is not None
    return found


@pytest.fixture(scope="module")
def solved(bed: SolverBed) -> Solved:
    return run_of(bed, plan_of()).solve("forecast")


def test_it_keeps_its_water_and_floods_the_valley_and_not_the_slopes(bed: SolverBed, solved: Solved) -> None:
    assert abs(solved.ledger.error) < 1e-6
    assert len(solved.classes) == HOURS + 1
    worst = np.max([unpack(c) for c in solved.classes], axis=0).reshape(bed.altitude.shape)
    assert worst[ROWS // 2].max() >= 1
    assert worst[:3].max() == 0
    total = np.where(solved.maxima["maximum_depth"] >= 0.15, solved.maxima["hazard_class"], 0)
    assert (worst <= total).all(), "what came before the window counts in the maxima alone"


def test_the_words_say_cells_limit_and_volume_error(bed: SolverBed, solved: Solved) -> None:
    for beyond, told in ((0.0, False), (0.25, True)):
        chinese, english = solver_note(replace(solved, beyond=beyond), 186.0, 93.0)
        assert "186米网格" in chinese
        assert "cells of 186 m (model of 93 m)" in english
        assert ("25% of the flooded cells came to Froude number 1" in english) == told
        assert "volume error" in english
    flood = flood_of(solved, bed, ("", ""), RUN_IN)
    arrived = np.isfinite(flood.field("arrival_time"))
    assert (flood.field("maximum_depth")[arrived] >= 0.15).all()
    assert flood.field("arrival_time")[arrived].min() > -RUN_IN


def test_rain_runs_off_as_the_curve_number_says(bed: SolverBed) -> None:
    rain = rain_of(bed, 20.0)
    for number in (80.0, np.full(bed.altitude.shape, 80.0)):
        found = np.array([e[5, 5] for e in rain.excess(plan_of(curve_number=number), 22)])
        series = [0.0, *([20.0] * (HOURS + 1))]
        np.testing.assert_allclose(found, scs_increments(series, 80.0), rtol=1e-5, atol=1e-6)
    whole = [e[5, 5] for e in rain.excess(plan_of(infiltration="none"), 22)]
    assert whole == [0.0, *([20.0] * (HOURS + 1))]
    soaked = list(rain.excess(plan_of(infiltration="green_ampt", conductivity=6.5, suction=56.8), 22))
    assert 0.0 < sum(float(e[5, 5]) for e in soaked) < 20.0 * (HOURS + 1)


def test_the_memory_that_is_told_is_what_is_taken() -> None:
    heights = np.tile((0.6 * np.arange(COLUMNS)[::-1]).astype(np.float32), (12 * ROWS, 8))
    grid = Grid(heights.shape, Affine(STEP, 0.0, 121.1, 0.0, -STEP, 29.5))  # type: ignore[arg-type]
    ground = FineGround(heights, np.zeros(heights.shape, bool), grid, 93.0)
    bed = fine_relief(ground, OVER, rules=None, altitude=RELIEF, bed=BedPlan()).bed
    assert bed is not None
    told = memory_need(bed.altitude.shape, rain=True, manning=True) + BESIDE * bed.altitude.size
    one = FloodRun(bed, plan_of(), rain_of(bed), Coast(), ISSUED, HOURS)
    tracemalloc.start()
    try:
        one.solve("forecast")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 0.5 * told < peak < told


class KilledError(Exception):
    """As if the machine had gone off."""


class Store:
    """Checkpoints in memory; the run dies after so many."""

    def __init__(self, dies_after: int | None = None) -> None:
        self.state: dict[str, Any] | None = None
        self.count, self.dies_after = 0, dies_after

    def save(self, kind: str, state: dict[str, Any]) -> None:
        assert kind == "forecast"
        self.state, self.count = state, self.count + 1
        if self.count == self.dies_after:
            raise KilledError

    def load(self, kind: str) -> dict[str, Any] | None:
        return self.state


@pytest.mark.parametrize("dies_after", [1, 3, 5])
def test_a_run_that_was_killed_goes_on_with_the_same_bits(
    bed: SolverBed, solved: Solved, dies_after: int
) -> None:
    store = Store(dies_after)
    with pytest.raises(KilledError):
        run_of(bed, plan_of(save=store.save, load=store.load)).solve("forecast")
    again = run_of(bed, plan_of(save=store.save, load=store.load)).solve("forecast")
    assert store.count == HOURS + RUN_IN, "hours that were done are not done again"
    assert again.classes == solved.classes
    for name, field in solved.maxima.items():
        np.testing.assert_array_equal(again.maxima[name], field, err_msg=name)
    assert again.ledger == solved.ledger


def test_a_checkpoint_of_other_rain_is_not_gone_on_with(bed: SolverBed) -> None:
    store = Store(3)
    with pytest.raises(KilledError):
        run_of(bed, plan_of(save=store.save, load=store.load), amount=10.0).solve("forecast")
    assert run_of(bed, plan_of()).key() != run_of(bed, plan_of(), amount=10.0).key()
    found = run_of(bed, plan_of(load=store.load)).solve("forecast")
    assert found.classes == run_of(bed, plan_of()).solve("forecast").classes


def test_a_checkpoint_knows_every_value_of_a_long_hydrograph(bed: SolverBed) -> None:
    found = run_of(bed, plan_of())
    flow, keys = np.ones(3000), []
    for extra in (0.0, 1e-12):
        flow[1500] += extra
        found.inflows = [Inflow([(5, 5)], np.arange(3000) * 60.0, flow)]
        keys.append(found.key())
    assert keys[0] != keys[1]


def test_unknown_rain_and_an_unstable_step_stop_it_by_name(
    bed: SolverBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    rain = rain_of(bed)
    rain.hours[-1][:] = np.nan
    with pytest.raises(DataError, match="not a rain rate"):
        FloodRun(bed, plan_of(), rain, Coast(), ISSUED, HOURS).solve("forecast")
    usual = Flow.longest_step
    monkeypatch.setattr(Flow, "longest_step", lambda flow: usual(flow) if flow.time < 9000.0 else 1e-9)
    with pytest.raises(InstabilityError) as broken:
        run_of(bed, plan_of()).solve("forecast")
    chinese, english = stopped(broken.value, bed, ISSUED, RUN_IN)
    assert "失稳" in chinese
    assert "E" in english
    assert "2021-07-25 08:30" in english, "9000 s into a run that began two hours before the issue time"


def tide(levels: list[float], *, name: str = "s1") -> Coast:
    stations = xr.Dataset(
        {"longitude": ("station", [121.24]), "latitude": ("station", [29.39])}, coords={"station": [name]}
    )
    high = np.array(levels, np.float64)[:, None]
    return Coast(tide=StormTide(stations, high, np.zeros_like(high), {}))


@pytest.fixture(scope="module")
def coastal() -> SolverBed:
    found = bed_of(sea=True).bed
    assert found is not None
    assert found.shore
    return found


def test_the_tide_floods_low_ground_and_is_held_hour_by_hour(coastal: SolverBed) -> None:
    levels, known = sea_levels(coastal, tide([1.0, 2.0, 6.0, 3.0, 1.0]), known=True, run_in=RUN_IN)
    assert known
    assert np.interp(0.0, levels[0].times, levels[0].level) == 1.0
    assert np.interp((RUN_IN + 2) * 3600.0, levels[0].times, levels[0].level) == 6.0
    wet = run_of(coastal, plan_of(sea_known=True), tide([1.0, 2.0, 6.0, 3.0, 1.0]), amount=0.0).solve(
        "forecast"
    )
    flooded = unpack(wet.classes[2]).reshape(coastal.altitude.shape) > 0
    low = np.isfinite(coastal.altitude) & ~coastal.sea & (coastal.altitude < 4.5)
    assert flooded[low].mean() > 0.5
    assert not flooded[coastal.altitude > 6.5].any()
    assert unpack(wet.classes[0]).max() == 0
    assert not wet.notes


def test_without_a_known_tide_low_ground_by_the_sea_is_never_green(coastal: SolverBed) -> None:
    for coast, known in ((Coast(), True), (tide([1.0] * 5), False), (tide([np.nan] * 5), True)):
        found = run_of(coastal, plan_of(sea_known=known), coast, amount=0.0).solve("forecast")
        below = below_the_sea(coastal)
        assert below.any()
        assert (coastal.altitude[below] < SEA_REACH).all()
        classes = next(found.hours()).reshape(below.shape)
        assert np.isnan(classes[below & ~coastal.sea]).all()
        assert (classes[~below & ~coastal.doubt & ~coastal.sea & np.isfinite(coastal.altitude)] == 0.0).all()
        assert "tide is not known" in found.notes[0]


def walls_of(crest: float) -> xr.Dataset:
    """One long wall before the whole shore, the sea in the east."""
    column = np.flatnonzero(bed_of(sea=True).bed.sea.all(axis=0))[0]  # type: ignore[union-attr]
    values = {
        "longitude": 121.2 + column * STEP, "latitude": 29.388, "facing": 90.0, "length": 8000.0, "crest": crest,
    }  # fmt: skip
    return xr.Dataset(
        {k: ("section", [v]) for k, v in values.items()} | {"height_datum": ("section", ["1985"])},
        coords={"section": ["w1"]},
    )


def test_a_wall_keeps_the_tide_out_and_its_overflow_comes_once(coastal: SolverBed) -> None:
    high = tide([1.0, 2.0, 6.0, 3.0, 1.0])
    dry = run_of(coastal, plan_of(sea_known=True, datum="1985", walls=walls_of(7.0)), high, amount=0.0).solve(
        "forecast"
    )
    assert max(unpack(c).max() for c in dry.classes) == 0
    over = run_of(
        coastal, plan_of(sea_known=True, datum="1985", walls=walls_of(5.0)), high, amount=0.0
    ).solve("forecast")
    assert max(unpack(c).max() for c in over.classes) > 0
    times = tuple(START + timedelta(hours=h) for h in range(HOURS + 1))
    spill = Hydrograph("w1", 121.234, 29.388, times, (0.0, 0.0, 50.0, 0.0, 0.0))
    coast = replace(high, spills={"w1": spill})
    told = run_of(
        coastal, plan_of(sea_known=True, datum="1985", walls=walls_of(5.0)), coast, amount=0.0
    ).solve("forecast")
    assert told.ledger.inflow == pytest.approx(50.0 * 3600.0, rel=1e-6)
    assert told.ledger.boundary_in < over.ledger.boundary_in
    assert max(unpack(c).max() for c in told.classes) > 0


def test_a_wall_above_another_datum_stands_for_nothing_and_is_named(coastal: SolverBed) -> None:
    high = tide([1.0, 2.0, 6.0, 3.0, 1.0])
    found = run_of(coastal, plan_of(sea_known=True, datum="msl", walls=walls_of(7.0)), high, amount=0.0)
    assert found.walls == []
    assert "w1" in found.notes[0]


def test_larger_cells_keep_the_valley_open(solved: Solved) -> None:
    coarse = bed_of(plan=BedPlan(factor=2)).bed
    assert coarse is not None
    assert coarse.altitude.shape == (ROWS // 2, COLUMNS // 2)
    found = run_of(coarse, plan_of()).solve("forecast")
    assert found.ledger.rain == pytest.approx(solved.ledger.rain, rel=1e-3)
    assert found.ledger.outflow / found.ledger.rain > 0.1


def test_a_river_from_beyond_is_known_once_it_has_a_hydrograph() -> None:
    tilted = (
        10.0 * np.abs(np.arange(OVER.shape[0])[:, None] - 10.0) + np.arange(OVER.shape[1])[::-1][None]
    ).astype(np.float32)
    across = np.abs(np.arange(ROWS)[:, None] - ROWS // 2)
    heights = (0.6 * np.arange(COLUMNS)[::-1][None] + 4.0 * across).astype(np.float32)
    grid = Grid(heights.shape, Affine(STEP, 0.0, 121.2, 0.0, -STEP, 29.4))  # type: ignore[arg-type]
    ground = FineGround(heights, np.zeros(heights.shape, bool), grid, 93.0)

    def doubt(*fed: tuple[float, float]) -> int:
        found = fine_relief(
            ground, OVER, rules=read_landslide_rules(), altitude=tilted, bed=BedPlan(fed=fed)
        ).bed
        assert found is not None
        assert all(cell is not None for cell in found.inlets)
        return int(found.doubt.sum())

    middle = 29.4 - (ROWS // 2 + 0.5) * STEP
    assert doubt() > doubt((121.2005, middle)) >= 0
    bed = fine_relief(ground, OVER, rules=None, altitude=tilted, bed=BedPlan(fed=((119.0, 20.0),))).bed
    assert bed is not None
    assert bed.inlets == (None,)
