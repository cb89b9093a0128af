"""``python -m benchmarks.terrain.accumulate``: accumulation, drainage height and the whole chain, Mcells/s, untiled and by Dask.

Peers, where they are installed, do the same work on the same arrays in the same process.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.flood_peers.case import CELL, NODATA, made_dem
from riskmap.terrain.accumulation import accumulate
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.drainage import height_above_drainage
from riskmap.terrain.flow_direction import flow_direction

THRESHOLD = 1000
"""Upstream cells of a stream."""


def best(work: Callable[[], Any], times: int = 5) -> float:
    """Seconds of the fastest of some runs, after one that warms."""
    work()
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def measure(dem: NDArray[np.float32], *, cell: float = 30.0, times: int = 5) -> dict[str, float]:
    """Mcells/s of each step and of the chain, with one thread and two; Dask's time over ours untiled.

    Parameters
    ----------
    dem : float32 array (y, x)
        Heights [m], NaN at sea.
    cell : float
        Side of the cells [m].
    times : int
        Runs; the fastest counts.
    """
    cells = dem.size / 1e6
    filled = fill_depressions(dem)
    codes = flow_direction(filled, dx=cell, dy=cell)
    upstream = accumulate(codes)
    out: dict[str, float] = {}
    for workers in (1, 2):
        out[f"accumulate, {workers}"] = cells / best(lambda w=workers: accumulate(codes, workers=w), times)
        out[f"drainage height, {workers}"] = cells / best(
            lambda w=workers: height_above_drainage(filled, codes, upstream, THRESHOLD, workers=w), times
        )
        out[f"chain, {workers}"] = cells / best(lambda w=workers: chain(dem, cell, w), 2)
    alone = best(lambda: flow_part(filled, codes), times)
    out["Dask, two workers, over one thread untiled"] = best(lambda: lazily(filled, codes), times) / alone
    if find_spec("pyflwdir"):
        out |= {f"pyflwdir {name}": value for name, value in peer(filled, codes, upstream).items()}
    return {name: round(value, 2) for name, value in out.items()}


def chain(dem: NDArray[np.float32], cell: float, workers: int) -> NDArray[np.floating]:
    """From heights to the drainage height."""
    filled = fill_depressions(dem, workers=workers)
    codes = flow_direction(filled, dx=cell, dy=cell, workers=workers)
    return height_above_drainage(
        filled, codes, accumulate(codes, workers=workers), THRESHOLD, workers=workers
    )


def flow_part(filled: NDArray[np.float32], codes: NDArray[np.uint8]) -> NDArray[np.floating]:
    """Accumulation and drainage height in one thread, untiled."""
    return height_above_drainage(filled, codes, accumulate(codes, workers=1), THRESHOLD, workers=1)


def lazily(filled: NDArray[np.float32], codes: NDArray[np.uint8], side: int = 1000) -> NDArray[np.floating]:
    """The same by Dask, with two threads."""
    import dask.array as da

    from riskmap.terrain.lazy_flow import accumulate_lazily, height_above_lazily

    array: Any = da
    ground, directions = (array.from_array(a, chunks=side) for a in (filled, codes))
    height = height_above_lazily(ground, directions, accumulate_lazily(directions) >= THRESHOLD)
    return np.asarray(height.compute(scheduler="threads", num_workers=2))


def peer(
    filled: NDArray[np.float32], codes: NDArray[np.uint8], upstream: NDArray[np.int32]
) -> dict[str, float]:
    """pyflwdir from the same directions."""
    import pyflwdir

    theirs = np.where(codes == 255, 247, codes).astype(np.uint8)
    cells = codes.size / 1e6

    def add() -> Any:
        return pyflwdir.from_array(theirs, ftype="d8").upstream_area("cell")

    found = pyflwdir.from_array(theirs, ftype="d8")
    ground = np.nan_to_num(filled, nan=-9999.0)
    return {
        "accumulate": cells / best(add, 2),
        "drainage height": cells / best(lambda: found.hand(drain=upstream >= THRESHOLD, elevtn=ground), 1),
    }


def main() -> None:
    """On the relief of the flood benchmarks."""
    dem = made_dem(4000)
    print(json.dumps(measure(np.where(dem == NODATA, np.float32(np.nan), dem), cell=CELL), indent=1))


if __name__ == "__main__":
    main()
