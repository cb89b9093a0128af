"""Every tier with its reason as one table: margins, spells, people by age, and what the cycle before said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.asset import AssetTier
from riskmap.earlier import NO_TREND, NOT_LOOKED
from riskmap.reasons import REASON_VARIABLES, facts, reasons_table
from riskmap.scale import Tier
from riskmap.spells import spells
from riskmap.standing import COMBINED
from riskmap.succession import earlier_of
from tests.factories import ISSUED_AT, make_assessment


def test_the_table_has_every_variable_and_the_combined_row_first() -> None:
    table = reasons_table(make_assessment())
    assert set(REASON_VARIABLES) <= set(table)
    assert table["hazard"].values.tolist() == [COMBINED, "wind", "rain"]
    assert table["tier"].dims == ("hazard", "time", "region")
    assert (table["tier"][0].values == make_assessment().combined).all()


def test_the_combined_row_repeats_its_driver() -> None:
    table = reasons_table(make_assessment())
    row = table.sel(region="330902").isel(time=3)
    assert int(row["driver"].sel(hazard=COMBINED)) == 0
    for name in ("value", "threshold", "margin", "area_share", "people", "maximum"):
        assert float(row[name].sel(hazard=COMBINED)) == float(row[name].sel(hazard="wind"))
    grey = table.sel(region="330803", hazard=COMBINED)  # rain unknown, wind green
    assert set(grey["tier"].values.tolist()) == {-1}
    assert np.isnan(grey["value"].values).all()


def test_margin_is_past_the_bound_and_the_next_bound_is_of_the_same_metric() -> None:
    assessment = make_assessment()
    found = facts(reasons_table(assessment), "330903", "wind", assessment.valid_at[3])
    assert found["tier"] is Tier.RED
    assert found["margin"] == pytest.approx(42.0 - 41.5)
    assert found["margin_share"] == pytest.approx(0.5 / 41.5)
    assert (found["next_tier"], found["to_next"]) == (None, None)
    orange = facts(reasons_table(assessment), "330921", "wind", assessment.valid_at[3])
    assert (orange["tier"], orange["next_tier"]) == (Tier.ORANGE, Tier.RED)
    assert orange["to_next"] == pytest.approx(41.5 - 38.0)
    assert orange["to_next_share"] == pytest.approx(3.5 / 41.5)
    green = facts(reasons_table(assessment), "330802", "rain", assessment.valid_at[3])
    assert green["margin"] == pytest.approx(20.0 - 50.0)
    assert green["next_tier"] is Tier.ORANGE, "3 h rain has no bound for blue and yellow"


def test_what_comes_after_an_assets_own_bound_is_not_made_up() -> None:
    assessment = make_assessment()
    assessment.table["asset"].values[0, 3, 2] = 0
    found = facts(reasons_table(assessment), "330921", "wind", assessment.valid_at[3])
    assert (found["next_tier"], found["to_next"]) == (None, None)
    assert found["margin"] is not None


@given(st.lists(st.integers(-2, 4), min_size=1, max_size=20))
def test_spells_are_those_of_a_slow_walk(tiers: list[int]) -> None:
    first, last = spells(np.array(tiers, np.int8)[:, None])
    for hour, tier in enumerate(tiers):
        if tier < 1:
            assert first[hour, 0] == last[hour, 0] == -1
            continue
        left = right = hour
        while left > 0 and tiers[left - 1] >= tier:
            left -= 1
        while right < len(tiers) - 1 and tiers[right + 1] >= tier:
            right += 1
        assert (first[hour, 0], last[hour, 0]) == (left, right)


def test_onset_and_end_are_hours_and_an_open_end_is_said() -> None:
    assessment = make_assessment()
    found = facts(reasons_table(assessment), "330902", "wind", assessment.valid_at[3])
    assert found["onset"] == found["end"] == assessment.valid_at[3]
    blue = facts(reasons_table(assessment), "330902", "wind", assessment.valid_at[5])
    assert blue["onset"] < blue["end"]
    short = make_assessment()
    short.table["tier"].values[0, :, 0] = [0, 0, 0, 1, 1, 1, 1]
    assert facts(reasons_table(short), "330902", "wind", short.valid_at[4])["open_end"] == 1


def test_people_by_age_are_residents_of_that_age_times_the_share() -> None:
    assessment = make_assessment()
    regions = tuple(replace(r, aged=(20_000, 14_000, None)) for r in assessment.regions)
    found = facts(
        reasons_table(replace(assessment, regions=regions)), "330902", "wind", assessment.valid_at[3]
    )
    assert (found["people_60"], found["people_65"], found["people_80"]) == (8000.0, 5600.0, None)
    assert facts(reasons_table(assessment), "330902", "wind", assessment.valid_at[3])["people_60"] is None


def test_assets_are_counted_once_and_invented_ones_never() -> None:
    def asset(n: int, tier: Tier | None, *, example: bool = False) -> AssetTier:
        return AssetTier(
            f"a{n}", "x", "gauge", "330902105", "wind", tier, 1.0, 1.0, "m s-1", ISSUED_AT, "因", "why", example=example
        )  # fmt: skip

    assets = (asset(1, Tier.RED), asset(2, Tier.GREEN), asset(3, None), asset(4, Tier.RED, example=True))
    table = reasons_table(replace(make_assessment(), assets=assets))
    assert table["assets_hit"].sel(region="330902").values.tolist() == [1, 1, 0]
    assert int(table["assets_hit"].sum()) == 2


def test_the_tier_before_is_that_of_the_same_valid_hour() -> None:
    before = make_assessment(issued_at=ISSUED_AT - timedelta(hours=2))
    now = make_assessment()
    table = reasons_table(replace(now, earlier=earlier_of(now, before)))
    wind = table.sel(hazard="wind", region="330902")
    assert wind["previous_tier"].values.tolist()[:5] == before.table["tier"].values[0, 2:, 0].tolist()
    assert wind["previous_tier"].values.tolist()[5:] == [NOT_LOOKED] * 2
    assert wind["trend"].values.tolist()[5:] == [NO_TREND] * 2
    assert wind["trend"].values.tolist()[:5] == [
        int(np.sign(int(a) - int(b)))
        for a, b in zip(wind["tier"].values[:5], wind["previous_tier"].values[:5])
    ]
    assert table.attrs["previous_issued_at"] == before.issued_at.isoformat()


def test_the_combined_tier_before_is_the_combined_one() -> None:
    before, now = make_assessment(), make_assessment()
    earlier = earlier_of(now, before)
    assert (earlier.combined == before.combined).all()
    assert (earlier.worst[0] == before.window_worst).all()


def test_a_region_or_hazard_that_was_not_there_is_not_compared() -> None:
    before = make_assessment()
    fewer = replace(
        before, regions=before.regions[1:], table=before.table.isel(region=slice(1, None), hazard=slice(0, 1))
    )
    now = make_assessment()
    earlier = earlier_of(now, fewer)
    assert (earlier.combined[:, 0] == NOT_LOOKED).all()
    assert (earlier.tier[1] == NOT_LOOKED).all()
    assert (earlier.tier[0, :, 1:] == before.table["tier"].values[0, :, 1:]).all()


def test_without_a_cycle_before_nothing_is_compared() -> None:
    table = reasons_table(make_assessment())
    assert (table["previous_tier"].values == NOT_LOOKED).all()
    assert (table["trend"].values == NO_TREND).all()
