"""Rain by gauges alone, where no field of rain is there to be corrected: between gauges that are near, unknown elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.grid import Grid
from riskmap.observation.correction import RULES, gauge_cells, interpolated
from riskmap.observation.gauges import Readings, hourly_rain

REACH: Final = 20e3
"""A gauge alone tells the rain so far around it [m]: a fifth of what it may correct, since showers are small (status D)."""


class GaugeRain:
    """Rain of gauges on a grid, by intervals.

    Parameters
    ----------
    readings : sequence of Readings
        Checked; other gauges than rain gauges are passed over, what is flagged is not used.
    grid : Grid
    """

    everywhere: Final = False
    """It tells of places alone, see ``riskmap.hazard.rain_models.in_turn``."""

    def __init__(self, readings: Sequence[Readings], grid: Grid) -> None:
        self._series = [series for series in readings if series.gauge.kind == "rain"]
        self._grid = grid
        self._longitude = np.array([series.gauge.longitude for series in self._series])
        self._latitude = np.array([series.gauge.latitude for series in self._series])
        self._summed: dict[tuple[int, int], NDArray[np.float64]] = {}

    @property
    def steps_an_hour(self) -> int:
        """Even steps that an hour can be told in, by the finest gauge: 6, 3, 2 or 1."""
        shortest = min((series.gauge.interval for series in self._series), default=3600)
        return next((n for n in (6, 3, 2) if shortest <= 3600 // n), 1)

    @property
    def until(self) -> np.datetime64:
        """Last trusted reading of enough gauges, UTC; the epoch where there are too few."""
        last = sorted(series.times[series.trusted][-1] for series in self._series if series.trusted.any())
        few = len(last) < RULES.least_gauges
        return np.datetime64(0, "s") if few else np.datetime64(last[-RULES.least_gauges], "s")

    def has(self, end: np.datetime64, length: np.timedelta64) -> bool:
        """Whether enough gauges have the whole of the interval of ``length`` that ends at ``end`` (UTC)."""
        return bool((~np.isnan(self._sums(end, length))).sum() >= RULES.least_gauges)

    def span(self, end: np.datetime64, length: np.timedelta64) -> NDArray[np.float32] | None:
        """Its rain [mm] (y, x), NaN beyond the reach of any gauge; None where too few gauges have it."""
        sums = self._sums(end, length)
        if (~np.isnan(sums)).sum() < RULES.least_gauges:
            return None
        cells = gauge_cells(self._grid, self._longitude, self._latitude, sums)
        return interpolated(self._grid, cells, reach=REACH).astype(np.float32)

    def _sums(self, end: np.datetime64, length: np.timedelta64) -> NDArray[np.float64]:
        """Sum of each gauge [mm], NaN where it has less than the whole: thousands of gauges are asked for it again and again."""
        seconds = int(length / np.timedelta64(1, "s"))
        key = int(end.astype("datetime64[s]").astype(np.int64)), seconds
        if key not in self._summed:
            self._summed[key] = hourly_rain(self._series, np.array([end]), seconds=seconds)[0]
        return self._summed[key]
