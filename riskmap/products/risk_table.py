"""``risk.csv``: people and dwellings at risk by region, and the risk index with its parts."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr

from riskmap.products.table import cell
from riskmap.region import Region
from riskmap.scale import Tier

RISK_COLUMNS: Final = (
    "region", "name", "city", "risk_index", "part_hazard", "part_exposure", "part_vulnerability", "people",
    "people_blue", "people_yellow", "people_orange", "people_red", "people_65_orange", "people_80_orange", "people_weighted",
    "wind_loss", "depth_loss", "fragile", "fragile_blue", "fragile_yellow", "fragile_orange", "fragile_red", "fragile_0.15m",
    "fragile_0.5m", "fragile_1.2m", "unknown",
)  # fmt: skip
"""Header of ``risk.csv``."""

_PARTS: Final = {"part_hazard": "等级", "part_exposure": "人口", "part_vulnerability": "年龄或房屋损失"}


def risk_csv(risk: xr.Dataset, regions: Sequence[Region]) -> str:
    """One row a region, the highest index first, unknown ones last.

    Parameters
    ----------
    risk : Dataset
        See ``riskmap.risk.risk_of``.
    regions : sequence of Region
        In its order.

    Returns
    -------
    str
        Columns ``RISK_COLUMNS`` after a byte-order mark; empty = unknown. ``part_*`` are 0 to 100. ``people_*`` are residents in
        cells that reach the tier (modelled); ``unknown`` names the parts for want of which there is no index.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow(RISK_COLUMNS)
    data = {str(name): risk[name].values for name in risk.data_vars if "region" in risk[name].dims}
    order = sorted(
        range(len(regions)), key=lambda r: (-np.nan_to_num(data["index"][r], nan=-1.0), regions[r].code)
    )
    orange = [int(t) for t in risk["tier"].values].index(Tier.ORANGE)
    for r in order:
        region = regions[r]
        unknown = [words for name, words in _PARTS.items() if np.isnan(data[name][r])]
        row = [
            *(_text(data[name][r], ".1f") for name in ("index",)),
            *(_text(100.0 * data[name][r], ".1f") for name in _PARTS),
            "" if region.population is None else region.population,
            *(_text(value, ".0f") for value in data["people_at"][:, r]),
            _text(data["people_65_at"][orange, r], ".0f"), _text(data["people_80_at"][orange, r], ".0f"),
            _text(data["people_weighted"][r], ".0f"), _text(data["wind_loss"][r], ".5f"), _text(data["depth_loss"][r], ".5f"),
            _text(data["fragile"][r], ".0f"), *(_text(value, ".0f") for value in data["fragile_at_wind"][:, r]),
            *(_text(value, ".0f") for value in data["fragile_at_depth"][:, r]), "、".join(unknown),
        ]  # fmt: skip
        writer.writerow([cell(region.code), cell(region.name), cell(region.city_name), *row])
    return out.getvalue()


def _text(value: float, pattern: str) -> str:
    return "" if np.isnan(value) else format(float(value), pattern)
