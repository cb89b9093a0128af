"""Surge, storm tide and landfall."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.analysis.inputs import Inputs
from riskmap.analysis.units import also_for_units, coastal_units
from riskmap.analysis.walls import wall_hours
from riskmap.asset_hours import AssetHours
from riskmap.hazard.inundation.hydrographs import Hydrograph
from riskmap.hazard.storm_tide import StormTide, stations_of_regions
from riskmap.hazard.surge import GARRATT, ZIJLEMA, simulate_surge
from riskmap.hazard.waves import WAVE_VARIABLES, waves
from riskmap.ledger import Ledger
from riskmap.region import Region
from riskmap.scale import NOT_COMPUTED
from riskmap.track import interpolate

PARTS: Final = ("storm_surge", "inverse_barometer")
"""What is kept of the surge at coastal points."""

DRAGS: Final = {"garratt": GARRATT, "zijlema": ZIJLEMA}
"""Laws of the wind's drag that a scenario may name."""


@dataclass(frozen=True, eq=False)
class Coast:
    """What the sea does in one analysis.

    Attributes
    ----------
    surge : Dataset (time, point) or None
        ``storm_surge`` and its part ``inverse_barometer`` [m] at coastal points, attributes of the solver.
    tide : StormTide or None
        High water at stations, where the user gave tide tables.
    walls : AssetHours or None
        Tiers of the sea-wall sections.
    lacking : tuple of str
        One line a section that is unknown, and why.
    waves : Dataset (time, point) or None
        Waves at the coastal points, with their ``region``.
    lost : mapping
        Hazards of the sea that could not be computed after all, with the reason.
    spills : mapping
        Sea-wall section -> what comes over it or through its breach, for the 2-D inundation; a section that is named here does
        not also let water over its crest there.
    """

    surge: xr.Dataset | None = None
    tide: StormTide | None = None
    walls: AssetHours | None = None
    lacking: tuple[str, ...] = ()
    waves: xr.Dataset | None = None
    lost: Mapping[str, str] = field(default_factory=dict)
    spills: Mapping[str, Hydrograph] = field(default_factory=dict)


def coast_of(inputs: Inputs, hours: NDArray[np.datetime64], ledger: Ledger) -> Coast:
    """Surge and waves at coastal points, tide stations and sea walls: the sea is computed once for all of them.

    Surge or waves that cannot be computed are unknown: ``ledger`` says why, what needs them is grey, and all else goes on.
    """
    if inputs.shelf is None or inputs.coast is None:
        return Coast()
    stations = None if inputs.tides is None else inputs.tides.stations
    places = [inputs.coast, *(s for s in (stations, inputs.walls) if s is not None)]
    lost: dict[str, str] = {}
    sea = ledger.tried(
        partial(
            simulate_surge, inputs.track, inputs.shelf, _spots(places), hours, coast=inputs.inshore, model=inputs.wind,
            drag=DRAGS[inputs.surge_drag],
        ), f"storm_surge ({inputs.kind})",
    )  # fmt: skip
    if sea is None:
        sea = _unknown(places, hours, PARTS)
        lost |= dict.fromkeys(("storm_surge", "storm_tide", "sea_wall"), NOT_COMPUTED)
    ends = np.cumsum([0, *(p["latitude"].size for p in places)])
    parts = [slice(int(a), int(b)) for a, b in pairwise(ends)]
    surge = inputs.coast.assign(
        {name: (("time", "point"), sea[name].values[:, parts[0]], {"units": "m"}) for name in PARTS}
    ).assign_coords(time=hours)
    tide = None
    if inputs.tides is not None and stations is not None:
        risen = sea["storm_surge"].values[:, parts[1]]
        tide = StormTide(
            stations=stations,
            high_water=inputs.tides.astronomical.values + risen,
            storm_surge=risen,
            of_region=also_for_units(
                stations_of_regions(stations, inputs.regions, inputs.coast),
                coastal_units(inputs.units, inputs.coast),
            ),
        )
    inner = inputs.shelf if inputs.inshore is None else inputs.inshore
    shores = [p for p in places if p is not stations]
    rough = ledger.tried(
        partial(waves, inputs.track, inner.depth, inner.grid, _spots(shores), hours, model=inputs.wind),
        f"waves ({inputs.kind})",
    )
    if rough is None:
        rough = _unknown(shores, hours, WAVE_VARIABLES)
        lost |= dict.fromkeys(("waves", "sea_wall"), NOT_COMPUTED)
    ashore = inputs.coast["latitude"].size
    near = rough.isel(point=slice(ashore)).assign(region=inputs.coast["region"])
    coast = Coast(
        None if "storm_surge" in lost else surge.assign_attrs(sea.attrs), tide, waves=near,
        lost={hazard: why for hazard, why in lost.items() if hazard not in inputs.lacking},
    )  # fmt: skip
    if inputs.walls is None or inputs.wall_tide is None:
        return coast
    found = wall_hours(
        inputs, hours, sea["storm_surge"].values[:, parts[-1]], rough.isel(point=slice(ashore, None))
    )
    return replace(
        coast, walls=found.tiers, lacking=found.lacking,
        spills=found.inflows.hydrographs,
    )  # fmt: skip


def _unknown(places: list[xr.Dataset], hours: NDArray[np.datetime64], names: Iterable[str]) -> xr.Dataset:
    """What could not be computed, at the points of several tables."""
    spots = _spots(places)
    nothing = np.full((len(hours), spots["latitude"].size), np.nan)
    return spots.assign({name: (("time", "point"), nothing.copy()) for name in names}).assign_coords(
        time=hours
    )


def _spots(places: list[xr.Dataset]) -> xr.Dataset:
    """Points of several tables, one after the other."""
    names = ("latitude", "longitude")
    return xr.Dataset({n: ("point", np.concatenate([p[n].values for p in places])) for n in names})


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
