"""An elevation model inside an analysis: fine cells of their own grid under the cells of the hazards' grid."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap import blocks
from riskmap.blocks import bands
from riskmap.errors import TooLargeError
from riskmap.grid import Grid
from riskmap.hazard.flash_flood import cells_under

FINE_BYTES: Final = 40
"""Memory [bytes] of a fine cell at the peak, while its layers are derived and counted into regions; a test holds it
against what is really allocated."""

BAND_BYTES: Final = 90
"""The same of the cells that are worked on at once, ``riskmap.blocks.BAND`` of them, on top."""


@dataclass(frozen=True, eq=False)
class FineGround:
    """Heights of an elevation model as an analysis takes them.

    Attributes
    ----------
    altitude : float32 array (y, x)
        [m]; NaN where unknown, and at sea.
    sea : bool array (y, x)
        Where the file says that the sea is; ``riskmap.analysis.fine.fine_relief`` asks the hazards' relief too.
    grid : Grid
        Of these cells, geographic.
    cell : float
        Larger side of the file's cells [m], before any warping.
    findings : tuple of str
        What was wrong with the file and what was done about it.
    """

    altitude: NDArray[np.float32]
    sea: NDArray[np.bool_]
    grid: Grid
    cell: float
    findings: tuple[str, ...] = ()


def fine_memory(shape: tuple[int, int]) -> int:
    """Memory [bytes] that fine relief of a shape takes at its peak: of cells alone, whatever the number of hours.

    Examples
    --------
    >>> fine_memory((1000, 1000)) / 1e9, fine_memory((18_000, 16_200)) / 1e9
    (0.13, 12.024)
    """
    cells = int(shape[0]) * int(shape[1])
    return cells * FINE_BYTES + min(cells, blocks.BAND) * BAND_BYTES


def _cells_in(memory: int) -> int:
    """Cells of the largest model that fits."""
    small = memory // (FINE_BYTES + BAND_BYTES)
    return small if small <= blocks.BAND else (memory - blocks.BAND * BAND_BYTES) // FINE_BYTES


def require_fine_memory(shape: tuple[int, int], memory: int, *, where: str) -> None:
    """Refuse fine relief that does not fit.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    memory : int
        Memory [bytes] that may be used.
    where : str
        The file, for the message.

    Raises
    ------
    TooLargeError
        With what would fit.
    """
    need = fine_memory(shape)
    if need <= memory:
        return
    share = (max(_cells_in(memory), 1) / (int(shape[0]) * int(shape[1]))) ** 0.5
    rows, columns = max(1, int(shape[0] * share)), max(1, int(shape[1] * share))
    raise TooLargeError(
        "the elevation model does not fit into memory", where=where, expected=f"at most {memory / 1e9:.2f} GB",
        found=f"{need / 1e9:.2f} GB for {shape[0]} x {shape[1]} cells",
        remedy=f"give a part of {rows} x {columns} cells, a smaller [grid], or cells {1 / share:.2f} times as wide",
    )  # fmt: skip


def rows_and_columns(fine: Grid, over: Grid) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and column of the hazards' grid ``over`` under each fine row and column; -1 outside of it."""
    return (
        cells_under(fine.latitude, over.latitude, where="grid, y"),
        cells_under(fine.longitude, over.longitude, where="grid, x"),
    )


def share_under(mask: NDArray[np.bool_], fine: Grid, over: Grid) -> NDArray[np.float64]:
    """Share of each cell of ``over`` that fine cells of ``mask`` (y, x) cover, 0 to 1, shape of ``over``."""
    rows, columns = rows_and_columns(fine, over)
    inside = columns >= 0
    found = np.zeros(over.shape)
    for row in range(over.shape[0]):
        part = _span(rows, row)
        weight = fine.cell_area[part] @ mask[part].astype(np.float64)
        found[row] = np.bincount(columns[inside], weights=weight[inside], minlength=over.shape[1])
    return np.asarray(np.minimum(found / over.cell_area[:, None], 1.0))


LEAST_SEA: Final = 1000
"""Cells of exactly 0 m that hang together from which on they may be the sea (status D): a pond is smaller."""


def level_sea(ground: FineGround, over: Grid, altitude: NDArray[np.floating] | None) -> NDArray[np.bool_]:
    """Cells of exactly 0 m that are the sea by the hazards' relief, (y, x): files of the shuttle mission have it so.

    A patch of at least ``LEAST_SEA`` such cells is the sea where the relief [m] has sea over most of it. Kept as ground it
    would be one flat as large as the sea, and water would run over it.
    """
    from riskmap._kernels import connected as kernel

    zero = ground.altitude == 0.0
    if altitude is None or np.count_nonzero(zero) < LEAST_SEA:
        return np.zeros(zero.shape, np.bool_)
    labels = np.empty(zero.shape, np.int32)
    count = int(kernel.label_patches(np.ascontiguousarray(zero), labels))
    rows, columns = rows_and_columns(ground.grid, over)
    wet = np.pad(np.isnan(altitude), ((0, 1), (0, 1)))
    size, under = np.zeros(count + 1, np.int64), np.zeros(count + 1, np.int64)
    for part in bands(labels.shape):
        size += np.bincount(labels[part].reshape(-1), minlength=count + 1)
        under += np.bincount(labels[part][wet[rows[part, None], columns[None, :]]], minlength=count + 1)
    found = (size >= LEAST_SEA) & (2 * under > size)
    found[0] = False
    return np.asarray(found[labels])


def around(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask (y, x) grown by its eight neighbours."""
    wide, out = np.pad(mask, 1), mask.copy()
    for i, j in product(range(3), range(3)):
        out |= wide[i : i + mask.shape[0], j : j + mask.shape[1]]
    return out


def _span(rows: NDArray[np.int64], row: int) -> slice:
    """The fine rows that lie over one row of the hazards' grid: they hang together."""
    held = np.flatnonzero(rows == row)
    return slice(int(held[0]), int(held[-1]) + 1) if held.size else slice(0, 0)
