"""What drives an inundation besides rain: inflows, held levels, open edges, drains, walls and breaches, channels.

Plain records of plain arrays, checked when they are made; rows and columns count from the north-west, times are seconds
from the start of the run. ``where`` names a record in messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError

Cells = Sequence[tuple[int, int]]
Side = Literal["east", "south"]

LOWEST_CREST = -500.0
"""Height [m] below all walls: the lowest land lies at -430 m; what is below is a mark for no data [D]."""


def check_series(
    times: Sequence[float], values: Sequence[float], where: str, *, least: float = -np.inf
) -> None:
    """Check a series: as many values as times, in order, complete, not below ``least``.

    Raises
    ------
    DataError
        Names the record and the place in it.
    """
    at, of = np.asarray(times, np.float64), np.asarray(values, np.float64)
    if at.ndim != 1 or at.shape != of.shape or at.size == 0:
        raise DataError(
            "a series needs as many values as times",
            where=where,
            expected=f"{at.size} values",
            found=str(of.size),
        )
    if not np.isfinite(at).all():
        raise DataError(
            "a time that is none", where=where, expected="seconds from the start", found=f"{at[~np.isfinite(at)][0]}",
            remedy="check how the times were read",
        )  # fmt: skip
    late = np.flatnonzero(np.diff(at) <= 0)
    if late.size:
        raise DataError(
            "times do not rise", where=where, expected="each later than the one before",
            found=f"{at[late[0] + 1]:g} s after {at[late[0]]:g} s", remedy="sort the rows and drop repeats",
        )  # fmt: skip
    gap = np.flatnonzero(~np.isfinite(of))
    if gap.size:
        raise DataError(
            "a gap in the series", where=where, expected="a number at every time",
            found=f"none at {at[gap[0]]:g} s", remedy="fill the gap on purpose, or end the series before it",
        )  # fmt: skip
    low = np.flatnonzero(of < least)
    if low.size:
        raise DataError(
            "a value that cannot be", where=where, expected=f"at least {least:g}",
            found=f"{of[low[0]]:g} at {at[low[0]]:g} s", remedy="a negative discharge is a Drain",
        )  # fmt: skip


def check_cells(cells: Cells, where: str) -> None:
    """Check that a record has cells.

    Raises
    ------
    DataError
    """
    if len(cells) == 0:
        raise DataError(
            "no cells", where=where, expected="one (row, column) or more", found="none",
            remedy="leave the record out, or say where it is",
        )  # fmt: skip


@dataclass(frozen=True)
class Inflow:
    """A hydrograph that enters at cells, shared evenly; linear between its times, nothing outside them.

    Attributes
    ----------
    cells : sequence of (row, column)
    times : sequence of float
        Seconds from the start.
    discharge : sequence of float
        [m3 s-1] of all cells together.
    """

    cells: Cells
    times: Sequence[float]
    discharge: Sequence[float]
    where: str = "inflow"

    def __post_init__(self) -> None:
        check_cells(self.cells, self.where)
        check_series(self.times, self.discharge, self.where, least=0.0)


@dataclass(frozen=True)
class Level:
    """Cells kept at a water level: tide, river stage or lake; linear between times, the first and last hold on.

    Attributes
    ----------
    cells : sequence of (row, column)
    times : sequence of float
        Seconds from the start.
    level : sequence of float
        Height [m] in the ground's datum.
    """

    cells: Cells
    times: Sequence[float]
    level: Sequence[float]
    where: str = "level"

    def __post_init__(self) -> None:
        check_cells(self.cells, self.where)
        check_series(self.times, self.level, self.where)


def shore_cells(sea: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Cells of the sea that touch land, to be held at the tide: the sea beyond them needs no ground.

    Parameters
    ----------
    sea : bool (y, x)

    Examples
    --------
    >>> shore_cells(np.array([[False, True, True], [False, False, True]]))
    [(0, 1), (1, 2)]
    """
    land = np.pad(~np.asarray(sea, bool), 1)
    beside = land[:-2, 1:-1] | land[2:, 1:-1] | land[1:-1, :-2] | land[1:-1, 2:]
    return [(int(i), int(j)) for i, j in zip(*np.nonzero(sea & beside), strict=True)]


@dataclass(frozen=True)
class OpenEdge:
    """Cells whose water leaves at the normal depth of a slope.

    Attributes
    ----------
    cells : sequence of (row, column)
    slope : float
        [m m-1].
    across : "x" or "y"
        Along which axis the water leaves: its section is the other side of the cell.
    """

    cells: Cells
    slope: float
    across: Literal["x", "y"]
    where: str = "open edge"

    def __post_init__(self) -> None:
        check_cells(self.cells, self.where)
        if self.across not in ("x", "y"):
            raise DataError("not an axis", where=self.where, expected="x or y", found=repr(self.across))
        if not 0.0 < self.slope < 10.0:
            raise DataError(
                "not a slope", where=self.where, expected="more than 0 m m-1", found=f"{self.slope}",
                remedy="give the slope of the ground or river beyond the edge",
            )  # fmt: skip


