"""应转 against 已转 and what became of everybody, by county and category: all counts hidden together, so that the table may be handed on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from evac.model import Category
from evac.privacy.together import Sum, Tied, protect_together
from evac.review.people import BESIDE, PARTS, Tally

MOVED: Final = ("returned", "allowed", "held", "waiting")
"""Parts that were moved: home again, or in safety still."""
WHOLE: Final = ""
"""All counties, or all categories."""
COLUMNS: Final = ("due", "moved", *PARTS)
HIDDEN: Final = "不足10人及为防反推而隐去者为空 · counts of 1 to 9, and those that would tell them, are null"


def moved_table(found: Tally, names: Mapping[str, str]) -> dict[str, Any]:
    """Rows by county and category with their sums; a hidden count is None.

    Raises
    ------
    MissingExtraError
        The extra ``plan`` (SciPy) is not installed.
    """
    pairs = sorted({(county, category) for county, category, _ in found.outcomes})
    counties = sorted({county for county, _ in pairs})
    rows = [pair for county in counties for pair in (*(p for p in pairs if p[0] == county), (county, WHOLE))]
    rows.append((WHOLE, WHOLE))
    tied = _tied(found, pairs, counties)
    hidden = protect_together(tied)

    def shown(*key: str) -> int | None:
        return None if key in hidden else tied.counts[key]

    words = {c.value: c.chinese for c in Category} | {WHOLE: "合计"}
    return {
        "rows": [
            {"county": county, "county_name": names.get(county, county) or "合计", "category": category,
             "category_name": words.get(category, category), **{part: shown(county, category, part) for part in COLUMNS}}
            for county, category in rows
        ],
        "beside": {name: shown(WHOLE, WHOLE, name) for name in BESIDE},
        "hidden": HIDDEN,
    }  # fmt: skip


def _tied(found: Tally, pairs: list[tuple[str, str]], counties: list[str]) -> Tied:
    counts: dict[tuple[str, str, str], int] = {}
    sums: list[Sum] = []

    def add(where: tuple[str, str], parts: Mapping[str, int]) -> None:
        for part in PARTS:
            counts[(*where, part)] = parts[part]
        counts[(*where, "moved")] = sum(parts[part] for part in MOVED)
        counts[(*where, "due")] = sum(parts.values())
        sums.append(Sum((*where, "moved"), tuple((*where, part) for part in MOVED)))
        sums.append(Sum((*where, "due"), tuple((*where, part) for part in ("moved", *PARTS[len(MOVED) :]))))

    for pair in pairs:
        add(pair, {part: found.outcomes[(*pair, part)] for part in PARTS})
    for county in counties:
        own = [pair for pair in pairs if pair[0] == county]
        add((county, WHOLE), {part: sum(counts[(*pair, part)] for pair in own) for part in PARTS})
        sums += [Sum((county, WHOLE, c), tuple((*pair, c) for pair in own)) for c in COLUMNS]
    add((WHOLE, WHOLE), {part: sum(counts[county, WHOLE, part] for county in counties) for part in PARTS})
    sums += [Sum((WHOLE, WHOLE, c), tuple((county, WHOLE, c) for county in counties)) for c in COLUMNS]
    for name in BESIDE:
        counts[WHOLE, WHOLE, name] = found.beside[name]
        if name not in ("exempt", "withdrawn"):
            sums.append(Sum((WHOLE, WHOLE, "due"), ((WHOLE, WHOLE, name),), exact=False))
    return Tied(counts, frozenset(counts), tuple(sums))
