"""River stage (江河水位) at stations: the level against the station's own levels, and whether the river rises.

Tiers (status D): blue from 0.5 m below the warning level (警戒水位) while rising, yellow from it, orange from the
guarantee level (保证水位), red from the highest on record (历史最高) or 0.3 m below the crest of the dyke (堤顶).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.asset import AssetTier, instant, worst_of_series
from riskmap.errors import DataError
from riskmap.heights import HEIGHT_DATUMS
from riskmap.scale import NO_DATA, Tier

HAZARD: Final = "river_stage"
BELOW_WARNING: Final = 0.5
"""Blue begins this far below the warning level, while the river rises [m] (status D)."""

BELOW_CREST: Final = 0.3
"""Red begins this far below the crest [m] (status D)."""

LEAST_RISE: Final = 0.01
"""Rise since the level before that counts as rising [m]: the resolution of a gauge (status D)."""

LEVEL_WORDS: Final = (("警戒以下0.5米且上涨", "0.5 m below warning and rising"), ("警戒水位", "the warning level"),
                      ("保证水位", "the guarantee level"), ("历史最高或堤顶以下0.3米", "the record, or 0.3 m below the crest"))  # fmt: skip


@dataclass(frozen=True)
class RiverStation:
    """One river station and its levels, all in one height datum.

    Attributes
    ----------
    warning, guarantee, record, crest : float or None
        警戒, 保证, 历史最高, 堤顶 [m]; None where it has none.
    datum : str
        Height datum of all of them, and of its readings.
    """

    station_id: str
    name: str
    river: str
    region: str
    longitude: float
    latitude: float
    datum: str
    warning: float | None
    guarantee: float | None = None
    record: float | None = None
    crest: float | None = None
    people: int | None = None
    responsible: str = ""

    def __post_init__(self) -> None:
        pairs = (("warning", "guarantee"), ("warning", "crest"), ("guarantee", "crest"))
        for low, high in pairs:
            a, b = getattr(self, low), getattr(self, high)
            if a is not None and b is not None and not a < b:
                raise DataError(
                    f"the {high} level is not above the {low} level", where=f"river station {self.station_id}",
                    expected=f"{low} < {high}", found=f"{a:g} and {b:g} m", remedy="check the columns",
                )  # fmt: skip
        if not self.datum:
            raise DataError(
                "levels without a height datum", where=f"river station {self.station_id}", expected="e.g. 1985, wusong",
                found="none", remedy="state it: 1985 and 吴淞 lie over 1 m apart",
            )  # fmt: skip


def thresholds(stations: Sequence[RiverStation]) -> NDArray[np.float64]:
    """Level from which each station is blue, yellow, orange, red [m], shape (station, 4); NaN where it has none."""
    rows = []
    for s in stations:
        known = [v for v in (s.record, None if s.crest is None else s.crest - BELOW_CREST) if v is not None]
        rows.append(
            (
                np.nan if s.warning is None else s.warning - BELOW_WARNING,
                np.nan if s.warning is None else s.warning,
                np.nan if s.guarantee is None else s.guarantee,
                min(known) if known else np.nan,
            )
        )
    return np.round(np.array(rows, np.float64).reshape(len(rows), 4), 6)


def rising(level: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Whether each level is above the last known one before it, along time; shape (time, station) [m].

    The first level of a series, which has none before it, counts as rising: nobody knows better.

    Examples
    --------
    >>> rising(np.array([[3.0], [3.0], [np.nan], [3.1], [3.05]]))[:, 0].tolist()
    [True, False, False, True, False]
    """
    levels = np.asarray(level, np.float64)
    found = np.zeros(levels.shape, bool)
    last = np.full(levels.shape[1:], np.nan)
    for k, row in enumerate(levels):
        known = ~np.isnan(row)
        found[k] = known & (np.isnan(last) | (row >= last + LEAST_RISE - 1e-9))
        last = np.where(known, row, last)
    return found


