"""How fast one core of this machine is at best: the scale that speeds of kernels are held against.

``python -m benchmarks.engine.peak`` measures in a process of its own, one thread: a matrix product, which keeps the
multipliers busy as nothing else does, a copy of an array that no cache holds, and the library's exponential.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from benchmarks.harness import python

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
SIZE = 1024
COPIED = 16_000_000

EXACT_FLOPS = 120
"""Operations of one exact pair (status D, estimate): 2 exponentials and a logarithm at 20 each, 3 roots and
divisions at 5, some 45 multiplications and additions."""

TABLE_FLOPS = 25
"""Operations of one pair read from a radial table (status D, estimate): distance 5, place in the table 4, three
channels at 3, motion and speed 7."""


@dataclass(frozen=True)
class Core:
    """``double``, ``single`` [1e9 flop/s], ``copy`` [1e9 byte/s read and written], ``exponentials`` [1e9/s, double]."""

    double: float
    single: float
    copy: float
    exponentials: float


@cache
def core() -> Core:
    """Measured once a run."""
    found = json.loads(python("-m", "benchmarks.engine.peak"))
    return Core(**found)


def share(pairs_per_second: float, flops: int, *, single: bool) -> str:
    """Words on how far a kernel is from the core's peak."""
    best = core()
    return words(pairs_per_second, flops, best.single if single else best.double)


def words(pairs_per_second: float, flops: int, peak: float) -> str:
    """See ``share``; ``peak`` [1e9 flop/s].

    Examples
    --------
    >>> words(1e8, 25, 100.0)
    '100 M pairs/s x 25 flop = 2.5 Gflop/s, 2.5 % of the 100 Gflop/s that a matrix product reaches'
    """
    reached = pairs_per_second * flops / 1e9
    return (
        f"{pairs_per_second / 1e6:.3g} M pairs/s x {flops} flop = {reached:.3g} Gflop/s, "
        f"{100 * reached / peak:.2g} % of the {peak:.3g} Gflop/s that a matrix product reaches"
    )


def _best(work: Callable[[], Any], tries: int = 5) -> float:
    least = float("inf")
    for _ in range(tries):
        start = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - start)
    return least


def measure() -> Core:
    """In a process that was started with one thread."""
    import numpy as np

    speeds = {}
    for name, kind in (("double", np.float64), ("single", np.float32)):
        a = np.random.default_rng(0).random((SIZE, SIZE)).astype(kind)
        out = np.empty_like(a)
        speeds[name] = 2.0 * SIZE**3 / _best(lambda a=a, out=out: np.matmul(a, a, out=out)) / 1e9
    source, target = np.ones(COPIED), np.empty(COPIED)
    copied = 2.0 * source.nbytes / _best(lambda: np.copyto(target, source)) / 1e9
    small, out = np.linspace(-5.0, 0.0, 4096), np.empty(4096)  # stays in the first cache
    raised = 500 * small.size / _best(lambda: [np.exp(small, out=out) for _ in range(500)]) / 1e9
    return Core(speeds["double"], speeds["single"], copied, raised)


if __name__ == "__main__":
    if any(os.environ.get(name) != "1" for name in ONE_THREAD):
        os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.engine.peak"])
    print(json.dumps(asdict(measure())))
