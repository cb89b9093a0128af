"""Each radial profile: published values, and what is its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.hazard import profiles
from riskmap.hazard.profiles import holland_b, holland_bs, maximum_wind_from_pressure
from riskmap.hazard.profiles._checks import coriolis
from tests.vortices import MANY, OWN, SHAPES, STORMS, TYPICAL, Storm, speed


@pytest.mark.parametrize(
    ("deficit", "wind", "b"), [(1500, 35.0, 2.5), (3000, 40.0, 1.667213), (8000, 20.0, 1.0)]
)
def test_holland_b_of_the_published_checks(deficit: float, wind: float, b: float) -> None:
    assert holland_b(pressure_deficit=deficit, gradient_wind=wind) == pytest.approx(b, abs=1e-6)


@pytest.mark.parametrize(("speed", "pressure_change"), [(5.242, 0.0049), (5.124, 0.0049)])
def test_holland_2008_shape_of_the_published_check(speed: float, pressure_change: float) -> None:
    # hourly pressure 1005.2585 -> 1005.2633 -> 1005.2682 hPa
    b = holland_bs(
        pressure_deficit=473,
        pressure_tendency=pressure_change * 100 / 3600,
        latitude=12.3,
        translation_speed=speed,
    )
    assert b == pytest.approx(1.27, abs=0.01)


def test_holland_2008_shape_is_the_same_in_both_hemispheres() -> None:
    north, south = (
        holland_bs(pressure_deficit=4000, pressure_tendency=0.0, latitude=lat, translation_speed=5.0)
        for lat in (25, -25)
    )
    assert north == south


@pytest.mark.parametrize(("deficit", "b", "wind"), [(1500, 2.5, 34.635341), (3000, 1.67, 40.033421)])
def test_holland_2008_maximum_wind_of_the_published_checks(deficit: float, b: float, wind: float) -> None:
    assert maximum_wind_from_pressure(pressure_deficit=deficit, b=b) == pytest.approx(wind, abs=1e-6)


def test_the_two_hollands_are_inverse_to_each_other() -> None:
    wind = maximum_wind_from_pressure(pressure_deficit=4000, b=1.8)
    assert holland_b(pressure_deficit=4000, gradient_wind=wind) == pytest.approx(1.8)


def test_the_gradient_form_is_the_paper_s_equation() -> None:
    b, deficit, core, density = 1.6, 4000.0, 35e3, 1.15
    f = coriolis(20.0)
    for r in (5e3, 35e3, 90e3, 250e3):
        x = (core / r) ** b
        paper = np.sqrt(b / density * x * deficit * np.exp(-x) + (r * f / 2) ** 2) - r * f / 2
        ours = profiles.holland_1980_gradient(
            r, pressure_deficit=deficit, radius_of_maximum_wind=core, latitude=-20.0, b=b, air_density=density
        )
        assert float(ours) == pytest.approx(paper, rel=1e-12)


@MANY
@given(storm=STORMS, b=SHAPES)
def test_both_forms_of_holland_1980_are_one(storm: Storm, b: float) -> None:
    f = coriolis(storm.latitude)
    square = storm.maximum_wind * (storm.maximum_wind + storm.radius_of_maximum_wind * f)
    deficit = square * np.e * profiles.AIR_DENSITY / b
    if deficit > 2e4:
        return
    radius = np.linspace(0.0, 500e3, 40)
    gradient = profiles.holland_1980_gradient(
        radius, pressure_deficit=deficit, b=b, radius_of_maximum_wind=storm.radius_of_maximum_wind,
        latitude=storm.latitude,
    )  # fmt: skip
    np.testing.assert_allclose(gradient, speed("holland_1980", radius, storm, b), rtol=1e-12)


def test_the_gradient_form_names_what_is_wrong() -> None:
    good = {"pressure_deficit": 4000.0, "radius_of_maximum_wind": 35e3, "latitude": 20.0, "b": 1.6}
    for argument in ("pressure_deficit", "radius_of_maximum_wind", "latitude", "b", "air_density"):
        with pytest.raises(DataError, match=f"^{argument}: "):
            profiles.holland_1980_gradient(60e3, **{**good, argument: float("nan")})


@MANY
@given(storm=STORMS, b=SHAPES, share=st.floats(0.2, 0.7))
def test_holland_2010_passes_through_the_outer_wind_unless_it_is_held(
    storm: Storm, b: float, share: float
) -> None:
    outer = {"outer_wind": share * storm.maximum_wind, "outer_radius": 5.0 * storm.radius_of_maximum_wind}
    x_n = profiles.outer_exponent(
        maximum_wind=storm.maximum_wind, radius_of_maximum_wind=storm.radius_of_maximum_wind, b=b, **outer
    )
    found = float(speed("holland_2010", outer["outer_radius"], storm, b, **outer))
    assert found <= outer["outer_wind"] + 1e-9
    if x_n >= 0.4:
        assert found == pytest.approx(outer["outer_wind"])


@pytest.mark.parametrize("family", ["10", "11"])
def test_willoughby_uses_one_family_whole(family: Any) -> None:
    n, length, share = profiles.willoughby_parameters(
        maximum_wind=50.0, radius_of_maximum_wind=30e3, latitude=-20.0, family=family
    )
    by_hand = {
        "10": (0.4067 + 0.72 - 0.076, 317.1 - 101.3 + 38.3, 0.0696 + 0.245 - 0.128),
        "11": (
            2.134 + 0.385 - 0.4522 * np.log(30) - 0.076,
            287.6 - 97.1 + 7.799 * np.log(30) + 36.38,
            0.5913 + 0.145 - 0.1361 * np.log(30) - 0.084,
        ),
    }
    assert (n, length / 1e3, share) == pytest.approx(by_hand[family])


def test_the_share_of_the_second_exponential_is_never_negative() -> None:
    for family in ("10", "11"):
        assert profiles.willoughby_parameters(
            maximum_wind=15.0, radius_of_maximum_wind=80e3, latitude=40.0,
            family=family,  # type: ignore[arg-type]
        )[2] == 0.0  # fmt: skip


def test_a_storm_outside_the_regressions_is_refused() -> None:
    with pytest.raises(DataError, match="outside the regressions"):
        profiles.willoughby_2006(1e4, maximum_wind=15, radius_of_maximum_wind=300e3, latitude=30, family="11")


@MANY
@given(storm=STORMS, n=st.floats(0.3, 2.0), length=st.floats(100e3, 400e3))
def test_a_single_exponential_peaks_exactly_at_its_radius(storm: Storm, n: float, length: float) -> None:
    core = storm.radius_of_maximum_wind
    radius = core * np.linspace(0.5, 1.5, 1001)
    speeds = profiles.willoughby_sections(radius, **storm._asdict(), exponent=n, decay_length=length)
    assert speeds.max() == pytest.approx(storm.maximum_wind, abs=1e-9)
    far = core + 25e3 + 100e3
    outer = profiles.willoughby_sections(far, **storm._asdict(), exponent=n, decay_length=length)
    assert float(outer) == pytest.approx(storm.maximum_wind * np.exp(-125e3 / length))
    near = profiles.willoughby_sections(0.01 * core, **storm._asdict(), exponent=n, decay_length=length)
    assert float(near) <= storm.maximum_wind * 0.01**n * (1.0 + 1e-9) + 0.05 * storm.maximum_wind


def test_the_term_of_rotation_is_kept_in_emanuel_and_rotunno() -> None:
    f = coriolis(TYPICAL.latitude)
    momentum = 40e3 * 40.0 + 0.5 * f * 40e3**2
    for r in (10e3, 40e3, 150e3):
        x = (r / 40e3) ** 2
        assert float(speed("emanuel_rotunno_2011", r)) == pytest.approx(
            momentum * 2 * x / (1 + x) / r - 0.5 * f * r
        )
    assert float(speed("emanuel_rotunno_2011", 3e6)) == 0.0


@MANY
@given(storm=STORMS, b=SHAPES)
def test_tao_passes_through_the_gale_radius_without_a_step(storm: Storm, b: float) -> None:
    own = OWN["tao_2025"](storm, b)
    assert float(speed("tao_2025", own["gale_radius"], storm, b)) == pytest.approx(own["gale_wind"])
    speeds = speed("tao_2025", np.arange(0.0, 3e6, 250.0), storm, b)
    assert np.abs(np.diff(speeds)).max() < 0.04 * storm.maximum_wind
    assert float(speed("tao_2025", 2e7, storm, b)) == 0.0


def test_tao_solves_the_outer_wind_of_emanuel_where_it_joins_it() -> None:
    # r V is a plateau that the outer branch leaves at c: there dM/dr = f c = 1.5 (r V)^2 / (r0^2 - c^2)
    f = coriolis(TYPICAL.latitude)
    radius = np.arange(40e3, 2e6, 10.0)
    product = radius * speed("tao_2025", radius, gale_wind=17.5, gale_radius=250e3)
    top = product.max()
    joint = radius[product >= top * (1.0 - 1e-9)][-1]
    edge = radius[product > 0.0][-1]
    assert f * joint == pytest.approx(1.5 * top**2 / (edge**2 - joint**2), rel=1e-3)


def test_tao_refuses_a_gale_radius_only_where_wind_would_rise_outwards() -> None:
    refused = 0
    for gale in np.arange(60e3, 800e3, 5e3):
        try:
            speeds = speed("tao_2025", np.linspace(40e3, gale, 200), gale_wind=17.5, gale_radius=gale)
        except DataError:
            refused += 1
        else:
            assert (np.diff(speeds) <= 1e-9).all()
            assert speeds[-1] == pytest.approx(17.5)
    assert 0 < refused < 60


def test_tao_is_not_for_the_equator() -> None:
    with pytest.raises(DataError, match=r"^latitude: "):
        speed("tao_2025", 60e3, TYPICAL._replace(latitude=0.2))


@MANY
@given(storm=STORMS, b=SHAPES)
def test_two_eyewalls_have_their_winds(storm: Storm, b: float) -> None:
    own = OWN["double_holland"](storm, b)
    at_outer = float(speed("double_holland", own["outer_eyewall_radius"], storm, b))
    assert at_outer == pytest.approx(own["outer_maximum_wind"])


def test_two_eyewalls_may_have_a_calmer_ring_between_them() -> None:
    radii = np.array([15e3, 35e3, 80e3])
    inner, ring, outer = speed(
        "double_holland",
        radii,
        Storm(45.0, 15e3, 25.0),
        b=2.2,
        outer_eyewall_radius=80e3,
        outer_maximum_wind=44.0,
    )
    assert ring < min(inner, outer)
