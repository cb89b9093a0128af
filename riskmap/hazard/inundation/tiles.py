"""Tiles of the grid: those without water sleep and cost nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap._kernels import inundation as kernel
from riskmap._kernels import inundation_cells as cells
from riskmap._kernels import inundation_tiles
from riskmap.blocks import run_pieces
from riskmap.hazard.inundation.ground import PAD, Ground

FEWEST: Final = 16
"""Tiles that one thread is done with before it could hand any of them on (measured: 0.1 ms)."""

State = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


class Tiles:
    """The tiles of a ground, and which of them are awake.

    Parameters
    ----------
    ground : Ground
    size : (int, int)
        Rows and columns of a tile.
    dry : float
        Depth [m] up to which a cell does not keep its tile awake.
    touched : sequence of arrays
        Cells that change by themselves: they wake their tile.

    Attributes
    ----------
    table : int64 (tile, 4)
        First and last + 1 row and column in the padded grid.
    news : int64 (tile, 6)
        What each tile told of itself when it was last computed.
    chosen : int64 (tile,)
        Filled from the front with the tiles of the next step.
    """

    def __init__(
        self, ground: Ground, size: tuple[int, int], *, dry: float, touched: Sequence[NDArray[np.int64]]
    ) -> None:
        (rows, columns), (high, wide) = ground.shape, size
        corners = [(i, j) for i in range(0, rows, high) for j in range(0, columns, wide)]
        ends = [(i, min(i + high, rows), j, min(j + wide, columns)) for i, j in corners]
        self.table = np.array(ends, np.int64) + PAD
        n = len(self.table)
        self._width, self._across = ground.width, -(-columns // wide)
        self.dry = np.float32(dry).view(np.uint32)
        self.always, self.awake = np.zeros(n, np.uint8), np.full(n, 2, np.uint8)
        self.news = np.zeros((n, 6), np.int64)
        self.chosen, self._resting = np.zeros(n, np.int64), np.zeros(n, np.int64)
        at = np.unique(np.concatenate([np.empty(0, np.int64), *touched]))
        self._touched = at[at >= 0]
        row, column = self._touched // ground.width, self._touched % ground.width
        self._tile_of = (row - PAD) // high * self._across + (column - PAD) // wide
        home = self.table[self._tile_of]
        sides = (row == home[:, 0], row == home[:, 1] - 1, column == home[:, 2], column == home[:, 3] - 1)
        self._borders = np.stack(sides, axis=1)

    def look(self, depth: NDArray[np.float32]) -> None:
        """Wake every tile and see how deep [m] each is."""
        bits = depth.view(np.uint32)
        for tile, news in zip(self.table, self.news, strict=True):
            kernel.tell_tile(tile, np.uint64(self._width), bits, self.dry, news)
        self.awake[:] = 2

    def keep_awake(self, where: NDArray[np.bool_]) -> None:
        """Keep the tiles awake that hold a marked cell (y, x)."""
        for t, (r0, r1, c0, c1) in enumerate(self.table - PAD):
            self.always[t] = bool(where[r0:r1, c0:c1].any())

    def choose(self, now: State, other: State) -> int:
        """Choose the tiles of the next step, lay those that fall asleep into both states; returns how many."""
        count, asleep = inundation_tiles.choose_tiles(
            self.news, self._across, self.always, self.chosen, self.awake, self._resting
        )
        if asleep:
            inundation_tiles.copy_tiles(self.table, self._resting[:asleep], self._width, now, other)
        return int(count)

    def wake(self, depth: NDArray[np.float32]) -> None:
        """Wake the tiles whose touched cells have any water now [m], however thin: what is poured into a tile that sleeps would
        be in one of its two states alone."""
        if len(self._touched):
            bits = depth.view(np.uint32)
            cells.wake(self._touched, self._tile_of, self._borders, bits, np.uint32(0), self.news)

    @property
    def deepest(self) -> float:
        """Greatest depth [m] that any tile told of; NaN or negative where something broke."""
        return float(np.uint32(self.news[:, kernel.DEEPEST].max()).view(np.float32))


def share_tiles(block: Callable[[int, int], None], count: int, workers: int) -> None:
    """Call ``block(first, last)`` over so many tiles, in few pieces: each costs some microseconds, and cuts neighbours apart.

    The first are large, the last small, so that the threads end together.
    """
    if workers == 1 or count < FEWEST:
        if count:
            block(0, count)
        return
    ends = [0]
    while ends[-1] < count:
        left = count - ends[-1]
        ends.append(ends[-1] + min(left, max(FEWEST, -(-left // workers))))
    run_pieces(block, ends, workers)
