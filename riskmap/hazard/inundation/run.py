"""A whole run: rain by the hour, looks at the water, checkpoints, progress, and an honest end."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskmap.errors import DataError
from riskmap.hazard.inundation.flow import Flow
from riskmap.hazard.inundation.guard import InstabilityError
from riskmap.hazard.inundation.ledger import Ledger
from riskmap.hazard.inundation.watch import ARRIVAL_DEPTH, Watch

LOOK_EVERY: Final = 60.0
"""Seconds between two looks at the maxima: a flood on cells of tens of metres moves in minutes [D]."""

CHECKPOINT_EVERY: Final = 3600.0
"""Seconds of the run between two checkpoints [D]."""


@dataclass(frozen=True)
class Rain:
    """Rain rates that hold from one time to the next, the last one to the end.

    Attributes
    ----------
    times : sequence of float
        When each rate starts [s from the start of the run]; dry before the first.
    rate : callable
        From the number of an interval to its rate [m s-1], one number or (y, x): grids come when they are needed.
    """

    times: tuple[float, ...]
    rate: Callable[[int], ArrayLike]

    def __post_init__(self) -> None:
        if len(self.times) == 0 or not np.isfinite(self.times).all():
            raise DataError(
                "rain without times", where="rain", expected="a time for each field", found=str(self.times[:3]),
                remedy="check how the times were read",
            )  # fmt: skip
        if any(b <= a for a, b in pairwise(self.times)):
            raise DataError("times do not rise", where="rain", expected="each later than the one before")


@dataclass(frozen=True, eq=False)
class Progress:
    """Where a run stands: time [s] of the run and of its end, steps so far, last step [s], greatest depth [m], share of
    tiles awake."""

    time: float
    until: float
    steps: int
    step: float
    deepest: float
    awake: float


@dataclass(frozen=True, eq=False)
class Result:
    """What a run leaves: fields (y, x) as ``Watch.fields`` names them, the water ledger, and how often the scheme was
    taken beyond its limits."""

    fields: dict[str, NDArray[Any]]
    depth: NDArray[np.float64]
    ledger: Ledger
    steps: int
    cells_beyond: int


def run(
    flow: Flow,
    until: float,
    *,
    rain: Rain | float | None = None,
    watch: Watch | None = None,
    look_every: float = LOOK_EVERY,
    arrival_depth: float = ARRIVAL_DEPTH,
    checkpoint: Callable[[dict[str, Any]], None] | None = None,
    checkpoint_every: float = CHECKPOINT_EVERY,
    progress: Callable[[Progress], None] | None = None,
) -> Result:
    """Run a flow up to a time.

    Looks and checkpoints come after the first step beyond their time, so that they do not change the steps: a run that
    is resumed from a checkpoint has the same bits as one that was not stopped.

    Parameters
    ----------
    flow : Flow
    until : float
        End [s from the start of the run].
    rain : Rain or float, optional
        One number is a rate [m s-1] for all cells and the whole run.
    watch : Watch, optional
        Of the same flow, to go on with.
    look_every : float
        Seconds between looks at the maxima; 0: after each step.
    arrival_depth : float
        Depth [m] from which on water counts as arrived.
    checkpoint : callable, optional
        Gets the state, now and then and at the end. A run that goes unstable before the first one hands out the state at
        its start.
    checkpoint_every : float
        Seconds of the run between checkpoints.
    progress : callable, optional
        Gets a ``Progress`` with each look.

    Raises
    ------
    InstabilityError
        Names the place and the time, and carries the last good state where checkpoints are asked for.
    DataError
        An end before the flow's time.

    Examples
    --------
    >>> from riskmap.hazard.inundation import Flow, make_ground, run
    >>> flow = Flow(make_ground([[1.0, 0.0, 1.0]], dx=10.0, dy=10.0, manning=0.03))
    >>> result = run(flow, 3600.0, rain=50e-3 / 3600)
    >>> result.depth.sum().round(4), abs(result.ledger.error) < 1e-6
    (np.float64(0.15), True)
    """
    if not (np.isfinite(until) and until >= flow.time):
        raise DataError(
            "a run that ends before it starts, or never", where="end of the run", expected=f"not before {flow.time:g} s",
            found=f"{until:g} s", remedy="check the hours; a checkpoint of a longer run is of no use here",
        )  # fmt: skip
    watch = watch or Watch(flow, arrival_depth=arrival_depth)
    times = rain.times if isinstance(rain, Rain) else ()
    if not isinstance(rain, Rain):
        flow.set_rain(0.0 if rain is None else rain)
    interval = -2
    saved = flow.time
    good = None if checkpoint is None else {**flow.state(), **watch.state()}
    while flow.time < until:
        if isinstance(rain, Rain):
            here = bisect_right(times, flow.time) - 1
            if here != interval:
                flow.set_rain(rain.rate(here) if here >= 0 else 0.0)
                interval = here
        end = min(until, next((t for t in times if t > flow.time), until))
        step = _step(flow, end, good)
        if flow.time - watch.seen >= look_every or flow.time >= until:
            watch.look(flow)
            if progress is not None:
                progress(Progress(flow.time, until, flow.steps, step, flow.deepest, flow.awake))
        if checkpoint is not None and (flow.time - saved >= checkpoint_every or flow.time >= until):
            saved = flow.time
            flow.audit()
            good = None  # never two of them
            good = {**flow.state(), **watch.state()}
            checkpoint(good)
    fields = watch.fields(flow)
    return Result(fields, flow.depth, flow.audit(), flow.steps, int(fields["beyond_scheme"].sum()))


def _step(flow: Flow, end: float, good: dict[str, Any] | None) -> float:
    """One step, up to ``end`` exactly; an unstable one hands out the last good state."""
    try:
        left = end - flow.time
        step = flow.step(most=left)
    except InstabilityError as error:
        error.checkpoint = good
        raise
    if step >= left * (1.0 - 1e-6):
        flow.time = end  # the step was rounded to single precision
    return step
