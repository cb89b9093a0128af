"""Storms whose strength inland is withheld and told by each law: a picture, and the errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from affine import Affine

from riskmap import bundled, complete
from riskmap.grid import Grid
from riskmap.inland import (
    LAWS,
    LEAST_MAINLAND,
    PRESSURE_LAW,
    IsLand,
    decayed,
    land_polygons,
    land_test,
    landfalls,
)
from riskmap.io.rasters import read_depth, read_relief
from riskmap.io.tracks import read_track

TRACKS = "tracks/jma_bst_zhejiang_2015_2021.txt"
STORMS = ("1513", "1614", "1810", "1812", "1814", "1818", "1909", "2004", "2106")
"""Of the bundled file, those that come ashore on the mainland of China with a wind (others have none inland)."""

DRAWN = ("1909", "2004", "2106", "1818")
COLOURS = {
    "zhejiang": "#d55e00", "kaplan_demaria_1995": "#0072b2", "vickery_twisdale_1995": "#009e73",
}  # fmt: skip
RELIEF = Grid((312, 408), Affine(1 / 48, 0.0, 116.5, 0.0, -1 / 48, 32.5))
CHINA = (20.0, 40.0, 110.0, 122.5)
"""South, north, west, east [degrees]: landfalls within."""

WIDTH, HEIGHT, LEFT, TOP, ACROSS, DOWN, GAP = 760, 520, 50, 66, 310, 170, 46
MOST, LONGEST = 50.0, 36.0


@dataclass(frozen=True, eq=False)
class Case:
    """One landfall: hours since it, reported wind [m s-1], and that of each law at the same fixes."""

    storm: str
    name: str
    hours: Any
    reported: Any
    told: dict[str, Any]


def mainland() -> IsLand:
    """Land large enough to weaken a storm: the bundled relief, and beyond it ETOPO1 at 0.1 degree."""
    known = ~np.isnan(read_relief(bundled("relief/zhejiang_srtm30_land_1-48deg.tif"), RELIEF).values)
    depth, grid = read_depth(bundled("relief/etopo1_east_china_sea_0.1deg.tif"), RELIEF, margin=20.0)
    latitude, longitude = np.meshgrid(grid.latitude, grid.longitude, indexing="ij")
    west, south, east, north = RELIEF.bounds
    inside = (longitude > west) & (longitude < east) & (latitude > south) & (latitude < north)
    beyond = (depth.values <= 0) & ~inside
    return land_test([*land_polygons(known, RELIEF), *land_polygons(beyond, grid)], least_area=LEAST_MAINLAND)


def cases() -> list[Case]:
    """The landfalls of ``STORMS`` with two or more reports inland."""
    is_land = mainland()
    found = [_case(storm, is_land) for storm in STORMS]
    return [case for case in found if case is not None]


def _case(storm: str, is_land: IsLand) -> Case | None:
    track = read_track(bundled(TRACKS), format="jma", storm=storm)
    south, north, west, east = CHINA
    ashore = [
        one
        for one in landfalls(track, is_land)
        if south < one.latitude < north and west < one.longitude < east and np.isfinite(one.maximum_wind)
    ]
    if not ashore:
        return None
    stamp = np.datetime64(int(ashore[0].time.timestamp()), "s")
    hours = (track["time"].values - stamp) / np.timedelta64(3600, "s")
    at = np.asarray(is_land(track["latitude"].values, track["longitude"].values))
    out = np.flatnonzero((hours > 0) & ~at)
    inland = (hours > 0) & at & (hours < min(LONGEST, hours[out[0]] if out.size else np.inf))
    reported = track["maximum_wind"].values[inland]
    if np.isfinite(reported).sum() < 2:
        return None
    told = {law: _told(track, inland, is_land, law) for law in (*LAWS, PRESSURE_LAW)}
    return Case(storm, track.attrs["name"], hours[inland], reported, told)


def _told(track: xr.Dataset, inland: Any, is_land: IsLand, law: str) -> Any:
    """The wind inland from what was known before the coast."""
    full = complete(track)
    return decayed(full, is_land, law=law, which=inland)["maximum_wind"].values[inland]


def errors(found: list[Case]) -> dict[str, Any]:
    """Bias and root mean square error [m s-1] of each law over all reports inland."""
    out: dict[str, Any] = {"storms": [case.name for case in found]}
    reported = np.concatenate([case.reported for case in found])
    seen = np.isfinite(reported)
    out["reports"] = int(seen.sum())
    for law in (*LAWS, PRESSURE_LAW):
        error = (np.concatenate([case.told[law] for case in found]) - reported)[seen]
        out[law] = {
            "bias": round(float(error.mean()), 2),
            "rmse": round(float(np.sqrt((error**2).mean())), 2),
        }
    return out


def draw_inland(found: list[Case]) -> str:
    """SVG text: four storms, their reports, and what each law says from the wind at the coast."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="20">10-min wind [m/s] over hours since the centre came ashore; dots: reported, withheld from the laws</text>',
    ]
    for n, (law, colour) in enumerate(COLOURS.items()):
        parts.append(f'<text x="{LEFT + 190 * n}" y="42" fill="{colour}">{law.replace("_", " ")}</text>')
    shown = [case for storm in DRAWN for case in found if case.storm == storm]
    for n, case in enumerate(shown):
        parts += _panel(case, LEFT + (n % 2) * (ACROSS + GAP), TOP + (n // 2) * (DOWN + GAP))
    return "\n".join([*parts, "</svg>", ""])


def _panel(case: Case, left: float, top: float) -> list[str]:
    foot = top + DOWN
    parts = [
        f'<path d="M{left} {top}V{foot}H{left + ACROSS}" fill="none" stroke="black"/>',
        f'<text x="{left + ACROSS}" y="{top + 12}" text-anchor="end" font-weight="bold">{case.name.title()}</text>',
    ]
    for hours in range(0, int(LONGEST) + 1, 6):
        x = left + hours / LONGEST * ACROSS
        parts.append(f'<text x="{x:.0f}" y="{foot + 15}" text-anchor="middle">{hours}</text>')
    for wind in range(0, int(MOST) + 1, 10):
        y = foot - wind / MOST * DOWN
        parts.append(f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{wind}</text>')
    for law, colour in COLOURS.items():
        points = " ".join(
            f"{left + h / LONGEST * ACROSS:.1f},{foot - v / MOST * DOWN:.1f}"
            for h, v in zip(case.hours, case.told[law])
        )
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
    for hours, wind in zip(case.hours, case.reported):
        if np.isfinite(wind):
            x, y = left + hours / LONGEST * ACROSS, foot - wind / MOST * DOWN
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#333"/>')
    return parts
