"""Slope stability: published examples, laws, inputs that cannot be."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.hazard.landslide.stability import (
    WATER_WEIGHT,
    critical_rain,
    factor_of_safety,
    factor_of_safety_at_head,
    relative_wetness,
    stability,
    storm_pressure_head,
)

POUND_PER_FOOT3 = 4.4482216 / 0.3048**3


def test_a_published_lecture_example_of_a_sand() -> None:
    """Sand, 35 degrees on a slope of 30, 120 pcf: dry 1.21, steady seepage 0.58 (CEG 4012 notes, 2011)."""
    weight = 120 * POUND_PER_FOOT3
    assert float(factor_of_safety(30, 1, 0, 35, soil_weight=weight)) == pytest.approx(1.21, abs=0.005)
    assert float(factor_of_safety(30, 1, 0, 35, soil_weight=weight, wetness=1)) == pytest.approx(
        0.58, abs=0.005
    )


def test_a_published_lecture_example_of_a_sandy_clay() -> None:
    """600 psf, 10 degrees, slope 30, 12 ft, 120 pcf: dry 1.27, seepage 1.11 (same notes)."""
    weight, cohesion = 120 * POUND_PER_FOOT3, 600 * 4.4482216 / 0.3048**2
    args = (30, 12 * 0.3048, cohesion, 10)
    assert float(factor_of_safety(*args, soil_weight=weight)) == pytest.approx(1.27, abs=0.005)
    assert float(factor_of_safety(*args, soil_weight=weight, wetness=1)) == pytest.approx(1.11, abs=0.005)


def test_a_published_examination_question() -> None:
    """GATE 2014: c = 0, 34 degrees, 18 kN/m3, water of 10 (sic) up to the ground, F = 1.5: slope of 11.3 degrees."""
    found = factor_of_safety(11.3, 2.0, 0.0, 34.0, soil_weight=18000 / 10 * 9.81, wetness=1.0)
    assert float(found) == pytest.approx(1.5, abs=0.005)


def test_the_table_of_another_program() -> None:
    """OpenQuake's infinite slope, whose slab thickness is measured across the slope."""
    tangents = np.linspace(0.0, 1.0, 12)[1:]
    theirs = [11.93242, 6.002900, 4.042058, 3.072719, 2.499313, 2.123257, 1.859423, 1.665260, 1.517152, 1.400959, 1.307716]  # fmt: skip
    slope = np.degrees(np.arctan(tangents))
    depth = 2.5 / np.cos(np.radians(slope))
    ours = factor_of_safety(slope, depth, 20e3, 30.0, soil_weight=1500 * 9.81, wetness=0.1)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


@given(slope=st.floats(1, 80), wetness=st.floats(0, 1), more=st.floats(0, 0.5), cohesion=st.floats(0, 3e4))
def test_water_never_helps_and_cohesion_never_harms(
    slope: float, wetness: float, more: float, cohesion: float
) -> None:
    here = factor_of_safety(slope, 2.0, cohesion, 30.0, soil_weight=19e3, wetness=wetness)
    assert (
        factor_of_safety(slope, 2.0, cohesion, 30.0, soil_weight=19e3, wetness=min(wetness + more, 1.0))
        <= here
    )
    assert factor_of_safety(slope, 2.0, cohesion + 1e3, 30.0, soil_weight=19e3, wetness=wetness) > here


def test_level_ground_stands_and_unknown_stays_unknown() -> None:
    found = factor_of_safety(
        [0.0, np.nan, 30.0], 1.0, 0.0, 30.0, soil_weight=19e3, wetness=[0.5, 0.5, np.nan]
    )
    assert found[0] == math.inf
    assert np.isnan(found[1:]).all()
    assert np.isnan(critical_rain(np.nan, 1.0, 0.0, 30.0, 10.0, transmissivity=1e-3, soil_weight=19e3))


def test_steady_rain_at_its_critical_rate_brings_safety_to_one() -> None:
    args = (32.0, 1.2, 1500.0, 35.0)
    rain = critical_rain(*args, 80.0, transmissivity=5e-4, soil_weight=18e3)
    wet = relative_wetness(rain, 32.0, 80.0, 5e-4)
    assert 0 < float(wet) < 1
    assert float(factor_of_safety(*args, soil_weight=18e3, wetness=wet)) == pytest.approx(1.0, rel=1e-12)


def test_head_and_wetness_say_the_same() -> None:
    head = 0.6 * 2.0 * math.cos(math.radians(35)) ** 2
    by_head = factor_of_safety_at_head(35.0, 2.0, 3e3, 33.0, head, soil_weight=19e3)
    by_wetness = factor_of_safety(35.0, 2.0, 3e3, 33.0, soil_weight=19e3, wetness=0.6)
    assert float(by_head) == pytest.approx(float(by_wetness), rel=1e-12)
    assert factor_of_safety_at_head(35.0, 2.0, 3e3, 33.0, -1.0, soil_weight=19e3) == factor_of_safety_at_head(
        35.0, 2.0, 3e3, 33.0, 0.0, soil_weight=19e3
    )


def test_rain_beyond_the_conductivity_runs_off() -> None:
    storm = {"duration": 36000.0, "depth": 2.0, "water_depth": 1.5, "slope": 30.0, "diffusivity": 1e-3}
    heavy = storm_pressure_head([1e4, 5e4], rain=500.0, conductivity=1e-5, **storm)
    np.testing.assert_array_equal(
        heavy, storm_pressure_head([1e4, 5e4], rain=36.0, conductivity=1e-5, **storm)
    )


def test_the_labelled_door() -> None:
    terrain = xr.Dataset(
        {"slope": (("y", "x"), np.array([[30.0, np.nan]]), {"units": "degrees"})},
        coords={"y": [1.0], "x": [2.0, 3.0]},
    )
    found = stability(
        terrain, depth=1.0, cohesion=0.0, friction_angle=35.0, soil_weight=18850.0, wetness=xr.zeros_like(terrain["slope"]),
    )  # fmt: skip
    assert found.dtype == np.float32
    assert float(found[0, 0]) == pytest.approx(1.2128, abs=1e-3)
    assert np.isnan(found[0, 1])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"slope": 90.0}, "slope"), ({"slope": -1.0}, "slope"), ({"depth": 0.0}, "depth"), ({"cohesion": -1.0}, "cohesion"),
        ({"friction_angle": 0.0}, "friction_angle"), ({"wetness": 1.1}, "wetness"), ({"soil_weight": 19.0}, "weights"),
        ({"saturated_weight": 1e4}, "weights"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(change: dict[str, float], named: str) -> None:
    good = {"slope": 30.0, "depth": 1.0, "cohesion": 0.0, "friction_angle": 30.0, "soil_weight": 19e3}
    with pytest.raises(DataError, match=named):
        factor_of_safety(**(good | change))
    assert WATER_WEIGHT == 9810.0


def test_rain_that_cannot_be_is_named() -> None:
    with pytest.raises(DataError, match="rain"):
        relative_wetness(-1.0, 30.0, 10.0, 1e-3)
    with pytest.raises(DataError, match="specific_area"):
        critical_rain(30.0, 1.0, 0.0, 30.0, 0.0, transmissivity=1e-3, soil_weight=19e3)
    with pytest.raises(DataError, match="diffusivity"):
        storm_pressure_head(
            1.0,
            duration=1.0,
            depth=1.0,
            water_depth=1.0,
            slope=30.0,
            rain=1.0,
            conductivity=1e-5,
            diffusivity=0.0,
        )
