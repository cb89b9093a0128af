"""Errors of a forecast as arrays: their shape in time, and what a changed wind does to a storm's other numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.regressions import (
    ATKINSON_HOLLIDAY_PERIOD,
    ENVIRONMENTAL_PRESSURE,
    LEAST_PRESSURE_DEFICIT,
    pressure_from_wind,
    radius_of_maximum_wind,
    wind_from_pressure,
)

Numbers = NDArray[np.float64]

ERROR_MEMORY_HOURS: Final = 48.0
"""Decorrelation time of the error in the storm's motion [h] (status D): an error lives as long as the steering
flow that causes it."""

LEAST_WIND: Final = 5.0
"""A simulated storm keeps at least this wind [m s-1] (status D)."""

MOST_WIND: Final = 100.0
"""... and at most this [m s-1] (status D): the strongest on record is 95."""

LATTICE_HOURS: Final = 144
"""Errors are drawn hourly up to this lead time [h]."""


def smooth_errors(noise: Numbers) -> Numbers:
    """Hourly errors of spread 1 from lead 0 on: the integral of AR(1) noise, scaled to its own spread.

    At lead 0, where nothing has been integrated yet, the first hour's value stands.

    Parameters
    ----------
    noise : array (..., hour)
        Independent standard normal numbers.

    Returns
    -------
    array (..., hour)

    Examples
    --------
    >>> smooth_errors(np.ones((2, 4))).shape
    (2, 4)
    """
    phi = np.exp(-1.0 / ERROR_MEMORY_HOURS)
    motion = np.empty_like(noise)
    motion[..., 0] = noise[..., 0]
    for k in range(1, noise.shape[-1]):
        motion[..., k] = phi * motion[..., k - 1] + np.sqrt(1 - phi**2) * noise[..., k]
    scaled = _integral(motion)[..., 1:] / _spread_of_integral(noise.shape[-1])[1:]
    return np.concatenate([scaled[..., :1], scaled], axis=-1)


@cache
def _spread_of_integral(n: int) -> Numbers:
    """Spread of the integral of AR(1) noise at each step, from its covariance: exact on this lattice."""
    steps = np.arange(n)
    covariance = np.exp(-np.abs(steps[:, None] - steps[None, :]) / ERROR_MEMORY_HOURS)
    return np.asarray(np.sqrt(np.diag(_integral(_integral(covariance).T))))


def _integral(values: Numbers) -> Numbers:
    """Cumulative trapezoid along the last axis, from 0."""
    steps = (values[..., 1:] + values[..., :-1]) / 2
    return np.concatenate([np.zeros((*values.shape[:-1], 1)), np.cumsum(steps, axis=-1)], axis=-1)


@dataclass(frozen=True, eq=False)
class Strength:
    """What changes with a storm's wind, each (..., time): [m s-1], [Pa], [m] and radii (..., time, force, quadrant)."""

    maximum_wind: Numbers
    central_pressure: Numbers
    radius_of_maximum_wind: Numbers
    wind_radius: Numbers


def known_wind(track: xr.Dataset) -> Numbers:
    """The maximum wind of a track [m s-1], by the pressure where none was reported, shape (time,).

    References
    ----------
    Atkinson and Holliday (1977), MWR 105, 421.
    """
    wind = track["maximum_wind"].values
    usual = wind_from_pressure(track["central_pressure"].values)
    by_pressure = convert(usual, period=ATKINSON_HOLLIDAY_PERIOD, to=int(track.attrs["averaging_period"]))
    return np.where(np.isnan(wind), by_pressure, wind)


def changed_strength(
    track: xr.Dataset, change: Numbers, *, later: NDArray[np.bool_], latitude: Numbers
) -> Strength:
    """The strength of a storm after a change of its wind.

    Pressure follows the wind by Atkinson and Holliday (1977); a modelled radius of maximum wind is modelled anew,
    and a wind radius that the changed wind no longer reaches is dropped.

    Parameters
    ----------
    track : Dataset (time)
    change : array (..., time)
        [m s-1], in the averaging period of the track.
    later : bool array (time,)
        After the issue time.
    latitude : array (..., time)
        Of the changed storm [degrees].

    Returns
    -------
    Strength
        An unknown wind stays unknown; its pressure moves.
    """
    period = int(track.attrs["averaging_period"])
    wind, pressure = track["maximum_wind"].values, track["central_pressure"].values
    before = known_wind(track)
    after = np.clip(before + change, np.minimum(before, LEAST_WIND), np.maximum(before, MOST_WIND))

    def relation_pressure(speed: Numbers) -> Numbers:
        return pressure_from_wind(convert(speed, period=period, to=ATKINSON_HOLLIDAY_PERIOD))

    around = track["environmental_pressure"].values
    highest = np.where(np.isnan(around), ENVIRONMENTAL_PRESSURE, around) - LEAST_PRESSURE_DEFICIT
    moved = pressure + (relation_pressure(after) - relation_pressure(before))
    moved = np.minimum(moved, np.maximum(highest, pressure))
    anew = later & track["radius_of_maximum_wind_modelled"].values & np.isfinite(around)
    modelled = radius_of_maximum_wind(pressure_deficit=around - moved, latitude=latitude)
    reach = convert(after, period=period, to=int(track["wind_radius"].attrs.get("averaging_period", period)))
    lost = (after < before)[..., None] & (reach[..., None] < track["wind_threshold"].values)
    return Strength(
        maximum_wind=np.where(np.isnan(wind), np.nan, after),
        central_pressure=moved,
        radius_of_maximum_wind=np.where(anew, modelled, track["radius_of_maximum_wind"].values),
        wind_radius=np.where(lost[..., None], np.nan, track["wind_radius"].values),
    )
