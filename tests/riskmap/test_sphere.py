"""Distances and displacements on the sphere."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from riskmap.grid import EARTH_RADIUS
from riskmap.sphere import displaced, distance

LATITUDE, LONGITUDE = st.floats(-60, 60), st.floats(-180, 180)
STEP = st.floats(-2e6, 2e6)


@given(LATITUDE, LONGITUDE, STEP, STEP)
def test_a_displacement_has_its_length(latitude: float, longitude: float, east: float, north: float) -> None:
    lat, lon = displaced(latitude=latitude, longitude=longitude, eastward=east, northward=north)
    there = distance(latitude=latitude, longitude=longitude, to_latitude=lat, to_longitude=lon)
    np.testing.assert_allclose(there, np.hypot(east, north), rtol=1e-9, atol=0.05)


@given(LATITUDE, LONGITUDE, LATITUDE, LONGITUDE)
def test_distance_is_symmetric_and_within_half_the_globe(a: float, b: float, c: float, d: float) -> None:
    there = distance(latitude=a, longitude=b, to_latitude=c, to_longitude=d)
    back = distance(latitude=c, longitude=d, to_latitude=a, to_longitude=b)
    assert abs(there - back) < 1e-6
    assert 0 <= there <= np.pi * EARTH_RADIUS + 1


def test_no_step_changes_no_bit() -> None:
    lat, lon = displaced(latitude=[30.1], longitude=[122.3], eastward=0.0, northward=0.0)
    assert (lat[0], lon[0]) == (30.1, 122.3)


def test_a_degree_of_latitude() -> None:
    there = distance(latitude=30, longitude=120, to_latitude=31, to_longitude=120)
    np.testing.assert_allclose(there, EARTH_RADIUS * np.pi / 180, rtol=1e-12)
