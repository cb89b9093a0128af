"""The vortex: laws, known answers, and a slow twin."""

from __future__ import annotations

import itertools
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap._kernels import wind as kernel
from riskmap.grid import EARTH_RADIUS
from riskmap.hazard.wind import EARTH_ROTATION, OUTER_RADIUS

PROFILES = [kernel.HOLLAND_1980, kernel.HOLLAND_2010]
NO_JIT_DEADLINE = settings(deadline=None, max_examples=60)


def node(**changes: float) -> np.ndarray:
    """A storm of 40 m/s at 29N 122E that stands still."""
    values = {
        "latitude": 29.0, "longitude": 122.0, "v_max": 40.0, "r_max": 40e3, "p_centre": 96_000.0,
        "p_environment": 101_000.0, "east_motion": 0.0, "north_motion": 0.0, "shape_b": 1.4, "x_outer": 0.6,
    } | changes  # fmt: skip
    return np.array(list(values.values()))


def at_distance(storm: np.ndarray, metres: float, azimuth: float) -> tuple[float, float]:
    """Point [radians] at a distance and azimuth [degrees from north] of the centre, along the great circle."""
    phi, lam = np.radians(storm[:2])
    angle, bearing = metres / EARTH_RADIUS, np.radians(azimuth)
    lat = np.arcsin(np.sin(phi) * np.cos(angle) + np.cos(phi) * np.sin(angle) * np.cos(bearing))
    lon = lam + np.arctan2(
        np.sin(bearing) * np.sin(angle) * np.cos(phi), np.cos(angle) - np.sin(phi) * np.sin(lat)
    )
    return float(lat), float(lon)


def wind_at(
    storm: np.ndarray, metres: float, azimuth: float = 90.0, profile: int = 0
) -> tuple[float, float, float]:
    lat, lon = at_distance(storm, metres, azimuth)
    return kernel.surface_wind(lat, lon, storm, profile, OUTER_RADIUS, EARTH_RADIUS, EARTH_ROTATION)


def speed_at(storm: np.ndarray, metres: float, azimuth: float = 90.0, profile: int = 0) -> float:
    u, v, _ = wind_at(storm, metres, azimuth, profile)
    return float(np.hypot(u, v))


def slow_wind(lat: float, lon: float, storm: np.ndarray, profile: int) -> tuple[complex, float]:
    """The same physics written once more: complex numbers, chord distance, no shared code."""
    clat, clon, vmax, rmax, pc, pn, east, north, b, x_outer = storm
    phi, lam = np.radians([clat, clon])
    here, there = (
        np.array([np.cos(p) * np.cos(q), np.cos(p) * np.sin(q), np.sin(p)])
        for p, q in ((phi, lam), (lat, lon))
    )
    r = max(2 * EARTH_RADIUS * np.arcsin(np.linalg.norm(here - there) / 2), 1.0)
    motion = complex(east, north)
    carried = motion * min(1.0, vmax / 2 / abs(motion)) if motion else 0j
    vortex = vmax - abs(carried)
    if profile == kernel.HOLLAND_1980:
        f = 2 * EARTH_ROTATION * np.sin(abs(phi))
        balance = vortex**2 + vortex * rmax * f  # = e K: gradient balance at rmax
        x = (rmax / r) ** b
        speed = np.sqrt(balance * x * np.exp(1 - x) + (r * f / 2) ** 2) - r * f / 2
    else:
        ratio = (rmax / r) ** b * np.exp(1 - (rmax / r) ** b)
        line = np.polynomial.Polynomial.fit([rmax, OUTER_RADIUS], [0.5, x_outer], 1)  # goes on beyond
        x = 0.5 if r <= rmax else max(line(r), 0.4)
        speed = vortex * ratio**x
    outwards = complex(np.cos(lat) * (lon - lam), lat - phi)
    outwards /= max(abs(outwards), 1e-12)
    ratio = r / rmax
    inflow = 10 * (1 + ratio) if ratio <= 1 else np.interp(ratio, [1, 1.2], [20, 25])
    spin = 1 if clat >= 0 else -1
    turned = outwards * np.exp(1j * spin * np.radians(90 + inflow))  # inwards of the tangent
    return speed * turned + carried * min(1, rmax / r), pc + (pn - pc) * np.exp(-((rmax / r) ** b))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("sign", [1, -1])
