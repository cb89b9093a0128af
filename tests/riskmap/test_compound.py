"""Hazards that meet raise a region by one tier, once, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riskmap.assessment import Assessment, empty_table
from riskmap.compound import meeting
from riskmap.rules import CompoundRule
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from tests.factories import ISSUED_AT, make_regions, make_rules

ON = CompoundRule(enabled=True)
HAZARDS = ("wind", "waves", "rain")


def with_tiers(tiers: np.ndarray, apart: frozenset[str] = frozenset()) -> Assessment:
    """Wind, waves (one group) and rain (another) of six counties."""
    rules = make_rules()
    rules = {"wind": rules["wind"], "waves": replace(rules["wind"], id="waves"), "rain": rules["rain"]}
    table = empty_table(HAZARDS, [ISSUED_AT], [r.code for r in make_regions()])
    table["tier"].values[:, 0] = np.array(tiers)
    return Assessment(ISSUED_AT, make_regions(), table, rules, {}, apart=apart)


def raised(tiers: list[list[int]], **kind: frozenset[str]) -> list[int]:
    found = with_tiers(np.array(tiers), **kind)
    return replace(found, raised=meeting(found, ON)).combined[0].tolist()


def test_two_groups_at_yellow_raise_by_one_and_never_beyond_red() -> None:
    assert raised([[2, 2, 3, 4, 1, 2], [2, 0, 0, 0, 4, -1], [0, 2, 2, 2, 1, -1]]) == [2, 3, 4, 4, 4, 2]


def test_an_invented_register_meets_nobody() -> None:
    assert raised([[2] * 6, [0] * 6, [3] * 6], apart=frozenset({"rain"})) == [2] * 6


def test_it_is_off_by_default() -> None:
    assert meeting(with_tiers(np.full((3, 6), 4)), CompoundRule()) is None


def test_a_raised_region_says_so() -> None:
    found = with_tiers(np.array([[2, 2, 0, 0, 0, 0], [0] * 6, [3, 0, 0, 0, 0, 0]]))
    found = replace(found, raised=meeting(found, ON))
    first, second = (found.at(region.code, 0) for region in found.regions[:2])
    assert (first.tier, first.compound) == (Tier.RED, True)
    assert (second.tier, second.compound) == (Tier.YELLOW, False)
    assert first.driver is not None
    assert first.driver.tier is Tier.ORANGE  # the hazard's own tier stays what it is


@pytest.mark.slow
@settings(deadline=None, max_examples=200)
@given(
    tiers=arrays(np.int8, (3, 6), elements=st.integers(NOT_APPLICABLE, Tier.RED)),
    more=arrays(np.int8, (3, 6), elements=st.integers(0, 4)),
)
def test_more_hazard_is_never_a_lower_tier_and_unknown_never_green(
    tiers: np.ndarray, more: np.ndarray
) -> None:
    worse = np.where(tiers >= 0, np.minimum(tiers + more, 4), tiers)
    now, later = (np.array(raised(t.tolist())) for t in (tiers, worse))
    assert (later >= now).all()
    plain = with_tiers(tiers).combined[0]
    assert ((now == plain) | ((now == plain + 1) & (plain >= Tier.YELLOW))).all()
    blind = np.where(more > 2, NO_DATA, tiers)
    assert not ((np.array(raised(blind.tolist())) == Tier.GREEN) & (now != Tier.GREEN)).any()
