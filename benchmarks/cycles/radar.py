"""What a radar and a nowcast could have delivered: showers that grow and drift, a GeoTIFF a time step, as services write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.cycles.case import AT, write_cycles
from riskmap.grid import Grid
from riskmap.io.bundled import bundled

STEP = timedelta(minutes=10)
DAY = 24 * 6
"""Steps of a day."""

BOX = {"west": 119.9, "south": 28.4, "east": 123.1, "north": 31.1}
"""Around the grid of ``case.SCENARIO``: a radar sees further than a province."""

CENTRES = ((29.3, 121.1), (28.9, 120.7), (30.2, 120.4))
"""Latitude and longitude of the showers at ``AT``."""

RAIN = """
[terrain]
relief = "{relief}"
[rain]
stamp = "end"
interval_hours = 0.16666666666666666
"""

FLASH = """
[[input]]
key = "rain.file"
watch = "rain"
stamp = "rain_%Y%m%d%H%M.tif"
max_age_hours = 3
required = false
[flash]
hours = 2
keep = {keep}
[[flash.input]]
key = "rain.file"
watch = "radar"
stamp = "radar_%Y%m%d%H%M.tif"
max_age_hours = 0.5
gather_hours = 25
[[flash.input]]
key = "rain.nowcast"
watch = "nowcast"
stamp = "nowcast_%Y%m%d%H%M.tif"
max_age_hours = 0.5
required = false
"""


def write_flash(
    folder: Path,
    *,
    keep: int = 5,
    step: float = 0.1,
    counties: str = "3310",
    more: str = "",
    scenario: str = "",
) -> Path:
    """Scenario and configuration of both cadences; gives the configuration's path.

    ``more`` and ``scenario`` are added to the two files.
    """
    path = write_cycles(
        folder, keep=keep, step=step, counties=counties, config=FLASH.format(keep=keep) + more,
        scenario=RAIN.format(relief=bundled("relief/zhejiang_srtm30_land_1-48deg.tif").as_posix()) + scenario,
    )  # fmt: skip
    for name in ("radar", "nowcast"):
        (folder / name).mkdir()
    return path


def showers(grid: Grid, end: datetime, *, heaviest: float = 12.0) -> NDArray[np.float32]:
    """Rain [mm] of the 10 minutes that end at an instant, (y, x): heaviest at ``AT``, drifting north-west."""
    hours = (end - AT) / timedelta(hours=1)
    strength = heaviest * np.exp(-((hours / 3.0) ** 2)) + 0.1
    y, x = grid.latitude[:, None], grid.longitude[None, :]
    out = np.zeros(grid.shape)
    for latitude, longitude in CENTRES:
        square = ((y - latitude - 0.05 * hours) / 0.25) ** 2 + ((x - longitude + 0.05 * hours) / 0.3) ** 2
        out += strength * np.exp(-square)
    return out.astype(np.float32)


def write_rain(
    path: Path, grid: Grid, ends: Sequence[datetime], fields: Sequence[NDArray[np.float32]]
) -> Path:
    """A GeoTIFF of amounts, a band a time step."""
    import rasterio

    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path, "w", driver="GTiff", height=grid.shape[0], width=grid.shape[1], count=len(ends), dtype="float32", crs="EPSG:4326",
        transform=grid.transform, nodata=np.nan, compress="deflate",
    ) as out:  # fmt: skip
        out.update_tags(cell_methods="time: sum")
        for n, (end, field) in enumerate(zip(ends, fields, strict=True), 1):
            out.write(field, n)
            out.set_band_description(n, end.isoformat())
            out.set_band_unit(n, "mm")
    return path


def deliver_radar(
    folder: Path, end: datetime, *, grid: Grid | None = None, scale: float = 1.0, text: bytes | None = None
) -> Path:
    """The radar's file of one step; ``text`` in place of a raster damages it."""
    path = folder / "radar" / f"radar_{end:%Y%m%d%H%M}.tif"
    if text is not None:
        path.write_bytes(text)
        return path
    grid = grid or Grid.from_bounds(**BOX, step=0.1)
    return write_rain(path, grid, [end], [scale * showers(grid, end)])


def deliver_day(
    folder: Path, end: datetime, *, steps: int = DAY, single: int = 12, grid: Grid | None = None
) -> int:
    """The radar's files of the day before an instant: the newest a step each, those before them an hour each; gives their number."""
    for n in range(min(single, steps)):
        deliver_radar(folder, end - n * STEP, grid=grid)
    grid, files = grid or Grid.from_bounds(**BOX, step=0.1), min(single, steps)
    for n in range(files, steps, 6):
        ends = [end - k * STEP for k in range(min(n + 5, steps - 1), n - 1, -1)]
        path = folder / "radar" / f"radar_{ends[-1]:%Y%m%d%H%M}.tif"
        write_rain(path, grid, ends, [showers(grid, one) for one in ends])
        files += 1
    return files


def deliver_nowcast(folder: Path, issued: datetime, *, hours: int = 2, grid: Grid | None = None) -> Path:
    """A nowcast of some hours in steps of 10 minutes."""
    grid = grid or Grid.from_bounds(**BOX, step=0.1)
    ends = [issued + n * STEP for n in range(1, 6 * hours + 1)]
    path = folder / "nowcast" / f"nowcast_{issued:%Y%m%d%H%M}.tif"
    return write_rain(path, grid, ends, [showers(grid, end) for end in ends])
