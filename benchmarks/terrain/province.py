"""``python -m benchmarks.terrain.province``: a province of 30 m cells, from its heights to the drainage height, in core.

The relief is made here: a fractal tile, mirrored so that it joins, on two scales, with trunk valleys, a coastal plain and
noise, about a quarter of it pits and flats. It is made once, kept on disk, and read by the process that is measured.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine.memory import peak_megabytes
from benchmarks.harness import RESULTS, python

SHAPE = (18_000, 16_200)
CELL = 30.0
THRESHOLD = 1000
"""Upstream cells of a stream, 0.9 km2."""

FOLDER = RESULTS


def fractal(side: int, seed: int) -> NDArray[np.float32]:
    """A surface with the spectrum of relief, mean 0, spread 1; it joins itself at opposite edges."""
    rng = np.random.default_rng(seed)
    k = np.hypot(np.fft.rfftfreq(side)[None, :], np.fft.fftfreq(side)[:, None])
    k[0, 0] = 1.0
    size = k**-1.6
    size[0, 0] = 0.0
    z = np.fft.irfft2(size * np.exp(2j * np.pi * rng.random(k.shape)), s=(side, side))
    return ((z - z.mean()) / z.std()).astype(np.float32)


def make(path: Path, shape: tuple[int, int] = SHAPE) -> None:
    """Write the relief as float32 heights [m], NaN at sea, some rows at a time."""
    out = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    fine, coarse = fractal(2048, 7), fractal(1024, 8)
    x = np.arange(shape[1]) / shape[1]
    column, wide = np.arange(shape[1]) % 2048, (np.arange(shape[1]) // 8) % 1024
    for first in range(0, shape[0], 500):
        rows = np.arange(first, min(first + 500, shape[0]))
        y = rows[:, None] / shape[0]
        z = 0.35 * fine[rows % 2048][:, column] + 0.65 * coarse[(rows // 8) % 1024][:, wide]
        z = np.where(z > 0, np.abs(z) ** 1.25, -0.35 * np.abs(z))
        one = np.abs(y - (0.35 + 0.08 * np.sin(6 * x) + 0.02 * np.sin(31 * x)))
        two = np.abs(y - (0.72 - 0.06 * np.sin(5 * x + 1) + 0.015 * np.cos(40 * x)))
        z = 900.0 * (0.22 * z + 1.1 * np.sqrt(np.minimum(one, two)) * (1 - 0.75 * x)) + 260.0 * (1 - x) - 90.0
        z = np.where(x > 0.82, 0.15 * z, z)
        z += np.random.default_rng(first).normal(0.0, 0.6, z.shape)
        out[rows] = np.where((z < 0) & (x > 0.7), np.nan, z)
    out.flush()


def chain(path: Path, workers: int | None) -> dict[str, Any]:
    """Seconds of each step, and the peak of memory [GB], in this process."""
    from riskmap.terrain.accumulation import accumulate
    from riskmap.terrain.depressions import fill_depressions
    from riskmap.terrain.drainage import height_above_drainage
    from riskmap.terrain.flow_direction import flow_direction

    seconds: dict[str, float] = {}

    def timed(name: str, step: Callable[[], Any]) -> Any:
        begin = time.perf_counter()
        done = step()
        seconds[name] = round(time.perf_counter() - begin, 2)
        return done

    small = np.random.default_rng(0).random((300, 300)).astype(np.float32)
    codes = flow_direction(fill_depressions(small), workers=2)  # compiled before the clock runs
    height_above_drainage(small, codes, accumulate(codes, workers=2), 5, workers=2)
    ground = timed("read", lambda: np.load(path))
    ground = timed("fill", lambda: fill_depressions(ground, workers=workers))
    codes = timed("directions", lambda: flow_direction(ground, dx=CELL, dy=CELL, workers=workers))
    upstream = timed("accumulate", lambda: accumulate(codes, workers=workers))
    streams = upstream >= THRESHOLD
    land, most = int(np.count_nonzero(upstream > 0)), int(upstream.max())
    del upstream
    from riskmap.terrain.drainage import height_above

    height = timed("height above drainage", lambda: height_above(ground, codes, streams, workers=workers))
    whole = sum(value for name, value in seconds.items() if name != "read")
    return {
        "cells": int(ground.size), "land": land, "largest basin": most,
        "streams": int(streams.sum()), "median height [m]": round(float(np.nanmedian(height[::9, ::9])), 2),
        "least height [m]": float(np.nanmin(height)), "seconds": seconds, "chain [s]": round(whole, 1),
        "Mcells/s": round(ground.size / 1e6 / whole, 2),
        "peak [GB]": round(peak_megabytes() / 1e3, 2),
    }  # fmt: skip


def measured(shape: tuple[int, int] = SHAPE, workers: int | None = None) -> dict[str, Any]:
    """The relief, made unless it is there, and ``chain`` in a process of its own."""
    path = FOLDER / f"province_{shape[0]}x{shape[1]}.npy"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        make(part, shape)
        part.rename(path)
    extra = [] if workers is None else ["--workers", str(workers)]
    return dict(json.loads(python("-m", "benchmarks.terrain.province", "--measure", str(path), *extra)))


def main() -> None:
    """Measure in a process of its own, or here what that process was given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=SHAPE[0])
    parser.add_argument("--columns", type=int, default=SHAPE[1])
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--measure", type=Path, metavar="RELIEF", help="measure in this process")
    given = parser.parse_args()
    run = (
        chain(given.measure, given.workers)
        if given.measure
        else measured((given.rows, given.columns), given.workers)
    )
    print(json.dumps(run, indent=1))


if __name__ == "__main__":
    main()
