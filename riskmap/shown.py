"""What a notebook shows of a value: one line of text, or a small table that needs no style sheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Final

from riskmap.scale import DISCLAIMER, NO_DATA_COLOUR, NO_DATA_WORDS, Tier, hazard_words

MOST_ROWS: Final = 10
"""Regions that a card lists, the worst first."""


def chip(tier: Tier | None, words: str = "") -> str:
    """A word on its tier's colour, grey where the tier is None.

    Examples
    --------
    >>> chip(Tier.ORANGE)
    '<span style="background:#F28C28;color:#000;padding:1px 6px">3 橙</span>'
    """
    colour = NO_DATA_COLOUR if tier is None else tier.colour
    said = words or (NO_DATA_WORDS[0] if tier is None else f"{tier:d} {tier.chinese}")
    ink = "#FFF" if tier in (Tier.RED, Tier.BLUE) else "#000"
    return f'<span style="background:{colour};color:{ink};padding:1px 6px">{escape(said)}</span>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"


def region_card(found: Any) -> str:
    """Why a region has its tier at an hour.

    Parameters
    ----------
    found : RegionTier
    """
    head = (
        f"{chip(found.tier)} <b>{escape(found.region.name)}</b> {found.region.code}, {_utc(found.valid_at)}"
    )
    if found.compound:
        head += " (复合 compound: +1)"
    rows = [[chip(reason.tier, hazard_words(reason.hazard)[0]), *_why(reason)] for reason in found.reasons]
    rows += [[chip(None, hazard_words(hazard)[0]), NO_DATA_WORDS[0], "", "", ""] for hazard in found.unknown]
    return f"<p>{head}</p>" + table(("灾种 hazard", *_WHY), rows) + _said()


def summary(found: Any) -> str:
    """One line of an assessment.

    Parameters
    ----------
    found : Assessment
    """
    counts = ", ".join(f"{words} {count}" for _, words, count in _counts(found))
    lacking = f"; lacking {', '.join(sorted(found.lacking))}" if found.lacking else ""
    return (
        f"<Assessment of {_utc(found.issued_at)}, {len(found.valid_at)} valid hours, {len(found.regions)} regions "
        f"({counts}) by {', '.join(found.hazards)}{lacking}>"
    )


def assessment_card(found: Any) -> str:
    """Counts of tiers, and the worst regions with their drivers.

    Parameters
    ----------
    found : Assessment
    """
    counts = " ".join(chip(tier, f"{words} {count}") for tier, words, count in _counts(found))
    published = dict(zip((r.code for r in found.regions), found.published_worst.tolist(), strict=True))
    coloured = [code for code, tier in published.items() if tier >= Tier.BLUE]
    worst = [found.worst(code) for code in sorted(coloured, key=lambda code: -published[code])[:MOST_ROWS]]
    rows = []
    for one in worst:
        tier = Tier(published[one.region.code])
        held = "" if tier == one.tier else f" ← {'–' if one.tier is None else one.tier.chinese}"
        why = _why(one.driver) if one.driver is not None else ["", "", "", ""]
        rows.append([chip(tier) + held, f"{escape(one.region.name)} {one.region.code}", *why])
    lacking = "".join(
        f"<li>{escape(hazard_words(h)[0])}: {escape(why)}</li>" for h, why in sorted(found.lacking.items())
    )
    return (
        f"<p><b>研判 Assessment</b> {_utc(found.issued_at)}, {len(found.valid_at)} h: {counts}</p>"
        + (table(("等级 tier", "区域 region", *_WHY), rows) if rows else "")
        + (f"<p>没有计算 not computed:</p><ul>{lacking}</ul>" if lacking else "")
        + _said()
    )


_WHY: Final = ("指标 metric", "值 value", "阈值 threshold", "面积 area")


def _why(reason: Any) -> list[str]:
    """Metric, value, bound and share of a reason, or the asset that decides."""
    units = escape(reason.metric.units)
    bound = "" if reason.threshold is None else f"{'≥' if reason.tier else '<'} {reason.threshold:g} {units}"
    share = "" if reason.area_share is None else f"{reason.area_share:.0%}"
    if reason.asset is not None:
        share = escape(reason.asset.name)
    return [escape(reason.metric.chinese), f"{reason.value:.1f} {units}", bound, share]


def _counts(found: Any) -> list[tuple[Tier | None, str, int]]:
    """Tier, its word and number of regions, worst first; grey last."""
    tiers = found.published_worst.tolist()
    rows: list[tuple[Tier | None, str, int]] = [(t, t.chinese, tiers.count(t)) for t in reversed(Tier)]
    return [*rows, (None, NO_DATA_WORDS[0], sum(code < Tier.GREEN for code in tiers))]


def _utc(instant: Any) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _said() -> str:
    return f"<p><small>{escape(DISCLAIMER[0])}</small></p>"
