"""The forecast that knows the past alone: motion and strength of the last hours, held."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import numpy as np
import xarray as xr

from riskmap.errors import CoverageError
from riskmap.track import check_track, complete, instants, interpolate, until

MOTION_HOURS: Final = 12
"""The motion is that of the last so many hours; whoever was not seen for as long is not carried on (status D)."""

STEP_HOURS: Final = 3
"""From one fix of the forecast to the next."""


def persist(track: xr.Dataset, *, issued_at: datetime, hours: float) -> xr.Dataset:
    """What was observed up to the issue time, and its persistence after it.

    Any forecast must beat it; where none is at hand it is a forecast, and every product says so. Nothing later than the issue time is
    read, not even through a published error. A storm does not turn, weaken or come ashore in it: beyond a day it means little.

    Parameters
    ----------
    track : Dataset (time)
        See ``riskmap.track``; fixes that are themselves forecast are left out.
    issued_at : datetime
        Timezone-aware.
    hours : float
        Length of the forecast [h], rounded up to ``STEP_HOURS``.

    Returns
    -------
    Dataset (time)
        ``forecast`` is true after the last fix that was known; ``attrs["extrapolated"]`` says how it was made.

    Raises
    ------
    CoverageError
        Fewer than two fixes were observed by then, or the last of them ``MOTION_HOURS`` before: the storm is over, or its track ends.

    Examples
    --------
    >>> from riskmap.track import make_track
    >>> track = make_track(time=np.arange("2021-07-24T00", "2021-07-25T06", 6, "M8[h]").astype("M8[s]"),
    ...                    latitude=[26, 27, 28, 29, 30], longitude=[125, 125, 125, 125, 125],
    ...                    maximum_wind=[38, 38, 38, 38, 33], averaging_period=600)
    >>> ahead = persist(track, issued_at=datetime(2021, 7, 24, 12, tzinfo=UTC), hours=6)
    >>> ahead["latitude"].values.tolist(), ahead["forecast"].values.tolist()
    ([26.0, 27.0, 28.0, 28.5, 29.0], [False, False, False, True, True])
    """
    issued = instants([issued_at.astimezone(UTC)])[0]
    known = complete(_observed(until(track, issued), issued))
    times = known["time"].values.astype("datetime64[s]")
    last, end = times[-1], issued + np.timedelta64(round(hours * 3600), "s")
    start = max(times[0], last - np.timedelta64(MOTION_HOURS, "h"))
    then = interpolate(known, np.array([start, last]))
    span = (last - start) / np.timedelta64(1, "h")
    steps = np.arange(1, int(np.ceil((end - last) / np.timedelta64(STEP_HOURS, "h"))) + 1)
    lead = steps * STEP_HOURS
    ahead = known.isel(time=np.full(steps.size, -1)).copy(deep=True)
    ahead = ahead.assign_coords(time=last + lead * np.timedelta64(1, "h"))
    for name in ("latitude", "longitude"):
        a, b = np.unwrap(then[name].values, period=360.0)
        values = b + (b - a) / span * lead
        ahead[name] = (
            "time",
            np.clip(values, -89.0, 89.0) if name == "latitude" else values,
            known[name].attrs,
        )
    ahead["forecast"] = ("time", np.ones(steps.size, bool), known["forecast"].attrs)
    found = xr.concat(
        [known, ahead], dim="time", data_vars="minimal", coords="minimal", join="exact", combine_attrs="override"
    )  # fmt: skip
    found.attrs["extrapolated"] = f"motion of the last {MOTION_HOURS} h and strength held"
    found.attrs["issued_at"] = f"{issued}Z"
    check_track(found, where="persistence")
    return found


def reach_back(track: xr.Dataset, start: np.datetime64) -> xr.Dataset:
    """A track with one fix more, before its first: on the line of its first motion, as strong as it was first told.

    A storm had been on its way before anybody told of it, and its rain had fallen; one that did form there brings less than this.

    Parameters
    ----------
    track : Dataset (time)
        See ``riskmap.track``; of a single fix the storm is held in its place.
    start : datetime64
        UTC, before the first fix.

    Examples
    --------
    >>> from riskmap.track import make_track
    >>> track = make_track(time=np.arange("2021-07-24T00", "2021-07-24T18", 6, "M8[h]").astype("M8[s]"), latitude=[26, 27, 27.5],
    ...                    longitude=[125, 124, 123.5], maximum_wind=[20, 23, 25], averaging_period=600)
    >>> longer = reach_back(track, np.datetime64("2021-07-23T18:00"))
    >>> longer["latitude"].values.tolist(), longer["longitude"].values.tolist(), longer["maximum_wind"].values.tolist()
    ([25.0, 26.0, 27.0, 27.5], [126.0, 125.0, 124.0, 123.5], [20.0, 20.0, 23.0, 25.0])
    """
    times = track["time"].values.astype("datetime64[s]")
    steps = 1.0 if times.size < 2 else (times[0] - start) / (times[1] - times[0])
    before = track.isel(time=[0]).copy(deep=True).assign_coords(time=np.array([start], times.dtype))
    for name in ("latitude", "longitude"):
        values = np.unwrap(track[name].values[:2], period=360.0)
        value = values[0] - (values[-1] - values[0]) * steps
        before[name] = (
            "time",
            np.clip([value], -89.0, 89.0) if name == "latitude" else [value],
            track[name].attrs,
        )
    found = xr.concat(
        [before, track], dim="time", data_vars="minimal", coords="minimal", join="exact", combine_attrs="override"
    )  # fmt: skip
    found.attrs["carried_back"] = 1
    return found


def as_told(track: xr.Dataset) -> xr.Dataset:
    """A track without the fix that ``reach_back`` gave it: what is shown was told by somebody."""
    return track.isel(time=slice(int(track.attrs.get("carried_back", 0)), None))


def _observed(track: xr.Dataset, issued: np.datetime64) -> xr.Dataset:
    kept = track.isel(time=np.flatnonzero(~track["forecast"].values))
    times = kept["time"].values
    if times.size < 2 or times[-1] < issued - np.timedelta64(MOTION_HOURS, "h"):
        raise CoverageError(
            "a storm that was not observed of late is not carried on", where=f"track {track.attrs.get('name', '')}",
            expected=f"two observed fixes, the last within {MOTION_HOURS} h before {issued} UTC",
            found=f"{times.size}, the last at {times[-1]}" if times.size else "none",
            remedy="end with the storm, or give a track that goes on",
        )  # fmt: skip
    return kept
