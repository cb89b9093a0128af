"""``counties.csv``: one row a region and hazard over the window, for a reader who opens one table only."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

import numpy as np
import xarray as xr

from riskmap.assessment import Assessment, Reason
from riskmap.outlook import BEIJING
from riskmap.products.held import held_of
from riskmap.products.table import cell
from riskmap.reasons import Facts, reasons_table
from riskmap.scale import NO_DATA_WORDS, NOT_APPLICABLE, Tier, hazard_words
from riskmap.standing import COMBINED

COUNTY_COLUMNS: Final = (
    "region", "name", "city", "hazard", "hazard_name", "published", "published_name", "computed", "computed_name",
    "held_since", "held", "previous", "previous_issued", "trend", "driver", "worst_at", "metric", "value", "units", "threshold",
    "threshold_source", "threshold_status", "margin", "margin_share", "next_tier", "to_next", "to_next_share", "asset",
    "area_share", "maximum", "people", "people_60", "people_65", "people_80", "assets_hit", "probability", "onset", "end",
    "open_end", "confidence", "status", "example",
)  # fmt: skip
"""Header of ``counties.csv``."""


def counties_csv(assessment: Assessment, reasons: xr.Dataset | None = None) -> str:
    """One row a region and hazard, combined first: the published tier and the reason at the worst hour.

    Parameters
    ----------
    assessment : Assessment
    reasons : Dataset, optional
        See ``riskmap.reasons_table``; made where None.

    Returns
    -------
    str
        Columns ``COUNTY_COLUMNS`` after a byte-order mark; instants in Beijing time; empty = unknown. ``published`` may stand
        above ``computed``: ``held`` says why. ``onset`` and ``end`` are those of the spell, at the tier or worse, around
        ``worst_at``; ``open_end`` 1 = it lasts to the end of the window. ``people`` and its ages are modelled (residents
        times area share). The combined row repeats the numbers of its ``driver``.
    """
    table = reasons_table(assessment) if reasons is None else reasons
    view = Facts(table)
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow(COUNTY_COLUMNS)
    previous = assessment.earlier.issued_at.astimezone(BEIJING).isoformat() if assessment.earlier else ""
    grid = {name: table[name].values for name in ("worst", "previous_worst", "assets_hit")}
    for r, region in enumerate(assessment.regions):
        peaks = {reason.hazard: (reason, at) for reason, at in assessment.worst_reasons(region.code)}
        worst = assessment.worst(region.code)
        if worst.tier is not None and worst.driver is not None:
            peaks[COMBINED] = (worst.driver, worst.valid_at)
        for n, hazard in enumerate((COMBINED, *assessment.hazards)):
            computed, before, hit = (
                int(grid[name][n, r]) for name in ("worst", "previous_worst", "assets_hit")
            )
            if computed == NOT_APPLICABLE:
                continue
            entry = assessment.standing.of(region.code, hazard) if assessment.standing else None
            published = computed if entry is None else entry.published
            words = held_of(assessment, region.code, hazard)
            since = "" if entry is None else entry.since.astimezone(BEIJING).isoformat()
            trend = np.sign(computed - before) if min(computed, before) >= Tier.GREEN else None
            head = (
                cell(region.code), cell(region.name), cell(region.city_name), hazard, hazard_words(hazard)[0],
                *_tier(published), *_tier(computed), since, words[0] if words else "", _tier(before)[0],
                previous if before >= -1 else "", "" if trend is None else int(trend),
            )  # fmt: skip
            body = _body(view, region.code, hazard, *peaks[hazard]) if hazard in peaks else [""] * 26
            writer.writerow([*head, *body[:20], hit, *body[20:], int(hazard in assessment.apart)])
    return out.getvalue()


def _tier(code: int) -> tuple[str, str]:
    if code < Tier.GREEN:
        return "", NO_DATA_WORDS[0]
    return str(code), Tier(code).chinese


def _body(view: Facts, code: str, hazard: str, reason: Reason, at: Any) -> list[str]:
    found = view.at(code, hazard, at)
    metric = reason.metric
    whose = reason.asset.source if reason.asset is not None and reason.asset.source else metric.source
    numbers = ["margin", "margin_share", "next_tier", "to_next", "to_next_share"]
    share = ["area_share", "maximum", "people", "people_60", "people_65", "people_80"]
    return [
        reason.hazard, at.astimezone(BEIJING).isoformat(), metric.variable, _text(reason.value), metric.units,
        _text(reason.threshold), whose, metric.status, *(_text(found[name]) for name in numbers),
        reason.asset.name if reason.asset else "",
        *(_text(found[name], whole=name.startswith("people")) for name in share),
        _text(found["probability"]), *(_instant(found[name]) for name in ("onset", "end")),
        str(found["open_end"] if found["onset"] else ""), reason.confidence, "known" if reason.complete else "at least",
    ]  # fmt: skip


def _text(value: Any, *, whole: bool = False) -> str:
    if value is None or value != value:
        return ""
    return f"{value:.0f}" if whole or isinstance(value, int) else f"{value:.6g}"


def _instant(at: Any) -> str:
    return "" if at is None else str(at.astimezone(BEIJING).isoformat())
