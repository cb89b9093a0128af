"""Gauges and their readings, with a flag for everything that is wrong with them.

Readings are in the register's units (rain in mm of the interval that ends then, levels in m) and in UTC; conversion
happens in ``riskmap.io.gauges``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag
from types import MappingProxyType
from typing import Final, Literal, cast

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.errors import DataError
from riskmap.heights import HeightDatum, to_datum

Kind = Literal["rain", "river", "tide", "reservoir"]
KINDS: Final = ("rain", "river", "tide", "reservoir")
UNITS: Final = MappingProxyType({"rain": "mm", "river": "m", "tide": "m", "reservoir": "m"})


class Flag(IntFlag):
    """What is wrong with a reading or a gauge; 0 = nothing found, so that it is trusted."""

    SILENT = 1
    STUCK = 2
    SPIKE = 4
    OUT_OF_RANGE = 8
    TIME_SHIFT = 16
    DUPLICATE = 32
    NEGATIVE = 64
    UNIT_MIXUP = 128


LATE: Final = np.timedelta64(600, "s")
"""A reading so long before the end of an interval is none of its end (status D)."""

NOTHING: Final = Flag(0)
"""No flag."""

FLAG_WORDS: Final = MappingProxyType(
    {
        Flag.SILENT: ("无报", "silent"),
        Flag.STUCK: ("卡滞", "stuck"),
        Flag.SPIKE: ("跳变", "spike"),
        Flag.OUT_OF_RANGE: ("越界", "out of range"),
        Flag.TIME_SHIFT: ("时间错位", "time shift"),
        Flag.DUPLICATE: ("重复", "duplicate"),
        Flag.NEGATIVE: ("负值", "negative"),
        Flag.UNIT_MIXUP: ("单位混淆", "unit mix-up"),
    }
)


def words(flags: Flag) -> tuple[str, str]:
    """Names of all flags that are set, in Chinese and English.

    Examples
    --------
    >>> words(Flag.SPIKE | Flag.NEGATIVE)
    ('跳变、负值', 'spike, negative')
    """
    chosen = [pair for flag, pair in FLAG_WORDS.items() if flag in flags]
    return "、".join(c for c, _ in chosen), ", ".join(e for _, e in chosen)


@dataclass(frozen=True)
class Gauge:
    """One gauge.

    Attributes
    ----------
    kind : str
        ``rain``, ``river``, ``tide``, ``reservoir`` (ponds too).
    region : str
        Administrative code; its readings raise this region.
    interval : float
        Between two readings [s]; a rain reading is the sum of the interval that ends at its time.
    low, high : float
        Values that are possible here, in the unit of the kind.
    datum : str
        Height datum of levels; empty for rain.
    bounds : tuple of 4 floats or None
        Levels [m] from which it is blue to red; None where it has none. Rain gauges take the rain rules.
    """

    gauge_id: str
    name: str
    kind: Kind
    region: str
    longitude: float
    latitude: float
    interval: float
    low: float
    high: float
    datum: str = ""
    bounds: tuple[float | None, float | None, float | None, float | None] | None = None

    def __post_init__(self) -> None:
        known = [b for b in self.bounds or () if b is not None]
        if (
            self.kind not in KINDS
            or not self.interval > 0
            or not self.low < self.high
            or known != sorted(known)
        ):
            raise DataError(
                "a gauge that cannot be", where=f"gauge {self.gauge_id}",
                expected=f"{' | '.join(KINDS)}, an interval above 0 s, low < high, bounds that do not fall",
                found=f"{self.kind}, {self.interval:g} s, {self.low:g} to {self.high:g}, {self.bounds}",
                remedy="check the row",
            )  # fmt: skip
        if self.kind != "rain" and not self.datum:
            raise DataError(
                "levels without a height datum", where=f"gauge {self.gauge_id}", expected="e.g. 1985, wusong",
                found="none", remedy="state it: 1985 and 吴淞 lie over 1 m apart",
            )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Readings:
    """Readings of one gauge, in the order of time.

    Attributes
    ----------
    times : datetime64[s] (reading,), UTC
    values : float64 (reading,)
        In the unit of the gauge's kind.
    flags : uint16 (reading,)
        ``Flag`` of each reading.
    whole : Flag
        What is wrong with the gauge as a whole.
    """

    gauge: Gauge
    times: NDArray[np.datetime64]
    values: NDArray[np.float64]
    flags: NDArray[np.uint16] = field(default_factory=lambda: np.zeros(0, np.uint16))
    whole: Flag = NOTHING

    def __post_init__(self) -> None:
        if len(self.flags) == 0:
            object.__setattr__(self, "flags", np.zeros(len(self.values), np.uint16))
        if not len(self.times) == len(self.values) == len(self.flags):
            raise DataError(
                "readings of different lengths", where=f"gauge {self.gauge.gauge_id}",
                expected="as many times as values", found=f"{len(self.times)} and {len(self.values)}",
                remedy="drop what has no partner",
            )  # fmt: skip
        if bool((np.diff(self.times) < np.timedelta64(0, "s")).any()):
            raise DataError(
                "readings out of order", where=f"gauge {self.gauge.gauge_id}", expected="rising times",
                found="a time before the one above it", remedy="sort them",
            )  # fmt: skip

    @property
    def trusted(self) -> NDArray[np.bool_]:
        """Readings that may be used: nothing found against them, nor against the clock or unit of the gauge.

        A gauge that has gone silent keeps its past; it has no present, see ``latest``.
        """
        doubtful = bool(self.whole & (Flag.TIME_SHIFT | Flag.UNIT_MIXUP | Flag.STUCK))
        return np.asarray((self.flags == 0) & ~np.isnan(self.values) & (not doubtful), bool)

    def latest(self) -> tuple[np.datetime64, float] | None:
        """Time and value of the last trusted reading; None where there is none or the gauge is silent."""
        good = np.flatnonzero(self.trusted)
        if good.size == 0 or Flag.SILENT in self.whole:
            return None
        return self.times[good[-1]], float(self.values[good[-1]])


def in_order(gauge: Gauge, readings: Iterable[tuple[np.datetime64, float]]) -> Readings:
    """Readings of a gauge, sorted by time; the order given does not matter."""
    ordered = sorted(readings, key=lambda pair: (pair[0].astype("datetime64[s]").astype(np.int64), pair[1]))
    times = np.array([t for t, _ in ordered], "datetime64[s]")
    return Readings(gauge, times, np.array([v for _, v in ordered], np.float64))


def hourly_rain(
    readings: Sequence[Readings], hours: NDArray[np.datetime64], *, seconds: int = 3600
) -> NDArray[np.float64]:
    """Rain of each hour at each gauge from trusted readings; NaN where less than all of the hour is there.

    An hourly reading of 07:00 is not the rain of the hour that ends at 07:50: the last one counted must lie at the end.

    Parameters
    ----------
    readings : sequence of Readings
        Rain gauges; one whose interval is longer than the hour gives none.
    hours : datetime64 (hour,), UTC
        Ends of the hours.
    seconds : int
        Length of what is summed, where it is not an hour [s].

    Returns
    -------
    float64 array (hour, gauge) [mm]
    """
    out = np.full((len(hours), len(readings)), np.nan)
    ends = hours.astype("datetime64[s]").astype(np.int64)
    for k, series in enumerate(readings):
        if series.gauge.interval > seconds:
            continue  # the rain of three hours is not that of one
        good = series.trusted
        read_at = series.times[good].astype("datetime64[s]").astype(np.int64)
        edges = np.searchsorted(read_at, np.stack([ends - seconds, ends]), side="right")
        sums = np.concatenate([[0.0], np.cumsum(series.values[good])])
        needed = max(round(seconds / series.gauge.interval), 1)
        near = min(series.gauge.interval, float(LATE / np.timedelta64(1, "s")))
        last = np.append(read_at, -(2**40))[edges[1] - 1]  # before the first reading there is none
        whole = (edges[1] - edges[0] >= needed) & (ends - last < near)
        out[:, k] = np.where(whole, sums[edges[1]] - sums[edges[0]], np.nan)
    return np.round(out, 6)


def gauge_sums(
    readings: Sequence[Readings], end: datetime, hours: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Rain of the last hours at each rain gauge, for ``riskmap.observation.correction.gauge_cells``.

    Parameters
    ----------
    readings : sequence of Readings
        Other gauges than rain gauges are passed over.
    end : datetime
        Timezone-aware, a full hour.
    hours : int

    Returns
    -------
    longitude, latitude : arrays (gauge,) [degrees]
    rain : array (gauge,) [mm]
        NaN where an hour is missing or not trusted: a part would pass for the whole.

    Raises
    ------
    DataError
        ``end`` has no offset.
    """
    if end.tzinfo is None:
        raise DataError(
            "an instant without its offset", where="gauge sums, end", expected="a timezone-aware datetime",
            found=end.isoformat(), remedy="add tzinfo",
        )  # fmt: skip
    last = np.datetime64(round(end.timestamp()), "s")
    rain = [r for r in readings if r.gauge.kind == "rain"]
    hourly = hourly_rain(rain, last - np.arange(hours)[::-1] * np.timedelta64(3600, "s"))
    places = np.array([(r.gauge.longitude, r.gauge.latitude) for r in rain], np.float64).reshape(-1, 2)
    return places[:, 0], places[:, 1], np.asarray(hourly.sum(axis=0))


