"""How many trips of which bus bring whom where: an integer program (HiGHS) that leaves out when, so that no timetable undercuts it.

Left out are the order of a bus's trips (each begins where the way back is shortest, the first at its depot) and waiting. What is
kept: seats, rooms, the time that each bus's trips take together, and that trips to a point with a last safe hour end before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evac.plan.reach import needs_extra
from evac.plan.roads import Numbers, road_numbers

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Fleet:
    """Buses, points and places as numbers; times in seconds from the start of the plan.

    Attributes
    ----------
    seats, free_at : array (bus,)
        Persons a trip, and when the bus stands ready at its depot [s].
    people, ready, last : array (point,)
        Who waits, from when, and until when they must have arrived [s].
    room : array (place,)
        Persons that it takes.
    to_point : array (bus, point) [s]
        From its depot; infinite where there is no way.
    out : array (point, place) [s]
    back : array (place, point) [s]
    """

    seats: Counts
    free_at: Numbers
    people: Counts
    ready: Numbers
    last: Numbers
    room: Counts
    to_point: Numbers
    out: Numbers
    back: Numbers

    @property
    def per_person(self) -> float:
        """Boarding and alighting [s]."""
        numbers = road_numbers()
        return numbers.share("boarding") + numbers.share("alighting")


@dataclass(frozen=True, eq=False)
class Trips:
    """What the program says.

    Attributes
    ----------
    count : int64 (bus, point, place)
    bound : float
        No plan is better: persons at most, or seconds at least.
    """

    count: Counts
    bound: float


def most_people(fleet: Fleet) -> Trips:
    """Trips that bring out as many as can be before their last hours; ``bound`` persons are the most there can be.

    Raises
    ------
    MissingExtraError
        Without the extra ``plan``.
    """
    return _Program(fleet).solve(None)


def soonest(fleet: Fleet, people: int) -> Trips:
    """Trips that bring out so many soonest; ``bound`` is an instant before which nobody can have [s].

    Raises
    ------
    MissingExtraError
        Without the extra ``plan``.
    """
    return _Program(fleet).solve(people)


def earliest(fleet: Fleet) -> Numbers:
    """When a bus can arrive at a place from a point at the soonest, with one person, over any chain of trips before it, (bus, point, place) [s].

    Infinite where that is after the point's last hour: no timetable has such a trip.
    """
    spent = road_numbers().share("bus_stop") + fleet.per_person
    comes = fleet.free_at[:, None] + fleet.to_point
    while True:
        arrives = np.maximum(comes, fleet.ready)[:, :, None] + spent + fleet.out[None]
        arrives[arrives > fleet.last[None, :, None] + 1e-6] = np.inf
        sooner = np.minimum(comes, (arrives.min(axis=1)[:, :, None] + fleet.back[None]).min(axis=1))
        if (sooner >= comes).all():
            return arrives
        comes = sooner


class _Program:
    """Columns: trips of (bus, point, place), persons on them, which point a bus goes to first, and the end."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.bus, self.point, self.place = (
            axis.ravel() for axis in np.indices((fleet.seats.size, fleet.people.size, fleet.room.size))
        )
        known = np.isfinite(earliest(fleet)).ravel()
        known &= (fleet.people[self.point] > 0) & (fleet.room[self.place] > 0) & (fleet.seats[self.bus] > 0)
        self.bus, self.point, self.place = self.bus[known], self.point[known], self.place[known]
        self.trips, self.pairs = self.bus.size, fleet.seats.size * fleet.people.size
        self.columns = 2 * self.trips + self.pairs + 1
        self.rows: list[tuple[Counts, Numbers, float]] = []  # columns, factors, at most

    def solve(self, people: int | None) -> Trips:
        """With ``people`` the end is made early, without as many as can be are taken."""
        fleet, shape = self.fleet, (self.fleet.seats.size, self.fleet.people.size, self.fleet.room.size)
        count = np.zeros(shape, np.int64)
        if not self.trips:
            return Trips(count, 0.0)
        try:
            from scipy.optimize import Bounds, LinearConstraint, milp
            from scipy.sparse import csr_array
        except ImportError as error:
            raise needs_extra("scipy") from error
        self._seats_and_rooms()
        self._first_trips()
        self._hours(people)
        cost = np.zeros(self.columns)
        persons = self.trips + np.arange(self.trips)
        if people is None:
            cost[persons] = -1.0
        else:
            cost[-1] = 1.0
            self._add(persons, np.full(self.trips, -1.0), -float(people))
        index = np.concatenate([columns for columns, _, _ in self.rows])
        value = np.concatenate([factors for _, factors, _ in self.rows])
        first = np.cumsum([0, *(columns.size for columns, _, _ in self.rows)])
        matrix: Any = csr_array((value, index, first), shape=(len(self.rows), self.columns))
        numbers, whole = road_numbers(), np.zeros(self.columns)
        if self.trips <= numbers.share("bus_choices"):
            whole[: self.trips] = whole[2 * self.trips : -1] = 1
        found = milp(
            cost, integrality=whole, bounds=Bounds(0, self._most()),
            constraints=LinearConstraint(matrix, ub=np.array([most for _, _, most in self.rows])),
            options={"node_limit": numbers.whole("bus_nodes"), "mip_rel_gap": 0.0},
        )  # fmt: skip
        if found.x is not None:
            count[self.bus, self.point, self.place] = np.ceil(found.x[: self.trips] - 1e-6).astype(np.int64)
        bound = found.mip_dual_bound if found.mip_dual_bound is not None else found.fun
        if bound is None:
            bound = -float(fleet.people.sum()) if people is None else 0.0
        return Trips(count, -float(bound) if people is None else float(bound))

    def _add(self, columns: Counts, factors: Numbers, most: float) -> None:
        self.rows.append((columns, factors, most))

    def _most(self) -> Numbers:
        """Upper bound of each column."""
        fleet = self.fleet
        trips = np.ceil(fleet.people[self.point] / fleet.seats[self.bus])
        first = np.isfinite(fleet.to_point).ravel().astype(np.float64)
        return np.concatenate([trips, np.full(self.trips, np.inf), first, [np.inf]])

    def _seats_and_rooms(self) -> None:
        fleet, own = self.fleet, np.arange(self.trips)
        for n in own.tolist():
            self._add(np.array([self.trips + n, n]), np.array([1.0, -float(fleet.seats[self.bus[n]])]), 0.0)
        for rows, most in ((self.point, fleet.people), (self.place, fleet.room)):
            for k in np.unique(rows).tolist():
                which = own[rows == k]
                self._add(self.trips + which, np.ones(which.size), float(most[k]))

    def _first(self, bus: int) -> Counts:
        """Columns that say which point a bus goes to first."""
        begin = 2 * self.trips + bus * self.fleet.people.size
        return np.arange(begin, begin + self.fleet.people.size, dtype=np.int64)

    def _first_trips(self) -> None:
        own, fleet = np.arange(self.trips), self.fleet
        for bus in range(fleet.seats.size):
            mine, first = own[self.bus == bus], self._first(bus)
            self._add(first, np.ones(first.size), 1.0)
            most = float(np.ceil(fleet.people.sum() / max(int(fleet.seats[bus]), 1)) + fleet.people.size)
            self._add(
                np.concatenate([mine, first]),
                np.concatenate([np.ones(mine.size), np.full(first.size, -most)]),
                0.0,
            )
            for point in np.unique(self.point[mine]).tolist():
                there = mine[self.point[mine] == point]
                self._add(np.append(first[point], there), np.append(1.0, -np.ones(there.size)), 0.0)

    def _hours(self, people: int | None) -> None:
        """What each bus's trips take together, before every last hour, and in all before the end."""
        fleet, own = self.fleet, np.arange(self.trips)
        never = 10.0 * float(fleet.last.max())  # instead of infinite: a second trip there is none
        back = fleet.back.min(axis=0)
        back = np.where(np.isfinite(back), back, never)
        stop = road_numbers().share("bus_stop")
        for bus in range(fleet.seats.size):
            mine, first = own[self.bus == bus], self._first(bus)
            if not mine.size:
                continue
            to_first = np.where(np.isfinite(fleet.to_point[bus]), fleet.to_point[bus], 0.0) - back
            spent = stop + fleet.out[self.point[mine], self.place[mine]] + back[self.point[mine]]
            for hour in np.unique(fleet.last[self.point[mine]]).tolist():
                before = mine[fleet.last[self.point[mine]] <= hour]
                begun = fleet.last <= hour
                self._add(
                    np.concatenate([before, self.trips + before, first[begun]]),
                    np.concatenate([
                        spent[np.isin(mine, before)], np.full(before.size, fleet.per_person), to_first[begun],
                    ]), max(hour - float(fleet.free_at[bus]), 0.0),
                )  # fmt: skip
            if people is not None:
                self._add(
                    np.concatenate([mine, self.trips + mine, first, [self.columns - 1]]),
                    np.concatenate([
                        spent, np.full(mine.size, fleet.per_person), to_first + fleet.free_at[bus], [-1.0],
                    ]), 0.0,
                )  # fmt: skip
