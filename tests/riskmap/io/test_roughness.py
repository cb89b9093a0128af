"""Roughness from a raster of lengths and from land cover."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from riskmap.errors import CoverageError, DataError, DatumError, SourceError, UnitsError
from riskmap.grid import Grid
from riskmap.hazard.surface import roughness_ratio
from riskmap.io import roughness as module
from riskmap.io.roughness import WATER_ROUGHNESS, WORLDCOVER, read_classes, read_roughness

GRID = Grid.from_bounds(west=120.0, south=29.0, east=121.0, north=30.0, step=0.1)


def write(
    path: Path, values: Any, *, dtype: str = "float32", nodata: float | None = -1, **place: Any
) -> Path:
    place = {"west": 119.5, "north": 30.5, "step": 0.05, "crs": "EPSG:4326"} | place
    values = np.asarray(values)
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype=dtype,
        crs=place["crs"], nodata=nodata,
        transform=Affine(place["step"], 0, place["west"], 0, -place["step"], place["north"]),
    ) as out:  # fmt: skip
        out.write(values.astype(dtype), 1)
    return path


def stripes(one: float, other: float) -> Any:
    """40 x 40 cells, two to a cell of the grid, columns in turn."""
    return np.broadcast_to(np.where(np.arange(40) % 2, one, other), (40, 40))


def test_lengths_are_averaged_in_the_logarithm(tmp_path: Path) -> None:
    found = read_roughness(write(tmp_path / "z.tif", stripes(0.01, 1.0)), GRID)
    assert found.dims == ("y", "x")
    assert (found.name, found.attrs["units"]) == ("roughness_length", "m")
    np.testing.assert_allclose(found, 0.1, rtol=1e-5)


def test_no_data_is_unknown_and_halves_count_alone(tmp_path: Path) -> None:
    values = stripes(0.2, -1.0).copy()
    values[20:] = -1.0
    found = read_roughness(write(tmp_path / "z.tif", values), GRID).values
    np.testing.assert_allclose(found[:5], 0.2, rtol=1e-5)
    assert np.isnan(found[5:]).all()


def test_zero_is_water(tmp_path: Path) -> None:
    found = read_roughness(write(tmp_path / "z.tif", np.zeros((40, 40))), GRID)
    np.testing.assert_allclose(found, WATER_ROUGHNESS, rtol=1e-5)


def test_land_cover_by_its_table(tmp_path: Path) -> None:
    file = write(tmp_path / "c.tif", stripes(10, 80), dtype="uint8", nodata=0)
    found = read_roughness(file, GRID, classes=WORLDCOVER)
    np.testing.assert_allclose(found, np.sqrt(0.5 * WATER_ROUGHNESS), rtol=1e-5)


@pytest.mark.parametrize("rows", [1, 3, 40])
def test_a_few_rows_at_a_time_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    values = np.random.default_rng(4).choice([10, 30, 50], (40, 40))
    file = write(tmp_path / "c.tif", values, dtype="uint8", nodata=0)
    whole = read_roughness(file, GRID, classes=WORLDCOVER)
    monkeypatch.setattr(module, "_BLOCK", 40 * 4 * rows)
    np.testing.assert_allclose(read_roughness(file, GRID, classes=WORLDCOVER), whole, rtol=1e-6)


def test_a_projected_file_lands_on_the_grid(tmp_path: Path) -> None:
    values = np.full((800, 800), 0.3)
    file = write(tmp_path / "u.tif", values, crs="EPSG:32651", west=50e3, north=3500e3, step=500.0)
    found = read_roughness(file, GRID).values
    np.testing.assert_allclose(found[np.isfinite(found)], 0.3, rtol=1e-5)
    assert np.isfinite(found).mean() > 0.9


def test_a_file_that_ends_within_the_grid_leaves_the_rest_unknown(tmp_path: Path) -> None:
    found = read_roughness(write(tmp_path / "z.tif", np.full((40, 20), 0.1)), GRID).values
    np.testing.assert_allclose(found[:, :5], 0.1, rtol=1e-5)
    assert np.isnan(found[:, 5:]).all()


@pytest.mark.parametrize(
    ("value", "message"), [(40, "give a table of classes"), (12.5, "convert it to metres"), (-0.5, "no data")]
)
def test_what_is_no_length_is_refused(tmp_path: Path, value: float, message: str) -> None:
    with pytest.raises(UnitsError, match=message):
        read_roughness(write(tmp_path / "z.tif", stripes(value, 0.1 if value < 20 else 10)), GRID)


def test_small_class_numbers_do_not_pass_for_lengths(tmp_path: Path) -> None:
    with pytest.raises(UnitsError, match="classes of land cover"):
        read_roughness(write(tmp_path / "z.tif", stripes(1, 4)), GRID)


def test_a_class_without_a_length_is_named(tmp_path: Path) -> None:
    file = write(tmp_path / "c.tif", stripes(10, 11), dtype="uint8", nodata=0)
    with pytest.raises(DataError, match="found 11"):
        read_roughness(file, GRID, classes=WORLDCOVER)


def test_files_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CoverageError, match="no data on the grid"):
        read_roughness(write(tmp_path / "far.tif", np.full((4, 4), 0.1), west=100.0), GRID)
    with pytest.raises(CoverageError, match="no data on the grid"):
        read_roughness(write(tmp_path / "empty.tif", np.full((40, 40), -1.0)), GRID)
    with pytest.raises(DatumError):
        read_roughness(write(tmp_path / "bare.tif", np.full((40, 40), 0.1), crs=None), GRID)
    with pytest.raises(SourceError):
        read_roughness(tmp_path / "none.tif", GRID)


def test_the_table_of_worldcover_is_ordered_as_its_ground(tmp_path: Path) -> None:
    assert set(WORLDCOVER) == {10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100}
    assert WORLDCOVER[80] < WORLDCOVER[60] < WORLDCOVER[30] < WORLDCOVER[40] < WORLDCOVER[10]
    assert (roughness_ratio(list(WORLDCOVER.values())) > 0.4).all()


def test_a_table_of_classes_is_read(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("class,name,roughness_length\n10,trees,0.6\n80,water,0.0002\n", encoding="utf-8")
    assert read_classes(file) == {10: 0.6, 80: 0.0002}


@pytest.mark.parametrize(
    ("rows", "error"),
    [("10,0.6\n10,0.5", DataError), ("1.5,0.6", DataError), ("10,60", UnitsError), ("10,", UnitsError), ("10,0", UnitsError)],
)  # fmt: skip
def test_a_wrong_table_is_refused(tmp_path: Path, rows: str, error: type[Exception]) -> None:
    file = tmp_path / "t.csv"
    file.write_text(f"class,roughness_length\n{rows}\n", encoding="utf-8")
    with pytest.raises(error, match=r"line [23]"):
        read_classes(file)


@settings(deadline=None, max_examples=25)
@given(lengths=st.lists(st.floats(0.001, 0.9), min_size=4, max_size=4))
def test_the_mean_lies_between_the_least_and_the_most(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[float]
) -> None:
    values = np.tile(np.reshape(lengths, (2, 2)), (20, 20))
    found = read_roughness(write(tmp_path_factory.mktemp("z") / "z.tif", values), GRID).values
    assert min(lengths) * (1 - 1e-5) <= found.min()
    assert found.max() <= max(lengths) * (1 + 1e-5)
