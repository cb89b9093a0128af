"""Typhoon rain on plain numbers: published values, closed forms and laws."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import CoverageError, DataError
from riskmap.hazard.profiles import emanuel_rotunno_2011, modified_rankine
from riskmap.hazard.rain_models import (
    RAIN_MODELS,
    SEA_DRAG,
    Origin,
    OriginWindow,
    ipet,
    precede,
    rcliper,
    saturation_specific_humidity,
    tcr,
    tcr_friction,
    tcr_humidity,
    tcr_rain_rate,
    tcr_shear,
    tcr_stretching,
    tcr_topography,
)
from riskmap.regressions import KNOT

LAWS = settings(deadline=None, max_examples=60)
STORM = partial(emanuel_rotunno_2011, maximum_wind=40.0, radius_of_maximum_wind=40e3, latitude=29.0)
CALM = np.zeros_like
CALLS = {
    "rcliper": {"maximum_wind": 40.0},
    "ipet": {"pressure_deficit": 4500.0, "radius_of_maximum_wind": 40e3},
    "tcr": {"profile": STORM, "latitude": 29.0, "specific_humidity": 0.0195},
}
RADII = np.linspace(0.0, 600e3, 200)


def test_every_model_is_tried_and_says_what_it_needs() -> None:
    assert set(CALLS) == set(RAIN_MODELS)
    assert all(set(model.needs) == set(CALLS[name]) for name, model in RAIN_MODELS.items())


@pytest.mark.parametrize("name", CALLS)
def test_rain_is_finite_never_negative_and_fades(name: str) -> None:
    rates = RAIN_MODELS[name].function(RADII.reshape(20, 10), **CALLS[name])
    assert rates.shape == (20, 10)
    assert np.isfinite(rates).all()
    assert rates.min() >= 0.0
    assert rates.ravel()[-1] < 0.3 * rates.max()


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("radius", [-1.0, np.nan, "far"])
def test_a_distance_that_is_none_is_refused(name: str, radius: object) -> None:
    with pytest.raises(DataError, match="distance from the centre"):
        RAIN_MODELS[name].function(radius, **CALLS[name])


def test_rcliper_by_hand_from_the_coefficients() -> None:
    rates = rcliper(np.array([0, 51.5, 100, 200, 300]) * 1e3, maximum_wind=35 * KNOT)
    np.testing.assert_allclose(rates, [3.0268, 3.3867, 2.3582, 1.1181, 0.5301], atol=6e-5)
    assert rcliper(0.0, maximum_wind=64 * KNOT) == pytest.approx(6.7098, abs=6e-5)


def test_ipet_as_published() -> None:
    rates = ipet([0.0, 30e3, 90e3], pressure_deficit=4500.0, radius_of_maximum_wind=30e3)
    np.testing.assert_allclose(rates, [6.54, 6.54, 3.5892], atol=5e-5)


def test_other_units_are_refused() -> None:
    with pytest.raises(DataError, match="pressure_deficit"):
        ipet(0.0, pressure_deficit=101_000.0, radius_of_maximum_wind=30e3)
    with pytest.raises(DataError, match="radius_of_maximum_wind"):
        ipet(0.0, pressure_deficit=4500.0, radius_of_maximum_wind=30.0)
    with pytest.raises(DataError, match="maximum_wind"):
        rcliper(0.0, maximum_wind=250.0)
    with pytest.raises(DataError, match="specific_humidity"):
        tcr_rain_rate(0.1, specific_humidity=19.5)


def test_friction_of_a_rigid_rotation() -> None:
    """V = k r, no rotation of the earth: dM/dr = 2 V, so w = (3/2) Cd V."""
    r = np.array([20e3, 60e3, 90e3])
    found = tcr_friction(r, profile=lambda x: 5e-4 * x, latitude=0.0)
    np.testing.assert_allclose(found, 1.5 * SEA_DRAG * 5e-4 * r, rtol=1e-3)


def test_friction_of_a_rankine_vortex() -> None:
    """V = k r^-1/2, no rotation of the earth: dM/dr = V / 2, so w = 3 Cd V."""
    profile = partial(modified_rankine, maximum_wind=60.0, radius_of_maximum_wind=20e3, latitude=0.0)
    r = np.array([40e3, 80e3, 120e3])  # beyond, dM/dr meets its floor
    found = tcr_friction(r, profile=profile, latitude=0.0)
    np.testing.assert_allclose(found, 3.0 * SEA_DRAG * profile(r), rtol=1e-3)


def test_stretching_of_a_rankine_vortex_that_doubles_in_a_day() -> None:
    """dV/dt = V / T, dM/dr = V / 2: w = (H / r) d/dr(2 r^2 / T) = 4 H / T beyond the core."""
    profile = partial(modified_rankine, maximum_wind=60.0, radius_of_maximum_wind=20e3, latitude=0.0)
    call = {"profile": profile, "latitude": 0.0, "radius_of_maximum_wind": 20e3}
    spin_up = tcr_stretching(80e3, tendency=lambda r: profile(r) / 86400.0, **call)
    assert float(spin_up) == pytest.approx(4.0 * 4000.0 / 86400.0, rel=1e-3)
    assert tcr_stretching(80e3, tendency=lambda r: -profile(r) / 86400.0, **call) == pytest.approx(-spin_up)


def test_shear_of_a_rigid_rotation() -> None:
    """V = k r: f + V/r + dV/dr = 2 k at the equator."""
    found = tcr_shear([0.0, 50e3], profile=lambda r: 1e-3 * r, latitude=0.0, outward_shear=10.0)
    np.testing.assert_allclose(found, [0.0, 1.0], atol=1e-9)
    with pytest.raises(DataError, match="outward_shear"):
        tcr_shear(50e3, profile=STORM, latitude=29.0, outward_shear=400.0)


@pytest.mark.parametrize("latitude", [-29.0, 29.0])
def test_both_hemispheres_rain_the_same(latitude: float) -> None:
    profile = partial(emanuel_rotunno_2011, maximum_wind=40.0, radius_of_maximum_wind=40e3, latitude=latitude)
    found = tcr(RADII, profile=profile, latitude=latitude, specific_humidity=0.0195)
    np.testing.assert_allclose(found, tcr(RADII, **CALLS["tcr"]), rtol=1e-12)


def test_no_wind_no_rain() -> None:
    assert (tcr(RADII, profile=CALM, latitude=29.0, specific_humidity=0.02) == 0.0).all()
    assert (tcr_topography(0.0, 0.0, 0.2, 0.1, radius=RADII) == 0.0).all()


@LAWS
@given(w=st.floats(-20, 20), q=st.floats(0.001, 0.02))
def test_rain_is_linear_in_moisture(w: float, q: float) -> None:
    double, single = (tcr_rain_rate(w, specific_humidity=q * n) for n in (2, 1))
    assert double == pytest.approx(2 * single, rel=1e-12)
    assert single >= 0.0


@LAWS
@given(w=st.floats(-5, 5), more=st.floats(0, 5))
def test_more_ascent_never_rains_less(w: float, more: float) -> None:
    assert tcr_rain_rate(w + more, specific_humidity=0.02) >= tcr_rain_rate(w, specific_humidity=0.02)


def test_slopes_count_less_far_away_and_the_lee_sinks() -> None:
    found = tcr_topography(
        20.0, 0.0, [0.1, 0.1, 0.1, 0.1, -0.1], 0.0, radius=[50e3, 138e3, 200e3, 400e3, 50e3]
    )
    np.testing.assert_allclose(found, [1.2, 0.8, 0.4, 0.0, -1.2])


@pytest.mark.parametrize(
    ("temperature", "wind", "mixing_ratio"),
    [
        (275.0, 0.0, 0.01572678),
        (275.0, 40.0, 0.01800204),
        (278.0, 30.0, 0.0193554),
        (270.0, 50.0, 0.01589165),
    ],
)
def test_humidity_as_pytcr_has_it(temperature: float, wind: float, mixing_ratio: float) -> None:
    """Values of a run of pyTCR's calculate_qs900, which gives the mixing ratio."""
    expected = mixing_ratio / (1.0 + mixing_ratio)
    assert tcr_humidity(temperature, maximum_wind=wind) == pytest.approx(expected, rel=1e-6)


