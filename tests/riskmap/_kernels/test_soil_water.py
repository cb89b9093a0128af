"""The kernels of the soil tanks against slow twins in plain Python."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from riskmap._kernels import soil_water as kernel
from riskmap.hazard.runoff import JMA

DEPTH = st.floats(0.0, 400.0, width=32)


def slow_explicit(s: tuple[float, float, float], rain: float, hours: float) -> tuple[float, float, float]:
    """One explicit step, written as the agency writes it."""
    (a1, a2, a3, a4), (b1, b2, b3), (l1, l2, l3, l4) = JMA.side, JMA.bottom, JMA.height
    q1 = a1 * max(s[0] - l1, 0) + a2 * max(s[0] - l2, 0)
    q2, q3 = a3 * max(s[1] - l3, 0), a4 * max(s[2] - l4, 0)
    return (
        (1 - b1 * hours) * s[0] - q1 * hours + rain,
        (1 - b2 * hours) * s[1] - q2 * hours + b1 * s[0] * hours,
        (1 - b3 * hours) * s[2] - q3 * hours + b2 * s[1] * hours,
    )


@given(
    s=st.tuples(DEPTH, DEPTH, DEPTH), rain=st.floats(0, 200, width=32), hours=st.sampled_from([1.0, 1 / 6])
)
def test_an_explicit_step_is_that_of_the_slow_twin(
    s: tuple[float, float, float], rain: float, hours: float
) -> None:
    tanks = [np.full((1, 5), depth, np.float32) for depth in s]
    kernel.explicit_rows(
        np.full((1, 5), rain, np.float32), *tanks, JMA.shares(hours).astype(np.float32), 0, 1
    )
    for found, wanted in zip(tanks, slow_explicit(s, rain, hours)):
        np.testing.assert_allclose(found, wanted, atol=2e-4)


@given(s=st.tuples(DEPTH, DEPTH, DEPTH), rain=st.floats(0, 200, width=32))
def test_a_fine_step_is_that_of_ten_thousand_small_ones(s: tuple[float, float, float], rain: float) -> None:
    tanks = [np.full((1, 3), depth, np.float64) for depth in s]
    kernel.fine_rows(np.full((1, 3), rain), *tanks, JMA.array, 1.0, 12, 0, 1)
    finer = [np.full((1, 1), depth, np.float64) for depth in s]
    kernel.fine_rows(np.full((1, 1), rain), *finer, JMA.array, 1.0, 10_000, 0, 1)
    for found, wanted in zip(tanks, finer):
        np.testing.assert_allclose(found[0], wanted[0, 0], atol=1e-2)  # mm; 4.5e-3 at worst of a thousand


def test_a_fine_step_solves_the_equation() -> None:
    """Against Euler's small steps, which share no formula with it but the rates."""
    state, steps = np.array([50.0, 20.0, 30.0]), 20_000
    for _ in range(steps):
        state = state + np.array(kernel.tank_rates.py_func(*state, 12.0, *JMA.array)) / steps
    tanks = [np.full((1, 1), depth) for depth in (50.0, 20.0, 30.0)]
    kernel.fine_rows(np.full((1, 1), 12.0), *tanks, JMA.array, 1.0, 12, 0, 1)
    np.testing.assert_allclose([t[0, 0] for t in tanks], state, atol=1e-3)


def test_rows_outside_stay_and_the_index_is_the_sum() -> None:
    tanks = [np.full((4, 3), depth, np.float32) for depth in (10, 20, 30)]
    kernel.explicit_rows(np.ones((4, 3), np.float32), *tanks, JMA.shares(1.0).astype(np.float32), 1, 3)
    assert (tanks[0][[0, 3]] == 10).all()
    assert (tanks[0][1:3] != 10).all()
    out = np.full((4, 3), -1.0, np.float32)
    kernel.index_rows(*tanks, out, 0, 3)
    np.testing.assert_array_equal(out[:3], (tanks[0] + tanks[1] + tanks[2])[:3])
    assert (out[3] == -1).all()


def test_impossible_rain_is_counted_and_nan_is_none() -> None:
    rain = np.array([[0.0, -1.0, np.nan], [-0.1, np.inf, -3.0]], np.float32)
    assert (kernel.impossible_rows(rain, 0, 2), kernel.impossible_rows(rain, 0, 1)) == (4, 1)
