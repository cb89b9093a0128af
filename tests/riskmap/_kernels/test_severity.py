"""Values against thresholds: a plain Python oracle and the laws of grading."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap._kernels import severity as kernel

LAWS = settings(deadline=None, max_examples=150)
values = st.one_of(st.floats(-50, 500), st.just(math.nan))


@st.composite
def thresholds(draw: st.DrawFn) -> np.ndarray:
    """Four rising bounds, some absent."""
    rising = sorted(draw(st.lists(st.floats(0.5, 300), min_size=4, max_size=4, unique=True)))
    absent = draw(st.lists(st.booleans(), min_size=4, max_size=4))
    return np.array([math.nan if gone else bound for gone, bound in zip(absent, rising, strict=True)])


def slow_tier(value: float, bounds: np.ndarray) -> int:
    return max((t for t, bound in enumerate(bounds, 1) if value >= bound), default=0)


@LAWS
@given(value=values, bounds=thresholds())
def test_the_whole_part_is_the_tier(value: float, bounds: np.ndarray) -> None:
    severity = kernel.grade(value, bounds)
    if math.isnan(value):
        assert math.isnan(severity)
    else:
        assert int(severity) == slow_tier(value, bounds)
        assert int(np.float32(severity)) == int(severity)  # also as it is stored


@LAWS
@given(value=values, more=st.floats(0, 200), bounds=thresholds())
def test_more_hazard_is_never_less_severe(value: float, more: float, bounds: np.ndarray) -> None:
    if not math.isnan(value):
        assert kernel.grade(value + more, bounds) >= kernel.grade(value, bounds)


@LAWS
@given(bounds=thresholds())
def test_a_value_at_its_bound_has_that_tier_and_one_just_below_has_not(bounds: np.ndarray) -> None:
    for tier, bound in enumerate(bounds, 1):
        if not math.isnan(bound):
            assert int(kernel.grade(bound, bounds)) == tier
            assert int(kernel.grade(np.nextafter(bound, -np.inf), bounds)) < tier


@LAWS
@given(value=st.floats(-1e6, 1e9), bounds=thresholds())
def test_it_equals_its_python_source(value: float, bounds: np.ndarray) -> None:
    assert kernel.grade(value, bounds) == pytest.approx(kernel.grade.py_func(value, bounds), rel=1e-14)


def nearness(bounds: np.ndarray) -> np.ndarray:
    return np.array([next((1.0 / b for b in row if not math.isnan(b)), 0.0) for row in bounds])


def slow_cell(cell: np.ndarray, bounds: np.ndarray) -> int | None:
    """Tier of one cell, or None where unknown."""
    known = [slow_tier(v, b) for v, b in zip(cell, bounds, strict=True) if not math.isnan(v)]
    if not known or (len(known) < len(cell) and max(known) == 0):
        return None
    return max(known)


@LAWS
@given(data=st.data(), metrics=st.integers(1, 3), cells=st.integers(0, 6))
def test_cells_take_their_worst_metric_and_unknown_is_never_green(
    data: st.DataObject, metrics: int, cells: int
) -> None:
    bounds = np.array([data.draw(thresholds()) for _ in range(metrics)])
    grid = np.array([[data.draw(values) for _ in range(cells)] for _ in range(metrics)]).reshape(
        metrics, cells
    )
    severity, metric = np.empty(cells, np.float32), np.empty(cells, np.int8)
    kernel.grade_cells(grid, bounds, nearness(bounds), 0, cells, severity, metric)
    for c in range(cells):
        expected = slow_cell(grid[:, c], bounds)
        if expected is None:
            assert math.isnan(severity[c])
        else:
            assert int(severity[c]) == expected
            assert slow_tier(grid[metric[c], c], bounds[metric[c]]) == expected
            known = [kernel.grade(v, b) for v, b in zip(grid[:, c], bounds, strict=True)]
            assert severity[c] == pytest.approx(np.nanmax(known), abs=5e-7)


def test_the_compiled_loop_is_its_python_source(interpreted) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(2)
    grid, bounds = rng.uniform(0, 60, (3, 40)), np.sort(rng.uniform(1, 50, (3, 4)), axis=1)
    grid[0, ::7] = np.nan
    compiled = np.empty(40, np.float32), np.empty(40, np.int8)
    plain = np.empty(40, np.float32), np.empty(40, np.int8)
    near = nearness(bounds)
    kernel.grade_cells(grid, bounds, near, 0, 40, *compiled)
    interpreted(kernel).grade_cells(grid, bounds, near, 0, 40, *plain)
    np.testing.assert_array_equal(compiled[0], plain[0])
    np.testing.assert_array_equal(compiled[1], plain[1])
