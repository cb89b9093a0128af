"""Discharge at places: what rivers, reservoirs, pipes and failing walls let in, before a grid is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from riskmap.errors import CoverageError, DataError
from riskmap.grid import Grid
from riskmap.hazard.inundation.forcing import Inflow


@dataclass(frozen=True)
class Hydrograph:
    """Discharge at one place.

    Attributes
    ----------
    name : str
    longitude, latitude : float
        Degrees, WGS-84.
    times : tuple of datetime
        With their time zone, rising.
    discharge : tuple of float
        [m3 s-1].
    """

    name: str
    longitude: float
    latitude: float
    times: tuple[datetime, ...]
    discharge: tuple[float, ...]


def place_inflows(hydrographs: Sequence[Hydrograph], grid: Grid, *, start: datetime) -> tuple[Inflow, ...]:
    """Hydrographs as inflows of a run on a grid.

    Parameters
    ----------
    hydrographs : sequence of Hydrograph
    grid : Grid
    start : datetime
        Start of the run, with its time zone.

    Raises
    ------
    CoverageError
        A place off the grid, or a series that ends before the run starts; named.
    DataError
        ``start`` has no time zone.
    """
    if start.tzinfo is None:
        raise DataError("a time without a time zone", where="start", expected="an aware datetime")
    found = []
    for one in hydrographs:
        cell = grid.index_of(latitude=one.latitude, longitude=one.longitude)
        if cell is None:
            raise CoverageError(
                "off the grid", where=f"hydrograph {one.name}",
                expected="west, south, east, north {:g}, {:g}, {:g}, {:g}".format(*grid.bounds),
                found=f"{one.longitude:g}, {one.latitude:g}", remedy="check that longitude and latitude are not swapped",
            )  # fmt: skip
        seconds = [(t - start).total_seconds() for t in one.times]
        if seconds[-1] <= 0.0:
            raise CoverageError(
                "ends before the run starts", where=f"hydrograph {one.name}", expected=f"values after {start.isoformat()}",
                found=one.times[-1].isoformat(), remedy="check the time zone",
            )  # fmt: skip
        found.append(Inflow([cell], seconds, one.discharge, where=f"hydrograph {one.name}"))
    return tuple(found)
