"""Risk beside hazard: the tiers weighed with the people and dwellings that they meet, and the risk index (指数).

A tier says how strong the hazard is; the index, 0 to 100, says what that means where people live. The index is our own
proposal (status D), the cube root of three parts, each 0 to 1::

    index = 100 (hazard x exposure x vulnerability)^(1/3)
    hazard        = worst computed combined tier of the window / 4
    exposure      = min(1, (people weighted by tier / people_full)^(1/2))
    vulnerability = 1 - (1 - min(1, share of 65+ / aged_full)) (1 - mean loss ratio of dwellings)

More hazard or more people never lower it. Where a part is unknown so is the index: grey, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.assessment import Assessment
from riskmap.averaging import convert
from riskmap.exposure import Exposure
from riskmap.grid import Grid
from riskmap.onset import Onsets
from riskmap.outlook import Flood
from riskmap.scale import NO_DATA, Tier
from riskmap.vulnerability import RiskRule

WARNED: Final = (Tier.BLUE, Tier.YELLOW, Tier.ORANGE, Tier.RED)

DEPTH_CLASSES: Final = (0.15, 0.5, 1.2)
"""Lower bounds of the depth classes of dwellings [m]: the least depth that counts, and the depths of H2 and H3."""

WIND_PERIOD: Final = 120
"""Averaging period of the peak wind [s]."""

COLOURED: Final[Mapping[str, tuple[str, str]]] = {
    "hazard": (
        "致灾危险性等级(五色),未计人口与房屋",
        "Hazard tier (five colours): people and dwellings are not in it",
    ),
    "risk": (
        "风险指数0至100(危险性、人口、脆弱性),建议值",
        "Risk index 0 to 100 (hazard, people, vulnerability), a proposal",
    ),
}
"""What a map colours -> (Chinese, English): a map must say which of the two."""

RISK_VARIABLES: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "people_at": (("tier", "region"), "residents in cells that reach the tier in the window (modelled)"),
    "people_65_at": (("tier", "region"), "of these, aged 65 and over, by the region's share (modelled)"),
    "people_80_at": (("tier", "region"), "of these, aged 80 and over, by the region's share (modelled)"),
    "people_weighted": (("region",), "residents weighted by the worst tier of their cell"),
    "wind_loss": (("region",), "mean loss ratio of dwellings by wind, weighted by residents"),
    "depth_loss": (("region",), "mean loss ratio of dwellings by depth, weighted by residents; unknown without an elevation model"),
    "fragile": (("region",), "dilapidated dwellings (危旧房) of the user's register"),
    "fragile_at_wind": (("tier", "region"), "of these, where the wind reaches the tier, by residents (modelled)"),
    "fragile_at_depth": (("depth", "region"), "of these, in water of the depth or more, by residents (modelled)"),
    "part_hazard": (("region",), "part of the index: worst computed tier / 4"),
    "part_exposure": (("region",), "part of the index: square root of the residents weighted by tier"),
    "part_vulnerability": (("region",), "part of the index: residents of 65+, and loss ratio of dwellings"),
    "index": (("region",), "risk index 0 to 100, own proposal (status D); unknown where a part is"),
}  # fmt: skip
"""Variables of ``risk_of`` by region: dims and meaning."""

RISK_FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    "exposure_people": ("1", "residents of the cell (modelled from county totals)"),
    "risk_people": ("1", "residents weighted by the worst tier of the cell"),
    "risk_people_65": ("1", "the same, aged 65 and over, by the county's share"),
    "risk_people_80": ("1", "the same, aged 80 and over, by the county's share"),
    "loss_wind": ("1", "loss ratio of dwellings by the peak wind"),
    "loss_depth": ("1", "loss ratio of dwellings by the greatest depth"),
}
"""Fields (y, x) of ``risk_of``: unit and meaning."""


@dataclass(frozen=True)
class Dwellings:
    """危旧房 by region, from the user's register."""

    fragile: Mapping[str, float]
    source: str


