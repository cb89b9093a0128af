"""Evacuation coordination: shelter plans beside bare solvers, clearance, deadlines and the cockpit of a province.

``python -m benchmarks.coordination --quick`` takes a tenth of the places. The script on the bare solvers is run where
``EVAC_PEERS`` names its folder.
"""

from __future__ import annotations

import sys

from benchmarks.coordination_parts import allocation, clearance, cockpit, deadlines
from benchmarks.harness import Record, measure_parts, run_parts

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
    return measure_parts(PARTS, quick=quick)


if __name__ == "__main__":
    sys.exit(run_parts("coordination", PARTS, CLAIMS, sys.argv[1:]))
