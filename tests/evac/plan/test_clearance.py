"""Clearances worked out by hand, laws that hold for every network, and bad input."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.plan.clearance import Stuck, clear, in_words
from evac.plan.departures import Departures, departures_at, in_waves
from evac.plan.roads import closed, reversed_lanes
from riskmap.errors import DataError
from tests.evac.plan.towns import degrees, grid_town, node_at, town, way

PERSONS = 2.5  # in a vehicle, roads.toml


def people_at(*groups, ready=0):
    """(node, people) -> departures."""
    nodes, people = np.array([g[0] for g in groups], np.int64), np.array([g[1] for g in groups], np.int64)
    none = np.full(len(groups), -1, np.int64)
    return Departures(
        tuple(f"村{n}" for n in range(len(groups))), nodes, people, np.zeros_like(nodes) + ready, none
    )


def two_roads():
    """From A to B: 60 s with 10 persons a minute, and 180 s with 20."""
    short = way((0, 0), (600, 0), speed=36, capacity=10 * 60 / PERSONS, oneway=1)
    long = way((0, 0), (300, 855.0), (600, 0), speed=36, capacity=20 * 60 / PERSONS, oneway=1)
    network = town(short, long)
    assert np.ceil(network.seconds).astype(int).tolist() in ([60, 182], [61, 182])
    return replace(network, length=np.array([600.0, 1800.0]))


@pytest.mark.slow
def test_two_roads_by_hand():
    """By 240 s the short road has brought 4 x 10 and the long one 2 x 20; by 300 s 5 x 10 and 3 x 20, so 100 are out.

    This is Ford and Fulkerson's maximal dynamic flow (1958): over T the sum over paths of capacity x (T - time + 1).
    """
    network = two_roads()
    a, b = node_at(network, 0, 0), node_at(network, 600, 0)
    done = clear(network, people_at((a, 100)), [b], step=60, exact=True)
    assert done.out_by([59, 60, 180, 240, 300]).tolist() == [0, 10, 50, 80, 100]
    assert (done.lower.seconds, done.finish, done.gap) == (300, 300, 0)
    assert set(done.lower.links) == {0, 1}
    assert done.loads().tolist() == [50, 50]


def test_one_more_person_takes_another_minute():
    network = two_roads()
    a, b = node_at(network, 0, 0), node_at(network, 600, 0)
    assert clear(network, people_at((a, 110)), [b], step=60).lower.seconds == 300
    assert clear(network, people_at((a, 111)), [b], step=60).lower.seconds == 360


def test_a_bottleneck_is_named():
    """Two villages join before a bridge of 12 persons a minute."""
    wide = {"capacity": 6000.0, "oneway": 1}
    network = town(
        way((0, 0), (1000, 0), **wide), way((0, 600), (1000, 0), **wide), way((1000, 0), (1600, 0), capacity=12 * 60 / PERSONS, oneway=1, name="老桥"),
        way((1600, 0), (3000, 0), **wide),
    )  # fmt: skip
    groups = people_at((node_at(network, 0, 0), 120), (node_at(network, 0, 600), 120))
    done = clear(network, groups, [node_at(network, 3000, 0)], step=60, exact=True)
    assert [network.name_of(link) for link in done.lower.links] == ["老桥"]
    # 240 persons are 20 slots; the first comes to the bridge after 100 s, in slot 1: the last enters in slot 20
    assert done.finish == pytest.approx(20 * 60 + 200, abs=2)
    assert done.lower.seconds == pytest.approx(done.finish, abs=2)


def test_waves_set_out_later_and_the_bound_knows():
    network = two_roads()
    a, b = node_at(network, 0, 0), node_at(network, 600, 0)
    groups = in_waves(people_at((a, 50), (a, 50)), [2.0, 1.0], 2, 3600)
    assert groups.ready.tolist() == [3600, 0]
    done = clear(network, groups, [b], step=60)
    assert done.leaves[done.group == 0].min() >= 3600
    assert done.lower.seconds > 3600
    assert done.finish >= done.lower.seconds


def test_a_road_that_closes_takes_nobody_afterwards():
    network = two_roads()
    shut = replace(network, open_until=np.array([130.0, np.inf]))
    a, b = node_at(network, 0, 0), node_at(network, 600, 0)
    done = clear(shut, people_at((a, 100)), [b], step=60, exact=True)
    assert done.loads().tolist() == [
        20,
        80,
    ]  # entered at 0 and 60 s: at 120 s one would still be on it at 130 s
    assert done.lower.seconds == done.finish == 180 + 3 * 60
    both = replace(network, open_until=np.array([130.0, 190.0]))
    left = clear(both, people_at((a, 100)), [b], step=60)
    assert left.out == 40
    (line,) = left.left
    assert (line.people, line.why) == (60, Stuck.TOO_LATE)
    assert line.name == "村0"


def test_rooms_of_exits_and_goals_of_their_own():
    network = grid_town(3, 1, capacity=6000.0)
    west, middle, east = (node_at(network, x, 0) for x in (0, 500, 1000))
    done = clear(network, people_at((middle, 100)), [west, east], rooms=[30, 50])
    assert sorted(np.bincount(done.goal, weights=done.people, minlength=3)[[west, east]]) == [30, 50]
    assert done.left[0].people == 20
    assert done.finish >= done.lower.seconds
    named = replace(people_at((middle, 100)), goal=np.array([east]))
    assert set(clear(network, named, [west]).goal.tolist()) == {east}


def test_who_has_no_road_or_no_way_is_listed():
    network = town(way((0, 0), (1000, 0)), way((0, 9000), (1000, 9000)))
    groups = departures_at(
        network, degrees((0, 0), (0, 9000), (0, 30_000)), [10, 20, 30], ["通", "断", "无路"]
    )
    done = clear(network, groups, [node_at(network, 1000, 0)])
    assert {(line.name, line.people, line.why) for line in done.left} == {
        ("断", 20, Stuck.NO_WAY), ("无路", 30, Stuck.NO_ROAD),
    }  # fmt: skip
    assert done.out == 10


def test_contraflow_clears_sooner():
    network = grid_town(3, 1, capacity=240.0)
    exit_ = node_at(network, 1000, 0)
    groups = people_at((node_at(network, 0, 0), 300))
    before = clear(network, groups, [exit_], step=60)
    named = np.zeros(network.links, bool)
    named[list(before.lower.links)] = True
    named |= np.isin(np.arange(network.links), before.link)
    after = clear(reversed_lanes(network, named), groups, [exit_], step=60)
    assert after.finish < before.finish * 0.7


@st.composite
def cases(draw):
    network = grid_town(
        draw(st.integers(2, 4)), draw(st.integers(2, 3)), capacity=draw(st.sampled_from([100.0, 333.0]))
    )
    shut = draw(st.lists(st.booleans(), min_size=network.links, max_size=network.links))
    network = closed(network, np.array(shut) & (np.arange(network.links) % 4 == 0))
    node = st.integers(0, network.nodes - 1)
    groups = draw(st.lists(st.tuples(node, st.integers(0, 60)), min_size=1, max_size=4))
    return (
        network,
        people_at(*groups, ready=draw(st.sampled_from([0, 100]))),
        [draw(node)],
        draw(st.booleans()),
    )


@settings(max_examples=40, deadline=None)
@given(cases())
def test_laws(case):
    """Everybody is out or listed; no slot over its capacity; the schedule is never before the bound; the bound names links."""
    network, groups, exits, exact = case
    done = clear(network, groups, exits, step=60, exact=exact)
    assert done.out + sum(line.people for line in done.left) == groups.people.sum()
    assert done.out_by([done.finish])[0] == done.out
    assert done.lower.seconds <= done.finish
    booked = np.zeros((network.links, int(done.entered.max(initial=0)) // 60 + 1))
    np.add.at(booked, (done.link, done.entered // 60), np.repeat(done.people, np.diff(done.first)))
    rate = network.capacity * PERSONS / 60
    assert (booked <= np.ceil(rate)[:, None]).all()
    assert (booked.cumsum(axis=1) <= rate[:, None] * np.arange(1, booked.shape[1] + 1) + 1).all()
    assert not done.loads()[network.capacity == 0].any()


@settings(max_examples=25, deadline=None)
@given(cases(), st.data())
def test_closing_a_link_never_speeds_up_the_bound(case, data):
    network, groups, exits, _ = case
    before = clear(network, groups, exits, step=60)
    one = np.arange(network.links) == data.draw(st.integers(0, network.links - 1))
    after = clear(closed(network, one), groups, exits, step=60)
    if after.out == before.out:  # else fewer people are waited for
        assert after.lower.seconds >= before.lower.seconds
    assert after.out <= before.out or not before.left


def best_by_hand(network, groups, exits, step):
    """The optimum of the same model: a flow on the time-expanded network, by linear programming."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import maximum_flow

    seconds = np.ceil(network.seconds[network.speed > 0]).astype(int)
    assert (seconds % step == 0).all()
    links = np.flatnonzero(network.speed > 0)
    rate = network.capacity * PERSONS * step / 3600
    total = int(groups.people.sum())
    for slots in range(1, 200):
        n = network.nodes
        arcs = [(t * n + v, (t + 1) * n + v, total) for t in range(slots) for v in range(n)]
        for link, s in zip(links, seconds, strict=True):
            for t in range(slots - s // step + 1):
                room = int(np.floor((t + 1) * rate[link] + 1e-9) - np.floor(t * rate[link] + 1e-9))
                arcs.append((t * n + network.start[link], (t + s // step) * n + network.end[link], room))
        source, sink = (slots + 1) * n, (slots + 1) * n + 1
        arcs += [(source, int(v), int(p)) for v, p in zip(groups.node, groups.people, strict=True)]
        arcs += [(slots * n + e, sink, total) for e in exits]
        a, b, c = np.array(arcs).T
        graph = coo_array((c.astype(np.int32), (a, b)), shape=(sink + 1, sink + 1)).tocsr()
        if maximum_flow(graph, source, sink).flow_value == total:
            return slots * step
    raise AssertionError("never")


@pytest.mark.parametrize("seed", range(8))
def test_the_optimum_lies_between_the_bounds(seed):
    rng = np.random.default_rng(seed)
    network = grid_town(4, 3, capacity=240.0)
    network = replace(network, length=np.where(rng.random(network.links) < 0.5, 600.0, 1200.0))
    network = replace(network, capacity=rng.choice([120.0, 240.0, 480.0], network.links))
    groups = people_at(*[(int(v), int(rng.integers(20, 90))) for v in rng.integers(0, network.nodes, 3)])
    exits = [int(v) for v in rng.integers(0, network.nodes, 2)]
    done = clear(network, groups, exits, step=60, exact=True)
    best = best_by_hand(network, groups, exits, 60)
    assert done.lower.seconds <= best <= done.finish
    assert done.gap < 0.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"exits": []}, "no exit"),
        ({"exits": [99]}, "not in the network"),
        ({"exits": [-1]}, "not in the network"),
        ({"rooms": [1, 2]}, "rooms that do not fit"),
        ({"rooms": [-1]}, "rooms that do not fit"),
        ({"step": 0}, "a slot that does not fit"),
    ],
)
def test_bad_questions(change, message):
    network = grid_town(2, 2)
    asked = {"exits": [0], **change}
    with pytest.raises(DataError, match=message):
        clear(network, people_at((1, 5)), **asked)


def test_bad_departures():
    network = grid_town(2, 2)
    with pytest.raises(DataError, match="different lengths"):
        departures_at(network, degrees((0, 0)), [1, 2], ["a", "b"])
    with pytest.raises(DataError, match="cannot be"):
        departures_at(network, degrees((0, 0)), [-1], ["a"])
    with pytest.raises(DataError, match="waves"):
        in_waves(people_at((0, 1)), [0.0], 0, 60)


def test_nobody_takes_no_time():
    network = grid_town(2, 2)
    done = clear(network, people_at((0, 0)), [1])
    assert (done.out, done.finish, done.lower.seconds, done.left) == (0, 0, 0, ())
    at_exit = clear(network, people_at((1, 7)), [1])
    assert (at_exit.out, at_exit.finish, at_exit.lower.seconds) == (7, 0, 0)
    assert in_words(at_exit.finish) == "0 h 00 min"
