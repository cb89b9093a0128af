"""Simulated forecasts and made members: tracks displaced by random errors of the published size.

A replay must not know what came later. Where no forecast of that hour is at hand, the best track is displaced
by random errors whose mean equals the official verification of the western North Pacific. The same errors around
one forecast make the members of an ensemble.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.averaging import convert
from riskmap.curves import pchip
from riskmap.errors import ConfigError, CoverageError
from riskmap.landfall import LandTest, hours_inland, land_factor
from riskmap.members import Ensemble
from riskmap.perturbation import LATTICE_HOURS, changed_strength, known_wind, smooth_errors
from riskmap.perturbation import LEAST_WIND as LEAST_WIND
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
    _require_span(best_track, issue, hours, errors)
    track, lead = _from_issue(best_track, issue, hours)
    drawn = _drawn(track, lead, rng.standard_normal((3, LATTICE_HOURS + 1)), errors)
    later = lead > 0
    strength = changed_strength(track, drawn.wind_change, later=later, latitude=drawn.latitude)
    moved = {"latitude": drawn.latitude, "longitude": drawn.longitude, **vars(strength)}
    moved["forecast"] = track["forecast"].values | later
    # all in one: each assignment alone aligns the whole track anew
    track = track.assign(
        {name: (track[name].dims, values, track[name].attrs) for name, values in moved.items()}
    )
    seed = getattr(getattr(rng.bit_generator, "seed_seq", None), "entropy", None)
    track.attrs["simulated"] = f"best track + published error statistics, seed {seed}"
    track.attrs["issued_at"] = f"{issue}Z"
    check_track(track, where="simulated forecast")
    return track


def make_members(
    track: xr.Dataset,
    *,
    issued_at: datetime,
    hours: float,
    count: int,
    seed: int,
    errors: ForecastErrors = FORECAST_ERRORS,
    land: LandTest | None = None,
) -> Ensemble:
    """Members made from one track: as far apart as official forecasts are wrong. Not a model's ensemble.

    Each member has errors as in ``simulate_forecast``: mean distance from ``track`` and mean absolute difference in
    wind equal the statistics at every lead time. Around a forecast they say where the storm may be, if that
    forecast is as good as the season's; around a best track they know the truth. The statistics are a season's
    average: nothing tells an easy day from a hard one.

    Parameters
    ----------
    track : Dataset (time)
        A bulletin's forecast with its analysed fixes, or a best track.
    issued_at : datetime
        Timezone-aware. Fixes up to then are the same in all members.
    hours : float
        Length of the forecast [h].
    count : int
        Members. The first of many are the same as the first of few.
    seed : int
        The same seed gives the same members.
    errors : ForecastErrors
    land : callable, optional
        Tells where the centre is over the mainland: ``riskmap.inland.land_test`` with ``LEAST_MAINLAND``. With it a member's wind
        follows its own hours inland (``riskmap.landfall.land_factor``), so that its mean difference in wind is no
        longer that of ``errors`` where its landfall is not that of ``track``. Without it a member has
        the strength of ``track`` wherever it goes: too weak at sea, too strong inland.

    Raises
    ------
    ConfigError
        Fewer than one member.
    CoverageError
        As ``simulate_forecast``.

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
    >>> made = make_members(track, issued_at=datetime(2021, 7, 24, 6, tzinfo=UTC), hours=18, count=50, seed=7)
    >>> made.size, made.made, made.members[49].attrs["simulated"]
    (50, True, 'published error statistics, seed 7, member 50')
    """
    if count < 1:
        raise ConfigError(
            "an ensemble without members", where="count", expected="1 or more", found=str(count),
            remedy="ask for 20 or more",
        )  # fmt: skip
    issue = instants([issued_at])[0]
    _require_span(track, issue, hours, errors)
    base, lead = _from_issue(track, issue, hours)
    noise = np.random.default_rng(seed).standard_normal((count, 3, LATTICE_HOURS + 1))
    drawn = _drawn(base, lead, noise, errors)
    later = lead > 0
    change = drawn.wind_change + (_land_change(base, drawn, lead, land) if land is not None else 0.0)
    strength = changed_strength(base, change, later=later, latitude=drawn.latitude)
    fields = {"latitude": drawn.latitude, "longitude": drawn.longitude, **vars(strength)}
    common = {name: v.variable for name, v in base.data_vars.items() if name not in fields}
    common["forecast"] = xr.Variable("time", base["forecast"].values | later)
    shapes = {name: (base[name].dims, base[name].attrs) for name in fields}
    attrs = base.attrs | {"issued_at": f"{issue}Z"}
    members = []
    for n in range(count):
        own = {name: xr.Variable(dims, fields[name][n], kept) for name, (dims, kept) in shapes.items()}
        words = {"simulated": f"published error statistics, seed {seed}, member {n + 1}"}
        members.append(xr.Dataset(common | own, coords=base.coords, attrs=attrs | words))
        check_track(members[-1], where=f"made member {n + 1}")
    name = " ".join(filter(None, (base.attrs.get("agency", ""), base.attrs.get("name", "")))) or "a track"
    return Ensemble(
        tuple(members), tuple(str(n + 1) for n in range(count)), made=True,
        source=f"made from {name} by published error statistics, seed {seed}", issued_at=issued_at,
    )  # fmt: skip


def _land_change(base: xr.Dataset, drawn: _Drawn, lead: Numbers, land: LandTest) -> Numbers:
    """What the members' own hours inland change in their wind [m s-1], shape (member, time)."""
    seconds = lead * 3600.0
    places = np.concatenate([base["latitude"].values[None], drawn.latitude])
    lines = np.unwrap(np.concatenate([base["longitude"].values[None], drawn.longitude]), period=360.0)
    spent = hours_inland(seconds, latitude=places, longitude=lines, land=land)
    # a stay over land that the storm has behind it at the issue time is in its wind already
    spent = spent - _behind(seconds, spent[0])
    wind = known_wind(base)
    factor = land_factor(wind, spent[0], spent[1:], period=int(base.attrs["averaging_period"]))
    return np.where(lead > 0, wind * (factor - 1.0), 0.0)


