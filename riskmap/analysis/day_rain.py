"""Rain of 24 hours in every region, shown beside the tiers and never one: GB/T 28592 grades it and has no colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.aggregate import fill_cells
from riskmap.assessment import empty_table
from riskmap.asset import instant
from riskmap.region import Region
from riskmap.rules import HazardRule, Metric
from riskmap.scale import RAIN_GRADE_BOUNDS
from riskmap.severity import grade
from riskmap.zonal import ZonalWeights

VARIABLE: Final = "rain_24h"


class DayRain:
    """Gathers the amount that falls on the rule's share of every region, hour by hour.

    Parameters
    ----------
    regions : sequence of Region
    hours : datetime64 (time,)
        Valid hours, UTC.
    share : float
        Of the area: that of the rain's rule.
    """

    def __init__(self, regions: Sequence[Region], hours: NDArray[np.datetime64], share: float) -> None:
        self._hours = hours
        blue, yellow, orange, red = RAIN_GRADE_BOUNDS[1:]
        metric = Metric(
            VARIABLE, "24小时雨量", "24 h rain", "mm", (blue, yellow, orange, red), "GB/T 28592", "S"
        )
        self._rule = HazardRule(VARIABLE, "rain_water", (metric,), share, "as for rain", "D", "low", "")
        self._table = empty_table([VARIABLE], [instant(hours[0])], [region.code for region in regions])
        self._nobody = np.full(len(regions), np.nan)
        self._found = np.full((len(hours), len(regions)), np.nan)

    def hour(self, n: int, field: NDArray[np.float32], weights: ZonalWeights) -> None:
        """Take in the 24 h rain at valid hour ``n`` [mm], (y, x)."""
        fill_cells(self._table, 0, 0, grade({VARIABLE: field}, self._rule), self._rule, weights, self._nobody)
        self._found[n] = self._table["value"].values[0, 0]

    def finish(self) -> xr.DataArray:
        """24 h rain [mm] (time, region): that of the cell at which the wettest first reach the share; NaN where unknown."""
        return xr.DataArray(
            self._found, dims=("time", "region"),
            coords={"time": self._hours, "region": self._table["region"].values},
            name=VARIABLE, attrs={"units": "mm", "long_name": "rain of 24 hours on the rule's share of the region"},
        )  # fmt: skip
