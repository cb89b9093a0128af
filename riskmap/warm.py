"""Compile every kernel once: the cache then serves every later process."""

from __future__ import annotations

import time


def warm_kernels() -> float:
    """Run a two-hour analysis of the demo on a coarse grid, which touches every kernel; returns seconds."""
    from dataclasses import replace

    from riskmap.analysis import analyse
    from riskmap.io.bundled import bundled
    from riskmap.io.inputs import read_inputs
    from riskmap.io.scenario_file import read_scenario
    from riskmap.ledger import Ledger
    from riskmap.products.raster import tier_image

    start = time.perf_counter()
    scenario = read_scenario(bundled("scenarios/in-fa-2021.toml"))
    coarse = replace(
        scenario,
        run=replace(scenario.run, hours=2, hindcast=False),
        ensemble=replace(scenario.ensemble, members=10),
        grid=replace(scenario.grid, step=0.1),
    )
    for inputs in read_inputs(coarse, Ledger()):
        analyse(inputs, encode=tier_image)
    return time.perf_counter() - start
