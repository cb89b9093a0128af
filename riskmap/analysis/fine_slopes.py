"""Geo-hazard grades on fine relief: susceptibility once, then rain and soil water of the cell above, with the hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.analysis.fine_ground import FineGround, rows_and_columns
from riskmap.analysis.fine_units import Units
from riskmap.grid import Grid
from riskmap.hazard.landslide.grades import calm, hold, landslide_grade, tiers_of_grades
from riskmap.hazard.landslide.layers import layers
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


def slopes_of(
    ground: FineGround,
    spread: NDArray[np.floating],
    rules: LandslideRules,
    over: Grid,
    *,
    dx: NDArray[np.float64],
    dy: float,
) -> Slopes:
    """Susceptibility of fine relief, gathered by cell of rain.

    Parameters
    ----------
    ground : FineGround
        With cells no larger than ``rules.max_cell``.
    spread : float array (y, x)
        Area that drains through each cell, spread over many ways [m2].
    over : Grid
        Of the rain.
    dx, dy : float array (y,), float
        Sides of the cells [m].
    """
    altitude = xr.DataArray(ground.altitude, dims=("y", "x"))
    terrain = layers(altitude, dx=dx, dy=dy, upstream_area=xr.DataArray(spread, dims=("y", "x")))
    classes = susceptibility(terrain, rules, cell_size=ground.cell)["susceptibility_class"].values
    del terrain
    rows, columns = rows_and_columns(ground.grid, over)
    off = over.shape[0] * over.shape[1]  # one cell more, for what lies off the hazards' grid
    code = np.where(classes == NO_DATA, np.int8(_UNKNOWN), classes).astype(np.int8)
    code[ground.sea] = _SEA
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
    units = Units.of(label, len(cell), ground.grid, over)
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
