"""``python -m benchmarks.coast``: seconds of a surge run, and In-Fa's surge at ten places by grid and method."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import xarray as xr

from benchmarks.coast.in_fa import COAST, HALF, PLACES, dynamic, quasi_static
from riskmap.hazard.surge import ZIJLEMA


def best_of(run: Callable[[], xr.Dataset], times: int = 3) -> tuple[xr.Dataset, float]:
    """The outcome and the shortest time [s]."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        found = run()
        seconds.append(time.perf_counter() - start)
    return found, min(seconds)


def main() -> None:
    """Print the table."""
    runs: dict[str, Callable[[], xr.Dataset]] = {
        "0.02 nested": lambda: dynamic(COAST),
        "0.05 nested": lambda: dynamic(HALF),
        "0.1 alone": lambda: dynamic(None),
        "0.02 alone": lambda: dynamic(None, shelf=COAST),
        "drag of Zijlema": lambda: dynamic(COAST, drag=ZIJLEMA),
        "quasi-static": quasi_static,
    }
    print("peak surge [m];", ", ".join(PLACES))
    for name, run in runs.items():
        run()  # compiled and in memory
        found, seconds = best_of(run)
        peaks = found["storm_surge"].max("time").values
        steps = found.attrs.get("steps", "")
        error = max(found.attrs.get("volume_error", [np.nan]))
        print(
            f"{name:16s}",
            " ".join(f"{v:5.2f}" for v in peaks),
            f" {seconds:5.1f} s, steps {steps}, volume {error:.0e}",
        )


if __name__ == "__main__":
    main()
