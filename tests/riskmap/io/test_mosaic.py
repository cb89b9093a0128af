"""Tiles of an elevation model as one: exact where they meet, refused by name where they do not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from affine import Affine

from riskmap.errors import ConfigError, GeometryError
from riskmap.io.dem import read_dem
from riskmap.io.mosaic import write_mosaic
from tests.riskmap.fine_valleys import NORTH, STEP, WEST, heights
from tests.riskmap.io.test_fine_inputs import write


def place(row: int, column: int, step: float = STEP) -> Affine:
    return Affine(step, 0.0, WEST + column * STEP, 0.0, -step, NORTH - row * STEP)


def test_tiles_read_as_the_whole(tmp_path: Path) -> None:
    whole = heights()
    tiles = [
        write(tmp_path / f"t{i}{j}.tif", whole[i : i + 100, j : j + 110], place(i, j))
        for i in (0, 100)
        for j in (0, 110)
    ]
    found = read_dem(write_mosaic(tiles, tmp_path), vertical_units="m")
    np.testing.assert_array_equal(found["surface_altitude"].values, whole)
    assert write_mosaic(tiles, tmp_path).name == "t00+3.vrt"
    alone = read_dem(write_mosaic(tiles[1:3], tmp_path), vertical_units="m")["surface_altitude"].values
    np.testing.assert_array_equal(alone[:100, 110:], whole[:100, 110:])
    assert np.isnan(alone[:100, :110]).all(), "what no tile holds is unknown"


@pytest.mark.parametrize("kind", ["float32", "int16", "uint16"])
def test_what_no_tile_holds_is_unknown_whatever_their_type(tmp_path: Path, kind: str) -> None:
    tiles = [
        write(tmp_path / f"{n}.tif", np.full((3, 3), 7.0), place(n * 3, n * 3), dtype=kind, nodata=None)
        for n in (0, 1)
    ]
    found = read_dem(write_mosaic(tiles, tmp_path), vertical_units="m")["surface_altitude"].values
    assert np.isnan(found[:3, 3:]).all()
    assert (found[:3, :3] == 7.0).all()


def test_a_mark_that_nobody_declared_is_still_found(tmp_path: Path) -> None:
    values = np.full((4, 4), 7.0)
    values[2, 2] = -9999.0
    path = write(tmp_path / "a.tif", values, nodata=None)
    found = read_dem(write_mosaic([path], tmp_path), vertical_units="m")
    assert "-9999" in str(found.attrs["findings"])
    assert np.isnan(found["surface_altitude"].values[2, 2])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"place": place(0, 4, 0.002)}, "another cell"),
        ({"place": Affine(STEP, 0.0, WEST + 4.4 * STEP, 0.0, -STEP, NORTH)}, "another place of its cells"),
        ({"crs": "EPSG:4490"}, "another coordinate system"),
        ({"dtype": "float64"}, "another type"),
        ({"nodata": -1.0}, "another mark for no data"),
    ],
)
def test_tiles_of_another_grid_are_named(tmp_path: Path, change: dict[str, object], words: str) -> None:
    first = write(tmp_path / "a.tif", np.ones((4, 4)), place(0, 0))
    other = write(tmp_path / "b.tif", np.ones((4, 4)), **({"place": place(0, 4)} | change))  # type: ignore[arg-type]
    with pytest.raises(GeometryError, match=words) as refused:
        write_mosaic([first, other], tmp_path)
    assert "b.tif" in str(refused.value)


def test_turned_tiles_and_no_tiles_are_refused(tmp_path: Path) -> None:
    turned = write(tmp_path / "a.tif", np.ones((4, 4)), Affine(STEP, 0.0, WEST, 0.0, STEP, NORTH))
    with pytest.raises(GeometryError, match="not north-up"):
        write_mosaic([turned], tmp_path)
    with pytest.raises(ConfigError, match="without tiles"):
        write_mosaic([], tmp_path)
