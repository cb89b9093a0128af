"""From heights to drainage height in one call, in memory and by Dask: what the flood benchmarks time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.flood_peers.case import STREAM_CELLS
from riskmap.blocks import threads
from riskmap.terrain.accumulation import accumulate
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.drainage import height_above_drainage
from riskmap.terrain.flow_direction import flow_direction
from riskmap.terrain.lazy import direct_lazily, fill_lazily
from riskmap.terrain.lazy_flow import accumulate_lazily, height_above_lazily


def chain(dem: NDArray[np.float32], cell: float, workers: int) -> NDArray[np.floating]:
    """Filling, directions with flats, accumulation, drainage height.

    Parameters
    ----------
    dem : float32 array (y, x)
        Heights [m], NaN at sea.
    cell : float
        Side of the cells [m].
    """
    filled = fill_depressions(dem, workers=workers)
    return flow_part(filled, flow_direction(filled, dx=cell, dy=cell, workers=workers), workers)


def flow_part(filled: NDArray[np.float32], codes: NDArray[np.uint8], workers: int) -> NDArray[np.floating]:
    """The last two steps of it."""
    upstream = accumulate(codes, workers=workers)
    return height_above_drainage(filled, codes, upstream, STREAM_CELLS, workers=workers)


def lazy_chain(dem: NDArray[np.float32], cell: float, chunk: int) -> NDArray[np.floating]:
    """``chain`` by Dask in chunks, on as many threads as the machine has cores."""
    return _computed(chain_to_do(dem, cell, chunk))


def chain_to_do(dem: NDArray[np.float32], cell: float, chunk: int) -> Any:
    """``chain`` as an array of Dask that nobody has computed yet."""
    return lazy_heights(_chunked(dem, chunk), cell)


def lazy_heights(ground: Any, cell: float) -> Any:
    """The same of an array of Dask."""
    filled = fill_lazily(ground)
    return _lazy_flow(filled, direct_lazily(filled, dx=cell, dy=cell))


def lazy_flow_part(filled: NDArray[np.float32], codes: NDArray[np.uint8], chunk: int) -> NDArray[np.floating]:
    """``flow_part`` by Dask."""
    return _computed(_lazy_flow(_chunked(filled, chunk), _chunked(codes, chunk)))


def _lazy_flow(filled: Any, codes: Any) -> Any:
    return height_above_lazily(filled, codes, accumulate_lazily(codes) >= STREAM_CELLS)


def _computed(lazy: Any) -> NDArray[np.floating]:
    return np.asarray(lazy.compute(scheduler="threads", num_workers=threads()))


def _chunked(array: NDArray[Any], chunk: int) -> Any:
    import dask.array as da

    arrays: Any = da
    return arrays.from_array(array, chunks=chunk, name=False)
