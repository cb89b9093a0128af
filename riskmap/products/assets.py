"""Assets by name: every wall section, village, slope and reservoir that was looked at, as a table."""

from __future__ import annotations

import csv
import io
from typing import Final

from riskmap.assessment import Assessment
from riskmap.asset import worst_first
from riskmap.outlook import BEIJING
from riskmap.products.table import cell
from riskmap.scale import ASSET_WORDS, NO_DATA_WORDS, hazard_words

COLUMNS: Final = (
    "asset_id", "name", "kind", "kind_name", "region", "region_name", "hazard", "hazard_name", "tier", "tier_name",
    "value", "threshold", "units", "onset", "prepare_at", "move_at", "reason", "reason_english", "households", "people",
    "responsible", "observed", "example", "source", "longitude", "latitude",
)  # fmt: skip
"""Header of ``assets.csv``."""


def assets_csv(assessment: Assessment) -> str:
    """One row an asset at its worst, worst first; green and unknown ones included.

    Parameters
    ----------
    assessment : Assessment

    Returns
    -------
    str
        Columns ``COLUMNS`` after a byte-order mark; instants in Beijing time; ``tier`` is empty where unknown;
        ``example`` is 1 for rows of an invented table (示例), which count for nothing.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow(COLUMNS)
    names = {region.code: region.name for region in assessment.regions}

    def region_name(code: str) -> str:
        """Of the smallest region that the code lies in."""
        return next((names[code[:n]] for n in range(len(code), 0, -1) if code[:n] in names), "")

    for a in worst_first(assessment.assets):
        tier = ("", NO_DATA_WORDS[0]) if a.tier is None else (int(a.tier), a.tier.chinese)
        numbers = ["" if v is None else f"{v:.6g}" for v in (a.value, a.threshold)]
        instants = [
            at.astimezone(BEIJING).isoformat() if at else "" for at in (a.onset, a.prepare_at, a.move_at)
        ]
        counts = ["" if n is None else n for n in (a.households, a.people)]
        writer.writerow([
            cell(a.asset_id), cell(a.name), a.kind, ASSET_WORDS.get(a.kind, (a.kind,))[0], cell(a.region),
            cell(region_name(a.region)), a.hazard, hazard_words(a.hazard)[0], *tier, *numbers,
            a.units, *instants, cell(a.reason_chinese), cell(a.reason_english), *counts,
            cell(a.responsible), int(a.observed), int(assessment.invented(a)), cell(a.source),
            *("" if v is None else f"{v:.5f}" for v in (a.longitude, a.latitude)),
        ])  # fmt: skip
    return out.getvalue()
