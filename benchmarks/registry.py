"""The registry: durable check-ins a second on SQLite and PostgreSQL beside scripts on the bare drivers.

``python -m benchmarks.registry --quick`` takes 20,000 people instead of two million; ``--only files kills`` measures those
parts again and leaves the others as written. The scripts are run where ``EVAC_PEERS`` names their folder. ``python -m benchmarks.check_ins.slow_disk`` does the same on a slower disk.
"""

from __future__ import annotations

import sys

from benchmarks.check_ins import codes, dashboard, drill, edits, files, group, http, kills, phone, servers
from benchmarks.harness import Record, measure_parts, run_parts

PARTS = (files, group, servers, edits, kills, drill, http, dashboard, codes, phone)
CLAIMS = (
    "sqlite_single_vs_driver",
    "sqlite_batch1000_vs_driver",
    "sqlite_group64_vs_script",
    "pg_32_vs_driver",
    "pg_batch_8_vs_driver",
    "http_list_events_s",
    "http_single_s",
    "drill_people_exact",
    "drill_seconds",
    "dashboard_ms",
    "kills_lost",
    "edits_undetected",
    "qr_version",
    "qr_dirty_decode",
    "offline_town_mb",
    "sync_1000_seconds",
)


def measure(*, quick: bool = False) -> tuple[list[Record], bool]:
    """Every claim of the section, and whether all parts ended well: one that fails says so, and stops no other."""
    return measure_parts(PARTS, quick=quick)


if __name__ == "__main__":
    sys.exit(run_parts("registry", PARTS, CLAIMS, sys.argv[1:]))
