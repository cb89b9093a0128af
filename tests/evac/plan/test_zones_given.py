"""Outlines and tables of places that an office gives: read, tied to people, or refused with the line."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from evac.model import Category
from evac.plan.modelled import Basis
from evac.plan.places import read_places
from evac.plan.plan_homes import homes_of
from evac.plan.roster import make_plan
from evac.plan.ties import Place
from evac.plan.zone_outlines import read_outlines
from evac.plan.zones import MoveStep
from riskmap.errors import DataError
from riskmap.io.gcj02 import to_gcj02
from riskmap.scale import Tier
from tests.evac.plan.planned import assessed, at, people, row, slope

LANDSLIDE = Category.LANDSLIDE.value


def collection(*features: dict[str, object]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def square(name: str = "Z1", east: float = 121.2, north: float = 30.0, **said: object) -> dict[str, object]:
    ring = [
        [east, north],
        [east + 0.01, north],
        [east + 0.01, north + 0.01],
        [east, north + 0.01],
        [east, north],
    ]
    given = {"id": name, "hazard": "landslide", "name": "后山坡面", "people": 7} | said
    return {"type": "Feature", "properties": given, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_an_outline_takes_the_tier_of_its_asset_and_ties_who_lives_inside() -> None:
    assessment = replace(assessed(slope("Z1", Tier.RED, region="330902")), lacking={})
    outlines = read_outlines(collection(square()), "zones.geojson", assessment)
    assert {(z.region, z.tier) for z in outlines} == {("330902", Tier.RED)}
    rows = [
        row(1, category=LANDSLIDE, longitude=121.205, latitude=30.005),
        row(2, category=LANDSLIDE, longitude=121.25, latitude=30.005),
        row(3, category=LANDSLIDE),  # nobody knows where: not let out
    ]
    plan = make_plan(assessment, people(*rows), at=at(), outlines=outlines, prefix="330902")
    found = {m.household: m for m in plan}
    assert set(found) == {"1", "3"}
    assert found["1"].key_household
    assert found["1"].step is MoveStep.MOVE
    assert "后山坡面" in found["1"].why


def test_an_outline_without_an_asset_takes_the_tier_of_its_county() -> None:
    assessment = assessed()
    (zone,) = read_outlines(collection(square(hazard="wind")), "zones.geojson", assessment)
    assert (zone.tier, zone.region) == (Tier.RED, "330902")
    (unknown,) = read_outlines(collection(square()), "zones.geojson", assessment)
    assert unknown.step is MoveStep.CHECK
    plan = make_plan(assessment, people(row(1)), at=at(), outlines=(unknown,), prefix="330902")
    assert next(m for m in plan if m.basis is Basis.ASSET).people == 7


def test_homes_of_a_plan_are_given_shelters_whole() -> None:
    from evac.model import Shelter
    from evac.plan.allocation import allocate

    places = {"330902001201": Place(122.1, 30.0)}
    rows = [row(n, household=str(n // 3)) for n in range(30)]
    homes = homes_of(make_plan(assessed(), people(*rows), at=at(), places=places, prefix="330902"))
    allocation = allocate(homes, [Shelter("S1", "学校", "330902", 20, longitude=122.11, latitude=30.0)])
    assert sum(home.people for home in homes) == 30
    assert allocation.placed == 18  # six households of three: twenty places do not split one


BAD = {
    "not JSON": "{",
    "FeatureCollection": json.dumps({"type": "Point"}),
    "one outline twice": collection(square(), square()),
    "without id or hazard": collection(square(hazard="fire")),
    "number of people": collection(square(people=-1)),
    "cannot be used": collection(
        {
            "type": "Feature",
            "properties": {"id": "1", "hazard": "wind"},
            "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]]},
        }
    ),
}


@pytest.mark.parametrize("words", BAD)
def test_a_file_of_outlines_that_is_wrong_is_refused(words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_outlines(BAD[words], "zones.geojson", assessed())


def test_a_point_in_the_datum_of_web_maps_is_moved_back() -> None:
    east, north = to_gcj02(122.1, 30.0)
    table = ["村代码,经度,纬度,travel_minutes\n", f"330902001201,{float(east):.8f},{float(north):.8f},25\n"]
    place = read_places(table, "villages.csv", datum="gcj02")["330902001201"]
    assert (place.longitude, place.latitude) == pytest.approx((122.1, 30.0), abs=1e-7)
    assert place.travel_minutes == 25


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("330902001201,30.0,122.1", "not in China"), ("12,122.1,30.0", "6, 9 or 12 digits"), ("330902001201,x,30", "line 2"),
        ("330902001201,122.1,30.0\n330902001201,122.1,30.0", "twice"),
    ],
)  # fmt: skip
def test_a_table_of_places_with_wrong_rows_is_refused_whole(line: str, words: str) -> None:
    lines = f"村代码,经度,纬度\n{line}\n".splitlines(keepends=True)
    with pytest.raises(DataError, match=words):
        read_places(lines, "villages.csv", datum="wgs84")


def test_a_household_with_a_point_of_its_own_is_tied_by_it() -> None:
    lines = [
        "村代码,户号,经度,纬度\n", "330902001201,,122.105,30.0\n", "330902001201,12,122.106,30.0\n",
        "330902001201,330902001201-13,122.2,30.0\n",
    ]  # fmt: skip
    places = read_places(lines, "places.csv", datum="wgs84")
    rows = [row(n, household=f"330902001201-{n}", category=LANDSLIDE) for n in (12, 13, 14)]
    assessment = replace(assessed(slope("后山", Tier.RED, region="330902", at=(122.106, 30.0))), lacking={})
    plan = make_plan(assessment, people(*rows), at=at(), places=places, prefix="330902")
    found = {m.household[-2:]: m.longitude for m in plan}
    assert found == {
        "12": 122.106,
        "14": 122.105,
    }  # 13 lives nine kilometres away, of 14 the village is known


@pytest.mark.parametrize("line", ["330902,12,122.1,30.0,", "330902001201,12,122.1,30.0,20"])
def test_a_household_stands_under_its_village_and_has_no_travel_time(line: str) -> None:
    with pytest.raises(DataError, match="stands under a village"):
        read_places(["村代码,户号,经度,纬度,travel_minutes\n", f"{line}\n"], "places.csv", datum="wgs84")


def test_a_table_of_places_needs_headings_and_a_datum() -> None:
    with pytest.raises(DataError, match="datum"):
        read_places(["村代码,经度,纬度\n"], "villages.csv", datum="")
    with pytest.raises(DataError, match="村代码"):
        read_places(["名称,经度,纬度\n"], "villages.csv", datum="wgs84")


def test_homes_are_the_households_that_need_a_shelter() -> None:
    rows = [
        row(1, household="甲", weak="ill"), row(2, household="甲"), row(3, stay="relatives"),
        row(4, county="330802", village="330802001201"),
    ]  # fmt: skip
    places = {"330902001201": Place(122.1, 30.0)}
    plan = make_plan(assessed(), people(*rows), at=at(), places=places)
    homes = {home.key: home for home in homes_of(plan)}
    one = homes["330902001201|甲"]
    assert (one.people, one.longitude, one.whole, one.modelled) == (2, 122.1, True, False)
    assert one.needs
    assert "330902001201|3" not in homes
    assert any(home.modelled and not home.whole for home in homes.values())
