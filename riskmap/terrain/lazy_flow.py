"""Accumulation and drainage height of arrays of Dask: chunks are the tiles, everything is computed later, in two passes.

Of each chunk the first pass keeps what it has gathered and tells its rim; the rims are joined in one task; the second pass
brings in what comes from the others. Results are those of the array in memory, bit by bit, however it is chunked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskmap.errors import DataError
from riskmap.terrain.accumulation import bring_in, checked_directions, gather_tile, round_to_sum
from riskmap.terrain.drainage import checked_heights, fill_tile, look_along
from riskmap.terrain.elevation import Block
from riskmap.terrain.flow_direction import cell_sides
from riskmap.terrain.lazy_tasks import Tasks, as_array, chunks_of, of_array, tasks
from riskmap.terrain.tiled_flow import MOST_CELLS, NO_DATA, Rim, Tile, inflows, values_below


def accumulate_lazily(directions: Any, *, dx: ArrayLike | None = None, dy: float | None = None) -> Any:
    """``accumulate`` of an array of Dask; with ``dx`` and ``dy`` [m], ``upstream_area``.

    Parameters
    ----------
    directions : dask array (y, x) uint8
    dx, dy : float or float array (y,), float, optional
        Sides of the cells [m].

    Returns
    -------
    dask array (y, x) with the chunks of ``directions``: cells (int32, -1 outside the ground), or [m2] (float64, NaN).

    Raises
    ------
    DataError
        Sides that are not positive; when it is computed, as ``accumulate``.
    """
    blocks = chunks_of(directions)
    shape = tuple(map(int, directions.shape))
    areas = None
    if dx is not None and dy is not None:
        sides = cell_sides(shape[0], dx, dy)[:, None] * dy
        areas = round_to_sum(sides, float(sides.max()), shape[0] * shape[1])
    kind = np.dtype(
        np.float64 if areas is not None else np.int32 if shape[0] * shape[1] <= MOST_CELLS else np.int64
    )
    codes, places = of_array(directions), _places(blocks)
    calls = {
        place: (_tile(at), codes[place], None if areas is None else areas[at[0]], kind)
        for place, at in places.items()
    }
    first = tasks(_gather, calls, codes)
    rims = tasks(_rim, {place: (first[place],) for place in places}, first)
    comes = _shared(inflows, rims, places, shape)
    ends = {place: (codes[place], first[place], comes[place]) for place in places}
    return as_array(tasks(_bring, ends, codes, first, comes), directions.chunks, kind)


def height_above_lazily(dem: Any, directions: Any, drainage: Any, *, outlets: bool = True) -> Any:
    """``height_above`` of arrays of Dask; all come to the chunks of the directions.

    Parameters
    ----------
    dem : dask array (y, x) [m]
    directions : dask array (y, x) uint8
    drainage : dask array (y, x) bool
        Streams, for example ``accumulate_lazily(directions) >= threshold``.
    outlets : bool
        As in ``height_above``.

    Returns
    -------
    dask array (y, x) [m] with the chunks of ``directions``

    Raises
    ------
    DataError
        Arrays of different shapes; when it is computed, as ``height_above``.
    """
    shape = tuple(map(int, directions.shape))
    if dem.shape != shape or drainage.shape != shape:
        raise DataError(
            "arrays of different shapes", where="dem, drainage", expected=str(shape),
            found=f"{dem.shape}, {drainage.shape}", remedy="make all of them from the same elevation model",
        )  # fmt: skip
    places = _places(chunks_of(directions))
    needs = [of_array(a.rechunk(directions.chunks)) for a in (dem, directions, drainage)]
    calls = {place: (_tile(at), *(need[place] for need in needs), outlets) for place, at in places.items()}
    rims = tasks(_look, calls, *needs)
    below = _shared(values_below, rims, places, shape)
    ends = {place: (*call, below[place]) for place, call in calls.items()}
    return as_array(tasks(_fill, ends, *needs, below), directions.chunks, dem.dtype)


def _places(blocks: list[list[Block]]) -> dict[tuple[int, int], Block]:
    return {(r, c): at for r, row in enumerate(blocks) for c, at in enumerate(row)}


def _shared(
    join: Callable[..., Any], rims: Tasks, places: Collection[tuple[int, int]], shape: tuple[int, ...]
) -> Tasks:
    """What each chunk gets from the others: the rims joined in one task, and taken apart."""
    whole = tasks(join, {(): ([rims[place] for place in places], shape)}, rims)
    return tasks(_nth, {place: (whole[()], n) for n, place in enumerate(places)}, whole)


def _nth(parts: list[Any], n: int) -> Any:
    return parts[n]


def _tile(at: tuple[slice, slice]) -> Tile:
    return Tile(at[0].start, at[0].stop, at[1].start, at[1].stop)


def _gather(
    tile: Tile, directions: Any, areas: NDArray[np.float64] | None, kind: np.dtype[Any]
) -> tuple[NDArray[Any], Rim | None]:
    from riskmap._kernels import accumulate as kernel

    codes = checked_directions(directions)
    if areas is None:
        total: NDArray[Any] = np.empty(codes.shape, kind)
        kernel.count_ground(codes, total)
    else:
        total = np.where(codes == NO_DATA, np.nan, areas)
    return total, gather_tile(tile, codes, total)


def _rim(gathered: tuple[NDArray[Any], Rim | None]) -> Rim | None:
    return gathered[1]


def _bring(
    directions: Any,
    gathered: tuple[NDArray[Any], Rim | None],
    comes: tuple[NDArray[np.int64], NDArray[Any]],
) -> NDArray[Any]:
    out = gathered[0].copy()  # a task may run twice, after a worker is lost
    bring_in(checked_directions(directions), out, *comes)
    return out


def _look(tile: Tile, dem: Any, directions: Any, drainage: Any, outlets: bool) -> Rim:
    codes = checked_directions(directions)
    return look_along(
        tile, checked_heights(dem, codes), codes, np.ascontiguousarray(drainage), outlets=outlets
    )


def _fill(
    tile: Tile,
    dem: Any,
    directions: Any,
    drainage: Any,
    outlets: bool,
    below: tuple[NDArray[np.int64], NDArray[Any]],
) -> NDArray[Any]:
    codes = checked_directions(directions)
    ground = checked_heights(dem, codes)
    out = np.empty_like(ground)
    fill_tile(tile, ground, codes, np.ascontiguousarray(drainage), out, below, outlets=outlets)
    return out
