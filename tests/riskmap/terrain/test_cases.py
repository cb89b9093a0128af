"""Published examples as text: the figures stand in the conformance table, here are the laws."""

from __future__ import annotations

import numpy as np
import pytest

from riskmap.terrain.cases import (
    accumulation_at,
    direction_at,
    filled_at,
    height_above_at,
    order_at,
    relief,
    slope_of,
)

EXAMPLE = "78 72 69 71 58 49 / 74 67 56 49 46 50 / 69 53 44 37 38 48 / 64 58 55 22 31 24 / 68 61 47 21 16 19 / 74 53 34 12 11 12"
DIRECTIONS = "2 2 2 4 4 8 / 2 2 2 4 4 8 / 1 1 2 4 8 4 / 128 128 1 2 4 8 / 2 2 1 4 4 4 / 1 1 1 1 4 16"
ACCUMULATED = "1 1 1 1 1 1 / 1 2 2 3 3 1 / 1 4 8 6 5 1 / 1 1 1 21 1 2 / 1 1 1 2 25 1 / 1 3 5 8 36 2"
"""The help of Esri and terra's unit test; accumulation counts the cell itself."""


def test_the_example_relief_drains_as_published_cell_by_cell() -> None:
    codes, counts = relief(DIRECTIONS), relief(ACCUMULATED)
    for i, j in np.ndindex(6, 6):
        assert direction_at(EXAMPLE, i, j) == codes[i, j]
        assert accumulation_at(EXAMPLE, i, j) == counts[i, j]
        assert filled_at(EXAMPLE, i, j) == relief(EXAMPLE)[i, j]
        assert height_above_at(EXAMPLE, i, j, threshold=20) >= 0.0
        assert 1 <= order_at(EXAMPLE, i, j) <= 3
        assert (height_above_at(EXAMPLE, i, j, threshold=20) == 0.0) == (counts[i, j] >= 20)


def test_a_text_is_a_relief() -> None:
    assert np.array_equal(relief("1 - / 3 4"), [[1.0, np.nan], [3.0, 4.0]], equal_nan=True)
    with pytest.raises(ValueError, match="inhomogeneous"):
        relief("1 2 / 3")


def test_a_slope_does_not_depend_on_where_its_foot_is() -> None:
    down, up = slope_of("3 3 3 / 2 2 2 / 1 1 1", cell=1.0), slope_of("1 1 1 / 2 2 2 / 3 3 3", cell=1.0)
    assert down[0] == up[0] == pytest.approx(45.0)
    assert (down[1], up[1]) == (180.0, 0.0)
