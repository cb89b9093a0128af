"""Tiers from chances: the median, monotone, and never green where a chance is unknown."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.ensemble_tiers import tiers_of_chances, with_tiers
from riskmap.errors import DataError
from riskmap.io.rule_files import read_rule_book
from riskmap.rules import EnsembleRule
from riskmap.scale import NO_DATA, Tier

RULE = (0.3, 0.3, 0.5, 0.5)
MEMBERS = st.lists(st.integers(0, 4), min_size=1, max_size=60)


def chances(members: list[int]) -> np.ndarray:
    """As they are stored: float32 shares of the members."""
    return np.array([[np.mean([m >= t for m in members])] for t in range(1, 5)]).astype(np.float32)


@settings(deadline=None)
@given(MEMBERS)
def test_a_half_everywhere_is_the_median_member_the_worse_of_two(members: list[int]) -> None:
    assert tiers_of_chances(chances(members), (0.5,) * 4)[0] == sorted(members)[len(members) // 2]


@settings(deadline=None)
@given(MEMBERS, st.data())
def test_a_worse_member_never_lowers_the_tier(members: list[int], data: st.DataObject) -> None:
    worse = [min(4, m + data.draw(st.integers(0, 4))) for m in members]
    assert tiers_of_chances(chances(worse), RULE)[0] >= tiers_of_chances(chances(members), RULE)[0]


@settings(deadline=None)
@given(MEMBERS, st.lists(st.booleans(), min_size=4, max_size=4))
def test_what_is_unknown_is_never_greener(members: list[int], hidden: list[bool]) -> None:
    known = chances(members)
    blind = np.where(np.array(hidden)[:, None], np.float32(np.nan), known)
    now, then = tiers_of_chances(known, RULE)[0], tiers_of_chances(blind, RULE)[0]
    assert then <= now
    assert not (then == Tier.GREEN and any(hidden))


@pytest.mark.parametrize(
    ("reaching", "tier"), [((15, 14, 0, 0), 1), ((15, 15, 14, 0), 2), ((50, 25, 25, 0), 3), ((50, 50, 25, 25), 4), ((14, 0, 0, 0), 0)]
)  # fmt: skip
def test_bounds_are_reached_by_counts_of_fifty(reaching: tuple[int, ...], tier: int) -> None:
    shares = (np.array(reaching, np.float32) / 50)[:, None].astype(np.float32)
    assert tiers_of_chances(shares, read_rule_book().combination.ensemble.bounds)[0] == tier


def test_not_four_tiers() -> None:
    with pytest.raises(DataError, match="not four tiers"):
        tiers_of_chances(np.zeros((3, 2)), RULE)


def test_the_dataset_of_chances_gets_its_tiers() -> None:
    shares = np.array([0.9, 0.4, 0.6, np.nan], np.float32)
    given_ = xr.Dataset(
        {
            "probability": (("tier", "y", "x"), np.broadcast_to(shares[:, None, None], (4, 2, 3))),
            "region_probability_hourly": (("tier", "time", "region"), np.full((4, 2, 1), np.nan)),
        }
    )
    found = with_tiers(given_, EnsembleRule(source="x"))
    assert found["ensemble_tier"].dims == ("y", "x")
    assert (found["ensemble_tier"] == Tier.ORANGE).all()
    assert (found["region_ensemble_tier_hourly"] == NO_DATA).all()
    assert found["ensemble_tier"].attrs["source"] == "x"
    assert "region_ensemble_tier" not in found
