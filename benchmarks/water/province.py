"""A province of 30 m cells from heights to drainage height: seconds and memory of a process that does nothing else."""

from __future__ import annotations

from typing import Any

from benchmarks.harness import Record, not_built
from benchmarks.terrain.province import CELL, SHAPE, measured

CLAIMS = ("province_chain_seconds", "province_chain_memory_gb")
UNITS = ("s", "GB")


def measure(*, quick: bool = False) -> list[Record]:
    """Both claims; left out by ``quick``."""
    if quick:
        return [not_built(c, u, "left out by --quick") for c, u in zip(CLAIMS, UNITS, strict=True)]
    run = measured(SHAPE)
    note = _note(run)
    return [
        Record(CLAIMS[0], run["chain [s]"], UNITS[0], note=note),
        Record(CLAIMS[1], run["peak [GB]"], UNITS[1], note="resident, the heights that it read included"),
    ]


def _note(run: dict[str, Any]) -> str:
    steps = ", ".join(f"{name} {value:.1f} s" for name, value in run["seconds"].items())
    return f"{SHAPE[0]} x {SHAPE[1]} made cells of {CELL:.0f} m, in core, one run; {steps} (reading apart)"
