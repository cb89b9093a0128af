"""The quiet base map of the page: outlines, rivers, places and a shaded relief, each a few bytes."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.io.basemap import Basemap, Relief
from riskmap.products.map_pack import pack_paths
from riskmap.products.raster import mercator_rows, palette_png

SHADES: Final = 8
"""Steps of the shaded relief: enough for hills of 2 km cells, and few enough to deflate well."""

_LIT: Final = (0xF7, 0xF4, 0xED)
_DARK: Final = (0xC9, 0xC2, 0xB2)
"""Colours of a slope that faces the light, and of one that faces away."""


def base_data(basemap: Basemap) -> dict[str, Any]:
    """Ready for ``riskmap.products.map_pack.page_block``."""
    return {
        "bounds": basemap.bounds,
        "land": pack_paths(basemap.land),
        "surroundings": pack_paths(basemap.surroundings),
        "coast": pack_paths(basemap.coast),
        "lakes": pack_paths(basemap.lakes),
        "rivers": [[level, pack_paths(lines)] for level, lines in basemap.rivers],
        "places": [[p.name, p.english, p.latitude, p.longitude] for p in basemap.places],
        "relief": None if basemap.relief is None else _relief(basemap.relief),
    }


def _inland(land: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells whose neighbours are land too: those of the shore would be drawn half over the sea."""
    kept = land.copy()
    for axis in (0, 1):
        for step in (1, -1):
            kept &= np.roll(land, step, axis)
    return kept


@lru_cache(maxsize=2)  # every map of a run has the same relief
def _relief(relief: Relief) -> dict[str, Any]:
    """The shaded relief as a palette PNG; transparent where nothing is known."""
    shade, grid = relief.shade, relief.grid
    known = _inland(np.isfinite(shade))
    codes = np.where(known, 1 + np.rint(np.where(known, shade, 0.0) * (SHADES - 1)), 0).astype(np.uint8)
    part = np.linspace(0.0, 1.0, SHADES)[:, None]
    colours = np.rint((1.0 - part) * np.array(_DARK) + part * np.array(_LIT)).astype(int)
    png = palette_png(
        codes[mercator_rows(grid)],
        ["#FFFFFF", *("#{:02X}{:02X}{:02X}".format(*c) for c in colours)],
        bits=4,
        clear=True,
        level=9,
    )
    west, south, east, north = (round(float(edge), 9) for edge in grid.bounds)
    return {"bounds": [west, south, east, north], "png": base64.b64encode(png).decode("ascii")}
