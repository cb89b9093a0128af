"""The table kernel, row by row: places, winds, peaks and the fused pass against slow numpy in float64."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap._kernels import swath as kernel
from riskmap.hazard.storm.vortex import table_bins

LAWS = settings(deadline=None, max_examples=80)
BASE, EDGES = table_bins()
BINS = len(EDGES)
COLUMNS, STEP = 40, np.radians(0.1)
LATITUDES = np.radians(np.linspace(31.0, 27.0, 9))
CORE = 40e3 / 6_371_008.8
RNG = np.random.default_rng(20210724)


def make_nodes(n: int = 3, *, plane: bool = False, reach: float = 1.0) -> tuple[Any, Any, Any]:
    """Nodes that walk over the columns, with sin^2(half) and sine of the longitude to each column."""
    rows = np.zeros((n, kernel.N_COLUMNS))
    rows[:, kernel.LATITUDE] = np.radians(28.3 + 0.4 * np.arange(n))
    rows[:, kernel.COLUMN] = 14.3 + 3.1 * np.arange(n)
    rows[:, kernel.EAST], rows[:, kernel.NORTH] = -3.0, 6.0 + np.arange(n)
    rows[:, kernel.TABLE], rows[:, kernel.STRENGTH] = np.arange(n), 1.0
    rows[:, kernel.WIDTH] = (0.5 * CORE) ** -2.0 if plane else np.sin(0.5 * CORE) ** -2.0
    rows[:, kernel.REACH] = reach
    away = (np.arange(COLUMNS) - rows[:, kernel.COLUMN, None]) * STEP
    halves, sines = ((0.5 * away) ** 2, away) if plane else (np.sin(0.5 * away) ** 2, np.sin(away))
    return rows, halves.astype(np.float32), sines.astype(np.float32)


def make_tables(n: int = 3, quadrants: int = 1, channels: int = 4) -> tuple[Any, Any]:
    """Wind that falls off outwards, over the sine of the angle; fade, pressure, rain and taper."""
    root = np.sqrt(EDGES)
    speed = 40.0 * np.minimum(root, root**-0.6) / np.sin(CORE * root)
    swirl = np.empty((n, quadrants, 2, BINS), np.float32)
    for k in range(n):
        for q in range(quadrants):
            factor = 1.0 + 0.1 * q - 0.05 * k
            swirl[k, q] = factor * speed * np.array([[0.92], [0.39]])
    swirl[..., -1] = 0.0
    falling = [
        1.0 / np.maximum(root, 1.0),
        101e3 - 4e3 / (1.0 + root),
        8.0 * np.exp(-root / 4.0),
        0.2 + 0.4 / (1.0 + root),
    ]
    radial = np.tile(np.array(falling[:channels], np.float32), (n, 1, 1))
    return swirl, radial


def slow_h(node: Any, lat: float, plane: bool) -> Any:
    """Squared sine of half the angle to each column, over that of the maximum wind."""
    away = (np.arange(COLUMNS) - node[kernel.COLUMN]) * STEP
    if plane:
        h = (0.5 * (lat - node[kernel.LATITUDE])) ** 2 + np.cos(node[kernel.LATITUDE]) ** 2 * (
            0.5 * away
        ) ** 2
    else:
        h = np.sin(0.5 * (lat - node[kernel.LATITUDE])) ** 2
        h = h + np.cos(lat) * np.cos(node[kernel.LATITUDE]) * np.sin(0.5 * away) ** 2
    return h


def slow_wind(node: Any, lat: float, swirl: Any, fade: Any, *, plane: bool = False) -> Any:
    """Wind (east + i north) of each column, by interpolation in float64 and squares of cosines of the azimuth."""
    phi = node[kernel.LATITUDE]
    away = (np.arange(COLUMNS) - node[kernel.COLUMN]) * STEP
    at = slow_h(node, lat, plane) * node[kernel.WIDTH]
    if plane:
        out = np.cos(phi) * away + 1j * (lat - phi)
    else:
        north = np.sin(lat) * np.cos(phi) * np.cos(away) - np.cos(lat) * np.sin(phi)
        out = np.cos(phi) * np.sin(away) + 1j * north
    across, along = np.zeros(COLUMNS), np.zeros(COLUMNS)
    azimuth = 0.5 * np.pi - np.angle(out)
    for q, table in enumerate(swirl):
        share = np.ones(COLUMNS)
        if len(swirl) == 4:
            off = np.abs((azimuth - np.pi / 4 - q * np.pi / 2 + np.pi) % (2 * np.pi) - np.pi)
            share = np.where(off < np.pi / 2, np.cos(off) ** 2, 0.0)
        across += share * np.interp(at, EDGES, table[kernel.ACROSS])
        along += share * np.interp(at, EDGES, table[kernel.ALONG])
    moving = complex(node[kernel.EAST], node[kernel.NORTH]) * np.interp(at, EDGES, fade)
    return moving + node[kernel.STRENGTH] * out * (1j * across - along)


@LAWS
@given(
    column=st.floats(-20.0, 60.0), lat=st.floats(-60.0, 60.0), off=st.floats(-5.0, 5.0), reach=st.floats(0.05, 5.0),
    plane=st.booleans(),
)  # fmt: skip
def test_the_columns_within_reach_are_those_that_are_nearer(
    column: float, lat: float, off: float, reach: float, plane: bool
) -> None:
    node = np.zeros(kernel.N_COLUMNS)
    node[kernel.LATITUDE], node[kernel.COLUMN] = np.radians(lat), column
    half = 0.5 * np.radians(reach)
    node[kernel.REACH] = half**2 if plane else np.sin(half) ** 2
    row = np.radians(lat + off)
    j0, j1 = kernel.columns_within(node, row, plane, 1.0 / STEP, COLUMNS)
    assert j0 >= 0
    assert j1 <= COLUMNS
    h = slow_h(node, row, plane)
    surely, never = h < node[kernel.REACH] * (1 - 1e-9), h > node[kernel.REACH] * (1 + 1e-9)
    inside = np.zeros(COLUMNS, bool)
    inside[j0:j1] = True
    assert inside[surely].all()
    assert not inside[never].any()


def test_a_reach_over_everything_has_all_columns() -> None:
    node = make_nodes(1)[0][0]
    assert kernel.columns_within(node, LATITUDES[0], False, 1.0 / STEP, COLUMNS) == (0, COLUMNS)


@pytest.mark.parametrize("plane", [False, True])
def test_a_place_is_the_bin_and_the_part_of_it(plane: bool) -> None:
    rows, halves, _ = make_nodes(plane=plane)
    h, at, part = np.zeros(COLUMNS, np.float32), np.zeros(COLUMNS, np.uint32), np.zeros(COLUMNS, np.float32)
    for k, lat in enumerate(LATITUDES[:3]):
        kernel.place_row(rows[k], lat, plane, halves[k], BASE, BINS, 0, COLUMNS, h, at, part)
        slow = slow_h(rows[k], lat, plane) * rows[k, kernel.WIDTH]
        assert (part >= 0.0).all()
        assert (part < 1.0).all()
        found = EDGES[at] + part * (EDGES[at + 1] - EDGES[at])
        np.testing.assert_allclose(found, slow, rtol=1e-6)


@pytest.mark.parametrize(("width", "at_bin", "place"), [(1e-9, 0, 0.0), (1e12, BINS - 2, 1.0)])
def test_beyond_both_ends_of_the_table_its_ends_hold(width: float, at_bin: int, place: float) -> None:
    rows, halves, _ = make_nodes(1)
    rows[0, kernel.WIDTH] = width
    h, at, part = np.zeros(COLUMNS, np.float32), np.zeros(COLUMNS, np.uint32), np.zeros(COLUMNS, np.float32)
    kernel.place_row(rows[0], LATITUDES[0], False, halves[0], BASE, BINS, 0, COLUMNS, h, at, part)
    assert (at == at_bin).all()
    assert part.tolist() == pytest.approx([place] * COLUMNS, abs=1e-5)


def wind_of(node: Any, lat: float, halves: Any, sines: Any, swirl: Any, fade: Any, *, plane: bool) -> Any:
    h, part, u, v = (np.zeros(COLUMNS, np.float32) for _ in range(4))
    at = np.zeros(COLUMNS, np.uint32)
    kernel.place_row(node, lat, plane, halves, BASE, BINS, 0, COLUMNS, h, at, part)
    kernel.wind_row(node, lat, plane, halves, sines, swirl, fade, 0, COLUMNS, at, part, u, v)
    return u + 1j * v


@pytest.mark.parametrize("strength", [1.0, 0.8])
@pytest.mark.parametrize("quadrants", [1, 4])
@pytest.mark.parametrize("plane", [False, True])
def test_a_row_of_wind_is_the_slow_one(plane: bool, quadrants: int, strength: float) -> None:
    rows, halves, sines = make_nodes(plane=plane)
    rows[:, kernel.STRENGTH] = strength
    swirl, radial = make_tables(quadrants=quadrants)
    for k in range(3):
        for lat in LATITUDES:
            found = wind_of(rows[k], lat, halves[k], sines[k], swirl[k], radial[k, kernel.FADE], plane=plane)
            slow = slow_wind(rows[k], lat, swirl[k], radial[k, kernel.FADE], plane=plane)
            assert np.abs(found - slow).max() < 5e-4


def test_four_quadrants_alike_are_one() -> None:
    rows, halves, sines = make_nodes(1)
    swirl, radial = make_tables(1)
    four = np.repeat(swirl, 4, axis=1)
    for lat in LATITUDES:
        one, other = (
            wind_of(rows[0], lat, halves[0], sines[0], table[0], radial[0, kernel.FADE], plane=False)
            for table in (swirl, four)
        )
        assert np.abs(one - other).max() < 1e-4


def test_a_cell_under_the_centre_has_the_motion_alone() -> None:
    rows, halves, sines = make_nodes(1)
    rows[0, kernel.COLUMN], lat = 7.0, float(rows[0, kernel.LATITUDE])
    away = (np.arange(COLUMNS) - 7.0) * STEP
    halves[0], sines[0] = np.sin(0.5 * away) ** 2, np.sin(away)
    for quadrants in (1, 4):
        swirl, radial = make_tables(1, quadrants)
        found = wind_of(rows[0], lat, halves[0], sines[0], swirl[0], radial[0, kernel.FADE], plane=False)
        assert found[7] == pytest.approx(-3.0 + 6.0j, abs=1e-6)


def test_looking_up_is_a_straight_line_between_edges() -> None:
    table = RNG.uniform(0.0, 5.0, BINS).astype(np.float32)
    at, part = (
        RNG.integers(0, BINS - 1, COLUMNS).astype(np.uint32),
        RNG.uniform(0, 1, COLUMNS).astype(np.float32),
    )
    out = np.full(COLUMNS, -1.0, np.float32)
    kernel.look_up_row(table, 5, 30, at, part, out)
    slow = (1.0 - part) * table[at] + part * table[at + 1]
    np.testing.assert_allclose(out[5:30], slow[5:30], rtol=1e-5)
    assert (out[:5] == -1.0).all()
    assert (out[30:] == -1.0).all()


def swath(
    source: Any, rows: Any, halves: Any, sines: Any, tables: Any, peak: Any, *, plane: bool = False
) -> Any:
    """Peaks, (y, x) or (layer, y, x)."""
    layers = peak.reshape(-1, *peak.shape[-2:])
    source.swath_rows(
        rows, halves, sines, *tables, BASE, plane, 1.0 / STEP, LATITUDES, 0, len(LATITUDES), layers
    )  # fmt: skip
    return peak


@pytest.mark.parametrize("quadrants", [1, 4])
@pytest.mark.parametrize("plane", [False, True])
def test_the_swath_raises_what_was_there(plane: bool, quadrants: int) -> None:
    half = 0.5 * np.radians(0.9)
    rows, halves, sines = make_nodes(plane=plane, reach=half**2 if plane else np.sin(half) ** 2)
    rows[2, kernel.TABLE] = 1  # two nodes may share a table
    tables = make_tables(quadrants=quadrants)
    before = RNG.uniform(0.0, 30.0, (len(LATITUDES), COLUMNS)).astype(np.float32)
    found = swath(kernel, rows, halves, sines, tables, before.copy(), plane=plane)
    slow = before.astype(np.float64)
    for i, lat in enumerate(LATITUDES):
        for node in rows:
            k = int(node[kernel.TABLE])
            wind = np.abs(slow_wind(node, lat, tables[0][k], tables[1][k, kernel.FADE], plane=plane))
            near = slow_h(node, lat, plane) <= node[kernel.REACH]
            slow[i] = np.maximum(slow[i], np.where(near, wind, 0.0))
    np.testing.assert_allclose(found, slow, atol=1e-3)
    assert (found > before + 1.0).any()
    assert (found == before).any()


def test_each_layer_has_the_peak_of_its_own_nodes() -> None:
    rows, halves, sines = make_nodes()
    rows[:, kernel.LAYER] = [1, 0, 1]
    tables, start = make_tables(), np.zeros((2, len(LATITUDES), COLUMNS), np.float32)
    together = swath(kernel, rows, halves, sines, tables, start.copy())
    for layer, own in ((0, [1]), (1, [0, 2])):
        alone = rows[own]
        alone[:, kernel.LAYER] = 0
        found = swath(kernel, alone, halves[own], sines[own], tables, start[0].copy())
        np.testing.assert_array_equal(together[layer], found)


def fused(
    source: Any, rows: Any, halves: Any, sines: Any, tables: Any, slope: Any, first: int = 0, last: int = 9
) -> Any:
    out = [np.full((len(LATITUDES), COLUMNS), -9.0, np.float32) for _ in range(6)]
    source.fused_rows(rows, halves, sines, *tables, BASE, LATITUDES, *slope, 2.5, first, last, *out)
    return out


def slopes() -> Any:
    return tuple(RNG.uniform(-0.1, 0.1, (len(LATITUDES), COLUMNS)) for _ in range(2))


@pytest.mark.parametrize("quadrants", [1, 4])
def test_the_fused_pass_is_the_slow_one(quadrants: int) -> None:
    rows, halves, sines = make_nodes()
    rows[:, kernel.WITHIN] = [1.0, 0.0, 1.0]  # the middle one counts for rain alone
    rows[2, kernel.LATEST] = 1.0
    rows[:, kernel.HOURS] = [0.25, 0.5, 0.25]
    swirl, radial = make_tables(quadrants=quadrants)
    slope = slopes()
    peak, u, v, pressure, rain, lifted = fused(kernel, rows, halves, sines, (swirl, radial), slope)
    for i, lat in enumerate(LATITUDES):
        winds = [slow_wind(n, lat, swirl[k], radial[k, 0]) for k, n in enumerate(rows)]
        places = [slow_h(n, lat, False) * n[kernel.WIDTH] for n in rows]
        look = [[np.interp(at, EDGES, channel) for channel in radial[k]] for k, at in enumerate(places)]
        np.testing.assert_allclose(peak[i], np.maximum(np.abs(winds[0]), np.abs(winds[2])), atol=1e-3)
        np.testing.assert_allclose(u[i] + 1j * v[i], winds[2], atol=5e-4)
        np.testing.assert_allclose(pressure[i], look[2][kernel.PRESSURE], rtol=1e-6)
        hours = rows[:, kernel.HOURS]
        np.testing.assert_allclose(rain[i], sum(t * x[kernel.RAIN] for t, x in zip(hours, look)), rtol=1e-5)
        climbs = [np.maximum(w.real * slope[0][i] + w.imag * slope[1][i], 0.0) for w in winds]
        slow = sum(2.5 * t * x[kernel.TAPER] * c for t, x, c in zip(hours, look, climbs))
        np.testing.assert_allclose(lifted[i], slow, atol=1e-4, rtol=1e-4)


def test_without_rain_two_channels_are_enough_and_rain_is_nought() -> None:
    rows, halves, sines = make_nodes()
    rows[:, kernel.WITHIN], rows[2, kernel.LATEST] = 1.0, 1.0
    found = fused(kernel, rows, halves, sines, make_tables(channels=2), slopes())
    assert (found[4] == 0.0).all()
    assert (found[5] == 0.0).all()
    assert (found[0] > 0.0).all()


def test_rows_outside_the_block_are_left_alone() -> None:
    rows, halves, sines = make_nodes()
    rows[:, kernel.WITHIN], rows[2, kernel.LATEST] = 1.0, 1.0
    for field in fused(kernel, rows, halves, sines, make_tables(), slopes(), 2, 4):
        assert (np.delete(field, [2, 3], axis=0) == -9.0).all()
        assert (field[2:4] != -9.0).all()


@pytest.mark.parametrize("quadrants", [1, 4])
def test_compiled_loops_are_their_python_source(
    quadrants: int, interpreted: Callable[[ModuleType], Any]
) -> None:
    rows, halves, sines = make_nodes(2)
    rows[:, kernel.WITHIN], rows[:, kernel.HOURS], rows[1, kernel.LATEST] = 1.0, 0.5, 1.0
    tables, slope, start = make_tables(2, quadrants), slopes(), np.ones((9, COLUMNS), np.float32)
    quick = [
        *fused(kernel, rows, halves, sines, tables, slope),
        swath(kernel, rows, halves, sines, tables, start.copy()),
    ]
    source = interpreted(kernel)
    plain = [
        *fused(source, rows, halves, sines, tables, slope),
        swath(source, rows, halves, sines, tables, start.copy()),
    ]
    for one, other in zip(quick, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-4)