def test_the_kernel_agrees_with_a_slow_twin(profile: int, sign: int) -> None:
    storm = node(latitude=sign * 29.0, east_motion=-3.0, north_motion=6.0)
    for lat in np.radians(sign * np.linspace(26.1, 31.9, 9)):
        for lon in np.radians(np.linspace(118.3, 124.9, 9)):
            u, v, p = kernel.surface_wind(
                lat, lon, storm, profile, OUTER_RADIUS, EARTH_RADIUS, EARTH_ROTATION
            )
            wind, pressure = slow_wind(lat, lon, storm, profile)
            assert complex(u, v) == pytest.approx(wind, abs=1e-9)
            assert p == pytest.approx(pressure, abs=1e-6)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_compiled_loop_is_its_python_source(profile: int, interpreted) -> None:  # type: ignore[no-untyped-def]
    nodes = np.stack([node(east_motion=-4.0), node(longitude=121.8, east_motion=-4.0)])
    latitude, longitude = np.linspace(30, 28, 5), np.linspace(121, 123, 6)
    compiled, plain = (
        [np.zeros((5, 6)) for _ in range(4)],
        [np.zeros((5, 6)) for _ in range(4)],
    )
    arguments = (nodes, latitude, longitude, profile, OUTER_RADIUS, EARTH_RADIUS, EARTH_ROTATION, 0, 5)
    kernel.wind_rows(*arguments, *compiled)
    source: ModuleType = interpreted(kernel)
    source.wind_rows(*arguments, *plain)
    for one, other in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_the_compiled_circles_are_their_python_source(interpreted) -> None:  # type: ignore[no-untyped-def]
    nodes, speeds = node(north_motion=5.0)[None, :], np.array([13.9, 24.5, 60.0])
    azimuths = np.radians([45.0, 225.0])
    compiled, plain = np.zeros((1, 3, 2)), np.zeros((1, 3, 2))
    arguments = (nodes, speeds, azimuths, 10e3, 400e3, 0, OUTER_RADIUS, EARTH_RADIUS, EARTH_ROTATION)
    kernel.circle_radii(*arguments, compiled)
    interpreted(kernel).circle_radii(*arguments, plain)
    np.testing.assert_array_equal(compiled, plain)
    assert np.isnan(compiled[0, 2]).all()  # 60 m/s is never reached
    assert compiled[0, 0, 0] > compiled[0, 1, 0] > 0


def test_the_loop_gives_the_last_step_and_the_largest_speed() -> None:
    nodes = np.stack([node(longitude=122.4), node(longitude=122.2), node(longitude=122.0)])
    latitude, longitude = np.linspace(30, 28, 7), np.linspace(121, 123, 7)
    u, v, p, peak = (np.zeros((7, 7)) for _ in range(4))
    kernel.wind_rows(
        nodes, latitude, longitude, 0, OUTER_RADIUS, EARTH_RADIUS, EARTH_ROTATION, 0, 7, u, v, p, peak
    )
    for i, lat in enumerate(np.radians(latitude)):
        for j, lon in enumerate(np.radians(longitude)):
            winds = [slow_wind(lat, lon, each, 0) for each in nodes]
            assert complex(u[i, j], v[i, j]) == pytest.approx(winds[-1][0], abs=1e-9)
            assert p[i, j] == pytest.approx(winds[-1][1])
            assert peak[i, j] == pytest.approx(max(abs(w) for w, _ in winds))


@pytest.mark.parametrize("profile", PROFILES)
def test_a_still_storm_has_its_maximum_at_the_radius_of_maximum_wind(profile: int) -> None:
    storm = node()
    assert speed_at(storm, 40e3, profile=profile) == pytest.approx(40.0, abs=1e-6)
    nearby = [speed_at(storm, r, profile=profile) for r in np.arange(5e3, 200e3, 1e3)]
    assert max(nearby) <= 40.0 + 0.05  # rotation shifts the maximum by a hair


@pytest.mark.parametrize("profile", PROFILES)
@NO_JIT_DEADLINE
@given(
    vmax=st.floats(12, 75),
    rmax=st.floats(10e3, 120e3),
    b=st.floats(0.8, 2.5),
    azimuth=st.floats(0, 360),
)
def test_wind_of_a_still_storm_decays_outwards(
    profile: int, vmax: float, rmax: float, b: float, azimuth: float
) -> None:
    storm = node(v_max=vmax, r_max=rmax, shape_b=b)
    speeds = [speed_at(storm, rmax * k, azimuth, profile) for k in (1.3, 1.6, 2.0, 3.0, 4.0)]
    assert all(a > b for a, b in itertools.pairwise(speeds))
    assert speeds[-1] >= 0


def test_nothing_is_cut_below_17_5_metres_a_second() -> None:
    storm = node(v_max=30.0, shape_b=1.2)
    speeds = np.array([speed_at(storm, r) for r in np.arange(40e3, 500e3, 5e3)])
    assert ((speeds > 10.8) & (speeds < 17.5)).sum() > 5
    assert np.abs(np.diff(speeds)).max() < 1.0  # no step anywhere


@pytest.mark.parametrize("profile", PROFILES)
@NO_JIT_DEADLINE
@given(
    east=st.floats(-20, 20),
    north=st.floats(-20, 20),
    azimuth=st.floats(0, 360),
    metres=st.floats(1e3, 400e3),
)
def test_the_southern_hemisphere_is_the_mirror_image(
    profile: int, east: float, north: float, azimuth: float, metres: float
) -> None:
    there = wind_at(node(east_motion=east, north_motion=north), metres, azimuth, profile)
    south = node(latitude=-29.0, east_motion=east, north_motion=-north)
    mirrored = wind_at(south, metres, 180.0 - azimuth, profile)
    assert mirrored == pytest.approx((there[0], -there[1], there[2]), abs=1e-8)


