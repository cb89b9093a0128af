"""Evacuation coordination: shelter plans beside bare solvers, clearance, deadlines and the cockpit of a province.

``python -m benchmarks.coordination --quick`` takes a tenth of the places. The script on the bare solvers is run where
``EVAC_PEERS`` names its folder.
"""

from __future__ import annotations

import sys

from benchmarks.coordination_parts import allocation, clearance, cockpit, deadlines
from benchmarks.harness import Record, measure_parts, not_built, publish

PARTS = (allocation, clearance, deadlines, cockpit)
CLAIMS = (
    "allocation_gap",
    "allocation_over_solver",
    "replan_fraction",
    "replan_gap",
    "household_gap",
    "clearance_seconds",
    "deadline_scan_seconds",
    "cockpit_query_ms",
)


def measure(*, quick: bool = False) -> tuple[list[Record], bool]:
    """Every claim of the section, and whether all parts ended well: one that fails says so, and stops no other."""
    found, well = measure_parts(PARTS, quick=quick)
    built = {claim for part in PARTS for claim in part.CLAIMS}
    return [*found, *(not_built(claim, "") for claim in CLAIMS if claim not in built)], well


if __name__ == "__main__":
    records, all_well = measure(quick="--quick" in sys.argv[1:])
    publish("coordination", records, CLAIMS)
    sys.exit(not all_well)