def risk_of(
    assessment: Assessment,
    exposure: Exposure,
    grid: Grid,
    *,
    onsets: Mapping[str, Onsets],
    peaks: Mapping[str, NDArray[np.float32]],
    rule: RiskRule,
    flood: Flood | None = None,
    dwellings: Dwellings | None = None,
) -> xr.Dataset:
    """People and dwellings at risk, on cells and by region, and the risk index.

    Parameters
    ----------
    assessment : Assessment
        Of the regions of ``exposure``, in its order.
    exposure : Exposure
        See ``riskmap.exposure.spread_people``.
    grid : Grid
        Of the cells.
    onsets : mapping
        Hazard -> first hour of each tier in each cell; hazards ``apart``, or on another grid, are left out.
    peaks : mapping
        ``wind_speed``: peak 2-min mean wind of the window [m s-1], shape (y, x).
    rule : RiskRule
    flood : Flood, optional
        Depth on an elevation model.
    dwellings : Dwellings, optional
        危旧房 by region; without them their numbers are unknown.

    Returns
    -------
    Dataset
        ``RISK_VARIABLES`` by tier, depth and region, and ``RISK_FIELDS`` (y, x); NaN = unknown.

    References
    ----------
    Curves: see ``rules/vulnerability.toml``. Shape of the index: INFORM Risk Index, European Commission JRC.
    """
    worst = np.zeros(grid.shape, np.int8)
    for hazard, first in onsets.items():
        if first.grid is None and hazard in assessment.hazards and hazard not in assessment.apart:
            worst = np.maximum(worst, first.worst())
    weight = np.array([0.0, *rule.weights])[worst]
    fields: dict[str, NDArray[Any]] = {"exposure_people": exposure.field(grid)}
    for name, share in (("", None), ("_65", exposure.aged[1]), ("_80", exposure.aged[2])):
        fields[f"risk_people{name}"] = (exposure.field(grid, share) * weight).astype(np.float32)
    wind = peaks.get("wind_speed")
    nothing = np.full(grid.shape, np.nan)
    fields["loss_wind"] = nothing if wind is None else _wind_loss(wind, rule)
    depth = None if flood is None else flood.values["maximum_depth"]
    fields["loss_depth"] = (
        nothing
        if depth is None or flood is None
        else on_coarse(rule.depth.at(depth), flood.label, flood.grid, grid)
    )
    residents = exposure.of_regions(np.ones(worst.size))
    at = np.stack([exposure.of_regions((worst >= t).ravel()) for t in WARNED])
    data: dict[str, NDArray[Any]] = {
        "people_at": at, "people_65_at": at * exposure.aged[1], "people_80_at": at * exposure.aged[2],
        "people_weighted": exposure.of_regions(weight.ravel()),
        "wind_loss": _mean(exposure.of_regions(fields["loss_wind"].ravel()), residents),
        "depth_loss": _mean(exposure.of_regions(fields["loss_depth"].ravel()), residents),
    }  # fmt: skip
    data |= _fragile(assessment, exposure, residents, onsets.get("wind"), depth, flood, grid, dwellings)
    data |= _index(assessment, exposure, data, rule)
    return _labelled(assessment, grid, data, fields, rule, dwellings)


def _wind_loss(wind: NDArray[np.float32], rule: RiskRule) -> NDArray[np.float64]:
    """The curve is of another averaging period than the peak."""
    period = rule.wind.averaging_period or WIND_PERIOD
    return rule.wind.at(
        convert(np.asarray(wind, np.float64), period=WIND_PERIOD, to=period, exposure="in_land")
    )


def on_coarse(
    values: NDArray[Any], label: NDArray[np.integer], fine: Grid, grid: Grid
) -> NDArray[np.float64]:
    """Mean of a fine field in each cell of a coarser grid, by the middles of its cells; NaN where none is known.

    One row of the coarser grid after the other: no field of the fine grid is ever made.

    Parameters
    ----------
    values : array (unit,)
        NaN where unknown.
    label : int array (y, x) of ``fine``
        Unit of each cell.
    fine, grid : Grid
        Of ``label``, and of the result.
    """
    row = np.floor((fine.latitude - grid.transform.f) / grid.transform.e).astype(np.int64)
    column = np.floor((fine.longitude - grid.transform.c) / grid.transform.a).astype(np.int64)
    inside = (column >= 0) & (column < grid.shape[1])
    out = np.full(grid.shape, np.nan)
    for k in range(grid.shape[0]):
        part = np.asarray(values, np.float64)[label[row == k][:, inside]]
        known = ~np.isnan(part)
        cell = np.broadcast_to(column[inside], part.shape)[known]
        count = np.bincount(cell, minlength=grid.shape[1])
        sums = np.bincount(cell, weights=part[known], minlength=grid.shape[1])
        np.divide(sums, count, out=out[k], where=count > 0)
    return out


