"""What single cells do: volumes that come, leave and stay, against sums by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap._kernels import inundation_cells as kernel

AREA = np.array([100.0, 50.0, 200.0])
PLACES = np.array([0, 2, 4])


def cells(*depths: float) -> tuple[np.ndarray, np.ndarray]:
    h = np.zeros(5, np.float32)
    h[PLACES] = depths
    return h, np.zeros(5, np.float32)


def water(h: np.ndarray, rest: np.ndarray) -> float:
    return float(((h.astype(np.float64) - rest)[PLACES] * AREA).sum())


def test_many_small_inflows_are_not_lost_beside_deep_water() -> None:
    h, rest = cells(30.0, 30.0, 30.0)
    before = water(h, rest)
    came = sum(kernel.pour(PLACES, AREA, np.full(3, 1e-6), 1.0, h, rest) for _ in range(10_000))
    assert came == pytest.approx(0.03, rel=1e-9)
    assert water(h, rest) - before == pytest.approx(0.03, rel=1e-5)


@given(st.lists(st.floats(0.0, 3.0), min_size=3, max_size=3), st.floats(0.0, 500.0))
def test_a_drain_takes_no_more_than_there_is_and_a_pump_loses_nothing(
    depths: list[float], most: float
) -> None:
    h, rest = cells(*depths)
    before = water(h, rest)
    left = kernel.drain(PLACES[:1], np.array([-1]), AREA[:1], AREA[:1], np.array([most]), 1.0, h, rest)
    assert left == pytest.approx(min(most, np.float64(np.float32(depths[0])) * 100.0))
    assert water(h, rest) == pytest.approx(before - left, abs=1e-9)
    moved = kernel.drain(PLACES[1:2], PLACES[2:], AREA[1:2], AREA[2:], np.array([most]), 1.0, h, rest)
    assert moved == 0.0
    assert water(h, rest) == pytest.approx(before - left, abs=1e-9)
    assert h.min() >= 0.0


def test_an_open_edge_lets_normal_depth_out() -> None:
    h, rest = cells(0.5, 0.0, 0.0)
    one, n, slope = np.array([10.0]), np.array([0.03]), np.array([0.01])
    left = kernel.release(PLACES[:1], AREA[:1], one, slope, n, 0.1, h, rest)
    assert left == pytest.approx(0.1 * 10.0 * 0.5 ** (5 / 3) * 0.1 / 0.03)
    assert kernel.release(PLACES[:1], AREA[:1], one, slope, n, 1e9, h, rest) == pytest.approx(50.0 - left)
    assert water(h, rest) == pytest.approx(0.0, abs=1e-9)


def test_a_held_level_accounts_for_both_ways() -> None:
    h, rest = cells(1.0, 0.2, 0.0)
    came, left = kernel.hold(PLACES, AREA, np.array([0.0, 0.0, 2.0]), np.full(3, 0.5), h, rest)
    assert (came, left) == (pytest.approx(0.3 * 50.0), pytest.approx(0.5 * 100.0))
    assert h[PLACES].tolist() == [0.5, 0.5, 0.0]


@pytest.mark.slow
@given(st.lists(st.floats(0.0, 2.0), min_size=3, max_size=3), st.integers(1, 200))
def test_channels_keep_their_water_and_never_hold_less_than_none(depths: list[float], steps: int) -> None:
    h, rest = cells(*depths)
    before = water(h, rest)
    floor, capacity = np.array([20.0, 10.0, 40.0]), np.array([20.0, 5.0, 60.0])
    volume, flow, nan = np.zeros(3), np.zeros(2), np.full(3, np.nan)
    for _ in range(steps):
        came, left = kernel.channel_step(
            PLACES, AREA, floor, capacity, np.array([-1.0, -0.5, -1.5]), np.array([2.0, 1.0, 2.0]),
            np.array([[0, 1], [1, 2]]), np.full(2, 10.0), np.full(2, 0.03), np.full(3, 0.03), nan, nan, 0.5, 9.81, 3.1,
            h, rest, volume, flow, np.empty(3),
        )  # fmt: skip
        assert (came, left) == (0.0, 0.0)
        assert volume.min() >= -1e-9
        assert (volume <= capacity + 1e-9).all()
        assert h.min() >= 0.0
    assert water(h, rest) + volume.sum() == pytest.approx(before, abs=1e-6)


def test_stored_water_is_the_sum_over_rows() -> None:
    h = np.arange(20, dtype=np.float32)
    areas = np.array([1.0, 2.0, 3.0, 4.0])
    found = kernel.stored(1, 3, np.array([1, 4]), 5, areas, h, np.full(20, 0.5, np.float32))
    grid = h.reshape(4, 5)[1:3, 1:4] - 0.5
    assert found == pytest.approx((grid.sum(axis=1) * areas[1:3]).sum())


def test_a_wet_cell_wakes_its_tile_and_the_sides_it_lies_on() -> None:
    news = np.zeros((2, 6), np.int64)
    depth = np.array([0.0, 1.0], np.float32).view(np.uint32)
    borders = np.array([[False, False, False, False], [True, False, False, True]])
    kernel.wake(np.array([0, 1]), np.array([0, 1]), borders, depth, np.uint32(0), news)
    assert news[0].tolist() == [0] * 6
    assert news[1, 1:].tolist() == [1, 1, 0, 0, 1]
