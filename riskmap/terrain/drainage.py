"""Height above the nearest drainage (HAND): of each cell above the stream cell that its water reaches first.

Directions are D8 codes as in ``accumulation``. Results are the same, bit by bit, for any tiles and threads: each cell's
height is one difference of two heights of the ground.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.errors import DataError
from riskmap.terrain.accumulation import Codes, checked_directions, packed_steps
from riskmap.terrain.tiled_flow import Rim, Tile, circle, rim_of, tiles_for, values_below

Heights = NDArray[np.floating]


def height_above_drainage(
    dem: NDArray[np.floating],
    directions: NDArray[np.uint8],
    accumulation: NDArray[Any],
    threshold: float,
    *,
    outlets: bool = True,
    tile: tuple[int, int] | None = None,
    workers: int | None = None,
) -> NDArray[np.floating]:
    """Height of each cell above the first stream cell on its way down [m].

    Parameters
    ----------
    dem : float32 or float64 array (y, x)
        Height of the ground [m]; that from which the directions were made, so that no height is negative.
    directions : uint8 array (y, x)
        D8 codes.
    accumulation : array (y, x)
        What drains through each cell, as ``accumulate`` gives it.
    threshold : float
        Streams are the cells whose accumulation is not below it, in the unit of the accumulation.
    outlets, tile, workers
        As in ``height_above``.

    Returns
    -------
    Array (y, x) of the dtype of ``dem`` [m]; 0 in streams, NaN outside the ground.

    Raises
    ------
    DataError
        Arrays of different shapes, not D8 codes, or directions in a circle.

    References
    ----------
    Nobre, Cuartas, Hodnett et al. (2011), Height Above the Nearest Drainage, Journal of Hydrology 404, 13 (M).

    Examples
    --------
    >>> dem = np.array([[9.0, 4.0, 3.0], [11.0, 5.0, 6.0]])
    >>> directions = np.array([[1, 1, 1], [64, 64, 64]], np.uint8)
    >>> upstream = np.array([[2, 4, 6], [1, 1, 1]])
    >>> height_above_drainage(dem, directions, upstream, threshold=4).tolist()
    [[5.0, 0.0, 0.0], [7.0, 1.0, 3.0]]
    """
    if np.isnan(threshold):
        raise DataError(
            "no threshold of streams", where="threshold", expected="a number in the unit of the accumulation", found="NaN",
            remedy="give the least upstream area or number of cells of a stream",
        )  # fmt: skip
    streams = np.asarray(accumulation) >= threshold
    return height_above(dem, directions, streams, outlets=outlets, tile=tile, workers=workers)


def height_above(
    dem: NDArray[np.floating],
    directions: NDArray[np.uint8],
    drainage: NDArray[np.bool_],
    *,
    outlets: bool = True,
    tile: tuple[int, int] | None = None,
    workers: int | None = None,
) -> NDArray[np.floating]:
    """Height of each cell above the first cell of a given drainage on its way down [m].

    Parameters
    ----------
    dem : float32 or float64 array (y, x)
        Height of the ground [m].
    directions : uint8 array (y, x)
        D8 codes.
    drainage : bool array (y, x)
        Streams, or whatever heights are to be counted from.
    outlets : bool
        Water that leaves the array, runs into a cell without data or stays, without having met the drainage, is counted
        from the last cell on its way; so pyflwdir has it too. Otherwise such cells are NaN.
    tile : (int, int), optional
        Rows and columns of the tiles that are worked on one by one; bands of rows for the threads without it.
    workers : int, optional
        Threads; the machine's cores by default.

    Returns
    -------
    Array (y, x) of the dtype of ``dem`` [m]; NaN outside the ground and where the height of the ground is.

    Raises
    ------
    DataError
        Arrays of different shapes, not D8 codes, or directions in a circle.
    """
    codes, ground = checked_directions(directions), checked_heights(dem, directions)
    if drainage.shape != codes.shape:
        raise DataError(
            "drainage of another shape", where="drainage", expected=str(codes.shape), found=str(drainage.shape),
            remedy="make both from the same elevation model",
        )  # fmt: skip
    out = np.empty_like(ground)
    tiles = tiles_for(codes.shape, tile, workers)
    if len(tiles) == 1:
        fill_tile(tiles[0], ground, codes, drainage, out, None, outlets=outlets)
        return out
    rims: list[Rim | None] = [None] * len(tiles)

    def look(first: int, last: int) -> None:
        for n in range(first, last):
            t = tiles[n]
            rims[n] = look_along(t, t.of(ground), t.of(codes), t.of(drainage), outlets=outlets)

    run_rows(look, len(tiles), workers)
    below = values_below([rim for rim in rims if rim is not None], codes.shape)

    def fill(first: int, last: int) -> None:
        for n in range(first, last):
            t = tiles[n]
            part = t.of(out)
            fill_tile(t, t.of(ground), t.of(codes), t.of(drainage), part, below[n], outlets=outlets)
            t.put(out, part)

    run_rows(fill, len(tiles), workers)
    return out


def checked_heights(dem: NDArray[np.floating], directions: NDArray[np.uint8]) -> Heights:
    """Heights of the ground [m] as a contiguous float32 or float64 array of the directions' shape (y, x).

    Raises
    ------
    DataError
        Another shape, or not float32 or float64.
    """
    ground = np.asarray(dem)
    if ground.shape != directions.shape or ground.dtype not in (np.float32, np.float64):
        raise DataError(
            "heights that do not fit the directions", where="dem",
            expected=f"float32 or float64 {directions.shape}", found=f"{ground.dtype} {ground.shape}",
            remedy="make the directions from this elevation model",
        )  # fmt: skip
    return np.ascontiguousarray(ground)


def _states(ground: Heights, codes: Codes, drainage: NDArray[np.bool_], base: Heights) -> NDArray[np.uint8]:
    """The kernel's byte a cell, (y, x); ``base`` [m] is set where the drainage is, NaN elsewhere."""
    from riskmap._kernels import drainage as kernel

    state = packed_steps(codes)
    kernel.mark_rows(state, drainage, ground, 0, codes.shape[0], state, base)
    return state


