"""The ensemble as a layer of its own: colour by the tier that is likely enough, hatching by how likely, an arrow ahead."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.ensemble_tiers import tiers_of_chances
from riskmap.products.map_pack import pack
from riskmap.products.probability import NOTE
from riskmap.rules import EnsembleRule
from riskmap.scale import NO_DATA

AHEAD: Final = 6
"""Hours that the arrow looks ahead (status D)."""

TURN: Final = 0.25
"""Least change of the mean tier that is not called steady (status D)."""


def ensemble_data(chances: xr.Dataset | None, level: str = "county") -> dict[str, Any] | None:
    """Tier, chance and trend of the wind by hour and region; None without an ensemble's regions.

    Parameters
    ----------
    chances : Dataset
        See ``riskmap.probability.wind_probability``.
    """
    if chances is None or "region_probability_hourly" not in chances:
        return None
    values = chances["region_probability_hourly"].transpose("tier", ...).values
    given = chances.get("region_ensemble_tier_hourly")
    tier = tiers_of_chances(values, EnsembleRule().bounds) if given is None else given.values
    chance, trend = chance_and_trend(values, tier)
    return {
        "level": level,
        "tier": pack(tier),
        "chance": pack(chance, scale=100),
        "trend": pack(trend),
        "note": NOTE[bool(chances.attrs["made"])],
    }


def chance_and_trend(
    chances: NDArray[Any], tier: NDArray[np.int8]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How likely the tier is, and which way the mean tier goes.

    Parameters
    ----------
    chances : array (tier, time, region)
        Of blue or worse, yellow or worse, ... red; NaN where unknown.
    tier : int8 array (time, region)
        See ``riskmap.ensemble_tiers.tiers_of_chances``.

    Returns
    -------
    chance : float array (time, region)
        Of that tier or worse; for green that of blue. NaN where the tier is unknown.
    trend : float array (time, region)
        -1, 0, 1 over the next ``AHEAD`` hours, or to the window's end; NaN in its last hour and where unknown.

    Examples
    --------
    >>> chances = np.array([[[0.9], [1.0]], [[0.4], [1.0]], [[0.4], [0.6]], [[0.0], [0.1]]])
    >>> chance, trend = chance_and_trend(chances, np.array([[2], [3]], np.int8))
    >>> chance.ravel().tolist(), trend.ravel().tolist()
    ([0.4, 0.6], [1.0, nan])
    """
    values = np.asarray(chances, np.float64)
    place = np.clip(tier.astype(np.int64) - 1, 0, len(values) - 1)
    chance = np.where(tier == NO_DATA, np.nan, np.take_along_axis(values, place[None], axis=0)[0])
    mean = values.sum(axis=0)  # the mean tier: each tier adds the chance of being there or worse
    later = mean[np.minimum(np.arange(len(mean)) + AHEAD, max(len(mean) - 1, 0))]
    change = later - mean
    trend = np.where(np.isnan(change), np.nan, np.where(np.abs(change) < TURN, 0.0, np.sign(change)))
    trend[-1:] = np.nan
    return chance, trend
