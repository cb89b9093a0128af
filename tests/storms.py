"""Storms for tests: one that stands still and one that moves."""

from __future__ import annotations

import numpy as np
import xarray as xr

from riskmap.track import complete, make_track


def still_storm(
    *,
    latitude: float = 29.0,
    longitude: float = 122.0,
    maximum_wind: float = 40.0,
    central_pressure: float = 96_000.0,
    hours: int = 72,
    start: str = "2021-07-23T00",
) -> xr.Dataset:
    """A storm that does not move or change, fixes every 6 h, 2-min mean."""
    return moving_storm(
        latitude=latitude, longitude=longitude, maximum_wind=maximum_wind, central_pressure=central_pressure,
        hours=hours, start=start, north_per_hour=0.0, west_per_hour=0.0,
    )  # fmt: skip


def moving_storm(
    *,
    latitude: float = 26.0,
    longitude: float = 124.0,
    maximum_wind: float = 40.0,
    central_pressure: float = 96_000.0,
    hours: int = 72,
    start: str = "2021-07-23T00",
    north_per_hour: float = 0.08,
    west_per_hour: float = 0.06,
) -> xr.Dataset:
    """A steady storm on a straight course, fixes every 6 h, 2-min mean."""
    lead = np.arange(0, hours + 1, 6)
    time = np.datetime64(start, "s") + lead.astype("timedelta64[h]").astype("timedelta64[s]")
    return complete(
        make_track(
            time=time,
            latitude=latitude + north_per_hour * lead,
            longitude=longitude - west_per_hour * lead,
            averaging_period=120,
            central_pressure=np.full(len(lead), central_pressure),
            maximum_wind=np.full(len(lead), maximum_wind),
            attributes={"name": "TEST"},
        )
    )


def deepening_storm() -> xr.Dataset:
    """``moving_storm`` whose pressure falls by 20 hPa in its 72 hours."""
    storm = moving_storm()
    fall = np.linspace(97_000, 95_000, storm.sizes["time"])
    return storm.assign(central_pressure=("time", fall, storm["central_pressure"].attrs))
