"""Terrain: Mcells/s of each step and of the chain from heights to drainage height, beside Dask and the fastest peer.

All in memory, the steps in turns, best of three warm rounds with as many threads as the machine has cores; the rate on one
thread stands in the note. Each step gets the finished result of the one before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.flood_peers.case import CELL, STREAM_CELLS, kept_dem, made_ground
from benchmarks.flood_peers.side import PeerMissingError, chain_seconds
from benchmarks.harness import RESULTS, Record, in_turns
from benchmarks.terrain.chain import chain, flow_part, lazy_chain, lazy_flow_part
from riskmap.blocks import threads
from riskmap.terrain.accumulation import accumulate
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.drainage import height_above_drainage
from riskmap.terrain.flow_direction import flow_direction

STEPS = {
    "fill_mcells": "exact, depressions only",
    "d8_mcells": "without flats",
    "d8_flats_mcells": "flats resolved",
    "accumulate_mcells": "from D8",
    "hand_mcells": f"from D8 and accumulation, streams from {STREAM_CELLS} cells on",
    "chain_mcells": "fill, directions with flats, accumulation, drainage height",
}
CLAIMS = (*STEPS, "chain_vs_best_peer", "dask_over_untiled")
SIDE, SMALL = 4000, 1000
CHUNKS = 4
"""Dask's chunks along each side."""
PEERS = {"whitebox_workflows": 3, "topotoolbox": 2, "pyflwdir": 0}
"""Warm runs of each; 0 is one run that compiles too: the slow ones get fewer, since only the fastest counts."""

Work = Callable[[], Any]


def measure(*, quick: bool = False) -> list[Record]:
    """Every claim of the terrain."""
    side = SMALL if quick else SIDE
    ground = made_ground(side)
    filled = fill_depressions(ground)
    codes = flow_direction(filled, dx=CELL, dy=CELL)
    seconds = in_turns(_works(ground, filled, codes))
    peers, missing = _peers(side)
    again = in_turns({"chain": lambda: chain(ground, CELL, threads())})[
        "chain"
    ]  # the peers' machine, once more
    cells = ground.size / 1e6
    steps = [
        Record(
            claim, cells / seconds[claim], "Mcells/s",
            note=f"{words}; {cells / seconds[f'{claim} 1']:.4g} on one thread; {_case(side)}, {threads()} threads",
        )
        for claim, words in STEPS.items()
    ]  # fmt: skip
    return [*steps, _beside(min(again, seconds["chain_mcells"]), peers, missing, side), _dask(seconds, side)]


def _works(
    ground: NDArray[np.float32], filled: NDArray[np.float32], codes: NDArray[np.uint8]
) -> dict[str, Work]:
    upstream = accumulate(codes)
    found: dict[str, Work] = {}
    for workers, ending in ((threads(), ""), (1, " 1")):
        run: dict[str, Any] = {"workers": workers}
        sides = {"dx": CELL, "dy": CELL, **run}
        found |= {
            f"fill_mcells{ending}": lambda run=run: fill_depressions(ground, **run),
            f"d8_mcells{ending}": lambda sides=sides: flow_direction(filled, flats=False, **sides),
            f"d8_flats_mcells{ending}": lambda sides=sides: flow_direction(filled, **sides),
            f"accumulate_mcells{ending}": lambda run=run: accumulate(codes, **run),
            f"hand_mcells{ending}": lambda run=run: height_above_drainage(
                filled, codes, upstream, STREAM_CELLS, **run
            ),
            f"chain_mcells{ending}": lambda workers=workers: chain(ground, CELL, workers),
            f"flow{ending}": lambda workers=workers: flow_part(filled, codes, workers),
        }
    found["chain, Dask"] = lambda: lazy_chain(ground, CELL, len(ground) // CHUNKS)
    found["flow, Dask"] = lambda: lazy_flow_part(filled, codes, len(ground) // CHUNKS)
    return found


def _case(side: int) -> str:
    return f"{side} x {side} float32 of the made relief, a quarter of it pits and flats"


def _dask(seconds: dict[str, float], side: int) -> Record:
    """The chain by Dask over the chain in memory, both with as many threads."""
    whole, flow = seconds["chain, Dask"], seconds["flow, Dask"]
    note = (
        f"whole chain with two workers, chunks of {side // CHUNKS}: {whole:.2f} s, untiled {seconds['chain_mcells']:.2f} s on two "
        f"threads and {seconds['chain_mcells 1']:.2f} s on one; accumulation and drainage height alone "
        f"{flow / seconds['flow']:.2f} times two threads and {flow / seconds['flow 1']:.2f} times one; {_case(side)}"
    )
    return Record("dask_over_untiled", whole / seconds["chain_mcells"], "times", note=note)


def _peers(side: int) -> tuple[dict[str, float], list[str]]:
    """Seconds of each peer's chain by name and version; why others gave none."""
    path, found, missing = kept_dem(side, RESULTS), {}, []
    for name, repeat in PEERS.items():
        try:
            answer = chain_seconds(name, path, repeat=repeat)
        except PeerMissingError as why:
            missing.append(str(why))
        else:
            found[answer["peer"]] = float(answer["seconds"])
    return found, missing


def _beside(own: float, peers: dict[str, float], missing: list[str], side: int) -> Record:
    """Our chain against the fastest of the peers' in the same run."""
    cells = side * side / 1e6
    note = "; ".join([*(f"{name} {value:.2f} s" for name, value in peers.items()), *missing])
    note = f"{note}; chains of each peer's own steps, two threads where it has them; {_case(side)}"
    if not peers:
        return Record("chain_vs_best_peer", None, "times", note=f"ours {own:.2f} s; {note}")
    best = min(peers, key=lambda name: peers[name])
    ratio = peers[best] / own
    return Record(
        "chain_vs_best_peer", cells / own, "Mcells/s", peer=best, peer_value=cells / peers[best], ratio=ratio,
        note=f"ours {own:.2f} s; {note}",
    )  # fmt: skip
