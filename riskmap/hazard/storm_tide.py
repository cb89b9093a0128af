"""Storm tide (风暴潮高潮位) at stations: astronomical tide plus surge, against the station's own levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.grid import EARTH_RADIUS
from riskmap.region import Region

STATION_REACH: Final = 50e3
"""A coastal county without a station of its own takes those within this distance of its coast [m] (status D)."""


LEVELS: Final = ("blue_level", "yellow_level", "orange_level", "red_level")
"""Warning levels of a station, blue to red [m]."""


@dataclass(frozen=True, eq=False)
class StormTide:
    """Water levels of every station and hour, and which regions each stands for.

    Attributes
    ----------
    stations : Dataset (station)
        Warning levels [m], name, latitude, longitude.
    high_water, storm_surge : float array (time, station)
        [m]; NaN where the tide or the surge is unknown.
    of_region : mapping
        Region code -> indices of its stations; a coastal region without any has an empty tuple, an inland
        region is absent.
    """

    stations: xr.Dataset
    high_water: NDArray[np.float64]
    storm_surge: NDArray[np.float64]
    of_region: dict[str, tuple[int, ...]]


def stations_of_regions(
    stations: xr.Dataset, regions: Sequence[Region], coast: xr.Dataset
) -> dict[str, tuple[int, ...]]:
    """Stations that stand for each coastal region: those inside it, else those within reach of its coast.

    A gauge without its four warning levels is no warning station and stands for nobody.

    Parameters
    ----------
    stations : Dataset (station)
    regions : sequence of Region
    coast : Dataset (point)
        Coastal points with ``region``; see ``riskmap.io.coast``.
    """
    from shapely.geometry import Point

    latitude, longitude = stations["latitude"].values, stations["longitude"].values
    levels = np.stack([stations[name].values for name in LEVELS], axis=1)
    warns = ~np.isnan(levels).any(axis=1)
    spots = [Point(x, y) for x, y in zip(longitude, latitude, strict=True)]
    found = {}
    for region in regions:
        mine = coast["region"].values == region.code
        if not mine.any():
            continue
        inside = tuple(n for n, spot in enumerate(spots) if warns[n] and region.geometry.covers(spot))
        if not inside:
            dy = latitude[:, None] - coast["latitude"].values[mine]
            dx = (longitude[:, None] - coast["longitude"].values[mine]) * np.cos(
                np.radians(latitude[:, None])
            )
            metres = np.radians(np.hypot(dy, dx)).min(axis=1) * EARTH_RADIUS
            inside = tuple(int(n) for n in np.flatnonzero(warns & (metres <= STATION_REACH)))
        found[region.code] = inside
    return found
