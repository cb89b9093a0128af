"""Pick-up buses: nobody is carried twice, no seat or room is exceeded, nobody arrives too late; bounds hold against every timetable there is."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from evac.cli import app
from evac.plan.bus_program import Fleet, most_people, soonest
from evac.plan.buses import Bus, Haven, PickUp, Stranded, _ordered, pick_up, timetable
from evac.plan.road_build import Way, build_network
from evac.plan.roads import RoadNetwork, road_numbers
from riskmap.errors import DataError

STOP, BOARDING, ALIGHTING = (road_numbers().share(name) for name in ("bus_stop", "boarding", "alighting"))


def fleet(
    seats: list[int], people: list[int], *, to_point: Any, out: Any, back: Any, last: float = 86_400.0,
    room: list[int] | None = None,
) -> Fleet:  # fmt: skip
    """All buses free at once, everybody ready."""
    count = len(people)
    return Fleet(
        np.array(seats), np.zeros(len(seats)), np.array(people), np.zeros(count), np.full(count, last),
        np.array(room if room is not None else [sum(people)] * np.shape(out)[1]),
        np.array(to_point, float), np.array(out, float), np.array(back, float),
    )  # fmt: skip


def finish(trips: Any) -> int:
    return max((trip.arrives for trip in trips), default=0)


def test_a_case_by_hand_is_met_to_the_second() -> None:
    one = fleet([10], [30], to_point=[[600]], out=[[600]], back=[[600]])
    each = 600 + STOP + 10 * BOARDING + 600 + 10 * ALIGHTING
    trips = timetable(one)
    assert [trip.people for trip in trips] == [10, 10, 10]
    assert finish(trips) == 3 * each
    assert soonest(one, 30).bound == pytest.approx(3 * each)
    two = fleet([10, 10], [30], to_point=[[600], [600]], out=[[600]], back=[[600]])
    assert finish(timetable(two)) == 2 * each
    # two trips each with 15 persons would be 45 s sooner: buses are filled, and the gap says so
    assert soonest(two, 30).bound == pytest.approx(2 * each - 5 * (BOARDING + ALIGHTING))
    # at the last safe hour two trips are home, and the third would not be
    late = fleet([10], [30], to_point=[[600]], out=[[600]], back=[[600]], last=2 * each + 100)
    assert sum(trip.people for trip in timetable(late)) == 20
    assert int(most_people(late).bound + 1e-6) < 30


def test_of_two_orders_the_one_that_is_punctual_with_stops_and_boarding_is_taken() -> None:
    each = 600 + STOP + 10 * (BOARDING + ALIGHTING) + 600
    f = fleet([10], [10, 10], to_point=[[600, 600]], out=[[600], [600]], back=[[600, 600]])
    f = replace(
        f, last=np.array([86_400.0, 2 * each - 60])
    )  # by the road alone the second trip is in time as well
    assert _ordered(f, 0, np.ones((2, 1), np.int64)) == [(1, 0), (0, 0)]
    waits = replace(f, last=np.array([86_400.0, 3000.0 + each]), ready=np.array([3600.0, 0.0]))
    assert _ordered(waits, 0, np.ones((2, 1), np.int64)) == [(1, 0), (0, 0)]


def test_who_cannot_be_reached_in_time_is_in_no_bound() -> None:
    f = fleet([100], [300, 100], to_point=[[2000, 5000]], out=[[1000], [1500]], back=[[1000, 300]])
    f = replace(f, last=np.array([86_400.0, 3600.0]))  # sooner by way of the first, and too late all the same
    assert most_people(f).bound == pytest.approx(300)
    assert sum(trip.people for trip in timetable(f)) == 300


def every_timetable(f: Fleet) -> tuple[int, float]:
    """Most people, and the soonest end of so many, over all orders of full trips."""
    best = (0, 0.0)

    def on(
        free: tuple[float, ...],
        at: tuple[int, ...],
        waiting: tuple[int, ...],
        room: tuple[int, ...],
        end: float,
    ) -> None:
        nonlocal best
        done = (int(f.people.sum()) - sum(waiting), -end)
        best = max(best, done)
        for bus in range(len(free)):
            for point in range(len(waiting)):
                for place in range(len(room)):
                    load = min(int(f.seats[bus]), waiting[point], room[place])
                    way = f.to_point[bus, point] if at[bus] < 0 else f.back[at[bus], point]
                    arrives = free[bus] + way + STOP + load * (BOARDING + ALIGHTING) + f.out[point, place]
                    if load and arrives <= f.last[point]:
                        on(
                            (*free[:bus], arrives, *free[bus + 1 :]), (*at[:bus], place, *at[bus + 1 :]),
                            (*waiting[:point], waiting[point] - load, *waiting[point + 1 :]),
                            (*room[:place], room[place] - load, *room[place + 1 :]), max(end, arrives),
                        )  # fmt: skip

    on(tuple(f.free_at), (-1,) * len(f.seats), tuple(f.people.tolist()), tuple(f.room.tolist()), 0.0)
    return best[0], -best[1]


@st.composite
def small(draw: st.DrawFn) -> Fleet:
    buses, points, places = draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(1, 2))

    def times(*shape: int) -> Any:
        count = int(np.prod(shape))
        return (
            np.array(draw(st.lists(st.integers(1, 20), min_size=count, max_size=count))).reshape(shape) * 60.0
        )

    made = fleet(
        draw(st.lists(st.integers(3, 6), min_size=buses, max_size=buses)),
        draw(st.lists(st.integers(0, 6), min_size=points, max_size=points)),
        to_point=times(buses, points), out=times(points, places), back=times(places, points),
        room=draw(st.lists(st.integers(0, 9), min_size=places, max_size=places)),
    )  # fmt: skip
    hours = draw(st.lists(st.sampled_from([1500.0, 3000.0, 86_400.0]), min_size=points, max_size=points))
    return replace(made, last=np.array(hours))


@settings(max_examples=20, deadline=None)
@given(small())
def test_no_timetable_beats_the_bounds_and_ours_keeps_every_promise(f: Fleet) -> None:
    trips = timetable(f)
    for point in range(f.people.size):
        assert sum(t.people for t in trips if t.point == point) <= f.people[point]
        assert all(t.arrives <= f.last[point] for t in trips if t.point == point)
    for place in range(f.room.size):
        assert sum(t.people for t in trips if t.place == place) <= f.room[place]
    for bus in range(f.seats.size):
        now, at = 0.0, -1
        for trip in (t for t in trips if t.bus == bus):
            assert 1 <= trip.people <= f.seats[bus]
            way = f.to_point[bus, trip.point] if at < 0 else f.back[at, trip.point]
            least = now + way + STOP + trip.people * (BOARDING + ALIGHTING) + f.out[trip.point, trip.place]
            assert abs(trip.arrives - least) <= 1
            now, at = trip.arrives, trip.place
    people = sum(t.people for t in trips)
    most, end = every_timetable(f)
    assert people <= most <= most_people(f).bound + 1e-6
    if people == most and people:
        assert soonest(f, people).bound - 1e-6 <= end <= finish(trips) + 1e-6


def line(*, oneway: int = 0) -> RoadNetwork:
    """Ten kilometres of road from west to east."""
    road = Way(
        np.array([[122.0, 30.0], [122.05, 30.0], [122.1, 30.0]]),
        "primary",
        speed=40,
        capacity=600,
        oneway=oneway,
    )
    return build_network([road], source="example")


BUSES = [Bus("浙L1", 20, 122.1, 30.0), Bus("浙L2", 40, 122.1, 30.0, 600.0)]
POINTS = [PickUp("村西", 50, 122.0, 30.0), PickUp("村中", 20, 122.05, 30.0, 300.0)]
HALL = [Haven("礼堂", 122.1, 30.0)]


def test_by_road_everybody_is_fetched_and_the_gap_is_stated() -> None:
    plan = pick_up(line(), BUSES, POINTS, HALL)
    assert (plan.out, plan.left, plan.short) == (70, (), 0)
    assert 0 <= plan.gap < 0.5
    assert plan.lower <= plan.finish
    # half the buses take longer, and no bound says otherwise
    assert pick_up(line(), BUSES[:1], POINTS, HALL).finish > plan.finish


def test_who_stays_is_listed_with_the_reason() -> None:
    network = line()
    full = pick_up(network, BUSES, POINTS, [Haven("礼堂", 122.1, 30.0, 30)])
    assert (full.out, full.most) == (30, 30)
    assert {row.why for row in full.left} == {Stranded.NO_ROOM}
    hour = [replace(POINTS[0], last=2400.0), POINTS[1]]
    late = pick_up(network, BUSES[:1], hour, HALL)
    assert [(row.point, row.why) for row in late.left] == [(0, Stranded.TOO_LATE)]
    assert late.out < 70
    assert late.most >= late.out
    shut = replace(network, open_until=np.zeros(network.links))  # water comes: no bus is sent through
    assert {row.why for row in pick_up(shut, BUSES, POINTS, HALL).left} == {Stranded.NO_WAY}
    against = pick_up(line(oneway=1), BUSES, POINTS, HALL)
    assert {row.why for row in against.left} == {Stranded.NO_WAY}


def test_a_point_without_a_last_hour_shuts_no_road_for_the_others() -> None:
    network = line()
    wet = replace(network, open_until=np.full(network.links, 20_000.0))
    points = [replace(POINTS[0], last=10_000.0), POINTS[1]]
    plan = pick_up(wet, BUSES, points, HALL)
    assert [(row.point, row.why) for row in plan.left] == [(1, Stranded.NO_WAY)]
    assert plan.out == 50


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"buses": []}, "no bus"), ({"places": []}, "no safe place"), ({"buses": [BUSES[0], BUSES[0]]}, "one bus twice"),
        ({"buses": [replace(BUSES[0], seats=0)]}, "0 seats"), ({"points": [replace(POINTS[0], people=-1)]}, "-1 people"),
        ({"points": [replace(POINTS[0], last=float("nan"))]}, "last nan"), ({"places": [replace(HALL[0], room=-1)]}, "room -1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(change: dict[str, Any], said: str) -> None:
    given_: dict[str, Any] = {"buses": BUSES, "points": POINTS, "places": HALL} | change
    with pytest.raises(DataError, match=said):
        pick_up(line(), **given_)


ROAD = {
    "type": "FeatureCollection",
    "features": [{
        "type": "Feature", "properties": {"highway": "primary", "maxspeed": "40"},
        "geometry": {"type": "LineString", "coordinates": [[122.0, 30.0], [122.05, 30.0], [122.1, 30.0]]},
    }],
}  # fmt: skip


def test_the_command_writes_a_timetable_and_says_who_stays(tmp_path: Path) -> None:
    (tmp_path / "roads.geojson").write_text(json.dumps(ROAD), encoding="utf-8")
    (tmp_path / "p.csv").write_text(
        "名称,经度,纬度,人数,最后分钟\n村西,122.0,30.0,50,\n村中,122.05,30.0,20,15\n", encoding="utf-8"
    )
    (tmp_path / "e.csv").write_text("名称,经度,纬度\n礼堂,122.1,30.0\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text(
        "名称,座位,经度,纬度,可用分钟\n浙L1,20,122.1,30.0,\n浙L2,40,122.1,30.0,10\n", encoding="utf-8"
    )

    def run() -> Any:
        names = ("--places", "p.csv", "--exits", "e.csv", "--buses", "b.csv")
        given_ = [str(tmp_path / word) if word.endswith(".csv") else word for word in names]
        return CliRunner().invoke(
            app, ["routes", "buses", str(tmp_path / "roads.geojson"), *given_, "--datum", "wgs84", "--out", str(tmp_path / "out")]
        )  # fmt: skip

    done = run()
    assert done.exit_code == 5, done.output  # the first bus cannot fetch twenty within a quarter of an hour
    assert "最后安全时前接不完" in done.output
    told = json.loads((tmp_path / "out" / "buses.json").read_text(encoding="utf-8"))
    assert (told["people"], told["brought_out"] + sum(row["people"] for row in told["left"])) == (70, 70)
    assert told["most_by_any_timetable"] >= told["brought_out"]
    assert all("(D)" in number["source"] for number in told["numbers"].values())
    rows = list(
        csv.DictReader((tmp_path / "out" / "timetable.csv").read_text(encoding="utf-8-sig").splitlines())
    )
    assert sum(int(row["people"]) for row in rows) == told["brought_out"]
    assert {row["modelled"] for row in rows} == {"模型 modelled"}
    (tmp_path / "b.csv").write_text("名称,座位,经度,纬度\n浙L1,,122.1,30.0\n", encoding="utf-8")
    assert "座位" in str(run().exception)
