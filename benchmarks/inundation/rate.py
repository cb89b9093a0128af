"""``python -m benchmarks.inundation.rate``: cell updates a second on hills in the rain, and the water lost in a day.

Ours on one and two threads in turns, best of several, and landlab in the same run where a Python has it
(``RISKMAP_FLOOD_PEERS_PYTHON``, see ``benchmarks.flood_peers.side``). The share of the memory bandwidth is that of the least traffic
a step can have with two states (52 bytes a cell: bed, depth, rest and flows read, the last four written, three of them to
lines that are read first) against a triad on as many threads in the same run.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.flood_peers.case import CELL, hills
from benchmarks.flood_peers.side import PeerMissingError, landlab_rate
from riskmap.blocks import run_rows
from riskmap.hazard.inundation import Flow, Scheme, make_ground

RAIN: Final = 50e-3 / 3600
MANNING: Final = 0.035
BYTES_A_CELL: Final = 52


@dataclass(frozen=True)
class Rates:
    """Mcell-updates/s on one and two threads, all wet; effective grid cells with a tenth wet, two threads, and the share of the
    tiles that were awake for it."""

    one: float
    two: float
    tenth: float
    awake: float


def wet_hills(ground: NDArray[np.float32], *, workers: int, scheme: Scheme | None = None) -> Flow:
    """Rain on hills, all wet, past its first steps."""
    flow = Flow(
        make_ground(ground, dx=CELL, dy=CELL, manning=MANNING),
        depth=0.01,
        workers=workers,
        scheme=scheme or Scheme(),
    )
    flow.set_rain(RAIN)
    for _ in range(40):
        flow.step()
    return flow


def wet_valleys(ground: NDArray[np.float32], *, share: float = 0.1, workers: int = 2) -> Flow:
    """No rain; water of 0.5 m on the lowest cells, which are a tenth of all: valley floors and plain."""
    wet = ground <= np.quantile(ground, share)
    flow = Flow(
        make_ground(ground, dx=CELL, dy=CELL, manning=MANNING), depth=np.where(wet, 0.5, 0.0), workers=workers
    )
    for _ in range(5):
        flow.step()
    return flow


def seconds_a_step(flow: Flow, steps: int) -> float:
    """Wall time [s] of one step, mean over some."""
    start = time.perf_counter()
    for _ in range(steps):
        flow.step()
    return (time.perf_counter() - start) / steps


def rates(ground: NDArray[np.float32], *, rounds: int = 8, steps: int = 15) -> Rates:
    """All rates in one run, in turns: the best round of each."""
    flows = {1: wet_hills(ground, workers=1), 2: wet_hills(ground, workers=2)}
    few = wet_valleys(ground)
    best = dict.fromkeys(("one", "two", "tenth"), float("inf"))
    for _ in range(rounds):
        for name, flow in (("one", flows[1]), ("two", flows[2])):
            best[name] = min(best[name], seconds_a_step(flow, steps))
    # by itself, as a run has it: 100 MB of other states in between would empty the caches that its 9 MB live in
    for _ in range(rounds):
        best["tenth"] = min(best["tenth"], seconds_a_step(few, 4 * steps))
    rate = {name: ground.size / 1e6 / seconds for name, seconds in best.items()}
    return Rates(rate["one"], rate["two"], rate["tenth"], few.awake)


def volume_error(ground: NDArray[np.float32], *, hours: float = 24.0) -> tuple[float, float, int]:
    """(stored + out - in) / in over so many hours of 50 mm h-1, the least depth [m] at any hour, and the steps."""
    flow = wet_hills(ground, workers=2)
    least = float("inf")
    for hour in range(1, round(hours) + 1):
        while flow.time < hour * 3600.0:
            flow.step(most=hour * 3600.0 - flow.time)
        least = min(least, float(np.nanmin(flow.depth)))
    return flow.audit().error, least, flow.steps


def triad(threads: int, *, size: int = 50_000_000) -> float:
    """Memory bandwidth [GB/s] of ``a = b + 3 c`` in single precision, write-allocate not counted; best of five."""
    a, b, c = np.zeros(size, np.float32), np.ones(size, np.float32), np.ones(size, np.float32)
    piece = 1 << 16

    def block(first: int, last: int) -> None:
        for start in range(first * piece, last * piece, piece):
            part = slice(start, start + piece)
            np.multiply(c[part], np.float32(3.0), out=a[part])
            np.add(a[part], b[part], out=a[part])

    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        run_rows(block, size // piece, threads)
        best = min(best, time.perf_counter() - start)
    return 12 * size / best / 1e9


def main() -> None:
    """Print every figure."""
    ground = hills(1000)
    found = rates(ground)
    bandwidth = triad(2)
    traffic = found.two * 1e6 * BYTES_A_CELL / 1e9
    print(f"all wet: {found.one:.0f} on one thread, {found.two:.0f} on two [Mcell-updates/s]")
    print(
        f"traffic of the two-thread run {traffic:.1f} GB/s of {bandwidth:.1f} (triad): {traffic / bandwidth:.0%}"
    )
    print(f"a tenth wet: {found.tenth:.0f} effective, {found.awake:.0%} of the tiles awake")
    try:
        peer = landlab_rate(ground)
        print(
            f"{peer['peer']}: {peer['mcups']:.1f}, least depth {peer['least_depth']:.2f} m; ours {found.two / peer['mcups']:.1f} times"
        )
    except PeerMissingError as missing:
        print(f"landlab: {missing}")
    error, least, steps = volume_error(ground[200:500, 200:500])
    print(f"24 h of 50 mm/h on 300 x 300: volume error {error:.1e}, least depth {least:.1e} m, {steps} steps")


if __name__ == "__main__":
    main()
