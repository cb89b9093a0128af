"""What drains through each cell: upstream cells, or the sum of any weight, down the D8 directions.

Directions are uint8, ESRI's code: 1 east, 2 southeast, 4 south, 8 southwest, 16 west, 32 northwest, 64 north,
128 northeast; 0 where the water stays (an outlet or a pit); 255 outside the ground. Where a code points off the array
or at a cell outside the ground, the water leaves.

Sums do not depend on the order in which they are made, nor on tiles or threads: counts are integers, and weights are
rounded beforehand to multiples of one power of two, so that no sum is ever rounded.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.blocks import bands, run_rows
from riskmap.errors import DataError
from riskmap.terrain.tiled_flow import (
    MOST_CELLS,
    NO_DATA,
    STEPS,
    Rim,
    Tile,
    circle,
    inflows,
    rim_of,
    tiles_for,
)

Codes = NDArray[np.uint8]

MANTISSA: Final = 53
"""Bits of a float64's significand: whole multiples below 2^53 add up exactly."""


def checked_directions(directions: NDArray[Any]) -> Codes:
    """D8 codes as a contiguous uint8 array.

    Parameters
    ----------
    directions : uint8 array (y, x)

    Raises
    ------
    DataError
        Not two dims, without cells, or not uint8.
    """
    codes = np.asarray(directions)
    if codes.ndim != 2 or codes.dtype != np.uint8 or codes.size == 0:
        raise DataError(
            "not flow directions", where="directions", expected="a uint8 array (y, x)",
            found=f"{codes.dtype} {codes.shape}", remedy="make them with flow_direction",
        )  # fmt: skip
    return np.ascontiguousarray(codes)


def accumulate(
    directions: NDArray[np.uint8],
    weights: NDArray[np.floating] | None = None,
    *,
    tile: tuple[int, int] | None = None,
    workers: int | None = None,
) -> NDArray[Any]:
    """Cells upstream of each cell, itself included; or the sum of their weights.

    Parameters
    ----------
    directions : uint8 array (y, x)
        D8 codes, see the module.
    weights : float array (y, x) or (y, 1), optional
        What each cell adds, in any unit, for example its area [m2]. Cells outside the ground are left out.
    tile : (int, int), optional
        Rows and columns of the tiles that are worked on one by one; bands of rows for the threads without it. The
        result is the same, bit by bit.
    workers : int, optional
        Threads; the machine's cores by default.

    Returns
    -------
    int32 array (y, x), -1 outside the ground (int64 from 2^31 cells on); with weights float64, NaN there.

    Raises
    ------
    DataError
        Not D8 codes, directions in a circle, weights of another shape, or not finite.

    References
    ----------
    The order by counting what has still to arrive: Barnes (2017), Environmental Modelling & Software 92, 202; by
    tiles, see ``tiled_flow``.

    Examples
    --------
    >>> accumulate(np.array([[1, 1, 0], [64, 255, 64]], np.uint8)).tolist()
    [[2, 3, 5], [1, -1, 1]]
    """
    from riskmap._kernels import accumulate as kernel

    codes = checked_directions(directions)
    total = _start(codes, weights)
    fresh = weights is None
    tiles = tiles_for(codes.shape, tile, workers)
    rims: list[Rim | None] = [None] * len(tiles)

    def gather(first: int, last: int) -> None:
        for n in range(first, last):
            here, part = tiles[n].of(codes), tiles[n].of(total)
            if fresh:
                kernel.count_ground(here, part)
            rims[n] = gather_tile(tiles[n], here, part, alone=len(tiles) == 1)
            tiles[n].put(total, part)

    run_rows(gather, len(tiles), workers)
    if len(tiles) > 1:
        comes = inflows([rim for rim in rims if rim is not None], codes.shape)

        def bring(first: int, last: int) -> None:
            for n in range(first, last):
                part = tiles[n].of(total)
                bring_in(tiles[n].of(codes), part, *comes[n])
                tiles[n].put(total, part)

        run_rows(bring, len(tiles), workers)
    return total


def _start(codes: Codes, weights: NDArray[np.floating] | None) -> NDArray[Any]:
    """What each cell adds by itself; room for it where it is counted."""
    if weights is None:
        return np.empty(codes.shape, np.int32 if codes.size <= MOST_CELLS else np.int64)
    values = np.asarray(weights, np.float64)
    if values.shape not in {codes.shape, (codes.shape[0], 1)}:
        raise DataError(
            "weights of another shape", where="weights", expected=f"{codes.shape} or {(codes.shape[0], 1)}",
            found=str(values.shape), remedy="give one weight for each cell or row",
        )  # fmt: skip
    largest = float(np.max(np.abs(values), initial=0.0, where=np.broadcast_to(codes != NO_DATA, codes.shape)
                           if values.shape == codes.shape else True))  # fmt: skip
    if not np.isfinite(largest):
        raise DataError(
            "weights that are not finite", where="weights", expected="a number for each cell of the ground",
            found=str(largest), remedy="set them to 0, or take these cells out of the ground",
        )  # fmt: skip
    return np.where(codes == NO_DATA, np.nan, round_to_sum(values, largest, codes.size))