def levels_at(
    readings: Sequence[Readings],
    assets: Mapping[str, str],
    times: NDArray[np.datetime64],
    *,
    oldest: float = 3600.0,
    shifts: Mapping[tuple[str, str], float] | None = None,
) -> NDArray[np.float64]:
    """Last trusted level of each station or reservoir at each time, for their tiers.

    Parameters
    ----------
    readings : sequence of Readings
        Checked. A gauge stands for the asset of the same id.
    assets : mapping
        Asset id -> its height datum, in the order wanted.
    times : datetime64 (time,), UTC
    oldest : float
        A level counts for so long after its time [s].
    shifts : mapping, optional
        (gauge's datum, asset's datum) -> what is added to a reading [m], where they differ; see ``riskmap.heights``.

    Returns
    -------
    float64 array (time, asset) [m]
        NaN where there is no gauge, or no trusted level that is recent enough.

    Raises
    ------
    DatumError
        A gauge measures in another height datum than its asset's levels stand in, and no difference is declared.
    """
    out = np.full((len(times), len(assets)), np.nan)
    column = {name: k for k, name in enumerate(assets)}
    for series in readings:
        gauge = series.gauge
        if gauge.gauge_id not in column or gauge.kind == "rain":
            continue
        good = series.trusted
        at = series.times[good]
        values = to_datum(
            series.values[good], given=cast("HeightDatum", gauge.datum), wanted=cast("HeightDatum", assets[gauge.gauge_id]),
            where=f"gauge {gauge.gauge_id}", shifts=shifts,
        )  # fmt: skip
        if not good.any():
            continue
        last = np.searchsorted(at, times, side="right") - 1
        recent = (last >= 0) & ((times - at[last]) <= np.timedelta64(round(oldest), "s"))
        out[recent, column[gauge.gauge_id]] = values[last[recent]]
    return out


