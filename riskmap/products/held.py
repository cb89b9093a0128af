"""Words for a published tier that is not the computed one: map, letters, CAP and tables all say it the same way."""

from __future__ import annotations

from riskmap.assessment import Assessment
from riskmap.outlook import beijing
from riskmap.rules import HysteresisRule
from riskmap.scale import NO_DATA_WORDS, Tier, hazard_words
from riskmap.standing import COMBINED, Held, why_words


def tier_words(code: int) -> tuple[str, str]:
    """Colour word of a tier code (Chinese, English).

    Examples
    --------
    >>> tier_words(3), tier_words(-1)
    (('橙色', 'orange'), ('无数据', 'no data'))
    """
    if code >= Tier.GREEN:
        return f"{Tier(code).chinese}色", Tier(code).english
    return NO_DATA_WORDS if code == -1 else ("不适用", "not applicable")


def held_words(entry: Held | None, rule: HysteresisRule, hazard: str = COMBINED) -> tuple[str, str] | None:
    """One clause that says since when a tier is held, what was computed now, and why it did not come down.

    Parameters
    ----------
    entry : Held or None
        ``assessment.standing.of(code)``, or of a hazard.
    rule : HysteresisRule
        Of the standing.
    hazard : str
        Whose entry it is.

    Returns
    -------
    (Chinese, English) or None
        None where the published tier is the computed one.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> held = Held(3, 2, datetime(2021, 7, 24, 4, 30, tzinfo=UTC), why="confirmation")
    >>> print(held_words(held, HysteresisRule())[1])
    orange held since 2021-07-24 12:30, computed now yellow: from orange or red it goes down only when a person has confirmed it
    """
    if entry is None or not entry.held:
        return None
    published, computed = tier_words(entry.published), tier_words(entry.computed)
    why = why_words(entry.why, rule, hazard)
    since = beijing(entry.since)
    if entry.why == "hazard" and entry.published > entry.computed and entry.lower == 0:
        return (
            f"发布{published[0]},本期计算{computed[0]}:{why[0]}",
            f"{published[1]} published, computed now {computed[1]}: {why[1]}",
        )
    return (
        f"{published[0]}自{since}起维持发布,本期计算{computed[0]}:{why[0]}",
        f"{published[1]} held since {since}, computed now {computed[1]}: {why[1]}",
    )


def held_of(assessment: Assessment, code: str, hazard: str = COMBINED) -> tuple[str, str] | None:
    """``held_words`` of a region; None where nothing is held. Where a hazard holds the combined tier, it says why."""
    standing = assessment.standing
    entry = None if standing is None else standing.of(code, hazard)
    found = None if standing is None else held_words(entry, standing.rule, hazard)
    if standing is None or entry is None or found is None or entry.why != "hazard":
        return found
    for (name, region), other in standing.entries.items():
        if (
            region == code
            and name not in (COMBINED, hazard)
            and other.published == entry.published
            and other.held
        ):
            words, why = hazard_words(name), why_words(other.why, standing.rule, name)
            return f"{found[0]}({words[0]}:{why[0]})", f"{found[1]} ({words[1]}: {why[1]})"
    return found
