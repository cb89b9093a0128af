"""The criteria of key villages (重要村落) by an elevation model that is fine enough for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from riskmap.analysis.fine_ground import FineGround
from riskmap.analysis.own_basins import FloodInputs
from riskmap.hazard.flash_flood import key_villages
from riskmap.hazard.flash_flood.villages import Terrain
from riskmap.terrain.depressions import fill_depressions, inland_holes
from riskmap.terrain.drainage import height_above
from riskmap.terrain.flow_direction import flow_direction, geographic_sides
from riskmap.terrain.slopes import slope_aspect
from riskmap.terrain.streams import upstream_area

CRITERIA_CELL: Final = 35.0
"""Larger cells [m] tell nothing of 50 m to a channel; an arc second is 31 m (status D)."""

GULLY_STREAM: Final = 0.1e6
"""Upstream area [m2] from which on a gully counts as a channel beside which houses stand (status D)."""


def by_terrain(floods: FloodInputs, ground: FineGround) -> FloodInputs:
    """Villages judged by an elevation model too, where a survey says nothing; the same ones where its cells are too large.

    Parameters
    ----------
    floods : FloodInputs
    ground : FineGround
        What lies in a void of it, or outside, stays as the survey left it.
    """
    unsure = [k for k, reason in enumerate(floods.villages) if reason.unknown]
    if not unsure or ground.cell > CRITERIA_CELL:
        return floods
    heights = np.where(ground.sea, np.float32(np.nan), ground.altitude)
    here = []
    for k in unsure:
        village = floods.villages[k].village
        cell = ground.grid.index_of(latitude=village.latitude, longitude=village.longitude)
        if cell is not None and not np.isnan(heights[cell]):
            here.append(k)
    if not here:
        return floods
    terrain = _terrain(heights, ground)
    told = dict(zip(here, key_villages([floods.villages[k].village for k in here], terrain), strict=True))
    return replace(floods, villages=tuple(told.get(k, reason) for k, reason in enumerate(floods.villages)))


def _terrain(heights: np.ndarray, ground: FineGround) -> Terrain:
    grid = ground.grid
    dx, dy = geographic_sides(grid.latitude, (grid.transform.a, -grid.transform.e))
    walls = inland_holes(heights) & ~ground.sea
    filled = fill_depressions(heights, walls=walls)
    codes = flow_direction(filled, dx=dx, dy=dy, walls=walls)
    area = upstream_area(codes, dx=dx, dy=dy)
    streams = area >= GULLY_STREAM
    return Terrain(
        x=grid.longitude, y=grid.latitude, stream=streams, geographic=True,
        height_above_drainage=height_above(filled, codes, streams), elevation=heights,
        slope=slope_aspect(heights, dx=dx, dy=dy)[0], upstream_area=area, directions=codes,
    )  # fmt: skip
