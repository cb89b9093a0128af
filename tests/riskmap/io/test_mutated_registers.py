"""Registers and readings with mutated bytes: read, or refused with a message of ours; never another exception."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from riskmap.errors import RiskmapError
from riskmap.io.gauges import read_gauges, read_readings
from riskmap.io.hazard_points import read_hazard_zones
from riskmap.io.key_villages import read_key_villages
from riskmap.io.landslide_table import read_landslide_rules
from riskmap.io.reservoirs import read_pool_table, read_reservoirs, read_river_stations
from riskmap.io.thresholds import read_thresholds
from riskmap.io.watershed_shapes import read_given_watersheds
from tests.riskmap.observation.scenes import gauge
from tests.riskmap.valleys import GRID, altitude, basins, square

ZONES = "id,name,kind,lon,lat,region,people,threshold_mm,window_h,datum\nD1,甲,隐患点,120.3,28.4,331102001,13,120,6,wgs84\nD2,乙,风险防范区,120.4,28.5,331102,,,,wgs84\n"
SHAPES = json.dumps({"type": "FeatureCollection", "features": [{
    "type": "Feature", "properties": {"id": "Z1", "name": "x", "kind": "风险防范区", "region": "331102"},
    "geometry": {"type": "Polygon", "coordinates": [[[120, 28], [120.1, 28], [120.1, 28.1], [120, 28]]]},
}]})  # fmt: skip
DAMS = "id,name,kind,region,lon,lat,height_datum,flood_limit_m,design_m,datum\nS1,甲,水库,330783,120.3,29.2,1985,100,104,wgs84\n"
RIVERS = "id,name,river,region,lon,lat,height_datum,warning_m,guarantee_m,datum\nR1,站,河,330212,121.5,29.9,1985,3.0,3.5,wgs84\n"
POOL = "level_m,storage_m3,outflow_m3s\n100,0,0\n101,1e6,20\n"
GAUGES = "id,name,kind,region,lon,lat,interval_min,height_datum,blue_m,datum\nG1,雨,雨量,330782,120.1,29.3,60,,,wgs84\nR1,河,河道,330782,120.2,29.3,5,1985,2.5,wgs84\n"
READINGS = "id,time,value,units\nG1,2021-07-25T09:00:00+08:00,12.5,mm\nR1,2021-07-25T01:00:00Z,312,cm\n"
MANY = json.dumps([{"id": "G1", "time": "2021-07-25T09:00:00+08:00", "value": 12.5, "units": "mm"}])


def readings(path: Path) -> object:
    return read_readings(path, [gauge("G1"), gauge("R1", "river")])


OWN = "code,name,lon,lat,prepare_1h_mm,move_1h_mm,bankfull_m3s,curve_number,area_km2,datum\nG1,甲,120.32,28.52,30,40,20,70,12,wgs84\n,乙,120.9,28.5,35,45,,,,gcj02\n"
VILLAGES = "id,name,lon,lat,region,above_bank_m,past_flood,people\nV1,甲,120.3,28.4,330102,1.5,是,30\nV2,乙,120.4,28.5,330102001,,,\n"
SHEDS = json.dumps({"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "EPSG:4490"}}, "features": [
    square(120.3, 28.4, 0.1, id="A", downstream="B"), square(120.4, 28.4, 0.1, id="B", main_length_m=5000),
]})  # fmt: skip
LAND, RELIEF = basins(), altitude()


CASES: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "zones": ("t.csv", ZONES, read_hazard_zones), "shapes": ("t.geojson", SHAPES, read_hazard_zones),
    "dams": ("t.csv", DAMS, read_reservoirs), "rivers": ("t.csv", RIVERS, read_river_stations),
    "pool": ("t.csv", POOL, read_pool_table), "gauges": ("t.csv", GAUGES, read_gauges),
    "thresholds": ("t.csv", OWN, lambda path: read_thresholds(path, LAND, GRID)),
    "villages": ("t.csv", VILLAGES, lambda path: read_key_villages(path, datum="WGS-84")),
    "watersheds": ("t.geojson", SHEDS, lambda path: read_given_watersheds(path, GRID, RELIEF)),
    "readings": ("t.csv", READINGS, readings), "json": ("t.json", MANY, readings),
}  # fmt: skip
JUNK = (
    b"",
    b"\x00",
    b"\xff",
    b",",
    b"\n",
    b"-",
    b"nan",
    b"1e999",
    b'"',
    b"{",
    b"]",
    b"null",
    "九".encode(),
    b"999999",
)


@pytest.mark.parametrize("case", CASES)
def test_mutated_bytes_are_read_or_refused(case: str, tmp_path: Path) -> None:
    name, text, read = CASES[case]
    rng, raw = random.Random(7), text.encode()
    read(_write(tmp_path / name, raw))
    refused = 0
    for _ in range(400):
        mutated = bytearray(raw)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(mutated))
            mutated[at : at + rng.randint(0, 6)] = rng.choice(JUNK)
        try:
            read(_write(tmp_path / name, bytes(mutated)))
        except RiskmapError:
            refused += 1
    assert refused > 0


def test_a_mutated_table_of_slopes_is_read_or_refused(tmp_path: Path) -> None:
    from importlib.resources import files

    rng = random.Random(3)
    raw = (files("riskmap") / "rules" / "landslide_lookup.toml").read_text(encoding="utf-8").encode()
    refused = 0
    for _ in range(150):
        mutated = bytearray(raw)
        at = rng.randrange(len(mutated))
        mutated[at : at + rng.randint(0, 6)] = rng.choice(JUNK)
        try:
            read_landslide_rules(_write(tmp_path / "t.toml", bytes(mutated)))
        except RiskmapError:
            refused += 1
    assert refused > 0


def _write(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path
