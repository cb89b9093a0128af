"""The long drills, each line of findings as it comes: ``python -m benchmarks.check_ins [--quick]``."""

from __future__ import annotations

import sys

from benchmarks.check_ins import drill, edits, kills

for part in (edits, kills, drill):
    for record in part.measure(quick="--quick" in sys.argv[1:]):
        print(f"{record.claim}: {record.value} {record.unit} ({record.note})", flush=True)
