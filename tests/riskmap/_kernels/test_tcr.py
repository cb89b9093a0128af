"""TCR's kernel: its plain source, a slow twin, and laws of a single point."""

from __future__ import annotations

from math import cos, radians, sin

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap._kernels import tcr as kernel
from riskmap.grid import EARTH_RADIUS

LAWS = settings(deadline=None, max_examples=80)
STEP, HALF = 500.0, 1000.0
R = np.arange(0.0, 300.5e3, STEP)
WIND = 40.0 * np.sqrt(np.minimum(R / 40e3, 40e3 / np.maximum(R, 1.0)))
TABLE = np.column_stack([WIND, R**2 * WIND / (WIND + 10.0), 0.01 * np.sin(R / 30e3), 1e-3 * WIND, np.clip((150e3 - R) / 30e3, 0.2, 0.6)])  # fmt: skip


def at(**changes: float) -> float:
    """One point, 80 km from the centre, with some of its numbers changed."""
    known = {
        "r": 80e3, "bearing": 30.0, "spin": 1.0, "x": 3.0, "y": 5.0, "su": 6.0, "sv": -4.0, "drag": 0.002,
        "de": 2e-8, "dn": -3e-8, "u": -20.0, "v": 12.0, "se": 0.02, "sn": 0.03, "turn": 0.0,
    } | changes  # fmt: skip
    c, s = cos(radians(known["turn"])), sin(radians(known["turn"]))

    def turned(east: float, north: float) -> tuple[float, float]:
        return c * east - s * north, s * east + c * north

    b = radians(known["bearing"])
    node = np.array([29.0, 122.0, *turned(known["x"], known["y"]), *turned(known["su"], known["sv"])])
    return float(
        kernel.rising(
            known["r"], *turned(sin(b), cos(b)), known["spin"], node, TABLE, STEP, HALF, known["drag"],
            *turned(known["de"], known["dn"]), 0.01, *turned(known["u"], known["v"]),
            *turned(known["se"], known["sn"]),
        )
    )  # fmt: skip


@LAWS
@given(turn=st.floats(0, 360), bearing=st.floats(0, 360), r=st.floats(2e3, 400e3))
def test_the_whole_picture_may_turn(turn: float, bearing: float, r: float) -> None:
    assert at(turn=turn, bearing=bearing, r=r) == pytest.approx(at(bearing=bearing, r=r), abs=1e-12)


@LAWS
@given(bearing=st.floats(0, 360), r=st.floats(2e3, 400e3))
def test_a_mirrored_picture_spins_the_other_way_and_rises_the_same(bearing: float, r: float) -> None:
    mirrored = at(
        bearing=180.0 - bearing, r=r, spin=-1.0, y=-5.0, sv=4.0, dn=3e-8, v=-12.0, sn=-0.03
    )  # north becomes south
    assert mirrored == pytest.approx(at(bearing=bearing, r=r), abs=1e-12)


@LAWS
@given(more=st.floats(0, 0.2), r=st.floats(2e3, 400e3))
def test_a_steeper_slope_upwind_never_lifts_less(more: float, r: float) -> None:
    assert at(r=r, u=20.0, v=0.0, se=0.02 + more) >= at(r=r, u=20.0, v=0.0) - 1e-12


def test_drag_that_grows_outwards_lifts() -> None:
    east = {"bearing": 90.0, "x": 0.0, "y": 0.0}
    assert at(**east, de=6e-8) > at(**east, de=0.0) > at(**east, de=-6e-8)


def test_friction_lifts_more_where_the_motion_adds_to_the_wind() -> None:
    right, left = at(bearing=90.0, x=0.0, y=8.0), at(bearing=270.0, x=0.0, y=8.0)  # bound for the north
    still = at(bearing=90.0, x=0.0, y=0.0) - at(bearing=270.0, x=0.0, y=0.0)
    assert right - left > still


