"""A small scenario on the bundled data: coarse grid, few hours."""

from __future__ import annotations

from pathlib import Path

from riskmap.io.bundled import bundled

SMALL = """[event]
number = "2106"
name = "In-Fa"
chinese = "烟花"

[run]
issued_at = 2021-07-25T06:30:00+08:00
hours = {hours}
seed = 7
hindcast = true
replay = true

[grid]
west = 120.0
south = 28.5
east = 123.0
north = 31.0
step = {step}

[track]
file = "{track}"
format = "jma"
storm = "2106"
forecast = "simulated"

[regions]
file = "{regions}"
population = "{population}"
"""

TERRAIN = """
[terrain]
relief = "{relief}"
bathymetry = "{bathymetry}"
coastline = "{coastline}"
"""


def write_scenario(
    folder: Path, *, hours: int = 8, step: float = 0.1, terrain: bool = True, extra: str = ""
) -> Path:
    """Write the scenario and give its path."""
    text = SMALL.format(
        hours=hours,
        step=step,
        track=bundled("tracks/jma_bst_zhejiang_2015_2021.txt").as_posix(),
        regions=bundled("admin/zhejiang_district_simple.geojson").as_posix(),
        population=bundled("census/zhejiang_pop2020_on_2021_boundaries.csv").as_posix(),
    )
    if terrain:
        text += TERRAIN.format(
            relief=bundled("relief/zhejiang_srtm30_land_1-48deg.tif").as_posix(),
            bathymetry=bundled("relief/etopo1_east_china_sea_0.1deg.tif").as_posix(),
            coastline=bundled("coast/gshhg_full_coastline.geojson").as_posix(),
        )
    path = folder / "small.toml"
    path.write_text(text + extra, encoding="utf-8")
    return path
