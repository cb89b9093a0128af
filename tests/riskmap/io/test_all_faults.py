"""Every reader of tables tells all wrong rows of its file at once: one never hides another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from riskmap.errors import MOST_TOLD, RiskmapError
from riskmap.grid import Grid
from riskmap.io.bundled import bundled
from riskmap.io.census import with_census
from riskmap.io.drains import read_drains
from riskmap.io.gauges import read_gauges
from riskmap.io.harmonics import read_harmonics
from riskmap.io.hydrographs import read_hydrographs
from riskmap.io.key_villages import read_key_villages
from riskmap.io.members import read_members
from riskmap.io.qweather import read_qweather
from riskmap.io.regions import read_population, read_regions
from riskmap.io.reservoirs import read_pool_table, read_reservoirs
from riskmap.io.risk_inputs import read_dwellings, read_risk_rule
from riskmap.io.roughness import read_classes
from riskmap.io.sea_walls import read_sea_walls
from riskmap.io.tides import read_astronomical_tide, read_stations
from riskmap.io.tracks import read_ibtracs
from riskmap.ledger import Ledger

HOURS = np.arange("2021-07-25T00", "2021-07-25T03", dtype="datetime64[h]")
GRID = Grid.from_bounds(west=120.0, south=28.0, east=121.0, north=29.0, step=0.25)


def _tide(path: Path) -> Any:
    return read_astronomical_tide(path, ["A"], HOURS)


CASES: dict[str, tuple[Callable[[Path], Any], str, tuple[str, ...]]] = {
    "tide stations": (
        read_stations,
        "name,code,lon,lat,blue_cm,yellow_cm,orange_cm,red_cm\n"
        "a,A,121,29,400,x,460,y\nb,B,121,29,400,430,460,490\nc,B,29,121,400,430,420,490\n",
        ("row 2, column yellow_cm", "row 2, column red_cm", "row 4, column lat", "row 4, station B", "row 4, station B"),
    ),
    "tide": (
        _tide,
        "code,time,level_cm\nA,2021-07-25 00:00,x\nA,2021-07-25T01:00+00:00,5\nA\nA,2021-07-25T03:00+00:00,--\n",
        ("row 2, column time", "row 2, column level_cm", "row 4", "row 5, column level_cm"),
    ),
    "tide, hours": (
        lambda path: read_astronomical_tide(path, ["A", "B"], HOURS),
        "code,time,level_cm\nA,2021-07-25T01:00Z,1\nA,2021-07-25T08:00Z,1\nB,2021-07-25T00:00Z,1\nB,2021-07-25T04:00Z,1\n",
        ("station A", "station B"),
    ),
    "sea walls": (
        read_sea_walls,
        "code,name,region,crest_m,height_datum,toe_m,lon,lat,facing_deg,length_m\n"
        "1,a,330902,60,,2,122,30,90,500\n2,b,330902,6,1985,2,122,30,90,500\n2,c,330902,6,1985,2,122,30,90,500\n"
        "4,d,330902,1,1985,2,122,30,90,500\n",
        ("line 2, column height_datum", "line 2, column crest_m", "line 4, column code", "line 5, column crest_m"),
    ),
    "harmonics": (
        read_harmonics,
        "station,lat,constituent,amplitude_cm,phase_deg,phase_clock,mean_level_cm,datum\n"
        "A,30,M2,-5,10,UTC,20,1985\nA,30,S2,5,10,UTC,20,1985\nB,30,M2,5,10,,20,1985\n",
        ("line 2, column amplitude_cm", "line 4, column phase_clock"),
    ),
    "hydrographs": (
        read_hydrographs,
        "name,longitude,latitude,time,discharge_m3s\na,120,28,2021-07-25T00:00Z,-1\na,120,28,2021-07-25T06:00Z,5\n"
        "a,120,28,2021-07-25T12:00,5\n,120,28,2021-07-25T12:00Z,5\n",
        ("line 2, column discharge_m3s", "line 4, column time", "line 5, column name"),
    ),
    "drains": (
        lambda path: read_drains(path, GRID),
        "name,longitude,latitude,capacity_m3s\na,120.5,28.5,-1\nb,120.5,28.5,1\nc,,28.5,1\n",
        ("line 2, column capacity_m3s", "line 4, column longitude"),
    ),
    "gauges": (
        read_gauges,
        "id,name,kind,region,lon,lat,interval_min\nR1,a,雪量,330782,120,29,5\nR2,b,雨量,330782,120,29,0\n",
        ("line 2, column kind", "line 3, column interval_min"),
    ),
    "gauges, ids": (
        lambda path: read_gauges(path, datum="wgs84"),
        "id,name,kind,region,lon,lat,interval_min\nR1,a,雨量,330782,120,29,5\nR1,b,雨量,330782,120,29,5\n"
        "R2,b,雨量,330782,120,29,5\nR2,b,雨量,330782,120,29,5\n",
        (", R1", ", R2"),
    ),
    "reservoirs": (
        lambda path: read_reservoirs(path, datum="wgs84"),
        "id,name,kind,region,lon,lat,height_datum,flood_limit_m\nS1,a,坝,330783,120,29,1985,1\nS2,b,水库,330783,120,29,,1\n",
        ("line 2, column kind", "line 3, column height_datum"),
    ),
    "pool": (
        read_pool_table,
        "level_m,storage_m3,outflow_m3s\n1,2,\n2,3,4\nx,3,4\n",
        ("line 2", "line 4, column level_m"),
    ),
    "villages": (
        lambda path: read_key_villages(path, datum="WGS-84"),
        "id,name,lon,lat,region\nV1,,120,29,330782001001\nV2,b,29,120,330782001001\n",
        ("line 2, column name", "line 3, column lon"),
    ),
    "population": (
        read_population,
        "adcode,population\n330102,x\n330103,5\n330104,-1\n330103,7\n",
        ("line 2, column population", "line 4, column population", "line 5, column adcode"),
    ),
    "census": (
        lambda path: with_census(
            read_regions(bundled("admin/zhejiang_district_simple.geojson")), path
        ),
        "adcode,age60p\n330102,-3\n330105,5\n330106,x\n",
        ("line 2, column age60p", "line 4, column age60p"),
    ),
    "curves": (
        read_risk_rule,
        "variable,value,loss_ratio,source\nsnow,1,0.5,s\nwind_speed,20,0.1,\n",
        ("line 2, column variable", "line 3, column source"),
    ),
    "dwellings": (
        read_dwellings,
        "code,fragile\n330102,-1\n330103,5\n330103,5\n",
        ("line 2, column fragile", "line 4, column code"),
    ),
    "land cover": (
        read_classes,
        "class,roughness_length\n1.5,0.1\n2,0.1\n3,90\n",
        ("line 2, column class", "line 4, column roughness_length"),
    ),
    "members": (
        lambda path: read_members(path, averaging_period=600),
        "member,time,lat,lon\n1,2021-07-25T00:00Z,28,122\n1,2021-07-25T06:00,29,122\n,2021-07-25T00:00Z,28,122\n",
        ("line 3, column time", "line 4, column member"),
    ),
    "bulletins": (
        lambda path: read_qweather(path, storm="2106"),
        "ISO_TIME,LAT,LON,CMA_PRES,CMA_WIND_MS\n2021-07-25 00:00,x,122,970,38\n2021-07-25 06:00,29,122,970,38\n"
        "yesterday,29,122,970,38\n",
        ("line 2, LAT", "line 4, ISO_TIME"),
    ),
    "IBTrACS": (
        lambda path: read_ibtracs(path, storm="S"),
        "SID,ISO_TIME,LAT,LON,WMO_WIND,WMO_PRES\nS,2021-07-25 00:00:00,x,122,60,970\nS,2021-07-25 06:00:00,29,122,60,970\n"
        "S,noon,29,122,60,970\n",
        ("line 2, column LAT", "line 4, column ISO_TIME"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_all_wrong_rows_are_told_at_once(name: str, tmp_path: Path) -> None:
    reader, text, places = CASES[name]
    file = tmp_path / "a.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RiskmapError) as told:
        reader(file)
    found = [one.where or "" for one in told.value.each]
    assert len(found) == len(places), str(told.value)
    for where, place in zip(found, places, strict=True):
        assert where == f"{file}{place if place.startswith(', ') else ', ' + place}"


def test_outlines_with_wrong_codes_and_places_are_all_named(tmp_path: Path) -> None:
    ring = [[120.0, 29.0], [120.1, 29.0], [120.1, 29.1], [120.0, 29.0]]
    features = [
        {"type": "Feature", "properties": {"adcode": code, "name": "x"}, "geometry": {"type": "Polygon", "coordinates": [r]}}
        for code, r in (("33", ring), ("330782", ring), ("330x82", ring))
    ]  # fmt: skip
    file = tmp_path / "regions.geojson"
    file.write_text(_json({"type": "FeatureCollection", "features": features}))
    with pytest.raises(RiskmapError) as told:
        read_regions(file)
    assert [one.where for one in told.value.each] == [f"{file}, feature 1, x", f"{file}, feature 3, x"]
    for feature in features:
        feature["geometry"] = {"type": "Polygon", "coordinates": [[[y, x] for x, y in ring]]}
    file.write_text(_json({"type": "FeatureCollection", "features": features}))
    with pytest.raises(RiskmapError) as told:
        read_regions(file)
    assert [one.message for one in told.value.each] == ["longitude and latitude look swapped"] * 3


def _json(value: Any) -> str:
    from json import dumps

    return dumps(value)


def test_hundreds_are_counted_and_name_the_first(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("adcode,population\n" + "".join(f"{330100 + n},x\n" for n in range(300)))
    with pytest.raises(RiskmapError) as told:
        read_population(file)
    said = str(told.value).splitlines()
    assert len(said) == MOST_TOLD + 1
    assert said[0].startswith(f"{file}, line 2, ")
    assert said[-1].startswith(f"{file}: and {300 - MOST_TOLD} more")


def test_a_wall_with_two_faults_has_two_lines_in_the_ledger(tmp_path: Path) -> None:
    file = tmp_path / "walls.csv"
    file.write_text(CASES["sea walls"][1], encoding="utf-8")
    ledger = Ledger()
    assert read_sea_walls(file, ledger=ledger).sizes["section"] == 1
    assert [problem.what.partition(": ")[0].rpartition(", ")[2] for problem in ledger.problems] == [
        "column height_datum", "column crest_m", "column code", "column crest_m",
    ]  # fmt: skip