def _mean(sums: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.full(len(sums), np.nan)
    np.divide(sums, whole, out=out, where=whole > 0)
    return out


def _fragile(
    assessment: Assessment, exposure: Exposure, residents: NDArray[np.float64], wind: Onsets | None,
    depth: NDArray[np.float32] | None, flood: Flood | None, grid: Grid, dwellings: Dwellings | None,
) -> dict[str, NDArray[Any]]:  # fmt: skip
    """危旧房 by wind tier and depth, spread as the residents are."""
    held = {} if dwellings is None else dwellings.fragile
    number = np.array([held.get(region.code, np.nan) for region in assessment.regions], np.float64)
    unknown = np.full((4, len(number)), np.nan)
    by_wind, by_depth = unknown, unknown[: len(DEPTH_CLASSES)]
    if wind is not None and wind.grid is None:
        reached = wind.worst().ravel()
        by_wind = np.stack([number * _mean(exposure.of_regions(reached >= t), residents) for t in WARNED])
    if depth is not None and flood is not None:
        shares = [
            on_coarse(np.where(np.isnan(depth), np.nan, depth >= d), flood.label, flood.grid, grid)
            for d in DEPTH_CLASSES
        ]
        by_depth = np.stack([number * _mean(exposure.of_regions(s.ravel()), residents) for s in shares])
    return {"fragile": number, "fragile_at_wind": by_wind, "fragile_at_depth": by_depth}


def _index(
    assessment: Assessment, exposure: Exposure, data: Mapping[str, NDArray[Any]], rule: RiskRule
) -> dict[str, NDArray[np.float64]]:
    tier = assessment.window_worst
    hazard = np.where(tier > NO_DATA, tier / 4.0, np.nan)
    people = np.minimum(np.sqrt(data["people_weighted"] / rule.people_full), 1.0)
    aged = np.minimum(exposure.aged[1] / rule.aged_full, 1.0)
    # water that nothing computes is listed as lacking, as in the tiers; where it is computed it counts
    loss = 1.0 - (1.0 - data["wind_loss"]) * (1.0 - np.nan_to_num(data["depth_loss"]))
    frail = 1.0 - (1.0 - aged) * (1.0 - loss)
    return {
        "part_hazard": hazard, "part_exposure": people, "part_vulnerability": frail,
        "index": 100.0 * np.cbrt(hazard * people * frail),
    }  # fmt: skip


def _labelled(
    assessment: Assessment, grid: Grid, data: Mapping[str, NDArray[Any]], fields: Mapping[str, NDArray[Any]],
    rule: RiskRule, dwellings: Dwellings | None,
) -> xr.Dataset:  # fmt: skip
    made: dict[str, Any] = {
        name: (dims, data[name], {"long_name": words, "units": "1"})
        for name, (dims, words) in RISK_VARIABLES.items()
    }
    for name, (units, words) in RISK_FIELDS.items():
        attrs = {"long_name": words, "units": units, "grid_mapping": "spatial_ref"}
        made[name] = (("y", "x"), fields[name].astype(np.float32), attrs)
    coords = {
        **grid.coordinates, "tier": [int(t) for t in WARNED], "depth": list(DEPTH_CLASSES),
        "region": [region.code for region in assessment.regions],
    }  # fmt: skip
    attrs = {
        "wind_curve": f"{rule.wind.source} [{rule.wind.status}]",
        "depth_curve": f"{rule.depth.source} [{rule.depth.status}]",
        "index": f"{rule.index_source} [{rule.index_status}]",
        "fragile": dwellings.source if dwellings else "no register of 危旧房 given",
        "people": "modelled: residents of towns about places, others evenly on land",
    }
    return xr.Dataset(made, coords=coords, attrs=attrs)
