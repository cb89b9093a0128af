"""Gridded rain in: amounts conserved, nothing guessed, no missing hour dry."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import CoverageError, DataError, DatumError, MissingExtraError, SourceError, UnitsError
from riskmap.grid import Grid
from riskmap.io import rain_fields
from riskmap.io.rain_areas import lay
from riskmap.io.rain_declared import RainDeclared
from riskmap.io.rain_grids import open_rain, read_rain
from tests.riskmap.io.rain_files import NORTH, STEP, WEST, at, geotiff, grib, netcdf, pattern

GRID = Grid.from_bounds(west=120.0, south=29.0, east=121.0, north=30.0, step=0.1)
SAYS = RainDeclared
HOURLY = [(0, 1), (1, 2), (2, 3)]


def means(field: np.ndarray) -> np.ndarray:
    """Slow mean of a 0.05 degree field over the grid's cells, weighted by area."""
    edges = np.radians(NORTH - STEP * np.arange(field.shape[0] + 1))
    weight = np.sin(edges[:-1]) - np.sin(edges[1:])
    out = np.empty(GRID.shape)
    for i in range(10):
        for j in range(10):
            rows, columns = slice(10 + 2 * i, 12 + 2 * i), slice(10 + 2 * j, 12 + 2 * j)
            block = field[rows, columns].astype(float)
            out[i, j] = np.average(block, weights=np.broadcast_to(weight[rows, None], block.shape))
    return out


# what falls on the raster falls on the grid


