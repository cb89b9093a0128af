"""In-Fa (2106) on the bundled chart: the grids and places of the surge's figures."""

from __future__ import annotations

from functools import cache

import numpy as np
import xarray as xr

from riskmap.grid import Grid
from riskmap.hazard.storm.model import WindModel
from riskmap.hazard.surge import GARRATT, Drag, Level, sea_bed, simulate_surge, storm_surge
from riskmap.io.bundled import bundled
from riskmap.io.coast import read_lines
from riskmap.io.rasters import read_depth
from riskmap.io.shore import land_of_shore
from riskmap.io.tracks import read_track
from riskmap.track import complete

SHELF = Grid.from_bounds(west=117.0, south=24.0, east=128.0, north=34.0, step=0.1)
COAST = Grid.from_bounds(west=117.5, south=27.0, east=123.5, north=31.5, step=0.02)
HALF = Grid.from_bounds(west=117.5, south=27.0, east=123.5, north=31.5, step=0.05)
HOURS = np.datetime64("2021-07-24T00", "s") + np.arange(73) * np.timedelta64(3600, "s")
MODEL = WindModel(radii="fit")
PLACES = {
    "Zhenhai": (29.98, 121.72), "Dinghai": (30.00, 122.10), "Daishan": (30.24, 122.20), "Ganpu": (30.38, 120.90),
    "Zhapu": (30.60, 121.10), "Liuheng": (29.75, 122.10), "Shipu": (29.20, 121.95), "Dachen": (28.45, 121.90),
    "Haimen": (28.68, 121.45), "Shengsi": (30.72, 122.45),
}  # fmt: skip
REPORTED = 1.74
"""Highest surge reported along Zhejiang's coast by the afternoon of 25 July 2021 [m], with Zhenhai, Zhoushan, Liuheng and
Daishan above their highest known; a news text after the province's marine forecast centre (status M)."""


@cache
def storm() -> xr.Dataset:
    """Tokyo's best track."""
    return complete(read_track(bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), format="jma", storm="2106"))


@cache
def chart() -> tuple[xr.DataArray, Grid]:
    """Depth of the shelf [m] and its grid."""
    return read_depth(bundled("relief/etopo1_east_china_sea_0.1deg.tif"), SHELF, margin=0.5)


@cache
def level(grid: Grid) -> Level:
    """A grid of the solver; finer than the chart, its land is that of the bundled shore."""
    land = (
        None
        if grid.transform.a > 0.09
        else land_of_shore(read_lines(bundled("coast/gshhg_full_coastline.geojson")), chart()[0], grid)
    )
    return Level(grid, sea_bed(chart()[0], grid, land=land))


def places() -> xr.Dataset:
    """Points of the figures."""
    latitude, longitude = zip(*PLACES.values(), strict=True)
    return xr.Dataset(
        {
            "latitude": ("point", list(latitude)),
            "longitude": ("point", list(longitude)),
            "name": ("point", list(PLACES)),
        }
    )


def dynamic(coast: Grid | None, *, shelf: Grid = SHELF, drag: Drag = GARRATT) -> xr.Dataset:
    """The solver; ``coast`` nested in ``shelf``."""
    inner = None if coast is None else level(coast)
    return simulate_surge(storm(), level(shelf), places(), HOURS, coast=inner, model=MODEL, drag=drag)


def quasi_static() -> xr.Dataset:
    """The older estimate at the same places."""
    depth, grid = chart()
    return storm_surge(storm(), depth, grid, places(), HOURS, model=MODEL)
