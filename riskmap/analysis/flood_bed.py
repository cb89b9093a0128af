"""The ground of the 2-D solver, made from an elevation model while its layers are at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from riskmap.analysis.fine_ground import FineGround
from riskmap.analysis.fine_units import Units
from riskmap.analysis.fine_water import STAGES, UNKNOWN, Reaches
from riskmap.grid import Grid
from riskmap.hazard.inundation.bed import blocks, coarsen, ways_out, without_corners
from riskmap.hazard.inundation.forcing import OpenEdge, shore_cells
from riskmap.terrain.depressions import fill_depressions, inland_holes
from riskmap.terrain.flow_direction import flow_direction, geographic_sides
from riskmap.terrain.slopes import slope_aspect
from riskmap.terrain.streams import Network

Cell = tuple[int, int]
"""Row and column."""

SEA_BED: Final = -5.0
"""Height [m] of the cells of the sea that touch land: they are held at a level, their depth does not matter (status D)."""


SNAP: Final = 3
"""Cells by which a hydrograph's place may miss its stream (status D)."""


@dataclass(frozen=True)
class BedPlan:
    """How the bed is made.

    Attributes
    ----------
    factor : int
        Fine cells of a solver's cell along each side.
    pits : str
        ``fill``: hollows of the model are faults of it; ``keep``: they are real and fill with water.
    fed : tuple of (longitude, latitude)
        Where a hydrograph brings what comes from beyond the model.
    """

    factor: int = 1
    pits: Literal["fill", "keep"] = "fill"
    fed: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, eq=False)
class SolverBed:
    """Where the solver's water flows.

    Attributes
    ----------
    altitude : float32 array (y, x)
        [m]; NaN where unknown and at sea, but for its shore cells.
    sea : bool array (y, x)
    doubt : bool array (y, x)
        Ground that water from beyond the model may flood: dry there is unknown.
    grid : Grid
    shore : tuple of (row, column)
        Cells of the sea that touch land.
    edges : tuple of OpenEdge
        Where water leaves over the rim.
    factor : int
    inlets : tuple of (row, column) or None
        Cell of each hydrograph: that of the largest stream nearby; None off the model.
    streams : bool array (y, x)
        Where a stream runs through.
    units : Units
        Each cell by itself.
    """

    altitude: NDArray[np.float32]
    sea: NDArray[np.bool_]
    doubt: NDArray[np.bool_]
    grid: Grid
    shore: tuple[tuple[int, int], ...]
    edges: tuple[OpenEdge, ...]
    factor: int
    inlets: tuple[tuple[int, int] | None, ...]
    streams: NDArray[np.bool_]
    units: Units


def coarser(grid: Grid, factor: int) -> Grid:
    """The grid of blocks of cells; the last ones may reach beyond it.

    Examples
    --------
    >>> coarser(Grid.from_bounds(west=120, south=29, east=121, north=30, step=0.5), 2).shape
    (1, 1)
    """
    t = grid.transform
    shape = -(-grid.shape[0] // factor), -(-grid.shape[1] // factor)
    return Grid(shape, Affine(t.a * factor, 0.0, t.c, 0.0, t.e * factor, t.f), grid.crs)


def solver_bed(
    ground: FineGround, filled: NDArray[np.float32], reaches: Reaches, plan: BedPlan, over: Grid, *,
    inlets: Sequence[Cell | None],
) -> SolverBed:  # fmt: skip
    """Bed, rim, shore and doubtful ground for the solver.

    Parameters
    ----------
    ground : FineGround
    filled : float32 array (y, x)
        Filled ground [m].
    reaches : Reaches
        They know what water comes from beyond the model.
    plan : BedPlan
    over : Grid
        Of the hazards.
    inlets : sequence of (row, column) or None
        See ``inlets_of``.
    """
    factor = plan.factor
    raw = filled if plan.pits == "fill" else ground.altitude
    grid = coarser(ground.grid, factor)
    altitude = coarsen(raw, reaches.streams, factor)
    sea = blocks(ground.sea, factor, False).mean(axis=2) >= 0.5
    altitude[sea] = np.nan
    dx, dy = geographic_sides(grid.latitude, (grid.transform.a, -grid.transform.e))
    walls = inland_holes(altitude) & ~sea
    drained = fill_depressions(altitude, walls=walls)
    directions = flow_direction(drained, dx=dx, dy=dy, walls=walls)
    bed = without_corners(drained if plan.pits == "fill" else altitude, directions)
    known = np.isfinite(bed)
    slope, _ = slope_aspect(drained, dx=dx, dy=dy)
    streams = np.asarray(blocks(reaches.streams, factor, False).any(axis=2))
    edges = ways_out(drained, directions, slope, streams, sea)
    shore = tuple(shore_cells(sea)) if sea.any() else ()
    shore = tuple(cell for cell in shore if _beside(known, cell))
    for cell in shore:
        bed[cell] = SEA_BED
    unseen = (reaches.reach == UNKNOWN) | (
        (reaches.reach >= 0) & ~np.append(reaches.known, True)[reaches.reach] & (reaches.height <= STAGES[-1])
    )
    doubt = blocks(unseen[reaches.units.label], factor, False).any(axis=2) & known
    wider = tuple(None if cell is None else (cell[0] // factor, cell[1] // factor) for cell in inlets)
    label = np.arange(bed.size, dtype=np.int32).reshape(bed.shape)
    return SolverBed(
        bed, sea, doubt, grid, shore, tuple(edges), factor, wider, streams,
        Units.of(label, bed.size, grid, over),
    )  # fmt: skip


def inlets_of(fed: Sequence[tuple[float, float]], grid: Grid, area: NDArray[np.float64]) -> list[Cell | None]:
    """Cell of ``grid`` of each hydrograph: the one within ``SNAP`` cells that drains the most land; ``area`` (y, x) [m2]."""
    found: list[Cell | None] = []
    for longitude, latitude in fed:
        at = grid.index_of(latitude=latitude, longitude=longitude)
        if at is None:
            found.append(None)
            continue
        top, left = max(at[0] - SNAP, 0), max(at[1] - SNAP, 0)
        near = np.nan_to_num(area[top : at[0] + SNAP + 1, left : at[1] + SNAP + 1], nan=-1.0)
        i, j = np.unravel_index(int(near.argmax()), near.shape)
        found.append((top + int(i), left + int(j)) if near[i, j] > 0.0 else None)
    return found


def less_fed(
    unseen: NDArray[np.float64],
    inlets: Sequence[Cell | None],
    network: Network,
    grid: Grid,
    over: Grid,
) -> NDArray[np.float64]:
    """Area beyond the model [m2] (y, x) that no hydrograph stands for: what each brings is known all the way down.

    The coarse relief tells to one of its cells where a river comes in: what joins within that stretch below a hydrograph is taken for
    its own.
    """
    out = unseen.reshape(-1).copy()
    below = network.below
    stretch = int(np.ceil(over.transform.a / grid.transform.a)) + 1
    for cell in inlets:
        if cell is None:
            continue
        path = [cell[0] * unseen.shape[1] + cell[1]]
        while below[path[-1]] >= 0 and below[path[-1]] != path[-1]:
            path.append(int(below[path[-1]]))
        brought = out[path[: stretch + 1]].max()
        out[path] = np.maximum(out[path] - brought, 0.0)
    return np.asarray(out.reshape(unseen.shape))


def _beside(known: NDArray[np.bool_], cell: tuple[int, int]) -> bool:
    i, j = cell
    return bool(known[max(i - 1, 0) : i + 2, j].any() or known[i, max(j - 1, 0) : j + 2].any())
