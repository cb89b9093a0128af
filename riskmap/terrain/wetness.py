"""Where the ground is wet: water that spreads over several neighbours, and the topographic wetness index (地形湿度指数).

Directions are D8 codes as in ``accumulation``; water follows them where no neighbour is lower. Sides of cells are ``dx`` [m],
one number or one a row, and ``dy`` [m].
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskmap.blocks import run_rows
from riskmap.errors import ConfigError, DataError
from riskmap.terrain.accumulation import checked_directions
from riskmap.terrain.drainage import checked_heights
from riskmap.terrain.flow_direction import cell_sides
from riskmap.terrain.tiled_flow import NO_DATA, circle

Scheme = Literal["freeman_1991", "quinn_1991", "tarboton_1997"]

SCHEMES: Final = MappingProxyType(
    {"freeman_1991": (1.1, False), "quinn_1991": (1.0, True), "tarboton_1997": (0.0, False)}
)
"""Exponent of the slope, and whether the length of contour counts: Freeman (1991), Computers and Geosciences 17, 413,
exponent 1.1 (M); Quinn et al. (1991), Hydrological Processes 5, 59 (M); Tarboton (1997), Water Resources Research 33,
309, by facets (S)."""

LEAST_TANGENT: Final = 1e-3
"""Slope below which the ground counts as that steep in the wetness index [m m-1] (status D): on a filled flat it would
be infinite."""


def spread_area(
    dem: NDArray[np.floating],
    directions: NDArray[np.uint8],
    *,
    dx: ArrayLike,
    dy: float,
    scheme: Scheme = "freeman_1991",
    workers: int | None = None,
) -> NDArray[np.float64]:
    """Area that drains through each cell [m2], itself included, where water spreads over lower neighbours; float64 (y, x).

    Parameters
    ----------
    dem : float32 or float64 array (y, x)
        Filled height of the ground [m].
    directions : uint8 array (y, x)
        D8 codes of it; what reaches a cell of code 0, a kept lake or sink, stays there.
    dx, dy : float or float array (y,), float
        Sides of the cells [m].
    scheme : {"freeman_1991", "quinn_1991", "tarboton_1997"}
        Shares by the slope to the power 1.1; by the slope times the length of contour; between two neighbours, by the
        steepest of eight facets (D-infinity).
    workers : int, optional
        Threads; of the shares alone, the sum is made in one.

    Returns
    -------
    float64 array (y, x), NaN outside the ground.

    Raises
    ------
    DataError
        Heights that do not fit the directions, or water in a circle: the directions are not those of this ground.
    ConfigError
        Another scheme.

    Examples
    --------
    >>> cone = np.hypot(*np.mgrid[-2:3, -2:3]) * 10.0
    >>> inwards = np.array([[2, 2, 4, 8, 8], [2, 2, 4, 8, 8], [1, 1, 0, 16, 16], [128, 128, 64, 32, 32], [128, 128, 64, 32, 32]])
    >>> area = spread_area(cone, inwards.astype(np.uint8), dx=10.0, dy=10.0)
    >>> round(float(area[2, 2]), 6)
    2500.0
    """
    from riskmap._kernels import multiflow as kernel

    codes, z = checked_directions(directions), checked_heights(dem, directions)
    sides = cell_sides(z.shape[0], dx, dy)
    if (~np.isnan(z) & (codes == NO_DATA)).any():
        z = np.where(codes == NO_DATA, z.dtype.type(np.nan), z)
    if scheme not in SCHEMES:
        raise ConfigError(
            "not a way of spreading", where="scheme", expected=", ".join(SCHEMES), found=repr(scheme)
        )
    exponent, contour = SCHEMES[scheme]
    receivers = np.empty_like(codes)

    def mark(first: int, last: int) -> None:
        kernel.mark_receivers(z, codes, sides, float(dy), exponent, contour, first, last, receivers)

    run_rows(mark, z.shape[0], workers)
    ground = ~np.isnan(z)
    total = np.where(ground, sides[:, None] * dy, np.nan)
    if kernel.sum_down(z, codes, sides, float(dy), exponent, contour, receivers, total) < np.count_nonzero(
        ground
    ):
        raise circle("that are not those of this ground")
    return total


def wetness_index(
    area: NDArray[np.floating],
    slope: NDArray[np.floating],
    *,
    dx: ArrayLike,
    dy: float,
    least_slope: float = LEAST_TANGENT,
) -> NDArray[np.float32]:
    """Topographic wetness index ln(a / tan b), float32 (y, x); NaN where area or slope are.

    Parameters
    ----------
    area : float array (y, x)
        Upstream area [m2]; divided by the width of a cell, the root of its area, it is the specific area a [m].
    slope : float array (y, x)
        tan b [m m-1].
    dx, dy : float or float array (y,), float
        Sides of the cells [m].
    least_slope : float
        Slopes below it count as this one.

    Raises
    ------
    DataError
        Arrays of different shapes, or a least slope that is not above 0.

    References
    ----------
    Beven and Kirkby (1979), A physically based, variable contributing area model of basin hydrology, Hydrological
    Sciences Bulletin 24, 43 (M).

    Examples
    --------
    >>> round(float(wetness_index(np.array([[900.0]]), np.array([[0.1]]), dx=30.0, dy=30.0)[0, 0]), 3)
    5.704
    """
    if np.shape(area) != np.shape(slope) or not least_slope > 0:
        raise DataError(
            "area and slope do not fit", where="wetness_index", expected="two arrays (y, x), least_slope above 0",
            found=f"{np.shape(area)}, {np.shape(slope)}, {least_slope:g}", remedy="make both from the same elevation model",
        )  # fmt: skip
    width = np.sqrt(cell_sides(np.shape(area)[0], dx, dy) * dy)[:, None]
    steep: Any = np.maximum(slope, least_slope)
    return np.asarray(np.log(area / width / steep), np.float32)
