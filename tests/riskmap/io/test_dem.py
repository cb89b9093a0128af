"""Elevation models as they come: every bad one is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine

from riskmap import bundled
from riskmap.errors import (
    ConfigError,
    CoverageError,
    DataError,
    DatumError,
    GeometryError,
    SourceError,
    UnitsError,
)
from riskmap.io.dem import dem_memory, read_dem

GROUND = np.arange(20, dtype=np.float32).reshape(4, 5) + 100.0
NORTH_UP = Affine(0.001, 0.0, 120.0, 0.0, -0.001, 30.0)
METRES = Affine(30.0, 0.0, 200_000.0, 0.0, -30.0, 3_400_000.0)


def write(path: Path, values: np.ndarray = GROUND, **profile: Any) -> Path:
    given = {"crs": "EPSG:4326", "transform": NORTH_UP, "dtype": values.dtype} | profile
    unit = given.pop("unit", None)
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, **given
    ) as out:
        out.write(values, 1)
        if unit:
            out.set_band_unit(1, unit)
    return path


def found(data: Any) -> str:
    return str(data.attrs["findings"])


def test_a_plain_file_comes_as_it_is(tmp_path: Path) -> None:
    data = read_dem(write(tmp_path / "a.tif", unit="m"))
    assert np.array_equal(data["surface_altitude"], GROUND)
    assert data["surface_altitude"].dtype == np.float32
    assert data["surface_altitude"].attrs["units"] == "m"
    assert not data["sea"].any()
    assert found(data) == ""
    assert data.attrs["vertical_units"] == "m (declared)"
    assert data["y"].values[0] == pytest.approx(29.9995)
    assert data.attrs["cell_height"] == pytest.approx(111.195, abs=1e-3)
    assert data["cell_width"].values[0] == pytest.approx(111.195 * np.cos(np.radians(29.9995)), abs=1e-3)
    assert "WGS 84" in data["spatial_ref"].attrs["crs_wkt"]


def test_metres_are_assumed_aloud(tmp_path: Path) -> None:
    data = read_dem(write(tmp_path / "a.tif"))
    assert "metres are assumed" in found(data)
    assert data.attrs["vertical_units"] == "m (assumed)"


def test_feet_are_converted(tmp_path: Path) -> None:
    declared = read_dem(write(tmp_path / "a.tif", unit="ft"))
    assert declared["surface_altitude"].values[0, 0] == pytest.approx(30.48)
    assert "converted" in found(declared)
    wanted = read_dem(write(tmp_path / "b.tif", unit="m"), vertical_units="ft")
    assert wanted["surface_altitude"].values[0, 0] == pytest.approx(30.48)
    assert "declares heights in m" in found(wanted)
    with pytest.raises(UnitsError, match="fathom"):
        read_dem(write(tmp_path / "c.tif"), vertical_units="fathom")


def test_feet_that_nobody_declared_are_refused_where_no_ground_is_so_high(tmp_path: Path) -> None:
    with pytest.raises(UnitsError, match=r"12100 in row 0, column 0"):
        read_dem(write(tmp_path / "a.tif", GROUND[::-1, ::-1] * 0 + 12_100))


def test_a_scale_and_an_offset_are_applied(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", (GROUND * 10).astype(np.int16), nodata=-1)
    with rasterio.open(path, "r+") as out:
        out.scales, out.offsets = (0.1,), (-50.0,)
    assert read_dem(path)["surface_altitude"].values == pytest.approx(GROUND - 50.0)


@pytest.mark.parametrize("mark", [-9999, -32768, -32767])
def test_a_mark_that_is_not_declared_is_named(tmp_path: Path, mark: int) -> None:
    values = GROUND.astype(np.int16)
    values[2, 3] = mark
    data = read_dem(write(tmp_path / "a.tif", values))
    assert np.isnan(data["surface_altitude"].values[2, 3])
    assert f"1 cells of {mark:g}, not declared" in found(data)
    assert "1 voids in the land" in found(data)
    declared = read_dem(write(tmp_path / "b.tif", values, nodata=mark))
    assert np.array_equal(declared["surface_altitude"], data["surface_altitude"], equal_nan=True)
    assert "not declared" not in found(declared)


def test_heights_that_wrapped_around_are_refused(tmp_path: Path) -> None:
    values = GROUND.astype(np.uint16)
    values[0, 0], values[1, 1] = 65535, 65530
    with pytest.raises(DataError, match="without a sign"):
        read_dem(write(tmp_path / "a.tif", values))
    values[1, 1] = 3
    assert "1 cells of 65535" in found(read_dem(write(tmp_path / "b.tif", values)))


def test_rows_and_columns_the_other_way_are_turned(tmp_path: Path) -> None:
    up = Affine(0.001, 0.0, 120.0, 0.0, 0.001, 29.996)
    data = read_dem(write(tmp_path / "a.tif", GROUND[::-1], transform=up))
    plain = read_dem(write(tmp_path / "b.tif"))
    assert "south to north" in found(data)
    assert np.array_equal(data["surface_altitude"], GROUND)
    assert np.allclose(data["y"], plain["y"])
    mirrored = Affine(-0.001, 0.0, 120.005, 0.0, -0.001, 30.0)
    data = read_dem(write(tmp_path / "c.tif", GROUND[:, ::-1], transform=mirrored))
    assert "east to west" in found(data)
    assert np.array_equal(data["surface_altitude"], GROUND)
    assert np.allclose(data["x"], plain["x"])


def test_what_cannot_be_placed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match="rotated"):
        read_dem(write(tmp_path / "a.tif", transform=METRES @ Affine.rotation(20), crs="EPSG:32651"))
    with pytest.raises(DatumError, match="coordinate system"):
        read_dem(write(tmp_path / "b.tif", crs=None))
    with pytest.raises(SourceError, match="no such file"):
        read_dem(tmp_path / "none.tif")
    (tmp_path / "torn.tif").write_bytes((tmp_path / "a.tif").read_bytes()[:60])
    with pytest.raises(SourceError):
        read_dem(tmp_path / "torn.tif")


def test_cells_that_are_not_square_keep_their_sides(tmp_path: Path) -> None:
    flat = Affine(30.0, 0.0, 200_000.0, 0.0, -90.0, 3_400_000.0)
    data = read_dem(write(tmp_path / "a.tif", transform=flat, crs="EPSG:32651"))
    assert "not square" in found(data)
    assert data.attrs["cell_height"] == 90.0
    assert np.all(data["cell_width"] == 30.0)
    feet = read_dem(write(tmp_path / "b.tif", transform=METRES, crs="EPSG:2227"))
    assert feet.attrs["cell_height"] == pytest.approx(30 * 1200 / 3937)
    assert "units of 0.3048" in found(feet)


def test_spikes_are_counted_and_mended(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    ground = (rng.random((20, 20)) + 10.0).astype(np.float32)
    ground[5, 5], ground[12, 7] = 900.0, -300.0
    path = write(tmp_path / "a.tif", ground, transform=METRES, crs="EPSG:32651")
    data = read_dem(path)
    assert "2 cells are spikes or pits, at (row, column) (5, 5), (12, 7): the median" in found(data)
    assert 10.0 <= data["surface_altitude"].values[5, 5] <= 11.0
    assert 10.0 <= data["surface_altitude"].values[12, 7] <= 11.0
    kept = read_dem(path, mend=False)
    assert "left as they are" in found(kept)
    assert np.array_equal(kept["surface_altitude"], ground)


def test_sea_and_voids_are_told_apart(tmp_path: Path) -> None:
    ground = np.full((8, 8), 5.0, np.float32)
    ground[:, :2], ground[4, 5] = -9999.0, -9999.0
    data = read_dem(write(tmp_path / "a.tif", ground, nodata=-9999.0))
    assert np.array_equal(data["sea"], np.arange(8)[None, :] + np.zeros((8, 1)) < 2)
    assert "1 voids in the land, 1 cells, the largest 1, at (row, column) (4, 5)" in found(data)
    assert not read_dem(tmp_path / "a.tif", sea="none")["sea"].any()
    low = ground.copy()
    low[:, :2], low[3, 1], low[6, 6] = 0.0, -9999.0, -1.0
    data = read_dem(write(tmp_path / "b.tif", low, nodata=-9999.0), sea="low")
    assert int(data["sea"].sum()) == 16
    assert "voids at the sea" in found(data)
    assert data["surface_altitude"].values[6, 6] == -1.0
    only_holes = read_dem(tmp_path / "a.tif", sea="low")
    assert not only_holes["sea"].any()


def test_a_window_is_that_part(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif")
    data = read_dem(path, window=((1, 3), (2, 5)))
    assert np.array_equal(data["surface_altitude"], GROUND[1:3, 2:5])
    assert np.allclose(data["y"], read_dem(path)["y"][1:3])
    with pytest.raises(CoverageError, match="rows 0 to 4"):
        read_dem(path, window=((1, 9), (2, 5)))


def test_chunks_are_read_when_they_are_needed(tmp_path: Path) -> None:
    dask_array = pytest.importorskip("dask.array")
    up = Affine(0.001, 0.0, 120.0, 0.0, 0.001, 29.996)
    values = GROUND[::-1].copy()
    values[0, 0] = -9999.0
    path = write(tmp_path / "a.tif", values, transform=up)
    whole = read_dem(path, sea="none")
    data = read_dem(path, sea="none", chunks=(3, 2), window=((0, 4), (0, 4)))
    assert isinstance(data["surface_altitude"].data, dask_array.Array)
    assert data["surface_altitude"].data.chunks == ((3, 1), (2, 2))
    assert np.array_equal(data["surface_altitude"], whole["surface_altitude"][:, :4], equal_nan=True)
    with pytest.raises(ConfigError, match="cannot be told from a part"):
        read_dem(path, chunks=(3, 2))


def test_what_does_not_fit_is_refused_with_chunks_that_do(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif")
    with pytest.raises(ConfigError, match=r"chunks=\(256, 256\)"):
        read_dem(path, memory=dem_memory(GROUND.shape) - 1)
    assert read_dem(path, memory=dem_memory(GROUND.shape)).sizes == {"y": 4, "x": 5}


def test_a_virtual_raster_and_a_cloud_optimised_one_are_read(tmp_path: Path) -> None:
    write(tmp_path / "a.tif", unit="m", nodata=104.0)
    (tmp_path / "a.vrt").write_text(
        '<VRTDataset rasterXSize="3" rasterYSize="4"><SRS>EPSG:4326</SRS>'
        "<GeoTransform>120.001, 0.001, 0, 30.0, 0, -0.001</GeoTransform>"
        '<VRTRasterBand dataType="Float32" band="1"><NoDataValue>104</NoDataValue><SimpleSource>'
        '<SourceFilename relativeToVRT="1">a.tif</SourceFilename><SourceBand>1</SourceBand>'
        '<SrcRect xOff="1" yOff="0" xSize="3" ySize="4"/><DstRect xOff="0" yOff="0" xSize="3" ySize="4"/>'
        "</SimpleSource></VRTRasterBand></VRTDataset>",
        encoding="utf-8",
    )
    data = read_dem(tmp_path / "a.vrt", sea="none")
    assert np.array_equal(data["surface_altitude"], GROUND[:, 1:4])
    big = np.arange(600.0 * 520.0, dtype=np.float32).reshape(600, 520) % 4000.0
    with rasterio.open(write(tmp_path / "b.tif", big)) as source:
        rasterio.shutil.copy(source, tmp_path / "cog.tif", driver="COG")
    kept = read_dem(tmp_path / "cog.tif", mend=False, window=((100, 520), (7, 519)))
    assert np.array_equal(kept["surface_altitude"], big[100:520, 7:519])


def test_the_bundled_relief_is_read() -> None:
    data = read_dem(bundled("relief/zhejiang_srtm30_land_1-48deg.tif"))
    assert data.sizes == {"y": 312, "x": 408}
    assert int((data["sea"] & data["surface_altitude"].notnull()).sum()) == 0
    assert float(data["surface_altitude"].max()) == 1868.0


def test_tiles_of_the_shuttle_are_read(shared_data: Path) -> None:
    data = read_dem(shared_data / "dem" / "N37W123.hgt", sea="low")
    assert data.attrs["vertical_units"] == "m (declared)"
    assert 0.5 < float(data["sea"].mean()) < 0.7
    assert float(data["surface_altitude"].max()) == 979.0
    inland = read_dem(shared_data / "dem" / "hydrosheds_3sec_texas.tif")
    assert not inland["sea"].any()
    assert float(inland["surface_altitude"].min()) >= 147.0


def test_a_sea_of_zero_metres_is_told_of(tmp_path: Path) -> None:
    values = np.full((20, 20), 7, np.int16)
    values[:, :5], values[10, 10] = 0, 0
    found = read_dem(write(tmp_path / "a.tif", values, unit="m"))
    assert "100 cells of exactly 0 m" in found.attrs["findings"]
    low = read_dem(write(tmp_path / "a.tif", values, unit="m"), sea="low")
    assert "look like the sea" not in low.attrs["findings"]
    assert int(low["sea"].sum()) == 100
