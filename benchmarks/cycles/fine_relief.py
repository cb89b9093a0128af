"""A province's elevation model, made: the bundled relief between its cells, with rough ground as high as the relief is there.

Nothing that comes out of it says anything about a real place; cells, streams, slopes and shores are as many as a real one has.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import RESULTS, ROOT
from benchmarks.terrain.province import fractal

BOX = {"west": 118.0, "south": 27.0, "east": 123.0, "north": 31.5}
"""Zhejiang and what drains into it: 18,000 x 16,200 cells of an arc second."""

RELIEF = ROOT / "data" / "relief" / "zhejiang_srtm30_land_1-48deg.tif"
VOID = -9999.0
LEAST = 0.3
"""No ground is lower [m]: the sea is where the relief has it."""


QUICK_BOX = {"west": 121.2, "south": 29.2, "east": 121.8, "north": 29.8}


def made_dem(*, quick: bool = False) -> Path:
    """The province's model, made unless it is there; ``quick`` a piece of it on cells of three arc seconds."""
    path = RESULTS / ("made_dem_quick.tif" if quick else "made_dem.tif")
    if not path.exists():
        RESULTS.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.tif")
        write_dem(part, seconds=3 if quick else 1, box=QUICK_BOX if quick else None)
        part.rename(path)
    return path


def write_dem(path: Path, *, seconds: int = 1, box: dict[str, float] | None = None) -> tuple[int, int]:
    """Write heights [m] on cells of so many arc seconds as GeoTIFF, some rows at a time; gives rows and columns."""
    import rasterio
    from rasterio.transform import from_origin

    inside, step = box or BOX, seconds / 3600.0
    rows, columns = (round((inside[a] - inside[b]) / step) for a, b in (("north", "south"), ("east", "west")))
    ground, rough, land = _coarse()
    fine, wide = fractal(2048, 7), fractal(1024, 8)
    j = np.arange(columns) * seconds
    profile = {
        "driver": "GTiff", "height": rows, "width": columns, "count": 1, "dtype": "float32", "crs": "EPSG:4326", "nodata": VOID,
        "transform": from_origin(inside["west"], inside["north"], step, step), "tiled": True, "blockxsize": 512, "blockysize": 512,
        "compress": "zstd", "predictor": 3,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as out:
        out.units = ("m",)
        for first in range(0, rows, 512):
            i = np.arange(first, min(first + 512, rows)) * seconds
            place = (len(i), columns), from_origin(inside["west"], inside["north"] - first * step, step, step)
            base, spread, dry = (_between(field, *place) for field in (ground, rough, land))
            bumps = 0.5 * fine[i % 2048][:, j % 2048] + 0.7 * wide[i // 8 % 1024][:, j // 8 % 1024]
            heights = np.maximum(base + bumps * (0.5 * spread + 0.5), LEAST)
            heights[dry <= 0.5] = VOID
            out.write(heights.astype(np.float32), 1, window=((first, first + len(i)), (0, columns)))
    return rows, columns


def _coarse() -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Heights of the bundled relief, 0 at sea, their spread within five cells, and 1 on land; (y, x)."""
    import rasterio
    from scipy.ndimage import uniform_filter

    with rasterio.open(RELIEF) as source:
        read = source.read(1, masked=True).astype(np.float32)
    ground = np.nan_to_num(read.filled(np.nan), nan=0.0)
    spread = np.sqrt(np.maximum(uniform_filter(ground**2, 5) - uniform_filter(ground, 5) ** 2, 0.0))
    land = ~(np.ma.getmaskarray(read) | np.isnan(read.data))
    return ground, spread.astype(np.float32), land.astype(np.float32)


def _between(field: NDArray[np.float32], shape: tuple[int, int], transform: object) -> NDArray[np.float32]:
    import rasterio
    from rasterio.warp import Resampling, reproject

    out = np.zeros(shape, np.float32)
    with rasterio.open(RELIEF) as source:
        reproject(
            field, out, src_transform=source.transform, src_crs=source.crs, dst_transform=transform, dst_crs="EPSG:4326",
            resampling=Resampling.bilinear,
        )  # fmt: skip
    return out
