"""The tier that an ensemble gives: the worst that enough members reach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import DataError
from riskmap.rules import EnsembleRule
from riskmap.scale import NO_DATA, Tier


def tiers_of_chances(chances: NDArray[np.floating], bounds: Sequence[float]) -> NDArray[np.int8]:
    """The worst tier whose chance reaches its bound.

    Parameters
    ----------
    chances : array (tier, ...)
        Chance of blue, yellow, orange, red or worse [1]; NaN = unknown.
    bounds : sequence of float, length 4
        Least chance for each; 0.5 everywhere gives the median of the members, the worse one where there are two.

    Returns
    -------
    int8 array
        ``NO_DATA`` where no bound is reached and a chance is unknown: what might be reached is not green.

    Raises
    ------
    DataError
        Not four chances or bounds.

    Examples
    --------
    >>> chances = np.array([[0.9, 0.31, 0.2], [0.4, 0.3, 0.1], [0.3, 0.0, np.nan], [0.1, 0.0, np.nan]])
    >>> tiers_of_chances(chances, (0.3, 0.3, 0.5, 0.5)).tolist()
    [2, 2, -1]
    """
    if len(chances) != 4 or len(bounds) != 4:
        raise DataError(
            "not four tiers", where="tiers_of_chances", expected="blue, yellow, orange, red",
            found=f"{len(chances)} chances, {len(bounds)} bounds", remedy="give one of each a tier",
        )  # fmt: skip
    tier = np.zeros(chances.shape[1:], np.int8)
    for code, (chance, bound) in enumerate(zip(chances, bounds, strict=True), 1):
        # counts of members as float32 quotients: 15 of 50 is 0.3
        tier[chance >= np.float32(bound) * np.float32(1 - 1e-6)] = code
    tier[(tier == Tier.GREEN) & np.isnan(chances).any(axis=0)] = NO_DATA
    return tier


def with_tiers(chances: xr.Dataset, rule: EnsembleRule) -> xr.Dataset:
    """The chances of the wind tiers with the tier that they come to, per cell, region, and region and hour.

    Parameters
    ----------
    chances : Dataset
        See ``riskmap.probability.wind_probability``.
    rule : EnsembleRule

    Returns
    -------
    Dataset
        With ``ensemble_tier`` (y, x), ``region_ensemble_tier`` (region) of the window, and
        ``region_ensemble_tier_hourly`` (time, region): -1 no data, 0 green to 4 red.
    """
    made = {}
    for name, of in {
        "ensemble_tier": "probability",
        "region_ensemble_tier": "region_probability",
        "region_ensemble_tier_hourly": "region_probability_hourly",
    }.items():
        if of in chances:
            field = chances[of].transpose("tier", ...)
            made[name] = field.isel(tier=0, drop=True).copy(data=tiers_of_chances(field.values, rule.bounds))
            made[name].attrs = {
                "units": "1", "long_name": "worst tier that enough members reach", "bounds": list(rule.bounds),
                "source": rule.source, "status": rule.status,
            }  # fmt: skip
    return chances.assign(made)
