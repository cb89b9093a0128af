"""What was measured: it corrects the rain, grades reservoirs and rivers, and raises a region at once.

A forecast run uses nothing that was read after its issue time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.analysis.watched import hours_of
from riskmap.asset import AssetTier
from riskmap.asset_hours import AssetHours
from riskmap.grid import Grid
from riskmap.hazard import river_stage
from riskmap.hazard.reservoir import levels as reservoir
from riskmap.observation.correction import RULES, Method, adjustment, apply, fade, gauge_cells
from riskmap.observation.gauges import Readings, hourly_rain, levels_at
from riskmap.observation.trigger import level_raises, rain_raises
from riskmap.rules import HazardRule
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier

CARRIED_HOURS: Final = 6
"""The forecast is corrected by what the gauges said over so many hours, fading with lead time (status D)."""


@dataclass(frozen=True, eq=False)
class Observed:
    """Checked readings and the registers that they grade.

    Attributes
    ----------
    readings : tuple of Readings
        Flagged by ``riskmap.observation.quality.check``; what is flagged is not used.
    method : str or None
        How gauges correct the rain; None = not at all.
    reservoirs, stations : tuple
        Registers of reservoirs and ponds, and of river stations; empty where not given.
    """

    readings: tuple[Readings, ...] = ()
    method: Method | None = None
    reservoirs: tuple[reservoir.Reservoir, ...] = ()
    stations: tuple[river_stage.RiverStation, ...] = ()

    def until(self, now: datetime) -> Observed:
        """Only what had been read at ``now`` (timezone-aware)."""
        last = np.datetime64(round(now.timestamp()), "s")
        return replace(self, readings=tuple(_until(series, last) for series in self.readings))


def _until(series: Readings, last: np.datetime64) -> Readings:
    early = series.times <= last
    return replace(series, times=series.times[early], values=series.values[early], flags=series.flags[early])


class RainCorrection:
    """Rain fields corrected by gauges, hour by hour: by their own hour where it was measured, by the last hours after.

    Parameters
    ----------
    observed : Observed
    grid : Grid
    hours : datetime64 (hour,)
        Ends of the hours of rain, UTC, in the order in which they will be asked for.
    """

    def __init__(self, observed: Observed, grid: Grid, hours: NDArray[np.datetime64]) -> None:
        rain = [series for series in observed.readings if series.gauge.kind == "rain"]
        self._grid, self._method, self._hours = grid, observed.method, hours
        self._longitude = np.array([series.gauge.longitude for series in rain])
        self._latitude = np.array([series.gauge.latitude for series in rain])
        self._hourly = hourly_rain(rain, hours)
        self._past: deque[tuple[NDArray[np.float64], NDArray[np.float64]]] = deque(maxlen=CARRIED_HOURS)
        self._last: int | None = None
        self._carry: NDArray[np.float64] | None = None

    def __call__(self, n: int, field: NDArray[np.float32]) -> NDArray[np.float32]:
        """The rain of hour ``n`` [mm], shape (y, x), corrected."""
        method = self._method
        if method is None:
            return field
        row = self._hourly[n]
        if (~np.isnan(row)).sum() >= RULES.least_gauges:
            cells = gauge_cells(self._grid, self._longitude, self._latitude, row)
            self._past.append((field.astype(np.float64), row))
            self._last, self._carry = n, None
            by = adjustment(field, self._grid, cells, method=method)
        elif self._last is not None:
            if self._carry is None:
                self._carry = self._recent(method)
            lead = float((self._hours[n] - self._hours[self._last]) / np.timedelta64(3600, "s"))
            by = fade(self._carry, lead, method=method)
        else:
            return field
        return apply(field, by, method=method).astype(np.float32)

    def _recent(self, method: Method) -> NDArray[np.float64]:
        """Correction of the last measured hours together; of an additive one, an hour's part."""
        total = np.sum([field for field, _ in self._past], axis=0)
        gauges = np.sum([row for _, row in self._past], axis=0)
        cells = gauge_cells(self._grid, self._longitude, self._latitude, gauges)
        by = adjustment(total, self._grid, cells, method=method)
        return by / len(self._past) if method == "additive" else by


