"""The walk that adds up what drains through each cell, against its own source run by the interpreter."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap._kernels import accumulate as kernel
from riskmap.terrain.tiled_flow import NO_DATA
from tests.riskmap.terrain.flow_oracle import downstream, flooded, random_ground, slow_sum


@pytest.fixture
def codes() -> np.ndarray:
    return flooded(random_ground(np.random.default_rng(11), 9, 7))[1]


def run(module: ModuleType, codes: np.ndarray) -> list[np.ndarray]:
    """Every kernel of the file on one field of directions."""
    packed = np.empty_like(codes)
    wrong = module.pack_rows(codes, 0, codes.shape[0], packed)
    total = np.zeros(codes.shape, np.int32)
    module.count_ground(codes, total)
    state = (packed & np.uint8(15)).ravel()
    starts = np.arange(0, codes.size, 3)
    found = np.empty_like(starts)
    assert module.ends(state, codes.shape[1], starts, found)
    more = np.zeros(codes.size, np.int32)
    module.add_inflow(state, codes.shape[1], starts, np.arange(len(starts), dtype=np.int32), more)
    order = np.full(codes.size, -1, np.int32)
    module.order_walk(packed.copy().ravel(), codes.shape[1], order)
    before = packed.copy()
    done = module.walk(packed.ravel(), codes.shape[1], total.ravel())
    forest = np.array([2, 2, 4, 4, -1])
    sums = np.ones(5)
    count = module.sum_forest(forest, sums)
    return [before, total, found, more, order, sums, np.array([wrong, done, count])]


def test_the_compiled_kernels_do_what_their_source_says(
    codes: np.ndarray, interpreted: Callable[[ModuleType], ModuleType]
) -> None:
    compiled = run(kernel, codes)
    with np.errstate(over="ignore"):  # bytes wrap around
        plain = run(interpreted(kernel), codes)
    for one, other in zip(compiled, plain, strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(compiled[1], slow_sum(codes))


@given(st.integers(0, 2**31))
def test_a_packed_byte_has_the_step_and_the_neighbours_above(seed: int) -> None:
    _, codes = flooded(random_ground(np.random.default_rng(seed), 8, 8))
    packed = np.empty_like(codes)
    assert kernel.pack_rows(codes, 0, 8, packed) == 0
    into = np.zeros(codes.shape, int)
    for i, j in np.argwhere(codes != NO_DATA).tolist():
        following = downstream(codes, i, j)
        step = packed[i, j] & 15
        assert step == (8 if following is None else int(codes[i, j]).bit_length() - 1)
        if following is not None:
            into[following] += 1
    assert np.array_equal((packed >> 4)[codes != NO_DATA], into[codes != NO_DATA])
    assert np.all(packed[codes == NO_DATA] == kernel.DONE)


@given(st.integers(0, 2**31))
def test_what_comes_in_reaches_every_cell_of_its_way(seed: int) -> None:
    rng = np.random.default_rng(seed)
    _, codes = flooded(random_ground(rng, 8, 8))
    entries = np.flatnonzero((codes != NO_DATA).ravel() & (rng.random(64) < 0.2))
    weights = np.zeros(64)
    weights[entries] = rng.integers(1, 9, len(entries))
    packed = np.empty_like(codes)
    kernel.pack_rows(codes, 0, 8, packed)
    total = np.zeros(64, np.int64)
    kernel.add_inflow((packed & np.uint8(15)).ravel(), 8, entries, weights[entries].astype(np.int64), total)
    expected = slow_sum(codes, weights.reshape(8, 8))
    assert np.array_equal(total.reshape(8, 8)[codes != NO_DATA], expected[codes != NO_DATA])
