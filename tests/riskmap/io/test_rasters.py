"""Rasters in and out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from riskmap.errors import CoverageError, DataError, DatumError, SourceError
from riskmap.grid import Grid
from riskmap.io.bundled import bundled
from riskmap.io.rasters import read_depth, read_relief

GRID = Grid.from_bounds(west=120.0, south=29.0, east=121.0, north=30.0, step=0.1)


def write(
    path: Path,
    values: np.ndarray,
    *,
    west: float = 119.5,
    north: float = 30.5,
    step: float = 0.05,
    crs: str | None = "EPSG:4326",
    nodata: float | None = -9999,
) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype="float32", crs=crs,
        transform=Affine(step, 0, west, 0, -step, north), nodata=nodata,
    ) as out:  # fmt: skip
        out.write(values.astype(np.float32), 1)
    return path


def hills() -> np.ndarray:
    """40 x 40 cells about the grid: columns rise eastwards, the southern half is sea."""
    values = np.broadcast_to(np.arange(40.0), (40, 40)).copy()
    values[20:] = -9999
    return values


def test_relief_is_the_mean_of_the_cells_it_covers_and_unknown_at_sea(tmp_path: Path) -> None:
    relief = read_relief(write(tmp_path / "r.tif", hills()), GRID)
    assert relief.dims == ("y", "x")
    assert relief.attrs["units"] == "m"
    np.testing.assert_allclose(relief.values[0], 10.5 + 2 * np.arange(10), atol=1e-4)
    assert np.isnan(relief.values[5:]).all()
    assert np.isfinite(relief.values[:5]).all()


def test_relief_in_a_projected_system_is_warped(tmp_path: Path) -> None:
    path = tmp_path / "utm.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=300, width=300, count=1, dtype="float32", crs="EPSG:32651", nodata=-9999,
        transform=Affine(1000, 0, 100_000, 0, -1000, 3_400_000),
    ) as out:  # fmt: skip
        out.write(np.full((300, 300), 77.0, np.float32), 1)
    assert read_relief(path, GRID).values == pytest.approx(77.0)


@pytest.mark.parametrize("west", [110.0, 120.3])
def test_relief_that_leaves_out_part_of_the_grid_is_refused(tmp_path: Path, west: float) -> None:
    with pytest.raises(CoverageError, match=r"r\.tif: the relief does not cover the grid.*shrink \[grid\]"):
        read_relief(write(tmp_path / "r.tif", hills(), west=west), GRID)


def test_an_undeclared_mark_for_the_sea_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"below all land.*found -9999 m.*nodata"):
        read_relief(write(tmp_path / "r.tif", hills(), nodata=None), GRID)


def test_the_bundled_relief_has_the_siming_mountains_and_the_sea() -> None:
    grid = Grid.from_bounds(west=120.0, south=28.0, east=123.0, north=31.0, step=0.1)
    relief = read_relief(bundled("relief/zhejiang_srtm30_land_1-48deg.tif"), grid)
    hill, sea = (
        grid.index_of(latitude=a, longitude=o) or (0, 0) for a, o in ((29.75, 121.15), (29.5, 122.9))
    )
    assert relief.values[hill] > 200
    assert np.isnan(relief.values[sea])


def test_depth_is_positive_in_the_sea_on_the_rasters_own_cells(tmp_path: Path) -> None:
    values = np.broadcast_to(np.arange(40.0), (40, 40)) - 20.0  # the western half is sea
    depth, grid = read_depth(write(tmp_path / "d.tif", values), GRID, margin=0.0)
    assert grid.shape == (20, 20)
    assert grid.bounds == pytest.approx((120.0, 29.0, 121.0, 30.0))
    np.testing.assert_allclose(depth.values[0], 20.0 - np.arange(10, 30))
    assert depth.attrs["units"] == "m"


def test_depth_takes_every_cell_that_the_grid_touches(tmp_path: Path) -> None:
    inner = Grid.from_bounds(west=120.01, south=29.01, east=120.99, north=29.99, step=0.02)
    _, grid = read_depth(write(tmp_path / "d.tif", np.zeros((40, 40))), inner, margin=0.0)
    assert grid.bounds == pytest.approx((120.0, 29.0, 121.0, 30.0))


@pytest.mark.parametrize(
    ("margin", "bounds"), [(0.2, (119.8, 28.8, 121.2, 30.2)), (9.0, (119.5, 28.5, 121.5, 30.5))]
)
def test_the_margin_ends_where_the_chart_ends(
    tmp_path: Path, margin: float, bounds: tuple[float, ...]
) -> None:
    _, grid = read_depth(write(tmp_path / "d.tif", np.zeros((40, 40))), GRID, margin=margin)
    assert grid.bounds == pytest.approx(bounds)


def test_the_bundled_sea_is_deep_in_the_east() -> None:
    depth, grid = read_depth(bundled("relief/etopo1_east_china_sea_0.1deg.tif"), GRID, margin=7.0)
    assert depth.shape == grid.shape
    assert grid.transform.a == pytest.approx(0.1)
    at = grid.index_of(latitude=27.0, longitude=127.0)
    assert at is not None
    assert depth.values[at] > 800  # the Okinawa trough


def test_a_bathymetry_that_is_too_small_is_refused(tmp_path: Path) -> None:
    wide = Grid.from_bounds(west=110.0, south=29.0, east=121.0, north=30.0, step=0.1)
    with pytest.raises(
        CoverageError, match=r"d\.tif.*expected west 110.*found west 119\.5.*larger bathymetry"
    ):
        read_depth(write(tmp_path / "d.tif", hills()), wide, margin=0.0)


def test_a_missing_raster_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.tif: no such file.*check the path"):
        read_relief(tmp_path / "gone.tif", GRID)


def test_something_that_is_no_raster_is_named(tmp_path: Path) -> None:
    (tmp_path / "r.tif").write_text("not a raster")
    with pytest.raises(SourceError, match=r"r\.tif: the raster cannot be read.*file is whole"):
        read_relief(tmp_path / "r.tif", GRID)


@pytest.mark.parametrize("read", ["relief", "depth"])
def test_a_raster_that_breaks_off_is_named(tmp_path: Path, read: str) -> None:
    path = write(tmp_path / "r.tif", np.random.default_rng(0).uniform(0, 99, (40, 40)))
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(SourceError, match=r"r\.tif: the raster cannot be read.*file is whole"):
        read_relief(path, GRID) if read == "relief" else read_depth(path, GRID, margin=0.0)


def test_a_raster_without_a_coordinate_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatumError, match=r"declares no coordinate system.*EPSG:4326"):
        read_relief(write(tmp_path / "r.tif", hills(), crs=None), GRID)
