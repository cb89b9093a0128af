"""``python -m benchmarks.terrain.fill``: Mcells/s of filling, breaching and D8 on the made DEM, and a peer's fill.

Every rate is the best of several warm runs; the runs of ours and of the peer alternate, so that both see the same
machine. ``--side`` makes the DEM smaller.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.flood_peers.case import CELL, made_ground
from riskmap.terrain.breaching import breach_depressions
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.flow_direction import flow_direction
from riskmap.terrain.lazy import direct_lazily, fill_lazily

REPEAT = 5
CHUNK = 1000
"""Side of Dask's chunks [cells]."""


def cases(z: Any, filled: Any) -> dict[str, Callable[[], Any]]:
    """Name -> what is timed."""
    import dask.array as da

    sides = {"dx": CELL, "dy": CELL}
    lazy_fill = fill_lazily(da.from_array(z, chunks=CHUNK, name=False))
    lazy_codes = direct_lazily(da.from_array(filled, chunks=CHUNK, name=False), **sides)
    found: dict[str, Callable[[], Any]] = {}
    for workers in (1, 2):
        run: dict[str, Any] = {"workers": workers}
        found[f"fill, {workers} threads"] = lambda run=run: fill_depressions(z, **run)
        found[f"D8 without flats, {workers} threads"] = lambda run=run: flow_direction(
            filled, flats=False, **sides, **run
        )
        found[f"D8 with flats, {workers} threads"] = lambda run=run: flow_direction(filled, **sides, **run)
    found["fill, Dask, 2 workers"] = lambda: lazy_fill.compute(scheduler="threads", num_workers=2)
    found["D8 with flats, Dask, 2 workers"] = lambda: lazy_codes.compute(scheduler="threads", num_workers=2)
    found["breach and fill, 50 cells, 10 m"] = lambda: breach_depressions(z).surface
    try:
        import topotoolbox
    except ImportError:
        return found
    grid = topotoolbox.GridObject()
    grid.z, grid.cellsize = z, CELL
    found["fill, topotoolbox"] = lambda: np.asarray(grid.fillsinks().z)
    return found


def rates(side: int, repeat: int = REPEAT) -> dict[str, float]:
    """Mcells/s of each case; results of one kind are compared bit by bit."""
    z = made_ground(side)
    filled = fill_depressions(z)
    codes = flow_direction(filled, dx=CELL, dy=CELL)
    timed = cases(z, filled)
    best = dict.fromkeys(timed, float("inf"))
    for turn in range(repeat + 1):  # the first compiles
        for name, run in timed.items():
            start = time.perf_counter()
            result = run()
            seconds = time.perf_counter() - start
            if turn:
                best[name] = min(best[name], seconds)
            elif name.startswith(("fill", "D8 with flats")):
                expected = filled if name.startswith("fill") else codes
                if not np.array_equal(result, expected, equal_nan=name.startswith("fill")):
                    raise AssertionError(f"{name} differs")
    return {name: z.size / seconds / 1e6 for name, seconds in best.items()}


def main() -> int:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--side", type=int, default=4000)
    options.add_argument("--repeat", type=int, default=REPEAT)
    chosen = options.parse_args()
    table = Table("step", "Mcells/s", title=f"{chosen.side} x {chosen.side}, best of {chosen.repeat}")
    for name, rate in rates(chosen.side, chosen.repeat).items():
        table.add_row(name, f"{rate:.1f}")
    Console(width=100).print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