def look_along(
    tile: Tile, ground: Heights, codes: Codes, drainage: NDArray[np.bool_], *, outlets: bool
) -> Rim:
    """What a tile tells of its rim: the height [m] where the way from each cell ends within the tile.

    Raises
    ------
    DataError
        Directions in a circle.
    """
    from riskmap._kernels import accumulate
    from riskmap._kernels import drainage as kernel

    state = packed_steps(codes)
    kernel.mark_steps(state, drainage)
    cell = rim_of(tile.shape)
    end = np.empty_like(cell)
    if not accumulate.ends(state.reshape(-1), tile.shape[1], cell, end):
        raise circle(f"in rows {tile.top} to {tile.bottom - 1}, columns {tile.left} to {tile.right - 1}")
    stop = state.reshape(-1)[end]
    there = (stop == kernel.KNOWN) | ((stop == kernel.STOPS) & outlets)
    value = np.where(there, ground.reshape(-1)[end], ground.dtype.type(np.nan))
    # water that has met the drainage goes no further
    code = np.where(
        drainage.reshape(-1)[cell] & (codes.reshape(-1)[cell] != kernel.NOTHING), 0, codes.reshape(-1)[cell]
    )
    return Rim(tile, cell, code.astype(np.uint8), end, value)


def fill_tile(
    tile: Tile,
    ground: Heights,
    codes: Codes,
    drainage: NDArray[np.bool_],
    out: Heights,
    below: tuple[NDArray[np.int64], Heights] | None,
    *,
    outlets: bool,
) -> None:
    """Fill ``out`` (y, x) [m] of one tile; ``below`` has the cells where water leaves it for another, and the drainage's height.

    Raises
    ------
    DataError
        Directions in a circle.
    """
    from riskmap._kernels import drainage as kernel

    state = _states(ground, codes, drainage, out)
    flat, base = state.reshape(-1), out.reshape(-1)
    if below is not None:
        flat[below[0]], base[below[0]] = kernel.KNOWN, below[1]
    met = kernel.fill_base(flat, tile.shape[1], ground.reshape(-1), outlets, base)
    if met >= 0:
        row, column = divmod(int(met), tile.shape[1])
        raise circle(f"from row {tile.top + row}, column {tile.left + column} on")
    np.subtract(ground, out, out=out)
