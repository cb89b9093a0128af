"""From a flow of people to households that stay whole: most keep the flow's shelter, the rest is a small integer program.

A place whose flow goes to one shelter sends all its households there. A place whose flow is split deals its households out
so that the parts are met to the person where their sizes allow; what is left over goes to HiGHS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evac.plan.flow import Flow
from evac.plan.homes import Demand, Integers
from evac.plan.reach import Arcs, needs_extra
from riskmap.errors import DataError

NOWHERE: Final = -1
"""Stands for a shelter where there is none."""


@dataclass(frozen=True, eq=False)
class Dealt:
    """Who goes where.

    Attributes
    ----------
    home, shelter, people : int64 (n,)
        One row a home, or more for a block that is divided; ``NOWHERE`` for the unplaced.
    """

    home: Integers
    shelter: Integers
    people: Integers


@dataclass(frozen=True)
class Rounding:
    """How far the integer program is driven.

    Attributes
    ----------
    gap : float
        Relative gap at which it stops.
    nodes : int
        Nodes of the search at which it stops.
    choices : int
        Nearest shelters with room, beside those of the flow, that a household may go to.
    """

    gap: float
    nodes: int
    choices: int


@dataclass
class _Split:
    """A place whose people go to several shelters, or some nowhere."""

    place: int
    parts: dict[int, int]  # shelter or NOWHERE -> persons of the flow
    classes: dict[
        int, list[tuple[int, int]]
    ]  # size -> (home, how many of that size): a block is many of size 1
    counts: dict[tuple[int, int], int] = field(default_factory=dict)  # (size, shelter) -> how many

    def units(self, size: int) -> int:
        return sum(count for _, count in self.classes[size])


def whole_homes(
    demand: Demand, room: Integers, arcs: Arcs, flow: Flow, unplaced_cost: Integers, rounding: Rounding
) -> Dealt:
    """Give every home one shelter, dividing none but blocks.

    Parameters
    ----------
    demand : Demand
    room : int64 (shelter,)
        Persons that each shelter takes.
    arcs : Arcs
        Place to shelter, by origin.
    flow : Flow
        The relaxation.
    unplaced_cost : int64 (place,)
        Price of one person without a shelter [m].
    rounding : Rounding

    Returns
    -------
    Dealt
        Every home that has a position; no shelter above its room.
    """
    single, splits = _sorted_out(demand, arcs, flow)
    kept = np.flatnonzero(demand.place >= 0)
    kept = kept[single[demand.place[kept]] > _SPLIT]
    home, shelter, people = kept, single[demand.place[kept]], demand.size[kept]
    free = room.copy()
    np.subtract.at(free, shelter[shelter >= 0], people[shelter >= 0])
    left: list[_Split] = []
    for split in splits:
        if _met_exactly(split):
            for (size, taken), count in split.counts.items():
                if taken >= 0:
                    free[taken] -= size * count
        else:
            left.append(split)
    if left:
        _solve(left, free, arcs, unplaced_cost, rounding)
    dealt = [row for split, metres in zip(splits, _lengths(splits, arcs)) for row in _deal(split, metres)]
    if dealt:
        more = np.array(dealt, np.int64).T
        home, shelter, people = (np.concatenate(both) for both in zip((home, shelter, people), more))
    return _filled_up(demand, room, arcs, Dealt(home, shelter, people))


_SPLIT: Final = -2
"""Stands for several shelters."""


def _filled_up(demand: Demand, room: Integers, arcs: Arcs, dealt: Dealt) -> Dealt:
    """Give the unplaced whatever room is left within their reach: the weak first, then by order, nearest first.

    Rounding may leave places over that the flow had filled; nobody is called without room while there is some.
    """
    placed = dealt.shelter >= 0
    free = room.copy()
    np.subtract.at(free, dealt.shelter[placed], dealt.people[placed])
    rows = list(zip(*(column[placed].tolist() for column in (dealt.home, dealt.shelter, dealt.people))))
    waiting = zip(dealt.home[~placed].tolist(), dealt.people[~placed].tolist())
    for home, people in sorted(waiting, key=lambda w: _before(demand, w[0])):
        place = int(demand.place[home])
        first, last = np.searchsorted(arcs.origin, [place, place + 1])
        near, left = np.lexsort((arcs.target[first:last], arcs.metres[first:last])) + first, people
        for shelter in arcs.target[near].tolist() if last > first else ():
            least = left if demand.whole[home] else 1
            if left and free[shelter] >= least:
                taken = min(left, int(free[shelter]))
                free[shelter] -= taken
                left -= taken
                rows.append((home, shelter, taken))
        if left:
            rows.append((home, NOWHERE, left))
    return _gathered(rows)


def _before(demand: Demand, home: int) -> tuple[bool, int, int]:
    return (not demand.weak[demand.place[home]], demand.homes[home].order, home)


def _gathered(rows: list[tuple[int, int, int]]) -> Dealt:
    """By home and shelter, one row a pair."""
    if not rows:
        nothing = np.zeros(0, np.int64)
        return Dealt(nothing, nothing, nothing)
    home, shelter, people = np.array(rows, np.int64).T
    order = np.lexsort((shelter, home))
    home, shelter, people = home[order], shelter[order], people[order]
    first = np.ones(home.size, np.bool_)
    first[1:] = (np.diff(home) != 0) | (np.diff(shelter) != 0)
    return Dealt(home[first], shelter[first], np.add.reduceat(people, np.flatnonzero(first)))


def _sorted_out(demand: Demand, arcs: Arcs, flow: Flow) -> tuple[Integers, list[_Split]]:
    """The one shelter of each place, ``NOWHERE``, or ``_SPLIT``; and the places that are split."""
    used = np.flatnonzero(flow.people)
    origin, target, people = arcs.origin[used], arcs.target[used], flow.people[used]
    places = demand.people.size
    ways = np.bincount(origin, minlength=places) + (flow.unplaced > 0)
    single = np.full(places, NOWHERE, np.int64)
    single[origin] = target
    single[flow.unplaced == demand.people] = NOWHERE
    several = np.flatnonzero(ways > 1)
    single[several] = _SPLIT
    splits = {int(place): _Split(int(place), {}, {}) for place in several}
    for n in np.flatnonzero(ways[origin] > 1):
        splits[int(origin[n])].parts[int(target[n])] = int(people[n])
    for place in several[flow.unplaced[several] > 0]:
        splits[int(place)].parts[NOWHERE] = int(flow.unplaced[place])
    known = np.flatnonzero(demand.place >= 0)
    known = known[single[demand.place[known]] == _SPLIT]
    for home in sorted(known.tolist(), key=lambda n: (demand.homes[n].order, n)):
        size, split = int(demand.size[home]), splits[int(demand.place[home])]
        size, count = (size, 1) if demand.whole[home] else (1, size)
        split.classes.setdefault(size, []).append((home, count))
    return single, list(splits.values())


def _met_exactly(split: _Split) -> bool:
    """Fill the parts with homes, largest first into the largest part left; True where every part is met to the person."""
    left = dict(sorted(split.parts.items()))
    counts: dict[tuple[int, int], int] = {}
    for size in sorted(split.classes, reverse=True):
        for _ in range(split.units(size)) if size > 1 else ():
            shelter = max(left, key=left.__getitem__)
            if left[shelter] < size:
                return False
            left[shelter] -= size
            counts[size, shelter] = counts.get((size, shelter), 0) + 1
    for shelter, people in left.items():
        if people:  # the parts sum to the people, so what is left are persons by themselves
            counts[1, shelter] = people
    split.counts = counts
    return True


def _solve(
    splits: list[_Split], free: Integers, arcs: Arcs, unplaced_cost: Integers, rounding: Rounding
) -> None:
    """Choose how many homes of each size of each place go where, at least cost within the room that is left."""
    program = _Program(splits, free, arcs, unplaced_cost, rounding.choices)
    counts = program.solved(rounding)
    for split in splits:
        split.counts = {}
    for (n, size, shelter), count in zip(program.variables, counts, strict=True):
        if count:
            splits[n].counts[size, shelter] = int(count)


class _Program:
    """The integer program: variables (place, size, shelter), each a number of homes."""

    def __init__(
        self, splits: list[_Split], free: Integers, arcs: Arcs, unplaced_cost: Integers, choices: int
    ) -> None:
        self.variables: list[tuple[int, int, int]] = []
        self.cost: list[float] = []
        self.most: list[int] = []
        self.people_row: list[int] = []
        self.people: list[int] = []
        self.room_of: list[int] = []
        self.free = free
        scale = float(unplaced_cost.max())
        for n, split in enumerate(splits):
            ways = list(_ways(split, free, arcs, choices))
            for size in sorted(split.classes):
                units = split.units(size)
                row = len(self.people)
                self.people.append(units)
                for shelter, metres in [*ways, (NOWHERE, int(unplaced_cost[split.place]))]:
                    if shelter >= 0 and size > free[shelter]:
                        continue
                    self.variables.append((n, size, shelter))
                    self.cost.append(size * metres / scale)
                    self.most.append(units if shelter < 0 else min(units, int(free[shelter]) // size))
                    self.people_row.append(row)
                    self.room_of.append(shelter)

    def solved(self, rounding: Rounding) -> NDArray[np.int64]:
        """Number of homes of each variable."""
        try:
            from scipy.optimize import Bounds, LinearConstraint, milp
            from scipy.sparse import csr_array
        except ImportError as error:
            raise needs_extra("scipy") from error
        count = len(self.variables)
        columns = np.arange(count)
        people = csr_array(
            (np.ones(count), (np.array(self.people_row), columns)), shape=(len(self.people), count)
        )
        shelters, row = np.unique(self.room_of, return_inverse=True)
        size = np.array([size for _, size, _ in self.variables], np.float64)
        room = csr_array((size, (row, columns)), shape=(shelters.size, count))
        most = np.where(shelters >= 0, self.free[shelters], np.inf)
        found = milp(
            np.array(self.cost),
            integrality=np.ones(count, np.int64),
            bounds=Bounds(0, np.array(self.most, np.float64)),
            constraints=[LinearConstraint(people, self.people, self.people), LinearConstraint(room, ub=most)],
            options={"mip_rel_gap": rounding.gap, "node_limit": rounding.nodes, "presolve": True},
        )
        if found.x is None:
            raise DataError(
                "the households could not be made whole", where="shelter allocation",
                expected="an integer program that has an answer, since everybody may stay unplaced",
                found=str(found.message), remedy="plan county by county, and tell us",
            )  # fmt: skip
        return np.rint(found.x).astype(np.int64)


def _ways(split: _Split, free: Integers, arcs: Arcs, choices: int) -> Iterator[tuple[int, int]]:
    """Shelters with room that a place may send homes to, and how far: the flow's own, and the nearest."""
    first, last = np.searchsorted(arcs.origin, [split.place, split.place + 1])
    near = sorted(zip(arcs.metres[first:last].tolist(), arcs.target[first:last].tolist()))
    others = 0
    for metres, shelter in near:
        if free[shelter] <= 0:
            continue
        if shelter not in split.parts:
            others += 1
            if others > choices:
                continue
        yield shelter, metres


