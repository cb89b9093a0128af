"""Gridded rain goes before parametric rain, cell by cell, and each cell keeps a label of where its rain came from."""

from __future__ import annotations

from collections import deque
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import CoverageError, DataError

Rain = NDArray[np.float32]


class Origin(IntEnum):
    """Where the rain of a cell came from."""

    PARAMETRIC = 0
    GRIDDED = 1
    MIXED = 2

    @property
    def english(self) -> str:
        """Words for a label."""
        return ("parametric", "observed or forecast grid", "part grid, part parametric")[self]


class RainSource(Protocol):
    """Anything that knows hourly rain on the grid; ``riskmap.io.rain_grids`` has one."""

    def hour(self, end: np.datetime64) -> Rain | None:
        """Rain [mm] of the hour that ends at ``end`` (UTC), NaN where unknown; None if that hour is not there."""
        ...


class FineRainSource(RainSource, Protocol):
    """A source whose rain comes in steps shorter than an hour: radar, say."""

    @property
    def steps_an_hour(self) -> int:
        """Even steps that an hour can be told in: 1, 2, 3 or 6."""
        ...

    def parts(self, end: np.datetime64, count: int) -> list[Rain] | None:
        """Rain [mm] of ``count`` even parts of the hour that ends at ``end``, NaN where unknown; None if one is not there."""
        ...


def split_hour(total: Rain, parts: list[Rain] | None, count: int) -> list[NDArray[np.float64]]:
    """An hour's rain in ``count`` even steps, spread as ``parts`` are, evenly where they say nothing; no water is lost.

    Parameters
    ----------
    total : float32 (y, x)
        Rain of the hour [mm], corrected by gauges, say.
    parts : list of float32 (y, x), or None
        Rain of each step as it was measured [mm].
    count : int

    Examples
    --------
    >>> measured = [np.array([[3.0, 0.0]], "f4"), np.array([[1.0, 0.0]], "f4")]
    >>> [step.tolist() for step in split_hour(np.array([[8.0, 2.0]], "f4"), measured, 2)]
    [[[6.0, 1.0]], [[2.0, 1.0]]]
    """
    amount = np.asarray(total, np.float64)
    if parts is None:
        return [amount / count] * count
    whole = np.sum(parts, axis=0, dtype=np.float64)
    told = whole > 0.0  # NaN tells nothing
    spread = [amount * np.where(told, part / np.where(told, whole, 1.0), 1.0 / count) for part in parts]
    # of an hour that is not wholly known its known steps stay
    return [np.where(np.isnan(amount), part, even) for part, even in zip(parts, spread, strict=True)]


def precede(gridded: Rain | None, parametric: Rain) -> tuple[Rain, NDArray[np.int8]]:
    """The gridded rain where there is some, the parametric elsewhere, and an ``Origin`` a cell.

    Parameters
    ----------
    gridded : float32 (y, x) or None
        Rain of one hour [mm], NaN where unknown; None if the hour is missing.
    parametric : float32 (y, x)
        Rain of the same hour [mm].

    Returns
    -------
    (float32 (y, x), int8 (y, x))

    Raises
    ------
    DataError
        The two have different shapes.

    Examples
    --------
    >>> rain, origin = precede(np.array([[0.0, np.nan]], "f4"), np.array([[3.0, 4.0]], "f4"))
    >>> rain.tolist(), origin.tolist()
    ([[0.0, 4.0]], [[1, 0]])
    """
    if gridded is None:
        return parametric, np.zeros(parametric.shape, np.int8)
    if gridded.shape != parametric.shape:
        raise DataError(
            "two rains on different grids", where="precede", expected=f"shape {parametric.shape}",
            found=f"{gridded.shape}", remedy="read the gridded rain onto the grid of the analysis",
        )  # fmt: skip
    known = ~np.isnan(gridded)
    origin = np.where(known, Origin.GRIDDED, Origin.PARAMETRIC).astype(np.int8)
    return np.where(known, gridded, parametric).astype(np.float32), origin


class OriginWindow:
    """Origins of rolling sums: a sum is gridded only if each of its hours is.

    Examples
    --------
    >>> window = OriginWindow(longest=24)
    >>> for origin in (0, 1, 1):
    ...     window.add(np.full((1, 1), origin, np.int8))
    >>> [int(window.origin(hours)[0, 0]) for hours in (1, 2, 3)]
    [1, 1, 2]
    """

    def __init__(self, *, longest: int) -> None:
        self._hours: deque[NDArray[np.int8]] = deque(maxlen=longest)

    def add(self, origin: NDArray[np.int8]) -> None:
        """Append the origins of the next hour, shape (y, x)."""
        self._hours.append(origin)

    def origin(self, hours: int) -> NDArray[np.int8]:
        """Origin of the sum over the last ``hours``, (y, x).

        Raises
        ------
        CoverageError
            Fewer hours were added.
        """
        if len(self._hours) < hours:
            raise CoverageError(
                "the window of origins is not whole", where="rain", expected=f"{hours} hours",
                found=f"{len(self._hours)}", remedy="add every hour of the run-in",
            )  # fmt: skip
        last = np.stack(list(self._hours)[-hours:])
        low, high = last.min(axis=0), last.max(axis=0)
        return np.where(low == high, low, np.int8(Origin.MIXED)).astype(np.int8)
