"""A shelter closes or fills: only what that touches is planned anew, from the plan in force; who is sheltered already stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evac.plan.allocation import NOTHING, Allocation, Problem
from evac.plan.flow import cheapest_flow
from evac.plan.homes import Demand, Home, Integers
from evac.plan.reach import Arcs
from evac.plan.whole import NOWHERE, Dealt, whole_homes
from riskmap.errors import DataError

_NO_ROOMS: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Changed:
    """People who are told another place than before.

    Attributes
    ----------
    before, after : tuple of str
        Ids of shelters; a block may have several, empty where none.
    """

    home: Home
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Reassigned:
    """The plan after a closure.

    Attributes
    ----------
    plan : Allocation
        Its ``relaxed_cost`` is the least that any plan costs which keeps whoever was not planned anew.
    changed : tuple of Changed
        By key of the home.
    considered : int
        Homes that were planned anew, most of which keep their place.
    """

    plan: Allocation
    changed: tuple[Changed, ...]
    considered: int


def reassign(
    plan: Allocation,
    *,
    closed: Mapping[str, str] = NOTHING,
    room: Mapping[str, int] = _NO_ROOMS,
    settled: Mapping[str, str] = NOTHING,
) -> Reassigned:
    """Plan anew whom a closure or a full house touches.

    Those who lose their place are placed anew together with those who are on their way to a shelter that these could use:
    they may exchange places. Where that leaves more people outside than before, the circle is widened, as long as there is room
    beyond it. Everybody else keeps theirs.

    Parameters
    ----------
    plan : Allocation
        In force.
    closed : mapping
        Id -> why, of shelters that take nobody any more; whoever is settled there moves too.
    room : mapping
        Id -> persons that a shelter takes now, those who are settled there included; not more than before.
    settled : mapping
        Key of a home -> id of the shelter where it is: it stays there, planned or not, unless that shelter closes.

    Raises
    ------
    DataError
        An unknown shelter or home, or more room than before: that wants a new plan.
    MissingExtraError
        Without the extra ``plan``.

    Examples
    --------
    >>> from evac.model import Shelter
    >>> from evac.plan.allocation import allocate
    >>> shelters = [Shelter(f"S{n}", "礼堂", "330902", 4, longitude=122.1 + n / 100, latitude=30.0) for n in (1, 2)]
    >>> plan = allocate([Home("H1", 3, 122.1, 30.0)], shelters)
    >>> [(row.home.key, row.before, row.after) for row in reassign(plan, closed={"S1": "进水"}).changed]
    [('H1', ('S1',), ('S2',))]
    """
    problem = _with_less_room(plan.problem, closed, room)
    stays = _settled(problem, settled)
    rows, load = _fixed(plan, problem, stays)
    play, near = _in_play(plan, problem, stays, load)
    while True:
        made, lost = _anew(problem, rows, play)
        if lost <= int(rows.people[play[rows.home] & (rows.shelter == NOWHERE)].sum()):
            break
        wider, near = _wider(problem, plan.dealt, play, near, stays, load)
        if (wider == play).all():
            break  # there is no more room that anybody could make
        play = wider
    return Reassigned(made, _changed(plan, made, _moving_on(plan, closed, settled)), int(play.sum()))


def _moving_on(plan: Allocation, closed: Mapping[str, str], settled: Mapping[str, str]) -> Mapping[int, str]:
    """Home -> the shelter where it is and which closes: it is told, though the plan meant it to be elsewhere anyhow."""
    index = {home.key: n for n, home in enumerate(plan.problem.demand.homes)} if settled else {}
    return {index[key]: shelter_id for key, shelter_id in settled.items() if shelter_id in closed}


def _anew(problem: Problem, rows: Dealt, play: NDArray[np.bool_]) -> tuple[Allocation, int]:
    """The plan with the homes in play placed anew, and how many of their people have no place though they reach a shelter."""
    keep = ~play[rows.home]
    kept = Dealt(rows.home[keep], rows.shelter[keep], rows.people[keep])
    left = problem.room.copy()
    placed = kept.shelter >= 0
    np.subtract.at(left, kept.shelter[placed], kept.people[placed])
    left = np.maximum(left, 0)  # more may be settled than there is room for now
    part, homes, arcs, price = _part(problem, play, left)
    flow = cheapest_flow(part.people, left, arcs, price)
    dealt = whole_homes(part, left, arcs, flow, price, problem.setting.rounding)
    home = np.concatenate([kept.home, homes[dealt.home]])
    shelter = np.concatenate([kept.shelter, dealt.shelter])
    order = np.lexsort((shelter, home))
    after = Dealt(home[order], shelter[order], np.concatenate([kept.people, dealt.people])[order])
    reached = problem.reached[problem.demand.place[homes]]
    beyond = (price * part.people)[~reached[_first(part)]].sum()
    least = problem.cost_of(kept) + flow.cost - int(beyond)
    lost = dealt.people[(dealt.shelter == NOWHERE) & reached[dealt.home]].sum()
    return Allocation(problem, after, least, problem.cost_of(after)), int(lost)


def _first(part: Demand) -> Integers:
    """One home of each place."""
    return np.unique(part.place, return_index=True)[1]


def _with_less_room(problem: Problem, closed: Mapping[str, str], room: Mapping[str, int]) -> Problem:
    left = problem.room.copy()
    for shelter_id, persons in {**room, **dict.fromkeys(closed, 0)}.items():
        n = _index(problem, shelter_id)
        if not 0 <= persons <= left[n]:
            raise DataError(
                "a re-plan cannot give a shelter more room", where=f"shelter {shelter_id}",
                expected=f"0 to {left[n]} persons", found=str(persons), remedy="make a new plan",
            )  # fmt: skip
        left[n] = persons
    return replace(problem, room=left, closed=MappingProxyType({**problem.closed, **closed}))


def _index(problem: Problem, shelter_id: str) -> int:
    found = problem.index.get(shelter_id)
    if found is None:
        raise DataError(
            "an unknown shelter", where="re-plan", expected="an id of the plan", found=shelter_id,
            remedy="see the shelters of the plan",
        )  # fmt: skip
    return found


def _settled(problem: Problem, settled: Mapping[str, str]) -> Mapping[int, int]:
    """Home -> shelter where it stays."""
    index = {home.key: n for n, home in enumerate(problem.demand.homes)} if settled else {}
    found = {}
    for key, shelter_id in settled.items():
        if key not in index:
            raise DataError(
                "an unknown home", where="re-plan, settled", expected="a key of the plan", found=key,
                remedy="make a new plan with it",
            )  # fmt: skip
        shelter = _index(problem, shelter_id)
        if shelter_id not in problem.closed:
            found[index[key]] = shelter
    return found


def _fixed(plan: Allocation, problem: Problem, stays: Mapping[int, int]) -> tuple[Dealt, Integers]:
    """The rows of the plan with the settled where they are; and persons by shelter."""
    dealt = plan.dealt
    elsewhere = np.isin(dealt.home, np.fromiter(stays, np.int64, len(stays)))
    homes = np.fromiter(stays, np.int64, len(stays))
    rows = Dealt(
        np.concatenate([dealt.home[~elsewhere], homes]),
        np.concatenate([dealt.shelter[~elsewhere], np.fromiter(stays.values(), np.int64, len(stays))]),
        np.concatenate([dealt.people[~elsewhere], problem.demand.size[homes]]),
    )
    placed = rows.shelter >= 0
    load = np.bincount(rows.shelter[placed], rows.people[placed], problem.room.size).astype(np.int64)
    return rows, load


def _in_play(
    plan: Allocation, problem: Problem, stays: Mapping[int, int], load: Integers
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Homes to plan anew, bool (home,): of shelters that are too full now, and of those that these could use, bool (shelter,)."""
    dealt, demand = plan.dealt, problem.demand
    too_full = np.append(load > problem.room, False)  # NOWHERE takes the last
    play = np.zeros(demand.place.size, np.bool_)
    play[dealt.home[too_full[dealt.shelter]]] = True
    play[list(stays)] = False
    released = load < np.minimum(plan.occupancy, problem.room)  # somebody settled elsewhere
    return _with_neighbours(problem, dealt, play, released, stays)


