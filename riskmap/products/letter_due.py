"""For whom a document of a type is due: by the worst tier, or, for one that ends something, by the last hour."""

from __future__ import annotations

from collections.abc import Sequence

from riskmap.assessment import Assessment
from riskmap.errors import DataError
from riskmap.products.documents.types import DocumentType, bundled_types
from riskmap.region import Region, cities
from riskmap.scale import NO_DATA, Tier


def letters_due(assessment: Assessment) -> tuple[str, ...]:
    """Codes that get a 风险告知函, each city before its counties."""
    return documents_due(assessment, bundled_types()["risk_notice"])


def documents_due(assessment: Assessment, document: DocumentType) -> tuple[str, ...]:
    """Codes that a type is due for, each city (where the type goes to cities) before its counties.

    A type that ends something is due where its last hour is known and below yellow after orange or worse; one that is
    only drafted by name is due nowhere.
    """
    if document.due == "asked":
        return ()
    due = {r.code for r in assessment.regions if is_due(assessment, (r,), document)}
    if document.due == "over":
        worst = assessment.published_worst
        due &= {r.code for r, tier in zip(assessment.regions, worst, strict=True) if tier >= Tier.ORANGE}
    found: list[str] = []
    for city, members in sorted(cities(assessment.regions).items()):
        hit = [r.code for r in members if r.code in due]
        whole = document.due != "over" or is_due(assessment, members, document)
        if hit:
            found += [city, *hit] if document.city and whole else hit
    return tuple(found)


def is_due(assessment: Assessment, regions: Sequence[Region], document: DocumentType) -> bool:
    """Whether a type may be drafted for a county, or for the counties of a city."""
    worst = worst_of(assessment, regions)
    if document.due == "over":
        last = last_of(assessment, regions)
        return last is not None and last < Tier.YELLOW
    return document.least is None or (worst is not None and worst >= document.least)


def not_due(
    assessment: Assessment, regions: Sequence[Region], document: DocumentType, code: str
) -> DataError:
    """The error that says why not."""
    worst, last = worst_of(assessment, regions), last_of(assessment, regions)
    found = "no data" if worst is None else worst.english
    expected = f"{document.due} or worse at some valid hour"
    if document.due == "over":
        expected = "every hazard known and below yellow at the last valid hour"
        found = f"worst {found}, last {'no data' if last is None else last.english}"
    return DataError(
        "no letter is due" if document.id == "risk_notice" else f"no {document.english} is due",
        where=f"region {code}", expected=expected, found=found, remedy="see documents_due",
    )  # fmt: skip


def worst_of(assessment: Assessment, regions: Sequence[Region]) -> Tier | None:
    """Worst published tier over the regions, held ones included; None where nothing reaches blue and one is grey."""
    codes = {r.code for r in regions}
    tiers = [
        int(t) for r, t in zip(assessment.regions, assessment.published_worst, strict=True) if r.code in codes
    ]
    worst = max(tiers)
    return None if worst < Tier.GREEN or (worst == Tier.GREEN and NO_DATA in tiers) else Tier(worst)


def last_of(assessment: Assessment, regions: Sequence[Region]) -> Tier | None:
    """Worst tier of the last hour, and not below one that is held; None where any hazard is unknown then."""
    rows = [n for n, r in enumerate(assessment.regions) if r in regions]
    counted = [n for n, h in enumerate(assessment.hazards) if h not in assessment.apart]
    tiers = assessment.table["tier"].values[counted, -1][:, rows]
    if (tiers == NO_DATA).any() or tiers.max(initial=NO_DATA) < Tier.GREEN:
        return None
    standing = [] if assessment.standing is None else [assessment.standing.of(r.code) for r in regions]
    held = [int(entry.published) for entry in standing if entry is not None and entry.held]
    return Tier(max(int(tiers.max()), *held, 0))
