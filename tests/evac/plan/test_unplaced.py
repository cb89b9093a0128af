"""Everybody without a shelter has a reason; a full door names the next one."""

from __future__ import annotations

from hypothesis import given, settings

from evac.model import Shelter, Vulnerability
from evac.plan.allocation import allocate
from evac.plan.homes import Facility, Home
from evac.plan.unplaced import Why, redirect, unplaced
from tests.evac.plan.crowds import SETTING, SOUTH, STEP, WEST, crowds, houses


def at(key: str, capacity: int, x: float) -> Shelter:
    return Shelter(key, key, "330902", capacity, longitude=WEST + x * STEP, latitude=SOUTH)


def test_each_reason() -> None:
    homes = [
        Home("lost", 2),
        Home("far", 3, WEST + 1, SOUTH),
        Home("closed", 1, WEST + 0.2, SOUTH),
        Home("ill", 2, WEST, SOUTH, needs=(Vulnerability.ILL,)),
        Home("late", 5, WEST, SOUTH, order=2),
        Home("first", 4, WEST, SOUTH, order=1),
    ]
    shelters = [at("S", 4, 0), at("C", 9, 20), at("M", 9, 50)]
    plan = allocate(
        homes, shelters, setting=SETTING, closed={"C": "橙色 orange"}, facilities={"M": frozenset({Facility.MEDICAL})}
    )  # fmt: skip
    rows = {row.home.key: row for row in unplaced(plan)}
    assert {key: row.why for key, row in rows.items()} == {
        "ill": Why.NO_FIT, "lost": Why.NO_POSITION, "far": Why.TOO_FAR, "closed": Why.ALL_CLOSED, "late": Why.NO_ROOM,
    }  # fmt: skip
    assert list(rows) == ["ill", "closed", "far", "lost", "late"]  # the weak first, then by order
    assert (rows["ill"].nearest, rows["ill"].unknown) == (
        "M",
        1,
    )  # nobody knows what S has: a call may find a place
    assert 45_000 < (rows["ill"].metres or 0) < 50_000
    assert rows["lost"].metres is None
    assert sum(row.people for row in rows.values()) == plan.unplaced == 13


def test_a_shelter_that_others_fill_is_full_and_not_closed() -> None:
    plan = allocate([Home("late", 2, WEST, SOUTH)], [at("S", 4, 0)], setting=SETTING, present={"S": 3})
    assert [row.why for row in unplaced(plan)] == [Why.NO_ROOM]
    plan = allocate([Home("late", 2, WEST, SOUTH)], [at("S", 4, 0)], setting=SETTING, present={"S": 4})
    assert [(row.why, row.nearest) for row in unplaced(plan)] == [(Why.NO_ROOM, "S")]


def test_a_facility_that_is_known_to_lack_is_not_asked_for() -> None:
    plan = allocate(
        [Home("ill", 2, WEST, SOUTH, needs=(Vulnerability.ILL,))], [at("S", 4, 0)], setting=SETTING,
        facilities={"S": frozenset({Facility.STEP_FREE})},
    )  # fmt: skip
    (row,) = unplaced(plan)
    assert (row.why, row.unknown, row.nearest) == (Why.NO_FIT, 0, "")


@settings(max_examples=80, deadline=None)
@given(crowds(), houses())
def test_the_list_is_everybody_who_has_none(homes: list[Home], shelters: list[Shelter]) -> None:
    plan = allocate(homes, shelters, setting=SETTING)
    rows = unplaced(plan)
    assert sum(row.people for row in rows) == plan.unplaced
    assert all((row.home.latitude is None) == (row.why is Why.NO_POSITION) for row in rows)
    assert all(row.people <= row.home.people for row in rows)


def test_a_full_door_names_the_next_with_room_for_all_who_fit() -> None:
    shelters = [at("full", 4, 0), at("small", 2, 1), at("next", 9, 2), at("steps", 50, 3), at("shut", 50, 1)]
    plan = allocate(
        [Home("A", 4, WEST, SOUTH)], shelters, setting=SETTING, closed={"shut": "红色 red"},
        facilities={"next": frozenset({Facility.STEP_FREE})},
    )  # fmt: skip
    door = {"longitude": WEST, "latitude": SOUTH}
    assert [r.shelter.shelter_id for r in redirect(plan, **door, people=3)] == ["next", "steps"]
    found = redirect(plan, **door, people=3, needs=[Vulnerability.DISABLED])
    assert [(r.shelter.shelter_id, r.free) for r in found] == [("next", 9)]
    assert 1900 < found[0].metres < 1950
    # more people are there than were planned
    assert [r.shelter.shelter_id for r in redirect(plan, **door, people=3, present={"next": 7})] == ["steps"]
    # the planned who have not come yet keep their places
    assert redirect(plan, **door, people=1, most=1)[0].shelter.shelter_id == "small"
    assert redirect(plan, **door, people=51) == ()
