"""Quality control: silent, stuck, spike, out of range, time shift, duplicate, negative, unit mix-up.

Each test is a function on plain arrays; ``check`` runs them all and flags, it never mends or drops. The families of
tests are those of automatic rain-gauge control (Lewis et al. 2021, IntenseQC: ranges, streaks, neighbours) (S); all
numbers are our own (D) and stand in ``QualityRules``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from riskmap.errors import DataError
from riskmap.grid import EARTH_RADIUS
from riskmap.observation.gauges import NOTHING, Flag, Readings, hourly_rain, words

HOUR: Final = 3600.0


def _by_kind(**values: float) -> Mapping[str, float]:
    return MappingProxyType(values)


@dataclass(frozen=True)
class QualityRules:
    """Numbers of the tests (status D).

    Attributes
    ----------
    missed : float
        Silent after so many intervals without a reading; 15 min at least.
    stuck_hours : mapping
        Kind -> the same value for so long is stuck [h]; for rain, the same value above zero.
    jump : mapping
        Kind -> a single reading so far off both its neighbours is a spike [unit of the kind]; a last reading, which
        has no next one, at three times that; a rain only out of less than 1 mm.
    future : float
        Readings later than now by more are of a wrong clock [s].
    radius, least_neighbours : float, int
        Rain gauges so near [m], and so many of them, judge a rain gauge.
    wet : float
        Rain of the neighbours' median in total that makes a comparison worth it [mm].
    alike : float
        Correlation with the neighbours from which a shift or a wrong unit is believed.
    """

    missed: float = 3.0
    stuck_hours: Mapping[str, float] = field(
        default_factory=lambda: _by_kind(rain=4.0, river=24.0, tide=2.0, reservoir=72.0)
    )
    jump: Mapping[str, float] = field(
        default_factory=lambda: _by_kind(rain=50.0, river=1.0, tide=0.5, reservoir=1.0)
    )
    future: float = 300.0
    radius: float = 50e3
    least_neighbours: int = 3
    wet: float = 20.0
    alike: float = 0.8
    shifts: tuple[int, ...] = tuple(range(-12, 13))
    factors: tuple[float, ...] = (10.0, 0.1, 25.4, 1 / 25.4)


def duplicates(times: NDArray[np.datetime64], values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Readings of a time that is there twice: all but the first if they agree, all of them if they differ.

    Parameters
    ----------
    times : datetime64 (reading,), rising
    values : array (reading,)

    Examples
    --------
    >>> t = np.array(["2021-07-25T00", "2021-07-25T00", "2021-07-25T01", "2021-07-25T01"], "datetime64[s]")
    >>> duplicates(t, np.array([1.0, 1.0, 2.0, 3.0])).tolist()
    [False, True, True, True]
    """
    found = np.zeros(len(times), bool)
    repeated, counts = np.unique(times, return_counts=True)
    for time in repeated[counts > 1]:
        same = np.flatnonzero(times == time)
        found[same if len(set(values[same].tolist())) > 1 else same[1:]] = True
    return found


def stuck(
    times: NDArray[np.datetime64], values: NDArray[np.float64], hours: float, *, zero_is_fine: bool
) -> NDArray[np.bool_]:
    """Readings of a run of one value that lasts ``hours`` or more [h]; the first of the run is sound.

    Examples
    --------
    >>> t = np.arange("2021-07-25T00", "2021-07-25T05", dtype="datetime64[h]").astype("datetime64[s]")
    >>> stuck(t, np.array([1.0, 2.0, 2.0, 2.0, 3.0]), 2.0, zero_is_fine=False).tolist()
    [False, False, True, True, False]
    """
    found = np.zeros(len(values), bool)
    if len(values) == 0:
        return found
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    ends = np.append(starts[1:], len(values)) - 1
    long = (times[ends] - times[starts]) / np.timedelta64(1, "h") >= hours
    long &= ~np.isnan(values[starts]) & ~((values[starts] == 0) & zero_is_fine)
    for first, last in zip(starts[long], ends[long], strict=True):
        found[first + 1 : last + 1] = True
    return found


