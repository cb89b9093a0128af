"""Pick-up buses (接运车辆): a timetable that brings people from pick-up points to safe places, and what no timetable can beat.

Modelled: drivers who follow the plan, open roads, people who stand at their point. A bus goes from one point to one place, as often as it can.
An integer program says how many trips go where (``evac.plan.bus_program``); they are then driven one after another, and who is
still left is fetched by whoever arrives there soonest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import permutations
from typing import Final

import numpy as np

from evac.plan.bus_program import Counts, Fleet, most_people, soonest
from evac.plan.clearance import HORIZON
from evac.plan.roads import Numbers, RoadNetwork, closed, road_numbers
from evac.plan.travel import travel
from riskmap.errors import DataError

_ORDERS: Final = 6
"""Trips of a bus of which every order is tried."""


class Stranded(StrEnum):
    """Why people stay at their point."""

    NO_WAY = "no_way_for_a_bus"
    NO_ROOM = "places_are_full"
    TOO_LATE = "no_bus_in_time"

    @property
    def chinese(self) -> str:
        """The word of the report."""
        return {
            Stranded.NO_WAY: "车辆无路可达",
            Stranded.NO_ROOM: "安置点已满",
            Stranded.TOO_LATE: "最后安全时前接不完",
        }[self]


@dataclass(frozen=True, slots=True)
class Bus:
    """One bus: seats, its depot [degrees, WGS-84], and when it stands ready there [s]."""

    name: str
    seats: int
    longitude: float
    latitude: float
    free_at: float = 0.0


@dataclass(frozen=True, slots=True)
class PickUp:
    """A pick-up point: who waits, from when, and until when they must have arrived [s]; None where nobody says."""

    name: str
    people: int
    longitude: float
    latitude: float
    ready: float = 0.0
    last: float | None = None


@dataclass(frozen=True, slots=True)
class Haven:
    """A safe place; ``room`` None where it is not bounded."""

    name: str
    longitude: float
    latitude: float
    room: int | None = None


@dataclass(frozen=True, slots=True)
class Trip:
    """One trip: indices, persons, and when the bus comes to the point, leaves it, and arrives [s]."""

    bus: int
    point: int
    place: int
    people: int
    comes: int
    leaves: int
    arrives: int


@dataclass(frozen=True, slots=True)
class StillThere:
    """People whom no bus fetches before their last hour: each line is to be looked after otherwise."""

    point: int
    people: int
    why: Stranded


@dataclass(frozen=True, eq=False)
class BusPlan:
    """A timetable, its bounds, and who is left.

    Attributes
    ----------
    trips : tuple of Trip
        By time of leaving.
    most : int
        Persons whom no timetable of this kind exceeds.
    lower : int
        An instant before which no timetable of this kind has brought out as many as this one does [s].
    """

    buses: tuple[Bus, ...]
    points: tuple[PickUp, ...]
    places: tuple[Haven, ...]
    trips: tuple[Trip, ...]
    left: tuple[StillThere, ...]
    most: int
    lower: int
    synthetic: bool = False

    @property
    def out(self) -> int:
        """People brought out."""
        return sum(trip.people for trip in self.trips)

    @property
    def finish(self) -> int:
        """When the last of them arrives [s]."""
        return max((trip.arrives for trip in self.trips), default=0)

    @property
    def gap(self) -> float:
        """How much longer it takes than the lower bound, as a share of it; 0 = there is none sooner."""
        return self.finish / self.lower - 1.0 if self.lower else 0.0

    @property
    def short(self) -> int:
        """Persons between this timetable and the most there can be; 0 = none brings out more."""
        return max(self.most - self.out, 0)


def pick_up(
    network: RoadNetwork, buses: Sequence[Bus], points: Sequence[PickUp], places: Sequence[Haven]
) -> BusPlan:
    """Fetch people by bus, as many as can be before their last hours, then as soon as can be.

    Whoever waits at a point is driven on no road that closes before the last hour of that point, or within a day where it has none.

    Parameters
    ----------
    network : RoadNetwork
    buses, points, places : sequence
        The plan is over when the last of the points' last hours is, a day after its start where one has none.

    Raises
    ------
    DataError
        No bus, point or place; seats, people or hours that cannot be.
    MissingExtraError
        Without the extra ``plan``.

    Examples
    --------
    >>> from evac import pick_up
    >>> from evac.plan.road_build import Way, build_network
    >>> road = Way(np.array([[120.0, 30.0], [120.05, 30.0]]), "primary", speed=40)
    >>> network = build_network([road], source="example")
    >>> bus, point, school = Bus("1号车", 45, 120.0, 30.0), PickUp("村口", 80, 120.05, 30.0), Haven("学校", 120.0, 30.0)
    >>> plan = pick_up(network, [bus], [point], [school])
    >>> [trip.people for trip in plan.trips], plan.out, plan.left, round(plan.finish / 60)  # minutes
    ([45, 35], 80, (), 54)
    """
    _check(buses, points, places)
    fleet = fleet_of(network, buses, points, places)
    trips = timetable(fleet)
    out = sum(trip.people for trip in trips)
    most = min(int(most_people(fleet).bound + 1e-6), int(fleet.people.sum()))
    lower = int(np.ceil(soonest(fleet, out).bound - 1e-6)) if out else 0
    return BusPlan(
        tuple(buses), tuple(points), tuple(places), trips, _left(fleet, trips), max(most, out),
        min(max(lower, 0), max((t.arrives for t in trips), default=0)), network.synthetic,
    )  # fmt: skip


def _check(buses: Sequence[Bus], points: Sequence[PickUp], places: Sequence[Haven]) -> None:
    for what, rows in (("bus", buses), ("pick-up point", points), ("safe place", places)):
        if not rows:
            raise DataError(
                f"no {what}", where="buses", expected="at least one", found="none", remedy="add a row"
            )
        names = [row.name for row in rows]
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise DataError(
                f"one {what} twice",
                where="buses",
                expected="each name once",
                found=twice,
                remedy="name them apart",
            )
    wrong = [f"{bus.name}: {bus.seats} seats" for bus in buses if bus.seats < 1 or not bus.free_at >= 0]
    wrong += [
        f"{p.name}: {p.people} people, ready {p.ready:g} s, last {p.last} s"
        for p in points
        if p.people < 0 or not p.ready >= 0 or (p.last is not None and not 0 < p.last < np.inf)
    ]
    wrong += [
        f"{place.name}: room {place.room}" for place in places if place.room is not None and place.room < 0
    ]
    if wrong:
        raise DataError(
            "numbers that cannot be", where="buses", expected="seats from 1, people and times from 0", found="; ".join(wrong[:5]),
            remedy="correct the tables",
        )  # fmt: skip


def fleet_of(
    network: RoadNetwork, buses: Sequence[Bus], points: Sequence[PickUp], places: Sequence[Haven]
) -> Fleet:
    """Seats, people and times by road as numbers."""
    hours = np.array([HORIZON if point.last is None else point.last for point in points], np.float64)
    depots, waiting, safe = ([(r.longitude, r.latitude) for r in rows] for rows in (buses, points, places))
    to_point = np.full((len(buses), len(points)), np.inf)
    out, back = (np.full((len(points), len(places)), np.inf), np.full((len(places), len(points)), np.inf))
    for hour in np.unique(hours).tolist():  # who is fetched by then is driven on no road that closes before
        open_, these = closed(network, network.open_until < hour), np.flatnonzero(hours == hour)
        there = [waiting[n] for n in these.tolist()]
        to_point[:, these] = _seconds(open_, depots, there, hour)
        out[these] = _seconds(open_, there, safe, hour)
        back[:, these] = _seconds(open_, safe, there, hour)
    people = np.array([point.people for point in points], np.int64)
    return Fleet(
        np.array([bus.seats for bus in buses], np.int64), np.array([bus.free_at for bus in buses], np.float64), people,
        np.array([point.ready for point in points], np.float64), hours,
        np.array([people.sum() if place.room is None else place.room for place in places], np.int64), to_point, out, back,
    )  # fmt: skip


def _seconds(
    network: RoadNetwork,
    origins: Sequence[tuple[float, float]],
    goals: Sequence[tuple[float, float]],
    within: float,
) -> Numbers:
    """Time by bus, (origin, goal) [s]; infinite where there is no way."""
    found = travel(network, origins, goals, within, weight="seconds")
    out = np.full((len(origins), len(goals)), np.inf)
    out[found.origin, found.destination] = found.cost / road_numbers().share("bus_pace")
    return out


def timetable(fleet: Fleet) -> tuple[Trip, ...]:
    """Trips as they are driven: by the program's numbers, or by who comes soonest alone where that is better."""
    guide = most_people(fleet)
    sooner = soonest(fleet, int(guide.bound + 1e-6)) if guide.bound >= 1 else guide
    plans = [_driven(fleet, count) for count in (sooner.count, guide.count, np.zeros_like(guide.count))]
    return min(
        plans, key=lambda trips: (-sum(t.people for t in trips), max((t.arrives for t in trips), default=0))
    )


