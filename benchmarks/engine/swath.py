"""The peak of an hour against 1-minute steps, for every bundled storm in the hours when it moves fastest."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from benchmarks.harness import ROOT, Record
from riskmap.errors import DataError
from riskmap.grid import Grid
from riskmap.hazard.profiles import EARTH_ROTATION, holland_b
from riskmap.hazard.storm.exact import exact_peak, holland_nodes
from riskmap.hazard.storm.model import SURFACE_FACTOR
from riskmap.hazard.storm.vortex import vortices
from riskmap.hazard.wind import hourly_peaks
from riskmap.io.tracks import read_track
from riskmap.regressions import LEAST_PRESSURE_DEFICIT
from riskmap.track import complete, interpolate

CLAIM = "swath_error"
TRACKS = ROOT / "data" / "tracks" / "ibtracs_zhejiang_wmo.csv"
HOUR, MINUTE = np.timedelta64(3600, "s"), np.timedelta64(60, "s")
AROUND = 3
"""Hours before and after the fastest one, of the fastest storm."""
STEP, HALF_WIDTH, HALF_HEIGHT = 0.02, 3.0, 2.24
"""Cells [degrees], and how far the box reaches from where the storm is fastest."""


@dataclass(frozen=True, eq=False)
class Fastest:
    """A storm, and the end of the hour in which it moves fastest, with that speed [m s-1]."""

    track: xr.Dataset
    hour: np.datetime64
    speed: float

    @property
    def name(self) -> str:
        """Number and, where it has one, name."""
        return f"{self.track.attrs['number']} {self.track.attrs['name']}".strip()


def storms() -> list[Fastest]:
    """Every bundled storm that has a wind or a pressure, the fastest first."""
    with TRACKS.open(encoding="utf-8", newline="") as file:
        numbers = sorted({row["SID"] for row in csv.DictReader(file)})
    found = []
    for number in numbers:
        try:
            track = complete(read_track(TRACKS, format="ibtracs", storm=number, agency="WMO"))
        except DataError:  # that agency gave the storm neither wind nor pressure
            continue
        first, last = track["time"].values[[0, -1]].astype("datetime64[s]")
        hours = np.arange(first + 2 * HOUR, last - HOUR, HOUR)
        at = interpolate(track, hours - HOUR // 2)
        speed = np.hypot(at["eastward_motion"].values, at["northward_motion"].values)
        k = int(speed.argmax())
        found.append(Fastest(track, hours[k], float(speed[k])))
    return sorted(found, key=lambda storm: -storm.speed)


def box(storm: Fastest) -> Grid:
    """Cells around where the storm is in the middle of its fastest hour."""
    at = interpolate(storm.track, np.array([storm.hour - HOUR // 2]))
    lat, lon = (round(float(at[name].values[0]), 2) for name in ("latitude", "longitude"))
    return Grid.from_bounds(
        west=lon - HALF_WIDTH, east=lon + HALF_WIDTH, south=lat - HALF_HEIGHT, north=lat + HALF_HEIGHT, step=STEP
    )  # fmt: skip


def by_minutes(track: xr.Dataset, grid: Grid, hour: np.datetime64) -> NDArray[np.float64]:
    """Largest wind [m s-1] over the 61 instants of the hour, each cell by its own exponentials; shape (y, x).

    Neither tables nor anything between the instants.
    """
    minutes = np.arange(hour - HOUR, hour + MINUTE, MINUTE)
    at, storm = interpolate(track, minutes), vortices(track, minutes)
    assert set(storm.source) == {"holland_1980"}
    wind, core = storm.still_wind, storm.radius_of_maximum_wind
    f = 2.0 * EARTH_ROTATION * np.sin(np.radians(np.abs(storm.latitude)))
    pressure_deficit = np.maximum(
        at["environmental_pressure"].values - at["central_pressure"].values, LEAST_PRESSURE_DEFICIT
    )
    gradient = at["maximum_wind"].values / SURFACE_FACTOR
    nodes = holland_nodes(
        latitude=storm.latitude, longitude=storm.longitude, radius_of_maximum_wind=core,
        shape=[holland_b(pressure_deficit=d, gradient_wind=v) for d, v in zip(pressure_deficit, gradient, strict=True)],
        square=np.e * wind * (wind + core * f), coriolis=f, spin=np.where(storm.latitude >= 0, 1.0, -1.0),
        eastward_motion=storm.east, northward_motion=storm.north,
    )  # fmt: skip
    return exact_peak(nodes, grid.latitude, grid.longitude)


def error(storm: Fastest, around: int = 0) -> float:
    """Largest difference [m s-1] of the hours' peaks from those of 1-minute steps."""
    first, last = storm.track["time"].values[[0, -1]].astype("datetime64[s]")
    hours = storm.hour + np.arange(-around, around + 1) * HOUR
    hours = hours[(hours > first + HOUR) & (hours < last)]
    grid = box(storm)
    hourly = hourly_peaks(storm.track, grid, np.append(hours[0] - HOUR, hours))
    next(hourly)  # the hour before: its end is the first instant
    return max(
        float(np.abs(peak - by_minutes(storm.track, grid, hour)).max())
        for hour, peak in zip(hours, hourly, strict=True)
    )


def measure() -> list[Record]:
    """The fastest storm is the claim; the others stand in the note."""
    ranked = storms()
    assert all(a.speed >= b.speed for a, b in pairwise(ranked))
    fastest = error(ranked[0], AROUND)
    others = {storm.name: error(storm) for storm in ranked[1:]}
    worst = max(others, key=lambda name: others[name])
    note = (
        f"{ranked[0].name} at {ranked[0].speed:.1f} m/s, {2 * AROUND + 1} hours, {STEP} degree; the fastest hour of "
        f"each of the {len(others)} other bundled storms: worst {others[worst]:.3f} ({worst}), "
        f"median {np.median(list(others.values())):.3f}"
    )
    return [Record(CLAIM, fastest, "m/s", note=note)]
