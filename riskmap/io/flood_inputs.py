"""What a scenario knows of its small watersheds: their outlines, their thresholds, the villages in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from riskmap.analysis.basins import Basins
from riskmap.analysis.own_basins import FloodInputs, with_given
from riskmap.errors import ConfigError
from riskmap.grid import Grid
from riskmap.hazard.flash_flood import VillageReason
from riskmap.hazard.flash_flood.villages import Terrain, key_villages
from riskmap.io.gcj02 import from_gcj02
from riskmap.io.key_villages import read_key_villages
from riskmap.io.rows import check_places
from riskmap.io.strangers import name_strangers
from riskmap.io.thresholds import read_thresholds
from riskmap.io.watershed_shapes import read_given_watersheds
from riskmap.ledger import Ledger, Problem
from riskmap.region import Region
from riskmap.scenario import Scenario
from riskmap.terrain.relief import flash_flood_terrain

MOST_NAMED: int = 50
"""So many outlines with a fault are named one by one; rows of thresholds and villages all are."""

NO_TERRAIN = Terrain(np.arange(2.0), np.arange(2.0), np.zeros((2, 2), np.bool_), geographic=False)
"""Covers no village, so that nothing but the survey decides."""


def read_floods(
    scenario: Scenario,
    altitude: xr.DataArray | None,
    grid: Grid,
    regions: tuple[Region, ...],
    ledger: Ledger,
) -> FloodInputs:
    """Watersheds, own thresholds and villages of a scenario.

    Parameters
    ----------
    scenario : Scenario
    altitude : DataArray (y, x) or None
        Relief [m] on ``grid``; without it there is no flash flood, and nothing is read.
    grid : Grid
    regions : tuple of Region
        To check the villages' places against.
    ledger : Ledger
        Takes each row that was left out or is doubtful.

    Raises
    ------
    RiskmapError
        A table cannot be used at all.
    """
    section = scenario.flash_flood
    if altitude is None:
        for key in ("thresholds", "watersheds"):
            if getattr(section, key) is not None:
                ledger.problems.append(
                    Problem(f"flash_flood.{key}", "not used: without terrain.relief there is no flash flood")
                )
        return FloodInputs()
    basins = Basins.of(altitude.values, grid, flash_flood_terrain(altitude.values, grid))
    own = None
    if section.watersheds is not None:
        shapes = read_given_watersheds(section.watersheds, grid, altitude.values)
        name = section.watersheds.name
        ledger.problems += [Problem(name, line) for line in shapes.problems[:MOST_NAMED]]
        if len(shapes.problems) > MOST_NAMED:
            ledger.problems.append(
                Problem(name, f"{len(shapes.problems) - MOST_NAMED} more watersheds like these")
            )
        basins = with_given(basins, shapes.given, grid)
    if section.thresholds is not None:
        table = read_thresholds(section.thresholds, basins, grid, datum=scenario.assets.datum)
        ledger.problems += [Problem(section.thresholds.name, line) for line in table.problems]
        own = table.own
        idle = ~np.isnan(own.bankfull) & np.isnan(own.curve_number)
        if section.curve_number is None and idle.any():
            what = f"bankfull_m3s of {int(idle.sum())} watersheds is not used: give a curve number, in the row or the scenario"
            ledger.problems.append(Problem(section.thresholds.name, what))
        known = ~np.isnan(np.column_stack([own.prepare, own.move, own.bankfull])).all(axis=1)
        basins = replace(basins, hilly=basins.hilly | known)  # who has thresholds of his own can be flooded
    return FloodInputs(
        basins, own, _villages(scenario, regions, ledger), "key_villages" in scenario.assets.examples
    )


def _villages(scenario: Scenario, regions: tuple[Region, ...], ledger: Ledger) -> tuple[VillageReason, ...]:
    """Villages by streams, each with the criteria that it meets by survey."""
    path, datum = scenario.assets.key_villages, scenario.assets.datum
    if path is None:
        return ()
    if datum is None:
        raise ConfigError(
            "villages without the datum of their coordinates", where="key assets.key_villages",
            expected="datum = wgs84 | cgcs2000 | gcj02 in [assets]", found="none", remedy="state it",
        )  # fmt: skip
    table = read_key_villages(path, datum="WGS-84")
    ledger.problems += [Problem(path.name, line) for line in table.refused]
    villages = table.villages
    if datum == "gcj02":
        moved = [from_gcj02(v.longitude, v.latitude) for v in villages]
        villages = tuple(
            replace(v, longitude=float(x), latitude=float(y))
            for v, (x, y) in zip(villages, moved, strict=True)
        )
    places = [(v.longitude, v.latitude) for v in villages]
    doubtful = check_places(places, [v.region for v in villages], regions, where=path.name)
    ledger.problems += [Problem(problem.where or path.name, str(problem)) for problem in doubtful]
    name_strangers((v.region for v in villages), regions, path, ledger, inside=False)
    return tuple(key_villages(villages, NO_TERRAIN))


def name_villages(villages: tuple[VillageReason, ...], file: str, ledger: Ledger) -> None:
    """Record villages of which nothing says whether they are key villages, and those that are none.

    Parameters
    ----------
    villages : tuple of VillageReason
        Judged by all that is known.
    file : str
        Their table.
    """
    unsure = [reason.village.name for reason in villages if reason.key is None]
    if unsure:
        some = "、".join(unsure[:3]) + (" ..." if len(unsure) > 3 else "")
        what = (
            f"{len(unsure)} villages ({some}): criteria not surveyed, and no elevation model of 30 m or finer"
            " (terrain.dem) tells them: the relief's cells are far too coarse; they count as key villages"
        )
        ledger.problems.append(Problem(file, what))
    none = [reason.village.name for reason in villages if reason.key is False]
    if none:
        ledger.note(f"{len(none)} villages meet no criterion", file)
