"""Region files of other formats and coordinate systems: the same outlines, whichever way they come."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry import mapping

from riskmap.errors import DataError, DatumError, MissingExtraError, SourceError
from riskmap.io.bundled import bundled
from riskmap.io.region_files import read_features
from riskmap.io.regions import read_regions

COUNTIES = read_regions(bundled("admin/zhejiang_district_simple.geojson"))[:5]
GAUSS_KRUEGER = "EPSG:4549"  # CGCS2000, 3 degree zones, 120 E


def projected(crs: str) -> list[shapely.Geometry]:
    from rasterio.warp import transform

    def to(points: np.ndarray) -> np.ndarray:
        return np.column_stack(transform("EPSG:4326", crs, points[:, 0], points[:, 1]))

    return [shapely.transform(r.geometry, to) for r in COUNTIES]


def write_by_pyogrio(path: Path, crs: str | None, shapes: list[shapely.Geometry]) -> Path:
    pyogrio = pytest.importorskip("pyogrio")
    pyogrio.raw.write(
        path, np.array([shapely.to_wkb(s) for s in shapes], object),
        [np.array([int(r.code) for r in COUNTIES]), np.array([r.name for r in COUNTIES], object)],
        ["code", "name"], geometry_type="Unknown" if path.suffix == ".gpkg" else "Polygon", crs=crs, encoding="UTF-8",
        promote_to_multi=False,
    )  # fmt: skip
    return path


def same(path: Path, *, within: float) -> None:
    found = read_regions(path)
    assert [(r.code, r.name) for r in found] == [(r.code, r.name) for r in COUNTIES]
    for mine, theirs in zip(found, COUNTIES, strict=True):
        assert shapely.hausdorff_distance(mine.geometry, theirs.geometry) < within


@pytest.mark.parametrize("crs", [GAUSS_KRUEGER, "EPSG:32651", "EPSG:3857", "EPSG:4490"])
def test_geojson_in_another_system_is_brought_to_degrees(tmp_path: Path, crs: str) -> None:
    features = [
        {"type": "Feature", "properties": {"code": r.code, "name": r.name}, "geometry": mapping(shape)}
        for r, shape in zip(COUNTIES, projected(crs), strict=True)
    ]
    path = tmp_path / "regions.geojson"
    member = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": member, "features": features}), "utf-8")
    same(path, within=1e-8)


@pytest.mark.parametrize(
    ("name", "crs"), [("a.gpkg", GAUSS_KRUEGER), ("a.gpkg", "EPSG:4326"), ("a.shp", GAUSS_KRUEGER)]
)
def test_geopackage_and_shapefile(tmp_path: Path, name: str, crs: str) -> None:
    same(write_by_pyogrio(tmp_path / name, crs, projected(crs)), within=1e-7)


def test_a_shapefile_without_its_prj_is_refused(tmp_path: Path) -> None:
    path = write_by_pyogrio(tmp_path / "a.shp", "EPSG:4326", [r.geometry for r in COUNTIES])
    path.with_suffix(".prj").unlink()
    with pytest.raises(DatumError, match=r"a\.shp.*no coordinate system.*\.prj"):
        read_regions(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    pytest.importorskip("pyogrio")
    with pytest.raises(SourceError, match="no such file"):
        read_features(tmp_path / "none.gpkg")
    broken = tmp_path / "broken.gpkg"
    broken.write_bytes(b"no database")
    with pytest.raises((SourceError, DataError), match=r"broken\.gpkg"):
        read_features(broken)
    empty = tmp_path / "empty.geojson"
    empty.write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(DataError, match="no feature in it"):
        read_features(empty)


def test_without_pyogrio_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pyogrio", None)
    with pytest.raises(MissingExtraError, match=r"riskmap\[gis\]"):
        read_features(tmp_path / "a.gpkg")


@pytest.mark.parametrize(
    ("row", "error", "words"),
    [
        ("330902001201,甲村,30,122", DatumError, "line 2.*swapped"),
        ("330902001201,甲村,500000,3300000", DatumError, "line 2.*not degrees"),
        ("330902001201,甲村,east,30", DataError, "line 2, column lon"),
    ],
)
def test_bad_points(tmp_path: Path, row: str, error: type[Exception], words: str) -> None:
    path = tmp_path / "villages.csv"
    path.write_text(f"code,name,lon,lat\n{row}\n", "utf-8")
    with pytest.raises(error, match=words):
        read_features(path)


def test_a_point_without_its_place_is_kept_as_broken(tmp_path: Path) -> None:
    path = tmp_path / "villages.csv"
    path.write_text("code,name,lon,lat\n330902001201,甲村,,\n330902001202,乙村,122.1,30\n", "utf-8")
    first, second = read_features(path)
    assert first.broken is not None
    assert "without its place" in str(first.broken)
    assert (second.shape.x, second.shape.y) == (122.1, 30.0)