def spikes(values: NDArray[np.float64], jump: float, *, quiet: float | None = None) -> NDArray[np.bool_]:
    """Single readings far off both neighbours, which agree; and a last one at three times that.

    Parameters
    ----------
    values : array (reading,)
        In order of time, without NaN.
    jump : float
        In the unit of the values.
    quiet : float, optional
        Only where both neighbours are below it: the peak of a rain is no spike, a burst out of nothing may be.

    Examples
    --------
    >>> spikes(np.array([3.0, 3.1, 9.9, 3.2, 3.3, 4.4, 5.5]), 1.0).tolist()
    [False, False, True, False, False, False, False]
    """
    found = np.zeros(len(values), bool)
    if len(values) >= 3:
        before, here, after = values[:-2], values[1:-1], values[2:]
        off = np.minimum(np.abs(here - before), np.abs(here - after)) > jump
        calm = np.abs(after - before) < jump / 2
        if quiet is not None:
            calm &= np.maximum(before, after) < quiet
        found[1:-1] = off & calm
    if len(values) >= 2:
        found[-1] = abs(values[-1] - values[-2]) > 3 * jump
    return found


def wrong_unit(values: NDArray[np.float64], low: float, high: float) -> bool:
    """Whether most readings are impossible as metres and possible as centimetres or millimetres (or the reverse).

    Examples
    --------
    >>> wrong_unit(np.array([312.0, 315.0, 320.0]), -1.0, 9.0), wrong_unit(np.array([3.1, 99.0]), -1.0, 9.0)
    (True, False)
    """
    out = (values < low) | (values > high)
    if out.sum() * 2 <= len(values):
        return False
    return any(
        float(((values[out] / k >= low) & (values[out] / k <= high)).mean()) > 0.9
        for k in (100.0, 1000.0, 0.01)
    )


