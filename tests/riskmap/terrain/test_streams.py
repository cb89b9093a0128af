"""Streams, their order and links, and the time along a way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.terrain.accumulation import accumulate
from riskmap.terrain.streams import (
    Network,
    strahler_order,
    stream_links,
    time_of_travel,
    upstream_area,
    way_to_next,
)
from riskmap.terrain.tiled_flow import NO_DATA
from tests.riskmap.terrain.flow_oracle import chain, flooded, random_ground


def case(seed: int, least: int = 4) -> tuple[np.ndarray, np.ndarray, Network, np.ndarray]:
    filled, codes = flooded(random_ground(np.random.default_rng(seed), 14, 12))
    return filled, codes, Network.of(codes, dx=20.0, dy=30.0), accumulate(codes) >= least


@given(st.integers(0, 2**31))
def test_the_order_follows_from_what_comes_in(seed: int) -> None:
    _, _, network, streams = case(seed)
    order = strahler_order(network, streams)
    assert np.array_equal(order > 0, streams)
    for i, j in np.argwhere(streams).tolist():
        above = [
            order[a, b]
            for a, b in np.argwhere(streams).tolist()
            if (a, b) != (i, j) and network.below[a * 12 + b] == i * 12 + j
        ]
        top = max(above, default=1)
        assert order[i, j] == top + (above.count(top) > 1 and len(above) > 1)


def test_the_library_of_others_has_the_same_order() -> None:
    pyflwdir = pytest.importorskip("pyflwdir")
    _, codes = flooded(random_ground(np.random.default_rng(8), 60, 70))
    streams = accumulate(codes) >= 10
    theirs = pyflwdir.from_array(np.where(codes == NO_DATA, 247, codes).astype(np.uint8), ftype="d8")
    ours = strahler_order(Network.of(codes, dx=30.0, dy=30.0), streams)
    assert np.array_equal(ours[streams], theirs.stream_order(mask=streams)[streams])


@given(st.integers(0, 2**31))
def test_links_tile_the_streams(seed: int) -> None:
    filled, codes, network, streams = case(seed)
    area = upstream_area(codes, dx=20.0, dy=30.0)
    link, table = stream_links(network, streams, filled, area)
    assert np.array_equal(link > 0, streams)
    assert np.array_equal(np.unique(link[streams]), table["link"])
    steps = way_to_next(network)
    for n in range(table.sizes["link"]):
        one = table.isel(link=n)
        way = chain(codes, int(one["row"]), int(one["column"]))
        inside = [cell for cell in way if link[cell] == n + 1]
        assert inside == way[: len(inside)]
        assert inside[-1] == (int(one["end_row"]), int(one["end_column"]))
        assert len(inside) == np.count_nonzero(link == n + 1)
        following = way[len(inside)] if len(way) > len(inside) else None
        assert int(one["downstream"]) == (0 if following is None else link[following])
        assert float(one["length"]) == pytest.approx(sum(steps[cell] for cell in inside))
        assert float(one["drop"]) == pytest.approx(filled[inside[0]] - filled[following or inside[-1]])
        assert float(one["upstream_area"]) == area[inside[-1]]


@given(st.integers(0, 2**31))
def test_the_time_is_the_sum_along_the_way(seed: int) -> None:
    _, codes, network, _ = case(seed)
    speed = np.random.default_rng(seed).random(codes.shape) + 0.1
    time, steps = time_of_travel(network, speed), way_to_next(network)
    assert np.array_equal(np.isnan(time), codes == NO_DATA)
    for i, j in np.argwhere(codes != NO_DATA)[::9].tolist():
        assert time[i, j] == pytest.approx(sum(steps[c] / speed[c] for c in chain(codes, i, j)))


def test_steps_have_the_sides_of_their_cells() -> None:
    codes = np.array([[1, 2, 255], [4, 255, 0], [0, 16, 64]], np.uint8)
    network = Network.of(codes, dx=[3.0, 6.0, 8.0], dy=4.0)
    expected = [[3.0, 5.0, np.nan], [4.0, np.nan, 0.0], [0.0, 8.0, 4.0]]
    assert np.array_equal(way_to_next(network), expected, equal_nan=True)


def test_what_does_not_fit_is_refused() -> None:
    _, _, network, streams = case(1)
    with pytest.raises(DataError, match="another shape"):
        strahler_order(network, streams[:3])
    with pytest.raises(DataError, match="above 0"):
        time_of_travel(network, np.zeros(network.shape))
