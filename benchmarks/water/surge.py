"""Storm surge: seconds of 72 h of In-Fa on a coast of 0.02 degrees nested in the shelf, and of the coast alone."""

from __future__ import annotations

from benchmarks.coast.in_fa import COAST, dynamic
from benchmarks.harness import Record, best_seconds
from riskmap.blocks import threads

CLAIMS = ("surge_72h_seconds",)


def measure(*, quick: bool = False) -> list[Record]:
    """The claim of the surge; the track, the chart and the land are read in the run that warms."""
    repeat = 1 if quick else 3
    nested = best_seconds(lambda: dynamic(COAST), repeat=repeat)
    alone = best_seconds(lambda: dynamic(None, shelf=COAST), repeat=1)
    note = (
        f"0.02 degree {COAST.shape[0]} x {COAST.shape[1]} in 0.1 degree 117-128E 24-34N, best of {repeat}, {threads()} "
        f"threads; the 0.02 degree part alone {alone:.1f} s"
    )
    return [Record(CLAIMS[0], nested, "s", note=note)]
