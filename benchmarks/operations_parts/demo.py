"""The demo as a user runs it: whole processes, warm cache."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness import Record, python, seconds

CLAIMS = ("demo_seconds", "demo_memory_gb")

RISKMAP = "from riskmap.cli import main; main()"
EVAC = "from evac.cli import main; main()"


def measure(*, quick: bool = False) -> list[Record]:  # noqa: ARG001 - there is one demo
    """`riskmap demo`, then `evac drill` on what it published; kernels compiled before, as after installation."""
    warm = seconds(lambda: python("-c", RISKMAP, "warm"))
    with TemporaryDirectory() as folder:
        out = Path(folder) / "in-fa"
        demo = seconds(lambda: python("-c", RISKMAP, "demo", "--out", str(out)))
        drill = seconds(lambda: python("-c", EVAC, "drill", "--from", str(out)))
        timings = json.loads((out / "timings.json").read_text(encoding="utf-8"))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    gigabytes = peak * (1 if sys.platform == "darwin" else 1024) / 1e9
    steps = ", ".join(f"{step['step']} {step['seconds']:.2f}" for step in timings["steps"])
    note = f"riskmap demo {demo:.1f}, evac drill {drill:.1f}; warm-up before, not counted, {warm:.1f}; steps: {steps}"
    return [
        Record("demo_seconds", demo + drill, "s", note=note),
        Record("demo_memory_gb", gigabytes, "GB", note="largest of the processes: warm-up, demo, drill"),
    ]