def stage_tiers(
    level: NDArray[np.floating], bounds: NDArray[np.float64]
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Tier of every level, and the bound that it met.

    Parameters
    ----------
    level : array (time, station)
        [m], in the datum of the bounds; NaN unknown.
    bounds : array (station, 4)
        See ``thresholds``.

    Returns
    -------
    tier : int8 (time, station)
        ``NO_DATA`` where the level is unknown, or the station has no level at all.
    met : float64 (time, station)
        [m]; NaN where no bound was met.

    Examples
    --------
    >>> bounds = np.array([[4.5, 5.0, 6.0, 7.0]])
    >>> stage_tiers(np.array([[4.4], [4.6], [4.6], [5.0], [7.2]]), bounds)[0][:, 0].tolist()
    [0, 1, 0, 2, 4]
    """
    levels = np.round(np.asarray(level, np.float64), 4)
    tier = np.zeros(levels.shape, np.int8)
    met = np.full(levels.shape, np.nan)
    for t in range(4):
        reached = levels >= bounds[:, t]
        if t == 0:
            reached &= rising(levels) | (levels >= np.fmin.reduce(bounds[:, 1:], axis=1))
        tier[reached] = t + 1
        met[reached] = np.broadcast_to(bounds[:, t], levels.shape)[reached]
    unknown = np.isnan(levels) | np.isnan(bounds).all(axis=1)
    tier[unknown], met[unknown] = NO_DATA, np.nan
    return tier, met


def station_series(
    stations: Sequence[RiverStation], times: NDArray[np.datetime64], level: NDArray[np.floating]
) -> xr.Dataset:
    """Tiers of all stations at all hours, labelled.

    Parameters
    ----------
    stations : sequence of RiverStation
    times : datetime64 (time,), UTC
    level : array (time, station)
        Observed or forecast [m], in each station's own datum.

    Returns
    -------
    Dataset (time, asset)
        ``tier`` int8, ``value`` and ``threshold`` [m].
    """
    tier, met = stage_tiers(level, thresholds(stations))
    names = ("time", "asset")
    value = np.asarray(level, np.float64)
    return xr.Dataset(
        {"tier": (names, tier), "value": (names, value, {"units": "m"}), "threshold": (names, met, {"units": "m"})},
        coords={"time": times, "asset": [s.station_id for s in stations]},
    )  # fmt: skip


def station_assets(
    stations: Sequence[RiverStation], series: xr.Dataset, *, source: str, observed: bool = False
) -> tuple[AssetTier, ...]:
    """One record a station: its worst tier, when it first comes, and why.

    Parameters
    ----------
    stations, series
        As given to and by ``station_series``.
    source : str
        Whose levels they were.
    """
    found = []
    for k, station in enumerate(stations):
        column = series.isel(asset=k)
        tier, first = worst_of_series(column["tier"].values)
        value = None if first is None else float(column["value"].values[first])
        met = None if first is None or not tier else float(column["threshold"].values[first])
        chinese, english = _words(station, tier, value, met)
        found.append(
            AssetTier(
                asset_id=station.station_id, name=station.name, kind="river_station", region=station.region,
                hazard=HAZARD, tier=tier, value=value, threshold=met, units="m",
                onset=None if first is None else instant(column["time"].values[first]),
                reason_chinese=chinese, reason_english=english, people=station.people,
                responsible=station.responsible, source=source, observed=observed,
                longitude=station.longitude, latitude=station.latitude,
            )
        )  # fmt: skip
    return tuple(found)


def _words(
    station: RiverStation, tier: Tier | None, value: float | None, met: float | None
) -> tuple[str, str]:
    if tier is None:
        return "无水位数据", "no level"
    if met is None:
        return f"水位{value:.2f}米,未达警戒", f"{value:.2f} m, below the warning level"
    chinese, english = LEVEL_WORDS[tier - 1]
    datum = HEIGHT_DATUMS.get(station.datum, (station.datum, station.datum))
    return (
        f"{station.river}水位{value:.2f}米,达到{chinese}({met:.2f}米,{datum[0]})",
        f"{value:.2f} m, at or above {english} ({met:.2f} m, {datum[1]})",
    )
