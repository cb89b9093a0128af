"""Radial profiles: the laws that all share."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from riskmap.errors import DataError
from riskmap.hazard.profiles import PROFILES
from riskmap.hazard.profiles._checks import coriolis
from tests.vortices import MANY, OWN, SHAPES, STORMS, Storm, speed

BY_NAME = pytest.mark.parametrize("name", PROFILES)


def test_every_profile_is_held_to_the_laws() -> None:
    assert set(OWN) == set(PROFILES)


@BY_NAME
def test_the_common_call_comes_first_and_the_rest_by_keyword(name: str) -> None:
    parameters = list(inspect.signature(PROFILES[name].function).parameters.values())
    assert [p.name for p in parameters[:4]] == ["radius", *Storm._fields]
    assert {p.kind for p in parameters[1:]} == {inspect.Parameter.KEYWORD_ONLY}
    assert PROFILES[name].reference


@BY_NAME
@MANY
@given(storm=STORMS, b=SHAPES)
def test_the_wind_at_the_radius_of_maximum_wind_is_the_maximum(name: str, storm: Storm, b: float) -> None:
    assert float(speed(name, storm.radius_of_maximum_wind, storm, b)) == pytest.approx(
        storm.maximum_wind, abs=1e-9
    )


@BY_NAME
@MANY
@given(storm=STORMS, b=SHAPES)
def test_wind_decays_outwards(name: str, storm: Storm, b: float) -> None:
    first = OWN[name](storm, b).get("outer_eyewall_radius", storm.radius_of_maximum_wind)
    speeds = speed(
        name, np.concatenate([np.arange(first, 400e3, 500.0), np.arange(400e3, 2e6, 10e3)]), storm, b
    )
    assert (np.diff(speeds) <= 1e-9).all()
    assert (speeds >= 0.0).all()
    assert speeds[-1] < 0.5 * storm.maximum_wind


@BY_NAME
@MANY
@given(storm=STORMS, b=SHAPES)
def test_nothing_exceeds_the_maximum_by_more_than_the_stated_hair(name: str, storm: Storm, b: float) -> None:
    speeds = speed(name, np.linspace(0.0, 1.2 * storm.radius_of_maximum_wind, 2000), storm, b)
    turning = coriolis(storm.latitude) * storm.radius_of_maximum_wind
    hair = {
        "holland_1980": turning**2 / (4.0 * b**2 * storm.maximum_wind),
        "emanuel_rotunno_2011": turning**2 / (8.0 * storm.maximum_wind + 4.0 * turning),
        "willoughby_2006": 0.005 * storm.maximum_wind,
        "double_holland": np.inf,  # the outer vortex lifts the inner one's flank
    }
    assert speeds.max() <= storm.maximum_wind + hair.get(name, 0.0) + 1e-9


@BY_NAME
@MANY
@given(storm=STORMS, b=SHAPES)
def test_the_centre_is_calm_and_everything_is_finite(name: str, storm: Storm, b: float) -> None:
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        speeds = speed(name, np.array([0.0, 1e-300, 1e-6, 1.0, 1e5, 1e7, 1e12]), storm, b)
    assert speeds[0] == 0.0
    assert np.isfinite(speeds).all()
    assert (speeds >= 0.0).all()


@BY_NAME
@MANY
@given(storm=STORMS, b=SHAPES)
def test_both_hemispheres_have_the_same_speed(name: str, storm: Storm, b: float) -> None:
    radius = np.linspace(0.0, 600e3, 50)
    south = storm._replace(latitude=-storm.latitude)
    np.testing.assert_array_equal(speed(name, radius, storm, b), speed(name, radius, south, b))


@BY_NAME
def test_a_number_a_list_and_an_array_of_any_shape_are_taken(name: str) -> None:
    grid = np.linspace(0.0, 300e3, 12).reshape(3, 4)
    found = speed(name, grid)
    assert found.shape == (3, 4)
    assert found.dtype == np.float64
    assert speed(name, 60e3).shape == ()
    for index in np.ndindex(3, 4):
        assert float(speed(name, float(grid[index]))) == pytest.approx(found[index], rel=1e-14, abs=1e-12)
    np.testing.assert_array_equal(speed(name, grid[0].tolist()), speed(name, grid[0]))
    np.testing.assert_array_equal(speed(name, [0, 40_000]), speed(name, [0.0, 40e3]))


BAD = {
    "maximum_wind": (np.nan, -40.0, 0.0, 400.0, None),
    "radius_of_maximum_wind": (np.nan, -40e3, 0.0, 40.0),  # 40: kilometres for metres
    "latitude": (np.nan, 91.0, np.inf),
    "radius": (np.nan, -1.0, np.inf, [10e3, np.nan], "far"),
    "b": (np.nan, -1.0, 0.0, 20.0),
    "outer_b": (np.nan, -1.0),
    "pressure_deficit": (np.nan, -100.0, 95_000.0),
    "pressure_tendency": (np.nan, 3000.0),
    "translation_speed": (np.nan, -5.0),
    "outer_wind": (np.nan, -17.0, 40.0, 50.0),
    "outer_radius": (np.nan, 40e3, 300.0),
    "family": ("7", 10),
    "gale_radius": (np.nan, -1.0, 30e3, 45e3, 1_900e3, 250.0),
    "gale_wind": (np.nan, 0.0, 40.0),
    "exponent": (np.nan, -0.5),
    "outer_maximum_wind": (np.nan, -1.0, 5.0, 120.0),
    "outer_eyewall_radius": (np.nan, 40e3),
}
CASES = [
    (name, argument, value)
    for name, entry in PROFILES.items()
    for argument in inspect.signature(entry.function).parameters
    for value in BAD[argument]
    if not (argument == "outer_maximum_wind" and value == 120.0)  # strong, not impossible
]


@pytest.mark.parametrize(("name", "argument", "value"), CASES)
def test_bad_input_is_refused_by_name(name: str, argument: str, value: Any) -> None:
    changes = {} if argument == "radius" else {argument: value}
    with pytest.raises(DataError, match=f"^{argument}: "):
        speed(name, value if argument == "radius" else 60e3, **changes)
