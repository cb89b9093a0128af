"""The registry: durable check-ins a second on SQLite and PostgreSQL beside scripts on the bare drivers.

``python -m benchmarks.registry --quick`` takes 20,000 people instead of two million. The scripts are run where
``EVAC_PEERS`` names their folder.
"""

from __future__ import annotations

import sys

from benchmarks.check_ins import codes, dashboard, drill, edits, files, group, http, kills, phone, servers
from benchmarks.harness import Record, publish

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


def measure(*, quick: bool = False) -> list[Record]:
    """Every claim of the section."""
    return [
        *files.measure(quick=quick),
        *group.measure(quick=quick),
        *servers.measure(quick=quick),
        *edits.measure(quick=quick),
        *kills.measure(quick=quick),
        *drill.measure(quick=quick),
        *http.measure(quick=quick),
        *dashboard.measure(quick=quick),
        *codes.measure(quick=quick),
        *phone.measure(quick=quick),
    ]


if __name__ == "__main__":
    publish("registry", measure(quick="--quick" in sys.argv[1:]), CLAIMS)
