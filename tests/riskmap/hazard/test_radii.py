"""The vortex fitted to quadrant radii."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.hazard.radii import (
    FLATTEST,
    GALE,
    STEEPEST,
    QuadrantFit,
    fit_radii,
    gale_radius,
    modelled_radius,
    radius_of_maximum_wind_from_gale,
    speed,
)
from riskmap.hazard.wind import FORCE_SPEEDS
from riskmap.regressions import KNOT
from riskmap.track import QUADRANTS

FORCES = tuple(FORCE_SPEEDS.values())
KNOTS = (30 * KNOT, 50 * KNOT, 64 * KNOT)
CENTRES = (45.0, 135.0, 225.0, 315.0)
NAN = math.nan
LANDFALL = [[300e3, 200e3, 200e3, 250e3], [100e3, 100e3, 80e3, 100e3], [40e3, 40e3, 40e3, 40e3]]


def fit(radii: Any = LANDFALL, speeds: Any = FORCES, **other: Any) -> QuadrantFit:
    return fit_radii(
        speeds=speeds,
        radii=radii,
        **({"maximum_wind": 38.0, "latitude": 29.4, "pressure_deficit": 4500.0} | other),
    )


@st.composite
def bulletins(draw: st.DrawFn) -> dict[str, Any]:
    """Nested radii of either family of speeds with gaps, and a storm around them."""
    vmax = draw(st.floats(12.0, 75.0))
    outermost = draw(st.lists(st.floats(100e3, 500e3), min_size=4, max_size=4))
    table = [outermost]
    for _ in range(2):
        shares = draw(st.lists(st.floats(0.3, 0.9), min_size=4, max_size=4))
        table.append([r * s for r, s in zip(table[-1], shares)])
    gaps = draw(st.lists(st.booleans(), min_size=12, max_size=12))
    radii = np.where(np.reshape(gaps, (3, 4)), np.nan, table)
    return {
        "maximum_wind": vmax,
        "latitude": draw(st.floats(-45.0, 45.0)),
        "pressure_deficit": draw(st.floats(300.0, 12e3)),
        "speeds": draw(st.sampled_from([FORCES, KNOTS])),
        "radii": radii,
        "radius_of_maximum_wind": draw(st.none() | st.floats(10e3, 150e3)),
    }


@given(bulletins())
@settings(max_examples=200, deadline=None)
def test_the_given_radii_come_back(case: dict[str, Any]) -> None:
    found = fit_radii(**case)
    for k, level in enumerate(case["speeds"]):
        for q, quadrant in enumerate(QUADRANTS):
            asked = case["radii"][k, q]
            if level >= case["maximum_wind"]:
                assert found.source[k][q] == "above_maximum_wind"
                assert math.isnan(found.radii[k][q])
                continue
            assert math.isnan(asked) == (found.source[k][q] != "reported")
            radius = found.radii[k][q] if math.isnan(asked) else asked
            assert modelled_radius(found, level, quadrant) == pytest.approx(radius, rel=1e-9)
            assert float(speed(found, radius, CENTRES[q])) == pytest.approx(level, rel=1e-9)


@given(bulletins(), st.floats(0.0, 360.0))
@settings(max_examples=200, deadline=None)
def test_the_wind_falls_outwards_and_peaks_at_its_radius(case: dict[str, Any], azimuth: float) -> None:
    found = fit_radii(**case)
    rmw = found.radius_of_maximum_wind
    outside = speed(found, rmw * np.geomspace(1.0, 100.0, 200), azimuth)
    assert outside[0] == pytest.approx(case["maximum_wind"], rel=1e-12)
    assert np.all(np.diff(outside) < 0)
    inside = speed(found, rmw * np.linspace(0.0, 1.0, 20), azimuth)
    assert inside[0] == 0.0
    assert np.all(np.diff(inside) > 0)


@given(bulletins(), st.floats(0.0, 360.0), st.floats(5e3, 800e3))
@settings(max_examples=200, deadline=None)
def test_no_seam_in_azimuth(case: dict[str, Any], azimuth: float, radius: float) -> None:
    found = fit_radii(**case)
    step = 1e-4
    for at in (azimuth, 0.0, *CENTRES):
        left, right = speed(found, radius, np.array([at - step, at + step]))
        assert abs(right - left) < 1e-2
    assert float(speed(found, radius, 360.0 + azimuth)) == pytest.approx(
        float(speed(found, radius, azimuth)), rel=1e-9
    )


def test_the_blend_is_flat_at_the_middle_of_a_quadrant_and_stays_between_them() -> None:
    """Smooth, not only continuous, and no overshoot: between two quadrants the wind is between theirs."""
    found = fit()
    slope = np.diff(speed(found, 150e3, np.array([44.0, 45.0, 46.0])))
    assert np.all(np.abs(slope) < 0.02)
    around = speed(found, 150e3, np.linspace(45.0, 135.0, 50))
    assert np.all(np.diff(around) < 0)


@given(bulletins(), st.floats(0.0, 360.0), st.floats(1e3, 1e6))
@settings(max_examples=100, deadline=None)
def test_the_wind_is_blended_by_the_squares_of_cosine_and_sine(
    case: dict[str, Any], azimuth: float, radius: float
) -> None:
    found = fit_radii(**case)
    middles = speed(found, radius, np.array(CENTRES))
    off = np.radians((azimuth - np.array(CENTRES) + 180.0) % 360.0 - 180.0)
    shares = np.where(np.abs(off) < np.pi / 2, np.cos(off) ** 2, 0.0)
    assert shares.sum() == pytest.approx(1.0)
    assert float(speed(found, radius, azimuth)) == pytest.approx(float(shares @ middles), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("family", [FORCES, KNOTS])
def test_a_full_bulletin_needs_no_regression(family: tuple[float, ...]) -> None:
    found = fit(speeds=family)
    assert found.radii == tuple(map(tuple, LANDFALL))
    assert {name for row in found.source for name in row} == {"reported"}


def test_a_gap_is_filled_from_the_other_quadrants() -> None:
    found = fit([[300e3, NAN, 200e3, 250e3], [100e3, 100e3, 80e3, 100e3], [40e3] * 4])
    assert found.source[0] == ("reported", "neighbours", "reported", "reported")
    assert found.radii[0][1] == pytest.approx((300e3 * 200e3 * 250e3) ** (1 / 3))


def test_neighbours_that_would_not_nest_give_way_to_the_profile() -> None:
    found = fit([[300e3, 90e3, 200e3, 250e3], [100e3, NAN, 80e3, 100e3], [40e3] * 4])
    assert found.source[1][1] == "profile"
    assert 40e3 < found.radii[1][1] < 90e3


def test_a_speed_without_any_radius_is_read_off_the_profile() -> None:
    found = fit([[NAN] * 4, LANDFALL[1], [NAN] * 4])
    assert found.source == (("profile",) * 4, ("reported",) * 4, ("profile",) * 4)
    assert all(r7 > r10 > r12 for r7, r10, r12 in zip(*found.radii))


def test_without_radii_there_is_a_regression_and_it_says_so() -> None:
    found = fit(np.full((3, 4), NAN))
    assert {name for row in found.source for name in row} == {"regression"}
    assert found.radius_of_maximum_wind_source == "regression"
    gale = gale_radius(maximum_wind=38.0, latitude=29.4)
    single = fit(np.full((1, 4), NAN), (GALE,))
    assert modelled_radius(single, GALE, "SW") == pytest.approx(gale, rel=1e-9)
    assert found.radius_of_maximum_wind == radius_of_maximum_wind_from_gale(
        maximum_wind=38.0, radius=gale, latitude=29.4
    )


def test_both_hemispheres_have_the_same_size() -> None:
    empty = np.full((3, 4), NAN)
    assert fit(empty).radii == fit(empty, latitude=-29.4).radii


def test_a_radius_of_a_wind_that_is_not_reached_is_set_aside() -> None:
    """The Chinese centre kept 40 km for force 12 while In-Fa's wind fell to 20 m/s."""
    found = fit(maximum_wind=28.0)
    assert found.source[2] == ("above_maximum_wind",) * 4
    assert math.isnan(modelled_radius(found, FORCES[2], "NE"))
    assert modelled_radius(found, 28.0, "NE") == pytest.approx(found.radius_of_maximum_wind)


