"""Households that stay whole where the cheapest flow divides them: small integer programs, one neighbourhood after another.

A program holds some divided places, and of the shelters that they may go to the households that lose least by giving way, as
the prices of the flow say. Whoever is in no program keeps the flow's shelter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np

from evac.plan.flow import Flow
from evac.plan.homes import Demand, Integers
from evac.plan.prices import shelter_prices
from evac.plan.reach import Arcs, needs_extra
from riskmap.errors import DataError

_Ways: TypeAlias = list[tuple[int, int]]
"""Shelter and metres."""
_CELL: Final = 0.05
"""Places of one cell are settled together where they can be [degree]."""

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
        Shelters that a household may go to: the cheapest by way and price of the place.
    exchanges : int
        Households of each shelter in question that may give way: those who lose least by it.
    together : int
        Divided places that are settled in one program.
    """

    gap: float
    nodes: int
    choices: int
    exchanges: int
    together: int


@dataclass
class Split:
    """A place whose people go to several shelters, or some nowhere."""

    place: int
    parts: dict[int, int]  # shelter or NOWHERE -> persons of the flow
    classes: dict[
        int, list[tuple[int, int]]
    ]  # size -> (home, how many of that size): a block is many of size 1
    counts: dict[tuple[int, int], int] = field(default_factory=dict)  # (size, shelter) -> how many

    def units(self, size: int) -> int:
        """Homes of a size; persons of blocks for size 1."""
        return sum(count for _, count in self.classes[size])

    def settled(self) -> dict[int, int]:
        """Shelter -> persons, of ``counts``."""
        found: dict[int, int] = {}
        for (size, shelter), count in self.counts.items():
            found[shelter] = found.get(shelter, 0) + size * count
        return found


def round_homes(
    splits: Sequence[Split],
    dealt: Dealt,
    demand: Demand,
    room: Integers,
    arcs: Arcs,
    flow: Flow,
    unplaced_cost: Integers,
    rounding: Rounding,
) -> Dealt:
    """Settle divided places.

    Parameters
    ----------
    splits : sequence of Split
        Their ``counts`` are filled in.
    dealt : Dealt
        Everybody else.
    demand, room, arcs, flow, unplaced_cost, rounding
        As in ``evac.plan.whole.whole_homes``.

    Returns
    -------
    Dealt
        Everybody else again, some of whom gave way.
    """
    table = _Table(dealt, demand, room, arcs, shelter_prices(arcs, flow, room, unplaced_cost), rounding)
    for split in splits:
        table.take(split, -1)
    cells = np.floor(demand.position[[split.place for split in splits]] / _CELL)
    order = np.lexsort((cells[:, 1], cells[:, 0])).tolist()
    for n in range(0, len(order), rounding.together):
        some = [splits[k] for k in order[n : n + rounding.together]]
        for split in some:
            table.take(split, 1)
        rows = table.exchangeable(some)
        movable = [table.lifted(row) for row in rows]
        program = _Program([*some, *movable], table.free, table.ways, unplaced_cost)
        program.solve(rounding)
        for split in some:
            split.parts = split.settled()
            table.take(split, -1)
        for row, split in zip(rows, movable, strict=True):
            table.set_down(row, next(iter(split.settled())))
    return Dealt(dealt.home, table.shelter, dealt.people)


