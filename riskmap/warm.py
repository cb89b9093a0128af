"""Compile every kernel once: the cache then serves every later process."""

from __future__ import annotations

import time


def warm_kernels() -> float:
    """Run a two-hour analysis of the demo on a coarse grid, and a little water over a little ground; returns seconds."""
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
    _warm_water()
    return time.perf_counter() - start


def _warm_water() -> None:
    """The kernels of terrain and inundation that no run of the demo needs."""
    import numpy as np

    from riskmap.hazard.inundation.flow import Flow
    from riskmap.hazard.inundation.ground import make_ground
    from riskmap.terrain.accumulation import accumulate
    from riskmap.terrain.breaching import breach_depressions
    from riskmap.terrain.depressions import fill_depressions
    from riskmap.terrain.drainage import height_above_drainage
    from riskmap.terrain.flow_direction import flow_direction

    ground = np.add.outer(np.arange(20.0), np.arange(20.0)).astype(np.float32)
    ground[8:11, 8:11] = 0.0
    filled = fill_depressions(ground)
    breach_depressions(ground)
    codes = flow_direction(filled)
    upstream = accumulate(codes)
    height_above_drainage(filled, codes, upstream, 5)
    flow = Flow(make_ground(ground, dx=30.0, dy=30.0, manning=0.035), depth=0.01)
    flow.step(10.0)
