"""An ensemble: tracks of one storm that could each come true, from one issue time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.curves import pchip
from riskmap.errors import CoverageError, DataError, UnitsError
from riskmap.track import complete, instants, interpolate, to_averaging_period

Ends = Literal["together", "dissipated"]
ENDS: Final = ("together", "dissipated")

STRENGTH: Final = ("maximum_wind", "central_pressure", "radius_of_maximum_wind")
"""What ``lend_strength`` lends."""


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Members of one storm, all equally likely.

    Attributes
    ----------
    members : tuple of Dataset (time)
        Tracks (see ``riskmap.track``), all with one averaging period.
    labels : tuple of str
        One a member, unique.
    made : bool
        True if the members were made from one track by error statistics; False if a model computed them.
    source : str
        Model or file, for people.
    issued_at : datetime
        Timezone-aware; when the members part.
    stormless : tuple of str
        Labels of members in which the model kept no storm. They count among all members, without wind.
    ends : str
        ``together``: all members have the same times. ``dissipated``: a member that ends early has lost its
        storm, and no wind comes from it afterwards; the caller declares it, since a file cut short looks the same.

    Raises
    ------
    DataError
        No member, a label twice, times that differ, a member over before it was issued.
    UnitsError
        Different averaging periods.

    Examples
    --------
    >>> from datetime import UTC
    >>> from riskmap.track import make_track
    >>> hours = np.arange("2021-07-24T00", "2021-07-25T00", 6, "M8[h]").astype("M8[s]")
    >>> tracks = tuple(make_track(time=hours, latitude=[26, 27, 28, 29], longitude=[125, 124, 123, 122 + k],
    ...                           maximum_wind=[38, 38, 38, 33], averaging_period=600) for k in range(2))
    >>> Ensemble(tracks, ("1", "2"), made=False, source="an example",
    ...          issued_at=datetime(2021, 7, 24, tzinfo=UTC)).size
    2
    """

    members: tuple[xr.Dataset, ...]
    labels: tuple[str, ...]
    made: bool
    source: str
    issued_at: datetime
    stormless: tuple[str, ...] = ()
    ends: Ends = "together"

    def __post_init__(self) -> None:
        where = f"ensemble {self.source}"
        _check_labels(self, where)
        periods = {int(m.attrs["averaging_period"]) for m in self.members}
        if len(periods) > 1:
            raise UnitsError(
                "members with different averaging periods", where=where, expected="one averaging period [s]",
                found=", ".join(map(str, sorted(periods))), remedy="convert with riskmap.track.to_averaging_period",
            )  # fmt: skip
        issue = instants([self.issued_at], where=where)[0]
        longest = max((m["time"].values for m in self.members), key=len)
        for label, member in zip(self.labels, self.members, strict=True):
            _check_times(member["time"].values, longest, issue, self.ends, f"{where}, member {label}")

    @property
    def size(self) -> int:
        """Number of members, those that keep no storm included."""
        return len(self.members) + len(self.stormless)


def _check_labels(ensemble: Ensemble, where: str) -> None:
    everyone = (*ensemble.labels, *ensemble.stormless)
    twice = sorted({label for label in everyone if everyone.count(label) > 1}) if _repeated(everyone) else []
    if not ensemble.members or len(ensemble.labels) != len(ensemble.members) or twice:
        raise DataError(
            "a member stands twice" if twice else "no members, or not one label each", where=where,
            expected="one member or more, each with its own label",
            found=f"labels {', '.join(twice) or len(ensemble.labels)} for {len(ensemble.members)} members",
            remedy="leave one of the two out" if twice else "give as many labels as members",
        )  # fmt: skip
    if ensemble.ends not in ENDS:
        raise DataError(
            "unknown meaning of a member's end", where=f"{where}, ends", expected=" | ".join(ENDS),
            found=repr(ensemble.ends), remedy="set one of the two",
        )  # fmt: skip


def _repeated(labels: Sequence[str]) -> bool:
    return len(set(labels)) < len(labels)


def _check_times(
    time: NDArray[Any], longest: NDArray[Any], issue: np.datetime64, ends: Ends, where: str
) -> None:
    if not np.array_equal(time, longest[: len(time)]):
        k = int(np.argmax(time != longest[: len(time)]))
        raise DataError(
            "the times of the members differ", where=where, expected=f"{longest[k]} UTC", found=f"{time[k]} UTC",
            remedy="give every member a row for every time",
        )  # fmt: skip
    if len(time) < len(longest) and ends == "together":
        raise DataError(
            "a member ends before the others", where=where, expected=f"times up to {longest[-1]} UTC",
            found=f"{time[-1]} UTC",
            remedy='fetch the file again, or set ends = "dissipated" if its storm has died in the model',
        )  # fmt: skip
    if time[-1] <= issue:
        raise DataError(
            "a forecast older than the analysis", where=where, expected=f"times after {issue} UTC",
            found=f"{time[-1]} UTC", remedy="take the members of that issue time",
        )  # fmt: skip


