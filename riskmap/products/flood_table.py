"""The water on the elevation model by county: how much ground, how deep, and from when on."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from riskmap.outlook import BEIJING, Flood
from riskmap.products.table import cell
from riskmap.region import Region
from riskmap.zonal import zonal_weights

COLUMNS: Final = (
    "region", "region_name", "known_share", "flooded_km2", "unsafe_km2", "maximum_depth_m", "arrival", "note",
)  # fmt: skip
"""Header of ``inundation.csv``."""

UNSAFE: Final = 3
"""Class from which on the water is unsafe for children and the elderly: H3."""


@dataclass(frozen=True)
class FloodRow:
    """One county.

    Attributes
    ----------
    known : float
        Share of its area where the water, or its absence, is known.
    flooded, unsafe : float
        Area with 0.15 m of water or more, and of class H3 or worse [m2].
    deepest : float
        Greatest depth [m].
    arrival : datetime or None
        First water of 0.15 m; None where there is none.
    """

    code: str
    name: str
    known: float
    flooded: float
    unsafe: float
    deepest: float
    arrival: datetime | None


def flood_rows(flood: Flood, regions: Sequence[Region], issued_at: datetime) -> tuple[FloodRow, ...]:
    """Counties of which something is known, the most flooded first.

    Parameters
    ----------
    flood : Flood
    regions : sequence of Region
    issued_at : datetime
        With its time zone.
    """
    from riskmap.hazard.inundation.watch import ARRIVAL_DEPTH

    label, found = flood.label.reshape(-1), []
    for region in regions:
        weights = zonal_weights([region], flood.grid)
        at, area = label[weights.cell], weights.area
        depth, classes, arrival = (
            flood.values[name][at] for name in ("maximum_depth", "hazard_class", "arrival_time")
        )
        known = np.isfinite(depth)
        if not known.any():
            continue
        wet = depth >= ARRIVAL_DEPTH
        come = arrival[np.isfinite(arrival)]
        first = issued_at + timedelta(minutes=round(60.0 * float(come.min()))) if come.size else None
        found.append(
            FloodRow(
                region.code, region.name, float(area[known].sum() / weights.total[0]), float(area[wet].sum()),
                float(area[classes >= UNSAFE].sum()), float(np.nanmax(depth)), first,
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda row: (-row.flooded, row.code)))


def flood_csv(flood: Flood, regions: Sequence[Region], issued_at: datetime) -> str:
    """``inundation.csv``: one row a county after a byte-order mark, times in Beijing time, what computed it in the last column."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in flood_rows(flood, regions, issued_at):
        writer.writerow([
            cell(row.code), cell(row.name), f"{row.known:.3f}", f"{row.flooded / 1e6:.2f}", f"{row.unsafe / 1e6:.2f}",
            f"{row.deepest:.2f}", row.arrival.astimezone(BEIJING).isoformat() if row.arrival else "",
            cell(f"{flood.note[0]} ({flood.note[1]})"),
        ])  # fmt: skip
    return out.getvalue()
