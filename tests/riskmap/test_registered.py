"""Registered people on cells at a tier raise their region; less known never makes it green."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from riskmap.aggregate import fill_cells, residents
from riskmap.analysis.registered import Register, RegisteredPeople
from riskmap.assessment import empty_table
from riskmap.errors import DataError, DatumError
from riskmap.grid import Grid
from riskmap.io.gcj02 import to_gcj02
from riskmap.io.registered_people import read_register
from riskmap.io.rule_files import read_rule_book
from riskmap.region import Region
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from riskmap.severity import grade
from riskmap.zonal import zonal_weights

GRID = Grid.from_bounds(
    west=120.0, south=30.0, east=122.0, north=31.0, step=0.05
)  # 20 x 40: a cell is 0.13 % of the county
COUNTY = Region("330902", "定海区", "3309", "舟山市", box(120.0, 30.0, 122.0, 31.0), 1000)
TOWN = Region("330902001", "某镇", "3309", "", box(120.0, 30.0, 121.0, 31.0), level="township")
VILLAGE = Region("330902001201", "某村", "3309", "", box(120.0, 30.0, 120.5, 31.0), level="village")
REGIONS = (COUNTY, TOWN, VILLAGE)
BOOK = read_rule_book()
RULE = BOOK.hazards["inundation"]
WEIGHTS = zonal_weights(REGIONS, GRID)


def locate(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    column = ((longitude - 120.0) / 0.05).astype(int)
    row = ((31.0 - latitude) / 0.05).astype(int)
    return np.where((column >= 0) & (column < 40), row * 40 + column, -1)


def register(*houses: tuple[float, int]) -> Register:
    """Households in the row of cells at 30.51, by longitude and people."""
    return Register(
        np.array([x for x, _ in houses]),
        np.full(len(houses), 30.51),
        np.array([n for _, n in houses], np.int64),
    )


def assess(field: np.ndarray, people: Register | None, hazard: str = "inundation") -> xr.Dataset:
    rule = BOOK.hazards[hazard]
    table = empty_table([hazard], [datetime(2021, 7, 24, tzinfo=UTC)], [r.code for r in REGIONS])
    names = [m.variable for m in rule.metrics if m.cells and not m.station_levels]
    cells = grade(dict.fromkeys(names, field), rule)
    fill_cells(table, 0, 0, cells, rule, WEIGHTS, residents(REGIONS))
    RegisteredPeople(people, BOOK.combination.people, REGIONS).raise_regions(table, 0, 0, cells, rule, locate)
    return table.isel(hazard=0, time=0)


def classes(**columns: float) -> np.ndarray:
    """Dry but in the row of the houses, by column."""
    out = np.zeros(GRID.shape, np.float32)
    for name, value in columns.items():
        out[9, int(name[1:])] = value
    return out


def tiers(table: xr.Dataset) -> list[int]:
    return [int(t) for t in table["tier"].values]


def test_one_household_is_enough_for_a_village_ten_people_for_a_town_fifty_for_a_county() -> None:
    wet = classes(c2=3.0)  # one cell of orange: no share of anything
    assert tiers(assess(wet, None)) == [0, 0, 0]
    assert tiers(assess(wet, register((120.11, 4)))) == [0, 0, 3]
    assert tiers(assess(wet, register((120.11, 4), (120.12, 6)))) == [0, 3, 3]
    assert tiers(assess(wet, register(*[(120.11, 10)] * 5))) == [3, 3, 3]
    assert tiers(assess(wet, register(*[(120.11, 7)] * 7))) == [0, 3, 3]  # 49


def test_the_reason_is_that_of_the_household_with_which_they_are_enough() -> None:
    found = assess(classes(c2=4.0, c3=2.0), register((120.11, 3), (120.16, 8), (120.17, 2)))
    town = found.isel(region=1)
    assert int(town["tier"]) == Tier.YELLOW  # three at red, thirteen at yellow or worse
    assert (float(town["value"]), float(town["threshold"])) == (2.0, 2.0)
    assert float(town["people"]) == 13
    assert float(town["maximum"]) == 4.0
    assert np.isnan(town["area_share"])


def test_a_tier_of_the_area_stands_where_it_is_worse() -> None:
    flooded = np.full(GRID.shape, 4.0, np.float32)
    found = assess(flooded, register(*[(120.11, 50)] * 5))
    assert tiers(found) == [4, 4, 4]
    assert found["area_share"].values == pytest.approx([1.0, 1.0, 1.0], abs=1e-6)


def test_wind_and_rain_never_count_people() -> None:
    field = np.zeros(GRID.shape, np.float32)
    field[9, 2] = 300.0
    many = register(*[(120.11, 90)] * 9)
    for hazard in ("wind", "rain"):
        assert tiers(assess(field, many, hazard)) == tiers(assess(field, None, hazard))


def test_people_on_unknown_cells_keep_their_region_from_green() -> None:
    hole = classes(c2=np.nan)
    assert tiers(assess(hole, None)) == [0, 0, 0]
    assert tiers(assess(hole, register((120.11, 4)))) == [0, 0, NO_DATA]
    beyond = assess(classes(), Register(np.array([120.2]), np.array([30.5]), np.array([3])))
    assert tiers(beyond) == [0, 0, 0]


def test_where_the_hazard_cannot_be_people_still_raise() -> None:
    table = empty_table(["inundation"], [datetime(2021, 7, 24, tzinfo=UTC)], [r.code for r in REGIONS])
    table["tier"].values[:] = NOT_APPLICABLE
    cells = grade({"inundation_class": classes(c2=3.0)}, RULE)
    who = RegisteredPeople(register((120.11, 4)), BOOK.combination.people, REGIONS)
    who.raise_regions(table, 0, 0, cells, RULE, locate)
    assert table["tier"].values[0, 0].tolist() == [NOT_APPLICABLE, NOT_APPLICABLE, 3]


houses = st.lists(st.tuples(st.floats(120.0, 121.99), st.integers(1, 60)), min_size=1, max_size=8)
water = st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0, 6.0, np.nan]), min_size=40, max_size=40)


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(houses, water, st.lists(st.sampled_from([0.0, 0.0, 1.0, 3.0]), min_size=40, max_size=40), st.data())
def test_more_water_or_people_never_lowers_and_less_known_is_never_green(
    of: list[tuple[float, int]], row: list[float], more: list[float], data: st.DataObject
) -> None:
    field = np.zeros(GRID.shape, np.float32)
    field[9] = row
    now = np.array(tiers(assess(field, register(*of))))
    worse, blind = field.copy(), field.copy()
    worse[9] += np.array(more, np.float32)
    assert (np.array(tiers(assess(worse, register(*of)))) >= now).all()
    fuller = [(x, n + data.draw(st.integers(0, 20))) for x, n in of]
    more_people = np.array(tiers(assess(field, register(*fuller))))
    assert ((more_people >= now) | (more_people == NO_DATA)).all()
    assert not ((more_people == Tier.GREEN) & (now != Tier.GREEN)).any()
    blind[9, np.array(more) > 0] = np.nan
    hidden = np.array(tiers(assess(blind, register(*of))))
    assert (hidden <= now).all()
    assert not ((hidden == Tier.GREEN) & (now != Tier.GREEN)).any()


# --- the register


def test_the_register_is_read_without_names(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("lon,lat,people,name\n121.5,30.2,4,x\n121.6,30.3,,y\n121.7,30.4,900,z\n", "utf-8")
    read = read_register(path, datum="cgcs2000")
    assert read.register.people.tolist() == [4]
    assert [("line 3" in str(p), "line 4" in str(p)) for p in read.problems] == [(True, False), (False, True)]
    with pytest.raises(DatumError, match="datum"):
        read_register(path)
    path.write_text("lon,lat,people\n121.5,30.2,0\n", "utf-8")
    with pytest.raises(DataError, match="line 2, column people: not a household"):
        read_register(path, datum="wgs84")


def test_gcj02_is_converted_on_request(tmp_path: Path) -> None:
    x, y = (float(v) for v in to_gcj02(121.5, 30.2))
    path = tmp_path / "people.csv"
    path.write_text(f"lon,lat,people\n{x},{y},4\n", "utf-8")
    register_ = read_register(path, datum="gcj02").register
    assert (register_.longitude[0], register_.latitude[0]) == pytest.approx((121.5, 30.2), abs=1e-6)
