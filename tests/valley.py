"""A small scenario on the invented valley: its own counties, hours of rain, an elevation model of 90 m."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from shapely.geometry import box, mapping

from riskmap.io.bundled import bundled
from tests.riskmap.io.rain_files import netcdf
from tests.scenarios import SMALL

DEM = bundled("dem/made_valley.tif")

UPPER, LOWER, BEYOND = "330291", "330292", "330293"
"""Codes of two counties that the valley holds whole, and of one that it does not."""

OUTLINES = {
    UPPER: box(120.95, 29.49, 121.02, 29.53), LOWER: box(121.04, 29.49, 121.10, 29.53),
    BEYOND: box(121.25, 29.75, 121.40, 29.85),
}  # fmt: skip


def write_rain(path: Path) -> Path:
    """A wet day, then 40 mm an hour for six hours from two before the issue time on."""
    hourly = np.full((40, 40, 40), 2.0, np.float32)
    hourly[24:30] = 40.0
    return netcdf(path, hourly, [n - 4.0 for n in range(40)], west=120.5)


def write_valley(
    folder: Path, *, terrain: str = f'dem = "{DEM.as_posix()}"', extra: str = "", hours: int = 6
) -> Path:
    """Write the scenario and its counties, and give its path; ``terrain`` are lines of that section."""
    features = [
        {"type": "Feature", "geometry": mapping(outline), "properties": {
            "adcode": code, "name": name, "city_adcode": "3302", "city_name": "示例市"}}
        for (code, outline), name in zip(OUTLINES.items(), ("上游县", "下游县", "邻县"), strict=True)
    ]  # fmt: skip
    regions = folder / "regions.geojson"
    regions.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8"
    )
    text = SMALL.format(
        hours=hours, step=0.05, regions=regions.as_posix(), population="",
        track=bundled("tracks/jma_bst_zhejiang_2015_2021.txt").as_posix(),
    )  # fmt: skip
    rain = write_rain(folder / "rain.nc")
    for old, new in (
        ("T06:30", "T06:00"),
        ("west = 120.0", "west = 120.8"), ("south = 28.5", "south = 29.3"), ("east = 123.0", "east = 121.5"),
        ("north = 31.0", "north = 29.9"), ("hindcast = true", "hindcast = false"), ('population = ""\n', ""),
    ):  # fmt: skip
        assert old in text, old
        text = text.replace(old, new)
    relief = bundled("relief/zhejiang_srtm30_land_1-48deg.tif").as_posix()
    path = folder / "valley.toml"
    path.write_text(
        f'{text}\n[terrain]\nrelief = "{relief}"\n{terrain}\n\n[rain]\nfile = "{rain.as_posix()}"\nstamp = "end"\n{extra}',
        encoding="utf-8",
    )
    return path
