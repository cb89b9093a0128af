"""On a Dask cluster of two processes, one of which is killed in the middle: members counted, and relief to drainage height.

``python -m benchmarks.engine.on_dask`` runs it alone.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

import numpy as np

from benchmarks.engine.members import case
from benchmarks.flood_peers.case import CELL, made_ground
from benchmarks.harness import Record
from benchmarks.terrain.chain import chain, chain_to_do
from riskmap.blocks import threads

CLAIMS = ("dask_max_difference",)
MEMBERS, STEP, SIDE, CHUNKS = 50, 0.02, 4000, 8
QUICK = 12, 0.1, 1000, 4
WORKERS = 2


def measure(*, quick: bool = False) -> list[Record]:
    """The largest difference of any field from the run on this machine alone.

    Raises
    ------
    RuntimeError
        The cluster did none of the work, or no worker died while it was at work.
    """
    from distributed import Client, LocalCluster

    count, step, side, chunks = QUICK if quick else (MEMBERS, STEP, SIDE, CHUNKS)
    world, ground = case(step), made_ground(side)
    ensemble = world.members(count)
    here, here_took = _timed(lambda: world.chances(ensemble))
    height, height_took = _timed(lambda: chain(ground, CELL, threads()))
    with (
        LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        axe = _Axe(client)
        with _nothing_here_instead():
            there, there_took = _timed(lambda: world.chances(ensemble, lambda _, part: axe.fall(part < 1.0)))
        client.wait_for_workers(WORKERS)
        again = _Axe(client)
        timer = Timer(height_took / 2, again.fall)
        timer.start()
        lazy, lazy_took = _timed(lambda: chain_to_do(ground, CELL, side // chunks).compute())
        timer.join()
    if not axe.fallen or lazy_took <= height_took / 2:
        raise RuntimeError("no worker was killed while the cluster was at work")
    apart = {
        "members": max(_apart(here[name].values, there[name].values) for name in here.data_vars),
        "relief": _apart(height, lazy),
    }
    note = (
        f"{WORKERS} worker processes of one thread on this machine, started before; workers killed: {axe.fallen} among the "
        f"members, {again.fallen} in the relief. {count} members of In-Fa on {step:g} degree: {there_took:.1f} s, here {here_took:.1f} s, "
        f"differs by {apart['members']:g}; {side} x {side} cells from heights to drainage height: {lazy_took:.1f} s, here {height_took:.1f} s, "
        f"differs by {apart['relief']:g}"
    )
    return [Record(CLAIMS[0], max(apart.values()), "1", note=note)]


@contextmanager
def _nothing_here_instead() -> Iterator[None]:
    """Fail where members were run on this machine: their numbers would be right, and the cluster's not known."""
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    listener, logger = Listener(logging.WARNING), logging.getLogger("riskmap")
    logger.addHandler(listener)
    try:
        yield
    finally:
        logger.removeHandler(listener)
    if wrong := [line for line in said if "here instead" in line]:
        raise RuntimeError(f"the cluster did not do the work: {wrong[0]}")


class _Axe:
    """Kills one worker, once."""

    def __init__(self, client: Any) -> None:
        self._pid = next(iter(client.run(os.getpid).values()))
        self.fallen = 0

    def fall(self, now: bool = True) -> None:
        if now and not self.fallen:
            os.kill(self._pid, signal.SIGKILL)
            self.fallen = 1


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    return work(), time.perf_counter() - start


def _apart(one: Any, other: Any) -> float:
    """Largest difference of two fields; infinite where only one of them is known."""
    if (np.isnan(one) != np.isnan(other)).any():
        return float("inf")
    return float(np.nanmax(np.abs(one.astype(np.float64) - other.astype(np.float64)), initial=0.0))


if __name__ == "__main__":
    print(*measure(), sep="\n")