class _Table:
    """Who is where, what is free, and what places are worth, while programs change it."""

    def __init__(
        self, dealt: Dealt, demand: Demand, room: Integers, arcs: Arcs, worth: Integers, rounding: Rounding
    ) -> None:
        self.dealt, self.demand, self.arcs, self.rounding = dealt, demand, arcs, rounding
        self.shelter = dealt.shelter.copy()
        placed = self.shelter >= 0
        self.free = room.copy()
        np.subtract.at(self.free, self.shelter[placed], dealt.people[placed])
        self.price = arcs.metres + worth[arcs.target]
        self.first = np.searchsorted(arcs.origin, np.arange(demand.people.size + 1))
        loss = self._loss()
        whole = np.flatnonzero(placed & demand.whole[dealt.home] & (loss < _NEVER))
        order = whole[np.lexsort((dealt.home[whole], loss[whole], self.shelter[whole]))]
        self.by_shelter = order
        self.starts = np.searchsorted(self.shelter[order], np.arange(room.size + 1))

    def _loss(self) -> Integers:
        """What each row loses at least by another shelter, [m] times people; ``_NEVER`` where it has no other."""
        order = np.lexsort((self.price, self.arcs.origin))
        price = np.append(self.price[order], [0, 0])
        count = np.diff(self.first)
        best, second = price[self.first[:-1]], price[np.minimum(self.first[:-1] + 1, price.size - 1)]
        gap = np.where(count > 1, second - best, _NEVER)
        place = self.demand.place[self.dealt.home]
        return np.where(gap[place] < _NEVER, gap[place] * self.dealt.people, _NEVER)

    def take(self, split: Split, sign: int) -> None:
        """Reserve (-1) or give back (1) the places of a split."""
        for shelter, people in split.parts.items():
            if shelter >= 0:
                self.free[shelter] += sign * people

    def ways(self, split: Split) -> _Ways:
        """The cheapest shelters of a place, by way and price, and those where it is."""
        first, last = self.first[split.place], self.first[split.place + 1]
        order = np.argsort(self.price[first:last], kind="stable") + first
        near = self.arcs.target[order].tolist()
        return [
            (shelter, metres)
            for n, (shelter, metres) in enumerate(zip(near, self.arcs.metres[order].tolist(), strict=True))
            if n < self.rounding.choices or shelter in split.parts
        ]

    def exchangeable(self, splits: Sequence[Split]) -> list[int]:
        """Rows that may give way, of the shelters that some places may use."""
        shelters = sorted({shelter for split in splits for shelter, _ in self.ways(split)})
        return [
            row
            for shelter in shelters
            for row in self.by_shelter[self.starts[shelter] : self.starts[shelter + 1]][
                : self.rounding.exchanges
            ].tolist()
            if self.shelter[row] == shelter  # it may have moved on since
        ]

    def lifted(self, row: int) -> Split:
        """A home as a place of its own, its own place given back."""
        home, people = int(self.dealt.home[row]), int(self.dealt.people[row])
        split = Split(int(self.demand.place[home]), {int(self.shelter[row]): people}, {people: [(home, 1)]})
        self.take(split, 1)
        return split

    def set_down(self, row: int, shelter: int) -> None:
        """Put a lifted home where it goes now."""
        self.shelter[row] = shelter
        if shelter >= 0:
            self.free[shelter] -= self.dealt.people[row]


_NEVER: Final = 2**61


class _Program:
    """The integer program: variables (place, size, shelter), each a number of homes."""

    def __init__(
        self, splits: list[Split], free: Integers, ways: Callable[[Split], _Ways], unplaced_cost: Integers
    ) -> None:
        self.variables: list[tuple[int, int, int]] = []
        self.cost: list[float] = []
        self.most: list[int] = []
        self.people_row: list[int] = []
        self.people: list[int] = []
        self.room_of: list[int] = []
        self.free, self.splits = free, splits
        scale = float(unplaced_cost.max())
        for n, split in enumerate(splits):
            for size in sorted(split.classes):
                units = split.units(size)
                row = len(self.people)
                self.people.append(units)
                for shelter, metres in [*ways(split), (NOWHERE, int(unplaced_cost[split.place]))]:
                    if shelter >= 0 and size > free[shelter]:
                        continue
                    self.variables.append((n, size, shelter))
                    self.cost.append(size * metres / scale)
                    self.most.append(units if shelter < 0 else min(units, int(free[shelter]) // size))
                    self.people_row.append(row)
                    self.room_of.append(shelter)

    def solve(self, rounding: Rounding) -> None:
        """Fill in how many homes of each size of each place go where."""
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
        for split in self.splits:
            split.counts = {}
        counts: list[int] = np.rint(found.x).astype(int).tolist()
        for (k, of, shelter), homes in zip(self.variables, counts, strict=True):
            if homes:
                self.splits[k].counts[of, shelter] = homes
