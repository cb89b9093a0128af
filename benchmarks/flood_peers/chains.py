"""DEM to drainage height in one peer: ``python chains.py PEER DEM REPEAT``; imports nothing of ours.

The best of ``REPEAT`` warm runs, in memory where the peer can, as one line of JSON after ``@``.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version

STREAM_CELLS = 1000


def whitebox(path: str) -> Callable[[], object]:
    """Whitebox Workflows: fill, pointer, accumulation, streams, height above stream."""
    import whitebox_workflows

    env = whitebox_workflows.WbEnvironment()
    env.verbose = False
    env.max_procs = 2
    dem, water = env.read_raster(path), env.hydrology

    def chain() -> object:
        filled = water.fill_depressions(dem=dem)
        pointer = water.d8_pointer(dem=filled)
        upstream = water.d8_flow_accum(input=pointer, input_is_pointer=True, out_type="cells")
        streams = env.streams.extract_streams(flow_accumulation=upstream, threshold=float(STREAM_CELLS))
        return water.elevation_above_stream(dem=filled, streams=streams)

    return chain


def topotoolbox(path: str) -> Callable[[], object]:
    """TopoToolbox: carved flow, accumulation, streams, vertical distance."""
    import numpy as np
    import topotoolbox as tt

    dem = tt.read_tif(path)
    dem.z = np.where(dem.z == -9999.0, np.nan, dem.z).astype("float32")

    def chain() -> object:
        flow = tt.FlowObject(dem)
        flow.flow_accumulation()
        streams = tt.StreamObject(flow, threshold=STREAM_CELLS)
        return flow.vertdistance2stream(streams, dem)

    return chain


def pyflwdir(path: str) -> Callable[[], object]:
    """pyflwdir: fill and D8 in one, network, accumulation, HAND."""
    import pyflwdir as peer
    import rasterio

    with rasterio.open(path) as source:
        dem = source.read(1)

    def chain() -> object:
        filled, directions = peer.dem.fill_depressions(dem, nodata=-9999.0)
        network = peer.from_array(directions, ftype="d8")
        upstream = network.upstream_area("cell")
        return network.hand(drain=upstream > STREAM_CELLS, elevtn=filled)

    return chain


PEERS = {
    "whitebox_workflows": (whitebox, "whitebox-workflows"),
    "topotoolbox": (topotoolbox, "topotoolbox"),
    "pyflwdir": (pyflwdir, "pyflwdir"),
}

if __name__ == "__main__":
    name, path, repeat = sys.argv[1], sys.argv[2], int(sys.argv[3])
    make, package = PEERS[name]
    chain = make(path)
    times = []
    for _ in range(repeat + 1):  # the first run compiles and warms
        start = time.perf_counter()
        chain()
        times.append(time.perf_counter() - start)
    best = min(times[1:]) if repeat else times[0]
    print("@" + json.dumps({"peer": f"{name} {version(package)}", "seconds": best}), flush=True)
