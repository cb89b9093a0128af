"""Surge, storm tide and landfall."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.analysis.inputs import Inputs
from riskmap.hazard.storm_tide import StormTide, stations_of_regions
from riskmap.hazard.surge import storm_surge
from riskmap.region import Region
from riskmap.track import interpolate


def surge_of(inputs: Inputs, hours: NDArray[np.datetime64]) -> tuple[xr.Dataset | None, StormTide | None]:
    """Surge at coastal points, and the storm tide at stations where the user gave tide tables."""
    if inputs.depth is None or inputs.depth_grid is None or inputs.coast is None:
        return None, None
    coast = storm_surge(inputs.track, inputs.depth, inputs.depth_grid, inputs.coast, hours, model=inputs.wind)
    if inputs.tides is None:
        return coast, None
    stations = inputs.tides.stations
    at_stations = storm_surge(
        inputs.track, inputs.depth, inputs.depth_grid, stations.rename(station="point").reset_coords(drop=True),
        hours, model=inputs.wind,
    )  # fmt: skip
    surge = at_stations["storm_surge"].values
    tide = StormTide(
        stations=stations,
        high_water=inputs.tides.astronomical.values + surge,
        storm_surge=surge,
        of_region=stations_of_regions(stations, inputs.regions, inputs.coast),
    )
    return coast, tide


LANDFALL_REACH = 0.05
"""Landfall is when the centre comes within this distance [degrees] of county land: outlines miss small islands."""


def first_landfall(
    track: xr.Dataset, regions: tuple[Region, ...], hours: NDArray[np.datetime64]
) -> datetime | None:
    """First instant (to 10 minutes, UTC) at which the centre comes from sea to a region's land; None if never.

    Parameters
    ----------
    hours : datetime64 (time,)
        The window that is looked at.
    """
    from shapely import STRtree, points

    steps = np.arange(hours[0], hours[-1] + np.timedelta64(1, "s"), np.timedelta64(600, "s"))
    at = interpolate(track, steps)
    centres = points(np.column_stack([at["longitude"].values, at["latitude"].values]))
    tree = STRtree([region.geometry for region in regions])
    ashore = np.zeros(len(steps), np.bool_)
    ashore[tree.query(centres, predicate="dwithin", distance=LANDFALL_REACH)[0]] = True
    arrivals = np.flatnonzero(ashore[1:] & ~ashore[:-1]) + 1
    return datetime.fromtimestamp(int(steps[arrivals[0]].astype(np.int64)), UTC) if arrivals.size else None
