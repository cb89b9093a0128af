"""Watersheds of a county's own: outlines and rasters, in other coordinate systems, with their faults."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.warp import transform_geom

from riskmap.errors import CoverageError, DataError, DatumError
from riskmap.grid import EARTH_RADIUS
from riskmap.io.watershed_shapes import read_given_watersheds
from tests.riskmap.valleys import GRID, altitude, collection, square


def test_outlines_keep_their_ids_sizes_and_given_numbers(tmp_path: Path) -> None:
    path = collection(
        tmp_path / "w.geojson",
        square(120.30, 28.40, 0.02, id="XS-7", name="示例沟", main_length_m=3100, downstream="XS-9"),
        square(120.30, 28.35, 0.05, code="XS-9"),
    )
    found = read_given_watersheds(path, GRID, altitude())
    assert found.problems == ()
    given = found.given
    assert given.codes == ("XS-7", "XS-9")
    assert given.names == ("示例沟", "")
    width = np.radians(0.02) * EARTH_RADIUS
    assert given.table["area"].values[0] == pytest.approx(width**2 * np.cos(np.radians(28.41)), rel=1e-3)
    assert given.table["main_length"].values[0] == 3100
    assert given.table["main_length"].values[1] == pytest.approx(
        1270 * (given.table["area"].values[1] / 1e6) ** 0.6
    )
    assert given.table["downstream"].values.tolist() == [2, 0]
    row, column = (int(v * given.factor / 0.05) for v in (28.8 - 28.41, 120.31 - 120.0))
    assert given.labels[row, column] == 1
    # 0.02 degrees are 8 fine cells of 0.0025
    assert (given.labels == 1).sum() == 64


def test_another_coordinate_system_gives_the_same_watershed(tmp_path: Path) -> None:
    plain = square(120.30, 28.40, 0.06, id="a")
    far = {**plain, "geometry": transform_geom("EPSG:4326", "EPSG:4549", plain["geometry"])}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}}
    one = read_given_watersheds(collection(tmp_path / "a.geojson", plain), GRID, altitude()).given
    other = read_given_watersheds(collection(tmp_path / "b.geojson", far, crs=crs), GRID, altitude()).given
    assert (one.labels != other.labels).sum() <= 0.02 * (one.labels > 0).sum()
    assert other.table["area"].values == pytest.approx(one.table["area"].values, rel=1e-3)


def test_a_raster_of_numbers_in_metres(tmp_path: Path) -> None:
    path = tmp_path / "w.tif"
    (x,), (y,) = rasterio.warp.transform("EPSG:4326", "EPSG:32651", [120.3], [28.5])
    band = np.zeros((40, 40), np.int32)
    band[:, :20], band[:, 20:] = 41, 7
    with rasterio.open(
        path, "w", driver="GTiff", height=40, width=40, count=1, dtype="int32", crs="EPSG:32651",
        transform=Affine(250.0, 0.0, x, 0.0, -250.0, y), nodata=0,
    ) as file:  # fmt: skip
        file.write(band, 1)
    given = read_given_watersheds(path, GRID, altitude()).given
    assert given.codes == ("7", "41")
    assert given.table["area"].values == pytest.approx(50e6, rel=0.02)


def test_a_tiny_watershed_still_holds_a_cell(tmp_path: Path) -> None:
    path = collection(tmp_path / "w.geojson", square(120.3001, 28.4001, 0.0003, id="a"))
    given = read_given_watersheds(path, GRID, altitude()).given
    assert (given.labels == 1).sum() >= 1


def test_what_is_wrong_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    bow = square(120.5, 28.4, 0.1, id="bow")
    ring = bow["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]
    path = collection(
        tmp_path / "w.geojson",
        square(120.30, 28.40, 0.1, id="a"), square(120.35, 28.40, 0.02, id="b"), square(120.9, 28.4, 0.02),
        bow, square(110.0, 28.4, 0.1, id="far"), square(121.15, 28.4, 0.1, id="edge"),
        square(120.6, 28.2, 0.02, id="c", downstream="zz"), square(120.7, 28.2, 0.3, id="big"),
    )  # fmt: skip
    found = read_given_watersheds(path, GRID, altitude())
    said = "\n".join(found.problems)
    for words in (
        "feature 3: a watershed without an id", "id bow", "overlap on", "watershed far: lies off the grid",
        "watershed edge: 50% of it", "drains into no watershed", "watershed big: 9",
    ):  # fmt: skip
        assert words in said, words
    assert found.given.codes == ("a", "b", "edge", "c", "big")
    # the smaller one stands in the larger
    assert (found.given.labels == 2).sum() == 64


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        ({"features": [square(10.0, 28.4, 0.1, id="a")]}, CoverageError, "no watershed lies on the grid"),
        ({"features": []}, DataError, "no watershed could be read"),
        ({"features": [square(120.3, 28.4, 0.1, id="a")], "crs": "EPSG:999999"}, DatumError, "unknown coordinate system"),
        ({"features": [square(5e5, 3e6, 100.0, id="a")]}, DataError, "not longitude and latitude"),
    ],
)  # fmt: skip
def test_a_file_without_any_use_is_refused(
    tmp_path: Path, content: dict, error: type[DataError], words: str
) -> None:
    features = content.pop("features")
    with pytest.raises(error, match=words):
        read_given_watersheds(collection(tmp_path / "w.geojson", *features, **content), GRID, altitude())
