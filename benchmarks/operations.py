"""The demo as a user runs it: whole processes, warm cache; and what a bare import costs."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.engine import on_dask
from benchmarks.harness import Record, not_built, python, seconds

CLAIMS = (
    "demo_seconds",
    "demo_memory_gb",
    "import_riskmap_seconds",
    "import_evac_seconds",
    "cycle_kill_incomplete",
    "flashflood_cycle_seconds",
    "province_cycle_50_seconds",
    "dask_max_difference",
    "notebooks_seconds",
)

IMPORTS = 15
RISKMAP = "from riskmap.cli import main; main()"
EVAC = "from evac.cli import main; main()"


def measure(*, quick: bool = False) -> list[Record]:
    """Every claim of the section."""
    return [
        *_demo(),
        _import("riskmap"),
        _import("evac"),
        not_built(
            "cycle_kill_incomplete", "kills", "not built yet: there is no `latest` that cycles publish"
        ),
        not_built("flashflood_cycle_seconds", "s", "not built yet: needs a DEM of 90 m or finer and basins"),
        not_built("province_cycle_50_seconds", "s", "not built yet: a cycle has one member"),
        *on_dask.measure(quick=quick),
        _notebooks(),
    ]


def _demo() -> list[Record]:
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


def _import(package: str) -> Record:
    """Median of several processes, less that of a bare interpreter; the files are in the page cache."""
    python("-c", f"import {package}")
    whole = median(seconds(lambda: python("-c", f"import {package}")) for _ in range(IMPORTS))
    bare = median(seconds(lambda: python("-c", "pass")) for _ in range(IMPORTS))
    note = f"median of {IMPORTS} processes of {whole:.3f} s, less {bare:.3f} s of a bare interpreter"
    return Record(f"import_{package}_seconds", max(whole - bare, 0.0), "s", note=note)


def _notebooks() -> Record:
    """Every notebook executed, one after the other, as ``make test`` does."""
    from benchmarks.harness import ROOT

    sources = sorted((ROOT / "notebooks").glob("*.py"))
    with TemporaryDirectory() as folder:
        for source in sources:
            target = Path(folder) / f"{source.stem}.ipynb"
            python("-m", "jupytext", "--quiet", "--to", "ipynb", "--output", str(target), str(source))
        spent = seconds(
            lambda: python(
                "-m",
                "pytest",
                "-q",
                "--nbmake",
                "--override-ini=addopts=",
                "--override-ini=testpaths=",
                folder,
            )
        )
    return Record("notebooks_seconds", spent, "s", note=f"{len(sources)} notebook(s) through nbmake")
