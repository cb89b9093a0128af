"""The elevation model of a scenario: its cells kept or warped, cut to the grid, refused by name where it is bad."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.warp import transform

from riskmap.analysis.fine_ground import fine_memory
from riskmap.errors import (
    ConfigError,
    CoverageError,
    DatumError,
    GeometryError,
    RiskmapError,
    SourceError,
    UnitsError,
)
from riskmap.io.fine_inputs import read_fine
from tests.riskmap.fine_valleys import NORTH, OVER, RELIEF, STEP, WEST, heights

GEOGRAPHIC = Affine(STEP, 0.0, WEST, 0.0, -STEP, NORTH)
UTM = "EPSG:32651"


def write(path: Path, values: np.ndarray, place: Affine = GEOGRAPHIC, **profile: Any) -> Path:
    given = {"crs": "EPSG:4326", "nodata": -9999.0, "dtype": "float32", **profile}
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, transform=place, **given
    ) as out:  # fmt: skip
        out.write(values.astype(given["dtype"]), 1)
    return path


def test_a_model_in_degrees_keeps_its_cells(tmp_path: Path) -> None:
    found = read_fine(write(tmp_path / "dem.tif", heights()), OVER)
    np.testing.assert_array_equal(found.altitude, heights())
    assert found.grid.transform == GEOGRAPHIC
    assert found.grid.crs == "EPSG:4326"
    assert round(found.cell) == 111
    assert not found.sea.any()
    assert any("vertical unit" in line for line in found.findings)
    assert all(line.startswith("dem.tif: ") for line in found.findings)
    chinese = write(tmp_path / "cgcs.tif", heights(), crs="EPSG:4490")
    assert read_fine(chinese, OVER, vertical_units="m").grid.crs == "EPSG:4490"


def test_what_lies_off_the_grid_is_not_read(tmp_path: Path) -> None:
    wide = np.arange(900 * 1000, dtype=np.float32).reshape(900, 1000) / 1000.0
    path = write(tmp_path / "wide.tif", wide, Affine(STEP, 0.0, 120.8, 0.0, -STEP, 29.9))
    found = read_fine(path, OVER, memory=fine_memory((601, 601)))
    np.testing.assert_allclose(found.grid.bounds, OVER.bounds, atol=1e-9)
    np.testing.assert_array_equal(found.altitude, wide[300:900, 200:800])
    turned = write(tmp_path / "turned.tif", wide[::-1], Affine(STEP, 0.0, 120.8, 0.0, STEP, 29.0))
    np.testing.assert_array_equal(read_fine(turned, OVER).altitude, found.altitude)


def test_a_model_in_metres_is_warped_to_cells_as_large_and_says_so(tmp_path: Path) -> None:
    """Heights are a plane of the place: each warped cell must have the height of where it lies."""
    (x,), (y,) = transform("EPSG:4326", UTM, [121.2], [29.4])
    place = Affine(90.0, 0.0, x - 9000.0, 0.0, -90.0, y + 9000.0)
    columns, rows = np.meshgrid(np.arange(200) + 0.5, np.arange(200) + 0.5)
    plane = 0.01 * (90.0 * columns) + 0.02 * (90.0 * rows)
    found = read_fine(
        write(tmp_path / "utm.tif", plane, place, crs=UTM), OVER, vertical_units="m", sea="none"
    )
    assert found.cell == 90.0
    assert round(-found.grid.transform.e * 111_195) == 90
    middle = found.altitude.shape[0] // 2, found.altitude.shape[1] // 2
    longitude, latitude = found.grid.longitude[middle[1]], found.grid.latitude[middle[0]]
    (east,), (north,) = transform("EPSG:4326", UTM, [longitude], [latitude])
    expected = 0.01 * (east - place.c) + 0.02 * (place.f - north)
    # GDAL places cells to an eighth of their side; half a cell would be 1 m here
    assert abs(found.altitude[middle] - expected) < 0.125 * 90.0 * 0.03
    assert any("warped" in line and "bilinear" in line for line in found.findings)
    corner = found.altitude[0, 0]
    assert np.isnan(corner)  # outside the turned rectangle nothing is made up
    assert not found.sea.any()


def test_the_sea_of_a_warped_model_stays_sea(tmp_path: Path) -> None:
    (x,), (y,) = transform("EPSG:4326", UTM, [121.2], [29.4])
    values = np.full((200, 200), 12.0)
    values[:, 120:] = -9999.0
    place = Affine(90.0, 0.0, x - 9000.0, 0.0, -90.0, y + 9000.0)
    found = read_fine(write(tmp_path / "utm.tif", values, place, crs=UTM), OVER, vertical_units="m")
    share = found.sea.mean()
    assert 0.3 < share < 0.45
    assert (found.altitude[~np.isnan(found.altitude)] == 12.0).all()


def test_memory_is_told_and_refused_before_reading(tmp_path: Path) -> None:
    path = write(tmp_path / "dem.tif", heights())
    with pytest.raises(ConfigError, match="does not fit into memory") as refused:
        read_fine(path, OVER, memory=fine_memory((200, 220)) - 1)
    assert "dem.tif" in str(refused.value)
    assert "times as wide" in str(refused.value)


def bad(tmp_path: Path, name: str) -> Path:
    path = tmp_path / f"{name}.tif"
    if name == "feet":
        return write(path, np.full((20, 20), 30_000.0))
    if name == "nowhere":
        return write(path, heights(), crs=None)
    if name == "rotated":
        return write(path, heights(), GEOGRAPHIC @ Affine.rotation(10.0))
    if name == "elsewhere":
        return write(path, heights(), Affine(STEP, 0.0, 100.0, 0.0, -STEP, NORTH))
    if name == "broken":
        path.write_bytes(b"II*\x00 and nothing more")
    return path


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("feet", UnitsError, "no height of any ground"),
        ("nowhere", DatumError, "no coordinate system"),
        ("rotated", GeometryError, "rotated"),
        ("elsewhere", CoverageError, "does not lie on the grid"),
        ("broken", SourceError, "cannot be read"),
        ("missing", SourceError, "no such file"),
    ],
)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_bad_model_is_named(tmp_path: Path, name: str, kind: type[RiskmapError], words: str) -> None:
    with pytest.raises(kind, match=words) as refused:
        read_fine(bad(tmp_path, name), OVER)
    assert f"{name}.tif" in str(refused.value)


def test_marks_that_nobody_declared_are_no_data(tmp_path: Path) -> None:
    values = heights()
    values[50:60, 50:60] = -9999.0
    path = write(tmp_path / "marks.tif", values, nodata=None)
    found = read_fine(path, OVER, vertical_units="m")
    assert np.isnan(found.altitude[50:60, 50:60]).all()
    assert any("not declared" in line for line in found.findings)
    assert RELIEF.shape == OVER.shape
