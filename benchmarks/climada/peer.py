"""The other side, run by the Python that has CLIMADA: ``python peer.py FOLDER MODEL``, then lines on its input.

``time``: compute the peak wind once, answer ``@`` and JSON with the seconds. ``field THRESHOLD PATH``: write the
field, every speed below the threshold as 0. Anything that does not start with ``@`` is the program's own chatter.
It imports nothing of ours: that Python does not have us.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any


def answer(**values: Any) -> None:
    """One line to the caller."""
    print("@" + json.dumps(values), flush=True)


def track(nodes: dict[str, list[float]]) -> Any:
    """The nodes as CLIMADA wants them; radii unknown, so that it takes its regression."""
    import numpy as np
    import xarray as xr

    n = len(nodes["time"])
    columns = {
        "radius_max_wind": np.zeros(n),  # 0 is unknown
        "radius_oci": np.zeros(n),
        "max_sustained_wind": np.array(nodes["maximum_wind"]),
        "central_pressure": np.array(nodes["central_pressure"]),
        "environmental_pressure": np.array(nodes["environmental_pressure"]),
        "basin": np.full(n, "WP"),
        "time_step": np.full(n, 1.0),
    }
    return xr.Dataset(
        {name: ("time", values) for name, values in columns.items()},
        coords={
            "time": np.array(nodes["time"], "datetime64[s]").astype("datetime64[ns]"),
            "lat": ("time", np.array(nodes["latitude"])),
            "lon": ("time", np.array(nodes["longitude"])),
        },
        attrs={
            "max_sustained_wind_unit": "kn", "central_pressure_unit": "mb", "name": "IN-FA", "sid": "IN-FA",
            "orig_event_flag": True, "data_provider": "", "id_no": 1.0, "category": 2,
        },
    )  # fmt: skip


def main(folder: Path, model: str) -> int:
    """Serve until the input ends."""
    warnings.filterwarnings("ignore")
    import numpy as np
    from climada.hazard import Centroids, TCTracks, TropCyclone

    logging.getLogger("climada").setLevel(logging.ERROR)
    lat, lon = np.load(folder / "cells.npy")
    tracks = TCTracks([track(json.loads((folder / "case.json").read_text(encoding="utf-8")))])
    cells = Centroids.from_lat_lon(lat, lon)

    def compute(**more: float) -> Any:
        return TropCyclone.from_tracks(
            tracks, centroids=cells, model=model, ignore_distance_to_coast=True, max_dist_eye_km=300, **more
        )

    answer(version=version("climada"))
    for line in sys.stdin:
        word, *rest = line.split()
        start, cpu = time.perf_counter(), time.process_time()
        found = compute(**({"intensity_thres": float(rest[0])} if word == "field" else {}))
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        if word == "field":
            np.save(rest[1], found.intensity.toarray().ravel())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        answer(seconds=wall, cpu=cpu, peak_gb=peak / 1e9)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
