"""The scenario's ``[inundation]``: the solver's grid, said and refused before it starts, and what drives it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from riskmap.analysis.fine_ground import FineGround
from riskmap.analysis.flood_bed import BedPlan, SolverBed, coarser
from riskmap.analysis.flood_plan import FloodPlan
from riskmap.analysis.inputs import Inputs
from riskmap.errors import ConfigError, RiskmapError, TooLargeError
from riskmap.hazard.flash_flood.forecast import UNKNOWN_NUMBER
from riskmap.hazard.inundation import Hydrograph, memory_need
from riskmap.hazard.inundation.cover import manning_of
from riskmap.hazard.inundation.guard import time_need
from riskmap.hazard.runoff.land_cover import curve_numbers
from riskmap.io.drains import read_drains
from riskmap.io.hydrographs import read_hydrographs
from riskmap.io.inundation_state import read_state, write_state
from riskmap.io.land_cover import read_land_cover
from riskmap.ledger import Ledger, Problem
from riskmap.memory import memory_available
from riskmap.scenario import InundationSection, Scenario

BESIDE: Final = 80
"""Bytes of a cell beside the solver's own: the hour's maxima, the regions' shares, first hours and fields; a test holds it."""

WETNESS: Final = {"dry": 0, "normal": 1, "wet": 2}


def bed_plan(
    scenario: Scenario, ground: FineGround, ledger: Ledger
) -> tuple[BedPlan | None, tuple[Hydrograph, ...]]:
    """Cells of the solver and the rivers that come in, or None where the quick map is asked for.

    Says cells, memory and a time before the run; both are those of water everywhere.

    Raises
    ------
    ConfigError
        Numbers that cannot be.
    TooLargeError
        It does not fit into memory; the message names the cell that would.
    SourceError, DataError
        A hydrograph that cannot be read.
    """
    section = scenario.inundation
    if section.solver == "quick":
        return None, ()
    _require_numbers(section)
    factor = max(1, round(section.cell / ground.cell))
    grid = coarser(ground.grid, factor)
    cell = factor * ground.cell
    need = memory_need(grid.shape, rain=True, manning=True) + grid.shape[0] * grid.shape[1] * BESIDE
    hours = scenario.run.hours + section.run_in
    seconds = time_need(grid.shape, cell, hours) * (1 + scenario.run.hindcast)
    line = (
        f"{grid.shape[0]} x {grid.shape[1]} cells of {cell:.0f} m, {hours} h: {need / 1e9:.2f} GB, about "
        f"{seconds / 60:.0f} min on one thread if all is wet"
    )
    ledger.tell(f"inundation {line}", 0.0)
    ledger.note("inundation, 2-D solver", line)
    free = memory_available()
    if need > free:
        raise TooLargeError(
            "the inundation run does not fit into memory", where="key inundation.cell", expected=f"at most {free / 1e9:.2f} GB",
            found=f"{need / 1e9:.2f} GB for {grid.shape[0]} x {grid.shape[1]} cells of {cell:.0f} m",
            remedy=f"set inundation.cell = {np.ceil((need / free) ** 0.5 * factor) * ground.cell:.0f}, or give a smaller model",
        )  # fmt: skip
    rivers = _rivers(scenario, ledger)
    fed = tuple((one.longitude, one.latitude) for one in rivers)
    return BedPlan(factor, section.pits, fed), rivers


def _require_numbers(section: InundationSection) -> None:
    for name, good, expected in (
        ("cell", section.cell > 0.0, "metres"),
        ("run_in", 1 <= section.run_in <= 24, "1 to 24 hours"),
        ("manning", 0.0 < section.manning < 1.0, "0 to 1 s m-1/3"),
        ("curve_number", section.curve_number is None or 0.0 < section.curve_number <= 100.0, "up to 100"),
        ("conductivity", section.conductivity >= 0.0, "0 mm h-1 or more"),
        ("suction", section.suction >= 0.0, "0 mm or more"),
    ):
        if not good:
            raise ConfigError(
                "a number that cannot be", where=f"key inundation.{name}", expected=expected,
                found=str(getattr(section, name)), remedy="mend the value",
            )  # fmt: skip


def _rivers(scenario: Scenario, ledger: Ledger) -> tuple[Hydrograph, ...]:
    """Hydrographs that reach over the window; one that ends before is named, and its river stays unknown."""
    section = scenario.inundation
    if section.hydrographs is None:
        return ()
    start, hours = scenario.run.issued_at, scenario.run.hours
    kept = []
    for one in read_hydrographs(section.hydrographs):
        late = (one.times[0] - start).total_seconds() > 0.0
        if late or (one.times[-1] - start).total_seconds() < hours * 3600.0:
            ledger.problems.append(
                Problem(
                    section.hydrographs.name,
                    f"{one.name} does not cover the window: left out, its river is unknown",
                )
            )
            continue
        kept.append(one)
    return tuple(kept)


def flood_plan(
    scenario: Scenario, inputs: Inputs, bed: SolverBed, rivers: tuple[Hydrograph, ...], ledger: Ledger
) -> tuple[FloodPlan, SolverBed]:
    """Everything that the solver is told beside its bed; and the bed with the rivers that lie on it.

    Raises
    ------
    RiskmapError
        A file that cannot be read.
    """
    section, terrain = scenario.inundation, scenario.terrain
    number = section.curve_number or inputs.curve_number or UNKNOWN_NUMBER
    manning: Any = section.manning
    numbers: Any = number
    if section.land_cover is not None:
        classes = read_land_cover(section.land_cover, bed.grid)
        manning = manning_of(classes, section.manning)
        found = curve_numbers(classes).astype(np.float64)
        numbers = np.where(np.isnan(found), number, found)
    on = [cell is not None for cell in bed.inlets]
    for one, here in zip(rivers, on, strict=True):
        if not here:
            ledger.problems.append(
                Problem("inundation.hydrographs", f"{one.name} lies off the elevation model: left out")
            )
    drains, problems = read_drains(section.drains, bed.grid) if section.drains is not None else ((), ())
    ledger.problems += problems
    datum = terrain.dem_datum
    plan = FloodPlan(
        manning=manning, infiltration=section.infiltration, curve_number=numbers, wetness=WETNESS[inputs.wetness],
        conductivity=section.conductivity, suction=section.suction, run_in=section.run_in,
        hydrographs=tuple(one for one, here in zip(rivers, on, strict=True) if here), drains=drains,
        sea_known=scenario.tide is not None and datum is not None and scenario.tide.datum == datum,
        walls=None if "sea_wall" in inputs.examples else inputs.walls, datum=datum or "", load=_loader(section.checkpoints, ledger), save=_saver(section.checkpoints),
    )  # fmt: skip
    return plan, replace(bed, inlets=tuple(cell for cell in bed.inlets if cell is not None))


def _file(folder: Path, kind: str) -> Path:
    return folder / f"inundation_{kind}.npz"


def _loader(folder: Path | None, ledger: Ledger) -> Callable[[str], dict[str, Any] | None]:
    def load(kind: str) -> dict[str, Any] | None:
        if folder is None or not _file(folder, kind).is_file():
            return None
        try:
            return read_state(_file(folder, kind))
        except RiskmapError as problem:
            ledger.problems.append(Problem("inundation.checkpoints", f"{problem}; the run was started anew"))
            return None

    return load


def _saver(folder: Path | None) -> Callable[[str, dict[str, Any]], None] | None:
    if folder is None:
        return None

    def save(kind: str, state: dict[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        write_state(_file(folder, kind), state)

    return save
