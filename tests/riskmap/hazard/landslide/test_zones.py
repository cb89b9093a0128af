"""Mapped points and zones: which cells, which tier, which words; and the record of an asset."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, box

from riskmap.asset import AssetTier, worst_by_region, worst_first, worst_of_series
from riskmap.errors import CoverageError, DataError
from riskmap.grid import Grid
from riskmap.hazard.landslide.zones import (
    HazardZone,
    at_zones,
    cells_of_zones,
    zone_assets,
    zone_tiers,
)
from riskmap.io.landslide_table import read_landslide_rules
from riskmap.scale import NO_DATA, Tier

RULES = read_landslide_rules()
NAN = float("nan")
GRID = Grid.from_bounds(west=120.0, south=28.0, east=121.0, north=29.0, step=0.1)
OWN = HazardZone(
    "D1", "屋后山", "hazard_point", Point(120.35, 28.45), "331102", 4, 13, "张三", threshold=100.0, window=6
)
MAPPED = HazardZone("Z1", "防范区", "prevention_zone", box(120.52, 28.12, 120.78, 28.28), "331102", people=40)
TIMES = np.arange("2021-07-25T00", "2021-07-25T03", dtype="datetime64[h]")


def test_a_point_takes_its_cell_and_a_polygon_those_it_touches() -> None:
    point, zone, off = cells_of_zones([OWN, MAPPED, replace(OWN, geometry=Point(119.0, 28.0))], GRID)
    assert list(zip(*point, strict=True)) == [(5, 3)]
    assert set(zip(*zone, strict=True)) >= {(7, 5), (7, 6), (7, 7), (8, 5), (8, 6), (8, 7)}
    field = np.arange(100.0).reshape(10, 10)
    field[8, 7] = NAN
    assert at_zones(field, [point, zone, off])[:2].tolist() == [53.0, 86.0]
    assert np.isnan(at_zones(field, [off])[0])


def test_its_own_threshold_comes_before_the_table() -> None:
    six = np.array([[59.9, 500.0], [60.0, 500.0], [100.0, 500.0]])
    day = np.array([[700.0, 150.0], [700.0, 450.0], [700.0, NAN]])
    series = zone_tiers([OWN, MAPPED], TIMES, {6: six, 24: day}, RULES, soil_water=np.full((3, 2), 130.0))
    assert series["tier"].values.tolist() == [[0, 2], [1, 4], [3, NO_DATA]]
    assert series["threshold"].values[:, 0].tolist() == pytest.approx([NAN, 60.0, 100.0], nan_ok=True)
    assert series["threshold"].values[:2, 1].tolist() == [100.0, 400.0]


@given(rain=st.floats(0, 400), more=st.floats(0, 100))
def test_more_rain_is_never_a_lower_tier(rain: float, more: float) -> None:
    totals = np.array([[rain], [rain + more], [rain]])
    for zone in (OWN, MAPPED):
        found = zone_tiers([zone], TIMES, {6: totals, 24: totals}, RULES, soil_water=totals)["tier"].values
        assert found[1, 0] >= found[0, 0]


def test_records_for_letters_and_rosters() -> None:
    six, day = np.array([[10.0, 0], [110.0, 0], [130.0, 0]]), np.array([[0, 150.0], [0, 250.0], [0, 250.0]])
    series = zone_tiers([OWN, MAPPED], TIMES, {6: six, 24: day}, RULES, rain_days=np.full((3, 2), 3))
    own, mapped = zone_assets([OWN, MAPPED], series, source="示例降雨")
    assert (own.tier, own.value, own.threshold, own.people) == (Tier.RED, 130.0, 120.0, 13)
    assert own.reason_chinese == "6小时雨量130毫米,本点阈值100毫米,风险很高"
    assert mapped.tier is Tier.ORANGE
    assert mapped.onset == datetime(2021, 7, 25, 1, tzinfo=UTC)
    assert "级" not in own.reason_chinese + mapped.reason_chinese
    assert worst_by_region([mapped, own])["331102"] is own


def test_no_rain_is_grey_and_a_missing_window_is_named() -> None:
    nothing = np.full((3, 1), NAN)
    (record,) = zone_assets([OWN], zone_tiers([OWN], TIMES, {6: nothing}, RULES), source="x")
    assert (record.tier, record.onset, record.value) == (None, None, None)
    (dry,) = zone_assets([MAPPED], zone_tiers([MAPPED], TIMES, {24: np.full((3, 1), 5.0)}, RULES, rain_days=np.zeros((3, 1))), source="x")  # fmt: skip
    assert (dry.tier, dry.threshold) == (Tier.GREEN, None)
    with pytest.raises(CoverageError, match="no rain of 6 h"):
        zone_tiers([OWN], TIMES, {24: nothing}, RULES)
    with pytest.raises(DataError, match="another shape"):
        zone_tiers([OWN], TIMES, {6: nothing[:2]}, RULES)


def asset(
    tier: Tier | None, identity: str = "a", region: str = "331102", people: int | None = None
) -> AssetTier:
    when = None if tier is None else datetime(2021, 7, 25, tzinfo=UTC)
    return AssetTier(
        identity, "x", "pond", region, "reservoir", tier, 1.0, 1.0, "m", when, "因", "why", people
    )


def test_the_worst_comes_first_whatever_the_order() -> None:
    assets = [
        asset(None, "n"),
        asset(Tier.BLUE, "b"),
        asset(Tier.RED, "r", people=3),
        asset(Tier.RED, "s", people=9),
    ]
    assert [a.asset_id for a in worst_first(assets)] == ["s", "r", "b", "n"]
    assert worst_first(assets[::-1]) == worst_first(assets)
    assert worst_by_region([asset(None)]) == {}
    assert worst_by_region(assets, hazard="landslide") == {}


def test_a_record_needs_its_reason_and_an_aware_instant() -> None:
    with pytest.raises(DataError, match="reason"):
        replace(asset(Tier.RED), reason_chinese="")
    with pytest.raises(DataError, match="offset"):
        replace(asset(Tier.RED), onset=datetime(2021, 7, 25))  # noqa: DTZ001
    assert worst_of_series([]) == (None, None)
