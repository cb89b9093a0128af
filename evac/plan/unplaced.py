"""Who has no shelter, and why; and the nearest place for somebody at a door that is full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import numpy as np

from evac.model import Shelter, Vulnerability
from evac.plan.allocation import Allocation, Problem, positions
from evac.plan.homes import Home, Integers, facility_bits
from evac.plan.whole import NOWHERE
from riskmap.sphere import distance


class Why(StrEnum):
    """Why a home has no shelter; ``chinese`` and ``english`` say it."""

    NO_POSITION = "no_position"
    TOO_FAR = "too_far"
    ALL_CLOSED = "all_closed"
    NO_FIT = "no_fit"
    NO_ROOM = "no_room"

    @property
    def chinese(self) -> str:
        """For the list."""
        return _WORDS[self][0]

    @property
    def english(self) -> str:
        """For the list."""
        return _WORDS[self][1]


_WORDS: Final = MappingProxyType(
    {
        Why.NO_POSITION: ("没有坐标", "its position is not known"),
        Why.TOO_FAR: ("范围内没有安置点", "no shelter within reach"),
        Why.ALL_CLOSED: ("范围内的安置点均已关闭", "every shelter within reach is closed"),
        Why.NO_FIT: ("范围内没有符合特殊需要的安置点", "no shelter within reach fits its needs"),
        Why.NO_ROOM: ("范围内的安置点已满", "no shelter within reach has room for all of it"),
    }
)


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A home, or the rest of a block, without a shelter.

    Attributes
    ----------
    people : int
    nearest : str
        Id of the nearest open shelter that fits, as the crow flies, full or not, within reach or not; empty where none is known.
    metres : int or None
        How far it is, as the crow flies [m].
    unknown : int
        Open shelters within reach of whose facilities nothing is known: a call may find a place.
    """

    home: Home
    people: int
    why: Why
    nearest: str = ""
    metres: int | None = None
    unknown: int = 0


def unplaced(plan: Allocation) -> tuple[Unplaced, ...]:
    """Everybody without a shelter, with the reason; the weak first, then by order, then by key.

    Examples
    --------
    >>> from evac.plan.allocation import allocate
    >>> [(row.home.key, row.why.chinese) for row in unplaced(allocate([Home("H3", 1)], []))]
    [('H3', '没有坐标')]
    """
    problem, demand = plan.problem, plan.problem.demand
    lost = plan.dealt.shelter == NOWHERE
    rows = [
        Unplaced(demand.homes[home], int(demand.size[home]), Why.NO_POSITION)
        for home in np.setdiff1d(np.flatnonzero(demand.place < 0), plan.dealt.home).tolist()
    ]
    why = _reasons(problem, np.unique(demand.place[plan.dealt.home[lost]]))
    for home, people in zip(plan.dealt.home[lost].tolist(), plan.dealt.people[lost].tolist(), strict=True):
        rows.append(Unplaced(demand.homes[home], people, *why[int(demand.place[home])]))
    return tuple(sorted(rows, key=lambda row: (not row.home.needs, row.home.order, row.home.key)))


def _reasons(problem: Problem, places: Integers) -> Mapping[int, tuple[Why, str, int | None, int]]:
    """For each place why, the nearest open shelter that fits, how far, and how many near ones might fit."""
    at, found = positions(problem.shelters), {}
    opened = np.array([s.shelter_id not in problem.closed for s in problem.shelters], np.bool_)
    room = problem.room > 0  # of the open: none where others were there before
    reached = np.zeros(problem.demand.people.size, np.bool_)
    reached[problem.arcs.origin[room[problem.arcs.target]]] = True
    unknown = np.array([s.shelter_id in problem.unknown for s in problem.shelters], np.bool_)
    for place in places.tolist():
        latitude, longitude = problem.demand.position[place]
        away = distance(latitude=latitude, longitude=longitude, to_latitude=at[:, 0], to_longitude=at[:, 1])
        fits = opened & ((int(problem.demand.needed[place]) & ~problem.has) == 0)
        near = away <= problem.setting.radius
        if reached[place]:
            why = Why.NO_ROOM
        elif bool((near & fits & room).any()):  # near, but not by road
            why = Why.TOO_FAR
        elif bool((near & fits).any()):
            why = Why.NO_ROOM
        elif bool((near & opened).any()):
            why = Why.NO_FIT
        elif bool(near.any()):
            why = Why.ALL_CLOSED
        else:
            why = Why.TOO_FAR
        asks = int((near & opened & ~fits & unknown).sum())
        nearest = int(np.argmin(np.where(fits, away, np.inf))) if fits.any() else NOWHERE
        where = (
            ("", None) if nearest < 0 else (problem.shelters[nearest].shelter_id, round(float(away[nearest])))
        )
        found[place] = (why, *where, asks)
    return found


@dataclass(frozen=True, slots=True)
class Redirection:
    """A place for somebody who stands at a full or closed door.

    Attributes
    ----------
    metres : int
        As the crow flies [m].
    free : int
        Persons it still takes, those who are expected there counted as there.
    """

    shelter: Shelter
    metres: int
    free: int


def redirect(
    plan: Allocation,
    *,
    longitude: float,
    latitude: float,
    people: int = 1,
    needs: Sequence[Vulnerability] = (),
    present: Mapping[str, int] = MappingProxyType({}),
    most: int = 3,
) -> tuple[Redirection, ...]:
    """The nearest open shelters that fit and have room for all of a group, nearest first; none where no shelter has.

    Parameters
    ----------
    plan : Allocation
        Who is expected where.
    longitude, latitude : float
        Where they stand, WGS-84 [degrees].
    people : int
        Who stay together.
    needs : sequence of Vulnerability
        Of anybody among them.
    present : mapping
        Id -> persons at a shelter by now; where they are more than are planned, they count.
    most : int
        Places to name.

    Examples
    --------
    >>> from evac.plan.allocation import allocate
    >>> shelters = [Shelter(f"S{n}", "礼堂", "330902", 4, longitude=122.1 + n / 100, latitude=30.0) for n in (1, 2)]
    >>> plan = allocate([Home("H1", 3, 122.1, 30.0)], shelters)
    >>> [(r.shelter.shelter_id, r.metres, r.free) for r in redirect(plan, longitude=122.1, latitude=30.0, people=2)]
    [('S2', 1926, 4)]
    """
    problem = plan.problem
    needed = 0
    for need in needs:
        needed |= facility_bits(problem.setting.facilities_needed.get(need, ()))
    here = np.array([present.get(s.shelter_id, 0) for s in problem.shelters], np.int64)
    free = problem.room - np.maximum(plan.occupancy, here)
    at = positions(problem.shelters)
    away = distance(latitude=latitude, longitude=longitude, to_latitude=at[:, 0], to_longitude=at[:, 1])
    usable = np.flatnonzero((free >= people) & (problem.room > 0) & ((needed & ~problem.has) == 0))
    nearest = usable[np.argsort(away[usable], kind="stable")][:most].tolist()
    return tuple(Redirection(problem.shelters[n], round(float(away[n])), int(free[n])) for n in nearest)
