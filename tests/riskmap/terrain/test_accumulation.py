"""What drains through each cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.terrain.accumulation import accumulate, downstream_index, flow_order, round_to_sum
from riskmap.terrain.tiled_flow import NO_DATA
from tests.riskmap.terrain.flow_oracle import flooded, random_ground, slow_sum


@given(st.integers(0, 2**31), st.integers(1, 14), st.integers(1, 14))
def test_counts_are_those_of_every_chain(seed: int, rows: int, columns: int) -> None:
    _, codes = flooded(random_ground(np.random.default_rng(seed), rows, columns))
    assert np.array_equal(accumulate(codes, workers=1), slow_sum(codes))


@given(st.integers(0, 2**31), st.integers(1, 7), st.integers(1, 7), st.integers(1, 3))
def test_tiles_and_threads_change_nothing(seed: int, high: int, wide: int, workers: int) -> None:
    rng = np.random.default_rng(seed)
    _, codes = flooded(random_ground(rng, 17, 13))
    weights = rng.random(codes.shape) * 900.0
    assert np.array_equal(accumulate(codes, tile=(high, wide), workers=workers), accumulate(codes, workers=1))
    whole = accumulate(codes, weights, workers=1)
    assert np.array_equal(accumulate(codes, weights, tile=(high, wide)), whole, equal_nan=True)
    assert np.array_equal(accumulate(codes, weights, workers=workers), whole, equal_nan=True)


@given(st.integers(0, 2**31))
def test_what_leaves_is_all_the_ground(seed: int) -> None:
    _, codes = flooded(random_ground(np.random.default_rng(seed), 15, 15))
    here = np.arange(codes.size).reshape(codes.shape)
    leaves = (downstream_index(codes) == here) & (codes != NO_DATA)
    assert accumulate(codes)[leaves].sum() == np.count_nonzero(codes != NO_DATA)


def test_weights_are_summed() -> None:
    rng = np.random.default_rng(3)
    _, codes = flooded(random_ground(rng, 20, 20))
    weights = rng.random(codes.shape)
    found = accumulate(codes, weights)
    assert np.array_equal(np.isnan(found), codes == NO_DATA)
    ground = codes != NO_DATA
    assert found[ground] == pytest.approx(slow_sum(codes, weights)[ground], abs=1e-12)


def test_weights_of_rows_are_those_of_cells() -> None:
    _, codes = flooded(random_ground(np.random.default_rng(4), 9, 6))
    rows = np.linspace(700.0, 900.0, 9)[:, None]
    assert np.array_equal(
        accumulate(codes, rows), accumulate(codes, np.broadcast_to(rows, codes.shape)), equal_nan=True
    )


def test_a_weight_outside_the_ground_does_not_count() -> None:
    codes = np.array([[1, 0, NO_DATA]], np.uint8)
    assert accumulate(codes, np.array([[1.0, 2.0, np.nan]]))[0, :2].tolist() == [1.0, 3.0]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.randoms())
def test_rounded_numbers_add_up_in_any_order(values: list[float], shuffle: object) -> None:
    given_values = np.array(values)
    rounded = round_to_sum(given_values, float(np.abs(given_values).max()), len(values))
    assert np.abs(rounded - given_values).max() <= np.abs(given_values).max() * len(values) * 2.0**-52
    mixed = rounded.tolist()
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    one = other = 0.0
    for a, b in zip(rounded.tolist(), mixed, strict=True):
        one, other = one + a, other + b
    assert one == other


@given(st.integers(0, 2**31))
def test_the_order_has_each_cell_before_the_one_below(seed: int) -> None:
    _, codes = flooded(random_ground(np.random.default_rng(seed), 12, 9))
    order, below = flow_order(codes), downstream_index(codes).ravel()
    assert sorted(order.tolist()) == np.flatnonzero(codes != NO_DATA).tolist()
    place = np.zeros(codes.size, int)
    place[order] = np.arange(len(order))
    assert np.all((place[order] < place[below[order]]) | (below[order] == order))


def test_the_library_of_others_has_the_same_counts() -> None:
    pyflwdir = pytest.importorskip("pyflwdir")
    _, codes = flooded(random_ground(np.random.default_rng(8), 60, 70))
    theirs = pyflwdir.from_array(np.where(codes == NO_DATA, 247, codes).astype(np.uint8), ftype="d8")
    upstream = theirs.upstream_area("cell")
    ground = codes != NO_DATA
    assert np.array_equal(accumulate(codes)[ground], upstream[ground])


@pytest.mark.parametrize("tile", [None, (1, 3), (2, 1)])
def test_a_circle_is_named(tile: tuple[int, int] | None) -> None:
    codes = np.array([[1, 4, 0], [64, 16, 16]], np.uint8)
    with pytest.raises(DataError, match="circle"):
        accumulate(codes, tile=tile, workers=1)
    if tile is None:
        with pytest.raises(DataError, match="row 0, column 0"):
            flow_order(codes)


def test_what_is_no_direction_is_refused() -> None:
    with pytest.raises(DataError, match="found 3, 247"):
        accumulate(np.array([[3, 1, 247]], np.uint8))
    with pytest.raises(DataError, match="uint8"):
        accumulate(np.array([[1, 2]]))  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"uint8 \(0, 4\)"):
        accumulate(np.empty((0, 4), np.uint8))
    with pytest.raises(DataError, match="another shape"):
        accumulate(np.array([[1, 2]], np.uint8), np.ones((3, 3)))
    with pytest.raises(DataError, match="finite"):
        accumulate(np.array([[1, 2]], np.uint8), np.array([[1.0, np.inf]]))


def test_a_single_cell_and_no_ground_at_all() -> None:
    assert accumulate(np.array([[4]], np.uint8)).tolist() == [[1]]
    assert accumulate(np.full((2, 2), NO_DATA, np.uint8), tile=(1, 1)).tolist() == [[-1, -1], [-1, -1]]
    assert len(flow_order(np.full((2, 2), NO_DATA, np.uint8))) == 0
