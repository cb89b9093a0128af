"""Geo-hazard grades on fine relief: susceptibility once, then rain and soil water of the cell above, with the hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.analysis.fine_ground import FineGround, rows_and_columns
from riskmap.analysis.fine_units import Units
from riskmap.blocks import bands
from riskmap.grid import Grid
from riskmap.hazard.landslide.grades import calm, hold, landslide_grade, tiers_of_grades
from riskmap.hazard.landslide.layers import half_window, layers
from riskmap.hazard.landslide.susceptibility import susceptibility
from riskmap.hazard.landslide.tables import CLASSES, LandslideRules
from riskmap.scale import NO_DATA

CODES = CLASSES + 2
"""Classes, the sea, and what is unknown."""

_SEA, _UNKNOWN = CLASSES, CLASSES + 1


@dataclass(frozen=True, eq=False)
class Slopes:
    """Slopes of one class under one cell of rain.

    Attributes
    ----------
    units : Units
    cell : int64 array (unit,)
        Flat cell of the hazards' grid that rains on it; -1 off that grid.
    classes : int8 array (unit,)
        Susceptibility, 0 to 4, ``NO_DATA`` where unknown.
    sea : bool array (unit,)
    """

    units: Units
    cell: NDArray[np.int64]
    classes: NDArray[np.int8]
    sea: NDArray[np.bool_]


def slope_codes(
    ground: FineGround,
    spread: NDArray[np.floating],
    rules: LandslideRules,
    *,
    dx: NDArray[np.float64],
    dy: float,
) -> NDArray[np.int8]:
    """Susceptibility class of each cell, or that it is sea or unknown; int8 (y, x).

    Some rows at a time, with those around that they look at: a cell takes a byte, not the forty of its layers.

    Parameters
    ----------
    ground : FineGround
        With cells no larger than ``rules.max_cell``.
    spread : float array (y, x)
        Area that drains through each cell, spread over many ways [m2].
    dx, dy : float array (y,), float
        Sides of the cells [m].
    """
    code, window = np.empty(ground.altitude.shape, np.int8), half_window(dx, dy)
    for rows in bands(code.shape):
        first, last = max(rows.start - window[0], 0), min(rows.stop + window[0], len(code))
        altitude, area = (
            xr.DataArray(field[first:last], dims=("y", "x")) for field in (ground.altitude, spread)
        )
        terrain = layers(altitude, dx=dx[first:last], dy=dy, upstream_area=area, window=window)
        inner = terrain.isel(y=slice(rows.start - first, rows.stop - first))
        classes = susceptibility(inner, rules, cell_size=ground.cell)["susceptibility_class"].values
        code[rows] = np.where(classes == NO_DATA, np.int8(_UNKNOWN), classes)
    code[ground.sea] = _SEA
    return code


def slopes_of(code: NDArray[np.int8], grid: Grid, over: Grid) -> Slopes:
    """What ``slope_codes`` found (y, x) on ``grid``, gathered by cell of the rain's grid ``over``."""
    rows, columns = rows_and_columns(grid, over)
    off = over.shape[0] * over.shape[1]  # one cell more, for what lies off the hazards' grid
    present = np.zeros((off + 1) * CODES, bool)
    keys = _Keys(code, rows, columns, over.shape[1], off)
    for k in range(len(rows)):
        present[keys.row(k)] = True
    number = np.cumsum(present, dtype=np.int32) - np.int32(1)
    label = np.empty(code.shape, np.int32)
    for k in range(len(rows)):
        label[k] = number[keys.row(k)]
    cell, of = np.divmod(np.flatnonzero(present), CODES)
    known = np.where(of == _UNKNOWN, NO_DATA, np.where(of == _SEA, 0, of)).astype(np.int8)
    units = Units.of(label, len(cell), grid, over)
    return Slopes(units, np.where(cell == off, -1, cell), known, of == _SEA)


@dataclass(frozen=True, eq=False)
class _Keys:
    """Number of the cell of rain and the code of every fine cell, row by row."""

    code: NDArray[np.int8]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    width: int
    off: int

    def row(self, k: int) -> NDArray[np.int64]:
        """Keys of one fine row."""
        at = self.rows[k] * self.width + self.columns
        held = (self.columns >= 0) & (self.rows[k] >= 0)
        return np.asarray(np.where(held, at, self.off) * CODES + self.code[k], np.int64)


class SlopeWatch:
    """Grades of slopes while the hours stream by; what reached yellow is held until a day after the rain.

    Parameters
    ----------
    slopes : Slopes
    rules : LandslideRules
    """

    def __init__(self, slopes: Slopes, rules: LandslideRules) -> None:
        self.slopes, self.rules = slopes, rules
        self._state = calm((slopes.units.count,))

    def hour(
        self, rain_24h: NDArray[np.floating], rain_1h: NDArray[np.floating], soil_water: NDArray[np.floating]
    ) -> NDArray[np.float32]:
        """Grade 1 to 5 of every unit at the next hour, NaN where unknown.

        Parameters
        ----------
        rain_24h, rain_1h : arrays (y, x)
            On the hazards' grid [mm].
        soil_water : array (y, x)
            Soil-water index [mm].
        """
        day, hour, soil = (
            np.append(np.asarray(f, np.float32).reshape(-1), np.float32(np.nan))[self.slopes.cell]
            for f in (rain_24h, rain_1h, soil_water)
        )
        grades = landslide_grade(self.slopes.classes, day, self.rules, soil_water=soil, workers=1)
        grades[self.slopes.sea] = 1.0
        tiers = tiers_of_grades(grades)
        kept, self._state = hold(tiers, hour, self._state, self.rules)
        return np.where(kept > tiers, (kept + 1).astype(np.float32), grades).astype(np.float32)
