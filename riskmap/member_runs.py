"""Members of an ensemble run and counted: in threads of this machine, or on a Dask cluster where one is in force.

Counts are sums of whole numbers, so that neither the order of the members nor their grouping changes a bit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import local
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.blocks import threads
from riskmap.cluster import in_force, spread
from riskmap.errors import CoverageError, RiskmapError, SourceError
from riskmap.grid import Grid
from riskmap.hazard.wind import require_near
from riskmap.ledger import Tell
from riskmap.members import Ensemble, centres, ready
from riskmap.tally import MemberState, NeededWind, WindProbability
from riskmap.zonal import ZonalWeights

PATH_STEP: Final = 600
"""A centre is looked at every so many seconds (status D): at 20 m/s the circles of 120 km miss 0.2 km between two."""

Peaks = Callable[[xr.Dataset, Grid, NDArray[Any]], Iterator[NDArray[np.float32]]]
"""(track, grid, hours) -> for each hour the peak wind over open water [m s-1], float32 (y, x)."""

Ran = tuple[Exception | None, bool]
"""Why a member failed, if it did; whether it comes near the grid."""


@dataclass(frozen=True, eq=False)
class MemberRuns:
    """How the members of an ensemble are run and counted.

    Attributes
    ----------
    grid : Grid
    window : datetime64 (time,)
        Consecutive hours, UTC.
    needed : NeededWind
    weights : ZonalWeights or None
    share : float
        See ``WindProbability``.
    period : int
        Averaging period to which members are converted [s].
    peaks : callable
        The wind model.
    ends : str
        See ``Ensemble``.
    """

    grid: Grid
    window: NDArray[Any]
    needed: NeededWind
    weights: ZonalWeights | None
    share: float
    period: int
    peaks: Peaks
    ends: str

    def count(self, ensemble: Ensemble, tell: Tell) -> tuple[WindProbability, dict[str, Exception], int]:
        """Run every member; gives the counts, the members that failed, and how many never come near the grid.

        A cluster that is lost on the way costs time, not the counts: they are made here.
        """
        client = in_force()
        if client is not None:
            tally = self._room()
            try:
                return self._gathered(ensemble, tell, self._on(client, ensemble.members, tally), tally)
            except SourceError as problem:
                logging.getLogger("riskmap").warning("members are run here instead: %s", problem)
        tally = self._room()
        ran = ({n: one} for n, one in enumerate(self._here(tally, ensemble.members)))
        return self._gathered(ensemble, tell, ran, tally)

    def _gathered(
        self, ensemble: Ensemble, tell: Tell, pieces: Iterator[dict[int, Ran]], tally: WindProbability
    ) -> tuple[WindProbability, dict[str, Exception], int]:
        ran: dict[int, Ran] = {}
        for piece in pieces:
            ran |= piece
            tell("members", len(ran) / len(ensemble.members))
        missing = {ensemble.labels[n]: error for n, (error, _) in sorted(ran.items()) if error is not None}
        return tally, missing, sum(not near for _, near in ran.values())

    def _on(
        self, client: Any, members: Sequence[xr.Dataset], tally: WindProbability
    ) -> Iterator[dict[int, Ran]]:
        """On the cluster, piece by piece."""
        for counted, ran in spread(client, MemberRuns._there, self, [*enumerate(members)]):
            tally.take_in(counted)
            yield ran

    def _room(self) -> WindProbability:
        return WindProbability(
            self.grid, len(self.window), self.needed, weights=self.weights, share=self.share
        )

    def _there(self, piece: Sequence[tuple[int, xr.Dataset]]) -> tuple[dict[str, Any], dict[int, Ran]]:
        """A piece of the members, on a worker."""
        tally = self._room()
        ran = self._here(tally, [member for _, member in piece])
        found = {n: one for (n, _), one in zip(piece, ran, strict=True)}
        return tally.counted(), found

    def _here(self, tally: WindProbability, members: Sequence[xr.Dataset]) -> Iterator[Ran]:
        """A few at a time: while one is in a kernel, another prepares its storm."""
        rooms = local()

        def one(member: xr.Dataset) -> Ran:
            try:
                require_near(member, self.grid)
                near = True
            except CoverageError:
                near = False
            try:
                rooms.state = tally.start_member(getattr(rooms, "state", None))
                self._run(ready(member, averaging_period=self.period), rooms.state, tally, near=near)
            except (
                RiskmapError,
                ArithmeticError,
                ValueError,
            ) as error:  # one bad member never stops the others
                return error, near
            return None, near

        with ThreadPoolExecutor(threads(), thread_name_prefix="riskmap-member") as pool:
            yield from pool.map(one, members)

    def _run(self, track: xr.Dataset, state: MemberState, tally: WindProbability, *, near: bool) -> None:
        """Count one member; what comes after its storm has died is calm."""
        lived = self.window
        if self.ends == "dissipated":
            lived = lived[lived <= track["time"].values[-1]]
        if len(lived):
            path = np.arange(lived[0], lived[-1] + np.timedelta64(1, "s"), np.timedelta64(PATH_STEP, "s"))
            tally.add_path(state, *centres(track, path))
            if near:
                for hour, peak in enumerate(self.peaks(track, self.grid, lived)):
                    tally.add_hour(state, hour, peak)
        tally.finish_member(state)
