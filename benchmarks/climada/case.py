"""The work that both sides are given: hourly nodes of In-Fa near the grid, and the grid's cell centres."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import ROOT
from riskmap.grid import Grid

Numbers = NDArray[np.float64]

STORM = "2021197N17135"
TRACK = ROOT / "data" / "tracks" / "ibtracs_zhejiang_wmo.csv"
NEAR = (112.5, 22.0, 128.5, 36.5)
"""West, south, east, north [degrees] of the nodes that are kept: 5 degrees or more beyond the grid."""
ENVIRONMENT = 1005.0
"""Pressure around the storm [hPa]; best tracks of that agency have none, and a common number serves both sides."""
REACH = 300e3
"""Distance from a node [m] up to which the peer looks at a cell, its default."""
DEGREE = 111_120.0
"""Metres in a degree of latitude, the peer's."""


@dataclass(frozen=True, eq=False)
class Case:
    """Hourly nodes, all of shape (node,), and the cells.

    ``time`` [s since 1970], ``latitude``, ``longitude`` [degrees], ``central_pressure``,
    ``environmental_pressure`` [hPa], ``maximum_wind`` [kn].
    """

    time: NDArray[np.int64]
    latitude: Numbers
    longitude: Numbers
    central_pressure: Numbers
    environmental_pressure: Numbers
    maximum_wind: Numbers
    grid: Grid

    @cached_property
    def pairs(self) -> int:
        """Pairs of a node, the first not counted, and a cell within ``REACH``: the work that has to be done."""
        found = 0
        for lat, lon in zip(self.latitude[1:], self.longitude[1:], strict=True):
            north = DEGREE * (self.grid.latitude - lat)
            east = DEGREE * np.cos(np.radians(lat)) * (self.grid.longitude - lon)
            found += int((north[:, None] ** 2 + east**2 <= REACH**2).sum())
        return found

    def write(self, folder: Path) -> None:
        """``case.json`` and ``cells.npy`` (latitude, longitude of every cell, row by row) for the other side."""
        nodes = {name: getattr(self, name).tolist() for name in NODE_NAMES}
        (folder / "case.json").write_text(json.dumps(nodes), encoding="utf-8")
        lat, lon = np.meshgrid(self.grid.latitude, self.grid.longitude, indexing="ij")
        np.save(folder / "cells.npy", np.stack([lat.ravel(), lon.ravel()]))


NODE_NAMES = (
    "time",
    "latitude",
    "longitude",
    "central_pressure",
    "environmental_pressure",
    "maximum_wind",
)


def in_fa(step: float = 0.02) -> Case:
    """In-Fa (2021), hourly, on the province's box; straight between the six-hourly fixes.

    Parameters
    ----------
    step : float
        Cell size [degrees].
    """
    with TRACK.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["SID"] == STORM and row["WMO_PRES"]]
    fixes = np.array([np.datetime64(row["ISO_TIME"].replace(" ", "T"), "s") for row in rows]).astype(np.int64)
    hours = np.arange(fixes[0], fixes[-1] + 1, 3600)

    def hourly(column: str, missing: float) -> Numbers:
        values = [float(row[column]) if row[column] else missing for row in rows]
        return np.asarray(np.interp(hours, fixes, values), np.float64)

    lat, lon = hourly("LAT", np.nan), hourly("LON", np.nan)
    west, south, east, north = NEAR
    near = (lon > west) & (lon < east) & (lat > south) & (lat < north)
    return Case(
        time=hours[near], latitude=lat[near], longitude=lon[near],
        central_pressure=hourly("WMO_PRES", np.nan)[near],
        environmental_pressure=np.full(int(near.sum()), ENVIRONMENT),
        maximum_wind=hourly("WMO_WIND", 30.0)[near],  # blank below 35 kn; Holland 2008 asks for pressure alone
        grid=Grid.from_bounds(west=117.5, south=27.0, east=123.5, north=31.5, step=step),
    )  # fmt: skip


def made(
    latitude: Numbers, longitude: Numbers, central_pressure: Numbers, environment: float, step: float = 0.1
) -> Case:
    """An hourly track made up for the sake of a rule, with a box around its second half."""
    half = len(latitude) // 2
    west, south = (float(np.floor(x[half:].min() - 1.0)) for x in (longitude, latitude))
    east, north = (float(np.ceil(x[half:].max() + 1.0)) for x in (longitude, latitude))
    return Case(
        time=1_600_002_000 + 3600 * np.arange(len(latitude)), latitude=latitude, longitude=longitude,
        central_pressure=central_pressure, environmental_pressure=np.full(len(latitude), environment),
        maximum_wind=np.full(len(latitude), 50.0),
        grid=Grid.from_bounds(west=west, south=south, east=east, north=north, step=step),
    )  # fmt: skip


def limits() -> dict[str, Case]:
    """Tracks that touch what the peer clips or decides once for a whole track."""
    n = np.arange(24)
    t, wave = n / 23.0, np.sin(2.4 * n)
    rough = np.where(n % 5 == 0, 1020.0, np.where(n % 7 == 0, 845.0, 930.0 + 20.0 * wave))
    return {
        "faster than 30 kn": made(28.0 + 6.0 * t, 118.0 + 12.0 * t, np.full(24, 960.0), 1008.0),
        "southern": made(-15.0 - 6.0 * t, 150.0 + 3.0 * t, 940.0 + 30.0 * t, 1010.0),
        "rough pressure": made(20.0 + 3.0 * t + 0.1 * wave, 125.0 - 4.0 * t, rough, 1005.0),
        "near 180 degrees": made(20.0 + 3.0 * t, 175.0 + 3.5 * t, np.full(24, 950.0), 1005.0),
        "across the equator": made(-1.0 + 3.0 * t, 140.0 + 2.0 * t, np.full(24, 980.0), 1008.0),
    }
