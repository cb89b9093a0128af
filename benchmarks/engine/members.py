"""Many members of one storm: seconds and memory, each count in a process of its own.

``python -m benchmarks.engine.members COUNT STEP`` prints JSON.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from benchmarks.engine.memory import peak_megabytes
from benchmarks.harness import Record, not_built, python

FEW, MANY = (50, 0.02), (1000, 0.01)
CLAIMS = ("members50_seconds", "members1000_seconds", "members1000_memory_mb")
UNITS = ("s", "s", "MB")
LAND_FACTOR, SEA_GUST, LAND_GUST = 0.8, 1.2, 1.6
"""Stand-ins for the surface of the product: the work does not depend on their values."""


def measure(*, quick: bool = False) -> list[Record]:
    """Fifty and a thousand members made of In-Fa's track, probabilities of cells and counties out."""
    python("-m", "benchmarks.engine.members", "10", "0.1")  # so that the kernels are in the cache
    few = json.loads(python("-m", "benchmarks.engine.members", *map(str, FEW)))
    records = [Record(CLAIMS[0], few["seconds"], UNITS[0], note=_note(few))]
    if quick:
        left_out = "left out by --quick"
        return [*records, *(not_built(c, u, left_out) for c, u in zip(CLAIMS[1:], UNITS[1:], strict=True))]
    many = json.loads(python("-m", "benchmarks.engine.members", *map(str, MANY)))
    above = f"{many['peak']:.0f} MB at most, {many['imported']:.0f} MB once all is imported"
    return [
        *records,
        Record(CLAIMS[1], many["seconds"], UNITS[1], note=_note(many)),
        Record(CLAIMS[2], many["peak"] - many["imported"], UNITS[2], note=above),
    ]


def _note(run: dict[str, Any]) -> str:
    return (
        f"{run['members']} members of In-Fa made from one seed ({run['made']:.2f} s of it), {run['hours']} hours, "
        f"{run['cells']} cells of {run['step']} degree, wind tier of every cell and of {run['regions']} counties, onset and "
        f"strike probability; {run['threads']} threads; zonal weights and relief read before"
    )


def run(count: int, step: float) -> dict[str, Any]:
    """Make the members and count them."""
    import numpy as np

    import riskmap._kernels.probability
    import riskmap._kernels.swath  # noqa: F401 - numba belongs to what import takes
    from benchmarks.engine.case import HOURS, ISSUED, in_fa
    from riskmap.blocks import threads
    from riskmap.ensemble import make_members
    from riskmap.hazard.wind import hourly_peaks
    from riskmap.io.bundled import bundled
    from riskmap.io.regions import read_regions
    from riskmap.io.rule_files import read_rules
    from riskmap.probability import wind_probability
    from riskmap.zonal import zonal_weights

    imported = peak_megabytes()
    storm = in_fa(step)
    regions = read_regions(
        bundled("admin/zhejiang_district_simple.geojson"),
        population=bundled("census/zhejiang_pop2020_on_2021_boundaries.csv"),
        valid_on=ISSUED.date(),
    )
    weights = zonal_weights(regions, storm.grid)
    mean = np.where(storm.land, LAND_FACTOR, 1.0).astype(np.float32)
    gust = np.where(storm.land, LAND_GUST, SEA_GUST).astype(np.float32)
    start = time.perf_counter()
    ensemble = make_members(storm.track, issued_at=ISSUED, hours=HOURS, count=count, seed=1)
    made = time.perf_counter() - start
    found = wind_probability(
        ensemble, storm.grid, storm.hours, rule=read_rules()["wind"], mean_factor=mean, gust_factor=gust,
        weights=weights, codes=[region.code for region in regions], peaks=hourly_peaks,
    )  # fmt: skip
    seconds = time.perf_counter() - start
    assert float(found["probability"].max()) > 0.5
    return {
        "members": count, "step": step, "seconds": seconds, "made": made, "hours": len(storm.hours),
        "cells": storm.grid.shape[0] * storm.grid.shape[1], "regions": len(regions), "threads": threads(),
        "peak": peak_megabytes(), "imported": imported,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), float(sys.argv[2]))))
