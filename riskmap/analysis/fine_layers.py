"""What is derived once of an elevation model: its drainage, its slopes' classes, its reaches and their cells.

The order is that of the least memory: nothing of a cell outlives its last use, what is needed of some rows alone is never
made of all, and an array that is used up becomes the next one. ``riskmap.analysis.fine_ground.FINE_BYTES`` has the sum.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.analysis.fine_ground import FineGround, rows_and_columns, share_under
from riskmap.analysis.fine_slopes import Slopes, slope_codes, slopes_of
from riskmap.analysis.fine_water import Links, Reaches, fine_basins, reach_units, reaches_of
from riskmap.analysis.flood_bed import BedPlan, Cell, SolverBed, inlets_of, less_fed, solver_bed
from riskmap.grid import Grid
from riskmap.hazard.landslide.tables import LandslideRules
from riskmap.terrain.accumulation import accumulate, downstream_index, round_to_sum
from riskmap.terrain.depressions import fill_depressions, inland_holes
from riskmap.terrain.drainage import height_above
from riskmap.terrain.flow_direction import flow_direction, geographic_sides
from riskmap.terrain.layers import STREAM_AREA
from riskmap.terrain.slopes import SlopeRows
from riskmap.terrain.streams import Network, stream_links, upstream_area
from riskmap.terrain.wetness import spread_area

Heights = NDArray[np.float32]
Codes = NDArray[np.uint8]

NOTHING: Final = (None, None, None)


def fine_layers(
    ground: FineGround, over: Grid, *, rules: LandslideRules | None, altitude: NDArray[np.floating] | None,
    bed: BedPlan | None = None,
) -> tuple[Slopes | None, Reaches | None, SolverBed | None]:  # fmt: skip
    """Slopes, reaches and the solver's bed of an elevation model; without ``rules`` no slopes, without ``altitude`` no water.

    Parameters
    ----------
    ground : FineGround
        Without a height at sea.
    over : Grid
        Of the hazards.
    rules : LandslideRules or None
    altitude : float array, shape of ``over``, or None
        The hazards' relief [m], NaN at sea.
    bed : BedPlan, optional
    """
    if rules is None and altitude is None:
        return NOTHING
    dx, dy = geographic_sides(ground.grid.latitude, (ground.grid.transform.a, -ground.grid.transform.e))
    filled, codes = _drain(ground, dx, dy)
    classes = None
    if rules is not None:
        classes = slope_codes(ground, spread_area(filled, codes, dx=dx, dy=dy), rules, dx=dx, dy=dy)
    reaches, basin = None, None
    if altitude is not None:
        network = Network.of(codes, dx=dx, dy=dy)
        streams, link, links, inlets = _streams(
            ground, network, filled, codes, np.asarray(altitude), over, bed
        )
        height = height_above(filled, codes, streams)
        del codes
        slope = SlopeRows(filled, dx=dx, dy=dy)
        units = reach_units(ground, network, link, height, slope, links, over)
        del link, height
        reaches = reaches_of(units, links, fine_basins(ground, network, filled, slope, over), streams)
        del network
        basin = None if bed is None else solver_bed(ground, filled, reaches, bed, over, inlets=inlets)
    slopes = None if classes is None else slopes_of(classes, ground.grid, over)
    return slopes, reaches, basin


def _drain(ground: FineGround, dx: NDArray[np.float64], dy: float) -> tuple[Heights, Codes]:
    """Filled ground [m] and directions; water goes round voids in the land, and leaves into the sea."""
    walls = inland_holes(ground.altitude) & ~ground.sea
    filled = fill_depressions(ground.altitude, walls=walls)
    return filled, flow_direction(filled, dx=dx, dy=dy, walls=walls)


def _streams(
    ground: FineGround, network: Network, filled: Heights, codes: Codes, altitude: NDArray[np.floating], over: Grid,
    bed: BedPlan | None,
) -> tuple[NDArray[np.bool_], NDArray[np.int32], Links, list[Cell | None]]:  # fmt: skip
    """Streams, their links, and where hydrographs come in: all that the upstream area, 8 bytes a cell, is needed for."""
    area = upstream_area(codes, dx=network.dx, dy=network.dy)
    streams = area >= STREAM_AREA  # NaN is no stream
    link, table = stream_links(network, streams, filled, area)
    inlets = [] if bed is None else inlets_of(bed.fed, ground.grid, area)
    cells, amounts = crossings(ground, area, altitude, over)
    del area
    ends = table["end_row"].values, table["end_column"].values
    unseen = unseen_area(network, cells, amounts)
    whole = unseen[ends]
    if inlets:
        unseen = less_fed(unseen, inlets, network, ground.grid, over)
    return streams, link, Links(table, unseen[ends], whole - unseen[ends]), inlets


def crossings(
    ground: FineGround, area: NDArray[np.float64], altitude: NDArray[np.floating], over: Grid
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Cells (flat index) by which water comes from beyond the elevation model, and the area that it drains there [m2].

    Where water of the coarse relief comes into a cell that the model covers, what it drained outside is given to the
    largest stream of the model there.

    Parameters
    ----------
    ground : FineGround
    area : float64 array (y, x)
        Upstream area within the model [m2].
    altitude : float array, shape of ``over``
        [m], NaN at sea.
    over : Grid
    """
    covered = share_under(~np.isnan(ground.altitude) | ground.sea, ground.grid, over) >= 0.5
    dx, dy = geographic_sides(over.latitude, (over.transform.a, -over.transform.e))
    coarse = fill_depressions(np.ascontiguousarray(altitude, np.float32))
    directions = flow_direction(coarse, dx=dx, dy=dy)
    outside = ~covered & ~np.isnan(coarse)
    brought = accumulate(directions, np.where(outside, (dx * dy)[:, None], 0.0))
    below = downstream_index(directions).reshape(-1)
    here = np.flatnonzero(outside.reshape(-1) & (below >= 0))
    here = here[covered.reshape(-1)[below[here]]]
    rows, columns = rows_and_columns(ground.grid, over)
    found: dict[int, float] = {}
    for crossing in here:
        row, column = divmod(int(below[crossing]), over.shape[1])
        i, j = np.flatnonzero(rows == row), np.flatnonzero(columns == column)
        window = np.nan_to_num(area[i[0] : i[-1] + 1, j[0] : j[-1] + 1], nan=-1.0)
        at = np.unravel_index(int(window.argmax()), window.shape)
        if window[at] > 0.0:
            cell = int(i[0] + at[0]) * area.shape[1] + int(j[0] + at[1])
            found[cell] = found.get(cell, 0.0) + float(brought.reshape(-1)[crossing])
    return np.array(list(found), np.int64), np.array(list(found.values()), np.float64)


def unseen_area(
    network: Network, cells: NDArray[np.int64], amounts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Area beyond the elevation model that drains through each of its cells [m2], (y, x), from what ``crossings`` gave."""
    from riskmap._kernels import streams as kernel

    out = np.zeros(network.below.size)
    exact = round_to_sum(amounts, float(np.max(amounts, initial=0.0)), out.size)
    kernel.carry_down(network.below, cells, exact, out)
    return out.reshape(network.shape)
