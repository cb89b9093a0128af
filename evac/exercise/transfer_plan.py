"""The plan of an exercise: where its invented people live, which invented shelters there are, who must move, and who goes where."""

from __future__ import annotations

import csv
import io
import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import shapely

from evac.allocating import AllocationWritten, Wanted, write_allocation
from evac.model import Destination, Person, Shelter, Stay
from evac.people.datum import Datum
from evac.plan.allocation_tables import table
from evac.plan.assumptions import Assumptions
from evac.plan.invented import Roster
from evac.plan.outlines import Outlines
from evac.plan.replan import STANDING_STEPS
from evac.plan.run_dangers import KnownDangers
from evac.plan.whole import NOWHERE
from evac.planning import MOVES, Asked, PlanWritten, write_plan
from evac.registry import EventStore
from riskmap.assessment import Assessment
from riskmap.grid import EARTH_RADIUS
from riskmap.io.publish import Staging
from riskmap.io.toml_file import read_text
from riskmap.region import Region

PLACES: Final = "places.csv"
SHELTERS: Final = "shelters.csv"
PLAN: Final = "plan"
ALLOCATION: Final = "allocation"
_SIZES: Final = ((60, "village"), (110, "town"), (210, "county"))
_METRES_A_DEGREE: Final = math.radians(1) * EARTH_RADIUS
_AREA: Final = 2.0
"""Floor of an invented shelter [m2 a place]: enough for a stay of fifteen days."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Planned:
    """What was planned.

    Attributes
    ----------
    roster : Roster
        With the shelters of the plan, and everybody's destination as it was allotted.
    points : mapping
        Village code -> longitude, latitude [degrees, WGS-84], invented.
    asked : frozenset of str
        Households that the plan asks to move.
    to_relatives : int
        People for whom the plan found no shelter: they go to relatives.
    """

    roster: Roster
    points: Mapping[str, Point]
    plan: PlanWritten
    allocation: AllocationWritten | None
    asked: frozenset[str]
    to_relatives: int


class Ground:
    """Invented points inside counties, away from the mapped zones where one looks for a shelter.

    Parameters
    ----------
    outlines : Outlines
        Of the run, as ``KnownDangers`` has them.
    """

    def __init__(self, outlines: Outlines, numbers: Assumptions, rng: random.Random) -> None:
        self.numbers, self.rng = numbers, rng
        self._zones = outlines.tree

    def safe(self, point: Point) -> bool:
        """Whether no mapped zone at orange or red, or without data, holds the point."""
        return not self._zones.query(shapely.Point(point), predicate="intersects").size

    def village(self, region: Region, among: Sequence[Point] = ()) -> Point:
        """A point of the county: one of those given, or anywhere in its largest part."""
        if among:
            return self.rng.choice(list(among))
        part = max(shapely.get_parts(region.geometry), key=lambda polygon: polygon.area)
        west, south, east, north = part.bounds
        shapely.prepare(part)
        while True:
            point = (round(self.rng.uniform(west, east), 5), round(self.rng.uniform(south, north), 5))
            if shapely.contains_xy(part, *point):
                return point

    def shelter(self, region: Region, village: Point, among: Sequence[Point] = ()) -> Point:
        """A point near a village, in the county and outside the zones if the draws find one."""
        low, high = self.numbers.span("shelter_away_km")
        point = village
        near = sorted(among, key=lambda p: (p[0] - village[0]) ** 2 + (p[1] - village[1]) ** 2)[1:9]
        for draw in range(self.numbers.whole("shelter_draws")):
            if near:
                point = near[(draw + self.rng.randrange(3)) % len(near)]
            else:
                away, turn = self.rng.uniform(low, high) * 1000, self.rng.uniform(0, 2 * math.pi)
                north = away * math.cos(turn) / _METRES_A_DEGREE
                east = away * math.sin(turn) / _METRES_A_DEGREE / math.cos(math.radians(village[1]))
                point = (round(village[0] + east, 5), round(village[1] + north, 5))
            if shapely.contains_xy(region.geometry, *point) and self.safe(point):
                break
        return point


def plan_transfer(
    source: Path,
    assessment: Assessment,
    known: KnownDangers,
    roster: Roster,
    store: EventStore,
    folder: Path,
    *,
    at: datetime,
    numbers: Assumptions,
    rng: random.Random,
    on_roads: Mapping[str, Sequence[Point]],
) -> Planned:
    """Plan and allocate for the people of a roster, and write both as the commands do.

    Parameters
    ----------
    source : Path
        Folder of the run.
    assessment, known
        Of that run.
    store : EventStore
        Holds the people of the roster.
    folder : Path
        Gets ``plan``, ``allocation`` and the invented tables.
    on_roads : mapping
        County -> junctions of its invented roads, on which its villages and shelters then lie.
    """
    ground = Ground(known.outlines, numbers, rng)
    points, shelters = _invented(roster, ground, numbers, on_roads)
    staging = Staging(folder)
    staging.write(PLACES, _places_csv(points))
    staging.write(SHELTERS, _shelters_csv(shelters))
    asked_of = Asked(source, at=at, places=folder / PLACES, datum=Datum.WGS84.value)
    plan = write_plan(store, asked_of, folder / PLAN, now=at, assessment=assessment)
    asked = _asked(folder / PLAN / MOVES)
    allocation = None
    if Stay.SHELTER in asked.values():
        wanted = Wanted(folder / PLAN / MOVES, folder / SHELTERS, Datum.WGS84, run=source)
        allocation = write_allocation(wanted, folder / ALLOCATION, known=known)
    people, to_relatives = _bound(roster, _dealt(allocation), asked)
    done = Roster(tuple(people), shelters, roster.counties)
    return Planned(done, points, plan, allocation, frozenset(asked), to_relatives)


def _invented(
    roster: Roster, ground: Ground, numbers: Assumptions, on_roads: Mapping[str, Sequence[Point]]
) -> tuple[dict[str, Point], tuple[Shelter, ...]]:
    """Points of all villages, and shelters enough beside them."""
    points: dict[str, Point] = {}
    shelters: list[Shelter] = []
    for region in roster.counties:
        among = on_roads.get(region.code, ())
        bound: Counter[str] = Counter()
        for person in roster.people:
            if person.county == region.code:
                bound[person.village] += person.destination.stay is Stay.SHELTER
        count = 0
        for village in sorted(bound):
            points[village] = ground.village(region, among)
            room = 0
            while room < bound[village] * numbers.share("shelter_spare"):
                size, level = _SIZES[count % len(_SIZES)]
                count += 1
                room += size
                longitude, latitude = ground.shelter(region, points[village], among)
                shelters.append(
                    Shelter(
                        f"S{region.code}-{count:03d}", f"演练安置点{count:03d}", region.code, size, True, level,
                        area_m2=size * _AREA, longitude=longitude, latitude=latitude,
                    )
                )  # fmt: skip
    return points, tuple(shelters)


def _places_csv(points: Mapping[str, Point]) -> str:
    rows = [f"{code},{lon},{lat}" for code, (lon, lat) in points.items()]
    return "\ufeff" + "\n".join(["村代码,经度,纬度", *rows]) + "\n"


def _shelters_csv(shelters: Sequence[Shelter]) -> str:
    heads = ("编号", "名称", "县代码", "级别", "容量", "面积", "经度", "纬度", "无障碍", "医务")
    return table(
        heads,
        (
            dict(zip(heads, (s.shelter_id, s.name, s.county, s.level, s.capacity, s.area_m2, s.longitude, s.latitude, "是", "是"), strict=True))
            for s in shelters
        ),
    )  # fmt: skip


def plan_rows(moves: Path) -> list[dict[str, str]]:
    """The rows of a plan's ``moves.csv``."""
    return list(csv.DictReader(io.StringIO(read_text(moves).removeprefix("\ufeff"))))


