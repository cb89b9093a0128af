"""Flash floods of one analysis: tiers of watersheds hour by hour, and the villages in them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.analysis.basins import Basins
from riskmap.analysis.own_basins import FloodInputs
from riskmap.asset_hours import AssetHours
from riskmap.grid import Grid
from riskmap.hazard.flash_flood import village_assets
from riskmap.hazard.flash_flood.forecast import GUIDANCE, OWN, SURVEYED, TABLE
from riskmap.rules import HazardRule
from riskmap.scale import NO_DATA, Tier

VARIABLES = {
    TABLE: "flash_flood_ratio", GUIDANCE: "flash_flood_ratio_guidance", SURVEYED: "flash_flood_ratio_surveyed",
    OWN: "flash_flood_ratio_own",
}  # fmt: skip
"""Basis of a test -> the metric that it is told as: the reason says whose threshold it was."""


def ratios(basins: Basins, found: xr.Dataset, rule: HazardRule) -> Iterator[dict[str, NDArray[np.float32]]]:
    """Ratio of each watershed, hour by hour, the sea first, in the metric of its own basis.

    0 in the other metrics and where a flash flood cannot form, NaN where unknown; shape (watershed + 1,) each.
    """
    tested = {metric.variable for metric in rule.metrics}
    for hour in range(found.sizes["time"]):
        ratio, basis = found["ratio"].values[:, hour], found["driver_basis"].values[:, hour]
        values = np.where(basins.hilly | np.isnan(ratio), ratio, np.float32(0.0))
        out = {name: np.zeros(len(values) + 1, np.float32) for name in VARIABLES.values() if name in tested}
        for name in out:
            out[name][1:][np.isnan(values)] = np.nan
        for code, name in VARIABLES.items():
            # a bureau's own rule may know one metric alone
            into = out[name if name in out else VARIABLES[TABLE]]
            mine = (basis == code) & ~np.isnan(values)
            into[1:][mine] = values[mine]
        yield out


def hourly(found: xr.Dataset, hours: NDArray[np.datetime64]) -> xr.Dataset:
    """The worst step of each valid hour; the hours until the steps 准备转移 and 立即转移 stay as fine as the rain.

    Parameters
    ----------
    found : Dataset (watershed, time)
        From ``flash_flood``, in steps of an hour or less.
    hours : datetime64 (time,)
        Ends of the valid hours, UTC.
    """
    times = found["time"].values
    an_hour = max(1, round(float(np.timedelta64(1, "h") / (times[1] - times[0])))) if len(times) > 1 else 1
    last = np.searchsorted(times, hours)
    if an_hour == 1:
        return found.isel(time=last)
    # the first valid hour is the issue time itself
    steps = last[:, None] - np.arange(an_hour)[::-1][None, :]
    steps[0] = last[0]
    ratio = found["ratio"].values[:, steps]
    known = np.where(np.isnan(ratio), -np.inf, ratio)
    best = known.argmax(axis=2)
    # an unknown step keeps the hour from green, and hides nothing above it
    hidden = np.isnan(ratio).any(axis=2) & (found["tier"].values[:, steps].max(axis=2) < Tier.BLUE)
    at = np.take_along_axis(np.broadcast_to(steps, ratio.shape), best[..., None], axis=2)[..., 0]
    out = found.isel(time=last).copy(deep=True)
    for name, variable in found.data_vars.items():
        if variable.dims == ("watershed", "time"):
            out[name].values[...] = np.take_along_axis(variable.values, at, axis=1)
    out["ratio"].values[hidden] = np.nan
    for name in ("tier", "step"):
        out[name].values[hidden] = NO_DATA
    return out


def village_hours(
    floods: FloodInputs,
    basins: Basins,
    found: xr.Dataset,
    rule: HazardRule,
    grid: Grid,
    analysis: np.datetime64,
    *,
    doubtful: bool = False,
) -> AssetHours | None:
    """Key villages with their hours, None where there are none.

    Parameters
    ----------
    found : Dataset (watershed, time)
        Of the valid hours, see ``hourly``.
    analysis : datetime64
        Issue time, UTC.
    doubtful : bool
        Whether an input of the hazard is old or stands in: then nothing is more than low, whosever thresholds count.
    """
    reasons = [reason for reason in floods.villages if reason.key is not False]
    if not reasons:
        return None
    number = np.array(
        [basins.number_at(grid, r.village.longitude, r.village.latitude) for r in reasons], np.int64
    )
    number = np.maximum(number, 0)
    if doubtful:
        found = found.assign(confidence=("watershed", np.full(found.sizes["watershed"], "low")))
    worst = village_assets(reasons, basins.watersheds, found, number=number, analysis=analysis)
    shape = (found.sizes["time"], len(reasons))
    ratio, tier = np.full(shape, np.nan), np.full(shape, NO_DATA, np.int8)
    basis = np.full(shape, TABLE, np.int8)
    inside = number > 0
    at = number[inside] - 1
    ratio[:, inside] = found["ratio"].values[at].T
    tier[:, inside] = found["tier"].values[at].T
    basis[:, inside] = np.maximum(found["driver_basis"].values[at].T, TABLE)
    place = {metric.variable: n for n, metric in enumerate(rule.metrics)}
    metric = np.array(
        [place.get(VARIABLES[code], place[VARIABLES[TABLE]]) for code in range(len(VARIABLES))], np.int8
    )[basis]
    bounds = np.array(
        [[np.nan if t is None else t for t in (m.lowest, *m.thresholds)] for m in rule.metrics], np.float64
    )
    threshold = np.where(tier >= Tier.GREEN, bounds[metric, np.maximum(tier, 0)], np.nan)
    return AssetHours("flash_flood", tuple(worst), tier, metric, ratio, threshold, example=floods.example)
