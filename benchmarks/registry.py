"""The registry: durable check-ins a second on SQLite and PostgreSQL beside scripts on the bare drivers.

``python -m benchmarks.registry --quick`` takes 20,000 people instead of two million. The scripts are run where
``EVAC_PEERS`` names their folder.
"""

from __future__ import annotations

import sys
import traceback

from benchmarks.check_ins import (
    codes,
    dashboard,
    drill,
    edits,
    files,
    group,
    http,
    kills,
    phone,
    servers,
    slow_disk,
)
from benchmarks.harness import Record, not_built, publish

PARTS = (files, group, servers, slow_disk, edits, kills, drill, http, dashboard, codes, phone)
CLAIMS = tuple(claim for part in PARTS for claim in part.CLAIMS)


def measure(*, quick: bool = False) -> tuple[list[Record], bool]:
    """Every claim of the section, and whether all parts ended well: one that fails says so, and stops no other."""
    found: list[Record] = []
    well = True
    for part in PARTS:
        try:
            found += part.measure(quick=quick)
        except Exception as error:
            traceback.print_exc()
            found += [not_built(claim, "", f"failed: {error}") for claim in part.CLAIMS]
            well = False
    return found, well


if __name__ == "__main__":
    records, all_well = measure(quick="--quick" in sys.argv[1:])
    publish("registry", records, CLAIMS)
    sys.exit(not all_well)