def distances(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances between all pairs of points [m], on a local plane; degrees in."""
    lon, lat = np.radians(longitude), np.radians(latitude)
    east = (lon[:, None] - lon) * np.cos((lat[:, None] + lat) / 2)
    return np.asarray(EARTH_RADIUS * np.hypot(east, lat[:, None] - lat))


def correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Pearson correlation over pairs that are both known; 0 where fewer than six, or one does not vary."""
    both = ~np.isnan(a) & ~np.isnan(b)
    if both.sum() < 6 or np.ptp(a[both]) == 0 or np.ptp(b[both]) == 0:
        return 0.0
    return float(np.corrcoef(a[both], b[both])[0, 1])


def shift_of(own: NDArray[np.float64], others: NDArray[np.float64], rules: QualityRules) -> int:
    """Hours by which a gauge's rain lags its neighbours'; 0 where no shift explains it clearly.

    Parameters
    ----------
    own, others : array (hour,) [mm]
        The gauge's hourly rain and the median of its neighbours'.
    """
    here = correlation(own, others)
    best, lag = here, 0
    for k in rules.shifts:
        moved = np.full(len(own), np.nan)
        if k >= 0:
            moved[: len(own) - k] = own[k:]
        else:
            moved[-k:] = own[:k]
        found = correlation(moved, others)
        if found > best:
            best, lag = found, k
    return lag if best >= rules.alike and best - here >= 0.4 else 0


def tide_shift(
    times: NDArray[np.datetime64], level: NDArray[np.float64], predicted_times: NDArray[np.datetime64],
    predicted: NDArray[np.float64], rules: QualityRules,
) -> int:  # fmt: skip
    """Hours by which a tide gauge lags the predicted tide; 0 where no shift explains it clearly.

    Parameters
    ----------
    times, level : arrays (reading,)
        Sound readings [m], UTC.
    predicted_times, predicted : arrays (instant,)
        The astronomical tide [m], in whatever datum: only its rise and fall counts.
    """
    at, known = (
        times.astype("datetime64[s]").astype(np.int64),
        predicted_times.astype("datetime64[s]").astype(np.int64),
    )
    found = {
        k: correlation(level, np.interp(at - 3600 * k, known, predicted, left=np.nan, right=np.nan))
        for k in rules.shifts
    }
    best = max(found, key=lambda k: (found[k], -abs(k)))
    return best if found[best] >= rules.alike and found[best] - found.get(0, 0.0) >= 0.4 else 0


def neighbour_flags(
    hourly: NDArray[np.float64], apart: NDArray[np.float64], rules: QualityRules
) -> list[Flag]:
    """What the neighbours say of each rain gauge as a whole: blocked, shifted in time, in another unit.

    Parameters
    ----------
    hourly : array (hour, gauge) [mm]
    apart : array (gauge, gauge) [m]
    """
    found = []
    for k in range(hourly.shape[1]):
        near = np.flatnonzero((apart[k] <= rules.radius) & (np.arange(len(apart)) != k))
        flag = NOTHING
        own = hourly[:, k]
        enough = (~np.isnan(hourly[:, near])).sum(axis=1) >= rules.least_neighbours
        both = enough & ~np.isnan(own)
        if both.sum() >= 6:
            others = np.full(len(own), np.nan)
            others[enough] = np.nanmedian(hourly[np.ix_(enough, near)], axis=1)
            total, theirs = float(own[both].sum()), float(others[both].sum())
            if theirs >= rules.wet:
                if total == 0:
                    flag |= Flag.STUCK
                elif shift_of(own, others, rules):
                    flag |= Flag.TIME_SHIFT
                elif correlation(own, others) >= rules.alike and any(
                    abs(np.log(total / theirs / k2)) < np.log(1.25) for k2 in rules.factors
                ):
                    flag |= Flag.UNIT_MIXUP
        found.append(flag)
    return found


def check(
    readings: Sequence[Readings], *, now: datetime, rules: QualityRules | None = None,
    tides: Mapping[str, tuple[NDArray[np.datetime64], NDArray[np.float64]]] | None = None,
) -> tuple[Readings, ...]:  # fmt: skip
    """Flag everything that is wrong; nothing is mended, dropped or put in order.

    Parameters
    ----------
    readings : sequence of Readings
    now : datetime
        Timezone-aware.
    tides : mapping, optional
        Id of a tide gauge -> times (UTC) and predicted astronomical tide [m], to tell a clock that is hours off.

    Returns
    -------
    tuple of Readings
        The same readings with their flags, in the order given, which does not matter to them.

    Raises
    ------
    DataError
        ``now`` has no offset.
    """
    if now.tzinfo is None:
        raise DataError(
            "an instant without its offset", where="quality control, now", expected="a timezone-aware datetime",
            found=now.isoformat(), remedy="add tzinfo",
        )  # fmt: skip
    rules = rules or QualityRules()
    at = np.datetime64(round(now.timestamp()), "s")
    flagged = [_check_one(series, at, rules) for series in readings]
    for k, series in enumerate(flagged):
        if series.gauge.kind == "tide" and series.gauge.gauge_id in (tides or {}):
            good = series.trusted
            if tide_shift(
                series.times[good], series.values[good], *(tides or {})[series.gauge.gauge_id], rules
            ):
                flagged[k] = replace(series, whole=series.whole | Flag.TIME_SHIFT)
    rain = [k for k, series in enumerate(flagged) if series.gauge.kind == "rain"]
    known = [flagged[k].times for k in rain if len(flagged[k].times)]
    if len(rain) > rules.least_neighbours and known:
        first = min(t[0] for t in known).astype("datetime64[h]")
        last = max(t[-1] for t in known).astype("datetime64[h]")
        hours = np.arange(first + 1, min(last, at.astype("datetime64[h]")) + 1)
        gauges = [flagged[k].gauge for k in rain]
        apart = distances(np.array([g.longitude for g in gauges]), np.array([g.latitude for g in gauges]))
        judged = neighbour_flags(hourly_rain([flagged[k] for k in rain], hours), apart, rules)
        for k, flag in zip(rain, judged, strict=True):
            flagged[k] = replace(flagged[k], whole=flagged[k].whole | flag)
    return tuple(flagged)


def ahead_of(
    readings: Sequence[Readings], *, now: datetime, rules: QualityRules | None = None
) -> frozenset[str]:
    """Gauges whose clocks run ahead: they read later than now, and most others do not.

    To be asked before what is later than now is dropped: what is left of such a gauge is as many hours old as its clock
    is ahead. Where most gauges read later, the table was made after the fact, and nothing can be said.

    Parameters
    ----------
    readings : sequence of Readings
    now : datetime
        Timezone-aware.

    Returns
    -------
    frozenset of str
        Ids.
    """
    last = np.datetime64(round(now.timestamp() + (rules or QualityRules()).future), "s")
    heard = [series for series in readings if len(series.times)]
    late = frozenset(series.gauge.gauge_id for series in heard if series.times[-1] > last)
    return late if 2 * len(late) < len(heard) else frozenset()


def _check_one(series: Readings, now: np.datetime64, rules: QualityRules) -> Readings:
    gauge, values, times = series.gauge, series.values, series.times
    flags = np.zeros(len(values), np.uint16)
    known = ~np.isnan(values)

    def mark(flag: Flag, where: NDArray[Any]) -> None:
        flags[where] |= np.uint16(flag)

    mark(Flag.TIME_SHIFT, times > now + np.timedelta64(round(rules.future), "s"))
    mark(Flag.DUPLICATE, duplicates(times, values))
    mark(Flag.OUT_OF_RANGE, known & ((values < gauge.low) | (values > gauge.high)))
    if gauge.kind == "rain":
        mark(Flag.NEGATIVE, known & (values < 0))
    sound = np.flatnonzero(known & (flags == 0))
    held = stuck(
        times[sound], values[sound], rules.stuck_hours[gauge.kind], zero_is_fine=gauge.kind == "rain"
    )
    mark(Flag.STUCK, sound[held])
    sound = np.flatnonzero(known & (flags == 0))
    quiet = 1.0 if gauge.kind == "rain" else None
    mark(Flag.SPIKE, sound[spikes(values[sound], rules.jump[gauge.kind], quiet=quiet)])
    whole = NOTHING
    past = times[known & (times <= now)]
    patience = max(rules.missed * gauge.interval, HOUR / 4)
    if past.size == 0 or (now - past[-1]) / np.timedelta64(1, "s") > patience:
        whole |= Flag.SILENT
    if gauge.kind != "rain" and known.any() and wrong_unit(values[known], gauge.low, gauge.high):
        whole |= Flag.UNIT_MIXUP
    return replace(series, flags=flags, whole=whole)


@dataclass(frozen=True)
class Finding:
    """One line of the quality report: a gauge, what was found, how often."""

    gauge_id: str
    name: str
    flag: Flag
    count: int
    chinese: str
    english: str


def report(readings: Sequence[Readings]) -> tuple[Finding, ...]:
    """Every flag of every gauge, for the run report; a gauge that is sound has no line.

    ``count`` is the readings concerned; 0 where the gauge as a whole is.
    """
    found = []
    for series in readings:
        gauge = series.gauge
        for flag in Flag:
            count = int(((series.flags & np.uint16(flag)) != 0).sum())
            if count or flag in series.whole:
                chinese, english = words(flag)
                many = (f"{count}个读数", f"{count} readings") if count else ("全站", "the gauge")
                found.append(
                    Finding(
                        gauge.gauge_id, gauge.name, flag, count,
                        f"{gauge.name}({gauge.gauge_id}):{many[0]}{chinese},不予采信",
                        f"{gauge.name} ({gauge.gauge_id}): {many[1]} {english}, not trusted",
                    )
                )  # fmt: skip
    return tuple(found)
