"""The offices of an exercise: who stands above whom, with invented duty officers and no telephone that rings."""

from __future__ import annotations

import random
from collections.abc import Sequence

from evac.orders.offices import COLUMNS, Ladder, Office
from riskmap.products.letter_facts import EXERCISE, HEADQUARTERS
from riskmap.products.table import cell
from riskmap.region import Region
from riskmap.scale import Tier

TOWN = "999"
"""Digits of a town that does not exist, as in the villages of invented people."""


def invented_offices(regions: Sequence[Region], province: str) -> Ladder:
    """Province, cities, counties, and one invented town a county.

    Parameters
    ----------
    regions : sequence of Region
        Counties, with the names of their cities.
    province : str
        The issuer of the run's letters.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> ladder = invented_offices([SimpleNamespace(code="330902", name="定海区", city_name="舟山市")], "省防指办(演练)")
    >>> ladder.above(town_of("定海区"))
    ('定海区防汛防台抗旱指挥部', '舟山市防汛防台抗旱指挥部', '省防指办(演练)')
    """
    counties = {region.code: region for region in regions if len(region.code) == 6}
    cities = {region.code[:4]: region.city_name for region in counties.values() if region.city_name}
    found = [_office(province, "33")]
    found += [_office(f"{name}{HEADQUARTERS}", code) for code, name in sorted(cities.items())]
    for code, region in sorted(counties.items()):
        found.append(_office(f"{region.name}{HEADQUARTERS}", code))
        found.append(_office(town_of(region.name), f"{code}{TOWN}"))
    return Ladder(found)


def _office(name: str, code: str) -> Office:
    return Office(name, code, person=f"{EXERCISE}值班员{code}", phone=f"(演练,无此号码){code}")


def town_of(county: str) -> str:
    """The invented town of a county, as an order addresses it."""
    return f"{county}{EXERCISE}镇人民政府"


def offices_csv(ladder: Ladder) -> str:
    """The list as ``evac worker --offices`` reads it."""
    rows = [
        ",".join(map(cell, (o.name, o.code, o.superior, o.person, o.phone))) for o in ladder.offices.values()
    ]
    return "\ufeff" + "\n".join([",".join(COLUMNS), *rows]) + "\n"


def silent_ones(
    counties: Sequence[tuple[str, Tier | None]], count: int, rng: random.Random
) -> tuple[str, ...]:
    """Which counties never answer by themselves: drawn among those at red, and among all where there are too few.

    Parameters
    ----------
    counties : sequence of (code, tier)
    """
    red = sorted(code for code, tier in counties if tier is Tier.RED)
    pool = red if len(red) >= count else sorted(code for code, _ in counties)
    return tuple(sorted(rng.sample(pool, min(count, len(pool)))))
