"""In-Fa as the demo has it, on the province's box: what the engine's claims are measured on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.grid import Grid
from riskmap.io.bundled import bundled
from riskmap.io.rasters import read_relief
from riskmap.io.tracks import read_track
from riskmap.track import complete, to_averaging_period

ISSUED = datetime(2021, 7, 24, 4, 30, tzinfo=UTC)
HOURS = 48
PERIOD = 120


@dataclass(frozen=True, eq=False)
class Storm:
    """``track`` complete, 2-min mean; ``hours`` issue time and every hour after it, ``altitude`` NaN at sea."""

    track: xr.Dataset
    grid: Grid
    hours: NDArray[np.datetime64]
    altitude: NDArray[np.float32]

    @property
    def land(self) -> NDArray[np.bool_]:
        return np.isfinite(self.altitude)


def in_fa(step: float = 0.02) -> Storm:
    """The best track of Tokyo, and the 48 hours from a day before the landfall.

    Parameters
    ----------
    step : float
        Cell size [degrees].
    """
    track = read_track(bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), format="jma", storm="2106")
    grid = Grid.from_bounds(west=117.5, south=27.0, east=123.5, north=31.5, step=step)
    issue = np.datetime64(int(ISSUED.timestamp()), "s")
    hours = issue + (np.arange(HOURS + 1) * 3600).astype("timedelta64[s]")
    relief = read_relief(bundled("relief/zhejiang_srtm30_land_1-48deg.tif"), grid)
    return Storm(to_averaging_period(complete(track), PERIOD), grid, hours, relief.values)