def as_dataset(readings: Sequence[Readings]) -> xr.Dataset:
    """All readings in one table, labelled: dims (reading), and (gauge) for the gauges.

    Returns
    -------
    Dataset
        ``value``, ``flags``, ``trusted``, ``gauge_index`` over reading; name, kind, region, place over gauge.
    """
    index = np.concatenate([np.full(len(r.values), k) for k, r in enumerate(readings)] or [np.zeros(0)])
    gauges = [r.gauge for r in readings]
    units = sorted({UNITS[g.kind] for g in gauges})
    joined = {
        "value": np.concatenate([r.values for r in readings] or [np.zeros(0)]),
        "flags": np.concatenate([r.flags for r in readings] or [np.zeros(0, np.uint16)]),
        "trusted": np.concatenate([r.trusted for r in readings] or [np.zeros(0, bool)]),
        "gauge_index": index.astype(np.int32),
    }
    flag_attrs = {
        "flag_masks": [int(f) for f in Flag],
        "flag_meanings": " ".join(f.name.lower() for f in Flag if f.name),
    }
    data = {
        name: ("reading", values, flag_attrs if name == "flags" else {}) for name, values in joined.items()
    }
    return xr.Dataset(
        data
        | {
            "name": ("gauge", [g.name for g in gauges]),
            "kind": ("gauge", [g.kind for g in gauges]),
            "region": ("gauge", [g.region for g in gauges]),
            "longitude": ("gauge", [g.longitude for g in gauges], {"units": "degrees_east"}),
            "latitude": ("gauge", [g.latitude for g in gauges], {"units": "degrees_north"}),
            "whole": ("gauge", [int(r.whole) for r in readings]),
        },
        coords={
            "time": (
                "reading",
                np.concatenate([r.times for r in readings] or [np.zeros(0, "datetime64[s]")]),
            ),
            "gauge": [g.gauge_id for g in gauges],
        },
        attrs={"units_by_kind": ", ".join(units)},
    )
