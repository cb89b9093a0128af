"""Streams and watersheds: compiled against their own source."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np

from riskmap._kernels import streams as kernel
from riskmap.terrain.accumulation import accumulate
from riskmap.terrain.streams import Network
from tests.riskmap.terrain.flow_oracle import flooded, random_ground


def run(module: ModuleType) -> list[np.ndarray]:
    """Every kernel of the file on one field of directions."""
    _, codes = flooded(random_ground(np.random.default_rng(2), 11, 9, holes=0.0))
    net = Network.of(codes, dx=20.0, dy=30.0)
    streams = (accumulate(codes) >= 4).ravel()
    size, order, below = codes.size, net.order, net.below
    strahler, count, link = np.zeros(size, np.uint8), np.zeros(size, np.uint8), np.zeros(size, np.int32)
    module.strahler(order, below, streams, strahler)
    module.count_above(order, below, streams, count)
    made = module.number_links(order, below, streams, count, link)
    first, last = np.full(made, -1), np.full(made, -1)
    after, length = np.zeros(made, np.int32), np.zeros(made)
    module.trace_links(order, below, link, 9, *net.steps, first, last, after, length)
    held, cut = np.zeros(size), np.zeros(size, bool)
    module.split(order, below, 11, 9, np.full(11, 600.0), 9000.0, held, cut)
    way, head = np.zeros(size), np.arange(size, dtype=np.int32)
    module.longest_way(order, below, 9, *net.steps, cut, way, head)
    labels = np.where(cut, np.cumsum(cut), 0).astype(np.int32)
    module.carry_up(order, below, labels)
    cost = np.zeros(size)
    module.sum_way(order, below, np.ones(size), cost)
    return [strahler, count, link, first, last, after, length, held, cut, way, head, labels, cost]


def test_the_compiled_kernels_do_what_their_source_says(
    interpreted: Callable[[ModuleType], ModuleType],
) -> None:
    compiled = run(kernel)
    for one, other in zip(compiled, run(interpreted(kernel)), strict=True):
        assert np.array_equal(one, other)
    assert compiled[0].max() == 2
    assert compiled[8].sum() > 3
