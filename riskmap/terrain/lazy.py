"""Depressions and directions of arrays of Dask: chunks are the blocks, everything is computed later, in two passes.

A chunk of the result needs its own input and a summary of all chunks, small beside them: that is one task. Results
are those of the array in memory, bit by bit, however it is chunked.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskmap.terrain.elevation import Block, elevation
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
from riskmap.terrain.lazy_tasks import Cut, as_array, chunks_of, joined, tasks, with_rim
from riskmap.terrain.tiled_fill import Survey, finish, join, summary, survey

_SINK = OUTSIDE - 1
RIM = 2  # cells round a chunk: directions of its neighbours need theirs


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
    blocks = chunks_of(dem)
    lines, across = len(blocks), len(blocks[0])
    heights, sinks, barred = (Cut.of(array) for array in (dem, keep, walls))
    calls = {
        (r, c): (
            heights.window(at), (r == 0, r == lines - 1, c == 0, c == across - 1), sinks.window(at), barred.window(at)
        )
        for r, row in enumerate(blocks)
        for c, at in enumerate(row)
    }  # fmt: skip
    ground = heights.needs()
    surveys = tasks(_survey, calls, *ground, *sinks.needs(), *barred.needs())
    small = tasks(summary, {place: (surveys[place],) for place in calls}, surveys)
    levels = tasks(join, {(): ([[small[r, c] for c in range(across)] for r in range(lines)],)}, small)
    own = tasks(_pick, {(r, c): (levels[()], r, c) for r, c in calls}, levels)
    ends = {place: (call[0], surveys[place], own[place], call[3]) for place, call in calls.items()}
    return as_array(tasks(_finish, ends, *ground, *barred.needs(), surveys, own), dem.chunks, _dtype(dem))


def _pick(table: Any, *places: int) -> Any:
    for place in places:
        table = table[place]
    return table


def _survey(z: Any, ends: tuple[bool, bool, bool, bool], keep: Any, walls: Any) -> Survey:
    return survey(elevation(joined(z)), ends, keep=_mask(keep), walls=_mask(walls))


def _mask(window: Any) -> NDArray[np.bool_]:
    return np.ascontiguousarray(joined(window))


def _finish(z: Any, found: Survey, levels: NDArray[Any], walls: Any) -> NDArray[Any]:
    heights = elevation(joined(z))
    out = np.empty_like(heights)
    finish(heights, found, levels, out)
    barred = _mask(walls)
    if barred.size:
        np.copyto(out, heights, where=barred)
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
    blocks = chunks_of(dem)
    rows, columns = dem.shape
    sides = cell_sides(rows, dx, dy)
    heights, sinks, barred = (Cut.of(array) for array in (dem, keep, walls))
    calls = {}
    for i, row in enumerate(blocks):
        for j, at in enumerate(row):
            padded, inner = with_rim(at, dem.shape, RIM)
            corner = (padded[0].start, padded[1].start)
            windows = (heights.window(padded), sinks.window(padded), barred.window(padded))
            calls[i, j] = (*windows, sides[padded[0]], dy, inner, corner, columns)
    first = tasks(_direct, calls, *heights.needs(), *sinks.needs(), *barred.needs())
    flats = tasks(_pick, {place: (first[place], 1) for place in calls}, first)
    left = tasks(resolve_left, {(): ([flats[place] for place in calls], columns)}, flats)
    ends = {(r, c): (first[r, c], left[()], blocks[r][c], columns) for r, c in calls}
    return as_array(tasks(_place, ends, first, left), dem.chunks, np.uint8)


def _direct(
    z: Any, keep: Any, walls: Any, dx: NDArray[np.float64], dy: float, inner: Block, corner: tuple[int, int], columns: int
) -> tuple[Codes, Flats]:  # fmt: skip
    """Codes of a chunk, and the cells of flats that leave it, numbered as in the whole array."""
    heights = elevation(joined(z))
    codes = steepest(heights, dx, dy, _mask(keep), _mask(walls), workers=1)
    cells, within, seeds, high = resolve_window(heights, codes, inner)
    i, j = np.divmod(cells, heights.shape[1])
    return codes[inner].copy(), ((i + corner[0]) * columns + j + corner[1], within, seeds, high)


def _place(
    found: tuple[Codes, Flats], left: tuple[NDArray[np.int64], Codes], at: Block, columns: int
) -> Codes:
    """A chunk's codes with those of its flats that were resolved together."""
    (rows, across), (cells, resolved) = at, left
    first, last = np.searchsorted(cells, [rows.start * columns, rows.stop * columns])
    i, j = np.divmod(cells[first:last], columns)
    here = (j >= across.start) & (j < across.stop)
    out = found[0].copy()
    out[i[here] - rows.start, j[here] - across.start] = resolved[first:last][here]
    out[out == _SINK] = UNRESOLVED
    return out
