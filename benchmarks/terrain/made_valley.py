"""``python -m benchmarks.terrain.made_valley``: makes ``data/dem/made_valley.tif``, a valley that is nowhere.

Ground on which streams of upstream area A fall by ``STEEPNESS`` A^-0.45 (the slope-area law of graded streams, Flint 1974,
Water Resour. Res. 10, 969; status M, coefficient D), with valley floors, a sea in the east and a little noise. The same
bytes each time for the same libraries.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from benchmarks.harness import ROOT
from benchmarks.terrain.province import fractal
from riskmap.terrain.depressions import fill_depressions
from riskmap.terrain.drainage import height_above
from riskmap.terrain.flow_direction import flow_direction
from riskmap.terrain.streams import Network, upstream_area, way_to_next

FILE = ROOT / "data" / "dem" / "made_valley.tif"
ROWS, COLUMNS, CELL = 200, 260, 90.0
WEST, NORTH = 300_000.0, 3_280_000.0
"""Corner [m], EPSG:32651: about 120.9 E, 29.6 N, where the ground looks otherwise."""
STEEPNESS, CONCAVITY, STEEPEST = 25.0, 0.45, 0.7
"""Slope = 25 A^-0.45, A in m2: 0.05 at 1 km2, 0.003 at 400 km2; no slope is above 0.7."""
STREAM, FLOOR, NOISE, ROUNDS = 1e6, 30.0, 0.4, 8
"""Streams [m2]; height above them below which ground is a floor [m]; noise [m]; times that streams find their way."""
NODATA = -9999.0


def graded(seed: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Heights [m] in which every stream has its grade, directions, and upstream area [m2]; NaN at sea."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS] / np.array([ROWS, COLUMNS])[:, None, None]
    rough = fractal(max(ROWS, COLUMNS), seed)[:ROWS, :COLUMNS]
    sea = x > 0.945 + 0.012 * np.sin(9.0 * y) + 0.008 * np.sin(31.0 * y)
    ground = 900.0 * (1.0 - x) + 500.0 * np.abs(y - 0.5 - 0.1 * np.sin(5.0 * x)) + 120.0 * rough
    hard = np.exp(0.25 * rough / rough.std())
    for _ in range(ROUNDS):
        rim = ground.copy()
        rim[[0, -1]] += 2000.0
        rim[:, 0] += 2000.0  # water turns back from the borders, so that the valley is whole
        rim[sea] = np.nan
        codes = flow_direction(fill_depressions(rim), dx=CELL, dy=CELL)
        area = upstream_area(codes, dx=CELL, dy=CELL)
        network = Network.of(codes, dx=CELL, dy=CELL)
        slope = np.minimum(hard * STEEPNESS * np.where(sea, 1.0, area) ** -CONCAVITY, STEEPEST)
        rise = np.nan_to_num(slope * way_to_next(network)).reshape(-1)
        height = np.ones(ROWS * COLUMNS)
        for cell in network.order[::-1].tolist():  # from the mouths upwards
            if network.below[cell] != cell:
                height[cell] = height[network.below[cell]] + rise[cell]
        ground = height.reshape(ROWS, COLUMNS)
    return np.where(sea, np.nan, ground), codes, area


def valley(seed: int = 2106) -> NDArray[np.float32]:
    """Heights [m], NaN at sea, to a decimetre."""
    ground, codes, area = graded(seed)
    above = height_above(ground, codes, area >= STREAM)
    floors = ground - above + above * above / (above + FLOOR)
    noise = np.random.default_rng(seed).normal(0.0, NOISE, ground.shape)
    return np.maximum(np.round(floors + noise, 1), 0.1).astype(np.float32)


def main() -> None:
    """Write the file."""
    ground = valley()
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", width=COLUMNS, height=ROWS, count=1, dtype="float32", crs=CRS.from_epsg(32651),
            transform=from_origin(WEST, NORTH, CELL, CELL), nodata=NODATA, compress="deflate", predictor=3, zlevel=9,
        ) as out:  # fmt: skip
            out.write(np.where(np.isnan(ground), np.float32(NODATA), ground), 1)
            out.set_band_unit(1, "m")
            out.update_tags(TITLE="示例河谷 made valley: invented ground, it lies nowhere")
        content = memory.read()
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(content)
    print(f"{FILE.relative_to(ROOT)}: {len(content)} bytes, {np.nanmax(ground):.0f} m at most")


if __name__ == "__main__":
    main()
