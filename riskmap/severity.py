"""Hazard grids x rules -> severity per cell.

Severity is the tier plus how far the value is past that tier's bound (0 <= part < 1), so that the cell that
decides a region can be found by sorting; the tier is its whole part. NaN = no data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.errors import DataError
from riskmap.rules import HazardRule
from riskmap.scale import NO_DATA

DECIMALS: Final = 1e4
"""Values stored as float32 are taken to 1 / this."""

FEW_CELLS: Final = 20_000
"""Fewer are graded before another thread would wake."""


@dataclass(frozen=True, eq=False)
class CellSeverity:
    """Severity of every cell of one hazard at one hour.

    Attributes
    ----------
    severity : float32, shape (cell,)
        Tier plus part; NaN = no data.
    metric : int8, shape (cell,)
        Index of the driving metric in the rule.
    graded : float, shape (row, cell)
        What was graded, as it was stored.
    rows : int64, shape (metric,)
        Row of ``graded`` of each metric of the rule; the last one, of NaN, where a metric is not for cells.
    """

    severity: NDArray[np.float32]
    metric: NDArray[np.int8]
    graded: NDArray[np.floating]
    rows: NDArray[np.int64]

    @property
    def values(self) -> NDArray[np.float64]:
        """What was graded, shape (metric, cell); NaN where a metric is not for cells."""
        held = np.vstack([decimal(self.graded), np.full((1, self.graded.shape[1]), np.nan)])
        return np.asarray(held[self.rows])

    def value(self, metric: NDArray[np.integer], cell: NDArray[np.integer]) -> NDArray[np.float64]:
        """Values of metrics at cells; what stands for a metric that is not for cells means nothing."""
        return decimal(self.graded[np.minimum(self.rows[metric], len(self.graded) - 1), cell])

    def tiers(self) -> NDArray[np.int8]:
        """Tier of every cell; ``NO_DATA`` where unknown."""
        return np.where(np.isnan(self.severity), NO_DATA, np.nan_to_num(self.severity)).astype(np.int8)


def thresholds_of(rule: HazardRule) -> NDArray[np.float64]:
    """Bounds of blue to red, shape (metric, 4); NaN where a tier has none."""
    return np.array(
        [[np.nan if t is None else t for t in metric.thresholds] for metric in rule.metrics], np.float64
    )


def grade(fields: Mapping[str, NDArray[np.floating]], rule: HazardRule) -> CellSeverity:
    """Grade every cell by a rule: a cell takes the highest tier whose test it meets.

    Metrics whose bounds are an asset's or a station's own levels are left to those; their values are NaN here.

    Parameters
    ----------
    fields : mapping
        Variable -> values in the rule's units, all of one shape.
    rule : HazardRule

    Raises
    ------
    DataError
        A variable that the rule tests is not there.

    Examples
    --------
    >>> from riskmap.rules import HazardRule, Metric
    >>> wind = Metric("wind_speed", "风", "wind", "m s-1", (10.8, 17.2, 24.5, 32.7), "CMA", "S")
    >>> rule = HazardRule("wind", "wind", (wind,), 0.05, "x", "D", "medium", "")
    >>> grade({"wind_speed": np.array([10.79, 10.8, 33.0, np.nan])}, rule).tiers().tolist()
    [0, 1, 4, -1]
    """
    from riskmap._kernels import severity as kernel

    tested = [m for m, metric in enumerate(rule.metrics) if metric.cells and not metric.station_levels]
    for metric in (rule.metrics[m] for m in tested):
        if metric.variable not in fields:
            raise DataError(
                f"the rule tests {metric.variable}, which was not computed",
                where=f"rule {rule.id}",
                expected=", ".join(m.variable for m in rule.metrics),
                found=", ".join(fields) or "nothing",
                remedy="mend the rule or give the input",
            )
    given = [np.ravel(fields[rule.metrics[m].variable]) for m in tested]
    alike = all(field.dtype == np.float32 for field in given)
    values = np.stack(given if alike else [decimal(field) for field in given])
    severity = np.empty(values.shape[1], np.float32)
    metric_index = np.empty(values.shape[1], np.int8)
    thresholds = thresholds_of(rule)[tested]
    bounds = (_least_stored(thresholds) if alike else thresholds).astype(values.dtype)
    lowest = np.array([next((t for t in row if not np.isnan(t)), np.nan) for row in thresholds])
    near = np.where(lowest > 0.0, 1.0 / np.where(lowest > 0.0, lowest, 1.0), 0.0).astype(values.dtype)

    def cells(first: int, last: int) -> None:
        kernel.grade_cells(values, bounds, near, first, last, severity, metric_index)

    run_rows(cells, values.shape[1], 1 if values.shape[1] <= FEW_CELLS else None)
    rows = np.full(len(rule.metrics), len(tested), np.int64)
    rows[tested] = np.arange(len(tested))
    return CellSeverity(severity, np.array(tested, np.int8)[metric_index], values, rows)


def _least_stored(thresholds: NDArray[np.float64]) -> NDArray[np.float32]:
    """The least float32 that, taken to its decimals, comes to each threshold; NaN stays."""
    found = (thresholds - 0.5 / DECIMALS).astype(np.float32)
    for _ in range(4):  # the quotient above is off by a unit or two of the last place
        lower = np.nextafter(found, np.float32(-np.inf))
        found = np.where(decimal(lower) >= thresholds, lower, found)
        found = np.where(decimal(found) < thresholds, np.nextafter(found, np.float32(np.inf)), found)
    return found


def decimal(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Values as float64, any shape; float32 to four decimals, which it holds up to 800.

    51.6 stored as float32 is 51.599998: it would fail its own threshold, and be reported below it.
    """
    exact = values.astype(np.float64)
    return np.rint(exact * DECIMALS) / DECIMALS if values.dtype == np.float32 else exact
