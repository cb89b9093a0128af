"""Low spots (低洼易涝点): where the modelled water comes first, so that a letter can name places.

Not a county's own list: places that the flood map picks. They count for nothing beyond the cells that they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.asset import AssetTier, instant
from riskmap.grid import EARTH_RADIUS
from riskmap.onset import NEVER, Onsets
from riskmap.outlook import Flood
from riskmap.region import Region
from riskmap.rules import HazardRule
from riskmap.scale import Tier

SQUARE: Final = 1000.0
"""Side [m] of the squares of which each names one spot at most (status D)."""

MOST_SPOTS: Final = 5
"""Spots of a region that are named (status D)."""

LEAST_TIER: Final = Tier.YELLOW
"""Tier from which on a cell may be a low spot: H2, unsafe for small cars (status D)."""

HOW: Final = (
    "低洼点由模型选取,非本地清单:河道以外每平方公里取最早达黄色的一格,每区域列最早的五处;未接入居民点,需现场核实",
    "low spots are picked by the model and no local list: off the streams, of each square kilometre the cell that first comes to yellow, of each region the five earliest; where "
    "people live is not known to the model: check on site",
)
"""How spots are chosen, said with each of them."""


def low_spots(
    flood: Flood,
    onsets: Onsets,
    rule: HazardRule,
    regions: Sequence[Region],
    hours: NDArray[np.datetime64],
    *,
    streams: NDArray[np.bool_] | None = None,
) -> tuple[AssetTier, ...]:
    """Cells that flood first, a few of each region.

    Parameters
    ----------
    flood : Flood
    onsets : Onsets
        First hour of each tier on the flood's grid.
    rule : HazardRule
        Of inundation.
    regions : sequence of Region
    hours : datetime64 (time,)
        Valid hours, UTC.
    streams : bool array (y, x), optional
        Where the streams run: nobody lives there.

    Returns
    -------
    tuple of AssetTier
        Of kind ``low_spot``, region by region, the earliest first.
    """
    from shapely import STRtree, points

    span = [
        max(1, round(SQUARE / (np.radians(step) * EARTH_RADIUS)))
        for step in (-flood.grid.transform.e, flood.grid.transform.a)
    ]
    bands = [
        _leading(flood, onsets, streams, slice(top, top + span[0]), span[1])
        for top in range(0, flood.grid.shape[0], span[0])
    ]
    rows, columns, first, worst, depth = (np.concatenate(part) for part in zip(*bands, strict=True))
    if not rows.size:
        return ()
    order = np.lexsort((columns, rows, -depth, -worst, first))
    tree = STRtree(points(flood.grid.longitude[columns[order]], flood.grid.latitude[rows[order]]))
    found: list[AssetTier] = []
    for region in regions:
        inside = np.sort(tree.query(region.geometry, predicate="intersects"))[:MOST_SPOTS]
        for n, k in enumerate(order[inside]):
            row, column, tier = int(rows[k]), int(columns[k]), Tier(int(worst[k]))
            at = instant(hours[int(onsets.first(tier, slice(row, row + 1))[0, column])])
            found.append(_spot(flood, rule, region, (row, column), tier, float(depth[k]), n, at))
    return tuple(found)


def _leading(
    flood: Flood, onsets: Onsets, streams: NDArray[np.bool_] | None, band: slice, width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int16], NDArray[np.int8], NDArray[np.float32]]:
    """The earliest cell of each square of a band of rows: row, column, first hour, worst tier and depth [m]."""
    first = onsets.first(LEAST_TIER, band)
    able = first != NEVER if streams is None else (first != NEVER) & ~streams[band]
    rows, columns = np.nonzero(able)
    first, worst = first[able], onsets.worst(band)[able]
    depth = flood.field("maximum_depth", band)[able]
    order = np.lexsort((columns, rows, -depth, -worst, first))
    _, leading = np.unique(columns[order] // width, return_index=True)
    at = order[leading]
    return rows[at] + band.start, columns[at], first[at], worst[at], depth[at]


def _spot(
    flood: Flood, rule: HazardRule, region: Region, cell: tuple[int, int], tier: Tier, depth: float, n: int,
    onset: datetime,
) -> AssetTier:  # fmt: skip
    latitude, longitude = flood.grid.latitude[cell[0]], flood.grid.longitude[cell[1]]
    level = int(flood.values["hazard_class"][flood.label[cell]])
    return AssetTier(
        asset_id=f"low-{region.code}-{n + 1}", name=f"低洼处 {longitude:.4f}E {latitude:.4f}N", kind="low_spot",
        region=region.code, hazard=rule.id, tier=tier, value=depth, threshold=None, units="m", onset=onset,
        reason_chinese=f"模型最大水深{depth:.1f}米(H{level});{flood.note[0].split(';')[0]}",
        reason_english=f"modelled depth up to {depth:.1f} m (H{level}); {flood.note[1].split(';')[0]}",
        source=f"{flood.note[0]};{HOW[0]} ({flood.note[1]}; {HOW[1]})", longitude=float(longitude), latitude=float(latitude),
    )  # fmt: skip
