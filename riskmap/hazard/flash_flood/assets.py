"""Key villages at a tier: what a letter lists, a roster calls and a region is raised by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.asset import AssetTier, instant, worst_of_series
from riskmap.hazard.flash_flood.forecast import BASIS_WORDS, WINDOWS
from riskmap.hazard.flash_flood.ratios import STEP_WORDS
from riskmap.hazard.flash_flood.villages import CRITERIA, CRITERIA_WORDS, VillageReason
from riskmap.hazard.flash_flood.watersheds import LABEL, cells_under
from riskmap.scale import NO_DATA, Tier

KIND: Final = "key_village"
HAZARD: Final = "flash_flood"

_ENGLISH: Final = ("published county table", "guidance", "own thresholds")


def village_assets(
    villages: Sequence[VillageReason], watersheds: xr.Dataset, found: xr.Dataset
) -> list[AssetTier]:
    """Every key village at the worst tier of its watershed, and when it first comes to it.

    Villages that are no key villages are left out; one of which it is unknown counts as one. A village outside every
    watershed has no data.

    Parameters
    ----------
    villages : sequence of VillageReason
        From ``key_villages``.
    watersheds, found : Dataset
        As given to and returned by ``flash_flood``.
    """
    key, number = _placed(villages, watersheds)
    return [_asset(reason, int(n) - 1, found) for reason, n in zip(key, number, strict=True)]


def _placed(
    villages: Sequence[VillageReason], watersheds: xr.Dataset
) -> tuple[list[VillageReason], NDArray[np.int64]]:
    """Key villages, and the number of the watershed that each lies in (0: none)."""
    labels = watersheds[LABEL].transpose("y", "x")
    key = [reason for reason in villages if reason.key is not False]
    rows = cells_under(np.array([r.village.latitude for r in key]), labels["y"].values, where="y")
    columns = cells_under(np.array([r.village.longitude for r in key]), labels["x"].values, where="x")
    inside = (rows >= 0) & (columns >= 0)
    return key, np.where(inside, labels.values[rows, columns], 0).astype(np.int64)


def _asset(reason: VillageReason, place: int, found: xr.Dataset) -> AssetTier:
    why = _criteria(reason)
    tier, at = (None, None) if place < 0 else worst_of_series(found["tier"].values[place])
    if tier is None or at is None:
        return _record(reason, None, None, None, "", None, ("无数据", "no data"), why)
    ratio = float(found["ratio"][place, at])
    driver = int(found["driver"][place, at])
    basis = int(found["basis"][place])
    flow = driver >= len(WINDOWS)
    value, threshold = (
        (float(found["discharge"][place, at]), float(found["bankfull"][place]))
        if flow
        else _pair(found, place, at, WINDOWS[driver])
    )
    units = "m3 s-1" if flow else "mm"
    step = STEP_WORDS[max(0, int(found["step"][place, at]))]
    what = ("洪峰流量", "discharge") if flow else (f"{WINDOWS[driver]}小时雨量", f"{WINDOWS[driver]} h rain")
    chinese = (
        f"{what[0]}{value:.0f}{'立方米/秒' if flow else '毫米'},为立即转移阈值{threshold:.0f}的{ratio:.0%}"
        f"({BASIS_WORDS[basis]}){',' + step if step else ''}"
    )
    english = f"{what[1]} {value:.0f} {units}, {ratio:.0%} of the move-now threshold {threshold:.0f} ({_ENGLISH[basis]})"
    time: np.datetime64 = found["time"].values[at]
    return _record(reason, tier, value, threshold, units, time, (chinese, english), why)


def _pair(found: xr.Dataset, place: int, at: int, window: int) -> tuple[float, float]:
    return float(found[f"rain_{window}h"][place, at]), float(found[f"threshold_{window}h"][place, at])


def _criteria(reason: VillageReason) -> str:
    words = dict(zip(CRITERIA, CRITERIA_WORDS, strict=True))
    return "、".join(words[name] for name in reason.met) or "调查未全"


def _record(
    reason: VillageReason,
    tier: Tier | None,
    value: float | None,
    threshold: float | None,
    units: str,
    time: np.datetime64 | None,
    reasons: tuple[str, str],
    why: str,
) -> AssetTier:
    village = reason.village
    return AssetTier(
        asset_id=village.id,
        name=village.name,
        kind=KIND,
        region=village.region,
        hazard=HAZARD,
        tier=tier,
        value=value,
        threshold=threshold,
        units=units,
        onset=None if time is None else instant(time),
        reason_chinese=reasons[0],
        reason_english=reasons[1],
        people=village.people,
        responsible=village.responsible,
        source=f"重要村落:{why}",
    )


def village_tiers(
    villages: Sequence[VillageReason], watersheds: xr.Dataset, found: xr.Dataset
) -> NDArray[np.int8]:
    """Tiers of the same villages step by step, int8 (time, village); no data outside every watershed."""
    _, number = _placed(villages, watersheds)
    tiers = np.vstack([np.full((1, found.sizes["time"]), NO_DATA, np.int8), found["tier"].values])
    return np.asarray(tiers[number].T, np.int8)
