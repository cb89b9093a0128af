"""Slope, aspect and curvature of the ground.

Sides of cells are ``dx`` [m], one number or one a row, and ``dy`` [m]. Everything is NaN where the height is. A neighbour
without a height is put on the line through its opposite and the middle (status D), so that a plane has its slope up to
its edge; where both sides are missing they have the height of the middle, and two corners lie on the plane of the sides.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskmap.blocks import run_rows
from riskmap.terrain.elevation import elevation
from riskmap.terrain.flow_direction import cell_sides

Field = NDArray[np.float32]


def slope_aspect(
    dem: NDArray[Any], *, dx: ArrayLike, dy: float, workers: int | None = None
) -> tuple[Field, Field]:
    """Slope [m m-1] and the direction that it faces [degrees clockwise from north], float32 (y, x).

    Parameters
    ----------
    dem : array (y, x)
        Height of the ground [m], row 0 northernmost.
    dx, dy : float or float array (y,), float
        Sides of the cells [m].
    workers : int, optional
        Threads.

    Returns
    -------
    (slope, aspect)
        Aspect is NaN on level ground.

    Raises
    ------
    DataError
        Not a plane of heights, or sides that are not positive.

    References
    ----------
    Horn (1981), Hill shading and the reflectance map, Proceedings of the IEEE 69, 14: weights 1, 2, 1 (read in public
    manuals, S).

    Examples
    --------
    >>> slope, aspect = slope_aspect(np.array([[0.0, 3.0, 6.0]] * 3), dx=30.0, dy=30.0)
    >>> round(float(slope[1, 1]), 3), aspect.tolist()[1]
    (0.1, [270.0, 270.0, 270.0])
    """
    from riskmap._kernels import slopes as kernel

    z = elevation(dem)
    sides = cell_sides(z.shape[0], dx, dy)
    slope, aspect = np.empty(z.shape, np.float32), np.empty(z.shape, np.float32)

    def fill(first: int, last: int) -> None:
        kernel.slope_rows(z, sides, float(dy), first, last, slope, aspect)

    run_rows(fill, z.shape[0], workers)
    return slope, aspect


class SlopeRows:
    """The slope of a relief [m m-1], made of the rows that are asked for: a province's is never held as a whole.

    Parameters
    ----------
    dem : array (y, x)
        Height of the ground [m].
    dx, dy : float or float array (y,), float
        Sides of the cells [m].

    Examples
    --------
    >>> rows = SlopeRows(np.array([[0.0, 3.0, 6.0]] * 3), dx=30.0, dy=30.0)
    >>> rows.shape, round(float(rows[1:2][0, 1]), 3)
    ((3, 3), 0.1)
    """

    def __init__(self, dem: NDArray[Any], *, dx: ArrayLike, dy: float) -> None:
        self._dem, self._dy = dem, float(dy)
        self.shape: tuple[int, int] = dem.shape
        self._dx = cell_sides(dem.shape[0], dx, dy)

    def __getitem__(self, rows: slice) -> Field:
        """Slope of some rows, the same as in ``slope_aspect`` of all."""
        first, last, _ = rows.indices(self.shape[0])
        top, bottom = max(first - 1, 0), min(last + 1, self.shape[0])
        slope, _ = slope_aspect(self._dem[top:bottom], dx=self._dx[top:bottom], dy=self._dy)
        return slope[first - top : last - top]


def curvature(
    dem: NDArray[Any], *, dx: ArrayLike, dy: float, workers: int | None = None
) -> tuple[Field, Field]:
    """Profile and plan curvature [m-1], float32 (y, x).

    Profile curvature, along the slope, is positive where the way down grows steeper (convex); plan curvature, across it,
    is positive where water gathers (a hollow). Other programs have other signs.

    Parameters
    ----------
    dem : array (y, x)
        Height of the ground [m].
    dx, dy : float or float array (y,), float
        Sides of the cells [m].
    workers : int, optional
        Threads.

    Returns
    -------
    (profile, plan)
        Both 0 on level ground.

    Raises
    ------
    DataError
        Not a plane of heights, or sides that are not positive.

    References
    ----------
    Zevenbergen and Thorne (1987), Quantitative analysis of land surface topography, Earth Surface Processes and Landforms
    12, 47: the derivatives read in public code (S), the two quotients and their signs remembered (M).

    Examples
    --------
    >>> x = np.arange(-2, 3) * 10.0
    >>> trough = np.broadcast_to(0.01 * x**2, (5, 5)) + 0.1 * np.arange(5)[:, None] * 10.0
    >>> profile, plan = curvature(trough, dx=10.0, dy=10.0)
    >>> abs(round(float(profile[2, 2]), 4)), round(float(plan[2, 2]), 4)
    (0.0, 0.02)
    """
    from riskmap._kernels import slopes as kernel

    z = elevation(dem)
    sides = cell_sides(z.shape[0], dx, dy)
    profile, plan = np.empty(z.shape, np.float32), np.empty(z.shape, np.float32)

    def fill(first: int, last: int) -> None:
        kernel.curvature_rows(z, sides, float(dy), first, last, profile, plan)

    run_rows(fill, z.shape[0], workers)
    return profile, plan
