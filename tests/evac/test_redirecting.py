"""A full door: nobody is sent into danger, into a full or unfit house, or half a household; and the reason is said."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from evac.asides import Redirected
from evac.cli import app
from evac.errors import CapacityError
from evac.model import Shelter, Vulnerability
from evac.onward import Knowledge
from evac.people.clerk import Clerk as Writer
from evac.plan.homes import Facility
from evac.plan.in_force import PlanInForce, read_in_force
from evac.plan.outlines import Outline
from evac.plan.run_dangers import KnownDangers, known_dangers
from evac.plan.unplaced import Why
from evac.redirecting import Doors, door_of, read_doors, send_on, where_to
from evac.registry import EventStore, Registry
from evac.store.memory import MemoryStore
from evac.store.sqlite import SQLiteStore
from riskmap.errors import ConfigError, DataError
from riskmap.scale import Tier
from riskmap.sphere import distance
from tests.evac.plan.crowds import SOUTH, STEP, WEST, closures, facilities, houses, needs
from tests.evac.world import Clerk, make_person

NOW = datetime(2021, 7, 25, 4, tzinfo=UTC)
DOOR: dict[str, Any] = {"longitude": WEST, "latitude": SOUTH, "now": NOW}
counts = st.dictionaries(st.sampled_from([f"S{n}" for n in range(5)]), st.integers(0, 12))


def at(key: str, capacity: int, x: float) -> Shelter:
    return Shelter(key, f"{key}礼堂", "330902", capacity, longitude=WEST + x * STEP, latitude=SOUTH)


@settings(max_examples=60, deadline=None)
@given(houses(), counts, counts, counts, closures, facilities, st.integers(1, 7), needs)
def test_no_place_that_is_closed_full_unfit_or_the_door_itself_is_ever_named(
    shelters: list[Shelter], present: dict[str, int], coming: dict[str, int], expected: dict[str, int],
    closed: dict[str, str], has: dict[str, frozenset[Facility]], people: int, weak: tuple[Vulnerability, ...],
) -> None:  # fmt: skip
    doors = Doors(
        tuple(shelters), present, coming, PlanInForce(expected=expected, closed=closed, facilities=has)
    )
    found = where_to(doors, **DOOR, people=people, needs=weak, leaving="S0", most=9)
    wanted = {Facility.STEP_FREE} if Vulnerability.DISABLED in weak else set()
    wanted |= {Facility.MEDICAL} if Vulnerability.ILL in weak else set()

    def takes(shelter: Shelter) -> bool:
        area = shelter.capacity if shelter.area_m2 is None else int(shelter.area_m2)
        free = (
            min(shelter.capacity, area)
            - present.get(shelter.shelter_id, 0)
            - coming.get(shelter.shelter_id, 0)
        )
        fits = wanted <= has.get(shelter.shelter_id, frozenset())
        known = shelter.latitude is not None and shelter.shelter_id not in closed
        return known and fits and free >= people and shelter.shelter_id != "S0"

    assert {place.shelter.shelter_id for place in found.places} == {
        s.shelter_id for s in shelters if takes(s)
    }
    ranks = [(place.far, bool(place.doubt), place.promised, place.metres) for place in found.places]
    assert ranks == sorted(ranks)
    assert (found.why is None) == any(not place.far for place in found.places)
    for place in found.places:
        away = distance(
            latitude=SOUTH,
            longitude=WEST,
            to_latitude=place.shelter.latitude,
            to_longitude=place.shelter.longitude,
        )
        assert abs(place.metres - float(away)) <= 1
        spare = place.free - max(
            0, expected.get(place.shelter.shelter_id, 0) - present.get(place.shelter.shelter_id, 0)
        )
        assert place.promised == (spare < people)


def test_a_shelter_in_a_zone_is_not_named_and_one_that_nobody_judged_is_doubtful() -> None:
    import shapely

    doors = Doors((at("S1", 9, 1), at("S2", 9, 2)), {}, {})
    flood = Outline(
        "东沟", "flash_flood", Tier.ORANGE, shapely.box(WEST, SOUTH - 0.001, WEST + 0.015, SOUTH + 0.001)
    )
    (place,) = where_to(doors, **DOOR, people=2, known=KnownDangers((flood,))).places
    assert (place.shelter.shelter_id, place.doubt) == ("S2", "")
    assert all("nobody knows" in place.doubt for place in where_to(doors, **DOOR, people=2).places)
    unknown = where_to(doors, **DOOR, people=2, known=known_dangers()).places
    assert all("geo-hazard" in place.doubt for place in unknown)
    # what is known for safe goes before what is near and doubtful
    grey = Outline("西坡", "landslide", None, flood.outline)
    first, second = where_to(doors, **DOOR, people=2, known=KnownDangers((grey,))).places
    assert (first.shelter.shelter_id, second.shelter.shelter_id) == ("S2", "S1")


def test_each_reason_why_nobody_can_be_sent_on() -> None:
    def why(*shelters: Shelter, **more: Any) -> tuple[Why | None, list[str]]:
        doors = Doors(shelters, more.pop("present", {}), {}, PlanInForce(closed=more.pop("closed", {})))
        found = where_to(doors, **DOOR, people=3, **more)
        return found.why, [place.shelter.shelter_id for place in found.places]

    assert why() == (Why.TOO_FAR, [])
    assert why(at("far", 9, 10)) == (Why.TOO_FAR, ["far"])  # said, and named all the same: by bus
    assert why(at("beyond", 9, 40)) == (Why.TOO_FAR, [])
    assert why(at("S", 9, 1), closed={"S": "停电"}) == (Why.ALL_CLOSED, [])
    assert why(at("S", 9, 1), present={"S": 7}) == (Why.NO_ROOM, [])
    assert why(at("S", 9, 1), present={"S": 9}) == (Why.NO_ROOM, [])
    assert why(at("S", 9, 1), needs=(Vulnerability.ILL,)) == (Why.NO_FIT, [])
    doors = Doors((at("S", 9, 1),), {}, {})
    assert where_to(doors, **DOOR, needs=(Vulnerability.ILL,)).unknown == 1


def registry(store: EventStore) -> Registry:
    """Two doors: S1 is full; at S2 four of nine are there."""
    rng, clerk = random.Random(1), Clerk()
    people = [make_person(n, rng, county="330902", village="330902001001") for n in range(8)]
    store.put_people(people)
    store.put_shelters([at("S1", 4, 0), at("S2", 9, 1), at("S3", 50, 3)])
    arrived = [
        clerk.event("arrived_shelter", n, code=p.code, place="S1" if n < 4 else "S2")
        for n, p in enumerate(people)
    ]
    Registry(store).check_ins(arrived, received_at=NOW)
    return Registry(store)


def test_who_was_sent_on_a_moment_ago_has_the_place_until_they_should_be_there() -> None:
    desk = registry(MemoryStore())
    ask: dict[str, Any] = {**DOOR, "leaving": "S1", "people": 5}
    answer = where_to(read_doors(desk.store, now=NOW), **ask)
    assert [(p.shelter.shelter_id, p.free) for p in answer.places] == [("S2", 5), ("S3", 50)]
    sent = send_on(desk, answer, "S2", people=5, why="full", clerk=Writer("李四", "S1", "D1", NOW))
    soon = read_doors(desk.store, now=NOW + timedelta(minutes=30))
    assert soon.coming == {"S2": 5}
    assert [p.shelter.shelter_id for p in where_to(soon, **ask).places] == ["S3"]
    assert read_doors(desk.store, now=NOW + timedelta(minutes=46)).coming == {}
    with pytest.raises(CapacityError, match="S3"):
        send_on(
            desk, where_to(soon, **ask), "S2", people=5, why="full", clerk=Writer("李四", "S1", "D1", NOW)
        )
    undo = Clerk(900).event("undone", 1412, target=sent.event_id, device="D2")
    desk.check_in(undo, received_at=NOW + timedelta(minutes=5))
    assert read_doors(desk.store, now=NOW + timedelta(minutes=30)).coming == {}


def test_what_somebody_found_wrong_with_a_shelter_closes_it_or_makes_it_doubtful() -> None:
    desk, clerk = registry(MemoryStore()), Clerk(500)
    looked = [
        clerk.event("checked", 600, place="S2", item="structure", ok=False),
        clerk.event("checked", 600, place="S3", item="power", ok=False),
    ]
    desk.check_ins(looked, received_at=NOW)
    doors = read_doors(desk.store, now=NOW)
    (place,) = where_to(doors, **DOOR, leaving="S1", people=2, known=KnownDangers()).places
    assert (place.shelter.shelter_id, place.doubt) == ("S3", "停电 no power")
    desk.check_in(clerk.event("checked", 700, place="S2", item="structure", ok=True), received_at=NOW)
    again = where_to(read_doors(desk.store, now=NOW), **DOOR, leaving="S1", people=2, known=KnownDangers())
    assert [p.shelter.shelter_id for p in again.places] == ["S2", "S3"]


def test_a_run_that_is_out_of_date_judges_nothing_and_its_time_is_told() -> None:
    doors = Doors((at("S1", 9, 1),), {}, {})
    known = KnownDangers(issued_at=NOW - timedelta(hours=9), until=NOW)
    said = {}
    for hours in (-10, 0, 1):
        found = where_to(doors, **DOOR | {"now": NOW + timedelta(hours=hours)}, known=known)
        assert (found.issued_at, found.until) == (known.issued_at, known.until)
        said[hours] = (found.judged, found.places[0].doubt)
    old = (False, "研判已过期 the run is out of date")
    assert said == {-10: old, 0: (True, ""), 1: old}


def test_who_was_sent_on_takes_no_room_that_the_plan_gives_to_others() -> None:
    doors = Doors((at("S1", 10, 1),), {}, {"S1": 4}, PlanInForce(expected={"S1": 6}))
    (place,) = where_to(doors, **DOOR, people=2).places
    assert (place.free, place.promised) == (6, True)  # six are expected and four come beside them


def test_a_shelter_that_the_plan_does_not_know_is_unjudged_and_doubts_are_added_up() -> None:
    plan = PlanInForce(expected={"S1": 0}, doubtful={"S1": "低洼"})
    doors = Doors((at("S1", 9, 1), at("S2", 9, 2)), {}, {}, plan, doubtful={"S1": "停电", "S2": "停电"})
    old, new = where_to(doors, **DOOR).places
    assert (old.shelter.shelter_id, old.doubt) == ("S1", "低洼;停电")
    assert new.doubt.startswith("未经风险研判")
    assert new.doubt.endswith(";停电")
    first, second = where_to(doors, **DOOR, known=KnownDangers()).places
    assert (first.doubt, second.doubt) == ("低洼;停电", "停电")


def test_a_door_of_no_known_place_is_told() -> None:
    doors = Doors((Shelter("S1", "礼堂", "330902", 4),), {}, {})
    with pytest.raises(ConfigError, match="nobody wrote down"):
        door_of(doors, "S1")
    with pytest.raises(ConfigError, match="no such shelter"):
        door_of(doors, "S2")


SHELTERS = (
    "编号,名称,行政区划代码,容量,经度,纬度,无障碍\n"
    "S1,沟口小学,330902001,4,122.0,30.0,是\nS2,坡上礼堂,330902002,9,122.01,30.0,否\nS3,东村礼堂,330902003,50,122.03,30.0,是\n"
)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry that no test writes to, and something beside it that is no allocation."""
    file = tmp_path_factory.mktemp("county") / "county.sqlite"
    store = SQLiteStore(file)
    registry(store)
    store.close()
    (file.parent / "allocation.json").write_text("[]", encoding="utf-8")
    return file


