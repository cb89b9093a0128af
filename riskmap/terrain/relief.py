"""What the relief says: slope along which air is lifted, and where the ground is rough enough for flash floods.

``surface_altitude`` is NaN over the sea.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from riskmap.grid import EARTH_RADIUS, Grid

Slope = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Eastward and northward slope [m m-1], each (y, x)."""

LIFTING_LENGTH: Final = 6.7e3
"""Lifted air does not follow single cells: slopes are those of the mean ground in a window of this side [m],
three cells of the default grid (status D)."""

FLASH_FLOOD_RELIEF: Final = 200.0
"""Relief within about 11 km from which the ground counts as hills where a flash flood can form [m]; the lower
bound of small-relief mountains in the Chinese landform classification (status M; its use here is D)."""

RELIEF_LENGTH: Final = 11e3
"""Side of the window for local relief [m], five cells of the default grid (status D)."""


def half_window(grid: Grid, length: float, *, least: int = 0) -> int:
    """Half side, in cells, of the window nearest to ``length`` [m]; at least ``least``.

    Examples
    --------
    >>> fine = Grid.from_bounds(west=120, south=29, east=121, north=30, step=0.02)
    >>> coarse = Grid.from_bounds(west=120, south=29, east=121, north=30, step=0.1)
    >>> half_window(fine, 11e3), half_window(coarse, 11e3), half_window(coarse, 11e3, least=1)
    (2, 0, 1)
    """
    cell = float(np.radians(-grid.transform.e)) * EARTH_RADIUS
    return max(least, round((length / cell - 1.0) / 2.0))


def window_mean(field: NDArray[np.floating], half: int) -> NDArray[np.float64]:
    """Mean over a square window of ``2 half + 1`` cells, the edge repeated; shape (y, x).

    Examples
    --------
    >>> spike = np.zeros((5, 5)); spike[2, 2] = 9.0
    >>> window_mean(spike, 1)[1:4, 1:4].round(12).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    width = 2 * half + 1
    out = np.pad(np.asarray(field, np.float64), half, mode="edge")
    for axis in (0, 1):  # one axis after the other, by running sums: cost does not grow with the window
        sums = np.cumsum(out, axis=axis)
        head = np.take(sums, [width - 1], axis=axis)
        rest = np.take(sums, range(width, sums.shape[axis]), axis=axis) - np.take(
            sums, range(sums.shape[axis] - width), axis=axis
        )
        out = np.concatenate([head, rest], axis=axis) / width
    return out


def lifting_slope(altitude: NDArray[np.floating], grid: Grid) -> Slope:
    """Slope of the smoothed ground, eastward and northward [m m-1], each (y, x); zero over the sea.

    Parameters
    ----------
    altitude : float array (y, x)
        ``surface_altitude`` [m], NaN over the sea.

    Examples
    --------
    >>> grid = Grid.from_bounds(west=120, south=29, east=120.4, north=29.4, step=0.02)
    >>> ramp = np.broadcast_to(np.arange(20.0) * 100, grid.shape)
    >>> east, north = lifting_slope(ramp, grid)
    >>> bool(abs(east[10, 10] - 100 / 1942.8) < 1e-3), bool(abs(north[10, 10]) < 1e-9)
    (True, True)
    """
    ground = np.nan_to_num(np.asarray(altitude, np.float64), nan=0.0)
    metres_per_row = np.radians(-grid.transform.e) * EARTH_RADIUS
    smooth = window_mean(ground, half_window(grid, LIFTING_LENGTH))
    metres_per_column = np.radians(grid.transform.a) * EARTH_RADIUS * np.cos(np.radians(grid.latitude))
    east = np.gradient(smooth, axis=1) / metres_per_column[:, None]
    north = -np.gradient(smooth, axis=0) / metres_per_row
    sea = np.isnan(altitude)
    return np.where(sea, 0.0, east), np.where(sea, 0.0, north)


def local_relief(altitude: NDArray[np.floating], grid: Grid) -> NDArray[np.float64]:
    """Highest minus lowest ground [m] within ``RELIEF_LENGTH``; the sea counts as 0 m; NaN at sea; shape (y, x).

    On a grid coarser than the window the neighbouring cells stand in for it.
    """
    ground = np.nan_to_num(np.asarray(altitude, np.float64), nan=0.0)
    half = half_window(grid, RELIEF_LENGTH, least=1)
    side = 2 * half + 1
    windows = sliding_window_view(np.pad(ground, half, mode="edge"), (side, side))
    relief = windows.max(axis=(2, 3)) - windows.min(axis=(2, 3))
    return np.where(np.isnan(altitude), np.nan, relief)


def flash_flood_terrain(altitude: NDArray[np.floating], grid: Grid) -> NDArray[np.bool_]:
    """Where the relief makes a flash flood possible, bool (y, x): ``local_relief`` of ``altitude`` [m] >= ``FLASH_FLOOD_RELIEF`` [m]."""
    return np.asarray(np.nan_to_num(local_relief(altitude, grid), nan=0.0) >= FLASH_FLOOD_RELIEF)
