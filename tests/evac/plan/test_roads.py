"""The network: where ways are cut, what a link knows, what is found wrong with a file of roads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evac.plan.road_build import Way, build_network
from evac.plan.roads import Condition, Slip, closed, reversed_lanes, road_numbers
from riskmap.errors import DataError
from tests.evac.plan.towns import degrees, grid_town, node_at, town, way


def found(network, slip):
    return [finding.text for finding in network.findings if finding.slip is slip]


def test_ways_are_cut_where_they_share_a_vertex_and_nowhere_else():
    cross = town(way((0, 0), (100, 0), (200, 0)), way((100, 0), (100, 100)))
    assert (cross.nodes, cross.links) == (4, 6)
    bridge = town(way((0, 0), (200, 0)), way((100, -50), (100, 100)))
    assert (bridge.nodes, bridge.links) == (4, 4)
    assert bridge.part.tolist().count(1) == 2


def test_a_way_that_comes_back_to_itself_is_cut_there():
    loop = town(way((0, 0), (100, 0), (100, 100), (50, 50), (100, 0)))
    assert loop.nodes == 2
    assert sorted(loop.length) == pytest.approx([100, 100, 241.42, 241.42], rel=1e-4)


def test_lengths_speeds_and_opposites():
    network = town(way((0, 0), (300, 0), (300, 400), speed=72))
    assert network.length == pytest.approx([700, 700], rel=1e-4)
    assert network.seconds == pytest.approx([35, 35], rel=1e-4)
    assert network.opposite.tolist() == [1, 0]
    assert network.start[0] == network.end[1]
    one = town(way((0, 0), (300, 0), oneway=-1))
    assert one.links == 1
    assert one.start[0] == node_at(one, 300, 0)
    assert one.opposite.tolist() == [-1]


def test_arrays_cannot_be_written():
    network = town(way((0, 0), (300, 0)))
    with pytest.raises(ValueError, match="read-only"):
        network.speed[0] = 1.0


def test_what_the_class_gives_is_said():
    network = build_network([Way(degrees((0, 0), (50, 0)), "tertiary", name="村道")], source="x")
    numbers = road_numbers()
    assert network.speed[0] * 3.6 == pytest.approx(numbers.weights("class_speed")["tertiary"])
    assert network.capacity[0] == numbers.weights("class_capacity")["tertiary"]
    assert len(found(network, Slip.DEFAULT)) == 2
    assert found(town(way((0, 0), (50, 0))), Slip.DEFAULT) == []  # of its own: speed and capacity


def test_disconnected_parts_are_named():
    network = town(way((0, 0), (100, 0), (200, 0)), way((0, 500), (100, 500), name="渡口路"))
    (text,) = found(network, Slip.PART)
    assert "渡口路" in text
    assert "2 nodes" in text
    assert network.part[node_at(network, 0, 500)] == 1


@pytest.mark.parametrize(("gap", "named"), [(8, 1), (40, 0)])
def test_ends_that_nearly_meet_are_named_and_not_joined(gap, named):
    network = town(
        way((0, 0), (100, 0)), way((100 + gap, 0), (300, 0)), way((0, 0), (0, 100)), way((300, 0), (300, 90))
    )
    assert len(found(network, Slip.NEARLY)) == 2 * named
    assert network.part.max() == 1


def test_a_short_spur_does_not_nearly_meet_the_road_it_hangs_on():
    network = town(way((0, 0), (100, 0), (200, 0)), way((100, 0), (105, 5)))
    assert found(network, Slip.NEARLY) == []


def test_no_roads_is_an_error_that_says_so():
    with pytest.raises(DataError, match="no roads"):
        build_network([Way(degrees((0, 0), (0, 0)), "primary")], source="empty.geojson")


def test_a_closed_link_takes_forever():
    network = closed(town(way((0, 0), (100, 0))), np.array([True, False]))
    assert np.isinf(network.seconds).tolist() == [True, False]
    assert network.condition.tolist() == [Condition.CLOSED, Condition.OPEN]


def test_contraflow_moves_lanes_and_makes_none():
    network = grid_town(3, 1)
    named = np.zeros(network.links, bool)
    named[0] = named[network.opposite[0]] = True  # both named: one gains
    after = reversed_lanes(network, named)
    share = road_numbers().share("reversed_share")
    assert sorted(after.capacity.tolist()) == [0, 1000, 1000, 1000 * (1 + share)]
    assert after.capacity.sum() <= network.capacity.sum()
    one_way = replace(network, opposite=np.full(network.links, -1, np.int32))
    assert reversed_lanes(one_way, named).capacity.tolist() == network.capacity.tolist()
