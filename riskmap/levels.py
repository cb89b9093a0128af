"""Tiers at other levels than the county: cities from their counties, and rows of smaller units split by level.

The county is the level of publication: letters, counts, CAP and transfer lists are its own. The other levels stand
beside it, each as an ``Assessment`` of its own, so that nothing that goes over the counties meets a township.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from riskmap.assessment import TABLE_VARIABLES, Assessment, worst_tier
from riskmap.region import Level, Region, cities
from riskmap.scale import NO_DATA, Tier


def split_levels(assessment: Assessment) -> dict[str, Assessment]:
    """One assessment a level, in the order of ``Level``; levels without a region are left out.

    Parameters
    ----------
    assessment : Assessment
        Of regions of several levels.
    """
    found = {}
    for level in get_args(Level):
        rows = [n for n, region in enumerate(assessment.regions) if region.level == level]
        if rows:
            found[level] = replace(
                assessment, regions=tuple(assessment.regions[n] for n in rows), table=assessment.table.isel(region=rows),
                raised=None if assessment.raised is None else assessment.raised[:, rows],
            )  # fmt: skip
    return found


def city_regions(counties: Sequence[Region], shapes: Mapping[str, Any] | None = None) -> tuple[Region, ...]:
    """The cities of counties, in the order of their first county.

    Parameters
    ----------
    counties : sequence of Region
    shapes : mapping, optional
        City code -> outline; without one it is the union of the counties'.
    """
    from shapely import union_all

    found = []
    for code, members in cities(counties).items():
        shape = (shapes or {}).get(code)
        people = [region.population for region in members]
        found.append(
            Region(
                code, members[0].city_name or code, code, members[0].city_name,
                union_all([region.geometry for region in members]) if shape is None else shape,
                sum(p for p in people if p is not None) if all(p is not None for p in people) else None, level="city",
            )
        )  # fmt: skip
    return tuple(found)


def roll_up(counties: Assessment, wholes: Sequence[Region]) -> Assessment:
    """Tiers of cities: for each hazard and hour that of the worst county.

    A city's office answers for its counties, so that a city is never below one of them: an area share over the whole
    city would hide a small county that is red. By the law of ``worst_tier`` a city is grey where nothing reaches blue and
    a county is unknown. The reason is that of the deciding county, which is named in the table's ``county``: at the
    tier the one furthest past its bound. ``area_share`` and ``people`` add up the counties at the tier: at least so much.

    Parameters
    ----------
    counties : Assessment
    wholes : sequence of Region
        Cities; ``city_code`` of a county says to which it belongs.

    Returns
    -------
    Assessment
        Of the cities, its table with one variable more: ``county`` (hazard, time, region), empty where there is no tier.
    """
    table = {name: counties.table[name].values for name in TABLE_VARIABLES}
    area = np.array([_area(region.geometry) for region in counties.regions])
    shape = (*table["tier"].shape[:2], len(wholes))
    out: dict[str, NDArray[Any]] = {}
    decided = np.full(shape, "", "U12")
    raised = np.zeros(shape[1:], np.bool_)
    codes = np.array([region.code for region in counties.regions], "U12")
    for n, city in enumerate(wholes):
        rows = np.flatnonzero([region.city_code == city.code for region in counties.regions])
        for name, values in _rolled({k: v[..., rows] for k, v in table.items()}, area[rows]).items():
            if name == "member":
                decided[..., n] = np.where(values >= 0, codes[rows][values], "")
            else:
                out.setdefault(name, np.empty(shape, table[name].dtype))[..., n] = values
        if counties.raised is not None:
            raised[:, n] = _any_raised(counties, rows)
    attrs = {name: counties.table[name].attrs for name in TABLE_VARIABLES}
    dims = ("hazard", "time", "region")
    made = xr.Dataset(
        {name: (dims, out[name], attrs[name]) for name in TABLE_VARIABLES}
        | {"county": (dims, decided, {"long_name": "county that decides"})},
        coords={"hazard": counties.table["hazard"], "time": counties.table["time"], "region": [c.code for c in wholes]},
    )  # fmt: skip
    return replace(
        counties, regions=tuple(wholes), table=made, raised=None if counties.raised is None else raised
    )


def _rolled(part: Mapping[str, NDArray[Any]], area: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    """The columns of one city from those of its counties, each (hazard, time, county); ``member`` decides, -1 = none."""
    tiers = part["tier"]
    tier = worst_tier(np.moveaxis(tiers, -1, 0))
    graded = tier >= Tier.GREEN
    at = tiers == tier[..., None]
    past = (part["value"] - part["threshold"]) / np.maximum(np.abs(part["threshold"]), 1e-9)
    best = np.argmax(np.where(at, np.nan_to_num(past, nan=-1e300), -np.inf), axis=-1)

    def pick(name: str) -> NDArray[Any]:
        return np.take_along_axis(part[name], best[..., None], axis=-1)[..., 0]

    same = at & (part["metric"] == pick("metric")[..., None])
    columns: dict[str, NDArray[Any]] = {
        name: np.where(graded, pick(name), nothing)
        for name, nothing in {"metric": 0, "value": np.nan, "threshold": np.nan, "asset": -1}.items()
    }
    share = np.where(at, part["area_share"], np.nan)
    known = ~np.isnan(part["covered"])
    with np.errstate(invalid="ignore", divide="ignore"):
        columns |= {
            "tier": tier,
            "member": np.where(graded, best, -1),
            "maximum": np.where(graded, np.where(same, _or_least(part["maximum"]), -np.inf).max(axis=-1), np.nan),
            "area_share": np.where(
                graded & ~np.isnan(pick("area_share")), np.nansum(share * area, axis=-1) / area.sum(), np.nan
            ),
            "people": np.where(
                graded & ~np.isnan(pick("people")), np.nansum(np.where(at, part["people"], np.nan), axis=-1), np.nan
            ),
            "covered": np.where(known, part["covered"] * area, 0.0).sum(axis=-1)
            / np.where(known, area, 0.0).sum(axis=-1),
        }  # fmt: skip
    columns["maximum"] = np.where(np.isneginf(columns["maximum"]), np.nan, columns["maximum"])
    return columns


def _or_least(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.where(np.isnan(values), -np.inf, values))


def _any_raised(counties: Assessment, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Hours at which the worst of these counties is so high by the compound rule only."""
    assert counties.raised is not None
    with_rule = counties.combined[:, rows].max(axis=1)
    without = replace(counties, raised=None).combined[:, rows].max(axis=1)
    return np.asarray((with_rule > without) & (without > NO_DATA))


def _area(geometry: Any) -> float:
    """Area in square degrees of a meridian: for weighing counties of one city against each other."""
    _, south, _, north = geometry.bounds
    return float(geometry.area) * float(np.cos(np.radians((south + north) / 2.0)))
