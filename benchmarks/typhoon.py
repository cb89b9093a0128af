"""The typhoon engine: speed, memory and truth. What is not measured yet is said so."""

from __future__ import annotations

from benchmarks.harness import Record, not_built
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

UNITS = {
    "wind_compat_error": "m/s",
    "members50_seconds": "s",
    "members1000_seconds": "s",
    "members1000_memory_mb": "MB",
    "first_map_seconds": "s",
    "swath_error": "m/s",
}
"""Of the claims that nothing is measured for yet; the others are ratios."""


def measure() -> list[Record]:
    """Every claim of the section."""
    measured = skill.measure()
    done = {record.claim for record in measured}
    return [*(not_built(claim, UNITS.get(claim, "1")) for claim in CLAIMS if claim not in done), *measured]
