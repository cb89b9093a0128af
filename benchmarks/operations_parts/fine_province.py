"""A full cycle of a province on an elevation model of 30 m: 292 million cells, within the memory of a small server.

``python -m benchmarks.operations_parts.fine_province [--quick]`` writes ``build/bench/fine_province.json``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cycles.fine_relief import made_dem
from benchmarks.cycles.province import run_process, write_province
from benchmarks.harness import Record, publish, python
from benchmarks.operations_parts.demo import RISKMAP
from benchmarks.operations_parts.province import AT, HOURS

CLAIMS = ("fine_province_cycle_seconds", "fine_province_memory_gb")
MEMBERS, GRID_STEP = 50, 0.01


def measure(*, quick: bool = False) -> list[Record]:
    """One process from start to exit; ``quick`` takes a piece of a degree, few members and cells of 0.05 degree for the hazards."""
    step, members = (0.05, 10) if quick else (GRID_STEP, MEMBERS)
    # by a process of its own: what it took at its peak would count for every process that this one begins
    python("-c", f"from benchmarks.cycles.fine_relief import made_dem; made_dem(quick={quick})")
    dem = made_dem(quick=quick)
    python("-c", RISKMAP, "warm")
    with TemporaryDirectory() as name:
        folder = Path(name)
        config = write_province(folder, step=step, hours=HOURS, members=members, at=AT)
        scenario = folder / "zhejiang-scenario.toml"
        text = scenario.read_text(encoding="utf-8")
        scenario.write_text(
            text.replace("[terrain]\n", f'[terrain]\ndem = "{dem.as_posix()}"\n', 1), encoding="utf-8"
        )
        took = run_process(config, AT)
        run = folder / "root" / "latest"
        timings = json.loads((run / "timings.json").read_text(encoding="utf-8"))
        record = json.loads((run / "run.json").read_text(encoding="utf-8"))
        size = sum(path.stat().st_size for path in run.rglob("*") if path.is_file()) / 1e6
    said = [note["said"] for note in record["notes"] if note["key"] == "dem, memory at the peak"]
    parts = ", ".join(f"{one['step']} {one['seconds']:.1f}" for one in timings["steps"])
    note = (
        f"Zhejiang in In-Fa on a made model, {'; '.join(said)} told; hazards on {step:g} degree, {HOURS + 1} hours, {members} members, "
        f"letters and county maps; a whole process from start to exit, its inputs read and derived anew; {size:.0f} MB; {parts}"
    )
    return [
        Record(CLAIMS[0], took, "s", note=note),
        Record(
            CLAIMS[1], timings["peak_mb"] / 1e3, "GB", note="resident, of the process, at its largest step"
        ),
    ]


if __name__ == "__main__":
    publish("fine_province", measure(quick="--quick" in sys.argv), CLAIMS)
