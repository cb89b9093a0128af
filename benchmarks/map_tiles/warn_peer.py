"""The other side, run by the Python that has CLIMADA: ``python warn_peer.py FOLDER``; answers one line of JSON.

FOLDER has ``wind.npz`` (latitude, longitude, peak wind of points) and ``regions.geojson``; ``warn.png`` is written there.
It imports nothing of ours: that Python does not have us.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock


def main(folder: Path) -> int:
    """Draw the warning map of the regions three times; the shortest time counts."""
    warnings.filterwarnings("ignore")
    import matplotlib as mpl

    mpl.use("Agg")
    for name in ("osgeo", "osgeo.gdal", "osgeo.osr", "osgeo.ogr"):
        # imported on the way and not used here; building GDAL for it is a day's work
        sys.modules.setdefault(name, MagicMock())
    import geopandas
    import matplotlib.pyplot as plt
    import numpy as np
    from climada.engine.forecast import Forecast
    from scipy.sparse import csr_matrix

    wind = np.load(folder / "wind.npz")
    geopandas.read_file(folder / "regions.geojson").to_file(folder / "regions.shp", encoding="utf-8")
    points = np.column_stack([wind["latitude"], wind["longitude"]])
    impact = SimpleNamespace(
        crs="epsg:4326", coord_exp=points, imp_mat=csr_matrix(wind["speed"][None]), event_id=np.array([1])
    )
    forecast = Forecast.__new__(Forecast)  # its own way in wants a hazard, exposures and impact functions
    run = datetime(2021, 7, 24, 4, tzinfo=UTC)
    forecast.run_datetime, forecast.event_date, forecast._impact = [run], run, [impact]
    forecast.exposure_name, forecast.haz_model = "Zhejiang", "TC"
    forecast.summary_str = lambda *_: "warn"
    best, drawn = float("inf"), None
    for _ in range(3):
        start = time.perf_counter()
        drawn = forecast.plot_warn_map(
            str(folder / "regions.shp"), thresholds=[10.8, 17.2, 24.5, 32.7], decision_level="polygon",
            area_aggregation=95.0, probability_aggregation=50.0, save_fig=False,
        )  # fmt: skip
        drawn.figure.savefig(folder / "warn.png", dpi=150)
        best = min(best, time.perf_counter() - start)
        plt.close("all")
    answer = {
        "seconds": best,
        "version": version("climada"),
        "patches": len(drawn.artists) + len(drawn.collections),
    }
    print("@" + json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
