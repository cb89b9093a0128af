"""Hazard grids x rules -> severity per cell.

Severity is the tier plus how far the value is past that tier's bound (0 <= part < 1), so that the cell that
decides a region can be found by sorting; the tier is its whole part. NaN = no data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError
from riskmap.rules import HazardRule
from riskmap.scale import NO_DATA


@dataclass(frozen=True, eq=False)
class CellSeverity:
    """Severity of every cell of one hazard at one hour.

    Attributes
    ----------
    severity : float32, shape (cell,)
        Tier plus part; NaN = no data.
    metric : int8, shape (cell,)
        Index of the driving metric in the rule.
    values : float64, shape (metric, cell)
        What was graded.
    """

    severity: NDArray[np.float32]
    metric: NDArray[np.int8]
    values: NDArray[np.float64]

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
    values = np.stack([_decimal(np.ravel(fields[rule.metrics[m].variable])) for m in tested])
    severity = np.empty(values.shape[1], np.float32)
    metric_index = np.empty(values.shape[1], np.int8)
    kernel.grade_cells(values, thresholds_of(rule)[tested], severity, metric_index)
    if len(tested) == len(rule.metrics):
        return CellSeverity(severity, metric_index, values)
    every = np.full((len(rule.metrics), values.shape[1]), np.nan)
    every[tested] = values
    return CellSeverity(severity, np.array(tested, np.int8)[metric_index], every)


def _decimal(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Values as float64; float32 to four decimals, which it holds up to 800.

    51.6 stored as float32 is 51.599998: it would fail its own threshold, and be reported below it.
    """
    exact = values.astype(np.float64)
    return np.round(exact, 4) if values.dtype == np.float32 else exact
