"""One cycle after another: what the run before said of the same hours, and the tiers that are published now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import numpy as np

from riskmap.assessment import Assessment, worst_tier
from riskmap.earlier import Earlier, aligned
from riskmap.errors import DataError
from riskmap.rules import HysteresisRule
from riskmap.scale import NO_DATA, Tier
from riskmap.standing import COMBINED, Confirmation, advance, past

RAIN_AMOUNT: Final = 10.0
"""Rain within the window of its driving metric, 3 to 12 h [mm], from which an hour counts as rainy (status D)."""


def succeed(
    assessment: Assessment,
    before: Assessment | None,
    *,
    event: str,
    where: str = "previous run",
    confirmations: Sequence[Confirmation] = (),
    automatic: bool = False,
    rule: HysteresisRule | None = None,
) -> Assessment:
    """The assessment with its published tiers, and with those of the cycle before at the same hours.

    Parameters
    ----------
    assessment : Assessment
        As computed.
    before : Assessment or None
        The one published before it, ``standing`` included; None = this is the first cycle.
    event : str
        Number of the storm.
    where : str
        Of the run before, for messages.
    confirmations, automatic, rule
        See ``riskmap.standing.advance``.

    Raises
    ------
    DataError
        The run before is of another event, later than this one, or keeps no published tiers.
    """
    if before is not None:
        require_standing(before, where)
    start = past(
        None if before is None else before.standing, event=event, issued_at=assessment.issued_at, where=where
    )
    standing = advance(
        start, computed_worst(assessment), event=event, issued_at=assessment.issued_at, confirmations=confirmations,
        wet_until=wet_until(assessment), automatic=automatic, rule=rule,
    )  # fmt: skip
    return replace(assessment, standing=standing, earlier=_earlier(assessment, before))


def earlier_of(assessment: Assessment, before: Assessment) -> Earlier:
    """What the cycle before said of the regions, hazards and hours of this one.

    Parameters
    ----------
    assessment : Assessment
        The present one.
    before : Assessment
        The one published before it; see ``riskmap.read_assessment``.
    """
    hours = before.valid_at, assessment.valid_at
    found, wanted = _codes(before), _codes(assessment)
    tiers = before.table["tier"].values
    worst = np.stack([before.window_worst, *(worst_tier(t) for t in tiers)])
    return Earlier(
        issued_at=before.issued_at,
        combined=aligned(before.combined, (hours[0], found), (hours[1], wanted)),
        tier=aligned(
            tiers, (before.hazards, hours[0], found), (assessment.hazards, hours[1], wanted)
        ),
        worst=aligned(
            worst, ((COMBINED, *before.hazards), found), ((COMBINED, *assessment.hazards), wanted)
        ),
        driver=tuple(_driver(before, code) if code in found else "" for code in wanted),
    )  # fmt: skip


def _codes(assessment: Assessment) -> list[str]:
    return [region.code for region in assessment.regions]


def _driver(assessment: Assessment, code: str) -> str:
    """Hazard that drives a region's worst combined tier."""
    driver = assessment.worst(code).driver
    return "" if driver is None else driver.hazard


def _earlier(assessment: Assessment, before: Assessment | None) -> Earlier | None:
    """What the cycle before said; of a cycle that is run again, what was before it then."""
    if before is None:
        return None
    if before.issued_at != assessment.issued_at:
        return earlier_of(assessment, before)
    if before.earlier is None:
        return None
    found = ((COMBINED, *before.hazards), before.valid_at, [r.code for r in before.regions])
    wanted = ((COMBINED, *assessment.hazards), assessment.valid_at, [r.code for r in assessment.regions])
    held = before.earlier
    return Earlier(
        held.issued_at,
        aligned(held.combined, found[1:], wanted[1:]),
        aligned(held.tier, (before.hazards, *found[1:]), (assessment.hazards, *wanted[1:])),
        aligned(held.worst, found[::2], wanted[::2]),
        tuple(dict(zip(found[2], held.driver, strict=True)).get(code, "") for code in wanted[2]),
    )


def require_standing(before: Assessment, where: str) -> None:
    """Refuse a run that keeps no published tiers.

    Raises
    ------
    DataError
        An assessment without its standing.
    """
    if before.standing is None:
        raise DataError(
            "the published run keeps no published tiers", where=where, expected="a run of this release",
            found="an assessment without its standing", remedy="name another run with --previous, or start anew with --fresh",
        )  # fmt: skip


def computed_worst(assessment: Assessment) -> dict[tuple[str, str], int]:
    """Worst computed tier of the window by hazard and region, combined included; what is invented is left out."""
    rows = {COMBINED: assessment.window_worst}
    for n, hazard in enumerate(assessment.hazards):
        if hazard not in assessment.apart:
            rows[hazard] = worst_tier(assessment.table["tier"].values[n])
    codes = [region.code for region in assessment.regions]
    return {
        (hazard, code): int(tier)
        for hazard, tiers in rows.items()
        for code, tier in zip(codes, tiers, strict=True)
    }


def wet_until(assessment: Assessment) -> dict[str, datetime]:
    """Last hour of the window with rain in each region: at blue or worse, above ``RAIN_AMOUNT``, or unknown."""
    if "rain" not in assessment.hazards:
        return {region.code: assessment.valid_at[-1] for region in assessment.regions}
    n = assessment.hazards.index("rain")
    tier, amount = (assessment.table[name].values[n] for name in ("tier", "maximum"))
    wet = (tier >= Tier.BLUE) | (np.nan_to_num(amount, nan=0.0) >= RAIN_AMOUNT) | (tier == NO_DATA)
    return {
        region.code: assessment.valid_at[int(np.flatnonzero(wet[:, r])[-1])]
        for r, region in enumerate(assessment.regions)
        if wet[:, r].any()
    }
