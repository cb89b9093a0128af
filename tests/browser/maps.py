"""The outlook behind the map's tests: every tier in blocks, townships, chances, an index, a county without one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from shapely.geometry import box

from riskmap.assessment import Assessment
from riskmap.grid import Grid
from riskmap.io.bundled import bundled
from riskmap.io.regions import read_regions
from riskmap.outlook import Outlook
from riskmap.products.raster import tier_image
from riskmap.region import Region
from riskmap.scale import NO_DATA_COLOUR, Tier
from tests.outlooks import make_outlook, wind_over

PALETTE = [tier.colour for tier in Tier] + [NO_DATA_COLOUR]
GRID = Grid.from_bounds(west=118.0, south=27.0, east=123.0, north=31.5, step=0.05)
SHELTERS = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": "<b>中心小学</b>", "places": 300},
            "geometry": {"type": "Point", "coordinates": [122.1, 30.0]},
        }
    ],
}


def cells() -> NDArray[np.int8]:
    """Blocks of ten cells in every tier; each corner cell is red in a field of green."""
    y, x = np.mgrid[: GRID.shape[0], : GRID.shape[1]]
    tiers = ((y // 10 + x // 10) % 6 - 1).astype(np.int8)
    for rows in (slice(0, 6), slice(-6, None)):
        for columns in (slice(0, 6), slice(-6, None)):
            tiers[rows, columns] = Tier.GREEN
    for row in (0, -1):
        for column in (0, -1):
            tiers[row, column] = Tier.RED
    return tiers


def quarters(county: Region) -> list[Region]:
    """Four made townships."""
    west, south, east, north = county.geometry.bounds
    middle = ((west + east) / 2, (south + north) / 2)
    boxes = [
        box(west, south, *middle), box(middle[0], south, east, middle[1]), box(west, middle[1], middle[0], north), box(*middle, east, north)
    ]  # fmt: skip
    parts = [county.geometry.intersection(part) for part in boxes]
    return [
        Region(
            f"{county.code}{n:03}",
            f"{county.name}{n}镇",
            county.city_code,
            county.city_name,
            part,
            level="township",
        )
        for n, part in enumerate(parts)
        if part.area > 0
    ]


def map_outlook() -> Outlook:
    """Counties and townships of the province over all hours."""
    regions = read_regions(bundled("admin/zhejiang_district_simple.geojson"))
    found = make_outlook(wind_over(regions))
    counties = found.assessment
    units = tuple(unit for county in regions for unit in quarters(county))
    parent = [[r.code for r in regions].index(unit.code[:6]) for unit in units]
    table = counties.table.isel(region=parent).assign_coords(region=[unit.code for unit in units])
    hours = counties.table["time"].values
    chance = (
        np.linspace(1.0, 0.0, len(regions)) ** np.array([1, 2, 3, 4])[:, None, None]
        * np.linspace(0.6, 1, len(hours))[:, None]
    )
    chances = xr.Dataset(
        {"region_probability_hourly": (("tier", "time", "region"), chance)},
        coords={"tier": [1, 2, 3, 4], "time": hours, "region": [r.code for r in regions]}, attrs={"made": 1},
    )  # fmt: skip
    index = np.linspace(5.0, 95.0, len(regions))
    index[0] = np.nan
    parts = dict.fromkeys(("part_hazard", "part_exposure", "part_vulnerability"), ("region", index / 100.0))
    people = {
        name: (("tier", "region"), np.full((4, len(regions)), 1234.0))
        for name in ("people_at", "people_65_at", "people_80_at")
    }
    risk = xr.Dataset({"index": ("region", index), **parts, **people}, coords={"tier": [1, 2, 3, 4]})
    return replace(
        found, probability=chances, risk=risk, rasters={"wind": (tier_image(cells(), GRID),) * len(hours)},
        levels={"township": Assessment(counties.issued_at, units, table, counties.rules, counties.lacking)},
    )  # fmt: skip
