"""What a trusted gauge raises at once: a threshold that was passed needs no forecast to agree.

A gauge only ever raises; it lowers nothing, and a gauge that is silent or flagged says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from riskmap.asset import AssetTier, instant, worst_by_region, worst_first
from riskmap.errors import DataError
from riskmap.heights import HEIGHT_DATUMS
from riskmap.observation.gauges import Gauge, Readings
from riskmap.rules import HazardRule, Metric
from riskmap.scale import HAZARD_WORDS, Tier

HAZARD_OF_KIND: Final = MappingProxyType(
    {"river": "river_stage", "tide": "storm_tide", "reservoir": "reservoir"}
)
"""Kind of level gauge -> the hazard that it raises."""

VALID_FOR: Final = 3600.0
"""A reading raises for so long after its time [s] (status D): after that the gauge must speak again."""


def window_sums(
    times: NDArray[np.datetime64], rain: NDArray[np.float64], hours: float
) -> NDArray[np.float64]:
    """Rain of the ``hours`` that end at each reading [mm]; what is missing counts as none, so it is a lower bound.

    Parameters
    ----------
    times : datetime64 (reading,), rising
    rain : array (reading,) [mm]
        Of trusted readings.

    Examples
    --------
    >>> t = np.array(["2021-07-25T01", "2021-07-25T02", "2021-07-25T05"], "datetime64[s]")
    >>> window_sums(t, np.array([10.0, 20.0, 5.0]), 3.0).tolist()
    [10.0, 30.0, 5.0]
    """
    seconds = times.astype("datetime64[s]").astype(np.int64)
    first = np.searchsorted(seconds, seconds - round(hours * 3600), side="right")
    sums = np.concatenate([[0.0], np.cumsum(rain)])
    return np.asarray(np.round(sums[1:] - sums[first], 6))


def rain_raises(
    readings: Sequence[Readings], rules: Mapping[str, HazardRule], *, now: datetime
) -> tuple[AssetTier, ...]:
    """What the rain gauges raise: one record for each gauge and hazard whose rule is met, worst first.

    Parameters
    ----------
    readings : sequence of Readings
        Checked, see ``riskmap.observation.quality.check``.
    rules : mapping
        Hazard id -> rule; those of its metrics that are rain over a window are tested.
    now : datetime
        Timezone-aware; readings older than an hour raise nothing.

    Raises
    ------
    DataError
        ``now`` has no offset.
    """
    at = _seconds(now)
    found = []
    for series in readings:
        if series.gauge.kind != "rain":
            continue
        times, values = _good(series, at)
        fresh = _fresh(times, at)
        if not fresh.any():
            continue
        for hazard, rule in rules.items():
            record = _worst_metric(series.gauge, hazard, rule, times, values, fresh)
            if record is not None:
                found.append(record)
    return worst_first(found)


def _worst_metric(
    gauge: Gauge, hazard: str, rule: HazardRule, times: NDArray[np.datetime64], values: NDArray[np.float64],
    fresh: NDArray[np.bool_],
) -> AssetTier | None:  # fmt: skip
    best: tuple[Tier, Metric, float, float, np.datetime64] | None = None
    for metric in rule.metrics:
        if metric.window_hours is None or metric.units != "mm":
            continue
        if (metric.window_hours * 3600) % gauge.interval:
            continue  # a reading of six hours says nothing of three
        sums = window_sums(times, values, metric.window_hours)
        for tier in (Tier.RED, Tier.ORANGE, Tier.YELLOW, Tier.BLUE):
            bound = metric.threshold(tier)
            if bound is None or (best is not None and tier <= best[0]):
                continue
            met = np.flatnonzero(fresh & (sums >= bound))
            if met.size:
                best = (tier, metric, bound, float(sums[met].max()), times[met[0]])
                break
    if best is None:
        return None
    tier, metric, bound, value, when = best
    onset = instant(when)
    chinese = f"{gauge.name}雨量站{_clock(onset)}实测{metric.chinese}{value:.1f}毫米,达到{bound:.0f}毫米"
    english = f"{gauge.name} gauge measured {value:.1f} mm ({metric.english}) at {onset:%Y-%m-%dT%H:%MZ}, bound {bound:.0f} mm"
    return _record(gauge, hazard, tier, value, bound, "mm", onset, (chinese, english))


def level_raises(readings: Sequence[Readings], *, now: datetime) -> tuple[AssetTier, ...]:
    """What the level gauges raise: one record for each whose own levels were passed, worst first.

    A river gauge is blue only while it rises: its last trusted level above the one before.

    Parameters
    ----------
    readings : sequence of Readings
        Checked. Gauges without levels of their own raise nothing.
    now : datetime
        Timezone-aware.

    Raises
    ------
    DataError
        ``now`` has no offset.
    """
    at = _seconds(now)
    found = []
    for series in readings:
        gauge = series.gauge
        if gauge.kind == "rain" or gauge.bounds is None:
            continue
        times, values = _good(series, at)
        if not _fresh(times, at).any():
            continue
        value, tier = round(float(values[-1]), 4), Tier.GREEN
        for candidate, bound in zip(
            (Tier.BLUE, Tier.YELLOW, Tier.ORANGE, Tier.RED), gauge.bounds, strict=True
        ):
            if bound is not None and value >= bound:
                tier = candidate
        falling = len(values) > 1 and values[-1] <= values[-2]
        if tier is Tier.GREEN or (tier is Tier.BLUE and gauge.kind == "river" and falling):
            continue
        met = gauge.bounds[tier - 1]
        assert met is not None
        onset = instant(times[-1])
        datum = HEIGHT_DATUMS.get(gauge.datum, (gauge.datum, gauge.datum))
        chinese = f"{gauge.name}站{_clock(onset)}实测水位{value:.2f}米,达到{met:.2f}米({datum[0]})"
        english = f"{gauge.name} gauge stood at {value:.2f} m at {onset:%Y-%m-%dT%H:%MZ}, bound {met:.2f} m ({datum[1]})"
        found.append(
            _record(gauge, HAZARD_OF_KIND[gauge.kind], tier, value, met, "m", onset, (chinese, english))
        )
    return worst_first(found)


def raise_tiers(
    tiers: Mapping[str, Tier | None], raises: Iterable[AssetTier], *, hazard: str | None = None
) -> tuple[dict[str, Tier | None], dict[str, AssetTier]]:
    """Tiers of regions after what the gauges raise, and the record that raised each.

    Parameters
    ----------
    tiers : mapping
        Region code -> tier, None where nothing is known.
    raises : iterable of AssetTier
        A gauge of a township or village raises the county that its code begins with.
    hazard : str, optional
        Only records of this hazard.

    Returns
    -------
    tiers, by
        Never lower than before; a region whose tier was unknown takes what was measured.
    """
    found = dict(tiers)
    by: dict[str, AssetTier] = {}
    for place, record in sorted(worst_by_region(raises, hazard=hazard).items()):
        for code in found:
            present = found[code]
            assert record.tier is not None
            if place.startswith(code) and (present is None or record.tier > present):
                found[code], by[code] = record.tier, record
    return found, by


def _record(
    gauge: Gauge, hazard: str, tier: Tier, value: float, bound: float, units: str, onset: datetime, reason: tuple[str, str]
) -> AssetTier:  # fmt: skip
    name = HAZARD_WORDS.get(hazard, (hazard, hazard))
    return AssetTier(
        asset_id=gauge.gauge_id, name=gauge.name, kind="gauge", region=gauge.region, hazard=hazard, tier=tier,
        value=value, threshold=bound, units=units, onset=onset,
        reason_chinese=f"{name[0]}:{reason[0]}", reason_english=f"{name[1]}: {reason[1]}",
        source=f"gauge {gauge.gauge_id}", observed=True, longitude=gauge.longitude, latitude=gauge.latitude,
    )  # fmt: skip


def _clock(when: datetime) -> str:
    """Beijing time, as people there read it."""
    return f"{when.astimezone(timezone(timedelta(hours=8))):%m月%d日%H:%M}"


def _good(series: Readings, now: np.datetime64) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    use = series.trusted & (series.times <= now)
    return series.times[use], series.values[use]


def _fresh(times: NDArray[np.datetime64], now: np.datetime64) -> NDArray[np.bool_]:
    return np.asarray((now - times) <= np.timedelta64(round(VALID_FOR), "s"))


def _seconds(now: datetime) -> np.datetime64:
    if now.tzinfo is None:
        raise DataError(
            "an instant without its offset", where="gauge raises, now", expected="a timezone-aware datetime",
            found=now.isoformat(), remedy="add tzinfo",
        )  # fmt: skip
    return np.datetime64(round(now.timestamp()), "s")
