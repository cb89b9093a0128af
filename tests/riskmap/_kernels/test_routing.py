"""The kernels of hydrographs and routing against slow twins in plain Python."""

from __future__ import annotations

import numpy as np
import pytest

from riskmap._kernels import routing as kernel
from riskmap.hazard.runoff.unit_hydrograph import shape_mass

TIMES, MASSES = shape_mass("nrcs")


def test_the_mass_passed_is_the_integral_of_the_ordinates() -> None:
    places = np.linspace(0.0, 5.0, 50_001)
    flow = np.interp(places, TIMES, np.gradient(MASSES[:, 0], TIMES, edge_order=2))
    found = np.array([kernel.mass_at(p, TIMES, MASSES) for p in places])
    assert (np.diff(found) >= 0).all()
    assert found[-1] == pytest.approx(1.0, abs=1e-15)
    trapezoid = np.append(0.0, np.cumsum(0.5 * (flow[1:] + flow[:-1]) * np.diff(places)))
    np.testing.assert_allclose(found, trapezoid, atol=0.02)


def test_convolution_is_that_of_numpy() -> None:
    rng = np.random.default_rng(5)
    excess = rng.gamma(0.4, 4.0, (3, 40))
    factor, peak = np.array([2.0, 0.5, 7.0]), np.array([1500.0, 4000.0, 700.0])
    out = np.empty((3, 40))
    kernel.convolve_rows(excess, factor, 600.0, peak, TIMES, MASSES, out, 0, 3)
    for n in range(3):
        passed = [kernel.mass_at(k * 600.0 / peak[n], TIMES, MASSES) for k in range(41)]
        np.testing.assert_allclose(
            out[n], factor[n] * np.convolve(excess[n], np.diff(passed))[:40], rtol=1e-12
        )


def test_an_unknown_step_is_unknown_from_there_on() -> None:
    out = np.empty((2, 4))
    excess = np.array([[1.0, np.nan, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])
    kernel.convolve_rows(excess, np.ones(2), 600.0, np.full(2, 900.0), TIMES, MASSES, out, 0, 2)
    assert np.isnan(out).tolist() == [[False, True, True, True], [False] * 4]


def test_a_reach_is_the_recursion_written_out() -> None:
    flow = np.array([0.0, 4.0, 9.0, 3.0, 0.0, 0.0])
    found = flow.copy()
    kernel.route_reach(found, 0.1, 0.5, 0.4, 2)
    wanted = flow
    for _ in range(2):
        before, out = wanted, np.zeros(6)
        for k in range(6):
            out[k] = 0.1 * before[k] + (0.5 * before[k - 1] + 0.4 * out[k - 1] if k else 0.0)
        wanted = out
    np.testing.assert_allclose(found, wanted, rtol=1e-14)


def test_a_tree_adds_its_branches() -> None:
    own = np.arange(12.0).reshape(3, 4)
    at_once, parts = np.tile([1.0, 0.0, 0.0], (3, 1)), np.ones(3, np.int64)
    out = np.zeros((3, 4))
    kernel.route_tree(np.array([0, 1, 2]), np.array([2, 2, -1]), own, at_once, parts, out)
    np.testing.assert_array_equal(out, [own[0], own[1], own.sum(axis=0)])
