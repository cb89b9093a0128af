"""The sea at the rim of a 2-D inundation: tide and surge where they are known in the ground's datum."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.analysis.coast import Coast
from riskmap.analysis.flood_bed import SolverBed
from riskmap.grid import Grid
from riskmap.hazard.inundation import Hydrograph, Inflow, Level, Wall
from riskmap.hazard.inundation.wall_lines import wall_faces

SEA_REACH: Final = 8.0
"""Ground below this height [m] that hangs together with a sea of unknown level may be flooded by it: the highest water levels of
this coast stay below (status D)."""

NO_OVERFLOW: Final = 100.0
"""Crest [m] of a wall whose overflow comes as a hydrograph."""

LANDWARD: Final = 4
"""Cells behind a wall within which its water is let in (status D)."""

MEAN_SEA: Final = 0.0
"""Level [m] of a sea whose tide is not known: a way out for rivers, nothing more."""


def sea_levels(bed: SolverBed, coast: Coast, *, known: bool, run_in: int) -> tuple[list[Level], bool]:
    """The sea's shore cells held at tide and surge of the nearest station, and whether that is known.

    Before the issue time the sea stands at the lowest level of the window: it floods nothing that it did not
    flood within the window.

    Parameters
    ----------
    bed : SolverBed
    coast : Coast
        With high water at stations (time, station) [m].
    known : bool
        Whether the stations' datum is the ground's.
    run_in : int
        Hours between the start of the run and the issue time.
    """
    if not bed.shore:
        return [], True
    tide = coast.tide if known else None
    able = np.empty(0, np.int64)
    if tide is not None:
        able = np.flatnonzero(np.isfinite(tide.high_water).all(axis=0))
    if tide is None or not able.size:
        return [Level(bed.shore, [0.0], [MEAN_SEA], where="sea of unknown level")], False
    rows, columns = np.array(bed.shore).T
    latitude, longitude = bed.grid.latitude[rows], bed.grid.longitude[columns]
    across = np.cos(np.radians(latitude))[:, None]
    apart = np.hypot(
        (longitude[:, None] - tide.stations["longitude"].values[able][None]) * across,
        latitude[:, None] - tide.stations["latitude"].values[able][None],
    )
    nearest = able[apart.argmin(axis=1)]
    levels = []
    for station in np.unique(nearest):
        series = tide.high_water[:, station]
        times = (run_in + np.arange(len(series))) * 3600.0
        if run_in > 1:
            times, series = np.append([0.0, times[0] - 3600.0], times), np.append([series.min()] * 2, series)
        cells = [bed.shore[k] for k in np.flatnonzero(nearest == station)]
        name = str(tide.stations["station"].values[station])
        levels.append(Level(cells, times.tolist(), series.tolist(), where=f"tide at {name}"))
    return levels, True


def below_the_sea(bed: SolverBed) -> NDArray[np.bool_]:
    """Ground that a sea of unknown level may flood, (y, x)."""
    from riskmap._kernels import connected as kernel

    low = np.isfinite(bed.altitude) & (bed.altitude < SEA_REACH)
    labels = np.empty(low.shape, np.int32)
    count = int(kernel.label_patches(np.ascontiguousarray(low), labels))
    wet = np.zeros(count + 1, np.bool_)
    wet[[labels[cell] for cell in bed.shore]] = True
    wet[0] = False
    return np.asarray(wet[labels])


def walls_on(
    grid: Grid, walls: xr.Dataset, *, datum: str, spilling: Collection[str] = ()
) -> tuple[list[Wall], list[str]]:
    """Sea walls as sides of cells, and the sections that could not be laid there: off the grid, or above another datum.

    Parameters
    ----------
    grid : Grid
    walls : Dataset (section)
        ``longitude``, ``latitude``, ``facing``, ``length``, ``crest`` [m] above ``height_datum``.
    datum : str
        Of the ground.
    spilling : collection of str
        Sections whose water comes as a hydrograph: here they let none over.
    """
    found: list[Wall] = []
    left: list[str] = []
    for k, name in enumerate(walls["section"].values):
        place = {key: float(walls[key].values[k]) for key in ("longitude", "latitude", "facing", "length")}
        faces = wall_faces(grid, **place)
        faces = [
            f
            for f in faces
            if f[0] < grid.shape[0] - (f[2] == "south") and f[1] < grid.shape[1] - (f[2] == "east")
        ]
        if faces and (str(name) in spilling or str(walls["height_datum"].values[k]) == datum):
            crest = NO_OVERFLOW if str(name) in spilling else float(walls["crest"].values[k])
            found.append(Wall(faces, crest, where=f"wall {name}"))
        else:
            left.append(str(name))
    return found, left


def spill_inflows(
    bed: SolverBed, spills: Mapping[str, Hydrograph], walls: xr.Dataset | None, start: datetime
) -> list[Inflow]:
    """What comes over sea walls, let in at the first ground behind each; sections off the grid are left out.

    Parameters
    ----------
    bed : SolverBed
    spills : mapping
        Section -> hydrograph.
    walls : Dataset (section) or None
    start : datetime
        Start of the run.
    """
    if walls is None:
        return []
    land = np.isfinite(bed.altitude) & ~bed.sea
    found = []
    for k, name in enumerate(walls["section"].values):
        one = spills.get(str(name))
        cell = None if one is None else _behind(bed.grid, land, walls.isel(section=k))
        if one is None or cell is None:
            continue
        seconds = [(t - start).total_seconds() for t in one.times]
        found.append(Inflow([cell], seconds, one.discharge, where=f"wall {name}"))
    return found


def _behind(grid: Grid, land: NDArray[np.bool_], wall: xr.Dataset) -> tuple[int, int] | None:
    """The first cell of land on the side of a wall that the water does not face."""
    angle = np.radians(float(wall["facing"]))
    step = -grid.transform.e / 2.0
    for k in range(1, 2 * LANDWARD + 1):
        at = grid.index_of(
            latitude=float(wall["latitude"]) - k * step * float(np.cos(angle)),
            longitude=float(wall["longitude"])
            - k * step * float(np.sin(angle)) / float(np.cos(np.radians(float(wall["latitude"])))),
        )
        if at is not None and land[at]:
            return at
    return None
