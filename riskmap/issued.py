"""A track as it was known at an issue time: observed up to then, forecast or simulated after it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import numpy as np
import xarray as xr

from riskmap.ensemble import simulate_forecast
from riskmap.track import complete, hold_radii, to_averaging_period, until

AVERAGING_PERIOD: Final = 120
"""Tiers test the 2-min mean [s]."""


def as_issued(
    raw: xr.Dataset, *, issued_at: datetime, hours: float, rng: np.random.Generator | None = None
) -> xr.Dataset:
    """The track as known at the issue time, with 2-min winds.

    Parameters
    ----------
    raw : Dataset (time)
        A track, with its own forecast after the issue time, or a best track.
    issued_at : datetime
        With its offset. Fixes up to it are completed from nothing later.
    hours : float
        Length of a simulated forecast [h].
    rng : Generator, optional
        What follows the issue time is the best track displaced by published error statistics
        (``riskmap.ensemble.simulate_forecast``); None = the track's own forecast.

    Raises
    ------
    CoverageError
        See ``simulate_forecast``.
    """
    known = complete(until(raw, issued_at.astimezone(UTC)))
    later = complete(raw).isel(time=slice(known.sizes["time"], None))
    track = xr.concat(
        [known, later],
        dim="time",
        data_vars="minimal",
        coords="minimal",
        join="exact",
        combine_attrs="override",
    )
    track = to_averaging_period(track, AVERAGING_PERIOD)
    if rng is None:
        return track
    track = hold_radii(track, issued_at.astimezone(UTC))
    return complete(simulate_forecast(track, issued_at=issued_at.astimezone(UTC), hours=hours, rng=rng))
