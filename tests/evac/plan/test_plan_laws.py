"""Laws of a whole plan: list, shelters and roads together, planned again while tiers change and people arrive."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.allocating import present_in
from evac.events import ArrivedShelter
from evac.model import Category, Destination, Person, Shelter, Stay, Vulnerability
from evac.plan.allocation import allocate, room_of
from evac.plan.plan_homes import homes_of
from evac.plan.registered import registered
from evac.plan.replan import STANDING_STEPS, rows_of
from evac.plan.road_hazards import within_shapes
from evac.plan.roads import Condition
from evac.plan.roster import TransferPlan, make_plan
from evac.plan.routes import routes
from evac.plan.safety import judge_shelters, unsafe_hazards
from evac.plan.ties import Place
from evac.plan.zones import MoveStep, Zone
from evac.registry import Registry
from evac.roster_row import RosterRow
from evac.store.memory import MemoryStore
from evac.store.planning import roster_rows
from riskmap.scale import Tier
from tests.evac.plan.crowds import SETTING, SOUTH, STEP, WEST
from tests.evac.plan.planned import at, calm, people, row
from tests.evac.plan.towns import grid_town, spot
from tests.evac.world import Clerk, make_person
from tests.factories import ISSUED_AT

VILLAGE = "330902001201"
CALM, PARTLY = calm(), replace(calm(), lacking={"landslide": "未提供 not given"})
NEAR = st.integers(0, 4)
"""Steps of a small grid, so that zones, homes and shelters meet."""
HAZARDS = ("flash_flood", "landslide", "inundation", "wind")
TIERS = (None, Tier.YELLOW, Tier.ORANGE, Tier.RED)


@st.composite
def zones(draw: st.DrawFn, most: int = 3) -> tuple[Zone, ...]:
    """Outlines on the grid of ``crowds``, of any tier, the hour known or not."""
    found = []
    for n in range(draw(st.integers(0, most))):
        x, y, half = WEST + draw(NEAR) * STEP, SOUTH + draw(NEAR) * STEP, 1.5 * STEP
        hours = draw(st.none() | st.integers(0, 40))
        onset = None if hours is None else ISSUED_AT + timedelta(hours=hours)
        found.append(
            Zone(
                f"outline:{n}", f"区{n}", draw(st.sampled_from(HAZARDS)), draw(st.sampled_from(TIERS)), "330902", onset, onset,
                "x", "x", named=True, outline=shapely.box(x - half, y - half, x + half, y + half),
            )
        )  # fmt: skip
    return tuple(found)


@st.composite
def shelters_near(draw: st.DrawFn) -> list[Shelter]:
    """A few small ones, all with a position."""
    return [
        Shelter(
            f"S{n}", f"点{n}", "330902", draw(st.integers(2, 7)), longitude=WEST + (2 + draw(NEAR) % 3) * STEP,
            latitude=SOUTH + draw(NEAR) * STEP,
        )
        for n in range(draw(st.integers(2, 3)))
    ]  # fmt: skip


@dataclass
class Town:
    """People on a list with a point for each household."""

    folk: list[Person]
    places: dict[str, Place]


@st.composite
def towns(draw: st.DrawFn) -> Town:
    folk: list[Person] = []
    places: dict[str, Place] = {}
    chance = random.Random(1)
    for home in range(draw(st.integers(2, 7))):
        places[f"{VILLAGE}|{home}"] = Place(WEST + draw(NEAR) * STEP, SOUTH + draw(NEAR) * STEP)
        for _ in range(draw(st.integers(1, 4))):
            folk.append(
                make_person(
                    len(folk), chance, household=str(home), county="330902", village=VILLAGE,
                    category=draw(st.sampled_from([Category.OTHER, Category.LANDSLIDE, Category.LOW_LYING])),
                    destination=Destination(Stay.SHELTER, ""),
                    vulnerability=(Vulnerability.ILL,) if draw(st.integers(0, 5)) == 0 else (),
                )
            )  # fmt: skip
    return Town(folk, places)


def plan_of(
    store: MemoryStore, town: Town, found: tuple[Zone, ...], earlier: TransferPlan | None
) -> TransferPlan:
    return make_plan(
        CALM, registered(roster_rows(store, "330902")), at=at(), outlines=found, places=town.places,
        earlier=None if earlier is None else rows_of(earlier), prefix="330902",
    )  # fmt: skip


def struck(shelter: Shelter, found: tuple[Zone, ...]) -> bool:
    """Whether a shelter stands in an orange or red zone of water or slides, looked at from the outline itself."""
    if shelter.longitude is None:
        return False
    here = shapely.Point(shelter.longitude, shelter.latitude)
    return any(
        zone.outline is not None and zone.outline.distance(here) < 1e-12
        for zone in found
        if zone.hazard in unsafe_hazards() and zone.tier is not None and zone.tier >= Tier.ORANGE
    )


def drawn(number: str, hazard: str, west: float, east: float, south: float, north: float) -> Zone:
    box = shapely.box(WEST + west * STEP, SOUTH + south * STEP, WEST + east * STEP, SOUTH + north * STEP)
    return Zone(
        f"outline:{number}",
        number,
        hazard,
        Tier.RED,
        "330902",
        ISSUED_AT,
        None,
        "x",
        "x",
        named=True,
        outline=box,
    )


LOW = drawn("low", "inundation", -0.5, 1.5, -0.5, 4.5)
"""Water over the western half, where nobody has a shelter."""


@settings(max_examples=40, deadline=None)
@given(towns(), shelters_near(), zones(1), zones(1), st.data())
def test_a_storm_planned_twice_breaks_no_law(
    town: Town,
    shelters: list[Shelter],
    before: tuple[Zone, ...],
    after: tuple[Zone, ...],
    data: st.DataObject,
) -> None:
    before = (LOW, *before)
    store, clerk = MemoryStore(), Clerk()
    store.put_people(town.folk)
    first = plan_of(store, town, before, None)
    closed = judge_shelters(shelters, before).closed
    given_out = allocate(homes_of(first), shelters, setting=SETTING, closed=closed)
    members = {move.key: move.codes for move in first}
    where: dict[str, str] = {}
    for home, n in zip(given_out.dealt.home.tolist(), given_out.dealt.shelter.tolist(), strict=True):
        key = given_out.problem.demand.homes[home].key
        if n >= 0 and not data.draw(st.booleans()):  # all of the household arrives, or some of it
            codes = members[key]
            for code in codes[data.draw(st.integers(0, len(codes) - 1)) :]:
                where[code] = given_out.problem.shelters[n].shelter_id
    Registry(store).check_ins(
        [clerk.event(ArrivedShelter.kind, 60, code=code, place=place) for code, place in where.items()],
        received_at=at(9),
    )
    struck_later = data.draw(
        st.sampled_from([*(s for s in shelters if s.shelter_id in set(where.values())), None])
    )
    if struck_later is not None:  # the slope behind a shelter comes down to orange when people are in it
        x, y = (struck_later.longitude - WEST) / STEP, (struck_later.latitude - SOUTH) / STEP  # type: ignore[operator]
        after = (*after, drawn("slope", "landslide", x - 0.3, x + 0.3, y - 0.3, y + 0.3))
    # the tiers change
    second = plan_of(store, town, after, first)
    closed = judge_shelters(shelters, after).closed
    present, moving, _ = present_in(store, shelters, closed)
    done = allocate((*homes_of(second), *moving), shelters, setting=SETTING, closed=closed, present=present)

    told = {code for move in second for code in move.codes}
    assert not told & set(where)  # nobody who has moved is called out again ...
    assert sum(move.away for move in second) == len(where)
    inside = {code: place for code, place in where.items() if place in closed}
    assert sum(home.people for home in moving) == len(inside)  # ... but who sits in danger is moved on
    was, now = rows_of(first), {move.key: move for move in second}
    for key, old in was.items():  # a tier that fell releases nobody
        if old.step in STANDING_STEPS and set(members[key]) - set(where):
            assert now[key].step.rank >= old.step.rank
    open_ = np.array(
        [0 if s.shelter_id in closed else present.get(s.shelter_id, 0) for s in done.problem.shelters]
    )
    room = np.array([room_of(s, SETTING.area_per_person) for s in done.problem.shelters], np.int64)
    assert (done.occupancy + open_ <= np.maximum(room, open_)).all()
    assert len(set(done.dealt.home.tolist())) == len(done.dealt.home)  # every household in one place
    for shelter, load in zip(done.problem.shelters, done.occupancy.tolist(), strict=True):
        assert not load or not struck(shelter, after)


@settings(max_examples=50, deadline=None)
@given(
    towns(),
    zones(),
    st.integers(0, 2),
    st.sampled_from(TIERS),
    st.integers(0, 40),
    st.sampled_from([CALM, PARTLY]),
)
def test_more_danger_never_asks_for_less_nor_leaves_more_time(
    town: Town, found: tuple[Zone, ...], which: int, tier: Tier | None, hours: int, assessment: object
) -> None:
    def planned(zones_: tuple[Zone, ...]) -> dict[str, tuple[int, float]]:
        rows = [
            row(
                n, household=p.household, category=p.category.value, weak=",".join(v.value for v in p.vulnerability),
                village=p.village,
            )
            for n, p in enumerate(town.folk)
        ]  # fmt: skip
        plan = make_plan(
            assessment, people(*rows), at=at(), outlines=zones_, places=town.places, prefix="330902"
        )  # type: ignore[arg-type]
        return {
            m.key: (m.step.rank, m.latest_departure.timestamp() if m.latest_departure else -np.inf)
            for m in plan
            if m.household
        }

    if which >= len(found):
        return
    old = found[which]
    if tier is None or (old.tier is not None and tier < old.tier):
        return
    hour = ISSUED_AT + timedelta(hours=hours)
    if old.onset is None or hour > old.onset:
        hour = old.onset  # type: ignore[assignment]
    raised = replace(old, tier=tier, onset=hour)
    mild, grave = planned(found), planned((*found[:which], raised, *found[which + 1 :]))
    for key, (rank, latest) in mild.items():
        assert grave[key][0] >= rank
        if rank >= MoveStep.PREPARE.rank:
            assert grave[key][1] <= latest


def test_whoever_of_a_household_needs_longest_sets_its_hour() -> None:
    hour = ISSUED_AT + timedelta(hours=20)
    box = shapely.box(WEST - STEP, SOUTH - STEP, WEST + STEP, SOUTH + STEP)
    slope = Zone(
        "outline:1", "坡", "landslide", Tier.ORANGE, "330902", hour, None, "x", "x", named=True, outline=box
    )
    wind = Zone(
        "outline:2", "风", "wind", Tier.ORANGE, "330902", hour, None, "x", "x", named=True, outline=box
    )
    rows = [
        row(1, household="1", category=Category.FISHING_CREW.value),
        row(2, household="1", category=Category.LANDSLIDE.value),
    ]

    def latest(*found: Zone) -> object:
        places = {f"{VILLAGE}|1": Place(WEST, SOUTH)}
        plan = make_plan(CALM, people(*rows), at=at(), outlines=found, places=places, prefix="330902")
        (move,) = [m for m in plan if m.household]
        return move.latest_departure

    assert latest(wind) == hour - timedelta(hours=12)  # a boat to the port
    assert latest(wind, replace(slope, tier=Tier.RED)) == hour - timedelta(hours=12)


def test_a_mild_zone_is_no_data_on_another_danger() -> None:
    box = shapely.box(WEST - STEP, SOUTH - STEP, WEST + STEP, SOUTH + STEP)
    puddle = Zone(
        "outline:1", "洼", "river_stage", Tier.YELLOW, "330902", None, None, "x", "x", named=True, outline=box
    )
    someone: RosterRow = row(1, category=Category.LOW_LYING.value, household="1")
    unknown = replace(CALM, lacking={"inundation": "未提供 not given"})
    places = {f"{VILLAGE}|1": Place(WEST, SOUTH)}
    for found in ((), (puddle,)):
        plan = make_plan(unknown, people(someone), at=at(), outlines=found, places=places, prefix="330902")
        assert [m.step for m in plan if m.household] == [MoveStep.CHECK]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=3),
    st.integers(0, 23),
    st.integers(0, 23),
    st.booleans(),
)
def test_no_route_enters_a_closed_area(
    areas: list[tuple[int, int]], start: int, goal: int, apart: bool
) -> None:
    network = TOWN
    shapes = [
        shapely.box(*spot(x * 500.0 - 240, y * 500.0 - 240), *spot(x * 500.0 + 240, y * 500.0 + 240))
        for x, y in areas
    ]
    shut = within_shapes(network, shapes)
    for route in routes(shut, start, [goal], 3, apart=apart):
        for link in route.links:
            assert shut.condition[link] != Condition.CLOSED
            ends = [int(network.start[link]), int(network.end[link])]
            way = shapely.LineString([(network.longitude[n], network.latitude[n]) for n in ends])
            assert not any(shape.intersects(way) for shape in shapes)


TOWN = grid_town(6, 4)
