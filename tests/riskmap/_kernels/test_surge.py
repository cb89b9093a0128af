"""Wind set-up: the closed forms of Dean and Dalrymple (1991), ch. 5, on a plane shelf."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap._kernels import surge as kernel
from riskmap.hazard.surge import DRAG_CAP, FETCH_STEP, GRAVITY, REACH_TO_SEA, WATER_DENSITY
from riskmap.hazard.wind import AIR_DENSITY

LAWS = settings(deadline=None, max_examples=40)
METRES = 111_195.0  # a degree, on the equator, where the test's sea lies
CELL = 0.01
COLUMNS = 300  # three degrees of sea to the east of the coast at column 20
COAST = 20


def shelf(depth_at: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """A chart with land in the west; ``depth_at`` takes the distance from the coast [m]."""
    off = (np.arange(COLUMNS) - COAST) * CELL * METRES
    return np.broadcast_to(np.where(off > 0, depth_at(off), -10.0), (40, COLUMNS)).copy()


def set_up(
    depth: np.ndarray, u: float, v: float = 0.0, *, fetch: float = 100e3, floor: float = 0.1, row: float = 20.0,
    function: Callable[..., float] = kernel.set_up,
) -> float:  # fmt: skip
    """Set-up at the coast in a uniform wind over a fetch."""
    wind = np.full(depth.shape, u), np.full(depth.shape, v)
    return function(
        -row * CELL, COAST * CELL, depth, *wind, 0.0, 0.0, CELL, CELL, FETCH_STEP, fetch, REACH_TO_SEA, floor,
        AIR_DENSITY, WATER_DENSITY, GRAVITY, DRAG_CAP, METRES,
    )  # fmt: skip


def stress(speed: float) -> float:
    return float(AIR_DENSITY * min(1e-3 * (0.75 + 0.067 * speed), DRAG_CAP) * speed**2)


@pytest.mark.parametrize("speed", [15.0, 30.0, 45.0])
@pytest.mark.parametrize("depth", [10.0, 30.0])
def test_constant_depth_agrees_with_the_closed_form(speed: float, depth: float) -> None:
    head = 2 * stress(speed) * 100e3 / (WATER_DENSITY * GRAVITY * depth**2)
    closed = depth * (math.sqrt(1 + head) - 1)
    assert set_up(shelf(lambda x: np.full_like(x, depth)), -speed) == pytest.approx(closed, rel=0.015)


@pytest.mark.parametrize("speed", [20.0, 40.0])
def test_constant_slope_agrees_with_the_implicit_form(speed: float) -> None:
    deep, shallow, fetch = 60.0, 8.0, 100e3
    length = fetch * deep / (deep - shallow)  # where the plane would come to the surface
    a = stress(speed) * length / (WATER_DENSITY * GRAVITY * deep**2)

    def misfit(eta: float) -> float:
        d = (shallow + eta) / deep
        return (1 - d) - a * math.log((d - a) / (1 - a)) - fetch / length

    low, high = 0.0, 20.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if misfit(middle) * misfit(low) > 0 else (low, middle)
    # the kernel's steps stand for the water from half a step off the coast on
    chart = shelf(lambda x: shallow + (deep - shallow) * (x - FETCH_STEP / 2) / fetch)
    assert set_up(chart, -speed) == pytest.approx(low, rel=0.02)


@LAWS
@given(speed=st.floats(0, 60), v=st.floats(-60, 60))
def test_an_offshore_wind_piles_nothing_up(speed: float, v: float) -> None:
    chart = shelf(lambda x: np.full_like(x, 20.0))
    chart[:, :COAST] = -10.0
    assert set_up(chart, max(speed, abs(v)) + 1.0, v) == 0.0


@LAWS
@given(speed=st.floats(0.2, 60), more=st.floats(0.1, 20))
def test_set_up_rises_with_the_wind(speed: float, more: float) -> None:
    chart = shelf(lambda x: 5 + x / 2000)
    assert set_up(chart, -(speed + more)) > set_up(chart, -speed) > 0


@LAWS
@given(depth=st.floats(5, 100), more=st.floats(0.1, 100))
def test_a_shallower_shelf_piles_up_more(depth: float, more: float) -> None:
    shallow, deep = (shelf(lambda x, d=d: np.full_like(x, d)) for d in (depth, depth + more))
    assert set_up(shallow, -30.0) > set_up(deep, -30.0)


def test_a_longer_fetch_piles_up_more() -> None:
    chart = shelf(lambda x: np.full_like(x, 20.0))
    assert set_up(chart, -30.0, fetch=200e3) > set_up(chart, -30.0, fetch=100e3)


def test_calm_air_piles_nothing_up() -> None:
    assert set_up(shelf(lambda x: np.full_like(x, 20.0)), 0.0) == 0.0


def test_the_floor_bounds_set_up_over_a_drying_shore() -> None:
    chart = shelf(lambda x: np.maximum(x / 50_000 * 8.0, 0.01))
    assert set_up(chart, -30.0, floor=8.0) < set_up(chart, -30.0, floor=1.0)


def test_a_short_island_does_not_end_the_fetch_and_a_long_one_does() -> None:
    def with_island(width: float) -> np.ndarray:
        return shelf(lambda x: np.where((x > 20e3) & (x < 20e3 + width), -50.0, 20.0))

    open_sea = set_up(shelf(lambda x: np.full_like(x, 20.0)), -30.0)
    assert set_up(with_island(10e3), -30.0) == pytest.approx(open_sea * 0.9, rel=0.03)
    assert set_up(with_island(40e3), -30.0) == pytest.approx(open_sea * 0.2, rel=0.1)


def test_a_point_far_inland_has_no_set_up() -> None:
    chart = shelf(lambda x: np.where(x < REACH_TO_SEA + 5e3, -5.0, 20.0))
    assert set_up(chart, -30.0) == 0.0


def test_a_point_outside_the_chart_is_unknown() -> None:
    assert math.isnan(set_up(shelf(lambda x: np.full_like(x, 20.0)), -30.0, row=-100.0))


@pytest.mark.parametrize(("u", "v"), [(-30.0, 0.0), (-20.0, 20.0)])
def test_a_fetch_that_ends_at_the_edge_of_the_chart_is_shorter_not_unknown(u: float, v: float) -> None:
    chart = shelf(lambda x: np.full_like(x, 20.0))
    found = set_up(chart, u, v, fetch=2_000e3)
    assert found > 0


def test_drag_is_garratts_and_capped() -> None:
    assert kernel.drag(20.0, DRAG_CAP) == pytest.approx(0.00209)
    assert kernel.drag(80.0, DRAG_CAP) == DRAG_CAP


def test_bilinear_is_exact_on_a_plane_and_unknown_outside() -> None:
    field = 2.0 * np.arange(4)[:, None] + 3.0 * np.arange(5)[None, :]
    assert kernel.bilinear(field, 1.25, 2.5) == pytest.approx(2.5 + 7.5)
    for row, column in ((-0.1, 1.0), (1.0, -0.1), (3.0, 1.0), (1.0, 4.0)):
        assert math.isnan(kernel.bilinear(field, row, column))


def test_nearest_takes_the_cell_that_holds_the_point() -> None:
    field = np.arange(12.0).reshape(3, 4)
    assert kernel.nearest(field, 1.49, 2.51) == field[1, 3]
    assert kernel.nearest(field, -0.4, 0.0) == field[0, 0]
    assert math.isnan(kernel.nearest(field, -0.6, 0.0))
    assert math.isnan(kernel.nearest(field, 2.6, 0.0))


def test_the_compiled_loop_is_its_python_source(interpreted) -> None:  # type: ignore[no-untyped-def]
    chart = shelf(lambda x: 5 + x / 3000)
    u, v = np.full(chart.shape, -25.0), np.linspace(-5, 5, chart.size).reshape(chart.shape)
    latitudes, longitudes = np.array([-0.2, -0.21, 9.0]), np.array([0.2, 0.24, 0.2])
    arguments = (
        latitudes, longitudes, chart, u, v, 0.0, 0.0, CELL, CELL, FETCH_STEP, 80e3, REACH_TO_SEA, 2.0, AIR_DENSITY,
        WATER_DENSITY, GRAVITY, DRAG_CAP, METRES,
    )  # fmt: skip
    compiled, plain = np.empty(3), np.empty(3)
    kernel.set_up_points(*arguments, compiled)
    interpreted(kernel).set_up_points(*arguments, plain)
    np.testing.assert_allclose(compiled, plain, rtol=1e-12)
    assert np.isfinite(compiled[:2]).all()
    assert np.isnan(compiled[2])