def observed_assets(
    observed: Observed, rules: dict[str, HazardRule], hours: NDArray[np.datetime64], *, now: datetime,
    examples: frozenset[str], wetness: str,
) -> Iterator[AssetHours]:  # fmt: skip
    """Reservoirs and river stations by their levels, and what trusted gauges raise at once.

    Parameters
    ----------
    observed : Observed
    rules : mapping
        Hazard id -> rule.
    hours : datetime64 (time,)
        Valid hours, UTC.
    now : datetime
        Issue time.
    examples : frozenset of str
        Hazards whose registers are invented.
    wetness : str
        Of the ground, for the rain that makes a flash flood.
    """
    source = "实测水位 (measured level)"
    if observed.reservoirs:
        datums = {r.reservoir_id: r.datum for r in observed.reservoirs}
        series = _held(
            reservoir.reservoir_series(
                observed.reservoirs, hours, levels_at(observed.readings, datums, hours)
            )
        )
        assets = reservoir.reservoir_assets(observed.reservoirs, series, source=source, observed=True)
        yield hours_of(series, assets, rules["reservoir"], "reservoir_level", example="reservoir" in examples)
    if observed.stations:
        datums = {s.station_id: s.datum for s in observed.stations}
        series = _held(
            river_stage.station_series(observed.stations, hours, levels_at(observed.readings, datums, hours))
        )
        assets = river_stage.station_assets(observed.stations, series, source=source, observed=True)
        yield hours_of(series, assets, rules["river_stage"], "river_stage", example="river_stage" in examples)
    rain_rules: dict[str, HazardRule] = {
        "rain": rules["rain"], "flash_flood": rules["flash_flood"].with_wetness(wetness),
    }  # fmt: skip
    raised = (
        *rain_raises(observed.readings, rain_rules, now=now),
        *level_raises(observed.readings, now=now),
    )
    for hazard in sorted({record.hazard for record in raised}):
        mine = tuple(record for record in raised if record.hazard == hazard)
        yield _at_once(mine, rules[hazard], len(hours))


def _held(series: xr.Dataset) -> xr.Dataset:
    """Tiers after a reading: blue and worse stay until the next one, since nothing lowers by itself; green is not assessed
    after the last.

    An asset that was never read is unknown.
    """
    out = series.copy(deep=True)
    tier = out["tier"].values
    for k in range(tier.shape[1]):
        known = np.flatnonzero(tier[:, k] != NO_DATA)
        for at, following in zip(known, np.append(known, len(tier))[1:], strict=True):
            if tier[at, k] >= Tier.BLUE:
                for name in ("tier", "value", "threshold"):
                    out[name].values[at:following, k] = out[name].values[at, k]
        if known.size and tier[known[-1], k] == Tier.GREEN:
            tier[known[-1] + 1 :, k] = NOT_APPLICABLE
    return out


def _at_once(records: Sequence[AssetTier], rule: HazardRule, hours: int) -> AssetHours:
    """Records of gauges as assets of the issue hour alone: they say nothing of later ones, and lower nothing."""
    shape = (hours, len(records))
    tier = np.full(shape, NOT_APPLICABLE, np.int8)
    metric = np.zeros(shape, np.int8)
    value, threshold = np.full(shape, np.nan), np.full(shape, np.nan)
    for k, record in enumerate(records):
        assert record.tier is not None
        tier[0, k], metric[:, k] = record.tier, _metric(record, rule)
        value[0, k] = np.nan if record.value is None else record.value
        threshold[0, k] = np.nan if record.threshold is None else record.threshold
    return AssetHours(rule.id, tuple(records), tier, metric, value, threshold)


def _metric(record: AssetTier, rule: HazardRule) -> int:
    """The metric whose bound the record met."""
    for n, metric in enumerate(rule.metrics):
        own = bool(metric.station_levels) and metric.units == record.units
        if own or (record.tier is not None and metric.threshold(record.tier) == record.threshold):
            return n
    return 0