def test_a_radius_of_maximum_wind_beyond_the_innermost_radius_is_drawn_in() -> None:
    found = fit(radius_of_maximum_wind=60e3)
    assert found.radius_of_maximum_wind == pytest.approx(40e3 * FORCES[2] / 38.0)
    assert found.radius_of_maximum_wind_source == "given, limited by the radii"
    near = speed(found, np.array([found.radius_of_maximum_wind, 40e3]), 45.0)
    exponent = -np.diff(np.log(near)) / np.log(40e3 / found.radius_of_maximum_wind)
    assert exponent[0] == pytest.approx(STEEPEST)
    assert fit(radius_of_maximum_wind=20e3).radius_of_maximum_wind_source == "given"


def test_beyond_the_last_radius_the_last_exponent_goes_on_within_bounds() -> None:
    for quadrant, azimuth in zip(range(4), CENTRES):
        found = fit([[r] * 4 for r in (LANDFALL[0][quadrant], LANDFALL[1][quadrant], 40e3)])
        r7, r10 = LANDFALL[0][quadrant], LANDFALL[1][quadrant]
        far = speed(found, np.array([2 * r7, 4 * r7]), azimuth)
        x = np.log(far[0] / far[1]) / np.log(2.0)
        assert x == pytest.approx(
            np.clip(np.log(FORCES[1] / FORCES[0]) / np.log(r7 / r10), FLATTEST, STEEPEST)
        )


