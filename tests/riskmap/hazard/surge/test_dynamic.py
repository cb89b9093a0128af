"""Surge of a storm on a shelf, on one grid and nested; the bed that it runs over."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from riskmap.errors import ConfigError, CoverageError, DataError
from riskmap.grid import Grid
from riskmap.hazard.surge.bed import SHALLOWEST, sea_bed
from riskmap.hazard.surge.dynamic import Level, simulate_surge
from tests.storms import moving_storm, still_storm

SHELF = Grid.from_bounds(west=118.0, south=25.0, east=127.0, north=33.0, step=0.2)
COAST = Grid.from_bounds(west=121.0, south=27.0, east=124.0, north=31.0, step=0.1)
HOURS = np.datetime64("2021-07-24T12", "s") + np.arange(7) * np.timedelta64(3600, "s")


def level(grid: Grid, depth: float = 40.0) -> Level:
    """Land west of 122E."""
    return Level(grid, np.where(grid.longitude > 122.0, depth, np.nan) * np.ones(grid.shape))


def places(*spots: tuple[float, float]) -> xr.Dataset:
    return xr.Dataset(
        {
            "latitude": ("point", np.array([s[0] for s in spots])),
            "longitude": ("point", np.array([s[1] for s in spots])),
            "region": ("point", np.array(["330902"] * len(spots))),
        }
    )


@pytest.fixture(scope="module")
def found() -> xr.Dataset:
    """Of a still storm at 29N 122E: onshore north of it, offshore south."""
    spots = places((29.6, 122.05), (28.4, 122.05), (29.0, 126.5), (29.0, 120.0))
    return simulate_surge(still_storm(), level(SHELF), spots, HOURS)


def test_water_piles_up_where_the_wind_blows_onshore_and_sinks_where_it_blows_off(found: xr.Dataset) -> None:
    end = found["storm_surge"][-1].values
    assert end[0] > 0.5
    assert end[1] < 0.0
    assert abs(end[2]) < 0.3
    assert np.isnan(end[3])


def test_the_outcome_is_labelled(found: xr.Dataset) -> None:
    assert found["storm_surge"].dims == ("time", "point")
    assert found["peak_surge"].dims == ("y", "x")
    assert all(
        found[name].attrs["units"] == "m" for name in ("storm_surge", "peak_surge", "inverse_barometer")
    )
    assert found["region"].values.tolist() == ["330902"] * 4
    assert np.isnan(found["peak_surge"].values[:, SHELF.longitude < 122.0]).all()
    assert float(found["peak_surge"].max()) >= float(found["storm_surge"].max())
    assert max(found.attrs["volume_error"]) < 1e-9


def test_the_barometer_is_about_a_centimetre_a_hectopascal(found: xr.Dataset) -> None:
    assert 0.0 < float(found["inverse_barometer"][-1, 2]) < float(found["inverse_barometer"][-1, 0]) < 0.55


def test_a_finer_grid_inside_tells_the_same_story() -> None:
    spots = places((29.6, 122.05), (28.4, 122.05))
    storm = moving_storm()
    alone = simulate_surge(storm, level(SHELF), spots, HOURS)
    nested = simulate_surge(storm, level(SHELF), spots, HOURS, coast=level(COAST))
    assert nested["peak_surge"].shape == COAST.shape
    np.testing.assert_allclose(nested["storm_surge"], alone["storm_surge"], atol=0.12)
    assert len(nested.attrs["steps"]) == 2


def test_hours_between_two_looks_are_linear() -> None:
    spots = places((29.6, 122.05))
    half = HOURS[:1] + np.array([0, 150, 300]).astype("timedelta64[s]")
    surge = simulate_surge(moving_storm(), level(SHELF), spots, half)["storm_surge"].values[:, 0]
    assert surge[1] == pytest.approx(0.5 * (surge[0] + surge[2]), abs=2e-3)


def test_hours_outside_the_track_are_refused() -> None:
    with pytest.raises(CoverageError, match="does not cover the hours"):
        simulate_surge(still_storm(), level(SHELF), places(), HOURS + np.timedelta64(9, "D"))


def test_hours_that_do_not_rise_are_refused() -> None:
    with pytest.raises(ConfigError, match="do not rise"):
        simulate_surge(still_storm(), level(SHELF), places(), HOURS[::-1])


def test_a_coast_outside_its_shelf_is_refused() -> None:
    with pytest.raises(CoverageError, match="outside the coarse one"):
        simulate_surge(still_storm(), level(COAST), places(), HOURS, coast=level(SHELF))


@pytest.mark.parametrize(
    "depth", [np.full(SHELF.shape, -40.0), np.full(SHELF.shape, 40e3), np.full((3, 3), 40.0)]
)
def test_a_depth_that_is_none_is_refused(depth: np.ndarray) -> None:
    with pytest.raises(DataError, match="shelf: this is no depth of the sea"):
        simulate_surge(still_storm(), Level(SHELF, depth), places(), HOURS)


def chart(west: float = 118.0) -> xr.DataArray:
    grid = Grid.from_bounds(west=west, south=25.0, east=127.0, north=33.0, step=0.5)
    depth = np.where(grid.longitude > 122.0, 10.0 * (grid.longitude - 121.0), -300.0) * np.ones(grid.shape)
    return xr.DataArray(depth, dims=("y", "x"), coords=grid.coordinates)


def test_the_bed_is_linear_between_the_charts_cells_and_never_too_shallow() -> None:
    bed = sea_bed(chart(), COAST)
    expected = np.broadcast_to(10.0 * (COAST.longitude - 121.0), COAST.shape)
    deep = COAST.longitude > 122.5
    np.testing.assert_allclose(bed[:, deep], expected[:, deep], rtol=1e-6)
    assert np.nanmin(bed) >= SHALLOWEST
    assert np.isnan(bed[:, COAST.longitude < 121.9]).all()


def test_a_finer_shore_has_the_last_word() -> None:
    land = np.zeros(COAST.shape, np.bool_)
    land[:, -3:] = True
    bed = sea_bed(chart(), COAST, land=land)
    np.testing.assert_array_equal(np.isnan(bed), land)
    assert bed[0, 0] >= SHALLOWEST  # land on the chart, sea on the finer map


def test_a_chart_that_ends_early_or_has_no_sea_is_refused() -> None:
    with pytest.raises(CoverageError, match="does not cover"):
        sea_bed(chart(west=122.0), COAST)
    with pytest.raises(CoverageError, match="no sea"):
        sea_bed(-abs(chart()), COAST)
