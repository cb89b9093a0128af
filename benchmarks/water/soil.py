"""Soil-water index: cell-steps a second of the three tanks, the gate that looks for negative rain included."""

from __future__ import annotations

from benchmarks.harness import Record
from benchmarks.runoff.county import soil
from riskmap.blocks import threads

CLAIMS = ("soil_index_mcells",)
BYTES_A_CELL = 28
"""Three tanks read and written, rain read, single precision."""


def measure(*, quick: bool = False) -> list[Record]:
    """The claim of the index."""
    side = 1000 if quick else 4000
    rate = soil((side, side), 3)
    note = (
        f"{side} x {side} cells, one hour a step, best of 3, {threads()} threads; {BYTES_A_CELL} bytes a cell are "
        f"{rate * BYTES_A_CELL / 1e3:.1f} GB/s"
    )
    return [Record(CLAIMS[0], rate, "Mcell-steps/s", note=note)]
