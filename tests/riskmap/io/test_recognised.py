"""What a file is, told from what stands in it: the bundled files, and small real ones of each format."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from riskmap.errors import DataError, SourceError
from riskmap.io.bundled import bundled
from riskmap.io.dem import read_dem
from riskmap.io.recognised import covers, differs, format_of, recognise
from tests.riskmap.io.rain_files import geotiff, grib, netcdf, pattern

SHARED = Path(__file__).parents[4] / "shared" / "data"


@pytest.mark.parametrize(
    ("name", "key", "kind"),
    [
        ("admin/zhejiang_district_simple.geojson", "regions.file", "county"),
        ("admin/zhejiang_city_simple.geojson", "regions.file", "other"),
        ("census/zhejiang_pop2020_on_2021_boundaries.csv", "regions.population", ""),
        ("relief/zhejiang_srtm30_land_1-48deg.tif", "terrain.relief", ""),
        ("relief/etopo1_east_china_sea_0.1deg.tif", "terrain.bathymetry", ""),
        ("dem/made_valley.tif", "terrain.dem", ""),
        ("coast/gshhg_full_coastline.geojson", "terrain.coastline", ""),
        ("tracks/jma_bst_zhejiang_2015_2021.txt", "track.file", "jma"),
        ("tracks/jma_zhejiang_2015_2021.csv", "track.file", "jma_csv"),
        ("tracks/ibtracs_zhejiang_wmo.csv", "track.file", "ibtracs"),
        ("tracks/ibtracs_zhejiang_usa.csv", "track.file", "ibtracs"),
        ("tracks/jma_meps_ensemble_tracks.csv.gz", "ensemble.file", ""),
        ("sea_walls/sea_walls_example.csv", "assets.sea_walls", ""),
        ("sea_walls/tide_example.csv", "tide.astronomical", ""),
        ("sea_walls/tide_stations_example.csv", "tide.warning_levels", ""),
        ("villages/key_villages_example.csv", "assets.key_villages", ""),
    ],
)
def test_bundled_files_are_told_apart(name: str, key: str, kind: str) -> None:
    found = recognise(bundled(name))
    assert (found.key, found.kind) == (key, kind)


@pytest.mark.parametrize(
    ("header", "key", "datum"),
    [
        ("id,name,kind,region,lon,lat,height_datum,flood_limit_m,design_m", "assets.reservoirs", True),
        ("id,name,river,region,lon,lat,height_datum,warning_m", "assets.river_stations", True),
        ("id,name,kind,region,lon,lat,interval_min,datum", "gauges.stations", False),
        ("id,time,value,units", "gauges.readings", False),
        ("id,name,kind,lon,lat,region,households", "assets.hazard_zones", True),
        ("lon,lat,people", "assets.people", True),
        ("code,fragile", "risk.dwellings", False),
        ("name,lon,lat,prepare_1h_mm,move_1h_mm", "flash_flood.thresholds", False),
    ],
)
def test_tables_are_told_apart_by_their_columns(tmp_path: Path, header: str, key: str, datum: bool) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes((header + "\n" + ",".join("1" for _ in header.split(",")) + "\n").encode("gb18030"))
    found = recognise(path)
    assert (found.key, found.datum) == (key, datum)


def test_rain_of_three_formats_is_rain(tmp_path: Path) -> None:
    for path in (
        netcdf(tmp_path / "a.nc", pattern(2), [1.0, 2.0]),
        grib(tmp_path / "b.grib2", pattern(2), [(0, 1), (1, 2)]),
        geotiff(tmp_path / "c.tif", pattern(2), ["2021-07-24T01:00Z", "2021-07-24T02:00Z"]),
    ):
        assert recognise(path).key == "rain.file"
        assert format_of(path) == {"a": "netcdf", "b": "grib", "c": "geotiff"}[path.stem]


def heights(
    path: Path,
    values: np.ndarray,
    *,
    step: float,
    driver: str = "GTiff",
    west: float = 121.0,
    north: float = 30.0,
) -> Path:
    with rasterio.open(
        path, "w", driver=driver, height=values.shape[0], width=values.shape[1], count=1, dtype=str(values.dtype), crs="EPSG:4326",
        transform=Affine(step, 0, west, 0, -step, north), nodata=-32768 if values.dtype == np.int16 else None,
    ) as out:  # fmt: skip
        out.write(values, 1)
    return path


def test_a_cloud_optimised_tile_and_an_hgt_tile_are_elevation_models_that_are_read(tmp_path: Path) -> None:
    ground = (np.add.outer(np.arange(1201), np.arange(1201)) % 900 + 5).astype(np.int16)
    step = 1.0 / 1200.0
    hgt = heights(
        tmp_path / "N29E121.hgt",
        ground,
        step=step,
        driver="SRTMHGT",
        west=121 - step / 2,
        north=30 + step / 2,
    )
    whole = heights(tmp_path / "whole.tif", ground[:512, :512], step=step)
    cog = tmp_path / "dem_tile.tif"
    rasterio.shutil.copy(whole, cog, driver="COG")
    for path, kind in ((hgt, "hgt"), (cog, "cog")):
        assert (recognise(path).key, format_of(path)) == ("terrain.dem", kind)
        found = read_dem(path, sea="none", mend=False)
        assert float(found["surface_altitude"][3, 4]) == float(ground[3, 4])
    differs([cog], "geotiff", "terrain.dem")
    with pytest.raises(DataError, match=r"layer terrain\.dem: .*declared to be; expected netcdf; found hgt"):
        differs([hgt], "netcdf", "terrain.dem")


def test_residents_and_land_cover_are_no_heights(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    people = heights(
        tmp_path / "chn_ppp_2020.tif", rng.gamma(0.3, 90, (50, 50)).astype(np.float32), step=0.01
    )
    cover = heights(
        tmp_path / "cover.tif", rng.choice([10, 40, 50, 80], (50, 50)).astype(np.uint8), step=0.01
    )
    assert recognise(people).key == "risk.population_raster"
    assert (recognise(cover).key, recognise(cover).kind) == ("terrain.roughness", "worldcover")


def test_a_raster_of_something_else_is_not_taken_for_heights(tmp_path: Path) -> None:
    """Only what names metres, or heights in its name, is; eight bits are a picture or classes whatever the name."""
    rng = np.random.default_rng(2)
    index = rng.normal(0.4, 0.2, (20, 20)).astype(np.float32)
    for name, values, why in (
        ("ndvi.tif", index, "unit is not named"), ("demography.tif", index, "unit is not named"),
        ("dem.tif", rng.integers(0, 255, (20, 20)).astype(np.uint8), "uint8: a picture or classes"),
    ):  # fmt: skip
        with pytest.raises(DataError, match=rf"{name}: not recognised as an input; .*{why}"):
            recognise(heights(tmp_path / name, values, step=0.001))
    ground = heights(tmp_path / "zj_dem_30m.tif", index * 100, step=0.001)
    assert recognise(ground).key == "terrain.relief"
    plain = heights(tmp_path / "plain.tif", index * 100, step=0.001)
    with rasterio.open(plain, "r+") as out:
        out.units = ["m"]
    assert recognise(plain).key == "terrain.relief"


def test_json_of_services_is_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "readings.json"
    path.write_text(
        json.dumps([{"id": "R1", "time": "2021-07-25T12:00:00+08:00", "value": 3.5}]), encoding="utf-8"
    )
    assert recognise(path).key == "gauges.readings"
    path.write_text(
        json.dumps([{"tfid": "202106", "points": [{"lat": "20", "radius7": "1|1|1|1"}]}]), encoding="utf-8"
    )
    assert (recognise(path).key, recognise(path).kind) == ("track.file", "zjwater")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the data that may not be bundled is not there")
def test_real_files_that_may_not_be_bundled_are_told_apart() -> None:
    for name, key, kind in (
        ("tracks/CH2017BST.txt", "track.file", "cma"), ("tracks/infa2021_cma_qweather.json", "track.file", "qweather"),
        ("dem/N37W123.hgt", "terrain.dem", ""), ("admin/hangzhou_districts_before_2021_gcj02.geojson", "regions.file", "county"),
    ):  # fmt: skip
        found = recognise(SHARED / "test_only" / name)
        assert (found.key, found.kind) == (key, kind), name


def test_what_is_not_recognised_says_what_was_seen(tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(
        DataError, match=r"notes\.csv: not recognised as an input; .*found columns a, b\. To mend it"
    ):
        recognise(path)
    with pytest.raises(SourceError, match="could not be read"):
        recognise(tmp_path / "gone.csv")


def test_whether_a_raster_holds_a_box() -> None:
    relief = bundled("relief/zhejiang_srtm30_land_1-48deg.tif")
    assert covers(relief, (117.5, 27.0, 123.5, 31.5))
    assert not covers(relief, (100.0, 27.0, 123.5, 31.5))
