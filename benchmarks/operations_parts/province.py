"""A full cycle of a province, with members and letters."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cycles.province import BOX, run_process, write_province
from benchmarks.harness import Record, python
from benchmarks.operations_parts.demo import RISKMAP
from riskmap.grid import Grid

CLAIMS = ("province_cycle_50_seconds",)

MEMBERS, HOURS, GRID_STEP = 50, 48, 0.01
AT = datetime.fromisoformat("2021-07-24T13:00+08:00")
"""A day before landfall, when most counties get a letter."""


def measure(*, quick: bool = False) -> list[Record]:
    """One process from start to exit: track in, map, tables, fields, letters, members' chances out and published."""
    step, members = (0.05, 10) if quick else (GRID_STEP, MEMBERS)
    python("-c", RISKMAP, "warm")
    with TemporaryDirectory() as name:
        folder = Path(name)
        config = write_province(folder, step=step, hours=HOURS, members=members, at=AT)
        took = run_process(config, AT)
        run = folder / "root" / "latest"
        timings = json.loads((run / "timings.json").read_text(encoding="utf-8"))
        files = [path for path in run.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files) / 1e6
        letters = sum(path.suffix == ".pdf" for path in files)
    shape = Grid.from_bounds(**BOX, step=step).shape
    parts = ", ".join(f"{one['step']} {one['seconds']:.1f}" for one in timings["steps"])
    note = (
        f"Zhejiang in In-Fa, {shape[1]} x {shape[0]} cells of {step:g} degree, {HOURS + 1} hours, {members} members, {letters} letters as PDF and county maps; "
        f"a whole process from start to exit; {len(files)} files, {size:.0f} MB; peak {timings['peak_mb']:.0f} MB; {parts}"
    )
    return [Record("province_cycle_50_seconds", took, "s", note=note)]
