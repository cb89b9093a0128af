"""Every tier with its reason, as one labelled table: what it was before, since when, by how much, and whom it meets.

``Assessment`` keeps what was found; this file derives what people ask next, for all regions and hours at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.assessment import TABLE_VARIABLES, Assessment, worst_tier
from riskmap.earlier import NO_TREND, NOT_LOOKED, TREND_WORDS, Earlier, trend_of
from riskmap.rules import HazardRule
from riskmap.scale import NO_DATA, Tier
from riskmap.spells import spells
from riskmap.standing import COMBINED

CONFIDENCES: Final = ("", "low", "medium", "high")

REASON_VARIABLES: Final[Mapping[str, tuple[str, str]]] = {
    "tier": ("1", "computed tier: 0 green .. 4 red, -1 no data, -2 not applicable"),
    "previous_tier": ("1", "tier of the cycle before at the same valid hour; -3 = it did not look"),
    "trend": ("1", "against the cycle before: 1 rising, 0 unchanged, -1 falling, -9 not comparable"),
    "driver": ("1", "index of the hazard that drives the row; itself but in the combined row; -1 = none"),
    "metric": ("1", "index of the driving metric in its rule"),
    "value": ("as the metric", "driving metric at the cell where the area share is reached"),
    "threshold": ("as the metric", "bound that was met; for green the lowest bound, not met"),
    "margin": ("as the metric", "value - threshold: past the bound, or below it where negative"),
    "margin_share": ("1", "margin as a share of the threshold"),
    "next_tier": ("1", "tier of the next bound of the same metric; -1 = it has none"),
    "to_next": ("as the metric", "what is lacking to the next bound of the same metric"),
    "to_next_share": ("1", "the same as a share of that bound"),
    "area_share": ("1", "share of the area at or above the tier; not known where an asset decides"),
    "maximum": ("as the metric", "largest value of the driving metric in the region"),
    "people": ("1", "residents times area share (modelled)"),
    "people_60": ("1", "residents aged 60 and over times area share (modelled)"),
    "people_65": ("1", "residents aged 65 and over times area share (modelled)"),
    "people_80": ("1", "residents aged 80 and over times area share (modelled)"),
    "covered": ("1", "share of the area that has data"),
    "probability": (
        "1",
        "share of members with this tier or worse at this hour; for green, with blue or worse",
    ),
    "confidence": ("1", "0 not stated, 1 low, 2 medium, 3 high"),
    "onset": ("", "first hour of the spell at this tier or worse that this hour is in (UTC)"),
    "end": ("", "last hour of that spell (UTC)"),
    "open_end": ("1", "1 where the spell lasts to the end of the window, so that its end is not known"),
    "asset": ("1", "index of the deciding asset in assessment.json; -1 = cells decide"),
}
"""Variables (hazard, time, region) of ``reasons_table``: units and meaning."""


def reasons_table(
    assessment: Assessment,
    *,
    probability: xr.Dataset | None = None,
    aged: Mapping[str, tuple[float, float, float]] | None = None,
) -> xr.Dataset:
    """Every tier with what belongs to it, for each hazard, hour and region.

    Parameters
    ----------
    assessment : Assessment
        With ``earlier`` where a cycle was published before it.
    probability : Dataset, optional
        Chances of the wind tiers, see ``riskmap.probability.wind_probability``; on the same hours and regions.
    aged : mapping, optional
        Region code -> residents aged 60, 65 and 80 and over; those of the regions themselves where None.

    Returns
    -------
    Dataset (hazard, time, region)
        ``REASON_VARIABLES``; the first hazard is ``combined``. Beside them, by (hazard, region): ``assets_hit``, assets
        at blue or worse in the window that count, ``worst`` and ``previous_worst``, the worst tier over the window, now
        and in the cycle before. Coordinates ``name``, ``city``; ``time`` is UTC. NaN, NaT and the negative codes stand
        for the unknown.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> import riskmap as rm
    >>> hours = np.datetime64("2021-07-25T00", "ns") + np.arange(6) * np.timedelta64(1, "h")
    >>> grid = rm.Grid.from_bounds(west=122, south=29.8, east=122.6, north=30.2, step=0.1)
    >>> rain = xr.DataArray(40.0, {"time": hours, **grid.coordinates}, ("time", "y", "x"), attrs={"units": "mm"})
    >>> found = rm.assess(rm.rain_sums(rain))
    >>> rows = reasons_table(found).sel(hazard="rain", region="330903")
    >>> float(rows["value"].max()), float(rows["threshold"].max()), float(rows["margin"].max())  # mm
    (120.0, 100.0, 20.0)
    """
    arrays = {name: assessment.table[name].values for name in TABLE_VARIABLES}
    apart = np.array([hazard in assessment.apart for hazard in assessment.hazards])
    tiers = arrays["tier"]
    columns: dict[str, NDArray[Any]] = {
        name: arrays[name]
        for name in ("metric", "value", "threshold", "area_share", "maximum", "people", "covered", "asset")
    }
    columns |= _margins(assessment, arrays)
    columns |= _people(assessment, arrays["area_share"], aged)
    columns["confidence"] = _confidence(assessment, arrays["metric"])
    columns["probability"] = _chance(assessment, tiers, probability)
    # what is apart drives nothing, whatever its tier
    driver = np.where(apart[:, None, None], np.int8(-128), tiers).argmax(axis=0)
    known = assessment.combined >= Tier.GREEN
    data = {name: _with_driver(values, driver, known) for name, values in columns.items()}
    every = np.concatenate([assessment.combined[None], tiers])
    data["tier"] = every
    own = np.broadcast_to(np.arange(len(tiers))[:, None, None], tiers.shape)
    data["driver"] = np.concatenate([np.where(known, driver, -1)[None], own]).astype(np.int8)
    before = _before(assessment.earlier, every.shape)
    data["previous_tier"], data["trend"] = before, trend_of(every, before)
    data |= _spells(every, assessment)
    return _labelled(assessment, data)


def _with_driver(values: NDArray[Any], driver: NDArray[np.int64], known: NDArray[np.bool_]) -> NDArray[Any]:
    """The same with a first row: that of the driving hazard."""
    nothing: Any = np.nan if values.dtype.kind == "f" else -1
    first = np.where(known, np.take_along_axis(values, driver[None], axis=0)[0], nothing)
    return np.concatenate([first[None].astype(values.dtype), values])


def next_bounds(rule: HazardRule) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """The bound above each tier of each metric, and the tier that it gives.

    Returns
    -------
    (float array, int8 array), both (metric, 5)
        NaN and -1 where a metric has no bound above that tier: another metric, or nothing, goes further.

    Examples
    --------
    >>> from riskmap.rules import Metric
    >>> rain = Metric("rain_3h", "3小时雨量", "3 h rain", "mm", (None, None, 50.0, 100.0), "CMA", "S")
    >>> bounds, tiers = next_bounds(HazardRule("rain", "x", (rain,), 0.05, "x", "D", "low", ""))
    >>> bounds.tolist(), tiers.tolist()
    ([[50.0, 50.0, 50.0, 100.0, nan]], [[3, 3, 3, 4, -1]])
    """
    bounds = np.full((len(rule.metrics), 5), np.nan)
    tiers = np.full((len(rule.metrics), 5), NO_DATA, np.int8)
    for m, metric in enumerate(rule.metrics):
        for now in Tier:
            above = [(t, b) for t, b in enumerate(metric.thresholds, 1) if t > now and b is not None]
            if above:
                tiers[m, now], bounds[m, now] = above[0]
    return bounds, tiers


def _margins(assessment: Assessment, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """How far each value is past its bound, and from the next one."""
    tier, metric, value, threshold = (arrays[name] for name in ("tier", "metric", "value", "threshold"))
    nearest, of_tier = np.full(tier.shape, np.nan), np.full(tier.shape, NO_DATA, np.int8)
    for n, hazard in enumerate(assessment.hazards):
        bounds, tiers = next_bounds(assessment.rules[hazard])
        at = metric[n], np.maximum(tier[n], 0)
        some = (tier[n] >= Tier.GREEN) & ~np.isnan(value[n])
        # a bound of the place itself (a station, an asset) is not in the rule: what comes after it is not known
        foreign = (arrays["asset"][n] >= 0) | np.isnan(threshold[n])
        nearest[n] = np.where(some & ~foreign, bounds[at], np.nan)
        of_tier[n] = np.where(some & ~foreign, tiers[at], NO_DATA)
    margin, lacking = value - threshold, nearest - value
    return {
        "margin": margin,
        "margin_share": _share(margin, threshold),
        "next_tier": of_tier,
        "to_next": lacking,
        "to_next_share": _share(lacking, nearest),
    }


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.full(part.shape, np.nan)
    np.divide(part, np.abs(whole), out=out, where=np.abs(whole) > 0)
    return out


def _people(
    assessment: Assessment, share: NDArray[np.float64], aged: Mapping[str, tuple[float, float, float]] | None
) -> dict[str, NDArray[np.float64]]:
    """Residents of three ages times the area share."""
    bands = np.array(
        [
            [np.nan if n is None else float(n) for n in ((aged or {}).get(r.code) or r.aged)]
            for r in assessment.regions
        ]
    ).reshape(-1, 3)  # fmt: skip
    return {f"people_{age}": share * bands[:, k] for k, age in enumerate((60, 65, 80))}


def _confidence(assessment: Assessment, metric: NDArray[Any]) -> NDArray[np.int8]:
    out = np.zeros(metric.shape, np.int8)
    for n, hazard in enumerate(assessment.hazards):
        rule = assessment.rules[hazard]
        words = [m.confidence or rule.confidence for m in rule.metrics]
        codes = np.array([CONFIDENCES.index(w) if w in CONFIDENCES else 0 for w in words], np.int8)
        out[n] = codes[metric[n]]
    return out


def _chance(
    assessment: Assessment, tiers: NDArray[np.int8], probability: xr.Dataset | None
) -> NDArray[np.float64]:
    """Share of members at this tier or worse at the hour; wind alone has members."""
    out = np.full(tiers.shape, np.nan)
    if probability is None or "wind" not in assessment.hazards:
        return out
    hourly = probability["region_probability_hourly"].values
    n = assessment.hazards.index("wind")
    if hourly.shape[1:] == tiers.shape[1:]:
        chosen = np.take_along_axis(hourly, np.maximum(tiers[n], 1)[None].astype(np.int64) - 1, axis=0)[0]
        out[n] = np.where(tiers[n] >= Tier.GREEN, chosen, np.nan)
    return out


def _before(earlier: Earlier | None, shape: tuple[int, ...]) -> NDArray[np.int8]:
    if earlier is None:
        return np.full(shape, NOT_LOOKED, np.int8)
    return np.concatenate([earlier.combined[None], earlier.tier]).astype(np.int8)


def _spells(tiers: NDArray[np.int8], assessment: Assessment) -> dict[str, NDArray[Any]]:
    first, last = spells(tiers)
    times = assessment.table["time"].values
    nat = np.datetime64("NaT", "s")
    return {
        "onset": np.where(first >= 0, times[first], nat),
        "end": np.where(last >= 0, times[last], nat),
        "open_end": (last == len(times) - 1).astype(np.int8),
    }


def assets_hit(assessment: Assessment) -> NDArray[np.int16]:
    """Assets at blue or worse in the window, (hazard + 1, region), combined first; invented ones are not counted."""
    out = np.zeros((len(assessment.hazards) + 1, len(assessment.regions)), np.int16)
    rows = {hazard: n for n, hazard in enumerate(assessment.hazards, 1)}
    for asset in assessment.assets:
        if asset.tier is None or asset.tier < Tier.BLUE or assessment.invented(asset):
            continue
        for r, region in enumerate(assessment.regions):
            if asset.region.startswith(region.code):
                out[0, r] += 1
                if asset.hazard in rows:
                    out[rows[asset.hazard], r] += 1
    return out


def _labelled(assessment: Assessment, data: Mapping[str, NDArray[Any]]) -> xr.Dataset:
    dims = ("hazard", "time", "region")
    made: dict[str, Any] = {}
    for name, (units, meaning) in REASON_VARIABLES.items():
        attrs = {"long_name": meaning} | ({"units": units} if units == "1" else {})
        made[name] = (dims, data[name], attrs)
    earlier = assessment.earlier
    tiers = assessment.table["tier"].values
    worst = np.stack([assessment.window_worst, *(worst_tier(t) for t in tiers)])
    before = np.full(worst.shape, NOT_LOOKED, np.int8) if earlier is None else earlier.worst
    made["assets_hit"] = (
        dims[::2],
        assets_hit(assessment),
        {"long_name": "assets at blue or worse in the window"},
    )
    made["worst"] = (dims[::2], worst, {"long_name": "worst computed tier over the window"})
    made["previous_worst"] = (
        dims[::2],
        before,
        {"long_name": "the same of the cycle before, over its own window"},
    )
    regions = assessment.regions
    coords = {
        "hazard": [COMBINED, *assessment.hazards],
        "time": assessment.table["time"].values.astype("datetime64[ns]"),
        "region": [r.code for r in regions],
        "name": ("region", [r.name for r in regions]),
        "city": ("region", [r.city_name for r in regions]),
    }
    attrs = {
        "title": "tiers of regions with their reasons",
        "issued_at": assessment.issued_at.astimezone(UTC).isoformat(),
        "previous_issued_at": "" if earlier is None else earlier.issued_at.astimezone(UTC).isoformat(),
        "people": "residents times area share: modelled, since people are not spread evenly",
        "apart": " ".join(sorted(assessment.apart)),
        "Conventions": "CF-1.8",
    }
    return xr.Dataset(made, coords=coords, attrs=attrs)


class Facts:
    """Rows of ``reasons_table`` as plain values: None for the unknown, aware datetimes, words for codes.

    Parameters
    ----------
    table : Dataset
        See ``reasons_table``.
    """

    def __init__(self, table: xr.Dataset) -> None:
        self._arrays = {name: table[name].values for name in REASON_VARIABLES}
        self.hazards = [str(h) for h in table["hazard"].values]
        seconds = table["time"].values.astype("datetime64[s]").astype(np.int64)
        self._places: tuple[dict[Any, int], ...] = tuple(
            {label: n for n, label in enumerate(axis)}
            for axis in (self.hazards, seconds.tolist(), [str(c) for c in table["region"].values])
        )

    def at(self, code: str, hazard: str, at: datetime) -> dict[str, Any]:
        """One row: ``REASON_VARIABLES`` by name, with ``trend_words`` (Chinese, English) and ``driver`` as a hazard id.

        Parameters
        ----------
        code : str
            Region code.
        hazard : str
            ``combined`` or a hazard id.
        at : datetime
            A valid hour, timezone-aware.

        Raises
        ------
        KeyError
            No such region, hazard or hour.
        """
        labels = hazard, int(at.timestamp()), code
        where = tuple(places[label] for places, label in zip(self._places, labels, strict=True))
        found = {name: _plain(values[where]) for name, values in self._arrays.items()}
        found["trend_words"] = TREND_WORDS[found["trend"]]
        for name in ("tier", "previous_tier", "next_tier"):
            found[name] = Tier(found[name]) if found[name] >= Tier.GREEN else None
        found["driver"] = self.hazards[found["driver"] + 1] if found["driver"] >= 0 else None
        found["trend"] = None if found["trend"] == NO_TREND else found["trend"]
        return found


def facts(table: xr.Dataset, code: str, hazard: str, at: datetime) -> dict[str, Any]:
    """One row of ``reasons_table``, see ``Facts.at``; for many rows make one ``Facts``."""
    return Facts(table).at(code, hazard, at)


def _plain(value: Any) -> Any:
    if isinstance(value, np.datetime64):
        seconds = value.astype("datetime64[s]")
        return None if np.isnat(seconds) else datetime.fromtimestamp(int(seconds.astype(np.int64)), UTC)
    if isinstance(value, np.floating):
        return None if np.isnan(value) else float(value)
    return int(value)
