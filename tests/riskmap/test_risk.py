"""People on cells, and risk: sums are those of the census, more hazard or people never lowers the index, the unknown is grey."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from riskmap.assessment import Assessment
from riskmap.exposure import Exposure, spread_people
from riskmap.grid import Grid
from riskmap.io.bundled import bundled
from riskmap.io.census import with_census
from riskmap.io.regions import read_regions
from riskmap.io.risk_inputs import read_risk_rule, town_places
from riskmap.onset import Onsets
from riskmap.outlook import Flood
from riskmap.products.risk_table import RISK_COLUMNS, risk_csv
from riskmap.region import Region
from riskmap.risk import COLOURED, RISK_FIELDS, RISK_VARIABLES, Dwellings, on_coarse, risk_of
from riskmap.zonal import zonal_weights
from tests.factories import make_assessment

GRID = Grid.from_bounds(west=121, south=29, east=124, north=31, step=0.1)
RULE = read_risk_rule()


def regions(population: int | None = 100_000, aged: int | None = 15_000) -> tuple[Region, ...]:
    return tuple(
        replace(r, population=population, aged=(aged, aged, aged), urban=None)
        for r in make_assessment().regions
    )


ASSESSMENT = make_assessment()
FIRST = regions()[:1]
WEIGHTS = zonal_weights(FIRST, GRID)


def exposed(some: tuple[Region, ...]) -> Exposure:
    return spread_people(some, zonal_weights(some, GRID), GRID, {}, spread=3000.0)


def onsets(tier: int) -> dict[str, Onsets]:
    found = Onsets(GRID.shape)
    found.update(np.full(GRID.shape, tier, np.int8), 0)
    return {"wind": found}


def risk(
    tier: int = 3, *, wind: float = 30.0, some: tuple[Region, ...] | None = None, **more: Any
) -> xr.Dataset:
    some = regions() if some is None else some
    assessment = make_assessment()
    assessment.table["tier"].values[...] = tier
    assessment = replace(assessment, regions=some)
    peaks = {"wind_speed": np.full(GRID.shape, wind, np.float32)}
    return risk_of(
        assessment, exposed(some), GRID, onsets=onsets(max(tier, 0)), peaks=peaks, rule=RULE, **more
    )


def test_the_cells_of_a_county_hold_its_residents() -> None:
    table = bundled("census/zhejiang_pop2020_on_2021_boundaries.csv")
    some = with_census(
        read_regions(bundled("admin/zhejiang_district_simple.geojson"), population=table), table
    )
    grid = Grid.from_bounds(west=117.5, south=27.0, east=123.5, north=31.5, step=0.05)
    found = spread_people(some, zonal_weights(some, grid), grid, town_places(), spread=3000.0)
    sums = found.of_regions(np.ones(grid.shape[0] * grid.shape[1]))
    assert sums == pytest.approx([r.population for r in some], rel=1e-9)
    assert float(np.nansum(found.field(grid))) == pytest.approx(
        sum(r.population or 0 for r in some), rel=1e-5
    )
    assert (found.people >= 0).all()


def test_people_of_towns_gather_about_places() -> None:
    (region, *_) = regions()
    region = replace(region, urban=90_000)
    near = {region.code: np.array([[121.25, 30.05]])}
    field = spread_people((region,), zonal_weights((region,), GRID), GRID, near, spread=3000.0).field(GRID)
    row, column = GRID.index_of(latitude=30.05, longitude=121.25) or (0, 0)
    assert field[row, column] == np.nanmax(field)
    assert field[row, column] > 0.5 * 90_000
    even = spread_people((region,), zonal_weights((region,), GRID), GRID, {}, spread=3000.0).field(GRID)
    assert np.nanmax(even) < 1.05 * np.nanmin(even[even > 0]) * 2


def test_a_county_half_off_the_grid_keeps_half_its_residents() -> None:
    half = (replace(regions()[0], geometry=box(120.8, 29.8, 121.2, 30.2)),)
    found = exposed(half).of_regions(np.ones(GRID.shape[0] * GRID.shape[1]))
    assert found[0] == pytest.approx(50_000, rel=0.01)


def test_people_at_a_tier_and_by_age() -> None:
    found = risk(3)
    assert found["people_at"].sel(tier=3).values == pytest.approx([100_000] * 6, rel=1e-6)
    assert found["people_at"].sel(tier=4).values == pytest.approx([0] * 6)
    assert found["people_65_at"].sel(tier=3).values == pytest.approx([15_000] * 6, rel=1e-6)
    assert found["people_weighted"].values == pytest.approx([75_000] * 6, rel=1e-6)


def test_the_index_is_the_cube_root_of_its_parts() -> None:
    found = risk(2)
    hazard, people, frail = (found[f"part_{p}"].values[0] for p in ("hazard", "exposure", "vulnerability"))
    assert hazard == 0.5
    assert people == pytest.approx(0.05**0.5, rel=1e-6)
    assert found["index"].values[0] == pytest.approx(100 * (hazard * people * frail) ** (1 / 3))


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(0, 4), st.integers(0, 4)), st.tuples(st.floats(0, 70), st.floats(0, 70)),
    st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)),
)  # fmt: skip
def test_more_hazard_or_people_never_lowers_the_index(
    tiers: tuple[int, int], winds: tuple[float, float], people: tuple[int, int]
) -> None:
    def index(pick: Any) -> float:
        some = (replace(FIRST[0], population=pick(people)),)
        table = ASSESSMENT.table.isel(region=slice(0, 1)).copy(deep=True)
        table["tier"].values[...] = pick(tiers)
        peaks = {"wind_speed": np.full(GRID.shape, pick(winds), np.float32)}
        exposure = replace(spread_people(some, WEIGHTS, GRID, {}, spread=3000.0), aged=np.full((3, 1), 0.2))
        assessment = replace(ASSESSMENT, regions=some, table=table)
        found = risk_of(assessment, exposure, GRID, onsets=onsets(pick(tiers)), peaks=peaks, rule=RULE)
        return float(found["index"].values[0])

    assert 0.0 <= index(min) <= index(max) + 1e-9 <= 100.0 + 1e-6


@pytest.mark.parametrize("change", ["people", "age", "tier", "wind"])
def test_the_index_is_unknown_where_a_part_is(change: str) -> None:
    some = regions(None if change == "people" else 100_000, None if change == "age" else 15_000)
    found = risk(-1 if change == "tier" else 3, wind=np.nan if change == "wind" else 30.0, some=some)
    assert np.isnan(found["index"].values).all()
    text = risk_csv(found, some)
    assert text.count("\n") == 7
    assert all(line.split(",")[3] == "" and line.split(",")[-1] for line in text.splitlines()[1:])


def test_invented_hazards_and_finer_grids_do_not_count() -> None:
    assessment: Assessment = replace(make_assessment(), regions=regions(), apart=frozenset({"wind"}))
    found = risk_of(assessment, exposed(regions()), GRID, onsets=onsets(4), peaks={}, rule=RULE)
    assert float(found["people_at"].max()) == 0.0


def test_water_and_fragile_dwellings() -> None:
    fine = Grid.from_bounds(west=121, south=29, east=124, north=31, step=0.05)
    label = np.zeros(fine.shape, np.int32)
    flood = Flood(fine, label, {"maximum_depth": np.array([1.5], np.float32)}, ("", ""))
    stock = Dwellings({"330902": 200.0}, "register")
    found = risk(3, flood=flood, dwellings=stock)
    assert found["depth_loss"].values == pytest.approx([0.6166] * 6, rel=1e-4)
    assert found["fragile_at_wind"].sel(tier=3).values[0] == pytest.approx(200.0)
    assert found["fragile_at_depth"].values[:, 0] == pytest.approx([200.0] * 3)
    assert np.isnan(found["fragile"].values[1:]).all()
    assert (found["index"].values > risk(3)["index"].values).all()


def test_a_fine_field_is_averaged_by_middles() -> None:
    fine = Grid.from_bounds(west=121, south=29, east=121.2, north=29.2, step=0.1)
    coarse = Grid.from_bounds(west=121, south=29, east=121.4, north=29.4, step=0.2)
    found = on_coarse(np.array([1.0, np.nan, 3.0, 2.0]), np.array([[0, 1], [2, 3]]), fine, coarse)
    assert found[1, 0] == 2.0
    assert np.isnan(found[0]).all()


def test_the_table_and_the_fields_are_whole() -> None:
    found = risk(3)
    assert set(RISK_VARIABLES) | set(RISK_FIELDS) == set(found.data_vars)
    head, first, *_ = risk_csv(found, regions()).removeprefix("\ufeff").splitlines()
    assert tuple(head.split(",")) == RISK_COLUMNS
    assert len(first.split(",")) == len(RISK_COLUMNS)
    assert set(COLOURED) == {"hazard", "risk"}
    assert float(found["exposure_people"].sum()) == pytest.approx(600_000, rel=1e-4)
