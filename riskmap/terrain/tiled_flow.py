"""Water across the borders of tiles: what a tile says of its rim, and how the rims are joined.

Each tile is worked on by itself, in any order; of it, only the cells of its rim are told: their code, where the water
that stands on them goes within the tile, and a number. The rims together are a small forest that is solved at once.
A second look at each tile brings the answer in. As in Barnes (2017, Parallel non-divergent flow accumulation for
trillion cell digital elevation models on desktops or clusters, Environmental Modelling & Software 92, 202).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from riskmap.blocks import threads
from riskmap.errors import DataError

NO_DATA: Final = 255
"""Code of a cell outside the ground."""

STEPS: Final = (
    (1, 0, 1),
    (2, 1, 1),
    (4, 1, 0),
    (8, 1, -1),
    (16, 0, -1),
    (32, -1, -1),
    (64, -1, 0),
    (128, -1, 1),
)
"""Code, step in rows, step in columns: ESRI's, clockwise from east."""

BANDS: Final = 4
"""Bands of rows for each thread: cores are not equally fast."""

MOST_CELLS: Final = 2**31 - 1
"""Cells of one tile: their index fits into 32 bits."""

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True)
class Tile:
    """Rows ``top:bottom`` and columns ``left:right`` of the whole."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.bottom - self.top, self.right - self.left

    def of(self, whole: NDArray[Number]) -> NDArray[Number]:
        """The tile's part of an array (y, x), contiguous: a view where it spans all columns, else a copy."""
        return np.ascontiguousarray(whole[self.top : self.bottom, self.left : self.right])

    def put(self, whole: NDArray[Number], part: NDArray[Number]) -> None:
        """Write the tile's part back into the whole, where ``of`` has made a copy."""
        if not np.shares_memory(part, whole):
            whole[self.top : self.bottom, self.left : self.right] = part

    def index(self, local: NDArray[np.int64], columns: int) -> NDArray[np.int64]:
        """Index in the flat whole of ``columns`` columns, from that in the flat tile."""
        row, column = np.divmod(local, self.shape[1])
        return np.asarray((row + self.top) * columns + column + self.left)


@dataclass(frozen=True, eq=False)
class Rim:
    """What a tile tells of the cells of its rim, each (node,).

    Attributes
    ----------
    tile : Tile
    cell : int64
        Index in the flat tile.
    code : uint8
        D8 code.
    end : int64
        Index in the flat tile of the cell where the water that stands on ``cell`` leaves the tile or stops.
    value : number
        At the cell, or at the end: as the sum asks.
    """

    tile: Tile
    cell: NDArray[np.int64]
    code: NDArray[np.uint8]
    end: NDArray[np.int64]
    value: NDArray[Any]


@dataclass(frozen=True, eq=False)
class Joined:
    """All rims together.

    Attributes
    ----------
    leaving : int64 (exit,)
        Node whose water runs into another tile.
    into : int64 (exit,)
        Node that it runs into.
    after : int64 (exit,)
        Exit by which it leaves that tile again; -1 where it does not.
    first : int64 (tile + 1,)
        Where the nodes of each tile begin.
    """

    leaving: NDArray[np.int64]
    into: NDArray[np.int64]
    after: NDArray[np.int64]
    first: NDArray[np.int64]


def tiles_of(shape: tuple[int, int], tile: tuple[int, int]) -> list[Tile]:
    """Tiles of ``tile`` rows and columns that cover a shape, row by row; those at the end are smaller.

    Examples
    --------
    >>> [t.shape for t in tiles_of((5, 4), (3, 4))]
    [(3, 4), (2, 4)]
    """
    rows, columns = shape
    return [
        Tile(i, min(i + tile[0], rows), j, min(j + tile[1], columns))
        for i in range(0, rows, tile[0])
        for j in range(0, columns, tile[1])
    ]


