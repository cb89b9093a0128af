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

    Examples
    --------
    >>> import numpy as np
    >>> from evac import by_road
    >>> from evac.plan.road_build import Way, build_network
    >>> here, across = (Way(np.array([[120.0, north], [120.03, north]]), "primary") for north in (30.0, 30.004))
    >>> way = by_road(build_network([here, across], source="example"))  # a river between them, and no bridge
    >>> home, shelters = np.array([[30.0, 120.0]]), np.array([[30.004, 120.0], [30.0, 120.02]])  # latitude, longitude
    >>> found = way(home, shelters, 5000)
    >>> found.target.tolist(), found.metres.tolist()
    ([1], [1926])
    """

    def ways(origins: Numbers, targets: Numbers, within: float) -> Arcs:
        found = travel(network, origins[:, ::-1], targets[:, ::-1], within, on_foot=on_foot)
        return Arcs(
            found.origin.astype(np.int64), found.destination.astype(np.int64), np.rint(found.cost).astype(np.int64)
        )  # fmt: skip

    return ways
