"""Routing down the tree: water kept, never negative, order-free, published coefficients, bad trees."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import GeometryError
from riskmap.hazard.runoff import (
    basin_index,
    channel_coefficients,
    downstream_order,
    muskingum_coefficients,
    route,
    upstream_area,
    wave_celerity,
)


def random_tree(seed: int, n: int = 12) -> np.ndarray:
    rng = np.random.default_rng(seed)
    below = np.array([int(rng.integers(k + 1, n)) if k < n - 1 else -1 for k in range(n)])
    below[rng.integers(0, n)] = -1
    return below


def reaches(seed: int, n: int = 12) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return channel_coefficients(
        rng.uniform(0, 20e3, n), rng.uniform(1e-4, 0.1, n), rng.uniform(0.5, 500, n), step=600.0
    )


def test_coefficients_of_the_textbooks() -> None:
    """Chow, Maidment and Mays (1988), example 8.4.1 (remembered)."""
    found = muskingum_coefficients(2.3, 0.15, 1.0)
    np.testing.assert_allclose([float(c) for c in found], [0.0631, 0.3442, 0.5927], atol=5e-5)


@pytest.mark.parametrize("seed", range(8))
def test_what_flows_in_flows_out_and_nothing_turns_negative(seed: int) -> None:
    below, (coefficients, parts) = random_tree(seed), reaches(seed)
    assert (coefficients >= -1e-12).all()
    np.testing.assert_allclose(coefficients.sum(axis=1), 1.0, rtol=1e-12)
    own = np.zeros((12, 6000))
    own[:, 3:20] = np.random.default_rng(seed).gamma(1.0, 10.0, (12, 17))
    flow = route(own, below, coefficients, parts)
    assert flow.min() >= -1e-9
    assert flow[below < 0].sum() == pytest.approx(own.sum(), rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_the_numbering_of_the_watersheds_changes_nothing(seed: int) -> None:
    below, (coefficients, parts) = random_tree(seed), reaches(seed)
    own = np.random.default_rng(seed).gamma(1.0, 10.0, (12, 40))
    mixed = np.random.default_rng(seed + 100).permutation(12)  # new place -> old place
    place = np.argsort(mixed)
    again = np.array([place[below[k]] if below[k] >= 0 else -1 for k in mixed])
    found = route(own[mixed], again, coefficients[mixed], parts[mixed])
    np.testing.assert_allclose(found, route(own, below, coefficients, parts)[mixed], rtol=1e-12)


def test_a_wave_comes_later_and_lower_down_the_valley() -> None:
    step, n = 600.0, 5
    below = np.array([1, 2, 3, 4, -1])
    coefficients, parts = channel_coefficients(np.full(n, 8e3), np.full(n, 2e-3), np.full(n, 80.0), step=step)
    own = np.zeros((n, 300))
    own[0, :6] = [10, 40, 80, 60, 30, 10]
    flow = route(own, below, coefficients, parts)
    assert (np.diff(flow.max(axis=1)) < 0).all()
    centre = (flow * np.arange(300)).sum(axis=1) / flow.sum(axis=1) * step
    celerity = float(wave_celerity(80.0, 4.0 * 80.0**0.5, 2e-3))
    np.testing.assert_allclose(np.diff(centre), 8e3 / celerity, rtol=1e-6)


@given(discharge=st.floats(1, 500), slope=st.floats(1e-3, 0.1))
def test_a_faster_wave_on_steeper_ground(discharge: float, slope: float) -> None:
    assert wave_celerity(discharge, 20.0, 2 * slope) > wave_celerity(discharge, 20.0, slope)


def test_unknown_water_goes_downstream_only() -> None:
    coefficients, parts = reaches(1, 3)
    own = np.ones((3, 4))
    own[1, 2:] = np.nan
    flow = route(own, np.array([1, -1, -1]), coefficients, parts)
    assert np.isnan(flow).any(axis=1).tolist() == [False, True, False]


def test_bad_trees_are_named() -> None:
    with pytest.raises(GeometryError, match="loop"):
        downstream_order(np.array([1, 0, -1]))
    with pytest.raises(GeometryError, match="watershed 2"):
        downstream_order(np.array([1, 7]))
    assert downstream_order(np.array([], np.int64)).tolist() == []


def test_area_and_index() -> None:
    assert upstream_area(np.array([3.0, 1.0, 2.0]), np.array([-1, 0, 1])).tolist() == [6.0, 3.0, 2.0]
    assert basin_index([-0.0, 9.0]).tolist() == [0.0, 3.0]
    assert np.isnan(basin_index(np.nan))


def test_the_weight_is_that_of_cunge_and_a_flat_channel_spreads_the_wave_more() -> None:
    step, length, discharge = 600.0, np.array([1800.0, 1800.0]), np.array([80.0, 80.0])
    slope, width = np.array([4e-3, 1e-3]), 4.0 * np.sqrt(80.0)
    found, parts = channel_coefficients(length, slope, discharge, step=step)
    celerity = wave_celerity(discharge, width, slope)
    weight = 0.5 * (1.0 - discharge / (width * slope * celerity * length))
    assert parts.tolist() == [1, 1]
    assert 0.1 < weight[1] < weight[0] - 0.1
    wanted = np.stack(muskingum_coefficients(length / celerity, weight, step), axis=1)
    np.testing.assert_allclose(found, wanted, rtol=1e-9)
