"""Depressions and directions of arrays of Dask: chunks are the blocks, everything is computed later, in two passes.

A chunk of the result needs its own input and a summary of all chunks, small beside them: that is one task. Results
are those of the array in memory, bit by bit, however it is chunked.
"""

from __future__ import annotations

from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskmap.errors import DataError, MissingExtraError
from riskmap.terrain.elevation import NOTHING, Block, elevation
from riskmap.terrain.flow_direction import (
    OUTSIDE,
    UNRESOLVED,
    Codes,
    Flats,
    cell_sides,
    resolve_left,
    resolve_window,
    steepest,
)
from riskmap.terrain.tiled_fill import Survey, finish, join, summary, survey

_SINK = OUTSIDE - 1
RIM = 2  # cells round a chunk: directions of its neighbours need theirs


def _dask() -> tuple[Any, Any]:
    try:
        return import_module("dask"), import_module("dask.array")
    except ImportError as error:
        raise MissingExtraError(
            "chunked arrays need Dask", where="riskmap.terrain", remedy="pip install 'riskmap[scale]'"
        ) from error


def _chunks(array: Any) -> list[list[Block]]:
    """Slices of the chunks, row by row."""
    if array.ndim != 2 or np.isnan(array.shape).any():
        raise DataError(
            "the elevation model is not a plane of heights",
            where="dem",
            expected="two dimensions of known size",
            found=f"{array.shape}",
        )
    edges = [np.concatenate([[0], np.cumsum(sizes)]).tolist() for sizes in array.chunks]
    rows, columns = ([slice(a, b) for a, b in pairwise(e)] for e in edges)
    return [[(r, c) for c in columns] for r in rows]


def _dtype(array: Any) -> np.dtype[Any]:
    return elevation(np.zeros((1, 1), array.dtype)).dtype


def fill_lazily(dem: Any, *, keep: Any = None, walls: Any = None) -> Any:
    """``fill_depressions`` of an array of Dask.

    Parameters
    ----------
    dem : dask array (y, x) [m]
        NaN without data.
    keep, walls : bool array (y, x), of Dask or not, optional
        As in ``fill_depressions``.

    Returns
    -------
    dask array (y, x) with the chunks of ``dem``
    """
    dask, arrays = _dask()
    blocks = _chunks(dem)
    lines, across = len(blocks), len(blocks[0])
    surveys: list[list[Any]] = []
    for r, row in enumerate(blocks):
        surveys.append([])
        for c, at in enumerate(row):
            ends = (r == 0, r == lines - 1, c == 0, c == across - 1)
            surveys[-1].append(
                dask.delayed(_survey, pure=False)(dem[at], ends, _cut(keep, at), _cut(walls, at))
            )
    small = [[dask.delayed(summary, pure=False)(s) for s in row] for row in surveys]
    levels = dask.delayed(join, pure=False)(small)
    kind = _dtype(dem)
    return arrays.block([
        [
            arrays.from_delayed(
                dask.delayed(_finish, pure=False)(dem[at], surveys[r][c], levels[r][c]), _shape(at), kind
            )
            for c, at in enumerate(row)
        ]
        for r, row in enumerate(blocks)
    ])  # fmt: skip


def _cut(mask: Any, at: Block) -> Any:
    return NOTHING if mask is None else mask[at]


def _shape(at: Block) -> tuple[int, int]:
    rows, columns = at
    return rows.stop - rows.start, columns.stop - columns.start


def _survey(z: Any, ends: tuple[bool, bool, bool, bool], keep: Any, walls: Any) -> Survey:
    return survey(elevation(z), ends, keep=np.ascontiguousarray(keep), walls=np.ascontiguousarray(walls))


def _finish(z: Any, found: Survey, levels: NDArray[Any]) -> NDArray[Any]:
    heights = elevation(z)
    out = np.empty_like(heights)
    finish(heights, found, levels, out)
    return out


def direct_lazily(
    dem: Any, *, dx: ArrayLike = 1.0, dy: float = 1.0, keep: Any = None, walls: Any = None
) -> Any:
    """``flow_direction`` of an array of Dask, flats resolved across chunks.

    Flats that touch a chunk's edge are resolved together, in one task: some 130 bytes for each of their cells.

    Parameters
    ----------
    dem : dask array (y, x) [m]
        Filled; NaN without data.
    dx, dy, keep, walls
        As in ``flow_direction``.

    Returns
    -------
    dask array (y, x) uint8 with the chunks of ``dem``
    """
    dask, arrays = _dask()
    blocks = _chunks(dem)
    rows, columns = dem.shape
    sides = cell_sides(rows, dx, dy)
    firsts: list[list[Any]] = []
    for row in blocks:
        firsts.append([])
        for r, c in row:
            padded = (
                slice(max(r.start - RIM, 0), min(r.stop + RIM, rows)),
                slice(max(c.start - RIM, 0), min(c.stop + RIM, columns)),
            )
            inner = (
                slice(r.start - padded[0].start, r.stop - padded[0].start),
                slice(c.start - padded[1].start, c.stop - padded[1].start),
            )
            corner = (padded[0].start, padded[1].start)
            firsts[-1].append(
                dask.delayed(_direct, pure=False, nout=2)(
                    dem[padded], sides[padded[0]], dy, _cut(keep, padded), _cut(walls, padded), inner, corner, columns
                )
            )  # fmt: skip
    left = dask.delayed(_resolve, pure=False)([f[1] for row in firsts for f in row], columns)
    return arrays.block([
        [
            arrays.from_delayed(
                dask.delayed(_place, pure=False)(firsts[r][c][0], left, at, columns), _shape(at), np.uint8
            )
            for c, at in enumerate(row)
        ]
        for r, row in enumerate(blocks)
    ])  # fmt: skip


def _direct(
    z: Any, dx: NDArray[np.float64], dy: float, keep: Any, walls: Any, inner: Block, corner: tuple[int, int], columns: int
) -> tuple[Codes, Flats]:  # fmt: skip
    """Codes of a chunk, and the cells of flats that leave it, numbered as in the whole array."""
    heights = elevation(z)
    codes = steepest(heights, dx, dy, np.ascontiguousarray(keep), np.ascontiguousarray(walls), workers=1)
    cells, within, seeds, high = resolve_window(heights, codes, inner)
    i, j = np.divmod(cells, heights.shape[1])
    return codes[inner].copy(), ((i + corner[0]) * columns + j + corner[1], within, seeds, high)


def _resolve(parts: list[Flats], columns: int) -> tuple[NDArray[np.int64], Codes]:
    return resolve_left(parts, columns)


def _place(codes: Codes, left: tuple[NDArray[np.int64], Codes], at: Block, columns: int) -> Codes:
    """A chunk's codes with those of its flats that were resolved together."""
    (rows, across), (cells, found) = at, left
    first, last = np.searchsorted(cells, [rows.start * columns, rows.stop * columns])
    i, j = np.divmod(cells[first:last], columns)
    here = (j >= across.start) & (j < across.stop)
    out = codes.copy()
    out[i[here] - rows.start, j[here] - across.start] = found[first:last][here]
    out[out == _SINK] = UNRESOLVED
    return out
