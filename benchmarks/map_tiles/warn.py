"""CLIMADA's ``plot_warn_map`` of the same counties: one picture of one hour, for scale."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.climada.side import ONE_THREAD, STARTUP, PeerMissingError, interpreter
from riskmap import Grid, Region

POINTS = {"west": 117.5, "south": 27.0, "east": 123.5, "north": 31.5, "step": 0.05}
"""Coarser than our grids: it asks each county about every point."""


def warn_map(regions: tuple[Region, ...]) -> tuple[str, float]:
    """Name with version, and seconds of one picture; start, imports and reading of files are not counted.

    Raises
    ------
    PeerMissingError
        There is no CLIMADA, or it failed.
    """
    from shapely.geometry import mapping

    python, grid = interpreter(), Grid.from_bounds(**POINTS)
    longitude, latitude = (part.ravel() for part in np.meshgrid(grid.longitude, grid.latitude))
    speed = 45.0 * np.exp(-np.hypot(longitude - 122.0, latitude - 30.0) / 2.0)
    features = [
        {"type": "Feature", "properties": {"code": r.code}, "geometry": mapping(r.geometry)} for r in regions
    ]
    with TemporaryDirectory() as folder:
        np.savez(Path(folder) / "wind.npz", latitude=latitude, longitude=longitude, speed=speed)
        text = json.dumps({"type": "FeatureCollection", "features": features})
        (Path(folder) / "regions.geojson").write_text(text, encoding="utf-8")
        try:
            done = subprocess.run(
                [python, str(Path(__file__).with_name("warn_peer.py")), folder], env={"PATH": "", **ONE_THREAD, "HOME": folder},
                capture_output=True, text=True, timeout=STARTUP, check=True,
            )  # fmt: skip
        except (subprocess.SubprocessError, OSError) as problem:
            raise PeerMissingError(f"CLIMADA's warning map failed: {_why(problem)}") from problem
    line = next(text for text in done.stdout.splitlines() if text.startswith("@"))
    answer = json.loads(line[1:])
    return f"CLIMADA {answer['version']} plot_warn_map", float(answer["seconds"])


def _why(problem: Exception) -> str:
    said = str(getattr(problem, "stderr", "") or problem).strip().splitlines()
    return said[-1] if said else type(problem).__name__
