"""Time and size of the map page of 49 hours with a pyramid of 90 m cells inside."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.climada.side import PeerMissingError
from benchmarks.harness import Record
from benchmarks.map_tiles.fields import ROUGH, SMOOTH, made_tiers, province_grid
from benchmarks.map_tiles.warn import warn_map
from riskmap.blocks import threads
from riskmap.grid import Grid
from riskmap.io.basemap import read_basemap
from riskmap.outlook import Outlook
from riskmap.products.map import build_map
from riskmap.products.pyramid import tier_pyramid

CLAIMS = ("map_build_seconds", "map_smooth_mb", "map_rough_mb")


def measure(outlook: Outlook, *, quick: bool = False) -> list[Record]:
    """The three claims; the time is that of the rough field, which takes longer."""
    grid = province_grid(quick=quick)
    plain = replace(outlook, rasters={}, levels={})
    hours = len(outlook.assessment.valid_at)
    smooth, rough = (made_tiers(grid, slope) for slope in (SMOOTH, ROUGH))
    smooth_seconds, smooth_page, smooth_tiles = _build(plain, smooth, grid)
    rough_seconds, rough_page, rough_tiles = _build(plain, rough, grid)
    what = f"{hours} h slider and {grid.shape[0] * grid.shape[1] / 1e6:.1f} M cells of 90 m, made field"
    build = Record(
        "map_build_seconds", rough_seconds, "s",
        note=f"{what} with spectral slope {ROUGH}; smooth {smooth_seconds:.2f} s; best of 3, {threads()} threads",
    )  # fmt: skip
    return [
        _beside(build, outlook),
        Record(
            "map_smooth_mb", smooth_page, "MB",
            note=f"{what} with spectral slope {SMOOTH}; tiles {smooth_tiles:.2f} MB before base64",
        ),
        Record(
            "map_rough_mb", rough_page, "MB",
            note=f"{what} with spectral slope {ROUGH}; tiles {rough_tiles:.2f} MB before base64",
        ),
    ]  # fmt: skip


def _beside(build: Record, outlook: Outlook) -> Record:
    """The time with that of one warning map of CLIMADA of the same counties, where it is there."""
    try:
        peer, seconds = warn_map(outlook.assessment.regions)
    except PeerMissingError as problem:
        return replace(build, note=f"{build.note}; {problem}")
    note = f"{build.note}; {peer} draws one hour of one hazard without a raster"
    return replace(build, peer=peer, peer_value=seconds, note=note)


def _build(outlook: Outlook, tiers: NDArray[np.int8], grid: Grid) -> tuple[float, float, float]:
    """Shortest time of three [s], from the grid of tiers to the page, and the size of page and tiles [MB]."""
    basemap = read_basemap()
    best = np.inf
    for _ in range(3):
        start = time.perf_counter()
        tiles = tier_pyramid(tiers, grid)
        page = build_map(outlook, basemap, windows={"inundation": tiles})
        best = min(best, time.perf_counter() - start)
    return float(best), len(page.encode()) / 1e6, len(tiles.archive) / 1e6
