"""When each cell first comes to each tier: kept as one number a cell and tier, whatever the number of hours."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.grid import Grid
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier

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
        self._unknown = np.zeros(shape, np.bool_)
        self._possible = np.zeros(shape, np.bool_)

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
        self._unknown |= tiers == NO_DATA
        self._possible |= tiers != NOT_APPLICABLE

    def first(self, tier: Tier, rows: slice = slice(None)) -> NDArray[np.int16]:
        """Index of the first hour at or above a tier, ``NEVER`` where there is none, shape (y, x); or of some rows."""
        return np.asarray(self._first[tier - 1][rows])

    def worst(self, rows: slice = slice(None)) -> NDArray[np.int8]:
        """Worst tier of each cell, 0 where none was reached, shape (y, x); or of some rows."""
        return np.asarray((self._first[:, rows] != NEVER).sum(axis=0), np.int8)

    def window(self) -> NDArray[np.int8]:
        """Worst tier of each cell over the window, shape (y, x), by the law of ``riskmap.assessment.worst_tier``.

        ``NO_DATA`` where nothing reached blue and some hour is unknown, ``NOT_APPLICABLE`` where no hour was possible.

        Examples
        --------
        >>> onsets = Onsets((1, 4))
        >>> for hour, tiers in enumerate([[0, -1, -1, -2], [0, 0, 2, -2]]):
        ...     onsets.update(np.array([tiers], np.int8), hour)
        >>> onsets.window().tolist()
        [[0, -1, 2, -2]]
        """
        worst = Onsets.worst(self)
        known = np.where(self._unknown & (worst == Tier.GREEN), np.int8(NO_DATA), worst)
        return np.where(self._possible, known, np.int8(NOT_APPLICABLE)).astype(np.int8)
