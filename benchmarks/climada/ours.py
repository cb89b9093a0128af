"""Our side of the comparison: from the nodes' numbers to the peak wind, exact and by tables.

The peer's conventions (its distances, its share of the motion, no inflow, the first node left out) are those of
``oracle.py``; the loops are the product's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.climada.case import DEGREE, REACH, Case
from benchmarks.climada.oracle import DENSITY, vortices
from riskmap.hazard.storm.exact import exact_peak, holland_nodes, table_peak

RADIUS = float(np.degrees(DEGREE))
"""Of the Earth [m], so that a degree is the peer's."""


@contextmanager
def threads(number: int) -> Iterator[None]:
    """That many threads for our loops while it lasts."""
    before = os.environ.get("RISKMAP_THREADS")
    os.environ["RISKMAP_THREADS"] = str(number)
    try:
        yield
    finally:
        if before is None:
            del os.environ["RISKMAP_THREADS"]
        else:
            os.environ["RISKMAP_THREADS"] = before


def nodes(case: Case) -> NDArray[np.float64]:
    """Nodes of the product's loops, without the first."""
    storm = vortices(case)
    return holland_nodes(
        latitude=case.latitude, longitude=case.longitude, radius_of_maximum_wind=storm.rmax, shape=storm.b,
        square=storm.b / DENSITY * storm.deficit, coriolis=storm.f, spin=storm.spin, eastward_motion=storm.east,
        northward_motion=storm.north, taken=np.hypot(storm.east, storm.north),
    )[1:]  # fmt: skip


def exact(case: Case) -> NDArray[np.float64]:
    """Peak wind [m s-1] (y, x), every pair computed by itself in float64; no threshold."""
    return exact_peak(nodes(case), case.grid.latitude, case.grid.longitude, **_conventions())


def default(case: Case) -> NDArray[np.float32]:
    """The same by the tables that the product's runs use, float32."""
    return table_peak(nodes(case), case.grid.latitude, case.grid.longitude, **_conventions())


def _conventions() -> dict[str, Any]:
    return {"metric": "plane", "earth_radius": RADIUS, "reach": REACH, "inflow": False}
