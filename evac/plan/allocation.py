"""Homes to shelters (安置分配): everybody who can be placed is, by the shortest ways, no shelter above its room, no household divided.

Two steps. A flow of people that is cheapest to the unit (``evac.plan.flow``), then whole households (``evac.plan.whole``):
the plan says by how much it costs more than the flow, which no plan of whole households can undercut.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evac.model import Shelter, Vulnerability
from evac.plan.assumptions import load_assumptions
from evac.plan.flow import Flow, cheapest_flow
from evac.plan.homes import Demand, Facility, Home, Integers, demand_of, facility_bits
from evac.plan.reach import Arcs, Travel, by_origin, great_circle
from evac.plan.whole import Dealt, Rounding, whole_homes
from riskmap.errors import DataError
from riskmap.sphere import distance

NUMBERS: Final = Path(__file__).with_name("allocation.toml")
NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
NOBODY: Final[Mapping[str, int]] = MappingProxyType({})
_UNKNOWN: Final[Mapping[str, frozenset[Facility]]] = MappingProxyType({})


@dataclass(frozen=True)
class Setting:
    """By what numbers places are given; ``default_setting`` reads them from ``allocation.toml``.

    Attributes
    ----------
    radius : float
        Longest way [m].
    unplaced_metres : int
        What a person without a shelter costs [m].
    weak_weight : int
        Factor on it for homes with somebody vulnerable.
    area_per_person : float
        Floor that a person needs [m2].
    facilities_needed : mapping
        Vulnerability -> what the shelter must have.
    rounding : Rounding
    """

    radius: float
    unplaced_metres: int
    weak_weight: int
    area_per_person: float
    facilities_needed: Mapping[Vulnerability, frozenset[Facility]]
    rounding: Rounding


def default_setting(*, stay_days: float | None = None, radius: float | None = None) -> Setting:
    """The numbers of ``allocation.toml``.

    Parameters
    ----------
    stay_days : float, optional
        How long people are to stay [d]: a longer stay needs more floor a person.
    radius : float, optional
        Longest way [m].

    Raises
    ------
    DataError
        The stay is longer than the table of areas knows, or nothing.

    Examples
    --------
    >>> default_setting(stay_days=10).area_per_person
    2.0
    """
    numbers = load_assumptions(NUMBERS)
    days = numbers.share("stay_days") if stay_days is None else stay_days
    areas = numbers.listed("area_per_person")
    area = next((area for most, area in areas if 0 < days <= most), None)
    if area is None:
        raise DataError(
            "no area per person is known for this stay", where="length of stay",
            expected=f"above 0, at most {areas[-1][0]:g} days", found=f"{days:g}", remedy="plan lasting housing (过渡安置)",
        )  # fmt: skip
    needed = numbers.values["facilities_needed"]
    return Setting(
        radius=numbers.share("radius") if radius is None else radius,
        unplaced_metres=numbers.whole("unplaced_metres"),
        weak_weight=numbers.whole("weak_weight"),
        area_per_person=float(area),
        facilities_needed=MappingProxyType(
            {Vulnerability(kind): frozenset(map(Facility, wanted)) for kind, wanted in needed.items()}
        ),
        rounding=Rounding(
            numbers.share("rounding_gap"),
            numbers.whole("rounding_nodes"),
            numbers.whole("rounding_choices"),
            numbers.whole("rounding_exchanges"),
            numbers.whole("rounding_together"),
        ),
    )


def room_of(shelter: Shelter, area_per_person: float) -> int:
    """Persons that a shelter takes: its capacity, or fewer where its floor is known and too small.

    Parameters
    ----------
    shelter : Shelter
    area_per_person : float
        Floor that a person needs [m2].

    Examples
    --------
    >>> room_of(Shelter("S1", "礼堂", "330902", 60, area_m2=50.0), 1.0)
    50
    """
    if shelter.area_m2 is None:
        return max(shelter.capacity, 0)
    return max(min(shelter.capacity, int(shelter.area_m2 / area_per_person + 1e-9)), 0)


@dataclass(frozen=True, eq=False)
class Problem:
    """What is to be solved, and what a re-plan starts from.

    Attributes
    ----------
    demand : Demand
    shelters : tuple of Shelter
        By id.
    room : int64 (shelter,)
        Persons each takes beside those who are there already; 0 where closed.
    has : int64 (shelter,)
        Facilities, ``facility_bits``; those of a shelter of which nothing is known are none.
    closed : mapping
        Id -> why it takes nobody.
    unknown : frozenset of str
        Ids of shelters of whose facilities nothing is known.
    arcs : Arcs
        Place to open shelter that fits, within the radius; by place.
    unplaced_cost : int64 (place,)
        Price of one person without a shelter [m].
    """

    demand: Demand
    shelters: tuple[Shelter, ...]
    room: Integers
    has: Integers
    closed: Mapping[str, str]
    unknown: frozenset[str]
    arcs: Arcs
    unplaced_cost: Integers
    setting: Setting

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Id of a shelter -> its index."""
        return {shelter.shelter_id: n for n, shelter in enumerate(self.shelters)}

    @cached_property
    def reached(self) -> NDArray[np.bool_]:
        """Places that reach a shelter, bool (place,)."""
        found = np.zeros(self.demand.people.size, np.bool_)
        found[self.arcs.origin] = True
        return found

    def cost_of(self, dealt: Dealt) -> int:
        """Person-metres of a plan and the price of its unplaced [m]; homes that reach no shelter cost nothing."""
        nowhere = dealt.shelter < 0
        lost = self.demand.place[dealt.home[nowhere]]
        price = self.unplaced_cost[lost] * dealt.people[nowhere] * self.reached[lost]
        metres = np.maximum(self.metres(dealt)[~nowhere], 0)
        return int((metres * dealt.people[~nowhere]).sum() + price.sum())

    def metres(self, dealt: Dealt) -> Integers:
        """Length of each row's way [m]; as the crow flies for who settled out of reach, -1 for the unplaced and where unknown."""
        found = np.full(dealt.home.size, -1, np.int64)
        placed = np.flatnonzero((dealt.shelter >= 0) & (self.demand.place[dealt.home] >= 0))
        place, shelter = self.demand.place[dealt.home[placed]], dealt.shelter[placed]
        found[placed] = self.arcs.lengths(place, shelter)
        strays = placed[found[placed] < 0]
        if strays.size:
            at = positions(self.shelters[n] for n in dealt.shelter[strays].tolist())
            home = self.demand.position[self.demand.place[dealt.home[strays]]]
            away = distance(
                latitude=home[:, 0], longitude=home[:, 1], to_latitude=at[:, 0], to_longitude=at[:, 1]
            )
            found[strays] = np.rint(np.nan_to_num(away, nan=-1.0)).astype(np.int64)
        return found


