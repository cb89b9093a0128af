"""What the relief says: slope along which air is lifted, and where the ground is rough enough for flash floods.

``surface_altitude`` is NaN over the sea.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from riskmap.grid import EARTH_RADIUS, Grid

SMOOTHING_LENGTH: Final = 10e3
"""Lifted air does not follow single cells [m]: 10 m/s times 1,000 s, the usual conversion and fallout time
of Smith and Barstad (2004), JAS 61, 1377."""

FLASH_FLOOD_RELIEF: Final = 200.0
"""Relief within about 11 km from which the ground counts as hills where a flash flood can form [m]; the lower
bound of small-relief mountains in the Chinese landform classification (status M; its use here is D)."""

RELIEF_CELLS: Final = 5
"""Side of the window for local relief, in cells of about 2.2 km."""


def window_mean(field: NDArray[np.float64], half: int) -> NDArray[np.float64]:
    """Mean over a square window of ``2 half + 1`` cells, the edge repeated; shape (y, x)."""
    padded = np.pad(field, half, mode="edge")
    windows = sliding_window_view(padded, (2 * half + 1, 2 * half + 1))
    return np.asarray(windows.mean(axis=(2, 3)))


def lifting_slope(
    altitude: NDArray[np.floating], grid: Grid
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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
    half = max(1, round(0.5 * SMOOTHING_LENGTH / metres_per_row))
    smooth = window_mean(ground, half)
    metres_per_column = np.radians(grid.transform.a) * EARTH_RADIUS * np.cos(np.radians(grid.latitude))
    east = np.gradient(smooth, axis=1) / metres_per_column[:, None]
    north = -np.gradient(smooth, axis=0) / metres_per_row
    sea = np.isnan(altitude)
    return np.where(sea, 0.0, east), np.where(sea, 0.0, north)


def local_relief(altitude: NDArray[np.floating], cells: int = RELIEF_CELLS) -> NDArray[np.float64]:
    """Highest minus lowest ground [m] in a window of ``cells`` x ``cells``; the sea counts as 0 m; NaN at sea."""
    ground = np.nan_to_num(np.asarray(altitude, np.float64), nan=0.0)
    half = cells // 2
    windows = sliding_window_view(np.pad(ground, half, mode="edge"), (cells, cells))
    relief = windows.max(axis=(2, 3)) - windows.min(axis=(2, 3))
    return np.where(np.isnan(altitude), np.nan, relief)


def flash_flood_terrain(altitude: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Where the relief makes a flash flood possible, bool (y, x): ``local_relief`` >= ``FLASH_FLOOD_RELIEF``."""
    relief = local_relief(altitude)
    return np.asarray(np.nan_to_num(relief, nan=0.0) >= FLASH_FLOOD_RELIEF)
