"""Spells: how long a tier, or a worse one, lasts around each hour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskmap.scale import Tier


def spells(tier: NDArray[np.int8]) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """First and last hour of the spell, at the hour's tier or worse, that each hour is in.

    Parameters
    ----------
    tier : int8 array (..., time, region)

    Returns
    -------
    (int16 array, int16 array) of the same shape
        Indices of hours; -1 below blue. An hour without data ends a spell: nobody knows whether it went on.

    Examples
    --------
    >>> first, last = spells(np.array([[1], [3], [2], [-1], [1]], np.int8))
    >>> first[:, 0].tolist(), last[:, 0].tolist()
    ([0, 1, 1, -1, 4], [2, 1, 2, -1, 4])
    """
    hours = np.arange(tier.shape[-2], dtype=np.int16)[:, None]
    first, last = np.full(tier.shape, -1, np.int16), np.full(tier.shape, -1, np.int16)
    for level in range(Tier.BLUE, Tier.RED + 1):
        here = tier == level
        if not here.any():
            continue
        out = tier < level
        left = np.maximum.accumulate(np.where(out, hours, np.int16(-1)), axis=-2) + 1
        right = np.where(out, hours, np.int16(len(hours)))
        right = np.minimum.accumulate(right[..., ::-1, :], axis=-2)[..., ::-1, :] - 1
        first[here], last[here] = left[here], right[here]
    return first, last
