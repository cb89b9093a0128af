"""Storms with the Chinese centre's quadrant radii. They lie beside the checkout, since their licence is not ours."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from benchmarks.harness import ROOT
from riskmap.track import FORCES, QUADRANTS, complete, make_track

TRACKS = ROOT.parent / "shared" / "data" / "test_only" / "tracks"
IN_FA = TRACKS / "infa2021_cma_hourly.csv"
MINDULLE = TRACKS / "mindulle2021_zjwater_observed.csv"
PERIOD = 120
"""Averaging period of the centre's wind [s]."""


@dataclass(frozen=True, eq=False)
class Storm:
    """A complete track, and its reported radii [m], shape (time, force, quadrant), NaN where there are none."""

    track: xr.Dataset
    radii: NDArray[np.float64]


def in_fa() -> Storm:
    """In-Fa, 2021; the two landfall rows repeat a time and lack values, so they are left out."""
    kilometres = {7: "R30", 10: "R50", 12: "R64"}

    def radii(row: dict[str, str]) -> list[list[float]]:
        return [[_number(row[f"{kilometres[f]}_{q}_KM"]) for q in QUADRANTS] for f in FORCES]

    return _storm(IN_FA, "ISO_TIME", ("LAT", "LON", "CMA_WIND_MS", "CMA_PRES"), radii)


def mindulle() -> Storm:
    """Mindulle, 2021: the storm on which the regression was chosen. The extract's times are UTC.

    The four numbers are taken as NE, SE, SW, NW, as ``riskmap.io.zjwater`` does; a public note on the page's code
    has NE, SE, NW, SW (status M). Errors over all quadrants hardly depend on it.
    """

    def radii(row: dict[str, str]) -> list[list[float]]:
        numbers = [(row[f"radius{f}"] or "|||").split("|") for f in FORCES]
        return [[_number(text) for text in quadrants] for quadrants in numbers]

    return _storm(MINDULLE, "time", ("lat", "lng", "speed", "pressure"), radii)


def _storm(
    path: Path,
    clock: str,
    columns: tuple[str, ...],
    radii: Callable[[dict[str, str]], list[list[float]]],
) -> Storm:
    rows = dict(_rows(path, clock, columns))
    times = np.array(sorted(rows), "datetime64[s]")
    ordered = [rows[key] for key in sorted(rows)]
    latitude, longitude, wind, pressure = (np.array([float(row[c]) for row in ordered]) for c in columns)
    track = make_track(
        time=times, latitude=latitude, longitude=longitude,
        maximum_wind=wind, central_pressure=100.0 * pressure, averaging_period=PERIOD,
    )  # fmt: skip
    return Storm(complete(track), 1e3 * np.array([radii(row) for row in ordered]))


def _rows(path: Path, clock: str, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each complete row by its time; of a repeated time the last one."""
    with path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if all(row[c] for c in columns):
                yield row[clock].replace(" ", "T"), row


def _number(text: str) -> float:
    return float(text) if text else float("nan")