def _asked(moves: Path) -> dict[str, str]:
    """Household -> planned stay, of those whom the plan asks to move."""
    steps = {step.value for step in STANDING_STEPS}
    return {
        row["household"]: row["stay"] for row in plan_rows(moves) if row["step"] in steps and row["household"]
    }


def _dealt(allocation: AllocationWritten | None) -> dict[str, str]:
    """Household -> shelter."""
    if allocation is None:
        return {}
    plan = allocation.plan
    pairs = zip(plan.dealt.home.tolist(), plan.dealt.shelter.tolist(), strict=True)
    homes, shelters = plan.problem.demand.homes, plan.problem.shelters
    return {homes[h].key: shelters[s].shelter_id for h, s in pairs if s != NOWHERE}


def _bound(roster: Roster, dealt: Mapping[str, str], asked: Mapping[str, str]) -> tuple[list[Person], int]:
    """Everybody with the destination that was allotted to the household; relatives where no shelter was found."""
    people: list[Person] = []
    lost = 0
    by_household = {key.rpartition("|")[2]: shelter for key, shelter in dealt.items()}
    for person in roster.people:
        if person.household in asked and person.destination.stay is Stay.SHELTER:
            shelter = by_household.get(person.household)
            if shelter is None:
                lost += 1
                to = Destination(Stay.RELATIVES, f"{person.county}亲友(演练)")
            else:
                to = Destination(Stay.SHELTER, shelter)
            person = replace(person, destination=to)
        people.append(person)
    return people, lost


def summary(planned: Planned) -> dict[str, Any]:
    """What the plan comes to, for the exercise's record."""
    everybody = len(planned.roster.people)
    asked = sum(person.household in planned.asked for person in planned.roster.people)
    found: dict[str, Any] = {
        "on_the_list": everybody, "asked_to_move": asked, "not_asked": everybody - asked,
        "shelters": len(planned.roster.shelters), "to_relatives_for_want_of_a_shelter": planned.to_relatives,
    }  # fmt: skip
    if planned.allocation is not None:
        plan = planned.allocation.plan
        found |= {
            "bound_for_a_shelter": int(plan.problem.demand.size.sum()), "placed": plan.placed, "unplaced": plan.unplaced,
            "shelters_closed": len(plan.problem.closed), "above_the_relaxation": plan.gap,
        }  # fmt: skip
    return found