@pytest.mark.parametrize(("latitude", "turning"), [(29.0, 1), (-29.0, -1)])
def test_air_turns_counter_clockwise_in_the_north_and_clockwise_in_the_south(
    latitude: float, turning: int
) -> None:
    storm = node(latitude=latitude)
    assert np.sign(wind_at(storm, 60e3, azimuth=90.0)[1]) == turning  # east of the centre
    assert np.sign(wind_at(storm, 60e3, azimuth=0.0)[0]) == -turning  # north of it


@pytest.mark.parametrize("latitude", [29.0, -29.0])
def test_air_flows_in_by_the_inflow_angle(latitude: float) -> None:
    storm = node(latitude=latitude)
    u, v, _ = wind_at(storm, 80e3, azimuth=90.0)
    assert np.degrees(np.arctan2(-u, abs(v))) == pytest.approx(25.0, abs=0.3)


@NO_JIT_DEADLINE
@given(
    vmax=st.floats(0.5, 80),
    east=st.floats(-40, 40),
    north=st.floats(-40, 40),
    metres=st.floats(0, 900e3),
    azimuth=st.floats(0, 360),
    profile=st.sampled_from(PROFILES),
)
def test_a_storm_that_moves_faster_than_it_blows_stays_finite(
    vmax: float, east: float, north: float, metres: float, azimuth: float, profile: int
) -> None:
    storm = node(v_max=vmax, east_motion=east, north_motion=north)
    u, v, p = wind_at(storm, metres, azimuth, profile)
    assert np.isfinite([u, v, p]).all()
    # vortex and motion never add up to more than the reported maximum, but for the hair of rotation inside rmax
    assert np.hypot(u, v) <= vmax + 0.02 * max(vmax, 1.0)
    assert 96_000.0 <= p <= 101_000.0


@pytest.mark.parametrize("profile", PROFILES)
def test_the_strongest_wind_of_a_moving_storm_is_the_reported_maximum_once(profile: int) -> None:
    storm = node(north_motion=8.0)
    around = np.array([speed_at(storm, 40e3, a, profile) for a in np.arange(0, 360, 1.0)])
    assert around.max() == pytest.approx(40.0, abs=0.01)
    assert around.min() == pytest.approx(40.0 - 2 * 8.0, abs=0.5)
    assert 45 <= np.argmax(around) <= 135  # on the right of its way


def test_pressure_goes_to_the_environment_far_away() -> None:
    assert wind_at(node(), 1.0)[2] == pytest.approx(96_000.0, abs=1)
    assert wind_at(node(), 5_000e3)[2] == pytest.approx(101_000.0, abs=10)


@NO_JIT_DEADLINE
@given(inner=st.floats(1.0, 500e3), more=st.floats(1.0, 500e3))
def test_pressure_rises_outwards(inner: float, more: float) -> None:
    assert wind_at(node(), inner)[2] <= wind_at(node(), inner + more)[2] + 1e-6


def test_the_inflow_angle_has_no_jump() -> None:
    angles = np.array([kernel.inflow_angle(r, 40e3) for r in np.arange(0, 120e3, 10.0)])
    assert np.abs(np.diff(angles)).max() < 0.01
    assert [kernel.inflow_angle(r, 1.0) for r in (0.0, 1.0, 1.2, 9.0)] == pytest.approx([10, 20, 25, 25])


def test_distance_is_that_along_the_great_circle() -> None:
    quarter = kernel.distance(0.0, 0.0, 0.0, np.pi / 2, EARTH_RADIUS)
    assert quarter == pytest.approx(np.pi / 2 * EARTH_RADIUS)
    assert kernel.distance(0.5, 1.0, 0.5, 1.0, EARTH_RADIUS) == 0.0


def test_holland_1980_in_its_published_form() -> None:
    # with K = B dp / rho the kernel's scaling by vmax is the paper's equation
    b, dp, rho, rmax, f = 1.6, 4000.0, 1.15, 35e3, 7e-5
    half = 0.5 * rmax * f
    vmax = np.sqrt(b * dp / rho / np.e + half**2) - half
    for r in (10e3, 35e3, 90e3, 250e3):
        x = (rmax / r) ** b
        paper = np.sqrt(b / rho * x * dp * np.exp(-x) + (r * f / 2) ** 2) - r * f / 2
        assert kernel.holland_1980(r, vmax, rmax, b, f) == pytest.approx(paper)


def test_holland_2010_passes_through_the_outer_wind() -> None:
    x = kernel.outer_exponent(40.0, 17.0, 40e3, 300e3, 1.4)
    assert kernel.holland_2010(300e3, 40.0, 40e3, 1.4, x, 300e3) == pytest.approx(17.0)
