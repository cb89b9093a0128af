"""What a map needs of a run, kept while it runs: maxima, hazard classes, arrival, duration. Memory of a few grids."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskmap._kernels import inundation_watch as kernel
from riskmap.blocks import run_rows
from riskmap.errors import DataError
from riskmap.hazard.inundation.flow import FREE_FALL, Flow
from riskmap.within import require_within

ARRIVAL_DEPTH: Final = 0.15
"""Depth [m] at which water has arrived: the lowest depth of the inundation tiers [D]."""

SHALLOW: Final = 0.01
"""Depth [m] below which no speed is told: a film's depth is mostly rounding of the ground [D]."""

NEARLY_CRITICAL: Final = 0.9
"""Froude number from which on a cell counts as beyond the scheme: the solver holds flows at 1, so that the mean over a cell's
faces comes near it and not above [D]."""

HAZARD_LIMITS: Final = ((0.3, 0.3, 2.0), (0.6, 0.5, 2.0), (0.6, 1.2, 2.0), (1.0, 2.0, 2.0), (4.0, 4.0, 4.0))
"""Depth x speed [m2 s-1], depth [m] and speed [m s-1] of classes H1 to H5; beyond is H6.

Smith, Davey and Cox (2014), as in ADR Guideline 7-3 (2017) [S, through the project's rule book]: its table limits speed to
2 m s-1 below H5.
"""


def hazard_class(depth: ArrayLike, speed: ArrayLike) -> NDArray[np.uint8]:
    """Flood hazard class: H1 generally safe, H2 small cars, H3 children, H4 all people, H5 buildings, H6 anything.

    Parameters
    ----------
    depth : float
        Depth of the water [m], any shape.
    speed : float
        Its speed [m s-1], same shape.

    Returns
    -------
    uint8
        1 to 6; 0 where it is dry or not known.

    References
    ----------
    Smith, Davey and Cox (2014), Flood hazard, UNSW Water Research Laboratory report 2014/07.

    Examples
    --------
    >>> hazard_class([0.0, 0.2, 0.4, 1.0, 1.5, 1.0, 5.0], [0.0, 0.5, 0.5, 0.5, 0.5, 2.5, 0.1]).tolist()
    [0, 1, 2, 3, 4, 5, 6]
    """
    require_within(depth, "depth [m]", where="hazard_class")
    require_within(speed, "speed [m s-1]", where="hazard_class")
    d, v = np.broadcast_arrays(np.asarray(depth, np.float64), np.asarray(speed, np.float64))
    out = np.full(d.shape, len(HAZARD_LIMITS) + 1, np.uint8)
    for k in range(len(HAZARD_LIMITS) - 1, -1, -1):
        product, deep, fast = HAZARD_LIMITS[k]
        out[(d * v <= product) & (d <= deep) & (v <= fast)] = k + 1
    out[~((d > 0) & np.isfinite(v))] = 0
    return out


class Watch:
    """Maxima and times of a flow, (y, x): look at it now and then.

    Parameters
    ----------
    flow : Flow
    arrival_depth : float
        Depth [m] from which on water counts as arrived.
    """

    NAMES = (
        "maximum_depth", "peak_time", "maximum_speed", "maximum_depth_speed", "arrival_time", "duration",
        "hazard_class", "beyond_scheme",
    )  # fmt: skip

    def __init__(self, flow: Flow, *, arrival_depth: float = ARRIVAL_DEPTH) -> None:
        size = flow.ground.size
        kinds = {"hazard_class": np.uint8, "beyond_scheme": np.uint8}
        self._fields: tuple[NDArray[Any], ...] = tuple(
            np.zeros(size, kinds.get(name, np.float32)) for name in self.NAMES
        )
        for name in ("peak_time", "arrival_time"):
            self._fields[self.NAMES.index(name)][...] = np.nan
        self._limits = np.array(HAZARD_LIMITS, np.float32)
        self.arrival_depth, self.seen = arrival_depth, flow.time
        self.look(flow)

    def look(self, flow: Flow) -> None:
        """Raise the maxima to the state now; the time since the last look counts as wet where it is wet now."""
        numbers = np.array(
            [flow.time, flow.time - self.seen, self.arrival_depth, SHALLOW, NEARLY_CRITICAL**2 * FREE_FALL]
        )
        tiles, state = flow.tiles_awake(), flow.arrays()
        order, width = np.arange(len(tiles)), flow.ground.width

        def block(first: int, last: int) -> None:
            kernel.watch_tiles(tiles, order, first, last, width, state, numbers, self._limits, self._fields)

        run_rows(block, len(tiles), flow.workers)
        self.seen = flow.time

    def fields(self, flow: Flow) -> dict[str, NDArray[Any]]:
        """Every field (y, x): depths [m], speed [m s-1], depth x speed [m2 s-1], times [s], class; NaN or 0 without ground."""
        known, out = flow.ground.known, {}
        for name, flat in zip(self.NAMES, self._fields, strict=True):
            inner = flow.ground.inner(flat)
            outside = np.nan if flat.dtype.kind == "f" else 0
            out[name] = np.where(known, inner, inner.dtype.type(outside))
        return out

    def state(self) -> dict[str, Any]:
        """Everything that a resumed run needs: a copy."""
        kept = {f"watch_{name}": a.copy() for name, a in zip(self.NAMES, self._fields, strict=True)}
        return {**kept, "watch_seen": self.seen, "watch_arrival_depth": self.arrival_depth}

    def resume(self, state: dict[str, Any]) -> None:
        """Go back to a state.

        Raises
        ------
        DataError
            A state without maxima, or of another ground.
        """
        for name, mine in zip(self.NAMES, self._fields, strict=True):
            found = np.asarray(state.get(f"watch_{name}"))
            if found.shape != mine.shape:
                raise DataError(
                    "a state of another ground", where=f"state, watch_{name}", expected=str(mine.shape),
                    found=str(found.shape), remedy="resume with the grid of that run",
                )  # fmt: skip
            mine[...] = found
        self.seen, self.arrival_depth = float(state["watch_seen"]), float(state["watch_arrival_depth"])
