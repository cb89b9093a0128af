"""The kernels of the surface: the formula on plain numbers, and slow twins of the loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap._kernels import surface as kernel
from riskmap.hazard.surface.fields import LEAST_HEIGHT
from riskmap.hazard.surface.formulas import (
    GENTLE_SLOPE,
    HEIGHT,
    MOST_MULTIPLIER,
    STEEP_SLOPE,
    hill_multiplier,
)

LAWS = settings(deadline=None, max_examples=80)
NUMBERS = (HEIGHT, GENTLE_SLOPE, STEEP_SLOPE, MOST_MULTIPLIER)


@LAWS
@given(
    height=st.floats(0, 2000), half=st.floats(50, 20e3), distance=st.floats(0, 30e3), downwind=st.booleans(),
    escarpment=st.booleans(), z=st.floats(0, 300),
)  # fmt: skip
def test_the_formula_of_the_kernel_is_that_on_plain_numbers(
    height: float, half: float, distance: float, downwind: bool, escarpment: bool, z: float
) -> None:
    fast = kernel.hill(height, half, distance, downwind, escarpment, z, *NUMBERS[1:])
    slow = hill_multiplier(
        distance, height=height, half_length=half, downwind=downwind, escarpment=escarpment, elevation=z
    )
    assert fast == pytest.approx(float(slow), abs=1e-12)


def slow_line(line: list[float], here: int, step: float, search: int) -> float:
    """Every crest near ``here``, one after the other, with the formula on plain numbers."""
    found = [1.0]
    for crest in range(1, len(line) - 1):
        around = (line[crest - 1], line[crest + 1])
        if abs(crest - here) > search or line[crest] < max(around) or line[crest] == min(around):
            continue
        upwind = line[max(crest - search, 0) : crest]
        height = line[crest] - min(upwind)
        if height < LEAST_HEIGHT:
            continue
        fine = np.linspace(0, len(upwind), 200 * len(upwind) + 1)
        ground = np.interp(crest - fine, np.arange(len(line)), line)
        half = step * fine[np.argmax(ground <= line[crest] - height / 2)]
        l1 = max(0.36 * half, 0.4 * height)
        behind = min(crest + max(round(4 * l1 / step), 1), len(line) - 1)
        flat = (line[crest] - line[behind]) / (step * (behind - crest)) < GENTLE_SLOPE
        found.append(
            float(
                hill_multiplier(
                    step * abs(here - crest), height=height, half_length=half,
                    downwind=crest <= here, escarpment=flat,
                )
            )
        )  # fmt: skip
    return max(found)


@LAWS
@given(line=st.lists(st.integers(0, 12), min_size=22, max_size=22), step=st.sampled_from([700.0, 2224.0]))
def test_a_line_agrees_with_a_slow_twin(line: list[int], step: float) -> None:
    ground = [100.0 * h for h in line]
    fast = kernel.line_multiplier(np.array(ground), 10, step, 5, LEAST_HEIGHT, *NUMBERS)
    # the twin finds the half height on a fine grid; where a slope sits on the limit itself either may be right
    assert fast == pytest.approx(slow_line(ground, 10, step, 5), abs=0.02)


def hills(seed: int) -> Any:
    return np.random.default_rng(seed).uniform(0, 900, (7, 9))


@pytest.mark.parametrize("column_step", [0.0, 0.8])
def test_the_loop_over_a_grid_is_the_line_of_every_cell(column_step: float) -> None:
    ground = hills(1)
    steps = np.full(7, column_step)
    fast, slow = np.empty(ground.shape), np.empty(ground.shape)
    arguments = (ground, -0.6, steps, 2224.0, 3, LEAST_HEIGHT, *NUMBERS)
    kernel.hill_rows(*arguments, 0, 7, fast)
    kernel.hill_rows.py_func(*arguments, 0, 7, slow)
    np.testing.assert_allclose(fast, slow, rtol=1e-12)
    assert fast.max() > 1.0


@LAWS
@given(y=st.floats(-3, 9), x=st.floats(-3, 11))
def test_the_ground_between_cells_is_bilinear(y: float, x: float) -> None:
    ground = hills(2)
    y_in, x_in = min(max(y, 0), 6), min(max(x, 0), 8)
    rows = [np.interp(x_in, np.arange(9), row) for row in ground]
    assert kernel.height_at(ground, y, x) == pytest.approx(float(np.interp(y_in, np.arange(7), rows)))


def test_the_fetch_is_the_weighted_mean_of_the_nearest_cells() -> None:
    field, out = hills(3), np.empty((7, 9))
    distances, weights, steps = np.array([0.2, 1.1, 2.3]), np.array([0.5, 0.3, 0.2]), np.full(7, 0.9)
    kernel.fetch_rows(field, -0.7, steps, distances, weights, 0, 7, out)
    for i in range(7):
        for j in range(9):
            at = [
                field[min(max(round(i - 0.7 * d), 0), 6), min(max(round(j + 0.9 * d), 0), 8)]
                for d in distances
            ]
            assert out[i, j] == pytest.approx(float(np.dot(at, weights)))
