"""Published examples of terrain analysis: a small relief as text in, one number out, so that anyone can repeat them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskmap.terrain.accumulation import accumulate
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.drainage import height_above_drainage
from riskmap.terrain.flow_direction import flow_direction
from riskmap.terrain.slopes import curvature, slope_aspect
from riskmap.terrain.streams import Network, strahler_order
from riskmap.terrain.wetness import wetness_index


def relief(heights: str) -> NDArray[np.float64]:
    """Heights from a text: rows parted by ``/``, heights [m] by blanks, ``-`` without data.

    Examples
    --------
    >>> relief("9 8 / 7 -").tolist()
    [[9.0, 8.0], [7.0, nan]]
    """
    return np.array([[np.nan if v == "-" else float(v) for v in row.split()] for row in heights.split("/")])


def filled_at(heights: str, row: int, column: int) -> float:
    """Filled height [m] of a cell.

    Examples
    --------
    >>> filled_at("5 5 5 / 5 1 4 / 5 5 5", 1, 1)
    4.0
    """
    return float(fill_depressions(relief(heights))[row, column])


def _codes(heights: str) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    filled = fill_depressions(relief(heights))
    return filled, flow_direction(filled)


def direction_at(heights: str, row: int, column: int) -> int:
    """D8 code of a cell: 1 east, 2 south-east, 4 south and so on.

    Examples
    --------
    >>> direction_at("9 8 7 / 9 8 7 / 9 8 7", 1, 1)
    1
    """
    return int(_codes(heights)[1][row, column])


def accumulation_at(heights: str, row: int, column: int) -> int:
    """Cells that drain through a cell, itself included.

    Examples
    --------
    >>> accumulation_at("9 8 7", 0, 2)
    3
    """
    return int(accumulate(_codes(heights)[1])[row, column])


def height_above_at(heights: str, row: int, column: int, *, threshold: int) -> float:
    """Height [m] of a cell above the first cell on its way down that as many cells as the threshold drain through.

    Examples
    --------
    >>> height_above_at("9 8 7", 0, 0, threshold=3)
    2.0
    """
    filled, codes = _codes(heights)
    return float(height_above_drainage(filled, codes, accumulate(codes), threshold)[row, column])


def order_at(heights: str, row: int, column: int) -> int:
    """Strahler order of a cell where every cell is a stream.

    Examples
    --------
    >>> order_at("9 9 9 / 9 5 9 / 9 3 9", 2, 1)
    2
    """
    codes = _codes(heights)[1]
    network = Network.of(codes, dx=1.0, dy=1.0)
    return int(strahler_order(network, np.ones(codes.shape, bool))[row, column])


def slope_of(heights: str, *, cell: float) -> tuple[float, float]:
    """Slope and aspect [degrees] in the middle of a relief of three by three square cells; ``cell`` [m].

    Examples
    --------
    >>> [round(v, 3) for v in slope_of("50 45 50 / 30 30 30 / 8 10 10", cell=5.0)]
    [75.258, 180.754]
    """
    slope, aspect = slope_aspect(relief(heights), dx=cell, dy=cell)
    return float(np.degrees(np.arctan(slope[1, 1]))), float(aspect[1, 1])


def curvature_of(heights: str, *, cell: float) -> tuple[float, float]:
    """Profile and plan curvature [m-1] in the middle of three by three square cells; ``cell`` [m].

    Examples
    --------
    >>> profile, plan = curvature_of("4 1 4 / 3 0 3 / 2 -1 2", cell=10.0)
    >>> abs(round(profile, 4)), round(plan, 4)
    (0.0, 0.06)
    """
    found: tuple[Any, Any] = curvature(relief(heights), dx=cell, dy=cell)
    return float(found[0][1, 1]), float(found[1][1, 1])


def wetness_of(area: float, slope: float, *, cell: float) -> float:
    """Wetness index of one square cell with an upstream ``area`` [m2] and a ``slope`` [m m-1]; ``cell`` [m].

    Examples
    --------
    >>> round(wetness_of(900.0, 0.1, cell=30.0), 4)
    5.7038
    """
    return float(wetness_index(np.array([[area]]), np.array([[slope]]), dx=cell, dy=cell)[0, 0])
