"""Cities from their counties, and one assessment a level."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shapely.geometry import box

from riskmap.assessment import Assessment, empty_table, worst_tier
from riskmap.levels import city_regions, roll_up, split_levels
from riskmap.region import Region
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from tests.factories import ISSUED_AT, make_assessment, make_regions, make_rules

CITIES = city_regions(make_regions())

EVERYWHERE = arrays(np.int8, (1, 6), elements=st.integers(NO_DATA, Tier.RED))
SOMEWHERE = arrays(np.int8, (1, 6), elements=st.integers(NOT_APPLICABLE, Tier.RED))
TIERS = st.tuples(EVERYWHERE, SOMEWHERE).map(np.concatenate)
"""Tiers (hazard, county) of wind, which can strike anywhere, and of a hazard that cannot."""


def with_tiers(tiers: np.ndarray) -> Assessment:
    """Six counties of two cities with tiers (hazard, region) of one hour."""
    regions, rules = make_regions(), make_rules()
    table = empty_table(list(rules), [ISSUED_AT], [r.code for r in regions])
    table["tier"].values[:, 0] = tiers
    return Assessment(ISSUED_AT, regions, table, rules, {})


def test_a_city_is_the_union_of_its_counties() -> None:
    zhoushan, quzhou = CITIES
    assert (zhoushan.code, zhoushan.name, zhoushan.level) == ("3309", "舟山市", "city")
    assert zhoushan.geometry.symmetric_difference(box(121.0, 29.8, 122.6, 30.2)).area < 1e-12
    assert quzhou.population == 100_004 + 100_005


def test_residents_of_a_city_are_unknown_where_those_of_a_county_are() -> None:
    first, *others = make_regions()
    assert city_regions([replace(first, population=None), *others])[0].population is None


def test_the_users_outline_of_a_city_goes_before_the_union() -> None:
    assert city_regions(make_regions(), {"3309": box(0, 0, 1, 1)})[0].geometry.area == 1.0


def test_a_city_has_the_reason_of_its_worst_county() -> None:
    counties = make_assessment()
    found = roll_up(counties, CITIES)
    noon = 3
    driver = found.at("3309", noon).driver
    worst = counties.at("330902", noon).driver
    assert driver is not None
    assert worst is not None
    assert driver.tier is worst.tier is Tier.RED
    assert (driver.value, driver.threshold, driver.metric) == (worst.value, worst.threshold, worst.metric)
    assert str(found.table["county"].sel(hazard="wind", region="3309")[noon].values) == "330902"


def test_share_and_people_of_a_city_count_the_counties_at_its_tier() -> None:
    counties = make_assessment()
    noon = 3
    red = [r for r in counties.regions[:4] if counties.at(r.code, noon).tier is Tier.RED]
    assert 0 < len(red) < 4
    driver = roll_up(counties, CITIES).at("3309", noon).driver
    assert driver is not None
    assert driver.people == pytest.approx(sum(0.4 * (r.population or 0) for r in red))
    assert driver.area_share == pytest.approx(0.4 * len(red) / 4)
    assert driver.complete


def test_a_city_with_an_unknown_county_is_grey_where_nothing_reaches_blue() -> None:
    found = roll_up(make_assessment(), CITIES)
    assert found.at("3308", 3).tier is None
    assert found.at("3308", 3).unknown == ("rain",)
    assert found.table["covered"].sel(hazard="rain", region="3308").values == pytest.approx([0.5] * 7)


@settings(deadline=None, max_examples=100)
@given(TIERS)
def test_a_city_is_the_worst_of_its_counties_in_every_hazard_and_over_all(tiers: np.ndarray) -> None:
    counties = with_tiers(tiers)
    found = roll_up(counties, CITIES)
    for n, rows in enumerate((slice(0, 4), slice(4, 6))):
        assert found.table["tier"].values[:, 0, n].tolist() == worst_tier(tiers[:, rows].T).tolist()
        assert found.combined[0, n] == worst_tier(counties.combined[0, rows])
        assert found.combined[0, n] >= counties.combined[0, rows].max() or found.combined[0, n] == NO_DATA


@settings(deadline=None, max_examples=50)
@given(TIERS, arrays(np.bool_, (1, 6)))
def test_a_raised_county_raises_its_city_where_it_becomes_the_worst(
    tiers: np.ndarray, raised: np.ndarray
) -> None:
    counties = replace(with_tiers(tiers), raised=raised)
    found = roll_up(counties, CITIES)
    for n, rows in enumerate((slice(0, 4), slice(4, 6))):
        assert found.combined[0, n] == worst_tier(counties.combined[0, rows])


def test_levels_are_parted_in_their_order_and_keep_their_numbers() -> None:
    whole = make_assessment()
    levels = ["township", "county", "village", "county", "unit", "township"]
    regions = tuple(replace(r, level=level) for r, level in zip(whole.regions, levels, strict=True))
    found = split_levels(replace(whole, regions=regions, raised=np.eye(7, 6, dtype=bool)))
    assert list(found) == ["county", "township", "village", "unit"]
    towns = found["township"]
    assert [r.code for r in towns.regions] == list(towns.table["region"].values) == ["330902", "330803"]
    assert np.array_equal(towns.table["tier"].values, whole.table["tier"].values[..., [0, 5]])
    assert towns.raised is not None
    assert towns.raised.sum(axis=0).tolist() == [1, 1]


def test_a_region_says_by_default_that_it_is_a_county() -> None:
    assert Region("330902", "定海区", "3309", "舟山市", box(0, 0, 1, 1)).level == "county"
