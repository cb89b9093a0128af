"""No shelter inside an orange or red zone is open, and what is not known is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from evac.model import Shelter
from evac.plan.allocation import allocate
from evac.plan.homes import Home
from evac.plan.outlines import Outline, read_outlines
from evac.plan.safety import judge_shelters, unsafe_hazards
from riskmap.errors import DataError, GeometryError
from riskmap.region import Region
from riskmap.scale import Tier


@dataclass(frozen=True)
class Place:
    """A danger without an outline."""

    hazard: str = "landslide"
    tier: Tier | None = Tier.RED
    name: str = "后山"
    region: str = ""
    longitude: float | None = None
    latitude: float | None = None
    reach: float = 0.0
    outline: Any = None


def shelter(x: float = 122.05, y: float = 30.05, town: str = "330902001", key: str = "S") -> Shelter:
    return Shelter(key, "礼堂", "330902", 60, town=town, longitude=x, latitude=y)


def square(tier: Tier | None, hazard: str = "flash_flood") -> Outline:
    return Outline("东沟", hazard, tier, shapely.box(122.0, 30.0, 122.1, 30.1))


@pytest.mark.parametrize("tier", [Tier.ORANGE, Tier.RED])
@pytest.mark.parametrize("hazard", sorted(unsafe_hazards()))
def test_a_zone_closes_what_stands_in_it(tier: Tier, hazard: str) -> None:
    shelters = [shelter(), shelter(122.2, key="T")]
    judged = judge_shelters(shelters, [square(tier, hazard)])
    assert list(judged.closed) == ["S"]
    assert "东沟" in judged.closed["S"]
    assert tier.chinese in judged.closed["S"]
    assert tier.english in judged.closed["S"]
    plan = allocate([Home("A", 2, 122.1, 30.05)], shelters, closed=judged.closed)
    assert plan.occupancy.tolist() == [0, 0] or plan.occupancy[0] == 0


@pytest.mark.parametrize("zone", [square(Tier.YELLOW), square(Tier.RED, "wind"), square(Tier.RED, "rain")])
def test_what_neither_floods_nor_buries_or_is_below_orange_closes_nothing(zone: Outline) -> None:
    judged = judge_shelters([shelter()], [zone])
    assert (dict(judged.closed), dict(judged.doubtful)) == ({}, {})


def test_a_zone_without_data_is_doubtful_and_not_safe() -> None:
    judged = judge_shelters([shelter()], [square(None)])
    assert not judged.closed
    assert "无数据" in judged.doubtful["S"]


@given(st.floats(121.9, 122.2), st.floats(29.9, 30.2))
def test_the_edge_belongs_to_the_zone(x: float, y: float) -> None:
    closed = judge_shelters([shelter(x, y)], [square(Tier.ORANGE)]).closed
    assert bool(closed) == (122.0 <= x <= 122.1 and 30.0 <= y <= 30.1)


def test_a_point_closes_within_its_reach() -> None:
    slope = Place(longitude=122.05, latitude=30.051, reach=120.0)  # 111 m north
    assert judge_shelters([shelter()], [slope]).closed
    assert not judge_shelters([shelter(y=30.049)], [slope]).closed


def test_a_township_closes_its_shelters_and_a_county_makes_them_doubtful() -> None:
    here, there, nowhere = shelter(), shelter(town="330902002", key="T"), shelter(town="", key="U")
    judged = judge_shelters([here, there, nowhere], [Place(region="330902001")])
    assert list(judged.closed) == ["S"]
    assert list(judged.doubtful) == ["U"]  # its town is not known
    judged = judge_shelters([here], [Place(region="330902")])
    assert not judged.closed
    assert "具体范围不明" in judged.doubtful["S"]
    assert list(judge_shelters([here], [Place(region="330902")], strict=True).closed) == ["S"]
    assert not judge_shelters([here], [Place(region="330903")], strict=True).closed
    # a village of the town: the shelter may be in it
    judged = judge_shelters([here, there], [Place(region="330902001203")])
    assert (list(judged.closed), list(judged.doubtful)) == ([], ["S"])


def test_several_reasons_are_each_said_once() -> None:
    judged = judge_shelters(
        [shelter()], [square(Tier.RED), square(Tier.RED), square(Tier.ORANGE, "inundation")]
    )
    assert judged.closed["S"].count("东沟") == 2


def test_the_sea_the_shore_and_another_county() -> None:
    land = [
        Region("330902", "定海区", "3309", "舟山市", shapely.box(122.0, 30.0, 122.1, 30.1)),
        Region("330903", "普陀区", "3309", "舟山市", shapely.box(122.1, 30.0, 122.2, 30.1)),
    ]
    shelters = [
        shelter(key="in"), shelter(122.15, key="next"), shelter(121.995, key="shore"), shelter(121.9, key="sea"),
        Shelter("none", "x", "330902", 9),
    ]  # fmt: skip
    judged = judge_shelters(shelters, [], regions=land)
    assert list(judged.closed) == ["sea"]
    assert "海上" in judged.closed["sea"]
    assert set(judged.doubtful) == {"next", "shore"}
    assert "普陀区" in judged.doubtful["next"]
    assert "481 m" in judged.doubtful["shore"]


def test_the_border_of_two_counties_is_in_both() -> None:
    land = [
        Region("330902", "定海区", "3309", "舟山市", shapely.box(122.0, 30.0, 122.1, 30.1)),
        Region("330903", "普陀区", "3309", "舟山市", shapely.box(122.1, 30.0, 122.2, 30.1)),
    ]
    judged = judge_shelters([shelter(122.1)], [], regions=land)
    assert (dict(judged.closed), dict(judged.doubtful)) == ({}, {})


GOOD = {
    "type": "Feature",
    "properties": {"hazard": "landslide", "tier": 3},
    "geometry": {"type": "Polygon", "coordinates": [[[122, 30], [122.1, 30], [122.1, 30.1], [122, 30]]]},
}


@pytest.mark.parametrize(
    ("collection", "kind", "said"),
    [
        ([], DataError, "no danger zones"),
        ({"features": "x"}, DataError, "no danger zones"),
        ({"features": ["x"]}, DataError, "feature 1"),
        ({"features": [GOOD, {**GOOD, "properties": {"tier": 3}}]}, DataError, "feature 2"),
        ({"features": [{**GOOD, "properties": {"hazard": "landslide"}}]}, DataError, "hazard or tier"),
        ({"features": [{**GOOD, "properties": {"hazard": "landslide", "tier": 9}}]}, DataError, "not a tier"),
        ({"features": [{**GOOD, "properties": {"hazard": "landslide", "tier": True}}]}, DataError, "not a tier"),
        ({"features": [{**GOOD, "geometry": None}]}, GeometryError, "without its outline"),
        ({"features": [{**GOOD, "geometry": {"type": "Point", "coordinates": [1, 2]}}]}, GeometryError, "encloses nothing"),
    ],
)  # fmt: skip
def test_zones_that_are_none_are_refused(collection: object, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        read_outlines(collection, where="zones.geojson")
