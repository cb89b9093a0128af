"""One step of the solver against a slow one that is written face by face in double precision."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap._kernels import inundation as kernel
from riskmap.hazard.inundation import Flow, Scheme, Wall, make_ground
from riskmap.hazard.inundation.flow import FREE_FALL


def slow_flow(
    here: float, there: float, low: float, high: float, q: float, before: float, after: float, along: float, *,
    n: float, dx: float, dt: float, scheme: Scheme,
) -> float:  # fmt: skip
    """One face: water ``here`` on bed ``low``, ``there`` on bed ``high``."""
    depth = max(here + low, there + high) - max(low, high)
    if depth <= scheme.dry:
        return 0.0
    mean = scheme.theta * q + 0.5 * (1 - scheme.theta) * ((before or q) + (after or q))
    fall = FREE_FALL * dt * depth * (there + high - here - low) / dx
    drag = FREE_FALL * dt * n * n * np.hypot(q, along) / depth ** (7 / 3)
    most = scheme.froude * depth * np.sqrt(FREE_FALL * depth)
    return float(np.clip((mean - fall) / (1 + drag), -most, most))


def slow_step(
    z: Any, h: Any, qx: Any, qy: Any, *, n: Any, dx: Any, dy: float, dt: float, scheme: Scheme, rain: Any
) -> tuple[Any, Any, Any]:
    """One step on a closed grid; flows are those over the east and south side of each cell."""
    rows, columns = z.shape
    px, py = np.pad(qx, 2), np.pad(qy, 2)  # flows beyond the grid are nought
    fx, fy = np.zeros((rows, columns)), np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            a, b = i + 2, j + 2
            if j + 1 < columns:
                along = (py[a - 1, b] + py[a - 1, b + 1] + py[a, b] + py[a, b + 1]) / 4
                fx[i, j] = slow_flow(
                    h[i, j], h[i, j + 1], z[i, j], z[i, j + 1], qx[i, j], px[a, b - 1], px[a, b + 1], along,
                    n=(n[i, j] + n[i, j + 1]) / 2, dx=dx[i], dt=dt, scheme=scheme,
                )  # fmt: skip
            if i + 1 < rows:
                along = (px[a, b - 1] + px[a, b] + px[a + 1, b - 1] + px[a + 1, b]) / 4
                fy[i, j] = slow_flow(
                    h[i, j], h[i + 1, j], z[i, j], z[i + 1, j], qy[i, j], py[a - 1, b], py[a + 1, b], along,
                    n=(n[i, j] + n[i + 1, j]) / 2, dx=dy, dt=dt, scheme=scheme,
                )  # fmt: skip
    edge = [(dx[i] + dx[min(i + 1, rows - 1)]) / 2 for i in range(rows)]
    share = np.ones((rows, columns))
    for i in range(rows):
        for j in range(columns):
            out = max(fx[i, j], 0) * dy + max(fy[i, j], 0) * edge[i]
            out += max(-fx[i, j - 1], 0) * dy if j else 0
            out += max(-fy[i - 1, j], 0) * edge[i - 1] if i else 0
            share[i, j] = min(1.0, h[i, j] * dx[i] * dy / (dt * out)) if out > 0 else 1.0
    new = h + dt * rain
    for i in range(rows):
        for j in range(columns):
            if j + 1 < columns:
                fx[i, j] *= share[i, j] if fx[i, j] > 0 else share[i, j + 1]
                for k, sign in ((j, -1), (j + 1, 1)):
                    new[i, k] += sign * dt * fx[i, j] / dx[i]
            if i + 1 < rows:
                fy[i, j] *= share[i, j] if fy[i, j] > 0 else share[i + 1, j]
                for k, sign in ((i, -1), (i + 1, 1)):
                    new[k, j] += sign * dt * fy[i, j] * edge[i] / (dx[k] * dy)
    return new, fx, fy


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.3, 3.0, 30.0]), st.sampled_from([0.7, 0.9, 1.0]))
def test_a_step_is_that_of_the_slow_one(seed: int, roughness: float, theta: float) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(1, 9)), int(rng.integers(1, 40))
    z = np.round(rng.normal(0.0, roughness, (rows, columns)), 3)
    h = np.where(rng.random(z.shape) < 0.3, 0.0, rng.exponential(0.5, z.shape))
    n = rng.uniform(0.02, 0.1, z.shape)
    rain = rng.uniform(0.0, 1e-4, z.shape)
    dx, dy = np.linspace(9.0, 11.0, rows), 10.0
    scheme = Scheme(theta=theta, tile=(3, 7), span=20)
    flow = Flow(make_ground(z, dx=dx, dy=dy, manning=n), depth=h, scheme=scheme, workers=1)
    qx, qy = flow.flows
    qx[:, :-1], qy[:-1] = rng.normal(0, 0.1, (rows, columns - 1)), rng.normal(0, 0.1, (rows - 1, columns))
    flow.set_rain(rain)
    before = np.array(qx, np.float64), np.array(qy, np.float64)
    dt = flow.step()
    expected = slow_step(z, h, *before, n=n, dx=dx, dy=dy, dt=dt, scheme=scheme, rain=rain)
    for found, wanted in zip((flow.depth, *flow.flows), expected, strict=True):
        assert np.allclose(found, wanted, rtol=2e-5, atol=2e-5)
    assert np.nanmin(flow.depth) >= 0.0


@pytest.mark.parametrize("scale", [1e-5, 1e-3, 0.07, 1.0, 30.0, 400.0])
def test_the_seventh_third_needs_no_power(scale: float) -> None:
    depth = (scale * np.linspace(1.0, 2.0, 101)).astype(np.float32)
    found = [kernel.inverse_seventh_third(x) for x in depth]
    assert np.allclose(found, depth.astype(np.float64) ** (-7 / 3), rtol=2e-6)


@pytest.mark.parametrize(
    ("head", "tail", "expected"),
    [(-0.1, -0.5, 0.0), (1.0, -3.0, 1.7049), (1.0, 2 / 3, 1.7049), (1.0, 0.9, 0.9 * np.sqrt(0.2 * 9.81)), (1.0, 1.0, 0.0)],
)  # fmt: skip
def test_a_weir_is_free_then_drowned(head: float, tail: float, expected: float) -> None:
    assert kernel.weir(head, tail, np.sqrt(2 * FREE_FALL)) == pytest.approx(expected, abs=1e-3)


@given(st.floats(0.01, 5.0), st.lists(st.floats(-1.0, 1.0), min_size=2, max_size=5))
def test_more_tail_water_never_means_more_flow_over_a_weir(head: float, shares: Sequence[float]) -> None:
    flows = [kernel.weir(head, head * s, 4.43) for s in sorted(shares)]
    assert all(b <= a + 1e-12 for a, b in pairwise(flows))


def test_a_wall_holds_back_water_up_to_its_crest_and_lets_over_the_rest() -> None:
    ground = make_ground(np.zeros((3, 8)), dx=10.0, dy=10.0, manning=0.03)
    high = [(i, 3, "east") for i in range(3)]
    start = np.where(np.arange(8) < 4, 1.0, 0.0) * np.ones((3, 1))
    held = Flow(ground, depth=start, walls=[Wall(high, 1.0)])  # type: ignore[arg-type]
    over = Flow(ground, depth=start, walls=[Wall(high, 0.8)])  # type: ignore[arg-type]
    for flow in (held, over):
        while flow.time < 600.0:
            flow.step()
    assert np.array_equal(held.depth, start)
    assert over.depth[:, :4].mean() == pytest.approx(0.8, abs=0.02)
    assert over.depth.mean() == pytest.approx(0.5, abs=1e-7)