def _lengths(splits: list[_Split], arcs: Arcs) -> list[dict[int, int]]:
    """For each split place, how far the shelters are that it was given."""
    pairs = [(n, s) for n, split in enumerate(splits) for s in {s for _, s in split.counts if s >= 0}]
    found: list[dict[int, int]] = [{} for _ in splits]
    if pairs:
        number, shelter = np.array(pairs, np.int64).T
        place = np.array([split.place for split in splits], np.int64)[number]
        for (n, s), metres in zip(pairs, arcs.lengths(place, shelter).tolist()):
            found[n][s] = metres
    return found


def _deal(split: _Split, metres: Mapping[int, int]) -> Iterator[tuple[int, int, int]]:
    """(home, shelter, people): of homes alike the first ones by order go nearest, the last ones nowhere."""
    for size, homes in split.classes.items():
        waiting = sorted(
            (shelter for s, shelter in split.counts if s == size),
            key=lambda shelter: (shelter < 0, metres.get(shelter, 0), shelter),
        )
        left = {shelter: split.counts[size, shelter] for shelter in waiting}
        for home, count in homes:
            while count:
                shelter = next(s for s in waiting if left[s])
                taken = min(count, left[shelter])
                left[shelter] -= taken
                count -= taken
                yield home, shelter, taken * size