def round_to_sum(values: NDArray[np.float64], largest: float, count: int) -> NDArray[np.float64]:
    """Values rounded to multiples of one power of two, so that sums of up to ``count`` of them are exact in any order.

    Parameters
    ----------
    values : float64 array
        Any unit.
    largest : float
        No absolute value exceeds it.
    count : int
        No sum has more terms.

    Returns
    -------
    float64 array; each value is changed by at most ``largest * count * 2^-52``, which for cells of one size is less than
    the rounding of the sum would be.

    Examples
    --------
    >>> a = round_to_sum(np.array([0.1, 0.2, 0.3]), 0.3, 3)
    >>> bool((a[0] + a[1]) + a[2] == a[0] + (a[1] + a[2])), bool((0.1 + 0.2) + 0.3 == 0.1 + (0.2 + 0.3))
    (True, False)
    """
    if largest == 0.0 or count == 0:
        return values.copy()
    _, exponent = np.frexp(largest * count)
    unit = float(np.ldexp(1.0, int(exponent) - MANTISSA))
    return np.asarray(np.rint(values / unit) * unit)


def gather_tile(tile: Tile, codes: Codes, total: NDArray[Any], *, alone: bool = False) -> Rim | None:
    """Add up ``total`` (y, x) within a tile, in place, and tell its rim; no rim where the tile is ``alone``.

    Raises
    ------
    DataError
        Directions in a circle.
    """
    from riskmap._kernels import accumulate as kernel

    packed = packed_steps(codes)
    state = None if alone else packed & np.uint8(15)
    done = kernel.walk(packed.reshape(-1), tile.shape[1], total.reshape(-1))
    if done < codes.size and np.any(packed != NO_DATA):
        row, column = np.argwhere(packed != NO_DATA)[0]
        raise circle(f"row {tile.top + row}, column {tile.left + column}")
    if state is None:
        return None
    cell = rim_of(tile.shape)
    end = np.empty_like(cell)
    kernel.ends(state.reshape(-1), tile.shape[1], cell, end)
    return Rim(tile, cell, codes.reshape(-1)[cell], end, total.reshape(-1)[cell])


def bring_in(codes: Codes, total: NDArray[Any], cells: NDArray[np.int64], inflow: NDArray[Any]) -> None:
    """Add what comes into a tile at ``cells`` (flat index) to ``total`` (y, x), in place."""
    from riskmap._kernels import accumulate as kernel

    if len(cells):
        state = packed_steps(codes) & np.uint8(15)
        kernel.add_inflow(state.reshape(-1), codes.shape[1], cells, inflow, total.reshape(-1))


def packed_steps(codes: Codes) -> Codes:
    """The kernels' byte a cell: the step in the lower half, the neighbours that drain into it in the upper; (y, x)."""
    from riskmap._kernels import accumulate as kernel

    if codes.size > MOST_CELLS:
        raise DataError(
            "too many cells for one tile", where="tile", expected=f"up to {MOST_CELLS} cells", found=str(codes.size),
            remedy="give a smaller tile, for example (8192, 8192)",
        )  # fmt: skip
    packed = np.empty_like(codes)
    if kernel.pack_rows(codes, 0, codes.shape[0], packed):
        known = np.isin(codes, [0, NO_DATA, *(code for code, _, _ in STEPS)])
        raise DataError(
            "codes that are no directions", where="directions", expected="1, 2, 4, ... 128 (ESRI), 0 and 255",
            found=", ".join(map(str, np.unique(codes[~known])[:5])),
            remedy="make them with flow_direction, or recode them",
        )  # fmt: skip
    return packed


def flow_order(directions: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Flat indices of the cells of the ground, each before the one it drains into: loops over them are short.

    Parameters
    ----------
    directions : uint8 array (y, x)

    Returns
    -------
    int32 array (cell,); read backwards, each cell comes after the one it drains into.

    Raises
    ------
    DataError
        Not D8 codes, or directions in a circle.

    Examples
    --------
    >>> flow_order(np.array([[1, 1, 0], [64, 255, 64]], np.uint8)).tolist()
    [3, 0, 1, 5, 2]
    """
    from riskmap._kernels import accumulate as kernel

    codes = checked_directions(directions)
    packed = packed_steps(codes)
    order = np.empty(int(np.count_nonzero(codes != NO_DATA)), np.int32)
    if kernel.order_walk(packed.reshape(-1), codes.shape[1], order) < len(order):
        row, column = np.argwhere(packed != NO_DATA)[0]
        raise circle(f"row {row}, column {column}")
    return order


def downstream_index(directions: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Flat index of the cell that each cell drains into, int32 (y, x); its own where the water leaves, -1 outside the ground.

    Raises
    ------
    DataError
        Not D8 codes.

    Examples
    --------
    >>> downstream_index(np.array([[1, 1, 0], [64, 255, 64]], np.uint8)).tolist()
    [[1, 2, 2], [0, -1, 2]]
    """
    from riskmap._kernels import accumulate as kernel

    codes = checked_directions(directions)
    step = np.zeros(16, np.int32)
    step[:8] = kernel.offsets(codes.shape[1])
    packed = packed_steps(codes)
    below = np.arange(codes.size, dtype=np.int32).reshape(codes.shape)
    for rows in bands(codes.shape):
        below[rows] += step[packed[rows] & np.uint8(15)]
        below[rows][codes[rows] == NO_DATA] = -1
    return below