@dataclass(frozen=True, eq=False)
class Allocation:
    """A plan of who goes to which shelter.

    Attributes
    ----------
    problem : Problem
    dealt : Dealt
        Rows of home, shelter and people, for every home that has a position.
    relaxed_cost : int
        What the cheapest flow of people costs [m], households divided or not: no plan costs less. After a re-plan: no plan that
        keeps whoever was not planned anew.
    cost : int
        What this plan costs [m]: person-metres, and the price of those unplaced who reach a shelter.
    """

    problem: Problem
    dealt: Dealt
    relaxed_cost: int
    cost: int

    @property
    def gap(self) -> float:
        """By what share the plan costs more than the relaxation; 0 = no plan is better."""
        if self.cost == self.relaxed_cost:
            return 0.0
        return self.cost / self.relaxed_cost - 1.0 if self.relaxed_cost else float("inf")

    @cached_property
    def occupancy(self) -> Integers:
        """Persons given to each shelter, int64 (shelter,)."""
        placed = self.dealt.shelter >= 0
        return np.bincount(
            self.dealt.shelter[placed], self.dealt.people[placed], len(self.problem.shelters)
        ).astype(np.int64)

    @property
    def placed(self) -> int:
        """Persons with a shelter."""
        return int(self.occupancy.sum())

    @property
    def unplaced(self) -> int:
        """Persons without one; see ``evac.plan.unplaced`` for who and why."""
        return int(self.problem.demand.size.sum()) - self.placed


