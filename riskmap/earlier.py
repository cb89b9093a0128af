"""What the cycle before said of the same hours: the tiers that a trend is measured against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.scale import Tier

NOT_LOOKED: Final = -3
"""Code of "the cycle before did not look at this": no such hour, region or hazard in it."""

RISING, UNCHANGED, FALLING, NO_TREND = 1, 0, -1, -9
"""Codes of a trend against the cycle before; the last where either tier is unknown."""

TREND_WORDS: Final = MappingProxyType(
    {
        RISING: ("上升", "rising"),
        UNCHANGED: ("持平", "unchanged"),
        FALLING: ("下降", "falling"),
        NO_TREND: ("无上期可比", "not comparable"),
    }
)
"""Trend -> (Chinese, English)."""


@dataclass(frozen=True, eq=False)
class Earlier:
    """Tiers of the cycle before, on the axes of the present one.

    Attributes
    ----------
    issued_at : datetime
        Issue time of the cycle before.
    combined : int8 array (time, region)
        Its combined tier at the same valid hours; ``NOT_LOOKED`` where it did not look.
    tier : int8 array (hazard, time, region)
        Its tier of each hazard.
    worst : int8 array (hazard + 1, region)
        Its worst tier over its own window: first combined, then the hazards.
    driver : tuple of str, length region
        Hazard that drove each region's worst combined tier; empty where there was none.
    """

    issued_at: datetime
    combined: NDArray[np.int8]
    tier: NDArray[np.int8]
    worst: NDArray[np.int8]
    driver: tuple[str, ...]


def trend_of(now: NDArray[Any], before: NDArray[Any]) -> NDArray[np.int8]:
    """Trend of tiers against those of the cycle before, cell by cell.

    Parameters
    ----------
    now, before : int array, one shape
        Tiers with ``NO_DATA``, ``NOT_APPLICABLE`` and ``NOT_LOOKED``.

    Returns
    -------
    int8 array
        ``RISING``, ``UNCHANGED``, ``FALLING``; ``NO_TREND`` where either is no tier.

    Examples
    --------
    >>> trend_of(np.array([3, 1, 0, -1, 2]), np.array([2, 1, 4, 2, -3])).tolist()
    [1, 0, -1, -9, -9]
    """
    known = (now >= Tier.GREEN) & (before >= Tier.GREEN)
    return np.where(known, np.sign(now.astype(np.int8) - before.astype(np.int8)), NO_TREND).astype(np.int8)


def aligned(
    values: NDArray[np.int8], found: Sequence[Sequence[Any]], wanted: Sequence[Sequence[Any]]
) -> NDArray[np.int8]:
    """Tiers on other axes: what ``wanted`` names and ``found`` has not is ``NOT_LOOKED``.

    Parameters
    ----------
    values : int8 array
        Tiers on the axes ``found``.
    found, wanted : sequences of labels, one an axis
        Labels that ``values`` has, and those that the result is to have.

    Examples
    --------
    >>> aligned(np.array([[1, 2]], np.int8), (["a"], [10, 11]), (["a", "b"], [11, 12])).tolist()
    [[2, -3], [-3, -3]]
    """
    out = np.full(tuple(len(axis) for axis in wanted), NOT_LOOKED, np.int8)
    places = []
    for have, want in zip(found, wanted, strict=True):
        index = {label: n for n, label in enumerate(have)}
        pairs = [(n, index[label]) for n, label in enumerate(want) if label in index]
        places.append(np.array(pairs, np.int64).reshape(-1, 2).T)
    out[np.ix_(*(p[0] for p in places))] = values[np.ix_(*(p[1] for p in places))]
    return out
