"""The numbers of the return, from ``rules.toml``, each with its source and status."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files

from evac.model import Category
from riskmap.scale import Tier


@dataclass(frozen=True, slots=True)
class ReturnRules:
    """What a return goes by.

    Attributes
    ----------
    slope_side : frozenset of str
        Categories whose houses wait for an inspection.
    slope_tier, still_dangerous : Tier
        Geo-hazard tier that holds slope-side houses, and combined tier at which a release is refused.
    after_rain : timedelta
        How long after the last rain the slopes are waited for.
    least_digits : int
        Digits of the smallest region that may release.
    shift, rest : timedelta
        Longest duty, and least rest after it.
    """

    slope_side: frozenset[str]
    slope_tier: Tier
    still_dangerous: Tier
    after_rain: timedelta
    least_digits: int
    shift: timedelta
    rest: timedelta


@cache
def bundled_rules() -> ReturnRules:
    """The rules that come with the library.

    Examples
    --------
    >>> bundled_rules().still_dangerous.english, bundled_rules().shift.total_seconds() / 3600
    ('orange', 12.0)
    """
    raw = tomllib.loads((files("evac") / "returning" / "rules.toml").read_text(encoding="utf-8"))
    tiers = {tier.english: tier for tier in Tier}
    return ReturnRules(
        slope_side=frozenset(Category(name).value for name in raw["slope_side"]["categories"]),
        slope_tier=tiers[raw["slope_tier"]["tier"]],
        still_dangerous=tiers[raw["still_dangerous"]["tier"]],
        after_rain=timedelta(hours=raw["slope_tier"]["hours_after_rain"]),
        least_digits=raw["authority"]["digits"],
        shift=timedelta(hours=raw["duty"]["hours"]),
        rest=timedelta(hours=raw["duty"]["rest"]),
    )