@settings(deadline=None, max_examples=40)
@given(
    step=st.sampled_from([0.013, 0.05, 0.1, 0.27, 0.7]), west=st.floats(-0.05, 0.0), turned=st.booleans(),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_totals_are_conserved_whatever_the_step(step: float, west: float, turned: bool, seed: int) -> None:
    """Rain on the grid's box, cut out of the raster by hand, equals the grid's rain times its areas."""
    n = int(np.ceil(1.2 / step)) + 1
    transform = Affine(step, 0, 120.0 + west, 0, -step, 30.05)
    if turned:  # rows from south to north, as some rasters have them
        transform = Affine(step, 0, 120.0 + west, 0, step, 30.05 - n * step)
    values = np.random.default_rng(seed).gamma(0.5, 10.0, (n, n))
    onto = lay(transform=transform, shape=(n, n), crs=None, geographic=True, grid=GRID, where="raster")
    (r0, r1), (c0, c1) = onto.window
    found = onto(values[r0:r1, c0:c1])
    y = np.sin(np.radians(np.clip(transform.f + transform.e * np.arange(n + 1), 29.0, 30.0)))
    x = np.clip(transform.c + step * np.arange(n + 1), 120.0, 121.0)
    total = (values * np.abs(np.diff(y))[:, None] * np.diff(x)[None, :]).sum()
    grid_y = np.sin(np.radians(30.0 - 0.1 * np.arange(11)))
    assert (found * (grid_y[:-1] - grid_y[1:])[:, None]).sum() * 0.1 == pytest.approx(total, rel=1e-5)


def test_a_cell_half_known_is_known_and_one_hardly_known_is_grey() -> None:
    onto = lay(transform=Affine(STEP, 0, WEST, 0, -STEP, NORTH), shape=(40, 40), crs=None, geographic=True, grid=GRID, where="r")  # fmt: skip
    values = np.full((20, 20), 4.0)
    values[0:2, 0:1] = np.nan  # half of the first cell
    values[0:2, 2:4] = np.nan
    values[0, 2] = 9.0  # a quarter of the second
    found = onto(values)
    assert found[0, 0] == pytest.approx(4.0)
    assert np.isnan(found[0, 1])
    assert np.isfinite(found).sum() == 99


def test_a_raster_from_0_to_360_and_a_grid_from_minus_180() -> None:
    west = Grid.from_bounds(west=-100.0, south=29.0, east=-99.0, north=30.0, step=0.1)
    onto = lay(transform=Affine(1, 0, 0, 0, -1, 90), shape=(180, 360), crs=None, geographic=True, grid=west, where="r")  # fmt: skip
    assert onto.window == ((60, 61), (260, 261))


def test_a_projected_raster_goes_through_the_warper(tmp_path: Path) -> None:
    field = np.full((1, 150, 150), 6.0)
    path = geotiff(
        tmp_path / "2021072401Z.tif", field, crs="EPSG:32651", transform=Affine(1e3, 0, 200e3, 0, -1e3, 3.335e6),
        cell_methods="time: sum",
    )  # fmt: skip
    rain = open_rain(path, GRID, SAYS(stamp="end", interval_hours=1))
    np.testing.assert_allclose(rain.hour(at(1)), 6.0, rtol=1e-5)
    assert "warper" in rain.method


# each kind of file


@pytest.mark.parametrize("northwards", [True, False])
@pytest.mark.parametrize("packed", [True, False])
def test_netcdf_with_bounds_needs_no_words(tmp_path: Path, northwards: bool, packed: bool) -> None:
    values = pattern(3)
    values[1, 10:12, 10:12] = np.nan  # one cell of the grid
    path = netcdf(tmp_path / "a.nc", values, [1, 2, 3], bounds=HOURLY, northwards=northwards, packed=packed)
    found = read_rain(path, GRID, [at(1), at(2), at(3)])
    np.testing.assert_allclose(found.values[0], means(values[0]), atol=6e-3 if packed else 1e-4)
    np.testing.assert_allclose(found.values[1], means(values[1]), atol=6e-3 if packed else 1e-4)
    assert np.isnan(found.values[1, 0, 0])
    assert np.isfinite(found.values).sum() == 299
    assert found.dtype == np.float32
    assert found.attrs["units"] == "mm"
    assert found.attrs["missing_hours"] == ""
    assert "weighted by area" in found.attrs["cell_methods"]


@pytest.mark.parametrize(
    ("units", "scale", "name"),
    [("kg m-2 s-1", 1 / 3600, "precipitation_flux"), ("mm/hr", 1.0, "rainfall_rate"), ("m s-1", 1 / 3.6e6, "lwe_precipitation_rate")],
)  # fmt: skip
def test_rates_are_taken_over_their_interval(tmp_path: Path, units: str, scale: float, name: str) -> None:
    values = pattern(6)
    bounds = [(h / 2, h / 2 + 0.5) for h in range(6)]
    path = netcdf(
        tmp_path / "a.nc", values * scale, [h / 2 + 0.5 for h in range(6)], bounds=bounds, units=units,
        methods="time: mean", standard_name=name,
    )  # fmt: skip
    rain = open_rain(path, GRID)
    np.testing.assert_allclose(rain.hour(at(2)), means(0.5 * (values[2] + values[3])), rtol=1e-4)


@pytest.mark.parametrize(("units", "factor"), [("m", 1e-3), ("kg m-2", 1.0)])
def test_totals_since_the_start_become_hours(tmp_path: Path, units: str, factor: float) -> None:
    values = pattern(4)
    totals = np.cumsum(values, axis=0) * factor
    grown = netcdf(
        tmp_path / "a.nc", totals, [1, 2, 3, 4], bounds=[(0, h) for h in (1, 2, 3, 4)], units=units
    )
    bare = netcdf(tmp_path / "b.nc", totals, [1, 2, 3, 4], units=units, methods=None)
    for rain in (open_rain(grown, GRID), open_rain(bare, GRID, SAYS(kind="since_start"))):
        for hour in (2, 4):
            np.testing.assert_allclose(rain.hour(at(hour)), means(values[hour - 1]), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(open_rain(grown, GRID).hour(at(1)), means(values[0]), rtol=1e-3)
    # without bounds nobody knows when the first total began
    assert open_rain(bare, GRID, SAYS(kind="since_start")).missing([at(1), at(2)]) == [at(1)]


def test_grib_tells_its_intervals(tmp_path: Path) -> None:
    values = pattern(3)
    sums = open_rain(grib(tmp_path / "a.grb2", values, HOURLY), GRID)
    grown = open_rain(grib(tmp_path / "b.grib2", np.cumsum(values, axis=0), [(0, 1), (0, 2), (0, 3)]), GRID)
    member = open_rain(grib(tmp_path / "d.grb2", values, HOURLY, member=True), GRID)
    rates = open_rain(grib(tmp_path / "c.grb2", values / 3600, HOURLY, process=0, number=7), GRID)
    for rain in (sums, grown, member, rates):
        for hour in (1, 2, 3):
            np.testing.assert_allclose(rain.hour(at(hour)), means(values[hour - 1]), rtol=1e-3, atol=1e-3)


def test_geotiff_bands_and_folders(tmp_path: Path) -> None:
    values = pattern(3)
    names = ["2021-07-24T01:00Z", "2021-07-24T10:00+08:00", "2021-07-24 03:00 UTC"]
    bands = open_rain(geotiff(tmp_path / "a.tif", values, names), GRID, SAYS(kind="amount", stamp="end"))
    folder = tmp_path / "radar"
    folder.mkdir()
    for n in range(3):
        geotiff(folder / f"QPE_20210724{9 + n:02d}.tif", values[n : n + 1])
    (folder / "notes.txt").write_text("not rain")
    local = open_rain(folder, GRID, SAYS(kind="amount", stamp="end", interval_hours=1, utc_offset_hours=8))
    for hour in (1, 2, 3):
        expected = means(values[hour - 1])
        np.testing.assert_allclose(bands.hour(at(hour)), expected, rtol=1e-5)
        np.testing.assert_allclose(local.hour(at(hour)), expected, rtol=1e-5)


@pytest.mark.parametrize(("stamp", "shift"), [("end", 0.0), ("start", 1.0), ("middle", 0.5)])
def test_where_in_its_hour_a_time_lies_must_be_said(tmp_path: Path, stamp: str, shift: float) -> None:
    values = pattern(3)
    path = netcdf(tmp_path / "a.nc", values, [1 - shift, 2 - shift, 3 - shift])
    with pytest.raises(DataError, match="set stamp under"):
        open_rain(path, GRID)
    rain = open_rain(path, GRID, SAYS(stamp=stamp))  # type: ignore[arg-type]
    np.testing.assert_allclose(rain.hour(at(2)), means(values[1]), rtol=1e-5)


def test_ten_minutes_add_up_and_a_gap_takes_its_hour(tmp_path: Path) -> None:
    values = pattern(12) / 6
    ends = [(n + 1) / 6 for n in range(12)]
    whole = netcdf(tmp_path / "a.nc", values, ends)
    np.testing.assert_allclose(
        open_rain(whole, GRID, SAYS(stamp="end")).hour(at(2)), means(values[6:].sum(axis=0)), rtol=1e-5
    )
    gap = netcdf(tmp_path / "b.nc", np.delete(values, 2, axis=0), ends[:2] + ends[3:])
    rain = open_rain(gap, GRID, SAYS(stamp="end"))
    assert rain.hour(at(1)) is None
    assert rain.hour(at(2)) is not None


def test_hours_that_are_not_there_are_named_and_not_dry(tmp_path: Path) -> None:
    path = netcdf(tmp_path / "a.nc", pattern(2), [1, 3], bounds=[(0, 1), (2, 3)])
    found = read_rain(path, GRID, [at(1), at(2), at(3), at(4)])
    assert found.attrs["missing_hours"] == "2021-07-24T02:00:00Z 2021-07-24T04:00:00Z"
    assert np.isnan(found.values[[1, 3]]).all()
    with pytest.raises(CoverageError, match="none of the hours"):
        read_rain(path, GRID, [at(20)])
    with pytest.raises(DataError, match="offset"):
        read_rain(path, GRID, [datetime(2021, 7, 24, 1)])  # noqa: DTZ001


def test_three_hours_are_refused_or_spread_on_request(tmp_path: Path) -> None:
    values = pattern(2)
    path = netcdf(tmp_path / "a.nc", values, [3, 6], bounds=[(0, 3), (3, 6)])
    with pytest.raises(DataError, match=r"longer than an hour.*found 3 h"):
        open_rain(path, GRID)
    rain = open_rain(path, GRID, SAYS(spread=True))
    hours = [rain.hour(at(h)) for h in (4, 5, 6)]
    np.testing.assert_allclose(np.sum(hours, axis=0), means(values[1]), rtol=1e-5)  # type: ignore[arg-type]


def test_a_forecast_whose_steps_grow_is_hourly_as_far_as_it_is(tmp_path: Path) -> None:
    totals = np.cumsum(pattern(4), axis=0)
    path = netcdf(tmp_path / "a.nc", totals, [1, 2, 3, 6], bounds=[(0, 1), (0, 2), (0, 3), (0, 6)])
    rain = open_rain(path, GRID)
    assert rain.missing([at(h) for h in range(1, 7)]) == [at(4), at(5), at(6)]
    assert [tile.end for tile in rain.longer] == [at(6)]


def test_a_field_of_which_nothing_is_known(tmp_path: Path) -> None:
    values = pattern(3)
    values[1] = np.nan
    rain = open_rain(netcdf(tmp_path / "a.nc", values, [1, 2, 3], bounds=HOURLY), GRID)
    assert np.isnan(rain.hour(at(2))).all()  # type: ignore[arg-type]
    assert np.isfinite(rain.hour(at(3))).all()  # type: ignore[arg-type]


# bad input


def test_a_seam_that_crosses_the_grid_is_refused() -> None:
    crossing = Grid.from_bounds(west=179.0, south=29.0, east=181.0, north=30.0, step=0.1)
    with pytest.raises(CoverageError, match="seam"):
        lay(transform=Affine(1, 0, -180, 0, -1, 90), shape=(180, 360), crs=None, geographic=True, grid=crossing, where="r")  # fmt: skip


def test_a_gdal_without_the_driver_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rain_fields.SUFFIXES, ".grb2", "NoSuchDriver")
    with pytest.raises(MissingExtraError, match="cannot read NoSuchDriver"):
        open_rain(grib(tmp_path / "a.grb2", pattern(1), [(0, 1)]), GRID)


@pytest.mark.parametrize(
    ("change", "says", "error", "words"),
    [
        ({"units": None}, {}, UnitsError, "without a unit"),
        ({"units": "furlong"}, {}, UnitsError, "unknown unit"),
        ({"units": "m"}, {"units": "mm"}, UnitsError, "different units"),
        ({"units": "mm h-1"}, {}, DataError, "contradict"),
        ({"methods": "time: mean"}, {}, DataError, "contradict"),
        ({"methods": None, "bounds": None}, {}, DataError, "unknown time"),
        ({}, {"interval_hours": 6}, DataError, "another thing than their user.*1 h"),
        ({}, {"kind": "since_start"}, DataError, "another thing than their user"),
        ({"bounds": [(-5, 1), (-4, 2), (-3, 3)]}, {"spread": True}, DataError, "overlap"),
        ({"bounds": [(0, 1), (1, 2), (1, 2)], "ends": [1, 2, 2]}, {}, DataError, "stands twice"),
        ({"bounds": [(0, 1), (1, 2), (5, 6)]}, {}, DataError, "outside its bounds"),
        ({"standard_name": "convective_precipitation_amount"}, {}, DataError, "which variable"),
        ({"west": 120.2}, {}, CoverageError, "does not cover"),
        ({"time_units": "months since 2021-07-24"}, {}, DataError, "not understood"),
        ({"units": "m"}, {}, UnitsError, "more rain than falls"),
        ({"scale": 1e-3}, {}, UnitsError, "metres that pass"),
        ({"scale": -1.0}, {}, DataError, "below zero"),
        ({"bounds": [(0, 1), (0, 2), (0, 3)], "scale": np.array([3.0, 2.0, 1.0])[:, None, None]}, {}, DataError, "falls"),
        ({"bounds": [(0, 1), (0, 2), (0, 3)], "units": "mm h-1", "methods": "time: mean"}, {}, DataError, "mean rates that overlap"),
    ],
)  # fmt: skip
def test_what_a_file_leaves_open_or_gets_wrong_is_refused(tmp_path, change, says, error, words) -> None:  # type: ignore[no-untyped-def]
    made = {"bounds": HOURLY, "ends": [1, 2, 3], "scale": 1.0} | change
    values = pattern(3) * made.pop("scale")
    time_units = made.pop("time_units", None)
    path = netcdf(tmp_path / "a.nc", values, made.pop("ends"), **made)
    if time_units:
        import netCDF4

        with netCDF4.Dataset(path, "a") as file:
            file["time"].units = time_units
    with pytest.raises(error, match=words):
        read_rain(path, GRID, [at(1), at(2), at(3)], SAYS(**says))


def test_a_file_that_says_nothing_is_told_all_that_must_be_said_at_once(tmp_path: Path) -> None:
    """Variable, unit, kind and stamp: declared as told, the file is read."""
    path = netcdf(
        tmp_path / "tp.nc", pattern(2), [1.0, 2.0], units=None, methods=None, standard_name="height", time_units="hours since 2021-07-24 00:00:00"
    )  # fmt: skip
    with pytest.raises(DataError) as caught:
        open_rain(path, GRID)
    remedies = [one.remedy or "" for one in caught.value.each]
    for remedy, words in zip(
        remedies, ('variable = "tp"', 'units = "mm"', "set kind", "set stamp"), strict=True
    ):
        assert words in remedy
    said = RainDeclared(variable="tp", units="mm", kind="amount", stamp="end")
    assert open_rain(path, GRID, said).hour(at(1.0)) is not None


def test_what_no_variable_of_a_file_needs_is_not_asked_for(tmp_path: Path) -> None:
    """One that has a unit and bounds lacks a name alone; of two, what both lack."""
    path = netcdf(
        tmp_path / "a.nc", pattern(1), [1.0], standard_name="height", bounds=[(0.0, 1.0)], methods=None
    )
    with pytest.raises(DataError, match="which variable") as caught:
        open_rain(path, GRID)
    assert len(caught.value.each) == 1
    other = (("time", "lat", "lon"), pattern(2), {"units": "mm h-1"})
    path = netcdf(tmp_path / "b.nc", pattern(2), [1.0, 2.0], standard_name="height", methods=None, rr=other)
    with pytest.raises(DataError, match="which variable") as caught:
        open_rain(path, GRID)
    assert [one.message[:5] for one in caught.value.each] == ["which", "where"]


def test_a_unit_that_is_declared_is_believed_of_drizzle(tmp_path: Path) -> None:
    path = netcdf(tmp_path / "a.nc", pattern(3) * 1e-3, [1, 2, 3], bounds=HOURLY, units=None)
    with pytest.raises(UnitsError):
        open_rain(path, GRID)
    rain = open_rain(path, GRID, SAYS(units="mm"))
    assert np.nanmax(rain.hour(at(1))) < 0.1  # type: ignore[arg-type]


def test_rounding_of_packed_totals_is_no_negative_rain(tmp_path: Path) -> None:
    totals = np.stack([np.full((40, 40), 5.0), np.full((40, 40), 4.95), np.full((40, 40), 9.0)])
    path = netcdf(tmp_path / "a.nc", totals, [1, 2, 3], bounds=[(0, 1), (0, 2), (0, 3)])
    assert (open_rain(path, GRID).hour(at(2)) == 0.0).all()  # type: ignore[union-attr]


def test_a_member_axis_must_be_chosen_from(tmp_path: Path) -> None:
    import xarray as xr

    path = netcdf(tmp_path / "a.nc", pattern(3), [1, 2, 3], bounds=HOURLY)
    with xr.open_dataset(path) as one:
        two = xr.concat([one[["tp"]], one[["tp"]]], dim="member").assign_coords(member=[0, 1])
        two = two.transpose("time", "member", "lat", "lon").load()
    two.to_netcdf(tmp_path / "b.nc")
    with pytest.raises(DataError, match="no other"):
        open_rain(tmp_path / "b.nc", GRID)


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "broken.nc").write_bytes(b"CDF but no more")
    (tmp_path / "rain.csv").write_text("x")
    for name, words in (
        ("nothing.nc", "no rain files"),
        ("broken.nc", "cannot be read"),
        ("rain.csv", "unknown kind"),
    ):
        with pytest.raises(SourceError, match=words):
            open_rain(tmp_path / name, GRID)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="no rain files"):
        open_rain(tmp_path / "empty", GRID)
    with pytest.raises(DatumError, match="no coordinate system"):
        open_rain(
            geotiff(tmp_path / "2021072401Z.tif", pattern(1), crs=None), GRID,
            SAYS(kind="amount", stamp="end", interval_hours=1),
        )  # fmt: skip
    with pytest.raises(DataError, match="without a time"):
        open_rain(geotiff(tmp_path / "rain.tif", pattern(1)), GRID, SAYS(kind="amount"))
    with pytest.raises(DataError, match="no rain in the file"):
        open_rain(grib(tmp_path / "a.grb2", pattern(1), [(0, 1)]), GRID, SAYS(variable="TMP"))


# words and numbers


def test_light_rain_in_short_steps_is_no_metres_and_no_file_of_many_is_blamed(tmp_path: Path) -> None:
    step = 0.1
    field = np.full((1, 40, 40), 0.2, np.float32)  # in six minutes: 2 mm an hour
    netcdf(tmp_path / "a.nc", field, [step], bounds=[(0, step)])
    netcdf(tmp_path / "b.nc", field, [2 * step], bounds=[(step, 2 * step)])
    assert float(open_rain(tmp_path, GRID).span(at(step), np.timedelta64(360, "s")).max()) == pytest.approx(
        0.2
    )
    for name, n in (("a.nc", 1), ("b.nc", 2)):
        (tmp_path / name).unlink()
        netcdf(tmp_path / name, field / 1000, [n * step], bounds=[((n - 1) * step, n * step)])
    with pytest.raises(UnitsError, match="metres that pass") as caught:
        open_rain(tmp_path, GRID)
    assert caught.value.where == str(tmp_path)
