"""The series behind the exact wind: exponential and logarithm of a row, to the last bits."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap._kernels import wind as kernel

LAWS = settings(deadline=None, max_examples=200)


def exponential(x: np.ndarray) -> np.ndarray:
    scratch, out = np.ones(len(x)), np.ones(len(x))
    kernel.exp_row(x, scratch, out, len(x))
    return out


def logarithm(x: np.ndarray) -> np.ndarray:
    scratch, out = np.ones(len(x)), np.ones(len(x))
    kernel.log_row(x, scratch, out, len(x))
    return out


@LAWS
@given(st.lists(st.floats(-700.0, 700.0), min_size=1, max_size=40))
def test_the_exponential_is_the_librarys(numbers: list[float]) -> None:
    x = np.array(numbers)
    np.testing.assert_allclose(exponential(x), np.exp(x), rtol=4e-16)


@LAWS
@given(st.lists(st.floats(1e-290, 1e290), min_size=1, max_size=40))
def test_the_logarithm_is_the_librarys(numbers: list[float]) -> None:
    x = np.array(numbers)
    np.testing.assert_allclose(logarithm(x), np.log(x), rtol=1e-15, atol=1e-16)


def test_corners() -> None:
    assert exponential(np.array([0.0, -0.0])).tolist() == [1.0, 1.0]
    assert logarithm(np.array([1.0])).tolist() == [0.0]
    powers = 2.0 ** np.arange(-300, 301)
    np.testing.assert_allclose(logarithm(powers), np.log(powers), rtol=1e-15)
    np.testing.assert_allclose(
        logarithm(exponential(np.linspace(-600, 600, 9999))),
        np.linspace(-600, 600, 9999),
        rtol=1e-14,
        atol=1e-15,
    )


def test_only_the_first_numbers_are_touched() -> None:
    x, scratch, out = np.linspace(0.0, 1.0, 6), np.ones(6), np.full(6, 7.0)
    kernel.exp_row(x, scratch, out, 4)
    assert out[4:].tolist() == [7.0, 7.0]


def test_a_wind_far_inside_the_core_is_no_subnormal_trap() -> None:
    """The exponent is bounded below, so that the fall to nothing near the centre is nothing, not a NaN."""
    assert kernel.LEAST >= -745.0
    assert np.isfinite(exponential(np.array([kernel.LEAST]))).all()
