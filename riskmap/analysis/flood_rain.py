"""Rain of an analysis as the solver takes it: what runs off, hour by hour, on the solver's cells.

The hours are kept until the sea is known: those of the hazards' cells over the elevation model alone, some bytes for
hundreds of fine cells.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from riskmap.analysis.fine_ground import rows_and_columns
from riskmap.analysis.flood_plan import FloodPlan
from riskmap.grid import Grid
from riskmap.hazard.runoff.curve_number import antecedent_curve_number, retention, scs_step
from riskmap.hazard.runoff.green_ampt import green_ampt_step


class FloodRain:
    """Rain over the solver's grid, gathered hour by hour.

    Parameters
    ----------
    grid, over : Grid
        The solver's, and the hazards'.
    """

    def __init__(self, grid: Grid, over: Grid) -> None:
        rows, columns = rows_and_columns(grid, over)
        rows, columns = _nearest(rows), _nearest(columns)
        self._box = _span(rows), _span(columns)
        self._rows, self._columns = rows - self._box[0].start, columns - self._box[1].start
        self.hours: list[NDArray[np.float32]] = []

    def hour(self, fallen: NDArray[np.float32]) -> None:
        """Take in the rain of the next hour [mm], (y, x) of the hazards' grid."""
        self.hours.append(np.array(fallen[self._box], np.float32))

    def on_grid(self, values: NDArray[np.floating]) -> NDArray[np.float32]:
        """A field of the box on the solver's cells."""
        box = np.asarray(values, np.float32)
        return np.asarray(box[self._rows[:, None], self._columns[None]])

    def excess(self, plan: FloodPlan, first: int) -> Iterator[NDArray[np.float32]]:
        """What runs off in each hour from ``first`` on [mm], on the solver's cells; NaN where the rain is unknown.

        Curve numbers that differ from cell to cell are reckoned on the solver's cells, all else on those of the rain.
        """
        mapped = isinstance(plan.curve_number, np.ndarray) and plan.infiltration == "curve_number"
        shape = (
            plan.curve_number.shape if isinstance(plan.curve_number, np.ndarray) and mapped else self._shape
        )
        before = np.zeros(shape)
        number = antecedent_curve_number(np.asarray(plan.curve_number), np.asarray(plan.wetness))
        retained = (
            np.broadcast_to(retention(number), shape).copy()
            if plan.infiltration == "curve_number"
            else before
        )
        k, m = np.full(shape, plan.conductivity), np.full(shape, plan.suction)
        for hour in self.hours[first:]:
            fallen = self.on_grid(hour) if mapped else hour
            if plan.infiltration == "curve_number":
                out = scs_step(fallen, before, retained)
            elif plan.infiltration == "green_ampt":
                out = green_ampt_step(fallen, before, k, m)
            else:
                out = fallen
            yield out if mapped else self.on_grid(out)

    @property
    def _shape(self) -> tuple[int, int]:
        return self._box[0].stop - self._box[0].start, self._box[1].stop - self._box[1].start


def _nearest(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places with those off the grid (-1: the last block may reach over its rim) at the nearest one on it."""
    held = np.flatnonzero(places >= 0)
    return np.rint(np.interp(np.arange(len(places)), held, places[held])).astype(np.int64)


def _span(places: NDArray[np.int64]) -> slice:
    return slice(int(places.min()), int(places.max()) + 1)