def run(*said: str) -> Any:
    return CliRunner().invoke(app, ["redirect", *said])


def test_the_command_names_places_keeps_the_plan_and_writes_the_decision_down(tmp_path: Path) -> None:
    file, plan = tmp_path / "county.sqlite", tmp_path / "plan"
    store = SQLiteStore(file)
    registry(store)
    store.close()
    (tmp_path / "shelters.csv").write_text(SHELTERS, encoding="utf-8")
    (tmp_path / "homes.csv").write_text("户号,人数,经度,纬度\nA,3,122.01,30.0\n", encoding="utf-8")
    made = CliRunner().invoke(
        app,
        ["allocate", str(tmp_path / "homes.csv"), str(tmp_path / "shelters.csv"), "--datum", "wgs84", "--registry", str(file),
         "--close", "S1=满员", "--out", str(plan)],
    )  # fmt: skip
    assert made.exit_code in (0, 5), made.output
    held = read_in_force(plan)
    assert held.facilities["S3"] == {Facility.STEP_FREE}
    assert held.facilities["S2"] == frozenset()
    asked = ("S1", "--registry", str(file), "--allocation", str(plan))
    told = run(*asked, "--people", "2")
    assert told.exit_code == 0, told.output
    weak = run(*asked, "--people", "2", "--needs", "残疾")
    assert "S3" in weak.output
    assert "S2" not in weak.output
    sent = run(*asked, "--people", "2", "--send", "S3", "--actor", "李四", "--why", "closed")
    assert sent.exit_code == 0, sent.output
    store = SQLiteStore(file)
    (event,) = (e for e in store.events() if e.kind == "redirected")
    assert (event.place, event.actor, event.code) == ("S1", "李四", "0" * 26)
    assert isinstance(event, Redirected)
    assert (event.to, event.count, event.why) == ("S3", 2, "closed")
    assert read_doors(store, now=datetime.now(UTC)).coming == {"S3": 2}
    store.close()
    paper = run(*asked, "--people", "1", "--send", "S3", "--actor", "李四", "--at", "2021-07-25T20:00")
    assert paper.exit_code == 0, paper.output
    store = SQLiteStore(file)
    *_, entered = (e for e in store.events() if e.kind == "redirected")
    store.close()
    assert entered.trusted_at == datetime(2021, 7, 25, 12, tzinfo=UTC)  # when it was, by the paper
    assert entered.device_at > event.device_at  # when it was typed in
    nowhere = run(*asked, "--people", "2", "--close", "S2=进水", "--close", "S3=停电")
    assert nowhere.exit_code == 5
    assert "均已关闭" in nowhere.output


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (("S7",), ConfigError, "no such shelter"),
        (("S1", "--needs", "左撇子"), ConfigError, "not a word of the list"),
        (("S1", "--close", "S2"), ConfigError, "not a closure"),
        (("S1", "--why", "rain"), ConfigError, "not a reason"),
        (("S1", "--at", "last night"), ConfigError, "not a time"),
        (("S1", "--people", "501"), SystemExit, "2"),
        (("S1", "--send", "S2"), ConfigError, "nobody is named"),
        (("S1", "--send", "S1", "--actor", "李四"), CapacityError, "not a place"),
        (("S1", "--allocation", "BAD"), DataError, "not an allocation"),
    ],
)
def test_what_cannot_be_asked_is_told(
    county: Path, said: tuple[str, ...], kind: type[Exception], words: str
) -> None:
    done = run(*(str(county.parent) if word == "BAD" else word for word in said), "--registry", str(county))
    assert isinstance(done.exception, kind), done.output
    assert words in str(done.exception)


def test_a_newer_plan_is_read_without_a_restart(tmp_path: Path) -> None:
    knowledge = Knowledge(None, tmp_path)
    row = {
        "shelter_id": "S1",
        "planned": 3,
        "present": 1,
        "state": "关闭 closed",
        "why": "停电",
        "facilities": "",
    }
    path = tmp_path / "allocation.json"
    path.write_text(json.dumps({"by_shelter": [row]}), encoding="utf-8")
    first = knowledge.in_force()
    assert first is not None
    assert (first.expected, first.closed, first.facilities) == ({"S1": 4}, {"S1": "停电"}, {})
    assert knowledge.in_force() is first
    path.write_text(json.dumps({"by_shelter": []}), encoding="utf-8")
    again = knowledge.in_force()
    assert again is not None
    assert again.closed == {}
    assert Knowledge().dangers() is None
