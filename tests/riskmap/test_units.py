"""Townships and units beside the counties, through a whole analysis; and what the coast means for them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from shapely.geometry import box, mapping

from riskmap.analysis import analyse
from riskmap.analysis.units import also_for_units, bare_units, coastal_units
from riskmap.asset_hours import AssetHours
from riskmap.io.bundled import bundled
from riskmap.io.inputs import read_inputs
from riskmap.io.regions import read_regions
from riskmap.io.scenario_file import read_scenario
from riskmap.ledger import Ledger
from riskmap.outlook import Outlook
from riskmap.products.levels_table import levels_csv
from riskmap.products.raster import tier_image
from riskmap.region import Listed, Region
from riskmap.scale import NOT_APPLICABLE, rain_grade
from tests.scenarios import write_scenario

COAST = xr.Dataset(
    {"latitude": ("point", [30.0, 30.0]), "longitude": ("point", [122.0, 122.4]),
     "region": ("point", np.array(["330902", "330903"]))}
)  # fmt: skip


def unit(code: str, west: float, level: str = "township") -> Region:
    return Region(code, code, code[:4], "", box(west, 29.9, west + 0.1, 30.1), level=level)  # type: ignore[arg-type]


def test_a_township_by_the_sea_has_the_coast_of_its_own_county() -> None:
    towns = [
        unit("330902001", 122.03),
        unit("330902002", 121.0),
        unit("330902003", 122.31),
        unit("330903001", 122.2),
    ]
    # the third lies by a point of the neighbour's coast, which is not its county's
    assert coastal_units(towns, COAST) == {"330902001": "330902"}


def test_a_unit_of_another_kind_has_that_of_the_nearest_point() -> None:
    assert coastal_units([unit("XC", 122.31, "unit")], COAST) == {"XC": "330903"}
    assert coastal_units([], COAST) == coastal_units([unit("XC", 122.3, "unit")], None) == {}


def test_stations_of_the_county_stand_for_its_townships_by_the_sea() -> None:
    found = also_for_units({"330902": (1, 2)}, {"330902001": "330902", "330903001": "330903"})
    assert found == {"330902": (1, 2), "330902001": (1, 2)}


def test_a_township_by_the_sea_without_a_listed_wall_is_unknown() -> None:
    empty = np.empty((1, 0))
    walls = AssetHours(
        "sea_wall", (), empty.astype("i1"), empty.astype("i1"), empty, empty, frozenset({"330903"})
    )
    assert bare_units(walls, {"330902001": "330902"}).missing == {"330902001", "330903"}
    assert bare_units(walls, {}) is walls


@pytest.fixture(scope="module")
def outlook(tmp_path_factory: pytest.TempPathFactory) -> Outlook:
    """Every county of Zhoushan cut in two, a unit over both, and a township far off the grid."""
    folder = tmp_path_factory.mktemp("units")
    counties = [
        r for r in read_regions(bundled("admin/zhejiang_district_simple.geojson")) if r.city_code == "3309"
    ]
    halves = []
    for region in counties:
        west, south, east, north = region.geometry.bounds
        middle = (west + east) / 2
        for n, half in enumerate((box(west, south, middle, north), box(middle, south, east, north)), 1):
            halves.append((f"{region.code}00{n}", region.geometry.intersection(half).buffer(0)))
    halves.append(("330999001", box(110, 20, 111, 21)))
    for name, units in (("towns", halves), ("zone", [("XC", counties[0].geometry)])):
        features = [
            {"type": "Feature", "properties": {"code": code, "name": code}, "geometry": mapping(shape)}
            for code, shape in units
        ]
        (folder / f"{name}.geojson").write_text(
            json.dumps({"type": "FeatureCollection", "features": features})
        )
    extra = (
        '[[regions.more]]\nfile = "towns.geojson"\n[[regions.more]]\nfile = "zone.geojson"\nlevel = "unit"\n'
    )
    text = write_scenario(folder, hours=4, extra="").read_text()
    path = folder / "scenario.toml"
    path.write_text(
        text.replace("[terrain]", extra + "\n[terrain]").replace("hindcast = true", "hindcast = false")
    )
    inputs = read_inputs(read_scenario(path), Ledger())[0]
    return analyse(inputs, encode=tier_image)[0]


def test_the_counties_stay_what_everything_is_published_for(outlook: Outlook) -> None:
    assert len(outlook.assessment.regions) == 90
    assert {r.level for r in outlook.assessment.regions} == {"county"}
    assert {level: len(a.regions) for level, a in outlook.levels.items()} == {
        "city": 11,
        "township": 9,
        "unit": 1,
    }


def test_a_unit_of_the_outline_of_a_county_has_its_tiers(outlook: Outlook) -> None:
    (zone,) = outlook.levels["unit"].regions
    counties = outlook.assessment
    row = [r.code for r in counties.regions].index("330902")
    assert np.array_equal(
        counties.table["tier"].values[..., row], outlook.levels["unit"].table["tier"].values[..., 0]
    )
    assert zone.geometry.equals(counties.regions[row].geometry)


def test_the_worse_half_of_a_county_is_no_better_than_the_county(outlook: Outlook) -> None:
    towns, counties = outlook.levels["township"], outlook.assessment
    hazards = list(counties.hazards)
    rows = {r.code: n for n, r in enumerate(towns.regions)}
    for n, county in enumerate(counties.regions):
        pair = [rows[code] for code in rows if code.startswith(county.code)]
        for hazard in ("wind", "rain"):
            worst = towns.table["tier"].values[hazards.index(hazard)][:, pair]
            if pair:
                assert (worst.max(axis=1) >= counties.table["tier"].values[hazards.index(hazard), :, n]).all()


def test_a_township_off_the_grid_is_grey_and_no_sea_reaches_it(outlook: Outlook) -> None:
    towns = outlook.levels["township"]
    assert (towns.combined[:, -1] == -1).all()
    waves = list(towns.hazards).index("waves")
    assert (towns.table["tier"].values[waves, :, -1] == NOT_APPLICABLE).all()
    assert (towns.table["tier"].values[waves, :, 0] >= 0).all()


def test_every_unit_has_one_line_with_its_grade_of_rain(outlook: Outlook) -> None:
    rows = list(csv.DictReader(io.StringIO(levels_csv(outlook).removeprefix("\ufeff"))))
    assert [row["level"] for row in rows] == ["city"] * 11 + ["county"] * 90 + ["township"] * 9 + ["unit"]
    of = {row["region"].strip("\t'"): row for row in rows}
    city, county = of["3309"], of["330902"]
    assert city["county"][:4] == "3309"
    mine = [
        float(row["rain_24h"]) for row in rows if row["level"] == "county" and row["region"][:4] == "3309"
    ]
    assert float(city["rain_24h"]) == max(mine)
    assert (county["county"], of["XC"]["county"]) == ("", "")
    assert of["XC"]["tier"] == county["tier"] != ""
    assert (of["XC"]["rain_24h"], of["XC"]["rain_grade"]) == (county["rain_24h"], county["rain_grade"])
    assert rain_grade(float(county["rain_24h"])) == county["rain_grade"]
    assert of["330999001"]["tier_name"] == "无数据"


def test_the_rain_of_a_day_beside_the_tiers_is_that_of_the_share(outlook: Outlook) -> None:
    assert outlook.rain_24h is not None
    assert outlook.rain_24h.dims == ("time", "region")
    day = outlook.rain_24h.sel(region="330902").values
    assert (day >= 0).all()
    assert np.isnan(outlook.rain_24h.sel(region="330999001").values).all()


def test_listed_units_stand_at_the_end_without_a_tier(outlook: Outlook) -> None:
    text = levels_csv(replace(outlook, listed=(Listed("330902009", "某镇"),)))
    last = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))[-1]
    assert (last["level"], last["name"], last["tier"]) == ("township", "某镇", "")
    assert "不着色" in last["note"]
