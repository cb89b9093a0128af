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

    first = onsets.first(LEAST_TIER)
    able = first != NEVER if streams is None else (first != NEVER) & ~streams
    rows, columns = np.nonzero(able)
    if not rows.size:
        return ()
    worst, depth = onsets.worst()[rows, columns], flood.field("maximum_depth")[rows, columns]
    span = [
        max(1, round(SQUARE / (np.radians(step) * EARTH_RADIUS)))
        for step in (-flood.grid.transform.e, flood.grid.transform.a)
    ]
    square = rows // span[0] * (flood.grid.shape[1] // span[1] + 1) + columns // span[1]
    order = np.lexsort((columns, rows, -depth, -worst, first[rows, columns]))
    _, leading = np.unique(square[order], return_index=True)
    chosen = order[np.sort(leading)]  # the earliest of each square, in that order
    places = points(flood.grid.longitude[columns[chosen]], flood.grid.latitude[rows[chosen]])
    found: list[AssetTier] = []
    tree = STRtree(places)
    firsts = {tier: onsets.first(tier) for tier in Tier if tier >= LEAST_TIER}
    for region in regions:
        inside = np.sort(tree.query(region.geometry, predicate="intersects"))[:MOST_SPOTS]
        for n, k in enumerate(inside):
            cell = int(rows[chosen[k]]), int(columns[chosen[k]])
            tier = Tier(int(worst[chosen[k]]))
            at = instant(hours[int(firsts[tier][cell])])
            found.append(_spot(flood, rule, region, cell, tier, float(depth[chosen[k]]), n, at))
    return tuple(found)


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
