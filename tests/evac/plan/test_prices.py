"""The price of a place is what one more place saves, held against the solver itself."""

from __future__ import annotations

from hypothesis import given, settings

from evac.model import Shelter
from evac.plan.allocation import problem_of
from evac.plan.flow import cheapest_flow
from evac.plan.homes import Home
from evac.plan.prices import shelter_prices
from tests.evac.plan.crowds import SETTING, crowds, houses


@settings(max_examples=100, deadline=None)
@given(crowds(), houses())
def test_a_price_is_what_one_more_place_saves(homes: list[Home], shelters: list[Shelter]) -> None:
    problem = problem_of(homes, shelters, setting=SETTING)
    people, arcs, price = problem.demand.people, problem.arcs, problem.unplaced_cost
    flow = cheapest_flow(people, problem.room, arcs, price)
    worth = shelter_prices(arcs, flow, problem.room, price)
    for n in range(problem.room.size):
        if problem.room[n] == 0:
            assert worth[n] == 0
            continue
        less = problem.room.copy()
        less[n] -= 1
        more = problem.room.copy()
        more[n] += 1
        # between what one place more saves and one place less costs, as every optimal price is
        assert flow.cost - cheapest_flow(people, more, arcs, price).cost <= worth[n]
        assert worth[n] <= cheapest_flow(people, less, arcs, price).cost - flow.cost
