"""The shallow-water solver against closed forms, its laws, and a slow twin."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap._kernels import shallow_water as kernel
from riskmap.errors import DataError
from riskmap.hazard.profiles import AIR_DENSITY
from riskmap.hazard.surge.quasi_static import DRAG_CAP, GRAVITY, WATER_DENSITY
from riskmap.hazard.surge.solver import (
    GARRATT,
    ZIJLEMA,
    Basin,
    Field,
    Sea,
    advance,
    closed_edges,
    plane_basin,
    still_sea,
)

SHELF, OCEAN = (False,) * 4, (True,) * 4


def steady_air(
    shape: tuple[int, int], u: float = 0.0, v: float = 0.0, pressure: Field | float = 1e5
) -> Field:
    one = np.stack([np.full(shape, u), np.full(shape, v), np.broadcast_to(pressure, shape)])
    return np.concatenate([one, one])


def run(basin: Basin, sea: Sea, seconds: float, chunk: float = 300.0, **options: object) -> Sea:
    for _ in range(round(seconds / chunk)):
        advance(basin, sea, chunk, **options)  # type: ignore[arg-type]
    return sea


def rough_basin(rows: int = 12, columns: int = 15, seed: int = 0) -> Basin:
    """Sea, shoals that dry, land that can be flooded, and a wall."""
    depth = np.random.default_rng(seed).uniform(-2.0, 20.0, (rows, columns))
    depth[3, 4:7] = np.nan
    return plane_basin(depth, dx=2_000.0, dy=2_300.0, coriolis=7e-5)


@pytest.mark.slow
def test_a_seiche_has_the_period_of_merian() -> None:
    basin = plane_basin(np.full((3, 200), 20.0), dx=500.0, dy=500.0)
    x = (np.arange(200) + 0.5) / 200
    sea = still_sea(basin, 0.01 * np.cos(np.pi * x)[None, :])
    period = 2.0 * 100e3 / np.sqrt(GRAVITY * 20.0)
    signs = []
    for _ in range(240):  # two periods
        advance(basin, sea, period / 120, manning=0.0)
        signs.append(sea.level[1, 0] > 0.0)
    turns = np.flatnonzero(np.diff(np.array(signs)))
    assert np.diff(turns).mean() * 2.0 / 120 == pytest.approx(1.0, abs=0.01)


def test_laws_of_drag_grow_and_then_do_not() -> None:
    winds = np.array([0.0, 15.0, 31.4, 45.0, 80.0])
    garratt, zijlema = ([kernel.drag(u, law) for u in winds] for law in (GARRATT, ZIJLEMA))
    np.testing.assert_allclose(garratt, [0.75e-3, 1.755e-3, 2.8538e-3, DRAG_CAP, DRAG_CAP])
    assert zijlema.index(max(zijlema)) == 2
    assert max(zijlema) == pytest.approx(2.03e-3, abs=1e-5)
    assert min(zijlema) >= 0.0


@pytest.mark.parametrize("across", [False, True])
def test_a_steady_wind_piles_up_what_the_closed_form_says(across: bool) -> None:
    """On a level bed h^2 = c + 2 tau x / (rho g), with as much water as before: no friction where nothing moves."""
    n, dx, wind = 60, 2_000.0, 20.0
    shape = (n, 3) if across else (3, n)
    basin = plane_basin(np.full(shape, 10.0), dx=dx, dy=dx)
    air = steady_air(shape, v=wind) if across else steady_air(shape, u=wind)
    sea = run(basin, still_sea(basin), 4 * 86400.0, 1200.0, air=air, manning=0.1)
    found = sea.level[::-1, 1] if across else sea.level[1]
    stress = AIR_DENSITY * min(1e-3 * (0.75 + 0.067 * wind), DRAG_CAP) * wind**2
    x = (np.arange(n) + 0.5) * dx
    slope = 2.0 * stress / (WATER_DENSITY * GRAVITY)
    constant = 100.0
    for _ in range(50):  # the constant that keeps the volume
        constant += 20.0 * (10.0 - np.sqrt(constant + slope * x).mean())
    np.testing.assert_allclose(found, np.sqrt(constant + slope * x) - 10.0, atol=2e-3)
    assert found[-1] - found[0] > 0.5


def test_on_a_sloping_shelf_the_set_up_follows_its_depth() -> None:
    """d(eta)/dx = tau / (rho g (d + eta)), integrated from an open sea 100 m deep to a shore of 10 m."""
    n, dx, wind = 120, 1_000.0, 25.0
    depth = np.linspace(100.0, 10.0, n)
    basin = plane_basin(np.tile(depth, (3, 1)), dx=dx, dy=dx, open_edges=(True, False, False, False))
    sea = run(basin, still_sea(basin), 3 * 86400.0, 1200.0, air=steady_air((3, n), u=wind), manning=0.1)
    stress = AIR_DENSITY * (0.75e-3 + 0.067e-3 * wind) * wind**2
    eta = np.zeros(n)
    for j in range(1, n):
        middle = 0.5 * (depth[j - 1] + depth[j]) + eta[j - 1]
        eta[j] = eta[j - 1] + stress * dx / (WATER_DENSITY * GRAVITY * middle)
    np.testing.assert_allclose(sea.level[1] - sea.level[1, 0], eta, atol=0.01)
    assert eta[-1] > 0.2
    assert abs(sea.level[1, 0]) < 0.02


def test_under_low_pressure_a_risen_sea_stays_at_rest() -> None:
    y, x = np.mgrid[:40, :40]
    pressure = 1e5 - 4e3 * np.exp(-((x - 20.0) ** 2 + (y - 20.0) ** 2) / 50.0)
    basin = plane_basin(np.full((40, 40), 50.0), dx=5e3, dy=5e3, coriolis=7e-5)
    level = (1e5 - pressure) / (WATER_DENSITY * GRAVITY)
    sea = run(basin, still_sea(basin, level), 6 * 3600.0, air=steady_air((40, 40), pressure=pressure))
    np.testing.assert_allclose(sea.level, level, atol=1e-9)
    assert np.abs(sea.east).max() < 1e-9


def test_a_kelvin_wave_keeps_to_its_coast_and_its_speed() -> None:
    f, depth, dx = 1e-4, 50.0, 5e3
    speed = np.sqrt(GRAVITY * depth)
    radius = speed / f
    y = (np.arange(80)[::-1] + 0.5)[:, None] * dx  # distance from the southern wall, which lies on the right
    x = (np.arange(200) + 0.5)[None, :] * dx
    shape = np.exp(-(((x - 200e3) / 60e3) ** 2)) * np.exp(-y / radius)
    basin = plane_basin(np.full((80, 200), depth), dx=dx, dy=dx, coriolis=f)
    sea = still_sea(basin, 0.1 * shape)
    at_faces = np.exp(-(((np.arange(201)[None, :] * dx - 200e3) / 60e3) ** 2)) * np.exp(-y / radius)
    sea.east[:] = 0.1 * speed * at_faces
    run(basin, sea, 6 * 3600.0, manning=0.0)
    crest = x[0, sea.level[-1].argmax()]
    assert crest - 200e3 == pytest.approx(speed * 6 * 3600.0, rel=0.02)
    along = sea.level[:, sea.level[-1].argmax()]
    np.testing.assert_allclose(along / along[-1], np.exp(-(y[:, 0] - y[-1, 0]) / radius), atol=0.05)


def test_a_pulse_leaves_through_open_edges() -> None:
    y, x = np.mgrid[:60, :60]
    start = 0.5 * np.exp(-((x - 29.5) ** 2 + (y - 29.5) ** 2) / 30.0)
    basin = plane_basin(np.full((60, 60), 40.0), dx=3e3, dy=3e3, open_edges=OCEAN)
    sea = run(basin, still_sea(basin, start), 4 * 3600.0, manning=0.0)
    assert np.abs(sea.level).max() < 0.01 * start.max()
    assert sea.volume(basin) - start.sum() * 9e6 == pytest.approx(sea.gained, rel=1e-9)


def test_a_tide_at_the_mouth_swings_a_channel_as_the_closed_form_says() -> None:
    """eta = A cos(k (L - x)) / cos(k L) cos(w t): standing in a channel that is closed at its head."""
    n, dx, depth, amplitude = 100, 1e3, 20.0, 0.2
    basin = plane_basin(np.full((3, n), depth), dx=dx, dy=dx, open_edges=(True, False, False, False))
    w = 2.0 * np.pi / 44_714.0
    k, length = w / np.sqrt(GRAVITY * depth), n * dx
    gain = 1.0 / np.cos(k * length)

    def outside(t: float) -> Field:
        """What comes in from the west with its own transport: half of the standing wave at the mouth."""
        table = closed_edges(basin)
        table[0] = amplitude * np.cos(w * t)
        speed = np.sqrt(GRAVITY / depth) * amplitude * np.tan(k * length)
        table[1] = -depth * speed * np.sin(w * t)
        return table

    sea = still_sea(basin, amplitude * gain * np.cos(k * (length - (np.arange(n) + 0.5) * dx))[None, :])
    highest = []
    for step in range(2 * 149):
        t = 300.0 * step
        advance(basin, sea, 300.0, before=outside(t), after=outside(t + 300.0), manning=0.0)
        highest.append(sea.level[1, -1])
    assert max(highest[149:]) == pytest.approx(amplitude * gain, rel=0.03)


def test_a_lake_among_islands_stays_at_rest() -> None:
    basin = rough_basin()
    sea = run(basin, still_sea(basin, 0.5), 86400.0)
    assert np.abs(sea.east).max() == 0.0
    assert np.abs(sea.north).max() == 0.0


def test_water_in_a_bowl_swings_with_the_period_of_thacker() -> None:
    """Planar surface in a parabolic canal, w = sqrt(2 g h0) / a; its shore wets and dries twice a period."""
    n, dx, a, h0, push = 200, 500.0, 40e3, 10.0, 2e3
    x = (np.arange(n) + 0.5) * dx - 50e3
    depth = h0 * (1.0 - (x / a) ** 2)
    basin = plane_basin(np.tile(depth, (3, 1)), dx=dx, dy=dx)
    sea = still_sea(basin, np.tile(h0 * push / a**2 * (2.0 * x - push), (3, 1)))
    start = sea.volume(basin)
    period = 2.0 * np.pi * a / np.sqrt(2.0 * GRAVITY * h0)
    middles = []
    for _ in range(200):
        advance(basin, sea, period / 100, manning=0.0)
        water = np.maximum(sea.level + basin.bed, 0.0)[1]
        assert (sea.level + basin.bed).min() > -1e-9
        middles.append(float((water * x).sum() / water.sum()))
    assert sea.volume(basin) == pytest.approx(start, abs=1e-3 * 25e4)
    assert middles[49] == pytest.approx(-push, abs=0.15 * push)
    assert middles[99] == pytest.approx(push, abs=0.15 * push)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(-30.0, 30.0), st.floats(-30.0, 30.0))
def test_no_water_is_made_and_no_cell_is_emptied_below_its_bed(seed: int, u: float, v: float) -> None:
    basin = rough_basin(seed=seed)
    sea = still_sea(basin, np.random.default_rng(seed).uniform(-1.0, 1.0, basin.depth.shape))
    before = sea.volume(basin)
    run(basin, sea, 6 * 3600.0, 600.0, air=steady_air(basin.depth.shape, u, v))
    assert sea.volume(basin) == pytest.approx(before, abs=1e-9 * 12 * 15 * 4.6e6)
    known = ~np.isnan(basin.depth)
    assert (sea.level + basin.bed)[known].min() > -1e-9


@pytest.mark.slow
@pytest.mark.parametrize("turned", ["east-west", "north-south", "transposed"])
def test_the_sea_knows_no_direction(turned: str) -> None:
    depth = np.random.default_rng(3).uniform(-1.0, 15.0, (14, 14))
    level = np.random.default_rng(4).uniform(0.0, 0.5, (14, 14))
    flip = {"east-west": np.fliplr, "north-south": np.flipud, "transposed": np.transpose}[turned]

    def end(turn: object) -> Field:
        basin = plane_basin(turn(depth), dx=2e3, dy=2e3, open_edges=OCEAN)  # type: ignore[operator]
        # friction knows which of the two transports was stepped first, and a transposed sea steps the other
        manning = 0.0 if turned == "transposed" else 0.02
        return run(basin, still_sea(basin, turn(level)), 3600.0, manning=manning).level  # type: ignore[operator]

    plain = end(lambda field: field)
    np.testing.assert_allclose(end(flip), flip(plain), atol=1e-9)


def test_the_number_of_threads_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = []
    for count in (1, 2, 5):
        monkeypatch.setenv("RISKMAP_THREADS", str(count))
        basin = rough_basin(rows=60, columns=31, seed=5)
        sea = still_sea(basin, np.random.default_rng(6).uniform(0.0, 1.0, basin.depth.shape))
        with ThreadPoolExecutor(count) as pool:
            run(basin, sea, 7200.0, air=steady_air(basin.depth.shape, 15.0, -20.0), pool=pool)
        assert len(basin.bands) == count
        ends.append(sea)
    for other in ends[1:]:
        np.testing.assert_array_equal(other.level, ends[0].level)
        np.testing.assert_array_equal(other.east, ends[0].east)
        np.testing.assert_array_equal(other.north, ends[0].north)
        np.testing.assert_array_equal(other.peak, ends[0].peak)


def test_a_run_that_goes_wrong_stops_with_place_and_time() -> None:
    basin = plane_basin(np.full((5, 6), 20.0), dx=2e3, dy=2e3)
    sea = run(basin, still_sea(basin), 600.0)
    air = steady_air((5, 6))
    air[:, 2, 3] = np.nan
    with pytest.raises(DataError, match=r"row \d, column \d, 0\.25 h"):
        advance(basin, sea, 300.0, air=air)
    assert np.isfinite(sea.level).all()
    assert np.isfinite(sea.peak).all()
    assert sea.seconds == 600.0


def test_a_spike_in_the_chart_is_named() -> None:
    depth = np.full((5, 6), 20.0)
    depth[2, 4] = 1e9
    with pytest.raises(DataError, match=r"row 2, column 4: the time step collapses"):
        _ = plane_basin(depth, dx=100.0, dy=100.0).longest_step
