"""Accumulation and drainage height of arrays of Dask: chunks are the tiles, everything is computed later, in two passes.

Of each chunk the first pass keeps what it has gathered and tells its rim; the rims are joined in one task; the second pass
brings in what comes from the others. Results are those of the array in memory, bit by bit, however it is chunked.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskmap.errors import DataError
from riskmap.terrain.accumulation import bring_in, checked_directions, gather_tile, round_to_sum
from riskmap.terrain.drainage import checked_heights, fill_tile, look_along
from riskmap.terrain.flow_direction import cell_sides
from riskmap.terrain.lazy import _chunks, _dask, _shape
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
    dask, arrays = _dask()
    blocks = _chunks(directions)
    shape = tuple(map(int, directions.shape))
    areas = None
    if dx is not None and dy is not None:
        sides = cell_sides(shape[0], dx, dy)[:, None] * dy
        areas = round_to_sum(sides, float(sides.max()), shape[0] * shape[1])
    kind = np.dtype(
        np.float64 if areas is not None else np.int32 if shape[0] * shape[1] <= MOST_CELLS else np.int64
    )
    codes = directions.to_delayed()
    first = [
        [
            dask.delayed(_gather, pure=False, nout=2)(
                _tile(at), codes[r][c], None if areas is None else areas[at[0]], kind
            )
            for c, at in enumerate(row)
        ]
        for r, row in enumerate(blocks)
    ]
    comes = dask.delayed(_inflows, pure=False)([part[1] for row in first for part in row], shape)
    return arrays.block([
        [
            arrays.from_delayed(
                dask.delayed(_bring, pure=False)(codes[r][c], first[r][c][0], comes[r * len(row) + c]), _shape(at), kind
            )
            for c, at in enumerate(row)
        ]
        for r, row in enumerate(blocks)
    ])  # fmt: skip


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
    dask, arrays = _dask()
    shape = tuple(map(int, directions.shape))
    if dem.shape != shape or drainage.shape != shape:
        raise DataError(
            "arrays of different shapes", where="dem, drainage", expected=str(shape),
            found=f"{dem.shape}, {drainage.shape}", remedy="make all of them from the same elevation model",
        )  # fmt: skip
    blocks = _chunks(directions)
    ground, codes, wet = (a.rechunk(directions.chunks).to_delayed() for a in (dem, directions, drainage))
    rims = [
        dask.delayed(_look, pure=False)(_tile(at), ground[r][c], codes[r][c], wet[r][c], outlets)
        for r, row in enumerate(blocks)
        for c, at in enumerate(row)
    ]
    below = dask.delayed(_values_below, pure=False)(rims, shape)
    return arrays.block([
        [
            arrays.from_delayed(
                dask.delayed(_fill, pure=False)(
                    _tile(at), ground[r][c], codes[r][c], wet[r][c], below[r * len(row) + c], outlets
                ),
                _shape(at), dem.dtype,
            )
            for c, at in enumerate(row)
        ]
        for r, row in enumerate(blocks)
    ])  # fmt: skip


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


def _inflows(rims: list[Rim], shape: tuple[int, int]) -> list[tuple[NDArray[np.int64], NDArray[Any]]]:
    return inflows(rims, shape)


def _bring(
    directions: Any, total: NDArray[Any], comes: tuple[NDArray[np.int64], NDArray[Any]]
) -> NDArray[Any]:
    out = total.copy()  # a task may run twice, after a worker is lost
    bring_in(checked_directions(directions), out, *comes)
    return out


def _look(tile: Tile, dem: Any, directions: Any, drainage: Any, outlets: bool) -> Rim:
    codes = checked_directions(directions)
    return look_along(
        tile, checked_heights(dem, codes), codes, np.ascontiguousarray(drainage), outlets=outlets
    )


def _values_below(rims: list[Rim], shape: tuple[int, int]) -> list[tuple[NDArray[np.int64], NDArray[Any]]]:
    return values_below(rims, shape)


def _fill(
    tile: Tile,
    dem: Any,
    directions: Any,
    drainage: Any,
    below: tuple[NDArray[np.int64], NDArray[Any]],
    outlets: bool,
) -> NDArray[Any]:
    codes = checked_directions(directions)
    ground = checked_heights(dem, codes)
    out = np.empty_like(ground)
    fill_tile(tile, ground, codes, np.ascontiguousarray(drainage), out, below, outlets=outlets)
    return out