def test_nothing_rises_beyond_the_vortex() -> None:
    assert at(r=298e3) != 0.0
    assert at(r=299.5e3) == at(r=700e3) == 0.0


@pytest.mark.parametrize(
    ("w", "mm"), [(-1.0, 0.0), (0.005, 0.0), (1.005, 70.0), (7.0, 489.65), (50.0, 489.65)]
)
def test_rain_is_capped_and_never_negative(w: float, mm: float) -> None:
    assert kernel.rate(w, 70.0, 7.0, 0.005) == pytest.approx(mm)


def test_the_table_is_read_linearly_and_ends() -> None:
    table = np.column_stack([np.arange(5.0)] * 4)
    assert [kernel.looked_up(table, 2.0, r, 0) for r in (-1.0, 0.0, 3.0, 7.9, 8.0, 100.0)] == pytest.approx(
        [0.0, 0.0, 1.5, 3.95, 0.0, 0.0]
    )


def test_the_loop_equals_its_python_source_and_a_slow_twin(interpreted) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(5)
    nodes = np.array([[29.0, 122.0, 3.0, 4.0, 5.0, -6.0], [29.1, 121.9, 2.0, 5.0, 0.0, 0.0]])
    latitude, longitude = np.linspace(30, 28, 4), np.linspace(120.5, 123, 5)
    u, v, east, north = (rng.normal(size=(4, 5)) * s for s in (20, 20, 0.05, 0.05))
    drag, de, dn = np.full((4, 5), 0.002), *(rng.normal(size=(4, 5)) * 2e-8 for _ in range(2))
    factors = np.array([70.0, 60.0])
    fixed = (
        nodes, np.stack([TABLE, TABLE * [0.9, 0.9, 0.9, 0.9, 1.0]]), factors, STEP, HALF, latitude, longitude, u, v, drag, de, dn, 0.01,
        east, north, 7.0, 0.005, EARTH_RADIUS,
    )  # fmt: skip
    compiled, plain = np.full((4, 5), -1.0), np.full((4, 5), -1.0)
    kernel.tcr_rows(*fixed, 1, 4, compiled)
    interpreted(kernel).tcr_rows(*fixed, 1, 4, plain)
    np.testing.assert_allclose(compiled, plain, rtol=1e-12)
    assert (compiled[0] == -1).all()  # outside the block

    for i, j in ((1, 0), (2, 3), (3, 4)):
        rates = []
        for k, node in enumerate(nodes):
            phi, lam, p, q = np.radians([latitude[i], longitude[j], node[0], node[1]])
            cosine = np.sin(phi) * np.sin(p) + np.cos(phi) * np.cos(p) * np.cos(lam - q)
            r = EARTH_RADIUS * np.arccos(cosine)
            away = np.array([np.cos(phi) * (lam - q), phi - p])
            away /= np.linalg.norm(away)
            motion, shear = node[2:4], node[4:]
            columns = [np.interp([r - HALF, r, r + HALF], R, fixed[1][k][:, c]) for c in range(5)]
            around = np.array([-away[1], away[0]])
            gradient = np.array([de[i, j], dn[i, j]])
            fluxes = [
                reach
                * np.clip(0.002 + side * HALF * gradient @ away, 0, 0.01)
                * np.linalg.norm(wind * around + motion)
                for side, wind, reach in zip((-1, 0, 1), columns[0], columns[1])
            ]
            w = (fluxes[2] - fluxes[0]) / (2 * HALF * r) + columns[2][1] + columns[3][1] * (shear @ away)
            w += (u[i, j] * east[i, j] + v[i, j] * north[i, j]) * np.clip((150e3 - r) / 30e3, 0.2, 0.6)
            rates.append(factors[k] * max(min(w, 7.0) - 0.005, 0.0))
        assert compiled[i, j] == pytest.approx(np.mean(rates), rel=1e-6, abs=1e-9)
