"""Assets hour by hour, and how they raise their regions.

A wall section, a reservoir or a slope that people live under is too small for an area share: one at a tier is
enough for its region, for its own hazard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.asset import AssetTier
from riskmap.region import Region
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier


@dataclass(frozen=True, eq=False)
class AssetHours:
    """Tiers of the assets of one hazard for every hour.

    Attributes
    ----------
    hazard : str
        The only hazard that they count for.
    worst : tuple of AssetTier, length asset
        Each asset at its worst.
    tier : int8 (time, asset)
        0 green to 4 red, ``NO_DATA`` where unknown, ``NOT_APPLICABLE`` where it says nothing of that hour.
    metric : int8 (time, asset)
        Index of the driving metric in the hazard's rule.
    value, threshold : float64 (time, asset)
        What was compared, and the bound that was met [units of the metric].
    missing : frozenset of str
        Regions where the hazard can strike but no asset is listed: unknown, so grey.
    example : bool
        The table is invented (示例): shown, and counted for nothing.
    """

    hazard: str
    worst: tuple[AssetTier, ...]
    tier: NDArray[np.int8]
    metric: NDArray[np.int8]
    value: NDArray[np.float64]
    threshold: NDArray[np.float64]
    missing: frozenset[str] = frozenset()
    example: bool = False


def raise_regions(
    table: xr.Dataset, hazard: int, assets: AssetHours, regions: Sequence[Region], *, first: int
) -> None:
    """Raise every region to the worst of its assets, at each hour.

    The tier of cells stands where it is worse. A region is grey where nothing reaches blue and an asset, or the
    cells, are unknown; where something reaches blue, ``covered`` falls below 1 instead, so that the tier is "at least".
    A region without any asset keeps what its cells say.

    Parameters
    ----------
    table : Dataset (hazard, time, region)
        See ``riskmap.assessment.TABLE_VARIABLES``; changed in place at ``hazard``.
    assets : AssetHours
    regions : sequence of Region
        In the table's order.
    first : int
        Index of the first of these assets in ``Assessment.assets``.
    """
    places = [asset.region for asset in assets.worst]
    nobody = len(places)  # one more column, unknown at all hours: the assets that a region should have listed
    known_tiers, metric, value, threshold = (
        np.pad(array, ((0, 0), (0, 1)), constant_values=fill)
        for array, fill in (
            (assets.tier, NO_DATA), (assets.metric, 0), (assets.value, np.nan), (assets.threshold, np.nan),
        )
    )  # fmt: skip
    for row, region in enumerate(regions):
        # an asset of a township or village stands in the county that its code begins with
        listed = [n for n, code in enumerate(places) if code.startswith(region.code)]
        mine = np.array([*listed, *([nobody] if region.code in assets.missing else [])], np.int64)
        if not mine.size:
            continue
        cells = table["tier"].values[hazard, :, row]
        tiers = known_tiers[:, mine]
        hours, best = np.arange(len(tiers)), np.argmax(tiers, axis=1)  # the first listed among equals
        chosen = mine[best]
        unknown = (tiers == NO_DATA).any(axis=1) | (cells == NO_DATA)
        tier = np.maximum(tiers[hours, best], cells)
        tier[(tier <= Tier.GREEN) & unknown] = NO_DATA
        taken = (tiers[hours, best] > cells) & (tier >= Tier.GREEN)
        lost = (tier == NO_DATA) & (cells != NO_DATA)  # no number stands beside "no data"
        before = table["covered"].values[hazard, :, row]
        of_cells = np.where(cells == NO_DATA, 0.0, np.where(np.isnan(before), 1.0, before))
        # what the cells or another asset do not know makes the tier "at least", whichever decides
        covered = np.minimum((tiers != NO_DATA).mean(axis=1), of_cells)
        before[...] = np.where(tier == NOT_APPLICABLE, before, covered)
        columns = {
            "metric": (metric[hours, chosen], 0), "asset": (first + chosen, -1),
            "value": (value[hours, chosen], np.nan), "maximum": (value[hours, chosen], np.nan),
            "threshold": (threshold[hours, chosen], np.nan),
            "area_share": (np.nan, np.nan), "people": (np.nan, np.nan),
        }  # fmt: skip
        for name, (deciding, nothing) in columns.items():
            held = table[name].values[hazard, :, row]
            held[...] = np.where(taken, deciding, np.where(lost, nothing, held))
        cells[...] = tier


def no_cells(table: xr.Dataset, hazard: int) -> None:
    """Start a hazard that only assets have: not applicable wherever none is listed; changed in place."""
    table["tier"].values[hazard] = NOT_APPLICABLE
