"""Homes to shelters: capacity never broken, households never divided, needs met, and no cheaper flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.model import Shelter, Vulnerability
from evac.plan.allocation import allocate, default_setting, problem_of, room_of, solve
from evac.plan.flow import cheapest_flow
from evac.plan.homes import Facility, Home, demand_of
from evac.plan.reach import Arcs, by_origin, great_circle
from evac.plan.whole import NOWHERE
from riskmap.errors import DataError
from riskmap.sphere import distance
from tests.evac.plan.crowds import (
    SETTING,
    SOUTH,
    STEP,
    WEST,
    best_whole,
    closures,
    crowds,
    facilities,
    houses,
    linear_optimum,
    people_of,
    setting,
)

Facilities = Mapping[str, frozenset[Facility]]


def home(key: str, people: int, x: float = 0.0, y: float = 0.0, **more: object) -> Home:
    return Home(key, people, WEST + x * STEP, SOUTH + y * STEP, **more)  # type: ignore[arg-type]


def shelter(key: str, capacity: int, x: float = 0.0, y: float = 0.0, area: float | None = None) -> Shelter:
    return Shelter(
        key, key, "330902", capacity, area_m2=area, longitude=WEST + x * STEP, latitude=SOUTH + y * STEP
    )


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(crowds(), houses(), facilities, closures)
def test_no_plan_breaks_a_law(
    homes: list[Home], shelters: list[Shelter], has: Facilities, closed: dict[str, str]
) -> None:
    plan = allocate(homes, shelters, setting=SETTING, facilities=has, closed=closed)
    problem, by_id = plan.problem, {s.shelter_id: s for s in shelters}
    given = people_of(plan)
    # everybody once
    assert {key: sum(n for _, n in rows) for key, rows in given.items()} == {
        h.key: h.people for h in homes if h.latitude is not None
    }
    assert plan.placed + plan.unplaced == sum(h.people for h in homes)
    # no shelter above its room, none that is closed
    assert (plan.occupancy <= problem.room).all()
    for h in homes:
        rows = given.get(h.key, [])
        assert not h.whole or len(rows) <= 1
        for name, _ in rows:
            if not name:
                continue
            place = by_id[name]
            assert name not in closed
            assert place.latitude is not None
            away = distance(
                latitude=h.latitude, longitude=h.longitude,
                to_latitude=place.latitude, to_longitude=place.longitude,
            )  # fmt: skip
            assert away <= SETTING.radius + 0.01
            for need in h.needs:
                assert SETTING.facilities_needed.get(need, frozenset()) <= has.get(name, frozenset())
    # nobody is called without room while a shelter within reach has it
    free = problem.room - plan.occupancy
    for h, s, people in zip(plan.dealt.home, plan.dealt.shelter, plan.dealt.people, strict=True):
        if s == NOWHERE:
            reached = problem.arcs.target[problem.arcs.origin == problem.demand.place[h]]
            least = people if problem.demand.whole[h] else 1
            assert (free[reached] < least).all()


@settings(max_examples=100, deadline=None)
@given(crowds(), houses(), facilities)
def test_the_relaxation_is_the_optimum_of_another_solver(
    homes: list[Home], shelters: list[Shelter], has: Facilities
) -> None:
    problem = problem_of(homes, shelters, setting=SETTING, facilities=has)
    plan = solve(problem)
    assert plan.relaxed_cost == pytest.approx(linear_optimum(problem), abs=1e-3)
    assert plan.cost >= plan.relaxed_cost
    assert plan.gap >= 0


@settings(max_examples=60, deadline=None)
@given(crowds(5), houses(3))
def test_no_plan_of_whole_households_is_better_where_all_were_tried(
    homes: list[Home], shelters: list[Shelter]
) -> None:
    homes = [replace(h, whole=True, needs=()) for h in homes]
    exact = setting(rounding=replace(SETTING.rounding, gap=0.0, nodes=10_000))
    problem = problem_of(homes, shelters, setting=exact)
    plan, best = solve(problem), best_whole(problem)
    assert plan.relaxed_cost <= best <= plan.cost


@settings(max_examples=50, deadline=None)
@given(crowds(), houses(), st.randoms(use_true_random=False))
def test_the_order_of_the_tables_does_not_matter(
    homes: list[Home], shelters: list[Shelter], chance: object
) -> None:
    first = people_of(allocate(homes, shelters, setting=SETTING))
    mixed, other = list(homes), list(shelters)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    chance.shuffle(other)  # type: ignore[attr-defined]
    assert people_of(allocate(mixed, other, setting=SETTING)) == first


def test_the_nearest_is_left_to_who_has_no_other() -> None:
    # A reaches both, B the near one alone: the shortest way for A would leave B outside
    homes = [home("A", 4, 0), home("B", 4, -4)]
    plan = allocate(homes, [shelter("near", 4, 0), shelter("far", 4, 4)], setting=SETTING)
    assert people_of(plan) == {"A": [("far", 4)], "B": [("near", 4)]}
    assert plan.gap == 0.0


def test_a_household_goes_elsewhere_whole_where_it_does_not_fit() -> None:
    plan = allocate([home("A", 3), home("B", 3)], [shelter("S", 5), shelter("T", 9, 4)], setting=SETTING)
    assert sorted(rows[0][0] for rows in people_of(plan).values()) == ["S", "T"]
    metres = round(4 * STEP * np.pi / 180 * np.cos(np.radians(SOUTH)) * 6371008.8)
    assert plan.relaxed_cost == metres  # one person of the flow goes to T
    assert plan.cost == 3 * metres
    assert plan.gap == pytest.approx(2.0)


def test_a_modelled_block_is_divided() -> None:
    plan = allocate([home("A", 9, whole=False)], [shelter("S", 5), shelter("T", 3, 1)], setting=SETTING)
    assert people_of(plan) == {"A": [("", 1), ("S", 5), ("T", 3)]}


def test_the_weak_and_the_first_of_the_order_are_placed_first() -> None:
    room = [shelter("S", 2)]
    plan = allocate([home("A", 2), home("B", 2, needs=(Vulnerability.NO_PHONE,))], room, setting=SETTING)
    assert people_of(plan) == {"A": [("", 2)], "B": [("S", 2)]}
    plan = allocate([home("A", 2, order=5), home("B", 2, order=1)], room, setting=SETTING)
    assert people_of(plan) == {"A": [("", 2)], "B": [("S", 2)]}


def test_floor_limits_a_shelter() -> None:
    assert room_of(shelter("S", 60, area=30.0), 1.0) == 30
    assert room_of(shelter("S", 20, area=30.0), 1.0) == 20
    assert room_of(shelter("S", 60), 4.5) == 60
    assert room_of(shelter("S", 60, area=90.0), 4.5) == 20


@pytest.mark.parametrize(
    ("days", "area"), [(0.5, 0.5), (1, 0.5), (2, 1.0), (3, 1.0), (15, 2.0), (30, 3.0), (100, 4.5)]
)
def test_the_longer_the_stay_the_more_floor(days: float, area: float) -> None:
    assert default_setting(stay_days=days).area_per_person == area


@pytest.mark.parametrize("days", [0, -1, 101, float("nan")])
def test_a_stay_beyond_the_table_is_refused(days: float) -> None:
    with pytest.raises(DataError, match="no area per person"):
        default_setting(stay_days=days)


def test_places_without_position_or_capacity_are_closed_with_the_reason() -> None:
    lost = Shelter("L", "L", "330902", 50)
    plan = allocate([home("A", 2)], [lost, shelter("Z", 0)], setting=SETTING)
    assert plan.placed == 0
    assert "position" in plan.problem.closed["L"]
    assert "capacity is 0" in plan.problem.closed["Z"]


def test_what_is_twice_or_no_number_is_refused() -> None:
    with pytest.raises(DataError, match="one home twice"):
        allocate([home("A", 1), home("A", 2)], [], setting=SETTING)
    with pytest.raises(DataError, match="one shelter twice"):
        allocate([], [shelter("S", 1), shelter("S", 2)], setting=SETTING)
    with pytest.raises(DataError, match="without people"):
        Home("A", 0)
    for longitude, latitude in ((122.0, None), (181.0, 30.0), (122.0, float("nan"))):
        with pytest.raises(DataError, match="position that is none"):
            Home("A", 1, longitude, latitude)


def test_ways_are_those_of_the_haversine_over_the_date_line_and_at_the_pole() -> None:
    chance = np.random.default_rng(5)
    centre = np.array([[30.0, 122.0], [-17.0, 180.0], [89.99, 0.0]])
    here = np.repeat(centre, 40, axis=0) + chance.normal(0, 0.03, (120, 2)) * [1, 3]
    here[:, 0] = np.minimum(here[:, 0], 90.0)
    here[:, 1] = (here[:, 1] + 180) % 360 - 180
    there = here[::2][:, :]
    metres = distance(
        latitude=here[:, None, 0], longitude=here[:, None, 1], to_latitude=there[:, 0], to_longitude=there[:, 1]
    )  # fmt: skip
    found = by_origin(great_circle(here, there, 5000.0))
    origin, target = np.nonzero(metres <= 5000.0)
    assert found.origin.tolist() == origin.tolist()
    assert found.target.tolist() == target.tolist()
    assert np.abs(found.metres - metres[origin, target]).max() < 0.6


def test_a_table_of_travel_replaces_the_great_circle() -> None:
    def ferry(origins: np.ndarray, targets: np.ndarray, within: float) -> Arcs:
        assert (len(origins), len(targets), within) == (1, 2, SETTING.radius)
        return Arcs(np.array([0, 0]), np.array([1, 0]), np.array([10, 700]))

    shelters = [shelter("S", 5, 0), shelter("T", 5, 9)]
    plan = allocate([home("A", 2)], shelters, setting=SETTING, travel=ferry)
    assert people_of(plan) == {"A": [("T", 2)]}
    with pytest.raises(DataError, match="ways that cannot be"):
        allocate(
            [home("A", 2)], shelters, setting=SETTING,
            travel=lambda *_: Arcs(np.array([0, 0]), np.array([1, 1]), np.array([10, 700])),
        )  # fmt: skip


def test_numbers_too_large_to_be_exact_are_refused() -> None:
    arcs = Arcs(np.array([0]), np.array([0]), np.array([1]))
    with pytest.raises(DataError, match="too large"):
        cheapest_flow(np.array([2**40]), np.array([5]), arcs, np.array([2**40]))


def test_homes_alike_share_a_place() -> None:
    homes = [
        home("A", 1),
        home("B", 2),
        home("C", 4, needs=(Vulnerability.ILL,)),
        home("D", 8, 1),
        Home("E", 3),
    ]
    demand = demand_of(homes, SETTING.facilities_needed)
    assert demand.place.tolist() == [0, 0, 1, 2, -1]
    assert demand.people.tolist() == [3, 4, 8]
    assert demand.weak.tolist() == [False, True, False]
