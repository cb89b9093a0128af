"""Tiers and scales."""

from __future__ import annotations

import re

import pytest

from riskmap.scale import (
    HAZARD_WORDS,
    NO_DATA,
    NO_DATA_COLOUR,
    NOT_APPLICABLE,
    WIND_FORCE_BOUNDS,
    Tier,
    wind_force,
)


def test_the_worst_is_the_largest() -> None:
    assert list(Tier) == sorted(Tier)
    assert max(Tier.GREEN, Tier.RED, Tier.BLUE) is Tier.RED


def test_no_data_is_no_tier() -> None:
    assert NO_DATA not in set(Tier)
    assert NOT_APPLICABLE not in {NO_DATA, *Tier}


def test_every_tier_has_its_own_colour_and_words() -> None:
    for words in ("colour", "chinese", "risk_words", "english"):
        assert len({getattr(tier, words) for tier in Tier}) == 5
    assert all(re.fullmatch("#[0-9A-F]{6}", tier.colour) for tier in Tier)
    assert NO_DATA_COLOUR not in {tier.colour for tier in Tier}


def test_level_one_is_red_and_green_has_none() -> None:
    assert [t.level for t in sorted(Tier, reverse=True)] == ["一级", "二级", "三级", "四级", ""]


def test_hazards_have_a_chinese_and_an_english_name() -> None:
    assert all(chinese and english.isascii() for chinese, english in HAZARD_WORDS.values())


@pytest.mark.parametrize("force", range(1, 18))
def test_a_force_begins_at_its_lower_bound(force: int) -> None:
    bound = WIND_FORCE_BOUNDS[force - 1]
    assert wind_force(bound) == force
    assert wind_force(bound - 0.01) == force - 1


def test_calm_and_the_strongest() -> None:
    assert wind_force(0.0) == 0
    assert wind_force(99.0) == 17