def lend_strength(ensemble: Ensemble, track: xr.Dataset) -> Ensemble:
    """The same places with the strength of another track: for members that come as positions only.

    Wind, pressure, environmental pressure and radius of maximum wind are those of ``track`` at the same instant,
    flagged as modelled in every member. So all members are equally strong: their spread is one of place alone,
    and a member that comes ashore earlier than ``track`` is too strong there.

    Parameters
    ----------
    ensemble : Ensemble
    track : Dataset (time)
        A bulletin's forecast, or another model's; it must cover the members. Quadrant radii are not lent.

    Raises
    ------
    CoverageError
        The track does not cover the members' times.
    DataError
        A member has a wind or a pressure of its own, or the track has neither.

    Examples
    --------
    >>> from datetime import UTC
    >>> from riskmap.track import make_track
    >>> hours = np.arange("2021-07-24T00", "2021-07-25T00", 6, "M8[h]").astype("M8[s]")
    >>> place = make_track(time=hours, latitude=[26, 27, 28, 29], longitude=[125, 124, 123, 122], averaging_period=600)
    >>> strong = make_track(time=hours, latitude=[26, 27, 28, 29], longitude=[125, 124, 123, 122],
    ...                     maximum_wind=[38, 38, 38, 33], averaging_period=600)
    >>> bare = Ensemble((place,), ("1",), made=False, source="x", issued_at=datetime(2021, 7, 24, tzinfo=UTC))
    >>> lend_strength(bare, strong).members[0]["maximum_wind"].values.tolist()
    [38.0, 38.0, 38.0, 33.0]
    """
    lender = complete(to_averaging_period(track, int(ensemble.members[0].attrs["averaging_period"])))
    at: dict[int, xr.Dataset] = {}
    lent = []
    for label, member in zip(ensemble.labels, ensemble.members, strict=True):
        own = [name for name in STRENGTH if np.isfinite(member[name].values).any()]
        if own:
            raise DataError(
                "the member has a strength of its own", where=f"ensemble {ensemble.source}, member {label}",
                expected="positions only", found=", ".join(own), remedy="use the ensemble as it is",
            )  # fmt: skip
        n = member.sizes["time"]
        at[n] = interpolate(lender, member["time"].values) if n not in at else at[n]
        new = {
            name: ("time", at[n][name].values, member[name].attrs)
            for name in (*STRENGTH, "environmental_pressure")
        }
        flags = {f"{name}_modelled": ("time", np.ones(n, bool)) for name in new}
        lender_name = (
            f"{track.attrs.get('agency', '')} {track.attrs.get('name', '')}".strip() or "another track"
        )
        lent.append(member.assign(new | flags).assign_attrs(strength=f"lent by {lender_name}"))
    return replace(ensemble, members=tuple(lent))


def require_strength(ensemble: Ensemble) -> None:
    """Refuse an ensemble without wind and pressure.

    Raises
    ------
    DataError
        No member has a wind or a pressure.
    """
    if not any(np.isfinite(m[name].values).any() for m in ensemble.members for name in STRENGTH[:2]):
        raise DataError(
            "neither wind nor pressure is known", where=f"ensemble {ensemble.source}",
            expected="maximum_wind or central_pressure", found="positions only",
            remedy="lend them the strength of a bulletin: riskmap.members.lend_strength",
        )  # fmt: skip


def centres(track: xr.Dataset, times: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitude and longitude [degrees] of the centre; the same curve as ``riskmap.track.interpolate``, but bare.

    Parameters
    ----------
    times : datetime64[s] (m,)
        UTC, within the track.

    Returns
    -------
    latitude, longitude : array (m,)
        Longitude is continuous, so that it may leave -180 to 180.

    Raises
    ------
    CoverageError
        A time outside the track.
    """
    fixes = track["time"].values.astype("datetime64[s]").astype(np.int64).astype(np.float64)
    at = times.astype("datetime64[s]").astype(np.int64).astype(np.float64)
    if at.size and (at.min() < fixes[0] or at.max() > fixes[-1]):
        raise CoverageError(
            "a time outside the track", where=f"track {track.attrs.get('name', '')}",
            expected=f"{track['time'].values[0]} to {track['time'].values[-1]} UTC",
            found=f"{times.min()} to {times.max()} UTC", remedy="shorten the run or read a longer track",
        )  # fmt: skip
    longitude = np.unwrap(track["longitude"].values, period=360.0)
    return pchip(fixes, track["latitude"].values, at), pchip(fixes, longitude, at)


def ready(member: xr.Dataset, *, averaging_period: int) -> xr.Dataset:
    """A member as the hazards want it: complete, in their averaging period [s]; as it is where it already is.

    Raises
    ------
    DataError
        Neither wind nor pressure is known.
    """
    known = all(np.isfinite(member[name].values).all() for name in (*STRENGTH, "environmental_pressure"))
    if int(member.attrs["averaging_period"]) != averaging_period:
        member = to_averaging_period(member, averaging_period)
    return member if known else complete(member)
