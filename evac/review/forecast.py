"""What was forecast against what happened, region by region, where somebody observed it; else it says that nothing was verified."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from riskmap.assessment import Assessment
from riskmap.errors import DataError
from riskmap.outlook import beijing
from riskmap.scale import NO_DATA, Tier, hazard_words
from riskmap.standing import COMBINED

ALARM: Final = Tier.ORANGE
"""Tier from which a forecast is an alarm: hits, misses and false alarms are counted at it."""
_COLUMNS: Final = ("region", "hazard", "tier")


class Observed(NamedTuple):
    """What happened in a region: the tier that the event reached there by what was measured or surveyed."""

    region: str
    hazard: str
    tier: Tier


def observed_rows(rows: Iterable[Mapping[str, str]], *, where: str = "observations") -> tuple[Observed, ...]:
    """The rows of a table ``region,hazard,tier``: the tier as a number 0 to 4, a colour, or its English word.

    Raises
    ------
    DataError
        A column is missing or a tier is none; names the row. Nothing is guessed.

    Examples
    --------
    >>> observed_rows([{"region": "330902", "hazard": "wind", "tier": "红"}])[0].tier.english
    'red'
    """
    words = {word: tier for tier in Tier for word in (str(int(tier)), tier.chinese, tier.english)}
    found = []
    for n, row in enumerate(rows, 1):
        lacking = [name for name in _COLUMNS if not (row.get(name) or "").strip()]
        told = (row.get("tier") or "").strip().removesuffix("色").lower()
        if lacking or told not in words:
            raise DataError(
                "not an observation", where=f"{where}, row {n}", expected="region, hazard (or combined), and a tier 0 to 4 or its colour",
                found=f"{dict(row)}", remedy="leave out what nobody observed: it is not verified, and not green",
            )  # fmt: skip
        found.append(Observed(row["region"].strip(), row["hazard"].strip(), words[told]))
    return tuple(found)


def forecast_tiers(runs: Iterable[Assessment]) -> dict[tuple[str, str], int]:
    """(region, hazard) -> the worst tier that any run published for any hour; ``NO_DATA`` where all that is known is grey."""
    found: dict[tuple[str, str], int] = {}
    for run in runs:
        table = run.table["tier"].transpose("hazard", "region", "time").values.max(axis=2)
        rows: list[tuple[str, Sequence[int]]] = [
            (hazard, table[h]) for h, hazard in enumerate(run.hazards) if hazard not in run.apart
        ]
        rows.append((COMBINED, run.combined.max(axis=0)))
        for hazard, tiers in rows:
            for region, tier in zip(run.regions, tiers, strict=True):
                key = (region.code, hazard)
                found[key] = max(int(tier), found.get(key, NO_DATA))
    return found


def verified(runs: Sequence[Assessment], observed: Sequence[Observed]) -> dict[str, Any]:
    """Published tiers against observed ones: hits, misses, false alarms, and the whole table of pairs.

    Where nobody observed anything it says so; a region without an observation is in no count.
    """
    if not runs or not observed:
        lacking = "没有发布的风险图" if not runs else "没有观测或灾情等级"
        return {"verified": False, "why": f"{lacking},未检验 · not verified"}
    tiers = forecast_tiers(runs)
    by_hazard: dict[str, Counter[tuple[int, int]]] = {}
    for one in observed:
        forecast = tiers.get((one.region, one.hazard), NO_DATA)
        by_hazard.setdefault(one.hazard, Counter())[forecast, int(one.tier)] += 1
    return {
        "verified": True,
        "alarm": ALARM.english,
        "runs": [beijing(run.issued_at) for run in runs],
        "hazards": [_scored(hazard, pairs) for hazard, pairs in sorted(by_hazard.items())],
    }


def _scored(hazard: str, pairs: Counter[tuple[int, int]]) -> dict[str, Any]:
    def count(alarmed: bool, happened: bool) -> int:
        return sum(
            n
            for (f, o), n in pairs.items()
            if f >= 0 and (f >= ALARM) is alarmed and (o >= ALARM) is happened
        )

    name = "综合" if hazard == COMBINED else hazard_words(hazard)[0]
    return {
        "hazard": hazard, "name": name, "regions": sum(pairs.values()), "hits": count(True, True), "misses": count(False, True),
        "false_alarms": count(True, False), "quiet": count(False, False), "grey": sum(n for (f, _), n in pairs.items() if f < 0),
        "pairs": [{"forecast": f, "observed": o, "regions": n} for (f, o), n in sorted(pairs.items())],
    }  # fmt: skip
