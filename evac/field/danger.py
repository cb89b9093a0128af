"""Where and when nobody may be sent: gusts of force 10 and red flash-flood gullies, from a published run; unknown is not safe.

A run publishes hours by county, and the worst of its whole window by cell. A cell that never comes to a limit is safe at every hour;
for the others the county's hours decide. A place that is known by its code alone is as dangerous as the worst of its county.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from evac.field.rules import FieldRules
from evac.plan.near import Near
from riskmap.asset import AssetTier
from riskmap.averaging import GUST_FACTORS
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.io.grids import NOWHERE, UNKNOWN
from riskmap.outlook import beijing
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier, hazard_words
from riskmap.sphere import distance

if TYPE_CHECKING:
    from riskmap.assessment import Assessment

GUST: Final = "wind_speed_of_gust"
WIND: Final = "wind"
GULLY: Final = "flash_flood"
_HIGHEST_FACTOR: Final = max(factors[120][3] for factors in GUST_FACTORS.values())
"""Largest 3 s gust in a 2 min mean: where only the mean is published, the gust is taken to be so much more."""

Values = tuple[NDArray[Any], Grid]
Hours = NDArray[np.int8]
CLEAR, OPEN, DANGEROUS = 0, 1, 2
"""What is known of a place at a valid hour."""
WHOLE: Final = 0.999
"""Share of a region with data from which it counts as known whole."""


class Safety(Enum):
    """What is known of a place at an hour: Chinese, English."""

    SAFE = ("可派", "safe")
    DANGER = ("危险", "dangerous")
    UNKNOWN = ("不明", "not known")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place: its code, and its point [degree, WGS-84] where it is known."""

    code: str
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of a place and time, and why."""

    safety: Safety
    words: str

    @property
    def safe(self) -> bool:
        """Whether somebody may be sent."""
        return self.safety is Safety.SAFE


class Dangers(Protocol):
    """What a dispatcher asks before it sends anybody."""

    def during(self, spot: Spot, first: datetime, last: datetime) -> Verdict:
        """Whether a place is safe from one instant to another."""
        ...


class NothingKnown:
    """Without a run nobody is sent by the machine."""

    def during(self, spot: Spot, first: datetime, last: datetime) -> Verdict:
        """Never known."""
        del spot, first, last
        return Verdict(
            Safety.UNKNOWN, "无研判成果,不知风力与山洪 no run was named: wind and flash floods are not known"
        )


@dataclass(frozen=True, eq=False)
class RunDangers:
    """Dangers of a published run.

    Parameters
    ----------
    assessment : Assessment
    rules : FieldRules
    fields : mapping
        Name -> (array (y, x), grid) of the run's ``fields``: ``peak_wind_speed_of_gust`` [m s-1] and ``tier_HAZARD``, as
        ``riskmap.io.rasters.read_field`` gives them; those that are not there relieve nobody.
    own_peak : bool
        Gusts of a place follow the hours of its county, scaled to the place's own peak (D), where that is known; else the county's worst
        cell stands for every place that comes to the limit at all. For plans: who is sent out (``during``) is held to the worst.
    """

    assessment: Assessment
    rules: FieldRules
    fields: Mapping[str, Values] = field(default_factory=dict)
    own_peak: bool = False

    def during(self, spot: Spot, first: datetime, last: datetime) -> Verdict:
        """See ``Dangers.during``; the worst of the hours that touch the time counts."""
        hours = self._touching(first, last)
        at = self.assessment.valid_at
        if hours is None:
            return Verdict(
                Safety.UNKNOWN,
                f"研判时段 {beijing(at[0])}—{beijing(at[-1])} 未覆盖 the run does not cover this time",
            )
        parts = (
            ("阵风10级以上 gusts of force 10", self.gusts(spot)),
            ("红色山洪 red flash flood", self.gully(spot)),
        )
        struck = [
            f"{name} {beijing(at[hours.start + int(np.argmax(part[hours] == DANGEROUS))])}"
            for name, part in parts
            if (part[hours] == DANGEROUS).any()
        ]
        if struck:
            return Verdict(Safety.DANGER, ";".join(struck))
        open_ = [f"{name}不明 not known" for name, part in parts if (part[hours] == OPEN).any()]
        if open_:
            return Verdict(Safety.UNKNOWN, ";".join(open_))
        issued = beijing(self.assessment.issued_at)
        return Verdict(
            Safety.SAFE, f"研判{issued}:阵风不足10级,无红色山洪 below force 10, no red flash flood"
        )

    def _touching(self, first: datetime, last: datetime) -> slice | None:
        """Valid hours from the last one before ``first`` to the first one after ``last``; None where they do not cover it."""
        at = self.assessment.valid_at
        if not at or first < at[0] or last > at[-1]:
            return None
        start = max(n for n, hour in enumerate(at) if hour <= first)
        end = min(n for n, hour in enumerate(at) if hour >= last)
        return slice(start, end + 1)

    def gusts(self, spot: Spot) -> Hours:
        """``CLEAR``, ``DANGEROUS`` or ``OPEN`` (not known) of gusts at each valid hour."""
        peak = self._cells(f"peak_{GUST}", spot)
        known = peak is not None and not np.isnan(peak).any()
        if known and peak is not None and peak.max() < self.rules.gust:
            return np.full(len(self.assessment.valid_at), CLEAR, np.int8)
        row = self._row(spot.code)
        if row is None or WIND not in self.assessment.hazards:
            return np.full(len(self.assessment.valid_at), OPEN, np.int8)
        table = self._series(WIND, row)
        metrics = self.assessment.rules[WIND].metrics
        factor = np.array([1.0 if m.variable == GUST else _HIGHEST_FACTOR for m in metrics])
        gust = table["maximum"] * factor[table["metric"]]
        if self.own_peak and known and peak is not None and np.isfinite(gust).any():
            gust = gust * min(1.0, peak.max() / np.nanmax(gust))
        return _judged(table, gust >= self.rules.gust, np.isnan(gust))

    def gully(self, spot: Spot) -> Hours:
        """The same of flash floods; a red cell is dangerous from the hour at which its county first stands one tier below red."""
        n_hours = len(self.assessment.valid_at)
        cells = self._cells(f"tier_{GULLY}", spot)
        found = np.full(n_hours, CLEAR, np.int8)
        row = self._row(spot.code)
        known = cells is not None and not (cells == UNKNOWN).any() and not np.isnan(cells).any()
        if cells is None or not known or ((cells != NOWHERE) & (cells >= self.rules.gully)).any():
            if row is None or GULLY not in self.assessment.hazards:
                found[:] = OPEN
            else:
                found = self._gully_of_county(row, certain=known)
        for asset in self._assets_at(GULLY, spot):
            if asset.tier is None:
                found = np.maximum(found, OPEN)
            elif asset.tier >= self.rules.gully:
                begins = [t for t in (asset.prepare_at, asset.move_at, asset.onset) if t is not None]
                found[self._from(min(begins)) if begins else 0 :] = DANGEROUS
        return found

    def _gully_of_county(self, row: int, *, certain: bool) -> Hours:
        table = self._series(GULLY, row)
        below = Tier(max(self.rules.gully - 1, Tier.BLUE))
        bounds = np.array([m.threshold(below) or np.nan for m in self.assessment.rules[GULLY].metrics])
        reached = (table["maximum"] >= bounds[table["metric"]]) | (table["tier"] >= below)
        found = _judged(table, reached, np.isnan(table["maximum"]))
        if certain:  # the cell itself is red: the water that came does not go with the county's rain
            struck = np.flatnonzero(found == DANGEROUS)
            found[int(struck[0]) if struck.size else 0 :] = DANGEROUS
        return found

    @cached_property
    def _assets(self) -> dict[str, tuple[list[AssetTier], Near]]:
        """Assets by hazard, without the invented ones."""
        found: dict[str, list[AssetTier]] = {}
        for asset in self.assessment.assets:
            if not self.assessment.invented(asset):
                found.setdefault(asset.hazard, []).append(asset)
        return {h: (assets, Near(assets, [self.rules.radius] * len(assets))) for h, assets in found.items()}

    def _assets_at(self, hazard: str, spot: Spot) -> list[AssetTier]:
        if hazard not in self._assets:
            return []
        assets, near = self._assets[hazard]
        perhaps = near.of_region(spot.code)
        if spot.longitude is not None and spot.latitude is not None:
            perhaps = perhaps - near.pointed | near.of_point(spot.longitude, spot.latitude)
        return [assets[n] for n in sorted(perhaps) if self._near(assets[n], spot)]

    def _near(self, asset: AssetTier, spot: Spot) -> bool:
        if None not in (asset.longitude, asset.latitude, spot.longitude, spot.latitude):
            away = distance(
                latitude=spot.latitude,
                longitude=spot.longitude,
                to_latitude=asset.latitude,
                to_longitude=asset.longitude,
            )
            return bool(away <= self.rules.radius)
        return asset.region.startswith(spot.code) or spot.code.startswith(asset.region)

    def _from(self, at: datetime) -> int:
        """Index of the last valid hour that is not after an instant."""
        return max([n for n, hour in enumerate(self.assessment.valid_at) if hour <= at], default=0)

    def _row(self, code: str) -> int | None:
        """Row of the region that a code lies in; the finest that there is."""
        fits = (self._rows.get(code[:length]) for length in range(len(code), -1, -1))
        return next((row for row in fits if row is not None), None)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {region.code: n for n, region in enumerate(self.assessment.regions)}

    @cached_property
    def _looked_up(self) -> dict[tuple[str, int], dict[str, NDArray[Any]]]:
        """Series that were asked for: a county's are those of all its villages."""
        return {}

    def _series(self, hazard: str, row: int) -> dict[str, NDArray[Any]]:
        if (hazard, row) in self._looked_up:
            return self._looked_up[hazard, row]
        n = self.assessment.hazards.index(hazard)
        series = {
            name: self.assessment.table[name].values[n, :, row]
            for name in ("tier", "metric", "maximum", "covered")
        }
        if hazard in self.assessment.apart:
            series["tier"] = np.where(series["tier"] == NOT_APPLICABLE, NOT_APPLICABLE, NO_DATA)
        self._looked_up[hazard, row] = series
        return series

    def _cells(self, name: str, spot: Spot) -> NDArray[np.float64] | None:
        """Values of a field's cells about a place; None where there is no such field, no point, or it lies outside."""
        if name not in self.fields or spot.longitude is None or spot.latitude is None:
            return None
        values, grid = self.fields[name]
        reach = float(np.degrees(self.rules.radius / EARTH_RADIUS))
        wide = reach / np.cos(np.radians(spot.latitude))
        rows = np.flatnonzero(np.abs(grid.latitude - spot.latitude) <= reach + abs(grid.transform.e) / 2)
        columns = np.flatnonzero(np.abs(grid.longitude - spot.longitude) <= wide + grid.transform.a / 2)
        if not rows.size or not columns.size:
            return None
        return np.asarray(values[np.ix_(rows, columns)], np.float64)

    def floods(self, spot: Spot, hazard: str) -> Hours:
        """``DANGEROUS`` where a hazard of water stands at orange or red at a place, hour by hour; see ``gusts``."""
        found = np.full(len(self.assessment.valid_at), CLEAR, np.int8)
        cells = self._cells(f"tier_{hazard}", spot)
        known = cells is not None and not (cells == UNKNOWN).any() and not np.isnan(cells).any()
        row = self._row(spot.code)
        if cells is None or not known or ((cells != NOWHERE) & (cells >= Tier.ORANGE)).any():
            if row is None or hazard not in self.assessment.hazards:
                found[:] = OPEN
            else:
                table = self._series(hazard, row)
                found = _judged(table, table["tier"] >= Tier.ORANGE, np.zeros(found.shape, bool))
        for asset in self._assets_at(hazard, spot):
            if asset.tier is not None and asset.tier >= Tier.ORANGE:
                begins = [t for t in (asset.prepare_at, asset.move_at, asset.onset) if t is not None]
                found[self._from(min(begins)) if begins else 0 :] = DANGEROUS
        return found


def _judged(table: Mapping[str, NDArray[Any]], reached: NDArray[Any], lacking: NDArray[Any]) -> Hours:
    """Hours of a region: what was reached is dangerous, what cannot occur is clear, what has no data is open."""
    tier = table["tier"]
    open_ = (tier == NO_DATA) | lacking | ~(table["covered"] >= WHOLE)
    found = np.where(reached & (tier != NO_DATA), DANGEROUS, np.where(open_, OPEN, CLEAR))
    return np.asarray(np.where(tier == NOT_APPLICABLE, CLEAR, found), np.int8)


def describe(hazard: str) -> str:
    """A hazard in both languages."""
    return " ".join(hazard_words(hazard))
