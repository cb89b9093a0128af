"""Kernels of slopes against slow twins: plain formulas, a numerical solution of diffusion, a nested lookup."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap._kernels import slope_stability as kernel

LAWS = settings(deadline=None, max_examples=120)
WATER = 9810.0
slopes = st.floats(0.01, 1.4)
frictions = st.floats(0.1, 0.9)


@LAWS
@given(
    slope=slopes,
    depth=st.floats(0.2, 10),
    cohesion=st.floats(0, 5e4),
    friction=frictions,
    wet=st.floats(0, 1),
)
def test_the_compiled_safety_is_the_balance_of_forces(
    slope: float, depth: float, cohesion: float, friction: float, wet: float
) -> None:
    weight = 18e3 + 2e3 * wet
    normal = weight * depth * math.cos(slope) ** 2 - WATER * wet * depth * math.cos(slope) ** 2
    load = weight * depth * math.sin(slope) * math.cos(slope)
    found = kernel.wet_safety(slope, depth, cohesion, friction, 18e3, 20e3, wet, WATER)
    assert found == pytest.approx((cohesion + normal * math.tan(friction)) / load, rel=1e-12)


@LAWS
@given(slope=slopes, friction=frictions, cohesion=st.floats(0, 2e4), area=st.floats(1, 1e4))
def test_at_the_critical_recharge_the_factor_of_safety_is_one(
    slope: float, friction: float, cohesion: float, area: float
) -> None:
    found = kernel.critical_recharge(slope, 1.5, cohesion, friction, 18e3, WATER, 1e-3, area)
    dry = kernel.wet_safety(slope, 1.5, cohesion, friction, 18e3, 18e3, 0.0, WATER)
    full = kernel.wet_safety(slope, 1.5, cohesion, friction, 18e3, 18e3, 1.0, WATER)
    if found == 0.0:
        assert dry <= 1.0 + 1e-12
    elif math.isinf(found):
        assert full >= 1.0 - 1e-12
    else:
        wet = found * area / (1e-3 * math.sin(slope))
        assert kernel.wet_safety(slope, 1.5, cohesion, friction, 18e3, 18e3, wet, WATER) == pytest.approx(
            1.0, rel=1e-9
        )


def slow_response(time: float, cells: int = 400, far: float = 12.0) -> float:
    """Diffusion of a unit flux into a half space, by explicit steps: psi_t = psi_zz / 4 in Iverson's units, at Z = 1."""
    dz = far / cells
    steps = int(np.ceil(time / (0.4 * dz**2 * 4)))
    dt = time / steps
    psi = np.zeros(cells + 1)
    for _ in range(steps):
        new = psi.copy()
        new[1:-1] += dt / 4 * (psi[2:] - 2 * psi[1:-1] + psi[:-2]) / dz**2
        new[0] += dt / 4 * 2 * (psi[1] - psi[0] + dz) / dz**2  # -dpsi/dz = 1 at the ground
        psi = new
    return float(np.interp(1.0, np.arange(cells + 1) * dz, psi))


@pytest.mark.parametrize("time", [0.3, 1.0, 3.0, 10.0])
def test_the_pressure_response_solves_the_diffusion_equation(time: float) -> None:
    assert kernel.pressure_response(time) == pytest.approx(slow_response(time), rel=2e-3, abs=5e-5)


def test_a_storm_is_a_rain_less_the_same_rain_begun_later() -> None:
    args = (2.0, 1.5, 0.5, 0.3, 1e-4)
    after = kernel.pressure_head(2e5, 5e4, *args)
    endless = kernel.pressure_head(2e5, 1e9, *args)
    later = kernel.pressure_head(1.5e5, 1e9, *args)
    start = kernel.pressure_head(0.0, 1e9, *args)
    assert after == pytest.approx(endless - later + start, rel=1e-12)
    assert kernel.pressure_head(1e9, 1e9, *args) == pytest.approx(2.0 * math.cos(0.5) ** 2)  # the beta line


def slow_grade(row: tuple[float, ...], table: np.ndarray) -> float:
    susceptibility, rain, days, water = row
    if susceptibility < 0 or math.isnan(rain) or (days < 0 and math.isnan(water)):
        return math.nan
    rain_class = sum(rain >= b for b in (100.0, 200.0, 400.0))
    wet = max(sum(days >= b for b in (1, 3)), 0 if math.isnan(water) else sum(water >= b for b in (60, 120)))
    return float(table[rain_class][wet][int(susceptibility)])


@LAWS
@given(
    cells=st.lists(
        st.tuples(
            st.integers(-1, 4), st.one_of(st.just(math.nan), st.floats(0, 600, width=32)), st.integers(-1, 6),
            st.one_of(st.just(math.nan), st.floats(0, 300, width=32)),
        ),
        min_size=1, max_size=12,
    )
)  # fmt: skip
def test_the_grade_is_the_nested_lookup(cells: list[tuple[int, float, int, float]]) -> None:
    table = np.arange(60, dtype=np.float32).reshape(4, 3, 5)
    columns = list(zip(*cells, strict=True))
    out = np.empty((1, len(cells)), np.float32)
    kernel.grade_rows(
        np.array([columns[0]], np.int8), np.array([columns[1]], np.float32), np.array([columns[2]], np.int8),
        np.array([columns[3]], np.float32), np.array([100.0, 200.0, 400.0]), np.array([1.0, 3.0]),
        np.array([60.0, 120.0]), table, 0, 1, out,
    )  # fmt: skip
    np.testing.assert_array_equal(out[0], [slow_grade(cell, table) for cell in cells])
