"""What the registers of assets do to the table of tiers: real ones raise their regions, invented ones stand apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import xarray as xr

from riskmap.analysis.inputs import Inputs
from riskmap.analysis.units import bare_units, coastal_units
from riskmap.assessment import empty_table
from riskmap.asset import AssetTier, instant
from riskmap.asset_hours import AssetHours, no_cells, raise_regions
from riskmap.rules import HazardRule


@dataclass(frozen=True, eq=False)
class Raised:
    """The table after all registers.

    Attributes
    ----------
    table : Dataset (hazard, time, region)
    rules : mapping
        Hazard id -> rule, those of the hazards that only assets have included.
    assets : tuple of AssetTier
        In the order that the table's ``asset`` counts in.
    apart : frozenset of str
        Hazards of which nothing but an invented register (示例) is known.
    """

    table: xr.Dataset
    rules: dict[str, HazardRule]
    assets: tuple[AssetTier, ...]
    apart: frozenset[str]


def raised(
    inputs: Inputs, table: xr.Dataset, rules: dict[str, HazardRule], groups: Iterable[AssetHours]
) -> Raised:
    """Raise every region by its assets; a hazard that only assets have gets rows of its own.

    An invented register never touches a row that cells, gauges or a real register made: its assets are listed, marked
    as examples, and where nothing else is known of their hazard they get rows that count for nothing.

    Parameters
    ----------
    inputs : Inputs
    table : Dataset (hazard, time, region)
        What the cells and stations came to.
    rules : mapping
        Of the table's hazards.
    groups : iterable of AssetHours
    """
    found: list[AssetTier] = []
    rules, apart = dict(rules), set[str]()
    times = [instant(hour) for hour in inputs.valid_hours]
    codes = [region.code for region in inputs.everywhere]
    coastal = coastal_units(inputs.units, inputs.coast)
    # stable: real registers first, whatever order they come in
    for given in sorted(groups, key=lambda group: group.example):
        group = bare_units(given, coastal)
        hazards = [str(h) for h in table["hazard"].values]
        assets = tuple(replace(a, example=True) for a in group.worst) if group.example else group.worst
        if group.hazard not in hazards:
            more = empty_table([group.hazard], times, codes)
            no_cells(more, 0)
            table, hazards = xr.concat([table, more], dim="hazard"), [*hazards, group.hazard]
            rules[group.hazard] = inputs.rules[group.hazard]
            if group.example:
                apart.add(group.hazard)
        if not group.example or group.hazard in apart:
            raise_regions(table, hazards.index(group.hazard), group, inputs.everywhere, first=len(found))
        found += assets
    return Raised(table, rules, tuple(found), frozenset(apart))
