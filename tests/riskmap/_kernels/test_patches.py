"""Patches of one hour and their first water against a flood cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from riskmap._kernels import patches as kernel

NEVER = -1


def slow_patches(hours: np.ndarray, water: np.ndarray) -> list[tuple[int, float]]:
    """First cell and first water of each patch."""
    seen, found = np.zeros(hours.shape, np.bool_), []
    for start in np.argwhere(hours != NEVER).tolist():
        if seen[tuple(start)]:
            continue
        first, todo = np.inf, [tuple(start)]
        while todo:
            i, j = todo.pop()
            if not (0 <= i < hours.shape[0] and 0 <= j < hours.shape[1]) or seen[i, j]:
                continue
            if hours[i, j] == hours[tuple(start)]:
                seen[i, j] = True
                first = min(first, water[i, j]) if not np.isnan(water[i, j]) else first
                todo += [(i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)]
        found.append((start[0] * hours.shape[1] + start[1], float(first)))
    return found


def made(
    module: ModuleType, hours: np.ndarray, label: np.ndarray, values: np.ndarray
) -> list[tuple[int, float]]:
    runs = module.count_runs(hours, NEVER)
    place, least = np.empty(runs, np.int64), np.empty(runs, np.float32)
    count = module.first_of_patches(hours, NEVER, label, values, place, least)
    return list(zip(place[:count].tolist(), least[:count].tolist(), strict=True))


def case(seed: int, rows: int, columns: int, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    hours = generator.integers(NEVER, most, (rows, columns)).astype(np.int16)
    values = generator.uniform(0, 9, rows * columns).astype(np.float32)
    values[generator.random(values.size) < 0.4] = np.nan
    return hours, generator.integers(0, values.size, hours.shape).astype(np.int32), values


@given(st.integers(0, 2**31), st.integers(1, 20), st.integers(1, 20), st.integers(0, 4))
def test_patches_are_those_of_a_flood(seed: int, rows: int, columns: int, most: int) -> None:
    hours, label, values = case(seed, rows, columns, most)
    assert made(kernel, hours, label, values) == slow_patches(hours, values[label])


def test_the_compiled_kernel_does_what_its_source_says(
    interpreted: Callable[[ModuleType], ModuleType],
) -> None:
    hours, label, values = case(1, 12, 11, 2)
    assert made(kernel, hours, label, values) == made(interpreted(kernel), hours, label, values)
