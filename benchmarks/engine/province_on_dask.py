"""A province of 30 m cells from its file to drainage heights by tiles on a Dask cluster, a worker killed in the middle.

Nothing is ever held whole: tiles come from the file, the last ones go into a file. ``python -m benchmarks.engine.province_on_dask
[--quick]`` writes ``build/bench/province_on_dask.json``.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.cycles.fine_relief import made_dem
from benchmarks.engine.on_dask import WORKERS
from benchmarks.flood_peers.case import CELL
from benchmarks.harness import Record, publish
from benchmarks.terrain.chain import chain, lazy_heights
from riskmap.blocks import bands, threads
from riskmap.io.dem import read_dem

CLAIMS = ("province_dask_seconds", "province_dask_memory_gb", "province_dask_difference")
TILE, KILLED_AFTER = 4096, 30.0
QUICK_TILE, QUICK_KILLED_AFTER = 256, 1.0


def measure(*, quick: bool = False) -> list[Record]:
    """Seconds and memory of the cluster, and the largest difference from this machine alone, in memory.

    Raises
    ------
    RuntimeError
        No worker died while it was at work.
    """
    dem = made_dem(quick=quick)
    tile, killed_after = (QUICK_TILE, QUICK_KILLED_AFTER) if quick else (TILE, KILLED_AFTER)
    with TemporaryDirectory() as folder:
        found = Path(folder) / "heights.npy"
        took, gigabytes, here = _on_cluster(dem, found, tile, killed_after)
        apart = _apart(chain(_heights(dem), CELL, threads()), np.load(found, mmap_mode="r"))
    if took <= killed_after:
        raise RuntimeError("no worker was killed while the cluster was at work")
    note = (
        f"made cells of 30 m from a GeoTIFF, tiles of {tile} x {tile}, filled, directions, accumulation, height above drainage, written to a "
        f"file; {WORKERS} worker processes of one thread on this machine, started before, one killed after {killed_after:g} s"
    )
    return [
        Record(CLAIMS[0], took, "s", note=note),
        Record(
            CLAIMS[1],
            gigabytes,
            "GB",
            note=f"the workers at the end, each at its largest; this process {here:.2f}",
        ),
        Record(
            CLAIMS[2],
            apart,
            "m",
            note="from the same chain in memory; infinite where only one of them knows a cell",
        ),
    ]


def _on_cluster(dem: Path, out: Path, tile: int, killed_after: float) -> tuple[float, float, float]:
    from distributed import Client, LocalCluster

    lazy = lazy_heights(read_dem(dem, chunks=(tile, tile), sea="none")["surface_altitude"].data, CELL)
    np.lib.format.open_memmap(out, mode="w+", dtype=np.float32, shape=lazy.shape)
    written = lazy.map_blocks(
        _write, out, dtype=np.int64, chunks=tuple((1,) * len(sides) for sides in lazy.chunks)
    )
    with (
        LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        victim = next(iter(client.run(os.getpid).values()))
        timer = Timer(killed_after, os.kill, (victim, signal.SIGKILL))
        timer.start()
        start = time.perf_counter()
        written.sum().compute()
        took = time.perf_counter() - start
        timer.cancel()
        client.wait_for_workers(WORKERS)
        return took, sum(client.run(_peak).values()), _peak()


def _write(block: NDArray[np.float32], out: Path, block_info: Any = None) -> NDArray[np.int64]:
    """Put a tile into its place in the file; its number of cells with a height."""
    rows, columns = block_info[0]["array-location"]
    np.lib.format.open_memmap(out, mode="r+")[slice(*rows), slice(*columns)] = block
    return np.full((1, 1), np.isfinite(block).sum())


def _heights(dem: Path) -> NDArray[np.float32]:
    return np.asarray(read_dem(dem, sea="none")["surface_altitude"].values)


def _peak() -> float:
    """Largest resident memory of this process [GB]."""
    kilo = 1e9 if sys.platform == "darwin" else 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / kilo


def _apart(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    worst = 0.0
    for rows in bands(one.shape):
        if (np.isnan(one[rows]) != np.isnan(other[rows])).any():
            return float("inf")
        worst = max(worst, float(np.nanmax(np.abs(one[rows] - other[rows]), initial=0.0)))
    return worst


if __name__ == "__main__":
    publish("province_on_dask", measure(quick="--quick" in sys.argv), CLAIMS)
