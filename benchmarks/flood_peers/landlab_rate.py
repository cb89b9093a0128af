"""landlab's OverlandFlow on rain over hills: ``python landlab_rate.py DEM.npy STEPS``; imports nothing of ours."""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version

import numpy as np

if __name__ == "__main__":
    from landlab import RasterModelGrid
    from landlab.components import OverlandFlow

    z, steps = np.load(sys.argv[1]).astype(float), int(sys.argv[2])
    grid = RasterModelGrid(z.shape, xy_spacing=30.0)
    grid.add_field("topographic__elevation", z.ravel(), at="node")
    grid.add_full("surface_water__depth", 0.01, at="node")
    flow = OverlandFlow(
        grid, mannings_n=0.035, theta=0.8, rainfall_intensity=50e-3 / 3600, steep_slopes=False
    )
    for _ in range(3):
        flow.overland_flow()
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        for _ in range(steps):
            flow.overland_flow()
        best = min(best, time.perf_counter() - start)
    rate = z.size * steps / best / 1e6
    deepest = float(grid.at_node["surface_water__depth"].min())
    print(
        "@" + json.dumps({"peer": f"landlab {version('landlab')}", "mcups": rate, "least_depth": deepest}),
        flush=True,
    )
