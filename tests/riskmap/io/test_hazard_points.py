"""The register of hazard points and prevention zones: CSV and GeoJSON, row by row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from riskmap.errors import DataError, DatumError
from riskmap.io.gcj02 import to_gcj02
from riskmap.io.hazard_points import read_hazard_zones

HEAD = "id,name,kind,lon,lat,region,households,people,responsible,monitor,plan,threshold_mm,window_h\n"
GOOD = "D1,屋后山,隐患点,120.3,28.4,331102001,4,13,张三,李四,一点一策,120,6\n"


def write(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_row_of_the_register(tmp_path: Path) -> None:
    (zone,) = read_hazard_zones(write(tmp_path, HEAD + GOOD), datum="cgcs2000").zones
    assert (zone.kind, zone.households, zone.people, zone.threshold, zone.window) == (
        "hazard_point",
        4,
        13,
        120.0,
        6,
    )
    assert (zone.responsible, zone.monitor, zone.plan) == ("张三", "李四", "一点一策")


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("D2,a,滑坡,120.3,28.4,331102,,,,,,,\n", "unknown kind"),
        ("D2,a,隐患点,120.3,28.4,3311,,,,,,,\n", "not an administrative code"),
        ("D2,a,隐患点,120.3,28.4,331102,,,,,,120,5\n", "not summed"),
        ("D2,a,隐患点,120.3,28.4,331102,,,,,,1.2,\n", "column threshold_mm"),
        ("D2,a,隐患点,120.3,28.4,331102,-1,,,,,,\n", "column households"),
        (",a,隐患点,120.3,28.4,331102,,,,,,,\n", "no id"),
        ("D2,a,隐患点,28.4,120.3,331102,,,,,,,\n", "swapped"),
        ("D2,a,隐患点,,,331102,,,,,,,\n", "no lon"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_and_the_others_are_read(tmp_path: Path, row: str, named: str) -> None:
    table = read_hazard_zones(write(tmp_path, HEAD + GOOD + row), datum="wgs84")
    assert len(table.zones) == 1
    with pytest.raises(DataError, match=f"line 3.*{named}|{named}"):
        raise table.problems[0]


def test_a_table_without_datum_or_good_row_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatumError, match="no datum"):
        read_hazard_zones(write(tmp_path, HEAD + GOOD))
    with pytest.raises(DatumError, match="unknown datum"):
        read_hazard_zones(write(tmp_path, HEAD + GOOD), datum="bd09")


def feature(geometry: object, **properties: object) -> dict[str, object]:
    values = {"id": "Z1", "name": "防范区", "kind": "风险防范区", "region": "331102", "people": 20}
    return {"type": "Feature", "properties": values | properties, "geometry": geometry}


SQUARE = {"type": "Polygon", "coordinates": [[[120.0, 28.0], [120.1, 28.0], [120.1, 28.1], [120.0, 28.1], [120.0, 28.0]]]}  # fmt: skip
BOW = {"type": "Polygon", "coordinates": [[[120.0, 28.0], [120.1, 28.1], [120.1, 28.0], [120.0, 28.1], [120.0, 28.0]]]}  # fmt: skip


def geojson(folder: Path, *features: object, **members: object) -> Path:
    return write(
        folder, json.dumps({"type": "FeatureCollection", "features": features} | members), "z.geojson"
    )


def test_a_polygon_counts_as_wgs84(tmp_path: Path) -> None:
    (zone,) = read_hazard_zones(geojson(tmp_path, feature(SQUARE))).zones
    assert (zone.kind, zone.geometry.geom_type, zone.people) == ("prevention_zone", "Polygon", 20)


def test_a_polygon_declared_gcj02_is_converted(tmp_path: Path) -> None:
    moved = [[float(v) for v in to_gcj02(x, y)] for x, y in SQUARE["coordinates"][0]]  # type: ignore[index]
    (zone,) = read_hazard_zones(
        geojson(tmp_path, feature({"type": "Polygon", "coordinates": [moved]})), datum="gcj02"
    ).zones
    assert zone.geometry.bounds == pytest.approx((120.0, 28.0, 120.1, 28.1), abs=1e-7)


def test_a_feature_may_declare_its_own_datum(tmp_path: Path) -> None:
    east, north = (float(v) for v in to_gcj02(120.0, 28.0))
    point = {"type": "Point", "coordinates": [east, north]}
    (zone,) = read_hazard_zones(geojson(tmp_path, feature(point, datum="GCJ-02"))).zones
    assert (zone.geometry.x, zone.geometry.y) == pytest.approx((120.0, 28.0), abs=1e-7)


@pytest.mark.parametrize(
    ("geometry", "named"),
    [
        (BOW, "Self-intersection"), ({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, "LineString"),
        ({"type": "Polygon", "coordinates": "x"}, "cannot be read"), ({"type": "Point", "coordinates": [28.0, 120.0]}, "longitude and latitude"),
    ],
)  # fmt: skip
def test_a_geometry_that_is_none_is_named(tmp_path: Path, geometry: object, named: str) -> None:
    table = read_hazard_zones(geojson(tmp_path, feature(SQUARE), feature(geometry, id="Z2")))
    with pytest.raises(DataError, match=named):
        raise table.problems[0]


def test_another_coordinate_system_is_refused(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "EPSG:3857"}}
    with pytest.raises(DatumError, match="EPSG:3857"):
        read_hazard_zones(geojson(tmp_path, feature(SQUARE), crs=crs))
    with pytest.raises(DataError, match="collection of features"):
        read_hazard_zones(write(tmp_path, '{"type": "Feature"}', "z.json"))
