"""The flash-flood layer of a province, from delivered rain to the published layer."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cycles.case import AT
from benchmarks.cycles.province import BOX, RADAR_BOX, deliver_rain, run_process, write_province
from benchmarks.cycles.radar import STEP, deliver_radar
from benchmarks.harness import Record, python
from benchmarks.operations_parts.demo import RISKMAP
from riskmap.grid import Grid

CLAIMS = ("flashflood_cycle_seconds",)

GRID_STEP, QUICK_STEP = 0.01, 0.05


def measure(*, quick: bool = False) -> list[Record]:
    """Two layers, ten minutes apart, each a process of its own; the second is the usual one, with a layer before it."""
    step = QUICK_STEP if quick else GRID_STEP
    python("-c", RISKMAP, "warm")
    with TemporaryDirectory() as name:
        folder = Path(name)
        config = write_province(folder, step=step, hours=6)
        files = deliver_rain(folder, step=step)
        took = []
        for at in (AT, AT + STEP):
            if at != AT:
                deliver_radar(folder, at, grid=Grid.from_bounds(**RADAR_BOX, step=step))
            took.append(run_process(config, at, "--flash"))
        run = folder / "root" / "flash" / "latest"
        steps = json.loads((run / "timings.json").read_text(encoding="utf-8"))
        record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    shape = Grid.from_bounds(**BOX, step=step).shape
    parts = ", ".join(f"{one['step']} {one['seconds']:.1f}" for one in steps["steps"])
    note = (
        f"Zhejiang, {shape[1]} x {shape[0]} cells of {step:g} degree, {files} files of radar and nowcast in 10 min steps on the same cells, "
        f"{record['hours']} hours ahead; a whole process from start to exit, files delivered before; first layer {took[0]:.1f} s, the next "
        f"{took[1]:.1f} s; peak {steps['peak_mb']:.0f} MB; {parts}. A file waits ten minutes at most for the next start: not counted"
    )
    return [Record("flashflood_cycle_seconds", max(took), "s", note=note)]
