"""Tiers with reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riskmap.assessment import TABLE_VARIABLES, Assessment, RegionTier, combine, empty_table
from riskmap.asset import AssetTier
from riskmap.errors import DataError
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from tests.factories import ISSUED_AT, make_assessment, make_regions, make_rules

LAWS = settings(deadline=None, max_examples=150)
codes = st.sampled_from([NOT_APPLICABLE, NO_DATA, 0, 1, 2, 3, 4])
tables = st.integers(1, 4).flatmap(lambda n: arrays(np.int8, (n, 5), elements=codes))


def slow_combine(tiers: list[int]) -> int:
    warnings = [t for t in tiers if t >= Tier.BLUE]
    if warnings:
        return max(warnings)
    return Tier.GREEN if Tier.GREEN in tiers and NO_DATA not in tiers else NO_DATA


@LAWS
@given(tiers=tables)
def test_combining_agrees_with_a_plain_oracle(tiers: np.ndarray) -> None:
    assert combine(tiers).tolist() == [slow_combine(column.tolist()) for column in tiers.T]


@LAWS
@given(tiers=tables, order=st.randoms(use_true_random=False))
def test_the_order_of_the_hazards_does_not_matter(tiers: np.ndarray, order) -> None:  # type: ignore[no-untyped-def]
    rows = list(range(len(tiers)))
    order.shuffle(rows)
    np.testing.assert_array_equal(combine(tiers[rows]), combine(tiers))


@LAWS
@given(tiers=tables)
def test_an_unknown_hazard_never_hides_a_warning_and_never_leaves_green(tiers: np.ndarray) -> None:
    more = np.vstack([tiers, np.full((1, tiers.shape[1]), NO_DATA, np.int8)])
    before, after = combine(tiers), combine(more)
    assert (after[before >= Tier.BLUE] == before[before >= Tier.BLUE]).all()
    assert (after[before < Tier.BLUE] == NO_DATA).all()


@LAWS
@given(tiers=tables)
def test_a_region_and_the_combined_map_obey_one_law(tiers: np.ndarray) -> None:
    regions, rule = make_regions()[:5], make_rules()["rain"]
    hazards = [f"hazard_{n}" for n in range(len(tiers))]
    table = empty_table(hazards, [ISSUED_AT], [r.code for r in regions])
    table["tier"].values[:, 0, :] = tiers
    assessment = Assessment(ISSUED_AT, regions, table, dict.fromkeys(hazards, rule), {})
    for r, region in enumerate(regions):
        found, code = assessment.at(region.code, 0), int(assessment.combined[0, r])
        assert (NO_DATA if found.tier is None else int(found.tier)) == code
        assert [x.tier for x in found.reasons] == sorted((x.tier for x in found.reasons), reverse=True)
        assert len(found.unknown) == int((tiers[:, r] == NO_DATA).sum())


def test_the_tier_is_derived_from_the_reasons() -> None:
    assessment = make_assessment()
    found = assessment.at("330902", 3)
    assert found.tier is Tier.RED
    assert found.driver is not None
    assert found.driver.hazard == "wind"
    fewer = RegionTier(found.region, found.valid_at, found.reasons[1:])
    assert fewer.tier is Tier.GREEN
    assert "tier" not in vars(found)


def test_a_reason_says_value_threshold_share_and_people() -> None:
    reason = make_assessment().at("330902", 3).reasons[0]
    assert reason.metric.variable == "wind_speed_of_gust"
    assert reason.threshold is not None
    assert reason.value >= reason.threshold == 41.5
    assert reason.maximum >= reason.value
    assert reason.area_share == 0.4
    assert reason.people == pytest.approx(0.4 * 100_000)
    assert reason.confidence == "medium"
    assert reason.complete


def test_a_region_with_an_unknown_hazard_is_grey_where_the_rest_is_green() -> None:
    found = make_assessment().at("330803", 3)
    assert found.tier is None
    assert found.unknown == ("rain",)
    assert found.driver is not None
    assert found.driver.tier is Tier.GREEN


def test_a_region_of_which_nothing_is_known_has_no_driver() -> None:
    nothing = RegionTier(make_regions()[0], ISSUED_AT, (), ("wind",))
    assert nothing.tier is None
    assert nothing.driver is None


def test_unknown_people_and_thresholds_are_none() -> None:
    assessment = make_assessment()
    for name in ("people", "threshold"):
        assessment.table[name].values[0, 3, 0] = np.nan
    reason = assessment.at("330902", 3).reasons[0]
    assert reason.people is None
    assert reason.threshold is None


def test_a_tier_from_part_of_the_region_is_marked_at_least() -> None:
    assessment = make_assessment()
    assessment.table["covered"].values[0, 3, 0] = 0.7
    assert not assessment.at("330902", 3).reasons[0].complete


def test_worst_is_the_first_of_the_worst_hours() -> None:
    assessment = make_assessment()
    assert assessment.worst("330902").valid_at == ISSUED_AT + timedelta(hours=3)
    assert assessment.worst("330802").valid_at == ISSUED_AT  # green all along


def test_worst_reasons_are_each_hazards_own_worst_hour() -> None:
    assessment = make_assessment()
    assessment.table["tier"].values[1, 5, 0] = Tier.ORANGE  # rain two hours after the wind
    assessment.table["value"].values[1, 5, 0] = 61.0
    found = assessment.worst_reasons("330902")
    assert [(reason.hazard, reason.tier, hour) for reason, hour in found] == [
        ("wind", Tier.RED, ISSUED_AT + timedelta(hours=3)),
        ("rain", Tier.ORANGE, ISSUED_AT + timedelta(hours=5)),
    ]


def test_among_hours_of_one_tier_the_reason_is_that_of_the_largest_value() -> None:
    assessment = make_assessment()
    (rain, hour) = {r.hazard: (r, at) for r, at in assessment.worst_reasons("330902")}["rain"]
    assert rain.value == pytest.approx(20.0)
    assert hour == ISSUED_AT + timedelta(hours=3)


def test_among_hours_of_one_tier_and_several_metrics_the_one_furthest_past_its_bound_counts() -> None:
    assessment = make_assessment()
    table = {
        name: assessment.table[name].values[0, :, 0] for name in ("tier", "metric", "value", "threshold")
    }
    table["tier"][:] = Tier.GREEN
    for hour, row in ((1, (3, 0, 32.0, 24.5)), (2, (3, 1, 33.0, 32.7))):
        for name, number in zip(table, row, strict=True):
            table[name][hour] = number
    (reason, hour) = assessment.worst_reasons("330902")[0]
    assert (reason.metric.variable, reason.value) == ("wind_speed", 32.0)
    assert hour == ISSUED_AT + timedelta(hours=1)


def test_a_hazard_unknown_at_every_hour_has_no_worst_reason() -> None:
    assert [r.hazard for r, _ in make_assessment().worst_reasons("330803")] == ["wind"]


def test_period_spans_the_hours_at_or_above_a_tier() -> None:
    assessment = make_assessment()
    combined = assessment.combined[:, 0]
    hours = np.flatnonzero(combined >= Tier.ORANGE)
    assert assessment.period("330902", Tier.ORANGE) == (
        assessment.valid_at[hours[0]],
        assessment.valid_at[hours[-1]],
    )
    assert assessment.period("330902", Tier.BLUE, "rain") is None
    assert assessment.period("330802", Tier.BLUE) is None


def test_counts_cover_every_region_once() -> None:
    assessment = make_assessment()
    for hour in range(7):
        counts = assessment.counts(hour)
        assert sum(counts.values()) == 6
        assert set(counts) == {*Tier, None}
    assert assessment.counts(0)[None] == 1


def test_an_unknown_code_is_refused_with_an_example() -> None:
    with pytest.raises(DataError, match="one of 6 codes such as 330902; found '999999'"):
        make_assessment().at("999999", 0)


def test_an_incomplete_table_is_refused() -> None:
    whole = make_assessment()
    with pytest.raises(DataError, match=r"table is incomplete.*covered"):
        Assessment(ISSUED_AT, whole.regions, whole.table.drop_vars("covered"), whole.rules, {})


def test_an_empty_table_knows_nothing() -> None:
    table = empty_table(["wind", "rain"], [ISSUED_AT], ["330902"])
    assert isinstance(table, xr.Dataset)
    assert set(table) == {*TABLE_VARIABLES, "cell"}
    assert (table["tier"] == NO_DATA).all()
    assert table["time"].values[0] == np.datetime64("2021-07-24T04:30:00")
    assert {str(v.dtype) for v in table.values()} == {"int8", "int32", "float64"}


def test_valid_hours_are_utc() -> None:
    assert make_assessment().valid_at[0] == ISSUED_AT
    assert make_assessment().valid_at[0].utcoffset() == timedelta(0)


def test_a_hazard_of_an_invented_table_is_shown_and_counts_for_nothing() -> None:
    region, rule = make_regions()[0], make_rules()["rain"]
    table = empty_table(["wind", "sea_wall"], [ISSUED_AT], [region.code])
    table["tier"].values[:, 0, 0] = [1, 4]
    both = Assessment(ISSUED_AT, (region,), table, {"wind": rule, "sea_wall": rule}, {})
    apart = replace(both, apart=frozenset({"sea_wall"}))
    assert both.combined.tolist() == [[4]]
    assert apart.combined.tolist() == [[1]]
    assert [reason.hazard for reason in apart.at(region.code, 0).reasons] == ["wind"]
    assert [reason.hazard for reason, _ in apart.worst_reasons(region.code)] == ["wind"]
    assert apart.hazards == both.hazards
    alone = replace(both, apart=frozenset({"wind", "sea_wall"}))
    assert alone.combined.tolist() == [[NO_DATA]]


def test_the_deciding_asset_stands_in_the_reason() -> None:
    region, rule = make_regions()[0], make_rules()["rain"]
    wall = AssetTier(
        "w1",
        "某段",
        "wall_section",
        region.code,
        "rain",
        Tier.RED,
        3.0,
        2.0,
        "m",
        ISSUED_AT,
        "越浪",
        "overtops",
    )
    table = empty_table(["rain"], [ISSUED_AT], [region.code])
    for name, value in {"tier": 4, "value": 3.0, "asset": 0}.items():
        table[name].values[0, 0, 0] = value
    reason = (
        Assessment(ISSUED_AT, (region,), table, {"rain": rule}, {}, (wall,)).at(region.code, 0).reasons[0]
    )
    assert reason.asset is wall
    assert reason.area_share is None
