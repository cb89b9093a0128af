"""What a document finds in the assessment for its regions: hazards, counties, assets, what is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from riskmap.assessment import Assessment, Reason
from riskmap.asset import worst_first
from riskmap.earlier import NOT_LOOKED
from riskmap.products.letter_fields import AssetRow, CountyRow, Finding
from riskmap.products.letter_words import day_hour, quantity
from riskmap.region import Region
from riskmap.scale import NO_DATA, NO_DATA_WORDS, Tier, hazard_words
from riskmap.standing import COMBINED, why_words

MARINE: Final = ("storm_surge", "storm_tide", "sea_wall", "waves")
"""Hazards of the sea: a county without a coast hears nothing of them."""

MOST_ASSETS: Final = 20
"""A letter names so many assets at most; the rest stand in ``assets.csv``."""


def trend_of(tiers: Sequence[int]) -> str:
    """How a tier goes over the window.

    Examples
    --------
    >>> [trend_of(t) for t in ([0, 2, 4], [1, 4, 0], [4, 2, 1], [3, 3])]
    ['rising', 'rise_and_fall', 'falling', 'steady']
    """
    rises, falls = max(tiers) > tiers[0], max(tiers) > tiers[-1]
    return {(True, False): "rising", (True, True): "rise_and_fall", (False, True): "falling"}.get(
        (rises, falls), "steady"
    )


def findings_of(assessment: Assessment, regions: Sequence[Region]) -> tuple[Finding, ...]:
    """Each hazard at its worst county and hour, worst first."""
    best: dict[str, tuple[Reason, datetime, Region]] = {}
    people: dict[str, list[float | None]] = {}
    for region in regions:
        for reason, peak in assessment.worst_reasons(region.code):
            if reason.tier > Tier.GREEN:
                people.setdefault(reason.hazard, []).append(reason.people)
            held = best.get(reason.hazard)
            if held is None or (reason.tier, reason.value) > (held[0].tier, held[0].value):
                best[reason.hazard] = (reason, peak, region)
    found = [_finding(assessment, *held, people=_sum(people.get(h, []))) for h, held in best.items()]
    return tuple(sorted(found, key=lambda finding: -finding.tier))


def _sum(people: Iterable[float | None]) -> float | None:
    known = [p for p in people if p is not None]
    return sum(known) if known else None


def _finding(
    assessment: Assessment, reason: Reason, peak: datetime, region: Region, *, people: float | None
) -> Finding:
    level = min(reason.tier, Tier.ORANGE)
    period = assessment.period(region.code, level, reason.hazard) if level > Tier.GREEN else None
    row = assessment.regions.index(region)
    tiers = assessment.table["tier"].values[assessment.hazards.index(reason.hazard), :, row]
    return Finding(
        hazard=reason.hazard,
        region=region.code,
        name=region.name,
        tier=reason.tier,
        trend=trend_of([int(t) for t in tiers]),
        metric=reason.metric.chinese,
        units=reason.metric.units,
        value=round(reason.value, 3),
        maximum=round(reason.maximum, 3),
        threshold=reason.threshold,
        threshold_source=reason.metric.source,
        threshold_status=reason.metric.status,
        area_share=None if reason.area_share is None else round(reason.area_share, 4),
        asset=reason.asset.name if reason.asset else "",
        people=None if people is None else float(round(people)),
        level=level,
        starts_at=period[0] if period else None,
        peak_at=peak,
        ends_at=period[1] if period else None,
        confidence=reason.confidence,
        confidence_note=reason.confidence_note,
        complete=reason.complete,
    )


def county_row(assessment: Assessment, region: Region) -> CountyRow:
    """One county in the document to its city."""
    worst = assessment.worst(region.code)
    reasons = assessment.worst_reasons(region.code)
    driver = reasons[0][0] if reasons else None
    period = assessment.period(region.code, Tier.ORANGE)
    told = ""
    if driver is not None:
        words = hazard_words(driver.hazard)[0]
        told = f"{words}:{driver.metric.chinese} {quantity(driver.value, driver.metric.units)}"
    people = driver.people if driver is not None and driver.tier > Tier.GREEN else None
    return CountyRow(
        code=region.code,
        name=region.name,
        tier=worst.tier,
        hazard=driver.hazard if driver else "",
        driver=told,
        onset_at=period[0] if period else None,
        people=None if people is None else float(round(people)),
    )


def assets_of(assessment: Assessment, regions: Sequence[Region]) -> dict[str, Any]:
    """The regions' assets that are not green, worst first."""
    codes = tuple(region.code for region in regions)
    mine = [
        a for a in worst_first(assessment.assets) if a.region.startswith(codes) and a.tier is not Tier.GREEN
    ]
    rows = tuple(
        AssetRow(
            asset_id=a.asset_id, name=a.name, kind=a.kind, region=a.region, hazard=a.hazard, tier=a.tier,
            words=a.reason_chinese, onset_at=a.onset, people=a.people, responsible=a.responsible,
            example=assessment.invented(a), households=a.households,
        )
        for a in mine[:MOST_ASSETS]
    )  # fmt: skip
    return {"assets": rows, "assets_more": len(mine) - len(rows)}


def unknown_of(assessment: Assessment, regions: Sequence[Region]) -> tuple[str, ...]:
    """Hazards without data at some hour in some of the regions."""
    rows = [n for n, r in enumerate(assessment.regions) if r in regions]
    tiers = assessment.table["tier"].values[:, :, rows]
    hazards = enumerate(assessment.hazards)
    return tuple(h for n, h in hazards if h not in assessment.apart and (tiers[n] == NO_DATA).any())


def previous_of(assessment: Assessment, regions: Sequence[Region]) -> str:
    """Worst tier of the cycle before over the regions, and its issue time; empty where it did not look at them."""
    earlier = assessment.earlier
    if earlier is None:
        return ""
    rows = [n for n, r in enumerate(assessment.regions) if r in regions]
    codes = [int(code) for code in earlier.worst[0, rows]]
    worst = max(codes)
    if worst <= NOT_LOOKED:
        return ""
    unknown = worst < Tier.GREEN or (worst == Tier.GREEN and min(codes) < Tier.GREEN)
    word = NO_DATA_WORDS[0] if unknown else f"{Tier(worst).chinese}色"
    return f"{word}({day_hour(earlier.issued_at)}起报)"


def held_of(assessment: Assessment, regions: Sequence[Region]) -> str:
    """Why published tiers stand where they were not computed; empty where they do not."""
    if assessment.standing is None:
        return ""
    told = []
    for region in regions:
        entry = assessment.standing.of(region.code)
        if entry is not None and entry.held and entry.tier is not None:
            told.append(
                f"{region.name}维持{entry.tier.chinese}色:{why_words(entry.why, assessment.standing.rule, COMBINED)[0]}"
            )
    return ";".join(told)


def lacking_of(assessment: Assessment, *, coastal: bool | None) -> tuple[tuple[str, str], ...]:
    """Hazards that were not assessed, without those of the sea where there is no coast."""
    inland = coastal is False
    return tuple(pair for pair in sorted(assessment.lacking.items()) if not (inland and pair[0] in MARINE))
