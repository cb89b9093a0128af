"""Regions: read whole, and refused where they would mislead."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import mapping, shape

from riskmap.errors import ConfigError, DataError, DatumError, GeometryError, RiskmapError, SourceError
from riskmap.io.bundled import bundled
from riskmap.io.gcj02 import from_gcj02, to_gcj02
from riskmap.io.regions import read_population, read_regions

COUNTIES = bundled("admin/zhejiang_district_simple.geojson")
CITIES = bundled("admin/zhejiang_city_simple.geojson")
PEOPLE = bundled("census/zhejiang_pop2020_on_2021_boundaries.csv")
SHARED = Path(__file__).parents[4] / "shared/data"
GCJ02 = SHARED / "test_only/admin/hangzhou_districts_before_2021_gcj02.geojson"
needs_shared = pytest.mark.skipif(not GCJ02.exists(), reason="the shared test data is not here")


@pytest.fixture(scope="module")
def original() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(COUNTIES.read_text("utf-8"))
    document["features"] = document["features"][:4]
    return document


Write = Callable[[Any], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(document: Any) -> Path:
        path = tmp_path / "regions.geojson"
        path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
        return path

    return to_file


def moved(document: dict[str, Any], change: Any) -> dict[str, Any]:
    document = copy.deepcopy(document)
    for feature in document["features"]:
        there = shapely.transform(
            shape(feature["geometry"]), lambda p: np.column_stack(change(p[:, 0], p[:, 1]))
        )
        feature["geometry"] = mapping(there)
    return document


def test_the_bundled_counties_with_their_people() -> None:
    regions = read_regions(COUNTIES, population=PEOPLE)
    assert len(regions) == 90
    assert all(len(r.code) == 6 and r.code[:4] == r.city_code and r.name and r.city_name for r in regions)
    assert sum(r.population or 0 for r in regions) == 64_567_588 - 249_343 - 40
    assert len({r.city_code for r in regions}) == 11


def test_cities_have_four_digits() -> None:
    cities = read_regions(CITIES, level="city")
    assert len(cities) == 11
    assert cities[0].code == cities[0].city_code == "3301"
    assert cities[0].city_name == cities[0].name == "杭州市"


def test_unmatched_people_are_unknown_not_zero(
    write: Write, original: dict[str, Any], tmp_path: Path
) -> None:
    table = tmp_path / "people.csv"
    table.write_text("code,population\n330105,7\n999999,5\n330106,\n", "utf-8")
    regions = read_regions(write(original), population=table)
    assert [r.population for r in regions] == [7 if r.code == "330105" else None for r in regions]


def test_validity(write: Write, original: dict[str, Any]) -> None:
    document = copy.deepcopy(original)
    first, second = document["features"][:2]
    first["properties"]["valid_to"] = "2021-04-08"
    second["properties"] |= {"adcode": first["properties"]["adcode"], "valid_from": "2021-04-09"}
    path = write(document)
    assert len(read_regions(path, valid_on=date(2021, 7, 24))) == 3
    old = read_regions(path, valid_on=date(2020, 7, 24))
    assert old[0].valid_to == date(2021, 4, 8)
    with pytest.raises(DataError, match="valid_on"):
        read_regions(path)
    assert len(read_regions(path, valid_on=date(2021, 4, 9))) == 3


def test_keys_of_the_user_and_numbers_of_a_spreadsheet(write: Write, original: dict[str, Any]) -> None:
    document = copy.deepcopy(original)
    for feature in document["features"]:
        old = feature["properties"]
        feature["properties"] = {"XZQDM": float(old["adcode"]), "XZQMC": old["name"]}
    regions = read_regions(write(document), code_key="XZQDM", name_key="XZQMC")
    assert regions[0].code == "330102"
    assert regions[0].city_code == "3301"
    with pytest.raises(DataError, match=r"no code.*XZQDM.*code_key"):
        read_regions(write(document))


Change = Callable[[dict[str, Any]], Any]


def _set(**properties: Any) -> Change:
    return lambda d: d["features"][1]["properties"].update(properties)


def _geometry(geometry: Any) -> Change:
    return lambda d: d["features"][1].update(geometry=geometry)


def _ring(*points: tuple[float, float]) -> Change:
    return _geometry({"type": "Polygon", "coordinates": [points]})


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (_set(adcode=330102), DataError, "330102.*twice"),
        (_set(adcode=3301), DataError, "feature 2, 拱墅区: not a code of this level"),
        (_set(adcode=None), DataError, "no code"),
        (_set(name=""), DataError, "no name"),
        (_set(valid_to="soon"), DataError, "not a date"),
        (lambda d: d["features"].insert(0, "x"), DataError, "feature 1: not a feature"),
        (_geometry(None), GeometryError, "no polygon"),
        (_geometry({"type": "Point", "coordinates": [120, 30]}), GeometryError, "'Point'"),
        (_geometry({"type": "Polygon", "coordinates": [[["a", "b"]]]}), GeometryError, "cannot be read"),
        (_geometry({"type": "Polygon"}), GeometryError, "cannot be read"),
        (_geometry({"type": "Polygon", "coordinates": []}), GeometryError, "no ring"),
        (
            _ring((120, 30), (121, 31), (121, 30), (120, 31), (120, 30)),
            GeometryError,
            r"Self-intersection.*make valid",
        ),
        (_ring((30, 120), (31, 121), (30, 121), (30, 120)), DatumError, "swapped"),
        (_ring((5e5, 3e6), (5.1e5, 3e6), (5e5, 3.1e6), (5e5, 3e6)), DatumError, "not degrees"),
        (_ring((120, 30), (121, float("nan")), (121, 30), (120, 30)), GeometryError, "no number"),
        (lambda d: d.update(crs=None), DatumError, "another coordinate system"),
        (lambda d: d.update(crs={"properties": {"name": "EPSG:4549"}}), DatumError, "EPSG:4549"),
        (lambda d: d.update(crs={"properties": {"name": "GCJ02"}}), DatumError, "GCJ02"),
        (lambda d: d.update(type="Feature"), DataError, "not a collection"),
        (lambda d: d.update(features=[]), DataError, "not a collection"),
    ],
)
def test_broken_files(
    write: Write, original: dict[str, Any], change: Change, error: type[RiskmapError], words: str
) -> None:
    document = copy.deepcopy(original)
    change(document)
    with pytest.raises(error, match=words) as caught:
        read_regions(write(document))
    assert "regions.geojson" in str(caught.value)
    assert "To mend it" in str(caught.value)


@pytest.mark.parametrize("text", ["{", "[1]", "name,code\n"])
def test_what_is_no_geojson(write: Write, text: str) -> None:
    with pytest.raises(DataError, match=r"regions\.geojson"):
        read_regions(write(text))


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4490"])
def test_declared_wgs84_is_welcome(write: Write, original: dict[str, Any], name: str) -> None:
    document = original | {"crs": {"type": "name", "properties": {"name": name}}}
    assert len(read_regions(write(document))) == 4


def test_settings(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="county"):
        read_regions(COUNTIES, level="district")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="gcj02"):
        read_regions(COUNTIES, datum="bd09")  # type: ignore[arg-type]
    with pytest.raises(SourceError):
        read_regions(tmp_path / "none.geojson")


# --- the datum


def test_a_file_in_gcj02_is_refused_and_converted_on_request(write: Write, original: dict[str, Any]) -> None:
    path = write(moved(original, to_gcj02))
    with pytest.raises(DatumError, match=r'look like GCJ-02.*\+0\.00\d+ degrees east.*datum = "gcj02"'):
        read_regions(path)
    for mine, theirs in zip(read_regions(path, datum="gcj02"), read_regions(write(original)), strict=True):
        assert shapely.hausdorff_distance(mine.geometry, theirs.geometry) < 1e-7


def test_wgs84_declared_gcj02_is_refused() -> None:
    with pytest.raises(DatumError, match=r'lie like WGS-84.*datum = "wgs84"'):
        read_regions(COUNTIES, datum="gcj02")


def test_another_shift_is_refused(write: Write, original: dict[str, Any]) -> None:
    path = write(moved(original, lambda x, y: (x + 0.0115, y + 0.0035)))  # as BD-09 has it
    with pytest.raises(DatumError, match=r"shifted.*BD-09"):
        read_regions(path)


def test_a_reference_of_the_user(write: Write, original: dict[str, Any], tmp_path: Path) -> None:
    reference = tmp_path / "reference.geojson"
    reference.write_text(json.dumps(moved(original, from_gcj02)), "utf-8")
    with pytest.raises(DatumError, match=r"reference\.geojson"):
        read_regions(write(original), reference=reference)


@needs_shared
def test_the_real_gcj02_file() -> None:
    with pytest.raises(DatumError, match=r"look like GCJ-02.*\+0\.004\d degrees east, -0\.002\d north"):
        read_regions(GCJ02)
    regions = read_regions(GCJ02, datum="gcj02")
    assert len(regions) == 13
    same = {r.code: r.geometry for r in read_regions(COUNTIES)}["330127"]  # 淳安, as it was
    mine = next(r.geometry for r in regions if r.code == "330127")
    assert mine.intersection(same).area / mine.union(same).area > 0.98


@needs_shared
@pytest.mark.parametrize("level", ["city", "county"])
def test_another_wgs84_source_passes(level: Any) -> None:
    name = {"city": "city", "county": "district"}[level]
    regions = read_regions(SHARED / f"ship/admin/zhejiang_{name}_detail.geojson", level=level)
    assert len(regions) == {"city": 11, "county": 90}[level]


# --- people


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("adcode,name\n330102,x\n", "pop2020"),
        ("name,pop2020\nx,3\n", "adcode"),
        ("adcode,pop2020\n330102,many\n", "line 2, column pop2020: not a number"),
        ("adcode,pop2020\n330102,-3\n", "not a head count"),
        ("adcode,pop2020\nabc,3\n", "column adcode: not a head count or code"),
        ("adcode,pop2020\n330102,3\n330102,4\n", "line 3.*twice"),
    ],
)
def test_broken_population(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match=words):
        read_population(path)
