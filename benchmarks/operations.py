"""Operations: the demo and bare imports as a user meets them, cycles that are killed, a Dask cluster, the notebooks.

``python -m benchmarks.operations --quick`` takes few kills, few imports and one notebook.
"""

from __future__ import annotations

import sys

from benchmarks.cycles import kills
from benchmarks.engine import on_dask
from benchmarks.harness import Record, measure_parts, not_built, run_parts
from benchmarks.operations_parts import demo, flash, imports, notebooks, province

PARTS = (demo, imports, kills, flash, province, on_dask, notebooks)
CLAIMS = (
    "demo_seconds",
    "demo_memory_gb",
    "import_riskmap_seconds",
    "import_evac_seconds",
    "cycle_kill_incomplete",
    "flashflood_cycle_seconds",
    "province_cycle_50_seconds",
    "dask_max_difference",
    "notebooks_seconds",
)


def measure(*, quick: bool = False) -> tuple[list[Record], bool]:
    """Every claim of the section, and whether all parts ended well: one that fails says so, and stops no other."""
    found, well = measure_parts(PARTS, quick=quick)
    built = {claim for part in PARTS for claim in part.CLAIMS}
    return [*found, *(not_built(claim, "") for claim in CLAIMS if claim not in built)], well


if __name__ == "__main__":
    sys.exit(run_parts("operations", PARTS, CLAIMS, sys.argv[1:]))