def test_between_two_radii_the_wind_is_straight_in_the_logarithm_of_the_radius() -> None:
    found = fit()
    middle = math.sqrt(100e3 * 300e3)
    assert float(speed(found, middle, 45.0)) == pytest.approx((FORCES[0] + FORCES[1]) / 2)
    assert modelled_radius(found, (FORCES[0] + FORCES[1]) / 2, "NE") == pytest.approx(middle)


@pytest.mark.parametrize("excess", [1e-15, 1e-9, 1e-5, 1e-2])
def test_a_maximum_just_above_a_threshold_is_sane(excess: float) -> None:
    found = fit(maximum_wind=FORCES[2] * (1.0 + excess))
    winds = speed(found, np.geomspace(1e3, 1e6, 500), 77.0)
    assert np.isfinite(winds).all()
    assert winds.max() <= found.maximum_wind


def test_a_weak_storm_without_any_anchor_still_has_a_vortex() -> None:
    found = fit(np.full((3, 4), NAN), maximum_wind=12.0)
    assert {name for row in found.source for name in row} == {"above_maximum_wind"}
    assert float(speed(found, 2 * found.radius_of_maximum_wind, 10.0)) == pytest.approx(12.0 * 2**-0.7)


BAD = {
    "maximum_wind": [0.0, -5.0, NAN, 140.0],
    "latitude": [95.0, NAN],
    "pressure_deficit": [0.0, 101_000.0, NAN],
    "radius_of_maximum_wind": [40.0, NAN, 1e6],
    "speeds": [(32.7, 24.5, 13.9), (13.9, NAN, 32.7), (-1.0, 2.0, 3.0), ()],
    "radii": [
        LANDFALL[:2], [300e3, 200e3, 100e3], LANDFALL[::-1], [[300.0] * 4, [100.0] * 4, [40.0] * 4],
        [[math.inf] * 4, *LANDFALL[1:]], [*LANDFALL[:2], [0.0] * 4],
    ],
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(k, v) for k, values in BAD.items() for v in values])
def test_bad_input_is_named(name: str, value: Any) -> None:
    with pytest.raises(DataError) as error:
        fit(**{name: value})
    assert error.value.where == name


def test_bad_questions_are_refused() -> None:
    found = fit()
    for place in ((-1.0, 0.0), (NAN, 0.0), (1e5, NAN)):
        with pytest.raises(DataError, match="azimuth"):
            speed(found, *place)
    for wanted, quadrant in ((0.0, "NE"), (NAN, "NE"), (13.9, "N")):
        with pytest.raises(DataError, match="quadrant"):
            modelled_radius(found, wanted, quadrant)  # type: ignore[arg-type]