def _behind(seconds: Numbers, inland: Numbers) -> Numbers:
    """Hours inland before the stay in which the issue time falls; the same for every member, shape (time,)."""
    before = int(np.searchsorted(seconds, 0.0, side="right")) - 1
    grows = np.diff(inland[: before + 1]) > 0
    since = before - int(np.argmin(grows[::-1])) if grows.size and not grows.all() else 0
    start = np.where(np.arange(len(inland)) < since, inland, inland[since])
    return np.asarray(start)


def _from_issue(best_track: xr.Dataset, issue: np.datetime64, hours: float) -> tuple[xr.Dataset, Numbers]:
    """A copy of the track up to the first fix at or after the end, and the lead time of its fixes [h]."""
    time = best_track["time"].values.astype("datetime64[s]")
    end = issue + np.timedelta64(round(hours * 3600), "s")
    kept = time <= time[min(int(np.searchsorted(time, end)), len(time) - 1)]
    lead = (time[kept] - issue).astype(np.float64) / 3600
    return best_track.isel(time=np.flatnonzero(kept)).copy(deep=True), lead


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Places [degrees] and changes of the wind [m s-1] of one or many simulated storms, shape (..., time)."""

    latitude: Numbers
    longitude: Numbers
    wind_change: Numbers


def _drawn(track: xr.Dataset, lead: Numbers, noise: Numbers, errors: ForecastErrors) -> _Drawn:
    """Errors of the published size out of noise of shape (..., 3, hour): east, north, strength."""
    shapes = smooth_errors(noise)
    lattice = np.arange(shapes.shape[-1])
    at = np.clip(np.searchsorted(lattice, lead, side="right") - 1, 0, len(lattice) - 2)
    part = np.clip(lead - at, 0.0, 1.0)
    east, north, strength = np.moveaxis(
        shapes[..., at] + part * (shapes[..., at + 1] - shapes[..., at]), -2, 0
    )
    later = lead > 0
    spread = np.where(later, errors.mean_position_error(lead) / _MEAN_OF_DISTANCE, 0.0)
    latitude, longitude = displaced(
        latitude=track["latitude"].values, longitude=track["longitude"].values,
        eastward=spread * east, northward=spread * north,
    )  # fmt: skip
    longitude = np.where(longitude < -180.0, longitude + 360.0, longitude)
    change = np.where(later, errors.mean_wind_error(lead) / _MEAN_OF_SIZE * strength, 0.0)
    period = int(track.attrs["averaging_period"])
    return _Drawn(latitude, longitude, convert(change, period=errors.wind_averaging_period, to=period))


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
