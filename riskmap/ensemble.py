"""Forecast tracks out of best tracks: what a forecaster could have issued, with errors of the published size.

A replay must not know what came later. Where no forecast of that hour is at hand, the best track is displaced
by random errors whose mean equals the official verification of the western North Pacific.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.curves import pchip
from riskmap.errors import ConfigError, CoverageError
from riskmap.regressions import (
    ATKINSON_HOLLIDAY_PERIOD,
    ENVIRONMENTAL_PRESSURE,
    LEAST_PRESSURE_DEFICIT,
    pressure_from_wind,
    radius_of_maximum_wind,
    wind_from_pressure,
)
from riskmap.sphere import displaced
from riskmap.track import check_track, instants

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class ForecastErrors:
    """Published statistics of official forecasts.

    Attributes
    ----------
    lead_hours : tuple
        Lead times [h], increasing, the first 0.
    position : tuple
        Mean great-circle error of the centre [m].
    wind : tuple
        Mean absolute error of the maximum wind [m s-1].
    wind_averaging_period : int
        Of that wind [s].
    position_source, position_status, wind_source, wind_status : str
        Where the numbers were read; S, M or D.
    """

    lead_hours: tuple[float, ...]
    position: tuple[float, ...]
    wind: tuple[float, ...]
    wind_averaging_period: int
    position_source: str
    position_status: str
    wind_source: str
    wind_status: str

    def __post_init__(self) -> None:
        leads = np.asarray(self.lead_hours)
        numbers = (*self.position, *self.wind)
        sound = len(leads) == len(self.position) == len(self.wind) > 1 and leads[0] == 0
        if (
            not sound
            or (np.diff(leads) <= 0).any()
            or min(numbers) < 0
            or self.position[0] + self.wind[0] > 0
        ):
            raise ConfigError(
                "the forecast errors do not fit together", where="ForecastErrors",
                expected="increasing lead times from 0, as many errors, none negative, none at lead 0",
                found=f"{self.lead_hours}, {self.position}, {self.wind}", remedy="correct the table",
            )  # fmt: skip

    def mean_position_error(self, lead_hours: float | Numbers) -> Numbers:
        """Mean error of the centre [m] at a lead time [h]; constant beyond the last.

        Examples
        --------
        >>> float(FORECAST_ERRORS.mean_position_error(24.0)) / 1000
        75.0
        """
        return self._at(self.position, lead_hours)

    def mean_wind_error(self, lead_hours: float | Numbers) -> Numbers:
        """Mean absolute error of the maximum wind [m s-1] at a lead time [h]; constant beyond the last."""
        return self._at(self.wind, lead_hours)

    def _at(self, values: tuple[float, ...], lead_hours: float | Numbers) -> Numbers:
        return pchip(self.lead_hours, values, np.clip(lead_hours, 0.0, self.lead_hours[-1]))


FORECAST_ERRORS: Final = ForecastErrors(
    lead_hours=(0, 24, 48, 72, 96, 120),
    position=(0, 75e3, 121e3, 197e3, 245e3, 277e3),
    wind=(0, 4.5, 6.0, 6.6, 6.6, 6.6),
    wind_averaging_period=120,
    position_source=(
        "Hong Kong Observatory, Tropical Cyclones in 2021, Table 4.12: average error of all official forecasts of "
        "the season, 7-36 N, 100-140 E (388, 296, 228, 171, 126 forecasts; In-Fa alone 53, 102, 186, 278, 381 km)"
    ),
    position_status="S",
    wind_source=(
        "Journal of Hohai University (Natural Sciences) 2013(6), 531: mean absolute error of the National "
        "Meteorological Centre in 2012 at 24, 48, 72 h (abstract); held at its 72 h value beyond (D)"
    ),
    wind_status="S",
)
"""Official forecasts of the western North Pacific in the season of In-Fa."""

ERROR_MEMORY_HOURS: Final = 48.0
"""Decorrelation time of the error in the storm's motion [h] (status D): an error lives as long as the steering
flow that causes it."""

LEAST_WIND: Final = 5.0
"""A simulated storm keeps at least this wind [m s-1] (status D)."""

MOST_WIND: Final = 100.0
"""... and at most this [m s-1] (status D): the strongest on record is 95."""

_LATTICE_HOURS: Final = 144
_MEAN_OF_DISTANCE: Final = float(np.sqrt(np.pi / 2))  # of two normal components of spread 1 (Rayleigh)
_MEAN_OF_SIZE: Final = float(np.sqrt(2 / np.pi))  # of one normal of spread 1


def simulate_forecast(
    best_track: xr.Dataset,
    *,
    issued_at: datetime,
    hours: float,
    rng: np.random.Generator,
    errors: ForecastErrors = FORECAST_ERRORS,
) -> xr.Dataset:
    """A forecast that could have been issued: the best track, displaced after the issue time.

    The error of the centre grows smoothly: its eastward and its northward part are each the time integral of
    an AR(1) error of motion, scaled so that the mean distance equals ``errors`` at every lead time. (East and
    north rather than along and across: both parts have the same spread, so that the law is the same, and a
    storm that stalls has no heading.) The error of the wind is built likewise; pressure follows the wind by
    Atkinson and Holliday (1977). Sizes are not perturbed, since no agency publishes their error; a modelled
    radius of maximum wind is modelled anew, and a wind radius that the changed wind no longer reaches is dropped.

    Parameters
    ----------
    best_track : Dataset (time)
        A track.
    issued_at : datetime
        Timezone-aware. Fixes up to then stay as they are.
    hours : float
        Length of the forecast [h], up to the last lead time of ``errors``. The first fix at or after the end
        is kept too, so that the whole time can be interpolated.
    rng : Generator
        Its seed is named in ``attrs["simulated"]``; the same seed gives the same bytes, and a shorter forecast
        is the beginning of a longer one.
    errors : ForecastErrors

    Returns
    -------
    Dataset (time)
        A track with ``forecast`` true after ``issued_at``.

    Raises
    ------
    CoverageError
        The track has no fix before, or none after, the issue time; or ``hours`` is beyond the statistics.

    References
    ----------
    See ``FORECAST_ERRORS``.

    Examples
    --------
    >>> from datetime import UTC
    >>> from riskmap.track import make_track
    >>> track = make_track(time=np.arange("2021-07-24T00", "2021-07-25T06", 6, "M8[h]").astype("M8[s]"),
    ...                    latitude=[26, 27, 28, 29, 30], longitude=[125, 124.5, 124, 123, 122],
    ...                    maximum_wind=[38, 38, 38, 38, 33], averaging_period=600)
    >>> forecast = simulate_forecast(track, issued_at=datetime(2021, 7, 24, 6, tzinfo=UTC), hours=18,
    ...                              rng=np.random.default_rng(7))
    >>> forecast["forecast"].values.tolist(), forecast.attrs["simulated"]
    ([False, False, True, True, True], 'best track + published error statistics, seed 7')
    """
    issue = instants([issued_at])[0]
    time = best_track["time"].values.astype("datetime64[s]")
    _require_span(best_track, issue, hours, errors)
    end = issue + np.timedelta64(round(hours * 3600), "s")
    kept = time <= time[min(int(np.searchsorted(time, end)), len(time) - 1)]
    track = best_track.isel(time=np.flatnonzero(kept)).copy(deep=True)
    lead = (time[kept] - issue).astype(np.float64) / 3600
    shapes = rng.standard_normal((3, _LATTICE_HOURS + 1))
    east, north, strength = (np.interp(lead, np.arange(_LATTICE_HOURS + 1), _smooth(s)) for s in shapes)
    later = lead > 0
    spread = np.where(later, errors.mean_position_error(lead) / _MEAN_OF_DISTANCE, 0.0)
    latitude, longitude = displaced(
        latitude=track["latitude"].values, longitude=track["longitude"].values,
        eastward=spread * east, northward=spread * north,
    )  # fmt: skip
    track["latitude"] = ("time", latitude, track["latitude"].attrs)
    track["longitude"] = ("time", longitude, track["longitude"].attrs)
    change = np.where(later, errors.mean_wind_error(lead) / _MEAN_OF_SIZE * strength, 0.0)
    period = int(track.attrs["averaging_period"])
    _strengthen(track, convert(change, period=errors.wind_averaging_period, to=period), later)
    track["forecast"] = ("time", track["forecast"].values | later)
    seed = getattr(getattr(rng.bit_generator, "seed_seq", None), "entropy", None)
    track.attrs["simulated"] = f"best track + published error statistics, seed {seed}"
    track.attrs["issued_at"] = f"{issue}Z"
    check_track(track, where="simulated forecast")
    return track


def _require_span(track: xr.Dataset, issue: np.datetime64, hours: float, errors: ForecastErrors) -> None:
    where = f"track {track.attrs.get('name', '')}"
    time = track["time"].values
    if not 0 < hours <= errors.lead_hours[-1]:
        raise CoverageError(
            "no forecast errors are published for that lead time", where="hours",
            expected=f"more than 0, at most {errors.lead_hours[-1]:g} h", found=f"{hours:g}", remedy="shorten the run",
        )  # fmt: skip
    if not time[0] <= issue < time[-1]:
        raise CoverageError(
            "the issue time is outside the track", where=where,
            expected=f"{time[0]} UTC or later, and before {time[-1]} UTC", found=f"{issue} UTC",
            remedy="move the issue time or read a longer track",
        )  # fmt: skip


def _smooth(noise: Numbers) -> Numbers:
    """Hourly errors of spread 1 from lead 0 on: the integral of AR(1) noise, scaled to its own spread.

    At lead 0, where nothing has been integrated yet, the first hour's value stands.
    """
    phi = np.exp(-1.0 / ERROR_MEMORY_HOURS)
    motion = np.empty_like(noise)
    motion[0] = noise[0]
    for k in range(1, len(noise)):
        motion[k] = phi * motion[k - 1] + np.sqrt(1 - phi**2) * noise[k]
    scaled = _integral(motion)[1:] / _spread_of_integral(len(noise))[1:]
    return np.concatenate([scaled[:1], scaled])


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


def _strengthen(track: xr.Dataset, change: Numbers, later: NDArray[np.bool_]) -> None:
    """Change the maximum wind, and pressure, radius of maximum wind and wind radii with it, in place."""
    period = int(track.attrs["averaging_period"])
    wind, pressure = track["maximum_wind"].values, track["central_pressure"].values
    from_pressure = convert(wind_from_pressure(pressure), period=ATKINSON_HOLLIDAY_PERIOD, to=period)
    before = np.where(np.isnan(wind), from_pressure, wind)
    after = np.clip(before + change, np.minimum(before, LEAST_WIND), np.maximum(before, MOST_WIND))

    def relation_pressure(speed: Numbers) -> Numbers:
        return pressure_from_wind(convert(speed, period=period, to=ATKINSON_HOLLIDAY_PERIOD))

    around = track["environmental_pressure"].values
    highest = np.where(np.isnan(around), ENVIRONMENTAL_PRESSURE, around) - LEAST_PRESSURE_DEFICIT
    moved = pressure + (relation_pressure(after) - relation_pressure(before))
    moved = np.minimum(moved, np.maximum(highest, pressure))
    track["maximum_wind"] = ("time", np.where(np.isnan(wind), np.nan, after), track["maximum_wind"].attrs)
    track["central_pressure"] = ("time", moved, track["central_pressure"].attrs)
    radius = track["radius_of_maximum_wind"]
    anew = later & track["radius_of_maximum_wind_modelled"].values & np.isfinite(around)
    modelled = radius_of_maximum_wind(pressure_deficit=around - moved, latitude=track["latitude"].values)
    track["radius_of_maximum_wind"] = ("time", np.where(anew, modelled, radius.values), radius.attrs)
    reach = convert(after, period=period, to=int(track["wind_radius"].attrs.get("averaging_period", period)))
    lost = (after < before)[:, None] & (reach[:, None] < track["wind_threshold"].values)
    kept = np.where(lost[:, :, None], np.nan, track["wind_radius"].values)
    track["wind_radius"] = (track["wind_radius"].dims, kept, track["wind_radius"].attrs)