class _Driving:
    """Where buses are, who still waits, what room is left."""

    def __init__(self, fleet: Fleet) -> None:
        numbers = road_numbers()
        self.fleet, self.stop = fleet, numbers.share("bus_stop")
        self.boarding, self.alighting = numbers.share("boarding"), numbers.share("alighting")
        self.waiting, self.room = fleet.people.copy(), fleet.room.copy()
        self.free = fleet.free_at.astype(np.float64).copy()
        self.at = np.full(fleet.seats.size, -1)  # the place; -1 the depot
        self.trips: list[Trip] = []

    def trip(self, bus: int, point: int, place: int) -> Trip | None:
        """The next trip of a bus; None where it cannot be, or would be too late."""
        fleet, at = self.fleet, self.at[bus]
        people = int(min(fleet.seats[bus], self.waiting[point], self.room[place]))
        way = fleet.to_point[bus, point] if at < 0 else fleet.back[at, point]
        comes = self.free[bus] + way
        leaves = max(comes, fleet.ready[point]) + self.stop + self.boarding * people
        arrives = leaves + fleet.out[point, place] + self.alighting * people
        if people < 1 or not arrives <= fleet.last[point]:
            return None
        return Trip(
            bus, point, place, people, int(np.ceil(comes)), int(np.ceil(leaves)), int(np.ceil(arrives - 1e-9))
        )

    def drive(self, trip: Trip) -> None:
        """Take it."""
        self.waiting[trip.point] -= trip.people
        self.room[trip.place] -= trip.people
        self.free[trip.bus], self.at[trip.bus] = trip.arrives, trip.place
        self.trips.append(trip)

    def soonest(self) -> Trip | None:
        """The trip that arrives first of all that can be; points with an earlier last hour before others."""
        fleet = self.fleet
        points = np.flatnonzero(self.waiting > 0)
        for hour in np.unique(fleet.last[points]).tolist():
            found = [
                trip
                for point in points[fleet.last[points] == hour].tolist()
                for bus in range(fleet.seats.size)
                for place in np.flatnonzero((self.room > 0) & np.isfinite(fleet.out[point])).tolist()
                if (trip := self.trip(bus, point, place)) is not None
            ]
            if found:
                return min(
                    found, key=lambda trip: (trip.arrives, -trip.people, trip.bus, trip.point, trip.place)
                )
        return None


