"""The exact kernel: each of its formulas against the plain ones, its loop against whole arrays."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap._kernels import wind as kernel
from riskmap.grid import EARTH_RADIUS
from riskmap.hazard.profiles import EARTH_ROTATION, holland_1980
from riskmap.hazard.storm.exact import holland_nodes
from riskmap.hazard.storm.model import inflow_angle
from tests.slow_storm import polar, slow_peak

LAWS = settings(deadline=None, max_examples=60)
LATITUDE, LONGITUDE = np.linspace(31.9, 26.1, 12), np.linspace(118.3, 125.3, 15)


def node(
    *, latitude: float = 29.0, longitude: float = 122.0, wind: float = 40.0, core: float = 40e3, b: float = 1.4,
    moving: complex = -3.0 + 6.0j, **other: Any,
) -> Any:  # fmt: skip
    """A storm of 40 m/s whose vortex is what its motion leaves."""
    f = 2.0 * EARTH_ROTATION * np.sin(np.radians(abs(latitude)))
    still = wind - abs(moving)
    return holland_nodes(
        latitude=latitude, longitude=longitude, radius_of_maximum_wind=core, shape=b,
        square=np.e * still * (still + core * f), coriolis=f, spin=1.0 if latitude >= 0 else -1.0,
        eastward_motion=moving.real, northward_motion=moving.imag, **other,
    )  # fmt: skip


def peak(nodes: Any, *, metric: int = kernel.GREAT_CIRCLE, reach: float = 2e7, inflow: bool = True) -> Any:
    found = np.full((len(LATITUDE), len(LONGITUDE)), -1.0)
    kernel.peak_rows(nodes, LATITUDE, LONGITUDE, metric, EARTH_RADIUS, reach, inflow, 0, len(LATITUDE), found)
    return found


@LAWS
@given(
    r=st.floats(500.0, 1e6), core=st.floats(8e3, 100e3), wind=st.floats(10.0, 80.0), b=st.floats(1.0, 2.5),
    latitude=st.floats(0.0, 45.0),
)  # fmt: skip
def test_the_gradient_wind_is_holland_1980(
    r: float, core: float, wind: float, b: float, latitude: float
) -> None:
    f = 2.0 * EARTH_ROTATION * np.sin(np.radians(latitude))
    found = kernel.gradient_wind(r, core, b, np.e * wind * (wind + core * f), f)
    plain = holland_1980(r, maximum_wind=wind, radius_of_maximum_wind=core, latitude=latitude, b=b)
    assert found == pytest.approx(float(plain), rel=1e-9, abs=1e-9)


@LAWS
@given(r=st.floats(1.0, 1e6), core=st.floats(8e3, 100e3))
def test_the_inflow_is_bretschneiders_and_has_no_jump(r: float, core: float) -> None:
    plain = inflow_angle(r, radius_of_maximum_wind=core, scheme="bretschneider_1972")
    assert kernel.inflow_angle(r, core) == pytest.approx(np.degrees(plain), rel=1e-12)
    assert abs(kernel.inflow_angle(r * (1.0 + 1e-6), core) - kernel.inflow_angle(r, core)) < 1e-4


def test_the_inflow_at_its_corners() -> None:
    assert [kernel.inflow_angle(r, 1.0) for r in (0.0, 1.0, 1.2, 9.0)] == pytest.approx([10, 20, 25, 25])
    assert np.arctan2(kernel.SIN_25, kernel.COS_25) == pytest.approx(np.radians(25.0))


@LAWS
@given(
    clat=st.floats(-60.0, 60.0), clon=st.floats(-180.0, 180.0), dlat=st.floats(-8.0, 8.0), dlon=st.floats(-8.0, 8.0)
)  # fmt: skip
def test_distance_and_direction_are_those_of_the_great_circle(
    clat: float, clon: float, dlat: float, dlon: float
) -> None:
    storm = node(latitude=clat, longitude=clon)[0]
    lat, lon = clat + dlat, clon + dlon
    r, east, north = kernel.offset(np.radians(lat), np.radians(lon), storm, kernel.GREAT_CIRCLE, EARTH_RADIUS)
    slow_r, out = polar(clat, clon, np.array(lat), np.array(lon))
    assert r == pytest.approx(float(slow_r), rel=1e-9, abs=1e-2)
    if r > 1e3:
        assert complex(east, north) == pytest.approx(complex(out), abs=1e-9)


def test_on_the_plane_a_degree_of_longitude_is_that_of_the_centre() -> None:
    storm = node()[0]
    r, east, north = kernel.offset(
        np.radians(30.0), np.radians(122.0), storm, kernel.PLANE, 360.0 / (2 * np.pi)
    )
    assert (r, east, north) == pytest.approx((1.0, 0.0, 1.0))
    r, east, north = kernel.offset(
        np.radians(29.0), np.radians(120.0), storm, kernel.PLANE, 360.0 / (2 * np.pi)
    )
    assert (r, east, north) == pytest.approx((2.0 * np.cos(np.radians(29.0)), -1.0, 0.0))


@LAWS
@given(
    r=st.floats(500.0, 1e6), azimuth=st.floats(0.0, 2 * np.pi), east=st.floats(-20.0, 20.0),
    north=st.floats(-20.0, 20.0), taken=st.floats(0.0, 15.0), inflow=st.booleans(), south=st.booleans(),
)  # fmt: skip
def test_the_square_of_the_speed_is_that_of_the_vectors_sum(
    r: float, azimuth: float, east: float, north: float, taken: float, inflow: bool, south: bool
) -> None:
    moving = complex(east, north)
    storm = node(latitude=-29.0 if south else 29.0, wind=30.0 + abs(moving), moving=moving, taken=taken)[0]
    out = np.exp(1j * azimuth)
    core, spin = storm[kernel.RADIUS], storm[kernel.SPIN]
    fade = min(1.0, core / r)
    speed = kernel.gradient_wind(r, core, *storm[kernel.SHAPE : kernel.SPIN]) - fade * taken
    angle = np.radians(kernel.inflow_angle(r, core)) if inflow else 0.0
    wind = speed * out * np.exp(1j * spin * (np.pi / 2 + angle)) + fade * moving
    found = kernel.square_speed(r, out.real, out.imag, storm, inflow)
    assert found == pytest.approx(abs(wind) ** 2, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("inflow", [True, False])
@pytest.mark.parametrize("metric", [kernel.GREAT_CIRCLE, kernel.PLANE])
def test_the_loop_agrees_with_whole_arrays(metric: int, inflow: bool) -> None:
    nodes = np.concatenate([node(), node(longitude=121.7, latitude=29.3), node(core=15e3, b=2.4)])
    slow = slow_peak(nodes, LATITUDE, LONGITUDE, plane=metric == kernel.PLANE, inflow=inflow)
    np.testing.assert_allclose(peak(nodes, metric=metric, inflow=inflow), slow, rtol=0, atol=1e-9)


@pytest.mark.parametrize("metric", [kernel.GREAT_CIRCLE, kernel.PLANE])
def test_a_node_counts_within_its_reach_only(metric: int) -> None:
    for reach in (1e3, 60e3, 250e3):
        slow = slow_peak(node(), LATITUDE, LONGITUDE, plane=metric == kernel.PLANE, reach=reach)
        found = peak(node(), metric=metric, reach=reach)
        np.testing.assert_allclose(found, slow, rtol=0, atol=1e-9)
        assert (found == 0.0).any()
    assert (found > 0.0).any()


def test_the_southern_hemisphere_is_the_mirror_image() -> None:
    north = peak(node(moving=-3.0 + 6.0j))
    mirrored = np.empty_like(north)
    kernel.peak_rows(
        node(latitude=-29.0, moving=-3.0 - 6.0j), -LATITUDE, LONGITUDE, kernel.GREAT_CIRCLE, EARTH_RADIUS, 2e7, True,
        0, len(LATITUDE), mirrored,
    )  # fmt: skip
    np.testing.assert_allclose(mirrored, north, atol=1e-9)


def test_the_right_of_the_way_is_the_strong_side() -> None:
    found = np.empty((1, 2))
    for latitude, strong in ((29.0, 1), (-29.0, 0)):
        kernel.peak_rows(
            node(latitude=latitude, moving=10.0j), np.array([latitude]), np.array([121.5, 122.5]), kernel.GREAT_CIRCLE,
            EARTH_RADIUS, 2e7, True, 0, 1, found,
        )  # fmt: skip
        assert found[0, strong] > found[0, 1 - strong] + 10.0


def test_a_cell_under_the_centre_has_the_motion_and_no_more() -> None:
    found = np.empty((1, 1))
    kernel.peak_rows(
        node(moving=6.0j), np.array([29.0]), np.array([122.0]), kernel.GREAT_CIRCLE, EARTH_RADIUS, 2e7, True,
        0, 1, found,
    )  # fmt: skip
    assert found[0, 0] == pytest.approx(6.0, abs=1e-6)


def test_rows_outside_the_block_are_left_alone() -> None:
    found = np.full((12, 15), -1.0)
    kernel.peak_rows(node(), LATITUDE, LONGITUDE, kernel.GREAT_CIRCLE, EARTH_RADIUS, 2e7, True, 3, 5, found)
    assert (found[:3] == -1.0).all()
    assert (found[5:] == -1.0).all()
    assert (found[3:5] > 0.0).all()


@pytest.mark.parametrize("metric", [kernel.GREAT_CIRCLE, kernel.PLANE])
def test_the_compiled_loop_is_its_python_source(
    metric: int, interpreted: Callable[[ModuleType], Any]
) -> None:
    nodes = np.concatenate([node(), node(longitude=121.8)])
    compiled = peak(nodes, metric=metric, reach=3e5)
    source = interpreted(kernel)
    plain = np.full_like(compiled, -1.0)
    source.peak_rows(nodes, LATITUDE, LONGITUDE, metric, EARTH_RADIUS, 3e5, True, 0, len(LATITUDE), plain)
    np.testing.assert_allclose(compiled, plain, rtol=1e-12)
