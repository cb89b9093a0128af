"""From cells and stations to the tiers of regions: fills the assessment's table hour by hour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.blocks import run_rows
from riskmap.hazard.storm_tide import LEVELS, StormTide
from riskmap.region import Region
from riskmap.rules import HazardRule
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from riskmap.severity import FEW_CELLS, CellSeverity, decimal
from riskmap.zonal import ZonalWeights


def residents(regions: Sequence[Region]) -> NDArray[np.float64]:
    """Residents of each region, NaN where unknown, shape (region,)."""
    return np.array([np.nan if r.population is None else r.population for r in regions], np.float64)


def fill_cells(
    table: xr.Dataset,
    hazard: int,
    hour: int,
    cells: CellSeverity,
    rule: HazardRule,
    weights: ZonalWeights,
    people: NDArray[np.float64],
    applicable: NDArray[np.bool_] | None = None,
) -> None:
    """Give every region the highest tier that holds on the rule's share of its area.

    The value that is reported is that of the cell at which the worst cells together first reach the share, so
    that it always stands on the same side of the threshold as the tier. Where part of the region is unknown,
    the known cells may still give a tier at or above blue; green needs to be known, so the region is grey where
    the unknown part, together with what is known to be blue or worse, could reach the share.

    Parameters
    ----------
    table : Dataset (hazard, time, region)
        Changed in place at (hazard, hour).
    cells : CellSeverity
        Row-major over the grid of ``weights``.
    people : float array (region,)
        Residents.
    applicable : bool array (region,), optional
        Where the hazard can occur at all.
    """
    from riskmap._kernels import zonal as kernel

    n = len(weights.total)
    chosen, maxima = np.empty(n, np.int64), np.empty(n, cells.graded.dtype)
    share, covered, struck = np.empty(n), np.empty(n), np.empty(n)

    def reach(low: int, high: int) -> None:
        kernel.share_cells(
            weights.start, weights.cell, weights.area, weights.total, cells.severity, rule.unit_area_share,
            low, high, chosen, share, covered, struck,
        )  # fmt: skip
        picked = chosen[low:high]
        row = np.where(picked < 0, 0, cells.rows[cells.metric[np.maximum(picked, 0)]])
        kernel.largest(weights.start[low:], weights.cell, cells.graded, row, 0, high - low, maxima[low:])

    run_rows(reach, n, None if len(weights.cell) > FEW_CELLS else 1)
    known = chosen >= 0
    spot = np.where(known, chosen, 0)
    tier = np.where(known, np.nan_to_num(cells.severity[spot], nan=0.0), NO_DATA).astype(np.int8)
    unknown_share = np.where(covered < 1.0 - 1e-6, 1.0 - covered, 0.0)
    possible = struck + unknown_share
    tier[(tier == Tier.GREEN) & (unknown_share > 0.0) & (possible >= rule.unit_area_share)] = NO_DATA
    metric = np.where(known, cells.metric[spot], 0)
    graded = tier >= Tier.GREEN
    columns = {
        "tier": tier,
        "metric": metric,
        "value": np.where(graded, cells.value(metric, spot), np.nan),
        "threshold": np.where(graded, bounds_of(rule)[metric, np.maximum(tier, 0)], np.nan),
        "area_share": np.where(graded, np.where(tier > 0, share, 0.0), np.nan),
        "maximum": np.where(known | (cells.rows[0] == 0), decimal(maxima), np.nan),
        "people": np.where(graded, np.where(tier > 0, share, 0.0) * people, np.nan),
        "covered": covered,
        "asset": np.full(n, -1),
    }
    if "cell" in table.variables:
        columns["cell"] = np.where(graded, chosen, -1)
    if applicable is not None:
        # where the hazard cannot occur no number stands beside "not applicable", lest someone show it
        nothing = {"tier": NOT_APPLICABLE, "metric": 0, "asset": -1, "cell": -1}
        columns = {
            name: np.where(applicable, values, nothing.get(name, np.nan)) for name, values in columns.items()
        }
    for name, values in columns.items():
        table.variables[name].values[hazard, hour] = values


def bounds_of(rule: HazardRule) -> NDArray[np.float64]:
    """Bound met by each metric at each tier, (metric, 5); green shows the lowest bound, not met."""
    out = np.full((len(rule.metrics), 5), np.nan)
    for m, metric in enumerate(rule.metrics):
        lowest = metric.lowest
        out[m, 0] = np.nan if lowest is None else lowest
        for tier in range(1, 5):
            # a metric that drives tier t has met its highest bound at or below t
            met = [t for t in metric.thresholds[:tier] if t is not None]
            out[m, tier] = met[-1] if met else np.nan
    return out


def fill_stations(
    table: xr.Dataset, hazard: int, tide: StormTide, rule: HazardRule, regions: Sequence[Region]
) -> None:
    """Give every coastal region the worst tier of its stations, for all hours; inland it is not applicable.

    A station without its four levels, its tide or its surge is unknown; a region is grey where an unknown
    station could be worse than green and no known one is.

    Parameters
    ----------
    table : Dataset (hazard, time, region)
        Changed in place at ``hazard``.
    """
    levels = np.stack([tide.stations[name].values for name in LEVELS], axis=1)
    four = ~np.isnan(levels).any(axis=1)
    unknown = ~four[None, :] | np.isnan(tide.high_water)
    position = {metric.variable: m for m, metric in enumerate(rule.metrics)}
    surge_bounds = bounds_of(rule)[position["storm_surge"]]
    high_tier = (tide.high_water[:, :, None] >= levels[None]).sum(axis=2)
    surge_tier = np.zeros_like(high_tier)
    for of_tier, bound in enumerate(rule.metrics[position["storm_surge"]].thresholds, 1):
        if bound is not None:
            surge_tier[tide.storm_surge >= bound] = of_tier
    tier = np.where(unknown, NO_DATA, np.maximum(high_tier, surge_tier))
    by_surge = surge_tier > high_tier
    for r, region in enumerate(regions):
        if region.code not in tide.of_region:
            table["tier"].values[hazard, :, r] = NOT_APPLICABLE
            continue
        mine = list(tide.of_region[region.code])
        for hour in range(tier.shape[0] if mine else 0):
            best = max(mine, key=lambda s: (tier[hour, s], tide.high_water[hour, s]))
            worst = int(tier[hour, best])
            if worst == NO_DATA or (worst == Tier.GREEN and (tier[hour, mine] == NO_DATA).any()):
                continue
            surging = bool(by_surge[hour, best])
            bound = surge_bounds[worst] if surging else levels[best, max(worst - 1, 0)]
            values = tide.storm_surge if surging else tide.high_water
            row = {
                "tier": worst, "metric": position["storm_surge" if surging else "high_water"], "value": values[hour, best], "threshold": bound,
                "maximum": values[hour, best], "covered": float((tier[hour, mine] >= 0).mean()),
            }  # fmt: skip
            for name, value in row.items():
                table[name].values[hazard, hour, r] = value
