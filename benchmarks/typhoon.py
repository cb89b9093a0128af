"""The typhoon engine: speed beside CLIMADA, cost of more fields, threads and members, and truth.

``python -m benchmarks.typhoon --quick`` leaves the thousand members out. CLIMADA is run where
``RISKMAP_CLIMADA_PYTHON`` names a Python that has it; see ``docs/concepts/speed.md``.
"""

from __future__ import annotations

import sys

from benchmarks.climada import compare
from benchmarks.engine import first_map, members, passes, swath
from benchmarks.harness import Record, publish
from benchmarks.radii import skill

CLAIMS = (
    "wind_exact_vs_climada",
    "wind_default_vs_climada",
    "wind_compat_error",
    "fused_over_wind",
    "threads2_speedup",
    "members50_seconds",
    "members1000_seconds",
    "members1000_memory_mb",
    "first_map_seconds",
    "swath_error",
    "radii_blocks_mae_r7_km",
    "radii_blocks_mae_r10_km",
    "radii_blocks_mae_r12_km",
    "radii_withheld_vs_h1980",
)


def measure(*, quick: bool = False) -> list[Record]:
    """Every claim of the section."""
    return [
        *compare.measure(),
        *passes.measure(),
        *members.measure(quick=quick),
        *first_map.measure(),
        *swath.measure(),
        *skill.measure(),
    ]


if __name__ == "__main__":
    publish("typhoon", measure(quick="--quick" in sys.argv[1:]), CLAIMS)