def test_warm_air_and_low_pressure_hold_more_vapour() -> None:
    q = saturation_specific_humidity(np.arange(260.0, 310.0), pressure=90_000.0)
    assert (np.diff(q) > 0).all()
    assert (saturation_specific_humidity(290.0, pressure=80_000.0) > saturation_specific_humidity(290.0, pressure=90_000.0)).all()  # fmt: skip
    with pytest.raises(DataError, match="kelvin"):
        saturation_specific_humidity(23.0, pressure=90_000.0)
    with pytest.raises(DataError, match="pascals"):
        saturation_specific_humidity(290.0, pressure=900.0)


def test_the_grid_goes_first_and_no_data_falls_back() -> None:
    grid, model = np.array([[0.0, np.nan], [7.0, np.nan]], "f4"), np.array([[3.0, 4.0], [5.0, np.nan]], "f4")
    rain, origin = precede(grid, model)
    np.testing.assert_array_equal(rain, np.array([[0.0, 4.0], [7.0, np.nan]], "f4"))
    assert origin.tolist() == [[Origin.GRIDDED, Origin.PARAMETRIC]] * 2
    assert rain.dtype == np.float32
    rain, origin = precede(None, model)
    np.testing.assert_array_equal(rain, model)
    assert not origin.any()
    with pytest.raises(DataError, match="different grids"):
        precede(grid[:1], model)


@LAWS
@given(st.lists(st.integers(0, 1), min_size=6, max_size=30), st.integers(1, 6))
def test_a_sum_is_labelled_by_its_hours(origins: list[int], hours: int) -> None:
    window = OriginWindow(longest=6)
    for origin in origins:
        window.add(np.full((1, 2), origin, np.int8))
    kinds = set(origins[-hours:])
    expected = Origin.MIXED if len(kinds) == 2 else Origin(kinds.pop())
    assert window.origin(hours).tolist() == [[expected, expected]]
    assert Origin.MIXED.english == "part grid, part parametric"


def test_origins_of_a_window_that_is_not_whole() -> None:
    with pytest.raises(CoverageError, match="not whole"):
        OriginWindow(longest=3).origin(1)
