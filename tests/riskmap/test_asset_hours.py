"""Assets raise their region, for their own hazard, and never hide what is unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from riskmap.assessment import empty_table, worst_tier
from riskmap.asset import AssetTier
from riskmap.asset_hours import AssetHours, no_cells, raise_regions
from riskmap.region import Region
from riskmap.scale import NO_DATA, NOT_APPLICABLE, Tier

START = datetime(2021, 7, 24, tzinfo=UTC)
REGIONS = tuple(Region(code, code, code[:4], "city", box(120, 29, 121, 30)) for code in ("330901", "330902"))


def asset(number: int, region: str) -> AssetTier:
    return AssetTier(
        f"w{number}", f"段{number}", "wall_section", region, "sea_wall", None, None, None, "1", None, "", ""
    )


def hours_of(tiers: list[list[int]], regions: list[str], **more: object) -> AssetHours:
    tier = np.array(tiers, np.int8).reshape(len(tiers), len(regions))
    value = np.where(tier >= 0, tier * 10.0, np.nan)
    worst = tuple(asset(n, region) for n, region in enumerate(regions))
    return AssetHours("sea_wall", worst, tier, np.zeros_like(tier), value, value - 1.0, **more)  # type: ignore[arg-type]


def table_of(cells: list[list[int]]):
    table = empty_table(
        ["sea_wall"], [START + timedelta(hours=n) for n in range(len(cells))], [r.code for r in REGIONS]
    )
    table["tier"].values[0] = cells
    return table


def test_one_section_is_enough_and_is_named() -> None:
    table = table_of([[0, 1], [2, 1]])
    raise_regions(table, 0, hours_of([[3, 1], [1, 0]], ["330901", "330901"]), REGIONS, first=7)
    assert table["tier"].values[0].tolist() == [[3, 1], [2, 1]]
    assert table["asset"].values[0].tolist() == [[7, -1], [-1, -1]]
    assert table["value"].values[0, 0, 0] == 30.0
    assert np.isnan(table["area_share"].values[0, 0, 0])


def test_an_unknown_section_keeps_its_region_from_green() -> None:
    table = table_of([[-2, -2], [-2, -2], [0, 1]])
    raise_regions(table, 0, hours_of([[-1, 0], [-1, 2], [0, -1]], ["330901", "330901"]), REGIONS, first=0)
    assert table["tier"].values[0].tolist() == [[NO_DATA, -2], [Tier.YELLOW, -2], [NO_DATA, 1]]
    assert np.isnan(table["value"].values[0, 0, 0])
    assert table["asset"].values[0, :, 0].tolist() == [-1, 1, -1]


def test_a_coast_without_a_listed_wall_is_grey_and_inland_is_not() -> None:
    table = table_of([[9, 9]])
    no_cells(table, 0)
    raise_regions(table, 0, hours_of([[]], [], missing=frozenset({"330902"})), REGIONS, first=0)
    assert table["tier"].values[0].tolist() == [[NOT_APPLICABLE, NO_DATA]]


def test_what_is_unknown_makes_a_warned_tier_at_least_and_is_not_forgotten() -> None:
    table = table_of([[NO_DATA, 0], [1, 3], [2, 2], [1, 1]])
    table["covered"].values[0, :, 0] = [0.0, 0.6, 1.0, 1.0]
    table["covered"].values[0, :, 1] = 1.0
    assets = hours_of([[3, 1, -1], [3, 1, -1], [1, -1, -1], [-2, 1, 0]], ["330901", "330901", "330902"])
    raise_regions(table, 0, assets, REGIONS, first=0)
    assert table["tier"].values[0].tolist() == [[3, NO_DATA], [3, 3], [2, 2], [1, 1]]
    # the cells know nothing; a part; an asset is unknown beside cells that decide; all is known
    assert table["covered"].values[0, :, 0].tolist() == [0.0, 0.6, 0.5, 1.0]
    assert table["covered"].values[0, :, 1].tolist() == [0.0, 0.0, 0.0, 1.0]


def test_a_missing_list_takes_the_numbers_of_green_cells_with_it() -> None:
    table = table_of([[0, 2]])
    for name in ("value", "area_share"):
        table[name].values[...] = 0.5
    raise_regions(table, 0, hours_of([[]], [], missing=frozenset({"330901", "330902"})), REGIONS, first=0)
    assert table["tier"].values[0].tolist() == [[NO_DATA, 2]]
    assert np.isnan(table["value"].values[0, 0, 0])
    assert table["value"].values[0, 0, 1] == 0.5
    assert table["covered"].values[0, 0].tolist() == [0.0, 0.0]
    assert table["asset"].values[0, 0].tolist() == [-1, -1]


def test_a_village_raises_its_county_and_no_other() -> None:
    table = table_of([[-2, -2]])
    raise_regions(table, 0, hours_of([[4, 3]], ["330902105206", "3309"]), REGIONS, first=0)
    assert table["tier"].values[0].tolist() == [[-2, 4]]


TIERS = st.lists(
    st.tuples(st.integers(-2, 4), st.integers(-1, 4), st.integers(-1, 4)), min_size=1, max_size=6
)


@given(TIERS)
def test_it_is_the_law_of_worst_tier(rows: list[tuple[int, int, int]]) -> None:
    table = table_of([[cells, -2] for cells, _, _ in rows])
    raise_regions(table, 0, hours_of([[a, b] for _, a, b in rows], ["330901", "330901"]), REGIONS, first=0)
    expected = worst_tier(np.array(rows, np.int8).T)
    np.testing.assert_array_equal(table["tier"].values[0, :, 0], expected)
    decided = table["asset"].values[0, :, 0]
    for (cells, a, b), tier, index in zip(rows, expected, decided, strict=True):
        if index >= 0:
            assert tier == (a, b)[index] > cells
        else:
            assert tier in (cells, NO_DATA)


@pytest.mark.parametrize("cells", [0, 3])
def test_without_assets_nothing_changes(cells: int) -> None:
    table = table_of([[cells, cells]])
    before = table.copy(deep=True)
    raise_regions(table, 0, hours_of([], []), REGIONS, first=0)
    assert table.identical(before)
