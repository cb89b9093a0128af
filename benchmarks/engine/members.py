"""Many members of one storm: seconds and memory, each count in a process of its own.

``python -m benchmarks.engine.members COUNT STEP`` prints JSON.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from benchmarks.engine.case import HOURS, ISSUED, Storm, in_fa
from benchmarks.engine.memory import peak_megabytes
from benchmarks.harness import Record, not_built, python
from riskmap.ensemble import make_members
from riskmap.hazard.storm.swath import coarse_peaks
from riskmap.io.bundled import bundled
from riskmap.io.regions import read_regions
from riskmap.io.rule_files import read_rules
from riskmap.ledger import Tell, tell_nobody
from riskmap.members import Ensemble
from riskmap.probability import wind_probability
from riskmap.tally import needed_wind
from riskmap.zonal import zonal_weights

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


def apart(storm: Storm, least: float) -> dict[str, float]:
    """What the members' few sub-steps cost, against every minute, where that reaches ``least`` [m s-1].

    ``worst`` and ``mean`` difference of the peak over the window, ``hour`` the worst of any hour's peak.
    """
    from riskmap.hazard.wind import hourly_peaks

    arguments = storm.track, storm.grid, storm.hours
    few, every = np.zeros((2, *storm.grid.shape), np.float32)
    hour = 0.0
    for coarse, fine in zip(coarse_peaks(*arguments, least=least), hourly_peaks(*arguments), strict=True):
        hour = max(hour, float(np.abs(coarse - fine)[fine >= least].max(initial=0.0)))
        np.maximum(few, coarse, out=few)
        np.maximum(every, fine, out=every)
    difference = np.abs(few - every)[every >= least]
    return {"worst": float(difference.max()), "mean": float(difference.mean()), "hour": hour}


def _note(run: dict[str, Any]) -> str:
    return (
        f"{run['members']} members of In-Fa made from one seed ({run['made']:.2f} s of it), {run['hours']} hours, "
        f"{run['cells']} cells of {run['step']} degree, wind tier of every cell and of {run['regions']} counties, onset and "
        f"strike probability; {run['threads']} threads; zonal weights and relief read before; peaks by few sub-steps: "
        f"the window's is at most {run['worst']:.1f}, on average {run['mean']:.2f} m/s from that of every minute, a single "
        f"hour's up to {run['hour']:.0f} m/s in the eye"
    )


@dataclass(frozen=True, eq=False)
class Case:
    """In-Fa on the province's box, and all that counting its members needs; read beforehand."""

    storm: Storm
    least: float
    given: dict[str, Any]

    def members(self, count: int) -> Ensemble:
        """So many members of one seed."""
        return make_members(self.storm.track, issued_at=ISSUED, hours=HOURS, count=count, seed=1)

    def chances(self, ensemble: Ensemble, tell: Tell = tell_nobody) -> xr.Dataset:
        """The chance of each tier."""
        return wind_probability(ensemble, self.storm.grid, self.storm.hours, **self.given, tell=tell)


def case(step: float) -> Case:
    """The case on cells of ``step`` degrees."""
    storm, rule = in_fa(step), read_rules()["wind"]
    regions = read_regions(
        bundled("admin/zhejiang_district_simple.geojson"),
        population=bundled("census/zhejiang_pop2020_on_2021_boundaries.csv"),
        valid_on=ISSUED.date(),
    )
    mean = np.where(storm.land, LAND_FACTOR, 1.0).astype(np.float32)
    gust = np.where(storm.land, LAND_GUST, SEA_GUST).astype(np.float32)
    least = float(np.nanmin(needed_wind(rule, mean, gust).wind))
    given = {
        "rule": rule, "mean_factor": mean, "gust_factor": gust, "weights": zonal_weights(regions, storm.grid),
        "codes": [region.code for region in regions], "peaks": partial(coarse_peaks, least=least),
    }  # fmt: skip
    return Case(storm, least, given)


def run(count: int, step: float) -> dict[str, Any]:
    """Make the members and count them."""
    import riskmap._kernels.probability
    import riskmap._kernels.swath  # noqa: F401 - numba belongs to what import takes
    from riskmap.blocks import threads

    imported = peak_megabytes()
    world = case(step)
    start = time.perf_counter()
    ensemble = world.members(count)
    made = time.perf_counter() - start
    found = world.chances(ensemble)
    seconds = time.perf_counter() - start
    peak = peak_megabytes()
    assert float(found["probability"].max()) > 0.5
    cost = apart(world.storm, world.least)
    return {
        "members": count, "step": step, "seconds": seconds, "made": made, "hours": len(world.storm.hours),
        "cells": world.storm.grid.shape[0] * world.storm.grid.shape[1], "regions": len(world.given["codes"]), "threads": threads(),
        **cost, "peak": peak, "imported": imported,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), float(sys.argv[2]))))
