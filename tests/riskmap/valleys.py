"""A made ridge country on a small grid: three valleys that drain south into the sea."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from riskmap.analysis.basins import Basins
from riskmap.grid import Grid
from riskmap.terrain.relief import flash_flood_terrain

GRID = Grid.from_bounds(west=120.0, south=28.0, east=121.2, north=28.8, step=0.05)


def altitude() -> np.ndarray:
    """Heights [m], NaN in the two southern rows (sea)."""
    y, x = np.meshgrid(np.arange(GRID.shape[0]), np.arange(GRID.shape[1]), indexing="ij")
    ground = 900.0 - 45.0 * y + 160.0 * np.abs((x % 8) - 4.0)
    ground[-2:] = np.nan
    return ground.astype(np.float32)


def basins() -> Basins:
    ground = altitude()
    return Basins.of(ground, GRID, flash_flood_terrain(ground, GRID))


def square(west: float, south: float, side: float, **properties: Any) -> dict[str, Any]:
    ring = [
        [west, south],
        [west + side, south],
        [west + side, south + side],
        [west, south + side],
        [west, south],
    ]
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def collection(path: Path, *features: dict[str, Any], **more: Any) -> Path:
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": list(features), **more}), encoding="utf-8"
    )
    return path
