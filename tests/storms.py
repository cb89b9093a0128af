"""Storms for tests: one that stands still and one that moves."""

from __future__ import annotations

from typing import Any

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


NAN = float("nan")


def fitted_storm(
    radii: Any,
    *,
    sign: int = 1,
    wind: Any = 42.0,
    north: float = 0.08,
    west: float = 0.06,
    period: int = 120,
    radii_period: int | None = None,
    thresholds: tuple[float, ...] | None = None,
) -> xr.Dataset:
    """A steady storm with quadrant radii [m], (3, 4) or (time, 3, 4), 6-hourly for 72 h.

    ``sign`` -1 is its mirror image in the southern hemisphere: north and south change places, in the radii too.
    """
    lead = np.arange(0, 73, 6)
    time = np.datetime64("2021-07-23T00", "s") + lead.astype("timedelta64[h]").astype("timedelta64[s]")
    table = np.broadcast_to(np.asarray(radii, float), (len(lead), 3, 4))
    track = complete(
        make_track(
            time=time, latitude=sign * (26.0 + north * (lead - 36)), longitude=124.0 - west * (lead - 36),
            averaging_period=period, maximum_wind=np.full(len(lead), wind), central_pressure=[96e3] * len(lead),
            environmental_pressure=[101e3] * len(lead), wind_threshold=thresholds,
            wind_radius=table if sign > 0 else table[:, :, [1, 0, 3, 2]],
        )
    )  # fmt: skip
    if radii_period is not None:
        track["wind_radius"].attrs["averaging_period"] = radii_period
    return track


def short_track(
    *,
    north: float,
    east: float,
    core: float = 40e3,
    wind: float = 40.0,
    start: str = "2021-07-24T00",
    end: str = "2021-07-25T00",
) -> xr.Dataset:
    """Two fixes, a steady storm on a straight course [degrees an hour] that is at 29N 122E at noon on 24 July 2021."""
    time = np.array([start, end], "M8[s]")
    hours = (time - np.datetime64("2021-07-24T12", "s")) / np.timedelta64(3600, "s")
    return complete(
        make_track(
            time=time, latitude=29.0 + north * hours, longitude=122.0 + east * hours, averaging_period=120,
            central_pressure=[96e3] * 2, maximum_wind=[wind] * 2, radius_of_maximum_wind=[core] * 2,
        )
    )  # fmt: skip
