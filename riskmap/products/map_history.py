"""What the map says of other cycles: the tier before at each hour, and what is published and held."""

from __future__ import annotations

from typing import Any

import numpy as np

from riskmap.assessment import Assessment
from riskmap.products.map_pack import pack
from riskmap.standing import COMBINED, why_words


def history_data(assessment: Assessment) -> dict[str, Any]:
    """Ready for ``riskmap.products.map_pack.page_block``; a part is None where there is nothing to say.

    Returns
    -------
    dict
        ``raised`` (time, region): 1 where the compound rule raised the tier. ``earlier``: issue time of the cycle
        before, its ``combined`` and each hazard's ``tier`` at the same hours. ``published`` (region). ``held``: row of
        each region whose published tier is not the computed one -> since when (seconds), why (Chinese, English).
    """
    earlier, standing = assessment.earlier, assessment.standing
    held = {}
    if standing is not None:
        for n, region in enumerate(assessment.regions):
            entry = standing.of(region.code)
            if entry is not None and entry.held:
                held[str(n)] = [round(entry.since.timestamp()), why_words(entry.why, standing.rule, COMBINED)]
    return {
        "raised": None if assessment.raised is None else pack(assessment.raised.astype(np.int8)),
        "earlier": None
        if earlier is None
        else {
            "issued": round(earlier.issued_at.timestamp()),
            "combined": pack(earlier.combined),
            "tier": [pack(tier) for tier in earlier.tier],
        },
        "published": pack(assessment.published_worst),
        "held": held,
        "automatic": standing is not None and standing.automatic,
    }
