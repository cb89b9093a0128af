"""Small worlds of homes and shelters for tests, and a slow plan to hold ours against."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import coo_array

from evac.model import Shelter, Vulnerability
from evac.plan.allocation import Allocation, Problem, Setting, default_setting
from evac.plan.homes import Facility, Home
from evac.plan.whole import NOWHERE

WEST, SOUTH = 122.0, 30.0
STEP = 0.01  # degrees: about a kilometre
SETTING = replace(default_setting(), unplaced_metres=60_000)

steps = st.integers(0, 9)
needs = st.sampled_from(
    [(), (), (), (Vulnerability.DISABLED,), (Vulnerability.ILL,), (Vulnerability.INFANT, Vulnerability.ILL)]
)


@st.composite
def crowds(draw: st.DrawFn, most: int = 12) -> list[Home]:
    """Homes on a coarse grid, so that several share a place; some nowhere, some blocks."""
    found = []
    for n in range(draw(st.integers(0, most))):
        somewhere = draw(st.booleans()) or draw(st.booleans())
        x, y = draw(steps), draw(steps)
        found.append(
            Home(
                f"H{n:03d}", draw(st.integers(1, 7)), WEST + x * STEP if somewhere else None,
                SOUTH + y * STEP if somewhere else None, "330902", draw(needs), draw(st.integers(0, 2)),
                whole=draw(st.integers(0, 4)) > 0,
            )
        )  # fmt: skip
    return found


@st.composite
def houses(draw: st.DrawFn, most: int = 5) -> list[Shelter]:
    """Shelters on the same grid, from none to room for a few homes; some without a position."""
    return [
        Shelter(
            f"S{n}", f"点{n}", "330902", draw(st.integers(0, 12)),
            area_m2=draw(st.sampled_from([None, None, 3.5, 8.0])),
            longitude=WEST + draw(steps) * STEP if (known := draw(st.integers(0, 5)) > 0) else None,
            latitude=SOUTH + draw(steps) * STEP if known else None,
        )
        for n in range(draw(st.integers(0, most)))
    ]  # fmt: skip


facilities = st.dictionaries(
    st.sampled_from([f"S{n}" for n in range(5)]), st.frozensets(st.sampled_from(list(Facility)))
)
closures = st.dictionaries(st.sampled_from([f"S{n}" for n in range(5)]), st.just("橙色 orange"), max_size=2)


def people_of(plan: Allocation) -> dict[str, list[tuple[str, int]]]:
    """Key of a home -> (id of a shelter or empty, persons)."""
    found: dict[str, list[tuple[str, int]]] = {}
    for home, shelter, people in zip(plan.dealt.home, plan.dealt.shelter, plan.dealt.people, strict=True):
        name = plan.problem.shelters[shelter].shelter_id if shelter != NOWHERE else ""
        found.setdefault(plan.problem.demand.homes[home].key, []).append((name, int(people)))
    return found


def linear_optimum(problem: Problem) -> float:
    """Least cost of people as a flow, by HiGHS' simplex [m]; places that reach nothing left out."""
    arcs, places = problem.arcs, np.unique(problem.arcs.origin)
    if not places.size:
        return 0.0
    row = np.searchsorted(places, arcs.origin)
    count = arcs.origin.size
    columns = np.concatenate([np.arange(count), count + np.arange(places.size)])
    equal = coo_array((np.ones(columns.size), (np.concatenate([row, np.arange(places.size)]), columns)))
    room = coo_array(
        (np.ones(count), (arcs.target, np.arange(count))), shape=(problem.room.size, columns.size)
    )
    cost = np.concatenate([arcs.metres, problem.unplaced_cost[places]])
    found = linprog(
        cost, A_ub=room, b_ub=problem.room, A_eq=equal, b_eq=problem.demand.people[places], method="highs"
    )
    assert found.status == 0
    return float(found.fun)


def best_whole(problem: Problem) -> int:
    """Least cost of whole households, every plan tried [m]."""
    demand = problem.demand
    metres = {
        (p, s): m
        for p, s, m in zip(*(a.tolist() for a in (problem.arcs.origin, problem.arcs.target, problem.arcs.metres)))
    }  # fmt: skip
    homes = [h for h in range(len(demand.homes)) if any(p == demand.place[h] for p, _ in metres)]
    best = None
    for choice in product(range(NOWHERE, problem.room.size), repeat=len(homes)):
        left, cost = problem.room.copy(), 0
        for home, shelter in zip(homes, choice, strict=True):
            place, size = int(demand.place[home]), int(demand.size[home])
            if shelter == NOWHERE:
                cost += size * int(problem.unplaced_cost[place])
            elif (place, shelter) in metres and left[shelter] >= size:
                left[shelter] -= size
                cost += size * metres[place, shelter]
            else:
                break
        else:
            best = cost if best is None else min(best, cost)
    assert best is not None
    return best


def setting(**changes: object) -> Setting:
    """The tests' setting with other numbers."""
    return replace(SETTING, **changes)  # type: ignore[arg-type]