@dataclass(frozen=True)
class Drain:
    """Water that is taken from a cell, as far as there is any: drain, culvert or pump.

    Attributes
    ----------
    cell : (row, column)
    capacity : float
        [m3 s-1].
    to : (row, column), optional
        Where it is let out; away for good by default.
    """

    cell: tuple[int, int]
    capacity: float
    to: tuple[int, int] | None = None
    where: str = "drain"

    def __post_init__(self) -> None:
        if not (np.isfinite(self.capacity) and self.capacity >= 0.0):
            raise DataError(
                "not a capacity", where=self.where, expected="0 m3 s-1 or more", found=f"{self.capacity}"
            )


@dataclass(frozen=True)
class Breach:
    """A wall's crest that falls, evenly in time.

    Attributes
    ----------
    at : float
        When it starts [s from the start of the run].
    crest : float
        Height [m] that it ends at.
    duration : float
        How long it takes [s].
    """

    at: float
    crest: float
    duration: float = 0.0

    def __post_init__(self) -> None:
        if not (np.isfinite([self.at, self.crest, self.duration]).all() and self.duration >= 0.0):
            raise DataError(
                "a breach that is not known", where="breach", expected="numbers, and a duration of 0 s or more",
                found=f"at {self.at} s, to {self.crest} m, in {self.duration} s",
                remedy="leave the breach out, or say when and how deep",
            )  # fmt: skip


@dataclass(frozen=True)
class Wall:
    """Walls and dykes on sides of cells.

    Attributes
    ----------
    faces : sequence of (row, column, side)
        ``side`` is "east" or "south" of the cell.
    crest : float or sequence of float
        Height [m] in the ground's datum, of each face.
    breach : Breach, optional
        Of all these faces.
    """

    faces: Sequence[tuple[int, int, Side]]
    crest: float | Sequence[float]
    breach: Breach | None = None
    where: str = "wall"

    def __post_init__(self) -> None:
        crest = np.asarray(self.crest, np.float64)
        if crest.shape not in ((), (len(self.faces),)) or not np.isfinite(crest).all():
            raise DataError(
                "a crest height for each face", where=self.where, expected=f"1 or {len(self.faces)} heights [m]",
                found=f"{crest.size}, {int(np.isnan(crest).sum())} of them NaN",
                remedy="a wall whose crest is not known cannot be computed: leave it out and say so",
            )  # fmt: skip
        low = crest[crest < LOWEST_CREST]
        if low.size:
            raise DataError(
                "a height that no wall has", where=self.where, expected=f"{LOWEST_CREST:g} m or more", found=f"{low[0]:g}",
                remedy="if it is a mark for no data, leave the wall out and say so",
            )  # fmt: skip
        wrong = [side for _, _, side in self.faces if side not in ("east", "south")]
        if wrong:
            raise DataError(
                "not a side", where=self.where, expected="east or south", found=repr(wrong[0]),
                remedy="the west side of a cell is the east side of the one before",
            )  # fmt: skip


@dataclass(frozen=True)
class Channels:
    """Channels narrower than a cell, below its ground (after Neal et al. 2012).

    Attributes
    ----------
    width : float (y, x)
        Width [m]; 0 or NaN where there is none.
    depth : float (y, x)
        From the ground down to the channel's bed [m].
    manning : float
        Manning's n in the channel [s m-1/3].
    outlets : mapping of (row, column) to float
        Ends where the channel leaves the grid, with the slope [m m-1] of its bed there.
    """

    width: NDArray[np.floating]
    depth: NDArray[np.floating]
    manning: float = 0.035
    outlets: dict[tuple[int, int], float] = field(default_factory=dict)
    where: str = "channels"

    def __post_init__(self) -> None:
        there = np.asarray(self.width) > 0
        if there.shape != np.shape(self.depth):
            raise DataError("width and depth differ in shape", where=self.where)
        deep = np.asarray(self.depth)[there]
        if not (np.isfinite(deep).all() and (deep > 0).all()):
            raise DataError(
                "a channel needs a depth", where=self.where, expected="more than 0 m wherever it has a width",
                remedy="give the bank height",
            )  # fmt: skip
        if not 0.0 < self.manning < 1.0:
            raise DataError(
                "not a roughness", where=self.where, expected="0 to 1 s m-1/3", found=f"{self.manning}"
            )