def allocate(
    homes: Sequence[Home],
    shelters: Sequence[Shelter],
    *,
    setting: Setting | None = None,
    travel: Travel = great_circle,
    closed: Mapping[str, str] = NOTHING,
    facilities: Mapping[str, frozenset[Facility]] = _UNKNOWN,
    present: Mapping[str, int] = NOBODY,
) -> Allocation:
    """Give every home the shelter that makes the sum of all ways least.

    Parameters
    ----------
    homes : sequence of Home
    shelters : sequence of Shelter
    setting : Setting, optional
        ``default_setting()`` if not given.
    travel : Travel
        How far it is; by road where a network is given.
    closed : mapping
        Id of a shelter -> why it takes nobody, from ``evac.plan.safety``.
    facilities : mapping
        Id of a shelter -> what it has; a shelter that is not there is not known to have anything.
    present : mapping
        Id of a shelter -> persons who are there already and are none of the homes: their places are taken.

    Returns
    -------
    Allocation
        The same for homes and shelters in any order.

    Raises
    ------
    DataError
        One home or shelter twice, or numbers too large to be exact.
    MissingExtraError
        Without the extra ``plan``.

    Examples
    --------
    >>> homes = [Home("H1", 3, 122.1, 30.0), Home("H2", 2, 122.1, 30.0), Home("H3", 1)]
    >>> plan = allocate(homes, [Shelter("S1", "礼堂", "330902", 4, longitude=122.1, latitude=30.01)])
    >>> plan.placed, plan.unplaced, plan.occupancy.tolist()
    (3, 3, [3])
    """
    problem = problem_of(
        homes, shelters, setting=setting or default_setting(), travel=travel, closed=closed, facilities=facilities,
        present=present,
    )  # fmt: skip
    return solve(problem)


def problem_of(
    homes: Sequence[Home],
    shelters: Sequence[Shelter],
    *,
    setting: Setting,
    travel: Travel = great_circle,
    closed: Mapping[str, str] = NOTHING,
    facilities: Mapping[str, frozenset[Facility]] = _UNKNOWN,
    present: Mapping[str, int] = NOBODY,
) -> Problem:
    """Homes, shelters and ways as arrays; arguments as in ``allocate``.

    Raises
    ------
    DataError
        One home or shelter twice.
    """
    demand = demand_of(homes, setting.facilities_needed)
    ordered = tuple(sorted(shelters, key=lambda shelter: shelter.shelter_id))
    twice = next((a.shelter_id for a, b in pairwise(ordered) if a.shelter_id == b.shelter_id), None)
    if twice is not None:
        raise DataError(
            "one shelter twice", where="shelters", expected="each id once", found=twice,
            remedy="give each shelter an id of its own",
        )  # fmt: skip
    why = dict(closed)
    room = np.zeros(len(ordered), np.int64)
    for n, shelter in enumerate(ordered):
        persons = room_of(shelter, setting.area_per_person)
        if shelter.longitude is None or shelter.latitude is None:
            why.setdefault(shelter.shelter_id, "位置不明 its position is not known")
        elif persons == 0:
            why.setdefault(shelter.shelter_id, "容量为 0 its capacity is 0")
        if shelter.shelter_id not in why:
            room[n] = max(persons - present.get(shelter.shelter_id, 0), 0)
    has = np.array([facility_bits(facilities.get(s.shelter_id, ())) for s in ordered], np.int64)
    price = setting.unplaced_metres * np.where(demand.weak, setting.weak_weight, 1)
    return Problem(
        demand, ordered, room, has, MappingProxyType(why),
        frozenset(s.shelter_id for s in ordered if s.shelter_id not in facilities),
        _fitting(demand, ordered, room, has, travel, setting.radius), price.astype(np.int64), setting,
    )  # fmt: skip


def _fitting(
    demand: Demand, shelters: Sequence[Shelter], room: Integers, has: Integers, travel: Travel, within: float
) -> Arcs:
    """Ways to shelters that are open and have what the place needs."""
    usable = np.flatnonzero(room > 0)
    arcs = by_origin(travel(demand.position, positions(shelters[n] for n in usable.tolist()), within))
    arcs = Arcs(arcs.origin, usable[arcs.target], arcs.metres)
    if not demand.needed.any():
        return arcs
    return arcs.kept((demand.needed[arcs.origin] & ~has[arcs.target]) == 0)


def positions(shelters: Iterable[Shelter]) -> NDArray[np.float64]:
    """Latitude and longitude [degrees] of shelters, float64 (n, 2); NaN where not known."""
    rows = [(s.latitude, s.longitude) for s in shelters]
    return np.array(rows, np.float64).reshape(-1, 2)


def solve(problem: Problem) -> Allocation:
    """The cheapest flow, and whole households from it."""
    flow = cheapest_flow(problem.demand.people, problem.room, problem.arcs, problem.unplaced_cost)
    return rounded(problem, flow)


def rounded(problem: Problem, flow: Flow) -> Allocation:
    """Whole households from a cheapest flow."""
    dealt = whole_homes(
        problem.demand, problem.room, problem.arcs, flow, problem.unplaced_cost, problem.setting.rounding
    )
    beyond = int((problem.unplaced_cost * problem.demand.people)[~problem.reached].sum())
    return Allocation(problem, dealt, flow.cost - beyond, problem.cost_of(dealt))
