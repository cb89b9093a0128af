"""From cells and stations to regions, against a brute-force oracle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from riskmap.aggregate import fill_cells, fill_stations, residents
from riskmap.assessment import combine, empty_table
from riskmap.grid import Grid
from riskmap.hazard.storm_tide import StormTide
from riskmap.io.rule_files import read_rules
from riskmap.region import Region
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier
from riskmap.severity import grade
from riskmap.zonal import zonal_weights
from tests.factories import make_rules

GRID = Grid.from_bounds(west=120.0, south=30.0, east=121.0, north=30.5, step=0.1)  # 5 x 10 cells
RULE = make_rules()["wind"]
HOURS = [datetime(2021, 7, 24, tzinfo=UTC) + timedelta(hours=h) for h in range(2)]


def regions(*boxes: tuple[float, float, float, float], population: int | None = 1000) -> list[Region]:
    return [Region(f"33090{n}", f"区{n}", "3309", "舟山市", box(*b), population) for n, b in enumerate(boxes)]


WEST, EAST = (120.0, 30.0, 120.5, 30.5), (120.5, 30.0, 121.0, 30.5)


def assess(speed: np.ndarray, *boxes: tuple[float, float, float, float], **kind: object) -> xr.Dataset:
    """The table of one hour of mean wind; gusts are calm."""
    found = regions(*boxes, **({"population": kind["population"]} if "population" in kind else {}))  # type: ignore[arg-type]
    table = empty_table(["wind"], HOURS[:1], [r.code for r in found])
    gust = np.where(np.isnan(speed), np.nan, 0.0)
    cells = grade({"wind_speed": speed, "wind_speed_of_gust": gust}, RULE)
    fill_cells(table, 0, 0, cells, RULE, zonal_weights(found, GRID), residents(found), kind.get("applicable"))  # type: ignore[arg-type]
    return table.isel(hazard=0, time=0)


def field(value: float, **columns: float) -> np.ndarray:
    out = np.full(GRID.shape, value)
    for name, other in columns.items():
        row, column = map(int, name.removeprefix("c").split("_"))
        out[row, column] = other
    return out


@pytest.mark.slow
@settings(deadline=None, max_examples=80)
@given(
    values=st.lists(
        st.sampled_from([0.0, 5.0, 10.8, 12.0, 17.2, 25.0, 33.0, np.nan]), min_size=50, max_size=50
    )
)
def test_tiers_follow_the_area_share_rule(values: list[float]) -> None:
    speed = np.array(values).reshape(GRID.shape)
    table = assess(speed, WEST, EAST)
    bounds = RULE.metrics[0].thresholds
    area = np.repeat(GRID.cell_area[:, None], 10, axis=1)
    for r, part in enumerate((slice(0, 5), slice(5, 10))):
        mine, weight = speed[:, part], area[:, part] / area[:, part].sum()
        share = [weight[mine >= b].sum() for b in bounds if b is not None]
        unknown = weight[np.isnan(mine)].sum()
        tier = max((t for t, s in enumerate(share, 1) if s >= 0.05), default=0)
        if tier == 0 and unknown > 0 and share[0] + unknown >= 0.05:
            tier = NO_DATA
        assert int(table["tier"][r]) == tier
        if tier > 0:
            assert float(table["area_share"][r]) == pytest.approx(share[tier - 1], abs=1e-6)
            assert float(table["people"][r]) == pytest.approx(1000 * share[tier - 1], abs=1e-3)
        assert float(table["covered"][r]) == pytest.approx(1 - unknown, abs=1e-6)


@pytest.mark.slow
@settings(deadline=None, max_examples=80)
@given(
    values=st.lists(st.floats(0, 45, width=32), min_size=50, max_size=50),
    factor=st.sampled_from([0.5, 1.0, 1.3, 1.6]),
)
def test_the_reported_value_stands_on_its_tiers_side_of_the_threshold(
    values: list[float], factor: float
) -> None:
    speed = np.array(values, np.float32).reshape(GRID.shape)
    found = regions(WEST, EAST)
    table = empty_table(["wind"], HOURS[:1], [r.code for r in found])
    cells = grade({"wind_speed": speed, "wind_speed_of_gust": speed * np.float32(factor)}, RULE)
    fill_cells(table, 0, 0, cells, RULE, zonal_weights(found, GRID), residents(found))
    for r in range(2):
        row = table.isel(hazard=0, time=0, region=r)
        tier, bounds = int(row["tier"]), RULE.metrics[int(row["metric"])].thresholds
        value = float(row["value"])
        assert float(row["maximum"]) >= value
        if tier == 0:
            assert value < float(row["threshold"]) == bounds[0]
        else:
            assert value >= float(row["threshold"]) == bounds[tier - 1]
            assert tier == 4 or value < bounds[tier]  # type: ignore[operator]


def test_one_cell_of_twenty_five_is_not_enough_and_two_are() -> None:
    assert int(assess(field(5.0, c2_2=40.0), WEST)["tier"][0]) == Tier.GREEN
    assert int(assess(field(5.0, c2_2=40.0, c2_3=26.0), WEST)["tier"][0]) == Tier.ORANGE


def test_the_value_is_that_of_the_cell_that_reaches_the_share_and_the_maximum_stands_beside_it() -> None:
    table = assess(field(5.0, c2_2=40.0, c2_3=26.0), WEST)
    assert float(table["value"][0]) == 26.0
    assert float(table["threshold"][0]) == 24.5
    assert float(table["maximum"][0]) == 40.0


def test_green_needs_to_be_known() -> None:
    assert int(assess(field(5.0, c0_0=np.nan), WEST)["tier"][0]) == Tier.GREEN  # 4 % cannot matter
    assert int(assess(field(5.0, c0_0=np.nan, c0_1=np.nan), WEST)["tier"][0]) == NO_DATA


def test_green_is_not_given_where_the_unknown_part_could_complete_the_share() -> None:
    assert int(assess(field(5.0, c0_0=np.nan, c2_2=12.0), WEST)["tier"][0]) == NO_DATA


def test_a_warning_tier_stays_where_a_part_is_unknown() -> None:
    speed = np.where(np.arange(10) < 3, 26.0, np.nan) * np.ones(GRID.shape)
    table = assess(speed, WEST)
    assert int(table["tier"][0]) == Tier.ORANGE
    assert float(table["covered"][0]) == pytest.approx(0.6, abs=1e-3)


def test_an_unknown_region_shows_no_numbers() -> None:
    table = assess(np.full(GRID.shape, np.nan), WEST)
    assert int(table["tier"][0]) == NO_DATA
    for name in ("value", "threshold", "area_share", "maximum", "people"):
        assert np.isnan(table[name][0])


def test_a_region_outside_the_grid_is_grey() -> None:
    table = assess(field(40.0), WEST, (130.0, 30.0, 131.0, 31.0))
    assert table["tier"].values.tolist() == [Tier.RED, NO_DATA]
    assert float(table["covered"][1]) == 0.0


def test_a_region_half_outside_the_grid_is_red_or_grey_but_never_green() -> None:
    half = (119.5, 30.0, 120.5, 30.5)
    assert int(assess(field(40.0), half)["tier"][0]) == Tier.RED
    assert int(assess(field(5.0), half)["tier"][0]) == NO_DATA


def test_a_hazard_that_cannot_occur_is_not_applicable() -> None:
    table = assess(field(40.0), WEST, EAST, applicable=np.array([True, False]))
    assert table["tier"].values.tolist() == [Tier.RED, NOT_APPLICABLE]
    assert combine(table["tier"].values[None]).tolist() == [Tier.RED, NO_DATA]


def test_people_are_the_population_times_the_share_and_unknown_without_a_census() -> None:
    speed = np.where(np.arange(10) < 2, 12.0, 5.0) * np.ones(GRID.shape)
    assert float(assess(speed, WEST)["people"][0]) == pytest.approx(400, abs=0.1)
    assert np.isnan(assess(speed, WEST, population=None)["people"][0])


# stations

TIDE_RULE = read_rules()["storm_tide"]


def tide(
    high_water: list[list[float]],
    of_region: dict[str, tuple[int, ...]],
    *,
    surge: list[list[float]] | None = None,
    levels: list[list[float]] | None = None,
) -> xr.Dataset:
    """The table of regions 330900 and 330901 over two hours; levels 3, 3.5, 4, 4.5 m unless given."""
    n = len(high_water[0])
    level = np.array(levels or [[3.0, 3.5, 4.0, 4.5]] * n)
    names = ("blue_level", "yellow_level", "orange_level", "red_level")
    stations = xr.Dataset({name: ("station", level[:, k]) for k, name in enumerate(names)})
    water = np.array(high_water)
    storm = StormTide(stations, water, np.zeros_like(water) if surge is None else np.array(surge), of_region)
    table = empty_table(["storm_tide"], HOURS, ["330900", "330901"])
    fill_stations(table, 0, storm, TIDE_RULE, regions(WEST, EAST))
    return table.isel(hazard=0)


def test_the_worst_station_wins_and_gives_its_numbers() -> None:
    table = tide([[2.0, 4.1], [3.6, 3.2]], {"330900": (0, 1)})
    assert table["tier"].values[:, 0].tolist() == [Tier.ORANGE, Tier.YELLOW]
    assert table["value"].values[:, 0].tolist() == [4.1, 3.6]
    assert table["threshold"].values[:, 0].tolist() == [4.0, 3.5]
    assert table["metric"].values[:, 0].tolist() == [0, 0]


@pytest.mark.parametrize(("water", "tier"), [(2.99, 0), (3.0, 1), (3.5, 2), (4.0, 3), (4.5, 4), (9.0, 4)])
def test_high_water_at_a_level_has_its_tier(water: float, tier: int) -> None:
    table = tide([[water], [water]], {"330900": (0,)})
    assert int(table["tier"][0, 0]) == tier
    assert float(table["threshold"][0, 0]) == [3.0, 3.0, 3.5, 4.0, 4.5][tier]


def test_a_surge_of_three_decimetres_is_blue_even_at_low_tide() -> None:
    table = tide([[1.0], [1.0]], {"330900": (0,)}, surge=[[0.3], [0.29]])
    assert table["tier"].values[:, 0].tolist() == [Tier.BLUE, Tier.GREEN]
    assert int(table["metric"][0, 0]) == 1
    assert (float(table["value"][0, 0]), float(table["threshold"][0, 0])) == (0.3, 0.3)


def test_high_water_goes_before_surge_where_both_are_blue() -> None:
    assert int(tide([[3.1], [3.1]], {"330900": (0,)}, surge=[[0.4], [0.4]])["metric"][0, 0]) == 0


def test_an_unknown_station_beside_a_green_one_is_grey() -> None:
    table = tide([[2.0, np.nan], [3.1, np.nan]], {"330900": (0, 1)})
    assert table["tier"].values[:, 0].tolist() == [NO_DATA, Tier.BLUE]
    assert float(table["covered"][1, 0]) == 0.5


def test_a_station_without_all_four_levels_is_unknown() -> None:
    table = tide([[9.0], [9.0]], {"330900": (0,)}, levels=[[3.0, np.nan, 4.0, 4.5]])
    assert (table["tier"].values[:, 0] == NO_DATA).all()


def test_inland_it_is_not_applicable_and_a_coast_without_stations_is_grey() -> None:
    table = tide([[9.0], [9.0]], {"330901": ()})
    assert (table["tier"].values[:, 0] == NOT_APPLICABLE).all()
    assert (table["tier"].values[:, 1] == NO_DATA).all()


def test_residents_unknown_to_the_census_are_not_zero() -> None:
    counted = residents([*regions(WEST), *regions(EAST, population=None)])
    assert counted[0] == 1000
    assert np.isnan(counted[1])
