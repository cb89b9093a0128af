"""Ways by road for the allocation of shelters."""

from __future__ import annotations

import numpy as np

from evac.plan.homes import Numbers
from evac.plan.reach import Arcs, Travel
from evac.plan.roads import RoadNetwork
from evac.plan.travel import travel


def by_road(network: RoadNetwork, *, on_foot: bool = False) -> Travel:
    """Metres along the shortest open road instead of the great circle, for ``evac.allocate``.

    Parameters
    ----------
    network : RoadNetwork
    on_foot : bool
        One-way roads hold for nobody, motorways are not walked.
    """

    def ways(origins: Numbers, targets: Numbers, within: float) -> Arcs:
        found = travel(network, origins[:, ::-1], targets[:, ::-1], within, on_foot=on_foot)
        return Arcs(
            found.origin.astype(np.int64), found.destination.astype(np.int64), np.rint(found.cost).astype(np.int64)
        )  # fmt: skip

    return ways
