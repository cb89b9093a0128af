"""What every terrain function asks of an elevation model: a plane of finite heights, NaN where nothing is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.errors import DataError

NOTHING: Final = np.empty((0, 0), np.bool_)
"""A mask that is not given."""

PIECE: Final = 2048
"""Side of the windows in which flats are resolved, and of the pieces that are read from files [cells]."""

Block = tuple[slice, slice]


def elevation(dem: Any, nodata: float | None = None) -> NDArray[Any]:
    """Heights as float32 or float64, C order, NaN without data.

    Float32 and float64 come through as they are (not copied without ``nodata``), 8- and 16-bit whole numbers
    become float32, longer ones float64.

    Parameters
    ----------
    dem : array (y, x) [m]
    nodata : float, optional
        Value that stands for no data, besides NaN.

    Raises
    ------
    DataError
        Not a plane of numbers, or without cells.

    Examples
    --------
    >>> elevation(np.array([[3, -9999]], np.int16), nodata=-9999)
    array([[ 3., nan]], dtype=float32)
    """
    values = np.asarray(dem)
    if values.ndim != 2 or values.size == 0 or values.dtype.kind not in "fiu":
        raise DataError(
            "the elevation model is not a plane of heights",
            where="dem",
            expected="numbers (y, x)",
            found=f"{values.dtype} {values.shape}",
        )
    kind = values.dtype
    if kind.kind != "f":
        kind = np.dtype(np.float32 if kind.itemsize <= 2 else np.float64)
    elif kind.itemsize < 4:
        kind = np.dtype(np.float32)
    missing = None if nodata is None or np.isnan(nodata) else values == values.dtype.type(nodata)
    values = np.ascontiguousarray(values, kind.newbyteorder("="))
    return values if missing is None else np.where(missing, values.dtype.type(np.nan), values)


def mask_like(mask: Any, shape: tuple[int, int], name: str) -> NDArray[np.bool_]:
    """A bool mask of the elevation model's shape; of size 0 where none is given.

    Raises
    ------
    DataError
        Another shape, or not bool.
    """
    if mask is None:
        return NOTHING
    values = np.asarray(mask)
    if values.shape != shape or values.dtype != np.bool_:
        raise DataError(
            "the mask does not fit the elevation model",
            where=name,
            expected=f"bool {shape}",
            found=f"{values.dtype} {values.shape}",
        )
    return np.ascontiguousarray(values)


def part(mask: NDArray[np.bool_], block: Block) -> NDArray[np.bool_]:
    """A mask's part of a block; of size 0 stays so."""
    return mask[block] if mask.size else mask


def blocks_of(shape: tuple[int, int], side: int) -> list[list[Block]]:
    """Blocks of at most ``side`` x ``side`` cells, row by row.

    Examples
    --------
    >>> blocks_of((3, 2), 2)
    [[(slice(0, 2, None), slice(0, 2, None))], [(slice(2, 3, None), slice(0, 2, None))]]
    """
    if side < 1:
        raise DataError(
            "side of the blocks", where="block, window", expected="at least 1 cell", found=f"{side}"
        )
    rows, columns = shape
    return [
        [(slice(r, min(r + side, rows)), slice(c, min(c + side, columns))) for c in range(0, columns, side)]
        for r in range(0, rows, side)
    ]


def flat(rows: list[list[Any]]) -> Iterator[Any]:
    """The members of rows of blocks, one after the other."""
    return (member for row in rows for member in row)


def each(work: Callable[[int], None], count: int, workers: int | None) -> None:
    """Call ``work(k)`` for every k below ``count``, in threads."""

    def some(first: int, last: int) -> None:
        for k in range(first, last):
            work(k)

    run_rows(some, count, workers)
