"""Curve numbers: published values, the inverse, laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.hazard.runoff import (
    TR55,
    WORLDCOVER,
    antecedent_curve_number,
    curve_number,
    curve_numbers,
    dry_curve_number,
    hydrograph,
    retention,
    scs_increments,
    scs_rain,
    scs_runoff,
    scs_step,
    wet_curve_number,
)

CN = st.floats(30.0, 100.0)


@pytest.mark.parametrize(
    ("rain", "wanted"), [(100.0, (18.57, 41.14, 72.63)), (200.0, (82.27, 125.17, 169.71))]
)
def test_known_answers(rain: float, wanted: tuple[float, ...]) -> None:
    np.testing.assert_allclose(scs_runoff(rain, [60.0, 75.0, 90.0]), wanted, atol=5e-3)


@given(rain=st.floats(0, 600), cn=CN)
def test_the_inverse_brings_the_rain_back(rain: float, cn: float) -> None:
    runoff = float(scs_runoff(rain, cn))
    assert 0.0 <= runoff <= rain
    back = float(scs_rain(runoff, cn))
    assert float(scs_runoff(back, cn)) == pytest.approx(runoff, abs=1e-9)
    if runoff > 1e-6:
        assert back == pytest.approx(rain, rel=1e-6)


@given(rain=st.floats(0, 600), more=st.floats(0, 100), cn=st.floats(30, 95), wetter=st.floats(0, 5))
def test_more_rain_or_a_higher_number_never_brings_less(
    rain: float, more: float, cn: float, wetter: float
) -> None:
    assert scs_runoff(rain + more, cn) >= scs_runoff(rain, cn)
    assert scs_runoff(rain, cn + wetter) >= scs_runoff(rain, cn) - 1e-12


@given(steps=st.lists(st.floats(0, 80), min_size=1, max_size=24), cn=CN)
def test_the_steps_add_up_and_their_order_does_not_matter(steps: list[float], cn: float) -> None:
    found = scs_increments(steps, cn)
    assert (found >= 0.0).all()
    assert (found <= np.array(steps) + 1e-9).all()
    assert found.sum() == pytest.approx(float(scs_runoff(sum(steps), cn)), abs=1e-9)
    assert scs_increments(steps[::-1], cn).sum() == pytest.approx(found.sum(), abs=1e-9)


def test_no_drop_more_takes_water_back() -> None:
    """By a last bit it did, and whoever routed the water refused the whole cycle."""
    rain = np.random.default_rng(2).uniform(0.0, 3e-14, (400, 60))
    rain[0] = np.linspace(40.0, 300.0, 60)
    found = scs_increments(rain, 75.0)
    assert (np.diff(scs_runoff(np.cumsum(rain, axis=0), 75.0), axis=0) < 0.0).any(), "else nothing is tested"
    assert (found >= 0.0).all()
    np.testing.assert_allclose(found.sum(axis=0), scs_runoff(rain.sum(axis=0), 75.0), rtol=1e-12)
    assert (hydrograph(found.T, np.full(60, 2e7), np.full(60, 7200.0), step=600.0) >= 0.0).all()
    total, s = np.ascontiguousarray(rain[:1]), np.broadcast_to(retention(75.0), (1, 60)).copy()
    assert all((scs_step(step[None], total, s) >= 0.0).all() for step in rain[1:])


def test_a_grid_step_is_the_increment() -> None:
    rain = np.array([[[20.0, 20.0]], [[60.0, 0.0]]])
    total = np.zeros((1, 2))
    s = retention(np.array([[75.0, 90.0]]))
    found = np.stack([scs_step(step, total, s) for step in rain])
    np.testing.assert_allclose(found[:, 0, 0], scs_increments(rain[:, 0, 0], 75.0), rtol=1e-6)
    np.testing.assert_allclose(found[:, 0, 1], scs_increments(rain[:, 0, 1], 90.0), rtol=1e-6)


@given(cn=st.floats(10, 99.9))
def test_wet_ground_has_a_higher_number_than_dry(cn: float) -> None:
    dry, wet = float(dry_curve_number(cn)), float(wet_curve_number(cn))
    assert 0 < dry < cn < wet <= 100.01
    assert antecedent_curve_number(cn, [0, 1, 2]).tolist() == pytest.approx([dry, cn, wet])


def test_open_water_keeps_nothing_and_nan_stays() -> None:
    assert float(scs_runoff(37.0, 100.0)) == 37.0
    assert np.isnan(scs_runoff([np.nan, 50.0], [70.0, np.nan])).all()
    assert np.isnan(scs_increments([10.0, np.nan, 5.0], 80.0)).tolist() == [False, True, True]


@pytest.mark.parametrize("cn", [0.0, -5.0, 101.0])
def test_a_number_out_of_range_is_named(cn: float) -> None:
    with pytest.raises(DataError, match=str(cn)):
        retention(cn)


def test_negative_rain_is_named() -> None:
    with pytest.raises(DataError, match=r"negative rain.*-3.0 at \(1,\)"):
        scs_increments([5.0, -3.0], 70.0)


def test_the_table_rises_from_group_to_group_and_with_poor_condition() -> None:
    for cover, row in TR55.items():
        assert list(row) == sorted(row), cover
        good = TR55.get(cover.replace("_poor", "_good"))
        assert good is None or all(p >= g for p, g in zip(row, good)), cover
    assert set(WORLDCOVER.values()) <= set(TR55)
    assert curve_number("woods_good", "B") == 55.0
    with pytest.raises(DataError, match="moonscape"):
        curve_number("moonscape", "B")


def test_maps_of_cover_and_soil() -> None:
    found = curve_numbers(np.array([[10, 10, 80], [50, 99, 10]]), np.array([[1, 4, 0], [2, 2, 9]]))
    np.testing.assert_array_equal(found, np.array([[36, 79, 100], [85, np.nan, np.nan]], np.float32))
    assert curve_numbers(np.array([[10]])).tolist() == [[73.0]]
