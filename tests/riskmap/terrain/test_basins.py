"""Basins and small watersheds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.terrain.basins import basins, small_watersheds
from riskmap.terrain.streams import Network
from riskmap.terrain.tiled_flow import NO_DATA
from tests.riskmap.terrain.flow_oracle import chain, flooded, random_ground

CELL = 900.0


def case(seed: int, holes: float = 0.05) -> tuple[np.ndarray, np.ndarray, Network]:
    filled, codes = flooded(random_ground(np.random.default_rng(seed), 16, 14, holes=holes))
    return filled, codes, Network.of(codes, dx=30.0, dy=30.0)


@given(st.integers(0, 2**31))
def test_a_basin_is_all_that_drains_to_its_outlet(seed: int) -> None:
    _, codes, network = case(seed)
    label = basins(network)
    ends = {cell: chain(codes, *cell)[-1] for cell in map(tuple, np.argwhere(codes != NO_DATA).tolist())}
    assert np.array_equal(label > 0, codes != NO_DATA)
    assert all(label[cell] == label[end] for cell, end in ends.items())
    assert len(set(ends.values())) == label.max()


@given(st.integers(0, 2**31))
def test_given_outlets_own_what_is_above_them_up_to_the_next(seed: int) -> None:
    _, codes, network = case(seed)
    outlets = (np.random.default_rng(seed).random(codes.shape) < 0.05) & (codes != NO_DATA)
    label = basins(network, outlets)
    numbers = dict(zip(map(tuple, np.argwhere(outlets).tolist()), range(1, 999), strict=False))
    for cell in map(tuple, np.argwhere(codes != NO_DATA).tolist()):
        met = [c for c in chain(codes, *cell) if outlets[c]]
        assert label[cell] == (numbers[met[0]] if met else 0)


def test_the_library_of_others_has_the_same_basins() -> None:
    pyflwdir = pytest.importorskip("pyflwdir")
    _, codes = flooded(random_ground(np.random.default_rng(8), 60, 70))
    theirs = pyflwdir.from_array(np.where(codes == NO_DATA, 247, codes).astype(np.uint8), ftype="d8").basins()
    ours = basins(Network.of(codes, dx=30.0, dy=30.0))
    ground = codes != NO_DATA
    pairs = {(a, b) for a, b in zip(ours[ground].tolist(), theirs[ground].tolist(), strict=True)}
    assert len(pairs) == ours.max() == len(np.unique(theirs[ground]))


@pytest.mark.slow
@given(st.integers(0, 2**31), st.integers(2, 60), st.integers(0, 3))
def test_watersheds_are_a_partition_below_the_limit(seed: int, most: int, strip: int) -> None:
    filled, codes, network = case(seed)
    slope = np.where(codes == NO_DATA, np.nan, 0.25).astype(np.float32)
    label, table = small_watersheds(network, filled, slope, max_area=most * CELL, least_strip=strip * CELL)
    ground = codes != NO_DATA
    assert np.array_equal(label > 0, ground)
    count = np.bincount(label[ground], minlength=table.sizes["watershed"] + 1)[1:]
    assert np.all(count > 0)
    assert np.array_equal(table["area"], count * CELL)
    assert count.max() < most
    assert table["mean_slope"].values == pytest.approx(0.25)
    column = {name: table[name].values for name in table}
    for n in range(table.sizes["watershed"]):
        inside = label == n + 1
        outlet = (int(column["outlet_row"][n]), int(column["outlet_column"][n]))
        assert label[outlet] == n + 1
        assert column["mean_elevation"][n] == pytest.approx(filled[inside].mean(dtype=float), rel=1e-5)
        after = chain(codes, *outlet)[1:]
        assert column["downstream"][n] == (label[after[0]] if after else 0)
        if not column["joined"][n]:  # all of it drains to its outlet, without leaving it
            for cell in map(tuple, np.argwhere(inside).tolist()):
                way = chain(codes, *cell)
                assert all(label[c] == n + 1 for c in way[: way.index(outlet) + 1])
    if strip == 0:
        assert not table["joined"].any()


def test_the_longest_way_and_its_drop() -> None:
    codes = np.array([[1, 1, 1, 0], [255, 128, 255, 255]], np.uint8)
    ground = np.array([[9.0, 7.0, 4.0, 1.0], [np.nan, 12.0, np.nan, np.nan]])
    network = Network.of(codes, dx=3.0, dy=4.0)
    _, table = small_watersheds(network, ground, ground * 0 + 0.5, max_area=1e9, least_strip=0.0)
    assert table["main_length"].values.tolist() == [9.0]
    assert table["main_drop"].values.tolist() == [8.0]
    assert table["main_slope"].values == pytest.approx([8.0 / 9.0])
    _, table = small_watersheds(network, ground, ground * 0 + 0.5, max_area=40.0, least_strip=0.0)
    assert table.sizes["watershed"] == 2
    assert sorted(table["downstream"].values.tolist()) == [0, 2]


def test_a_way_that_begins_in_a_pit_drops_by_nothing() -> None:
    codes = np.array([[1, 1, 1, 0]], np.uint8)
    ground = np.array([[2.0, 7.0, 6.0, 5.0]])  # the first cell was filled to 7 before it was pointed on
    _, table = small_watersheds(
        Network.of(codes, dx=3.0, dy=4.0), ground, ground * 0 + 0.5, max_area=1e9, least_strip=0.0
    )
    assert table["main_drop"].values.tolist() == [0.0]


def test_small_parts_of_the_coast_are_joined() -> None:
    """Eight rows that each drain off to the east: strips, but never over the limit."""
    codes = np.full((8, 3), 1, np.uint8)
    ground = np.tile([3.0, 2.0, 1.0], (8, 1))
    network = Network.of(codes, dx=1.0, dy=1.0)
    label, table = small_watersheds(network, ground, ground * 0, max_area=100.0, least_strip=5.0)
    assert table.sizes["watershed"] == 1
    assert bool(table["joined"].all())
    assert np.all(label == 1)
    _, table = small_watersheds(network, ground, ground * 0, max_area=10.0, least_strip=5.0)
    assert float(table["area"].max()) < 10.0
    assert float(table["area"].sum()) == 24.0


def test_arrays_that_do_not_fit_are_refused() -> None:
    filled, _, network = case(1)
    with pytest.raises(DataError, match="slope"):
        small_watersheds(network, filled, filled[:3])
    with pytest.raises(DataError, match="outlets"):
        basins(network, np.zeros((2, 2), bool))
