"""Bytes of the page: what goes in comes out, borders once, nothing lost."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from shapely.geometry import box

from riskmap.products.map_pack import (
    encode_paths,
    encode_rings,
    pack,
    pack_paths,
    page_block,
    rings_of,
    share_arcs,
    varints,
)
from tests.map_pages import block, integers, paths, shapes, unpack


@pytest.mark.parametrize(
    ("values", "scale"),
    [([1.25, np.nan, -3.5], 100), ([7, 7, 7], 1), ([np.nan, np.nan], 1), ([100_000, -1], 1), ([-128, 127], 1), ([], 1)],
)  # fmt: skip
def test_packing_and_unpacking(values: list[float], scale: float) -> None:
    np.testing.assert_allclose(unpack(pack(np.array(values), scale=scale)), values, rtol=1e-12)


@given(
    arrays(
        np.float64,
        array_shapes(min_dims=1, max_dims=3, max_side=5),
        elements=st.integers(-40_000, 40_000) | st.just(np.nan),
    )
)
def test_every_array_comes_back(values: np.ndarray) -> None:  # type: ignore[type-arg]
    np.testing.assert_array_equal(unpack(pack(values)), values.ravel())


@given(st.lists(st.integers(-(2**26), 2**26), max_size=30))
def test_every_whole_number_comes_back(numbers: list[int]) -> None:
    assert integers(varints(np.array(numbers, np.int64))) == numbers


def test_a_dot_is_no_path_and_a_hole_is_one() -> None:
    dot = box(120, 30, 120.00001, 30.00001)
    assert pack_paths(dot)["n"] == 0
    ring = box(120, 30, 121, 31).difference(box(120.4, 30.4, 120.6, 30.6))
    assert pack_paths(ring)["n"] == 2
    assert pack_paths(shapely.Point(120, 30))["n"] == 0


def test_paths_come_back() -> None:
    lines = shapely.from_wkt("MULTILINESTRING ((118 29, 120 30, 119.5 28), (-1 -2, 0 0))")
    assert paths(pack_paths(lines)) == [
        [(1180000, 290000), (1200000, 300000), (1195000, 280000)], [(-10000, -20000), (0, 0)],
    ]  # fmt: skip


def test_a_block_of_the_page_comes_back() -> None:
    data = {"words": ["</script>", "雨"], "n": {"d": b"\x00\xff"}, "m": {"p": b"abc"}}
    page = page_block(data, identity="data")
    assert block(page) == data
    assert "</script>" not in page[:-9]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=12),
)
def test_regions_come_back_from_their_shared_borders(cells: list[tuple[int, int, int]]) -> None:
    """Squares of a board given to owners at random: islands, holes, regions within regions."""
    owner = {(x, y): who for x, y, who in cells}
    regions = [
        shapely.union_all(parts)
        for who in range(5)
        if (parts := [box(120 + x, 30 + y, 121 + x, 31 + y) for (x, y), o in owner.items() if o == who])
    ]
    # a coverage: neighbours meet in the same points
    whole = [shapely.segmentize(region, 1.0) for region in regions]
    rings = [rings_of(region) for region in whole]
    arcs, refs = share_arcs(rings)
    found = shapes({"code": regions, "arcs": encode_paths(arcs), "rings": encode_rings(refs)})
    for ours, theirs in zip(found, rings, strict=True):
        assert [_turned(r) for r in ours] == [_turned([tuple(p) for p in r.tolist()]) for r in theirs]
    edges = [frozenset(map(tuple, edge)) for arc in arcs for edge in pairwise(arc.tolist())]
    assert len(edges) == len(set(edges))


def _turned(ring: list[tuple[int, int]]) -> list[tuple[int, int]]:
    start = ring.index(min(ring))
    return ring[start:] + ring[:start]
