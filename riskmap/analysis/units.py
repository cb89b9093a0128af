"""Townships, villages and units with a command of their own, beside the counties: what the coast means for them.

Stations and coastal points are read for counties. A smaller unit by the sea takes its county's: a station stands for its
county. Sea walls are another matter: a unit by the sea of which no wall is listed is unknown, not safe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import xarray as xr

from riskmap.asset_hours import AssetHours
from riskmap.region import Region

REACH: Final = 0.07
"""A unit within this distance [degrees] of a coastal point lies by the sea (status D): points stand 0.1 degrees apart, and
as far as 0.02 from their county."""


def coastal_units(units: Sequence[Region], coast: xr.Dataset | None) -> dict[str, str]:
    """Units by the sea, and the county whose stations and points stand for each.

    Parameters
    ----------
    units : sequence of Region
        Townships and villages, which begin with the code of their county; or units of another kind, which take that of
        the nearest point.
    coast : Dataset (point) or None
        ``latitude``, ``longitude`` [degrees] and ``region``, the county; None = no sea is computed.
    """
    from shapely import STRtree, distance, points

    if coast is None or not units or not coast["latitude"].size:
        return {}
    spots = points(np.column_stack([coast["longitude"].values, coast["latitude"].values]))
    county = coast["region"].values.astype(str)
    shapes = np.array([unit.geometry for unit in units], object)
    which, near = STRtree(spots).query(shapes, predicate="dwithin", distance=REACH)
    far = distance(shapes[which], spots[near])
    found: dict[str, str] = {}
    for n in np.lexsort((near, far)):  # nearest first
        unit, of = units[which[n]], str(county[near[n]])
        if unit.level == "unit" or unit.code.startswith(of):
            found.setdefault(unit.code, of)
    return found


def also_for_units(
    of_region: Mapping[str, tuple[int, ...]], coastal: Mapping[str, str]
) -> dict[str, tuple[int, ...]]:
    """Stations of counties, and of the units by the sea that their county's stand for."""
    more = {unit: of_region[county] for unit, county in coastal.items() if county in of_region}
    return {**of_region, **more}


def bare_units(group: AssetHours, coastal: Mapping[str, str]) -> AssetHours:
    """The sea walls, with the units by the sea that list none named as lacking; other hazards as they are."""
    if group.hazard != "sea_wall" or not coastal:
        return group
    places = [asset.region for asset in group.worst]
    bare = {unit for unit in coastal if not any(place.startswith(unit) for place in places)}
    return replace(group, missing=group.missing | bare)
