"""Key villages at a tier: what a letter lists, a roster calls and a region is raised by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.asset import AssetTier, instant, worst_of_series
from riskmap.hazard.flash_flood.forecast import BASIS_WORDS, OWN, SURVEYED, WINDOWS
from riskmap.hazard.flash_flood.ratios import STEP_WORDS
from riskmap.hazard.flash_flood.villages import CRITERIA, CRITERIA_WORDS, VillageReason
from riskmap.hazard.flash_flood.watersheds import LABEL, cells_under
from riskmap.scale import NO_DATA

KIND: Final = "key_village"
HAZARD: Final = "flash_flood"

_ENGLISH: Final = ("published county table", "guidance", "own thresholds", "guidance, bankfull surveyed")
_SURE: Final = {True: ("置信度中", "medium confidence"), False: ("置信度低", "low confidence")}


def village_assets(
    villages: Sequence[VillageReason],
    watersheds: xr.Dataset,
    found: xr.Dataset,
    *,
    number: NDArray[np.integer] | None = None,
    analysis: np.datetime64 | None = None,
) -> list[AssetTier]:
    """Every key village at the worst tier of its watershed, and when it first comes to it.

    Villages that are no key villages are left out; one of which it is unknown counts as one. A village outside every
    watershed has no data.

    Parameters
    ----------
    villages : sequence of VillageReason
        From ``key_villages``.
    watersheds, found : Dataset
        As given to and returned by ``flash_flood``; ``found`` may be cut to the hours of interest.
    number : int array (village,), optional
        Watershed of each of ``villages``, 0 = none, where it is known better than by the label raster.
    analysis : datetime64, optional
        Present instant, UTC: from it the lead times to 准备转移 and 立即转移 count. Without it none is said.
    """
    key, places = _placed(villages, watersheds, number)
    return [_asset(reason, int(n) - 1, found, analysis) for reason, n in zip(key, places, strict=True)]


def _placed(
    villages: Sequence[VillageReason], watersheds: xr.Dataset, number: NDArray[np.integer] | None
) -> tuple[list[VillageReason], NDArray[np.int64]]:
    """Key villages, and the number of the watershed that each lies in (0: none)."""
    kept = [k for k, reason in enumerate(villages) if reason.key is not False]
    key = [villages[k] for k in kept]
    if number is not None:
        return key, np.asarray(number, np.int64)[np.array(kept, np.int64)]
    labels = watersheds[LABEL].transpose("y", "x")
    rows = cells_under(np.array([r.village.latitude for r in key]), labels["y"].values, where="y")
    columns = cells_under(np.array([r.village.longitude for r in key]), labels["x"].values, where="x")
    inside = (rows >= 0) & (columns >= 0)
    return key, np.where(inside, labels.values[rows, columns], 0).astype(np.int64)


def _asset(reason: VillageReason, place: int, found: xr.Dataset, analysis: np.datetime64 | None) -> AssetTier:
    tier, at = (None, None) if place < 0 else worst_of_series(found["tier"].values[place])
    if tier is None or at is None:
        return _record(reason, tier=None, reason_chinese="无数据", reason_english="no data")
    ratio, driver = float(found["ratio"][place, at]), int(found["driver"][place, at])
    basis = max(0, int(found["driver_basis"][place, at]))
    flow = driver >= len(WINDOWS)
    names = (
        ("discharge", "bankfull") if flow else tuple(f"{n}_{WINDOWS[driver]}h" for n in ("rain", "threshold"))
    )
    value = float(found[names[0]][place, at])
    threshold = float(found["bankfull"][place]) if flow else float(found[names[1]][place, at])
    units = "m3 s-1" if flow else "mm"
    what = ("洪峰流量", "discharge") if flow else (f"{WINDOWS[driver]}小时雨量", f"{WINDOWS[driver]} h rain")
    sure = _SURE[basis in (OWN, SURVEYED) and str(found["confidence"].values[place]) != "low"]
    steps = _steps(found, place, analysis)
    step = "" if steps else STEP_WORDS[max(0, int(found["step"][place, at]))]
    chinese = (
        f"{what[0]}{value:.0f}{'立方米/秒' if flow else '毫米'},为立即转移阈值{threshold:.0f}的{ratio:.0%}"
        f"({BASIS_WORDS[basis]},{sure[0]})"
        + (f",{step}" if step else "")
        + "".join(f";{words}" for words, _, _ in steps.values())
    )
    english = (
        f"{what[1]} {value:.0f} {units}, {ratio:.0%} of the move-now threshold {threshold:.0f} "
        f"({_ENGLISH[basis]}, {sure[1]})" + "".join(f"; {words}" for _, words, _ in steps.values())
    )
    return _record(
        reason, tier=tier, value=value, threshold=threshold, units=units, reason_chinese=chinese, reason_english=english,
        onset=instant(found["time"].values[at]), **{name: when for name, (_, _, when) in steps.items()},
    )  # fmt: skip


def _steps(
    found: xr.Dataset, place: int, analysis: np.datetime64 | None
) -> dict[str, tuple[str, str, datetime]]:
    """准备转移 and 立即转移, as far as the watershed comes to them: words, and the instant."""
    out: dict[str, tuple[str, str, datetime]] = {}
    words = (("prepare", "准备转移", "prepare to move"), ("move", "立即转移", "move now"))
    for name, chinese, english in words if analysis is not None else ():
        lead = float(found[f"lead_{name}"][place])
        if np.isnan(lead):
            continue
        assert analysis is not None
        when = instant(analysis + np.timedelta64(round(3600.0 * lead), "s"))
        told = (f"已达{chinese}", f"{english} is reached") if lead <= 0.0 else (
            f"{_hours(lead)}小时后{chinese}", f"{english} in {_hours(lead)} h")  # fmt: skip
        out[f"{name}_at"] = (*told, when)
    return out


def _hours(lead: float) -> str:
    return f"{lead:.1f}".removesuffix(".0")


def _record(reason: VillageReason, **told: Any) -> AssetTier:
    village = reason.village
    words = dict(zip(CRITERIA, CRITERIA_WORDS, strict=True))
    why = "、".join(words[name] for name in reason.met) or "调查未全"
    nothing: dict[str, Any] = {"value": None, "threshold": None, "units": "", "onset": None}
    return AssetTier(
        asset_id=village.id, name=village.name, kind=KIND, region=village.region, hazard=HAZARD,
        people=village.people, households=village.households, responsible=village.responsible,
        source=f"重要村落:{why}", longitude=village.longitude, latitude=village.latitude, **(nothing | told),
    )  # fmt: skip


def village_tiers(
    villages: Sequence[VillageReason],
    watersheds: xr.Dataset,
    found: xr.Dataset,
    *,
    number: NDArray[np.integer] | None = None,
) -> NDArray[np.int8]:
    """Tiers of the same villages step by step, int8 (time, village); no data outside every watershed."""
    _, places = _placed(villages, watersheds, number)
    tiers = np.vstack([np.full((1, found.sizes["time"]), NO_DATA, np.int8), found["tier"].values])
    return np.asarray(tiers[places].T, np.int8)
