"""Tiles wake for water that can reach them, and rest a step after their last."""

from __future__ import annotations

import numpy as np

from riskmap._kernels import inundation_tiles as kernel


def choose(news: np.ndarray, awake: np.ndarray, *, across: int = 3) -> tuple[set[int], set[int]]:
    n = len(news)
    chosen, resting = np.zeros(n, np.int64), np.zeros(n, np.int64)
    k, r = kernel.choose_tiles(news, across, np.zeros(n, np.uint8), chosen, awake, resting)
    return set(chosen[:k].tolist()), set(resting[:r].tolist())


def test_only_neighbours_on_a_wet_side_wake() -> None:
    for side, neighbour in ((kernel.NORTH, 1), (kernel.SOUTH, 7), (kernel.WEST, 3), (kernel.EAST, 5)):
        news, awake = np.zeros((9, 6), np.int64), np.zeros(9, np.uint8)
        news[4, kernel.WET] = 1
        news[4, side] = 1
        assert choose(news, awake)[0] == {4, neighbour}


def test_water_at_the_end_of_a_row_does_not_wake_the_next_row() -> None:
    news, awake = np.zeros((9, 6), np.int64), np.zeros(9, np.uint8)
    news[2, [kernel.WET, kernel.EAST]] = 1
    news[3, [kernel.WET, kernel.WEST]] = 1
    assert choose(news, awake)[0] == {2, 3}


def test_a_tile_rests_one_step_after_its_last() -> None:
    news, awake = np.zeros((9, 6), np.int64), np.zeros(9, np.uint8)
    awake[0] = 2
    assert choose(news, awake) == ({0}, set())
    assert choose(news, awake) == (set(), {0})
    assert choose(news, awake) == (set(), set())


def test_a_copied_tile_is_the_same_and_nothing_else_is_touched() -> None:
    state = tuple(np.arange(30, dtype=np.float32) + k for k in range(3))
    other = tuple(np.zeros(30, np.float32) for _ in range(3))
    kernel.copy_tiles(np.array([[1, 3, 2, 4]]), np.array([0]), 6, state, other)
    for a, b in zip(state, other, strict=True):
        mask = np.zeros((5, 6), bool)
        mask[1:3, 2:4] = True
        assert np.array_equal(b.reshape(5, 6), np.where(mask, a.reshape(5, 6), 0.0))
