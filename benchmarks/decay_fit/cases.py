"""Landfalls of the bundled storms on the mainland within the Zhejiang window, and every wind reported inland.

A case starts where the straight line between two fixes first meets the mainland and ends where the centre is
over water again, when the storm is called extratropical, or after ``LONGEST`` hours.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.features import shapes
from shapely import Polygon, contains_xy, prepare
from shapely.geometry import shape

from riskmap import bundled
from riskmap.regressions import KNOT
from riskmap.sphere import distance

LONGEST = 36.0
"""[h]; later the remnant is no longer tracked for its wind."""

STEP = 0.25
"""[h]; the crossing is found to half of it: 7.5 min, some 3 km."""

THRESHOLD = 35.0 * KNOT
"""[m s-1]; RSMC Tokyo reports no wind of a tropical depression."""

SYNOPTIC = {0, 6, 12, 18}
"""Hours [UTC] of analyses; what stands between them is interpolated in places."""

AGENCIES = {"WMO": 600, "USA": 60}
"""Columns of IBTrACS -> averaging period [s]: RSMC Tokyo and JTWC."""

OnLand = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Case:
    """One landfall: wind before it [m s-1] and what was reported inland.

    Attributes
    ----------
    hours, wind : array (n,)
        Hours since the crossing; wind [m s-1], NaN where the agency gave none because it was under its threshold.
    distance : array (n,)
        Of the centre from the sea [m].
    """

    storm: str
    name: str
    season: int
    landfall_wind: float
    hours: Any
    wind: Any
    distance: Any


@cache
def _sea() -> tuple[Any, Any]:
    """Latitude and longitude of the cells of ETOPO1 at sea level or below."""
    with rasterio.open(bundled("relief/etopo1_east_china_sea_0.1deg.tif")) as source:
        row, column = np.nonzero(source.read(1) <= 0)
        north_up = source.transform
    return north_up.f + (row + 0.5) * north_up.e, north_up.c + (column + 0.5) * north_up.a


def inland_distance(latitude: float, longitude: float) -> float:
    """Great-circle distance [m] to the nearest sea of ETOPO1, at 0.1 degree: to some 5 km."""
    lat, lon = _sea()
    return float(distance(latitude=latitude, longitude=longitude, to_latitude=lat, to_longitude=lon).min())


def mainland() -> OnLand:
    """Whether points lie on the mainland: the relief at 1/48 degree, and beyond its window ETOPO1."""
    with rasterio.open(bundled("relief/zhejiang_srtm30_land_1-48deg.tif")) as source:
        land = source.read(1) != source.nodata
        found = (
            Polygon(shape(geometry).exterior)
            for geometry, value in shapes(land.astype(np.uint8), transform=source.transform)
            if value
        )
        coast = max(found, key=lambda polygon: polygon.area)
        window = source.bounds
    prepare(coast)
    with rasterio.open(bundled("relief/etopo1_east_china_sea_0.1deg.tif")) as source:
        height, north_up = source.read(1), source.transform

    def on_land(latitude: Any, longitude: Any) -> Any:
        lat, lon = np.asarray(latitude, float), np.asarray(longitude, float)
        inside = (lon > window.left) & (lon < window.right) & (lat > window.bottom) & (lat < window.top)
        column, row = (lon - north_up.c) / north_up.a, (lat - north_up.f) / north_up.e
        rows = np.clip(row.astype(int), 0, height.shape[0] - 1)
        columns = np.clip(column.astype(int), 0, height.shape[1] - 1)
        return np.where(inside, contains_xy(coast, lon, lat), height[rows, columns] > 0)

    return on_land


def in_window(latitude: float, longitude: float) -> bool:
    """Whether a landfall counts as one of the Zhejiang window: the bundled relief's."""
    return 26.0 < latitude < 32.5 and 116.5 < longitude < 125.0


@dataclass(frozen=True)
class _Fix:
    time: datetime
    latitude: float
    longitude: float
    wind: float
    """[m s-1], NaN where not given."""
    reported: bool
    """The agency analysed the storm, with or without a wind."""


def _number(text: str) -> float:
    return float(text) if text.strip() else math.nan


def _rows(name: str) -> list[dict[str, str]]:
    with Path(bundled(f"tracks/{name}")).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_cases(agency: str, on_land: OnLand) -> list[Case]:
    """Every landfall of 1980-2024 by one agency's wind: ``WMO`` (10-min) or ``USA`` (1-min)."""
    usa = _rows("ibtracs_zhejiang_usa.csv")
    over = {(r["SID"], r["ISO_TIME"]) for r in usa if r["USA_STATUS"].strip() == "EX"}
    rows = usa if agency == "USA" else _rows("ibtracs_zhejiang_wmo.csv")
    prefix = "USA_" if agency == "USA" else ""
    storms: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        storms.setdefault(row["SID"], []).append(row)
    return [
        Case(storm, own[0]["NAME"], int(own[0]["SEASON"]), *found)
        for storm, own in storms.items()
        for found in _landfalls(
            [
                _fix(r, agency)
                for r in own
                if r[f"{prefix}LAT"].strip() and (storm, r["ISO_TIME"]) not in over
            ],
            on_land,
        )
    ]


def _fix(row: dict[str, str], agency: str) -> _Fix:
    prefix = "" if agency == "WMO" else f"{agency}_"
    time = datetime.fromisoformat(row["ISO_TIME"])  # UTC throughout
    wind, pressure = _number(row[f"{agency}_WIND"]), _number(row[f"{agency}_PRES"])
    reported = time.hour in SYNOPTIC and not (math.isnan(wind) and math.isnan(pressure))
    return _Fix(time, _number(row[f"{prefix}LAT"]), _number(row[f"{prefix}LON"]), wind * KNOT, reported)


def _landfalls(fixes: list[_Fix], on_land: OnLand) -> Iterator[tuple[float, Any, Any, Any]]:
    """Landfall wind, hours inland, winds and distances from the sea of each landfall of one storm."""
    if len(fixes) < 2:
        return
    clock = np.array([(fix.time - fixes[0].time).total_seconds() / 3600.0 for fix in fixes])
    fine = np.arange(clock[0], clock[-1], STEP)
    lat = np.interp(fine, clock, [fix.latitude for fix in fixes])
    lon = np.interp(fine, clock, [fix.longitude for fix in fixes])
    land = on_land(lat, lon)
    for k in np.flatnonzero(~land[:-1] & land[1:]):
        if not in_window(lat[k + 1], lon[k + 1]):
            continue
        ashore = fine[k] + STEP / 2
        back = np.flatnonzero(~land[k + 1 :])
        until = min(fine[k + 1 + back[0]] if back.size else clock[-1] + STEP, ashore + LONGEST)
        before = [n for n in np.flatnonzero(clock <= ashore) if fixes[n].reported]
        inland = [n for n in np.flatnonzero((clock > ashore) & (clock < until)) if fixes[n].reported]
        if not before or not inland or clock[before[-1]] < ashore - 6.0:
            continue
        landfall_wind = fixes[before[-1]].wind
        if math.isnan(landfall_wind):
            continue
        distances = [inland_distance(fixes[n].latitude, fixes[n].longitude) for n in inland]
        winds = [fixes[n].wind for n in inland]
        yield landfall_wind, clock[inland] - ashore, np.array(winds), np.array(distances)