def _driven(fleet: Fleet, count: Counts) -> tuple[Trip, ...]:
    """The trips of a program, each bus's in the best order, and then whatever else still comes in time."""
    driving = _Driving(fleet)
    ahead = {bus: _ordered(fleet, bus, count[bus]) for bus in range(fleet.seats.size)}
    while any(ahead.values()):
        bus = min((b for b in ahead if ahead[b]), key=lambda b: (driving.free[b], b))
        trip = driving.trip(bus, *ahead[bus].pop(0))
        if trip is not None:
            driving.drive(trip)
    while (more := driving.soonest()) is not None:
        driving.drive(more)
    return tuple(sorted(driving.trips, key=lambda trip: (trip.leaves, trip.bus)))


def _ordered(fleet: Fleet, bus: int, count: Counts) -> list[tuple[int, int]]:
    """A bus's trips in the order that, as it is driven, brings most people in time, and then ends soonest; by last hour and nearness where there are many."""
    trips = [(i, j) for i, j in np.argwhere(count > 0).tolist() for _ in range(int(count[i, j]))]
    if len(trips) > _ORDERS:
        return sorted(trips, key=lambda t: (fleet.last[t[0]], fleet.to_point[bus, t[0]], t))

    def cost(order: Iterable[tuple[int, int]]) -> tuple[int, float]:
        driving = _Driving(fleet)
        for where in order:
            if (trip := driving.trip(bus, *where)) is not None:
                driving.drive(trip)
        return -sum(trip.people for trip in driving.trips), float(driving.free[bus])

    return list(min(set(permutations(trips)), key=lambda order: (cost(order), order)))


def _left(fleet: Fleet, trips: Sequence[Trip]) -> tuple[StillThere, ...]:
    waiting, room = fleet.people.copy(), fleet.room.copy()
    for trip in trips:
        waiting[trip.point] -= trip.people
        room[trip.place] -= trip.people
    found = []
    for point in np.flatnonzero(waiting > 0).tolist():
        ways = np.isfinite(fleet.out[point])
        if not ways.any() or not np.isfinite(fleet.to_point[:, point]).any():
            why = Stranded.NO_WAY
        else:
            why = Stranded.NO_ROOM if not (room[ways] > 0).any() else Stranded.TOO_LATE
        found.append(StillThere(point, int(waiting[point]), why))
    return tuple(found)
