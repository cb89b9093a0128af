"""Tables of reservoirs and stations: good rows are read, bad rows named, datums declared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from riskmap.errors import DataError, DatumError
from riskmap.io.bundled import bundled
from riskmap.io.gcj02 import to_gcj02
from riskmap.io.regions import read_regions
from riskmap.io.reservoirs import read_pool_table, read_reservoirs, read_river_stations

HEAD = "id,name,kind,region,lon,lat,height_datum,flood_limit_m,design_m,check_m,crest_m,downstream_people,safe_release_m3s,downstream_regions\n"
GOOD = "S1,甲水库,水库,330783,120.3,29.2,吴淞,100,104,106,107,3400,80,330783001;330783002\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "t.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_row(tmp_path: Path) -> None:
    (dam,) = read_reservoirs(write(tmp_path, HEAD + GOOD), datum="wgs84").assets
    assert (dam.kind, dam.datum, dam.design, dam.downstream_people) == ("reservoir", "wusong", 104.0, 3400)
    assert dam.downstream_regions == ("330783001", "330783002")


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("S2,乙,水库,330783,120.3,29.2,,100,104,106,107,,,\n", "height without its datum"),
        ("S2,乙,水库,330783,120.3,29.2,大沽,100,104,106,107,,,\n", "unknown height datum"),
        ("S2,乙,水库,330783,29.2,120.3,1985,100,104,106,107,,,\n", "swapped"),
        ("S2,乙,水塔,330783,120.3,29.2,1985,100,104,106,107,,,\n", "unknown kind"),
        ("S2,乙,水库,330783,120.3,29.2,1985,104,100,106,107,,,\n", "line 3.*design level is not above"),
        ("S2,乙,水库,330783,120.3,29.2,1985,abc,100,106,107,,,\n", "column flood_limit_m"),
        ("S2,乙,水库,330783,120.3,29.2,1985,99,100,106,107,3.5,,\n", "whole number"),
        ("S2,,水库,330783,120.3,29.2,1985,99,100,106,107,3,,\n", "no name"),
        ("S2,乙,水库,330783,,29.2,1985,99,100,106,107,3,,\n", "no lon"),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_read(tmp_path: Path, row: str, named: str) -> None:
    table = read_reservoirs(write(tmp_path, HEAD + GOOD + row), datum="wgs84")
    assert [dam.name for dam in table.assets] == ["甲水库"]
    with pytest.raises(DataError, match=named):
        raise table.problems[0]


def test_undeclared_coordinates_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatumError, match="no datum"):
        read_reservoirs(write(tmp_path, HEAD + GOOD))


def test_an_id_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="twice"):
        read_reservoirs(write(tmp_path, HEAD + GOOD + GOOD), datum="wgs84")


def near_borders(count: int) -> list[tuple[str, float, float]]:
    """Points just inside the western borders of counties: GCJ-02 moves them east, its inverse west."""
    found = []
    for region in read_regions(bundled("admin/zhejiang_district_simple.geojson"))[:count]:
        middle = region.geometry.representative_point()
        line = np.linspace(region.geometry.bounds[2], middle.x, 2000)
        from shapely.geometry import Point

        x = next(x for x in line if region.geometry.covers(Point(x, middle.y)))
        found.append((region.code, float(x) - 0.0005, middle.y))
    return found


def test_gcj02_is_recognised_by_the_regions(tmp_path: Path) -> None:
    regions = read_regions(bundled("admin/zhejiang_district_simple.geojson"))
    rows, shifted = "", ""
    for n, (code, x, y) in enumerate(near_borders(8)):
        east, north = to_gcj02(x, y)
        rows += f"P{n},x,水库,{code},{x:.6f},{y:.6f},1985,99,100,106,107,3,,\n"
        shifted += f"P{n},x,水库,{code},{float(east):.6f},{float(north):.6f},1985,99,100,106,107,3,,\n"
    assert read_reservoirs(write(tmp_path, HEAD + rows), datum="wgs84", regions=regions).problems == ()
    with pytest.raises(DatumError, match="GCJ-02"):
        read_reservoirs(write(tmp_path, HEAD + shifted), datum="wgs84", regions=regions)
    back = read_reservoirs(write(tmp_path, HEAD + shifted), datum="gcj02", regions=regions)
    assert back.problems == ()
    assert back.assets[0].longitude == pytest.approx(near_borders(1)[0][1], abs=2e-6)


def test_a_point_in_another_county_is_reported(tmp_path: Path) -> None:
    regions = read_regions(bundled("admin/zhejiang_district_simple.geojson"))
    table = read_reservoirs(
        write(tmp_path, HEAD + GOOD.replace("120.3", "122.0")), datum="wgs84", regions=regions
    )
    assert "outside the region" in str(table.problems[0])


def test_river_stations(tmp_path: Path) -> None:
    text = "id,name,river,region,lon,lat,height_datum,warning_m,guarantee_m,record_m,crest_m,datum\nR1,站,甬江,330212,121.5,29.9,85高程,3.0,3.5,,4.4,cgcs2000\n"
    (station,) = read_river_stations(write(tmp_path, text)).assets
    assert (station.warning, station.record, station.crest, station.datum) == (3.0, None, 4.4, "1985")


def test_the_table_of_a_pool(tmp_path: Path) -> None:
    good = write(tmp_path, "level_m,storage_m3,outflow_m3s\n100,0,0\n101,1e6,20\n")
    assert [a.tolist() for a in read_pool_table(good)] == [[100.0, 101.0], [0.0, 1e6], [0.0, 20.0]]
    with pytest.raises(DataError, match=r"line 3.*not whole"):
        read_pool_table(write(tmp_path, "level_m,storage_m3,outflow_m3s\n100,0,0\n101,,20\n"))


def test_a_region_that_its_city_does_not_have_is_reported(tmp_path: Path) -> None:
    regions = read_regions(bundled("admin/zhejiang_district_simple.geojson"))
    rows = GOOD.replace("330783", "330799") + GOOD.replace("330783", "350100").replace("S1", "S2")
    table = read_reservoirs(write(tmp_path, HEAD + rows), datum="wgs84", regions=regions)
    assert [problem.found for problem in table.problems] == ["330799"]  # Fuzhou is no business of this map
