"""Chances of the wind tiers as a table of counties; the fields beside it are GeoTIFF."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import xarray as xr

from riskmap.outlook import BEIJING
from riskmap.region import Region
from riskmap.scale import Tier
from riskmap.tally import TIERS

COLUMNS: Final = (
    "region", "name", "city", "tier", "tier_name", "probability", "onset_10", "onset_50", "onset_90", "members",
    "made",
)  # fmt: skip
"""Header of ``probability.csv``."""

NOTE: Final = {
    True: (
        "概率为按公开误差统计生成的成员中达到该等级的比例(按最不利风向),非模式集合,未经可靠性检验",
        "Chance: share of members made from published error statistics, not a model's ensemble, each with its most exposed wind "
        "direction; reliability not shown",
    ),
    False: (
        "概率为集合成员中达到该等级的比例(按最不利风向),未经可靠性检验",
        "Chance: share of the ensemble's members, each with its most exposed wind direction; reliability not shown",
    ),
}
"""Said wherever a chance is read, by whether the members were made."""

NOTABLE: Final = 0.1
"""Chance of orange from which the report lists a county (status D)."""


def probability_csv(chances: xr.Dataset, regions: Sequence[Region], issued_at: datetime) -> str:
    """One row a county and tier.

    Parameters
    ----------
    chances : Dataset
        See ``riskmap.probability.wind_probability``.
    regions : sequence of Region
        In the order of ``chances``.
    issued_at : datetime
        First hour of the window.

    Returns
    -------
    str
        Columns ``COLUMNS``, with a byte-order mark. ``probability`` is that of the tier or worse at some hour of the
        window, empty where unknown. ``onset_10`` to ``onset_90`` are the Beijing times by which that share of the
        members that reach the tier has it.
    """
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    onsets = chances["region_onset"].values
    for r, region in enumerate(regions):
        for t, tier in enumerate(TIERS):
            chance = chances["region_probability"].values[t, r]
            times = [_time(issued_at, hours) for hours in onsets[t, :, r]]
            writer.writerow(
                [
                    region.code, region.name, region.city_name, int(tier), tier.chinese,
                    "" if np.isnan(chance) else f"{chance:.3f}", *times, chances.attrs["members_counted"],
                    int(chances.attrs["made"]),
                ]
            )  # fmt: skip
    return out.getvalue()


def _time(issued_at: datetime, hours: float) -> str:
    if np.isnan(hours):
        return ""
    return (issued_at + timedelta(hours=float(hours))).astimezone(BEIJING).isoformat(timespec="minutes")


def notable(chances: xr.Dataset, regions: Sequence[Region]) -> Iterator[dict[str, Any]]:
    """Counties whose chance of orange is at least ``NOTABLE``, the likeliest first."""
    values = chances["region_probability"].values
    orange = np.nan_to_num(values[TIERS.index(Tier.ORANGE)])
    for r in sorted(range(len(regions)), key=lambda r: (-orange[r], regions[r].code)):
        if orange[r] < NOTABLE:
            return
        yield {
            "code": regions[r].code,
            "city": regions[r].city_name,
            "name": regions[r].name,
            "chances": ["—" if np.isnan(v) else f"{v:.0%}" for v in values[:, r]],
        }
