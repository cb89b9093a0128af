"""The kernels of runoff against slow twins in plain Python."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap._kernels import runoff as kernel


@given(rain=st.floats(0, 500), s=st.floats(0, 400), ratio=st.sampled_from([0.05, 0.2]))
def test_runoff_is_between_nothing_and_the_rain(rain: float, s: float, ratio: float) -> None:
    q = kernel.scs_depth(rain, s, ratio)
    assert 0.0 <= q <= rain
    assert q == kernel.scs_depth.py_func(rain, s, ratio)


def test_steps_of_an_event_add_up_on_a_grid() -> None:
    rng = np.random.default_rng(1)
    rain = rng.gamma(0.5, 12.0, (12, 5, 7))
    s = rng.uniform(10, 150, (5, 7))
    total, out = np.zeros((5, 7)), np.empty((5, 7), np.float32)
    summed = np.zeros((5, 7))
    for step in rain:
        kernel.scs_rows(step, total, s, 0.2, out, 0, 5)
        summed += out
    wanted = [[kernel.scs_depth(p, q, 0.2) for p, q in zip(*rows)] for rows in zip(rain.sum(axis=0), s)]
    np.testing.assert_allclose(summed, wanted, atol=1e-4)


def test_an_unknown_cell_is_unknown() -> None:
    total, out = np.zeros((1, 3)), np.empty((1, 3), np.float32)
    kernel.scs_rows(np.array([[np.nan, 50.0, 50.0]]), total, np.array([[20.0, np.nan, 20.0]]), 0.2, out, 0, 1)
    assert np.isnan(out).tolist() == [[True, True, False]]


@given(start=st.floats(0, 100), hours=st.floats(0.01, 24), k=st.floats(0.01, 100), m=st.floats(0.0, 200))
def test_ponded_depth_solves_the_implicit_equation(start: float, hours: float, k: float, m: float) -> None:
    f = kernel.green_ampt_after(start, hours, k, m)
    assert f >= start + k * hours * (1 - 1e-12)
    if m > 0:
        wrong = f - start - m * log((f + m) / (start + m)) - k * hours
        assert abs(wrong) <= 1e-8 * (1 + f)


def slow_green_ampt(
    start: float, rain: float, hours: float, k: float, m: float, steps: int = 20_000
) -> float:
    """The rate equation by small steps: the smaller of rain and capacity."""
    f = start
    for _ in range(steps):
        capacity = k * (1 + m / f) if f > 0 else np.inf
        f += min(rain / hours, capacity) * hours / steps
    return f


@pytest.mark.parametrize("start", [0.0, 5.0, 40.0])
@pytest.mark.parametrize(("rain", "k"), [(50.0, 6.5), (10.0, 6.5), (3.0, 6.5), (120.0, 1.0)])
def test_a_step_of_rain_infiltrates_as_the_rate_equation_says(start: float, rain: float, k: float) -> None:
    found = kernel.green_ampt_step(start, rain, 1.0, k, 56.8)
    assert found == pytest.approx(slow_green_ampt(start, rain, 1.0, k, 56.8), abs=0.02)


@given(parts=st.integers(2, 12), rain=st.floats(1, 150), k=st.floats(0.1, 30), m=st.floats(1, 150))
def test_even_rain_cut_into_steps_changes_nothing(parts: int, rain: float, k: float, m: float) -> None:
    whole = kernel.green_ampt_step(0.0, rain, 1.0, k, m)
    f = 0.0
    for _ in range(parts):
        f = kernel.green_ampt_step(f, rain / parts, 1.0 / parts, k, m)
    assert f == pytest.approx(whole, rel=1e-6, abs=1e-9)


def test_rain_excess_and_infiltration_are_the_rain() -> None:
    rain, depth, out = np.array([[30.0, np.nan]]), np.zeros((1, 2)), np.empty((1, 2), np.float32)
    soil = (np.full((1, 2), 6.5), np.full((1, 2), 56.8))
    kernel.green_ampt_rows(rain, depth, *soil, 1.0, out, 0, 1)
    assert out[0, 0] + depth[0, 0] == pytest.approx(30.0, abs=1e-5)
    assert np.isnan([out[0, 1], depth[0, 1]]).all()


def test_the_store_empties_exponentially_and_fills_to_the_time_constant() -> None:
    store, constant = np.full((1, 1), 8.0), np.full((1, 1), 2.0)
    kernel.drain_rows(np.zeros((1, 1)), store, 2.0, constant, 0, 1)
    assert store[0, 0] == pytest.approx(8.0 * np.exp(-1.0))
    for _ in range(200):
        kernel.drain_rows(np.full((1, 1), 5.0), store, 1.0, constant, 0, 1)
    assert store[0, 0] == pytest.approx(10.0)  # inflow 5 mm/h times 2 h


def slow_counts(labels: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> dict[tuple[int, int, int], int]:
    found: dict[tuple[int, int, int], int] = {}
    for i, j in np.ndindex(labels.shape):
        if labels[i, j] > 0 and rows[i] >= 0 and columns[j] >= 0:
            key = (int(labels[i, j]), int(rows[i]), int(columns[j]))
            found[key] = found.get(key, 0) + 1
    return found


def test_runs_count_every_cell_once() -> None:
    rng = np.random.default_rng(3)
    labels = np.repeat(rng.integers(0, 4, (12, 8)), 3, axis=1).astype(np.int32)
    rows, columns = np.sort(rng.integers(-1, 3, 12)), np.sort(rng.integers(-1, 4, 24))
    n = kernel.count_runs(labels, rows, columns, 0, 12)
    keys, lengths, at_row = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    assert kernel.list_runs(labels, rows, columns, 4, 12, keys, lengths, at_row, 0, 0, 12) == n
    found: dict[tuple[int, int, int], int] = {}
    for key, length in zip(keys, lengths):
        label, cell = divmod(int(key), 12)
        where = (label, *divmod(cell, 4))
        found[where] = found.get(where, 0) + int(length)
    assert found == slow_counts(labels, rows, columns)


def test_painting_takes_the_value_of_the_label() -> None:
    labels = np.array([[0, 1, 2], [2, 2, 0]], np.int32)
    out = np.empty((2, 3), np.float32)
    kernel.paint_rows(labels, np.array([5.0, 7.0], np.float32), np.float32(np.nan), out, 0, 2)
    np.testing.assert_array_equal(out, [[np.nan, 5, 7], [7, 7, np.nan]])


def test_ground_never_takes_in_more_than_falls_by_the_way_it_is_stored() -> None:
    rng = np.random.default_rng(5)
    rain = rng.uniform(0.0, 5.0, (50, 40)).astype(np.float32)
    depth, out = rng.uniform(0.0, 90.0, (50, 40)).astype(np.float32), np.empty((50, 40), np.float32)
    kernel.green_ampt_rows(rain, depth, np.full((50, 40), 60.0), np.full((50, 40), 56.8), 1.0, out, 0, 50)
    assert (out >= 0.0).all()
