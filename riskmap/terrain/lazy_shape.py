"""Shape of the ground of arrays of Dask: what a cell's neighbours tell, chunk by chunk, computed later.

Results are those of the array in memory, bit by bit, however it is chunked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskmap.terrain.elevation import Block
from riskmap.terrain.flow_direction import cell_sides
from riskmap.terrain.lazy_tasks import Cut, as_array, chunks_of, in_one, joined, tasks, with_rim
from riskmap.terrain.slopes import curvature, slope_aspect
from riskmap.terrain.wetness import spread_area, wetness_index

Pair = tuple[NDArray[np.float32], NDArray[np.float32]]


def slope_aspect_lazily(dem: Any, *, dx: ArrayLike, dy: float) -> tuple[Any, Any]:
    """``slope_aspect`` of an array of Dask; two arrays with the chunks of ``dem``."""
    return _of_neighbours(slope_aspect, dem, dx, dy)


def curvature_lazily(dem: Any, *, dx: ArrayLike, dy: float) -> tuple[Any, Any]:
    """``curvature`` of an array of Dask; two arrays with the chunks of ``dem``."""
    return _of_neighbours(curvature, dem, dx, dy)


def wetness_lazily(dem: Any, directions: Any, slope: Any, *, dx: ArrayLike, dy: float) -> Any:
    """``wetness_index`` of water that spreads, of arrays of Dask: filled heights [m], D8 codes, slope [m m-1].

    Water that spreads is followed down the whole grid in one task: about 30 bytes a cell of one machine's memory.
    """
    sides = cell_sides(dem.shape[0], dx, dy)
    return in_one(_wetness, (dem, directions, slope), sides, float(dy), like=dem, dtype=np.float32)


def _wetness(dem: Any, codes: Any, slope: Any, sides: Any, dy: float) -> NDArray[np.float32]:
    return wetness_index(spread_area(dem, codes, dx=sides, dy=dy, workers=1), slope, dx=sides, dy=dy)


def _of_neighbours(function: Callable[..., Pair], dem: Any, dx: ArrayLike, dy: float) -> tuple[Any, Any]:
    blocks = chunks_of(dem)
    sides = cell_sides(dem.shape[0], dx, dy)
    heights = Cut.of(dem)
    calls = {}
    for i, row in enumerate(blocks):
        for j, at in enumerate(row):
            padded, inner = with_rim(at, dem.shape, 1)
            calls[i, j] = (function, heights.window(padded), sides[padded[0]], float(dy), inner)
    both = tasks(_inner, calls, *heights.needs())
    one, other = (tasks(_pick, {at: (both[at], n) for at in calls}, both) for n in range(2))
    return as_array(one, dem.chunks, np.float32), as_array(other, dem.chunks, np.float32)


def _inner(function: Callable[..., Pair], z: Any, sides: Any, dy: float, inner: Block) -> Pair:
    one, other = function(joined(z), dx=sides, dy=dy, workers=1)
    return np.ascontiguousarray(one[inner]), np.ascontiguousarray(other[inner])


def _pick(pair: Pair, n: int) -> NDArray[np.float32]:
    return pair[n]
