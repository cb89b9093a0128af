"""Several region files at once: levels, validity, points, units with a command of their own, and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import Point, Polygon, box, mapping

from riskmap.errors import ConfigError, CoverageError, DataError, DatumError, GeometryError
from riskmap.grid import Grid
from riskmap.io.bundled import bundled
from riskmap.io.gcj02 import to_gcj02
from riskmap.io.region_levels import Levels, read_levels
from riskmap.io.regions import read_region_file, read_regions
from riskmap.ledger import Ledger
from riskmap.scenario import RegionFileSection, RegionsSection
from riskmap.zonal import zonal_weights

GRID = Grid.from_bounds(west=118.0, south=27.0, east=123.0, north=31.5, step=0.1)
DAY = date(2021, 7, 24)
COUNTIES = bundled("admin/zhejiang_district_simple.geojson")
CITIES = bundled("admin/zhejiang_city_simple.geojson")
DINGHAI = {r.code: r for r in read_regions(COUNTIES)}["330902"]
HERE = DINGHAI.geometry.representative_point()

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(units: list[tuple[str, Any]], name: str = "towns.geojson", **more: Any) -> Path:
        features = [
            {"type": "Feature", "properties": {"code": code, "name": f"地{n}"} | more,
             "geometry": None if shape is None else mapping(shape)}
            for n, (code, shape) in enumerate(units)
        ]  # fmt: skip
        path = tmp_path / name
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
        return path

    return to_file


def read(*more: RegionFileSection | Path, ledger: Ledger | None = None, **changes: Any) -> Levels:
    files = tuple(RegionFileSection(part) if isinstance(part, Path) else part for part in more)
    section = replace(RegionsSection(COUNTIES, more=files), **changes)
    return read_levels(section, GRID, DAY, ledger or Ledger())


def town(x: float = 0.0, size: float = 0.03) -> Polygon:
    return box(HERE.x + x, HERE.y, HERE.x + x + size, HERE.y + size)


def test_the_counties_alone_bring_their_cities_and_nothing_else() -> None:
    found = read()
    assert len(found.regions) == 90
    assert (found.units, found.listed) == ((), ())
    assert len(found.cities) == 11
    assert all(city.geometry.is_valid for city in found.cities)
    assert found.cities[0].population is None


def test_levels_are_told_by_the_length_of_their_codes(write: Write) -> None:
    towns = write([("330902001", town()), ("330902002", town(0.05))])
    villages = write([("330902001201", town(size=0.01))], "villages.geojson")
    found = read(towns, villages, CITIES)
    assert [(u.level, u.code) for u in found.units] == [
        ("township", "330902001"), ("township", "330902002"), ("village", "330902001201"),
    ]  # fmt: skip
    theirs = {c.code: c.geometry for c in read_regions(CITIES, level="city")}
    assert found.cities[0].geometry.equals(theirs[found.cities[0].code])


def test_files_may_be_listed_together(write: Write) -> None:
    towns = write([("330902001", town())])
    assert [u.code for u in read(file=(COUNTIES, towns)).units] == ["330902001"]


def test_a_unit_with_a_command_of_its_own_overlays_the_counties(write: Write) -> None:
    zone = write([("ZS-XC", town(size=0.2))], "zone.geojson")
    found = read(RegionFileSection(zone, "unit"))
    assert [(u.level, u.code) for u in found.units] == [("unit", "ZS-XC")]
    assert found.units[0].geometry.intersects(DINGHAI.geometry)
    with pytest.raises(DataError, match=r"no code of digits.*level = .unit."):
        read(zone)


def test_units_of_another_day_are_left_out(write: Write) -> None:
    old = write([("330902001", town())], valid_to="2021-07-23")
    new = write([("330902002", town())], "new.geojson", valid_from="2021-07-24")
    assert [u.code for u in read(old, new).units] == ["330902002"]


def test_a_village_known_as_a_point_is_its_cell_or_a_disc(write: Write, tmp_path: Path) -> None:
    table = tmp_path / "villages.csv"
    table.write_text(f"code,name,lon,lat\n330902001201,甲村,{HERE.x},{HERE.y}\n", "utf-8")
    (cell,) = read(table).units
    assert cell.point == (HERE.x, HERE.y)
    weights = zonal_weights([cell], GRID)
    assert len(weights.cell) == 1
    assert cell.geometry.covers(HERE)
    (disc,) = read(RegionFileSection(table, point_radius=800.0)).units
    metres = float(zonal_weights([disc], GRID).total[0])
    assert metres == pytest.approx(np.pi * 800.0**2, rel=0.01)
    with pytest.raises(ConfigError, match="10 to 20000 m"):
        read(RegionFileSection(table, point_radius=80_000.0))


def test_points_that_lie_like_gcj02_are_refused_and_converted_on_request(write: Write) -> None:
    edge = np.array(DINGHAI.geometry.exterior.coords if DINGHAI.geometry.geom_type == "Polygon" else max(
        DINGHAI.geometry.geoms, key=lambda part: part.area).exterior.coords)  # fmt: skip
    inner = [
        p
        for p in (Point(xy) for xy in edge + np.array([-0.002, 0.001]))
        if DINGHAI.geometry.buffer(-0.0005).covers(p)
    ]
    moved = [Point(*map(float, to_gcj02(p.x, p.y))) for p in inner]
    outside = [(p, m) for p, m in zip(inner, moved, strict=True) if not DINGHAI.geometry.covers(m)][:20]
    assert len(outside) >= 3
    path = write([(f"330902001{n:03}", m) for n, (_, m) in enumerate(outside)])
    with pytest.raises(DatumError, match="points look like GCJ-02"):
        read(path)
    found = read(RegionFileSection(path, datum="gcj02")).units
    assert [f.point for f in found] == [pytest.approx((p.x, p.y), abs=1e-7) for p, _ in outside]


def test_codes_without_a_shape_are_listed(write: Write, tmp_path: Path) -> None:
    codes = tmp_path / "codes.csv"
    codes.write_text("code,name\n330902001,甲街道\n330902002,乙镇\n", "utf-8")
    found = read(write([("330902001", town())]), codes=codes)
    assert [(u.code, u.name, u.county) for u in found.listed] == [("330902002", "乙镇", "330902")]
    codes.write_text("code,name\n33090,甲街道\n", "utf-8")
    with pytest.raises(DataError, match=r"codes\.csv, line 2.*9 or 12 digits"):
        read(codes=codes)


# --- what is wrong with one unit turns it grey; what is wrong with a file stops


BOW = Polygon(
    [(HERE.x, HERE.y), (HERE.x + 0.1, HERE.y + 0.1), (HERE.x + 0.1, HERE.y), (HERE.x, HERE.y + 0.1)]
)


def test_a_self_crossing_unit_is_grey_with_a_reason_and_stops_nobody(write: Write) -> None:
    ledger = Ledger()
    found = read(write([("330902001", BOW), ("330902002", town(0.3))]), ledger=ledger)
    assert [(u.code, u.unusable) for u in found.units] == [
        ("330902001", "the polygon is invalid"),
        ("330902002", ""),
    ]
    assert found.units[0].geometry.is_valid  # so that it can be drawn
    assert any("feature 1, 330902001" in p.what and "Self-intersection" in p.what for p in ledger.problems)
    weights = zonal_weights(found.units, GRID)
    everywhere = np.ones(GRID.shape, bool).ravel()
    assert weights.share(everywhere) == pytest.approx([0.0, 1.0], abs=1e-6)


def test_a_county_without_an_outline_is_drawn_by_the_reference_and_grey(tmp_path: Path) -> None:
    document = json.loads(COUNTIES.read_text("utf-8"))
    document["features"][3]["geometry"] = None
    path = tmp_path / "counties.geojson"
    path.write_text(json.dumps(document), "utf-8")
    ledger = Ledger()
    found = read_levels(RegionsSection(path), GRID, DAY, ledger)
    assert len(found.regions) == 90
    bad = found.regions[3]
    assert bad.unusable == "no polygon"
    assert bad.geometry.area > 0
    assert any(bad.code in p.what for p in ledger.problems)
    with pytest.raises(GeometryError, match="no polygon"):
        read_regions(path)


def test_a_township_without_an_outline_is_named_and_left_out(write: Write) -> None:
    ledger = Ledger()
    assert len(read(write([("330902001", None), ("330902002", town())]), ledger=ledger).units) == 1
    assert any("330902001" in p.what for p in ledger.problems)


def test_units_outside_the_grid_are_named(write: Write) -> None:
    ledger = Ledger()
    far = [(f"3309020{n:02}", box(110 + n, 20, 110.5 + n, 20.5)) for n in range(10)]
    read(write(far), ledger=ledger)
    (line,) = [i["said"] for i in ledger.notes if i["key"] == "regions outside the grid"]
    assert not ledger.problems
    assert "330902000 地0" in line
    assert line.endswith("and 2 more")


def test_overlapping_units_are_refused_with_both_codes(write: Write) -> None:
    path = write([("330902001", town()), ("330902002", town(0.01))])
    with pytest.raises(GeometryError, match=r"towns\.geojson, 33090200\d.*67 % of|67% of.*33090200\d"):
        read(path)


def test_neighbours_whose_outlines_cross_a_little_are_not(write: Write) -> None:
    assert len(read(write([("330902001", town()), ("330902002", town(0.0295))])).units) == 2


def test_a_hole_is_no_part_of_a_unit(write: Write) -> None:
    whole = town(size=0.2)
    holed = Polygon(whole.exterior.coords, [town(0.05, 0.05).exterior.coords[::-1]])
    (unit,) = read(write([("330902001", holed)])).units
    area = zonal_weights([unit], GRID).area.sum()
    assert area == pytest.approx(
        zonal_weights([replace(unit, geometry=whole)], GRID).area.sum() * 15 / 16, rel=1e-3
    )


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (["330902001", "330902001"], r"towns\.geojson, 330902001.*twice"),
        (["330902001", "33090200"], r"feature 2, 地1: not a code of this level.*9 digits.*'33090200'"),
        (["33090", "33091"], "level of these codes is not known.*most have 5"),
        (["x", "y"], "no code of digits"),
    ],
)
def test_wrong_codes_stop(write: Write, codes: list[str], words: str) -> None:
    path = write([(code, town(0.05 * n)) for n, code in enumerate(codes)])
    with pytest.raises(DataError, match=words):
        read(path)


def test_a_code_in_two_files_stops(write: Write) -> None:
    one, two = write([("330902001", town())]), write([("330902001", town(0.2))], "more.geojson")
    with pytest.raises(DataError, match=r"330902001.*a code is in two files"):
        read(one, two)


def test_without_counties_there_is_nothing_to_publish(write: Write) -> None:
    with pytest.raises(ConfigError, match="no county is valid"):
        read(file=write([("330902001", town())]))
    far = Grid.from_bounds(west=100.0, south=27.0, east=101.0, north=28.0, step=0.1)
    with pytest.raises(CoverageError, match="no region lies on the grid"):
        read_levels(RegionsSection(COUNTIES), far, DAY, Ledger())


def test_a_point_needs_a_size(write: Write) -> None:
    with pytest.raises(ConfigError, match="what does a point stand for"):
        read_region_file(write([("330902001201", HERE)]))


def test_townships_are_held_against_the_borders_of_their_counties(write: Write) -> None:
    west, south, east, north = DINGHAI.geometry.bounds
    middle = (west + east) / 2
    halves = [
        DINGHAI.geometry.intersection(box(*b))
        for b in ((west, south, middle, north), (middle, south, east, north))
    ]
    moved = [
        shapely.transform(half, lambda p: np.column_stack(to_gcj02(p[:, 0], p[:, 1]))) for half in halves
    ]
    path = write([(f"33090200{n}", half) for n, half in enumerate(moved)])
    with pytest.raises(DatumError, match=r"towns\.geojson: the outlines look like GCJ-02"):
        read(path)
    for mine, half in zip(read(RegionFileSection(path, datum="gcj02")).units, halves, strict=True):
        assert shapely.hausdorff_distance(mine.geometry, half) < 1e-6
    ledger = Ledger()
    read(write([(f"33090200{n}", half) for n, half in enumerate(halves)]), ledger=ledger)
    assert not any("not checked" in line["key"] for line in ledger.notes)


def test_a_unit_without_a_known_border_is_believed_and_the_run_says_so(write: Write) -> None:
    inland = next(r for r in read_regions(COUNTIES) if r.code == "330822").geometry.representative_point()
    ledger = Ledger()
    square = box(inland.x - 0.01, inland.y - 0.01, inland.x + 0.01, inland.y + 0.01)
    read(RegionFileSection(write([("KF-Q", square)], "zone.geojson"), "unit"), ledger=ledger)
    (line,) = [line for line in ledger.notes if "not checked" in line["key"]]
    assert "zone.geojson" in line["said"]
    assert "wgs84" in line["said"]


@pytest.mark.parametrize("code", ["3309", "33090", "新城", "A" * 13])
def test_a_unit_needs_a_code_that_is_no_beginning_of_others(write: Write, code: str) -> None:
    with pytest.raises(DataError, match=r"feature 1, 地0: not a code of this level.*12 letters or digits"):
        read(RegionFileSection(write([(code, town())]), "unit"))
