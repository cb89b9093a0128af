"""The soil's water through one analysis, gone on with from the cycle before.

Two times matter. **Now**: the tanks that slopes are judged by, and that the next cycle goes on from. **A day before**: how wet the
ground was before the rain that thresholds look at; rain of that day must not count twice. Both stand in a state, so that
one file is enough to go on from, and both are let in the same rain as in a run that never stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import DataError
from riskmap.grid import Grid
from riskmap.hazard.rain import WINDOWS
from riskmap.hazard.runoff.soil_water import STATE_VARIABLES, SoilTanks, soil_state, soil_water_step, tanks_of

DAY: Final = max(WINDOWS)
"""Hours of rain before the issue time that the thresholds look back on."""

BEFORE: Final = tuple(f"{name}_day_before" for name in STATE_VARIABLES)
"""Names of the tanks of a day before in a state's Dataset."""


@dataclass(frozen=True, eq=False)
class SoilStart:
    """Where a run goes on from; nothing here is changed by it.

    Attributes
    ----------
    time : datetime64
        UTC instant up to which rain was let in.
    gap : int
        Hours from it to the issue time.
    state : Dataset (y, x)
        See ``SoilWatch.state``.
    """

    time: np.datetime64
    gap: int
    state: xr.Dataset

    def tanks(self) -> tuple[SoilTanks, SoilTanks]:
        """Copies of the tanks at ``time``, and of those a day before it.

        Raises
        ------
        CoverageError
            Made by another method or with other constants.
        DataError
            The tanks of a day before are missing.
        """
        missing = [name for name in BEFORE if name not in self.state]
        if missing:
            raise DataError(
                "a soil state without the day before", where="soil state", expected=", ".join(BEFORE),
                found=f"no {missing[0]}", remedy="give the state that a cycle wrote",
            )  # fmt: skip
        return tanks_of(self.state), SoilTanks(
            *(np.array(self.state[name].values, np.float32) for name in BEFORE)
        )


class SoilWatch:
    """Soil tanks while the hours of rain stream by.

    Parameters
    ----------
    start : SoilStart or None
        None: the tanks begin a day before the issue time, filled evenly.
    shape : (int, int)
    depth : (float, float, float)
        Depths [mm] of tanks that begin anew.
    """

    def __init__(
        self, start: SoilStart | None, shape: tuple[int, int], *, depth: tuple[float, float, float]
    ) -> None:
        self._gap = 0 if start is None else start.gap
        self._first = 0 if start is None else DAY  # hours before are in the state already
        if start is None:
            self._now, self._before = (SoilTanks.filled(shape, depth=depth) for _ in range(2))
        else:
            self._now, self._before = start.tanks()

    def hour(self, n: int, fallen: NDArray[np.float32]) -> None:
        """Let in the rain of hour ``n`` of the run [mm], (y, x)."""
        if n < self._gap:
            soil_water_step(self._before, fallen)
        if n >= self._first:
            soil_water_step(self._now, fallen)

    @property
    def index(self) -> NDArray[np.floating]:
        """Soil-water index after the last hour [mm], (y, x)."""
        return self._now.index

    @property
    def index_before(self) -> NDArray[np.floating]:
        """Soil-water index a day before the issue time [mm], (y, x): once the hours until then have come."""
        return self._before.index

    def state(self, grid: Grid, time: np.datetime64) -> xr.Dataset:
        """A copy of both tanks as a state, to be saved by ``riskmap.io.soil_cycle``.

        Parameters
        ----------
        grid : Grid
        time : datetime64
            Issue time, UTC: to be called after its hour.
        """
        axes = {name: grid.coordinates[name] for name in ("y", "x")}
        now = soil_state(self._now, axes, time)
        earlier = dict(zip(BEFORE, soil_state(self._before, axes, time).data_vars.values(), strict=True))
        return now.assign({name: v.assign_attrs(units="mm") for name, v in earlier.items()}).copy(deep=True)