def _with_neighbours(
    problem: Problem, dealt: Dealt, play: NDArray[np.bool_], near: NDArray[np.bool_], stays: Mapping[int, int]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """With everybody at the shelters that those in play reach, and with the unplaced who reach these; and those shelters."""
    arcs, place = problem.arcs, problem.demand.place
    places = np.zeros(problem.demand.people.size, np.bool_)
    places[place[play]] = True
    wide = near.copy()
    wide[arcs.target[places[arcs.origin]]] = True
    more = play.copy()
    if play.any():
        more[dealt.home[np.append(wide, False)[dealt.shelter]]] = True
    hoping = np.zeros(problem.demand.people.size, np.bool_)
    hoping[arcs.origin[wide[arcs.target]]] = True
    nowhere = dealt.home[dealt.shelter == NOWHERE]
    more[nowhere[hoping[place[nowhere]]]] = True
    more[list(stays)] = False
    return more, wide


def _wider(
    problem: Problem,
    dealt: Dealt,
    play: NDArray[np.bool_],
    near: NDArray[np.bool_],
    stays: Mapping[int, int],
    load: Integers,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The next neighbours, and theirs, until somebody has room or there are no more."""
    while True:
        more, wide = _with_neighbours(problem, dealt, play, near, stays)
        if (load[wide & ~near] < problem.room[wide & ~near]).any() or (more == play).all():
            return more, wide
        play, near = more, wide


def _part(
    problem: Problem, play: NDArray[np.bool_], room: Integers
) -> tuple[Demand, Integers, Arcs, Integers]:
    """The homes in play as a demand of their own, their indices, their ways to shelters with room, and their prices."""
    demand, homes = problem.demand, np.flatnonzero(play)
    places, place = np.unique(demand.place[homes], return_inverse=True)
    new = np.full(demand.people.size, NOWHERE, np.int64)
    new[places] = np.arange(places.size)
    arcs = problem.arcs.kept((new[problem.arcs.origin] >= 0) & (room[problem.arcs.target] > 0))
    size = demand.size[homes]
    part = Demand(
        tuple(demand.homes[n] for n in homes.tolist()), place, size, demand.whole[homes], demand.position[places],
        np.bincount(place, size, places.size).astype(np.int64), demand.needed[places], demand.weak[places],
    )  # fmt: skip
    return part, homes, Arcs(new[arcs.origin], arcs.target, arcs.metres), problem.unplaced_cost[places]


def _changed(before: Allocation, after: Allocation, moving: Mapping[int, str]) -> tuple[Changed, ...]:
    """Homes whose shelters are others than before, or than where they are."""
    count = len(before.problem.shelters) + 1
    old, new = (plan.dealt.home * count + plan.dealt.shelter + 1 for plan in (before, after))
    homes = np.union1d(np.setxor1d(old, new) // count, np.fromiter(moving, np.int64, len(moving)))
    names = [shelter.shelter_id for shelter in before.problem.shelters]

    def shelters(plan: Allocation) -> Mapping[int, tuple[str, ...]]:
        found: dict[int, tuple[str, ...]] = {}
        rows = np.isin(plan.dealt.home, homes) & (plan.dealt.shelter >= 0)
        for home, shelter in zip(plan.dealt.home[rows].tolist(), plan.dealt.shelter[rows].tolist()):
            found[home] = (*found.get(home, ()), names[shelter])
        return found

    was = {**shelters(before), **{home: (shelter_id,) for home, shelter_id in moving.items()}}
    now = shelters(after)
    return tuple(
        Changed(before.problem.demand.homes[n], was.get(n, ()), now.get(n, ())) for n in homes.tolist()
    )
