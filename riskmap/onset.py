"""When each cell first comes to each tier: kept as one number a cell and tier, whatever the number of hours."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.grid import Grid
from riskmap.scale import Tier

NEVER: Final = -1
_WARNED: Final = (Tier.BLUE, Tier.YELLOW, Tier.ORANGE, Tier.RED)


class Onsets:
    """First valid hour at or above each tier, cell by cell.

    Parameters
    ----------
    shape : (int, int)
        Of the grid (y, x).

    Attributes
    ----------
    grid : Grid or None
        Where the cells lie, if not on the hazards' grid.

    Examples
    --------
    >>> onsets = Onsets((1, 3))
    >>> for hour, tiers in enumerate([[0, 1, -1], [3, 1, -1], [4, 2, 0]]):
    ...     onsets.update(np.array([tiers], np.int8), hour)
    >>> onsets.first(Tier.ORANGE).tolist(), onsets.worst().tolist()
    ([[1, -1, -1]], [[4, 2, 0]])
    """

    grid: Grid | None = None

    def __init__(self, shape: tuple[int, int]) -> None:
        self._first = np.full((len(_WARNED), *shape), NEVER, np.int16)

    def update(self, tiers: NDArray[np.int8], hour: int) -> None:
        """Take in one more hour.

        Parameters
        ----------
        tiers : int8 (y, x)
            Codes below 0 (no data, not applicable) come to no tier.
        hour : int
            Index of the valid hour; hours come in order.
        """
        for tier, first in zip(_WARNED, self._first, strict=True):
            first[(tiers >= tier) & (first == NEVER)] = hour

    def first(self, tier: Tier) -> NDArray[np.int16]:
        """Index of the first hour at or above a tier, ``NEVER`` where there is none, shape (y, x)."""
        return np.asarray(self._first[tier - 1])

    def worst(self) -> NDArray[np.int8]:
        """Worst tier of each cell, 0 where none was reached, shape (y, x)."""
        return np.asarray((self._first != NEVER).sum(axis=0), np.int8)
