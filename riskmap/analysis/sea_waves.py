"""Tiers of the waves near the shore: a county takes the worst of its coastal points, hour by hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from riskmap.analysis.inputs import Inputs
from riskmap.analysis.units import coastal_units
from riskmap.assessment import empty_table
from riskmap.asset import instant
from riskmap.region import Region
from riskmap.rules import HazardRule
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from riskmap.severity import grade


def wave_table(inputs: Inputs, waves: xr.Dataset) -> xr.Dataset:
    """Rows of the hazard ``waves`` for the assessment's table.

    Parameters
    ----------
    inputs : Inputs
    waves : Dataset (time, point)
        See ``riskmap.hazard.waves.waves``; ``region`` names the county of each point.
    """
    table = empty_table(
        ["waves"],
        [instant(hour) for hour in inputs.valid_hours],
        [region.code for region in inputs.everywhere],
    )
    fill_points(
        table, 0, waves, inputs.rules["waves"], inputs.everywhere, coastal_units(inputs.units, inputs.coast)
    )
    return table


def fill_points(
    table: xr.Dataset, hazard: int, sea: xr.Dataset, rule: HazardRule, regions: Sequence[Region],
    stands_for: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Give every region the worst of its points at each hour; one without a point is not applicable.

    A point without data is unknown: a region is grey where nothing reaches blue and a point is unknown. What is known is the
    sea that the wind of the hour raises, and swell comes on top: so every tier is "at least", green too, and ``covered`` is
    NaN where it is not the share of points below 1.

    Parameters
    ----------
    table : Dataset (hazard, time, region)
        See ``riskmap.assessment.TABLE_VARIABLES``; changed in place at ``hazard``.
    sea : Dataset (time, point)
        The rule's variables, and ``region`` (point).
    rule : HazardRule
    regions : sequence of Region
        In the table's order.
    stands_for : mapping, optional
        Unit -> the county whose points it takes; see ``riskmap.analysis.units.coastal_units``.
    """
    fields = {
        metric.variable: sea[metric.variable].transpose("time", "point").values for metric in rule.metrics
    }
    shape = next(iter(fields.values())).shape
    cells = grade(fields, rule)
    severity = cells.severity.astype(np.float64).reshape(shape)
    driver = cells.metric.reshape(shape)
    values = cells.values.reshape(len(rule.metrics), *shape)
    bounds = np.array(
        [[np.nan if t is None else t for t in (m.lowest, *m.thresholds)] for m in rule.metrics], np.float64
    )
    of_point, hours = sea["region"].values.astype(str), np.arange(shape[0])
    for r, region in enumerate(regions):
        mine = np.flatnonzero(
            [code.startswith((stands_for or {}).get(region.code, region.code)) for code in of_point]
        )
        if not mine.size:
            table["tier"].values[hazard, :, r] = NOT_APPLICABLE
            continue
        unknown = np.isnan(severity[:, mine])
        part = unknown.mean(axis=1)
        best = mine[np.where(unknown, -1.0, severity[:, mine]).argmax(axis=1)]
        tier = np.nan_to_num(severity[hours, best], nan=float(NO_DATA)).astype(np.int8)
        tier[(tier == Tier.GREEN) & unknown.any(axis=1)] = NO_DATA
        known, metric = tier >= Tier.GREEN, driver[hours, best]
        value = values[metric, hours, best]
        row = {
            "tier": tier, "metric": np.where(known, metric, 0), "value": np.where(known, value, np.nan),
            "threshold": np.where(known, bounds[metric, np.maximum(tier, 0)], np.nan),
            "maximum": np.where(known, value, np.nan), "covered": np.where(part > 0.0, 1.0 - part, np.nan),
        }  # fmt: skip
        for name, column in row.items():
            table[name].values[hazard, :, r] = column
