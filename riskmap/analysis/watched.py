"""Assets that are watched while the hours stream by: each gets its own values, whatever the grid's size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.asset import AssetTier
from riskmap.asset_hours import AssetHours
from riskmap.grid import Grid
from riskmap.hazard.landslide.grades import calm, hold
from riskmap.hazard.landslide.tables import LandslideRules
from riskmap.hazard.landslide.zones import HazardZone, at_zones, cells_of_zones, zone_assets, zone_tiers
from riskmap.hazard.rain import WINDOWS
from riskmap.rules import HazardRule


class ZoneWatch:
    """Rain and soil water at mapped slopes, hour by hour.

    Parameters
    ----------
    zones : sequence of HazardZone
    grid : Grid
        Of the rain.
    hours : datetime64 (time,)
        Valid hours, UTC.
    """

    def __init__(self, zones: Sequence[HazardZone], grid: Grid, hours: NDArray[np.datetime64]) -> None:
        self._zones, self._hours = tuple(zones), hours
        self._cells = cells_of_zones(zones, grid)
        shape = (len(hours), len(self._zones))
        self._rain = {window: np.full(shape, np.nan) for window in WINDOWS}
        self._soil = np.full(shape, np.nan)

    def hour(self, n: int, sums: Mapping[str, NDArray[np.float32]], soil_water: NDArray[np.float32]) -> None:
        """Take in one valid hour.

        Parameters
        ----------
        n : int
            Index of the valid hour.
        sums : mapping
            ``rain_1h`` to ``rain_24h`` [mm], each (y, x).
        soil_water : float array (y, x)
            Soil-water index [mm].
        """
        for window, values in self._rain.items():
            values[n] = at_zones(sums[f"rain_{window}h"], self._cells)
        self._soil[n] = at_zones(soil_water, self._cells)

    def finish(self, rule: HazardRule, rules: LandslideRules, *, source: str, example: bool) -> AssetHours:
        """Tiers of all zones at all hours, held for a day after the rain.

        Parameters
        ----------
        rule : HazardRule
            Of the hazard ``landslide``; holds the metric ``hazard_zone_rain``.
        rules : LandslideRules
            The grade table.
        source : str
            Whose rain it was.
        example : bool
            The register is invented.
        """
        series = zone_tiers(self._zones, self._hours, self._rain, rules, soil_water=self._soil)
        tiers, state = series["tier"].values, calm((len(self._zones),))
        for n, rain in enumerate(self._rain[1]):
            tiers[n], state = hold(tiers[n], rain, state, rules)
        assets = zone_assets(self._zones, series, source=source)
        return hours_of(series, assets, rule, "hazard_zone_rain", example=example)


def hours_of(
    series: xr.Dataset, assets: tuple[AssetTier, ...], rule: HazardRule, variable: str, *, example: bool,
    missing: frozenset[str] = frozenset(),
) -> AssetHours:  # fmt: skip
    """Assets of one hazard with their series (time, asset) of ``tier``, ``value`` and ``threshold``.

    Parameters
    ----------
    variable : str
        The rule's metric that the values are of.
    missing : frozenset of str
        Regions where the hazard can strike but no asset is listed.
    """
    metric = next(n for n, m in enumerate(rule.metrics) if m.variable == variable)
    tier = series["tier"].values.astype(np.int8)
    return AssetHours(
        hazard=rule.id, worst=assets, tier=tier, metric=np.full(tier.shape, metric, np.int8),
        value=series["value"].values.astype(np.float64), threshold=series["threshold"].values.astype(np.float64),
        missing=missing, example=example,
    )  # fmt: skip
