"""Residents from a raster: who lives on it lives on the grid, and in a county its census figure stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from riskmap.errors import CoverageError, DatumError, UnitsError
from riskmap.exposure import spread_people
from riskmap.grid import Grid
from riskmap.io.people_raster import read_people
from riskmap.region import Region
from riskmap.zonal import zonal_weights

GRID = Grid.from_bounds(west=121, south=29, east=122, north=30, step=0.25)


def raster(
    path: Path, values: np.ndarray, *, crs: str | None = "EPSG:4326", north: float = 30.0, step: float = 0.125
) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype="float32", crs=crs,
        transform=Affine(step, 0, 121, 0, -step, north), nodata=-200.0,
    ) as out:  # fmt: skip
        out.write(values.astype(np.float32), 1)
    return path


@given(seed=st.integers(0, 50))
def test_nobody_is_lost_or_made(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    values = np.random.default_rng(seed).gamma(0.3, 500.0, (8, 8))
    path = raster(tmp_path_factory.mktemp("people") / "pop.tif", values)
    people = read_people(path, GRID, units="people")
    assert people.sum() == pytest.approx(values.sum(), rel=1e-4)
    quarter = values[:2, :2].sum()
    assert people[0, 0] == pytest.approx(quarter, rel=1e-3)


def test_a_density_and_a_count_of_the_same_people_agree(tmp_path: Path) -> None:
    density = np.full((8, 8), 400.0)
    people = read_people(raster(tmp_path / "a.tif", density), GRID, units="people_km2")
    assert people == pytest.approx(400.0 * np.repeat(GRID.cell_area[:, None], 4, axis=1) / 1e6)


def test_a_unit_that_nobody_told_is_not_guessed(tmp_path: Path) -> None:
    with pytest.raises(UnitsError, match=r"risk\.population_units: the unit of residents is not told"):
        read_people(raster(tmp_path / "a.tif", np.ones((8, 8))), GRID, units=None)


def test_a_projected_raster_keeps_its_people(tmp_path: Path) -> None:
    path = tmp_path / "utm.tif"
    values = np.full((130, 130), 50.0)
    with rasterio.open(
        path, "w", driver="GTiff", height=130, width=130, count=1, dtype="float32", crs="EPSG:32651",
        transform=Affine(1000, 0, 299_000, 0, -1000, 3_325_000),
    ) as out:  # fmt: skip
        out.write(values.astype(np.float32), 1)
    small = Grid.from_bounds(west=121.0, south=29.0, east=122.0, north=30.0, step=0.1)
    people = read_people(path, small, units="people")
    assert people.sum() == pytest.approx(50.0 * small.cell_area.sum() * 10 / 1e6, rel=0.01)


def test_the_census_figure_is_spread_as_the_raster_has_it(tmp_path: Path) -> None:
    values = np.zeros((8, 8))
    values[0, 0], values[7, 7] = 30.0, 10.0
    people = read_people(raster(tmp_path / "pop.tif", values), GRID, units="people")
    known = Region("330902", "定海区", "3309", "舟山市", box(121, 29, 122, 30), 1000)
    unknown = Region("330903", "普陀区", "3309", "舟山市", box(121, 29, 122, 30))
    weights = zonal_weights((known, unknown), GRID)
    found = spread_people((known, unknown), weights, GRID, {}, spread=3000.0, counted=people)
    assert found.of_regions(np.ones(16)) == pytest.approx([1000.0, 40.0])
    mine = found.people[: weights.start[1]]
    assert sorted(mine[mine > 0]) == pytest.approx([250.0, 750.0])


def test_a_county_that_the_raster_leaves_empty_is_spread_evenly(tmp_path: Path) -> None:
    people = read_people(raster(tmp_path / "pop.tif", np.zeros((8, 8))), GRID, units="people")
    region = Region("330902", "定海区", "3309", "舟山市", box(121, 29, 122, 30), 1000)
    found = spread_people((region,), zonal_weights((region,), GRID), GRID, {}, spread=3000.0, counted=people)
    assert found.people.sum() == pytest.approx(1000.0)
    assert found.people.max() < 70.0


@pytest.mark.parametrize(
    ("values", "crs", "units", "kind", "words"),
    [
        (np.full((8, 8), -3.0), "EPSG:4326", "people", UnitsError, "declare the mark for no data"),
        (np.full((8, 8), 900_000.0), "EPSG:4326", "people_km2", UnitsError, "people \\(of each cell\\)"),
        (np.ones((8, 8)), None, "people", DatumError, "gdal_edit"),
        (np.ones((4, 4)), "EPSG:4326", "people", CoverageError, "the people do not cover the grid"),
    ],
)
def test_what_is_no_number_of_residents_is_refused(
    tmp_path: Path, values: np.ndarray, crs: str | None, units: str, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        read_people(raster(tmp_path / "pop.tif", values, crs=crs), GRID, units=units)  # type: ignore[arg-type]
