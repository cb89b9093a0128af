"""Laws of the monotone curve."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from riskmap.curves import pchip

KNOTS = st.lists(st.tuples(st.floats(0.1, 10), st.floats(-50, 50)), min_size=2, max_size=12)


def unpack(knots: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    steps, values = zip(*knots, strict=True)
    return np.cumsum(steps), np.array(values)


@given(KNOTS)
def test_it_goes_through_the_knots(knots: list[tuple[float, float]]) -> None:
    x, y = unpack(knots)
    np.testing.assert_array_equal(pchip(x, y, x), y)


@given(KNOTS)
def test_it_never_overshoots(knots: list[tuple[float, float]]) -> None:
    x, y = unpack(knots)
    for k in range(len(x) - 1):
        between = pchip(x, y, np.linspace(x[k], x[k + 1], 9))
        low, high = sorted((y[k], y[k + 1]))
        assert between.min() >= low - 1e-9
        assert between.max() <= high + 1e-9


@given(KNOTS, st.floats(-5, 5), st.floats(-5, 5))
@example(knots=[(1.0, 0.0)] * 3, slope=2.2e-309, start=0.0)  # the reciprocal of such a slope is infinite
def test_a_straight_line_stays_straight(knots: list[tuple[float, float]], slope: float, start: float) -> None:
    x, _ = unpack(knots)
    at = np.linspace(x[0], x[-1], 17)
    np.testing.assert_allclose(pchip(x, start + slope * x, at), start + slope * at, atol=1e-9)


def test_its_slope_is_continuous() -> None:
    x, y = np.array([0.0, 1, 2, 4, 5]), np.array([0.0, 2, 3, 3.5, 7])
    step = 1e-6
    for knot in x[1:-1]:
        before, here, after = pchip(x, y, [knot - step, knot, knot + step])
        assert abs((here - before) - (after - here)) / step < 1e-4
