"""What water and slopes do to roads: links closed, slowed by depth, or of unknown condition (grey, never open).

Bridges and tunnels are judged by the ground at their two ends, since what a grid says in between is below or above them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evac.plan.roads import Condition, Numbers, RoadNetwork, closed, road_numbers
from riskmap.errors import DataError
from riskmap.grid import Grid
from riskmap.io.grids import NOWHERE, UNKNOWN


def water_speed(depth: Any) -> Numbers:
    """Greatest speed [m s-1] at which a car keeps control in standing water of a depth [m]; 0 from where roads close.

    References
    ----------
    Pregnolato, Ford, Wilkinson and Dawson (2017), Transportation Research D 55, 67: v = 0.0009 w2 - 0.5529 w + 86.9448 km h-1, w in
    mm, up to 300 mm.

    Examples
    --------
    >>> (water_speed([0.0, 0.15, 0.29, 0.3]) * 3.6).round(1).tolist()
    [86.9, 24.3, 2.3, 0.0]
    """
    numbers = road_numbers()
    a, b, c = (float(v) for v in numbers.listed("water_speed"))
    millimetres = np.asarray(depth, np.float64) * 1000.0
    speed = np.maximum(a * millimetres**2 + b * millimetres + c, 0.0) / 3.6
    return np.where(millimetres >= numbers.share("water_closes") * 1000.0, 0.0, speed)


def under_water(
    network: RoadNetwork, depth: NDArray[Any], grid: Grid, *, arrival: NDArray[Any] | None = None
) -> RoadNetwork:
    """The network with water on it, the deepest along each road.

    Parameters
    ----------
    depth : array (y, x) [m]
        Greatest depth of the time for which is planned; 0 dry, NaN unknown.
    arrival : array (y, x) [s], optional
        When the water comes, from the start of the plan; NaN where it does not. With it a road that will close stays as it is until
        then (``open_until``); without it the water is there from the start.

    Raises
    ------
    DataError
        An array of another shape than the grid, or a negative depth.

    Notes
    -----
    A road on which some of the grid is unknown is so as a whole, unless what is known closes it.
    """
    _shape(depth, grid, "depth")
    if (depth < 0).any():
        raise DataError(
            "a negative depth",
            where="depth",
            expected="0 or more [m]",
            found=f"{np.nanmin(depth):g} m",
            remedy="give water depth, not ground height",
        )
    deepest, whole = _worst(network, np.asarray(depth, np.float64), grid)
    allowed = water_speed(np.where(np.isnan(deepest), 0.0, deepest))[network.line]
    shuts = allowed == 0
    slower = ~shuts & (allowed < network.speed)
    unknown = ~whole[network.line] & ~shuts
    condition = np.maximum.reduce([
        network.condition, np.where(slower, np.uint8(Condition.SLOWED), 0), np.where(unknown, np.uint8(Condition.UNKNOWN), 0),
    ]).astype(np.uint8)  # fmt: skip
    wet = replace(network, speed=np.where(slower, allowed, network.speed), condition=condition)
    if arrival is None:
        return closed(wet, shuts)
    _shape(arrival, grid, "arrival")
    first = -_worst(network, -np.asarray(arrival, np.float64), grid)[0][network.line]
    until = np.where(
        shuts, np.nan_to_num(np.maximum(first, 0.0), nan=0.0), np.inf
    )  # closes at an unknown time: now
    return closed(replace(wet, open_until=np.minimum(network.open_until, until)), until <= 0)


def on_slopes(network: RoadNetwork, tiers: NDArray[Any], grid: Grid) -> RoadNetwork:
    """The network without roads through slopes at ``slope_closes`` (orange) or worse.

    Parameters
    ----------
    tiers : array (y, x)
        0 green to 4 red, 254 no data, 255 where there is no slope, as in a run's ``fields/tier_landslide.tif``; NaN counts as no data.

    Raises
    ------
    DataError
        An array of another shape than the grid.
    """
    _shape(tiers, grid, "tiers")
    values = np.asarray(tiers, np.float64)
    values = np.where(values == NOWHERE, 0.0, np.where(values == UNKNOWN, np.nan, values))
    worst, whole = _worst(network, values, grid)
    shuts = (np.nan_to_num(worst) >= road_numbers().share("slope_closes"))[network.line]
    unknown = ~whole[network.line] & ~shuts
    condition = np.maximum(network.condition, np.where(unknown, np.uint8(Condition.UNKNOWN), np.uint8(0)))
    return closed(replace(network, condition=condition), shuts)


def within_shapes(network: RoadNetwork, shapes: Sequence[Any]) -> RoadNetwork:
    """The network without the roads that touch any of some areas, such as those drawn by hand (管制区).

    Parameters
    ----------
    shapes : sequence of shapely geometries
        Longitude, latitude [degrees].
    """
    import shapely

    touched = np.zeros(len(network.names), bool)
    if len(shapes):
        touched[
            np.unique(
                shapely.STRtree(_lines(network)).query(np.asarray(shapes, object), predicate="intersects")[1]
            )
        ] = True
    return closed(network, touched[network.line])


def _lines(network: RoadNetwork) -> NDArray[Any]:
    import shapely

    lines = shapely.linestrings(
        network.points, indices=np.repeat(np.arange(len(network.names)), np.diff(network.first))
    )
    return np.asarray(lines, object)


def _shape(values: NDArray[Any], grid: Grid, what: str) -> None:
    if values.shape != grid.shape:
        raise DataError(
            "an array that is not on its grid", where=what, expected=f"{grid.shape}", found=f"{values.shape}",
            remedy="give the grid of the file",
        )  # fmt: skip


def _worst(network: RoadNetwork, values: Numbers, grid: Grid) -> tuple[Numbers, NDArray[np.bool_]]:
    """The greatest known value along each line, NaN where none is known, and whether all of it is known; (line,) each."""
    import shapely

    cell = min(grid.transform.a, -grid.transform.e)
    lines = _lines(network)
    raised = np.flatnonzero(network.raised)
    if len(raised):
        ends = network.points[np.stack([network.first[raised], network.first[raised + 1] - 1], axis=1)]
        lines[raised] = shapely.multipoints(ends.reshape(-1, 2), indices=np.repeat(np.arange(len(raised)), 2))
        plain = np.flatnonzero(~network.raised)
        lines[plain] = shapely.segmentize(lines[plain], cell / 2)
    else:
        lines = shapely.segmentize(lines, cell / 2)
    points, line = shapely.get_coordinates(lines, return_index=True)
    column = np.floor((points[:, 0] - grid.transform.c) / grid.transform.a).astype(np.int64)
    row = np.floor((points[:, 1] - grid.transform.f) / grid.transform.e).astype(np.int64)
    inside = (row >= 0) & (row < grid.shape[0]) & (column >= 0) & (column < grid.shape[1])
    found = np.full(len(points), np.nan)
    found[inside] = values[row[inside], column[inside]]
    first = np.searchsorted(line, np.arange(len(network.names)))
    return np.fmax.reduceat(found, first), ~np.logical_or.reduceat(np.isnan(found), first)
