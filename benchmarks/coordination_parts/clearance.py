"""Clearance of 100,000 people on a network of 20,000 links, made up: streets between bent corners, every tenth a main road."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np

from benchmarks.harness import Record
from evac.plan.clearance import clear
from evac.plan.departures import Departures
from evac.plan.road_build import Way, build_network
from evac.plan.roads import RoadNetwork

CLAIMS = ("clearance_seconds",)
SIDE, FEW_SIDE = 71, 24
PEOPLE, FEW = 100_000, 5_000
PLACES = 500
STREET = 0.004  # degrees, about 400 m
EXITS = 8


def streets(side: int) -> RoadNetwork:
    """Streets in both directions between ``side`` times ``side`` corners."""
    rng = np.random.default_rng(1)
    corners = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1) + rng.uniform(
        -0.2, 0.2, (side, side, 2)
    )
    spots = np.array([121.0, 28.0]) + STREET * corners
    ways = [
        Way(np.stack(ends), "primary" if n % 10 == 0 else "tertiary" if n % 5 == 0 else "unclassified")
        for lines in (spots, spots.transpose(1, 0, 2))
        for n, line in enumerate(lines)
        for ends in pairwise(line)
    ]
    return build_network(ways, source="streets", synthetic=True)


def crowd(network: RoadNetwork, people: int) -> tuple[Departures, list[int]]:
    """People in many places, and exits at corners and main roads of the rim."""
    rng = np.random.default_rng(2)
    places = min(PLACES, network.nodes // 2)
    node = rng.choice(network.nodes, places, replace=False).astype(np.int64)
    many = rng.multinomial(people, np.full(places, 1 / places)).astype(np.int64)
    none = np.zeros(places, np.int64)
    rim = np.hypot(network.longitude - network.longitude.mean(), network.latitude - network.latitude.mean())
    ways_out = np.bincount(network.start, weights=network.capacity, minlength=network.nodes)
    exits = np.lexsort((-ways_out, -(rim > np.quantile(rim, 0.9)).astype(int)))[:EXITS]
    return Departures(tuple(map(str, node)), node, many, none, none - 1), [int(e) for e in exits]


def measure(*, quick: bool = False) -> list[Record]:
    """Wall time of the whole clearance, bound included, after one that compiles."""
    network = streets(FEW_SIDE if quick else SIDE)
    people = FEW if quick else PEOPLE
    small = streets(6)
    clear(small, *crowd(small, 50))
    groups, exits = crowd(network, people)
    start = time.perf_counter()
    done = clear(network, groups, exits)
    seconds = time.perf_counter() - start
    if done.out != people or done.left:
        raise RuntimeError(f"{done.out} of {people} out")
    note = (
        f"{network.links:,} links, {people:,} people of {len(groups.names)} places to {len(exits)} exits; out in {done.finish / 3600:.2f} h, bound "
        f"{done.lower.seconds / 3600:.2f} h, {done.gap:.1%} above it; {len(done.group):,} batches, {done.searches:,} searches"
    )
    return [Record(CLAIMS[0], seconds, "s", note=note)]
