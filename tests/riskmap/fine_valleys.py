"""Made fine relief near Ningbo: a plain in the west, steep valleys in the east, the sea beyond them where asked for."""

from __future__ import annotations

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from shapely.geometry import box

from riskmap.analysis.fine_ground import FineGround
from riskmap.grid import Grid
from riskmap.region import Region

OVER = Grid.from_bounds(west=121.0, south=29.0, east=121.6, north=29.6, step=0.02)
"""The hazards' grid."""

STEP = 0.001
ROWS, PLAIN, HILLS = 200, 100, 120
WEST, NORTH = 121.1, 29.5

COAST = WEST + (PLAIN + HILLS) * STEP

RELIEF = np.full(OVER.shape, 50.0, np.float32)
"""The hazards' relief: land everywhere, of one height."""


def heights() -> NDArray[np.float32]:
    """A plain that falls to the south, then ridges 500 m high with valleys that do [m]."""
    down = 0.4 * np.arange(ROWS)[::-1, None] + 5.0
    plain = down + 0.05 * np.abs(np.arange(PLAIN)[None] - 40.0)
    across = np.arange(HILLS)[None]
    hills = down + 500.0 * np.abs(np.sin(np.pi * (across + 0.37) / 20.0))
    return np.concatenate([plain, hills], axis=1).astype(np.float32)


def grid_of(values: NDArray[np.floating]) -> Grid:
    return Grid(values.shape, Affine(STEP, 0.0, WEST, 0.0, -STEP, NORTH))  # type: ignore[arg-type]


def ground(cell: float = 111.0, *, values: NDArray[np.float32] | None = None) -> FineGround:
    """As if it had been read; ``cell`` is what the file's cells are said to be [m]."""
    found = heights() if values is None else values
    return FineGround(found, np.zeros(found.shape, np.bool_), grid_of(found), cell)


def region(code: str, west: float, south: float, east: float, north: float) -> Region:
    return Region(code, code, code[:4], "宁波", box(west, south, east, north), 1000)


IN_PLAIN = region("330201", WEST + 0.01, 29.31, WEST + 0.09, 29.49)
IN_HILLS = region("330202", WEST + 0.11, 29.31, COAST - 0.01, 29.49)
BEYOND = region("330203", 121.4, 29.02, 121.5, 29.1)
REGIONS = (IN_PLAIN, IN_HILLS, BEYOND)
