"""The sea bed that a surge runs over: a coarse chart on the solver's grid, with the shore of a finer one."""

from __future__ import annotations

from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import CoverageError
from riskmap.grid import Grid
from riskmap.hazard.surge.quasi_static import DEPTH_FLOOR

SHALLOWEST: Final = DEPTH_FLOOR
"""Least depth of a sea cell [m] (status D): the 0.1 degree chart has land and 2 m where Hangzhou Bay is 8 to 10 m deep."""


def sea_bed(chart: xr.DataArray, grid: Grid, *, land: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
    """Depth of the sea on a grid [m], NaN on land, shape (y, x): linear between the chart's sea cells.

    Land of the chart takes the depth of the sea around it first, so that a finer shore does not run dry.

    Parameters
    ----------
    chart : DataArray (y, x)
        Depth [m], <= 0 or NaN on land; coordinates ``y``, ``x`` [degrees], row 0 in the north.
    grid : Grid
    land : bool array (y, x), optional
        Land of a finer map on ``grid``; without it a cell is land where the chart's interpolated depth is <= 0.

    Raises
    ------
    CoverageError
        The chart holds no sea, or the grid's cells lie more than a cell of the chart outside it.
    """
    y, x = chart["y"].values, chart["x"].values
    west, south, east, north = grid.bounds
    step = abs(float(x[1] - x[0]))
    if west < x[0] - step or east > x[-1] + step or north > y[0] + step or south < y[-1] - step:
        raise CoverageError(
            "the chart does not cover the sea of the solver", where="chart",
            expected=f"west {west:g}, south {south:g}, east {east:g}, north {north:g}",
            found=f"west {x[0]:g}, south {y[-1]:g}, east {x[-1]:g}, north {y[0]:g}", remedy="give a larger bathymetry",
        )  # fmt: skip
    depth = np.where(np.nan_to_num(chart.values, nan=-1.0) > 0.0, chart.values, np.nan).astype(np.float64)
    if np.isnan(depth).all():
        raise CoverageError(
            "the chart holds no sea", where="chart", expected="depths above 0 m", found="land alone",
            remedy="check the sign: depth is positive downwards",
        )  # fmt: skip
    found = _between(_spread(depth), y, x, grid)
    if land is None:
        land = _between(np.nan_to_num(chart.values, nan=0.0), y, x, grid) <= 0.0
    return np.where(land, np.nan, np.maximum(found, SHALLOWEST))


def _spread(field: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill NaN with the mean of known neighbours, from the shore inwards."""
    field = field.copy()
    while np.isnan(field).any():
        padded = np.pad(field, 1, constant_values=np.nan)
        around = np.stack([padded[1:-1, :-2], padded[1:-1, 2:], padded[:-2, 1:-1], padded[2:, 1:-1]])
        count = (~np.isnan(around)).sum(axis=0)
        known = np.nansum(around, axis=0) / np.maximum(count, 1)
        fill = np.isnan(field) & (count > 0)
        field[fill] = known[fill]
    return field


def _between(
    field: NDArray[np.float64], y: NDArray[np.float64], x: NDArray[np.float64], grid: Grid
) -> NDArray[np.float64]:
    """Bilinear on the grid's cell centres; the rim as far as it goes."""
    row = np.clip(np.interp(-grid.latitude, -y, np.arange(len(y))), 0, len(y) - 1)
    column = np.clip(np.interp(grid.longitude, x, np.arange(len(x))), 0, len(x) - 1)
    i, j = np.minimum(row.astype(int), len(y) - 2), np.minimum(column.astype(int), len(x) - 2)
    a, b = (row - i)[:, None], (column - j)[None, :]
    top = field[np.ix_(i, j)] * (1 - b) + field[np.ix_(i, j + 1)] * b
    bottom = field[np.ix_(i + 1, j)] * (1 - b) + field[np.ix_(i + 1, j + 1)] * b
    return np.asarray(top * (1 - a) + bottom * a)
