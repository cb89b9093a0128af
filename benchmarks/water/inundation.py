"""Inundation: cell updates a second on hills in the rain, beside landlab on the same hills, and the water of a day."""

from __future__ import annotations

from benchmarks.flood_peers.case import hills
from benchmarks.flood_peers.side import PeerMissingError, landlab_rate
from benchmarks.harness import Record
from benchmarks.inundation.rate import BYTES_A_CELL, rates, triad, volume_error

CLAIMS = (
    "inundation_mcups_2threads", "inundation_vs_landlab", "inundation_volume_error", "inundation_10pct_mcups",
)  # fmt: skip
UNIT = "Mcell-updates/s"
SIDE, SMALL = 1000, 300
DAY_SIDE, SMALL_DAY = 300, 100
"""Crop of the hills on which a whole day is run: the water moves and deepens as on all of them."""


def measure(*, quick: bool = False) -> list[Record]:
    """Every claim of the solver."""
    side, part = (SMALL, SMALL_DAY) if quick else (SIDE, DAY_SIDE)
    ground = hills(side)
    found, bandwidth = rates(ground, rounds=2 if quick else 8), triad(2)
    traffic = found.two * BYTES_A_CELL / 1e3
    case = f"{side} x {side} cells of 30 m"
    note = (
        f"{case}, all wet, 50 mm/h on hills; {found.one:.0f} on one thread; {BYTES_A_CELL} bytes a cell at least are "
        f"{traffic:.1f} GB/s, {traffic / bandwidth:.0%} of the {bandwidth:.1f} that a triad reaches on two threads"
    )
    wet = f"{case}, water on the lowest tenth, cells of the whole grid; {found.awake:.0%} of the tiles awake"
    error, least, steps = volume_error(ground[:part, :part], hours=1.0 if quick else 24.0)
    day = (
        f"{'an hour' if quick else '24 h'} of 50 mm/h on {part} x {part} cells of the hills, closed; {steps} steps, "
        f"least depth at any full hour {least:.1e} m"
    )
    return [
        Record(CLAIMS[0], found.two, UNIT, note=note),
        _beside(found.two, side),
        Record(CLAIMS[2], abs(error), "1", note=day),
        Record(CLAIMS[3], found.tenth, UNIT, note=f"{wet}; two threads, best of the rounds"),
    ]


def _beside(rate: float, side: int) -> Record:
    """The same hills and rain by landlab, two threads."""
    try:
        peer = landlab_rate(hills(side))
    except PeerMissingError as why:
        return Record(CLAIMS[1], None, UNIT, note=f"ours {rate:.0f}; {why}")
    note = f"its OverlandFlow, two threads, best of 3; its least depth {peer['least_depth']:.2g} m, ours 0 or more"
    return Record(
        CLAIMS[1],
        rate,
        UNIT,
        peer=peer["peer"],
        peer_value=peer["mcups"],
        ratio=rate / peer["mcups"],
        note=note,
    )
