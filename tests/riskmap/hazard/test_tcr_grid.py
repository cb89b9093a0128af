"""TCR on a grid: the sum of its terms, and laws that hold for any picture."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import DataError
from riskmap.grid import EARTH_RADIUS, Grid
from riskmap.hazard.profiles import emanuel_rotunno_2011, modified_rankine
from riskmap.hazard.rain_models import (
    SEA_DRAG,
    TcrNode,
    surface_drag,
    tcr,
    tcr_friction,
    tcr_grid_rate,
    tcr_rain_rate,
    tcr_shear,
    tcr_stretching,
    tcr_table,
)

GRID = Grid.from_bounds(west=121.0, south=28.0, east=123.0, north=30.0, step=0.05)
STORM = partial(emanuel_rotunno_2011, maximum_wind=40.0, radius_of_maximum_wind=40e3, latitude=29.0)
TABLE = tcr_table(STORM, latitude=29.0, radius_of_maximum_wind=40e3)
STILL = TcrNode(29.0, 122.0, TABLE, 0.0195)
CALM = np.zeros(GRID.shape, np.float32)
FLAT = np.zeros(GRID.shape)
SEA = np.full(GRID.shape, SEA_DRAG)


def rate(*nodes: TcrNode, u=CALM, v=CALM, slope=(FLAT, FLAT), drag=SEA, grid=GRID):  # type: ignore[no-untyped-def]
    return tcr_grid_rate(nodes or (STILL,), grid, u, v, slope=slope, drag=drag)


def distances() -> np.ndarray:
    phi, p = np.radians(GRID.latitude)[:, None], np.radians(29.0)
    lam = np.radians(GRID.longitude - 122.0)[None, :]
    cosine = np.sin(phi) * np.sin(p) + np.cos(phi) * np.cos(p) * np.cos(lam)
    return np.asarray(EARTH_RADIUS * np.arccos(cosine))


RANKINE = partial(modified_rankine, maximum_wind=60.0, radius_of_maximum_wind=30e3, latitude=29.0)
SMOOTH = np.abs(distances() - 30e3) > 2e3
"""Away from the tip of the profile, where differences over a step say little."""


def test_a_still_storm_over_the_sea_rains_the_plain_numbers() -> None:
    plain = tcr(distances(), profile=RANKINE, latitude=29.0, specific_humidity=0.0195)
    found = rate(TcrNode(29.0, 122.0, tcr_table(RANKINE, latitude=29.0, radius_of_maximum_wind=30e3), 0.0195))
    np.testing.assert_allclose(found[SMOOTH], plain[SMOOTH], atol=0.02)
    assert found.dtype == np.float32


def test_the_terms_of_the_table_add_up() -> None:
    tendency = lambda r: RANKINE(r) / 86400.0  # noqa: E731
    table = tcr_table(RANKINE, latitude=29.0, radius_of_maximum_wind=30e3, tendency=tendency)
    r, east = distances(), np.cos(np.radians(GRID.latitude))[:, None] * (GRID.longitude - 122.0)
    north = (GRID.latitude - 29.0)[:, None]
    outward = 8.0 * (east / np.hypot(east, north))
    known = {"profile": RANKINE, "latitude": 29.0}
    w = tcr_friction(r, **known) + tcr_shear(r, **known, outward_shear=outward)
    w += tcr_stretching(r, **known, tendency=tendency, radius_of_maximum_wind=30e3)
    found = rate(TcrNode(29.0, 122.0, table, 0.0195, shear=(8.0, 0.0)))
    plain = tcr_rain_rate(w, specific_humidity=0.0195)
    np.testing.assert_allclose(found[SMOOTH], plain[SMOOTH], atol=0.05)
    assert plain.max() > 30.0


def test_no_wind_no_rain() -> None:
    still = tcr_table(lambda r: 0.0 * r, latitude=29.0, radius_of_maximum_wind=40e3)
    hill = np.full(GRID.shape, 0.1), FLAT
    moving = TcrNode(29.0, 122.0, still, 0.0195, motion=(8.0, 3.0), shear=(9.0, 9.0))
    assert (rate(moving, slope=hill) == 0.0).all()


@settings(deadline=None, max_examples=25)
@given(steep=st.floats(0, 0.2), more=st.floats(0, 0.2), wind=st.floats(0, 40))
def test_more_upslope_never_rains_less(steep: float, more: float, wind: float) -> None:
    u = np.full(GRID.shape, wind, np.float32)
    low, high = (rate(u=u, slope=(np.full(GRID.shape, s), FLAT)) for s in (steep, steep + more))
    assert (high >= low).all()
    assert (low >= 0.0).all()


def test_rain_is_linear_in_moisture_and_efficiency() -> None:
    wet = TcrNode(29.0, 122.0, TABLE, 0.039)
    np.testing.assert_allclose(rate(wet), 2.0 * rate(), rtol=1e-6)
    half = tcr_grid_rate((STILL,), GRID, CALM, CALM, slope=(FLAT, FLAT), drag=SEA, efficiency=0.45)
    np.testing.assert_allclose(half, 0.5 * rate(), rtol=1e-6)


def test_the_southern_hemisphere_is_the_mirror() -> None:
    rng = np.random.default_rng(3)
    u, v = (rng.normal(size=GRID.shape).astype(np.float32) * 15 for _ in range(2))
    east, north = (rng.normal(size=GRID.shape) * 0.02 for _ in range(2))
    drag = SEA_DRAG + 1e-3 * rng.random(GRID.shape)
    here = rate(
        TcrNode(29.0, 122.0, TABLE, 0.0195, motion=(3.0, 5.0), shear=(6.0, -2.0)), u=u, v=v,
        slope=(east, north), drag=drag,
    )  # fmt: skip
    south = Grid.from_bounds(west=121.0, south=-30.0, east=123.0, north=-28.0, step=0.05)
    there = rate(
        TcrNode(-29.0, 122.0, TABLE, 0.0195, motion=(3.0, -5.0), shear=(6.0, 2.0)), u=u[::-1], v=-v[::-1],
        slope=(east[::-1], -north[::-1]), drag=drag[::-1], grid=south,
    )  # fmt: skip
    np.testing.assert_allclose(there[::-1], here, rtol=1e-4, atol=1e-4)


def test_a_shift_in_longitude_and_across_the_date_line_changes_nothing() -> None:
    east = Grid.from_bounds(west=179.0, south=28.0, east=181.0, north=30.0, step=0.05)
    moved = rate(TcrNode(29.0, -180.0, TABLE, 0.0195), grid=east)
    np.testing.assert_allclose(moved, rate(), rtol=1e-4, atol=1e-4)


def test_nodes_are_averaged() -> None:
    away = TcrNode(29.6, 121.5, TABLE, 0.0195)
    np.testing.assert_allclose(rate(STILL, away), 0.5 * (rate(STILL) + rate(away)), rtol=1e-5, atol=1e-6)


def test_a_coast_lifts_the_onshore_wind_and_the_drag_is_smooth() -> None:
    land = np.broadcast_to(GRID.longitude < 121.5, GRID.shape)
    drag = surface_drag(land, GRID)
    assert SEA_DRAG <= drag.min() < drag.max() <= 0.003
    assert np.abs(np.diff(drag, axis=1)).max() < 0.001
    shore = (slice(15, 25), slice(8, 12))  # west of the centre: drag grows outwards
    assert (rate(drag=drag)[shore] > rate()[shore]).all()


def test_inputs_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DataError, match="do not fit"):
        rate(u=CALM[:3])
    with pytest.raises(DataError, match="do not fit"):
        tcr_grid_rate((), GRID, CALM, CALM, slope=(FLAT, FLAT), drag=SEA)
    with pytest.raises(DataError, match="do not fit"):
        rate(STILL, TcrNode(29.0, 122.0, TABLE[:50], 0.0195))
