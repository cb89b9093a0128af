"""Patches against a flood cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from riskmap._kernels import connected as kernel


def slow_patches(mask: np.ndarray) -> np.ndarray:
    labels, count = np.zeros(mask.shape, np.int32), 0
    for start in np.argwhere(mask).tolist():
        if labels[tuple(start)]:
            continue
        count += 1
        todo = [tuple(start)]
        while todo:
            i, j = todo.pop()
            if 0 <= i < mask.shape[0] and 0 <= j < mask.shape[1] and mask[i, j] and not labels[i, j]:
                labels[i, j] = count
                todo += [(i + a, j + b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    return labels


@given(st.integers(0, 2**31), st.integers(1, 20), st.integers(1, 20), st.floats(0.1, 0.9))
def test_patches_are_those_of_a_flood(seed: int, rows: int, columns: int, share: float) -> None:
    mask = np.random.default_rng(seed).random((rows, columns)) < share
    labels = np.empty(mask.shape, np.int32)
    count = kernel.label_patches(mask, labels)
    slow = slow_patches(mask)
    assert np.array_equal(labels, slow)
    assert count == slow.max()


def test_the_compiled_kernel_does_what_its_source_says(
    interpreted: Callable[[ModuleType], ModuleType],
) -> None:
    mask = np.random.default_rng(1).random((12, 11)) < 0.5
    one, other = np.empty(mask.shape, np.int32), np.empty(mask.shape, np.int32)
    assert kernel.label_patches(mask, one) == interpreted(kernel).label_patches(mask, other)
    assert np.array_equal(one, other)
    assert np.array_equal(one, slow_patches(mask))