def tiles_for(shape: tuple[int, int], tile: tuple[int, int] | None, workers: int | None) -> list[Tile]:
    """The tiles asked for, or bands of rows for the threads there are; one tile for one thread."""
    if tile is not None:
        return tiles_of(shape, tile)
    workers = workers or threads()
    bands = 1 if workers == 1 else min(BANDS * workers, shape[0])
    return tiles_of(shape, (max(1, -(-shape[0] // max(bands, 1))), max(1, shape[1])))


def rim_of(shape: tuple[int, int]) -> NDArray[np.int64]:
    """Indices of the cells at the border of a flat tile, ascending.

    Examples
    --------
    >>> rim_of((3, 4)).tolist()
    [0, 1, 2, 3, 4, 7, 8, 9, 10, 11]
    """
    rows, columns = shape
    border = np.zeros(shape, bool)
    border[[0, rows - 1]] = True
    border[:, [0, columns - 1]] = True
    return np.flatnonzero(border)


def _targets(rim: Rim) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Row and column in the whole that each node's code points to, and whether that is outside the tile."""
    down, across = np.zeros(256, np.int64), np.zeros(256, np.int64)
    for code, rows, columns in STEPS:
        down[code], across[code] = rows, columns
    row, column = np.divmod(rim.cell, rim.tile.shape[1])
    row, column = row + down[rim.code], column + across[rim.code]
    outside = (row < 0) | (column < 0) | (row >= rim.tile.shape[0]) | (column >= rim.tile.shape[1])
    return row + rim.tile.top, column + rim.tile.left, outside


def join(rims: Sequence[Rim], shape: tuple[int, int]) -> Joined:
    """Link the rims of all tiles of an array of ``shape``."""
    columns = shape[1]
    cell = np.concatenate([rim.tile.index(rim.cell, columns) for rim in rims])
    end = np.concatenate([rim.tile.index(rim.end, columns) for rim in rims])
    code = np.concatenate([rim.code for rim in rims])
    targets = [_targets(rim) for rim in rims]
    row, column, outside = (np.concatenate([t[k] for t in targets]) for k in range(3))
    inside = outside & (row >= 0) & (column >= 0) & (row < shape[0]) & (column < columns)
    order = np.argsort(cell)
    leaving = np.flatnonzero(inside)
    into = _find(cell, order, row[leaving] * columns + column[leaving])
    ground = code[into] != NO_DATA
    leaving, into = leaving[ground], into[ground]
    number = np.full(len(cell), -1, np.int64)
    number[leaving] = np.arange(len(leaving))
    last = end[into]  # where water that comes in stops within the tile: on its rim, or it does not leave
    at = np.minimum(np.searchsorted(cell, last, sorter=order), len(cell) - 1)
    found = order[at]
    after = np.where(cell[found] == last, number[found], -1)
    first = np.cumsum([0, *(len(rim.cell) for rim in rims)])
    return Joined(leaving, into, after, first)


def _find(cell: NDArray[np.int64], order: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Nodes of cells that are on a rim."""
    return np.asarray(order[np.searchsorted(cell, wanted, sorter=order)], np.int64)


def inflows(rims: Sequence[Rim], shape: tuple[int, int]) -> list[tuple[NDArray[np.int64], NDArray[Any]]]:
    """What comes into each tile from the others: the cells of its rim where it does, and how much.

    ``value`` of the rims is what each tile has gathered by itself.

    Raises
    ------
    DataError
        The directions run in a circle through several tiles.
    """
    from riskmap._kernels import accumulate as kernel

    joined = join(rims, shape)
    value = np.concatenate([rim.value for rim in rims])
    total = value[joined.leaving]
    if kernel.sum_forest(joined.after, total) < len(total):
        raise circle("through several tiles")
    inflow, comes = np.zeros(len(value), value.dtype), np.zeros(len(value), bool)
    np.add.at(inflow, joined.into, total)
    comes[joined.into] = True
    out = []
    for rim, first in zip(rims, joined.first[:-1], strict=True):
        here = np.flatnonzero(comes[first : first + len(rim.cell)])
        out.append((rim.cell[here], inflow[first + here]))
    return out


def values_below(rims: Sequence[Rim], shape: tuple[int, int]) -> list[tuple[NDArray[np.int64], NDArray[Any]]]:
    """Cells by which water leaves each tile for another, and the value of where it ends at last.

    ``value`` of the rims is that of the end of the way within the tile.

    Raises
    ------
    DataError
        The directions run in a circle through several tiles.
    """
    joined = join(rims, shape)
    value = np.concatenate([rim.value for rim in rims])
    exits = np.arange(len(joined.after))
    last = np.where(joined.after < 0, exits, joined.after)
    for _ in range(max(1, len(last)).bit_length() + 1):  # each round doubles the way
        last = last[last]
    if np.any(joined.after[last] >= 0):
        raise circle("through several tiles")
    at_last = value[joined.into[last]]
    out = []
    owner = np.searchsorted(joined.first, joined.leaving, side="right") - 1
    for number, rim in enumerate(rims):
        mine = owner == number
        out.append((rim.cell[joined.leaving[mine] - joined.first[number]], at_last[mine]))
    return out


def circle(where: str) -> DataError:
    """The error of directions that never reach an outlet."""
    return DataError(
        "the flow directions run in a circle", where=f"directions, {where}",
        expected="D8 codes that lead every cell to an outlet, the border or a cell without data",
        found="cells that drain into themselves", remedy="make the directions from a filled elevation model",
    )  # fmt: skip
