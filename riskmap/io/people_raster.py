"""Residents on cells from a raster of a census office or a research group (WorldPop, GHS-POP, LandScan ...)."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from riskmap.errors import CoverageError, UnitsError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.io.rain_areas import lay
from riskmap.io.rasters import _open, _read

PeopleUnits = Literal["people", "people_km2"]

DENSEST: Final = 500_000.0
"""No place has more people [km-2] (status D: the densest wards of the world have about 100,000)."""


def read_people(path: Path, grid: Grid, *, units: PeopleUnits | None) -> NDArray[np.float64]:
    """Residents of each cell of a grid; who lives on the raster lives on the grid.

    Parameters
    ----------
    path : Path
        Any raster that GDAL reads, one band; cells without people are 0 or no data.
    grid : Grid
    units : {"people", "people_km2"}, optional
        Of its numbers: residents of each cell, or per square kilometre; never guessed.

    Returns
    -------
    float64 array (y, x)
        NaN where the raster knows nothing.

    Raises
    ------
    SourceError, DatumError
        The file cannot be read, or declares no coordinate system.
    CoverageError
        It does not cover the grid.
    UnitsError
        No unit; negative numbers, or more people than anywhere live: the other unit.
    """
    if units is None:
        raise UnitsError(
            "the unit of residents is not told", where="risk.population_units", expected="people (of each cell) or people_km2",
            found=f"none beside {path}", remedy="ask the owner of the raster, and set it",
        )  # fmt: skip
    with _open(path) as source:
        geographic = bool(source.crs.is_geographic)
        try:
            onto = lay(
                transform=source.transform, shape=source.shape, crs=source.crs, geographic=geographic, grid=grid,
                where=str(path),
            )  # fmt: skip
        except CoverageError as problem:
            problem.message, problem.remedy = (
                "the people do not cover the grid",
                "give a larger raster, or shrink [grid]",
            )
            raise
        (top, bottom), (left, right) = onto.window
        values = _read(source, path, window=((top, bottom), (left, right))).astype(np.float64).filled(np.nan)
        if units == "people":
            metres = 1.0 if geographic else float(source.crs.linear_units_factor[1])
            values = values / (_areas(source.transform, top, bottom, geographic, metres)[:, None] / 1e6)
    low, high = np.nanmin(values, initial=0.0), np.nanmax(values, initial=0.0)
    if low < 0 or high > DENSEST:
        raise UnitsError(
            "not a number of residents", where=str(path), expected=f"0 to {DENSEST:g} people on a square kilometre",
            found=f"{low if low < 0 else high:g} when read as {units}",
            remedy="declare the mark for no data" if low < 0 else "set risk.population_units: people (of each cell) or people_km2",
        )  # fmt: skip
    density = onto(values).astype(np.float64)
    return np.asarray(density * (grid.cell_area[:, None] / 1e6), np.float64)


def _areas(transform: Affine, top: int, bottom: int, geographic: bool, metres: float) -> NDArray[np.float64]:
    """Area of a cell of each row [m2]."""
    if not geographic:
        return np.full(bottom - top, abs(transform.a * transform.e) * metres**2)
    edges = np.radians(np.clip(transform.f + np.arange(top, bottom + 1) * transform.e, -90.0, 90.0))
    width = np.radians(abs(transform.a))
    return np.asarray(EARTH_RADIUS**2 * width * np.abs(np.diff(np.sin(edges))), np.float64)
