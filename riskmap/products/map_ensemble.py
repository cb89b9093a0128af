"""The ensemble as a layer of its own: colour by the tier that is likely enough, hatching by how likely, an arrow ahead."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.products.map_pack import pack
from riskmap.products.probability import NOTE
from riskmap.scale import NO_DATA, Tier
from riskmap.tally import TIERS

LIKELY: Final = {Tier.BLUE: 0.3, Tier.YELLOW: 0.3, Tier.ORANGE: 0.5, Tier.RED: 0.5}
"""Least chance of a tier or worse at which the ensemble has its colour (own proposal, status D)."""

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
    tier, chance, trend = likely_tier(chances["region_probability_hourly"].values)
    return {
        "level": level,
        "tier": pack(tier),
        "chance": pack(chance, scale=100),
        "trend": pack(trend),
        "note": NOTE[bool(chances.attrs["made"])],
    }


def likely_tier(
    chances: NDArray[Any],
) -> tuple[NDArray[np.int8], NDArray[np.float64], NDArray[np.float64]]:
    """The highest tier whose chance reaches ``LIKELY``, that chance, and which way the mean tier goes.

    Parameters
    ----------
    chances : array (tier, time, region)
        Of blue or worse, yellow or worse, ... red; NaN where unknown.

    Returns
    -------
    tier : int8 array (time, region)
        ``NO_DATA`` where unknown.
    chance : float array (time, region)
        Of that tier or worse; for green that of blue. NaN where unknown.
    trend : float array (time, region)
        -1, 0, 1 over the next ``AHEAD`` hours, or to the window's end; NaN in its last hour and where unknown.

    Examples
    --------
    >>> tier, chance, trend = likely_tier(np.array([[[0.9], [1.0]], [[0.4], [1.0]], [[0.4], [0.6]], [[0.0], [0.1]]]))
    >>> tier.ravel().tolist(), chance.ravel().tolist(), trend.ravel().tolist()
    ([2, 3], [0.4, 0.6], [1.0, nan])
    """
    values = np.asarray(chances, np.float64)
    unknown = np.isnan(values).any(axis=0)
    enough = values >= np.array([LIKELY[tier] for tier in TIERS])[:, None, None]
    tier = np.where(enough, np.arange(1, len(TIERS) + 1)[:, None, None], 0).max(axis=0)
    chance = np.take_along_axis(values, np.maximum(tier - 1, 0)[None], axis=0)[0]
    mean = values.sum(axis=0)
    later = mean[np.minimum(np.arange(len(mean)) + AHEAD, len(mean) - 1)] if len(mean) else mean
    change = later - mean
    trend = np.where(np.abs(change) < TURN, 0.0, np.sign(change))
    trend[-1:] = np.nan
    return (
        np.where(unknown, NO_DATA, tier).astype(np.int8),
        np.where(unknown, np.nan, chance),
        np.where(unknown | np.isnan(change), np.nan, trend),
    )
