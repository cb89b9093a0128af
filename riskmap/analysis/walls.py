"""Sea walls in one analysis: sections against the water of each hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.analysis.inputs import Inputs
from riskmap.asset import AssetTier, instant, worst_of_series
from riskmap.asset_hours import AssetHours
from riskmap.hazard.sea_wall import WallInflows, grade_sections, reason_words, storm_sections, wall_inflows
from riskmap.rules import HazardRule
from riskmap.scale import Tier


@dataclass(frozen=True, eq=False)
class WallHours:
    """Sections of one analysis: their tiers, one line a section that is unknown and why, and what they let in."""

    tiers: AssetHours
    lacking: tuple[str, ...]
    inflows: WallInflows


def wall_hours(
    inputs: Inputs, hours: NDArray[np.datetime64], risen: NDArray[np.float64], sea: xr.Dataset
) -> WallHours:
    """Tiers of the sea-wall sections, each with its reason at its worst hour, and what they let in.

    Parameters
    ----------
    inputs : Inputs
        With ``walls``, ``wall_tide`` and the grids of the sea.
    hours : datetime64 (time,), UTC
    risen : float array (time, section)
        Surge [m].
    sea : Dataset (time, section)
        Waves at the sections, see ``riskmap.hazard.waves.waves``.
    """
    walls, tide, shelf = inputs.walls, inputs.wall_tide, inputs.shelf
    assert walls is not None
    assert tide is not None
    assert shelf is not None
    rule = inputs.rules["sea_wall"]
    found = storm_sections(
        inputs.track,
        walls,
        tide,
        hours,
        shelf=shelf,
        coast=inputs.inshore,
        model=inputs.wind,
        risen=risen,
        sea=sea,
    )
    graded = grade_sections(found, rule)
    tier, metric = (graded[name].values.T.astype(np.int8) for name in ("tier", "driver"))
    values = np.stack([found[m.variable].values.T for m in rule.metrics])
    # nothing drives a green section: a test that it has stands for it, with its lowest bound
    metric = np.where(tier == Tier.GREEN, np.isfinite(values).argmax(axis=0), metric).astype(np.int8)
    bounds = np.array(
        [[np.nan if t is None else t for t in (m.lowest, *m.thresholds)] for m in rule.metrics], np.float64
    )
    value = np.take_along_axis(values, metric[None].astype(np.intp), axis=0)[0]
    known = tier >= Tier.GREEN
    threshold = np.where(known, bounds[metric, np.maximum(tier, 0)], np.nan)
    value = np.where(known & np.isfinite(value), value, np.nan)
    assets = tuple(
        _wall(walls, found, k, tier[:, k], value[:, k], threshold[:, k], hours, rule, metric[:, k])
        for k in range(tier.shape[1])
    )
    # a wall of a township stands in the county that its code begins with
    listed = tuple({str(code) for code in walls["region"].values})
    coastal = [] if inputs.coast is None else np.unique(inputs.coast["region"].values).astype(str).tolist()
    bare = frozenset(code for code in coastal if not any(place.startswith(code) for place in listed))
    group = AssetHours(
        "sea_wall", assets, tier, metric, value, threshold, missing=bare,
        example="sea_wall" in inputs.examples,
    )  # fmt: skip
    # water from an invented wall floods nobody
    let_in = WallInflows() if group.example else wall_inflows(walls, found, rule=inputs.breach_rule)
    unknown = () if group.example else tuple(found.attrs["lacking"])
    return WallHours(group, unknown, let_in)


def _wall(
    walls: xr.Dataset, found: xr.Dataset, k: int, tiers: NDArray[np.int8], values: NDArray[np.float64],
    thresholds: NDArray[np.float64], hours: NDArray[np.datetime64], rule: HazardRule, metric: NDArray[np.int8],
) -> AssetTier:  # fmt: skip
    """One section at its worst; among hours of one tier the one with the highest water."""
    tier, first = worst_of_series(tiers)
    section = str(walls["section"].values[k])
    hour = int(np.argmin(tiers))  # the first that is unknown, where one is
    if tier is not None:
        water = np.where(tiers == tier, np.nan_to_num(found["still_water"].values[k], nan=-np.inf), -np.inf)
        hour = int(np.argmax(water))
    chinese, english = reason_words(walls, found, section, hour)
    name = str(walls["name"].values[k])
    return AssetTier(
        asset_id=section, name=name, kind="wall_section", region=str(walls["region"].values[k]), hazard="sea_wall",
        tier=tier, value=_number(values[hour]) if tier is not None else None,
        threshold=_number(thresholds[hour]) if tier else None, units=rule.metrics[int(metric[hour])].units,
        onset=None if first is None else instant(hours[first]),
        reason_chinese=chinese.removeprefix(f"{name}:"), reason_english=english.removeprefix(f"{section}: "),
        responsible=str(walls["owner"].values[k]), source=rule.metrics[int(metric[hour])].source,
        longitude=_number(walls["longitude"].values[k]), latitude=_number(walls["latitude"].values[k]),
    )  # fmt: skip


def _number(value: np.floating) -> float | None:
    return None if np.isnan(value) else float(value)
