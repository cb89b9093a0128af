"""One track of a storm against another: where they put its centre, how strong and how deep they say that it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import CoverageError
from riskmap.sphere import distance
from riskmap.track import interpolate, to_averaging_period

Numbers = NDArray[np.float64]

SAME_STORM: Final = 500e3
"""Tracks that never come so near to each other [m] are of two storms (status D)."""


@dataclass(frozen=True)
class Differences:
    """Track minus reference.

    Attributes
    ----------
    count : int
        Instants at which both report the quantity.
    bias, mean_absolute_error, largest : float
        In the unit of the quantity; NaN where ``count`` is 0. ``largest`` is that of the absolute values.
    """

    count: int
    bias: float
    mean_absolute_error: float
    largest: float


@dataclass(frozen=True)
class TrackScore:
    """How far a track is from a reference.

    Attributes
    ----------
    first, last : numpy.datetime64
        First and last instant that was compared, UTC.
    position : Differences
        Great-circle distance [m]; its bias is its mean.
    along, across : Differences
        The distance along the reference's motion [m] (ahead is positive) and across it (to the right is
        positive), at instants at which the reference moves.
    maximum_wind : Differences
        [m s-1], both in ``averaging_period``.
    central_pressure : Differences
        [Pa]
    averaging_period : int
        That of the reference [s].
    """

    first: np.datetime64
    last: np.datetime64
    position: Differences
    along: Differences
    across: Differences
    maximum_wind: Differences
    central_pressure: Differences
    averaging_period: int


def verify_track(track: xr.Dataset, against: xr.Dataset) -> TrackScore:
    """Compare the analysed fixes of a track with a reference, at the times of the track.

    The reference is interpolated to those times (see ``riskmap.track.interpolate``). Wind and pressure are compared
    where they were reported, never where a regression filled them; a reported value between two fixes of the
    reference counts only if both are reported.

    Parameters
    ----------
    track, against : Dataset (time)
        Two tracks of one storm; ``maximum_wind`` [m s-1] of ``track`` is brought to the averaging period of
        ``against`` [s].

    Raises
    ------
    CoverageError
        The tracks share no time, or are never within ``SAME_STORM`` of each other.

    Examples
    --------
    >>> from riskmap.io.bundled import bundled
    >>> from riskmap.io.tracks import read_track
    >>> jma = read_track(bundled("tracks/jma_bst_zhejiang_2015_2021.txt"), format="jma", storm="2106")
    >>> usa = read_track(bundled("tracks/ibtracs_zhejiang_usa.csv"), format="ibtracs", agency="USA", storm="IN-FA 2021")
    >>> score = verify_track(jma, usa)
    >>> score.averaging_period, round(score.position.bias / 1000)
    (60, 30)
    """
    times = track["time"].values[~track["forecast"].values]
    observed = against["time"].values[~against["forecast"].values]
    if observed.size:
        times = times[(times >= observed[0]) & (times <= observed[-1])]
    if not (times.size and observed.size):
        raise CoverageError(
            "the two tracks share no time", where=f"track {track.attrs.get('name', '')}".strip(),
            expected="analysed fixes of one within the time of the other",
            found=f"{_span(track)} and {_span(against)}", remedy="check that both are the same storm of the same year",
        )  # fmt: skip
    period = int(against.attrs["averaging_period"])
    ours = to_averaging_period(track, period).sel(time=times)
    theirs = interpolate(against, times)
    place = {n: ours[n].values for n in ("latitude", "longitude")}
    apart = distance(**place, to_latitude=theirs["latitude"].values, to_longitude=theirs["longitude"].values)
    if apart.min() > SAME_STORM:
        raise CoverageError(
            "these are two storms", where=f"track {track.attrs.get('name', '')}".strip(),
            expected=f"centres within {SAME_STORM / 1e3:.0f} km at one time or more",
            found=f"{apart.min() / 1e3:.0f} km at the nearest", remedy="give the other track's identifier of the storm",
        )  # fmt: skip
    along, across = _components(place, theirs, apart)
    return TrackScore(
        times[0], times[-1], _differences(apart), _differences(along), _differences(across),
        _differences(_reported(ours, "maximum_wind") - _reported(theirs, "maximum_wind")),
        _differences(_reported(ours, "central_pressure") - _reported(theirs, "central_pressure")),
        period,
    )  # fmt: skip


def _span(track: xr.Dataset) -> str:
    time = track["time"].values
    return f"{time[0]} to {time[-1]} UTC"


def _reported(track: xr.Dataset, name: str) -> Numbers:
    return np.where(track[f"{name}_modelled"].values, np.nan, track[name].values)


def _components(place: dict[str, Numbers], theirs: xr.Dataset, apart: Numbers) -> tuple[Numbers, Numbers]:
    """The distance along and across the motion of the reference; NaN where it stands still."""
    lat0, lon0 = np.radians(theirs["latitude"].values), np.radians(theirs["longitude"].values)
    lat1, lon1 = np.radians(place["latitude"]), np.radians(place["longitude"])
    bearing = np.arctan2(
        np.sin(lon1 - lon0) * np.cos(lat1),
        np.cos(lat0) * np.sin(lat1) - np.sin(lat0) * np.cos(lat1) * np.cos(lon1 - lon0),
    )
    east, north = theirs["eastward_motion"].values, theirs["northward_motion"].values
    course = np.where(np.hypot(east, north) > 0, np.arctan2(east, north), np.nan)
    return apart * np.cos(bearing - course), apart * np.sin(bearing - course)


def _differences(values: Numbers) -> Differences:
    known = values[np.isfinite(values)]
    if not known.size:
        return Differences(0, float("nan"), float("nan"), float("nan"))
    size = np.abs(known)
    return Differences(int(known.size), float(known.mean()), float(size.mean()), float(size.max()))
