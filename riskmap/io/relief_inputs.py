"""The scenario's elevation model: read once, and what it adds to or takes from the inputs of an analysis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from riskmap.analysis.fine import FINE_HAZARDS, FineRelief, fine_relief
from riskmap.analysis.fine_ground import FineGround
from riskmap.analysis.flood import quick_note
from riskmap.analysis.inputs import Inputs
from riskmap.analysis.village_terrain import by_terrain
from riskmap.errors import ConfigError, RiskmapError, TooLargeError
from riskmap.io.fine_inputs import read_fine
from riskmap.io.inundation_inputs import bed_plan, flood_plan
from riskmap.io.landslide_table import read_landslide_rules
from riskmap.io.mosaic import write_mosaic
from riskmap.ledger import Ledger, Problem
from riskmap.rules import HazardRule
from riskmap.scenario import Scenario, TerrainSection
from riskmap.zonal import zonal_weights

COVERED: Final = 0.95
"""A region counts as covered where the model holds this share of it (status D)."""

PLAIN: Final = (
    "declares no vertical unit",
    "warped from",
    "cells are sea",
    "look like the sea",
    "are the sea by the relief",
    "count in units of",
    "stretches lengths",
    "cells are not square",
    "turned over",
    "converted to metres",
)
"""Findings that are no faults of the file: they stand among the inputs, not among the problems."""


def with_fine(scenario: Scenario, inputs: Inputs, ledger: Ledger) -> Inputs:
    """The inputs with what the scenario's elevation model tells; the same ones where it has none.

    A model that cannot be used, or has no room in memory now, takes its hazards away, by name, and nothing else.

    Parameters
    ----------
    scenario : Scenario
    inputs : Inputs
        With the hazards' relief and the regions.
    ledger : Ledger
        Takes the memory, the findings, and what is wrong.

    Raises
    ------
    ConfigError
        A key of the scenario is wrong.
    """
    terrain = scenario.terrain
    if terrain.dem is None:
        if scenario.inundation.solver != "quick":
            raise ConfigError(
                "a solver without its ground", where="key inundation.solver", expected="terrain.dem = file",
                found="none", remedy="give an elevation model, or leave the key out",
            )  # fmt: skip
        return inputs
    rules = inputs.slope_rules or read_landslide_rules()
    altitude = None if inputs.altitude is None else inputs.altitude.values
    try:
        ground = _read(terrain, inputs, ledger)
        inputs = replace(inputs, floods=by_terrain(inputs.floods, ground))
        plan, rivers = bed_plan(scenario, ground, ledger)
        relief = fine_relief(ground, inputs.grid, rules=rules, altitude=altitude, bed=plan)
    except RiskmapError as problem:
        if isinstance(problem, ConfigError) and not isinstance(problem, TooLargeError):
            raise
        ledger.problems.append(Problem("terrain.dem", str(problem)))
        return replace(inputs, lacking={**inputs.lacking, **dict.fromkeys(FINE_HAZARDS, _unusable(problem))})
    _name(relief.findings, ledger)
    lacking = {h: why for h, why in inputs.lacking.items() if h not in relief.units} | dict(relief.lacking)
    if not relief.units:
        return replace(inputs, lacking=lacking)
    words, whole = _covered(ground, inputs)
    ledger.note("dem covers", words)
    if whole < len(inputs.regions):
        some = (
            f"精细高程覆盖{whole}/{len(inputs.regions)}个区域,其余无数据 (the elevation model covers {words})"
        )
        lacking |= dict.fromkeys(relief.units, some)
    told = replace(
        inputs, fine=relief, slope_rules=rules, lacking=lacking, rules=_noted(inputs.rules, relief)
    )
    if relief.bed is not None:
        flood, bed = flood_plan(scenario, inputs, relief.bed, rivers, ledger)
        told = replace(told, flood=flood, fine=replace(relief, bed=bed))
    return _without_example(told, ledger)


def _unusable(problem: RiskmapError) -> str:
    if isinstance(problem, TooLargeError):
        return "内存不足,未读高程文件,见运行报告 (no memory for the elevation model, see the report)"
    return "高程文件不能用,见运行报告 (the elevation model cannot be used, see the report)"


def _read(terrain: TerrainSection, inputs: Inputs, ledger: Ledger) -> FineGround:
    def say(line: str) -> None:
        ledger.tell(f"elevation model {line}", 0.0)
        ledger.note("dem, memory at the peak", line)

    assert terrain.dem is not None
    with one_model(terrain.dem) as path:
        return read_fine(
            path,
            inputs.grid,
            vertical_units=terrain.dem_units,
            nodata=terrain.dem_nodata,
            sea=terrain.dem_sea,
            say=say,
        )


@contextmanager
def one_model(dem: Path | tuple[Path, ...]) -> Iterator[Path]:
    """One file while the block lasts: the model itself, or a virtual mosaic of its tiles.

    Parameters
    ----------
    dem : Path or tuple of Path

    Raises
    ------
    RiskmapError
        See ``riskmap.io.mosaic.write_mosaic``.
    """
    if isinstance(dem, Path):
        yield dem
        return
    with TemporaryDirectory() as folder:
        yield write_mosaic(dem, Path(folder))


def _name(findings: tuple[str, ...], ledger: Ledger) -> None:
    for line in findings:
        if any(words in line for words in PLAIN):
            ledger.note("dem, as read", line)
        else:
            ledger.problems.append(Problem("terrain.dem", line))


def _covered(ground: FineGround, inputs: Inputs) -> tuple[str, int]:
    """How many regions the model covers, in words and as a number."""
    known = (~np.isnan(ground.altitude) | ground.sea).reshape(-1)
    shares = [float(zonal_weights([region], ground.grid).share(known)[0]) for region in inputs.regions]
    whole = [r.name for r, share in zip(inputs.regions, shares, strict=True) if share >= COVERED]
    part = [r.name for r, share in zip(inputs.regions, shares, strict=True) if 0.0 < share < COVERED]
    words = f"{len(whole)} of {len(shares)} regions"
    if part:
        words += f", part of {', '.join(part[:10])}{' ...' if len(part) > 10 else ''}"
    return f"{words}; elsewhere landslide and inundation are without data", len(whole)


def _noted(rules: Mapping[str, HazardRule], relief: FineRelief) -> dict[str, HazardRule]:
    """The rules, saying on which cells their hazards are told and how."""
    found = dict(rules)
    if "landslide" in relief.units:
        rule = rules["landslide"]
        chinese, _, english = rule.confidence_note.partition(" (")
        cells = (
            f"{chinese};{relief.cell:.0f}米高程 ({english.removesuffix(')')}; cells of {relief.cell:.0f} m)"
        )
        found["landslide"] = replace(rule, confidence_note=cells)
    if "inundation" in relief.units:
        chinese, english = quick_note(relief.cell)
        found["inundation"] = replace(rules["inundation"], confidence_note=f"{chinese} ({english})")
    return found


def _without_example(inputs: Inputs, ledger: Ledger) -> Inputs:
    """An invented register of slopes would set the whole hazard apart: real slopes go before it."""
    assert inputs.fine is not None
    if "landslide" not in inputs.examples or "landslide" not in inputs.fine.units:
        return inputs
    ledger.problems.append(
        Problem(
            "assets.hazard_zones", "invented (示例): left out, since the elevation model grades real slopes"
        )
    )
    changes: dict[str, Any] = {"zones": (), "examples": inputs.examples - {"landslide"}}
    return replace(inputs, **changes)
