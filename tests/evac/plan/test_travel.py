"""Distances by road against a slow twin, and routes that differ."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evac.plan.roads import closed
from evac.plan.routes import routes
from evac.plan.travel import attach, travel
from riskmap.errors import DataError
from tests.evac.plan.towns import degrees, grid_town, node_at, town, way


def arcs_of(found):
    return {
        (int(a), int(b)): float(c)
        for a, b, c in zip(found.origin, found.destination, found.cost, strict=True)
    }


def test_both_on_one_link_and_round_a_one_way_block():
    block = town(way((0, 0), (100, 0), (100, 100), (0, 100), (0, 0), oneway=1))
    home, shelter = degrees((20, 0)), degrees((70, 0))
    assert arcs_of(travel(block, home, shelter, 1000))[0, 0] == pytest.approx(50, rel=1e-3)
    assert arcs_of(travel(block, shelter, home, 1000))[0, 0] == pytest.approx(350, rel=1e-3)
    assert arcs_of(travel(block, shelter, home, 1000, on_foot=True))[0, 0] == pytest.approx(50, rel=1e-3)


def test_the_way_to_the_road_counts():
    road = town(way((0, 0), (1000, 0)))
    found = travel(road, degrees((100, 30)), degrees((600, -40)), 2000)
    assert arcs_of(found)[0, 0] == pytest.approx(570, rel=1e-3)
    seconds = travel(road, degrees((100, 30)), degrees((600, -40)), 2000, weight="seconds")
    assert arcs_of(seconds)[0, 0] == pytest.approx(500 / 10 + 70 / 1.2, rel=1e-3)


def test_beyond_the_reach_and_beyond_within_there_is_no_arc():
    road = town(way((0, 0), (4000, 0)))
    found = travel(road, degrees((0, 0), (0, 3000)), degrees((3900, 0), (500, 0)), 1000)
    assert list(arcs_of(found)) == [(0, 1)]
    assert found.no_road_from.tolist() == [1]
    assert found.no_road_to.tolist() == []


def test_a_closed_road_is_neither_used_nor_attached_to():
    network = town(
        way((0, 0), (1000, 0)), way((0, 300), (1000, 300)), way((0, 0), (0, 300)), way((1000, 0), (1000, 300))
    )
    shut = closed(network, (network.line == 0))
    home, shelter = degrees((500, 290)), degrees((1000, 10))
    assert arcs_of(travel(network, home, shelter, 5000))[0, 0] == pytest.approx(10 + 500 + 290, rel=1e-3)
    assert arcs_of(travel(shut, home, degrees((990, 0)), 5000))[0, 0] == pytest.approx(820, rel=1e-2)
    cut_off = travel(
        shut, home, degrees((500, 0)), 5000
    )  # its road is under water, and no other is beside it
    assert arcs_of(cut_off) == {}
    assert cut_off.no_road_to.tolist() == [0]


def test_a_point_without_a_place_is_refused():
    with pytest.raises(DataError, match="point 1"):
        attach(grid_town(2, 2), [[121.0, 28.0], [np.nan, 28.0]])


def slow(network, start):
    """Metres from a node to each, the obvious way."""
    best = {start: 0.0}
    heap = [(0.0, start)]
    while heap:
        d, node = heapq.heappop(heap)
        if d > best[node]:
            continue
        for link in np.flatnonzero((network.start == node) & (network.speed > 0)):
            there, cost = int(network.end[link]), d + float(network.length[link])
            if cost < best.get(there, np.inf):
                best[there] = cost
                heapq.heappush(heap, (cost, there))
    return best


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_arcs_are_the_slow_twin_s(data):
    network = grid_town(4, 3)
    shut = data.draw(st.lists(st.booleans(), min_size=network.links, max_size=network.links))
    network = closed(network, np.array(shut) & (np.arange(network.links) % 3 == 0))
    corners = [(x * 500, y * 500) for x in range(4) for y in range(3)]
    homes = data.draw(st.lists(st.sampled_from(corners), min_size=1, max_size=4))
    goals = data.draw(st.lists(st.sampled_from(corners), min_size=1, max_size=4))
    # corners lie on several links: attach() may choose any open one, and all ways begin at the corner
    arcs = travel(network, degrees(*homes), degrees(*goals), 3000)
    found, cut, cut_to = arcs_of(arcs), set(arcs.no_road_from), set(arcs.no_road_to)
    for places, off in ((homes, cut), (goals, cut_to)):
        at = [node_at(network, *place) for place in places]
        shut_in = [
            n
            for n, node in enumerate(at)
            if not network.speed[(network.start == node) | (network.end == node)].any()
        ]
        assert off == set(shut_in)
    for a, home in enumerate(homes):
        twin = slow(network, node_at(network, *home))
        for b, goal in enumerate(goals):
            metres = twin.get(node_at(network, *goal), np.inf)
            if a in cut or b in cut_to:
                metres = np.inf
            if metres < 2999:
                assert found[a, b] == pytest.approx(metres, abs=1.0)
            else:
                assert (a, b) not in found


def test_routes_differ_and_have_no_loop():
    network = grid_town(4, 4)
    goal = node_at(network, 1500, 1500)
    found = routes(network, node_at(network, 0, 0), [goal], 3)
    assert len({route.links for route in found}) == 3
    assert found[0].seconds == pytest.approx(300, rel=1e-3)
    for route in found:
        nodes = [int(network.start[route.links[0]]), *network.end[list(route.links)].tolist()]
        assert len(set(nodes)) == len(nodes)
        assert nodes[-1] == goal
    assert set(found[0].links) != set(found[1].links)


def test_of_two_roads_between_the_same_junctions_the_other_one_is_the_next_route():
    network = town(way((0, 0), (1000, 0)), way((0, 0), (500, 500), (1000, 0)))
    found = routes(network, node_at(network, 0, 0), [node_at(network, 1000, 0)], 2)
    assert [round(route.metres) for route in found] == pytest.approx([1000, 1414], abs=2)
    assert not set(found[0].links) & set(found[1].links)


def test_the_k_shortest_are_all_there_are_in_order():
    ladder = grid_town(3, 2)
    found = routes(ladder, node_at(ladder, 0, 0), [node_at(ladder, 1000, 500)], 9, apart=False)
    # of a ladder with two fields: three ways of three sides, one of five
    assert [round(route.metres) for route in found] == pytest.approx([1500, 1500, 1500, 2500], abs=2)


def test_no_route_is_none_and_a_foreign_node_is_refused():
    network = town(way((0, 0), (100, 0)), way((0, 500), (100, 500)))
    assert routes(network, node_at(network, 0, 0), [node_at(network, 0, 500)], 3) == ()
    with pytest.raises(DataError, match="not in the network"):
        routes(network, 0, [99], 3)
