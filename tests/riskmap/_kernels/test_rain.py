"""Parametric rain: the paper's numbers, and a slow twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap._kernels import rain as kernel
from riskmap.grid import EARTH_RADIUS
from riskmap.hazard.rain import TAPER_FAR, TAPER_NEAR, UPSLOPE_FACTOR

LAWS = settings(deadline=None, max_examples=80)


def slow_rcliper(r: float, knots: float) -> float:
    u = 1 + (knots - 35) / 33
    t0, tm, rm, re = -1.10 + 3.96 * u, -1.60 + 4.80 * u, 64.5 - 13 * u, 150 - 16 * u
    inches = np.interp(r, [0, rm], [t0, tm]) if r < rm else tm * np.exp((rm - r) / re)
    return float(inches * 25.4 / 24)


@pytest.mark.parametrize(
    ("knots", "radius", "rate"),
    [
        (35, 0, 3.0268), (35, 51.5, 3.3867), (35, 100, 2.3582), (35, 200, 1.1181), (35, 300, 0.5301),
        (64, 0, 6.7098), (64, 64.5 - 13 * (1 + 29 / 33), 7.8509), (64, 100, 4.7636), (64, 200, 2.0694),
        (64, 300, 0.8990),
    ],
)  # fmt: skip
def test_rcliper_by_hand_from_the_coefficients(knots: float, radius: float, rate: float) -> None:
    assert kernel.rcliper(radius, knots) == pytest.approx(rate, abs=6e-5)


@LAWS
@given(radius=st.floats(0, 1000), knots=st.floats(35, 120))
def test_rcliper_agrees_with_a_slow_twin(radius: float, knots: float) -> None:
    assert kernel.rcliper(radius, knots) == pytest.approx(slow_rcliper(radius, knots), rel=1e-12)


@LAWS
@given(radius=st.floats(0, 2000), knots=st.floats(0, 200))
def test_rain_is_finite_and_never_negative_even_outside_the_fit(radius: float, knots: float) -> None:
    assert 0.0 <= kernel.rcliper(radius, knots) < 50.0


def test_rcliper_has_no_jump_at_the_radius_of_maximum_rain() -> None:
    rates = np.array([kernel.rcliper(r, 80.0) for r in np.arange(0, 400, 0.01)])
    assert np.abs(np.diff(rates)).max() < 0.01


@LAWS
@given(
    u=st.floats(-50, 50), v=st.floats(-50, 50), east=st.floats(-0.3, 0.3), north=st.floats(-0.3, 0.3),
    r=st.floats(0, 600),
)  # fmt: skip
def test_upslope_only_adds_where_the_wind_climbs(
    u: float, v: float, east: float, north: float, r: float
) -> None:
    added = kernel.upslope(u, v, east, north, r, UPSLOPE_FACTOR, TAPER_NEAR, TAPER_FAR)
    climbing = u * east + v * north
    if climbing <= 0:
        assert added == 0.0
    else:
        assert 0.2 * UPSLOPE_FACTOR * climbing <= added * (1 + 1e-12)
        assert added <= 0.6 * UPSLOPE_FACTOR * climbing * (1 + 1e-12)


def test_the_slope_counts_less_far_from_the_centre() -> None:
    near, half, far = (
        kernel.upslope(20.0, 0.0, 0.1, 0.0, r, 1.0, TAPER_NEAR, TAPER_FAR) / 2.0 for r in (50.0, 138.0, 400.0)
    )
    assert (near, half, far) == pytest.approx((0.6, 0.4, 0.2))


def test_the_loop_is_the_mean_over_the_nodes_and_equals_its_python_source(interpreted) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(1)
    nodes = np.array([[29.0, 122.0, 70.0], [29.1, 121.9, 72.0], [29.2, 121.8, 74.0]])
    latitude, longitude = np.linspace(30, 28, 4), np.linspace(120.5, 123, 5)
    u, v, east, north = (rng.normal(size=(4, 5)) * s for s in (20, 20, 0.1, 0.1))
    compiled, plain = [np.zeros((4, 5)) for _ in range(2)], [np.zeros((4, 5)) for _ in range(2)]
    arguments = (
        nodes, latitude, longitude, u, v, east, north, UPSLOPE_FACTOR, TAPER_NEAR, TAPER_FAR, EARTH_RADIUS, 0, 4
    )  # fmt: skip
    kernel.rain_rows(*arguments, *compiled)
    interpreted(kernel).rain_rows(*arguments, *plain)
    for one, other in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)

    phi, lam = np.radians(latitude)[:, None, None], np.radians(longitude)[None, :, None]
    p, q = np.radians(nodes[:, 0]), np.radians(nodes[:, 1])
    cosine = np.sin(phi) * np.sin(p) + np.cos(phi) * np.cos(p) * np.cos(lam - q)
    r = EARTH_RADIUS / 1e3 * np.arccos(cosine)
    base = np.vectorize(slow_rcliper)(r, nodes[:, 2]).mean(axis=2)
    np.testing.assert_allclose(compiled[0], base, rtol=1e-6)
    taper = np.clip((TAPER_FAR - r) / (TAPER_FAR - TAPER_NEAR), 0.2, 0.6).mean(axis=2)
    lifted = UPSLOPE_FACTOR * np.maximum(u * east + v * north, 0) * taper
    np.testing.assert_allclose(compiled[1], lifted, rtol=1e-6)


def test_rows_outside_the_block_are_left_alone() -> None:
    base, lifted = np.full((4, 3), -1.0), np.full((4, 3), -1.0)
    flat = np.zeros((4, 3))
    kernel.rain_rows(
        np.array([[29.0, 122.0, 70.0]]), np.linspace(30, 28, 4), np.linspace(121, 123, 3), flat, flat, flat, flat,
        1.0, TAPER_NEAR, TAPER_FAR, EARTH_RADIUS, 1, 3, base, lifted,
    )  # fmt: skip
    assert (base[[0, 3]] == -1).all()
    assert (base[1:3] > 0).all()
